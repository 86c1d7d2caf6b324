from __future__ import annotations

import ast
import math
import operator
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netwright.base.errors import PlanError
from netwright.base.formula import ColumnOf, Grouping, parse_formula, parts_of, quoted
from netwright.preparation.derived import evaluated
from netwright.preparation.values import Codes, Numbers

_RNG = np.random.default_rng(0)
CELLS = {
    "a": Numbers(np.array([0.0, 1.0, -2.5, np.nan, 3.0, 1e200])),
    "b": Numbers(np.array([2.0, 0.0, 0.5, 1.0, -3.0, 1e200])),
    "방 수": Numbers(np.array([1.0, 2.0, 3.0, 4.0, np.nan, 0.25])),
    "구": Codes(np.array([0, 0, 1, 1, -1, 2]), ("가", "나", "다")),
}
_NAMES = {"a": "a", "b": "b", "h": "`방 수`"}
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}

#: Text that Python reads as an expression too, `h` in place of a Korean name with a blank.
_atoms = st.sampled_from(["a", "b", "h", "2", "0.5", "3.", ".25", "1e1", "0"])
_expressions = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", " - ", " ** "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
        st.tuples(st.sampled_from(["log", "log1p", "exp", "sqrt", "abs"]), inner).map(
            lambda own: f"{own[0]}({own[1]})"
        ),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda own: f"{own[0]}({own[1]}, {own[2]})"),
    ),
    max_leaves=12,
)


def by_python(text: str, row: int) -> float:
    """The same text as Python's own parser reads it, worked out number by number; NaN is missing."""

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.Constant):
            return float(node.value)
        if isinstance(node, ast.Name):
            return float(CELLS[{"h": "방 수"}.get(node.id, node.id)].array[row])
        if isinstance(node, ast.UnaryOp):
            return -value(node.operand)
        parts = [node.left, node.right] if isinstance(node, ast.BinOp) else node.args
        values = [np.float64(value(part)) for part in parts]
        if any(map(math.isnan, values)):
            return math.nan
        with np.errstate(all="ignore"):
            if isinstance(node, ast.BinOp):
                found = float(_OPERATORS[type(node.op)](*values))
            elif node.func.id in ("min", "max"):
                found = float({"min": min, "max": max}[node.func.id](values))
            else:
                found = float(getattr(np, node.func.id)(*values))
        return found if math.isfinite(found) else math.nan

    return value(ast.parse(text, mode="eval").body)


@settings(max_examples=400, deadline=None)
@given(_expressions)
@example("-a**2")
@example("2**-b**2")
@example("a-b-2/b/4")
@example("h**0")
def test_it_reads_expressions_as_python_does_and_numpy_works_them_out(text: str) -> None:
    written = text.replace("h", "H").replace("H", _NAMES["h"]) if "h" in text else text
    try:
        formula = parse_formula(f"new = {written}")
    except PlanError as error:
        assert "levels deep" in str(error) or "parts" in str(error)
        return
    if not formula.columns:
        return
    found = evaluated(formula, CELLS)
    assert not np.isinf(found).any()
    np.testing.assert_allclose(found, [by_python(text, row) for row in range(6)], rtol=1e-12)


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("ab방 =+-*/()`'\",.0123e^\n\\xby가log mean count"), max_size=40))
def test_any_other_text_is_refused_with_one_message(text: str) -> None:
    try:
        formula = parse_formula(text)
    except PlanError as error:
        assert str(error).startswith("--derive must be a formula such as")
        assert str(error).endswith(".")
    else:
        again = parse_formula(str(formula))
        assert (again.name, again.expression) == (formula.name, formula.expression)


@given(st.text(min_size=1, max_size=20).filter(lambda name: name.strip()))
def test_any_name_can_be_quoted(name: str) -> None:
    formula = parse_formula(f"{quoted(name + '_')} = {quoted(name)} + 1")
    assert (formula.name, formula.columns) == (name + "_", (name,))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "at its end there must be = after the name x"),
        ("= 3", "at character 1 there must be the name of the new feature"),
        ("x y = 3", "at character 3 there must be = after the name x, or quotes around a name of several words"),
        ("x = a // b", "at character 8 there must be a number, a column, a function or (, got '/'"),
        ("x = (a", "at its end there must be )"),
        ("x = a b", "or the end, or quotes around a name of several words (`a b`), got 'b'"),
        ("x = a > b", "at character 7 there is the character '>', which means nothing"),
        ("x = 'a", "at character 5 there is a quote that is never closed"),
        ("x = ''", "at character 5 there must be a name between the quotes"),
        ("x = __import__('os')", "at character 5 there must be one of the functions log, log1p"),
        ("x = a.b", "at character 6 there is the character '.'"),
        ("x = min(a)", "at character 5 min must have 2 to 16 arguments, got 1"),
        ("x = log(a, b)", "at character 5 log must have one argument, got 2"),
        ("x = mean(a)", "at character 11 there must be by and a column, as in mean(x by g)"),
        ("x = count(a by b)", "as in count(by g), got 'a'"),
        ("x = mean(a by 2)", "at character 15 there must be the column that rows are grouped by, got '2'"),
        ("x = 1e999 + a", "at character 5 there must be a number of at most 40 digits and below 1.8e308"),
        ("x = " + "9" * 41, "at character 5 there must be a number of at most 40 digits"),
        ("x = " + "(" * 40 + "a" + ")" * 40, "nested more than 30 levels deep"),
        ("x = " + "-" * 40 + "a", "nested more than 30 levels deep"),
        ("x = " + "+".join(["a"] * 150), "it must have at most 200 parts"),
        ("x = " + "a" * 1_000, "it must have at most 1,000 characters, got 1,004"),
    ],
)
def test_what_is_no_formula_is_refused_at_its_place(text: str, said: str) -> None:
    with pytest.raises(PlanError) as error:
        parse_formula(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x = 체질량 지수 * 나이", "quotes around a name of several words"),
        ("x = 2 * crime rate", "quotes around a name of several words"),
        ("x = a ^ 2", "did you mean ** (to the power of)?"),
        ("x = a × b", "did you mean *?"),
        ("x ＝ a", "did you mean =?"),
        ("x = a ÷ b", "did you mean /?"),
        ("x = a − b", "did you mean -?"),
    ],
)
def test_what_was_probably_meant_is_said(text: str, hint: str) -> None:
    with pytest.raises(PlanError, match=re.escape(hint)):
        parse_formula(text)


def test_where_nothing_is_meant_nothing_is_hinted() -> None:
    for text in ("x = a $ b", "x = a (", "x = 1 2"):
        with pytest.raises(PlanError) as refused:
            parse_formula(text)
        assert "did you mean" not in str(refused.value) and "quotes around" not in str(refused.value)


def test_quotes_hold_any_name_and_are_doubled_inside() -> None:
    formula = parse_formula("""'it''s' = "방 / 수" * `a``b` + 면적""")
    assert formula.name == "it's"
    assert formula.columns == ("방 / 수", "a`b", "면적")


def test_groupings_name_their_columns_apart() -> None:
    formula = parse_formula("x = mean(a / mean(b by h) by g) / count(by g)")
    assert (formula.numbers, formula.groups) == (("a", "b"), ("h", "g"))
    assert [type(part) for part in parts_of(formula.expression)][:2] == [ColumnOf, ColumnOf]
    order = [(part.name, part.by) for part in parts_of(formula.expression) if isinstance(part, Grouping)]
    assert order == [("mean", "h"), ("mean", "g"), ("count", "g")]


def test_by_is_a_word_of_the_language_only_where_it_stands_alone() -> None:
    assert parse_formula("x = `by` + by_2").columns == ("by", "by_2")
    with pytest.raises(PlanError, match="got 'by'"):
        parse_formula("x = by + 1")
