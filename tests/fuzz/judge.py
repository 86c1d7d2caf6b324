"""One case through netwright, and what became of it."""

from __future__ import annotations

import contextlib
import io
import json
import math
import re
import shutil
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.fuzz import second
from tests.fuzz.cases import Case

#: What no message to a user may hold: the inside of this program and of its libraries.
_RAW = re.compile(
    r"Traceback|panicked|PanicException|NoneType|object at 0x|pyo3|src/[\w/]+\.rs|called `|unwrap|Err\(|polars|"
    r"calamine|std::|\.py\b|__\w+__|ComputeError|Parquet\(|Xlsx\(|Zip\(|0x7f[0-9a-f]{6}|codec can't|UnicodeDecodeError|"
    r"ArrowError|OutOfSpec|\bcrate\b|thread '"
)
_LONGEST_MESSAGE = 1_200
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|", "blank": " "}


@dataclass
class Outcome:
    """What became of a case.

    Args:
        number: Of the case.
        ended: `table`, `refused`, or `failed` for anything that no user may see.
        where: For a refusal, the function that raised it; for a failure, its kind.
        said: The message.
        seconds: Of all cores, of its longest step.
        decisions: What accounts for differences to the second parser; None where it was not asked.
        story: What was done to the file.
    """

    number: int
    ended: str
    where: str = ""
    said: str = ""
    seconds: float = 0.0
    decisions: tuple[str, ...] | None = None
    story: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Wrong(AssertionError):
    """A table that no table may be, or a message that no message may be."""


def judge(case: Case, folder: Path, audit: bool = False, train: bool = False) -> Outcome:
    """Read the file of a case, and look at what comes.

    Args:
        case: The case.
        folder: Where its file is written, and taken away again.
        audit: Whether the whole audit is run and printed, too.
        train: Whether networks are trained for two epochs, and the run folder is written, too.
    """
    from netwright.base.errors import MissingExtra, UserError

    path = folder / case.name
    path.write_bytes(case.data)
    outcome = Outcome(case.number, "table", story=case.story)
    seconds: list[float] = []
    try:
        outcome.decisions = _read(case, path, audit, seconds)
        if train:
            outcome.more["trained"] = True
            with _timed(seconds):
                _train(case, path, folder / "run")
    except (UserError, MissingExtra) as error:
        outcome.ended, outcome.where, outcome.said = "refused", _place(error), str(error)
        try:
            check_message(str(error))
        except Wrong as wrong:
            outcome.ended, outcome.where, outcome.said = "failed", "message", f"{wrong}: {error}"
    except Wrong as wrong:
        outcome.ended, outcome.where, outcome.said = "failed", "table", str(wrong)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        outcome.ended, outcome.where = "failed", f"{type(error).__name__} in {_place(error)}"
        outcome.said = "".join(traceback.format_exception(error))[-3000:]
    finally:
        path.unlink()
    outcome.seconds = round(max(seconds, default=0.0), 3)
    return outcome


def _place(error: BaseException) -> str:
    """The innermost function of netwright on the way of an error."""
    places = [
        f"{Path(frame.filename).stem}.{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "netwright" in Path(frame.filename).parts and "tests" not in Path(frame.filename).parts[-3:]
    ]
    return places[-1] if places else "?"


def check_message(said: str) -> None:
    """One paragraph of readable length that ends like a sentence and shows nothing of the inside.

    Raises:
        Wrong: It is not.
    """
    if "\n" in said or "\r" in said:
        raise Wrong("more than one line")
    if len(said) > _LONGEST_MESSAGE:
        raise Wrong(f"{len(said):,} characters")
    if not said.rstrip().endswith((".", "?", ")")):
        raise Wrong("no sentence")
    raw = _RAW.search(said)
    if raw:
        raise Wrong(f"shows {raw.group()!r}")


def _read(case: Case, path: Path, audit: bool, seconds: list[float]) -> tuple[str, ...] | None:
    from netwright.base.settings import Settings
    from netwright.preparation.load import read_options, read_table
    from netwright.sources.registry import open_table

    options = dict(case.options)
    position, kind = options.pop("target", None), options.pop("kind", None)
    settings = Settings.from_options(options)
    with _timed(seconds):
        raw = open_table(path, read_options(settings))
    decisions = _held_against(case, raw) if raw.source.how[1:2] and raw.source.how[1] in _SEPARATORS else None
    if position is not None:
        settings = replace(settings, target=raw.schema.names[position % len(raw.schema.names)])
    if kind is not None:
        settings = replace(settings, kind=(f"{raw.schema.names[-1]}={kind}",))
    with _timed(seconds):
        table = read_table(path, settings)
    check_table(table)
    if audit:
        from netwright.apps.auditing import audit_data, print_audit

        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), _timed(seconds):
            print_audit(audit_data(path, settings), verbose=case.number % 2 == 0)
        controls = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", printed.getvalue())
        if controls:
            raise Wrong(f"the audit prints {controls.group()!r}")
    return decisions


def _train(case: Case, path: Path, run: Path) -> None:
    """A whole run on the last column, whatever it is."""
    from netwright.apps.api import train_in_folder
    from netwright.base.clock import Clock
    from netwright.base.settings import Settings
    from netwright.preparation.load import read_options
    from netwright.sources.registry import open_table

    options = {name: value for name, value in case.options.items() if name not in ("target", "kind")}
    table = open_table(path, read_options(Settings.from_options(options)))
    options |= {
        "target": table.schema.names[-1],
        "preset": "quick",
        "epochs": 2,
        "no_repair": True,
        "folds": 2,
        "allow_leak": True,
    }
    try:
        train_in_folder(path, Settings.from_options(options), run, Clock())
        kept = json.loads((run / "run.json").read_text(encoding="utf-8"))
        if kept["data"]["rows"] + kept["data"]["rows_without_target"] < 10:
            raise Wrong("a run on next to no rows")
    finally:
        shutil.rmtree(run, ignore_errors=True)


@contextlib.contextmanager
def _timed(seconds: list[float]) -> Iterator[None]:
    """Adds the seconds of all cores that are spent inside."""
    started = time.process_time()
    try:
        yield
    finally:
        seconds.append(time.process_time() - started)


def _held_against(case: Case, table: Any) -> tuple[str, ...]:
    import gzip

    data = gzip.decompress(case.data) if case.name.endswith(".gz") else case.data
    encoding, separator, header = table.source.how[:3]
    given = case.options.get("encoding")
    text = second.decoded(data, given or encoding)
    rows = [list(row) for row in table.frame.rows()]
    if header == "header":
        names = [None if name == f"c{at}" else name for at, name in enumerate(table.schema.names, 1)]
        rows.insert(0, names)
    return second.accounts(second.Text(text, _SEPARATORS[separator]), rows)


def check_table(table: Any) -> None:
    """Whether a typed table keeps what `base/table.py` promises.

    Raises:
        Wrong: It does not.
    """
    import polars as pl

    frame, schema = table.frame, table.schema
    if frame.height < 1 or frame.width < 1 or frame.columns != schema.names or len(set(schema.names)) < frame.width:
        raise Wrong(f"{frame.shape} under {schema.names[:5]}")
    if len(table.rows) != frame.height:
        raise Wrong(f"{len(table.rows)} row numbers for {frame.height} rows")
    types = {"numeric": pl.Float64, "date": pl.Datetime}
    for column in schema.columns:
        cells = frame[column.name]
        if cells.dtype != types.get(column.kind, pl.String) or column.kind == "unknown":
            raise Wrong(f"{column.name!r} is {column.kind} in {cells.dtype}")
        if column.kind == "numeric" and not all(math.isfinite(value) for value in cells.drop_nulls()):
            raise Wrong(f"{column.name!r} holds numbers that are not finite")
        if column.kind not in types and "" in cells:
            raise Wrong(f"{column.name!r} holds empty texts")
    for note in table.source.notes:
        check_message(note)
