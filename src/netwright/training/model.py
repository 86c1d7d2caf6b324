"""The networks of one plan with their preparation: a part of what ships, often the only one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from netwright.base.plan import Plan
from netwright.models.family import Network, Sizes
from netwright.preparation.prepared import Prepared, filled_up
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import Target, TargetScale
from netwright.training.objectives.choose import objective_of
from netwright.training.race import Trained

#: Rows pass in blocks of one size, the last one filled up, so that a row gives the same bits in any file: of so many
#: rows, fewer where a row becomes so many numbers that a block would be more than these.
_BLOCK_ROWS, _BLOCK_NUMBERS = 1_024, 1 << 24


@dataclass(frozen=True)
class FoldState:
    """What one fold learned outside the network."""

    preparer: Preparer
    scale: TargetScale


@dataclass(frozen=True)
class FittedModel:
    """Networks of one plan that predict together: the mean of their values, or of their probabilities.

    Args:
        target: What is predicted.
        plan: What was trained.
        sizes: What the network was built for.
        network: One set of weights a member.
        folds: Preparation and target scale of each fold.
        member_folds: The fold of each member; (member,).
    """

    target: Target
    plan: Plan
    sizes: Sizes
    network: Network
    folds: tuple[FoldState, ...]
    member_folds: tuple[int, ...]

    @classmethod
    def of(cls, trained: Trained, target: Target) -> FittedModel:
        """The networks of a trained plan, but for those that diverged before they learned.

        Args:
            trained: The plan with its members.
            target: What is predicted.
        """
        shipped = np.flatnonzero(trained.judged.curves.learned).tolist() or list(range(len(trained.members)))
        network, sizes = trained.network, trained.sizes
        if len(shipped) < len(trained.members):
            network, sizes = network.subset(shipped), sizes.of(shipped)
        return cls(
            target=target,
            plan=trained.plan,
            sizes=sizes,
            network=network.eval(),
            folds=tuple(FoldState(fold.preparer, fold.scale) for fold in trained.folds),
            member_folds=tuple(trained.members[member].fold for member in shipped),
        )

    def of_fold(self, number: int) -> FittedModel | None:
        """The networks of one fold alone; None where none of them has learned.

        Args:
            number: The fold.
        """
        own = [place for place, fold in enumerate(self.member_folds) if fold == number]
        if not own:
            return None
        network, fold = self.network.subset(own).eval(), self.folds[number]
        return replace(self, sizes=self.sizes.of(own), network=network, folds=(fold,), member_folds=(0,) * len(own))

    @property
    def name(self) -> str:
        """The key of its plan."""
        return self.plan.key

    @property
    def makers(self) -> tuple[Preparer, ...]:
        """How each fold turns cells into inputs."""
        return tuple(fold.preparer for fold in self.folds)

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned, over all members."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    @property
    def row_products(self) -> int:
        """Multiplications that a row takes, over all members."""
        return len(self.member_folds) * self.network.row_products

    @property
    def width(self) -> int:
        """Numbers that a row becomes, over all folds."""
        arrays = sum(math.prod(shape) for shape in self.sizes.arrays.values())
        return max(1, self.sizes.dense + len(self.sizes.cardinalities) + arrays) * len(self.folds)

    def predict_prepared(self, prepared: Sequence[Prepared], n_rows: int) -> np.ndarray:
        """Predictions of each member from the inputs of its fold; (member, n_rows, column), float64.

        Args:
            prepared: One entry a fold.
            n_rows: Rows of the longest; what comes out beyond the rows of a shorter one means nothing.
        """
        objective = objective_of(self.target.task, self.plan.loss)
        with torch.inference_mode():
            outputs = [
                objective.prediction(self.network(block)).double().numpy() for block in self.blocks(prepared, n_rows)
            ]
        predicted = np.concatenate(outputs, axis=1)[:, :n_rows]
        own = [self.folds[fold].scale.back(mine) for fold, mine in zip(self.member_folds, predicted, strict=True)]
        return np.stack(own)

    def blocks(self, prepared: Sequence[Prepared], n_rows: int) -> Iterator[dict[str, torch.Tensor]]:
        """Inputs of all members, block by block, padded to the network's width and to full blocks.

        Args:
            prepared: One entry a fold.
            n_rows: Rows of the longest.
        """
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
            arrays = {name: self._block(name, prepared, start, size) for name in self.sizes.arrays}
            yield {
                "dense": torch.from_numpy(dense[members]),
                "codes": torch.from_numpy(codes[members]),
                **{name: torch.from_numpy(array[members]) for name, array in arrays.items()},
            }

    def _block(self, name: str, prepared: Sequence[Prepared], start: int, size: int) -> np.ndarray:
        """Rows of an input of more axes; (fold, size, *shape)."""
        kind = prepared[0].arrays[name].dtype
        block = np.zeros((len(self.folds), size, *self.sizes.arrays[name]), dtype=kind)
        for fold, inputs in enumerate(prepared):
            own = filled_up(inputs.arrays[name][start : start + size], self.sizes.arrays[name])
            block[fold, : len(own)] = own
        return block
