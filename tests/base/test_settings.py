from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import PlanError
from netwright.base.figures import shortened
from netwright.base.settings import PRESETS, Settings, parse_bins


def read(**options) -> Settings:
    return Settings.from_options(options)


def refused(**options) -> str:
    with pytest.raises(PlanError) as caught:
        read(**options)
    return str(caught.value)


def test_yes_or_no():
    assert read(allow_leak=True).changed() == {"allow_leak": True}
    assert read(allow_leak=False).changed() == {}
    assert refused(allow_leak="yes") == "--allow-leak must be true or false, got 'yes'."


def test_every_option_is_described():
    described = inspect.getdoc(Settings)
    assert all(f"{field.name}: " in described for field in fields(Settings))


def test_nothing_said():
    assert read() == Settings()
    assert Settings().changed() == {}
    assert read(**{field.name: None for field in fields(Settings)}) == Settings()


def test_unknown_option():
    message = refused(learningrate=0.1)
    assert message.startswith(
        "option 'learningrate' is not known. Known are: activation, allow_leak, batch_size, bin, "
    )
    assert "learning_rate" in message


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("preset", "slow", "--preset must be one of quick, medium, best, course, got 'slow'."),
        ("split", "place", "--split must be one of auto, random, stratified, time, group, got 'place'."),
        ("header", "maybe", "--header must be one of auto, yes, no, got 'maybe'."),
        ("task", "ranking", "--task must be one of regression, binary, multiclass, unsupervised, got 'ranking'."),
        ("scale", "power", "--scale must be one of standard, minmax, robust, robust_clip, log, quantile, got 'power'."),
        ("seed", -1, "--seed must be a whole number at least 0, got -1."),
        ("seed", 1.5, "--seed must be a whole number at least 0, got 1.5."),
        ("seed", 2**63, f"--seed must be a whole number at least 0 and at most 9.22337e+18, got {2**63}."),
        (
            "seed",
            10**400,
            f"--seed must be a whole number at least 0 and at most 9.22337e+18, got {shortened(f'{10**400}.')}",
        ),
        ("epochs", 0, "--epochs must be a whole number at least 1, got 0."),
        ("epochs", 2_000_000, "--epochs must be a whole number at least 1 and at most 1e+06, got 2000000."),
        ("epochs", "many", "--epochs must be a whole number at least 1, got 'many'."),
        ("folds", 1, "--folds must be a whole number at least 2, got 1."),
        ("folds", 200, "--folds must be a whole number at least 2 and at most 100, got 200."),
        ("batch_size", 0, "--batch-size must be a whole number at least 1, or full, got 0."),
        ("batch_size", "Full", "--batch-size must be a whole number at least 1, or full, got 'Full'."),
        ("batch_size", "32.5", "--batch-size must be a whole number at least 1, or full, got 32.5."),
        ("patience", 0, "--patience must be a whole number at least 1, or off, got 0."),
        ("patience", "never", "--patience must be a whole number at least 1, or off, got 'never'."),
        ("learning_rate", 0, "--learning-rate must be a number above 0, got 0.0."),
        ("learning_rate", float("nan"), "--learning-rate must be a number above 0, got nan."),
        ("learning_rate", float("inf"), "--learning-rate must be a number above 0 and at most 1e+06, got inf."),
        ("time_limit", -3, "--time-limit must be a number above 0, got -3.0."),
        ("dropout", 1, "--dropout must be a number at least 0 and below 1, got 1.0."),
        ("dropout", -0.1, "--dropout must be a number at least 0 and below 1, got -0.1."),
        ("dropout", True, "--dropout must be a number at least 0 and below 1, got True."),
        ("weight_decay", -1, "--weight-decay must be a number at least 0, got -1.0."),
        ("l1", -1e-9, "--l1 must be a number at least 0, got -1e-09."),
        ("test_size", 0, "--test-size must be a number above 0 and below 1, got 0.0."),
        ("test_size", 1.0, "--test-size must be a number above 0 and below 1, got 1.0."),
        ("valid_size", 1.5, "--valid-size must be a number above 0 and below 1, got 1.5."),
        ("hidden", "64,0", "--hidden must be a whole number at least 1, got 0."),
        ("hidden", "64;32", "--hidden must be whole numbers with commas between them, or none, got '64;32'."),
        ("hidden", "64,,32", "--hidden must be whole numbers with commas between them, or none, got ''."),
        ("hidden", [8, 2.5], "--hidden must be whole numbers with commas between them, or none, got 2.5."),
        ("hidden", True, "--hidden must be whole numbers with commas between them, or none, got True."),
        ("hidden", "1e400", "--hidden must be whole numbers with commas between them, or none, got '1e400'."),
        ("hidden", [[64]], "--hidden must be whole numbers with commas between them, or none, got [64]."),
        ("epochs", [5], "--epochs must be a single value, got [5]."),
        ("target", ("a", "b"), "--target must be a single value, got ('a', 'b')."),
        ("target", True, "--target must be text, got True. In a config file, put it in quotes."),
        ("drop", [None], "--drop must be text, got None. In a config file, put it in quotes."),
    ],
)
def test_messages(option, value, message):
    assert refused(**{option: value}) == message


def test_an_array_is_no_number():
    assert refused(epochs=np.array([1, 2])) == "--epochs must be a whole number at least 1, got array([1, 2])."
    assert refused(dropout={"a": 1}) == "--dropout must be a number at least 0 and below 1, got {'a': 1}."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("test_size", 0.2), ("test_data", "t.csv")),
        (("valid_size", 0.2), ("valid_data", "v.csv")),
        (("folds", 5), ("valid_size", 0.2)),
        (("folds", 5), ("valid_data", "v.csv")),
        (("table", "t"), ("query", "SELECT 1")),
    ],
)
def test_options_that_contradict_each_other(one, other):
    flags = [f"--{name.replace('_', '-')}" for name, _ in (one, other)]
    for options in (dict([one, other]), dict([other, one])):
        assert refused(**options) == f"{flags[0]} and {flags[1]} say the same thing twice. Pass one of them."
    read(**dict([one]))
    read(**dict([other]))


@pytest.mark.parametrize(
    ("given", "widths"),
    [
        ("64,32", (64, 32)),
        (" 64 , 32 ", (64, 32)),
        ("64", (64,)),
        ("none", ()),
        ("None", ()),
        ([], ()),
        (64, (64,)),
        (64.0, (64,)),
        ([64, 32.0, "16"], (64, 32, 16)),
        (np.int64(8), (8,)),
        (np.array([8, 4]), (8, 4)),
        (range(3, 0, -1), (3, 2, 1)),
    ],
)
def test_hidden(given, widths):
    found = read(hidden=given).hidden
    assert found == widths
    assert all(type(width) is int for width in found)


@pytest.mark.parametrize("option", ["seed", "epochs", "folds", "batch_size", "patience"])
@pytest.mark.parametrize("given", [7, 7.0, "7", "7.0", " 7 ", np.int64(7), np.float32(7), np.str_("7"), np.array(7)])
def test_whole_numbers_in_any_dress(option, given):
    value = getattr(read(**{option: given}), option)
    assert value == 7
    assert type(value) is int


@pytest.mark.parametrize("option", ["learning_rate", "dropout", "weight_decay", "l1", "test_size", "time_limit"])
@pytest.mark.parametrize("given", [0.5, "0.5", "5e-1", np.float64(0.5), np.float32(0.5)])
def test_numbers_in_any_dress(option, given):
    # YAML takes 5e-1 for a text
    value = getattr(read(**{option: given}), option)
    assert value == 0.5
    assert type(value) is float


def test_whole_numbers_for_shares_are_one_plan_with_their_floats():
    for given in (0, 0.0, "0", np.int64(0)):
        assert repr(read(dropout=given).dropout) == "0.0"
    assert type(read(time_limit=60).time_limit) is float


def test_large_seeds_keep_every_digit():
    assert read(seed=str(2**63 - 1)).seed == 2**63 - 1
    assert read(seed=2**53 + 1).seed == 2**53 + 1


def test_words_in_place_of_numbers():
    assert read(batch_size="full").batch_size == "full"
    assert read(patience="off").patience == "off"


def test_words_that_yaml_takes_for_yes_or_no():
    assert read(patience=False).patience == "off"
    assert (read(header=True).header, read(header=False).header) == ("yes", "no")
    assert refused(patience=True) == "--patience must be a whole number at least 1, or off, got True."


@pytest.mark.parametrize("option", ["model", "use", "drop", "kind", "missing", "bin"])
def test_lists(option):
    cases = [("a=b", ("a=b",)), (["a", "b"], ("a", "b")), ((), ()), (-999, ("-999",)), ([-999, 1.0], ("-999", "1"))]
    cases += [(np.array(["a", "b"]), ("a", "b")), ("a,b", ("a,b",)), (["집"], ("집",))]  # a name may hold a comma
    for given, expected in cases:
        assert getattr(read(**{option: given}), option) == expected


def test_names_may_be_numbers():
    # columns of a data frame, sheets and classes are often called 1 or 2019
    settings = read(target=2019, sheet=1, positive=1.0, drop=3)
    assert (settings.target, settings.sheet, settings.positive, settings.drop) == ("2019", "1", "1", ("3",))


def test_data_stay_what_they_are():
    frame = pl.DataFrame({"a": [1]})
    settings = read(test_data=frame, valid_data=[{"a": 1}])
    assert settings.test_data is frame
    assert settings.valid_data == [{"a": 1}]


@pytest.mark.parametrize("preset", list(PRESETS))
def test_presets(preset):
    assert read(preset=preset).preset == preset


def test_limits_themselves_are_allowed():
    settings = read(seed=0, epochs=1, folds=2, batch_size=1, patience=1, dropout=0, weight_decay=0, l1=0)
    assert (settings.folds, settings.dropout, settings.batch_size) == (2, 0, 1)
    assert read(folds=100, epochs=1_000_000).folds == 100


class TestChanged:
    def test_what_differs_from_the_defaults(self):
        settings = read(target="y", preset="medium", hidden="64,32", seed=0, dropout=0, model="mlp", header="auto")
        assert settings.changed() == {"target": "y", "hidden": [64, 32], "dropout": 0, "model": ["mlp"]}

    def test_no_hidden_layers_are_a_change(self):
        assert read(hidden="none").changed() == {"hidden": []}

    def test_json_can_hold_it(self):
        settings = read(
            epochs=np.int64(5), test_data=pl.DataFrame({"a": [1]}), valid_data=Path("v.csv"), drop=["가", "나"]
        )
        assert json.loads(json.dumps(settings.changed())) == {
            "epochs": 5, "test_data": "<DataFrame>", "valid_data": "v.csv", "drop": ["가", "나"]
        }  # fmt: skip

    def test_a_change_gives_new_settings(self):
        settings = read(target="y")
        assert settings.with_(epochs=3).changed() == {"target": "y", "epochs": 3}
        assert settings.changed() == {"target": "y"}


class TestParseBins:
    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ("age=5", {"age": 5}),
            ("age=5.0", {"age": 5}),
            ("age=1000", {"age": 1000}),
            ("age=20,30,40", {"age": (20.0, 30.0, 40.0)}),
            ("age=40,20,20", {"age": (20.0, 40.0)}),
            ("age=30,", {"age": (30.0,)}),
            ("age=-1.5,1e3", {"age": (-1.5, 1000.0)}),
            ("a=b=5", {"a=b": 5}),
            ("나이=2", {"나이": 2}),
        ],
    )
    def test_columns_and_groups(self, entry, expected):
        assert parse_bins([entry]) == expected

    def test_several(self):
        assert parse_bins(["a=2", "b=1,2"]) == {"a": 2, "b": (1.0, 2.0)}
        assert parse_bins([]) == {}

    @pytest.mark.parametrize("entry", ["age", "age=", "age=,", "age=x", "age=5,x", "age=nan", "age=1,inf", "=", ""])
    def test_not_of_that_form(self, entry):
        with pytest.raises(PlanError) as caught:
            parse_bins([entry])
        assert str(caught.value) == f"--bin must be COL=N or COL=EDGE,EDGE,..., got {entry!r}."

    @pytest.mark.parametrize("entry", ["age=1", "age=0", "age=-3", "age=2.5", "age=1001"])
    def test_too_few_or_too_many_groups(self, entry):
        with pytest.raises(PlanError) as caught:
            parse_bins([entry])
        assert str(caught.value) == (
            f"--bin must ask for 2 to 1000 groups, got {entry!r}. A single edge is written 'COL=5,'."
        )

    def test_too_many_edges(self):
        with pytest.raises(PlanError, match="--bin must name at most 1,000 edges, got 1,001 for 'age'"):
            parse_bins(["age=" + ",".join(map(str, range(1001)))])
        assert len(parse_bins(["age=" + ",".join(map(str, range(1000)))])["age"]) == 1000

    def test_the_message_tells_the_truth(self):
        assert parse_bins(["COL=5,"]) == {"COL": (5.0,)}


def test_columns_with_values_may_be_a_mapping_in_python() -> None:
    given = {
        "range": {"age": (0, 120), "size": (None, 9.5)},
        "kind": {"zip": "category"},
        "bin": {"age": (20, 30), "x": 4},
    }
    settings = Settings.from_options(given)
    assert settings.range == ("age=0:120", "size=:9.5")
    assert settings.kind == ("zip=category",)
    assert settings.bin == ("age=20,30", "x=4")


@pytest.mark.parametrize("option", ["positive", "missing", "encoding", "kind", "drop"])
def test_bytes_that_are_no_text(option):
    assert refused(**{option: "\udcb0\udca1"}) == (
        f"--{option} must be text in the encoding of this system, got '\\udcb0\\udca1'."
    )


def test_names_of_files_may_be_any_bytes():
    settings = read(test_data="\udcb0.csv")
    assert (settings.test_data, settings.told()) == ("\udcb0.csv", {"test_data": "\\udcb0.csv"})
