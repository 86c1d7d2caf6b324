"""The target as checks see it."""

from __future__ import annotations

import numpy as np

from netwright.audit.truth import Truth
from netwright.base.settings import Settings
from netwright.preparation.load import read_table, typed_target, with_roles


def _truth(data: dict[str, list[object]], **options: object) -> Truth | None:
    settings = Settings.from_options({"target": "y", **options})
    return Truth.of(typed_target(with_roles(read_table(data, settings), settings), settings)[1])


def test_numbers_keep_their_gaps() -> None:
    truth = _truth({"x": list(range(12)), "y": [1.5, None, *np.linspace(2, 3, 10)]})
    assert truth is not None
    assert truth.classes == ()
    assert truth.known.tolist() == [True, False, *[True] * 10]


def test_classes_are_numbered_in_order() -> None:
    truth = _truth({"x": list(range(12)), "y": ["b", "a", None, "b"] * 3})
    assert truth is not None
    assert truth.classes == ("a", "b")
    np.testing.assert_array_equal(truth.numbers[:4], [1, 0, np.nan, 1])


def test_without_a_target_there_is_no_truth() -> None:
    assert Truth.of(read_table({"x": [1.0, 2.5], "y": [0.5, 1.5]}, Settings())) is None
