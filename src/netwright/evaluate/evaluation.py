"""An evaluation: what was predicted for rows whose truth is known, by the network and by its baselines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netwright.base.figures import count, figure
from netwright.base.plan import Task, of_classes
from netwright.evaluate.intervals import LEVEL, Ends, bootstrap_intervals
from netwright.evaluate.metrics import METRICS, Metric, all_scores, judged_by
from netwright.evaluate.weighted import weighted_score

#: With fewer rows, or fewer of a class, a bootstrap interval is rough.
_FEW_UNITS, _FEW_OF_A_CLASS = 30, 10
#: A gap below this share of the error is no gap.
_SMALL_GAP = 0.05
#: Above this share of the constant's error there is hardly anything that could generalise.
_HARDLY_BETTER = 0.95
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Evaluation:
    """Predictions beside the truth, for one set of rows.

    Args:
        task: What is predicted.
        truth: Values or class numbers; (n_rows,).
        predicted: Of the network: values (n_rows,) or probabilities (n_rows, n_classes).
        baselines: Of each baseline, the same shape.
        units: Rows that belong together (copies of one entry) share a number; (n_rows,). None: every row by itself.
        threshold: Of two classes the positive one is named from this probability on; see `Predictions`.
        thresholds: The same of each baseline; None where it is not among them.
    """

    task: Task
    truth: np.ndarray
    predicted: np.ndarray
    baselines: Mapping[str, np.ndarray]
    units: np.ndarray | None = None
    threshold: float | np.ndarray | None = None
    thresholds: Mapping[str, float | np.ndarray | None] = field(default_factory=dict)

    def scores(self) -> dict[str, float | None]:
        """Every metric of the network."""
        return json_scores(self.task, self.truth, self.predicted, self.threshold)

    def baseline_scores(self) -> dict[str, dict[str, float | None]]:
        """Every metric of every baseline."""
        return {
            name: json_scores(self.task, self.truth, own, self.thresholds.get(name))
            for name, own in self.baselines.items()
        }

    def interval(self, metric: Metric, seed: int) -> dict[str, Any]:
        """Bootstrap intervals as `metrics.json` holds them: of every metric, and of the baselines' main one.

        Only for rows that chose nothing: over the rows of folds such an interval is too narrow (Bates, Hastie and
        Tibshirani, 2024), since the folds share train rows.

        Args:
            metric: What the run is judged by.
            seed: The run's seed.
        """
        wanted: list[tuple[str | None, str]] = [(None, own.name) for own in METRICS.values() if self.task in own.tasks]
        wanted += [(name, metric.name) for name in self.baselines]
        scores = {
            (who, name): weighted_score(name, self.truth, self._judged(who, METRICS[name])) for who, name in wanted
        }
        units = np.arange(len(self.truth)) if self.units is None else self.units
        n_classes = self.predicted.shape[1] if self.predicted.ndim > 1 else 0
        found = bootstrap_intervals(scores, units, seed, n_classes=n_classes)
        n_units = int(units.max(initial=-1)) + 1
        ends = {key: _told(key[1], own, n_units) for key, own in found.items()}
        return {
            "level": LEVEL,
            **{name: ends[who, name] for who, name in wanted if who is None},
            "baselines": {who: {name: ends[who, name]} for who, name in wanted if who is not None},
        }

    def _judged(self, baseline: str | None, metric: Metric) -> np.ndarray:
        if baseline is None:
            return judged_by(metric, self.predicted, self.threshold)
        return judged_by(metric, self.baselines[baseline], self.thresholds.get(baseline))

    def caution(self, in_time: bool, units: tuple[str, str] = ("row or group", "rows or groups")) -> str:
        """Why the intervals are rougher than they look, empty where nothing speaks for it.

        Args:
            in_time: Whether these rows follow each other in time.
            units: What is drawn, one and many.
        """
        n_units = len(self.truth) if self.units is None else len(np.unique(self.units))
        if n_units < _FEW_UNITS:
            return f"only {count(n_units, *units)} to draw from"
        if of_classes(self.task):
            fewest = int(np.unique(self.truth, return_counts=True)[1].min())
            if fewest < _FEW_OF_A_CLASS:
                return f"a class has only {count(fewest, 'test row')}, so ROC AUC and balanced accuracy may move more"
        return "rows that follow each other in time are alike, so it is too narrow" if in_time else ""


def _told(metric: str, ends: Ends, n_units: int) -> list[float | None]:
    """Ends as they are written; none where all draws score alike, which is no proof that other rows would.

    Of a share (accuracy) that is 0 or 1 the exact interval is known (Clopper and Pearson, 1934).
    """
    low, high = ends
    alike = high - low <= _ROUNDING * abs(high)
    if alike and metric == "accuracy":
        rest = ((1 - LEVEL) / 2) ** (1 / n_units)
        return [rest, 1.0] if high else [0.0, 1 - rest]
    return [None if alike else _json_number(end) for end in ends]


def json_scores(
    task: Task, truth: np.ndarray, predicted: np.ndarray, threshold: float | np.ndarray | None = None
) -> dict[str, float | None]:
    """Every metric of the task; None where it is not defined (ROC AUC with a single class, say).

    Args:
        task: What is predicted.
        truth: Values or class numbers; (n_rows,).
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
        threshold: Of two classes the positive one is named from this probability on; see `Predictions`.
    """
    return {name: _json_number(score) for name, score in all_scores(task, truth, predicted, threshold).items()}


def _json_number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def gap_in_words(
    metric: Metric,
    train: float | None,
    unseen: float | None,
    constant: float | None = None,
    validation: tuple[float | None, float | None] = (None, None),
) -> str:
    """How train and unseen rows differ, for a person.

    Args:
        metric: What both were scored by.
        train: Score on rows that the network was trained on.
        unseen: Score on rows that it never saw.
        constant: Score of the constant on those rows, where it is known.
        validation: Its score and that of the constant on validation rows, where these are others.

    Example:
        >>> gap_in_words(METRICS["rmse"], 2.0, 3.0)
        'RMSE is 2.00 on train rows and 3.00 on unseen ones: 50 % more error on rows it never saw'
        >>> gap_in_words(METRICS["rmse"], 3.0, 3.02)
        'RMSE is 3.00 on train rows and 3.02 on unseen ones: it generalises'
        >>> gap_in_words(METRICS["rmse"], 3.0, 3.02, constant=3.0)
        'RMSE is 3.00 on train rows and 3.02 on unseen ones: no better than the constant, it learned nothing that holds'
    """
    if train is None or unseen is None:
        return ""
    start = f"{metric.label} is {figure(train)} on train rows and {figure(unseen)} on unseen ones"
    if constant is not None and metric.error(unseen) >= metric.error(constant):
        return f"{start}: no better than the constant, it learned nothing that holds"
    if constant is not None and metric.error(unseen) > _HARDLY_BETTER * metric.error(constant):
        return f"{start}: hardly better than the constant, it learned little"
    own, of_constant = validation
    if own is not None and of_constant is not None and metric.error(own) >= metric.error(of_constant):
        return f"{start}: but on validation rows no better than the constant, so that may be chance"
    if metric.greater_is_better:  # shares: compare what is missing to one
        before, after = 1 - train, 1 - unseen
    else:
        before, after = train, unseen
    if after <= before * (1 + _SMALL_GAP):
        return f"{start}: it generalises"
    if before <= 0 or after > 2 * before:
        return f"{start}: more than twice the error on rows it never saw"
    return f"{start}: {100 * (after / before - 1):.0f} % more error on rows it never saw"
