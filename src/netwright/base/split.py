"""Which rows train, which validate, and the seal over the test rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from netwright.base.errors import InternalError
from netwright.base.table import Table

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Fold:
    """Positions in the development table (all rows that are not test rows).

    Args:
        train: Rows that everything of this fold is fitted on; (n_train,).
        valid: Its outer rows, which judge it; (n_valid,).
    """

    train: np.ndarray
    valid: np.ndarray


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
        development: All rows that are not test rows.
        folds: One entry a fold; a single one is a plain validation part.
        sealed: The test rows under their seal.
        rule: In words, how rows were dealt out.
        seed: What the dealing was seeded with.
    """

    development: Table
    folds: tuple[Fold, ...]
    sealed: SealedRows
    rule: str
    seed: int
