from __future__ import annotations

import numpy as np
import pytest

from netwright.audit.redundant import redundant
from netwright.audit.repeated_level import repeated_level
from tests.preparation.tables import numbers, typed

N = 600


def draw(levels, seed: int = 0, n_rows: int = N) -> np.ndarray:
    return np.random.default_rng(seed).choice(levels, n_rows)


class TestSame:
    def test_names_and_numbers_of_the_same_levels(self):
        code = draw([1, 5, 7, 9])
        name = [{1: "a", 5: "b", 7: "c", 9: "라"}[value] for value in code]
        (finding,) = redundant(typed({"code": code.astype(float), "name": name, "x": numbers(N)}, "code=numeric"))
        assert (finding.code, finding.severity, finding.columns) == ("redundant", "note", ("code", "name"))
        assert finding.message == "code, name say the same, 4 levels one by one"
        assert finding.advice.startswith("--drop name leaves one out")

    def test_gaps_are_a_level(self):
        code = draw(["a", "b", "c"])
        name = [None if value == "c" else f"the {value}" for value in code]
        (finding,) = redundant(typed({"code": code, "name": name, "x": numbers(N)}))
        assert finding.columns == ("code", "name")

    def test_measured_numbers_on_a_curve(self):
        x = np.random.default_rng(0).uniform(0.01, 1, N)
        (finding,) = redundant(typed({"x": x, "z": 1 / x**2, "w": numbers(N)}))
        assert finding.message == "x, z rise and fall together in every row"

    def test_a_straight_line_is_for_another_check(self):
        x = draw(np.arange(30.0))
        assert list(redundant(typed({"x": x, "z": 3 * x + 1}))) == []

    def test_a_single_exception(self):
        code = draw(["a", "b", "c", "d"])
        name = np.char.upper(code)
        name[7] = "A" if code[7] != "a" else "B"
        assert list(redundant(typed({"code": code, "name": name}))) == []


class TestFollowing:
    def test_a_region_follows_from_its_town(self):
        town = draw([f"t{n:02d}" for n in range(40)])
        region = [f"r{int(name[1:]) % 5}" for name in town]
        (finding,) = redundant(typed({"region": region, "town": town, "x": numbers(N)}))
        assert finding.columns == ("town", "region")
        assert finding.message == "region follows from town: each of its 40 levels has one value there"
        assert finding.evidence == {"from": "town", "levels": 40}

    def test_each_follows_from_the_nearest(self):
        town = draw([f"t{n:02d}" for n in range(40)])
        region = [f"r{int(name[1:]) % 10}" for name in town]
        land = [f"l{int(name[1:]) % 5}" for name in region]
        found = list(redundant(typed({"town": town, "region": region, "land": land})))
        assert {finding.columns for finding in found} == {("town", "region"), ("region", "land")}

    def test_dates(self):
        day = np.random.default_rng(0).integers(0, 60, N)
        date = [f"2021-{1 + d // 28:02d}-{1 + d % 28:02d}" for d in day]
        month = [f"m{1 + d // 28}" for d in day]
        (finding,) = redundant(typed({"day": date, "month": month, "x": numbers(N)}))
        assert finding.columns == ("day", "month")

    @pytest.mark.parametrize("n_levels", [300, 590])
    def test_levels_of_a_row_or_two_show_nothing(self, n_levels):
        many = np.array([f"t{n}" for n in range(n_levels)])[np.arange(N) % n_levels]
        rare = np.array(["usual"] * (N - 2) + ["rare"] * 2)
        assert list(redundant(typed({"many": many, "rare": rare, "x": numbers(N)}, "many=category"))) == []

    def test_columns_that_have_nothing_to_do_with_each_other(self):
        data = {f"c{n}": draw([f"l{m}" for m in range(2 + n)], n) for n in range(12)}
        assert list(redundant(typed(data))) == []

    def test_the_target_and_columns_left_out_do_not_count(self):
        town = draw(["a", "b", "c"])
        table = typed({"town": town, "y": np.char.upper(town), "z": np.char.add(town, "x")}, target="y")
        table = table.with_schema(table.schema.with_roles({"z": "left_out"}))
        assert list(redundant(table)) == []


def test_wide_and_short_tables():
    rng = np.random.default_rng(0)
    wide = {f"c{n}": rng.choice(["a", "b", "c"], 40) for n in range(200)}
    assert list(redundant(typed(wide))) == []
    assert list(redundant(typed({"x": ["a", "b"] * 9, "z": ["c", "d"] * 9}))) == []


class TestRepeatedLevel:
    def services(self):
        line = draw(["DSL", "fibre", "No"])
        rng = np.random.default_rng(1)
        extras = {
            name: ["No internet" if l_ == "No" else str(rng.choice(["No", "Yes"])) for l_ in line] for name in "abc"
        }
        return {"line": line, **extras, "x": numbers(N)}

    def test_a_level_in_the_same_rows(self):
        (finding,) = repeated_level(typed(self.services()))
        n_rows = finding.evidence["rows"]
        assert (finding.code, finding.severity) == ("repeated-level", "note")
        assert finding.columns == ("line", "a", "b", "c")
        words = f"No or No internet in the same {n_rows} rows ({100 * n_rows / N:.0f} %)"
        assert finding.message == f"line, a, b, c: {words}"

    def test_two_levels_that_say_the_same_are_for_redundant(self):
        line = draw(["DSL", "fibre"])
        assert list(repeated_level(typed({"line": line, "again": np.char.upper(line), "x": numbers(N)}))) == []

    def test_levels_of_few_rows(self):
        a, b = draw(["k", "l", "m"]).astype(object), draw(["o", "p", "q"], 1).astype(object)
        a[:4], b[:4] = "rare", "seldom"
        assert list(repeated_level(typed({"a": a, "b": b, "x": numbers(N)}))) == []
