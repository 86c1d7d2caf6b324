from __future__ import annotations

import pytest

from netwright.audit.stop import allow_stops, refuse_stops
from netwright.base.errors import DataError
from netwright.base.finding import Finding


def stop(*columns, code="leak"):
    return Finding(code, "data", "stop", f"{columns[0]} gives price away (R2 1.000)", "x", columns)


NOTE = Finding("missing", "data", "note", "z: 1 value missing", columns=("z",))


def test_the_paragraph_names_columns_figures_and_three_ways():
    with pytest.raises(DataError) as caught:
        refuse_stops([NOTE, stop("sold price"), stop("a", "b", code="leak-sum")])
    assert str(caught.value) == (
        "no column may give the target away, but sold price gives price away (R2 1.000); a gives price away "
        "(R2 1.000). "
        "What is known only after the outcome is to be left out: --drop 'sold price' --drop a --drop b. What is known "
        "before it may stay: --allow-leak. What only names rows, or was read as something that it is not, is told so: "
        "--kind 'sold price=identifier'."
    )


def test_many_stops_are_counted():
    with pytest.raises(DataError, match="and 3 more, which netwright audit shows") as caught:
        refuse_stops([stop(f"c{k}") for k in range(7)])
    assert "--drop c6" in str(caught.value)


def test_nothing_to_refuse():
    refuse_stops([])
    refuse_stops([NOTE])


def test_what_is_allowed_is_kept_as_a_warning():
    note, allowed = allow_stops([NOTE, stop("a")])
    assert note is NOTE
    assert (allowed.severity, allowed.columns, allowed.message) == ("warning", ("a",), "a gives price away (R2 1.000)")
    assert "--allow-leak" in allowed.advice
    refuse_stops([note, allowed])
