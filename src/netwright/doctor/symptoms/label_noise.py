"""Labels that everyone who never saw them disagrees with."""

from __future__ import annotations

from typing import ClassVar

from netwright.doctor.case import Case
from netwright.doctor.reading import few_of, grade
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Share of the rows that must be in doubt, and how many: most tables as they are have less, and those with more lack
#: what decides them.
_SHARE, _FEWEST = 0.015, 3
#: Rows that are listed in words, and that are kept.
_SHOWN, _KEPT = 8, 1_000


@symptom("label-noise")
class LabelNoise:
    """Rows whose label may be wrong."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "labels in doubt",
            "{n} of {of} rows ({percent} %) carry a target that networks and trees, none of which saw the row, "
            "agree to "
            "contradict: rows {listed}, counted from 0",
            "either these targets are wrong, or something that decides them is not in the table",
            "look at these rows and correct what is wrong, but keep what is only hard: leaving that "
            "out flatters the next score; --loss huber lets wrong numbers count less",
        ),
        "classes": Words(
            "labels in doubt",
            "{n} of {of} rows ({percent} %) carry a label that networks and trees, none of which saw the row, agree "
            "to "
            "contradict: rows {listed}, counted from 0",
            "either these labels are wrong, or something that decides them is not in the table",
            "look at these rows and correct what is wrong, but keep what is only hard: leaving that "
            "out flatters the next score",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "의심스러운 목표값",
            "{of}행 중 {n}행({percent} %)의 목표값이, 그 행을 보지 않은 신경망과 트리의 일치된 예측과 크게 "
            "다릅니다(0부터 "
            "센 행 {listed})",
            "그 목표값이 틀렸거나, 그것을 정하는 무언가가 표에 없습니다",
            "그 행들을 살펴보고 틀린 것을 고치십시오. 어려울 뿐인 행을 빼면 다음 점수가 실제보다 좋아 보입니다. "
            "--loss huber 를 쓰면 틀린 값의 영향이 줄어듭니다",
        ),
        "classes": Words(
            "의심스러운 라벨",
            "{of}행 중 {n}행({percent} %)의 라벨이, 그 행을 보지 않은 신경망과 트리의 일치된 예측과 다릅니다(0부터 "
            "센 행 {listed})",
            "그 라벨이 틀렸거나, 그것을 정하는 무언가가 표에 없습니다",
            "그 행들을 살펴보고 틀린 것을 고치십시오. 어려울 뿐인 행을 빼면 다음 점수가 실제보다 좋아 보입니다",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """What `doubtful.py` found: worth a look, never a fault of the training."""
        facts = case.facts
        n = len(facts.doubtful_rows)
        if n < _FEWEST or n < _SHARE * facts.n_judged:
            return None
        share = n / facts.n_judged
        evidence = {
            "n": n,
            "of": facts.n_judged,
            "percent": round(100 * share),
            "listed": few_of([str(row) for row in facts.doubtful_rows], _SHOWN),
            "rows": list(facts.doubtful_rows[:_KEPT]),
        }
        variant = "" if facts.task == "regression" else "classes"
        return Sign("note", 0.3 + 0.4 * grade(share, _SHARE, 0.2), evidence, variant)
