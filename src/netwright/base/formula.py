"""Formulas of derived features: a closed arithmetic language with a parser of its own; nothing of it is ever executed.

::

    rooms_per_head = rooms / people
    `log price` = log(price + 1)
    above = income - median(income by district)

A formula is a new name, `=`, and an expression of numbers, columns, `+ - * / **`, parentheses, the functions below, and
groupings. `**` binds first and from the right (`-x ** 2` is `-(x ** 2)`), then the sign, `* /`, `+ -`. A name that is
no plain word stands in quotes of any kind (`"..."`, `'...'` or backquotes), where a quote is doubled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from netwright.base.errors import PlanError

#: Functions of one number, functions of several, and what can be asked of a group.
FUNCTIONS = ("log", "log1p", "exp", "sqrt", "abs")
OF_SEVERAL = ("min", "max")
GROUPINGS = ("mean", "median", "count")
#: The most formulas of a run.
MOST_FORMULAS = 100
#: A formula may have so many characters, parts, and levels of parentheses, and a function so many arguments.
_MOST_CHARACTERS, _MOST_PARTS, _MOST_LEVELS, _MOST_ARGUMENTS = 1_000, 200, 30, 16
#: Of a number.
_MOST_DIGITS = 40
_BY = "by"
#: Signs that are typed elsewhere, and what is meant.
_MEANT = {
    **{"^": "** (to the power of)", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-"},
    **{
        "＝": "=",
        "＊": "*",
        "／": "/",
        "＋": "+",
        "－": "-",
        "（": "(",
        "）": ")",
        "，": ",",
        "＾": "** (to the power of)",
    },
}

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<name>[^\W\d]\w*)
    |(?P<quoted>`(?:[^`]|``)*`|"(?:[^"]|"")*"|'(?:[^']|'')*')
    |(?P<sign>\*\*|[-+*/(),=])""",
    re.VERBOSE,
)
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class ColumnOf:
    """The cells of a column."""

    name: str


@dataclass(frozen=True)
class Call:
    """An operator (`+`, `-`, `*`, `/`, `**`, and `neg` for the sign) or a function of other parts."""

    name: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Grouping:
    """What is asked of the train rows that have the same level of a column as a row; `count` asks it of no part."""

    name: str
    part: Expression | None
    by: str


Expression = Number | ColumnOf | Call | Grouping


@dataclass(frozen=True)
class Formula:
    """A derived feature as it was asked for.

    Args:
        name: Of the feature.
        text: The expression, as it was written.
        expression: What it says.
    """

    name: str
    text: str
    expression: Expression

    def __str__(self) -> str:
        return f"{quoted(self.name)} = {self.text}"

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns that are read as numbers, each once, in the order of the text."""
        return tuple(dict.fromkeys(part.name for part in parts_of(self.expression) if isinstance(part, ColumnOf)))

    @property
    def groups(self) -> tuple[str, ...]:
        """Columns that rows are grouped by, in the same way."""
        return tuple(dict.fromkeys(part.by for part in parts_of(self.expression) if isinstance(part, Grouping)))

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it reads."""
        return tuple(dict.fromkeys((*self.numbers, *self.groups)))


def parts_of(expression: Expression) -> Iterator[Expression]:
    """The expression and all that it is made of, from the left; a part before what it is part of."""
    if isinstance(expression, Call):
        for part in expression.parts:
            yield from parts_of(part)
    elif isinstance(expression, Grouping) and expression.part is not None:
        yield from parts_of(expression.part)
    yield expression


def quoted(name: str) -> str:
    """A name as formulas write it.

    Example:
        >>> quoted("rooms"), quoted("방 수"), quoted("a`b")
        ('rooms', '`방 수`', '`a``b`')
    """
    return name if _WORD.fullmatch(name) and name != _BY else "`" + name.replace("`", "``") + "`"


def parse_formula(text: str) -> Formula:
    """The formula that a text is.

    Raises:
        PlanError: It is none, with the place where it ceases to be one.

    Example:
        >>> formula = parse_formula("rooms_per_head = rooms / people")
        >>> formula.name, formula.columns
        ('rooms_per_head', ('rooms', 'people'))
        >>> parse_formula("x = 1 +")
        Traceback (most recent call last):
        ...
        netwright.base.errors.PlanError: --derive must be a formula such as 'rooms_per_head = rooms / people', got \
'x = 1 +': at its end there must be a number, a column, a function or (.
    """
    return _Parser(text).formula()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int


class _Parser:
    """Reads a formula from left to right, one function a level of binding.

    Args:
        text: The formula.
    """

    def __init__(self, text: str) -> None:
        self._text, self._at, self._n_parts, self._level = text, 0, 0, 0
        if len(text) > _MOST_CHARACTERS:
            raise self._wrong(f"it must have at most {_MOST_CHARACTERS:,} characters, got {len(text):,}")
        self._tokens = list(self._cut())

    def formula(self) -> Formula:
        """`NAME = EXPRESSION`, and nothing after it."""
        token = self._token
        if token.kind not in ("name", "quoted"):
            raise self._expected("the name of the new feature (one that is no plain word in quotes)")
        self._at += 1
        if self._token.text != "=" or self._token.kind != "sign":
            raise self._expected(f"= after the name {token.text}" + self._hint(token))
        start = self._token.place + 1
        self._at += 1
        expression = self._sum()
        if self._token.kind != "end":
            words = self._tokens[self._at - 1].kind == "name" and self._token.kind in ("name", "number")
            quotes = ", or quotes around a name of several words (`a b`)" if words else ""
            raise self._expected(f"an operator, or the end{quotes}")
        name = self._name(token)
        return Formula(name, self._text[start:].strip(), expression)

    def _hint(self, token: _Token) -> str:
        return "" if token.kind == "quoted" else ", or quotes around a name of several words"

    def _cut(self) -> Iterator[_Token]:
        place = 0
        while place < len(self._text):
            found = _TOKEN.match(self._text, place)
            if found is None:
                what = self._text[place]
                lost = (
                    "a quote that is never closed" if what in "`\"'" else f"the character {what!r}, which means nothing"
                )
                lost += f"; did you mean {_MEANT[what]}?" if what in _MEANT else ""
                raise self._wrong(f"at character {place + 1} there is {lost}")
            if found.lastgroup != "space":
                yield _Token(str(found.lastgroup), found.group(), place)
            place = found.end()
        yield _Token("end", "", len(self._text))

    @property
    def _token(self) -> _Token:
        return self._tokens[self._at]

    def _took(self, *signs: str) -> str:
        """The sign that stands here if it is one of these, else empty; it is passed."""
        if self._token.kind == "sign" and self._token.text in signs:
            self._at += 1
            return self._tokens[self._at - 1].text
        return ""

    def _sum(self) -> Expression:
        found = self._product()
        while sign := self._took("+", "-"):
            found = self._call(sign, found, self._product())
        return found

    def _product(self) -> Expression:
        found = self._signed()
        while sign := self._took("*", "/"):
            found = self._call(sign, found, self._signed())
        return found

    def _signed(self) -> Expression:
        if sign := self._took("-", "+"):
            with_sign = self._deeper(self._signed)
            return self._call("neg", with_sign) if sign == "-" else with_sign
        return self._power()

    def _power(self) -> Expression:
        base = self._single()
        return self._call("**", base, self._deeper(self._signed)) if self._took("**") else base

    def _single(self) -> Expression:
        token = self._token
        if self._took("("):
            found = self._deeper(self._sum)
            self._close()
            return found
        self._at += token.kind != "end"
        if token.kind == "number":
            return self._counted(Number(self._number(token)))
        follows = self._token.kind == "sign" and self._token.text == "("
        if token.kind == "name" and follows:
            return self._function(token)
        if token.kind == "quoted" or (token.kind == "name" and token.text != _BY):
            return self._counted(ColumnOf(self._name(token)))
        self._at -= token.kind != "end"
        raise self._expected("a number, a column, a function or (")

    def _function(self, token: _Token) -> Expression:
        known = (*FUNCTIONS, *OF_SEVERAL, *GROUPINGS)
        if token.text not in known:
            self._at -= 1
            raise self._expected(f"one of the functions {', '.join(known)} before (")
        self._took("(")
        if token.text in GROUPINGS:
            return self._grouping(token.text)
        parts = [self._deeper(self._sum)]
        while self._took(","):
            parts.append(self._deeper(self._sum))
        several = token.text in OF_SEVERAL
        if several != (len(parts) > 1) or len(parts) > _MOST_ARGUMENTS:
            wanted = f"2 to {_MOST_ARGUMENTS} arguments" if several else "one argument"
            raise self._wrong(f"at character {token.place + 1} {token.text} must have {wanted}, got {len(parts)}")
        self._close()
        return self._call(token.text, *parts)

    def _grouping(self, name: str) -> Expression:
        """`mean(x by g)`, `count(by g)`."""
        part = None if name == "count" else self._deeper(self._sum)
        if self._token.kind != "name" or self._token.text != _BY:
            raise self._expected(f"{_BY} and a column, as in {name}({'' if name == 'count' else 'x '}by g)")
        self._at += 1
        token = self._token
        if token.kind not in ("name", "quoted"):
            raise self._expected("the column that rows are grouped by")
        self._at += 1
        self._close()
        return self._counted(Grouping(name, part, self._name(token)))

    def _close(self) -> None:
        if not self._took(")"):
            raise self._expected(")")

    def _call(self, name: str, *parts: Expression) -> Expression:
        return self._counted(Call(name, parts))

    def _counted(self, part: Expression) -> Expression:
        self._n_parts += 1
        if self._n_parts > _MOST_PARTS:
            raise self._wrong(f"it must have at most {_MOST_PARTS} parts")
        return part

    def _deeper(self, read: Callable[[], Expression]) -> Expression:
        self._level += 1
        if self._level > _MOST_LEVELS:
            raise self._wrong(f"at character {self._token.place + 1} it is nested more than {_MOST_LEVELS} levels deep")
        found = read()
        self._level -= 1
        return found

    def _number(self, token: _Token) -> float:
        value = float(token.text) if len(token.text) <= _MOST_DIGITS else math.inf
        if not math.isfinite(value):
            most = f"a number of at most {_MOST_DIGITS} digits and below 1.8e308"
            raise self._wrong(f"at character {token.place + 1} there must be {most}")
        return value

    def _name(self, token: _Token) -> str:
        if token.kind == "name":
            return token.text
        quote = token.text[0]
        name = token.text[1:-1].replace(2 * quote, quote)
        if not name.strip():
            raise self._wrong(f"at character {token.place + 1} there must be a name between the quotes")
        return name

    def _expected(self, what: str) -> PlanError:
        token = self._token
        if token.kind == "end":
            return self._wrong(f"at its end there must be {what}")
        return self._wrong(f"at character {token.place + 1} there must be {what}, got {token.text!r}")

    def _wrong(self, what: str) -> PlanError:
        shown = self._text if len(self._text) <= 200 else f"{self._text[:200]}..."
        return PlanError(
            f"--derive must be a formula such as 'rooms_per_head = rooms / people', got {shown!r}: {what}."
        )
