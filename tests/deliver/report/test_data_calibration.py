import numpy as np
import pytest

from netwright.base.record import RunRecord
from netwright.deliver.report.data_calibration import Bin, calibration_bins, calibration_error
from netwright.deliver.report.data_classes import classes_section


def test_bins_by_hand() -> None:
    said = np.array([0.0, 0.05, 0.1, 0.95, 1.0])
    happened = np.array([False, True, False, True, True])
    first, second, last = calibration_bins(said, happened)
    assert (first.low, first.high, first.rows, first.happened) == (0.0, 0.1, 2, 0.5)
    assert first.said == pytest.approx(0.025)
    assert (second.low, second.rows, second.happened) == (0.1, 1, 0.0)
    assert (last.high, last.rows, last.happened) == (1.0, 2, 1.0)
    assert last.said == pytest.approx(0.975)


def test_error_weighs_by_rows() -> None:
    assert calibration_error([Bin(0, 0.1, 9, 0.1, 0.1), Bin(0.9, 1, 1, 1.0, 0.5)]) == pytest.approx(0.05)
    assert calibration_error([]) == 0.0


def _chart(record: RunRecord) -> dict:
    return classes_section(record)["charts"][-1]


def test_two_classes_look_at_the_positive_one(binary_record: RunRecord, with_test) -> None:
    record = with_test(binary_record, [1, 0, 1], [[0.25, 0.75], [0.75, 0.25], [0.75, 0.25]])
    chart = _chart(record)
    assert chart["data"]["bins"] == [[0.2, 0.3, 2, 0.25, 0.5], [0.7, 0.8, 1, 0.75, 1.0]]
    assert "class 1" in chart["title"]


def test_more_classes_look_at_the_class_that_is_named(multiclass_record: RunRecord, with_test) -> None:
    record = with_test(multiclass_record, [0, -1], [[0.85, 0.1, 0.05], [0.1, 0.85, 0.05]])
    assert _chart(record)["data"]["bins"] == [[0.8, 0.9, 2, 0.85, 0.5]]
