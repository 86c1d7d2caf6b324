import numpy as np
import pytest
from sklearn.metrics import roc_curve

from netwright.base.record import RunRecord
from netwright.deliver.report.data_classes import classes_section
from netwright.deliver.report.data_roc import precision_recall_points, roc_points, shown_classes

TRUE = np.array([True, True, False, True, False])
SCORE = np.array([0.9, 0.8, 0.8, 0.4, 0.1])


def test_roc_points_by_hand_ties_move_together() -> None:
    wrong, right = roc_points(TRUE, SCORE)
    assert wrong.tolist() == [0, 0, 0.5, 0.5, 1]
    assert right == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])


def test_precision_recall_points_by_hand() -> None:
    recall, precision = precision_recall_points(TRUE, SCORE)
    assert recall == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert precision == pytest.approx([1, 2 / 3, 3 / 4, 3 / 5])


def test_roc_points_agree_with_scikit_learn() -> None:
    stream = np.random.default_rng(3)
    is_true, score = stream.random(400) < 0.3, stream.random(400).round(2)
    expected_wrong, expected_right, _ = roc_curve(is_true, score, drop_intermediate=False)
    wrong, right = roc_points(is_true, score)
    assert np.allclose(wrong, expected_wrong) and np.allclose(right, expected_right)


def test_the_most_frequent_classes_get_a_curve() -> None:
    truth = np.repeat(np.arange(12), np.arange(1, 13))
    assert shown_classes(truth, 12) == [4, 5, 6, 7, 8, 9, 10, 11]
    assert shown_classes(np.array([-1, 0, 0]), 3) == [0]
    assert shown_classes(np.array([1, 1]), 2) == []


def _chart(record: RunRecord, name: str) -> dict:
    return next(own for own in classes_section(record)["charts"] if own["id"] == f"chart-{name}")


def test_the_threshold_is_marked_where_the_confusion_matrix_stands(binary_record: RunRecord, with_test) -> None:
    record = with_test(binary_record, [1, 1, 0, 0], [[0.1, 0.9], [0.6, 0.4], [0.2, 0.8], [0.9, 0.1]])
    chart = _chart(record, "roc")
    assert chart["data"]["mark"] == [0.5, 0.5]
    # three of the four pairs of a true and a false row are in the right order
    assert chart["data"]["lines"] == [
        {"name": "1", "text": "area 0.750", "points": [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]}
    ]


def test_the_title_gives_the_area_of_the_metrics(multiclass_record: RunRecord) -> None:
    area = multiclass_record.metrics["test"]["roc_auc"]
    assert _chart(multiclass_record, "roc")["title"] == f"ROC curves, test rows: macro AUC {area:.3f}"


def test_a_class_alone_is_said_in_words(binary_record: RunRecord, with_test) -> None:
    record = with_test(binary_record, [1, 1], [[0.1, 0.9], [0.6, 0.4]])
    chart = _chart(record, "roc")
    assert chart["data"] is None
    assert chart["empty"] == "There is no such curve: the test rows hold a single class."


def test_long_curves_are_thinned_and_keep_their_ends(binary_record: RunRecord, with_test) -> None:
    stream = np.random.default_rng(0)
    chance = stream.random(20_000)
    truth = (stream.random(20_000) < chance).astype(float)
    points = _chart(with_test(binary_record, truth, np.stack([1 - chance, chance], axis=1)), "roc")["data"]["lines"][0][
        "points"
    ]
    assert len(points) <= 250
    assert points[0] == [0, 0] and points[-1] == [1, 1]
