"""Rows that differ from another one by a hair: the same categories, and numbers a little off or rounded again.

Candidates come from rounded hashes: numbers are cut into cells of a grid, rows in the same cells meet, and because a
pair may lie on both sides of an edge, several grids are laid, each shifted by chance (locality-sensitive hashing: Indyk
and Motwani, STOC 1998). Then the distance of each candidate pair is measured, and what is left is held against chance:
rows that are alike because a table is dense have as many neighbours again a little farther off, and as many that differ
in a single column; copies have neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.base.seeds import derive_seed

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: Distances count in this share of a column's spread.
_UNIT = 2.0**-7
#: The largest distance of a copy, in units, and how often it is halved to find one at which copies stand out.
_FARTHEST, _HALVINGS = 4.0, 20
#: Farther pairs tell how many near ones are due to chance.
_REACH = 2 * _FARTHEST
#: Chance alone makes so many near pairs less often than this, where they count as copies.
_CHANCE = 0.01
#: Columns looked at for agreement by chance, if any two rows agree in them neither nearly always nor hardly ever; and
#: how many pairs tell that.
_COLUMNS_LOOKED_AT, _RARE, _ANY_PAIRS = 6, 0.02, 4_000
#: Where more of the rows in pairs stand in chains, the others are chance as well.
_MOSTLY_CHAINS = 0.5
_GRIDS = 6
#: Rows of one cell are compared with so many of their neighbours, in the order of a random direction.
_NEIGHBOURS = 8
#: Edge of a cell in spreads: the more columns, the more edges a pair could lie across.
_EDGE_OF_A_COLUMN, _SMALLEST_EDGE, _LARGEST_EDGE = 2.0**-5, 0.25, 1.0
#: Standard deviations between these shares of a normal distribution's values.
_MIDDLE, _NEARLY_ALL, _ALL = (0.1, 0.9, 2.563), (0.01, 0.99, 4.653), (0.0, 1.0, 8.0)
#: A column that holds its median so often, or whose span is so small a share of the next one, is one value and some
#: noise there: its spread is that of its tails.
_ONE_VALUE, _DEGENERATE = 1 / 3, 1 / 64
#: Of the distances that tell nearly as many copies as the best, the smallest is taken.
_AS_MANY = 0.97


def near_groups(frame: pl.DataFrame, numbers: list[str], others: list[str]) -> np.ndarray:
    """Which rows differ by a hair.

    Args:
        frame: Rows that all differ.
        numbers: Its columns of numbers, compared up to a small share of their spread; gaps are equal to gaps.
        others: Columns that must agree, texts up to case and surrounding blanks.

    Returns:
        A number for each row, shared by rows that are near copies; (n_rows,).

    Example:
        >>> import polars as pl
        >>> x = [0.5, 1.7, 2.2, 3.9, 5.1, 6.4, 7.3, 8.8]
        >>> frame = pl.DataFrame({"x": [*x, 2.2000001], "z": [*x[::-1], 6.4]})
        >>> near_groups(frame, ["x", "z"], []).tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 2]
    """
    import numpy as np

    if not numbers or frame.height < 2:
        return np.arange(frame.height)
    places = np.stack([_in_units(frame[name]) for name in numbers], axis=1)
    pairs, distances = _candidates(places, _hashes(frame, numbers, others))
    for radius in _radii(distances):
        if not _agree_by_chance(frame, numbers, others, places, radius):
            return _groups(places, pairs[distances <= radius], radius)
    return np.arange(frame.height)


def spread_of(values: np.ndarray) -> float:
    """The spread of a column as a power of two, so that other values in a few rows seldom change it; 0 for a constant.

    Args:
        values: Finite numbers; (n_values,).
    """
    import numpy as np

    if not len(values):
        return 0.0

    def span(low: float, high: float, wide: float) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            ends = np.quantile(values, [low, high])
            return float((ends[1] - ends[0]) / wide)

    spread = span(*_MIDDLE)
    if np.mean(values == np.quantile(values, 0.5, method="lower")) > _ONE_VALUE:
        spread, widest = span(*_NEARLY_ALL), span(*_ALL)
        spread = widest if spread < _DEGENERATE * widest else spread
    return float(2.0 ** np.ceil(np.log2(spread))) if 0 < spread < np.inf else 0.0


def _in_units(cells: pl.Series) -> np.ndarray:
    """A column in units of distance, 0 where it is missing (the hashes hold that); (n_rows,)."""
    import numpy as np

    filled = cells.drop_nulls().to_numpy()
    spread = spread_of(filled)
    if not spread:
        return np.zeros(len(cells))
    with np.errstate(over="ignore"):  # beyond what float64 holds nothing is near
        return np.asarray(cells.fill_null(float(np.median(filled))).to_numpy() / (spread * _UNIT))


def _hashes(frame: pl.DataFrame, numbers: list[str], others: list[str]) -> np.ndarray:
    """A number for all that must agree in full; uint64, (n_rows,)."""
    import polars as pl

    texts = [name for name in others if frame[name].dtype == pl.String]
    return (
        frame.select(
            *(pl.col(name).str.strip_chars().str.to_lowercase() for name in texts),
            *(pl.col(name) for name in others if name not in texts),
            *(pl.col(name).is_null().alias(f"{name} is missing") for name in numbers),
        )
        .hash_rows(seed=1)
        .to_numpy()
    )


def _candidates(places: np.ndarray, hashes: np.ndarray, grids: int = _GRIDS) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows that meet in a cell of some grid, and their distance in the column where it is largest.

    Args:
        places: In units of distance; (n_rows, n_columns).
        hashes: Equal where rows agree in all other columns; (n_rows,).
        grids: How many are laid.

    Returns:
        (n_pairs, 2) and (n_pairs,), in units.
    """
    import numpy as np

    rng = np.random.default_rng(derive_seed(0, "near copies"))
    n_columns = places.shape[1]
    edge = min(_LARGEST_EDGE, max(_SMALLEST_EDGE, _EDGE_OF_A_COLUMN * n_columns)) / _UNIT
    found = [np.zeros((0, 2), dtype=np.int64)]
    for _ in range(grids):
        shift, direction = rng.random(n_columns), rng.normal(size=n_columns)
        factors = rng.integers(0, 2**63, n_columns, dtype=np.uint64) | np.uint64(1)
        with np.errstate(over="ignore", invalid="ignore"):
            cells = np.clip(np.floor(places / edge + shift), -(2.0**52), 2.0**52).astype(np.int64).view(np.uint64)
            cell = _mixed(hashes ^ _mixed((cells * factors).sum(axis=1, dtype=np.uint64)))
            order = np.lexsort((places @ direction, cell))
        cell = cell[order]
        for step in range(1, min(_NEIGHBOURS, len(order) - 1) + 1):
            together = np.flatnonzero(cell[step:] == cell[:-step])
            pairs = np.sort(np.stack([order[together], order[together + step]], axis=1), axis=1)
            found.append(pairs[_distances(places, pairs) <= _REACH])
    # a pair as one number: far quicker to sort than rows of two
    n_rows = len(places)
    keys = np.unique(np.concatenate([pairs[:, 0] * n_rows + pairs[:, 1] for pairs in found]))
    pairs = np.stack([keys // n_rows, keys % n_rows], axis=1)
    return pairs, _distances(places, pairs)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Numbers whose bits are all stirred into each other, by the end of splitmix64."""
    import numpy as np

    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(numbers ^ (numbers >> np.uint64(31)))


def _distances(places: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(places[pairs[:, 0]] - places[pairs[:, 1]]).max(axis=1, initial=0.0)
    return np.where(np.isnan(apart), np.inf, apart)


def _radii(distances: np.ndarray) -> list[float]:
    """The distances up to which pairs stand out from chance, the one first that tells most copies.

    By chance a ball of twice the radius holds at least twice as many pairs (as many times as there are columns in which
    they differ, in truth). So of the pairs within a distance at most as many are due to chance as there are up to twice
    as far. They stand out where those are few, and where so many of all pairs within reach would hardly lie that near.
    """
    import numpy as np
    from scipy.special import betainc

    told: dict[float, int] = {}
    for halvings in range(_HALVINGS + 1):
        radius = _FARTHEST / 2**halvings
        near, nearby = int(np.sum(distances <= radius)), int(np.sum(distances <= 2 * radius))
        # the chance of so many or more among all pairs is the tail of a binomial distribution
        if 2 * (nearby - near) < near and betainc(near, len(distances) - near + 1, radius / _REACH) < _CHANCE:
            told[radius] = 2 * near - nearby
    enough = _AS_MANY * max(told.values(), default=0)
    return sorted(told, key=lambda radius: (-min(told[radius], enough), radius))


def _agree_by_chance(
    frame: pl.DataFrame, numbers: list[str], others: list[str], places: np.ndarray, radius: float
) -> bool:
    """Whether rows that agree in all columns but one agree in that one no oftener than any two rows do.

    Looked at are the columns in which two rows agree about half of the time: there chance shows.
    """
    import numpy as np

    rng = np.random.default_rng(derive_seed(0, "any two rows"))
    any_two = rng.integers(0, frame.height, (_ANY_PAIRS, 2))
    any_two = any_two[any_two[:, 0] != any_two[:, 1]]

    def agree(name: str, pairs: np.ndarray) -> np.ndarray:
        if name in numbers:
            own = places[:, [numbers.index(name)]]
            return np.asarray(_distances(own, pairs) <= radius)
        own = _hashes(frame, [], [name])
        return np.asarray(own[pairs[:, 0]] == own[pairs[:, 1]])

    chances = {name: float(agree(name, any_two).mean()) for name in (*numbers, *others)}
    told = sorted(chances, key=lambda name: abs(chances[name] - 0.5))[:_COLUMNS_LOOKED_AT]
    for name in told:
        chance = chances[name]
        if not _RARE < chance < 1 - _RARE:
            continue
        left = [one for one in numbers if one != name]
        without = places[:, [numbers.index(one) for one in left]]
        hashes = _hashes(frame, numbers, [one for one in others if one != name])
        pairs, distances = _candidates(without, hashes, grids=2)
        together = agree(name, pairs[distances <= radius])
        n_agree, n_differ = int(together.sum()), int((~together).sum())
        if n_agree < 2 * n_differ * chance / (1 - chance):
            return True
    return False


def _groups(places: np.ndarray, pairs: np.ndarray, limit: float) -> np.ndarray:
    """Rows joined by pairs; chains of rows that end far from their start are dense regions, and no copies."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_rows = len(places)
    if not len(pairs):
        return np.arange(n_rows)
    links = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n_rows, n_rows))
    n_groups, group = connected_components(links, directed=False)
    joined = np.unique(pairs)
    low, high = np.full((n_groups, places.shape[1]), np.inf), np.full((n_groups, places.shape[1]), -np.inf)
    np.minimum.at(low, group[joined], places[joined])
    np.maximum.at(high, group[joined], places[joined])
    with np.errstate(invalid="ignore"):
        wide = np.any((high - low) > 2 * limit, axis=1)
    if np.mean(wide[group[joined]]) > _MOSTLY_CHAINS:
        return np.arange(n_rows)
    group = np.where(wide[group], n_groups + np.arange(n_rows), group)
    return np.asarray(group)
