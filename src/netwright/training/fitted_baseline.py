"""A fitted baseline as a part of what ships: on each fold features of its own, and a model that is plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.table import Table
from netwright.evaluate.mixing import mean_of_members
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.prepared import Prepared
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import feature_values


@dataclass(frozen=True)
class BaselineFold:
    """What a baseline learned on one fold.

    Args:
        maker: How cells become its features.
        fitted: From features to values (n_rows,) or probabilities (n_rows, n_classes).
    """

    maker: PlainFeatures | Preparer
    fitted: Any


@dataclass(frozen=True)
class FittedBaseline:
    """A baseline, one member a fold.

    Args:
        name: `constant`, `linear` or `trees`.
        folds: What it learned on each.
    """

    name: str
    folds: tuple[BaselineFold, ...]

    def of_fold(self, number: int) -> FittedBaseline:
        """What one fold learned, alone.

        Args:
            number: The fold.
        """
        return FittedBaseline(self.name, (self.folds[number],))

    @property
    def makers(self) -> tuple[PlainFeatures | Preparer, ...]:
        """How each fold turns cells into features."""
        return tuple(fold.maker for fold in self.folds)

    @property
    def member_folds(self) -> tuple[int, ...]:
        """The fold of each member."""
        return tuple(range(len(self.folds)))

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned, over all folds."""
        return sum(fold.fitted.n_parameters for fold in self.folds)

    @property
    def row_products(self) -> int:
        """Multiplications that take as long as a row does, over all folds."""
        return sum(fold.fitted.row_products for fold in self.folds)

    @property
    def width(self) -> int:
        """Numbers that a row becomes, over all folds."""
        return sum(max([1, *(span.stop for span in maker.spans().values())]) for maker in self.makers)

    def predict(self, table: Table) -> np.ndarray:
        """Values (n_rows,) or probabilities (n_rows, n_classes): the mean over folds."""
        if table.in_files:
            return np.concatenate([self.predict(block) for block in table.blocks()])
        values = feature_values(table)
        return mean_of_members(np.stack([fold.fitted(fold.maker.transform(values).dense) for fold in self.folds]))

    def predict_prepared(self, prepared: Sequence[Prepared], n_rows: int) -> np.ndarray:
        """Predictions of each fold from its features; (fold, n_rows, column), float64.

        Args:
            prepared: One entry a fold.
            n_rows: Rows of the longest; what comes out beyond the rows of a shorter one means nothing.
        """
        own = [fold.fitted(inputs.dense) for fold, inputs in zip(self.folds, prepared, strict=True)]
        columns = [one[:, None] if one.ndim == 1 else one for one in own]
        found = np.zeros((len(own), n_rows, columns[0].shape[1]))
        for number, one in enumerate(columns):
            found[number, : len(one)] = one
        return found
