"""Tests of hypothesis between two columns, with their effect sizes: arrays in, figures out.

Only ranks and counts enter (Pearson's correlation aside), so neither outliers nor numbers near 1e308 do harm. Each
function gives None where there is nothing to test: too few rows, or a side that takes a single value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.base.relation import SIZES, Size

#: Fewer rows than this can hardly tell anything, and the p-values of ranks would not hold.
FEWEST_ROWS = 10
#: Groups smaller than this, and more than the share below of cells that expect fewer, make chi-squared a poor guide.
_FEWEST_IN_GROUP, _SPARSE_SHARE = 5, 0.2


@dataclass(frozen=True)
class Tested:
    """What a test gave.

    Args:
        test: Its name.
        statistic: Its statistic.
        effect: Size of the effect.
        effect_name: What the effect is.
        size: The effect in a word.
        p_value: Two-sided, not adjusted for other tests.
        n_rows: Rows that entered.
        pearson: Linear correlation, where there are two numbers.
        sparse: Whether groups are so small that the p-value comes from the moments of the statistic over all orders of
            the rows.
    """

    test: str
    statistic: float
    effect: float
    effect_name: str
    size: Size
    p_value: float
    n_rows: int
    pearson: float | None = None
    sparse: bool = False


def effect_size(value: float, bounds: tuple[float, float, float]) -> Size:
    """A word for an effect, by convention.

    Source: J. Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988).

    Args:
        value: The effect.
        bounds: Where `small`, `medium` and `large` begin.

    Example:
        >>> effect_size(0.05, (0.1, 0.3, 0.5)), effect_size(-0.3, (0.1, 0.3, 0.5))
        ('negligible', 'medium')
    """
    return SIZES[sum(abs(value) >= bound for bound in bounds)]


#: Where Cohen's words begin: correlations (chapter 3), shares of variance (chapter 8), counts by w (chapter 7).
_CORRELATION = (0.1, 0.3, 0.5)
_VARIANCE = (0.01, 0.06, 0.14)
_COUNTS = (0.1, 0.3, 0.5)


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1; equal values share the mean of theirs.

    Args:
        values: Finite numbers; (n_rows,).

    Example:
        >>> ranks(np.array([30.0, 10.0, 30.0, 20.0])).tolist()
        [3.5, 1.0, 3.5, 2.0]
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean_ranks: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return mean_ranks


def pearson(x: np.ndarray, y: np.ndarray) -> float | None:
    """Linear correlation; None where a side takes a single value or has no spread that float64 can hold.

    Args:
        x: Finite numbers; (n_rows,).
        y: The same; (n_rows,).
    """
    sides = []
    for values in (x, y):
        largest = float(np.abs(values).max())
        scaled = values / largest if largest > 0 else values  # squares of 1e308 are too large for float64
        centred = scaled - scaled.mean()
        length = float(np.sqrt(centred @ centred))
        if values.min() == values.max() or length == 0:
            return None
        sides.append(centred / length)
    return float(np.clip(sides[0] @ sides[1], -1, 1))


def spearman(x: np.ndarray, y: np.ndarray) -> Tested | None:
    """Whether two numbers rise together (or one falls as the other rises): Spearman's rho, by ranks.

    The p-value is that of `rho * sqrt((n - 2) / (1 - rho^2))` under Student's t with n - 2 degrees of freedom.

    Args:
        x: Finite numbers; (n_rows,).
        y: The same; (n_rows,).

    Example:
        >>> spearman(np.arange(10.0), np.arange(10.0) ** 3).effect
        1.0
    """
    from scipy import special

    n_rows = len(x)
    if n_rows < FEWEST_ROWS:
        return None
    rho = pearson(ranks(x), ranks(y))
    if rho is None:
        return None
    rho = round(rho, 12)  # ranks in the same order give 1, not 0.9999999999999998
    p_value = 0.0 if abs(rho) == 1 else 2 * special.stdtr(n_rows - 2, -abs(rho) * np.sqrt((n_rows - 2) / (1 - rho**2)))
    return Tested("Spearman", rho, rho, "rho", effect_size(rho, _CORRELATION), float(p_value), n_rows, pearson(x, y))


def kruskal_wallis(groups: np.ndarray, values: np.ndarray) -> Tested | None:
    """Whether a number tends to be larger in some groups than in others: the test of Kruskal and Wallis, by ranks.

    H is corrected for ties. The effect is eta squared, (H - k + 1) / (n - k) for k groups, which unlike H / (n - 1)
    does not grow with the number of groups by itself (Tomczak and Tomczak, Trends in Sport Sciences, 2014); below 0 it
    counts as 0.

    Args:
        groups: Group numbers; (n_rows,).
        values: Finite numbers; (n_rows,).

    Example:
        >>> tested = kruskal_wallis(np.repeat([0, 1], 10), np.arange(20.0))
        >>> tested.size, round(tested.p_value, 5)
        ('large', 0.00016)
    """
    n_rows = len(values)
    if n_rows < FEWEST_ROWS:
        return None
    _, groups, counts = np.unique(groups, return_inverse=True, return_counts=True)
    n_groups, centred = len(counts), ranks(values) - (n_rows + 1) / 2
    squares = float(centred @ centred)
    if not 2 <= n_groups < n_rows or squares == 0:
        return None
    statistic = float((np.bincount(groups, centred) ** 2 / counts).sum() * (n_rows - 1) / squares)
    sparse = bool(counts.min() < _FEWEST_IN_GROUP)
    fourth = float((centred**4).sum() / squares**2)
    mean, variance = permutation_moments(n_rows, _grouped(counts), (1.0, 1.0, fourth))
    effect = max(0.0, (statistic - n_groups + 1) / (n_rows - n_groups))
    return Tested(
        test="Kruskal-Wallis",
        statistic=statistic,
        effect=effect,
        effect_name="eta squared",
        size=effect_size(effect, _VARIANCE),
        p_value=_upper_tail(statistic, (n_rows - 1) * mean, (n_rows - 1) ** 2 * variance)
        if sparse
        else _upper_tail(statistic, n_groups - 1, 2 * (n_groups - 1)),
        n_rows=n_rows,
        sparse=sparse,
    )


def chi_squared(levels: np.ndarray, classes: np.ndarray) -> Tested | None:
    """Whether classes are shared out alike over the levels of a column: chi-squared, or Fisher's exact test.

    Fisher's test takes over in a table of two by two that breaks Cochran's rule. The effect is Cramér's V with the
    correction of Bergsma (Journal of the Korean Statistical Society, 2013), and its word that of Cohen's
    w = V * sqrt(min(levels, classes) - 1).

    Args:
        levels: Level numbers; (n_rows,).
        classes: Class numbers; (n_rows,).

    Example:
        >>> tested = chi_squared(np.repeat([0, 1], 20), np.repeat([0, 1, 0, 1], [18, 2, 2, 18]))
        >>> tested.test, round(tested.effect, 2), tested.size
        ('chi-squared', 0.79, 'large')
    """
    n_rows = len(levels)
    if n_rows < FEWEST_ROWS:
        return None
    _, levels, down = np.unique(levels, return_inverse=True, return_counts=True)
    _, classes, across = np.unique(classes, return_inverse=True, return_counts=True)
    rows, columns = len(down), len(across)
    if not (2 <= rows < n_rows and 2 <= columns < n_rows):
        return None
    # thousands of levels by thousands of classes: most cells are empty and add nothing to the sum
    cells, counts = np.unique(levels.astype(np.int64) * columns + classes, return_counts=True)
    statistic = max(0.0, n_rows * (float((counts**2 / (down[cells // columns] * across[cells % columns])).sum()) - 1))
    freedom = (rows - 1) * (columns - 1)
    # Bergsma's correction: what independence alone would give is taken off
    phi = max(0.0, statistic / n_rows - freedom / (n_rows - 1))
    fewest = min(rows - (rows - 1) ** 2 / (n_rows - 1), columns - (columns - 1) ** 2 / (n_rows - 1)) - 1
    effect = min(1.0, float(np.sqrt(phi / fewest)))
    sparse = is_sparse(down, across)
    exact = sparse and rows == columns == 2
    if exact:
        table = np.bincount(levels * 2 + classes, minlength=4).reshape(2, 2)
        statistic, p_value = _odds_ratio(table), fisher_exact(table)
    elif sparse:
        mean, variance = permutation_moments(n_rows, _grouped(down), _grouped(across))
        p_value = _upper_tail(statistic, n_rows * mean, n_rows**2 * variance)
    else:
        p_value = _upper_tail(statistic, freedom, 2 * freedom)
    return Tested(
        test="Fisher" if exact else "chi-squared",
        statistic=statistic,
        effect=effect,
        effect_name="Cramér's V",
        size=effect_size(effect * np.sqrt(min(rows, columns) - 1), _COUNTS),
        p_value=p_value,
        n_rows=n_rows,
        sparse=sparse and not exact,
    )


def permutation_moments(
    n_rows: int, one: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float]:
    """Mean and variance of trace(V W) over all orders of the rows of W.

    Both statistics here are such traces, so this says how they spread where groups are too small for the chi-squared
    distribution.
    Source: Kazi-Aoual, Hitier, Sabatier and Lebreton, Computational Statistics and Data Analysis 20 (1995).

    Args:
        n_rows: Rows of both matrices, at least 4.
        one: Of V, centred on both sides: its trace, the trace of its square, and the sum of squares on its diagonal.
        other: The same of W.
    """
    n, products, spreads = n_rows, [], []
    for trace, trace_of_square, squares in (one, other):
        products.append((n - 1) * trace_of_square - trace**2)
        spreads.append(n * (n + 1) * squares - (n - 1) * (trace**2 + 2 * trace_of_square))
    variance = 2 * products[0] * products[1] / ((n - 1) ** 2 * (n + 1) * (n - 2))
    variance += spreads[0] * spreads[1] / ((n + 1) * n * (n - 1) * (n - 2) * (n - 3))
    return one[0] * other[0] / (n - 1), max(0.0, variance)


def _grouped(counts: np.ndarray) -> tuple[float, float, float]:
    """What `permutation_moments` takes of the projection on groups of these sizes, less the overall mean."""
    n_groups, n_rows = len(counts), float(counts.sum())
    squares = float((1 / counts).sum()) - (2 * n_groups - 1) / n_rows
    return n_groups - 1.0, n_groups - 1.0, squares


def _upper_tail(statistic: float, mean: float, variance: float) -> float:
    """How often a gamma variable is as large; that of mean m and variance 2 m is chi-squared with m degrees."""
    from scipy import special

    if variance <= 0:
        return 1.0
    return float(special.gammaincc(mean**2 / variance, statistic * mean / variance))


def is_sparse(down: np.ndarray, across: np.ndarray) -> bool:
    """Whether a table with these sums of rows and columns breaks Cochran's rule (Biometrics, 1954).

    The rule: independence must lead one to expect 5 rows or more in four of five cells, and 1 or more in each.

    Args:
        down: Rows of each level; (levels,).
        across: Rows of each class; (classes,).

    Example:
        >>> is_sparse(np.array([50, 50]), np.array([90, 10])), is_sparse(np.array([50, 50]), np.array([91, 9]))
        (False, True)
    """
    n_rows = down.sum()
    # a cell expects few rows where its level has fewer than this
    few = np.searchsorted(np.sort(down), _FEWEST_IN_GROUP * n_rows / across, side="left")
    fewest = down.min() * across.min() / n_rows
    return bool(fewest < 1 or few.sum() > _SPARSE_SHARE * len(down) * len(across))


def fisher_exact(table: np.ndarray) -> float:
    """Two-sided p-value of a table of two by two: how often its sides would give one as unlikely as this.

    Args:
        table: Counts; (2, 2).

    Example:
        >>> round(fisher_exact(np.array([[8, 2], [1, 5]])), 5)
        0.03497
    """
    from scipy.special import gammaln

    first, second = (int(number) for number in table.sum(axis=1))
    column = int(table[:, 0].sum())
    possible = np.arange(max(0, column - second), min(first, column) + 1)
    chances = -(gammaln(possible + 1) + gammaln(first - possible + 1))
    chances -= gammaln(column - possible + 1) + gammaln(second - column + possible + 1)
    chances = np.exp(chances - chances.max())
    own = chances[int(table[0, 0]) - possible[0]]
    # as likely but for rounding counts as likely
    return float(min(1.0, chances[chances <= own * (1 + 1e-7)].sum() / chances.sum()))


def _odds_ratio(table: np.ndarray) -> float:
    (a, b), (c, d) = table.astype(float)
    return float("inf") if b * c == 0 else float(a * d / (b * c))
