"""Loads bundles and predicts with them while an audit hook looks on: `python watch.py FOLDER [--thorough]`.

FOLDER holds `cases.json`, a list of `[folder, rows]`: folders within it, and the rows to predict, which lie beside the
sound bundle that the case was made of. One line of JSON a case goes to standard output: what came out, what was done
that loading and predicting never need, and the memory that the process came to. The sound bundles go first, so that
everything is imported by then, and from then on nothing may be. A hook cannot be taken off, hence the process.
With `--thorough` those that predict also explain and are evaluated.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import polars as pl
import torch

import netwright
from netwright.base.errors import DataError
from netwright.deliver.predictor import Predictor

#: Events that reading a file and computing bring about; any other is told.
_HARMLESS = frozenset({"object.__getattr__", "object.__setattr__", "builtins.id", "sys._getframe", "gc.get_objects"})
#: Where the free memory stands.
_MEMORY = ("/proc/meminfo", "/proc/self/", "/sys/fs/cgroup/")
#: What is opened within an open folder, by name.
_NAMES = ("manifest.json", "weights.safetensors", "model")
#: Seconds after which a case hangs, and the memory that all of them may take beyond what is there.
_LONGEST, _MOST = 60, 4 << 30


class _Hang(BaseException):
    """A case that does not end."""


class Watch:
    """What a case did that it must not."""

    def __init__(self) -> None:
        self.folder, self.seen = "", list[str]()

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The audit hook."""
        if not self.folder or event in _HARMLESS:
            return
        if event == "open":
            path, mode, flags = arguments
            read = (mode is None or set(mode) <= set("rbt")) and not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            at = os.fspath(path) if not isinstance(path, int) else path
            inside = isinstance(at, int) or at in _NAMES or str(at).startswith((self.folder, *_MEMORY))
            if read and inside:
                return
        self.seen.append(f"{event} {str(arguments)[:200]}")
        raise RuntimeError(f"{event} is not allowed")


def _never(*_: Any, **__: Any) -> NoReturn:
    raise AssertionError("a pickle was read")


def _hang(number: int, frame: FrameType | None) -> NoReturn:
    raise _Hang


def outcome(folder: Path, rows: pl.DataFrame, thorough: bool) -> tuple[str, str]:
    """What a bundle comes to."""
    try:
        model = netwright.load(folder)
        frame = model.predict(rows, interval=0.9 if model.fitted.conformal is not None else None)
        if thorough:
            _everything(model, rows)
        return ("predicted", "") if frame.height == rows.height else ("other", f"{frame.height} rows")
    except DataError as error:
        return "refused", str(error)
    except BaseException as error:
        return "other", f"{type(error).__name__}: {error}"[:500]


def _peak() -> int:
    """The most memory that this process had so far [MiB]; `getrusage` would tell that of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def _prove(watch: Watch, parent: Path) -> None:
    """The watch sees what it is there for."""
    (parent / "inside").touch()
    forbidden: tuple[Callable[[], Any], ...] = (
        lambda: os.system("true"),
        lambda: subprocess.run(["true"], check=False),
        lambda: eval("1"),  # noqa: S307
        lambda: __import__("this"),
        lambda: socket.socket(),
        lambda: list(Path("/").iterdir()),
        lambda: Path("/etc/passwd").read_bytes(),
        lambda: (parent / "inside").write_bytes(b"x"),
        lambda: (parent / "inside").unlink(),
        lambda: pickle.Unpickler(io.BytesIO()),  # noqa: S301
        lambda: ctypes.CDLL(None),
    )
    for call in forbidden:
        watch.folder, watch.seen = str(parent), []
        try:
            call()
            stopped = False
        except (RuntimeError, AssertionError):
            stopped = True
        watch.folder = ""
        assert stopped, call
    watch.folder, watch.seen = str(parent), []
    assert (parent / "inside").read_bytes() == b""
    watch.folder = ""
    assert not watch.seen


def _everything(model: Predictor, rows: pl.DataFrame) -> None:
    """What else a model is asked for."""
    if model.fitted.typical is not None:
        model.explain(rows)
    name, task = model.fitted.target.name, model.fitted.target.task
    truth = (
        list(range(rows.height))
        if task == "regression"
        else list(islice(cycle(model.fitted.target.classes), rows.height))
    )
    if name not in rows.columns:
        model.evaluate(rows.with_columns(pl.Series(name, truth)))


def main(parent: Path, thorough: bool) -> None:
    """Every case, and the memory that the process came to."""
    warnings.simplefilter("ignore")
    cases = json.loads((parent / "cases.json").read_text(encoding="utf-8"))
    tables = {path: pl.read_csv(path, try_parse_dates=False, infer_schema=False) for path in {own for _, own in cases}}
    for path, rows in tables.items():
        found = outcome(Path(path).parent, rows, thorough)
        assert found == ("predicted", ""), found
    for reader in (pickle.Unpickler, pickle.load, pickle.loads, torch.load):
        setattr(torch if reader is torch.load else pickle, reader.__name__, _never)
    signal.signal(signal.SIGALRM, _hang)
    used = _peak()
    size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + _MOST, size + _MOST))
    watch = Watch()
    sys.addaudithook(watch.look)
    _prove(watch, parent)
    for name, path in cases:
        began, watch.seen = time.perf_counter(), []
        signal.alarm(_LONGEST)
        watch.folder = str(parent / name)
        kind, message = outcome(parent / name, tables[path], thorough)
        watch.folder = ""
        signal.alarm(0)
        print(json.dumps([name, kind, message, watch.seen, time.perf_counter() - began, _peak() - used]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), thorough="--thorough" in sys.argv)
