"""A loss that hardly falls over many steps."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import (
    at,
    counted,
    falls,
    grade,
    median,
    most,
    readable,
    severity,
    smoothed,
    tidy,
    trained,
    unit,
)
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Less than this share of the first loss is learned in all epochs ...
_LEARNED = 0.2
#: ... although the train loss falls in this share of them, and in all by more than one step of a dead network would.
_FALLS, _LEAST = 0.8, 1e-3
#: What the second third of the epochs adds to the first: half as much with steady steps whose cosine ends at zero, and
#: next to nothing where the network has come to the end of what it can do.
_GOES_ON = 0.3
#: The train loss stays within this share of its first value ...
_PLATEAU = 0.05
#: ... for this share of the epochs, and for so many of them, before it falls. Healthy runs leave it in 3 epochs.
_WAITS, _LEAST_WAIT = 0.12, 4
#: Epochs that a curve must have.
_FEWEST = 8
#: How much higher a learning rate is tried: much where nothing moves, less where it only begins late.
_MUCH_HIGHER, _HIGHER = 100, 3


@symptom("slow-convergence")
class SlowConvergence:
    """Steps that are too small, or a start from which it takes long to get away."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "slow convergence",
            "the train loss falls steadily but only from {start} to {train_end} in {epochs} epochs, in {shown} of "
            "{of} "
            "networks",
            "the steps are so small that the network hardly moves",
            "pass --learning-rate {try_rate:g} (it was {rate:g}); `netwright find-lr` measures one",
        ),
        "plateau": Words(
            "slow convergence, late start",
            "the train loss stays at {start} until epoch {epoch} of {epochs} before it falls, in {shown} of {of} "
            "networks",
            "what reaches the first layers is so little at first that the network takes long to begin",
            "pass --activation relu and fewer --hidden layers, or --learning-rate {try_rate:g} (it was {rate:g})",
        ),
        "elsewhere": Words(
            "slow convergence",
            "the train loss falls steadily but only from {start} to {train_end} in {epochs} epochs",
            "the steps are so small that the network hardly moves",
            "train with a learning rate ten to a hundred times as large",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "느린 수렴",
            "학습 손실이 꾸준히 내려가지만 {epochs} 에포크 동안 {start}에서 {train_end}까지뿐입니다(신경망 {of}개 중 "
            "{shown}개)",
            "한 걸음이 너무 작아 신경망이 거의 움직이지 않습니다",
            "--learning-rate {try_rate:g} 옵션을 주십시오(지금은 {rate:g}). `netwright find-lr` 로 잴 수 있습니다",
        ),
        "plateau": Words(
            "늦게 시작한 수렴",
            "학습 손실이 {epochs} 에포크 중 {epoch}까지 {start}에 머물다가 내려갑니다(신경망 {of}개 중 {shown}개)",
            "처음 층까지 닿는 기울기가 너무 작아 배우기 시작하는 데 오래 걸립니다",
            "--activation relu 와 더 적은 --hidden 층을 쓰거나, --learning-rate {try_rate:g} 옵션을 주십시오(지금은 "
            "{rate:g})",
        ),
        "elsewhere": Words(
            "느린 수렴",
            "학습 손실이 꾸준히 내려가지만 {epochs} 에포크 동안 {start}에서 {train_end}까지뿐입니다",
            "한 걸음이 너무 작아 신경망이 거의 움직이지 않습니다",
            "학습률을 10배에서 100배로 키워 학습하십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """A steady but tiny fall, or a long plateau before the fall."""
        if not readable(case, _FEWEST):
            return None
        train, _, last = trained(case)
        start, end, level = train[:, 0], at(train, last), unit(case)
        fell = start - end
        steady = falls(train) > _FALLS
        third = np.maximum(last // 3, 1)
        early, later = start - at(train, third), at(train, third) - at(train, np.minimum(2 * third, last))
        slow = (
            (fell > _LEAST * start)
            & (later > _GOES_ON * early)
            & (fell < _LEARNED * np.minimum(start, level))
            & steady
            & (end > (1 - _LEARNED) * level)
        )
        rate = {} if case.plan is None else {"rate": case.plan.learning_rate}
        evidence = dict(counted(case, slow)) | {"epochs": int(np.median(last)), "start": median(start)} | rate
        loud = severity(case)
        if most(slow):
            evidence["train_end"] = median(end[slow])
            strength = 0.6 + 0.25 * grade(median((fell / start)[slow]), _LEARNED, 0.01)
            if case.plan is None:
                return Sign("warning", strength, evidence, "elsewhere")
            higher = _MUCH_HIGHER if median((fell / start)[slow]) < 0.05 else _HIGHER * 3
            evidence["try_rate"] = tidy(min(case.plan.learning_rate * higher, max(0.01, case.plan.learning_rate * 3)))
            return Sign(loud, strength, evidence)
        smooth = smoothed(train)
        moved = np.abs(smooth / np.maximum(start, 1e-12)[:, None] - 1) > _PLATEAU
        first = np.where(moved.any(axis=1), moved.argmax(axis=1), 0)
        waits = (first > _WAITS * last) & (first >= _LEAST_WAIT) & (end < (1 - _LEARNED) * start)
        if case.plan is None or not most(waits) or loud == "note":
            return None
        evidence |= dict(counted(case, waits)) | {
            "epoch": int(np.median(first[waits])),
            "try_rate": tidy(case.plan.learning_rate * _HIGHER),
        }
        return Sign(
            loud, 0.5 + 0.3 * grade(median((first / np.maximum(last, 1))[waits]), _WAITS, 0.5), evidence, "plateau"
        )
