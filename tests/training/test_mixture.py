"""What ships, with several parts: its predictions and what explains them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import InternalError
from netwright.deliver.predictor import Predictor
from netwright.evaluate.metrics import METRICS
from netwright.training import dependence as dependence_module
from netwright.training import effects as effects_module
from netwright.training.dependence import partial_dependence
from netwright.training.effects import effects_of
from netwright.training.equation import equation
from netwright.training.explain import explain
from netwright.training.mixture import Mixture
from tests.deliver.conftest import table
from tests.mixed import FOUR, Ingredients, by_hand

KINDS = ["grade=ordinal:S<M<L"]


@pytest.fixture(scope="module")
def numbers() -> Ingredients:
    return Ingredients.of(table(), "price", drop=["class", "street"], kind=KINDS)


@pytest.fixture(scope="module")
def classes() -> Ingredients:
    return Ingredients.of(table(), "class", drop=["price", "street"], kind=KINDS)


@pytest.fixture(scope="module")
def binary() -> Ingredients:
    return Ingredients.of(table(), "new", drop=["price", "street"], kind=KINDS)


def new_rows(n: int = 20) -> pl.DataFrame:
    """With gaps and levels that training never saw."""
    number = pl.int_range(n)
    return table(n, seed=7).with_columns(
        pl.when(number == 2).then(pl.lit("대구")).otherwise(pl.col("지역")).alias("지역"),
        pl.when(number == 3).then(None).otherwise(pl.col("built")).alias("built"),
        pl.when(number == 4).then(pl.lit(1e300)).otherwise(pl.col("면적")).alias("면적"),
    )


@pytest.mark.parametrize(
    ("which", "options"),
    [
        ("numbers", {}),
        ("classes", {}),
        ("classes", {"temperature": 1.7}),
        ("binary", {"temperature": 0.4, "threshold": 0.3}),
        ("numbers", {"weights": {"trees": 1.0}}),
        ("binary", {"weights": {"linear": 0.5, "constant": 0.5}}),
    ],
)
def test_it_predicts_the_weighted_mean_at_its_temperature(
    which: str, options: dict[str, object], request: pytest.FixtureRequest
) -> None:
    mixture = request.getfixturevalue(which).mixed(**options)
    found = mixture.predict(Predictor(mixture).table(new_rows()))
    np.testing.assert_allclose(found, by_hand(mixture, new_rows()), rtol=1e-12)
    if which != "numbers":
        np.testing.assert_allclose(found.sum(axis=1), 1)
    assert mixture.n_parameters == sum(part.n_parameters for part in mixture.parts)
    assert mixture.n_members == sum(len(part.member_folds) for part in mixture.parts)


def test_a_single_part_is_as_it_is_alone(numbers: Ingredients) -> None:
    base = next(own for own in numbers.baselines if own.name == "trees")
    mixture = numbers.mixed({"trees": 1.0})
    rows = Predictor(mixture).table(new_rows())
    np.testing.assert_array_equal(mixture.predict(rows), base.predict(rows))
    assert mixture.networks == () and mixture.preparers == () and len(mixture.plain_features) == 3


def test_a_row_gives_the_same_bits_in_any_file(classes: Ingredients) -> None:
    mixture = classes.mixed(temperature=1.3)
    rows = Predictor(mixture).table(new_rows())
    one_by_one = [mixture.predict(rows.take(np.array([row]))) for row in range(rows.n_rows)]
    np.testing.assert_array_equal(np.concatenate(one_by_one), mixture.predict(rows))


def test_what_was_not_trained_cannot_be_mixed(numbers: Ingredients) -> None:
    with pytest.raises(InternalError, match="names what was not trained"):
        numbers.mixed({"trees": 0.5, "tabm": 0.5})


def test_a_weight_of_zero_takes_no_part(numbers: Ingredients) -> None:
    assert [part.name for part in numbers.mixed({"trees": 1.0, "linear": 0.0}).parts] == ["trees"]


def test_votes_are_those_of_folds(classes: Ingredients) -> None:
    """Each vote is the mixture of what was trained on that fold; all of them alike would be the whole."""
    mixture = classes.mixed(temperature=1.3)
    rows = Predictor(mixture).table(new_rows())
    from netwright.preparation.values import feature_values

    inputs = mixture.inputs(feature_values(rows))
    votes, folds = mixture.votes(inputs, rows.n_rows)
    assert votes.shape == (3, rows.n_rows, 3) and folds.tolist() == [0, 1, 2]
    np.testing.assert_allclose(votes.sum(axis=2), 1)
    # a part that learned nothing on a fold has no say there
    lone = replace(mixture.networks[0], member_folds=(0, 2), network=mixture.networks[0].network.subset([0, 2]))
    fewer = replace(mixture, parts=(lone,), weights=(1.0,))
    votes, folds = fewer.votes(inputs[:1], rows.n_rows)
    assert folds.tolist() == [0, 2] and len(votes) == 2


def shapley_by_definition(mixture: Mixture, frame: pl.DataFrame, row: int, output: int | None) -> np.ndarray:
    """Every coalition as rows of a table that the mixture predicts."""
    columns = [column.name for column in mixture.schema.features]
    predictor = Predictor(mixture)
    assert mixture.typical is not None
    base = frame[row : row + 1]
    for name in columns:
        cell = mixture.typical[name]
        value = pl.lit(cell).cast(frame.schema[name]) if not isinstance(cell, str) else pl.lit(cell)
        if frame.schema[name] == pl.Datetime("us"):
            value = pl.lit(cell).str.to_datetime(time_unit="us")
        base = base.with_columns(value.alias(name))

    def worth(who: tuple[str, ...]) -> float:
        mixed = base.with_columns(frame[row : row + 1][name] for name in who) if who else base
        found = mixture.predict(predictor.table(mixed))[0]
        return float(found if output is None else found[output])

    n, effects = len(columns), []
    for name in columns:
        others = [other for other in columns if other != name]
        total = 0.0
        for size in range(n):
            share = factorial(size) * factorial(n - size - 1) / factorial(n)
            total += share * sum(worth((*who, name)) - worth(who) for who in combinations(others, size))
        effects.append(total)
    return np.array(effects)


@pytest.mark.parametrize("which", ["numbers", "binary"])
def test_effects_are_those_of_the_definition(which: str, request: pytest.FixtureRequest) -> None:
    ingredients = request.getfixturevalue(which)
    mixture = ingredients.mixed(temperature=1.0 if which == "numbers" else 0.6)
    names = [column.name for column in mixture.schema.features]
    frame = new_rows(6)
    found = effects_of(mixture, Predictor(mixture).table(frame))
    assert found.n_orders == 0 and list(found.columns) == names
    for row in (0, 4):
        expected = shapley_by_definition(mixture, frame, row, None if which == "numbers" else 1)
        np.testing.assert_allclose(found.effects[row], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("which", ["numbers", "classes", "binary"])
def test_effects_sum_to_the_prediction(
    which: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixture = request.getfixturevalue(which).mixed(temperature=1.0 if which == "numbers" else 2.0)
    rows = Predictor(mixture).table(new_rows())
    for most in (effects_module._MOST_PRODUCTS, 1.0):  # all coalitions, and some orders
        monkeypatch.setattr(effects_module, "_MOST_PRODUCTS", most)
        found = effects_of(mixture, rows)
        own = found.predicted if found.explained is None else found.predicted[np.arange(20), found.explained]
        np.testing.assert_allclose(found.effects.sum(axis=1), own - found.typical, atol=1e-9 * np.abs(own).max())


def test_gaps_in_both_rows_are_no_difference(numbers: Ingredients) -> None:
    """Trees read a gap as NaN, which is not even itself."""
    mixture = numbers.mixed({"trees": 1.0})
    typical = dict(mixture.typical or {}) | {"면적": None}
    frame = new_rows(3).with_columns(pl.lit(None, dtype=pl.Float64).alias("면적"))
    found = effects_of(replace(mixture, typical=typical), Predictor(mixture).table(frame))
    assert not found.effects[:, found.columns.index("면적")].any()


@pytest.mark.parametrize("which", ["numbers", "classes", "binary"])
def test_importance_is_that_of_the_mixture(which: str, request: pytest.FixtureRequest) -> None:
    ingredients = request.getfixturevalue(which)
    metric, truth = ingredients.begun.metric, ingredients.begun.truth
    mixture = ingredients.mixed(temperature=1.0 if which == "numbers" else 1.5)
    found = explain(mixture, ingredients.split, truth, metric, 0)
    assert sorted(own.column for own in found) == sorted(column.name for column in mixture.schema.features)
    assert found == explain(mixture, ingredients.split, truth, metric, 0)
    if which != "binary":
        assert found[0].column == "면적" and found[0].rise > 0
    # a part that counts nearly nothing changes nearly nothing; trees alone look at other columns
    alone = explain(ingredients.mixed({"trees": 1.0}), ingredients.split, truth, metric, 0)
    nearly = explain(ingredients.mixed({"trees": 1 - 1e-9, "linear": 1e-9}), ingredients.split, truth, metric, 0)
    rises = {own.column: own.rise for own in nearly}
    assert {own.column: own.rise for own in alone} == pytest.approx(rises, abs=1e-4)


def test_importance_heeds_the_threshold(binary: Ingredients) -> None:
    """Where every row is called yes, no column makes a difference to accuracy."""
    accuracy, truth = METRICS["accuracy"], binary.begun.truth
    for threshold in (None, 0.0):
        found = explain(binary.mixed(threshold=threshold), binary.split, truth, accuracy, 0)
        assert any(own.rise for own in found) == (threshold is None)


def test_dependence_is_the_mean_of_the_mixture(numbers: Ingredients, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand: on the validation rows of each fold, with the cell written into them, what that fold predicts."""
    mixture, split = numbers.mixed(), numbers.split
    (found,) = partial_dependence(mixture, split, ["면적"], 0)
    predictor = Predictor(mixture)
    for place in (0, len(found.at) - 1):
        means = []
        for number, fold in enumerate(split.folds):
            parts = [_of_fold(part, number) for part in mixture.parts]
            alone = replace(mixture, parts=tuple(parts))
            rows = split.development.take(fold.valid).frame.with_columns(pl.lit(float(found.at[place])).alias("면적"))
            means.append(alone.predict(predictor.table(rows)).mean())
        assert found.mean[0][place] == pytest.approx(np.mean(means), rel=1e-5)
        assert found.spread[0][place] == pytest.approx(np.std(means), rel=1e-3)
    monkeypatch.setattr(dependence_module, "_ROWS_AT_ONCE", 1)
    (again,) = partial_dependence(mixture, split, ["면적"], 0)
    np.testing.assert_allclose(again.mean, found.mean, rtol=1e-12)


def _of_fold(part: object, number: int) -> object:
    from netwright.training.model import FittedModel

    if isinstance(part, FittedModel):
        members = [member for member, fold in enumerate(part.member_folds) if fold == number]
        own = (part.folds[number],)
        return replace(part, network=part.network.subset(members), folds=own, member_folds=(0,) * len(members))
    return replace(part, folds=(part.folds[number],))  # type: ignore[type-var,attr-defined]


def test_only_networks_of_one_plan_have_an_equation(numbers: Ingredients) -> None:
    assert equation(numbers.mixed(FOUR)) == ""
    assert equation(numbers.mixed({"linear": 1.0})) == ""
    line = Ingredients.of(
        table(), "price", drop=["class", "street"], kind=KINDS, hidden="none", model=["mlp"], preset="quick"
    )
    assert equation(line.mixed({"mlp": 1.0})).startswith("price = ")
    assert equation(line.mixed({"mlp": 0.5, "trees": 0.5})) == ""
