"""All that the doctor knows of one trained plan: its curves, those beside it, and what the data are like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netwright.base.curves import Curves
from netwright.base.plan import Plan, Task
from netwright.evaluate.more_rows import MoreRows


@dataclass(frozen=True)
class Facts:
    """What is known beside the curves; a field that nobody filled keeps its default, and no symptom leans on it.

    Args:
        task: What is predicted.
        metric: Name of what folds are judged by.
        n_train: Train rows of a fold.
        n_features: Features that the network reads.
        classes: The labels.
        class_counts: Development rows of each class.
        predicted_counts: Out-of-fold rows that are taken for each class.
        n_distinct: Different values of a number to be predicted.
        whole_numbers: Whether these are whole numbers.
        fitting_constant: Loss a row, each counting once, of the constant that training aims at where classes have
            weights or rows are drawn more than once; NaN where all rows count alike.
        widest_odds: Logarithm of the highest over the lowest probability of a class in one out-of-fold row, the
            largest of all rows; NaN for numbers.
        input_spread: For each column the largest standard deviation of its prepared features on train rows.
        output_ends: Lowest and highest out-of-fold prediction, in units of the target's scale on train rows.
        target_ends: 5 and 95 % quantiles of the target of the same rows, in the same units.
        pinned_share: Share of out-of-fold predictions that lie within 1 % of their range of its lower or upper end; of
            classes those whose odds lie within 1 % of the widest.
        tied_share: Share of out-of-fold rows in which two classes have the very same probability.
        doubtful_rows: Rows, as numbered in the source, where members agree with each other and not with the label.
        n_judged: Rows of which that was looked at.
        more_rows: The learning curve over rows.
        baseline_errors: The mean error over folds of each baseline, less is better.
        error: The same of this plan.
        best_error: The lowest of all plans of the run, this one among them.
        behind_p: How often noise alone would put the plan so far behind the best baseline, by the errors of the folds.
        leaking: Columns of which the audit says that they give the target away.
    """

    task: Task | None = None
    metric: str = ""
    n_train: int = 0
    n_features: int = 0
    classes: tuple[str, ...] = ()
    class_counts: tuple[int, ...] = ()
    predicted_counts: tuple[int, ...] = ()
    n_distinct: int = 0
    whole_numbers: bool = False
    fitting_constant: float = float("nan")
    widest_odds: float = float("nan")
    input_spread: Mapping[str, float] = field(default_factory=dict)
    output_ends: tuple[float, float] | None = None
    target_ends: tuple[float, float] | None = None
    pinned_share: float = 0.0
    tied_share: float = 0.0
    doubtful_rows: tuple[int, ...] = ()
    n_judged: int = 0
    more_rows: MoreRows | None = None
    baseline_errors: Mapping[str, float] = field(default_factory=dict)
    error: float = float("nan")
    best_error: float = float("nan")
    behind_p: float = float("nan")
    leaking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """One plan, for the symptoms to read.

    Args:
        curves: Of its members, epoch 0 being untrained; of curves from elsewhere one member, NaN where unknown.
        plan: What was trained; None for curves from elsewhere.
        siblings: Curves of the other plans on the same folds.
        facts: What else is known.
    """

    curves: Curves
    plan: Plan | None = None
    siblings: tuple[Curves, ...] = ()
    facts: Facts = field(default_factory=Facts)
