"""The data: what was noticed, how columns go together with the target, and a card for every column."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from netwright.base.figures import count, figure, share
from netwright.base.finding import SEVERITIES, Finding, by_severity
from netwright.base.record import ColumnSummary, RunRecord
from netwright.deliver.report.data_diagnosis import of_the_doctor
from netwright.deliver.report.data_relations import (
    Scale,
    along,
    beside_level,
    correlation_chart,
    relation_block,
    relation_in_words,
)
from netwright.deliver.report.data_rows import rows_part
from netwright.deliver.report.words import what_predicts

#: Cards that are open from the start, and findings.
_OPEN_CARDS, _OPEN_FINDINGS = 12, 8
#: A page with more cards or findings than this would be too heavy to read, and to send.
MOST_CARDS, MOST_FINDINGS = 120, 200
#: Levels of a category on its card; of levels in an order all that were counted apart.
_LEVELS, _ORDERED_LEVELS = 6, 10
_ROLES = {"target": "target", "left_out": "left out"}
#: What of a number's figures fits on a card, with its short name there.
_SHOWN = {"minimum": "min", "median": "median", "mean": "mean", "maximum": "max", "first": "first", "last": "last"}
_SHOWN |= {"frequent words": "often"}


def columns_section(record: RunRecord) -> dict[str, Any]:
    """The fifth section: findings and columns."""
    # what the doctor found stands beside the curves
    others = [finding for finding in record.findings if not of_the_doctor(finding)]
    findings = [_finding(finding) for finding in by_severity(others)[:MOST_FINDINGS]]
    scale = Scale.of(record)
    cards = [_card(record, column, scale) for column in _in_order(record)[:MOST_CARDS]]
    n_rows, n_train = _looked_at(record), int(record.metrics["n_train"])
    of_all = f"a sample of {n_rows:,} of " if n_rows < n_train else ""
    more_rows, correlations = rows_part(record), correlation_chart(record)
    return {
        "more_rows": more_rows,
        "order": _order(record),
        "source": _source(record),
        "counted": [
            f"{count(sum(f.severity == level for f in others), level)}"
            for level in SEVERITIES
            if any(f.severity == level for f in others)
        ],
        "findings": findings[:_OPEN_FINDINGS],
        "more_findings": findings[_OPEN_FINDINGS:],
        "notes": list(record.source.notes),
        "relations": relation_block(record, scale),
        "map": correlations,
        "charts": [correlations, *([more_rows["chart"]] if more_rows else [])],
        "cards": cards[:_OPEN_CARDS],
        "more_cards": cards[_OPEN_CARDS:],
        "left_off": _left_off(len(record.columns) - len(cards), len(others) - len(findings)),
        "looked_at": f"{of_all}the {n_train:,} rows for training and validation",
    }


def _order(record: RunRecord) -> str:
    """In which order columns stand."""
    if record.task == "unsupervised":
        return "Columns in the order of the table, those left out last."
    return f"The target first, then columns by how much the {what_predicts(record)} leans on them, those left out last."


def _looked_at(record: RunRecord) -> int:
    """Rows behind the summaries of columns; of a large table a sample."""
    return int(record.metrics.get("n_looked_at", record.metrics["n_train"]))


def _left_off(n_columns: int, n_findings: int) -> str:
    """What a heavy page does without, and where it is."""
    parts = []
    if n_columns > 0:
        parts.append(f"{count(n_columns, 'more column')} without a card here: run.json lists every column.")
    if n_findings > 0:
        parts.append(f"{count(n_findings, 'more finding')} not shown here: findings.json holds every one.")
    return " ".join(parts)


def _source(record: RunRecord) -> list[tuple[str, str]]:
    """What was read, as (name, text)."""
    data, source = record.facts["data"], record.source
    lines = [
        ("source", source.name),
        ("size", f"{count(int(data['rows']), 'row')}, {count(len(record.schema.columns), 'column')}"),
        ("read as", ", ".join(source.how)),
        ("kinds", _kinds(record)),
    ]
    without = int(data["rows_without_target"])
    if without:
        lost = f"{count(without, 'row')} without a value of {record.target} ({share(without, int(data['rows']))})"
        lines.append(("left out", lost))
    return [(name, text) for name, text in lines if text]


def _kinds(record: RunRecord) -> str:
    kinds = [column.kind for column in record.schema.columns]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code.replace("_", " "),
        "severity": finding.severity,
        "message": finding.message,
        "advice": finding.advice,
    }


def _in_order(record: RunRecord) -> list[ColumnSummary]:
    """The target first, then columns as the network leans on them, those left out last."""
    rank = {entry.column: place for place, entry in enumerate(record.importance)}
    last = len(rank)

    def key(item: tuple[int, ColumnSummary]) -> tuple[int, int, int]:
        place, column = item
        used = column.name in rank or (not rank and column.role == "feature")
        group = 0 if column.role == "target" else 1 if used else 2
        return group, rank.get(column.name, last), place

    return [column for _, column in sorted(enumerate(record.columns), key=key)]


def _card(record: RunRecord, column: ColumnSummary, scale: Scale) -> dict[str, Any]:
    n_rows = _looked_at(record)
    rank = next((place for place, own in enumerate(record.importance, start=1) if own.column == column.name), None)
    numeric = bool(column.figures)
    return {
        "name": column.name,
        "kind": column.kind,
        "role": _ROLES.get(column.role, ""),
        "why": column.why,
        "rank": f"no. {rank} in importance" if rank else "",
        "missing": f"{share(column.n_missing, n_rows)} missing" if column.n_missing else "none missing",
        "missing_rows": f"{count(column.n_missing, 'cell')} of {n_rows:,} without a value",
        "has_missing": column.n_missing > 0,
        "distinct": count(column.n_distinct, "different value"),
        "figures": [
            (short, column.figures[name].removesuffix(" 00:00"))
            for name, short in _SHOWN.items()
            if name in column.figures
        ],
        "bars": histogram_bars(column) if numeric else [],
        "levels": [] if numeric else level_bars(column, scale),
        "along": along(column, scale),
        "relation": relation_in_words(column.relation, record.target) if column.relation else "",
        "alt": _told(column),
    }


def histogram_bars(column: ColumnSummary) -> list[dict[str, Any]]:
    """Bars in a box of 100 by 100, side by side: x, width and height, with what to say about each.

    Args:
        column: A column with ranges of numbers or years.
    """
    highest = max(column.counts, default=0)
    if highest == 0:
        return []
    width = 100 / len(column.counts)
    starts = accumulate([0.0, *[width] * (len(column.counts) - 1)])
    return [
        {
            "x": round(start, 2),
            "width": round(width * 0.88, 2),
            # a bar of a single row must still be seen
            "height": round(max(100 * rows / highest, 2.0 if rows else 0.0), 1),
            "tip": f"{label}: {count(rows, 'row')}",
        }
        for start, label, rows in zip(starts, column.labels, column.counts, strict=True)
    ]


def level_bars(column: ColumnSummary, scale: Scale | None = None) -> list[dict[str, Any]]:
    """The most frequent levels, the rest in one bar, as share of all rows with a value; beside each the target.

    Args:
        column: A column of classes.
        scale: On which the target is drawn; None leaves it out.
    """
    total = sum(column.counts)
    if total == 0:
        return []
    shown = list(zip(column.labels, column.counts, strict=True))
    most = _ORDERED_LEVELS if column.kind == "ordinal" else _LEVELS
    rest = shown[most:]
    groups = {group.label: group for group in column.groups}
    bars = [
        {
            "label": label,
            "percent": round(100 * rows / total, 1),
            "tip": count(rows, "row"),
            "share": share(rows, total),
            "beside": beside_level(groups.get(label), scale) if scale else None,
        }
        for label, rows in shown[:most]
    ]
    if rest:
        rows = sum(number for _, number in rest)
        bars.append(
            {
                "label": "all others",
                "percent": round(100 * rows / total, 1),
                "tip": count(rows, "row"),
                "share": share(rows, total),
                "beside": None,
            }
        )
    return bars


def _told(column: ColumnSummary) -> str:
    """The distribution for who cannot see it."""
    if not column.counts:
        return ""
    most = max(range(len(column.counts)), key=lambda place: column.counts[place])
    return f"Distribution of {column.name}; most rows at {column.labels[most]}, {figure(column.counts[most])} of them."
