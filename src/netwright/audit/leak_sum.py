"""A numeric target that is the exact sum of other columns, each times a number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from netwright.audit.check import check
from netwright.audit.leak import FEWEST_TO_STOP
from netwright.audit.truth import Truth
from netwright.base.figures import count, figure, share
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.seeds import derive_seed
from netwright.base.table import Table

_MOST_ROWS = 2_000
_MOST_COLUMNS = 200
#: Rows for each column, at least: any numbers are an exact sum of enough others.
_ROWS_A_COLUMN = 8
_FEWEST_ROWS = 12
#: Below so many rows, being right to rounding proves little; a sum must be exact to the digit.
_FEW_ROWS = 60
#: Share of rows, also of those beside the most frequent value, in which the sum must hold.
_EXACT_SHARE = 0.95
#: What may be left over, in spreads of the target, besides the rounding of the target itself.
_TOLERANCE = 2e-3
#: How far from a rounded target a sum may be, in steps: half of one, and what rounding does to the coefficients. Steps
#: must be small against the spread, and the sum must explain the target: a coarse one is easily right to rounding.
_STEPS = 0.75
_STEPS_A_SPREAD = 2
_LEAST_R2 = 0.97
_MOST_DECIMALS = 6
#: Sums that are looked for, one after the other, each without the columns of those before.
_MOST_SUMS = 4
_ROUNDS = 4


@check("leak-sum")
def leak_sum(table: Table) -> Iterator[Finding]:
    """Targets that are a linear sum of columns, exact to rounding, out of fold in nearly every row."""
    truth = Truth.of(table)
    if truth is None or truth.classes or len(table.schema.features) < 2:  # the only feature is all there is to learn
        return
    rows = np.flatnonzero(truth.known)
    if len(rows) > _MOST_ROWS:
        rng = np.random.default_rng(derive_seed(0, "leak-sum", truth.name))
        rows = np.sort(rng.choice(rows, _MOST_ROWS, replace=False))
    y = truth.numbers[rows]
    names, parts = _parts(table, rows)
    for _ in range(_MOST_SUMS):
        found = exact_sum(parts, y)
        if found is None:
            return
        columns, factors, intercept, exact = found
        # where there are rows enough, the check of single columns tells of one that is an exact copy
        if len(columns) > 1 or len(rows) < FEWEST_TO_STOP:
            yield _finding(truth.name, [names[k] for k in columns], factors, intercept, exact, len(rows))
        kept = [k for k in range(len(names)) if k not in columns]
        names, parts = [names[k] for k in kept], parts[:, kept]


def _parts(table: Table, rows: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Numbers and yes-or-no columns; an empty cell is nothing in a sum; float64, (n_rows, n_columns)."""
    names, parts = [], []
    for column in table.schema.features:
        cells = table[column.name][rows]
        if column.kind == "numeric":
            parts.append(cells.fill_null(0.0).to_numpy())
        elif column.kind == "boolean":
            parts.append((cells == column.levels[1]).fill_null(False).cast(pl.Float64).to_numpy())
        else:
            continue
        names.append(column.name)
    return names, np.stack(parts, axis=1) if parts else np.zeros((len(rows), 0))


def exact_sum(parts: np.ndarray, y: np.ndarray) -> tuple[list[int], np.ndarray, float, float] | None:
    """The fewest columns of which the target is a linear sum, or None.

    Args:
        parts: Columns; (n_rows, n_columns).
        y: The target; (n_rows,).

    Returns:
        Columns, the factor of each, what is added, and the share of rows in which the sum holds to rounding.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> parts = rng.integers(0, 50, (60, 3)).astype(float)
        >>> columns, factors, intercept, exact = exact_sum(parts, parts[:, 0] + 2 * parts[:, 2])
        >>> columns, factors.round(6).tolist(), exact
        ([0, 2], [1.0, 2.0], 1.0)
    """
    if len(y) < _FEWEST_ROWS or np.ptp(y) == 0 or not parts.shape[1]:
        return None
    with np.errstate(all="ignore"):
        size = np.abs(parts).max(axis=0)
        scale = np.where((size > 0) & (size < 1e100), (parts / np.where(size > 0, size, 1)).std(axis=0) * size, 0.0)
        usable = np.flatnonzero((scale > 0) & np.isfinite(scale))
        spread = float(np.std(y / np.abs(y).max()) * np.abs(y).max())
        if not 0 < spread < 1e100:
            return None
        z = (parts[:, usable] - parts[:, usable].mean(axis=0)) / scale[usable]
        strength = np.abs(z.T @ (y - y.mean()))
    most = min(_MOST_COLUMNS, len(y) // _ROWS_A_COLUMN)
    chosen = np.sort(np.argsort(-strength, kind="stable")[:most])
    kept = list(range(len(chosen)))
    z, usable = z[:, chosen], usable[chosen]
    tolerance = _tolerance(y, spread)
    fitted = _fit_if_exact(z, y, tolerance)
    if fitted is None:
        return None
    order = np.argsort(np.abs(fitted[:-1]))
    weak = [int(k) for k in order if abs(fitted[k]) <= _TOLERANCE * spread]
    for leaving in (weak, *([int(k)] for k in order)):  # all that hardly count at once, then one by one
        fewer = [k for k in kept if k not in leaving]
        again = _fit_if_exact(z[:, fewer], y, tolerance) if fewer else None
        if again is not None:
            kept, fitted = fewer, again
    columns = usable[kept]
    factors = fitted[:-1] / scale[columns]
    intercept = float(fitted[-1] - factors @ parts[:, columns].mean(axis=0))
    left = np.abs(y - _predicted(z[:, kept], fitted))
    exact = float(np.mean(left <= tolerance))
    return [int(k) for k in columns], factors, intercept if abs(intercept) > tolerance else 0.0, exact


def _tolerance(y: np.ndarray, spread: float) -> float:
    """Half a step of a rounded target, or a small share of its spread, taken without the largest values."""
    low, high = np.quantile(y, [0.25, 0.75])
    usual = min(spread, (high - low) / 1.349) if high > low else spread
    if len(y) < _FEW_ROWS:
        return float(_TOLERANCE * usual)
    for decimals in range(-_MOST_DECIMALS, _MOST_DECIMALS + 1):
        step = 10.0**-decimals
        if np.allclose(np.round(y / step) * step, y, rtol=0, atol=1e-6 * step):
            return float(max(_STEPS * step if _STEPS_A_SPREAD * step <= usual else 0.0, _TOLERANCE * usual))
    return float(_TOLERANCE * usual)


def _fit_if_exact(z: np.ndarray, y: np.ndarray, tolerance: float) -> np.ndarray | None:
    """The coefficients if each half of the rows is an exact sum by the coefficients of the other, else None."""
    for rounds in (1, _ROUNDS):
        if _is_exact(z, y, tolerance, rounds):
            return _fit(z, y, rounds)
    return None


def _is_exact(z: np.ndarray, y: np.ndarray, tolerance: float, rounds: int) -> bool:
    left = np.empty(len(y))
    order = np.random.default_rng(derive_seed(0, "leak-sum", "halves")).permutation(len(y))
    for judged, fitted in ((order[::2], order[1::2]), (order[1::2], order[::2])):
        left[judged] = y[judged] - _predicted(z[judged], _fit(z[fitted], y[fitted], rounds))
    exact = np.abs(left) <= tolerance
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    others = place != counts.argmax()  # a target that is mostly 0 is easily right in most rows
    if min(exact.mean(), exact[others].mean()) < _EXACT_SHARE:
        return False
    return bool(np.mean(left[exact] ** 2) <= (1 - _LEAST_R2) * np.var(y[exact]))


def _fit(z: np.ndarray, y: np.ndarray, rounds: int) -> np.ndarray:
    """Least squares, in further rounds on the nine tenths of the rows that fit best: a few wrong rows hide no sum."""
    design = np.column_stack([z, np.ones(len(z))])
    rows = np.ones(len(y), dtype=bool)
    coefficients = np.zeros(design.shape[1])
    for _ in range(rounds):
        coefficients = np.linalg.lstsq(design[rows], y[rows], rcond=None)[0]
        left = np.abs(y - design @ coefficients)
        again = left <= np.quantile(left, 0.9)
        if (again == rows).all():
            break
        rows = again
    return np.asarray(coefficients)


def _predicted(z: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    return np.asarray(z @ coefficients[:-1] + coefficients[-1])


def _finding(
    target: str, names: Sequence[str], factors: np.ndarray, intercept: float, exact: float, n_rows: int
) -> Finding:
    n_exact = round(exact * n_rows)
    rows = "every row" if n_exact == n_rows else f"{share(n_exact, n_rows)} of the rows"
    message = f"{equation(target, names, factors, intercept)} in {rows} ({count(n_rows, 'row')} looked at)"
    dropped = " or ".join(flag("--drop", name) for name in names)
    return Finding(
        "leak-sum",
        "data",
        "stop",
        message,
        f"{dropped} takes a part away, --allow-leak keeps them",
        tuple(names),
        {
            "factors": {name: float(f"{factor:.6g}") for name, factor in zip(names, factors, strict=True)},
            "intercept": float(f"{intercept:.6g}"),
            "exact": round(exact, 4),
            "rows": n_rows,
        },
    )


def equation(target: str, names: Sequence[str], factors: np.ndarray, intercept: float) -> str:
    """A linear sum in one line.

    Example:
        >>> equation("cnt", ["casual", "registered"], np.array([1.0, 1.0]), 0.0)
        'cnt = casual + registered'
        >>> equation("y", ["a", "b"], np.array([-1.0, 2.5]), 3.0)
        'y = -a + 2.50 b + 3.00'
    """
    text = ""
    for name, factor in zip(names, factors, strict=True):
        sign = ("-" if factor < 0 else "") if not text else (" - " if factor < 0 else " + ")
        plain = abs(abs(factor) - 1) < 1e-3
        text += f"{sign}{'' if plain else figure(abs(float(factor))) + ' '}{name}"
    if intercept:
        text += f" {'-' if intercept < 0 else '+'} {figure(abs(intercept))}"
    return f"{target} = {text}"
