"""Zeros and negatives where nothing else is near, marks for missing values, caps, long tails."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from netwright.audit.capped import capped
from netwright.audit.impossible import impossible
from netwright.audit.missing_token import missing_token
from netwright.audit.skew import skewed
from netwright.audit.tally import as_missing
from tests.preparation.tables import loaded, numbers, typed

N = 1000
ODD = (impossible, missing_token, capped, skewed)


def lengths(n_rows: int = N, seed: int = 0) -> np.ndarray:
    """Like the length of a diamond: well above zero."""
    return np.random.default_rng(seed).normal(6, 1, n_rows).clip(3.5, 9).round(3)


def found(check, x, *kinds, **more):
    return list(check(typed({"x": x, "other": numbers(len(x), 9), **more}, *kinds)))


class TestImpossible:
    def test_zeros(self):
        x = lengths()
        x[[3, 70]] = 0
        (finding,) = found(impossible, x)
        assert (finding.code, finding.severity, finding.columns) == ("impossible", "warning", ("x",))
        assert finding.message.startswith("x: 2 zeros (under 1 %), though all others lie between 3.")
        assert finding.advice == "--missing 0 treats it as missing"
        assert (finding.evidence["rows"], finding.evidence["of"]) == (2, N)

    def test_a_negative_number(self):
        x = np.random.default_rng(0).integers(18, 80, N).astype(float)
        x[5] = -40
        (finding,) = found(impossible, x)
        assert finding.message == "x: -40 in 1 row (under 1 %), though all others lie between 18 and 79"

    def test_several(self):
        x = lengths()
        x[[3, 70]] = -2.5, 0
        (finding,) = found(impossible, x)
        assert finding.message.startswith("x: 2 values of zero or less")
        assert finding.advice == "correct them in the file, or empty those cells"

    def test_zeros_elsewhere_are_said(self):
        x = lengths()
        x[3] = 0
        (finding,) = found(impossible, x, flag=["0", "1"] * 500)
        assert (
            finding.advice == "empty those cells in the file; --missing 0 would also empty 500 cells of other columns"
        )

    @pytest.mark.parametrize(
        "x",
        [
            np.random.default_rng(0).poisson(9, 20_000),  # zero is the next step
            np.random.default_rng(0).normal(3, 1, 5_000),  # the end of a tail
            np.random.default_rng(0).normal(15, 8, 5_000),  # degrees
            10 + np.random.default_rng(0).standard_t(3, 20_000),  # heavy tails
            np.r_[np.random.default_rng(0).normal(4, 1, 20_000).round(1).clip(0.2), 0.0],
            np.random.default_rng(0).exponential(1, 5_000).round(2),
            np.r_[np.zeros(300), lengths(700)],  # a third of them
            np.random.default_rng(0).integers(0, 24, 5_000),  # hours
            np.random.default_rng(0).uniform(0, 1, 5_000),
            np.r_[0.0, np.repeat(7.0, N - 1)],  # no spread
        ],
    )
    def test_ordinary_columns(self, x):
        assert found(impossible, x.astype(float), "x=numeric") == []


class TestMissingToken:
    @pytest.mark.parametrize("token", [-200.0, 999.0, -999.0, 99999.0, 9999.0, -1.0, 12345.0])
    def test_a_mark_far_from_the_rest(self, token):
        x = np.random.default_rng(0).integers(0, 80, N).astype(float)
        x[::50] = token
        (finding,) = found(missing_token, x)
        assert (finding.code, finding.severity, finding.columns) == ("missing-token", "warning", ("x",))
        apart = "below zero, where nothing else is (at least 0)" if token < 0 else "far from all others (at most 79)"
        assert finding.message == f"x: {token:,.0f} in 20 rows (2 %), {apart}"
        assert finding.advice == (f"a mark for a missing value, or a cap: --missing {token:.0f} treats it as missing")
        assert finding.evidence["value"] == token

    def test_a_mark_below_a_wide_column(self):
        x = np.random.default_rng(0).gamma(2, 150, N).round(1)  # nitrogen oxides, say
        x[::50] = -200
        assert len(found(missing_token, x)) == 1

    def test_refused_and_unknown(self):
        x = np.random.default_rng(0).integers(0, 12, N).astype(float)
        x[::50], x[1::100] = -9, -8
        assert [finding.evidence["value"] for finding in found(missing_token, x)] == [-9, -8]

    def test_a_mark_less_far_off_than_the_others_reach(self):
        x = np.random.default_rng(0).normal(450, 90, N).round(1)
        x[::50] = 999
        assert len(found(missing_token, x)) == 1

        x = np.random.default_rng(0).normal(4500, 500, N).round(1)
        x[::50] = 999
        assert len(found(missing_token, x)) == 1

    def test_both_ends_and_most_of_the_column(self):
        x = np.random.default_rng(0).integers(0, 30, N).astype(float)
        x[::2], x[1::50] = 999, -999
        assert [finding.evidence["value"] for finding in found(missing_token, x)] == [-999, 999]

    def test_the_advice_works(self):
        x = np.random.default_rng(0).integers(0, 80, N).astype(float)
        x[::50] = 99999
        table = loaded({"x": x, "y": numbers(N)}, target="y", missing=("99999",)).table
        assert table["x"].null_count() == 20
        assert list(missing_token(table)) == []

    @pytest.mark.parametrize(
        "x",
        [
            np.random.default_rng(0).choice([1, 2, 3, 4, 5, 24], N),  # an index: 24 is a code like them
            np.random.default_rng(0).choice([-1, 0, 1], N),
            np.random.default_rng(0).integers(-2, 12, N),  # a scale
            np.random.default_rng(0).choice([*range(10, 1000, 10), 999], N),  # prices
            np.random.default_rng(0).integers(-40, 40, N),
            np.random.default_rng(0).integers(0, 100, N),  # percent or age, 99 among them
            np.random.default_rng(0).lognormal(3, 1, N).round(1),
            np.r_[np.random.default_rng(0).integers(0, 80, N), [99999]],  # once: an outlier
            np.random.default_rng(0).uniform(-1, 1, N).clip(-0.9, 0.9),
        ],
    )
    def test_ordinary_columns(self, x):
        assert found(missing_token, x.astype(float), "x=numeric") == []


class TestMissingDate:
    def days(self, *tokens: str, form: str = "%Y-%m-%d") -> list[str]:
        rng = np.random.default_rng(0)
        born = np.datetime64("1950-01-01") + rng.integers(0, 15_000, 300)
        texts = [*born.astype(str).tolist(), *tokens]
        return [datetime.strptime(text, "%Y-%m-%d").strftime(form) for text in texts]

    @pytest.mark.parametrize(("token", "form"), [("1900-01-01", "%Y-%m-%d"), ("9999-12-31", "%d.%m.%Y")])
    def test_a_mark_at_the_end(self, token, form):
        days = self.days(*[token] * 8, form=form)
        (finding,) = missing_token(typed({"생일": days, "x": numbers(len(days))}))
        assert (finding.severity, finding.columns) == ("warning", ("생일",))
        assert finding.message == f"생일: {token} in 8 rows (3 %), the end of the column"
        typed_as = datetime.strptime(token, "%Y-%m-%d").strftime(form)
        assert finding.advice == f"a mark for a missing date: --missing {typed_as} treats it as missing"
        table = loaded({"생일": days, "y": numbers(len(days))}, target="y", missing=(typed_as,)).table
        assert table["생일"].null_count() == 8
        assert list(missing_token(table)) == []

    @pytest.mark.parametrize(
        "days",
        [
            ["1900-01-01"] * 3,  # may be a birthday
            ["1949-05-05"] * 20,  # nobody's mark
        ],
    )
    def test_ordinary_ends(self, days):
        days = self.days(*days)
        assert found(missing_token, numbers(len(days)), day=days) == []

    def test_a_series_that_begins_on_such_a_day(self):
        days = (np.datetime64("1970-01-01") + np.arange(300) // 10).astype(str).tolist()
        assert found(missing_token, numbers(300), day=days) == []


class TestCapped:
    def test_a_target_that_was_cut_off(self):
        y = np.minimum(np.random.default_rng(0).normal(22, 9, N), 33.0)
        table = typed({"y": y, "x": numbers(N)}, target="y")
        (finding,) = capped(table)
        assert (finding.code, finding.severity, finding.columns) == ("capped", "warning", ("y",))
        assert finding.message.endswith("at its largest value, 33, few near it: probably cut off there")
        assert finding.advice.startswith("nothing larger can be learned or predicted")

    def test_features_are_told_together(self):
        x = np.minimum(numbers(N), 1.0)
        z = np.maximum(numbers(N, 1), -1.0)
        (finding,) = found(capped, x, z=z)
        assert (finding.severity, finding.columns, finding.advice) == ("note", ("x", "z"), "")
        assert "at its largest value, 1, z: " in finding.message
        assert [pile["which"] for pile in finding.evidence["piles"]] == ["largest", "smallest"]

    @pytest.mark.parametrize(
        "x",
        [
            np.maximum(numbers(N), 0.0),  # nothing is as common as zero
            np.random.default_rng(0).integers(0, 60, N),
            np.random.default_rng(0).choice([1, 2, 3, 10], N),
            numbers(N).round(1),
            np.r_[numbers(N), [9.5] * 5],
        ],
    )
    def test_ordinary_columns(self, x):
        assert found(capped, x.astype(float), "x=numeric") == []

    def test_a_mark_for_a_missing_value_is_no_cap(self):
        x = np.random.default_rng(0).integers(0, 80, N).astype(float)
        x[::20] = 999
        assert found(capped, x) == []


class TestSkewed:
    def test_features_are_told_together(self):
        x = np.random.default_rng(0).lognormal(6, 1.2, N)
        z = np.random.default_rng(1).lognormal(6, 1.5, N)
        (finding,) = found(skewed, x, 나이=z)
        assert (finding.code, finding.severity, finding.columns) == ("skewed", "note", ("x", "나이"))
        assert finding.message.startswith("a long tail of large values in 나이 (")
        assert finding.advice == "--scale log or quantile draws it in"
        assert set(finding.evidence["skewness"]) == {"x", "나이"}

    def test_where_the_logarithm_of_the_scaler_does_not_help(self):
        (finding,) = found(skewed, np.random.default_rng(0).lognormal(-4, 1, N))
        assert finding.advice == "--scale quantile draws it in"

    def test_the_target(self):
        y = np.random.default_rng(0).lognormal(8, 0.7, N)
        (finding,) = skewed(typed({"y": y, "x": numbers(N)}, target="y"))
        assert finding.columns == ("y",)
        assert finding.message.startswith("y: a long tail of large values (from ")
        assert "--loss mae or huber" in finding.advice

    @pytest.mark.parametrize(
        "x",
        [
            np.r_[lengths(), [900.0]],  # one far value is no tail
            np.random.default_rng(0).exponential(1, N),
            np.random.default_rng(0).uniform(0, 1, N),
            np.where(np.arange(N) % 3, 0, np.random.default_rng(0).lognormal(6, 1, N)),  # mostly zeros
            np.exp(numbers(N)) - 5,  # below zero
            np.random.default_rng(0).geometric(0.5, N),  # few different values
        ],
    )
    def test_ordinary_columns(self, x):
        assert found(skewed, x.astype(float), "x=numeric") == []


@pytest.mark.parametrize("check", ODD)
@pytest.mark.parametrize(
    "x",
    [
        [-1.7e308, 1.7e308, 0.5] * 40,
        [0.0] + [1.7e308] * 119,
        np.r_[0.0, np.linspace(1e300, 1.7e308, 199)].tolist(),
        [5e-324] * 60 + [0.0] * 60,
        np.r_[np.full(20, 1.7e308), np.arange(100) / 7].tolist(),
        np.r_[np.full(20, -1.7e308), np.arange(100) * 1e306].tolist(),
        [None] * 119 + [1.5],
    ],
)
def test_numbers_at_the_ends_of_float64_raise_nothing(check, x):
    for finding in found(check, x, "x=numeric"):
        assert "nan" not in finding.message
        assert "inf" not in finding.message


def test_the_flag_counts_texts_and_numbers_of_other_columns():
    table = typed({"x": lengths(), "n": [float(n % 4) for n in range(N)], "c": ["0", "a"] * 500}, "n=numeric")
    assert as_missing(table, 0.0, ("x",)).endswith("--missing 0 would also empty 750 cells of other columns")
    assert as_missing(table, -200.0, ("x", "n")) == "--missing -200 treats them as missing"
