"""A loss that jumps up and down."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import (
    counted,
    grade,
    lag,
    median,
    most,
    rate_of,
    readable,
    rises,
    severity,
    tidy,
    trained,
    unit,
)
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: A jump is a rise of the train loss from one epoch to the next by this share of the constant predictor's loss ...
_JUMP = 0.02
#: ... and share of the epochs that do. Healthy runs with a rate that falls reach 0.07, batches of one 0.14; courses and
#: AUTOTRAINER say 0.2.
_SHARE = 0.12
#: Where the outcome is not known both must be larger, and a jump large against the loss itself.
_JUMP_ALONE, _SHARE_ALONE, _OF_LEVEL = 0.05, 0.2, 0.1
#: Epochs that a curve must have.
_FEWEST = 6
#: How much lower a learning rate is tried: a tenth ...
_LOWER = 0.1


@symptom("oscillating")
class Oscillating:
    """Steps overshoot."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "oscillating loss",
            "the train loss jumps up in {jumps} of {epochs} epochs, by {size} at a time (the median), in {shown} of "
            "{of} "
            "networks",
            "the steps are so large that they leap over the valley they are to reach",
            "pass --learning-rate {try_rate:g} (it was {rate:g}), or a larger --batch-size",
        ),
        "elsewhere": Words(
            "oscillating loss",
            "the loss jumps up in {jumps} of {epochs} epochs, by {size} at a time (the median)",
            "the steps are so large that they leap over the valley they are to reach",
            "train with a tenth of the learning rate, or with larger batches",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "출렁이는 손실",
            "학습 손실이 {epochs} 에포크 중 {jumps}번 뛰어오르고 그 폭은 보통 {size}입니다(신경망 {of}개 중 {shown}개)",
            "한 걸음이 너무 커서 가야 할 골짜기를 뛰어넘습니다",
            "--learning-rate {try_rate:g} 옵션을 주거나(지금은 {rate:g}) --batch-size 를 키우십시오",
        ),
        "elsewhere": Words(
            "출렁이는 손실",
            "손실이 {epochs} 에포크 중 {jumps}번 뛰어오르고 그 폭은 보통 {size}입니다",
            "한 걸음이 너무 커서 가야 할 골짜기를 뛰어넘습니다",
            "학습률을 10분의 1로 줄이거나 배치를 키워 학습하십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Many rises of the train loss that are large against what there is to learn."""
        if not readable(case, _FEWEST):
            return None
        if case.plan is None and most(rises(case)):  # it leads away, which is another symptom
            return None
        train, _, last = trained(case)
        alone = bool(np.isnan(lag(case)))
        unit_loss = unit(case)[:, None]
        change = np.diff(train, axis=1)[:, 1:]  # the first epoch may do anything
        jump = change > (_JUMP_ALONE if alone else _JUMP) * unit_loss
        if alone:
            jump &= change > _OF_LEVEL * train[:, 1:-1]
        n = np.maximum(last - 1, 1)
        share = jump.sum(axis=1) / n
        shown = share > (_SHARE_ALONE if alone else _SHARE)
        # none of 380 healthy runs of the benchmark jumps like that: it warns whatever came of it
        loud = severity(case, plain=True)
        if not most(shown) or (severity(case) == "note" and not most(share > _SHARE_ALONE)):
            return None
        evidence = dict(counted(case, shown)) | {
            "jumps": int(np.median(jump.sum(axis=1)[shown])),
            "epochs": int(np.median(last[shown])),
            "share": median(share[shown]),
            "size": float(np.median(change[shown][jump[shown]])),
        }
        strength = 0.55 + 0.35 * grade(evidence["share"], _SHARE, 0.5)
        if case.plan is None:
            return Sign("warning", strength, evidence, "elsewhere")
        evidence |= {"rate": rate_of(case), "try_rate": tidy(rate_of(case) * _LOWER)}
        return Sign(loud, strength, evidence)
