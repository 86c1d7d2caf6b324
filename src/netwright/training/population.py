"""A bucket: members of one shape, trained as one program over stacked parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from netwright.base.plan import Member, Plan
from netwright.base.seeds import derive_seed
from netwright.models.family import Inputs, Network, Sizes, build_network
from netwright.models.noise import Noise
from netwright.preparation.batches import Batch, BatchOrder, Cutting
from netwright.preparation.folds import PreparedFold
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import Target

#: Rows that pass through a network at once where no gradient is needed.
_CHUNK_ROWS = 8_192
#: Train rows of a fold on which the train loss is measured; a fixed sample of them beyond that.
_TRAIN_SAMPLE = 4_000


@dataclass(frozen=True)
class FoldTensors:
    """All folds of one preparation side by side, narrower ones padded with zeros.

    Args:
        dense: Float features.
        codes: Codes for embeddings.
        target: Scaled values or class numbers.
    """

    dense: Float[Tensor, "fold row feature"]
    codes: Int[Tensor, "fold row column"]
    target: Float[Tensor, "fold row"]

    @classmethod
    def stacked(cls, folds: Sequence[PreparedFold], device: torch.device) -> FoldTensors:
        """Prepared folds as tensors on a device."""
        width = max(fold.inputs.dense.shape[1] for fold in folds)
        coded = max(fold.inputs.codes.shape[1] for fold in folds)
        n_rows = len(folds[0].target)
        dense = torch.zeros(len(folds), n_rows, width)
        codes = torch.zeros(len(folds), n_rows, coded, dtype=torch.int64)
        for index, fold in enumerate(folds):
            dense[index, :, : fold.inputs.dense.shape[1]] = torch.from_numpy(fold.inputs.dense)
            codes[index, :, : fold.inputs.codes.shape[1]] = torch.from_numpy(fold.inputs.codes)
        target = torch.from_numpy(np.stack([fold.target for fold in folds])).float()
        return cls(dense.to(device), codes.to(device), target.to(device))


@dataclass(frozen=True)
class RowSet:
    """Rows of each member at which it is evaluated, padded to one length.

    Args:
        rows: Positions.
        weight: 1 for a row, 0 for padding.
        counts: Rows of each member without padding.
    """

    rows: Int[Tensor, "member row"]
    weight: Float[Tensor, "member row"]
    counts: tuple[int, ...]

    @classmethod
    def padded(cls, rows: Sequence[np.ndarray], device: torch.device) -> RowSet:
        """Unequal lists of rows side by side."""
        counts = tuple(len(own) for own in rows)
        positions = np.zeros((len(rows), max(counts)), dtype=np.int64)
        weight = np.zeros((len(rows), max(counts)), dtype=np.float32)
        for member, own in enumerate(rows):
            positions[member, : len(own)], weight[member, : len(own)] = own, 1
        return cls(torch.from_numpy(positions).to(device), torch.from_numpy(weight).to(device), counts)


class Bucket:
    """The members of one plan with their data, network and random numbers.

    Args:
        members: Folds and seeds of one plan.
        folds: The plan's preparation, fitted fold by fold.
        target: What is predicted.
        seed: The run's seed.
        device: Where everything lives.
    """

    def __init__(
        self,
        members: Sequence[Member],
        folds: Sequence[PreparedFold],
        target: Target,
        seed: int,
        device: torch.device,
    ) -> None:
        self.plan: Plan = members[0].plan
        self.members = tuple(members)
        self.folds = folds
        self.device = device
        self.data = FoldTensors.stacked(folds, device)
        self._fold = torch.tensor([member.fold for member in members], device=device)
        keys = [derive_seed(seed, self.plan.key, member.fold, member.seed) for member in members]
        self.sizes = network_sizes(folds, [member.fold for member in members], target.outputs)
        self.network: Network = build_network(self.plan.family, self.plan.config, self.sizes, keys).to(device)
        cutting = Cutting.of(self.plan.batch_size, [len(fold.train) for fold in folds])
        self.noise = Noise(keys, cutting.widest, self.network.noise_units, device)
        train_rows = [folds[member.fold].train for member in members]
        self.order = BatchOrder(train_rows, keys, cutting)
        self.valid = RowSet.padded([folds[member.fold].valid for member in members], device)
        self.train_sample = RowSet.padded([_sample(rows, seed) for rows in train_rows], device)
        self.network.start_from(self.inputs(self.train_sample.rows), self.train_sample.weight, keys)

    @property
    def step_flops(self) -> float:
        """Floating-point operations of a training step: two a weight and row forward, four backward."""
        parameters = sum(row.parameters for row in self.network.layers())
        return 6.0 * parameters * len(self.members) * self.order.widest

    def inputs(self, rows: Int[Tensor, "member batch"]) -> Inputs:
        """Each member's own inputs at its own rows."""
        flat = (rows + self._fold[:, None] * self.data.dense.shape[1]).flatten()
        shape = (len(self.members), rows.shape[1], -1)
        inputs = {"dense": self.data.dense.flatten(0, 1).index_select(0, flat).view(shape)}
        if self.data.codes.shape[2]:
            inputs["codes"] = self.data.codes.flatten(0, 1).index_select(0, flat).view(shape)
        return inputs

    def targets(self, rows: Int[Tensor, "member batch"]) -> Float[Tensor, "member batch"]:
        """Each member's own (scaled) target at its own rows."""
        flat = (rows + self._fold[:, None] * self.data.target.shape[1]).flatten()
        return self.data.target.flatten().index_select(0, flat).view(rows.shape)

    def batches(self, epoch: int, dropout: float = 1.0) -> Iterator[Batch]:
        """The mini-batches of an epoch, with the dropout stream at its start and this share of the rate."""
        self.noise.start_epoch(epoch, dropout)
        return self.order.epoch(epoch, self.device)

    def evaluate(self, rows: RowSet) -> Float[Tensor, "member row output"]:
        """Raw outputs at these rows, without dropout or gradient."""
        self.network.eval()
        with torch.inference_mode():
            chunks = [
                self.network(self.inputs(rows.rows[:, start : start + _CHUNK_ROWS]))
                for start in range(0, rows.rows.shape[1], _CHUNK_ROWS)
            ]
        self.network.train()
        return torch.cat(chunks, dim=1)


def network_sizes(folds: Sequence[PreparedFold], member_folds: Sequence[int], outputs: int) -> Sizes:
    """What a network must fit: the widest of all folds, whichever of them have members here.

    Args:
        folds: All folds of the split.
        member_folds: The fold of each member.
        outputs: Numbers a row that the network gives.
    """
    widths = [len(fold.preparer.feature_names) for fold in folds]
    cardinalities = [fold.preparer.cardinalities for fold in folds]
    widest = tuple(max(place) for place in zip_longest(*cardinalities, fillvalue=1))
    continuous = continuous_positions([fold.preparer for fold in folds])
    own = tuple(continuous[fold] for fold in member_folds)
    return Sizes(max(widths), widest, outputs, tuple(widths[fold] for fold in member_folds), own)


def continuous_positions(preparers: Sequence[Preparer]) -> list[tuple[int, ...]]:
    """For each fold where the numbers on a scale stand; -1 fills up where a fold has fewer (a date lost a part)."""
    positions = [preparer.continuous for preparer in preparers]
    most = max(map(len, positions))
    return [own + (-1,) * (most - len(own)) for own in positions]


def _sample(rows: np.ndarray, seed: int) -> np.ndarray:
    """The train rows, or a fixed sample of them where they are many."""
    if len(rows) <= _TRAIN_SAMPLE:
        return rows
    chosen = np.random.default_rng(derive_seed(seed, "train sample")).choice(len(rows), _TRAIN_SAMPLE, replace=False)
    return np.asarray(rows[np.sort(chosen)])
