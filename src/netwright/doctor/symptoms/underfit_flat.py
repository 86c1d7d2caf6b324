"""Both losses high and flat: the network learns next to nothing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import (
    at,
    best_epoch,
    counted,
    grade,
    lag,
    learnable,
    median,
    most,
    readable,
    rises,
    severity,
    signal,
    tidy,
    trained,
    typical,
    unit,
)
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The lowest validation loss over that of the constant predictor: this near to it next to nothing was learned.
_NEAR_CONSTANT = 0.9
#: The same where no baseline finds anything either: the best epoch of a network that finds nothing is this near.
_NOTHING = 0.97
#: A plan this far behind the baselines (on the way to the constant) whose train loss is as high as its validation loss
#: has not learned its own train rows; over 1 only where the train loss is at least this share of the validation loss.
_BEHIND, _AS_HIGH = 0.3, 0.8
#: Dropout from this on may be what keeps the network from learning; and what is advised then.
_MUCH_DROPOUT, _TRY_DROPOUT = 0.5, 0.2
#: A network this far below the constant predictor has learned something, however well a baseline does.
_LITTLE = 0.15
#: Steps that are smaller than this share of the weights may be larger, unless the train loss jumps up by this share of
#: the constant's loss in this share of the epochs.
_SMALL_STEP, _JUMP, _JUMPS = 1e-2, 0.02, 0.1
#: Hidden layers that are advised to smaller networks.
_WIDE = (128, 64)
#: A validation loss so many times the train loss is another symptom.
_GAP = 5.0
#: Epochs that a curve must have, and the share of its first loss that a curve from elsewhere must lose not to be flat.
_FEWEST, _FLAT = 4, 0.05

_SEEN = (
    "the validation loss gets no lower than {valid_best}, where the best constant answer (the mean of a number, the "
    "shares of the classes) has {constant}, and the train loss is {train_best}, in {shown} of {of} networks"
)
_SEEN_KO = (
    "검증 손실이 {valid_best} 아래로 내려가지 않고(늘 같은 답, 곧 숫자의 평균이나 클래스의 비율을 내면 "
    "{constant}), 학습 손실은 {train_best}입니다(신경망 {of}개 중 {shown}개)"
)

_MEANS = "the network does not learn from its train rows what a plainer model finds in them"
_MEANS_KO = "더 단순한 모델이 학습 데이터에서 찾는 것을 신경망은 배우지 못합니다"


@symptom("underfit-flat")
class UnderfitFlat:
    """High losses that do not fall."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "underfitting, flat",
            _SEEN,
            _MEANS,
            "look first for what else is named here; else check how the columns are scaled and what is predicted",
        ),
        "rate": Words(
            "underfitting, flat",
            _SEEN,
            _MEANS,
            "look first for what else is named here; else pass --learning-rate {try_rate:g} (it was {rate:g}), since "
            "its steps are small",
        ),
        "hidden": Words(
            "underfitting, flat",
            _SEEN,
            _MEANS,
            "look first for what else is named here; else pass --hidden {try_hidden}",
        ),
        "both": Words(
            "underfitting, flat",
            _SEEN,
            _MEANS,
            "look first for what else is named here; else pass --hidden {try_hidden}, or --learning-rate {try_rate:g} "
            "(it was {rate:g}), since its steps are small",
        ),
        "dropout": Words(
            "underfitting, too much dropout",
            _SEEN + " with --dropout {dropout:g}",
            "so many units are dropped in each step that the rest cannot learn",
            "pass --dropout {try_dropout:g}",
        ),
        "straight": Words(
            "underfitting, no hidden layer",
            _SEEN,
            "a network without a hidden layer is a linear model, and a model that bends finds more in these rows",
            "pass --model mlp with --hidden 64,32",
        ),
        "nothing": Words(
            "nothing to learn",
            _SEEN + "; a linear model and trees do no better than the mean, either",
            "the columns say next to nothing about the target, or the target does not belong to these rows",
            "check that each row has its own target, and add columns that have to do with it",
        ),
        "elsewhere": Words(
            "underfitting, flat",
            "the loss begins at {start} and gets no lower than {valid_best}",
            "the network learns next to nothing",
            "try a larger learning rate or a larger network, and check that each row has its own target",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "제자리걸음인 과소적합",
            _SEEN_KO,
            _MEANS_KO,
            "여기서 함께 지적된 것부터 살펴보십시오. 없으면 열의 스케일링과 예측할 목표값을 확인하십시오",
        ),
        "rate": Words(
            "제자리걸음인 과소적합",
            _SEEN_KO,
            _MEANS_KO,
            "여기서 함께 지적된 것부터 살펴보십시오. 없으면 걸음이 작으므로 --learning-rate {try_rate:g} 옵션을 "
            "주십시오(지금은 {rate:g})",
        ),
        "hidden": Words(
            "제자리걸음인 과소적합",
            _SEEN_KO,
            _MEANS_KO,
            "여기서 함께 지적된 것부터 살펴보십시오. 없으면 --hidden {try_hidden} 옵션을 주십시오",
        ),
        "both": Words(
            "제자리걸음인 과소적합",
            _SEEN_KO,
            _MEANS_KO,
            "여기서 함께 지적된 것부터 살펴보십시오. 없으면 --hidden {try_hidden} 옵션을 주거나, 걸음이 작으므로 "
            "--learning-rate {try_rate:g} 옵션을 주십시오(지금은 {rate:g})",
        ),
        "dropout": Words(
            "드롭아웃이 지나친 과소적합",
            _SEEN_KO + ". 드롭아웃은 {dropout:g}입니다",
            "매 걸음마다 너무 많은 유닛을 꺼서 나머지가 배우지 못합니다",
            "--dropout {try_dropout:g} 옵션을 주십시오",
        ),
        "straight": Words(
            "은닉층이 없는 과소적합",
            _SEEN_KO,
            "은닉층이 없는 신경망은 선형 모델이고, 휘어지는 모델은 이 데이터에서 더 많은 것을 찾습니다",
            "--model mlp 와 --hidden 64,32 옵션을 주십시오",
        ),
        "nothing": Words(
            "배울 것이 없음",
            _SEEN_KO + ". 선형 모델과 트리도 평균보다 낫지 않습니다",
            "열들이 목표값에 대해 알려 주는 것이 거의 없거나, 목표값이 다른 행의 것입니다",
            "각 행의 목표값이 맞는지 확인하고, 목표값과 관련 있는 열을 더하십시오",
        ),
        "elsewhere": Words(
            "제자리걸음인 과소적합",
            "손실이 {start}에서 시작해 {valid_best} 아래로 내려가지 않습니다",
            "신경망이 거의 아무것도 배우지 못합니다",
            "학습률이나 신경망을 키워 보고, 각 행의 목표값이 맞는지 확인하십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """A lowest validation loss near the constant's, or a plan far behind whose train loss is no lower."""
        if not readable(case, _FEWEST):
            return None
        train, valid, _ = trained(case)
        best = best_epoch(case)
        lowest, own_train = at(valid, best), at(train, best)
        if case.plan is None:
            shown = valid.min(axis=1) > (1 - _FLAT) * valid[:, 0]
            other = most(rises(case)) or most(_GAP * train[:, -1] < valid[:, -1])
            if other or not most(shown) or train.min() < (1 - _FLAT) * train[0, 0]:
                return None
            evidence = {"start": float(valid[0, 0]), "valid_best": float(valid[0].min())}
            return Sign("warning", 0.4, evidence, "elsewhere")
        level = unit(case)
        near = (lowest > _NEAR_CONSTANT * level) & (own_train > _NEAR_CONSTANT * level)
        far, told = lag(case), learnable(case)
        shown = near | ((own_train > _AS_HIGH * lowest) & (lowest > _LITTLE * level)) if far > _BEHIND else near
        keeps_up = told is not None and told and not far > _BEHIND
        if not most(shown) or keeps_up:
            return None
        evidence = dict(counted(case, shown)) | {
            "valid_best": median(lowest[shown]),
            "train_best": median(own_train[shown]),
            "constant": median(level),
            "lag": float(far) if np.isfinite(far) else None,
        }
        if told is False and most(lowest > _NOTHING * level):
            return Sign("warning", 0.45, evidence, "nothing")
        if told is False:  # something is learned, and nobody learns more
            return Sign("note", 0.2, evidence, "nothing")
        # what comes of everything else ranks last among warnings
        strength = 0.15 + 0.2 * grade(float(far), _BEHIND, 1.0)
        if not case.plan.config.get("hidden", [1]) or case.plan.family == "linear":
            return Sign("note", strength, evidence, "straight")  # it was asked for
        dropout = float(case.plan.config.get("dropout", 0.0))
        if dropout >= _MUCH_DROPOUT:
            return Sign(severity(case), 0.72, evidence | {"dropout": dropout, "try_dropout": _TRY_DROPOUT}, "dropout")
        rate, hidden = _higher_rate(case), _larger(case.plan.config.get("hidden"))
        advised: dict[str, Any] = {"rate": case.plan.learning_rate, "try_rate": rate, "try_hidden": hidden}
        variant = {(True, True): "both", (True, False): "rate", (False, True): "hidden"}.get(
            (rate is not None, hidden is not None), ""
        )
        return Sign(severity(case), strength, evidence | advised, variant)


def _higher_rate(case: Case) -> float | None:
    """A learning rate to try; None unless the steps were measured and are small, and the loss does not jump."""
    ratio = signal(case, "update_ratio")
    if ratio is None or case.plan is None:
        return None
    train, _, last = trained(case)
    jumps = (np.diff(train, axis=1) > _JUMP * unit(case)[:, None]).sum(axis=1) > _JUMPS * last
    first = ratio[:, : max(1, (ratio.shape[1] + 1) // 2)]
    usual = np.maximum(np.nan_to_num(typical(first)), np.nan_to_num(ratio[:, 0])).max(axis=1)
    if most(jumps) or not 0 < float(np.median(usual)) < _SMALL_STEP:
        return None
    return tidy(case.plan.learning_rate * 3)


def _larger(hidden: Any) -> str | None:
    """Hidden layers to try; None where the plan's are as large."""
    widths = [int(width) for width in hidden] if isinstance(hidden, list | tuple) else []
    if not widths or max(widths) >= _WIDE[0] or len(widths) > len(_WIDE):
        return None
    return ",".join(map(str, _WIDE))
