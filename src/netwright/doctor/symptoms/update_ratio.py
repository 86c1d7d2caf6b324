"""Steps that are too large or too small for the weights they move."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, grade, layer_name, median, most, rate_of, severity, signal, tidy, typical
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: A step over the weights it moves, in the layer where it is largest, in epoch 1 or over the first half of training:
#: about 1e-3 is usual (Karpathy, CS231n), and healthy runs of the development tables reach 0.06 in epoch 1.
_LARGE = 0.12
#: From here on it warns of a plan that keeps up with the baselines, too.
_PLAIN = 0.5
#: Where it is smaller than this in every layer nothing moves; healthy runs have 2e-3 and more in some layer.
_SMALL = 6e-4
#: Predictions of an untrained network that vary by less than this share of the target come from an output layer that
#: begins near zero: its first steps are large beside its weights, and those of a healthy network, too (a cnn reaches
#: 0.9), until it has grown.
_NEAR_ZERO = 0.3
#: How far the learning rate is moved: towards a ratio of a hundredth, by a power of ten at least.
_AIM, _LEAST, _MOST = 1e-2, 10.0, 1_000.0


@symptom("update-ratio")
class UpdateRatio:
    """The learning rate against the weights."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "steps too large",
            "a step changes the weights of {layer} by {percent} % (in epoch 1 or over the first half of training; "
            "0.1 to "
            "5 % is usual), in {shown} of {of} networks",
            "the learning rate is so large that what was learned is overwritten",
            "pass --learning-rate {try_rate:g} (it was {rate:g})",
        ),
        "small": Words(
            "steps too small",
            "a step changes no layer by more than {percent} % (in epoch 1 or over the first half of training; 0.1 to "
            "5 % is usual), in {shown} of {of} networks",
            "the learning rate is so small that the network stays where it began",
            "pass --learning-rate {try_rate:g} (it was {rate:g})",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "너무 큰 걸음",
            "한 걸음이 {layer} 층의 가중치를 {percent} % 바꿉니다(에포크 1 또는 학습 앞 절반, 보통은 0.1~5 %, "
            "신경망 {of}개 "
            "중 {shown}개)",
            "학습률이 너무 커서 배운 것을 덮어씁니다",
            "--learning-rate {try_rate:g} 옵션을 주십시오(지금은 {rate:g})",
        ),
        "small": Words(
            "너무 작은 걸음",
            "한 걸음이 어느 층의 가중치도 {percent} % 넘게 바꾸지 못합니다(에포크 1 또는 학습 앞 절반, 보통은 0.1~5 "
            "%, 신경망 "
            "{of}개 중 {shown}개)",
            "학습률이 너무 작아 신경망이 처음 자리에 머뭅니다",
            "--learning-rate {try_rate:g} 옵션을 주십시오(지금은 {rate:g})",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The update ratio of the layer where it is largest."""
        ratio = signal(case, "update_ratio")
        if ratio is None or case.plan is None:
            return None
        usual, smallest = _usual(_without_start(case, ratio)), _usual(ratio).max(axis=1)
        largest, layer = usual.max(axis=1), int(np.median(usual, axis=0).argmax())
        large, small = largest > _LARGE, (smallest < _SMALL) & (smallest > 0)
        shown = large if most(large) else small
        loud = severity(case, plain=most(largest > _PLAIN))
        if not most(shown) or loud == "note":  # large steps of a network that keeps up are no news
            return None
        value, rate = median((largest if large is shown else smallest)[shown]), rate_of(case)
        factor = float(np.clip(value / _AIM, _LEAST, _MOST)) if large is shown else 1 / _LEAST**2
        evidence = dict(counted(case, shown)) | {
            "layer": layer_name(case, layer),
            "ratio": value,
            "percent": 100 * value,
            "rate": rate,
            "try_rate": tidy(rate / factor),
        }
        if large is shown:
            return Sign(loud, 0.75 + 0.2 * grade(value, _LARGE, 3.0), evidence)
        return Sign(loud, 0.8 + 0.15 * grade(value, _SMALL, 1e-8), evidence, "small")


def _usual(ratio: np.ndarray) -> np.ndarray:
    """That of epoch 1, or of the first half of training, whichever is larger; (member, layer)."""
    usual = np.nan_to_num(typical(ratio[:, : max(1, (ratio.shape[1] + 1) // 2)]))
    return np.asarray(np.maximum(usual, np.nan_to_num(ratio[:, 0])))


def _without_start(case: Case, ratio: np.ndarray) -> np.ndarray:
    """The same without epoch 1 of output layers that began near zero; that of a network of one layer stays.

    Args:
        case: The plan.
        ratio: (member, epoch - 1, layer).
    """
    spread = case.curves.signals.get("output_spread")
    if spread is None or ratio.shape[2] < 2:
        return ratio
    began = np.asarray(spread, dtype=float)[:, 0] < _NEAR_ZERO  # NaN, which nobody measured, is not below it
    ratio = ratio.copy()
    ratio[began, 0, -1] = np.nan
    return ratio
