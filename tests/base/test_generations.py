"""Saved generations: the newest whole one counts, damage is named, a failed save harms nothing."""

from __future__ import annotations

import errno
import random
from pathlib import Path
from typing import Any

import pytest

from netwright.base import durable
from netwright.base.generations import Generation, Generations
from netwright.base.sealed import open_sealed, sealed_json
from tests.base.disks import Disk, FailingAt


def saved(folder: Path, n: int = 3) -> Generations:
    generations = Generations(folder)
    for number in range(1, n + 1):
        generations.add({"step": number * 10}, {f"part-{number}": bytes([number]) * 100})
    return generations


def newest(folder: Path) -> Generation:
    found, complaints = Generations(folder).newest()
    assert found is not None and not complaints
    return found


def test_nothing_is_found_where_nothing_was_saved(tmp_path: Path) -> None:
    assert Generations(tmp_path / "none").newest() == (None, [])


def test_the_newest_counts_and_two_are_kept(tmp_path: Path) -> None:
    saved(tmp_path / "c")
    assert newest(tmp_path / "c") == Generation(3, {"step": 30}, {"part-3": b"\3" * 100})
    names = {entry.name for entry in (tmp_path / "c").iterdir()}
    assert names == {"part-2", "part-3", "state-00000002.json", "state-00000003.json"}


def test_a_file_may_belong_to_several(tmp_path: Path) -> None:
    generations = saved(tmp_path, 1)
    generations.add({"step": 20}, {"part-2": b"two"}, keep=frozenset({"part-1"}))
    generations.add({"step": 30}, {"part-3": b"three"}, keep=frozenset({"part-1"}))
    assert dict(newest(tmp_path).files) == {"part-1": b"\1" * 100, "part-3": b"three"}
    # a process that goes on keeps it as well
    further = Generations(tmp_path)
    further.newest()
    further.add({"step": 40}, {"part-4": b"four"}, keep=frozenset({"part-1"}))
    assert dict(newest(tmp_path).files) == {"part-1": b"\1" * 100, "part-4": b"four"}


def test_a_damaged_one_is_named_and_the_one_before_used(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "part-3").write_bytes(b"\3" * 99)
    found, complaints = Generations(tmp_path).newest()
    assert found is not None and found.number == 2
    assert complaints == [f"{tmp_path / 'state-00000003.json'} is damaged: part-3 is not the file that it names"]
    generations = Generations(tmp_path)
    generations.newest()
    generations.add({"step": 31}, {f"part-{generations.next_number}": b"new"})
    assert newest(tmp_path).facts == {"step": 31}


def test_with_all_damaged_nothing_is_found_and_each_is_named(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "part-2").unlink()
    (tmp_path / "state-00000003.json").write_bytes(b"{}")
    found, complaints = Generations(tmp_path).newest()
    assert found is None
    assert len(complaints) == 2 and "cannot be read" in complaints[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "other"}, "of format other"),
        ({"version": 2}, "of format netwright-checkpoint 2"),
        ({"number": 7}, "it is number 7"),
        ({"files": {"../part-3": {"bytes": 100, "sha256": "0" * 64}}}, "no file of its folder"),
    ],
)
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    saved(tmp_path)
    place = tmp_path / "state-00000003.json"
    place.write_bytes(sealed_json(open_sealed(place.read_bytes()) | change))
    found, complaints = Generations(tmp_path).newest()
    assert found is not None and found.number == 2
    assert said in complaints[0]


def test_what_cannot_be_read_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(tmp_path)
    inner = Path.open

    def refusing(self: Path, *words: Any, **named: Any) -> Any:
        if self.name == "part-3":
            raise PermissionError(13, "Permission denied")
        return inner(self, *words, **named)

    monkeypatch.setattr(Path, "open", refusing)
    found, complaints = Generations(tmp_path).newest()
    assert found is not None and found.number == 2
    assert complaints[0].endswith("part-3 cannot be read (Permission denied)")


def test_other_files_are_none_of_ours(tmp_path: Path) -> None:
    saved(tmp_path, 1)
    (tmp_path / "state-2.json").mkdir()
    (tmp_path / "state-x.json").write_bytes(b"")
    found, complaints = Generations(tmp_path).newest()
    assert found is not None and found.number == 1
    assert len(complaints) == 1 and "state-00000002.json" in complaints[0]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_every_call_of_a_save_fails_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    for turn in range(1, 100):
        folder = tmp_path / f"{turn}"
        generations = saved(folder)
        disk = FailingAt(turn, code)
        monkeypatch.setattr(durable, "os", disk)
        try:
            generations.add({"step": 40}, {"part-4": b"four"})
            done = True
        except OSError:
            done = False
        monkeypatch.undo()
        assert newest(folder).facts in ({"step": 30}, {"step": 40})
        if not done:  # the same process tries again, with another file
            generations.add({"step": 50}, {f"again-{generations.next_number}": b"five"})
            assert newest(folder).facts == {"step": 50}
        if not disk.failed:
            break
    assert turn > 10
    assert done


def test_a_power_cut_leaves_the_last_generation_or_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "c"
    generations = saved(folder, 2)
    disk = Disk(folder)
    monkeypatch.setattr(durable, "os", disk)
    generations.add({"step": 30}, {"part-3": b"three" * 40})
    monkeypatch.undo()
    states, left = set(), tmp_path / "left"
    left.mkdir()
    for files in disk.after_power_cuts():
        for entry in left.iterdir():
            entry.unlink()
        for name, data in files.items():
            (left / name).write_bytes(data)
        found, _ = Generations(left).newest()
        assert found is not None, sorted(files)
        states.add(found.facts["step"])
        assert found.files == ({"part-3": b"three" * 40} if found.number == 3 else {"part-2": b"\2" * 100})
    assert states == {20, 30}
    assert all("state-00000003.json" in files and "part-3" in files for files in disk.now())


def test_a_damaged_one_keeps_no_files_when_the_next_is_saved(tmp_path: Path) -> None:
    generations = saved(tmp_path, 2)
    (tmp_path / "state-00000002.json").write_bytes(b"{")
    generations.add({"step": 30}, {"part-3": b"three"})
    assert newest(tmp_path).facts == {"step": 30}
    assert {entry.name for entry in tmp_path.iterdir()} == {"part-3", "state-00000002.json", "state-00000003.json"}


def test_only_the_newest_is_left_when_it_is_asked_for(tmp_path: Path) -> None:
    generations = saved(tmp_path, 2)
    assert generations.bytes == 100
    generations.leave_newest()
    assert {entry.name for entry in tmp_path.iterdir()} == {"part-2", "state-00000002.json"}
    assert newest(tmp_path).facts == {"step": 20}


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A flipped bit, or the end cut off."""
    if chance.random() < 0.5:
        return data[: chance.randrange(len(data))]
    changed = bytearray(data)
    changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("n", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_every_damage_is_found(tmp_path: Path, n: int) -> None:
    saved(tmp_path)
    chance = random.Random(n)
    for _ in range(n):
        place = tmp_path / chance.choice(["part-3", "state-00000003.json"])
        whole = place.read_bytes()
        place.write_bytes(damaged(whole, chance))
        found, complaints = Generations(tmp_path).newest()
        place.write_bytes(whole)
        assert found is not None and found.number == 2 and len(complaints) == 1
