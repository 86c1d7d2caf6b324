"""Made rows that are all alike."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, grade, median, most, rate_of, severity, tidy
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Spread of made rows over that of train rows; healthy generators of the development tables lie between 0.85 and 1.05.
_NARROW = 0.6
#: How much lower a learning rate is tried.
_LOWER = 0.3

#: The words of who makes pictures.
PICTURES = "pictures"


@symptom("mode-collapse")
class ModeCollapse:
    """A generator that makes the same few rows again and again."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "mode collapse",
            "made rows vary {percent} % as much as train rows do, in {shown} of {of} networks",
            "the generator has found a few rows that please the critic and makes little else, so that most kinds of "
            "rows are missing",
            "pass --learning-rate {try_rate:g} (it was {rate:g}), or --model vae",
        ),
        PICTURES: Words(
            "mode collapse",
            "made pictures vary {percent} % as much as train pictures do, in {shown} of {of} networks",
            "the generator has found a few pictures that please the critic and makes little else, so that most kinds "
            "of pictures are missing",
            "pass --learning-rate {try_rate:g} (it was {rate:g}) with more --epochs",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "모드 붕괴",
            "만든 행의 변동이 학습 행의 {percent} % 뿐입니다(신경망 {of}개 중 {shown}개)",
            "생성자가 판별자를 속이는 몇 가지 행만 되풀이해 만들어, 대부분의 행 종류가 빠집니다",
            "--learning-rate {try_rate:g} 옵션을 주거나(지금은 {rate:g}) --model vae 를 쓰십시오",
        ),
        PICTURES: Words(
            "모드 붕괴",
            "만든 그림의 변동이 학습 그림의 {percent} % 뿐입니다(신경망 {of}개 중 {shown}개)",
            "생성자가 판별자를 속이는 몇 가지 그림만 되풀이해 만들어, 대부분의 그림 종류가 빠집니다",
            "--learning-rate {try_rate:g} 옵션을(지금은 {rate:g}) 더 큰 --epochs 와 함께 주십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """How much made rows vary where it was last looked at."""
        spread = last_told(case, "made_spread")
        if spread is None or case.plan is None:
            return None
        shown = np.nan_to_num(spread, nan=1.0) < _NARROW
        if not most(shown):
            return None
        evidence = dict(counted(case, shown)) | {
            "spread": median(spread[shown]),
            "percent": round(100 * median(spread[shown])),
            "rate": rate_of(case),
            "try_rate": tidy(rate_of(case) * _LOWER),
        }
        return Sign(
            severity(case, plain=True),
            0.7 + 0.2 * grade(1 - evidence["spread"], 1 - _NARROW, 1.0),
            evidence,
            variant=variant_of(case),
        )


def last_told(case: Case, name: str) -> np.ndarray | None:
    """The last value of a signal of networks after the first epoch; (member,). None where there is none."""
    values = case.curves.signals.get(name)
    if values is None or values.ndim != 2:
        return None
    known = np.array([[*own[1:][np.isfinite(own[1:])]][-1:] or [np.nan] for own in np.asarray(values, dtype=float)])
    return None if not np.isfinite(known).any() else known[:, 0]


def variant_of(case: Case) -> str:
    """Which words fit: those of rows, or of pictures."""
    return PICTURES if case.plan is not None and case.plan.family == "image-gan" else ""
