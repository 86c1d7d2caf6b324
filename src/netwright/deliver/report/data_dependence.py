"""Partial dependence: how predictions move along each of the most important columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from netwright.base.figures import count, figure, listing, share
from netwright.base.record import Dependence, RunRecord
from netwright.deliver.report.chart import chart, drawn, drawn_all
from netwright.deliver.report.words import networks, what_predicts, with_unit

_HEIGHT = 300
#: Of a chart of levels: around them, and for each.
_AROUND, _LEVEL = 92, 26
#: A level takes more room where each has a point for several classes.
_POINT = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def dependence_part(record: RunRecord) -> dict[str, Any]:
    """What stands under the importances: a paragraph, the classes with their colours, and a chart a column."""
    entries = record.dependence
    several = any(len(entry.outputs) > 1 for entry in entries)
    ends = _ends(record)
    return {
        "dependence_lead": _lead(record, several) if entries else [],
        "dependence_classes": list(entries[0].outputs) if several else [],
        "dependence_charts": [_chart(record, place, entry, ends) for place, entry in enumerate(entries)],
    }


def _lead(record: RunRecord, several: bool) -> list[str]:
    """How to read the charts, and what they cannot say."""
    members, shown = int(record.metrics["model"]["members"]), len(record.dependence[0].outputs)
    some = f"one of the {shown} most frequent classes" if shown < len(record.classes) else "a class"
    thin = "Thin lines are single rows." if any(entry.lines for entry in record.dependence) else ""
    told = f"A line or a row of points is {some}." if several else thin
    band = f" Bands and whiskers are one standard deviation over {networks(members)}." if members > 1 else ""
    return [
        "In validation rows one column was set to one value after the other, their other cells left as they are: a "
        f"chart shows the mean of what is then predicted. {told}{band} Grey bars and shares say where the rows lie. "
        "All charts have one scale, so that a flat one is a column that moves little by itself.",
        "The limit: where columns go together, some of these rows could not exist, and no training row says what is "
        f"right for them. And it is what the {what_predicts(record)} does, not what would happen if "
        "somebody changed the column.",
    ]


def _ends(record: RunRecord) -> list[float | None]:
    """The lowest and highest number of all charts."""
    found = [np.zeros(0)]
    for entry in record.dependence:
        mean, spread = np.array(entry.mean), np.array(entry.spread)
        found += [(mean - spread).ravel(), (mean + spread).ravel(), np.array(entry.lines).ravel()]
    numbers = np.concatenate(found)
    numbers = numbers[np.isfinite(numbers)]
    if record.task != "regression":  # a band may leave what a probability can be, an axis should not
        numbers = numbers.clip(0, 1)
    return [drawn(float(numbers.min())), drawn(float(numbers.max()))] if len(numbers) else [None, None]


def _chart(record: RunRecord, place: int, entry: Dependence, ends: list[float | None]) -> dict[str, Any]:
    levels = not entry.bars
    several = len(entry.outputs) > 1
    unit = record.schema[entry.column].unit if entry.column in record.schema else ""
    told, axis = _moves(record, entry), _axis(record, several)
    each = max(_LEVEL, _POINT * len(entry.outputs) + 6)
    n_rows = sum(entry.counts) + entry.n_others
    data = {
        "x": f"{entry.column} [{unit}]" if unit else entry.column,
        "y": axis,
        "time": entry.kind == "date",
        "names": list(entry.outputs),
        "at": list(entry.at) if levels else [_kept(entry, float(value)) for value in entry.at],
        "mean": [drawn_all(own) for own in entry.mean],
        "spread": [drawn_all(own) for own in entry.spread],
        "ends": ends,
    }
    if levels:
        data["shares"] = [share(rows, n_rows) for rows in entry.counts]
        data["counts"] = list(entry.counts)
    else:
        data["lines"] = [drawn_all(own) for own in entry.lines]
        data["bars"] = [
            [_kept(entry, low), _kept(entry, high), rows]
            for (low, high), rows in zip(entry.bars, entry.counts, strict=True)
        ]
    return chart(
        f"dependence-{place}",
        "levels" if levels else "dependence",
        f"{_what(record, entry)} by {entry.column}",
        reading=" ".join(part for part in (told, _others(entry, n_rows), _partners(record, entry)) if part),
        alt=f"{axis} as {entry.column} is set to {count(len(entry.at), 'value')}. {told}",
        data=data if ends[0] is not None else None,
        empty="No prediction was finite.",
        height=max(_HEIGHT, _AROUND + each * len(entry.at)) if levels else _HEIGHT,
    )


def _kept(entry: Dependence, value: float) -> float | None:
    """A place on the axis as the page keeps it: five digits would move a date by months."""
    return round(value) if entry.kind == "date" else drawn(value)


def _what(record: RunRecord, entry: Dependence) -> str:
    if record.task == "regression":
        return f"Predicted {record.target}"
    return f"Probability of {entry.outputs[0]}" if len(entry.outputs) == 1 else "Probabilities"


def _axis(record: RunRecord, several: bool) -> str:
    if record.task == "regression":
        return with_unit(record, "mean predicted")
    return "mean probability" if several else f"mean probability of {record.classes[-1]}"


def _moves(record: RunRecord, entry: Dependence) -> str:
    """Where the mean is lowest and highest, of several classes for the one that moves most."""
    means = np.array(entry.mean)
    if not np.isfinite(means).all():
        return "Some of the means are not finite."
    place = int(np.ptp(means, axis=1).argmax())
    own = means[place]
    low, high = int(own.argmin()), int(own.argmax())
    whose = f"{entry.outputs[place]} moves most: lowest" if len(entry.outputs) > 1 else "Lowest"
    at = [f"{figure(float(own[end]))} at {_value(entry, end)}" for end in (low, high)]
    return f"{whose} {at[0]}, highest {at[1]}."


def _value(entry: Dependence, place: int) -> str:
    value = entry.at[place]
    if isinstance(value, str):
        return value
    return (_EPOCH + timedelta(milliseconds=value)).date().isoformat() if entry.kind == "date" else figure(value)


def _others(entry: Dependence, n_rows: int) -> str:
    if entry.bars or not entry.n_others:  # the ends of numbers are left out of every chart
        return ""
    return f"Other levels ({share(entry.n_others, n_rows)} of rows) are not shown."


def _partners(record: RunRecord, entry: Dependence) -> str:
    """Columns that say nearly the same, by the audit: there the limit of these charts is felt."""
    pairs = [own.columns for own in record.findings if own.code == "correlated" and len(own.columns) == 2]
    others = [name for pair in pairs if entry.column in pair for name in pair if name != entry.column]
    if not others:
        return ""
    return f"It goes closely together with {listing(others, 3)}: many of these rows could not exist."
