"""A column whose kind is to be decided, with all that the decision may look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from netwright.base.table import Column, Reading
from netwright.sources.casting import are_missing_numbers, as_texts
from netwright.sources.dates import HAS_YEAR
from netwright.sources.distinct import Distinct
from netwright.sources.kind_options import KindOptions
from netwright.sources.numbers import StyleFound, find_style, may_be_numbers, parse_numbers
from netwright.sources.plain_numbers import LEADING_ZERO, NumberFacts
from netwright.sources.tokens import CATEGORY_MISSING, FEW, LABEL_MISSING, NUMBER_MISSING

if TYPE_CHECKING:
    import polars as pl

    from netwright.base.table import Table


@dataclass(frozen=True)
class Exceptions:
    """Texts that count as missing because nearly all other cells are something else.

    Args:
        texts: The different ones.
        cells: How many cells hold them.
        among: What the others are.
    """

    texts: tuple[str, ...]
    cells: int
    among: str


@dataclass(frozen=True)
class Decided:
    """What was decided about a column.

    Args:
        column: With its kind.
        notes: Sentences that the user should read.
        exceptions: What counts as missing though it is no usual mark of it.
        values: The typed cells, where they were needed for the decision.
    """

    column: Column
    notes: tuple[str, ...] = ()
    exceptions: Exceptions | None = None
    values: pl.Series | None = None


@dataclass(frozen=True)
class Case:
    """One column of a table before its kind is known.

    Args:
        table: The untyped table.
        column: The column as the source described it.
        options: What the user said.
        decimal_comma: Whether other columns of the table are written with a decimal comma.
        kept: Whether the column must not be set aside as an identifier.
        numbers: What is known about its cells if they are plain numbers, None if they need a closer look.
    """

    table: Table
    column: Column
    options: KindOptions = field(default_factory=KindOptions)
    decimal_comma: bool = False
    kept: bool = False
    numbers: NumberFacts | None = None

    @property
    def name(self) -> str:
        """Of the column."""
        return self.column.name

    @property
    def is_target(self) -> bool:
        """Whether the column is to be predicted."""
        return self.options.target == self.name

    @property
    def is_left_out(self) -> bool:
        """Whether the user dropped the column: then nothing about it is an error."""
        return self.column.role == "left_out"

    @property
    def may_identify(self) -> bool:
        """Whether the column may be set aside as an identifier or a text."""
        return not (self.kept or self.is_target or self.options.arrays)

    @property
    def cells(self) -> pl.Series:
        """As the source gave them."""
        return self.table[self.name]

    @property
    def number_missing(self) -> tuple[str, ...]:
        """Texts that mean missing if this is a column of numbers or dates."""
        return _together(NUMBER_MISSING, self.options.missing)

    @property
    def label_missing(self) -> tuple[str, ...]:
        """Texts that mean missing if this is a column of categories."""
        return _together(LABEL_MISSING if self.is_target else CATEGORY_MISSING, self.options.missing)

    @cached_property
    def different(self) -> Distinct:
        """Its different cells."""
        return Distinct.of(self.cells)

    @cached_property
    def solid(self) -> Distinct:
        """The different texts that could not mean missing in any column."""
        seen = self.different.without(self.number_missing)
        if not self.options.missing:
            return seen
        return seen.where(~are_missing_numbers(parse_numbers(seen.texts), self.options.missing))

    @cached_property
    def style(self) -> StyleFound:
        """How the numbers among its texts are written."""
        given = self.column.reading != Reading()
        decimal = self.column.reading.decimal if given else "," if self.decimal_comma else None
        return find_style(self.solid.texts, self.solid.counts, decimal, given)

    @property
    def number_reading(self) -> Reading:
        """How its numbers are read."""
        style = self.style.style
        return Reading(self.number_missing, style.decimal, style.thousands)

    def labels(self, missing: tuple[str, ...]) -> Distinct:
        """Its different canonical texts beside those that mean missing."""
        return self.different.renamed(as_texts(self.different.texts, missing))

    def has_commas(self) -> bool:
        """Whether any of its cells, which are texts, holds a comma."""
        if len(self.cells) <= FEW:
            return any("," in text for text in self.cells.to_list() if text)
        return bool(self.cells.str.contains(",", literal=True).any())

    def may_be_numbers(self) -> bool:
        """Whether most of its texts may be numbers or dates, told by their letters alone."""
        texts = self.solid.texts
        return self.solid.share(may_be_numbers(texts) | texts.str.contains(HAS_YEAR)) >= MOSTLY

    def are_codes(self) -> bool:
        """Whether its texts are strings of digits with leading zeros, which no number has."""
        texts = self.solid.texts
        zeros = texts.str.contains(LEADING_ZERO)
        return bool(zeros.any()) and self.solid.share(texts.str.contains(r"^\d+$")) >= MOSTLY


#: The share of readable cells from which the others count as missing, and the fewest cells that show it.
MOSTLY = 0.9
FEWEST_CELLS = 10


def is_mostly(share: float, total: int) -> bool:
    """Whether so many cells can be read that the others are exceptions.

    Example:
        >>> is_mostly(0.95, 100), is_mostly(0.9, 10), is_mostly(0.8, 1000)
        (True, False, False)
    """
    return share >= MOSTLY and round(share * total) >= FEWEST_CELLS


def _together(tokens: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tokens + more))
