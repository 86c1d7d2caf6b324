"""Zeros and negative numbers where every other value is well above zero."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check
from netwright.audit.tally import Tally, as_missing, shown, tallies
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.table import Table

_FEWEST_ROWS = 50
#: More of them than this share are part of the column.
_FEW = 0.01
#: The others lie so many robust standard deviations above zero, by their median or by the smallest of them.
_MEDIAN_ABOVE, _SMALLEST_ABOVE = 2.5, 0.5
#: A normal sample's interquartile range in standard deviations.
_IQR_TO_STD = 1.349
#: From them to the smallest of the others it is more than this many times the usual step between neighbours there; a
#: single one may be the end of a tail.
_STEPS, _STEPS_OF_ONE = 1.5, 4.0
#: From a negative number it is this many robust standard deviations.
_GAP = 0.75
_NEIGHBOURS = 20


@check("impossible")
def impossible(table: Table) -> Iterator[Finding]:
    """A few zeros or negative numbers in a column whose other values are well above zero."""
    found: dict[str, tuple[Tally, Tally]] = {}
    for column, tally in tallies(table, _FEWEST_ROWS):
        if parts := _odd_ones(tally):
            found[column.name] = parts
    for name, (odd, rest) in found.items():
        n_odd, n = odd.n_rows, odd.n_rows + rest.n_rows
        single = len(odd.values) == 1
        value = float(odd.values[0])
        if single and value == 0:
            what = count(n_odd, "zero")
        elif single:
            what = f"{shown(value)} in {count(n_odd, 'row')}"
        else:
            what = f"{count(n_odd, 'value')} of zero or less"
        alike = tuple(other for other, (values, _) in found.items() if values.values.tolist() == [value])
        yield Finding(
            code="impossible",
            where="data",
            severity="warning",
            message=f"{name}: {what} ({share(n_odd, n)}), though all others lie between {shown(float(rest.values[0]))} "
            f"and {shown(float(rest.values[-1]))}",
            advice=as_missing(table, value, alike) if single else "correct them in the file, or empty those cells",
            columns=(name,),
            evidence={"values": odd.values[:10].tolist(), "rows": n_odd, "of": n, "smallest": float(rest.values[0])},
        )


def _odd_ones(tally: Tally) -> tuple[Tally, Tally] | None:
    """The suspicious values and the others, None where nothing is odd."""
    low = tally.values <= 0
    n_low = int(tally.rows[low].sum())
    if not 0 < n_low <= _FEW * tally.n_rows:
        return None
    odd, rest = tally.but(low), tally.but(~low)
    with np.errstate(over="ignore"):
        spread = (rest.quantile(0.75) - rest.quantile(0.25)) / _IQR_TO_STD
        gap = float(rest.values[0] - odd.values[-1])
        step = float(np.median(np.diff(rest.values[: _NEIGHBOURS + 1]))) if len(rest.values) > 1 else 0.0
    smallest, median = float(rest.values[0]), rest.quantile(0.5)
    high = smallest >= _SMALLEST_ABOVE * spread
    if spread <= 0 or gap <= (_STEPS if n_low > 1 else _STEPS_OF_ONE) * step:
        return None
    if odd.values[0] < 0:
        # with gaps as wide among the others it is a column of long tails
        with np.errstate(over="ignore"):
            apart = gap >= _GAP * spread and gap > float(np.diff(rest.values).max())
        return (odd, rest) if high and apart else None
    return (odd, rest) if high or median >= _MEDIAN_ABOVE * spread else None
