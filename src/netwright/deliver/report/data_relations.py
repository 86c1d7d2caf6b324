"""The data: how each column goes together with the target, drawn on its card and told in words and figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.figures import count, figure, share
from netwright.base.holm import p_in_words
from netwright.base.record import ColumnSummary, RunRecord
from netwright.base.relation import RELATION_CAUTION, Relation, TargetGroup
from netwright.deliver.report.chart import chart, drawn

#: Rows of the table that stand open, and rows at all.
_OPEN_ROWS, MOST_ROWS = 15, 120
#: A group of fewer rows does not set the scale of the cards.
_FEWEST_ROWS = 10
#: Classes of a group that are named under the pointer.
_TOLD_CLASSES = 3
#: Pixels around the cells of the map, and of a cell at the least and at the most.
_AROUND, _LEAST, _MOST = 150, 22, 40
#: Beyond this many columns a cell of the map has no room for its figure.
_WITH_FIGURES = 14
#: Beyond this many it is wider than a telephone.
_WITHOUT_SCROLL = 8


@dataclass(frozen=True)
class Scale:
    """What the small charts of all cards share, so that one column can be held against another.

    Args:
        kind: `numbers` (median and middle half of the target), `share` (of the positive class), `shares` (of each) or
            `none` where there is no target.
        target: The target's name, for two classes with the positive one.
        low: The target at the foot of a chart.
        high: The target at its top.
        classes: What is drawn, in the order of the colours.
        overall: For `share`, that of all rows.
        others: For `shares`, what the rest up to the top stands for; empty where every class is drawn.
    """

    kind: str
    target: str
    low: float = 0.0
    high: float = 1.0
    classes: tuple[str, ...] = ()
    overall: float = 0.0
    others: str = ""

    @classmethod
    def of(cls, record: RunRecord) -> Scale:
        """The scale on which every card of a run is drawn."""
        groups = [group for column in record.columns for group in column.groups if group.values]
        if record.task == "unsupervised":
            return cls("none", "")
        if record.task == "regression":
            large = [group for group in groups if group.n_rows >= _FEWEST_ROWS] or groups
            ends = [group.values[name] for group in large for name in ("lower quartile", "upper quartile")]
            low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
            return cls("numbers", record.target, low, high if high > low else low + 1)
        if record.task == "multiclass":
            present = {name for group in groups for name in group.values}
            frequent = tuple(name for name in record.classes if name in present)
            n_others = len(record.classes) - len(frequent)
            rest = f", the rest up to the top being {count(n_others, 'rarer class', 'rarer classes')}"
            return cls("shares", record.target, classes=frequent, others=rest if n_others else "")
        positive = record.classes[1]
        shares = [group.values.get(positive, 0.0) for group in groups if group.n_rows >= _FEWEST_ROWS]
        overall = _share_of(positive, next(column for column in record.columns if column.role == "target"))
        high = min(1.0, 1.05 * max([*shares, overall, 0.05]))
        return cls("share", f"{record.target} = {positive}", 0.0, high, (positive,), overall)

    def height(self, value: float) -> float:
        """Where a value stands between foot (0) and top (100)."""
        return round(float(np.clip(100 * (value - self.low) / (self.high - self.low), 0, 100)), 1)


def _share_of(label: str, column: ColumnSummary) -> float:
    counts = dict(zip(column.labels, column.counts, strict=True))
    return counts.get(label, 0) / max(sum(counts.values()), 1)


def relation_block(record: RunRecord, scale: Scale) -> dict[str, Any]:
    """What stands above the cards: how to read them, the table of all tests, the map.

    Args:
        record: What is shown.
        scale: As `Scale.of` gives it.
    """
    tested = [(column.name, column.relation) for column in record.columns if column.relation is not None]
    tested.sort(key=lambda item: item[1].strength, reverse=True)
    rows = [_row(name, relation) for name, relation in tested[:MOST_ROWS]]
    return {
        "target": record.target,
        "caution": RELATION_CAUTION,
        "rows": rows[:_OPEN_ROWS],
        "more_rows": rows[_OPEN_ROWS:],
        "beyond": _beyond(tested, record),
        "how": _how_to_read(scale),
        "legend": _legend(scale) if scale.kind == "shares" else [],
        "left_off": f"{count(len(tested) - len(rows), 'weaker column')} not shown here: run.json lists every one."
        if len(tested) > len(rows)
        else "",
        "pearson": any(row["pearson"] for row in rows),
    }


def _row(name: str, relation: Relation) -> dict[str, Any]:
    return {
        "column": name,
        "test": relation.test,
        "statistic": figure(relation.statistic),
        "effect": figure(relation.effect),
        "effect_name": relation.effect_name,
        "size": relation.size,
        "percent": round(100 * min(1.0, relation.strength[1]), 1),
        "p": _p(relation.p_value),
        "adjusted": _p(relation.adjusted),
        "beyond": relation.beyond_chance,
        "rows": f"{relation.n_rows:,}",
        "pearson": "" if relation.pearson is None else figure(relation.pearson),
        "notes": "; ".join(relation.notes),
    }


def _p(value: float) -> str:
    return p_in_words(value).removeprefix("p ").removeprefix("= ")


def _beyond(tested: list[tuple[str, Relation]], record: RunRecord) -> str:
    """How many columns show a relation, and how many could not be tested."""
    n_beyond = sum(relation.beyond_chance for _, relation in tested)
    untested = [column.name for column in record.columns if column.groups and column.relation is None]
    words = f"{n_beyond:,} of {count(len(tested), 'column')} go together with {record.target} beyond chance."
    if untested:
        words += f" {count(len(untested), 'more')} could not be tested: too few rows, or a single value."
    return words if tested else ""


def _how_to_read(scale: Scale) -> str:
    """What the lower chart of a card shows."""
    if scale.kind == "none":
        return "Each card shows how many rows a value has."
    if scale.kind == "numbers":
        return (
            f"Each card shows how many rows a value has (above), and {scale.target} along the column (below): its "
            f"median and the middle half of the rows, from {figure(scale.low)} at the foot to {figure(scale.high)} at "
            "the top on every card. A flat band says that the column by itself tells nothing."
        )
    if scale.kind == "share":
        return (
            f"Each card shows how many rows a value has (above), and the share of {scale.target} along the column "
            f"(below), from 0 to {100 * scale.high:.0f} % on every card, where groups of under {_FEWEST_ROWS} rows may "
            f"go beyond; the dashed line is its share of all rows, {100 * scale.overall:.3g} %. Bars that follow the "
            "line say that the column by itself tells nothing."
        )
    return (
        f"Each card shows how many rows a value has (above), and the shares of the classes of {scale.target} along the "
        f"column (below){scale.others}. The same shares everywhere say that the column by itself tells nothing."
    )


def _legend(scale: Scale) -> list[dict[str, Any]]:
    return [{"label": name, "colour": place + 1} for place, name in enumerate(scale.classes)]


def relation_in_words(relation: Relation, target: str) -> str:
    """What the test found, in a sentence.

    Args:
        relation: The test.
        target: The column that it is about.

    Example:
        >>> relation = Relation("Spearman", -0.85, -0.85, "rho", "large", 1e-9, 1e-8, 400)
        >>> relation_in_words(relation, "medv")
        'Falls as medv rises: large effect (Spearman, rho -0.850, adjusted p\xa0<\xa00.001).'
    """
    p_value = p_in_words(relation.adjusted).replace(" ", "\u00a0")
    figures = f"({relation.test}, {relation.effect_name} {figure(relation.effect)}, adjusted {p_value})"
    if not relation.beyond_chance:
        return f"No relation to {target} beyond chance {figures}."
    if relation.test == "Spearman":
        return f"{'Rises' if relation.effect > 0 else 'Falls'} as {target} rises: {relation.size} effect {figures}."
    return f"Goes together with {target}: {relation.size} effect {figures}."


def along(column: ColumnSummary, scale: Scale) -> dict[str, Any] | None:
    """The small chart of the target along a column of numbers or dates, in a box of 100 by 100.

    Args:
        column: The column, with its groups.
        scale: As `Scale.of` gives it.

    Returns:
        None where there is nothing to draw.
    """
    groups = [group for group in column.groups if group.values]
    if not groups or not column.figures:
        return None
    width = 100 / len(groups)
    starts = [round(width * place, 2) for place in range(len(groups))]
    middles = [round(start + width / 2, 2) for start in starts]
    drawing: dict[str, Any] = {
        "caption": f"{scale.target} along {column.name}",
        "alt": _told_in_short(groups, scale),
        "wide": round(width, 2),
        "tips": [{"x": f"{start:g}", "tip": told(group, scale)} for start, group in zip(starts, groups, strict=True)],
        "band": "",
        "line": "",
        "steps": [],
        "overall": 100 - scale.height(scale.overall) if scale.kind == "share" else None,
    }
    if scale.kind == "numbers":
        low, middle, high = (
            [100 - scale.height(group.values[name]) for group in groups]
            for name in ("lower quartile", "median", "upper quartile")
        )
        ends = [0.0, *middles[1:-1], 100.0]
        if len(groups) == 1:
            low, middle, high = low * 2, middle * 2, high * 2
        drawing["line"] = _polygon(ends, middle)
        drawing["band"] = f"{_polygon(ends, low)} {_polygon(ends[::-1], high[::-1])}"
        return drawing
    bottoms = np.zeros(len(groups))
    for place, name in enumerate(scale.classes):
        tops = bottoms + [scale.height(group.values.get(name, 0.0)) for group in groups]
        path = "".join(
            f"M{start:g} {100 - top:.0f}h{width * 0.92:.3g}V{100 - bottom:.0f}H{start:g}z"
            for start, top, bottom in zip(starts, tops, bottoms, strict=True)
            if top > bottom
        )
        drawing["steps"].append({"colour": place + 1, "path": path})
        bottoms = tops
    return drawing


def _told_in_short(groups: list[TargetGroup], scale: Scale) -> str:
    """The small chart for who cannot see it: its first and last group."""
    return told(groups[0], scale) + (f"; {told(groups[-1], scale)}" if len(groups) > 1 else "")


def _polygon(across: list[float], up: list[float]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in zip(across, up, strict=True))


def beside_level(group: TargetGroup | None, scale: Scale) -> dict[str, Any] | None:
    """The target beside the bar of a level: a range with its median, or shares, from 0 to 100 across.

    Args:
        group: The rows of the level; None where they are not kept apart.
        scale: As `Scale.of` gives it.
    """
    if group is None or not group.values:
        return None
    if scale.kind == "numbers":
        low, middle, high = (scale.height(group.values[n]) for n in ("lower quartile", "median", "upper quartile"))
        return {"from": low, "wide": round(high - low, 1), "at": middle, "parts": [], "tip": told(group, scale)}
    parts = [
        {"colour": place + 1, "percent": scale.height(group.values.get(name, 0.0))}
        for place, name in enumerate(scale.classes)
    ]
    at = scale.height(scale.overall) if scale.kind == "share" else None
    return {"from": 0, "wide": 0, "at": at, "parts": parts, "tip": told(group, scale)}


def told(group: TargetGroup, scale: Scale) -> str:
    """A group in words.

    Args:
        group: Its rows.
        scale: As `Scale.of` gives it.
    """
    rows = count(group.n_rows, "row")
    if scale.kind == "numbers":
        low, middle, high = (figure(group.values[n]) for n in ("lower quartile", "median", "upper quartile"))
        return f"{group.label}: median {middle}, half within {low} to {high}, {rows}"
    shares = {name: group.values.get(name, 0.0) for name in scale.classes}
    if scale.kind == "share":
        (value,) = shares.values()
        return f"{group.label}: {_percent(value, group.n_rows)} {scale.target}, {rows}"
    largest = sorted(shares, key=lambda name: -shares[name])[:_TOLD_CLASSES]
    listed = ", ".join(f"{name} {_percent(shares[name], group.n_rows)}" for name in largest if shares[name])
    return f"{group.label}: {listed or 'rarer classes'}, {rows}"


def _percent(value: float, n_rows: int) -> str:
    return share(round(value * n_rows), n_rows)


def correlation_chart(record: RunRecord) -> dict[str, Any]:
    """The map of how columns of numbers go together.

    Args:
        record: What is shown.
    """
    own = record.correlations
    names = own.columns if own else ()
    pairs = [
        (across, down, drawn(float(own.rho[down, across])) or 0.0)
        for down in range(len(names))
        for across in range(len(names))
        if own and across != down and np.isfinite(own.rho[down, across])
    ]
    strongest = sorted((pair for pair in pairs if pair[0] < pair[1]), key=lambda pair: -abs(pair[2]))[:3]
    listed = "; ".join(f"{names[one]} and {names[other]} {figure(rho)}" for one, other, rho in strongest)
    return chart(
        "correlations",
        "correlations",
        "Which columns of numbers rise and fall together",
        reading=(
            "A cell is the rank correlation of two columns (Spearman): towards 1 they rise together, towards -1 one "
            "falls as the other rises, around 0 neither follows the other. Columns with a strong colour between them "
            f"say much the same and share their importance.{_left_off(record)}"
        ),
        alt=f"Map of the rank correlations of {count(len(names), 'column')}. Strongest: {listed or 'none'}.",
        data={"names": list(names), "cells": pairs, "figures": len(names) <= _WITH_FIGURES} if pairs else None,
        empty="There are fewer than two columns of numbers that could be held against each other.",
        height=_AROUND + int(np.clip(640 // max(len(names), 1), _LEAST, _MOST)) * len(names),
        min_width=0 if len(names) <= _WITHOUT_SCROLL else 190 + 26 * len(names),
        wide=True,
    )


def _left_off(record: RunRecord) -> str:
    """What the map does without."""
    own, words = record.correlations, ""
    if own and own.n_left_off:
        weaker = count(own.n_left_off, "column")
        words += f" Left off: {weaker} of numbers with a weaker relation to {record.target}."
    if own and own.n_rows < int(record.metrics["n_train"]):
        words += f" Looked at on {own.n_rows:,} rows drawn by chance."
    return words
