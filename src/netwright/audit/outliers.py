"""Numbers far outside the rest of their column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check, numbers_of_columns
from netwright.base.figures import count, figure, share
from netwright.base.finding import Finding
from netwright.base.table import Table

#: Beyond this many robust standard deviations from the median.
_FAR = 6.0
#: A normal sample's interquartile range in standard deviations.
_IQR_TO_STD = 1.349
_WARN_SHARE = 0.01
_FEWEST_ROWS = 20


@check("outliers")
def outliers(table: Table) -> Iterator[Finding]:
    """Numeric columns with values beyond six robust standard deviations (median and quartiles)."""
    for column, values in numbers_of_columns(table):
        if len(values) < _FEWEST_ROWS:
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # near 1e308 nothing can be said
            q25, median, q75 = np.quantile(values, [0.25, 0.5, 0.75])
            spread = (q75 - q25) / _IQR_TO_STD
            far = np.abs(values - median) > _FAR * spread
        if spread == 0:  # more than half of the values are the same: no scale to measure by
            continue
        n_far = int(far.sum())
        if n_far:
            low, high = float(values.min()), float(values.max())
            where = f"from {figure(low)} to {figure(high)}, median {figure(float(median))}"
            remedy = "--loss mae or huber" if column.role == "target" else "--scale robust or log"
            yield Finding(
                code="outliers",
                where="data",
                severity="warning" if n_far >= _WARN_SHARE * len(values) else "note",
                message=f"{column.name}: {count(n_far, 'value')} far outside the rest ({share(n_far, len(values))})",
                advice=f"{where}; {remedy} bears them better",
                columns=(column.name,),
                evidence={"values": n_far, "of": len(values), "minimum": low, "median": float(median), "maximum": high},
            )
