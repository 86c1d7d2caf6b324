"""Units of a bounded activation that are flat on most rows."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, grade, layer_name, median, most, severity, signal, typical
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Share of a layer's units that are saturated, over all epochs (DOCTOR.md: over half).
_SATURATED = 0.5


@symptom("saturated-units")
class SaturatedUnits:
    """Tanh and sigmoid at their ends."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "saturated units",
            "{percent} % of the units of {layer} are saturated (flat on over half of the rows), in {shown} of {of} "
            "networks",
            "what enters these units is so large that their output hardly changes, so hardly any gradient passes",
            "pass --activation relu, and --scale standard where the inputs are not scaled",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "포화된 유닛",
            "{layer} 층 유닛의 {percent} % 가 포화되어 있습니다(절반 넘는 행에서 기울기가 거의 없음, 신경망 {of}개 "
            "중 "
            "{shown}개)",
            "이 유닛에 들어오는 값이 너무 커서 출력이 거의 바뀌지 않고, 기울기도 거의 지나가지 못합니다",
            "--activation relu 를 쓰고, 입력이 스케일링되지 않았다면 --scale standard 를 주십시오",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The layer with the largest share of saturated units."""
        saturated = signal(case, "saturated_share")
        if saturated is None or case.plan is None:
            return None
        share = np.nan_to_num(typical(saturated))
        layer = int(np.median(share, axis=0).argmax())
        shown = share[:, layer] > _SATURATED
        if not most(shown):
            return None
        evidence = dict(counted(case, shown)) | {
            "layer": layer_name(case, layer),
            "share": median(share[shown, layer]),
            "percent": round(100 * median(share[shown, layer])),
        }
        return Sign(severity(case), 0.72 + 0.15 * grade(evidence["share"], _SATURATED, 1.0), evidence)
