"""How good, for numbers: predicted against true, residuals, errors and their size."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from netwright.base.figures import count, figure
from netwright.base.record import Predictions, RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.data_coverage import coverage_charts
from netwright.deliver.report.thinning import sampled
from netwright.deliver.report.words import Judged, judged_rows, what_predicts, with_unit

#: More points than this are drawn as a sample.
MOST_POINTS = 2_000
#: Rows in the table of largest errors.
_LARGEST = 10
#: More digits than that are not kept for the page.
_MOST_DIGITS = 5
_BINS = 31
#: The histogram reaches this many times the middle 98 % beyond it; what lies further is counted.
_REACH = 1.0
#: Residuals that differ by less than this share of their size are the same.
_SAME = 1e-9
#: Groups of true values, and the fewest rows that a group needs.
_MOST_GROUPS, _ROWS_A_GROUP = 8, 5
_AROUND, _BAR = 70, 30


def regression_section(record: RunRecord) -> dict[str, Any]:
    """The third section for a numeric target."""
    judged = judged_rows(record)
    rows, truth, predicted = _finite(judged.predictions)
    points = sampled(len(truth), MOST_POINTS, record.facts["seed"], "scatter")
    sample = "" if len(points) == len(truth) else f" {len(points):,} of the {len(truth):,} rows are drawn, by chance."
    lost = len(judged.predictions.rows) - len(rows)
    more = _beside(judged.predictions)
    return {
        "rows": judged.rows,
        "judged": judged.name,
        "lost": f"{count(lost, 'row')} without a finite prediction left out here." if lost else "",
        "equation": record.equation,
        "largest": largest_errors(rows, truth, predicted, more),
        "beside": list(more),
        "charts": [
            _fit(record, judged, (rows[points], truth[points], predicted[points]), sample),
            _residuals(record, judged, (rows[points], truth[points], predicted[points]), sample),
            _errors(record, judged, truth - predicted),
            _sizes(record, judged, truth, predicted),
            *coverage_charts(record, judged),
        ],
    }


def _finite_at(predictions: Predictions) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        kept = np.isfinite(predictions.predicted) & np.isfinite(predictions.truth - predictions.predicted)
    return np.flatnonzero(kept)


def _finite(predictions: Predictions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kept = _finite_at(predictions)
    return predictions.rows[kept], predictions.truth[kept], predictions.predicted[kept]


def _beside(predictions: Predictions) -> dict[str, np.ndarray]:
    """What else is said of the rows that `_finite` keeps: of a forecast its origin and step."""
    kept = _finite_at(predictions)
    return {name: own[kept] for name, own in predictions.more.items()}


_Points = tuple[np.ndarray, np.ndarray, np.ndarray]


def _fit(record: RunRecord, judged: Judged, points: _Points, sample: str) -> dict[str, Any]:
    rows, truth, predicted = points
    return chart(
        "fit",
        "scatter",
        f"Predicted against true {record.target}, {judged.name} rows",
        reading=(
            "Each dot is a row. On the diagonal the prediction is right; above it is too high, below it too low."
            + sample
        ),
        alt=f"Scatter of predicted against true {record.target} for {judged.rows}, with the diagonal.",
        data={
            "points": _triples(truth, predicted, rows),
            "x": with_unit(record, "true"),
            "y": with_unit(record, "predicted"),
            "names": ["true", "predicted"],
            "line": "diagonal",
            "digits": digits(truth, predicted),
            "colour": judged.name,
        }
        if len(rows)
        else None,
        empty="No row has a finite prediction.",
        height=380,
    )


def _residuals(record: RunRecord, judged: Judged, points: _Points, sample: str) -> dict[str, Any]:
    rows, truth, predicted = points
    return chart(
        "residuals",
        "scatter",
        f"Residuals against the prediction, {judged.name} rows",
        reading=(
            "A residual is the true value less the predicted one. A level band around 0 is what to hope for. A slope "
            f"or a bend is structure that the {what_predicts(record)} missed; a funnel means that "
            "errors grow with the prediction." + sample
        ),
        alt=f"Scatter of residuals against predicted {record.target} for {judged.rows}, with a line at 0.",
        data={
            "points": _triples(predicted, truth - predicted, rows),
            "x": with_unit(record, "predicted"),
            "y": with_unit(record, "residual of"),
            "names": ["predicted", "residual"],
            "line": "zero",
            "digits": digits(truth, predicted),
            "colour": judged.name,
        }
        if len(rows)
        else None,
        empty="No row has a finite prediction.",
        height=380,
    )


def _triples(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> list[list[float | int | None]]:
    return [[drawn(float(a)), drawn(float(b)), int(row)] for a, b, row in zip(x, y, rows, strict=True)]


def _errors(record: RunRecord, judged: Judged, residuals: np.ndarray) -> dict[str, Any]:
    bars, outside = error_bars(residuals)
    beyond = f" {count(outside, 'row')} further out not drawn." if outside else ""
    middle = figure(float(np.median(residuals))) if len(residuals) else "-"
    half = figure(float(np.median(np.abs(residuals)))) if len(residuals) else "-"
    return chart(
        "errors",
        "histogram",
        f"How the residuals spread, {judged.name} rows",
        reading=(
            f"Half of all errors are smaller than {half}; the middle residual is {middle}. Right of 0 the prediction "
            f"was too low, left of it too high.{beyond}"
        ),
        alt=f"Histogram of residuals for {judged.rows}; median {middle}, median size {half}.",
        data={"bars": bars, "x": with_unit(record, "residual of"), "y": "rows", "colour": judged.name}
        if bars
        else None,
        empty="No row has a finite prediction.",
        height=320,
    )


def error_bars(residuals: np.ndarray) -> tuple[list[list[float | int | None]], int]:
    """Bars of a histogram as [low, high, rows], and how many rows lie beyond it.

    Example:
        >>> bars, outside = error_bars(np.array([0.0, 1.0, 31.0]))
        >>> len(bars), bars[0], outside
        (31, [0.0, 1.0, 1], 0)
    """
    if not len(residuals):
        return [], 0
    low, high = np.quantile(residuals, [0.01, 0.99])
    reach = _REACH * (high - low)
    start, end = max(float(residuals.min()), float(low - reach)), min(float(residuals.max()), float(high + reach))
    if end - start <= _SAME * max(abs(start), abs(end)):  # too narrow to be cut into bars
        inside = int(((residuals >= start) & (residuals <= end)).sum())
        return [[drawn(start), drawn(end), inside]], len(residuals) - inside
    counts, edges = np.histogram(residuals, bins=_BINS, range=(start, end))
    bars: list[list[float | int | None]] = [
        [drawn(float(a)), drawn(float(b)), int(n)] for (a, b), n in zip(pairwise(edges), counts, strict=True)
    ]
    return bars, len(residuals) - int(counts.sum())


def _sizes(record: RunRecord, judged: Judged, truth: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    groups = errors_by_size(truth, predicted)
    told = ", ".join(f"{group['label']}: {group['text']}" for group in groups)
    return chart(
        "sizes",
        "bars",
        f"Mean size of the error by true {record.target}, {judged.name} rows",
        reading=(
            "Rows are put into groups of about equal number from the smallest true value to the largest. A longer bar "
            "means larger errors there."
        ),
        alt=f"Bars of the mean absolute error by true {record.target}: {told}.",
        data={
            "rows": groups,
            "axis": with_unit(record, "mean size of the error of"),
            "side": with_unit(record, "true"),
            "colour": judged.name,
        }
        if groups
        else None,
        empty=f"Too few rows ({len(truth):,}) or too few different values to compare small targets with large ones.",
        height=_AROUND + _BAR * max(len(groups), 4),
    )


def errors_by_size(truth: np.ndarray, predicted: np.ndarray) -> list[dict[str, Any]]:
    """Mean absolute error in groups of true values of about equal number.

    Args:
        truth: True values; (n_rows,).
        predicted: The same shape.

    Returns:
        One entry a group, small to large; empty where there are not two groups.
    """
    n_groups = min(_MOST_GROUPS, len(truth) // _ROWS_A_GROUP)
    if n_groups < 2:
        return []
    edges = np.unique(np.quantile(truth, np.linspace(0, 1, n_groups + 1)))
    if len(edges) < 3:
        return []
    group = np.clip(np.searchsorted(edges, truth, side="right") - 1, 0, len(edges) - 2)
    sizes, found = np.abs(truth - predicted), []
    for number in np.unique(group):
        own = group == number
        mean = float(sizes[own].mean())
        found.append(
            {
                "label": f"{figure(float(truth[own].min()))} to {figure(float(truth[own].max()))}",
                "value": drawn(mean),
                "text": figure(mean),
                "ends": None,
                "strong": True,
                "detail": count(int(own.sum()), "row"),
            }
        )
    return found


def digits(truth: np.ndarray, predicted: np.ndarray) -> int:
    """Significant digits with which a typical error can be seen: years need more than prices.

    Args:
        truth: True values.
        predicted: Predicted ones.

    Example:
        >>> digits(np.array([50.0, 20.0]), np.array([40.0, 25.0]))
        3
        >>> digits(np.array([2020.0, 2017.0]), np.array([2018.5, 2018.5]))
        5
    """
    size, error = (
        float(np.abs(truth).max(initial=0.0)),
        float(np.median(np.abs(truth - predicted))) if len(truth) else 0.0,
    )
    if size == 0 or error == 0:
        return 3
    return int(np.clip(np.floor(np.log10(size)) - np.floor(np.log10(error)) + 2, 3, _MOST_DIGITS))


def largest_errors(
    rows: np.ndarray, truth: np.ndarray, predicted: np.ndarray, more: Mapping[str, np.ndarray] | None = None
) -> list[dict[str, Any]]:
    """The rows whose prediction is furthest off, the worst first.

    Args:
        rows: Their numbers in the source.
        truth: True values.
        predicted: Predicted ones.
        more: What else is said of each row, by column.
    """
    order = np.argsort(-np.abs(truth - predicted), kind="stable")[:_LARGEST]
    significant = digits(truth, predicted)
    return [
        {
            "row": f"{int(rows[place]):,}",
            "beside": [str(own[place]) for own in (more or {}).values()],
            "true": figure(float(truth[place]), significant),
            "predicted": figure(float(predicted[place]), significant),
            "residual": figure(float(truth[place] - predicted[place])),
        }
        for place in order
    ]
