"""TensorBoard's event files, read by the package tensorboard itself (the extra of that name)."""

from __future__ import annotations

import itertools
import math
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError, MissingExtra
from netwright.base.figures import listing
from netwright.doctor.curve_names import holds, is_rate, words_in
from netwright.doctor.elsewhere import Log, Note, Points, Series, best_name, log_of, taken_for

#: What the name of every event file holds.
_MARK = "tfevents"
#: More folders than this are no log of one piece of work.
_MOST_FOLDERS = 1_000


def is_events(path: Path) -> bool:
    """Whether a path is an event file, or a folder with some in it."""
    if path.is_dir():
        return next(_folders(path), None) is not None
    return _MARK in path.name


def _folders(root: Path) -> Iterator[Path]:
    """Folders at and below a place that hold event files, in order; links are not followed."""
    for folder, inner, files in os.walk(root):
        inner.sort()
        if any(_MARK in name for name in files):
            yield Path(folder)


def read_events(path: Path) -> Log:
    """The curves in event files.

    Tags such as `loss/train` and `val_loss` are known, and Keras' `epoch_loss` in folders `train` and `validation`.

    Args:
        path: An event file, or a folder that holds some.

    Raises:
        DataError: There is no loss in them.
        MissingExtra: The package tensorboard is not installed.
    """
    root = path if path.is_dir() else path.parent
    places = [path] if path.is_file() else list(_folders(path))
    if len(places) > _MOST_FOLDERS:
        raise DataError(
            f"--curves must name the log of one run or a few, got {len(places):,} folders. Name one of them."
        )
    found: dict[str, dict[str, Points]] = {}
    rates: dict[str, Points] = {}
    for place in places:
        folder = place if place.is_dir() else place.parent
        inside = "" if folder == root else folder.relative_to(root).as_posix()
        for tag, points in _series(place):
            run, name = _run_and_name(inside, tag)
            if is_rate(tag) or words_in(tag)[-2:] == ("learning", "rate"):
                rates[run] = points
            elif holds(name) is not None:
                found.setdefault(run, {})[name] = points
    runs, notes, kind = {}, list[Note](), "epoch"
    for run, series in sorted(found.items()):
        losses = {name: own for name in series if (own := holds(name)) is not None}
        train, valid = best_name(losses, "train"), best_name(losses, "valid")
        if train is None:
            continue
        notes += [note for note in taken_for(losses, train, valid) if note not in notes]
        runs[run] = [Series(series[train], series[valid] if valid else {}, rates.get(run, {}))]
        kind = "step" if _are_steps(series[train]) else kind
    if not runs:
        tags = listing(sorted(name for series in found.values() for name in series), 6)
        got = f"only {tags}" if tags else "no loss at all"
        raise DataError(
            f"{path} must hold the train loss of every epoch under a tag such as loss/train or train_loss, got {got}. "
            "Log it under such a name, or write epoch, train_loss and valid_loss to a CSV file."
        )
    return log_of(str(path.name or path), runs, kind, notes)


def _series(place: Path) -> Iterator[tuple[str, dict[float, float]]]:
    """Tag and points of every series of numbers in an event file, or in a folder of them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the packages that it brings
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            from tensorboard.util import tensor_util
    except ImportError as error:
        raise MissingExtra("tensorboard", "tensorboard", "Reading event files") from error
    everything = dict.fromkeys(("scalars", "tensors"), 0)
    kept = EventAccumulator(str(place), size_guidance=everything)
    try:
        kept.Reload()
        tags = kept.Tags()
        for tag in tags["scalars"]:
            yield tag, {float(own.step): _number(own.value) for own in kept.Scalars(tag)}
        for tag in tags["tensors"]:  # what TensorFlow 2 writes
            values = [(own.step, tensor_util.make_ndarray(own.tensor_proto)) for own in kept.Tensors(tag)]
            if all(value.size == 1 and value.dtype.kind in "fiu" for _, value in values):
                yield tag, {float(step): _number(value.reshape(())) for step, value in values}
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise DataError(
            f"{place} must hold TensorBoard's event files, got one that cannot be read: {error}. Copy it again."
        ) from error


def _number(value: Any) -> float:
    """A number; whatever is none counts as infinite, as in a table."""
    number = float(value)
    return number if math.isfinite(number) else math.inf


def _run_and_name(inside: str, tag: str) -> tuple[str, str]:
    """The run that a series belongs to, and a name that says what it holds.

    Folders that say whose loss it is (`train`, `validation`, `loss_valid`) belong to the name.
    """
    folders = [part for part in inside.split("/") if part]
    own = [part for part in folders if _says_a_part(part)]
    return "/".join(part for part in folders if part not in own), "/".join((*own, tag))


def _says_a_part(folder: str) -> bool:
    return holds(folder) is not None


def _are_steps(points: Points) -> bool:
    """Whether what is counted is no epoch: gaps between all points, as where every hundredth step is logged."""
    at = sorted(points)
    return len(at) > 1 and min(after - before for before, after in itertools.pairwise(at)) > 1
