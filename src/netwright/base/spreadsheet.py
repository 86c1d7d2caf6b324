"""CSV that no spreadsheet takes for formulas: whoever chose a label or the name of a column must not run anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: What a spreadsheet begins a formula with, in the wide forms of East Asian keyboards too.
_SIGNS = "=+\\-@＝＋－＠"
#: Where a cell may begin: also after what separates cells where the comma is the decimal mark.
_PLACES = "^|[;\t\r\n]"
_SUSPECT = rf'(?:{_PLACES})[\s"]*[{_SIGNS}]|^[\s"]*[\t\r]'
_PLAIN_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_FORMULA = re.compile(rf'({_PLACES})(?!\s*{_PLAIN_NUMBER}\s*(?:$|[;\t\r\n]))(?=[\s"]*[{_SIGNS}])')


def harmless(text: str) -> str:
    """A text that a spreadsheet shows instead of running it: with an apostrophe where a formula would begin.

    Numbers stay as they are, negative ones too.

    Example:
        >>> harmless("=1+1"), harmless("  @SUM(A1)"), harmless("-1"), harmless("cold; -2"), harmless("low;=1+1")
        ("'=1+1", "'  @SUM(A1)", '-1', 'cold; -2', "low;'=1+1")
    """
    safe = _FORMULA.sub(r"\1'", text)
    return f"'{safe}" if safe.lstrip(' "')[:1] in ("\t", "\r") and not safe.startswith("'") else safe


def csv_text(frame: pl.DataFrame) -> str:
    """A table as comma-separated text with a header, none of its texts a formula.

    Args:
        frame: Numbers are written as they are.

    Example:
        >>> import polars as pl
        >>> print(csv_text(pl.DataFrame({"@a": ["-1", "=1+1", None], "b": [-0.5, 1.0, 2.0]})), end="")
        '@a,b
        -1,-0.5
        '=1+1,1.0
        ,2.0
    """
    import polars as pl

    columns: dict[str, pl.Series] = {}
    for column in frame.get_columns():
        name = harmless(column.name)
        while name in columns:  # "'=a" beside "=a"
            name = f"'{name}"
        columns[name] = _harmless_cells(column) if column.dtype == pl.String else column
    return pl.DataFrame(columns).write_csv()


def _harmless_cells(cells: pl.Series) -> pl.Series:
    suspects = cells.filter(cells.str.contains(_SUSPECT).fill_null(False)).unique().to_list()
    instead = {text: harmless(text) for text in suspects}
    return cells.replace(instead) if instead else cells
