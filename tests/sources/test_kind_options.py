from __future__ import annotations

import pytest

from netwright.base.errors import PlanError
from netwright.sources.kind_options import parse_kind_options


@pytest.mark.parametrize(
    ("option", "name", "kind", "levels"),
    [
        ("chas=category", "chas", "category", ()),
        ("size=ordinal:S<M<L", "size", "ordinal", ("S", "M", "L")),
        ("크기=ordinal: 소 < 중 < 대", "크기", "ordinal", ("소", "중", "대")),
        ("balance=ordinal:< 0 DM < 1 - 200 DM < > 200 DM", "balance", "ordinal", ("< 0 DM", "1 - 200 DM", "> 200 DM")),
        ("size=ordinal", "size", "ordinal", ()),
        ("a=b=numeric", "a=b", "numeric", ()),
        ("passed=boolean:failed<passed", "passed", "boolean", ("failed", "passed")),
        ("day=date:%d/%m/%Y", "day", "date", ("%d/%m/%Y",)),
    ],
)
def test_parse(option, name, kind, levels):
    assert parse_kind_options([option]) == {name: (kind, levels)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["chas"], "--kind must be COLUMN=KIND, such as --kind chas=category, got 'chas'."),
        (["=category"], "--kind must be COLUMN=KIND, such as --kind chas=category, got '=category'."),
        (
            ["chas=colour"],
            "the kind of column 'chas' must be one of numeric, category, boolean, ordinal, date, text, identifier, "
            "constant, got 'colour'.",
        ),
        (["a=numeric", "a=category"], "column 'a' must have one kind, got --kind numeric and category."),
        (["a=category:x<y"], "only ordinal, boolean, date take words after a colon, got --kind a=category:x<y."),
        (
            ["a=ordinal:S"],
            "--kind a=ordinal:S must list different levels from low to high, such as size=ordinal:S<M<L.",
        ),
        (
            ["a=ordinal:S<<L"],
            "--kind a=ordinal:S<<L must list different levels from low to high, such as size=ordinal:S<M<L.",
        ),
        (
            ["a=ordinal:S<S"],
            "--kind a=ordinal:S<S must list different levels from low to high, such as size=ordinal:S<M<L.",
        ),
        (
            ["a=boolean:x<y<z"],
            "--kind a=boolean:x<y<z must list two levels, no and yes, such as passed=boolean:failed<passed.",
        ),
    ],
)
def test_refused(options, message):
    with pytest.raises(PlanError) as caught:
        parse_kind_options(options)
    assert str(caught.value) == message


def test_the_same_twice_is_once():
    assert parse_kind_options(["a=numeric", "a=numeric"]) == {"a": ("numeric", ())}
