"""The columns that are plain numbers, read all at once: most tables consist of them, wide ones have thousands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.sources.tokens import numbers_of

if TYPE_CHECKING:
    import polars as pl

#: Digits after a zero make a code, not a number.
LEADING_ZERO = r"^0\d+$"


def plain_numbers(frame: pl.DataFrame, missing: Mapping[str, tuple[str, ...]]) -> dict[str, pl.Series]:
    """The columns that hold nothing but numbers and texts that mean missing.

    Args:
        frame: Cells as a source gave them.
        missing: For each column to look at, the texts that mean missing in it.

    Returns:
        Column -> Float64, null where missing, for those columns whose every cell reads at first sight: a decimal
        point, no marks of thousands, no signs. The others need a closer look.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"a": ["1", "NA"], "b": ["1,5", "2"], "c": [1, None]})
        >>> {name: cells.to_list() for name, cells in plain_numbers(frame, dict.fromkeys("abc", ("NA",))).items()}
        {'a': [1.0, None], 'c': [1.0, None]}
    """
    import polars as pl

    types = frame.schema
    texts = [name for name in missing if types[name] == pl.String]
    unread = frame.select(_unread(name, missing[name]) for name in texts).row(0) if texts else ()
    plain = {name for name, some in zip(texts, unread, strict=True) if not some}
    plain |= {name for name in missing if types[name].is_numeric()}
    if not plain:
        return {}
    values = frame.select(_values(name, missing[name]) for name in missing if name in plain)
    return {column.name: column for column in values.get_columns()}


def _unread(name: str, missing: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    number = pl.col(name).cast(pl.Float64, strict=False)
    text = pl.col(name).is_not_null() & ~pl.col(name).is_in(["", *missing])
    return (text & (number.is_null() | number.is_nan())).any()


def _values(name: str, missing: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    number = pl.col(name).cast(pl.Float64, strict=False).fill_nan(None)
    gone = numbers_of(missing)
    if not gone:
        return number
    is_gone = number.is_in([value for value in gone if math.isfinite(value)])
    if any(math.isinf(value) for value in gone):
        is_gone = is_gone | number.is_infinite()
    return pl.when(~is_gone).then(number).alias(name)


@dataclass(frozen=True)
class NumberFacts:
    """What the decision about a column of numbers looks at.

    Args:
        values: Float64, null where missing; may be infinite.
        n_filled: How many are not missing.
        n_different: How many different ones there are.
        whole: Whether all are whole numbers.
        infinite: Whether one is infinite.
        low: The smallest.
        high: The largest.
    """

    values: pl.Series
    n_filled: int
    n_different: int
    whole: bool
    infinite: bool
    low: float | None
    high: float | None


def number_facts(columns: Mapping[str, pl.Series]) -> dict[str, NumberFacts]:
    """The facts about columns of numbers.

    Example:
        >>> import polars as pl
        >>> facts = number_facts({"a": pl.Series([3.0, None, 1.0])})["a"]
        >>> facts.n_filled, facts.n_different, facts.whole, facts.low, facts.high
        (2, 2, True, 1.0, 3.0)
    """
    import polars as pl

    if not columns:
        return {}
    frame = pl.DataFrame([values.alias(name) for name, values in columns.items()])
    cell = pl.all()
    asked = (cell.count(), cell.drop_nulls().n_unique(), (cell == cell.round()).all(), cell.is_infinite().any(),
             cell.min(), cell.max())  # fmt: skip
    answers = zip(*(frame.select(question).row(0) for question in asked), strict=True)
    return {name: NumberFacts(columns[name], *answer) for name, answer in zip(columns, answers, strict=True)}


def finite_ones(numbers: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """The columns in which no number is infinite.

    Example:
        >>> import polars as pl
        >>> list(finite_ones({"a": pl.Series([1.0, None]), "b": pl.Series([1.0, float("inf")])}))
        ['a']
    """
    return {name: values for name, values in numbers.items() if not values.is_infinite().any()}


def without_codes(frame: pl.DataFrame, numbers: dict[str, pl.Series]) -> dict[str, pl.Series]:
    """The columns of numbers but for those of texts with leading zeros, which no number has.

    Example:
        >>> import polars as pl
        >>> frame = pl.DataFrame({"a": ["020", "060"], "b": ["20", "0.5"]})
        >>> list(without_codes(frame, plain_numbers(frame, {"a": (), "b": ()})))
        ['b']
    """
    import polars as pl

    types = frame.schema
    texts = [name for name in numbers if types[name] == pl.String]
    if not texts:
        return numbers
    zeros = frame.select(pl.col(texts).str.contains(LEADING_ZERO).any()).row(0)
    codes = {name for name, some in zip(texts, zeros, strict=True) if some}
    return {name: values for name, values in numbers.items() if name not in codes}
