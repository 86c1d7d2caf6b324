"""New rows: of a trained model, and of the simple ways that it has to beat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from netwright.base.errors import DataError
from netwright.base.plan import Preparation
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.evaluate.simple_makers import copula_rows, independent_rows
from netwright.models.making import Maker, kernel_width, surprise
from netwright.preparation.matrix import RowMatrix
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import Values, feature_values, joined
from netwright.training.baselines import TrainedBaseline, learned_rows
from netwright.training.fitted_baseline import BaselineFold, FittedBaseline
from netwright.training.mixture import Mixture
from netwright.training.model import FittedModel
from netwright.training.tensors import TRAIN_SAMPLE, sizes_of

#: What a network that makes rows is compared with.
SIMPLE: dict[str, Callable[[np.ndarray, int, np.random.Generator], np.ndarray]] = {
    "independent": independent_rows,
    "copula": copula_rows,
}
#: Made rows that real ones are compared with, and real ones at a time.
_COMPARED, _BLOCK = 800, 2_048
#: Rows that are made at a time.
_AT_ONCE = 20_000


def made_cells(model: Mixture, n_rows: int, seed: int) -> dict[str, Values]:
    """Cells of new rows, in even parts from all members.

    Args:
        model: Its part is one plan of a family that makes rows.
        n_rows: How many.
        seed: The same one gives the same rows.

    Returns:
        For each feature column.

    Raises:
        DataError: The model does not make rows.
    """
    part = model.parts[0]
    if len(model.parts) != 1 or not isinstance(part, FittedModel) or not isinstance(part.network, Maker):
        raise DataError("the model must be of a family that makes rows (--model gan or vae), got another one.")
    if any(maker.layout is None for maker in part.makers):
        raise DataError("the model must hold how its features turn back into cells, got one that does not.")
    blocks = [
        _block(part, part.network, min(_AT_ONCE, n_rows - start), derive_seed(seed, "made rows", start))
        for start in range(0, n_rows, _AT_ONCE)
    ]
    cells = blocks[0]
    for block in blocks[1:]:
        cells = {name: joined(own, block[name]) for name, own in cells.items()}
    return cells


def _block(part: FittedModel, network: Maker, n_rows: int, seed: int) -> dict[str, Values]:
    n_members = len(part.member_folds)
    random = [np.random.default_rng(derive_seed(seed, "member", member)) for member in range(n_members)]
    rows = network.rows(-(-n_rows // n_members), random)
    cells: dict[str, Values] = {}
    for fold, own, generator in zip(part.member_folds, rows, random, strict=True):
        made = part.folds[fold].preparer.back(own, generator)
        cells = {name: joined(cells[name], values) for name, values in made.items()} if cells else made
    n_made = n_members * rows.shape[1]
    order = np.random.default_rng(derive_seed(seed, "order")).permutation(n_made)[:n_rows]
    return {name: values.take(order) for name, values in cells.items()}


@dataclass(frozen=True)
class SimpleMaker:
    """Rows made in a simple way, and how unlikely real ones are among them.

    Args:
        kind: One of `SIMPLE`.
        made: Features of made rows; (n_made, feature).
        scale: What each feature counts in a distance; (feature,).
        width: Of the kernel by which rows are near to others.
    """

    kind: str
    made: np.ndarray
    scale: np.ndarray
    width: float

    is_class: ClassVar[bool] = False

    def __call__(self, dense: np.ndarray) -> np.ndarray:
        """How unlikely real rows are among made ones; float64, (n_rows,)."""
        made, width = torch.from_numpy(self.made * self.scale)[None], torch.tensor([self.width])
        parts = [
            surprise(torch.from_numpy(dense[at : at + _BLOCK] * self.scale)[None], made, width)[0]
            for at in range(0, len(dense), _BLOCK)
        ]
        return torch.cat(parts).double().numpy() if parts else np.zeros(0)

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned."""
        return int(self.made.size)

    @property
    def row_products(self) -> int:
        """Multiplications that a row takes, about."""
        return int(self.made.size)

    def arrays(self) -> dict[str, np.ndarray]:
        """What it learned."""
        return {"made": self.made}


def simple_makers(split: Split, seed: int) -> Iterator[TrainedBaseline]:
    """Columns drawn one by one and a Gaussian copula, on the folds of the networks.

    Args:
        split: Its development rows are read, its test rows are not.
        seed: The run's seed.
    """
    preparation, schema = Preparation(invertible=True), split.development.schema
    prepared = []
    for number, fold in enumerate(split.folds):
        own = feature_values(split.development.take(learned_rows(split, number, seed)))
        maker = Preparer.fit(schema, own, preparation)
        valid = maker.transform(feature_values(split.development.take(fold.valid))).dense
        prepared.append((maker, RowMatrix.fit(schema, own), own, valid))
    for name, make in SIMPLE.items():
        start, folds, outer, predicting = time.perf_counter(), [], [], 0.0
        for number, (maker, matrix, own, valid) in enumerate(prepared):
            random = np.random.default_rng(derive_seed(seed, "simple maker", name, number))
            rows = make(matrix.rows(own), _COMPARED, random)
            scale = _scale(maker)
            known = torch.from_numpy(maker.transform(own).dense[:TRAIN_SAMPLE] * scale)[None]
            width = float(kernel_width(known, torch.ones(known.shape[:2]))[0])
            fitted = SimpleMaker(name, maker.transform(matrix.cells(rows)).dense, scale, width)
            folds.append(BaselineFold(maker, fitted))  # type: ignore[arg-type]
            begun = time.perf_counter()
            outer.append(fitted(valid))
            predicting += time.perf_counter() - begun
        seconds, row_seconds = time.perf_counter() - start, predicting / max(1, sum(map(len, outer)))
        yield TrainedBaseline(tuple(outer), seconds, FittedBaseline(name, tuple(folds)), row_seconds)


def _scale(maker: Preparer) -> np.ndarray:
    return np.asarray(Maker(sizes_of([maker], [0], 2), [0]).scale[0].numpy())
