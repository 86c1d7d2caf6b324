"""Numbers with a long tail of large values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check
from netwright.audit.tally import Tally, tallies
from netwright.base.figures import figure, listing
from netwright.base.finding import Finding
from netwright.base.table import Table

_FEWEST_ROWS = 50
_FEWEST_VALUES = 20
#: Skewness from which on a feature, or the target, is worth a line; an exponential distribution has 2.
_FEATURE, _TARGET = 2.5, 1.5
#: Kelley's skewness of the middle 90 %, so that a few far values make no skew; an exponential distribution has 0.56.
_MIDDLE = 0.3
#: A column of which more than this share is one value has a peak, not a tail.
_PEAK = 0.5
#: A logarithm helps where it takes the skewness down to less than this share.
_HELPS = 0.5


@check("skewed")
def skewed(table: Table) -> Iterator[Finding]:
    """Numbers from zero up whose large values reach far out: skewness of at least 2.5, of the target 1.5."""
    features: dict[str, float] = {}
    logarithm = True
    for column, tally in tallies(table, _FEWEST_ROWS):
        target = column.role == "target"
        if not _has_long_tail(tally):
            continue
        strength = _skewness(tally.values, tally.rows)
        if strength < (_TARGET if target else _FEATURE):
            continue
        if target:
            low, median, high = (figure(tally.quantile(share)) for share in (0.0, 0.5, 1.0))
            yield _note(
                f"{column.name}: a long tail of large values (from {low} to {high}, median {median}, "
                f"skewness {strength:.1f})",
                "they rule the squared error; --loss mae or huber bears them better",
                {column.name: strength},
            )
        else:
            features[column.name] = strength
            logarithm &= _skewness(np.log1p(tally.values), tally.rows) < _HELPS * strength
    if features:
        order = sorted(features, key=lambda name: -features[name])
        named = listing([f"{name} ({features[name]:.1f})" for name in order], 5)
        scale = "--scale log or quantile" if logarithm else "--scale quantile"
        yield _note(f"a long tail of large values in {named}, by skewness", f"{scale} draws it in", features)


def _note(message: str, advice: str, strengths: dict[str, float]) -> Finding:
    evidence = {"skewness": {name: round(strength, 2) for name, strength in strengths.items()}}
    return Finding("skewed", "data", "note", message, advice, tuple(strengths), evidence)


def _has_long_tail(tally: Tally) -> bool:
    if len(tally.values) < _FEWEST_VALUES or tally.values[0] < 0 or tally.rows.max() > _PEAK * tally.n_rows:
        return False
    low, median, high = (tally.quantile(share) for share in (0.05, 0.5, 0.95))
    with np.errstate(over="ignore", invalid="ignore"):
        return bool((high - median) - (median - low) >= _MIDDLE * (high - low) > 0)


def _skewness(values: np.ndarray, rows: np.ndarray) -> float:
    """Third standardised moment; 0 where float64 cannot hold it."""
    with np.errstate(all="ignore"):
        centred = values - np.average(values, weights=rows)
        deviation = np.sqrt(np.average(centred**2, weights=rows))
        strength = float(np.average((centred / deviation) ** 3, weights=rows))
    return strength if np.isfinite(strength) else 0.0
