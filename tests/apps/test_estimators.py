"""What a scikit-learn user does beyond the contract."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from netwright import Classifier, Regressor
from netwright.base.errors import UserError

FAST: dict[str, Any] = {"preset": "quick", "epochs": 15, "random_state": 0}


@pytest.fixture(scope="module")
def people() -> tuple[pd.DataFrame, pd.Series]:
    """Columns of every kind, with gaps and Korean."""
    rng = np.random.default_rng(0)
    n = 160
    age, town = rng.uniform(18, 80, n).round(1), rng.choice(["서울", "부산", "제주"], n)
    frame = pd.DataFrame(
        {
            "나이": np.where(rng.random(n) < 0.1, np.nan, age),
            "도시": pd.Categorical(town),
            "member": rng.random(n) > 0.5,
            "since": pd.date_range("2020-01-01", periods=n),
        }
    )
    return frame, pd.Series(age * 10 + 100 * (town == "서울"), name="지출")


def test_data_frames_of_any_kind(people: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = people
    model = Regressor(**(FAST | {"epochs": 40})).fit(X, y)
    assert model.score(X, y) > 0.6
    assert list(model.feature_names_in_) == list(X.columns)
    other = pl.DataFrame({name: X[name].astype(str) if name == "도시" else X[name] for name in X})
    np.testing.assert_array_equal(model.predict(other), model.predict(X))


@pytest.mark.filterwarnings("ignore:c. gives target away")  # a petal tells setosa from the others
def test_labels_come_back_as_they_were() -> None:
    X, y = load_iris(return_X_y=True)
    for labels in (np.array(["가", "나", "다"])[y], y * 10 + 5, np.array([2.0, 1.0, -1.0])[y], y == 0):
        model = Classifier(**(FAST | {"epochs": 40})).fit(X, labels)
        assert model.predict(X).dtype == labels.dtype
        np.testing.assert_array_equal(model.classes_, np.unique(labels))
        assert model.score(X, labels) > 0.8
        chosen = model.classes_[model.predict_proba(X).argmax(axis=1)]
        np.testing.assert_array_equal(chosen, model.predict(X))


def test_labels_that_look_missing_stay_labels() -> None:
    X, y = load_iris(return_X_y=True)
    labels = np.array(["NA", "?", ""])[y]
    assert set(Classifier(**FAST).fit(X, labels).predict(X)) <= {"NA", "?", ""}


def test_pipeline_search_and_cross_validation() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    piped = make_pipeline(StandardScaler(), Regressor(**FAST))
    assert cross_val_score(piped, X, y, cv=3).mean() > 0.2
    grid = GridSearchCV(Regressor(**FAST), {"dropout": [0.0, 0.9], "hidden": [(8,), "16,8"]}, cv=2).fit(X, y)
    assert grid.best_params_["dropout"] == 0.0


def test_the_same_random_state_gives_the_same_bits() -> None:
    X, y = load_diabetes(return_X_y=True)
    first, second, other = (Regressor(**(FAST | {"random_state": s})).fit(X, y).predict(X) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_validation_data_take_the_place_of_folds() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = Regressor(**FAST).fit(X[:300], y[:300], validation_data=(X[300:], y[300:]))
    assert len(model.curves_.members) == 1
    assert model.metrics_["n_train"] == 442
    predicted = model.predict(X[300:])
    best = model.curves_.valid_score[0, model.curves_.best_epoch[0]]
    assert best == pytest.approx(float(np.sqrt(np.mean((predicted - y[300:]) ** 2))), rel=1e-4)


def test_evaluation_is_out_of_fold_and_called_validation() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = Regressor(**FAST).fit(X, y)
    assert "test" not in model.metrics_
    assert set(model.metrics_["validation"]) == {"rmse", "mae", "r2"}
    assert model.metrics_["verdict"]["answer"] in ("yes", "no", "undecided")
    assert model.report_.startswith("<!doctype html>")


def test_a_stored_model_predicts_and_carries_no_data() -> None:
    X, y = load_diabetes(return_X_y=True)
    X = np.tile(X, (5, 1))
    model = Regressor(hidden=(8,), **FAST).fit(X, np.tile(y, 5))
    stored = pickle.dumps(model)
    assert len(stored) < X.nbytes / 2
    again = pickle.loads(stored)  # noqa: S301 - scikit-learn users store estimators so
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    with pytest.raises(AttributeError, match="needs the training data"):
        _ = again.report_


def test_parameters_survive_cloning() -> None:
    model = Regressor(hidden=[8, 4], bin=["c1=3"], dropout=0.5, random_state=3)
    assert clone(model).get_params() == model.get_params()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dropout": 2}, "^dropout must be a number at least 0 and below 1"),
        ({"hidden": "a"}, "^hidden must be whole numbers"),
        ({"preset": "fast"}, "^preset must be one of"),
        ({"kind": ["nothing=category"]}, "^kind must name a column"),
        ({"metric": "accuracy"}, "^metric must be one of rmse"),
    ],
)
def test_wrong_parameters_are_value_errors_with_advice(options: dict[str, Any], message: str) -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(UserError, match=message) as caught:
        Regressor(**(FAST | options)).fit(X, y)
    assert isinstance(caught.value, ValueError)


def test_a_target_of_another_length_is_refused() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(UserError, match="same number of rows, got 442 and 400"):
        Regressor(**FAST).fit(X, y[:400])


def test_unseen_levels_and_gaps_at_prediction(people: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = people
    model = Regressor(**FAST).fit(X, y)
    new = X.head(4).copy()
    new["도시"] = ["대구", None, "서울", "부산"]
    new["나이"] = [None, 30.0, 40.0, None]
    new["since"] = [pd.NaT, *X["since"].iloc[1:4]]
    assert np.isfinite(model.predict(new)).all()


def test_explanations_sum_to_the_predictions(people: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = people
    model = Regressor(**FAST).fit(X, y)
    found = model.explain(X.head(5))
    effects = found.select([f"effect_{name}" for name in X.columns]).to_numpy()
    np.testing.assert_allclose(found["typical"].to_numpy() + effects.sum(axis=1), model.predict(X.head(5)))
    again = pickle.loads(pickle.dumps(model))  # noqa: S301 - scikit-learn users store estimators so
    assert again.explain(X.head(5)).equals(found)
    array, labels = load_iris(return_X_y=True)
    classes = Classifier(**FAST).fit(array, labels)
    found = classes.explain(array[:3])
    assert found.columns[-4:] == ["effect_c1", "effect_c2", "effect_c3", "effect_c4"]
    assert found["prediction"].to_list() == [str(label) for label in classes.predict(array[:3])]


def test_intervals_of_numbers() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = Regressor(**FAST).fit(X[:300], y[:300])
    ends = model.predict_interval(X[300:], 0.9)
    assert ends.shape == (142, 2)
    predicted = model.predict(X[300:])
    assert (ends[:, 0] <= predicted).all() and (predicted <= ends[:, 1]).all()
    assert 0.8 < np.mean((ends[:, 0] <= y[300:]) & (y[300:] <= ends[:, 1])) < 0.99
    assert "interval" not in model.metrics_ and "conformal" not in model.metrics_  # no test, nothing to be sure of
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    assert np.array_equal(again.predict_interval(X[300:], 0.9), ends)
    with pytest.raises(UserError, match=r"^interval must be a share between 0 and 1, such as 0\.9, got 90\."):
        model.predict_interval(X[300:], 90)


def test_sets_of_classes() -> None:
    X, y = load_iris(return_X_y=True)
    model = Classifier(**FAST).fit(X[::2], y[::2])
    sets = model.predict_set(X[1::2], interval=0.9)
    assert sets.shape == (75, 3) and sets.dtype == bool
    assert sets[np.arange(75), model.predict_proba(X[1::2]).argmax(axis=1)].all()
    assert np.mean(sets[np.arange(75), y[1::2]]) > 0.8


def test_a_diverged_training_warns() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.warns(UserWarning, match="networks diverged.*pass learning_rate 0.05"):
        Regressor(**(FAST | {"optimizer": "sgd", "learning_rate": 0.5, "dropout": 0.0})).fit(X, y)
    with pytest.raises(ValueError, match="all 5 networks diverged"):
        Regressor(**(FAST | {"optimizer": "sgd", "learning_rate": 1e5, "dropout": 0.0})).fit(X, y)
