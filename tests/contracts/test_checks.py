"""What every data check must do, run over the registry."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from netwright.audit.check import checks
from netwright.base.finding import SEVERITIES, Finding
from tests.preparation.tables import loaded, numbers, typed

SENTENCES = [f"the house number {n} stands near the river with a garden of size {n % 7}" for n in range(60)]


def aimed(data, target, *kinds):
    """A typed table with its target named as such."""
    table = typed(data, *kinds, target=target)
    return table.with_schema(table.schema.with_roles({target: "target"}))


def odd_tables():
    """Tables that give a check something to stumble over."""
    x = numbers(60)
    spoilt = x.copy()
    spoilt[0] = 1e9
    mixed = {
        "번호": [f"k{n}" for n in range(60)], "one": [1] * 60, "none": [None] * 60, "text": SENTENCES, "x": spoilt,
        "same": 2 * spoilt, "gaps": [None] * 40 + x[:20].tolist(), "town": ["전국", "서울", None] * 20,
        "key": [f"b{n}" if n % 5 == 0 else None for n in range(60)], "yes": ["no", "yes"] * 30,
        "day": ["2020-01-01", "1950-07-01", None] * 20,
    }  # fmt: skip
    yield "mixed", typed(mixed, "key=category", "town=category")
    yield "copies", typed({"x": [1.5] * 30 + [2.5] * 30, "z": [2.5] * 30 + [1.5] * 30})
    yield "largest", typed({"x": [-1.7e308, 1.7e308, 0.5] * 20, "z": x * 1e200, "w": x * 1e-300})
    yield "one column", typed({"x": x})
    yield "one category", typed({"c": ["a", "b", None] * 20})
    yield "two rows", typed({"x": [1.5, 2.5], "c": ["a", "b"]})
    yield "noise", loaded({"x": x, "town": ["a", "b", "c"] * 20, "y": numbers(60, 5)}, target="y").table
    yield "one row", typed({"x": [1.5], "c": ["a"]})
    classes = {"번호": x, "같음": [1] * 60, "gaps": [None, 1.5] * 30, "y": ["가", "나", None] * 20}
    yield "with classes", aimed(classes, "y")
    yield "with numbers", aimed({"x": [None, 1e308, -1e308] * 20, "c": ["a", None, "b"] * 20, "y": x * 1e300}, "y")
    yield "same target", aimed({"x": [None, *x[1:]], "y": [2.5] * 60}, "y", "y=numeric")
    yield "many columns", typed({f"c{n}": numbers(40, n) for n in range(250)})


TABLES = dict(odd_tables())


def run(name, table):
    return list(checks.get(name)(table))


@pytest.mark.parametrize("name", checks.names())
@pytest.mark.parametrize("which", list(TABLES))
class TestCheck:
    def test_its_findings_are_those_of_the_contract(self, name, which):
        for finding in run(name, TABLES[which]):
            assert isinstance(finding, Finding)
            assert (finding.code, finding.where) == (name, "data")
            assert finding.severity in SEVERITIES
            assert finding.message
            assert not finding.message.endswith(".")
            assert set(finding.columns) <= set(TABLES[which].schema.names)
            json.dumps(finding.to_json(), allow_nan=False)

    def test_the_table_is_left_as_it_was(self, name, which):
        table = TABLES[which]
        before = table.frame.clone()
        first = run(name, table)
        assert table.frame.equals(before)
        assert run(name, table) == first

    def test_no_rows_no_findings_about_values(self, name, which):
        empty = TABLES[which].take(np.array([], dtype=np.int64))
        found = run(name, empty)
        assert all(finding.code in ("constant", "identifier", "free-text") for finding in found)


def planted():
    """For checks that are silent on the mixed table, one on which they speak."""
    n = 200
    draw = np.random.default_rng(0)
    x, town = draw.normal(6, 1, n).clip(4, 8), draw.choice(["서울", "부산", "대구"], n)
    zero, mark = x.copy(), x.copy()
    zero[0], mark[:9] = 0, 999
    gaps = [None if name == "서울" else float(value) for name, value in zip(town, x, strict=True)]
    yield "duplicates", TABLES["copies"]
    yield "near-duplicates", typed({"x": [*x, *(x[:9] + 1e-6)], "z": [*numbers(n), *numbers(n)[:9]]})
    yield "no-relation", TABLES["noise"]
    yield "impossible", typed({"x": zero})
    yield "missing-token", typed({"x": mark})
    yield "capped", typed({"x": np.minimum(draw.normal(size=n), 1.0)})
    yield "skewed", typed({"x": draw.lognormal(0, 2, n)})
    yield "near-constant", typed({"x": x, "road": ["a"] * 199 + ["b"]})
    yield "many-levels", typed({"x": x, "town": [f"t{number // 3}" for number in range(n)]})
    yield "redundant", typed({"x": x, "town": town, "도시": [f"{name}시" for name in town]})
    yield "missing-together", typed({"x": gaps, "z": [None if gap is None else 2.5 - gap**2 for gap in gaps]})
    yield "mixed-kinds", typed({"size": ["lost", *(str(number) for number in range(1, 120))], "z": numbers(120)})
    yield "number-as-text", typed({"size": [f"{number % 90} kg" for number in range(n)], "x": x})
    levels = [f"{name}{number % 2}" if name != "서울" else name for number, name in enumerate(town)]
    yield "repeated-level", typed({"a": town, "b": levels, "x": x})
    yield "missing-target", aimed({"x": gaps, "y": ["a" if name == "서울" else "b" for name in town]}, "y")
    small = numbers(200, 8) / 9
    summed = aimed({"x": numbers(200, 7), "z": small, "y": numbers(200, 7) + small}, "y")
    yield "leak", summed
    yield "leak-sum", summed
    yield "imbalance", aimed({"x": x, "y": ["a"] * 190 + ["b"] * 10}, "y")


PLANTED = dict(planted())


@pytest.mark.parametrize("name", checks.names())
def test_it_finds_something_somewhere(name, tmp_path):
    if name == "second-header":
        path = tmp_path / "t.csv"
        path.write_text(
            "town,w,h\ntown,kg,cm\n" + "\n".join(f"a{n % 3},{n / 7:.3f},{n % 11 / 3:.3f}" for n in range(60))
        )
        assert run(name, typed(path))
    else:
        assert run(name, PLANTED.get(name, TABLES["mixed"])), f"plant a table for {name} in `planted`"


@pytest.mark.parametrize("name", checks.names())
def test_a_clean_table_is_clean(name):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.normal(size=300), "z": rng.random(300), "town": rng.choice(["a", "b", "c"], 300)})
    assert run(name, typed(frame)) == []
