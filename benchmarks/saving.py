"""What saving the state costs: seconds in saves as a share of training, side by side with the same run without any.

    python benchmarks/saving.py [DATA TARGET]

Prints the saves, their bytes and seconds, the share of the training time, and whether the weights are the same.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from netwright.apps.api import train
from netwright.training import loop

OPTIONS: list[dict[str, Any]] = [
    {"model": "mlp", "hidden": "256,256", "epochs": 60, "patience": "off"},
    {"preset": "medium"},
    {"model": "tabm", "epochs": 12, "patience": "off"},
]


def timed(data: str, target: str, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    """One run with saves."""
    saves: list[float] = []
    keep = loop._Turn._keep

    def watched(self: Any, signals: Any) -> None:
        before, pausing = time.perf_counter(), self._halt.pause and not self._running
        keep(self, signals)
        if pausing:
            saves.append(time.perf_counter() - before)

    loop._Turn._keep = watched  # type: ignore[method-assign]
    try:
        run = train(data, target, out=folder, **options)
    finally:
        loop._Turn._keep = keep  # type: ignore[method-assign]
    weights = hashlib.sha256((folder / "model" / "weights.safetensors").read_bytes()).hexdigest()
    spent, training = sum(saves), run.metrics["seconds"]["train"]
    return {"saves": len(saves), "in_saves": round(spent, 3), "training": training, "weights": weights}


def main() -> None:
    """Print a line for each kind of run."""
    data, target = sys.argv[1:3] if len(sys.argv) > 2 else ("sample:diabetes", "target")
    for options in OPTIONS:
        with tempfile.TemporaryDirectory() as name:
            told = timed(data, target, Path(name) / "run", options)
            plain = train(data, target, **options)
            bare = plain.metrics["seconds"]["train"]
            plain.save(Path(name) / "plain")
            weights = hashlib.sha256((Path(name) / "plain" / "model" / "weights.safetensors").read_bytes()).hexdigest()
            same = told.pop("weights") == weights
            share = round(100 * told["in_saves"] / told["training"], 2)
            print(json.dumps({**options, **told, "share_percent": share, "training_without": bare, "same": same}))


if __name__ == "__main__":
    main()
