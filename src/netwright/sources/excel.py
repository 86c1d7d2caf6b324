"""Excel files: one sheet of them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import listing
from netwright.base.memory import free_bytes, size_in_words
from netwright.base.table import Provenance, Table
from netwright.sources import workbook
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.files import FileBytes, read_file
from netwright.sources.header import column_names, has_header, rows_looked_at
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.unpacking import refuse_zip_bomb
from netwright.sources.untyped import untyped_table
from netwright.sources.values import cell_text, series_from_values

if TYPE_CHECKING:
    import polars as pl

Row = list[Any]

#: Seconds of a core for any workbook, bytes of it that take another one, and how long they may take on the clock.
_SECONDS, _BYTES_A_SECOND, _PATIENCE = 8, 500_000, 20
_LEAST_MEMORY = 1 << 29
_LAST_WORDS = 10_000
_SAVE_AGAIN = "Open it in Excel and save it again."
_WORDS = re.compile(r"[\w ,'`<>/:.-]{3,100}")


@source("excel")
class ExcelSource(Source):
    """`.xlsx`, `.xlsm`, `.xlsb` and `.xls` files."""

    suffixes = (".xlsx", ".xlsm", ".xlsb", ".xls")
    obeys = frozenset({"sheet", "header"})

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table in a sheet; see `Source.read`."""
        file = read_file(data)
        sheet, rows, several = _chosen_sheet(file, options.sheet)
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


def _chosen_sheet(file: FileBytes, given: str | None) -> tuple[str, list[Row], bool]:
    """The name of the sheet to read, its cells, and whether there are others."""
    name = file.name
    if not file.data:
        raise DataError(f"{name} must be an Excel workbook, got an empty file.")
    refuse_zip_bomb(file.data, name)
    found = _asked(file, given)
    sheets, filled = found.get("sheets", []), found.get("filled", [])
    if "broken" in found:
        raise _unreadable(file, found["broken"], found["why"])
    if given is not None and given not in sheets:
        raise DataError(f"--sheet must be one of the sheets of {name}, {listing(sheets, 20)}, got {given!r}.")
    if not filled and given is not None:
        raise DataError(f"sheet {given} of {name} must hold a table, got an empty sheet.")
    if not filled:
        raise DataError(f"{name} must hold a table, got no sheet with a filled cell.")
    if len(filled) > 1:
        raise DataError(
            f"{name} has {len(filled)} sheets with data: {listing(filled, 20)}. Pass --sheet with one of them."
        )
    return filled[0], found["rows"], len(sheets) > 1


def _asked(file: FileBytes, sheet: str | None) -> dict[str, Any]:
    """What a process of its own says about a workbook: it may die of it."""
    if not Path(sys.executable or "").stem.lower().startswith(("python", "pypy")):  # Python inside another program
        return workbook.answer(file.data, sheet)
    free = free_bytes()
    memory = 0 if free is None else max(_LEAST_MEMORY, free // 2)
    seconds = _SECONDS + len(file.data) // _BYTES_A_SECOND
    options = ("-P", "-X", "utf8", workbook.__file__, str(memory), str(seconds), json.dumps(sheet))
    try:
        done = subprocess.run(
            [sys.executable, *options],
            input=file.data,
            capture_output=True,
            timeout=_PATIENCE * seconds,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)},
        )
    except subprocess.TimeoutExpired as error:
        raise _endless(file.name, seconds) from error
    if done.returncode == 0:
        return workbook.unpacked(done.stdout)
    if done.returncode == -getattr(signal, "SIGXCPU", 0):
        raise _endless(file.name, seconds)
    if b"memory" in done.stderr[-_LAST_WORDS:].lower() or done.returncode == -getattr(signal, "SIGKILL", 0):
        raise DataError(
            f"{file.name} must fit the memory, got a workbook that asks for more than {size_in_words(memory)}. One "
            f"cell far below or beside its table is enough for that: delete it and save the workbook again, or save "
            f"the sheet as .csv."
        )
    raise DataError(f"{file.name} must be an Excel workbook, got one that cannot be read. {_SAVE_AGAIN}")


def _endless(name: str, seconds: int) -> DataError:
    return DataError(
        f"{name} must be an Excel workbook that can be read in {seconds:,} seconds, got one that takes longer. "
        f"Save its sheet as .csv."
    )


def _unreadable(file: FileBytes, sheet: str, why: str) -> DataError:
    why = f" ({why})" if _WORDS.fullmatch(why) else ""
    if sheet:
        return DataError(f"sheet {sheet} of {file.name} could not be read{why}. {_SAVE_AGAIN}")
    beginning = file.data[:64].lstrip()
    advice = _SAVE_AGAIN
    if beginning.isascii() and beginning[:1].isalnum():
        advice = "It looks like a text file: rename it to .csv."
    if beginning.startswith(b"<"):
        advice = "It looks like a web page: open it in Excel and save it as .xlsx."
    return DataError(f"{file.name} must be an Excel workbook, got something else{why}. {advice}")


def _frame(rows: list[Row], options: ReadOptions, name: str) -> tuple[pl.DataFrame, bool]:
    """The rows below the header under its names, and whether there is a header."""
    import polars as pl

    sample = [[cell_text(cell) for cell in row] for row in rows[: rows_looked_at(len(rows[0]))]]
    headed = options.header == "yes" or (options.header == "auto" and has_header(sample[0], sample[1:]))
    body = rows[1:] if headed else rows
    if not body:
        raise DataError(f"{name} must hold rows below its first line, got a header and no rows.")
    names = column_names(sample[0] if headed else None, len(rows[0]), name)
    columns = [series_from_values(column, [row[at] for row in body]) for at, column in enumerate(names)]
    return pl.DataFrame(columns), headed
