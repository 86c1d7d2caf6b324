from __future__ import annotations

from datetime import datetime

import pytest

from netwright.base.errors import DataError, PlanError
from netwright.sources.kinds import KindOptions, infer_kinds, parse_kind_options
from netwright.sources.registry import open_table

N = 30


def infer(cells, kind, **options):
    table = open_table({"x": [cells[k % len(cells)] for k in range(N)], "other": [k % 7 + 0.5 for k in range(N)]})
    typed = infer_kinds(table, KindOptions(kinds=parse_kind_options([f"x={kind}"]), **options))
    return typed.schema["x"], typed


def refused(cells, kind, **options):
    with pytest.raises(DataError) as caught:
        infer(cells, kind, **options)
    return str(caught.value)


@pytest.mark.parametrize("kind", ["category", "text", "identifier", "constant"])
@pytest.mark.parametrize("cells", [["a", "b"], [1, 2], ["1", "2"], [True, False]])
def test_kinds_of_texts(cells, kind):
    column, typed = infer(cells, kind)
    assert (column.kind, column.why) == (kind, "as --kind says")
    assert typed["x"].n_unique() == 2


def test_numeric():
    assert infer(["1,5", "2,25", "NA"], "numeric")[1]["x"].to_list()[:3] == [1.5, 2.25, None]
    assert infer(["020", "060"], "numeric")[1]["x"][0] == 20.0
    assert infer([True, False], "numeric")[1]["x"][0] == 1.0
    assert infer([0, 1], "numeric")[0].kind == "numeric"
    assert infer([None], "numeric")[1]["x"].null_count() == N
    assert infer(["(1,500)", "(2.5)"], "numeric")[1]["x"].to_list()[:2] == [-1500.0, -2.5]


def test_references_in_brackets_are_in_no_order():
    assert "must have the order of its levels given" in refused(["(1)", "(2)"], "ordinal")


def test_numeric_with_texts():
    cells = ["1", "x", "y", "z", "w"]
    assert refused(cells, "numeric") == (
        "column 'x' of the dictionary must be numeric, got 'x', 'y', 'z' and 1 more in 24 of 30 rows (first: row 1). "
        "Pass --missing x --missing y --missing z, or --kind x=category."
    )
    assert infer(cells, "numeric", missing=("x", "y", "z", "w"))[1]["x"].null_count() == 24
    assert "must be numeric, got '2020-01-02' in 30 of 30 rows" in refused([datetime(2020, 1, 2)], "numeric")


def test_numeric_and_infinite():
    assert refused(["1", "inf"], "numeric").startswith("column 'x' of the dictionary must be finite, got inf in 15 of")


def test_date():
    assert infer(["2020-01-02"], "date")[1]["x"][0] == datetime(2020, 1, 2)
    assert infer([20200102], "date")[1]["x"][0] == datetime(2020, 1, 2)
    assert infer(["02/01/2020", "NA"], "date:%d/%m/%Y")[1]["x"].to_list()[:2] == [datetime(2020, 1, 2), None]
    assert infer(["2|1|2020"], "date:%d|%m|%Y")[1]["x"][0] == datetime(2020, 1, 2)


def test_no_date():
    assert refused(["2020-01-02", "soon"], "date") == (
        "column 'x' of the dictionary must hold dates, got 'soon' in 15 of 30 rows (first: row 1). "
        "Pass --missing soon, or the format as in --kind x=date:%d/%m/%Y, or --kind x=category."
    )
    assert "got 'soon' in 30 of 30 rows" in refused(["soon"], "date")
    assert "got '31/31/2020' in 30 of 30 rows" in refused(["31/31/2020"], "date:%d/%m/%Y")


@pytest.mark.parametrize("form", ["%Q", "%.Z", "%d/%m/%Y %", "%Y-%m-%d %H:%M:%S.%f", "%d" * 60, "%-Z%Y"])
def test_a_format_that_polars_cannot_take(form):
    with pytest.raises(PlanError, match=r"must give a strptime format, such as %d/%m/%Y %H:%M"):
        infer(["2020-01-02"], f"date:{form}")


def test_ordinal_with_levels():
    column, typed = infer(["S", "L", "M", "", "NA"], "ordinal:S<M<L")
    assert (column.kind, column.levels) == ("ordinal", ("S", "M", "L"))
    assert typed["x"].to_list()[:5] == ["S", "L", "M", None, None]
    assert infer(["NA", "Po", "Gd"], "ordinal:NA<Po<Gd")[1]["x"].null_count() == 0
    assert infer([1.0, 3.0], "ordinal:1.0<2.0<3.0")[0].levels == ("1", "2", "3")


def test_ordinal_level_not_listed():
    assert refused(["S", "XL", "M"], "ordinal:S<M<L") == (
        "column 'x' of the dictionary must hold only the levels S < M < L, got 'XL' in 10 of 30 rows (first: row 1). "
        "Pass --missing XL, or add to --kind 'x=ordinal:S<M<L' what is not listed."
    )


def test_ordinal_without_levels():
    assert infer(["10", "9", "2.0", "NA"], "ordinal")[0].levels == ("2", "9", "10")
    assert infer([3, 1, 2], "ordinal")[0].levels == ("1", "2", "3")
    assert refused(["M", "S", "L"], "ordinal") == (
        "column 'x' of the dictionary must have the order of its levels given, got 'L', 'M', 'S'. "
        "List them from low to high, as in --kind 'x=ordinal:S<M<L'."
    )


def test_boolean():
    assert infer(["yes", "no", "NA"], "boolean")[0].levels == ("no", "yes")
    assert infer(["m", "f"], "boolean")[0].levels == ("f", "m")
    assert infer(["passed", "failed"], "boolean:failed<passed")[0].levels == ("failed", "passed")
    assert refused(["a", "b", "c"], "boolean") == (
        "column 'x' of the dictionary must have two values to be boolean, got 3: 'a', 'b', 'c'. Pass --kind x=category."
    )
    assert refused(["passed", "failed", "absent"], "boolean:failed<passed").startswith(
        "column 'x' of the dictionary must hold only the levels failed and passed, got 'absent' in 10 of 30 rows"
    )
