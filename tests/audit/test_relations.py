from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from netwright.audit.relations import MOST_ROWS, no_relation, numbers_of, relations
from tests.preparation.tables import loaded, numbers, typed

N = 300


def frame(n_rows=N, seed=0):
    """Columns of every kind, half of them with a say in both targets."""
    rng = np.random.default_rng(seed)
    size, town = rng.normal(size=n_rows), rng.integers(0, 4, n_rows)
    rank = rng.integers(0, 3, n_rows)
    y = 2 * size + town + rank + rng.normal(size=n_rows)
    return pl.DataFrame(
        {
            "size": size,
            "idle": rng.normal(size=n_rows),
            "지역": [f"t{n}" for n in town],
            "pool": rng.choice(["no", "yes"], n_rows),
            "grade": np.array(["S", "M", "L"])[rank],
            "day": [datetime(2020, 1, 1) + timedelta(days=float(value) * 100) for value in size],
            "y": y,
            "class": np.where(y > 3, "high", np.where(y > 1, "mid", "low")),
        }
    )


GRADE = ["grade=ordinal:S<M<L"]


def test_each_kind_has_its_test_for_numbers():
    table = loaded(frame(), target="y", drop=["class"], kind=GRADE).table
    found = relations(table)
    assert {name: own.test for name, own in found.items()} == {
        "size": "Spearman", "idle": "Spearman", "지역": "Kruskal-Wallis", "pool": "Kruskal-Wallis", "grade": "Spearman",
        "day": "Spearman",
    }  # fmt: skip
    data = frame()
    assert found["size"].p_value == pytest.approx(stats.spearmanr(data["size"], data["y"]).pvalue, rel=1e-6)
    assert found["day"].effect == pytest.approx(found["size"].effect)
    levels = [data.filter(pl.col("지역") == f"t{n}")["y"].to_numpy() for n in range(4)]
    assert found["지역"].statistic == pytest.approx(stats.kruskal(*levels).statistic)
    places = data["grade"].replace_strict({"S": 0, "M": 1, "L": 2})
    assert found["grade"].effect == pytest.approx(stats.spearmanr(places, data["y"]).statistic)


def test_each_kind_has_its_test_for_classes():
    data = frame()
    found = relations(loaded(data, target="class", drop=["y"], kind=GRADE).table)
    assert {name: own.test for name, own in found.items()} == {
        "size": "Kruskal-Wallis", "idle": "Kruskal-Wallis", "지역": "chi-squared", "pool": "chi-squared",
        "grade": "Kruskal-Wallis", "day": "Kruskal-Wallis",
    }  # fmt: skip
    groups = [data.filter(pl.col("class") == name)["size"].to_numpy() for name in ("low", "mid", "high")]
    assert found["size"].p_value == pytest.approx(stats.kruskal(*groups).pvalue)
    counts = data.pivot("class", index="지역", values="y", aggregate_function="len").drop("지역").fill_null(0)
    expected = stats.chi2_contingency(counts.to_numpy(), correction=False)
    assert found["지역"].p_value == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("target", ["y", "class"])
def test_planted_effects_are_found_and_idle_columns_are_not(target):
    other = {"y": "class", "class": "y"}[target]
    found = relations(loaded(frame(), target=target, drop=[other], kind=GRADE).table)
    assert {name for name, own in found.items() if own.beyond_chance} == {"size", "지역", "grade", "day"}
    assert found["size"].size == "large" and found["idle"].size in ("negligible", "small")
    strongest = sorted(found, key=lambda name: found[name].strength)[-2:]
    assert set(strongest) == {"size", "day"}


def test_p_values_are_adjusted_over_all_columns():
    found = relations(typed({"x": numbers(60), "z": numbers(60, 1), "y": numbers(60, 2)}, target="y").with_schema(
        typed({"x": numbers(60), "z": numbers(60, 1), "y": numbers(60, 2)}).schema.with_roles({"y": "target"})
    ))  # fmt: skip
    first, second = sorted(found.values(), key=lambda own: own.p_value)
    assert first.adjusted == pytest.approx(min(1, 2 * first.p_value))
    assert second.adjusted == pytest.approx(max(first.adjusted, second.p_value))


def test_cells_without_a_value_are_left_out():
    data = frame()
    gaps = data.with_columns(
        pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise(pl.col("size")).alias("size"),
        pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise(pl.col("지역")).alias("지역"),
        pl.when(pl.int_range(pl.len()) % 2 == 0).then(None).otherwise(pl.col("y")).alias("y"),
    )
    table = typed(gaps, target="y")
    found = relations(table.with_schema(table.schema.with_roles({"y": "target", "class": "left_out"})))
    assert (found["size"].n_rows, found["지역"].n_rows) == (100, 120)
    both = gaps.drop_nulls(["size", "y"])
    assert found["size"].effect == pytest.approx(stats.spearmanr(both["size"], both["y"]).statistic)


def test_what_cannot_be_tested_is_absent():
    data = frame(60).drop("class").with_columns(
        pl.lit(1.0).alias("same"),
        pl.Series("id", [f"k{n}" for n in range(60)]),
        pl.Series("rare", [1.5] * 9 + [None] * 51),
        pl.Series("alone", ["a"] * 40 + [None] * 20),
    )  # fmt: skip
    found = relations(loaded(data, target="y").table)
    assert set(found) == {"size", "idle", "지역", "pool", "grade", "day"}


def test_without_a_target_there_are_none():
    assert relations(typed({"x": numbers(30), "z": numbers(30, 1)})) == {}


@pytest.mark.parametrize("n_rows", [0, 1, 9])
def test_few_rows(n_rows):
    table = loaded(frame(60), target="y", drop=["class"]).table
    assert relations(table.take(np.arange(n_rows))) == {}
    assert list(no_relation(table.take(np.arange(n_rows)))) == []


def test_huge_numbers_and_many_ties():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, 80) * 1.7e308
    data = {"huge": x, "y": (x > 0) + rng.normal(size=80) / 4}
    (found,) = relations(loaded(data, target="y", kind=["huge=numeric"]).table).values()
    assert found.size == "large" and found.pearson == pytest.approx(np.corrcoef(x > 0, data["y"])[0, 1])


def test_long_tables_are_sampled_and_say_so():
    x = numbers(MOST_ROWS + 50_000)
    table = loaded({"x": x, "y": x + numbers(len(x), 1)}, target="y").table
    first, again = relations(table)["x"], relations(table)["x"]
    assert first == again and first.n_rows == MOST_ROWS
    assert first.notes == ("tested on 100,000 rows drawn by chance",)
    assert first.effect == pytest.approx(stats.spearmanr(table["x"], table["y"]).statistic, abs=0.01)


def test_many_small_groups_are_said():
    town = [f"town {n // 3}" for n in range(N)]
    found = relations(loaded(frame().drop("class").with_columns(pl.Series("town", town)), target="y").table)
    assert found["town"].notes == ("groups of few rows, p-value by permutation",)
    assert found["size"].notes == ()


def test_kinds_as_numbers():
    table = typed(frame(), *GRADE)
    schema = table.schema
    assert numbers_of(table["grade"], schema["grade"])[:50].max() == 2
    assert numbers_of(table["지역"], schema["지역"]) is None
    assert np.isnan(numbers_of(pl.Series("x", [None, 1.0]), schema["size"])).tolist() == [True, False]
    assert len(np.unique(numbers_of(table["day"], schema["day"]))) > 200


def noise(seed, n_rows=80):
    rng = np.random.default_rng(seed)
    return {
        **{f"x{n}": rng.exponential(size=n_rows).round(1) for n in range(3)},
        "town": rng.choice(list("abcdefghij"), n_rows),
        "rare": rng.choice(["a", "b", "c"], n_rows, p=[0.9, 0.07, 0.03]),
        "y": rng.normal(size=n_rows),
        "class": rng.choice(["u", "v", "w"], n_rows, p=[0.6, 0.3, 0.1]),
    }


@pytest.mark.parametrize("target", ["y", "class"])
def test_noise_alone_is_rarely_called_more(target):
    other = {"y": "class", "class": "y"}[target]
    wrong = 0
    for seed in range(300):
        table = typed(noise(seed), "rare=category", target=target)
        table = table.with_schema(table.schema.with_roles({target: "target", other: "left_out"}))
        found = relations(table)
        assert len(found) == 5
        wrong += any(own.beyond_chance for own in found.values())
    assert wrong <= 24  # 5 % of 300 is 15; more than 24 come by chance in one of a hundred sets of tables
    assert wrong >= 2  # nor is the test asleep


class TestNoRelation:
    def test_noise_is_said_once(self):
        (finding,) = no_relation(loaded(noise(0), target="y", drop=["class"]).table)
        assert (finding.code, finding.severity) == ("no-relation", "note")
        assert finding.message.startswith(
            "none of the 5 columns shows a relation to y beyond chance by itself (closest: "
        )
        assert 0.05 <= finding.evidence["adjusted_p_value"] <= 1

    def test_a_single_column(self):
        (finding,) = no_relation(loaded({"x": numbers(60), "y": numbers(60, 1)}, target="y").table)
        p_value = stats.spearmanr(numbers(60), numbers(60, 1)).pvalue
        assert finding.message == f"x shows no relation to y beyond chance by itself (adjusted p = {p_value:.2g})"

    def test_a_single_relation_is_enough(self):
        assert list(no_relation(loaded(frame(), target="y", drop=["class"]).table)) == []

    def test_without_a_target(self):
        assert list(no_relation(typed({"x": numbers(30), "z": numbers(30, 1)}))) == []


def test_real_tables(shared):
    def strongest(name, target):
        found = relations(loaded(str(shared / "tables" / name), target=target).table)
        return max(found, key=lambda column: found[column].strength), found

    assert strongest("boston.csv", "medv")[0] == "lstat"
    assert strongest("titanic.csv", "Survived")[0] == "Sex"
    name, found = strongest("penguins.csv", "species")
    assert found[name].size == "large" and all(own.adjusted <= 1 for own in found.values())
