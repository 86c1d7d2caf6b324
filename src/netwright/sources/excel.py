"""Excel files: one sheet of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import listing
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.files import FileBytes, read_file
from netwright.sources.header import column_names, has_header
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import untyped_table
from netwright.sources.values import cell_text, series_from_values

if TYPE_CHECKING:
    import polars as pl
    from python_calamine import CalamineWorkbook

Row = list[Any]

_HEADER_SAMPLE_ROWS = 1_000


@source("excel")
class ExcelSource(Source):
    """`.xlsx`, `.xlsm`, `.xlsb` and `.xls` files."""

    suffixes = (".xlsx", ".xlsm", ".xlsb", ".xls")
    obeys = frozenset({"sheet", "header"})

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table in a sheet; see `Source.read`."""
        file = read_file(data)
        workbook = _workbook(file)
        sheet, rows = _chosen_sheet(workbook, options.sheet, file.name)
        several = len(_sheet_names(workbook)) > 1
        name = f"sheet {sheet} of {file.name}" if several else file.name
        frame, headed = _frame(rows, options, name)
        source = Provenance(
            name=name,
            stem=file.stem,
            how=("excel", f"sheet {sheet}", "header" if headed else "no header"),
            hint=", ".join(
                (["--sheet"] if options.sheet is None and several else [])
                + (["--header"] if options.header == "auto" else [])
            ),
            fingerprint=file.fingerprint,
        )
        return untyped_table(tidy_frame(frame), source)


def _workbook(file: FileBytes) -> CalamineWorkbook:
    from python_calamine import CalamineError, CalamineWorkbook

    if not file.data:
        raise DataError(f"{file.name} must be an Excel workbook, got an empty file.")
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(file.data))
    except (CalamineError, OSError, ValueError) as error:
        beginning = file.data[:64].lstrip()
        advice = "Open it in Excel and save it again."
        if beginning.isascii() and beginning[:1].isalnum():
            advice = "It looks like a text file: rename it to .csv."
        if beginning.startswith(b"<"):
            advice = "It looks like a web page: open it in Excel and save it as .xlsx."
        raise DataError(f"{file.name} must be an Excel workbook, got something else ({error}). {advice}") from error


def _chosen_sheet(workbook: CalamineWorkbook, given: str | None, name: str) -> tuple[str, list[Row]]:
    names = _sheet_names(workbook)
    if given is not None:
        if given not in names:
            raise DataError(f"--sheet must be one of the sheets of {name}, {listing(names, 20)}, got {given!r}.")
        rows = _rows(workbook, given, name)
        if not rows:
            raise DataError(f"sheet {given} of {name} must hold a table, got an empty sheet.")
        return given, rows
    filled = {sheet: rows for sheet in names if (rows := _rows(workbook, sheet, name))}
    if not filled:
        raise DataError(f"{name} must hold a table, got no sheet with a filled cell.")
    if len(filled) > 1:
        raise DataError(
            f"{name} has {len(filled)} sheets with data: {listing(list(filled), 20)}. Pass --sheet with one of them."
        )
    return next(iter(filled.items()))


def _sheet_names(workbook: CalamineWorkbook) -> list[str]:
    """Of the sheets that have cells: charts have none."""
    from python_calamine import SheetTypeEnum

    return [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _rows(workbook: CalamineWorkbook, sheet: str, name: str) -> list[Row]:
    """The cells of a sheet without the empty rows and columns around them."""
    from python_calamine import CalamineError

    try:
        rows: list[Row] = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
    except CalamineError as error:
        raise DataError(
            f"sheet {sheet} of {name} could not be read: {error}. Open the file in Excel and save it again."
        ) from error
    rows = [[None if _is_empty(cell) else cell for cell in row] for row in rows]
    filled = [at for at, row in enumerate(rows) if any(cell is not None for cell in row)]
    if not filled:
        return []
    rows = rows[filled[0] : filled[-1] + 1]
    columns = [at for at in range(len(rows[0])) if any(row[at] is not None for row in rows)]
    return [row[columns[0] : columns[-1] + 1] for row in rows]


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _frame(rows: list[Row], options: ReadOptions, name: str) -> tuple[pl.DataFrame, bool]:
    """The rows below the header under its names, and whether there is a header."""
    import polars as pl

    sample = [[cell_text(cell) for cell in row] for row in rows[: _HEADER_SAMPLE_ROWS + 1]]
    headed = options.header == "yes" or (options.header == "auto" and has_header(sample[0], sample[1:]))
    body = rows[1:] if headed else rows
    if not body:
        raise DataError(f"{name} must hold rows below its first line, got a header and no rows.")
    names = column_names(sample[0] if headed else None, len(rows[0]), name)
    columns = [series_from_values(column, [row[at] for row in body]) for at, column in enumerate(names)]
    return pl.DataFrame(columns), headed
