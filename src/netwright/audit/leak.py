"""Columns that give the target away: by copy, noise, what was written down after the outcome, or by being empty.

What counts is out-of-fold evidence over all classes together (`one_column.py`). A stop needs the lower end of its 90 %
interval beyond the limit, so few rows never stop a run by chance; what is striking but less is a warning. A column that
only numbers the rows never stops a run, however well the file is sorted, nor does the only feature there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netwright.audit.cells import Cells
from netwright.audit.check import check
from netwright.audit.one_column import Judge
from netwright.audit.scores import Score
from netwright.audit.truth import Truth
from netwright.base.copies import find_copies
from netwright.base.figures import count
from netwright.base.finding import Finding, Severity
from netwright.base.option import flag
from netwright.base.table import FEATURE_KINDS, Column, Table

#: From here on a score of one column stops a run ...
STOP = {"R2": 0.93, "AUC": 0.99, "balanced accuracy": 0.97}
#: ... and from here on it is worth a warning. Highest of a clean development table: R2 0.89, AUC 0.96, balanced 0.93.
WARN = {"R2": 0.90, "AUC": 0.975, "balanced accuracy": 0.945}
#: With fewer rows nothing stops a run, and with fewer yet nothing is said.
FEWEST_TO_STOP, _FEWEST_ROWS = 30, 15
#: Row numbers grow along the file like a ruler.
_LIKE_A_RULER = 0.999


@check("leak")
def leak(table: Table) -> Iterator[Finding]:
    """Columns that predict the target alone nearly perfectly, and those whose gaps do."""
    truth = Truth.of(table)
    if truth is None:
        return
    judge = Judge(truth, find_copies(table).units)
    if judge.n_rows < _FEWEST_ROWS or not judge.can_tell:
        return
    for column in table.schema.columns:
        if not _may_tell(column):
            continue
        cells = Cells.of(table[column.name][judge.rows], column)
        told = _told(judge, cells)
        if told is not None:
            numbers_rows = column.kind == "identifier" or _is_row_number(cells, table.rows[judge.rows])
            alone = [feature.name for feature in table.schema.features] == [column.name]
            yield _finding(column, truth, judge, told, numbers_rows=numbers_rows, alone=alone)


@dataclass(frozen=True)
class _Told:
    """What a column tells of the target, by its values or only by being filled."""

    score: Score
    severity: Severity
    by_gaps: bool


def _told(judge: Judge, cells: Cells) -> _Told | None:
    """The loudest evidence; that of the gaps alone where it is as loud."""
    by_values = _loudest(judge.scores(cells), judge.n_rows)
    if by_values is None:
        return None
    filled = cells.filled
    by_gaps = _loudest(judge.scores(filled), judge.n_rows) if filled else None
    if by_gaps is not None and by_gaps[1] == by_values[1]:
        return _Told(*by_gaps, by_gaps=True)
    return _Told(*by_values, by_gaps=False)


def _may_tell(column: Column) -> bool:
    """Features, and what only numbers the rows; what the user left out is not checked."""
    return (column.role == "feature" and column.kind in FEATURE_KINDS) or column.kind == "identifier"


def _loudest(scores: list[Score], n_rows: int) -> tuple[Score, Severity] | None:
    """The score that says most and how loud it is; a score beyond the limit that may be chance is a warning."""
    sure = [score for score in scores if score.low >= STOP[score.measure]]
    if sure and n_rows >= FEWEST_TO_STOP:
        return sure[0], "stop"
    likely = [s for s in scores if s.value >= STOP[s.measure] or s.low >= WARN[s.measure]]
    return (likely[0], "warning") if likely else None


def _finding(column: Column, truth: Truth, judge: Judge, told: _Told, *, numbers_rows: bool, alone: bool) -> Finding:
    name, score, severity = column.name, told.score, told.severity
    said = f"{score.measure} {score.value:.3f} from it alone, out of fold on {count(judge.n_rows, 'row')}"
    message = f"{f'whether {name} is filled' if told.by_gaps else name} gives {truth.name} away ({said})"
    advice = f"{flag('--drop', name)} leaves it out, if it is known only after {truth.name}"
    if alone and severity == "stop":
        severity, advice = "warning", "it is the only feature, so there is nothing else to learn from"
    if severity == "stop":
        kind = flag("--kind", f"{name}=identifier")
        advice += f"; --allow-leak keeps it; {kind}, if it only names rows"
    if numbers_rows:
        message = f"{name} only numbers the rows, yet gives {truth.name} away ({said}): the rows are in its order"
        advice = f"{flag('--drop', name)} leaves it out"
    if column.kind == "identifier":
        advice = "it is left out; rows from elsewhere will not be in that order"
    return Finding(
        code="leak",
        where="data",
        severity="warning" if numbers_rows else severity,
        message=message,
        advice=advice,
        columns=(name,),
        evidence={
            "measure": score.measure,
            "value": round(score.value, 4),
            "low": round(score.low, 4),
            "limit": STOP[score.measure],
            "rows": judge.n_rows,
            "by": "gaps" if told.by_gaps else "values",
        },
    )


def _is_row_number(cells: Cells, rows: np.ndarray) -> bool:
    """Whether numbers or dates only grow along the file, step by step."""
    numbers = cells.numbers
    if numbers is None or np.isnan(numbers).any() or len(rows) < 2:
        return False
    steps = np.diff(numbers[np.argsort(rows)])
    if not ((steps > 0).all() or (steps < 0).all()):
        return False
    return bool(abs(np.corrcoef(numbers - numbers[0], rows)[0, 1]) >= _LIKE_A_RULER)
