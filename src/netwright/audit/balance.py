"""Classes of the target in unequal numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check
from netwright.audit.truth import Truth
from netwright.base.figures import count, listing, share
from netwright.base.finding import Finding
from netwright.base.table import Table

#: Share of the smallest class over an equal share: below these it is worth a note, or a warning.
_UNEQUAL, _VERY_UNEQUAL = 0.55, 0.2
#: A class of fewer rows can hardly be learned, and not be judged.
_FEW = 10
_FEWEST_LABELLED = 30


@check("imbalance")
def imbalance(table: Table) -> Iterator[Finding]:
    """A target with a class far below an equal share of the rows, or of fewer than ten rows."""
    truth = Truth.of(table)
    if truth is None or len(truth.classes) < 2 or truth.known.sum() < _FEWEST_LABELLED:
        return
    rows = np.bincount(truth.numbers[truth.known].astype(np.int64), minlength=len(truth.classes))
    n, smallest, largest = int(rows.sum()), int(rows.argmin()), int(rows.argmax())
    few = [
        f"{name} ({count(number, 'row')})" for name, number in zip(truth.classes, rows, strict=True) if number < _FEW
    ]
    relative = rows[smallest] / n * len(rows)
    if few:
        message = f"{truth.name}: too few rows to learn and to judge {listing(few, 4)}"
        advice = "put such classes together in the file, or take them out; a score on them is chance"
    elif relative < _UNEQUAL:
        small, large = share(int(rows[smallest]), n), share(int(rows[largest]), n)
        others = f"always saying {truth.classes[largest]} is right in {large}"
        if len(rows) > 2:
            others = f"{truth.classes[largest]} {large} ({len(rows)} classes)"
        message = f"{truth.name}: {truth.classes[smallest]} is {small} of the rows, {others}"
        advice = (
            "--metric balanced_accuracy counts all classes alike, so do --class-weight balanced and --sampling over"
        )
    else:
        return
    yield Finding(
        code="imbalance",
        where="data",
        severity="warning" if few or relative < _VERY_UNEQUAL else "note",
        message=message,
        advice=advice,
        columns=(truth.name,),
        evidence={"rows": dict(zip(truth.classes, rows.tolist(), strict=True))},
    )
