"""The figures of the first chapter: the steps by hand, what scaling and the optimizer do, and netwright's own run."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import mse_loss

from making.blocks import run_parts
from making.runs import rounded, trained, typed

COURSE = "netwright train flats.csv --target price --preset course"
USUAL = "netwright train flats.csv --target price"


def steps(here: Path, folder: Path) -> dict[str, Any]:
    """All figures of the chapter.

    Args:
        here: Where `flats.csv` is.
        folder: Where runs are put.
    """
    blocks, names = run_parts(here / "making" / "by_hand_steps.py", here)
    (folder / "flats.csv").write_bytes((here / "flats.csv").read_bytes())
    said = typed(f"{USUAL} --out runs/flats-price-1", folder)
    course = trained(COURSE, folder / "course", folder)
    lines = {row.split()[0]: row for row in said.splitlines() if row and not row.startswith(" ")}
    usual = json.loads((folder / "runs/flats-price-1/metrics.json").read_text(encoding="utf-8"))
    return {
        "blocks": blocks,
        "said": said,
        "said_lines": lines,
        "curve": rounded_pairs(names["curve"]),
        "scaling": _scaling(names),
        "optimizers": _optimizers(names),
        "course": _scores(course.metrics),
        "usual": _scores(usual),
        "course_curve": {
            "train": rounded(course.curves.train_loss[0]),
            "valid": rounded(course.curves.valid_loss[0]),
            "best": int(course.curves.best_epoch[0]),
        },
        "predict": typed("netwright predict runs/flats-price-1 flats.csv --interval 0.9", folder).splitlines()[:4],
    }


def rounded_pairs(curve: list[list[float]]) -> dict[str, list[float | None]]:
    """Losses of a loop of one's own."""
    pairs = np.array(curve)
    return {"train": rounded(pairs[:, 0]), "valid": rounded(pairs[:, 1])}


def _scores(metrics: Any) -> dict[str, Any]:
    rows = {part: float(metrics[part]["rmse"]) for part in ("train", "validation", "test")}
    baselines = {name: float(own["rmse"]) for name, own in metrics["baselines"].items()}
    return rows | {"baselines": baselines, "verdict": metrics["verdict"]["sentence"]}


def _fit(x: torch.Tensor, y: torch.Tensor, optimizer: str, rate: float, epochs: int) -> list[float]:
    """Train loss of every epoch of a small network, batches of 32; infinite from where it is no number."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    extra = {"momentum": 0.9} if optimizer == "momentum" else {}
    maker = torch.optim.Adam if optimizer == "adam" else torch.optim.SGD
    steps = maker(network.parameters(), lr=rate, **extra)
    losses = []
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(32):
            steps.zero_grad()
            mse_loss(network(x[rows]), y[rows]).backward()
            steps.step()
        with torch.no_grad():
            losses.append(mse_loss(network(x), y).item())
    return [loss if math.isfinite(loss) else math.inf for loss in losses]


def _scaling(names: dict[str, Any]) -> dict[str, Any]:
    """The same network on numbers as they are, and scaled."""
    raw = torch.tensor(np.hstack([names["filled"][0], names["coded"][0]]), dtype=torch.float32)
    scaled, y = names["x"], names["y"]
    sgd = {name: _fit(x, y, "sgd", 0.01, 5) for name, x in (("raw", raw), ("scaled", scaled))}
    return {
        "raw": rounded(np.array(_fit(raw, y, "adam", 0.003, 60))),
        "scaled": rounded(np.array(_fit(scaled, y, "adam", 0.003, 60))),
        "sgd_raw": rounded(np.array(sgd["raw"])),
        "sgd_scaled": rounded(np.array(sgd["scaled"])),
    }


def _optimizers(names: dict[str, Any]) -> dict[str, Any]:
    chosen = (("sgd", 0.01), ("momentum", 0.01), ("adam", 0.003))
    return {name: rounded(np.array(_fit(names["x"], names["y"], name, rate, 60))) for name, rate in chosen}
