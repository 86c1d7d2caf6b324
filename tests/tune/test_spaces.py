"""Which choices a search has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netwright.base.clock import Clock
from netwright.base.settings import Settings
from netwright.run import begin, load
from netwright.tune.presets import spaces_of
from tests.training.engine import ended


def ranges(n_classes: int, limit: float | None) -> set[str]:
    """Names of the choices that `mlp` has on a table of 40 columns and 19 classes."""
    rng = np.random.default_rng(0)
    data: dict[str, Any] = {f"x{number}": rng.normal(size=400).tolist() for number in range(40)}
    data["y"] = [f"c{number % 19}" for number in range(400)]
    settings = Settings.from_options({"target": "y", "model": ["mlp"], "time_limit": limit})
    begun = ended(begin(ended(load(data, settings)), settings, Clock()))
    found = spaces_of(settings, begun.origin.target.task, begun.split, lambda plan: True, {}, n_classes)
    return set(found["mlp"].ranges)


@pytest.mark.parametrize(("limit", "open_"), [(None, True), (20.0, False), (2_000.0, True)])
def test_what_grows_trees_is_left_be_where_that_takes_too_much_of_the_time(limit: float | None, open_: bool) -> None:
    own = ranges(19, limit)
    assert ({"select", "interactions"} <= own) == open_
    assert "components" in own


def test_few_classes_take_little_time() -> None:
    assert "interactions" in ranges(2, 20.0)
