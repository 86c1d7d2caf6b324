"""Are probabilities to be believed: what was said against what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.words import Judged, what_predicts

#: Groups of probabilities, of equal width.
BINS = 10


@dataclass(frozen=True)
class Bin:
    """Rows whose probability lies between two tenths.

    Args:
        low: From here.
        high: To here; the last bin holds its end.
        rows: How many there are.
        said: Their mean probability.
        happened: Share of them that came true.
    """

    low: float
    high: float
    rows: int
    said: float
    happened: float


def calibration_bins(said: np.ndarray, happened: np.ndarray, n_bins: int = BINS) -> list[Bin]:
    """Rows grouped by what was said; groups without rows are left out.

    Args:
        said: Probabilities; (n_rows,).
        happened: Whether it came true; (n_rows,).
        n_bins: Groups of equal width between 0 and 1.

    Example:
        >>> calibration_bins(np.array([0.5, 1.0]), np.array([False, True]), 2)
        [Bin(low=0.5, high=1.0, rows=2, said=0.75, happened=0.5)]
    """
    said, happened = said[np.isfinite(said)], happened[np.isfinite(said)]
    place = np.clip((said * n_bins).astype(np.int64), 0, n_bins - 1)
    found = []
    for number in range(n_bins):
        own = place == number
        if own.any():
            ends = number / n_bins, (number + 1) / n_bins
            found.append(Bin(*ends, int(own.sum()), float(said[own].mean()), float(happened[own].mean())))
    return found


def calibration_error(bins: list[Bin]) -> float:
    """Mean distance between what was said and what happened, weighted by rows.

    Example:
        >>> calibration_error([Bin(0.0, 0.5, 1, 0.2, 0.0), Bin(0.5, 1.0, 3, 0.9, 1.0)])
        0.125
    """
    total = sum(own.rows for own in bins)
    return round(sum(own.rows * abs(own.said - own.happened) for own in bins) / total, 12) if total else 0.0


def calibration_chart(record: RunRecord, judged: Judged, truth: np.ndarray, chances: np.ndarray) -> dict[str, Any]:
    """Reliability curve with the rows behind each point.

    Args:
        record: The run.
        judged: The rows that judge it.
        truth: Class numbers, -1 for a class that training lacked.
        chances: Probabilities; (n_rows, n_classes).
    """
    if len(record.classes) == 2:
        of, said, happened = f"of class {record.classes[1]}", chances[:, 1], truth == 1
        share = f"share of class {record.classes[1]}"
    else:
        of, said, happened = "of the class it names", chances.max(axis=1), chances.argmax(axis=1) == truth
        share = "share that are right"
    bins = calibration_bins(said, happened)
    error = figure(calibration_error(bins))
    return chart(
        "calibration",
        "calibration",
        f"Said probability {of} against what happened, {judged.name} rows",
        reading=(
            "On the diagonal, probabilities come true as often as they say; below it the "
            f"{what_predicts(record)} is too sure. The dots are {error} away on average. The lower bars count "
            "the rows behind each dot: few rows, little to say."
        ),
        alt=f"Reliability curve on {judged.rows}: {_told(bins)}. Mean distance {error}.",
        data={
            "bins": [[drawn(own.low), drawn(own.high), own.rows, drawn(own.said), drawn(own.happened)] for own in bins],
            "x": f"said probability {of}",
            "y": share,
            "colour": judged.name,
        }
        if bins
        else None,
        empty="There are no rows to compare.",
        height=400,
    )


def _told(bins: list[Bin]) -> str:
    return "; ".join(
        f"said {figure(own.said)}, happened {figure(own.happened)} ({count(own.rows, 'row')})" for own in bins
    )
