"""Which choices of a plan mattered: how much worse a forest predicts the error of a plan when one of them is shuffled.

The importance of hyper-parameters is that of functional ANOVA in spirit (Hutter, Hoos and Leyton-Brown, ICML 2014),
told by permutation on plans that the forest was not fitted to. It is silent where it could not tell those better from
worse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.tune.proposals import Trial
from netwright.tune.space import Range, Space, values_of

#: Trials without which nothing can be told, parts that the forest is judged on, its trees, and shuffles.
_FEWEST, _PARTS, _TREES, _SHUFFLES = 12, 4, 60, 5
#: The squared error of the forest over that of the mean above which nothing is foretold.
_FORETOLD = 0.85
#: Choices that carry less than this share of the whole are not told.
_LEAST = 0.01


def choice_importance(trials: Sequence[Trial], spaces: Mapping[str, Space], seed: int) -> dict[str, float]:
    """For each choice its share of what can be foretold of a plan's error, the most important first.

    Args:
        trials: What was tried.
        spaces: What was searched, by family; trials of other families are left out.
        seed: The run's seed.

    Returns:
        Shares that sum to 1, less those too small to tell; empty where trials are too few or nothing can be foretold.
    """
    own = [one for one in trials if one.plan.family in spaces and np.isfinite(one.error)]
    if len(own) < _FEWEST:
        return {}
    names, x = _table(own, spaces)
    rises = _rises(x, _ranks([one.error for one in own]), seed)
    whole = rises.sum()
    if not whole > 0:
        return {}
    shares = {name: float(rise / whole) for name, rise in zip(names, rises, strict=True) if rise / whole >= _LEAST}
    return dict(sorted(shares.items(), key=lambda pair: -pair[1]))


def _table(trials: Sequence[Trial], spaces: Mapping[str, Space]) -> tuple[list[str], np.ndarray]:
    """A row a trial: the family, and where in its range each choice lies (-1 where a family does not have it)."""
    families = sorted(spaces)
    names = list(dict.fromkeys(name for own in spaces.values() for name in own.ranges))
    rows = []
    for one in trials:
        values = values_of(one.plan, spaces[one.plan.family].base)
        mine = spaces[one.plan.family].ranges
        known = [_place(mine.get(name), values.get(name)) for name in names]
        rows.append([float(families.index(one.plan.family)), *known])
    names, x = ["family", *names], np.array(rows)
    moves = [place for place in range(x.shape[1]) if len(np.unique(x[:, place])) > 1]
    return [names[place] for place in moves], x[:, moves]


def _place(own: Range | None, value: Any) -> float:
    return -1.0 if own is None or value is None else float(own.place(value))


def _ranks(errors: Sequence[float]) -> np.ndarray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(errors) / len(errors))


def _rises(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """By how much the squared error on held-out trials rises when a column is shuffled; zeros if none is foretold."""
    from sklearn.ensemble import RandomForestRegressor

    rng = np.random.default_rng(derive_seed(seed, "importance of choices"))
    part = rng.permutation(len(y)) % _PARTS
    rises, error, spread = np.zeros(x.shape[1]), 0.0, 0.0
    for number in range(_PARTS):
        held = part == number
        forest = RandomForestRegressor(_TREES, random_state=int(rng.integers(2**31)), n_jobs=1).fit(x[~held], y[~held])
        shuffled = [x[held]]
        for column in range(x.shape[1]):
            for _ in range(_SHUFFLES):
                moved = x[held].copy()
                moved[:, column] = rng.permutation(moved[:, column])
                shuffled.append(moved)
        errors = (forest.predict(np.concatenate(shuffled)).reshape(len(shuffled), -1) - y[held]) ** 2
        sums = errors.sum(axis=1)
        rises += sums[1:].reshape(-1, _SHUFFLES).mean(axis=1) - sums[0]
        error, spread = error + sums[0], spread + float(((y[held] - y[~held].mean()) ** 2).sum())
    return np.maximum(rises, 0.0) if error < _FORETOLD * spread else np.zeros_like(rises)
