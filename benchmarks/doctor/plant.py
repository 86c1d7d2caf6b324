"""What a planted fault is, and the changes that would undo it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
from benchmarks.doctor.grounds import Ground

from netwright.base.plan import Plan, Task
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.preparation.folds import PreparedFold

#: What each code of the doctor proposes (DOCTOR.md): a finding is right where one of its changes undoes the fault.
CHANGES: dict[str, frozenset[str]] = {
    code: frozenset(changes.split())
    for code, changes in {
        "not-finite": "lower-rate clip name-cell",
        "exploding-gradient": "clip warm-up lower-rate",
        "vanishing-gradient": "activation normalise residual",
        "dead-units": "activation re-initialise lower-rate",
        "saturated-units": "scale-inputs re-initialise",
        "frozen-parameter": "unfreeze",
        "underfit-still-falling": "more-epochs higher-rate",
        "underfit-flat": "more-capacity higher-rate check-features less-regularisation",
        "slow-convergence": "higher-rate lower-rate optimiser re-initialise",
        "oscillating": "lower-rate larger-batch decay-schedule",
        "overfit": "keep-best regularise smaller-network more-data",
        "update-ratio": "lower-rate higher-rate",
        "bad-start": "re-initialise output-bias scale-target",
        "unscaled-input": "scale-inputs",
        "class-imbalance": "class-weights resample",
        "label-noise": "check-labels",
        "too-little-data": "more-data",
        "linear-stack": "activation",
        "wrong-loss": "output-and-loss",
        "wrong-output": "output-and-loss",
        "leak-suspected": "stop-and-ask",
    }.items()
}

EditPlan = Callable[[Plan, Ground], Plan]
EditSplit = Callable[[Ground, Split, Table, np.random.Generator], tuple[Split, Table]]
EditDense = Callable[[np.ndarray, PreparedFold, bool, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Fault:
    """One fault at one severity; what is not given stays as it is.

    Args:
        name: Of the operator.
        severity: 1, or 2 for the worse one.
        changes: Single changes that undo it.
        plan: Edits the plan.
        split: Edits the rows of the run and those that judge (which stay clean but for columns that are added).
        dense: Edits the inputs of a fold; the flag says whether the rows are those of the run or those that judge.
        engine: Patches the engine while it trains.
        tasks: Where it can be planted.
        fits: Whether it can be planted on a table.
    """

    name: str
    severity: int
    changes: frozenset[str]
    plan: EditPlan | None = None
    split: EditSplit | None = None
    dense: EditDense | None = None
    engine: Callable[[], AbstractContextManager[None]] | None = None
    tasks: tuple[Task, ...] = ("regression", "binary", "multiclass")
    fits: Callable[[Ground], bool] = lambda ground: True

    @property
    def key(self) -> str:
        """Name and severity, as files are called."""
        return f"{self.name}-{self.severity}"

    @property
    def right(self) -> frozenset[str]:
        """The codes that name it: those with a change that undoes it."""
        return frozenset(code for code, own in CHANGES.items() if own & self.changes)

    def suits(self, ground: Ground) -> bool:
        """Whether it can be planted on a table."""
        return ground.target.task in self.tasks and self.fits(ground)


@contextmanager
def patched(**by_place: Any) -> Iterator[None]:
    """Names of the engine replaced, `chunk__Optimizer` being `netwright.training.chunk.Optimizer`."""
    patches = [patch(f"netwright.training.{place.replace('__', '.')}", new) for place, new in by_place.items()]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in reversed(patches):
            one.stop()
