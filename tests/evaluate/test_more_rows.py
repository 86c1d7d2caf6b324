"""The learning curve over sample size."""

from __future__ import annotations

import json

import numpy as np
import pytest

from netwright.evaluate.more_rows import MoreRows

SIZES = (50, 100, 200, 400)


def curve(*folds: list[float], n_train: int | None = None) -> MoreRows:
    return MoreRows.of(SIZES, np.array(folds), n_train)


@pytest.mark.parametrize(("exponent", "floor"), [(0.5, 1.0), (1.0, 0.2), (0.3, 0.0)])
def test_a_power_law_is_found_again(exponent: float, floor: float) -> None:
    law = lambda n: floor + 8 * n**-exponent  # noqa: E731
    found = curve([law(n) for n in SIZES])
    assert found.fitted == pytest.approx([law(n) for n in (*SIZES, 400, 800)], rel=1e-3)
    assert found.gain == pytest.approx(1 - law(800) / law(400), abs=1e-3)


def test_the_unit_of_the_error_does_not_matter() -> None:
    errors = [5.0, 4.1, 3.5, 3.1]
    small, large = curve(errors), curve([1e6 * error for error in errors])
    assert small.gain == pytest.approx(large.gain)


def test_a_flat_curve_promises_nothing() -> None:
    found = curve([2.0, 2.0, 2.0, 2.0], [3.0, 3.0, 3.0, 3.0])
    assert (found.answer, round(found.gain, 6)) == ("hardly", 0.0)
    assert found.sentence == ("More rows would hardly help: 800 instead of 400 to train on promise no less error.")


def test_a_rising_curve_is_taken_for_flat() -> None:
    found = curve([1.0, 1.1, 1.2, 1.3])
    assert found.gain == pytest.approx(0.0)


def test_a_falling_curve_asks_for_rows() -> None:
    found = curve([8.0, 5.6, 4.0, 2.8], [8.1, 5.7, 4.0, 2.9], [7.9, 5.6, 4.1, 2.8])
    assert found.answer == "yes"
    assert "800 instead of 400" in found.sentence
    assert found.gain == pytest.approx(1 - 2**-0.5, abs=0.01)


def test_folds_that_differ_leave_it_open() -> None:
    found = curve([8.0, 5.6, 4.0, 2.8], [3.0, 3.0, 3.0, 3.0], [3.0, 3.2, 3.4, 3.6])
    assert found.answer == "unclear"
    assert found.interval is not None
    assert found.interval[0] < found.gain < found.interval[1]


def test_one_fold_has_no_interval() -> None:
    assert curve([2.0, 1.9, 1.8, 1.7]).interval is None


def test_more_train_rows_than_were_tried() -> None:
    found = curve([8.0, 5.6568, 4.0, 2.8284], n_train=800)
    assert "1,600 instead of 800" in found.sentence
    assert found.fitted[-2] == pytest.approx(2.0, rel=1e-2)


def test_to_json() -> None:
    entry = json.loads(json.dumps(curve([4.0, 3.0, 2.5, 2.2]).to_json()))
    assert entry["sizes"] == list(SIZES)
    assert len(entry["fitted"]) == len(SIZES) + 2
