"""A critic that the generator cannot keep up with."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, grade, median, most, rate_of, severity, tidy
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom
from netwright.doctor.symptoms.mode_collapse import PICTURES, last_told, variant_of

#: How far apart the critic holds real and made rows, over the distance between two real ones; healthy pairs of the
#: development tables end below 0.25.
_APART = 0.45
#: How much lower a learning rate is tried.
_LOWER = 0.3


@symptom("critic-wins")
class CriticWins:
    """Real and made rows that the critic tells apart to the end."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "the critic wins",
            "at the end the critic holds real and made rows {percent} % as far apart as two real rows are, in {shown} "
            "of {of} networks",
            "the generator cannot keep up with the critic, and what it makes is easily told from real rows",
            "pass --learning-rate {try_rate:g} (it was {rate:g}) with more --epochs, a larger --hidden, or --model vae",
        ),
        PICTURES: Words(
            "the critic wins",
            "at the end the critic holds real and made pictures {percent} % as far apart as two real pictures are, in "
            "{shown} of {of} networks",
            "the generator cannot keep up with the critic, and what it makes is easily told from real pictures",
            "pass --learning-rate {try_rate:g} (it was {rate:g}) with more --epochs, or a larger --filters",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "판별자의 승리",
            "끝까지 판별자가 실제 행과 만든 행을 실제 두 행 사이 거리의 {percent} % 만큼 떼어 놓습니다"
            "(신경망 {of}개 중 {shown}개)",
            "생성자가 판별자를 따라가지 못해, 만든 행이 실제 행과 쉽게 구별됩니다",
            "--learning-rate {try_rate:g} 옵션과(지금은 {rate:g}) 더 큰 --epochs, 더 큰 --hidden, 또는 --model vae 를 "
            "쓰십시오",
        ),
        PICTURES: Words(
            "판별자의 승리",
            "끝까지 판별자가 실제 그림과 만든 그림을 실제 두 그림 사이 거리의 {percent} % 만큼 떼어 놓습니다"
            "(신경망 {of}개 중 {shown}개)",
            "생성자가 판별자를 따라가지 못해, 만든 그림이 실제 그림과 쉽게 구별됩니다",
            "--learning-rate {try_rate:g} 옵션과(지금은 {rate:g}) 더 큰 --epochs 또는 더 큰 --filters 를 쓰십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The gap between the scores of real and of made rows where it was last looked at."""
        gap = last_told(case, "critic_gap")
        if gap is None or case.plan is None:
            return None
        shown = np.nan_to_num(gap) > _APART
        if not most(shown):
            return None
        evidence = dict(counted(case, shown)) | {
            "gap": median(gap[shown]),
            "percent": round(100 * median(gap[shown])),
            "rate": rate_of(case),
            "try_rate": tidy(rate_of(case) * _LOWER),
        }
        return Sign(
            severity(case, plain=True),
            0.6 + 0.2 * grade(evidence["gap"], _APART, 1.0),
            evidence,
            variant=variant_of(case),
        )
