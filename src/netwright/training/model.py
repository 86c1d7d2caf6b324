"""The fitted model: the members of the chosen plan with their preparation. It turns a table into predictions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from netwright.base.figures import count
from netwright.base.plan import Plan
from netwright.base.table import BLOCK_ROWS, Schema, Table
from netwright.evaluate.conformal import Conformal
from netwright.models.family import Network, Sizes
from netwright.preparation.preparer import Prepared, Preparer
from netwright.preparation.target import Target, TargetScale
from netwright.preparation.typical import TypicalRow, typical_row
from netwright.preparation.values import Values, feature_values
from netwright.training.objectives.supervised import Supervised
from netwright.training.race import Trained

#: Rows pass in blocks of one size, the last one filled up, so that a row gives the same bits in any file: of so many
#: rows, fewer where a row becomes so many numbers that a block would be more than these.
_BLOCK_ROWS, _BLOCK_NUMBERS = 1_024, 1 << 24
#: Features of so many rows are made at a time that they are at most so many numbers, over all folds.
_PREPARED_NUMBERS = 1 << 26


def without_number(predicted: np.ndarray, rows: np.ndarray) -> str:
    """A sentence where some predictions are no finite numbers, else empty.

    Args:
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
        rows: The number of each row in its source; (n_rows,).

    Example:
        >>> without_number(np.array([1.0, np.nan, 2.0]), np.arange(3))
        '1 of 3 rows cannot be predicted (first: row 1): the networks give NaN or infinity there'
    """
    finite = np.isfinite(predicted)
    lost = np.flatnonzero(~(finite.all(axis=1) if finite.ndim > 1 else finite))
    if not len(lost):
        return ""
    which = f"{len(lost):,} of {count(len(rows), 'row')} cannot be predicted (first: row {rows[lost[0]]:,})"
    return f"{which}: the networks give NaN or infinity there"


@dataclass(frozen=True)
class FoldState:
    """What one fold learned outside the network."""

    preparer: Preparer
    scale: TargetScale


@dataclass(frozen=True)
class FittedModel:
    """Networks that predict together: the mean of their values, or of their probabilities.

    Args:
        schema: Columns of the training data, with roles.
        target: What is predicted.
        plan: The chosen plan.
        sizes: What the network was built for.
        network: One set of weights a member.
        folds: Preparation and target scale of each fold.
        member_folds: The fold of each member; (member,).
        typical: The row that others are compared with when they are explained; None in bundles of before it was kept.
        conformal: What intervals and sets rest on; None where nothing was calibrated.
    """

    schema: Schema
    target: Target
    plan: Plan
    sizes: Sizes
    network: Network
    folds: tuple[FoldState, ...]
    member_folds: tuple[int, ...]
    typical: TypicalRow | None = None
    conformal: Conformal | None = None

    @classmethod
    def of(
        cls, trained: Trained, development: Table, target: Target, conformal: Conformal | None = None
    ) -> FittedModel:
        """The model that a trained plan is: the mean of its members, but for those that diverged before they learned.

        Args:
            trained: The plan with its members.
            development: The rows for training and validation, which say what a typical row is.
            target: What is predicted.
            conformal: What its intervals and sets rest on.
        """
        shipped = np.flatnonzero(trained.judged.curves.learned).tolist() or list(range(len(trained.members)))
        network, sizes = trained.network, trained.sizes
        if len(shipped) < len(trained.members):
            network, sizes = network.subset(shipped), sizes.of(shipped)
        return cls(
            schema=development.schema,
            target=target,
            plan=trained.plan,
            sizes=sizes,
            network=network.eval(),
            folds=tuple(FoldState(fold.preparer, fold.scale) for fold in trained.folds),
            member_folds=tuple(trained.members[member].fold for member in shipped),
            typical=typical_row(development),
            conformal=conformal,
        )

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned, over all members."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def predict(self, table: Table) -> np.ndarray:
        """Values (n_rows,) for regression, probabilities (n_rows, n_classes) for classes; float64.

        Rows whose prediction is no finite number are warned of. Encoders keep numbers within a million spreads of the
        train rows, so cells alone do not bring that about.

        Args:
            table: Typed like the training data; the target column is not needed.
        """
        width = max(1, self.sizes.dense + len(self.sizes.cardinalities)) * len(self.folds)
        n_rows = min(BLOCK_ROWS, max(1, _PREPARED_NUMBERS // width))
        blocks = [self._predict_values(feature_values(block), block.n_rows) for block in table.blocks(n_rows)]
        shape = (0,) if self.target.task == "regression" else (0, len(self.target.classes))
        predicted = np.concatenate(blocks) if blocks else np.zeros(shape)
        if said := without_number(predicted, table.rows):
            warnings.warn(said, UserWarning, stacklevel=2)
        return predicted

    def _predict_values(self, values: Mapping[str, Values], n_rows: int) -> np.ndarray:
        prepared = [fold.preparer.transform(values) for fold in self.folds]
        per_member = self.predict_prepared(prepared, n_rows)
        mean: np.ndarray = per_member.mean(axis=0)
        return mean[:, 0] if self.target.task == "regression" else mean

    def predict_prepared(self, prepared: Sequence[Prepared], n_rows: int) -> np.ndarray:
        """Predictions of each member from the inputs of its fold; (member, n_rows, column), float64.

        Args:
            prepared: One entry a fold.
            n_rows: Rows of the longest; what comes out beyond the rows of a shorter one means nothing.
        """
        objective = Supervised(self.target.task, self.plan.loss)
        with torch.inference_mode():
            outputs = [
                objective.prediction(self.network(block)).double().numpy() for block in self._blocks(prepared, n_rows)
            ]
        predicted = np.concatenate(outputs, axis=1)[:, :n_rows]
        own = [self.folds[fold].scale.back(mine) for fold, mine in zip(self.member_folds, predicted, strict=True)]
        return np.stack(own)

    def _blocks(self, prepared: Sequence[Prepared], n_rows: int) -> Iterator[dict[str, torch.Tensor]]:
        """Inputs of all members, block by block, padded to the network's width and to full blocks."""
        units = self.network.row_units * len(self.member_folds)
        size = max(1, min(_BLOCK_ROWS, _BLOCK_NUMBERS // units))
        for start in range(0, n_rows, size):
            stop = min(start + size, n_rows)
            dense = np.zeros((len(self.folds), size, self.sizes.dense), dtype=np.float32)
            codes = np.zeros((len(self.folds), size, len(self.sizes.cardinalities)), dtype=np.int64)
            for fold, inputs in enumerate(prepared):
                own = inputs.dense[start:stop]  # a fold may have fewer rows than the longest
                dense[fold, : len(own), : own.shape[1]] = own
                codes[fold, : len(own), : inputs.codes.shape[1]] = inputs.codes[start:stop]
            members = list(self.member_folds)
            yield {"dense": torch.from_numpy(dense[members]), "codes": torch.from_numpy(codes[members])}
