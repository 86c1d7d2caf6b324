"""Prepared folds as tensors, and the rows at which members are evaluated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from netwright.base.seeds import derive_seed
from netwright.models.family import Place, Sizes
from netwright.preparation.folds import PreparedFold
from netwright.preparation.prepared import filled_up
from netwright.preparation.prepared import widest as widest_shape
from netwright.preparation.preparer import Preparer

#: Train rows of a fold on which the train loss is measured; a fixed sample of them beyond that.
TRAIN_SAMPLE = 2_000


@dataclass(frozen=True)
class FoldTensors:
    """All folds of one preparation side by side, narrower ones padded with zeros.

    Args:
        dense: Float features.
        codes: Codes for embeddings.
        target: Scaled values or class numbers, of a series one a step; where a teacher had a say, of two classes the
            share of the second, of more the share of each.
        weight: What each row counts in training; None where all count alike.
        arrays: Inputs of more axes by name; (fold, row, ...).
    """

    dense: Float[Tensor, "fold row feature"]
    codes: Int[Tensor, "fold row column"]
    target: Float[Tensor, "fold row *class"]
    weight: Float[Tensor, "fold row"] | None = None
    arrays: Mapping[str, Tensor] = field(default_factory=dict)

    @classmethod
    def stacked(cls, folds: Sequence[PreparedFold], device: torch.device) -> FoldTensors:
        """Prepared folds as tensors on a device; those of a large table as they lie in their files."""
        stack = folds[0].stack
        target = torch.from_numpy(np.stack([_learned(fold).astype(np.float32) for fold in folds]))
        weights = [fold.class_weights[fold.target.astype(int)] for fold in folds if fold.class_weights is not None]
        weight = torch.from_numpy(np.stack(weights)).float().to(device) if weights else None
        if stack is not None:
            dense, codes = torch.from_numpy(np.asarray(stack.dense)), torch.from_numpy(np.asarray(stack.codes))
            return cls(dense.to(device), codes.to(device), target.to(device), weight)
        width = max(fold.inputs.dense.shape[1] for fold in folds)
        coded = max(fold.inputs.codes.shape[1] for fold in folds)
        n_rows = len(folds[0].target)
        dense = torch.zeros(len(folds), n_rows, width)
        codes = torch.zeros(len(folds), n_rows, coded, dtype=torch.int64)
        for index, fold in enumerate(folds):
            dense[index, :, : fold.inputs.dense.shape[1]] = torch.from_numpy(fold.inputs.dense)
            codes[index, :, : fold.inputs.codes.shape[1]] = torch.from_numpy(fold.inputs.codes)
        arrays = {
            name: torch.from_numpy(np.stack([filled_up(fold.inputs.arrays[name], shape) for fold in folds])).to(device)
            for name, shape in array_shapes([fold.preparer for fold in folds]).items()
        }
        return cls(dense.to(device), codes.to(device), target.to(device), weight, arrays)


def _learned(fold: PreparedFold) -> np.ndarray:
    """What the rows of a fold are taught; (n_rows,), or a number for each step, or for each of many classes."""
    if fold.soft is None:
        return fold.target
    return fold.soft[:, 1] if fold.soft.shape[1] == 2 else fold.soft


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

    def of(self, members: Sequence[int]) -> RowSet:
        """The rows of some members, at the same length."""
        chosen = torch.tensor(list(members), device=self.rows.device)
        return RowSet(self.rows[chosen], self.weight[chosen], tuple(self.counts[member] for member in members))


def network_sizes(folds: Sequence[PreparedFold], member_folds: Sequence[int], outputs: int) -> Sizes:
    """What a network must fit: the widest of all folds, whichever of them have members here.

    Args:
        folds: All folds of the split.
        member_folds: The fold of each member.
        outputs: Numbers a row that the network gives.
    """
    return sizes_of([fold.preparer for fold in folds], member_folds, outputs)


def sizes_of(preparers: Sequence[Preparer], member_folds: Sequence[int], outputs: int) -> Sizes:
    """The same from the preparation alone.

    Args:
        preparers: Of all folds.
        member_folds: The fold of each member.
        outputs: Numbers a row that the network gives.
    """
    widths = [preparer.width for preparer in preparers]
    widest = tuple(max(place) for place in zip_longest(*(own.cardinalities for own in preparers), fillvalue=1))
    continuous = continuous_positions(preparers)
    own = tuple(continuous[fold] for fold in member_folds)
    others = other_features(preparers)
    fan_in = tuple(widths[fold] for fold in member_folds)
    found = [(places_of(preparer), preparer.layout) for preparer in preparers]
    places = tuple(found[fold][0] for fold in member_folds)
    layouts = tuple(layout for layout in (found[fold][1] for fold in member_folds) if layout is not None)
    layouts = layouts if len(layouts) == len(member_folds) else ()
    return Sizes(max(widths), widest, outputs, fan_in, own, others, array_shapes(preparers), places, layouts)


def places_of(preparer: Preparer) -> tuple[Place, ...]:
    """Where each column stands among the inputs of a fold, and what its features are."""
    places, dense, codes = [], 0, 0
    for name, meanings, states in preparer.meanings():
        at = {what: [] for what in ("number", "sign", "level", "missing")}  # type: dict[str, list[int]]
        for position, what in enumerate(meanings, start=dense):
            at[what].append(position)
        places.append(
            Place(
                column=name,
                numbers=tuple(at["number"]),
                signs=tuple(at["sign"]),
                levels=tuple(at["level"]),
                missing=at["missing"][0] if at["missing"] else -1,
                code=codes if states else -1,
                states=states,
            )
        )
        dense += len(meanings)
        codes += bool(states)
    return tuple(places)


def array_shapes(preparers: Sequence[Preparer]) -> dict[str, tuple[int, ...]]:
    """Shape of each input of more axes, by name: the widest of any fold.

    Args:
        preparers: Of all folds.
    """
    own = [preparer.arrays for preparer in preparers]
    return {name: widest_shape([shapes[name] for shapes in own]) for name in own[0]}


def continuous_positions(preparers: Sequence[Preparer]) -> list[tuple[int, ...]]:
    """For each fold where the numbers on a scale stand; -1 fills up where a fold has fewer (a date lost a part)."""
    positions = [preparer.continuous for preparer in preparers]
    most = max(map(len, positions))
    return [own + (-1,) * (most - len(own)) for own in positions]


def other_features(preparers: Sequence[Preparer]) -> int:
    """The most dense features of any fold that are no numbers on a scale."""
    return max(preparer.width - len(preparer.continuous) for preparer in preparers)


def train_sample(rows: np.ndarray, seed: int) -> np.ndarray:
    """The train rows, or a fixed sample of them where they are many.

    Args:
        rows: Positions of the train rows of a fold.
        seed: The run's seed.
    """
    if len(rows) <= TRAIN_SAMPLE:
        return rows
    chosen = np.random.default_rng(derive_seed(seed, "train sample")).choice(len(rows), TRAIN_SAMPLE, replace=False)
    return np.asarray(rows[np.sort(chosen)])
