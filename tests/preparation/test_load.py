from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import DataError, PlanError, UserError
from netwright.base.settings import Settings
from netwright.preparation.load import check_name, loaded_with, read_options, read_table, with_roles
from netwright.preparation.target import Target
from tests.preparation.tables import loaded, numbers, typed

N = 60
HOUSES = {"rooms": numbers(N), "area": numbers(N, 1), "town": ["a", "b", "c"] * 20, "price": numbers(N, 2)}


def refused(data, error=UserError, **options) -> str:
    with pytest.raises(error) as caught:
        loaded(data, **options)
    return str(caught.value)


def roles(data, **options) -> dict[str, str]:
    return {column.name: column.role for column in loaded(data, **options).table.schema.columns}


def few(n_rows: int, **changes):
    return {name: list(cells[:n_rows]) for name, cells in (HOUSES | changes).items()}


class TestReading:
    def test_options_reach_the_source(self):
        settings = Settings.from_options({
            "encoding": "cp949", "separator": ";", "header": "no", "decimal": ",", "sheet": "s", "table": "t"
        })  # fmt: skip
        options = read_options(settings)
        assert (options.encoding, options.separator, options.header) == ("cp949", ";", "no")
        assert (options.decimal, options.sheet, options.table, options.query) == (",", "s", "t", None)

    def test_kinds_and_missing(self):
        data = HOUSES | {"river": [0, 1] * 30, "code": ["7", "x", "8", "5", "6", "9"] * 10}
        table = loaded(data, target="price", kind=["river=category"], missing="x").table
        assert table.schema["river"].kind == "category"
        assert table.schema["code"].kind == "numeric"
        assert table["code"].null_count() == 10

    def test_numbers_as_missing(self):
        # a config file holds `missing: [-999]`
        table = loaded(HOUSES | {"code": ["-999", "1.5", "2.5"] * 20}, target="price", missing=[-999]).table
        assert table["code"].null_count() == 20

    def test_arrays(self):
        array = np.column_stack([numbers(N), np.arange(N), numbers(N, 1)])
        table = read_table(array, Settings.from_options({"target": "c3"}), arrays=True)
        assert [column.kind for column in table.schema.columns] == ["numeric"] * 3

    def test_an_audit_needs_no_target(self):
        table = read_table(HOUSES, Settings())
        assert table.schema.target is None


class TestNames:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"target": "prise"}, "--target must name a column of the dictionary, got 'prise'. Did you mean 'price'?"),
            ({"target": "PRICE"}, "--target must name a column of the dictionary, got 'PRICE'. Did you mean 'price'?"),
            (
                {"target": "zzz"},
                "--target must name a column of the dictionary, got 'zzz'. It has rooms, area, town, price.",
            ),
            (
                {"target": "price", "drop": ["Rooms"]},
                "--drop must name a column of the dictionary, got 'Rooms'. Did you mean 'rooms'?",
            ),
            (
                {"target": "price", "use": ["areas"]},
                "--use must name a column of the dictionary, got 'areas'. Did you mean 'area'?",
            ),
            (
                {"target": "price", "kind": ["tow=category"]},
                "--kind must name a column of the dictionary, got 'tow'. Did you mean 'town'?",
            ),
        ],
    )
    def test_columns_that_are_not_there(self, options, message):
        assert refused(HOUSES, PlanError, **options) == message

    def test_several_near_names(self):
        names = ["room_1", "room_2", "price"]
        with pytest.raises(PlanError, match=r"Did you mean 'room_\d' or 'room_\d'\?"):
            check_name("--drop", "room_", names, "t.csv")

    def test_korean_names(self):
        with pytest.raises(PlanError, match="Did you mean '분양가격'"):
            check_name("--target", "분양가걱", ["면적", "분양가격"], "t.csv")

    def test_a_long_list_is_cut(self):
        with pytest.raises(PlanError, match=r"c0, c1, c2, .*, c11 and 38 more"):
            check_name("--target", "zzzzzzzz", [f"c{n}" for n in range(50)], "t.csv")

    def test_columns_called_by_numbers(self):
        frame = pl.DataFrame({"0": numbers(N), "1": numbers(N, 1)})
        assert loaded(frame, target=1).target.name == "1"


class TestRoles:
    def test_all_others_are_features(self):
        assert roles(HOUSES, target="price") == {
            "rooms": "feature", "area": "feature", "town": "feature", "price": "target"
        }  # fmt: skip

    def test_use(self):
        assert roles(HOUSES, target="price", use=["area"]) == {
            "rooms": "left_out", "area": "feature", "town": "left_out", "price": "target"
        }  # fmt: skip

    def test_drop(self):
        assert roles(HOUSES, target="price", drop=["area", "town"])["rooms"] == "feature"
        assert roles(HOUSES, target="price", drop=["area", "town"])["area"] == "left_out"

    def test_kinds_that_no_network_reads(self):
        data = HOUSES | {"id": [f"k{n}" for n in range(N)], "one": ["x"] * N}
        found = roles(data, target="price")
        assert (found["id"], found["one"], found["rooms"]) == ("left_out", "left_out", "feature")
        assert roles(data, target="price", kind=["id=category"])["id"] == "feature"

    @pytest.mark.parametrize("option", ["use", "drop"])
    def test_the_target_is_no_feature(self, option):
        assert refused(HOUSES, PlanError, target="price", **{option: ["price"]}) == (
            "column 'price' is the --target and cannot be in --use or --drop."
        )

    def test_nothing_to_learn_from(self):
        data = {"one": ["k"] * N, "text": ["k"] * N, "price": numbers(N)}
        assert refused(data, DataError, target="price") == (
            "the dictionary must have a column to learn from besides the target, got none: left out are "
            "one (constant), text (constant). Pass --kind COL=KIND to use one of them."
        )
        assert "left out are no others" in refused({"price": numbers(N)}, DataError, target="price")

    def test_what_is_not_wanted_does_no_harm(self):
        data = HOUSES | {"broken": [np.inf] + [1.5] * (N - 1)}
        assert "must be finite" in refused(data, DataError, target="price")
        assert loaded(data, target="price", drop="broken").table.n_rows == N
        assert loaded(data, target="price", use=["rooms"]).table.n_rows == N

    def test_roles_can_be_given_without_a_target(self):
        table = with_roles(typed(HOUSES), Settings())
        assert table.schema.target is None
        assert len(table.schema.features) == 4


class TestTarget:
    def test_rows_without_target_are_counted_and_left_out(self):
        y = [None if n % 4 == 0 else float(n) for n in range(N)]
        start = loaded(HOUSES | {"price": y}, target="price")
        assert start.n_without_target == 15
        assert start.table.n_rows == 45
        assert start.table.rows[:4].tolist() == [1, 2, 3, 5]
        assert start.table["price"].null_count() == 0

    @pytest.mark.parametrize(
        ("y", "task", "classes", "why"),
        [
            (numbers(N).tolist(), "regression", (), "numbers"),
            ([0, 1] * 30, "binary", ("0", "1"), "2 classes"),
            ([1.5, 2.5] * 30, "binary", ("1.5", "2.5"), "two values"),
            ([True, False] * 30, "binary", ("false", "true"), "2 classes"),
            (["yes", "no"] * 30, "binary", ("no", "yes"), "2 classes"),
            ([0.0, 1.0, 2.0] * 20, "multiclass", ("0", "1", "2"), "whole numbers 0 to 2"),
            (["1", "2", "3"] * 20, "multiclass", ("1", "2", "3"), "whole numbers 1 to 3"),
            (["01", "02", "10"] * 20, "multiclass", ("01", "02", "10"), "3 classes"),
            (["c", "a", "b"] * 20, "multiclass", ("a", "b", "c"), "3 classes"),
            (["가", "나", ""] * 20, "binary", ("가", "나"), "2 classes"),
        ],
    )
    def test_task_and_classes(self, y, task, classes, why):
        start = loaded(HOUSES | {"y": y}, target="y")
        assert start.target == Target("y", task, classes)
        assert start.why == why
        assert (start.table["y"].dtype == pl.String) == (task != "regression")

    def test_the_user_decides(self):
        start = loaded(HOUSES | {"y": [0, 1, 2] * 20}, target="y", task="regression")
        assert (start.target, start.why) == (Target("y", "regression"), "as asked")
        assert start.table["y"].to_list()[:3] == [0.0, 1.0, 2.0]
        grades = loaded(HOUSES | {"y": [3, 4, 5, 7] * 15}, target="y", task="multiclass")
        assert grades.target.classes == ("3", "4", "5", "7")
        codes = {"y": [str(n) for n in range(200)], "x": numbers(200)}
        assert loaded(codes, target="y", kind="y=category", task="regression").table["y"].dtype == pl.Float64

    def test_a_sample_knows_its_task(self):
        start = loaded("sample:diabetes", target="target")
        assert (start.target.task, start.why) == ("regression", "the sample says so")

    @pytest.mark.parametrize(
        ("y", "options", "message"),
        [
            ([0, 1, 2] * 20, {"task": "binary"}, "--task binary must have two classes in 'y', got 3: 0, 1, 2."),
            (
                numbers(N).tolist(),
                {"positive": "1"},
                "--positive must come with two classes, got a regression task. Leave it out.",
            ),
            (["a", "b", "c"] * 20, {"positive": "a"}, "--positive must come with two classes, got 3: a, b, c."),
            (["a", "b"] * 30, {"positive": "z"}, "--positive must be one of the classes of 'y' (a, b), got 'z'."),
            (
                ["a", "b"] * 30,
                {"task": "regression"},
                "column 'y' of the dictionary must be numeric, got 'a', 'b' in 60 of 60 rows (first: row 0).",
            ),
            ([None] * N, {}, "target 'y' of the dictionary must hold values, got none in 60 rows."),
            ([3] * N, {}, "target 'y' of the dictionary must take at least two values, got only '3' in 60 rows."),
            (
                [1e40, *numbers(N - 1).tolist()],
                {},
                "target 'y' of the dictionary must lie within 1e+30 of zero to be computed with, got 1e+40 in row 0. "
                "Divide the column by a power of ten.",
            ),
        ],
    )
    def test_messages(self, y, options, message):
        assert refused(HOUSES | {"y": y}, target="y", **options).startswith(message)

    def test_positive(self):
        data = HOUSES | {"y": [0, 1] * 30}
        assert loaded(data, target="y", positive=0).target.classes == ("1", "0")
        assert loaded(data, target="y", positive="1").target.classes == ("0", "1")


class TestFurtherFiles:
    def test_brought_to_the_columns_of_training(self):
        more = {
            "price": [1.5, None, 2.5],
            "town": ["c", "z", None],
            "area": [1, 2, 3],
            "more": [0, 0, 0],
            "rooms": ["4", "", "6"],
        }
        start = loaded(HOUSES, target="price", test_data=more)
        assert start.test.schema.names == ["rooms", "area", "town", "price"]
        assert start.test["rooms"].to_list() == [4.0, 6.0]  # the row without a price is gone
        assert start.test["town"].to_list() == ["c", None]
        assert start.valid is None
        assert start.table.n_rows == N

    def test_labels_are_those_of_training(self):
        data = HOUSES | {"y": [0.0, 1.0, 2.0] * 20}
        more = few(3) | {"y": ["2", "0", "1"]}
        start = loaded(data, target="y", test_data=more, valid_data=few(2) | {"y": [1, 2]})
        assert start.target.numbers(start.test).tolist() == [2, 0, 1]
        assert start.target.numbers(start.valid).tolist() == [1, 2]

    def test_unknown_classes(self):
        more = few(4, town=["a", "z", "z", "b"])
        start = loaded(HOUSES, target="town", test_data=more, valid_data=more)
        assert start.target.numbers(start.test).tolist() == [0, -1, -1, 1]  # they count as wrong
        assert start.valid["town"].to_list() == ["a", "b"]  # they would only disturb
        found = [finding for finding in start.findings if finding.code == "unknown-class"]
        assert [finding.message for finding in found] == [
            "2 rows of the dictionary with a class that the training data lack: z"
        ] * 2  # fmt: skip

    @pytest.mark.parametrize(
        ("more", "target", "message"),
        [
            (few(1, price=[None]), "price", "the dictionary must hold values of 'price', got none."),
            (
                {"rooms": [1.5], "price": [2.5]},
                "price",
                "the dictionary must have every column that the model reads, got no 'area', 'town' (2 columns of 3)",
            ),
            (
                few(2, price=["x", "y"]),
                "price",
                "column 'price' of the dictionary must be numeric, as in training, got 'x'",
            ),
            (few(3, price=[1.5, 1e31, 2.5]), "price", "target 'price' of the dictionary must lie within 1e+30 of zero"),
            (
                few(3, town=["x", "y", "z"]),
                "town",
                "the dictionary must hold rows of the classes of 'town' (a, b, c), got none. Pass other --valid-data.",
            ),
        ],
    )
    def test_messages(self, more, target, message):
        assert refused(HOUSES, DataError, target=target, valid_data=more).startswith(message)

    def test_only_columns_in_use_are_needed(self):
        start = loaded(HOUSES, target="price", use=["rooms"], test_data={"rooms": [1.5], "price": [2.5]})
        assert start.test.n_rows == 1


class TestFindings:
    @pytest.mark.parametrize(("n_rows", "codes"), [(49, ["few-rows"]), (50, [])])
    def test_few_rows(self, n_rows, codes):
        start = loaded(few(n_rows), target="price")
        assert [finding.code for finding in start.findings] == codes
        if codes:
            assert start.findings[0].message == "only 49 rows with a target: every score is a rough guess"

    def test_lonely_classes(self):
        town = ["a", "b", "c"] * 19 + ["y", "z", "a"]
        (finding,) = loaded(HOUSES | {"town": town}, target="town").findings
        assert (finding.code, finding.severity, finding.columns) == ("lonely-class", "warning", ("town",))
        assert finding.message == "2 classes with a single row (y, z): kept in train"
        assert finding.evidence == {"classes": ["y", "z"]}

    def test_a_clean_table(self):
        assert loaded(HOUSES, target="town").findings == ()

    def test_typed_tables_of_the_estimators(self):
        table = typed(few(40), target="price")
        start = loaded_with(table, Target("price", "regression"))
        assert (start.n_without_target, start.test, start.valid) == (0, None, None)
        assert [finding.code for finding in start.findings] == ["few-rows"]
