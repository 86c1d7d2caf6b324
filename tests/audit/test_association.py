from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from netwright.audit.association import (
    chi_squared,
    effect_size,
    fisher_exact,
    is_sparse,
    kruskal_wallis,
    pearson,
    permutation_moments,
    ranks,
    spearman,
)

HUGE = 1.7e308
counted = st.lists(st.integers(-5, 5).map(float), min_size=10, max_size=40)


def stream(seed=0):
    return np.random.default_rng(seed)


@given(counted)
def test_ranks_with_ties(values):
    assert ranks(np.array(values)).tolist() == stats.rankdata(values).tolist()


class TestNumbers:
    @pytest.mark.parametrize("n_rows", [10, 11, 50, 1_000])
    @pytest.mark.parametrize("slope", [0.0, 0.4, -2.0])
    @pytest.mark.parametrize("decimals", [0, 6])
    def test_against_scipy(self, n_rows, slope, decimals):
        x = stream(n_rows).normal(size=n_rows).round(decimals)
        y = (slope * x + stream(1).normal(size=n_rows)).round(decimals)
        found, expected = spearman(x, y), stats.spearmanr(x, y)
        assert (found.test, found.effect_name, found.n_rows) == ("Spearman", "rho", n_rows)
        assert found.statistic == found.effect == pytest.approx(expected.statistic, abs=1e-11)
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-300)
        assert found.pearson == pytest.approx(stats.pearsonr(x, y).statistic)

    def test_the_same_order(self):
        x = np.arange(12.0)
        assert (spearman(x, np.exp(x)).effect, spearman(x, -x).effect) == (1.0, -1.0)
        assert spearman(x, np.exp(x)).p_value == 0.0
        assert spearman(x, np.exp(x)).pearson < 0.9

    def test_nothing_to_test(self):
        x = stream().normal(size=20)
        assert spearman(x, np.ones(20)) is spearman(np.zeros(20), x) is None
        assert spearman(x[:9], x[:9]) is spearman(x[:0], x[:0]) is None

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("factor", [HUGE, 5e-324, 1e-300])
    def test_huge_and_tiny(self, factor):
        x = stream().uniform(-1, 1, 30)
        found = spearman(np.sign(x) * factor, x)
        assert found.size == "large"
        assert found.pearson == pytest.approx(pearson(np.sign(x), x))

    def test_outliers_do_no_harm_to_ranks(self):
        x = stream().normal(size=40)
        far = np.where(np.arange(40) == x.argmax(), HUGE, x)
        assert spearman(far, x).effect == spearman(x, x).effect == 1.0
        assert spearman(far, x).pearson < 0.6


class TestGroups:
    @pytest.mark.parametrize("n_groups", [2, 3, 8])
    @pytest.mark.parametrize("decimals", [0, 6])
    @pytest.mark.parametrize("shift", [0.0, 0.7])
    def test_against_scipy(self, n_groups, decimals, shift):
        groups = np.repeat(np.arange(n_groups), 12)
        values = (shift * groups + stream(n_groups).normal(size=len(groups))).round(decimals)
        found, expected = kruskal_wallis(groups, values), stats.kruskal(*(values[groups == g] for g in range(n_groups)))
        assert (found.test, found.effect_name, found.sparse) == ("Kruskal-Wallis", "eta squared", False)
        assert found.statistic == pytest.approx(expected.statistic)
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
        eta = (expected.statistic - n_groups + 1) / (len(groups) - n_groups)
        assert found.effect == pytest.approx(max(0, eta))

    def test_two_groups_are_the_test_of_mann_and_whitney(self):
        values, groups = stream().normal(size=60), np.repeat([0, 1], [20, 40])
        expected = stats.mannwhitneyu(
            values[:20], values[20:], use_continuity=False, method="asymptotic", alternative="two-sided"
        )
        assert kruskal_wallis(groups, values).p_value == pytest.approx(expected.pvalue)

    def test_small_groups_by_permutation(self):
        groups = np.repeat(np.arange(9), [1, 1, 2, 2, 3, 4, 4, 5, 6])
        values = (stream(2).normal(size=28) + 0.25 * groups).round(1)
        found = kruskal_wallis(groups, values)
        assert found.sparse
        by_chance = [kruskal_wallis(groups, stream(n).permutation(values)).statistic for n in range(4_000)]
        assert found.p_value == pytest.approx(np.mean(np.array(by_chance) >= found.statistic - 1e-9), abs=0.015)
        assert 0.01 < found.p_value < 0.5

    def test_names_of_groups_do_not_matter(self):
        values, groups = stream().normal(size=30), np.repeat([0, 1, 2], 10)
        assert kruskal_wallis(groups * 7 + 3, values) == kruskal_wallis(groups, values)

    def test_nothing_to_test(self):
        values = stream().normal(size=20)
        assert kruskal_wallis(np.zeros(20, int), values) is None
        assert kruskal_wallis(np.arange(20), values) is None  # each group a single row
        assert kruskal_wallis(np.repeat([0, 1], 10), np.full(20, HUGE)) is None
        assert kruskal_wallis(np.repeat([0, 1], [4, 5]), values[:9]) is None

    def test_perfectly_apart(self):
        groups = np.repeat([0, 1, 2], 30)
        found = kruskal_wallis(groups, groups * (HUGE / 2))
        assert found.effect == pytest.approx(1.0, abs=0.03)
        assert found.effect <= 1.0 and found.p_value < 1e-15


class TestCounts:
    @pytest.mark.parametrize("shape", [(2, 2), (2, 5), (4, 3), (10, 10)])
    @pytest.mark.parametrize("strength", [0.0, 0.3])
    def test_against_scipy(self, shape, strength):
        levels = stream(1).integers(0, shape[0], 4_000)
        same = stream(2).random(4_000) < strength
        classes = np.where(same, levels % shape[1], stream(3).integers(0, shape[1], 4_000))
        found = chi_squared(levels, classes)
        table = np.histogram2d(levels, classes, bins=shape)[0].astype(int)
        expected = stats.chi2_contingency(table, correction=False)
        assert (found.test, found.effect_name, found.sparse) == ("chi-squared", "Cramér's V", False)
        assert found.statistic == pytest.approx(expected.statistic)
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-7, abs=1e-300)
        plain = stats.contingency.association(table, correction=False)
        assert found.effect <= plain
        assert found.effect == pytest.approx(_bergsma(table))

    def test_the_correction_takes_off_what_chance_gives(self):
        levels, classes = stream().integers(0, 30, 300), stream(1).integers(0, 3, 300)
        plain = stats.contingency.association(np.histogram2d(levels, classes, bins=(30, 3))[0].astype(int))
        assert plain > 0.3 and chi_squared(levels, classes).effect < plain / 2

    def test_the_word_allows_for_the_size_of_the_table(self):
        levels = stream(1).integers(0, 10, 4_000)
        classes = np.where(stream(2).random(4_000) < 0.27, levels, stream(3).integers(0, 10, 4_000))
        found = chi_squared(levels, classes)
        assert found.effect == pytest.approx(0.27, abs=0.03) and found.size == "large"  # w = 3 V

    def test_the_same_column(self):
        classes = stream().integers(0, 4, 500)
        found = chi_squared(classes + 5, classes)
        assert found.effect == pytest.approx(1.0) and found.size == "large" and found.p_value < 1e-300

    def test_sparse_two_by_two_is_exact(self):
        levels, classes = np.repeat([0, 1], [3, 17]), np.array([1, 1, 0] + [0] * 16 + [1])
        found = chi_squared(levels, classes)
        expected = stats.fisher_exact([[1, 2], [16, 1]])
        assert found.test == "Fisher" and not found.sparse
        assert found.p_value == pytest.approx(expected.pvalue)
        assert found.statistic == pytest.approx(expected.statistic)

    def test_sparse_tables_by_permutation(self):
        levels = np.repeat(np.arange(30), [1] * 12 + [2] * 8 + [4] * 6 + [9] * 4)
        classes = np.where(levels % 3 == 0, 1, stream(3).integers(0, 3, len(levels)))
        found = chi_squared(levels, classes)
        assert found.test == "chi-squared" and found.sparse
        by_chance = [chi_squared(levels, stream(n).permutation(classes)).statistic for n in range(4_000)]
        assert found.p_value == pytest.approx(np.mean(np.array(by_chance) >= found.statistic - 1e-9), abs=0.01)

    def test_nothing_to_test(self):
        classes = np.repeat([0, 1], 10)
        assert chi_squared(np.zeros(20, int), classes) is None
        assert chi_squared(classes, np.zeros(20, int)) is None
        assert chi_squared(np.arange(20), classes) is None
        assert chi_squared(classes[:9], classes[:9]) is None

    def test_thousands_of_levels_and_classes(self):
        levels, classes = stream().integers(0, 20_000, 60_000), stream(1).integers(0, 20_000, 60_000)
        found = chi_squared(levels, classes)
        assert found.sparse and 0.001 < found.p_value < 0.999 and found.effect < 0.1


@given(st.lists(st.integers(1, 60), min_size=2, max_size=6), st.lists(st.integers(1, 60), min_size=2, max_size=6))
def test_cochrans_rule(down, across):
    expected = np.outer(down, across) / sum(down)
    rule = expected.min() < 1 or (expected < 5).mean() > 0.2
    if np.abs(expected - 5).min() > 1e-9:
        assert is_sparse(np.array(down), np.array(across)) == rule


@settings(max_examples=50)
@given(st.tuples(*[st.integers(0, 25)] * 4).filter(lambda table: sum(table) > 0))
def test_fisher_against_scipy(cells):
    table = np.array(cells).reshape(2, 2)
    assert fisher_exact(table) == pytest.approx(stats.fisher_exact(table).pvalue, rel=1e-6)


def test_permutation_moments_over_every_order():
    from itertools import permutations

    groups, values = np.array([0, 0, 0, 1, 1, 2]), np.array([-2.0, -1.0, 0.0, 0.0, 1.0, 2.0])
    counts = np.bincount(groups)
    traces = [
        float((np.bincount(groups, np.array(order)) ** 2 / counts).sum()) / 10
        for order in permutations(values.tolist())
    ]
    squares = (1 / counts).sum() - 5 / 6
    mean, variance = permutation_moments(6, (2.0, 2.0, squares), (1.0, 1.0, float((values**4).sum()) / 100))
    assert (mean, variance) == (pytest.approx(np.mean(traces)), pytest.approx(np.var(traces)))


def test_words():
    bounds = (0.1, 0.3, 0.5)
    words = [effect_size(value, bounds) for value in (0, -0.0999, 0.1, -0.3, 0.49, 0.5, -1)]
    assert words == ["negligible", "negligible", "small", "medium", "medium", "large", "large"]


def _bergsma(table):
    n, (r, k) = table.sum(), table.shape
    phi = max(0, stats.chi2_contingency(table, correction=False).statistic / n - (r - 1) * (k - 1) / (n - 1))
    return np.sqrt(phi / min(r - (r - 1) ** 2 / (n - 1) - 1, k - (k - 1) ** 2 / (n - 1) - 1))
