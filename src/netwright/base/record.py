"""The record of a run: everything that is written down about it, without the network itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.base.curves import Curves
from netwright.base.finding import Finding
from netwright.base.plan import Plan, Task
from netwright.base.relation import Relation, TargetGroup
from netwright.base.table import Provenance, Schema

if TYPE_CHECKING:
    import numpy as np

#: Version of `metrics.json`, `run.json` and the bundle.
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Predictions:
    """What was predicted for rows whose truth is known.

    Args:
        rows: Their numbers in the source; (n_rows,).
        truth: Values or class numbers; (n_rows,).
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
        threshold: Of two classes the positive one is named from this probability on, one number or one a row; None
            names the likeliest class.
        more: What else is said of each row, by column, such as its cluster; (n_rows,) each.
    """

    rows: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    threshold: float | np.ndarray | None = None
    more: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Importance:
    """How much the validation error rises when a column is shuffled.

    Args:
        column: Its name.
        rise: Mean rise of the error over shuffles and members, in the units of the metric.
        spread: Standard deviation of the rise over shuffles.
    """

    column: str
    rise: float
    spread: float


@dataclass(frozen=True)
class Dependence:
    """How the mean prediction of validation rows moves when a column is set to each of some values, all else kept.

    Args:
        column: Its name.
        kind: Its kind.
        outputs: What is predicted: the target, or the classes whose probability is meant (of two the positive one).
        at: The values: numbers, for dates milliseconds since 1970, or levels; (n_values,).
        mean: Over members, each the mean over validation rows of its fold; (n_outputs, n_values).
        spread: Standard deviation of those over members; (n_outputs, n_values).
        lines: Predictions of some single rows, for numbers and dates where there is one output; (n_lines, n_values).
        bars: For numbers and dates where each bar of the distribution begins and ends, in units of `at`; else empty.
        counts: Development rows behind each bar; without bars, behind each value.
        n_others: Rows with a value behind none of them.
    """

    column: str
    kind: str
    outputs: tuple[str, ...]
    at: tuple[float, ...] | tuple[str, ...]
    mean: tuple[tuple[float, ...], ...]
    spread: tuple[tuple[float, ...], ...]
    lines: tuple[tuple[float, ...], ...]
    bars: tuple[tuple[float, float], ...]
    counts: tuple[int, ...]
    n_others: int


@dataclass(frozen=True)
class ColumnSummary:
    """What the report shows of a column, from development rows.

    Args:
        name: The column.
        kind: Its kind.
        role: Its role.
        why: What decided the kind.
        n_missing: Cells without a value.
        n_distinct: Different values.
        figures: For numbers and dates: name -> figure (minimum, quartiles, mean ...), as text.
        labels: Names of the bars of the distribution (levels, or ranges of a histogram).
        counts: Rows behind each bar.
        relation: What a test says of the column and the target; None where there is nothing to test.
        groups: The target along the column: a level each, or ten ranges of as many rows; empty where there is none.
    """

    name: str
    kind: str
    role: str
    why: str
    n_missing: int
    n_distinct: int
    figures: Mapping[str, str]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    relation: Relation | None = None
    groups: tuple[TargetGroup, ...] = ()


@dataclass(frozen=True)
class CorrelationMap:
    """How columns of numbers go together, pair by pair.

    Args:
        columns: Their names, the target first where it is one of them, then from strongly to weakly related to it.
        rho: Spearman's correlation of each pair, NaN where it is not defined; (columns, columns).
        n_rows: Rows that were looked at.
        n_left_off: Columns of numbers that are not in the map.
    """

    columns: tuple[str, ...]
    rho: np.ndarray
    n_rows: int
    n_left_off: int


@dataclass(frozen=True)
class RunRecord:
    """A finished run.

    Args:
        task: What was predicted.
        target: Its column.
        classes: The labels, in the order of the probabilities.
        source: The data that were read.
        schema: Their columns.
        settings: The user's options that differ from the defaults, as typed.
        plan: The plan that was chosen.
        plans: All plans that were tried.
        layers: The table of layers of the chosen network.
        network: The same in one line.
        curves: Of all members of all plans.
        findings: Of audit and training.
        leaderboard: A row a candidate, best first.
        metrics: What `metrics.json` holds.
        test: Predictions for the test rows; None where the caller holds the test.
        validation: Out-of-fold predictions for the development rows.
        importance: By column, most important first.
        columns: What the report shows of each column.
        facts: What `run.json` holds beyond the above: versions, device, split, seconds, openings of the test rows.
        equation: For plain regression the fitted line in the units of the data, else empty.
        dependence: Of the predictions on the most important columns.
        correlations: Of columns of numbers; None where there are fewer than two.
        search: What the search for better plans did, round by round, and which choices mattered; None where there was
            none.
        can_go_on: Whether the search for better plans could go on with more time.
        more: What further sections of the report show, by their name: JSON-able.
    """

    task: Task
    target: str
    classes: tuple[str, ...]
    source: Provenance
    schema: Schema
    settings: Mapping[str, Any]
    plan: Plan
    plans: tuple[Plan, ...]
    layers: tuple[tuple[str, str, str, int], ...]
    network: str
    curves: Curves
    findings: tuple[Finding, ...]
    leaderboard: tuple[Mapping[str, Any], ...]
    metrics: Mapping[str, Any]
    test: Predictions | None
    validation: Predictions
    importance: tuple[Importance, ...]
    columns: tuple[ColumnSummary, ...]
    facts: Mapping[str, Any]
    equation: str = ""
    dependence: tuple[Dependence, ...] = ()
    correlations: CorrelationMap | None = None
    search: Mapping[str, Any] | None = None
    can_go_on: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)
