"""Gaps that go with the target: that a value is missing says something about what is to be predicted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netwright.audit.check import check
from netwright.audit.gaps import Gap, find_gaps
from netwright.audit.truth import Truth
from netwright.base.figures import figure, listing, share
from netwright.base.finding import Finding, Severity
from netwright.base.holm import holm_adjusted
from netwright.base.option import flag
from netwright.base.table import Table

#: Fewer rows with or without the value, or of a class, show nothing.
_FEWEST = 5
_ALPHA = 0.01
#: Effects below this are not worth a line, those from `_STRONG` on are worth a warning.
_WEAK = 0.1
_STRONG = 0.5


@dataclass(frozen=True)
class _Tested:
    """How far a gap goes with the target: p-value, effect size in [0, 1], the words for it."""

    p_value: float
    effect: float
    measure: str
    words: str


@check("missing-target")
def missing_target(table: Table) -> Iterator[Finding]:
    """Columns whose gaps depend on the target (chi-squared or Mann-Whitney, Holm-adjusted, with an effect size)."""
    truth = Truth.of(table)
    if truth is None or truth.known.sum() < 2 * _FEWEST:
        return
    gaps = {str(number): gap for number, gap in enumerate(find_gaps(table, _FEWEST))}
    test = _by_class if truth.classes else _by_number
    tested = {key: found for key, gap in gaps.items() if (found := test(gap.rows, truth))}
    p_values = holm_adjusted({key: one.p_value for key, one in tested.items()})
    shown = [key for key in tested if p_values[key] < _ALPHA and tested[key].effect >= _WEAK]
    shown.sort(key=lambda key: -tested[key].effect)
    strong = [key for key in shown if tested[key].effect >= _STRONG]
    for severity, keys in (("warning", strong), ("note", shown[len(strong) :])):
        if keys:
            told = [(gaps[key], tested[key], p_values[key]) for key in keys]
            yield _finding(severity, truth.name, told)  # type: ignore[arg-type]


def _finding(severity: Severity, target: str, found: list[tuple[Gap, _Tested, float]]) -> Finding:
    """One for all columns alike, from the strongest dependence to the weakest."""
    columns = tuple(name for gap, _, _ in found for name in gap.columns)
    (gap, strongest, _), *others = found
    effect = f"({strongest.measure} {strongest.effect:.2f})"
    if others:
        said = f"{listing(columns, 4)}: gaps go with {target}; {gap.columns[0]}: {strongest.words} {effect}"
    else:
        said = f"{listing(columns, 4)}: {strongest.words} {effect}"
    them = "it is" if len(columns) == 1 else "they are"
    drop = flag("--drop", columns[0])
    return Finding(
        code="missing-target",
        where="data",
        severity=severity,
        message=said,
        advice=f"make sure that it is known whether {them} missing before {target} is known, or leave out ({drop})"
        if severity == "warning"
        else "",
        columns=columns,
        evidence={
            "measure": strongest.measure,
            "tests": [
                {
                    "columns": list(gap.columns),
                    "missing": gap.n_rows,
                    "effect": round(tested.effect, 4),
                    "p_value": p_value,
                }
                for gap, tested, p_value in found
            ],
        },
    )


def _by_class(rows: np.ndarray, truth: Truth) -> _Tested | None:
    """Chi-squared test, and Cramér's V less what chance gives it (Bergsma, 2013)."""
    from scipy.special import chdtrc

    classes = truth.numbers[truth.known].astype(np.int64)
    totals = np.bincount(classes, minlength=len(truth.classes))
    missing = np.bincount(classes, weights=rows[truth.known], minlength=len(truth.classes))
    occurs = totals > 0
    names = [name for name, there in zip(truth.classes, occurs, strict=True) if there]
    totals, missing = totals[occurs], missing[occurs]
    n, n_missing, n_classes = int(totals.sum()), int(missing.sum()), len(totals)
    if n_classes < 2 or not _FEWEST <= n_missing <= n - _FEWEST:
        return None
    rate = n_missing / n
    chi_squared = float(np.sum((missing - totals * rate) ** 2 / totals) / (rate * (1 - rate)))
    degrees = n_classes - 1
    v = math.sqrt(max(0.0, chi_squared / n - degrees / (n - 1)) / (1 - 1 / (n - 1)))
    rates = np.where(totals >= _FEWEST, missing / totals, np.nan)
    if np.isnan(rates).all():
        return None
    low, high = int(np.nanargmin(rates)), int(np.nanargmax(rates))
    words = (
        f"missing in {share(int(missing[high]), int(totals[high]))} of the rows where {truth.name} is {names[high]}, "
        f"in {share(int(missing[low]), int(totals[low]))} where it is {names[low]}"
    )
    return _Tested(float(chdtrc(degrees, chi_squared)), min(1.0, v), "Cramér's V", words)


def _by_number(rows: np.ndarray, truth: Truth) -> _Tested | None:
    """Mann-Whitney test by its normal approximation with ties, and the rank-biserial correlation."""
    missing, values = rows[truth.known], truth.numbers[truth.known]
    n, n_missing = len(values), int(missing.sum())
    if not _FEWEST <= n_missing <= n - _FEWEST:
        return None
    ranks = _ranks(values)
    deviation = float(ranks.std())
    if deviation == 0:
        return None
    n_there = n - n_missing
    difference = float(ranks[missing].mean() - ranks[~missing].mean())
    z = difference / (deviation * math.sqrt(n / (n - 1) * (1 / n_missing + 1 / n_there)))
    words = (
        f"{truth.name} is {figure(float(np.median(values[missing])))} at the median where it is missing, "
        f"{figure(float(np.median(values[~missing])))} elsewhere"
    )
    return _Tested(math.erfc(abs(z) / math.sqrt(2)), min(1.0, 2 * abs(difference) / n), "rank-biserial", words)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values share the mean of theirs; as `scipy.stats.rankdata`, which is slow to import."""
    _, which, rows = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(rows)
    return np.asarray((last - (rows - 1) / 2)[which])
