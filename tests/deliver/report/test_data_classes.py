from dataclasses import replace

import numpy as np

from netwright.base.record import RunRecord
from netwright.deliver.report.data_classes import UNKNOWN, class_figures, classes_section, confusion, mistakes

COUNTS = np.array([[8, 2, 0], [1, 5, 0], [3, 0, 0], [0, 1, 0]])
CLASSES = ("a", "b", "c")


def test_confusion_counts_by_hand() -> None:
    truth, predicted = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 2, 2])
    assert confusion(truth, predicted, 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 2]]


def test_a_class_that_training_lacked_gets_a_row_of_its_own() -> None:
    assert confusion(np.array([-1, 0, -1]), np.array([1, 0, 1]), 2).tolist() == [[1, 0], [0, 0], [0, 2]]


def test_figures_of_each_class_by_hand() -> None:
    a, b, c = class_figures(COUNTS, CLASSES)
    # a: 8 of 10 found, 8 of 12 calls right, F1 = 2 * 8 / (10 + 12)
    assert (a["rows"], a["recall"], a["precision"], a["f1"]) == ("10", "0.800", "0.667", "0.727")
    assert (b["rows"], b["recall"], b["precision"]) == ("6", "0.833", "0.625")
    assert (c["rows"], c["recall"], c["precision"], c["f1"]) == ("3", "0", "-", "0")


def test_mistakes_worst_first_the_unknown_class_among_them() -> None:
    found = [(own["true"], own["predicted"], own["rows"], own["share"]) for own in mistakes(COUNTS, CLASSES)]
    assert found == [
        ("c", "a", "3", "100 %"),
        ("a", "b", "2", "20 %"),
        ("b", "a", "1", "17 %"),
        (UNKNOWN, "b", "1", "100 %"),
    ]


def test_section_counts_and_names_the_rows(multiclass_record: RunRecord, with_test) -> None:
    chances = np.eye(3)[[0, 1, 1, 2]]
    section = classes_section(with_test(multiclass_record, [0, 1, 2, -1], chances))
    matrix = section["charts"][0]["data"]
    assert matrix["down"] == ["0", "1", "2", UNKNOWN]
    assert [0, 0, 1, 1.0] in matrix["cells"] and [1, 2, 1, 1.0] in matrix["cells"] and [2, 3, 1, 1.0] in matrix["cells"]
    assert section["right"] == "2 of the 4 sealed test rows are right."
    assert section["unknown"] == "1 row of a class that training lacked, always counted as wrong."


def test_mistakes_are_counted_in_words(multiclass_record: RunRecord, with_test) -> None:
    said = with_test(multiclass_record, [0, 0, 1, 2], np.eye(3)[[1, 1, 2, 2]])
    assert classes_section(said)["charts"][0]["alt"].endswith("0 taken for 1 2 times; 1 taken for 2 once.")


def test_accuracy_of_the_matrix_is_that_of_the_metrics(binary_record: RunRecord) -> None:
    cells = classes_section(binary_record)["charts"][0]["data"]["cells"]
    right = sum(rows for across, down, rows, _ in cells if across == down)
    assert right / sum(rows for *_, rows, _ in cells) == binary_record.metrics["test"]["accuracy"]
    assert len(cells) == 4


def test_many_classes_leave_out_empty_cells(multiclass_record: RunRecord, with_test) -> None:
    many = replace(multiclass_record, classes=tuple(f"class {number}" for number in range(40)))
    chart = classes_section(with_test(many, np.arange(40), np.eye(40)))["charts"][0]
    assert len(chart["data"]["cells"]) == 40
    assert chart["data"]["labels"] == "none"
    assert chart["min_width"] > 1_000


def test_of_very_many_classes_the_most_frequent_are_shown(multiclass_record: RunRecord, with_test) -> None:
    many = replace(multiclass_record, classes=tuple(f"class {number}" for number in range(300)))
    truth = np.concatenate([np.arange(300), np.arange(100, 200), [-1]])
    section = classes_section(with_test(many, truth, np.eye(300)[np.where(truth < 0, 0, truth)]))
    matrix = section["charts"][0]["data"]
    assert matrix["across"] == [f"class {number}" for number in range(100, 200)]
    assert matrix["down"][-1] == UNKNOWN and len(matrix["down"]) == 101
    assert len(section["classes"]) == 100
    assert section["some"] == "The 100 most frequent of 300 classes."
    assert section["right"] == "400 of the 401 sealed test rows are right."
