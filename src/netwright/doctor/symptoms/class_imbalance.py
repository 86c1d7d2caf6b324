"""Classes in very unequal numbers, and classes that are never predicted."""

from __future__ import annotations

from typing import ClassVar

from netwright.doctor.case import Case
from netwright.doctor.reading import best_epoch, few_of, is_short, lag, last_epoch, learnable, most
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The largest class over the smallest (DOCTOR.md).
_RATIO = 10.0
#: A class of fewer rows, or of a smaller share of an equal share, is too rare to be named by any network.
_FEWEST, _SHARE = 20, 0.1
#: A plan this far behind the baselines names few classes because it learned little, not because they are rare.
_LEARNS_LITTLE = 0.3


@symptom("class-imbalance")
class ClassImbalance:
    """The rare classes lose."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "class imbalance",
            "{largest} has {most} rows, {smallest} {least} ({ratio} times as few)",
            "the loss is made of the large class, so the small one counts little",
            "pass --class-weight balanced if all classes matter alike, and judge by --metric balanced_accuracy",
        ),
        "never": Words(
            "class never predicted",
            "no row is taken for {listed}, though {rows} rows are of it",
            "the network has given up that class: being wrong on it costs less than finding it",
            "pass --class-weight balanced or --sampling over, and judge by --metric balanced_accuracy",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "클래스 불균형",
            "가장 큰 클래스({largest})는 {most}행, 가장 작은 클래스({smallest})는 {least}행입니다({ratio}배 차이)",
            "손실이 거의 큰 클래스로 이루어져 작은 클래스는 조금밖에 반영되지 않습니다",
            "모든 클래스가 똑같이 중요하면 --class-weight balanced 를 주고 --metric balanced_accuracy 로 평가하십시오",
        ),
        "never": Words(
            "예측되지 않는 클래스",
            "{listed} 클래스는 {rows}행이 있는데 그렇게 예측된 행이 하나도 없습니다",
            "신경망이 그 클래스를 포기했습니다. 찾아내는 것보다 틀리는 편이 손실이 작기 때문입니다",
            "--class-weight balanced 나 --sampling over 를 주고 --metric balanced_accuracy 로 평가하십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Counts of rows and of out-of-fold predictions."""
        facts = case.facts
        counts, predicted, names = facts.class_counts, facts.predicted_counts, facts.classes
        present = [number for number, n in enumerate(counts) if n]
        if len(present) < 2 or len(names) != len(counts):
            return None
        largest, smallest = max(present, key=lambda k: counts[k]), min(present, key=lambda k: counts[k])
        fair = sum(counts) / len(present)
        enough = max(_FEWEST, _SHARE * fair)
        never = [k for k in present if counts[k] >= enough and len(predicted) == len(counts) and predicted[k] == 0]
        # a network that never names several classes has not learned at all, which is another symptom
        if never and len(never) < max(2, len(present) // 2):
            rows = sum(counts[k] for k in never)
            evidence = {"listed": few_of([names[k] for k in never]), "rows": rows, "of": sum(counts)}
            unlearned = lag(case) > _LEARNS_LITTLE or learnable(case) is False
            consequence = (unlearned and counts[largest] < _RATIO * counts[smallest]) or _hardly_began(case)
            return Sign("warning", 0.1 if consequence else 0.6, evidence, "never")
        ratio = counts[largest] / counts[smallest]
        if ratio < _RATIO:
            return None
        evidence = {
            "largest": names[largest],
            "most": counts[largest],
            "smallest": names[smallest],
            "least": counts[smallest],
            "ratio": float(ratio),
        }
        return Sign("note", 0.4, evidence)


def _hardly_began(case: Case) -> bool:
    """Whether training took few epochs, of which the last one is the best."""
    return is_short(case) and most(best_epoch(case) == last_epoch(case.curves))
