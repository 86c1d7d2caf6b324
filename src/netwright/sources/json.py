"""JSON files: a list of records, or an object that holds columns or one list of records."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.encoding import Decoded, decode
from netwright.sources.files import FileBytes, read_file
from netwright.sources.records import frame_of_columns, frame_of_records
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import untyped_table

if TYPE_CHECKING:
    import polars as pl

_SHAPES = "a list of records [{...}, {...}] or an object of columns {name: [...]}"


@source("json")
class JsonSource(Source):
    """`.json` files."""

    suffixes = (".json",)
    obeys = frozenset({"encoding"})

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table in a JSON file; see `Source.read`."""
        file = read_file(data)
        decoded = decode(file.data, file.name, options.encoding)
        if not decoded.text.strip():
            raise DataError(f"{file.name} must hold {_SHAPES}, got an empty file.")
        value = parse_json(decoded.text, file.name)
        try:
            frame = _frame(value, file.name)
        except RecursionError as error:
            raise too_deep(file.name) from error
        return json_table(frame, file, decoded, options)


def json_table(frame: pl.DataFrame, file: FileBytes, decoded: Decoded, options: ReadOptions) -> Table:
    """A table from the frame that a JSON text held."""
    source = Provenance(
        name=file.name,
        stem=file.stem,
        how=(decoded.encoding, file.suffix.lstrip(".")),
        hint="--encoding" if decoded.guessed and options.encoding is None else "",
        notes=(decoded.note,) if decoded.note else (),
        fingerprint=file.fingerprint,
    )
    return untyped_table(tidy_frame(frame), source)


def parse_json(text: str, name: str, line: int = 0) -> Any:
    """The value of a JSON text.

    Args:
        text: The text.
        name: As messages name the file.
        line: Where the text stands in the file, 0 for a whole file.

    Raises:
        DataError: It is no JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        at = line or error.lineno
        raise DataError(f"{name} must be JSON, got a fault in line {at:,}: {error.msg}. Correct it there.") from error
    except RecursionError as error:
        raise too_deep(name, line) from error
    except _Twins as twins:
        raise DataError(
            f"the keys of an object in {name} must differ, got {twins.key!r} more than once{_in_line(line)}. "
            f"Rename one of them."
        ) from None
    except ValueError as error:
        raise DataError(
            f"the numbers of {name} must have at most {sys.get_int_max_str_digits():,} digits, got a longer "
            f"one{_in_line(line)}. Write it in quotes, as a text."
        ) from error


def _in_line(line: int) -> str:
    return f" in line {line:,}" if line else ""


class _Twins(Exception):
    """An object has a key twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):  # one value of them would be lost
        keys = [key for key, _ in pairs]
        raise _Twins(next(key for key in keys if keys.count(key) > 1))
    return found


def too_deep(name: str, line: int = 0) -> DataError:
    """The error about lists in lists in lists without end."""
    return DataError(
        f"{name} must be JSON of a table, got lists or objects too deep within each other{_in_line(line)}. "
        f"Flatten them."
    )


def _frame(value: Any, name: str) -> pl.DataFrame:
    if _are_records(value):
        return frame_of_records(value, name)
    if isinstance(value, Mapping):
        split = _split_frame(value, name)
        if split is not None:
            return split
        lists = {key: records for key, records in value.items() if _are_records(records)}
        if len(lists) == 1:
            return frame_of_records(next(iter(lists.values())), name)
        if len(lists) > 1:
            keys = ", ".join(map(str, lists))
            raise DataError(f"{name} must hold one list of records, got {len(lists)}: {keys}. Save one of them alone.")
        if value and all(isinstance(column, list) for column in value.values()):
            return frame_of_columns(value, name)
        if value and all(isinstance(column, Mapping) for column in value.values()):
            return _indexed_columns(value)
    raise DataError(f"{name} must hold {_SHAPES}, got {_described(value)}.")


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(record, Mapping) for record in value)


def _split_frame(value: Mapping[str, Any], name: str) -> pl.DataFrame | None:
    """What pandas writes as orient="split": names under `columns`, rows under `data`."""
    names, rows = value.get("columns"), value.get("data")
    if not isinstance(names, list) or not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return None
    if any(len(row) != len(names) for row in rows):
        raise DataError(f"every row of {name} must have {len(names)} values, one for each of its columns.")
    return frame_of_columns({key: [row[at] for row in rows] for at, key in enumerate(names)}, name)


def _indexed_columns(value: Mapping[str, Mapping[str, Any]]) -> pl.DataFrame:
    """What pandas writes by itself: column -> {row label: cell}."""
    rows = dict.fromkeys(label for column in value.values() for label in column)
    return frame_of_records([{name: column.get(label) for name, column in value.items()} for label in rows], "")


def _described(value: Any) -> str:
    if isinstance(value, list):
        return "an empty list" if not value else f"a list that holds {json_word(value[0])}"
    return "an object of other things" if isinstance(value, Mapping) else json_word(value)


def json_word(value: Any) -> str:
    """What JSON calls a value.

    Example:
        >>> json_word(None), json_word([1]), json_word("a"), json_word(True), json_word(1)
        ('null', 'a list', 'a text', 'true', 'a number')
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, Mapping) else "a number"
