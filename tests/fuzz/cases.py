"""Case number -> file and options: the same number makes the same case."""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.fuzz import cells, damage, documents, texts

SEED = 20
_SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
_HEAD_BYTES = 6_000


@dataclass(frozen=True)
class Case:
    """A file and how it is read.

    Args:
        number: Makes it again.
        name: Of the file.
        data: Its bytes.
        options: For `Settings`.
        story: What was done to it.
        whole: Whether nothing was damaged.
        made: What was written, the header first, where the file is whole and its cells are known.
    """

    number: int
    name: str
    data: bytes
    options: dict[str, Any] = field(default_factory=dict)
    story: tuple[str, ...] = ()
    whole: bool = False
    made: list[list[Any]] | None = None


def case(number: int, seed: int = SEED) -> Case:
    """The case of that number: seven of ten are texts."""
    rng = random.Random(f"{seed}-{number}")
    make = _MAKERS[number % len(_MAKERS)]
    return make(rng, number)


def _document(ending: str, make: Callable[[random.Random], Any]) -> Callable[[random.Random, int], Case]:
    def made(rng: random.Random, number: int) -> Case:
        data, suffix, options = make(rng), ending, {}
        if isinstance(data, tuple):
            data, more = data
            suffix, options = (more, {}) if isinstance(more, str) else (ending, more)
        story: tuple[str, ...] = (suffix,)
        whole = rng.random() < 0.4
        if not whole:
            ways = damage.TO_BYTES if ending not in (".json", ".jsonl") else damage.TO_BYTES + damage.TO_LINES
            data, done = damage.damaged(rng, data, ways)
            story += done
        name = f"집값{suffix}"
        if rng.random() < 0.05:
            data, name = gzip.compress(data, mtime=0), f"{name}.gz"
        if rng.random() < 0.3:
            options["target"] = 0
        return Case(number, name, data, options, story, whole)

    return made


def _text(rng: random.Random, number: int) -> Case:
    how = texts.manner(rng)
    heads = _real_heads()
    if heads and rng.random() < 0.15:
        name, data = rng.choice(heads)
        story: tuple[str, ...] = (f"head of {name}",)
        rows = None
    else:
        rows = cells.table(rng)
        data, story = texts.written(rows, how), (how.encoding, how.separator, repr(how.line_end), str(how.quoting))
    whole = rng.random() < 0.15
    if not whole:
        data, done = damage.damaged(rng, data, damage.TO_LINES)
        story += done
    name = "집값" + rng.choice((".csv", ".csv", ".csv", ".tsv", ".txt", ".data"))
    if rng.random() < 0.06:
        data, name = gzip.compress(data, mtime=0), name + ".gz"
        if rng.random() < 0.6:
            data, done = damage.damaged(rng, data, damage.TO_BYTES, 1)
            story += ("gzip", *done)
            whole = False
    return Case(number, name, data, _options(rng, how), story, whole, rows)


def _options(rng: random.Random, how: texts.Manner) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if rng.random() < 0.25:
        others = (*texts.ENCODINGS, "utf-7", "ascii", "shift_jis", "unicode_escape")
        options["encoding"] = how.encoding if rng.random() < 0.7 else rng.choice(others)
    if rng.random() < 0.3:
        options["separator"] = rng.choice(
            (how.separator, how.separator, how.separator, "tab", "blank", ",", "¦", "가", "#", "\x00", "a")
        )
    if rng.random() < 0.3:
        options["header"] = rng.choice(("yes", "no"))
    if rng.random() < 0.15:
        options["decimal"] = rng.choice((".", ","))
    if rng.random() < 0.1:
        options["missing"] = (rng.choice(cells.EVERYTHING),)
    if rng.random() < 0.5:
        options["target"] = 0  # the name of the column at this place, once the names are known
    if rng.random() < 0.1:
        options["kind"] = rng.choice(("numeric", "category", "ordinal", "date", "text", "identifier", "boolean"))
    return options


@cache
def _real_heads() -> tuple[tuple[str, bytes], ...]:
    """The beginnings of real text files, where this machine has them."""
    files = sorted(_SHARED.glob("*/*.csv")) if _SHARED.is_dir() else []
    return tuple((path.name, path.read_bytes()[:_HEAD_BYTES].rpartition(b"\n")[0]) for path in files)


_MAKERS: tuple[Callable[[random.Random, int], Case], ...] = (
    _text, _text, _text, _text, _text, _text, _text, _text, _text, _text, _text, _text, _text, _text,
    _document(".json", documents.json_text), _document(".jsonl", documents.json_lines),
    _document(".parquet", documents.parquet), _document(".xlsx", documents.excel),
    _document(".sqlite", documents.sqlite), _document(".xlsx", documents.excel),
)  # fmt: skip
