"""Shape annotations are checked in every test, and what several folders need."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# before any of these modules is imported: every call then checks shapes and types
install_import_hook(["netwright.models", "netwright.training"], "beartype.beartype")

import polars as pl  # noqa: E402

from netwright.apps.cli import main  # noqa: E402
from tests.command import Command, Said  # noqa: E402

SHARED = Path(os.environ.get("NETWRIGHT_SHARED_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")

# the same examples every time, and no clock: a machine that others use too is slow at any moment
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture
def shared() -> Path:
    """The development data, where this machine has them."""
    if not SHARED.is_dir():
        pytest.skip("the development data are not here")
    return SHARED


@pytest.fixture
def houses() -> Callable[..., pl.DataFrame]:
    """A made-up table: two numbers, a category, a yes-or-no, gaps; the price depends on all of them."""

    def make(n_rows: int = 120, seed: int = 0) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        rooms, age = rng.uniform(2, 9, n_rows).round(2), rng.uniform(0, 80, n_rows).round(1)
        town = rng.choice(["Seoul", "부산", "Jeju"], n_rows)
        river = rng.choice(["no", "yes"], n_rows)
        price = 20 + 6 * rooms - 0.1 * age + 5 * (town == "Seoul") + 3 * (river == "yes") + rng.normal(0, 1, n_rows)
        gaps = rng.random(n_rows) < 0.1
        return pl.DataFrame(
            {
                "rooms": rooms,
                "age": [None if gap else float(value) for gap, value in zip(gaps, age, strict=True)],
                "town": town,
                "river": river,
                "price": price.round(3),
            }
        )

    return make


@pytest.fixture
def nw(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`nw("train", path, "--target", "y")` as a user would type it."""

    def run(*words: object) -> Said:
        monkeypatch.setattr("sys.argv", ["netwright", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables of a few thousand rows are large, and every part of them is one of many."""
    from netwright.base import stored, table
    from netwright.preparation import block_order
    from netwright.sources import large, large_text

    monkeypatch.setattr(large_text, "BLOCK_BYTES", 50_000)
    monkeypatch.setattr(stored, "LARGE_BYTES", 100_000)
    monkeypatch.setattr(stored, "BLOCK_ROWS", 1_000)
    monkeypatch.setattr(stored, "_CELLS_IN_MEMORY", 12_000)
    monkeypatch.setattr(table, "BLOCK_ROWS", 700)
    monkeypatch.setattr(table, "SAMPLED_ROWS", 1_000)
    monkeypatch.setattr(block_order, "BLOCK_ROWS", 32)
    monkeypatch.setattr(block_order, "WINDOW_BLOCKS", 16)
    monkeypatch.setattr(large, "SAMPLE_ROWS", 3_000)
