"""Numbers far outside the rest of their column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check, numbers_of_columns
from netwright.base.far import far_bounds
from netwright.base.figures import count, figure, share
from netwright.base.finding import Finding
from netwright.base.table import Table

_WARN_SHARE = 0.01


@check("outliers")
def outliers(table: Table) -> Iterator[Finding]:
    """Numeric columns with values beyond six robust standard deviations (median and quartiles)."""
    for column, values in numbers_of_columns(table):
        bounds = far_bounds(values)
        n_far = 0 if bounds is None else int(((values < bounds[0]) | (values > bounds[1])).sum())
        if n_far:
            low, median, high = (float(end) for end in np.quantile(values, [0, 0.5, 1]))
            where = f"from {figure(low)} to {figure(high)}, median {figure(median)}"
            remedy = "--loss mae or huber" if column.role == "target" else "--scale robust or log"
            yield Finding(
                code="outliers",
                where="data",
                severity="warning" if n_far >= _WARN_SHARE * len(values) else "note",
                message=f"{column.name}: {count(n_far, 'value')} far outside the rest ({share(n_far, len(values))})",
                advice=f"{where}; {remedy} bears them better",
                columns=(column.name,),
                evidence={"values": n_far, "of": len(values), "minimum": low, "median": median, "maximum": high},
            )
