from __future__ import annotations

import pytest

from netwright.base.errors import DataError
from netwright.preparation.task import check_classes, infer_task
from tests.preparation.tables import numbers, typed


def guess(values, *kinds, asked=None):
    guessed = infer_task(typed({"y": values, "x": numbers(len(values))}, *kinds, target="y"), "y", asked)
    return guessed.task, guessed.why


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (numbers(60).tolist(), ("regression", "numbers")),
        ([0, 1] * 30, ("binary", "2 classes")),
        ([1.5, 2.5] * 30, ("binary", "two values")),
        ([-1, 1] * 30, ("binary", "two values")),
        ([0, 1, 2] * 20, ("multiclass", "whole numbers 0 to 2")),
        ([1, 2, 3] * 20, ("multiclass", "whole numbers 1 to 3")),
        (list(range(10)) * 6, ("multiclass", "whole numbers 0 to 9")),
        (list(range(11)) * 6, ("regression", "numbers")),
        ([0, 1, 3] * 20, ("regression", "numbers")),
        ([2, 3, 4] * 20, ("regression", "numbers")),
        ([0, 1, 1.5] * 20, ("regression", "numbers")),
        ([3, 4, 5, 6, 7, 8] * 10, ("regression", "numbers")),
        (["a", "b"] * 30, ("binary", "2 classes")),
        (["yes", "no"] * 30, ("binary", "2 classes")),
        (["a", "b", "c"] * 20, ("multiclass", "3 classes")),
        ([None, 0, 1, 2] * 15, ("multiclass", "whole numbers 0 to 2")),
    ],
)
def test_guesses(values, expected):
    assert guess(values) == expected


def test_numbers_under_the_kind_category():
    assert guess([1.5, 2.5, 3.5] * 20, "y=category")[0] == "multiclass"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([None] * 20, "target 'y' of the dictionary must hold values, got none in 20 rows. Pass another --target."),
        (
            [7.5] * 20,
            "target 'y' of the dictionary must take at least two values, got only '7.5' in 20 rows. "
            "There is nothing to learn. Pass another --target.",
        ),
        (
            ["a"] * 19 + [None],
            "target 'y' of the dictionary must take at least two values, got only 'a' in 19 rows. "
            "There is nothing to learn. Pass another --target.",
        ),
        (
            [f"a name {n}" for n in range(200)],
            "target 'y' of the dictionary must be numbers or classes that repeat, got 200 different values in "
            "200 rows. Pass another --target, or --task regression for numbers.",
        ),
    ],
)
def test_no_targets(values, message):
    with pytest.raises(DataError) as caught:
        guess(values)
    assert str(caught.value) == message


def test_dates_are_no_target():
    with pytest.raises(DataError, match="must be a number or a class, got dates"):
        guess(["2020-01-01", "2020-01-02"] * 20, "y=date")


def test_many_classes_that_repeat():
    assert guess([f"k{n % 150}" for n in range(750)])[0] == "multiclass"
    with pytest.raises(DataError, match="150 different values in 700 rows"):
        guess([f"k{n % 150}" for n in range(700)])
    check_classes(typed({"y": [f"k{n}" for n in range(20)]}, "y=category"), "y")
    check_classes(typed({"y": [f"k{n % 50}" for n in range(100)]}, "y=category"), "y")
    with pytest.raises(DataError, match="60 different values in 60 rows"):
        check_classes(typed({"y": [f"k{n}" for n in range(60)]}, "y=category"), "y")


def test_texts_may_be_numbers_where_the_user_says_so():
    codes = [str(n) for n in range(200)]
    assert guess(codes, "y=category", asked="regression")[1] == "200 classes"
    with pytest.raises(DataError):
        guess(codes, "y=category", asked="multiclass")


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("boston.csv", "medv", "regression"),
        ("california_housing.csv", "median_house_value", "regression"),
        ("titanic.csv", "Survived", "binary"),
        ("adult.csv.gz", "income", "binary"),
        ("winequality_red.csv", "quality", "regression"),
        ("winequality_white.csv", "quality", "regression"),
        ("abalone.csv", "c9", "regression"),
        ("ames_housing.csv", "SalePrice", "regression"),
        ("penguins.csv", "species", "multiclass"),
        ("soybean.csv", "Class", "multiclass"),
        ("dry_bean.csv.gz", "Class", "multiclass"),
        ("telco_churn.csv", "Churn", "binary"),
        ("mpg.csv", "mpg", "regression"),
        ("insurance.csv", "charges", "regression"),
        ("bike_sharing_hour.csv", "cnt", "regression"),
        ("diamonds.csv.gz", "price", "regression"),
        ("german_credit.csv", "default", "binary"),
    ],
)
def test_real_tables(shared, name, target, expected):
    assert infer_task(typed(shared / "tables" / name, target=target), target).task == expected
