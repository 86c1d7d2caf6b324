from __future__ import annotations

import numpy as np
import polars as pl

from netwright.audit.duplicates import duplicates
from netwright.audit.near_duplicates import near_duplicates
from tests.preparation.tables import numbers, typed


def doubled(n_rows, n_copies):
    x, z, w = numbers(n_rows), numbers(n_rows, 1), numbers(n_rows, 2)
    return pl.DataFrame({"w": np.r_[w, w[:n_copies]], "x": np.r_[x, x[:n_copies] + 1e-6], "z": np.r_[z, z[:n_copies]]})


def test_rows_that_nearly_repeat_another_one():
    table = typed(doubled(100, 10))
    (finding,) = near_duplicates(table)
    assert (finding.code, finding.severity) == ("near-duplicates", "warning")
    assert finding.message == "10 rows nearly repeat another one (9 %)"
    assert finding.evidence == {"rows": 10, "of": 110, "first": [100, 101, 102, 103, 104]}
    assert list(duplicates(table)) == []


def test_few_of_many_are_a_note():
    (finding,) = near_duplicates(typed(doubled(1000, 3)))
    assert (finding.severity, finding.message) == ("note", "3 rows nearly repeat another one (under 1 %)")


def test_exact_copies_are_left_to_the_other_check():
    x = np.repeat(numbers(50), 2)
    assert list(near_duplicates(typed({"x": x}))) == []
    assert list(near_duplicates(typed({"x": numbers(30)}).take(np.array([3])))) == []
