from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netwright.audit.correlations import correlated, correlations
from tests.preparation.tables import numbers, typed

N = 200


def test_columns_that_say_the_same():
    x = numbers(N)
    found = list(correlated(typed({"x": x, "same": -3 * x + 1, "other": numbers(N, 1)})))
    (finding,) = found
    assert (finding.code, finding.severity, finding.columns) == ("correlated", "note", ("x", "same"))
    assert finding.message == "x and same say nearly the same (correlation -1.00)"
    assert finding.evidence == {"correlation": -1.0}


@pytest.mark.parametrize(("noise", "n_found"), [(0.2, 1), (0.5, 0)])  # correlations of .98 and .89
def test_the_limit(noise, n_found):
    x = numbers(N)
    assert len(list(correlated(typed({"x": x, "z": x + noise * numbers(N, 1)})))) == n_found


def test_few_rows_show_nothing():
    x = numbers(19)
    assert list(correlated(typed({"x": x, "z": 2 * x}))) == []


def test_the_target_and_columns_left_out_do_not_count():
    x = numbers(N)
    assert list(correlated(typed({"x": x, "y": 2 * x}, target="y"))) == []
    table = typed({"x": x, "z": 2 * x})
    assert list(correlated(table.with_schema(table.schema.with_roles({"z": "left_out"})))) == []


def test_against_pandas_with_gaps_that_depend_on_the_values():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)) + 1e4
    x[rng.random(x.shape) < 0.2] = np.nan
    x[np.abs(x[:, 0] - 1e4) < 1, 1] = np.nan  # known where the first column is far out
    names = list("abcd")
    expected = pd.DataFrame(x, columns=names).corr()
    found = {(a, b): strength for a, b, strength in correlations(typed(pd.DataFrame(x, columns=names)), names)}
    assert len(found) == 6
    for (a, b), strength in found.items():
        assert strength == pytest.approx(expected.loc[a, b], abs=1e-9)


def test_pairs_that_are_rarely_known_together_are_left_out():
    x, z = numbers(N), 2 * numbers(N)
    x[: N - 30], z[30:] = np.nan, np.nan
    assert list(correlations(typed({"x": x, "z": z, "w": numbers(N, 2)}), ["x", "z"])) == []


def test_columns_without_spread_or_values():
    table = typed({"x": numbers(60), "none": [1.0] + [None] * 59, "huge": numbers(60, 1) * 1e200}, "none=numeric")
    assert list(correlated(table)) == []
    assert list(correlated(table.take(np.arange(1, 60)))) == []


def test_many_pairs_are_counted_rather_than_listed():
    x = numbers(N)
    noise = {f"c{n}": x + 0.01 * n * numbers(N, n) for n in range(1, 10)}
    found = list(correlated(typed(noise)))
    assert len(found) == 11
    strengths = [abs(finding.evidence["correlation"]) for finding in found[:10]]
    assert strengths == sorted(strengths, reverse=True)
    assert found[-1].message == "26 more pairs of columns say nearly the same (correlation beyond 0.95)"
    assert found[-1].evidence == {"pairs": 26}
    assert set(found[-1].columns) <= set(noise)


def test_long_tables_are_sampled():
    x = np.random.default_rng(0).normal(size=45_000)
    (found,) = correlations(typed({"x": x, "z": x + 1}), ["x", "z"])
    assert found == ("x", "z", pytest.approx(1.0))
