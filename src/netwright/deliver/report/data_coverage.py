"""Do intervals and sets hold what they promise? The share of test rows inside, in all and by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.words import Judged, with_unit

#: Of more groups than this, those that fare worst are shown.
_MOST_GROUPS = 12
_AROUND, _BAR = 78, 34
#: The whiskers are intervals of this level for a share.
_LEVEL = 0.95


def coverage_charts(record: RunRecord, judged: Judged) -> list[dict[str, Any]]:
    """The chart of coverage; none where no test rows could show it.

    Args:
        record: The run.
        judged: The rows that judge it.
    """
    found = record.metrics.get("conformal")
    return [_chart(record, judged, found)] if found else []


def _chart(record: RunRecord, judged: Judged, found: Mapping[str, Any]) -> dict[str, Any]:
    regression, level = record.task == "regression", _percent(found["level"])
    groups = found["groups"]
    if len(groups) > _MOST_GROUPS:
        groups = sorted(groups, key=lambda group: float(group["coverage"]))[:_MOST_GROUPS]
    every = {"what": "all rows", "coverage": found["test_coverage"], "rows": len(judged.predictions.rows)}
    rows = [_bar(group, strong=group is every) for group in (every, *groups)]
    what = f"{level} intervals" if regression else f"sets of classes at {level}"
    told = ", ".join(f"{group['what']} {_percent(group['coverage'])}" for group in (every, *groups))
    return chart(
        "coverage",
        "bars",
        f"Do {what} hold? Share of {judged.name} rows inside",
        reading=" ".join([_asked(record, found, level), _answered(record, judged, found), _worst(found, groups)]),
        alt=f"Bars of the share of rows inside the {what}, on {judged.rows}: {told}.",
        data={
            "rows": rows,
            "axis": "share of rows inside",
            "side": with_unit(record, "predicted") if regression else "",
            "colour": judged.name,
            "most": 1,
            "line": drawn(found["level"]),
        },
        height=_AROUND + _BAR * len(rows),
    )


def _bar(group: Mapping[str, Any], *, strong: bool) -> dict[str, Any]:
    n_rows = int(group["rows"])
    ends = share_interval(round(group["coverage"] * n_rows), n_rows)
    return {
        "label": str(group["what"]).removeprefix("prediction from "),
        "value": drawn(group["coverage"]),
        "text": _percent(group["coverage"]),
        "ends": [drawn(end) for end in ends],
        "strong": strong,
        "detail": count(n_rows, "row"),
    }


def share_interval(held: int, n_rows: int) -> tuple[float, float]:
    """The interval of a share (Wilson, 1927), at the level of 95 %.

    Args:
        held: Rows that count.
        n_rows: All rows, at least one.

    Example:
        >>> [round(end, 3) for end in share_interval(9, 10)], share_interval(0, 10)[0]
        ([0.596, 0.982], 0.0)
    """
    from statistics import NormalDist

    z2 = NormalDist().inv_cdf((1 + _LEVEL) / 2) ** 2
    centre = (held + z2 / 2) / (n_rows + z2)
    half = (z2 * (held * (n_rows - held) / n_rows + z2 / 4)) ** 0.5 / (n_rows + z2)
    return (centre - half if held else 0.0, centre + half if held < n_rows else 1.0)


def _asked(record: RunRecord, found: Mapping[str, Any], level: str) -> str:
    what = "Intervals" if record.task == "regression" else "Sets of classes"
    return (
        f"{what} that are to hold the true {record.target} of {level} of new rows (netwright predict RUN DATA "
        f"--interval {found['level']:g}) were made from validation rows and tried on these rows. They promise that on "
        "average over rows like those, not for every group, and not where new rows differ."
    )


def _answered(record: RunRecord, judged: Judged, found: Mapping[str, Any]) -> str:
    text = f"They hold {_percent(found['test_coverage'])} of the {judged.rows}"
    size = found.get("mean_width", found.get("mean_size"))
    if found["expected"] is None and size in (None, len(record.classes)):
        return f"{text}, since so few validation rows allow nothing but {_everything(record)}."
    if found["expected"] is None:
        text += ". Rows were not split by chance, so no theory says how near to the promise that should be."
    else:
        low, high = found["expected"]
        text += f"; by chance alone it may be {_percent(low)} to {_percent(high)}."
        if found["test_coverage"] < low:
            text += " It is less, so these rows differ from those that trained it, and the promise is broken."
        if found["test_coverage"] > high and record.task != "regression":
            text += (
                " It is more, since a set always holds the most probable class, which is right more often than that."
            )
    if found.get("mean_width") is not None:
        text += f" An interval is {figure(found['mean_width'])} wide on average."
    if found.get("mean_size") is not None:
        labels = "class" if found["mean_size"] == 1 else "classes"
        text += f" A set holds {figure(found['mean_size'])} {labels} on average."
    return text


def _everything(record: RunRecord) -> str:
    return "infinite ends" if record.task == "regression" else "sets of all classes"


def _worst(found: Mapping[str, Any], groups: list[Mapping[str, Any]]) -> str:
    worst = found["worst_group"]
    if worst is None or len(found["groups"]) < 2:
        return "A thin line is the 95 % interval of a share, the dashed line what was promised."
    some = (
        f" The {len(groups)} worst of {len(found['groups'])} are shown." if len(groups) < len(found["groups"]) else ""
    )
    return (
        f"The lowest of {len(found['groups'])} groups: {worst['what']}, {_percent(worst['coverage'])} of "
        f"{count(worst['rows'], 'row')}.{some} A thin line is the 95 % interval of a share: few rows, little to say. "
        "The dashed line is what was promised."
    )


def _percent(value: float) -> str:
    """`90 %`, `89.6 %`."""
    return f"{100 * value:.3g} %"
