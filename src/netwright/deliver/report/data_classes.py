"""How good, for classes: which class is taken for which, and the figures of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart
from netwright.deliver.report.data_calibration import calibration_chart
from netwright.deliver.report.data_coverage import coverage_charts
from netwright.deliver.report.data_roc import rank_charts
from netwright.deliver.report.words import Judged, judged_rows, metric_of, what_predicts
from netwright.evaluate.mixing import chosen_classes

#: How a class that training lacked is called; no label of the user's can be mistaken for it, being no label.
UNKNOWN = "(not in training)"
#: From this many classes on a cell has no room for a share beside its count, and beyond the next for no figure.
_FEW, _MANY = 12, 30
#: Pixels around the cells, and the least and most of a cell's height.
_AROUND, _LEAST, _MOST = 130, 18, 64
#: A small matrix is as high as the ROC curve beside it.
_BESIDE = 400
_MISTAKES = 10
#: Of more classes than this, the matrix and the table show the most frequent ones.
MOST_CLASSES = 100


def classes_section(record: RunRecord) -> dict[str, Any]:
    """The third section for classes."""
    judged = judged_rows(record)
    truth = judged.predictions.truth.astype(np.int64)
    chances = judged.predictions.predicted
    named = chosen_classes(chances, judged.predictions.threshold)
    counts = confusion(truth, named, len(record.classes))
    unknown = int((truth < 0).sum())
    shown, n_classes = most_frequent(counts, MOST_CLASSES), len(record.classes)
    figures = class_figures(counts, record.classes)
    return {
        "rows": judged.rows,
        "judged": judged.name,
        "unknown": f"{count(unknown, 'row')} of a class that training lacked, always counted as wrong."
        if unknown
        else "",
        "classes": [figures[number] for number in shown],
        "some": f"The {len(shown)} most frequent of {n_classes:,} classes." if len(shown) < n_classes else "",
        "mistakes": mistakes(counts, record.classes),
        "equation": record.equation,
        "calibrated": calibrated(record),
        "right": f"{int(np.trace(counts)):,} of the {judged.rows} are right.",
        "charts": [
            _matrix(record, judged, counts, shown),
            *rank_charts(record, judged, truth, chances),
            *coverage_charts(record, judged),
            calibration_chart(record, judged, truth, chances),
        ],
    }


def calibrated(record: RunRecord) -> list[str]:
    """What was made of the probabilities, in sentences; empty where nothing was.

    Args:
        record: The run.
    """
    own = record.metrics.get("calibration", {})
    temperature, threshold, said = own.get("temperature", 1.0), own.get("threshold"), []
    if temperature != 1:
        way = "less" if temperature > 1 else "more"
        said.append(
            f"Probabilities were made {way} sure by a temperature of {figure(temperature)}, chosen on validation rows: "
            f"log-loss {figure(own['before']['log_loss'])} before and {figure(own['after']['log_loss'])} after, mean "
            f"distance from what happened {figure(own['before']['ece'])} and {figure(own['after']['ece'])} (judged by "
            "rows that had no say in it)."
        )
    if threshold is not None:
        said.append(
            f"{record.classes[1]} is named from a probability of {figure(threshold)} on, not from 0.5: that is best "
            f"for {metric_of(record).label} on validation rows. The table, the cells and predictions follow it; so do "
            "the baselines, each with a threshold of its own."
        )
    return said


def confusion(truth: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Rows by true class (down) and predicted class (across).

    Args:
        truth: Class numbers, -1 for a class that training lacked; (n_rows,).
        predicted: Class numbers; (n_rows,).
        n_classes: Classes that training had.

    Returns:
        (n_classes, n_classes), with one row more at the end where there are rows of a class that training lacked.

    Example:
        >>> confusion(np.array([0, 0, 1, -1]), np.array([0, 1, 1, 1]), 2).tolist()
        [[1, 1], [0, 1], [0, 1]]
    """
    place = np.where(truth < 0, n_classes, truth)
    counts = np.zeros((n_classes + 1, n_classes), dtype=np.int64)
    np.add.at(counts, (place, predicted), 1)
    return counts if counts[-1].any() else counts[:-1]


def most_frequent(counts: np.ndarray, most: int) -> list[int]:
    """The classes with most rows, in their own order.

    Args:
        counts: As `confusion` gives them.
        most: How many.

    Example:
        >>> most_frequent(np.array([[5, 0, 0], [0, 1, 0], [2, 0, 9]]), 2)
        [0, 2]
    """
    rows = counts[: counts.shape[1]].sum(axis=1)
    return sorted(np.argsort(-rows, kind="stable")[:most].tolist())


def _often(rows: str) -> str:
    return "once" if rows == "1" else f"{rows} times"


def _matrix(record: RunRecord, judged: Judged, counts: np.ndarray, shown: list[int]) -> dict[str, Any]:
    classes, n_classes = [record.classes[number] for number in shown], len(shown)
    down = shown + list(range(counts.shape[1], len(counts)))
    cell = int(np.clip(420 // n_classes, _LEAST, _MOST))
    labels = "share" if n_classes <= _FEW else "count" if n_classes <= _MANY else "none"
    told = mistakes(counts, record.classes)[:3]
    worst = "; ".join(f"{entry['true']} taken for {entry['predicted']} {_often(entry['rows'])}" for entry in told)
    return chart(
        "confusion",
        "confusion",
        f"True class against predicted class, {judged.name} rows",
        reading=(
            f"Each row of cells is a true class, each column what the {what_predicts(record)} said: counts, shaded by "
            "their share of the true class. The diagonal is right; a dark cell off it is a confusion worth knowing."
        ),
        alt=f"Confusion matrix of {n_classes} classes on {judged.rows}. {worst or 'No row is wrong'}.",
        data={
            "across": classes,
            "down": [*classes, UNKNOWN][: len(down)],
            "cells": _cells(counts[np.ix_(down, shown)], counts[down].sum(axis=1)),
            "labels": labels,
            "colour": judged.name,
        },
        height=max(_AROUND + cell * len(down), _BESIDE),
        min_width=0 if n_classes <= _FEW else 170 + 26 * n_classes,
        wide=n_classes > 6,
    )


def _cells(counts: np.ndarray, totals: np.ndarray) -> list[list[float | int]]:
    """[across, down, count, share of the true class]; empty cells of large matrices are left out."""
    small = counts.size <= _MANY * _MANY
    return [
        [column, row, int(counts[row, column]), round(float(counts[row, column]) / max(int(totals[row]), 1), 3)]
        for row in range(len(counts))
        for column in range(counts.shape[1])
        if small or counts[row, column]
    ]


def class_figures(counts: np.ndarray, classes: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows, recall, precision and F1 of each class.

    Args:
        counts: As `confusion` gives them.
        classes: The labels.
    """
    said = counts.sum(axis=0)
    found = []
    for number, label in enumerate(classes):
        right, of = int(counts[number, number]), int(counts[number].sum())
        total = of + int(said[number])
        found.append(
            {
                "label": label,
                "rows": f"{of:,}",
                "recall": figure(right / of) if of else "-",
                "precision": figure(right / int(said[number])) if said[number] else "-",
                "f1": figure(2 * right / total) if total else "-",
            }
        )
    return found


def mistakes(counts: np.ndarray, classes: tuple[str, ...]) -> list[dict[str, str]]:
    """The most frequent confusions, the worst first.

    Args:
        counts: As `confusion` gives them.
        classes: The labels.
    """
    wrong = counts.copy()
    np.fill_diagonal(wrong[: len(classes)], 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MISTAKES]
    found = []
    for row, column in zip(*np.unravel_index(order, wrong.shape), strict=True):
        number, of = int(wrong[row, column]), int(counts[row].sum())
        if number:
            label = classes[row] if row < len(classes) else UNKNOWN
            percent = f"{100 * number / of:.0f} %"
            found.append({"true": label, "predicted": classes[column], "rows": f"{number:,}", "share": percent})
    return found
