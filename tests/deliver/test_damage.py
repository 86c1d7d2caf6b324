"""Files that a disk, a copy or a mail program harmed: every harm is noticed, never a wrong prediction."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from netwright.base.errors import DataError
from netwright.deliver.bundle import load_bundle
from tests.deliver.hostile.cases import CLASSES, MIXTURES, NUMBERS
from tests.deliver.hostile.sample import KEPT, MANIFEST, WEIGHTS

SECTOR = 512


def flip(chance: random.Random, raw: bytearray) -> None:
    for _ in range(chance.choice([1, 1, 1, 2, 8, 64])):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)


def truncate(chance: random.Random, raw: bytearray) -> None:
    del raw[chance.randrange(len(raw)) :]


def swap(chance: random.Random, raw: bytearray) -> None:
    one, other = chance.randrange(len(raw)), chance.randrange(len(raw))
    raw[one], raw[other] = raw[other], raw[one]


def zero(chance: random.Random, raw: bytearray) -> None:
    start = SECTOR * chance.randrange(-(-len(raw) // SECTOR))
    raw[start : start + SECTOR] = bytes(len(raw[start : start + SECTOR]))


def append(chance: random.Random, raw: bytearray) -> None:
    raw += chance.choice([b"\0", b"\n", b" ", b"}", chance.randbytes(chance.randint(1, 600))])


def repeat(chance: random.Random, raw: bytearray) -> None:
    start = SECTOR * chance.randrange(-(-len(raw) // SECTOR))
    raw[start:start] = raw[start : start + SECTOR]


def cut_out(chance: random.Random, raw: bytearray) -> None:
    start = chance.randrange(len(raw))
    del raw[start : start + chance.choice([1, 2, SECTOR])]


def line_ends(chance: random.Random, raw: bytearray) -> None:
    """What a checkout or a transfer as text may do."""
    raw[:] = raw.replace(b"\n", b"\r\n") if chance.random() < 0.5 else raw.replace(b"\r\n", b"\n").replace(b"\x1a", b"")


#: With how often each comes.
HARMS: list[Callable[[random.Random, bytearray], None]] = [
    *[flip] * 10, *[truncate] * 6, swap, swap, zero, append, repeat, cut_out, line_ends,
]  # fmt: skip


def harmed(folder: Path, n: int, seed: int) -> int:
    """How many of so many harms were there to be noticed; each of them was."""
    chance = random.Random(seed)
    whole = {name: (folder / name).read_bytes() for name in (MANIFEST, WEIGHTS)}
    noticed = 0
    while noticed < n:
        name = chance.choice([MANIFEST, WEIGHTS])
        raw = bytearray(whole[name])
        chance.choice(HARMS)(chance, raw)
        if raw == whole[name]:
            continue
        (folder / name).write_bytes(raw)
        with pytest.raises(
            DataError, match=r"must be complete and unchanged, got a damaged one|of weights\.safetensors"
        ):
            load_bundle(folder)
        (folder / name).write_bytes(whole[name])
        noticed += 1
    return noticed


@pytest.mark.parametrize("name", [NUMBERS, CLASSES, *MIXTURES[:2]])
def test_a_thousand_harms_are_noticed(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(KEPT / name / "model", tmp_path / "model"))
    load_bundle(folder)
    assert harmed(folder, 250, seed=1) == 250
    load_bundle(folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", [NUMBERS, CLASSES, *MIXTURES[:2]])
def test_ten_thousand_harms_are_noticed(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(KEPT / name / "model", tmp_path / "model"))
    assert harmed(folder, 2_500, seed=2) == 2_500
