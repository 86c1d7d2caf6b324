"""lstat to medv: netwright's line beside the formula's, and a small network that bends."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from making.blocks import run_parts
from making.runs import trained, typed
from netwright import load

LINE = "netwright train boston.csv --target medv --use lstat --hidden none --no-repair"
BENT = "netwright train boston.csv --target medv --use lstat --hidden 16 --no-repair"
_RUNS = (("straight", "line"), ("bent", "bent"))
SHOWN = (1, 2, 5, 10, 20, 50)


def line(data: Path, folder: Path, program: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of the chapter, and the points of its picture (which stay out of the project).

    Args:
        data: `boston.csv`.
        folder: Where runs are put.
        program: `by_hand_line.py`.
    """
    shutil.copyfile(data, folder / "boston.csv")
    blocks, names = run_parts(program, folder)
    table = pl.read_csv(folder / "boston.csv")
    x, y = table["lstat"].to_numpy(), table["medv"].to_numpy()
    said = typed(f"{LINE} --out runs/line", folder)
    trained(BENT, folder / "runs/bent", folder)
    with (folder / "runs/line/predictions/test.csv").open(encoding="utf-8") as file:
        tested = [int(row["row"]) for row in csv.DictReader(file)]
    known = np.setdiff1d(np.arange(len(x)), tested)
    slope, start = np.polyfit(x[known], y[known], 1)
    grid = np.round(np.linspace(x.min(), x.max(), 90), 3)
    drawn = {
        name: load(folder / "runs" / run).predict(pl.DataFrame({"lstat": grid}))["prediction"].to_list()
        for name, run in _RUNS
    }
    metrics = {name: json.loads((folder / "runs" / run / "metrics.json").read_text("utf-8")) for name, run in _RUNS}
    figures = {
        "blocks": blocks,
        "equation": next(row.strip() for row in said.splitlines() if row.strip().startswith("medv = ")),
        "said": said[said.index("RESULT") : said.index("report ")].rstrip(),
        "closed": {"start": float(start), "slope": float(slope), "rows": len(known)},
        "epochs": {str(epoch): list(map(float, names["lines"][epoch])) for epoch in SHOWN},
        "grid": grid.tolist(),
        "drawn": {name: [round(float(v), 3) for v in values] for name, values in drawn.items()},
        "scores": {
            name: {part: float(own[part]["rmse"]) for part in ("train", "validation", "test")}
            for name, own in metrics.items()
        },
    }
    return figures, {"x": x.tolist(), "y": y.tolist()}
