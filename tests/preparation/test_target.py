from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.preparation.target import NO_SCALE, Target, TargetScale, class_labels
from tests.preparation.tables import typed


def labelled(*labels):
    return typed({"y": [*labels] * 10}, "y=category", target="y")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("b", "a"), ("a", "b")),
        (("yes", "no"), ("no", "yes")),
        (("Yes", "Zero"), ("Zero", "Yes")),
        (("True", "False"), ("False", "True")),
        (("1", "0"), ("0", "1")),
        (("on", "positive"), ("positive", "on")),  # on is likelier a yes
        (("예", "아니오"), ("아니오", "예")),
        (("참", "거짓"), ("거짓", "참")),
        (("10", "9"), ("9", "10")),
        (("-1", "+1"), ("-1", "+1")),
        (("1", "2"), ("2", "1")),
    ],
)
def test_two_classes_the_second_is_the_positive_one(labels, expected):
    assert class_labels(labelled(*labels), "y", None) == expected
    assert class_labels(labelled(*reversed(labels)), "y", None) == expected


@pytest.mark.parametrize("positive", ["no", "yes"])
def test_the_user_says_which(positive):
    classes = class_labels(labelled("yes", "no"), "y", positive)
    assert classes[1] == positive
    assert set(classes) == {"no", "yes"}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("c", "a", "b"), ("a", "b", "c")),
        (("10", "9", "100"), ("9", "10", "100")),
        (("1.5", "-2", "1e3"), ("-2", "1.5", "1e3")),
        (("x", "3", "20", "a"), ("3", "20", "a", "x")),
        (("Nan", "2", "b", "10", "a"), ("2", "10", "Nan", "a", "b")),  # a class may be called Nan
        (("inf", "2", "1"), ("1", "2", "inf")),
    ],
)
def test_more_classes_are_sorted_numbers_by_value(labels, expected):
    assert class_labels(labelled(*labels), "y", None) == expected


def test_gaps_are_no_class():
    assert class_labels(labelled("a", None, "b"), "y", None) == ("a", "b")


def test_a_positive_class_that_is_not_there():
    with pytest.raises(DataError) as caught:
        class_labels(labelled("yes", "no"), "y", "Yes")
    assert str(caught.value) == "--positive must be one of the classes of 'y' (no, yes), got 'Yes'."
    many = labelled(*(f"l{n:02d}" for n in range(30)))
    with pytest.raises(DataError, match=r"\(l00, l01, .*, l19\), got 'x'"):
        class_labels(many, "y", "x")


def test_class_numbers():
    target = Target("y", "multiclass", ("c", "a", "b"))
    table = labelled("a", "b", "c", "other")
    numbers = target.numbers(table)[:4]
    assert numbers.tolist() == [1, 2, 0, -1]
    assert numbers.dtype == np.float64


def test_values():
    table = typed({"y": [1.5, 2.5, -3.0]}, target="y")
    numbers = Target("y", "regression").numbers(table)
    assert numbers.tolist() == [1.5, 2.5, -3.0]
    numbers[0] = 9
    assert table["y"].to_list() == [1.5, 2.5, -3.0]


@pytest.mark.parametrize(
    ("task", "classes", "outputs"),
    [("regression", (), 1), ("binary", ("a", "b"), 1), ("multiclass", ("a", "b", "c"), 3)],
)
def test_outputs_and_json(task, classes, outputs):
    target = Target("값", task, classes)
    assert target.outputs == outputs
    assert Target.from_json(json.loads(json.dumps(target.to_json()))) == target


class TestScale:
    def test_by_hand(self):
        scale = TargetScale.fit(np.array([2.0, 4.0, 6.0]))
        assert scale == TargetScale(4.0, pytest.approx(np.sqrt(8 / 3)))
        np.testing.assert_allclose(scale.forward(np.array([4.0, 4 + np.sqrt(8 / 3)])), [0, 1])

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
    def test_there_and_back(self, values):
        numbers = np.array(values)
        scale = TargetScale.fit(numbers)
        back = scale.forward(numbers) * scale.std + scale.mean
        np.testing.assert_allclose(back, numbers, rtol=1e-9, atol=1e-6)

    @pytest.mark.parametrize("values", [[3.0], [3.0, 3.0], [1e-300, 2e-300]])
    def test_no_spread(self, values):
        scale = TargetScale.fit(np.array(values))
        assert scale.std == 1.0
        np.testing.assert_allclose(scale.forward(np.array(values)), 0, atol=1e-9)

    def test_classes_are_not_scaled(self):
        assert NO_SCALE.forward(np.array([0.0, 3.0])).tolist() == [0.0, 3.0]
