"""How well rows are ranked: ROC and precision-recall curves, one class against the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.figures import figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.thinning import spaced
from netwright.deliver.report.words import Judged
from netwright.evaluate.mixing import chosen_classes

#: More curves than this cannot be told apart.
MOST_CURVES = 8
_MOST_POINTS = 250


@dataclass(frozen=True)
class _Ranks:
    """What both kinds of curves are made of: rows, and the classes that get a curve."""

    record: RunRecord
    judged: Judged
    truth: np.ndarray
    chances: np.ndarray
    numbers: list[int]

    @property
    def binary(self) -> bool:
        return len(self.record.classes) == 2

    @property
    def which(self) -> str:
        """The classes in words."""
        classes = self.record.classes
        if self.binary:
            return f"class {classes[1]} against {classes[0]}"
        some = f", {len(self.numbers)} of {len(classes)} classes" if len(self.numbers) < len(classes) else ""
        return f"each class against the rest{some}"


def rank_charts(record: RunRecord, judged: Judged, truth: np.ndarray, chances: np.ndarray) -> list[dict[str, Any]]:
    """ROC and precision-recall.

    Args:
        record: The run.
        judged: The rows that judge it.
        truth: Class numbers, -1 for a class that training lacked; (n_rows,).
        chances: Probabilities; (n_rows, n_classes).
    """
    ranks = _Ranks(record, judged, truth, chances, shown_classes(truth, len(record.classes)))
    return [_roc(ranks), _precision_recall(ranks)]


def shown_classes(truth: np.ndarray, n_classes: int) -> list[int]:
    """The positive class of two; of more the most frequent ones, in their own order; those without a contrast not.

    Args:
        truth: Class numbers, -1 for a class that training lacked.
        n_classes: Classes that training had.

    Example:
        >>> shown_classes(np.array([0, 1, 1]), 2), shown_classes(np.array([0, 2, 2]), 3)
        ([1], [0, 2])
    """
    rows = np.bincount(truth[truth >= 0], minlength=n_classes)
    able = [number for number in range(n_classes) if 0 < rows[number] < len(truth)]
    if n_classes == 2:
        return [1] if 1 in able else []
    return sorted(sorted(able, key=lambda number: -rows[number])[:MOST_CURVES])


def _dot(ranks: _Ranks) -> str:
    threshold = ranks.judged.predictions.threshold
    return f" The dot is the threshold {0.5 if threshold is None else figure(float(np.mean(threshold)))}."


def _roc(ranks: _Ranks) -> dict[str, Any]:
    area, binary = ranks.record.metrics[ranks.judged.name].get("roc_auc"), ranks.binary
    lines, mark = [], None
    for number in ranks.numbers:
        is_true = ranks.truth == number
        wrong, right = roc_points(is_true, ranks.chances[:, number])
        text = f"area {figure(float(np.trapezoid(right, wrong)))}"
        lines.append({"name": ranks.record.classes[number], "text": text, "points": _pairs(wrong, right)})
        if binary:
            threshold = ranks.judged.predictions.threshold
            said = chosen_classes(ranks.chances, threshold) == number
            mark = [drawn(float(said[~is_true].mean())), drawn(float(said[is_true].mean()))]
    name = "ROC curve" if binary else "ROC curves"
    return _rank_chart(
        ranks,
        "roc",
        f"{name}, {ranks.judged.name} rows: {'' if binary else 'macro '}AUC {figure(area)}",
        f"Moving the threshold trades rows found against false alarms ({ranks.which}). The nearer to the upper left "
        f"corner the better; the dashed diagonal is guessing.{_dot(ranks) if mark else ''}",
        f"ROC of {ranks.which} on {ranks.judged.rows}; area under the curve {figure(area)}.",
        {
            "lines": lines,
            "x": "false positive rate (share of other rows called so)",
            "y": "true positive rate (share of the class found)",
            "names": ["false positive rate", "true positive rate"],
            "guess": [[0, 0], [1, 1]],
            "mark": mark,
        },
    )


def _precision_recall(ranks: _Ranks) -> dict[str, Any]:
    lines, shares = [], []
    for number in ranks.numbers:
        is_true = ranks.truth == number
        recall, precision = precision_recall_points(is_true, ranks.chances[:, number])
        shares.append(float(is_true.mean()))
        text = f"{figure(shares[-1])} of the rows"
        lines.append({"name": ranks.record.classes[number], "text": text, "points": _pairs(recall, precision)})
    share = drawn(shares[0]) if ranks.binary and shares else None
    random = " The dashed line is the share of the class: calling at random." if share is not None else ""
    return _rank_chart(
        ranks,
        "precision-recall",
        f"Precision against recall, {ranks.judged.name} rows",
        f"How many of the rows called so are so, against how many are found ({ranks.which}). The nearer to the upper "
        f"right corner the better.{random}",
        f"Precision against recall of {ranks.which} on {ranks.judged.rows}.",
        {
            "lines": lines,
            "x": "recall (share of the class found)",
            "y": "precision (share of calls that are right)",
            "names": ["recall", "precision"],
            "guess": [[0, share], [1, share]] if share is not None else None,
            "mark": None,
        },
    )


def _rank_chart(ranks: _Ranks, name: str, title: str, reading: str, alt: str, data: dict[str, Any]) -> dict[str, Any]:
    return chart(
        name,
        "ranks",
        title,
        reading=reading,
        alt=alt,
        data=data | {"colour": ranks.judged.name} if ranks.numbers else None,
        empty=f"There is no such curve: the {ranks.judged.name} rows hold a single class.",
        height=400,
    )


def _ranked(is_true: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """True and false rows called, as the threshold falls from one score to the next; ties together."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.cumsum(is_true[order])[ends]
    return hits, ends + 1 - hits


def roc_points(is_true: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False positive rate and true positive rate at every threshold, from (0, 0) to (1, 1).

    Args:
        is_true: Whether a row is of the class; both answers must occur; (n_rows,).
        score: Its probability; (n_rows,).

    Example:
        >>> wrong, right = roc_points(np.array([True, False, True]), np.array([0.9, 0.5, 0.4]))
        >>> wrong.tolist(), right.tolist()
        ([0.0, 0.0, 1.0, 1.0], [0.0, 0.5, 0.5, 1.0])
    """
    hits, alarms = _ranked(is_true, score)
    return np.append(0.0, alarms / alarms[-1]), np.append(0.0, hits / hits[-1])


def precision_recall_points(is_true: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision at every threshold, from the highest score down.

    Args:
        is_true: Whether a row is of the class; (n_rows,).
        score: Its probability; (n_rows,).

    Example:
        >>> recall, precision = precision_recall_points(np.array([True, False, True]), np.array([0.9, 0.5, 0.4]))
        >>> recall.tolist(), [round(own, 3) for own in precision.tolist()]
        ([0.5, 0.5, 1.0], [1.0, 0.5, 0.667])
    """
    hits, alarms = _ranked(is_true, score)
    return hits / hits[-1], hits / (hits + alarms)


def _pairs(x: np.ndarray, y: np.ndarray) -> list[list[float | None]]:
    """The corners of a curve, thinned where there are more than can be seen."""
    corner = np.ones(len(x), dtype=bool)
    if len(x) > 2:  # points in the middle of a straight run add nothing
        dx, dy = np.diff(x), np.diff(y)
        corner[1:-1] = (dx[:-1] * dy[1:] != dx[1:] * dy[:-1]) | (dx[:-1] * dx[1:] < 0)
    places = np.flatnonzero(corner)
    places = places[spaced(len(places), _MOST_POINTS)]
    return [[drawn(float(a)), drawn(float(b))] for a, b in zip(x[places], y[places], strict=True)]
