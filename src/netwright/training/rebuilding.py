"""What gives rows back without a network: the mean row, and principal components."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from netwright.base.plan import Preparation
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.models.cells import Cells
from netwright.preparation.prepared import Prepared
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import feature_values
from netwright.training.baselines import TrainedBaseline, learned_rows
from netwright.training.fitted_baseline import BaselineFold, FittedBaseline
from netwright.training.tensors import sizes_of

#: Categories are columns of 0 and 1 up to this many levels; beyond they are given back by their shares.
_ONEHOT_LIMIT = 300
#: Rows at a time.
_BLOCK = 8_192


@dataclass(frozen=True)
class Rebuilder:
    """Rows through a few directions and back; with no direction the mean row.

    Args:
        kind: `constant` or `pca`.
        cells: Holds rows against what is given back.
        mean: Of the weighed features; (feature,).
        directions: (direction, feature).
        weight: Of each feature: distances count as they do for the network; (feature,).
        coded: What is said of the codes of each coded column: logarithms of their shares.
    """

    kind: str
    cells: Cells
    mean: np.ndarray
    directions: np.ndarray
    weight: np.ndarray
    coded: tuple[torch.Tensor, ...]

    is_class: ClassVar[bool] = False

    def __call__(self, inputs: Prepared) -> np.ndarray:
        """How far off each row is; float64, (n_rows,)."""
        parts = [self._off(inputs, slice(at, at + _BLOCK)) for at in range(0, len(inputs.dense), _BLOCK)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _off(self, inputs: Prepared, rows: slice) -> np.ndarray:
        dense = np.asarray(inputs.dense[rows], dtype=np.float64)
        centred = dense * self.weight - self.mean
        back = (centred @ self.directions.T) @ self.directions + self.mean
        with np.errstate(divide="ignore", invalid="ignore"):
            back = np.where(self.weight > 0, back / self.weight, 0.0)
        x, said = (torch.from_numpy(own.astype(np.float32))[None] for own in (dense, back))
        codes = torch.from_numpy(inputs.codes[rows])[None]
        coded = [own[:, None].expand(-1, x.shape[1], -1) for own in self.coded]
        off = self.cells.costs(x, codes, self.cells.as_raw(said), coded)[0, :, 1]
        return off.double().numpy()

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned."""
        return self.mean.size + self.directions.size

    @property
    def row_products(self) -> int:
        """Multiplications that a row takes, about."""
        return 1 + 2 * self.directions.size

    def arrays(self) -> dict[str, np.ndarray]:
        """What it learned."""
        return {"mean": self.mean, "directions": self.directions}


class RebuiltBaseline(FittedBaseline):
    """A baseline that reads coded columns too, and says of each row how far off it is."""

    def predict(self, table: Table) -> np.ndarray:
        """How far off each row is, in the mean over folds; (n_rows,)."""
        if table.in_files:
            return np.concatenate([self.predict(block) for block in table.blocks()])
        values = feature_values(table)
        return np.asarray(np.mean([fold.fitted(fold.maker.transform(values)) for fold in self.folds], axis=0))

    def predict_prepared(self, prepared: Sequence[Prepared], n_rows: int) -> np.ndarray:
        """The same of each fold; (fold, n_rows, 1)."""
        said = np.zeros((len(self.folds), n_rows, 1))
        for number, (fold, inputs) in enumerate(zip(self.folds, prepared, strict=True)):
            own = fold.fitted(inputs)
            said[number, : len(own), 0] = own
        return said


def rebuilders(split: Split, scale: str, outliers: str, code: int, seed: int) -> Iterator[TrainedBaseline]:
    """The mean row, and principal components, on the folds of the networks.

    Args:
        split: Its development rows are read, its test rows are not.
        scale: Of numbers, as the networks read them: errors are only comparable on one scale.
        outliers: As the networks treat them.
        code: Directions: the width of the networks' middle.
        seed: The run's seed.
    """
    preparation = Preparation(scale=scale, onehot_limit=_ONEHOT_LIMIT, outliers=outliers, flat=True)
    schema, made = split.development.schema, []
    for number, fold in enumerate(split.folds):
        own = feature_values(split.development.take(learned_rows(split, number, seed)))
        maker = Preparer.fit(schema, own, preparation)
        outer_cells = feature_values(split.development.take(fold.valid))
        made.append((maker, maker.transform(own), maker.transform(outer_cells)))
    for name, width in (("constant", 0), ("pca", code)):
        start = time.perf_counter()
        folds, outer, predicting = [], [], 0.0
        for maker, learned, valid in made:
            fitted = fit_rebuilder(name, maker, learned, width)
            folds.append(BaselineFold(maker, fitted))
            fitted_at = time.perf_counter()
            outer.append(fitted(valid))
            predicting += time.perf_counter() - fitted_at
        seconds = time.perf_counter() - start
        row_seconds = predicting / max(1, sum(map(len, outer)))
        yield TrainedBaseline(tuple(outer), seconds, RebuiltBaseline(name, tuple(folds)), row_seconds)


def fit_rebuilder(kind: str, maker: Preparer, inputs: Prepared, width: int) -> Rebuilder:
    """Learn from train rows.

    Args:
        kind: `constant` or `pca`.
        maker: Fitted on them.
        inputs: As it made them.
        width: Directions.
    """
    cells = Cells(sizes_of([maker], [0], 2))
    dense, codes = torch.from_numpy(inputs.dense)[None], torch.from_numpy(inputs.codes)[None]
    raw, coded = cells.fit(dense, codes, torch.ones(dense.shape[:2]))
    weight = cells.feature_weights()[0].double().numpy()
    if not width:
        shares, _ = cells.as_inputs(raw[:, None], [])
        mean = shares[0, 0].double().numpy() * weight
        return Rebuilder(kind, cells, mean, np.zeros((0, len(weight))), weight, tuple(coded))
    weighed = inputs.dense.astype(np.float64) * weight
    mean = weighed.mean(axis=0)
    centred = weighed - mean
    _, vectors = np.linalg.eigh(centred.T @ centred)
    directions = vectors[:, ::-1][:, :width].T
    return Rebuilder(kind, cells, mean, np.ascontiguousarray(directions), weight, tuple(coded))


def forest_scores(table: Table, seed: int) -> np.ndarray:
    """How odd an isolation forest finds each row (Liu, Ting and Zhou, ICDM 2008); (n_rows,).

    Args:
        table: The rows, from which it learns as well.
        seed: The run's seed.
    """
    from sklearn.ensemble import IsolationForest

    values = feature_values(table)
    maker = Preparer.fit(table.schema, values, Preparation(onehot_limit=_ONEHOT_LIMIT, flat=True))
    inputs = maker.transform(values)
    x = np.concatenate([inputs.dense, inputs.codes.astype(np.float32)], axis=1)
    forest = IsolationForest(random_state=derive_seed(seed, "isolation forest") % 2**31).fit(x)
    return np.asarray(-forest.score_samples(x))


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Spearman's; None where one of them is the same everywhere.

    Example:
        >>> rank_correlation(np.array([1.0, 2.0, 9.0]), np.array([0.1, 0.5, 0.6]))
        1.0
    """
    from scipy.stats import rankdata

    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return round(float(np.corrcoef(rankdata(one), rankdata(other))[0, 1]), 4)
