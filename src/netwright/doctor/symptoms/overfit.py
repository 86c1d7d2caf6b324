"""Overfitting: the validation loss turns up while the train loss falls on."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import (
    at,
    best_epoch,
    counted,
    grade,
    lag,
    median,
    most,
    noise,
    readable,
    severity,
    smoothed,
    trained,
    unit,
)
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Prechelt's generalisation loss (Early Stopping - But When?, 1998): the validation loss this share above its lowest.
#: He stops at 5 %; curves of single epochs wander by that much.
_RISE = 0.1
#: The rise in standard deviations of the curve from epoch to epoch, and at least in losses of the constant predictor.
_NOISES, _LEAST = 3.0, 0.02
#: Share of its loss that the train loss must lose after the best epoch: else both go up, which is another symptom.
_FALLS_ON = 0.05
#: A plan this far behind the baselines is lost to it; nearer ones keep their best epoch, and little is lost.
_BEHIND = 0.7
#: Epochs that a curve must have for a turn to be seen.
_FEWEST, _FEWEST_ALONE = 6, 3
#: Curves from elsewhere: a validation loss that ends this many times above the train loss, and keeps at least this
#: share of its first value, was left behind from the start.
_GAP, _KEPT = 5.0, 0.7
#: Dropout that is advised, one step above the plan's.
_DROPOUTS = (0.1, 0.2, 0.3, 0.5)

_TURN = (
    "the validation loss turns up after epoch {best_epoch} ({valid_best}) and ends at {valid_end}, while the train "
    "loss "
    "falls on from {train_best} to {train_end}"
)
_TURN_KO = (
    "검증 손실이 에포크 {best_epoch}({valid_best}) 뒤에 올라가 {valid_end}에서 끝나는데, 학습 손실은 "
    "{train_best}에서 "
    "{train_end}까지 계속 내려갑니다"
)


@symptom("overfit")
class Overfit:
    """The network learns its train rows by heart."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "overfitting",
            _TURN + ", in {shown} of {of} networks",
            "the network learns its train rows by heart, and even at its best epoch a plainer model does better (a "
            "curve "
            "with noisy labels may turn down once more much later)",
            "pass --dropout {try_dropout:g}, a smaller --hidden or a larger --weight-decay; more rows help most",
        ),
        "contained": Words(
            "overfitting, contained",
            _TURN + ", in {shown} of {of} networks",
            "from there on the network learns its train rows by heart; the weights of the best epoch are kept, so it "
            "costs time only (a curve with noisy labels may turn down once more much later)",
            "nothing needs doing; --epochs {try_epochs:d} would save time, --dropout {try_dropout:g} may gain a little",
        ),
        "elsewhere": Words(
            "overfitting",
            _TURN,
            "the network learns its train rows by heart (a curve with noisy labels may turn down once more much later)",
            "keep the weights of epoch {best_epoch} or stop there; more dropout, more weight decay, a smaller "
            "network or "
            "more rows let it go further",
        ),
        "elsewhere-gap": Words(
            "overfitting from the start",
            "the train loss ends at {train_end} but the validation loss at {valid_end}, {times} times as high, and "
            "that is hardly lower than it began ({start}), in {shown} of {of} networks",
            "what the network learns holds for its train rows only; or the validation rows are of another kind",
            "check that both are prepared alike; then try more rows, more weight decay or dropout, or a smaller "
            "network",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "과적합",
            _TURN_KO + "(신경망 {of}개 중 {shown}개)",
            "신경망이 학습 데이터를 외우고 있으며, 가장 좋은 에포크에서도 더 단순한 모델이 낫습니다(라벨에 잡음이 "
            "있으면 "
            "한참 뒤에 다시 내려가기도 합니다)",
            "--dropout {try_dropout:g} 옵션을 주거나 --hidden 을 줄이거나 --weight-decay 를 키우십시오. 데이터를 "
            "늘리는 "
            "것이 "
            "가장 좋습니다",
        ),
        "contained": Words(
            "막아 둔 과적합",
            _TURN_KO + "(신경망 {of}개 중 {shown}개)",
            "그 뒤로는 학습 데이터를 외웁니다. 가장 좋은 에포크의 가중치를 쓰므로 시간만 더 듭니다(라벨에 잡음이 "
            "있으면 "
            "한참 뒤에 다시 내려가기도 합니다)",
            "그대로 두어도 됩니다. --epochs {try_epochs:d} 옵션을 주면 시간이 줄고, --dropout {try_dropout:g} "
            "옵션으로 조금 "
            "나아질 수 "
            "있습니다",
        ),
        "elsewhere": Words(
            "과적합",
            _TURN_KO,
            "신경망이 학습 데이터를 외우고 있습니다(라벨에 잡음이 있으면 한참 뒤에 다시 내려가기도 합니다)",
            "에포크 {best_epoch}의 가중치를 쓰거나 거기서 멈추십시오. 드롭아웃과 가중치 감쇠를 키우거나, 신경망을 "
            "줄이거나, "
            "데이터를 늘리면 더 나아집니다",
        ),
        "elsewhere-gap": Words(
            "처음부터 과적합",
            "학습 손실은 {train_end}에서 끝나는데 검증 손실은 그 {times}배인 {valid_end}에서 끝나며, 처음({start})보다 "
            "거의 낮아지지 않았습니다(신경망 {of}개 중 {shown}개)",
            "배운 것이 학습 데이터에만 맞거나, 검증 데이터의 성격이 다릅니다",
            "두 데이터를 똑같이 전처리했는지 확인하고, 데이터를 늘리거나 가중치 감쇠나 드롭아웃을 키우거나 신경망을 "
            "줄이십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """A validation loss that ends well above its lowest while the train loss goes on falling."""
        if (
            not readable(case, _FEWEST if case.plan is not None else _FEWEST_ALONE)
            or not np.isfinite(case.curves.valid_loss).any()
        ):
            return None
        if not np.isfinite(case.curves.train_loss).any():
            return None
        train, valid, last = trained(case)
        smooth, train_smooth = smoothed(valid), smoothed(train)
        # a smoothed curve has its own lowest place; single lucky epochs have no say
        low = np.where(np.arange(valid.shape[1]) <= last[:, None], smooth, np.inf).argmin(axis=1)
        lowest, end = at(smooth, low), at(smooth, last)
        rise = end - lowest
        turned = (rise > _RISE * lowest) & (rise > _NOISES * noise(valid)) & (rise > _LEAST * unit(case))
        fell = at(train_smooth, last) < (1 - _FALLS_ON) * at(train_smooth, low)
        shown = turned & fell & (low < last)
        if not most(shown):
            return _gap(case) if case.plan is None else None
        best = best_epoch(case)[shown]
        evidence = dict(counted(case, shown)) | {
            "best_epoch": int(np.median(best)),
            "valid_best": median(at(valid[shown], low[shown])),
            "valid_end": median(at(valid[shown], last[shown])),
            "train_best": median(at(train[shown], low[shown])),
            "train_end": median(at(train[shown], last[shown])),
            "rise": median((rise / np.maximum(lowest, 1e-30))[shown]),
        }
        strength = 0.3 + 0.4 * grade(evidence["rise"], _RISE, 2.0)
        if case.plan is None:
            return Sign("warning", strength, evidence, "elsewhere")
        now = float(case.plan.config.get("dropout", 0.0))
        evidence["dropout"] = now
        evidence["try_dropout"] = next((rate for rate in _DROPOUTS if rate > now + 0.04), _DROPOUTS[-1])
        evidence["try_epochs"] = max(2, int(1.5 * np.median(best)))
        loud = severity(case) if not lag(case) <= _BEHIND else "note"
        return Sign(loud, strength, evidence, "" if loud == "warning" else "contained")


def _gap(case: Case) -> Sign | None:
    """A validation loss that stays far above the train loss and hardly falls."""
    train, valid, last = trained(case)
    low, end = at(smoothed(train), last), at(smoothed(valid), last)
    shown = (low > 0) & (end > _GAP * low) & (valid.min(axis=1) > _KEPT * valid[:, 0])
    if not most(shown):
        return None
    evidence = dict(counted(case, shown)) | {
        "train_end": median(low[shown]),
        "valid_end": median(end[shown]),
        "times": median((end / np.maximum(low, 1e-30))[shown]),
        "start": median(valid[shown, 0]),
    }
    return Sign("warning", 0.5, evidence, "elsewhere-gap")
