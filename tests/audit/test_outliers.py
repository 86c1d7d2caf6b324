from __future__ import annotations

import numpy as np
import pytest

from netwright.audit.outliers import outliers
from tests.preparation.tables import numbers, typed


def test_far_values():
    x = numbers(1000)
    x[[3, 400]] = 50, -60
    (finding,) = outliers(typed({"x": x}))
    assert (finding.code, finding.severity, finding.columns) == ("outliers", "note", ("x",))
    assert finding.message == "x: 2 values far outside the rest (under 1 %)"
    assert finding.evidence == {
        "values": 2,
        "of": 1000,
        "minimum": -60.0,
        "median": float(np.median(x)),
        "maximum": 50.0,
    }
    assert finding.advice.startswith("from -60.0 to 50.0, median ")


def test_many_are_a_warning():
    x = numbers(100)
    x[:3] = 50
    (finding,) = outliers(typed({"x": x}))
    assert finding.severity == "warning"


def test_six_robust_deviations():
    # quartiles at -1 and 1: a robust deviation is 2 / 1.349, six of them 8.9
    x = np.tile([-1.0, -1, 0.001, 1, 1], 20)
    for value, n_found in ((8.8, 0), (9.0, 1)):
        x[2] = value
        found = list(outliers(typed({"x": x + 0.0001 * np.arange(100)}, "x=numeric")))
        assert len(found) == n_found


@pytest.mark.parametrize("kind", ["normal", "uniform", "integers"])
def test_ordinary_columns(kind):
    rng = np.random.default_rng(0)
    x = {"normal": rng.normal(size=5000), "uniform": rng.random(5000), "integers": rng.integers(0, 40, 5000)}[kind]
    assert list(outliers(typed({"x": x}))) == []


def test_no_scale_to_measure_by():
    x = np.zeros(100)
    x[:3] = 1, 2, 3.5
    assert list(outliers(typed({"x": x}, "x=numeric"))) == []


def test_few_rows():
    assert list(outliers(typed({"x": [*numbers(18), 1e6]}))) == []


def test_the_target_counts_and_columns_left_out_do_not():
    x = numbers(100)
    x[0] = 1e6
    assert len(list(outliers(typed({"y": x, "x": numbers(100, 1)}, target="y")))) == 1
    table = typed({"y": x, "x": numbers(100, 1)})
    assert list(outliers(table.with_schema(table.schema.with_roles({"y": "left_out"})))) == []


def test_gaps_and_the_largest_floats():
    x = [None, 1.7e308, -1.7e308, *numbers(60)]
    (finding,) = outliers(typed({"x": x}))
    assert finding.evidence["values"] == 2
    assert list(outliers(typed({"x": [-1.7e308, 1.7e308, 0.5] * 20}, "x=numeric"))) == []


def test_the_target_is_not_scaled_but_judged_by_another_loss():
    x = numbers(100)
    x[0] = 50
    table = typed({"x": x})
    assert [finding.advice.split("; ")[1] for finding in outliers(table)] == ["--scale robust or log bears them better"]
    table = table.with_schema(table.schema.with_roles({"x": "target"}))
    assert [finding.advice.split("; ")[1] for finding in outliers(table)] == ["--loss mae or huber bears them better"]
