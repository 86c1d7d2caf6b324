"""Records of small runs that were really made, and variations of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import train
from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.record import Predictions, RunRecord
from netwright.base.settings import Settings
from netwright.run import begin, fit_baselines, judge, load, train_plans

QUICK: dict[str, Any] = {"preset": "quick", "epochs": 2, "no_repair": True, "folds": 2}
#: A name that would end a script, open an element, load a file and run a template, were it not escaped.
EVIL = "</script><script>window.evil=1</script><img src=//evil.example/x.png onerror=window.evil=2>{{7*7}}"


@pytest.fixture(scope="session")
def binary_record() -> RunRecord:
    return train("sample:breast_cancer", "target", **QUICK).record


@pytest.fixture(scope="session")
def multiclass_record() -> RunRecord:
    return train("sample:iris", "target", **QUICK).record


@pytest.fixture(scope="session")
def regression_record() -> RunRecord:
    return train("sample:diabetes", "target", **QUICK).record


@pytest.fixture(scope="session")
def single_part_record() -> RunRecord:
    """One validation part instead of folds, one network."""
    return train("sample:diabetes", "target", preset="quick", epochs=2, no_repair=True, valid_size=0.2).record


@pytest.fixture(scope="session")
def unsealed_record() -> RunRecord:
    """A run whose caller keeps the test rows, as the estimators make it."""
    settings, clock = Settings.from_options({**QUICK, "target": "target"}), Clock()
    begun = follow(begin(follow(load("sample:diabetes", settings)), settings, clock, seal=False))
    baselines = follow(fit_baselines(begun))
    return judge(begun, follow(train_plans(begun)), baselines).record


@pytest.fixture(scope="session")
def hostile_record() -> RunRecord:
    """Names and labels that try to become part of the page."""
    stream = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            EVIL: stream.normal(size=90),
            "url(http://evil.example/a)": stream.choice(["<b>", EVIL, "src=//evil.example/a.js"], 90),
            "class": stream.choice([EVIL, "plain", "<i>"], 90),
        }
    )
    return train(frame, "class", **QUICK).record


@pytest.fixture(scope="session")
def kinds_record() -> RunRecord:
    """A number, a date and a category; three classes."""
    stream = np.random.default_rng(0)
    size = stream.normal(size=120)
    frame = pl.DataFrame(
        {
            "size": size,
            "built": [f"20{10 + row % 10}-0{1 + row % 9}-11" for row in range(120)],
            "town": stream.choice(["서울", "부산", "제주"], 120),
            "class": np.array(["가", "나", "다"])[np.digitize(size, [-0.5, 0.5])],
        }
    )
    return train(frame, "class", **QUICK).record


@pytest.fixture
def with_test() -> Callable[..., RunRecord]:
    """A record with other test rows."""

    def change(record: RunRecord, truth: Any, predicted: Any) -> RunRecord:
        truth = np.asarray(truth, dtype=float)
        test = Predictions(np.arange(len(truth)), truth, np.asarray(predicted, dtype=float))
        return replace(record, test=test)

    return change
