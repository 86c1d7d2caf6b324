"""Columns whose spread at the network's input differs by orders of magnitude from that of the others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import few_of, grade, severity
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Spread over that of the median column: every scale of the product stays below 3 on the development tables.
_TIMES = 30.0


@symptom("unscaled-input")
class UnscaledInput:
    """One column drowns the others."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "unscaled input",
            "at the network's input the spread of {listed} is {largest}, {times} times that of the usual column",
            "such columns drown all others, and no learning rate suits both",
            "pass --scale standard, or --scale quantile where a few numbers lie far outside",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "스케일링되지 않은 입력",
            "신경망 입력에서 {listed} 열의 표준편차({largest})가 보통 열의 {times}배입니다",
            "그런 열이 다른 열을 모두 덮어 버리고, 둘 다에 맞는 학습률이 없습니다",
            "--scale standard 를 주십시오. 몇몇 값이 멀리 떨어져 있으면 --scale quantile 이 낫습니다",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Spreads of prepared features on train rows."""
        spreads = {name: value for name, value in case.facts.input_spread.items() if value > 0 and np.isfinite(value)}
        if len(spreads) < 2:
            return None
        usual = float(np.median(list(spreads.values())))
        if len(spreads) == 2:
            usual = min(spreads.values())
        wide = sorted((name for name in spreads if spreads[name] > _TIMES * usual), key=lambda name: -spreads[name])
        if not wide:
            return None
        times = spreads[wide[0]] / usual
        evidence = {"listed": few_of(wide), "largest": spreads[wide[0]], "usual": usual, "times": float(times)}
        loud = severity(case, plain=True)
        return Sign(loud, 0.75 + 0.2 * grade(times, _TIMES, 10_000.0), evidence, columns=tuple(wide))
