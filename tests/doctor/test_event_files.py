"""TensorBoard's event files, written by its own writer where it is installed."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netwright.base.errors import DataError, MissingExtra
from netwright.doctor.elsewhere import read_curves

TRAIN = [0.9**epoch for epoch in range(20)]
VALID = [0.1 + own for own in TRAIN]
#: Writes (tag, values) to a folder, as torch does or as TensorFlow 2 does.
Write = Callable[..., None]


@pytest.fixture
def write() -> Write:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("tensorboard")
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.scalar.summary import scalar_pb
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
        from torch.utils.tensorboard import SummaryWriter

    def to(folder: Path, tag: str, values: list[float], tensors: bool = False, stride: int = 1) -> None:
        if not tensors:
            with SummaryWriter(str(folder)) as torch_writer:
                for epoch, value in enumerate(values):
                    torch_writer.add_scalar(tag, value, epoch * stride)
            return
        from tensorboard.compat.proto.event_pb2 import Event

        writer = EventFileWriter(str(folder))
        for epoch, value in enumerate(values):
            made: Summary = scalar_pb(tag, value)
            writer.add_event(Event(step=epoch, summary=made))
        writer.close()

    return to


def losses(path: Path) -> dict[str, tuple[list[float], list[float]]]:
    log = read_curves(path)
    of = {run.name: run.case.curves for run in log.runs}
    return {name: (own.train_loss[0].tolist(), own.valid_loss[0].tolist()) for name, own in of.items()}


@pytest.mark.parametrize(("train", "valid"), [("Loss/train", "Loss/valid"), ("train_loss", "val_loss")])
def test_tags_of_torch(tmp_path: Path, write: Write, train: str, valid: str) -> None:
    write(tmp_path, train, TRAIN)
    write(tmp_path, valid, VALID)
    write(tmp_path, "accuracy/train", VALID)
    found = losses(tmp_path)[""]
    assert found[0] == pytest.approx(TRAIN) and found[1] == pytest.approx(VALID)


def test_folders_of_keras_and_tensors(tmp_path: Path, write: Write) -> None:
    for run in ("a", "b"):
        write(tmp_path / run / "train", "epoch_loss", TRAIN, tensors=True)
        write(tmp_path / run / "validation", "epoch_loss", VALID, tensors=True)
        write(tmp_path / run / "validation", "evaluation_loss_vs_iterations", TRAIN, tensors=True)
    found = losses(tmp_path)
    assert list(found) == ["a", "b"]
    assert found["b"][0] == pytest.approx(TRAIN) and found["b"][1] == pytest.approx(VALID)
    alone = next((tmp_path / "a" / "train").iterdir())
    assert losses(alone)[""][0] == pytest.approx(TRAIN)


def test_steps_of_a_log_are_taken_for_epochs(tmp_path: Path, write: Write) -> None:
    write(tmp_path, "train_loss", TRAIN, stride=100)
    log = read_curves(tmp_path)
    assert log.runs[0].case.curves.train_loss[0, 1:].tolist() == pytest.approx(TRAIN)
    assert any("steps are counted" in note["en"] for note in log.notes)


def test_no_loss_among_the_tags(tmp_path: Path, write: Write) -> None:
    write(tmp_path, "accuracy", TRAIN)
    with pytest.raises(DataError, match="got no loss at all"):
        read_curves(tmp_path)
    write(tmp_path, "val_loss", VALID)
    with pytest.raises(DataError, match="got only val_loss"):
        read_curves(tmp_path)


def test_what_is_no_event_file(tmp_path: Path, write: Write) -> None:
    (tmp_path / "events.out.tfevents.1.x").write_bytes(b"not one" * 20)
    with pytest.raises(DataError):
        read_curves(tmp_path)


def test_without_the_package_the_message_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "events.out.tfevents.1.x").write_bytes(b"")
    real = builtins.__import__

    def refusing(name: str, *more: Any, **others: Any) -> Any:
        if name.startswith("tensorboard"):
            raise ImportError(name)
        return real(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", refusing)
    with pytest.raises(MissingExtra, match=r"pip install 'netwright\[tensorboard\]'"):
        read_curves(tmp_path)
