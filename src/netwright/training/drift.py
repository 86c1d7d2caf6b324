"""Do the test rows look like the rows that the networks learned from? Asked after everything is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.figures import figure, listing
from netwright.base.finding import Finding
from netwright.base.seeds import derive_seed
from netwright.base.table import Table
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.values import MISSING, Codes, Values, feature_values

#: Rows of either side that are looked at; more would not change the answer.
_MOST_ROWS = 2_000
#: With fewer on either side nothing can be told apart for sure.
_LEAST_ROWS = 30
_FOLDS = 3
_TREES, _LEAVES = 30, 8
#: From this AUC on, the sides differ enough to matter, provided that it is not chance.
_SHIFTED = 0.6
#: Standard errors by which the AUC must be above one half.
_SURE = 2.0
_NAMED = 3


@dataclass(frozen=True)
class Drift:
    """How well a classifier tells test rows from development rows.

    Args:
        auc: Out-of-fold; 0.5 is not at all, 1 is perfectly.
        error: Its standard error.
        columns: The columns in which the sides differ the most, each with the AUC that it alone reaches.
    """

    auc: float
    error: float
    columns: tuple[tuple[str, float], ...]

    @property
    def shifted(self) -> bool:
        """Whether the sides differ by more than chance, and by enough to matter."""
        return self.auc >= _SHIFTED and self.auc - _SURE * self.error > 0.5

    def to_json(self) -> dict[str, Any]:
        """As `metrics.json` holds it."""
        return {"auc": self.auc, "standard_error": self.error, "shifted": self.shifted, "columns": dict(self.columns)}

    def finding(self) -> Finding | None:
        """A warning where the sides differ."""
        if not self.shifted:
            return None
        named = listing([f"{name} {figure(auc, 2)}" for name, auc in self.columns])
        return Finding(
            code="shifted-test",
            where="split",
            severity="warning",
            message=f"test rows differ from train rows: a classifier tells them apart with AUC {figure(self.auc, 2)} "
            f"(0.5 is not at all), most by {named}",
            advice="the test score holds for rows like the test rows; where time or place moves on, expect more of it: "
            "--split time or group, or --drop the column that gives the side away",
            columns=tuple(name for name, _ in self.columns),
            evidence=self.to_json(),
        )


def find_drift(
    development: Table, test: Table, seed: int, units: tuple[np.ndarray, np.ndarray] | None = None
) -> Drift | None:
    """Adversarial validation: small boosted trees that are to tell the two sides apart, judged out of fold.

    Args:
        development: Rows that trained or validated.
        test: The opened test rows.
        seed: The run's seed.
        units: For either side a number for each row; rows that share one (of a group, say) stay in one fold, lest they
            be told apart by each other, and are no more evidence than one. None: every row by itself.

    Returns:
        None where there are too few rows, or no features.
    """
    if min(development.n_rows, test.n_rows) < _LEAST_ROWS or not development.schema.features:
        return None
    rng = np.random.default_rng(derive_seed(seed, "drift"))
    rows = [_sample(table.n_rows, rng) for table in (development, test)]
    sides = [feature_values(table.take(own)) for table, own in zip((development, test), rows, strict=True)]
    unit = _numbered(rows if units is None else [own[chosen] for own, chosen in zip(units, rows, strict=True)])
    # levels of both sides: those of one alone would tell its rows by having a code
    maker = PlainFeatures.fit(development.schema, _joined(*sides))
    parts = [maker.transform(side).dense for side in sides]
    x, categorical = np.concatenate(parts), maker.categorical
    y = np.repeat([0, 1], [len(features) for features in parts])
    auc = _auc(y, _told_apart(x, y, categorical, unit, rng))
    places = {name: slice(span.start, span.stop) for name, span in maker.spans().items()}
    alone = {name: _best_alone(x[:, own], y, categorical[own]) for name, own in places.items()}
    columns = sorted(alone.items(), key=lambda item: -item[1])[:_NAMED]
    side_of_unit = y[np.unique(unit, return_index=True)[1]]
    return Drift(auc, _standard_error(auc, side_of_unit), tuple((name, float(own)) for name, own in columns))


def _sample(n_rows: int, rng: np.random.Generator) -> np.ndarray:
    if n_rows <= _MOST_ROWS:
        return np.arange(n_rows)
    return np.sort(rng.choice(n_rows, _MOST_ROWS, replace=False))


def _joined(one: Mapping[str, Values], other: Mapping[str, Values]) -> dict[str, Values]:
    """The cells of both sides together, of columns of texts."""
    joined: dict[str, Values] = {}
    for name, cells in one.items():
        further = other[name]
        if isinstance(cells, Codes) and isinstance(further, Codes):
            levels = tuple(sorted({*cells.levels, *further.levels}))
            known = {level: code for code, level in enumerate(levels)}
            parts = [own.mapped(known, otherwise=MISSING) for own in (cells, further)]
            joined[name] = Codes(np.concatenate(parts), levels)
    return joined


def _numbered(units: Sequence[np.ndarray]) -> np.ndarray:
    """The units of both sides numbered through; (n_rows,)."""
    first, second = (np.unique(own, return_inverse=True)[1] for own in units)
    return np.concatenate([first, second + first.max() + 1])


def _told_apart(
    x: np.ndarray, y: np.ndarray, categorical: np.ndarray, unit: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Out-of-fold probability of being a test row; (n_rows,)."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    fold, chance = (rng.permutation(int(unit.max()) + 1) % _FOLDS)[unit], np.empty(len(y))
    with threadpool_limits(1):
        for number in range(_FOLDS):
            own = fold == number
            trees = HistGradientBoostingClassifier(
                max_iter=_TREES, max_leaf_nodes=_LEAVES, categorical_features=categorical, early_stopping=False
            ).fit(x[~own], y[~own])
            chance[own] = trees.predict_proba(x[own])[:, 1]
    return chance


def _auc(y: np.ndarray, score: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, score))


def _standard_error(auc: float, y: np.ndarray) -> float:
    """Of an AUC (Hanley and McNeil, Radiology 1982)."""
    n1, n0 = int(y.sum()), int(len(y) - y.sum())
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (n1 - 1) * (q1 - auc**2) + (n0 - 1) * (q2 - auc**2)
    return float(np.sqrt(max(variance, 0.0) / (n1 * n0)))


def _best_alone(x: np.ndarray, y: np.ndarray, categorical: np.ndarray) -> float:
    """The AUC of the best feature of a column by itself, either way; levels by their share of test rows."""
    best = 0.5
    for place in range(x.shape[1]):
        score = np.where(np.isnan(x[:, place]), -np.inf, x[:, place])
        values, codes = np.unique(score, return_inverse=True)
        if categorical[place]:
            share = np.bincount(codes, weights=y, minlength=len(values)) / np.bincount(codes)
            ranked = np.argsort(np.argsort(share))[codes].astype(np.float64)
        else:
            ranked = codes.astype(np.float64)
        auc = _auc(y, ranked)
        best = max(best, auc, 1 - auc)
    return best
