"""Runs that are stopped: at a save inside the process, or killed from outside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import train
from netwright.deliver.checkpoints import Checkpoints
from netwright.training import pace


class Killed(BaseException):
    """The process is gone, as far as the code under test can tell."""


def data_file(folder: Path, n_rows: int = 90) -> Path:
    """Numbers, categories of few and many levels, gaps."""
    path, rng = folder / "집.csv", np.random.default_rng(0)
    rooms, town = rng.uniform(2, 9, n_rows).round(2), rng.choice(["Seoul", "부산", "Jeju"], n_rows)
    columns = {
        "rooms": [None if gap else value for gap, value in zip(rng.random(n_rows) < 0.1, rooms, strict=True)],
        "street": [f"street {number % 17}" for number in range(n_rows)],
        "town": town,
        "price": (6 * rooms + 5 * (town == "Seoul") + rng.normal(0, 1, n_rows)).round(3),
    }
    pl.DataFrame(columns).write_csv(path)
    return path


@contextmanager
def saving_every(work: float) -> Iterator[None]:
    """Save after so much declared work; 0 saves after every step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "_EVERY", work)
        patch.setattr(pace, "_SHARE", 1e9)
        yield


@contextmanager
def killed_at(save: int, kind: type[BaseException] = Killed) -> Iterator[None]:
    """The process ends right after a save."""
    added, inner = 0, Checkpoints.add

    def add(self: Checkpoints, *words: Any, **named: Any) -> None:
        nonlocal added
        inner(self, *words, **named)
        added += 1
        if added == save:
            raise kind

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoints, "add", add)
        yield


def prints(run: Path) -> dict[str, str]:
    """Everything that a run leaves but times and dates, as hashes by place."""
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    del metrics["seconds"]
    metrics.get("search", {}).pop("seconds", None)
    for name in ("ms_per_row", "sentence"):
        metrics.get("distilled", {}).pop(name, None)
    left = {"metrics.json": json.dumps(_without_price(metrics), sort_keys=True)}
    board = pl.read_csv(run / "leaderboard.csv").drop("fit_seconds", "ms_per_row")
    left["leaderboard.csv"] = board.write_csv()
    for place in ("curves.csv", "findings.json", "predictions/test.csv", "predictions/validation.csv"):
        left[place] = (run / place).read_text(encoding="utf-8")
    hashes = {place: hashlib.sha256(text.encode("utf-8")).hexdigest() for place, text in left.items()}
    for place in ("model/manifest.json", "model/weights.safetensors"):
        hashes[place] = hashlib.sha256((run / place).read_bytes()).hexdigest()
    return hashes


def _without_price(metrics: dict[str, Any]) -> dict[str, Any]:
    """Verdicts say how much longer the network took."""
    verdict = metrics.get("verdict", {})
    for name in ("price", "seconds", "sentence", "times"):
        verdict.pop(name, None)
    return metrics


def whole_and_resumed(
    folder: Path,
    stops: list[int],
    work: float,
    target: str | None = "price",
    n_rows: int = 90,
    data: Path | None = None,
    **options: Any,
) -> tuple[dict[str, str], dict[str, str], list[int]]:
    """A run that is never stopped, one that is stopped at those saves and goes on, and the steps it went on from."""
    path = data or data_file(folder, n_rows)
    train(path, target, out=folder / "whole", **options)
    with saving_every(work):
        for stop in stops:
            with killed_at(stop), pytest.raises(Killed):
                train(path, target, out=folder / "stopped", **options)
        train(path, target, out=folder / "stopped", **options)
    resumed = json.loads((folder / "stopped" / "run.json").read_text(encoding="utf-8"))["resumed"]
    return prints(folder / "whole"), prints(folder / "stopped"), [entry["step"] for entry in resumed]
