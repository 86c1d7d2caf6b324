"""How well rows are ranked: ROC and precision-recall curves, one class against the rest."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.base.figures import figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.thinning import spaced
from netwright.deliver.report.words import Judged

#: More curves than this cannot be told apart.
MOST_CURVES = 8
_MOST_POINTS = 250


def rank_charts(record: RunRecord, judged: Judged, truth: np.ndarray, chances: np.ndarray) -> list[dict[str, Any]]:
    """ROC and precision-recall.

    Args:
        record: The run.
        judged: The rows that judge it.
        truth: Class numbers, -1 for a class that training lacked; (n_rows,).
        chances: Probabilities; (n_rows, n_classes).
    """
    numbers = _shown_classes(truth, len(record.classes))
    return [_roc(record, judged, truth, chances, numbers), _precision_recall(record, judged, truth, chances, numbers)]


def _shown_classes(truth: np.ndarray, n_classes: int) -> list[int]:
    """The positive class of two; of more the most frequent ones, in their own order. Empty where a class is alone."""
    rows = np.bincount(truth[truth >= 0], minlength=n_classes)
    able = [number for number in range(n_classes) if 0 < rows[number] < len(truth)]
    if n_classes == 2:
        return [1] if 1 in able else []
    return sorted(sorted(able, key=lambda number: -rows[number])[:MOST_CURVES])


def _which(record: RunRecord, numbers: list[int]) -> str:
    if len(record.classes) == 2:
        return f"class {record.classes[1]} against {record.classes[0]}"
    if len(numbers) < len(record.classes):
        return f"each class against the rest, {len(numbers)} of {len(record.classes)} classes"
    return "each class against the rest"


def _roc(
    record: RunRecord, judged: Judged, truth: np.ndarray, chances: np.ndarray, numbers: list[int]
) -> dict[str, Any]:
    area = record.metrics[judged.name].get("roc_auc")
    binary = len(record.classes) == 2
    lines = []
    for number in numbers:
        wrong, right = roc_points(truth == number, chances[:, number])
        own = float(np.trapezoid(right, wrong))
        name = record.classes[number]
        lines.append({"name": name, "text": f"area {figure(own)}", "points": _pairs(wrong, right)})
    mark = None
    if binary and numbers:
        said = chances[:, 1] >= chances[:, 1].dtype.type(0.5)
        is_true = truth == 1
        mark = [drawn(float(said[~is_true].mean())), drawn(float(said[is_true].mean()))]
    return chart(
        "roc",
        "ranks",
        f"ROC curve{'' if binary else 's'}, {judged.name} rows: {'' if binary else 'macro '}AUC {figure(area)}",
        reading=(
            f"Moving the threshold trades rows found against false alarms ({_which(record, numbers)}). The nearer to the "
            "upper left corner the better; the dashed diagonal is guessing."
            + (" The dot is the threshold 0.5." if mark else "")
        ),
        alt=f"ROC of {_which(record, numbers)} on {judged.rows}; area under the curve {figure(area)}.",
        data={
            "lines": lines,
            "x": "false positive rate (share of other rows called so)",
            "y": "true positive rate (share of the class found)",
            "names": ["false positive rate", "true positive rate"],
            "guess": [[0, 0], [1, 1]],
            "mark": mark,
            "colour": judged.name,
        }
        if lines
        else None,
        empty=f"There is no ROC curve: the {judged.name} rows hold a single class.",
        height=400,
    )


def _precision_recall(
    record: RunRecord, judged: Judged, truth: np.ndarray, chances: np.ndarray, numbers: list[int]
) -> dict[str, Any]:
    binary = len(record.classes) == 2
    lines = []
    for number in numbers:
        recall, precision = precision_recall_points(truth == number, chances[:, number])
        share = float((truth == number).mean())
        text = f"{figure(share)} of the rows"
        lines.append({"name": record.classes[number], "text": text, "points": _pairs(recall, precision)})
    share = drawn(float((truth == 1).mean())) if binary and numbers else None
    return chart(
        "precision-recall",
        "ranks",
        f"Precision against recall, {judged.name} rows",
        reading=(
            f"How many of the rows called so are so, against how many are found ({_which(record, numbers)}). The nearer to "
            "the upper right corner the better."
            + (" The dashed line is the share of the class: calling at random." if binary else "")
        ),
        alt=f"Precision against recall of {_which(record, numbers)} on {judged.rows}.",
        data={
            "lines": lines,
            "x": "recall (share of the class found)",
            "y": "precision (share of calls that are right)",
            "names": ["recall", "precision"],
            "guess": [[0, share], [1, share]] if share is not None else None,
            "mark": None,
            "colour": judged.name,
        }
        if lines
        else None,
        empty=f"There is no such curve: the {judged.name} rows hold a single class.",
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
