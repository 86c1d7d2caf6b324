"""What it looks at: how much worse the network gets when a column is shuffled, and how predictions move along it."""

from __future__ import annotations

from typing import Any

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.data_dependence import dependence_part
from netwright.deliver.report.words import in_units, metric_of_choice, what_predicts

#: Columns that get a bar; the rest are counted.
MOST_BARS = 20
#: Columns in the table of figures.
MOST_FIGURES = 300
_AROUND, _BAR = 70, 24


def importance_section(record: RunRecord) -> dict[str, Any]:
    """The fourth section: permutation importance, and partial dependence of the columns that lead it."""
    metric, entries = metric_of_choice(record), record.importance
    moves = "fall" if metric.greater_is_better else "rise"
    bars, part = _bars(record, moves), dependence_part(record)
    return part | {
        "rest": _rest(record),
        "summary": _summary(len(entries)),
        "moves": moves,
        "metric": metric.label,
        "table": [
            {"column": entry.column, "rise": figure(entry.rise), "spread": figure(entry.spread)}
            for entry in entries[:MOST_FIGURES]
        ],
        "importance_charts": [bars],
        "charts": [bars, *part["dependence_charts"]],
    }


def _summary(n_columns: int) -> str:
    if n_columns > MOST_FIGURES:
        return f"The figures of the first {MOST_FIGURES} of {n_columns:,} columns"
    return f"The figures of all {n_columns} columns" if n_columns > 1 else "The figures"


def _bars(record: RunRecord, moves: str) -> dict[str, Any]:
    metric, top, what = metric_of_choice(record), record.importance[:MOST_BARS], what_predicts(record)
    rows = [
        {
            "label": entry.column,
            "value": drawn(entry.rise),
            "text": figure(entry.rise),
            "ends": [drawn(entry.rise - entry.spread), drawn(entry.rise + entry.spread)],
            "strong": True,
        }
        for entry in top
    ]
    told = ", ".join(f"{entry.column} {figure(entry.rise)}" for entry in top[:5])
    return chart(
        "importance",
        "bars",
        f"{moves.capitalize()} of {metric.label} when a column is shuffled",
        reading=(
            f"A long bar is a column that the {what} leans on; the thin line is one standard deviation over shuffles. "
            f"Around 0 the column made no difference. Measured on validation rows: the {moves} says what this {what} "
            "uses, not what causes what, and columns that say the same share their part."
        ),
        alt=f"Bars of the {moves} of {metric.label} for {count(len(top), 'column')}, largest first: {told}.",
        data={"rows": rows, "axis": f"{moves} of {in_units(record, metric)}", "colour": "used"} if rows else None,
        empty="No column could be shuffled: the record holds no importance.",
        height=_AROUND + _BAR * max(len(rows), 4),
        wide=True,
    )


def _rest(record: RunRecord) -> str:
    """The columns without a bar, in words."""
    rest = record.importance[MOST_BARS:]
    if not rest:
        return ""
    return f"{count(len(rest), 'more column')} below these, none above {figure(rest[0].rise)}."
