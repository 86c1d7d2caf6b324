"""The cells of an Excel workbook, read by a process of its own.

A workbook may say that it has a cell in the last row of the last column, and a library that believes it asks for more
memory than there is and dies, and the program with it. So this file is run as a program, which may die: it takes the
bytes of a workbook on standard input, and answers on standard output in JSON. It imports nothing of netwright.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import sys
from typing import Any

Row = list[Any]


def answer(data: bytes, given: str | None) -> dict[str, Any]:
    """What a workbook holds.

    Args:
        data: Its bytes.
        given: The sheet that was asked for; None takes the only one that holds cells.

    Returns:
        `sheets` (those that have cells: charts have none), `filled` (those that hold something, as far as they were
        looked at), `rows` of the one sheet that is read; or `broken` (the workbook, or the name of a sheet) and `why`.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except (CalamineError, OSError, ValueError) as error:
        return {"broken": "", "why": str(error)}
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    filled: dict[str, list[Row]] = {}
    for name in names:
        if given is not None and name != given:
            continue
        try:
            rows = trimmed(workbook.get_sheet_by_name(name).to_python(skip_empty_area=True))
        except CalamineError as error:
            return {"broken": name, "why": str(error), "sheets": names}
        if rows:
            # of several nothing is read but that they hold something
            filled = {other: [] for other in filled} | {name: [] if filled else rows}
    one = next(iter(filled.values())) if len(filled) == 1 else []
    return {"sheets": names, "filled": list(filled), "rows": one}


def trimmed(rows: list[Row]) -> list[Row]:
    """The cells of a sheet without the empty rows above and below, and without columns of nothing, not even a name."""
    rows = [[None if _is_empty(cell) else cell for cell in row] for row in rows]
    filled = [{at for at, cell in enumerate(row) if cell is not None} for row in rows]
    places = [at for at, own in enumerate(filled) if own]
    if not places:
        return []
    columns = sorted(set().union(*filled))
    return [[row[at] for at in columns] for row in rows[places[0] : places[-1] + 1]]


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


#: How values that JSON does not know are written: by the name of their type.
_KINDS: dict[str, Any] = {
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda seconds: datetime.timedelta(seconds=seconds),
}


def packed(answered: dict[str, Any]) -> str:
    """An answer as JSON."""
    return json.dumps(answered, default=_written)


def _written(value: object) -> dict[str, Any]:
    if isinstance(value, datetime.timedelta):
        return {"timedelta": value.total_seconds()}
    if isinstance(value, datetime.date | datetime.time):
        return {type(value).__name__: value.isoformat()}
    return {"text": str(value)}


def unpacked(text: bytes) -> dict[str, Any]:
    """The answer that `packed` wrote."""
    found: dict[str, Any] = json.loads(text, object_hook=_read)
    return found


def _read(found: dict[str, Any]) -> Any:
    if len(found) != 1:
        return found
    ((kind, value),) = found.items()
    return _KINDS[kind](value) if kind in _KINDS else value if kind == "text" else found


def _limit(memory: int, seconds: int) -> None:
    """Bytes that this process may take, 0 for any, and seconds of a core, where the system has such limits."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    # at the first limit of seconds the system says what it does, at the second it kills
    for what, most, then in ((resource.RLIMIT_AS, memory, memory), (resource.RLIMIT_CPU, seconds, seconds + 2)):
        if most > 0:
            with contextlib.suppress(ValueError, OSError):  # a lower limit is set already
                resource.setrlimit(what, (most, then))


if __name__ == "__main__":
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    asked = json.loads(sys.argv[3])
    sys.stdout.write(packed(answer(sys.stdin.buffer.read(), asked)))
