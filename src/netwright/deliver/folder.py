"""The run folder: claimed before the work, holding saved work while it goes on, filled at its end.

It is finished from the moment that `metrics.json`, the last of its files, is in its place. Until then the same command,
or `netwright resume RUN`, goes on where it stopped.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from netwright.base.durable import make_folder, remove_drafts, remove_file, sha256, write_file
from netwright.base.errors import DataError, PlanError
from netwright.base.figures import CONTROLS
from netwright.base.interrupts import heard
from netwright.base.keeper import Earlier, Found, State, Turns
from netwright.base.option import flag
from netwright.base.record import SCHEMA_VERSION, RunRecord
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.checkpoints import Checkpoints
from netwright.deliver.contents import run_facts, run_files
from netwright.deliver.lock import LOCK, Lock
from netwright.deliver.plain_files import PlainFolder
from netwright.training.mixture import Mixture

RUN, METRICS, CHECKPOINTS = "run.json", "metrics.json", "checkpoints"
#: What a finished run keeps of its checkpoints, so that another run can go on from there, and the most of it.
SEARCH, _MOST_SEARCH = "search", 256 << 20
#: Where runs go that were not given a folder.
_DEFAULT_PARENT = Path("runs")
#: The largest `run.json` that is read.
_MOST_BYTES = 64 << 20
#: Characters that some file system refuses in a name.
_REFUSED = '<>:"/\\|?*'


class RunFolder:
    """The place of a run; also the keeper (`base/keeper.py`) of its work while it goes on.

    Args:
        path: Where the run goes: a new or empty folder, or that of a run of the same command that did not end. None
            takes the next free name under `runs/`, or the last one if it is such a run.
        option: What the user names another place with.
        order: What was ordered, for `run.json`: `command`, `settings`, `resume` for the verb of that name, and
            `continues` where it goes on from a finished run.

    Raises:
        DataError: Something else is there already, another process is at work there, or the folder cannot be made.
    """

    def __init__(self, path: Path | None, option: str = "--out", order: Mapping[str, Any] | None = None) -> None:
        self._path, self._option, self._order = path, option, dict(order or {})
        self._lock: Lock | None = None
        self._saved: Checkpoints | None = None
        self._made: list[Path] = []
        self._told: dict[str, Any] = {}
        self._began = False
        #: What is told of earlier processes of this run: one entry a resume.
        self.resumed: list[dict[str, Any]] = []
        #: Sentences for the user about the place itself.
        self.notes: list[str] = []

    def __enter__(self) -> Self:
        try:
            if self._path is not None:
                self._claim(self._path)
            else:
                self._make(_DEFAULT_PARENT)
        except OSError as error:
            self._leave()
            raise DataError(
                f"the run folder {self._path or _DEFAULT_PARENT} must be writable, got: {error.strerror or error}. "
                f"Pass another {self._option}."
            ) from error
        except BaseException:
            self._leave()
            raise
        return self

    def _make(self, path: Path) -> None:
        """Make a folder with its parents, remembering which are new."""
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        missing = [folder for folder in (path.absolute(), *path.absolute().parents) if not folder.exists()]
        for folder in reversed(missing):
            make_folder(folder)
            self._made.append(folder)

    def _claim(self, path: Path) -> None:
        """Take a folder for this process alone.

        Raises:
            UserError: It holds something else, a finished run, or an unfinished one of another command.
        """
        _refuse_taken(path, self._option)
        self._make(path)
        lock = Lock(path, self._option)
        self._lock, self._path = lock, path
        _refuse_taken(path, self._option)  # its last owner may just have finished it
        self.notes += [lock.note] if lock.note else []
        remove_drafts(path)
        self._saved = Checkpoints(path / CHECKPOINTS)
        if (path / RUN).exists():
            try:
                self._told = read_run(path)
            except ValueError as error:
                self.notes.append(f"{path / RUN} was damaged ({error}) and is written anew")
                return
            differing = _differing(self._told.get("settings", {}), self._order.get("settings", {}))
            if differing:
                raise DataError(
                    f"{path} holds an unfinished run of another command, which differs in {differing}. Go on with it "
                    f"by `{flag('netwright resume', str(path))}`, or pass another {self._option}."
                )

    def begin(self, stem: str, target: str, identity: Mapping[str, Any]) -> Found | None:
        """See `Keeper.begin`."""
        if self._path is None:
            self._claim_default(stem, target, identity)
        assert self._path is not None and self._saved is not None, "claimed by now"
        self.resumed = list(self._told.get("resumed", []))
        options = json.dumps(self._order.get("settings", {}), sort_keys=True)
        identity = {**identity, "options": sha256(options.encode("utf-8"))}
        found = self._saved.found(identity, self._path) if self._told or self._saved.step else None
        if found is not None:
            self.resumed.append({"step": found.step, "epoch": found.epoch, "at": _now()})
        if self.notes:
            found = replace(found or Found(0, 0, 0.0, ()), notes=(*self.notes, *(found.notes if found else ())))
        self._told = {
            "schema": SCHEMA_VERSION,
            "status": "running",
            **self._order,
            "identity": dict(identity),
            "started_at": self._told.get("started_at", _now()),
            "resumed": self.resumed,
        }
        self._began = True
        self._tell()
        return found

    def _claim_default(self, stem: str, target: str, identity: Mapping[str, Any]) -> None:
        """A folder of this name that holds this very run, unfinished; else the next free one."""
        name = folder_name(stem, target)
        with self._or_not_kept():
            number = 1
            while not self._claim_number(_DEFAULT_PARENT / f"{name}-{number}", identity):
                number += 1

    def _claim_number(self, path: Path, identity: Mapping[str, Any]) -> bool:
        """Claim a folder if there is none of its name, or it holds this very run, unfinished, and nobody is at it."""
        try:
            make_folder(path)
        except FileExistsError:
            return self._is_mine(path, identity) and self._claim_unless_busy(path)
        self._made.append(path.absolute())
        self._claim(path)
        return True

    def _claim_unless_busy(self, path: Path) -> bool:
        try:
            self._claim(path)
        except DataError:  # someone is at work there
            self._told = {}
            return False
        return True

    def _is_mine(self, path: Path, identity: Mapping[str, Any]) -> bool:
        """Whether a folder holds an unfinished run of this command on these data."""
        if (path / METRICS).exists():
            return False
        try:
            told = read_run(path)
        except ValueError:
            return False
        same = told.get("identity", {}).get("data") == identity["data"]
        return same and not _differing(told.get("settings", {}), self._order.get("settings", {}))

    @property
    def earlier(self) -> Earlier | None:
        """See `Keeper.earlier`."""
        told = self._order.get("continues")
        return None if told is None else Earlier.from_json(told)

    def turns(self) -> Turns | None:
        """See `Keeper.turns`."""
        return self._checkpoints.turns

    def facts(self, turn: int) -> Mapping[str, Any] | None:
        """See `Keeper.facts`."""
        return self._checkpoints.facts(turn)

    def find(self, turn: int) -> State | None:
        """See `Keeper.find`."""
        return self._checkpoints.find(turn)

    def keep(self, turn: int, turns: Turns, state: State, *, over: bool) -> None:
        """See `Keeper.keep`."""
        with self._or_not_kept():
            self._checkpoints.add(turn, turns, state, self._told["identity"], over=over)

    @property
    def _checkpoints(self) -> Checkpoints:
        assert self._saved is not None, "the folder is claimed first"
        return self._saved

    def _or_not_kept(self) -> _OrNotKept:
        return _OrNotKept(self)

    def not_kept(self, error: OSError) -> DataError:
        """The error of a file that could not be written, with what to do."""
        reason = f"the run folder {self._path or _DEFAULT_PARENT} must be writable, got: {error.strerror or error}."
        if self._saved is None or not self._saved.step:
            return DataError(f"{reason} Make room or pass another {self._option}.")
        return DataError(
            f"{reason} What was saved until step {self._saved.step:,} is good: make room, then go on with: {self._call}"
        )

    def finish(self, record: RunRecord, model: Mixture, command: str = "") -> Path:
        """Write everything; the run is finished when this returns.

        Args:
            record: What is written down.
            model: What is shipped.
            command: The command line that repeats the run.

        Returns:
            Where it is.

        Raises:
            DataError: The disk is full, or the folder cannot be written any more.
        """
        path = self._path
        assert path is not None, "a folder without a name gets one in `begin`"
        files = run_files(record, model, command)
        with self._or_not_kept():
            for name in sorted({Path(place).parent.name for place in files} - {""}):
                if not (path / name).is_dir():
                    make_folder(path / name)
            for place, data in files.items():
                if place != METRICS:
                    write_file(path / place, data)
            named = {place: {"bytes": len(data), "sha256": sha256(data)} for place, data in files.items()}
            order = {name: told for name, told in self._order.items() if name in ("resume", "continues")}
            facts = run_facts(record, command) | order | {"resumed": self.resumed, "files": named}
            write_file(path / RUN, sealed_json(facts))
            write_file(path / METRICS, files[METRICS])
        self._made.clear()
        self._began = False  # from here on nothing is to be tidied away
        self._keep_search(path, record)
        self._release()
        return path

    def _keep_search(self, path: Path, record: RunRecord) -> None:
        """Leave what a search can go on from, where there is one and it is not large."""
        if self._saved is not None and record.can_go_on and self._saved.bytes <= _MOST_SEARCH:
            with suppress(OSError):  # the run is finished without it
                self._saved.leave_newest()
                (path / CHECKPOINTS).rename(path / SEARCH)
        shutil.rmtree(path / CHECKPOINTS, ignore_errors=True)
        remove_file(path / CHECKPOINTS)  # had it been a file

    @property
    def _call(self) -> str:
        """What goes on with this run: the verb, or where something of the order is not kept the call itself."""
        if self._order.get("resume", {}).get("unkept"):
            return f"the command or call that began it, with {flag(self._option, str(self._path))}"
        return flag("netwright resume", str(self._path))

    def _tell(self) -> None:
        """Write `run.json` as it is now."""
        assert self._path is not None, "the folder is claimed first"
        with self._or_not_kept():
            write_file(self._path / RUN, sealed_json(self._told))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        step = self._saved.step if self._saved is not None else 0
        if error is None or not step or isinstance(error, PlanError):  # another plan needs another run
            self._leave()
            return
        if not self._began:  # refused: what lies there is someone else's
            self._release()
            return
        if isinstance(error, KeyboardInterrupt) or heard() is not None:
            error.add_note(f"saved at step {step:,}; go on with: {self._call}")
        self._made.clear()
        with suppress(DataError):
            self._told["status"] = "interrupted"
            self._tell()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _leave(self) -> None:
        """Leave nothing behind that this process made and nobody needs."""
        path = self._path
        if path is not None and path.absolute() in self._made:
            shutil.rmtree(path, ignore_errors=True)
        elif path is not None and self._began and not (self._saved and self._saved.step):
            # an empty folder of the user's, or that of a run that saved nothing
            shutil.rmtree(path / CHECKPOINTS, ignore_errors=True)
            remove_file(path / RUN)
        self._release()
        for parent in reversed(self._made):
            try:
                parent.rmdir()
            except OSError:  # gone, or someone else uses it by now
                continue
        self._made.clear()


class _OrNotKept:
    """Turns an error of the disk into one with what to do."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise self._folder.not_kept(error) from error


def read_run(folder: Path) -> dict[str, Any]:
    """What `run.json` of a run says.

    Raises:
        ValueError: There is none, it is no plain file, or it was changed; with the reason.
    """
    with PlainFolder(folder) as plain:
        return open_sealed(plain.read(RUN, _MOST_BYTES))


def take_search(run: Path, out: Path, identity: Mapping[str, Any]) -> int:
    """Lay down what a finished run kept of its search as the saved work of a new run.

    Args:
        run: The finished run.
        out: The folder of the new one.
        identity: What differs in what the new run is of.

    Returns:
        How many turns of training it had.

    Raises:
        DataError: What was kept is damaged, something is in the new folder, or it cannot be written.
    """
    _refuse_taken(out, "--out")
    if out.is_dir() and any(out.iterdir()):
        raise DataError(f"{out} must be new or empty, got something that is there already. Pass another --out.")
    try:
        return Checkpoints(run / SEARCH).copied_to(out / CHECKPOINTS, identity)
    except OSError as error:
        raise DataError(f"{out} must be writable, got: {error.strerror or error}. Pass another --out.") from error


def _refuse_taken(path: Path, option: str) -> None:
    if (path / METRICS).exists():
        raise DataError(f"{path} must be new, got the folder of a finished run. Pass another {option}.")
    if not path.exists():
        return
    begun = path.is_dir() and ((path / RUN).exists() or {entry.name for entry in path.iterdir()} <= {LOCK, CHECKPOINTS})
    if not begun:
        raise DataError(f"{path} must be new or empty, got something that is there already. Pass another {option}.")


def _differing(told: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """The flags in which two sets of options differ; empty where in none."""
    names = sorted(name for name in {*told, *asked} if told.get(name) != asked.get(name))
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)


def folder_name(stem: str, target: str) -> str:
    """`<table>-<target>` without what file systems refuse."""
    name = CONTROLS.sub("_", "".join("_" if letter in _REFUSED else letter for letter in f"{stem}-{target}"))
    return name.replace(" ", "_").strip(".")[:100]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
