"""Units that are flat on nearly all rows and learn no more."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, grade, layer_name, median, most, rate_of, severity, signal, tidy, typical
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Share of a layer's units that are dead, the median over epochs (AUTOTRAINER, ICSE 2021). Healthy ReLU networks of the
#: development tables reach 0.2.
_DEAD = 0.5
#: How much lower a learning rate is tried.
_LOWER = 0.1


@symptom("dead-units")
class DeadUnits:
    """ReLU units that never open."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "dead units",
            "{percent} % of the units of {layer} are dead (flat on over 99 % of the rows), in {shown} of {of} networks",
            "steps that were too large pushed these units to where they get no gradient, and they cannot come back",
            "pass --learning-rate {try_rate:g} (it was {rate:g}) or --activation leaky_relu",
        ),
        "start": Words(
            "dead units from the start",
            "{percent} % of the units of {layer} are dead (flat on over 99 % of the rows), and {first} % were "
            "before the "
            "first step, in {shown} of {of} networks",
            "the first weights and biases, or inputs that are not scaled, keep these units shut, and without a "
            "gradient "
            "they cannot open",
            "pass --activation leaky_relu, and --scale standard where the inputs are not scaled",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "죽은 유닛",
            "{layer} 층 유닛의 {percent} % 가 죽어 있습니다(99 % 넘는 행에서 기울기가 없음, 신경망 {of}개 "
            "중 {shown}개)",
            "너무 큰 걸음이 이 유닛들을 기울기가 없는 곳으로 밀어내어 되돌아오지 못합니다",
            "--learning-rate {try_rate:g} 옵션을 주거나(지금은 {rate:g}) --activation leaky_relu 를 쓰십시오",
        ),
        "start": Words(
            "처음부터 죽은 유닛",
            "{layer} 층 유닛의 {percent} % 가 죽어 있고(99 % 넘는 행에서 기울기가 없음), {first} % 는 첫걸음 전부터 "
            "그랬습니다(신경망 {of}개 중 {shown}개)",
            "처음 가중치와 편향, 또는 스케일링되지 않은 입력 때문에 이 유닛들이 닫혀 있고, 기울기가 없어 열리지 "
            "못합니다",
            "--activation leaky_relu 를 쓰고, 입력이 스케일링되지 않았다면 --scale standard 를 주십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The layer with the largest share of dead units."""
        dead = signal(case, "dead_share")
        if dead is None or case.plan is None:
            return None
        share = np.nan_to_num(typical(dead))
        shown = share.max(axis=1) > _DEAD
        if not most(shown):
            return None
        layer = int(np.median(share[shown], axis=0).argmax())
        began = np.nan_to_num(np.asarray(case.curves.signals["dead_share"], dtype=float)[:, 0, layer])
        evidence = dict(counted(case, shown)) | {
            "layer": layer_name(case, layer),
            "share": median(share[shown, layer]),
            "percent": round(100 * median(share[shown, layer])),
            "first": round(100 * median(began[shown])),
        }
        loud = severity(case, plain=True)
        strength = 0.6 + 0.2 * grade(evidence["share"], _DEAD, 1.0)
        if most(began[shown] > _DEAD):
            return Sign(loud, min(1.0, strength + 0.12), evidence, "start")
        evidence |= {"rate": rate_of(case), "try_rate": tidy(rate_of(case) * _LOWER)}
        return Sign(loud, strength, evidence)
