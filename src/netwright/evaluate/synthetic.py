"""How good made rows are: each column, pairs of columns, told from real ones or not, useful, and no copies.

Rows are a matrix here: numbers as they are, levels as codes from frequent to rare, NaN where a cell is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from netwright.base.plan import Task
from netwright.base.seeds import derive_seed
from netwright.evaluate.baselines import BaselineTask, fit_baseline
from netwright.evaluate.metrics import choose_metric

#: Parts of the cross-validation of the classifier that tells real rows from made ones.
_PARTS = 3
#: Rows that are told apart, and of which the nearest are looked for, at most.
_MOST_TOLD, _MOST_NEAR, _MOST_BESIDE = 5_000, 2_000, 10_000
#: Codes that trees can hold; rarer levels are taken together.
_MOST_CODES = 250
#: A real row that was held out is this rarely as near to a train row.
_NEAR_SHARE = 0.05
#: Standard errors by which copies must exceed those of chance to be a finding.
_BEYOND_CHANCE = 3.0
#: Standard errors by which a score must exceed that of the constant to tell anything.
_BEYOND_NOISE = 2.0
#: Distances that differ by less are equal.
_SAME = 1e-12
#: By measure whether more is better.
MEASURES = {"marginals": False, "associations": False, "detection": False, "usefulness": True}


@dataclass(frozen=True)
class Kinds:
    """What the columns of a matrix of rows are.

    Args:
        names: Of the columns.
        categorical: Which are codes of levels; (column,).
        target: The column that is predicted from the others to see whether made rows are useful.
        n_classes: Levels of that column; 0 where it is a number.
    """

    names: tuple[str, ...]
    categorical: np.ndarray
    target: int
    n_classes: int

    @property
    def task(self) -> Task:
        """What predicting the target is."""
        return "regression" if not self.n_classes else "binary" if self.n_classes == 2 else "multiclass"


@dataclass(frozen=True)
class Judgement:
    """What made rows are worth.

    Args:
        marginals: Mean over columns of the distance between real and made cells, 0 to 1: Kolmogorov-Smirnov for
            numbers, total variation for levels, missing cells included.
        by_column: The same of each column.
        associations: Mean over pairs of columns of how far their association differs, 0 to 1.
        detection: Area under the ROC of boosted trees that tell made rows from held-out real ones; 0.5 is chance.
        usefulness: Score on held-out real rows of boosted trees that learned on made rows ...
        on_real: ... and of those that learned on as many real ones.
        constant: ... and of always saying what is usual in the real rows that were learned from.
        tells: Whether trees that learned on real rows are better than that by more than chance; else made ones cannot
            be shown to be useful, and nothing follows from the three figures.
        score: What all are: `roc_auc`, `accuracy` or `r2`.
        nearest: Median distance of a made row to its nearest train row ...
        nearest_held_out: ... and of a held-out real row.
        near_share: Share of made rows that are nearer to a train row than 95 % of held-out real ones; 0.05 is usual.
        copies: Share of made rows that equal a train row in every cell ...
        copies_by_chance: ... and of train rows that equal another one: so many of new real rows would.
        n_made: How many rows were judged.
        n_held_out: How many real ones were held out.
    """

    marginals: float
    by_column: dict[str, float]
    associations: float
    detection: float
    usefulness: float
    on_real: float
    constant: float
    tells: bool
    score: str
    nearest: float
    nearest_held_out: float
    near_share: float
    copies: float
    copies_by_chance: float
    n_made: int
    n_held_out: int

    @property
    def copies_beyond_chance(self) -> bool:
        """Whether more made rows are copies than chance brings about, by what it does among train rows."""
        chance, n_made = self.copies_by_chance, max(1, self.n_made)
        error = np.sqrt(chance * (1 - chance) * 2 / n_made)
        return bool(self.copies - chance > _BEYOND_CHANCE * max(error, 1 / n_made))

    def to_json(self) -> dict[str, Any]:
        """All figures."""
        return dict(vars(self))


def judge_rows(train: np.ndarray, held_out: np.ndarray, made: np.ndarray, kinds: Kinds, seed: int) -> Judgement:
    """Judge made rows by real ones.

    Args:
        train: Rows that the maker learned on; (n_train, column).
        held_out: Real rows that it did not; (n_held_out, column).
        made: (n_made, column).
        kinds: What the columns are.
        seed: The run's seed.
    """
    by_column = {
        name: _distance(held_out[:, k], made[:, k], categorical=bool(kinds.categorical[k]))
        for k, name in enumerate(kinds.names)
    }
    score, on_real = usefulness(train, held_out, kinds, seed)
    constant, error = _constant(train[:, kinds.target], held_out[:, kinds.target], kinds)
    near = nearest(made[:_MOST_NEAR], train[:_MOST_BESIDE], train, kinds.categorical)
    near_real = nearest(held_out[:_MOST_NEAR], train[:_MOST_BESIDE], train, kinds.categorical)
    usual = float(np.quantile(near_real, _NEAR_SHARE))
    known = _row_keys(train)
    return Judgement(
        marginals=float(np.mean(list(by_column.values()))),
        by_column=by_column,
        associations=_apart(associations(held_out, kinds.categorical), associations(made, kinds.categorical)),
        detection=detection(held_out, made, kinds.categorical, seed),
        usefulness=usefulness(made, held_out, kinds, seed)[1],
        on_real=on_real,
        constant=constant,
        tells=bool(on_real > constant + _BEYOND_NOISE * error),  # NaN is not
        score=score,
        nearest=float(np.median(near)),
        nearest_held_out=float(np.median(near_real)),
        near_share=float((near < usual - _SAME).mean()),
        copies=_share_in(made, known),
        copies_by_chance=_share_of_twins(train),
        n_made=len(made),
        n_held_out=len(held_out),
    )


def _distance(real: np.ndarray, made: np.ndarray, *, categorical: bool) -> float:
    """Between two columns, 0 to 1: total variation of levels, Kolmogorov-Smirnov of numbers, of both with missing."""
    if categorical:
        real, made = np.nan_to_num(real, nan=-1), np.nan_to_num(made, nan=-1)
        values = np.unique(np.concatenate([real, made]))
        shares = [np.bincount(np.searchsorted(values, own), minlength=len(values)) / len(own) for own in (real, made)]
        return float(np.abs(shares[0] - shares[1]).sum() / 2)
    both = np.sort(np.concatenate([real[~np.isnan(real)], made[~np.isnan(made)]]))
    below = [np.searchsorted(np.sort(own), both, side="right") / len(own) for own in (real, made)]
    gap = float(np.abs(below[0] - below[1]).max()) if len(both) else 0.0
    return max(gap, abs(float(np.isnan(real).mean() - np.isnan(made).mean())))


def associations(rows: np.ndarray, categorical: np.ndarray) -> np.ndarray:
    """How pairs of columns go together, 0 to 1 without sign but for two numbers; NaN where one does not vary.

    Rank correlation of two numbers, the root of the share of variance of ranks that levels explain, Cramer's V of
    levels.

    Args:
        rows: (n_rows, column).
        categorical: Which columns are levels; (column,).

    Returns:
        Symmetric; (column, column).
    """
    n_columns = rows.shape[1]
    found = np.full((n_columns, n_columns), np.nan)
    for i in range(n_columns):
        for k in range(i):
            known = ~np.isnan(rows[:, i]) & ~np.isnan(rows[:, k])
            x, y = rows[known, i], rows[known, k]
            if known.sum() < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
                continue
            if categorical[i] and categorical[k]:
                own = _cramer(x, y)
            elif categorical[i] or categorical[k]:
                own = _explained(x, y) if categorical[i] else _explained(y, x)
            else:
                own = float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])
            found[i, k] = found[k, i] = own
    return found


def _explained(levels: np.ndarray, numbers: np.ndarray) -> float:
    rank = rankdata(numbers)
    _, code = np.unique(levels, return_inverse=True)
    counts = np.bincount(code)
    means = np.bincount(code, rank) / counts
    between = float((counts * (means - rank.mean()) ** 2).sum())
    return float(np.sqrt(between / ((rank - rank.mean()) ** 2).sum()))


def _cramer(x: np.ndarray, y: np.ndarray) -> float:
    _, a = np.unique(x, return_inverse=True)
    _, b = np.unique(y, return_inverse=True)
    shape = a.max() + 1, b.max() + 1
    table = np.bincount(a * shape[1] + b, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(np.sqrt(((table - expected) ** 2 / expected).sum() / table.sum() / (min(shape) - 1)))


def _apart(real: np.ndarray, made: np.ndarray) -> float:
    """Mean difference over pairs that are defined for real rows; what made rows lack counts as none."""
    pairs = np.tril(~np.isnan(real), -1)
    return float(np.abs(real[pairs] - np.nan_to_num(made[pairs])).mean()) if pairs.any() else 0.0


def detection(real: np.ndarray, made: np.ndarray, categorical: np.ndarray, seed: int) -> float:
    """Area under the ROC, cross-validated, of boosted trees that tell made rows from real ones.

    Args:
        real: Held-out rows; (n_real, column).
        made: As many are taken of both; (n_made, column).
        categorical: Which columns are levels.
        seed: The run's seed.
    """
    n_rows = min(len(real), len(made), _MOST_TOLD)
    x = _for_trees(np.concatenate([real[:n_rows], made[:n_rows]]), categorical)
    y = np.repeat([0.0, 1.0], n_rows)
    part = np.tile(np.random.default_rng(derive_seed(seed, "told apart")).permutation(n_rows) % _PARTS, 2)
    chance = np.zeros(2 * n_rows)
    for number in range(_PARTS):
        trees = fit_baseline(
            "trees", BaselineTask("binary", 2, seed), x[part != number], y[part != number], categorical
        )
        chance[part == number] = trees(x[part == number])[:, 1]
    return float(choose_metric("roc_auc", "binary").score(y, np.stack([1 - chance, chance], axis=1)))


def usefulness(learned_on: np.ndarray, held_out: np.ndarray, kinds: Kinds, seed: int) -> tuple[str, float]:
    """What boosted trees are worth on real rows, by the rows they learned on.

    Args:
        learned_on: Rows to learn on; (n_rows, column).
        held_out: Real rows; (n_held_out, column).
        kinds: Say what is predicted.
        seed: The run's seed.

    Returns:
        The name of the score and the score.
    """
    others = np.arange(len(kinds.names)) != kinds.target
    categorical = kinds.categorical[others]
    truths = [rows[:, kinds.target] for rows in (learned_on, held_out)]
    known = [~np.isnan(truth) for truth in truths]
    x, beside = (
        _for_trees(rows[own][:, others], categorical) for rows, own in zip((learned_on, held_out), known, strict=True)
    )
    y, truth = (truth[own] for truth, own in zip(truths, known, strict=True))
    name = {"regression": "r2", "binary": "roc_auc", "multiclass": "accuracy"}[kinds.task]
    if not len(y) or not len(truth):
        return name, float("nan")
    trees = fit_baseline("trees", BaselineTask(kinds.task, kinds.n_classes, seed), x, y, categorical)
    predicted = trees(beside)
    return name, float(
        choose_metric(name, kinds.task).score(
            truth, predicted[:, 0] if predicted.ndim > 1 and not kinds.n_classes else predicted
        )
    )


def _constant(train: np.ndarray, truth: np.ndarray, kinds: Kinds) -> tuple[float, float]:
    """The score of always saying the mean or the most frequent class of train rows, and about its standard error."""
    train, truth = train[~np.isnan(train)], truth[~np.isnan(truth)]
    if kinds.task == "regression" or not len(train) or not len(truth):
        return 0.0, 0.0  # who fits noise is below 0
    if kinds.task == "binary":
        ones = float((truth == 1).sum())
        return 0.5, float(np.sqrt((len(truth) + 1) / (12 * max(1.0, ones) * max(1.0, len(truth) - ones))))
    right = float((truth == np.bincount(train.astype(np.int64)).argmax()).mean())
    return right, float(np.sqrt(right * (1 - right) / len(truth)))


def _for_trees(rows: np.ndarray, categorical: np.ndarray) -> np.ndarray:
    """Rare levels are taken together."""
    return np.where(categorical, np.minimum(rows, _MOST_CODES), rows)


def nearest(rows: np.ndarray, beside: np.ndarray, scale: np.ndarray, categorical: np.ndarray) -> np.ndarray:
    """The distance of each row to its nearest: the mean over columns of 1 for other levels, and of rank differences.

    Args:
        rows: (n_rows, column).
        beside: Among these; (n_beside, column).
        scale: Rows by which numbers become ranks between 0 and 1; (n_scale, column).
        categorical: Which columns are levels.

    Returns:
        Between 0 and 1; (n_rows,).
    """
    distance = np.zeros((len(rows), len(beside)), dtype=np.float32)
    for k in range(rows.shape[1]):
        a, b = rows[:, k], beside[:, k]
        lost = np.isnan(a)[:, None] != np.isnan(b)[None]
        if categorical[k]:
            a, b = np.nan_to_num(a, nan=-1), np.nan_to_num(b, nan=-1)
            own = (a[:, None] != b[None]).astype(np.float32)
        else:
            known = np.sort(scale[~np.isnan(scale[:, k]), k])
            a, b = (np.nan_to_num(_place(known, values)).astype(np.float32) for values in (a, b))
            own = np.abs(a[:, None] - b[None])
        distance += np.where(lost, np.float32(1), own)
    return np.asarray(distance.min(axis=1) / rows.shape[1])


def _place(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of known numbers below each, equal ones counting half; NaN stays."""
    low, high = (np.searchsorted(known, values, side=side) for side in ("left", "right"))
    return np.where(np.isnan(values), np.nan, (low + high) / 2 / max(1, len(known)))


def _row_keys(rows: np.ndarray) -> set[bytes]:
    return {row.tobytes() for row in np.ascontiguousarray(np.nan_to_num(rows, nan=np.inf) + 0.0)}


def _share_of_twins(rows: np.ndarray) -> float:
    _, counts = np.unique(np.nan_to_num(rows, nan=np.inf), axis=0, return_counts=True)
    return float(counts[counts > 1].sum() / max(1, len(rows)))


def _share_in(rows: np.ndarray, known: set[bytes]) -> float:
    keys = (row.tobytes() for row in np.ascontiguousarray(np.nan_to_num(rows, nan=np.inf) + 0.0))
    return float(np.mean([key in known for key in keys])) if len(rows) else 0.0
