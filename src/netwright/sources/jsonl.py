"""JSON lines: a record a line."""

from __future__ import annotations

from collections.abc import Mapping

from netwright.base.errors import DataError
from netwright.base.table import Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.encoding import decode
from netwright.sources.files import read_file
from netwright.sources.json import json_table, json_word, parse_json, too_deep
from netwright.sources.records import frame_of_records
from netwright.sources.registry import source


@source("jsonl")
class JsonLinesSource(Source):
    """`.jsonl` and `.ndjson` files; blank lines are left out."""

    suffixes = (".jsonl", ".ndjson")
    obeys = frozenset({"encoding"})

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table in a file of JSON lines; see `Source.read`."""
        file = read_file(data)
        decoded = decode(file.data, file.name, options.encoding)
        records = []
        # only line feeds end a line: texts may contain other separators of lines
        for number, line in enumerate(decoded.text.split("\n"), 1):
            if not line.strip():
                continue
            record = parse_json(line, file.name, number)
            if not isinstance(record, Mapping):
                raise DataError(
                    f"every line of {file.name} must be a record {{...}}, got {json_word(record)} in line {number:,}. "
                    f"Name the file .json if it is one list."
                )
            records.append(record)
        if not records:
            raise DataError(f"{file.name} must hold a record a line, got an empty file.")
        try:
            frame = frame_of_records(records, file.name)
        except RecursionError as error:
            raise too_deep(file.name) from error
        return json_table(frame, file, decoded, options)
