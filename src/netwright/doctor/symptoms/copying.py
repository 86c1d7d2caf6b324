"""An autoencoder without a narrow place, which hands rows through."""

from __future__ import annotations

import math
from typing import ClassVar

from netwright.doctor.case import Case
from netwright.doctor.reading import grade
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The middle where nobody asked for one is no narrower than this, and no wider than that (`models/autoencoder.py`).
_FEWEST, _MOST = 2, 16
#: Rows are handed through where they come back with less of the error of the mean row. Of columns that have nothing to
#: do with each other a middle of half their number leaves about half of it.
_COPIED = 0.2


@symptom("copying")
class Copying:
    """A middle as wide as the input, through which rows go unchanged."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "copying",
            "the middle has {code} numbers for {features} features, and rows come back with {percent:g} % of the error "
            "of the mean row",
            "no layer is narrower than the input, so rows can be handed through as they are: nothing is summed up, and "
            "a row unlike all others comes back as well as any",
            "pass --code {try_code}",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "복사",
            "특성 {features}개에 가운데 층의 수가 {code}개이고, 되돌린 행의 오차가 평균 행의 {percent:g} % 입니다",
            "입력보다 좁은 층이 없어 행이 그대로 통과할 수 있으므로, 아무것도 요약되지 않고 다른 행과 닮지 않은 행도 "
            "똑같이 잘 되돌아옵니다",
            "--code {try_code} 옵션을 주십시오",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The widths of the plan, and how far off rows are when they are given back."""
        plan, features = case.plan, case.facts.n_features
        if plan is None or plan.family != "autoencoder" or features < 2:
            return None
        code = int(plan.config.get("code") or _FEWEST)
        if min([code, *plan.config.get("hidden", ())]) < features:
            return None
        share = case.facts.error / case.facts.baseline_errors.get("constant", math.nan)
        if not share < _COPIED:  # nothing is known, or it has not learned to
            return None
        evidence = {
            "code": code,
            "features": features,
            "percent": float(f"{100 * share:.2g}"),
            "try_code": min(features - 1, _MOST, max(_FEWEST, math.ceil(math.sqrt(features)))),
        }
        return Sign("warning", 0.6 + 0.3 * grade(1 - share, 1 - _COPIED, 1.0), evidence)
