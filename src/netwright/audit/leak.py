"""Columns that give the target away: by copy, noise, what was written down after the outcome, or by being empty.

What counts is out-of-fold evidence over all classes together (`one_column.py`). A stop needs the lower end of its 90 %
interval beyond the limit, so few rows never stop a run by chance; what is striking but less is a warning. A column that
only numbers the rows never stops a run, however well the file is sorted, nor does the only feature there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from netwright.audit.cells import Cells
from netwright.audit.check import check
from netwright.audit.one_column import Judge
from netwright.audit.scores import R2_OF_ORDER, Score
from netwright.audit.truth import Truth
from netwright.audit.words import rows_with_words
from netwright.base.copies import find_copies
from netwright.base.figures import count, one_line
from netwright.base.finding import Finding, Severity
from netwright.base.option import flag
from netwright.base.table import FEATURE_KINDS, Column, Table

#: From here on a score of one column stops a run ...
STOP = {"R2": 0.93, "AUC": 0.99, "balanced accuracy": 0.97, R2_OF_ORDER: 0.95}
#: ... and from here on it is worth a warning. Highest of a clean development table: R2 0.89, AUC 0.96 and balanced
#: accuracy 0.91 (iris 0.98 and 0.96, with wide intervals), and R2 of the order 0.91, where a noisy copy has 0.96.
WARN = {"R2": 0.90, "AUC": 0.975, "balanced accuracy": 0.945, R2_OF_ORDER: 0.93}
#: Below 60 rows only what is all but exact stops a run, below 30 nothing does, and below 15 nothing is said. (Of 2,000
#: samples of 20 to 320 rows from 33 clean tables, three stopped without this rule: 40, 40 and 72 rows.)
_ALL_BUT_EXACT = {"R2": 0.99, "AUC": 0.999, "balanced accuracy": 0.999, R2_OF_ORDER: 0.99}
_FEW_ROWS, FEWEST_TO_STOP, _FEWEST_ROWS = 60, 30, 15
#: A column with at most this share of gaps is also judged where it is filled.
_MOST_GAPS = 0.5
#: Rows a group at least, on average.
_SMALLEST_MEAN = 1.2
#: Row numbers grow along the file like a ruler.
_LIKE_A_RULER = 0.999


@check("leak")
def leak(table: Table) -> Iterator[Finding]:
    """Columns that predict the target alone nearly perfectly, and those whose gaps do."""
    truth = Truth.of(table)
    if truth is None:
        return
    units = _units(table)
    judge = Judge(truth, units)
    if judge.n_rows < _FEWEST_ROWS or not judge.can_tell:
        return
    for column in table.schema.columns:
        if not _may_tell(column):
            continue
        told = _told(judge, table, column) or _told_where_filled(truth, units, table, column)
        if told is not None:
            alone = [feature.name for feature in table.schema.features] == [column.name]
            yield _finding(column, truth.name, told, alone=alone)
        elif column.kind == "text":
            yield from _word(judge, table, column, truth.name)


def _word(judge: Judge, table: Table, column: Column, target: str) -> Iterator[Finding]:
    """A single word of a text that gives the target away: a label that stands in the text, say."""
    found = [
        (told[0], word)
        for word, has in rows_with_words(table[column.name][judge.rows])
        if (told := _loudest(judge.scores(Cells(levels=has)), judge.n_rows)) is not None
    ]
    if not found:
        return
    score, word = max(found, key=lambda one: one[0].value)
    said = f"{score.measure} {score.value:.3f} from it alone, out of fold on {count(judge.n_rows, 'row')}"
    yield Finding(
        code="leak",
        where="data",
        severity="warning",
        message=f"the word {one_line(word)!r} in {column.name} gives {target} away ({said})",
        advice=f"take it out of the texts, if it is written only after {target}; {flag('--drop', column.name)} leaves "
        "the column out",
        columns=(column.name,),
        evidence={
            "measure": score.measure,
            "value": round(score.value, 4),
            "low": round(score.low, 4),
            "limit": STOP[score.measure],
            "rows": judge.n_rows,
            "by": "word",
            "word": word[:100],
        },
    )


@dataclass(frozen=True)
class _Told:
    """What a column tells of the target: by its `values`, by its `gaps` alone, or by its values `where filled`."""

    score: Score
    severity: Severity
    by: Literal["values", "gaps", "where filled"]
    n_rows: int
    in_order: bool
    names_things: bool


def _told(judge: Judge, table: Table, column: Column) -> _Told | None:
    """The loudest evidence; that of the gaps alone where it is as loud."""
    cells = Cells.of(table[column.name][judge.rows], column)
    by_values = _loudest(judge.scores(cells), judge.n_rows)
    if by_values is None:
        return None
    filled = cells.filled
    by_gaps = _loudest(judge.scores(filled), judge.n_rows) if filled else None
    rows = table.rows[judge.rows]
    in_order = column.kind == "identifier" or _follow_the_rows(cells, rows, column.kind)
    if in_order and column.kind == "numeric" and judge.is_the_target(cells):
        in_order = False  # a file sorted by its target holds a copy of it all the same
    elif by_values[1] == "stop" and _is_dated(table) and judge.is_told_by_order(rows, by_values[0]):
        in_order = True
    if by_gaps is not None and by_gaps[1] == by_values[1]:
        return _Told(*by_gaps, "gaps", judge.n_rows, in_order, names_things=False)
    return _Told(*by_values, "values", judge.n_rows, in_order, cells.levels is not None and cells.names_things)


def _is_dated(table: Table) -> bool:
    """Whether rows lie in the order of a date: what changes slowly is then told by its neighbours."""
    dates = (table[column.name].drop_nulls() for column in table.schema.columns if column.kind == "date")
    return any(len(cells) and (cells.is_sorted() or cells.is_sorted(descending=True)) for cells in dates)


def _told_where_filled(truth: Truth, units: np.ndarray, table: Table, column: Column) -> _Told | None:
    """The same on the rows that have a value, where those are most: a copy with gaps is worth a warning."""
    cells = table[column.name]
    if not 0 < cells.null_count() <= _MOST_GAPS * table.n_rows:
        return None
    filled = Truth(truth.name, np.where(cells.is_null(), np.nan, truth.numbers), truth.classes)
    judge = Judge(filled, units)
    if judge.n_rows < _FEWEST_ROWS or not judge.can_tell:
        return None
    told = _told(judge, table, column)
    return replace(told, by="where filled", severity="warning") if told else None


def _units(table: Table) -> np.ndarray:
    """Rows that must share a fold: those of a group that the run is split by, else copies of each other; (n_rows,)."""
    for column in table.schema.columns:
        if column.role == "left_out" and column.kind != "constant":
            groups = table[column.name].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
            n_groups, n_known = int(groups.max(initial=0)), int((groups > 0).sum())
            # few groups are levels of a category, and as many as rows are none
            if n_known >= table.n_rows / 2 and n_known >= _SMALLEST_MEAN * n_groups and n_groups**2 >= n_known:
                return np.where(groups > 0, groups, n_groups + 1 + np.arange(len(groups)))
    return find_copies(table).units if table.units is None else table.units


def _may_tell(column: Column) -> bool:
    """Features, and what only numbers the rows; what the user left out is not checked."""
    return (column.role == "feature" and column.kind in FEATURE_KINDS) or column.kind == "identifier"


def _loudest(scores: list[Score], n_rows: int) -> tuple[Score, Severity] | None:
    """The score that says most and how loud it is; a score beyond the limit that may be chance is a warning."""
    limit = STOP if n_rows >= _FEW_ROWS else _ALL_BUT_EXACT
    sure = [score for score in scores if score.low >= limit[score.measure]]
    if sure and n_rows >= FEWEST_TO_STOP:
        return sure[0], "stop"
    likely = [s for s in scores if s.value >= STOP[s.measure] or s.low >= WARN[s.measure]]
    return (likely[0], "warning") if likely else None


def _finding(column: Column, target: str, told: _Told, *, alone: bool) -> Finding:
    name, score, severity = column.name, told.score, told.severity
    what = {"values": name, "gaps": f"whether {name} is filled", "where filled": f"{name}, where filled,"}[told.by]
    said = f"{score.measure} {score.value:.3f} from it alone, out of fold on {count(told.n_rows, 'row')}"
    message = f"{what} gives {target} away ({said})"
    advice = f"{flag('--drop', name)} leaves it out, if it is known only after {target}"
    if told.names_things:
        severity = "warning"
        advice = f"{flag('--group', name)} keeps the rows of each on one side, {flag('--drop', name)} leaves it out"
    elif alone and severity == "stop":
        severity, advice = "warning", "it is the only feature, so there is nothing else to learn from"
    if severity == "stop":
        kind = flag("--kind", f"{name}=identifier")
        advice += f"; --allow-leak keeps it; {kind}, if it only names rows"
    if told.in_order:
        message = f"{name} only follows the order of the rows, yet gives {target} away ({said})"
        advice = f"{flag('--drop', name)} leaves it out"
    if column.kind == "identifier":
        advice = "it is left out; rows from elsewhere will not be in that order"
    return Finding(
        code="leak",
        where="data",
        severity="warning" if told.in_order else severity,
        message=message,
        advice=advice,
        columns=(name,),
        evidence={
            "measure": score.measure,
            "value": round(score.value, 4),
            "low": round(score.low, 4),
            "limit": STOP[score.measure],
            "rows": told.n_rows,
            "by": told.by,
        },
    )


def _follow_the_rows(cells: Cells, rows: np.ndarray, kind: str) -> bool:
    """Whether numbers only grow along the file, step by step, or dates do, some of which may repeat."""
    numbers = cells.numbers
    if numbers is None or np.isnan(numbers).any() or np.ptp(numbers) == 0:
        return False
    steps = np.diff(numbers[np.argsort(rows)])
    if kind == "date":
        steps = steps[steps != 0]
    if not ((steps > 0).all() or (steps < 0).all()):
        return False
    return bool(abs(np.corrcoef(numbers - numbers[0], rows)[0, 1]) >= _LIKE_A_RULER)
