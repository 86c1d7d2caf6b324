from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from netwright.base.errors import PlanError
from netwright.base.formula import parse_formula
from netwright.base.plan import Preparation
from netwright.base.table import Column, Schema
from netwright.preparation.derived import Derived, Groups, check_formulas, evaluated
from netwright.preparation.values import Codes, Numbers

NAN = math.nan
SCHEMA = Schema(
    (
        Column("방", "numeric"),
        Column("people", "numeric"),
        Column("town", "category"),
        Column("size", "ordinal", levels=("S", "L")),
        Column("built", "date"),
        Column("key", "identifier", role="left_out"),
        Column("price", "numeric", role="target"),
    )
)


def train_cells() -> dict[str, Any]:
    return {
        "방": Numbers(np.array([1.0, 3.0, 10.0, NAN, 7.0, 5.0])),
        "people": Numbers(np.array([1.0, 2.0, 0.0, 4.0, 2.0, 5.0])),
        "town": Codes(np.array([0, 0, 1, 1, -1, 2]), ("a", "b", "c", "never")),
        "size": Codes(np.array([0, 1, 0, 1, 0, 1]), ("L", "S")),
    }


def new_cells() -> dict[str, Any]:
    """Levels under other numbers, one that is missing, one that nobody knows."""
    return {
        "방": Numbers(np.array([2.0, 2.0, 2.0, 2.0, NAN])),
        "people": Numbers(np.array([1.0, 0.0, 2.0, 4.0, 1.0])),
        "town": Codes(np.array([1, 2, 0, -1, 3]), ("?", "a", "b", "c")),
    }


def fitted(text: str) -> Derived:
    return Derived.fit(parse_formula(text), train_cells(), Preparation())


def at_new(text: str) -> list[float]:
    own = fitted(text)
    return [float(value) for value in evaluated(own.formula, new_cells(), own.groups)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("방 / people", [2.0, NAN, 1.0, 0.5, NAN]),
        ("log(people)", [0.0, NAN, math.log(2), math.log(4), 0.0]),
        ("sqrt(0 - people)", [NAN, 0.0, NAN, NAN, NAN]),
        ("exp(1000 * people)", [NAN, 1.0, NAN, NAN, NAN]),
        ("방 ** 0", [1.0, 1.0, 1.0, 1.0, NAN]),
        ("people ** -1", [1.0, NAN, 0.5, 0.25, 1.0]),
        ("min(방, people, 3)", [1.0, 0.0, 2.0, 2.0, NAN]),
        ("mean(방 by town)", [2.0, 10.0, 5.2, 7.0, 5.0]),  # a; b, one of two known; unknown; missing; c
        ("median(people by town)", [1.5, 2.0, 2.0, 2.0, 5.0]),
        ("count(by town)", [2.0, 2.0, 0.0, 1.0, 1.0]),
        ("방 - mean(방 by town)", [0.0, -8.0, -3.2, -5.0, NAN]),
        ("mean(방 - mean(방 by town) by town)", [0.0, 0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_what_it_gives(expression: str, expected: list[float]) -> None:
    np.testing.assert_allclose(at_new(f"x = {expression}"), expected, atol=1e-12)


def test_what_is_missing_is_filled_with_the_median_of_the_train_rows_and_marked() -> None:
    own = fitted("x = 방 / people")
    assert own.number.feature_names == ("x", "x is missing")
    assert own.number.fill == pytest.approx(np.median([1.0, 1.5, 3.5, 1.0]))
    features = own.dense(new_cells())
    assert (features.dtype, features.shape) == (np.float32, (5, 2))
    assert features[:, 1].tolist() == [0, 1, 0, 0, 1]
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    "text", ["x = 방 / 0", "x = 방 * 0", "x = mean(방 / 0 by town)", "x = median(log(-1 + 0 * 방) by town)"]
)
def test_formulas_that_say_nothing_are_features_of_zero(text: str) -> None:
    features = fitted(text).dense(new_cells())
    assert (features[:, 0] == 0).all()
    assert np.isfinite(features).all()


def test_groupings_of_no_known_number_are_missing_everywhere() -> None:
    own = fitted("x = mean(방 / 0 by town)")
    assert own.groups == (Groups((), (), None, None),)
    assert np.isnan(evaluated(own.formula, new_cells(), own.groups)).all()


def test_what_was_found_ends_where_the_train_rows_do() -> None:
    formula, far = parse_formula("x = 방 * people"), {name: Numbers(np.array([1e6, -1e6])) for name in ("방", "people")}
    asked, found = (Derived.fit(formula, train_cells(), Preparation(), found=found) for found in (False, True))
    assert (found.number.low, found.number.high) == (0.0, 25.0)
    far["people"] = Numbers(np.array([1.0, 1.0]))
    ends = {"방": Numbers(np.array([25.0, 0.0])), "people": Numbers(np.array([1.0, 1.0]))}
    assert found.dense(far).tolist() == found.dense(ends).tolist() == asked.dense(ends).tolist()
    assert asked.dense(far)[0, 0] > 100 * asked.dense(ends)[0, 0]


@pytest.mark.parametrize("found", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        "`방 당` = 방 / people",
        "x = mean(방 by town) - median(people by size) + count(by town)",
        "x = mean(방 / 0 by town)",
    ],
)
def test_round_trip_gives_the_same_bits(text: str, found: bool) -> None:
    before = Derived.fit(
        parse_formula(text), train_cells(), Preparation(scale="quantile", outliers="clip"), found=found
    )
    after = Derived.from_json(json.loads(json.dumps(before.to_json())))
    assert after == before
    cells = new_cells() | {"size": Codes(np.zeros(5, dtype=int), ("S",))}
    assert after.dense(cells).tobytes() == before.dense(cells).tobytes()


def _changed(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(fitted("x = mean(방 by town)").to_json()))
    for name, value in changes.items():
        where, _, inner = name.partition("__")
        if inner and isinstance(data[where], list):
            data[where][0][inner] = value
        elif inner:
            data[where][inner] = value
        else:
            data[where] = value
    return data


@pytest.mark.parametrize(
    "data",
    [
        _changed(formula="mean(방 by town) +"),
        _changed(formula="__import__('os').system('true')"),
        _changed(formula="3"),
        _changed(formula="mean(방 by town) + count(by town)"),
        _changed(formula="방"),
        _changed(formula=3),
        _changed(column=""),
        _changed(found=1),
        _changed(groups={}),
        _changed(groups=[3]),
        _changed(groups__values=[1.0]),
        _changed(groups__levels=["a", "a", "c"]),
        _changed(groups__overall=math.inf),
        _changed(groups__values=[1.0, math.nan, 2.0]),
        _changed(groups__more=1),
        _changed(number=None),
        _changed(number__column="y"),
        _changed(number__fill="1"),
        _changed(more=1),
    ],
    ids=str,
)
def test_what_is_malformed_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        Derived.from_json(data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = price / 2", "must not read the target, got 'price'"),
        ("x = mean(price by town)", "must not read the target, got 'price'"),
        ("x = count(by key)", "must read features, got 'key'"),
        ("x = key + 1", "which is left out (identifier)"),
        ("x = built + 1", "must work on numeric columns, got 'built'"),
        ("x = town * 2", "must work on numeric columns, got 'town' in 'x = town * 2', which is of kind category"),
        ("x = mean(방 by people)", "must group by a column of kind category, boolean, ordinal, got 'people'"),
        ("x = rooms + 1", "must read columns of the table (numeric: 방, people), got 'rooms'"),
        ("방 = people", "must give a new name, got '방'"),
        ("price = people", "must give a new name, got 'price'"),
        ("x = 1 + 2", "must read a column"),
    ],
)
def test_columns_that_formulas_may_not_read(text: str, said: str) -> None:
    with pytest.raises(PlanError) as error:
        check_formulas((text,), SCHEMA)
    assert said in str(error.value)
    assert str(error.value).startswith("--derive must ")


def test_names_are_new_among_each_other_and_there_are_not_too_many() -> None:
    assert [own.name for own in check_formulas(("x = 방", "y = count(by size)"), SCHEMA)] == ["x", "y"]
    with pytest.raises(PlanError, match="a new name, got 'x'"):
        check_formulas(("x = 방", "x = people"), SCHEMA)
    with pytest.raises(PlanError, match="at most 100 times, got 101 formulas"):
        check_formulas(tuple(f"x{n} = 방" for n in range(101)), SCHEMA)
