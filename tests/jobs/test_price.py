"""What a network costs more than a baseline: the training of all plans, whenever and in which run they were trained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netwright.base.clock import Clock
from netwright.base.settings import Settings
from netwright.run import begin, fit_baselines, judge, load, train_plans
from tests.training.engine import ended


def test_the_price_is_the_training_of_all_plans() -> None:
    settings = Settings.from_options(
        {"target": "target", "preset": "quick", "epochs": 2, "folds": 3, "model": ["mlp", "linear"], "no_repair": True}
    )
    begun = ended(begin(ended(load("sample:diabetes", settings)), settings, Clock()))
    baselines = ended(fit_baselines(begun))
    # as if one were of an earlier run, and one of the search: neither is in the clock's seconds of training
    candidates = [
        replace(one, trained=replace(one.trained, seconds=seconds))
        for one, seconds in zip(ended(train_plans(begun)), (100.0, 50.0), strict=True)
    ]
    verdict = judge(begun, candidates, baselines).record.metrics["verdict"]
    against = next(base for base in baselines if base.name == verdict["against"])
    assert verdict["seconds"] == pytest.approx(150 - against.seconds)
