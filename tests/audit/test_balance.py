from __future__ import annotations

import pytest

from netwright.audit.balance import imbalance
from tests.preparation.tables import numbers, typed


def table(*rows: int, kinds: str = "y=category"):
    y = [f"c{index}" for index, number in enumerate(rows) for _ in range(number)]
    found = typed({"y": y, "x": numbers(len(y))}, kinds, target="y")
    return found.with_schema(found.schema.with_roles({"y": "target"}))


@pytest.mark.parametrize(
    ("rows", "severity"),
    [((500, 500), None), ((700, 300), None), ((730, 270), "note"), ((890, 110), "note"), ((910, 90), "warning")],
)
def test_two_classes(rows, severity):
    found = list(imbalance(table(*rows)))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_words():
    (finding,) = imbalance(table(730, 270))
    assert (finding.code, finding.columns) == ("imbalance", ("y",))
    assert finding.message == "y: c1 is 27 % of the rows, always saying c0 is right in 73 %"
    assert finding.advice.startswith("--metric balanced_accuracy")
    assert finding.evidence == {"rows": {"c0": 730, "c1": 270}}


def test_several_classes():
    (finding,) = imbalance(table(300, 300, 40))
    assert finding.message == "y: c2 is 6 % of the rows, c0 47 % (3 classes)"
    assert list(imbalance(table(300, 300, 150))) == []


def test_classes_that_cannot_be_judged():
    (finding,) = imbalance(table(300, 280, 5, 9))
    assert finding.severity == "warning"
    assert finding.message == "y: too few rows to learn and to judge c2 (5 rows), c3 (9 rows)"


def test_small_tables_numbers_and_tables_without_target():
    assert list(imbalance(table(20, 9))) == []
    assert list(imbalance(typed({"y": numbers(60), "x": numbers(60, 1)}, target="y"))) == []
    assert list(imbalance(typed({"y": ["a"] * 59 + ["b"], "x": numbers(60, 1)}))) == []
