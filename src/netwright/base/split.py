"""Which rows train, which validate, and the seal over the test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from netwright.base.errors import InternalError
from netwright.base.finding import Finding
from netwright.base.table import Table

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Fold:
    """Positions in the development table (all rows that are not test rows).

    Args:
        train: Rows that everything of this fold is fitted on, a row that was over-sampled several times; (n_train,).
        valid: Its outer rows, which judge it; (n_valid,).
        class_weights: What a row of each class counts in training; None where all count alike; (n_classes,).
    """

    train: np.ndarray
    valid: np.ndarray
    class_weights: np.ndarray | None = None


class SealedRows:
    """The test rows. They can be opened once, by name, after everything is chosen.

    Args:
        table: The test rows, or None where the caller keeps them (the estimators).
    """

    def __init__(self, table: Table | None) -> None:
        self.__table = table
        self.n_rows = 0 if table is None else table.n_rows
        self.openings: list[dict[str, Any]] = []

    def open(self, by: str) -> Table:
        """The test rows; a second call is a bug and raises.

        Args:
            by: What reads them, kept in `run.json`.

        Raises:
            InternalError: They were opened before, or there are none.
        """
        if self.openings:
            raise InternalError(f"the test rows were opened by {self.openings[0]['by']} and again by {by}")
        if self.__table is None:
            raise InternalError(f"{by} asked for test rows where none were set aside")
        self.openings.append({"at": datetime.now(UTC).isoformat(timespec="seconds"), "by": by})
        return self.__table


@dataclass(frozen=True)
class Split:
    """The rows of a run.

    Args:
        development: All rows that are not test rows and take part.
        folds: One entry a fold; a single one is a plain validation part. By time some rows are in no fold's outer
            rows, with repeats every row is in those of several folds.
        sealed: The test rows under their seal.
        rule: In words, how rows were dealt out.
        seed: What the dealing was seeded with.
        hint: The flag that changes the rule, where the rule was not the user's.
        notes: What else was done, a sentence each: rows left out, sampling, weights.
        made: The same as figures, JSON-able, for `run.json`.
        findings: What the user should know about the split.
    """

    development: Table
    folds: tuple[Fold, ...]
    sealed: SealedRows
    rule: str
    seed: int
    hint: str = ""
    notes: tuple[str, ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
