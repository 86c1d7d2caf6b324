"""What ships beside an autoencoder: it must fit, and bundles of strangers are refused where it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import Run, train
from netwright.base.errors import PlanError
from netwright.training.anomalies import NAME, anomalies_of
from netwright.training.attachment import Attachment

Houses = Callable[..., pl.DataFrame]


@pytest.fixture(scope="module")
def run() -> Run:
    stream = np.random.default_rng(0)
    own = stream.normal(size=(80, 1))
    frame = pl.DataFrame(own + 0.1 * stream.normal(size=(80, 4)), schema=["가", "나", "다", "라"])
    return train(frame, task="unsupervised", preset="quick", epochs=3, no_repair=True)


@pytest.mark.parametrize(
    ("facts", "arrays", "words"),
    [
        ({"member": 99}, {}, "one of the model's"),
        ({"member": True}, {}, "one of the model's"),
        ({"threshold": "far"}, {}, "threshold of anomalies must be a number"),
        ({"more": 1}, {}, "a threshold, clusters and a map"),
        ({}, {"centres": np.zeros((2, 7))}, "centres must be finite numbers"),
        ({}, {"mean": np.array([np.nan, 0.0])}, "mean must be finite numbers"),
        ({}, {"axes": np.zeros((0, 2))}, "axes must be finite numbers"),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, facts: dict, arrays: dict, words: str) -> None:
    model = run.model.fitted
    own = model.attachment(NAME)
    assert own is not None
    other = Attachment(NAME, {**own.facts, **facts}, {**own.arrays, **arrays})
    with pytest.raises(ValueError, match=words):
        anomalies_of(replace(model, attachments=(other,)))


def test_without_it_no_model_gives_rows_back(run: Run) -> None:
    with pytest.raises(ValueError, match="got none"):
        anomalies_of(replace(run.model.fitted, attachments=()))


def test_what_is_about_a_target_is_refused(run: Run) -> None:
    with pytest.raises(PlanError, match="learned without one"):
        run.model.predict(pl.DataFrame({name: [0.0] for name in "가나다라"}), interval=0.9)
