"""Tables that were laid out for people: a second header line, keys written once a block, totals among their parts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from netwright.audit.check import check
from netwright.base.figures import count, listing, share
from netwright.base.finding import Finding
from netwright.base.table import Column, Table

#: Words that name a total, as statistics offices write them.
_TOTALS = ("total", "totals", "grand total", "subtotal", "전국", "전체", "합계", "총계", "총합", "소계", "계")
_TEXT_KINDS = ("category", "ordinal", "text", "identifier")
#: Marks of a missing value with letters in them, which are no words of a header.
_MARKS = frozenset({"null", "nan", "nat", "na", "n/a", "none", "nil", "<na>", "\\n"})
#: Numeric columns that must lack a value in the first row before it is taken for a second header line.
_FEWEST_GAPS = 2
#: Keys written once a block leave at least this share of their column blank ...
_BLANK_SHARE = 0.3
#: ... and stand at this share of equal distances.
_REGULAR_SHARE = 0.8


@check("second-header")
def second_header(table: Table) -> Iterator[Finding]:
    """A first row that holds names or units instead of values."""
    if table.n_rows < 2 or table.rows[0] != 0:
        return
    first = table.frame.row(0, named=True)
    named = [column.name for column in _texts(table) if first[column.name] == column.name]
    numeric = [column for column in table.schema.columns if column.kind == "numeric"]
    # numeric columns whose first cell may have been a word, which counts as missing among numbers
    worded = [column.name for column in numeric if _lost_words(column) and first[column.name] is None]
    known = [name for name in worded if table[name].null_count() < table.n_rows]
    if (named and len(known) == len(numeric) > 0) or (len(known) == len(numeric) >= _FEWEST_GAPS and not named):
        yield Finding(
            code="second-header",
            where="data",
            severity="warning",
            message=f"the first row looks like a second header line ({listing([*named, *known], 3)})",
            advice="delete that line from the file; its cells count as missing or as a level of their own",
            columns=(*named, *known),
            evidence={"row": 0, "cells": {name: first[name] for name in named}},
        )


@check("blank-keys")
def blank_keys(table: Table) -> Iterator[Finding]:
    """A key that is written on the first row of its block only, as merged cells are."""
    for column in _texts(table):
        filled = np.flatnonzero(table[column.name].is_not_null().to_numpy())
        n_blank = table.n_rows - len(filled)
        if len(filled) < 3 or n_blank < _BLANK_SHARE * table.n_rows:
            continue
        gaps = np.diff(filled)
        usual = int(np.bincount(gaps).argmax())
        unique = table[column.name].drop_nulls().n_unique() == len(filled)
        if unique and usual > 1 and np.mean(gaps == usual) >= _REGULAR_SHARE:
            yield Finding(
                code="blank-keys",
                where="data",
                severity="warning",
                message=f"{column.name}: filled only on the first row of each block of {usual}, {n_blank:,} keys blank",
                advice="fill the keys down in the file (unmerge the cells), or --drop the column",
                columns=(column.name,),
                evidence={"blank": n_blank, "rows": table.n_rows, "block": usual},
            )


@check("totals")
def totals(table: Table) -> Iterator[Finding]:
    """Rows that are sums or means of other rows: they give those rows away and count them twice."""
    texts = _texts(table)
    # all columns at once: tables of texts may have thousands
    said = table.frame.select(pl.col(column.name).str.to_lowercase().is_in(list(_TOTALS)).any() for column in texts)
    for column, some in zip(texts, said.row(0) if texts else (), strict=True):
        if not some:
            continue
        cells = table[column.name].drop_nulls()
        found = cells.filter(cells.str.to_lowercase().is_in(list(_TOTALS)))
        if found.len() and found.n_unique() < cells.n_unique():
            words = found.unique().sort().to_list()
            yield Finding(
                code="totals",
                where="data",
                severity="warning",
                message=f"{column.name}: {count(found.len(), 'row')} called {listing(words)} "
                f"({share(found.len(), table.n_rows)}) look like totals of the others",
                advice="take the totals out of the file: they hold the figures of the rows they sum up",
                columns=(column.name,),
                evidence={"rows": found.len(), "words": words},
            )


def _lost_words(column: Column) -> bool:
    """Whether a text that is no usual mark of a missing value counts as one in this column."""
    marks = {token.casefold() for token in column.reading.missing if not token.startswith("#")}
    return any(any(map(str.isalpha, mark)) for mark in marks - _MARKS)


def _texts(table: Table) -> list[Column]:
    return [c for c in table.schema.columns if c.kind in _TEXT_KINDS and table[c.name].dtype == pl.String]
