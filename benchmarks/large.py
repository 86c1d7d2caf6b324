"""A table larger than its memory: peak memory, seconds and score of one run under a limit.

The limit is that of private writable memory (`ulimit -d`, which counts what is reserved, used or not); pages of files
belong to the system, which may drop them. The score can be checked: no model can beat an RMSE of 1. The last line is
one JSON object.

    python benchmarks/large.py --rows 10000000 --limit 4
    python benchmarks/large.py --rows 10000000 --limit 4 --form csv --folder /somewhere/with/room
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from large_table import NOISE, write

_SAMPLED_EVERY = 0.05
_KINDS = ("RssAnon", "RssFile", "VmData")


def memory_of(process: int) -> dict[str, int]:
    """Bytes of a process by kind; empty where it has ended."""
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return {}
    lines = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {name: int(value.split()[0]) * 1024 for name, value in lines if name in _KINDS}


def run(path: Path, out: Path, limit: float, more: list[str]) -> tuple[int, float, dict[str, float]]:
    """Exit code, seconds, and peaks in GiB of `netwright train` on a table."""

    def limited() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_DATA, (int(limit * 2**30),) * 2)

    command = [sys.executable, "-m", "netwright", "train", str(path), "--target", "y", "--preset", "quick"]
    command += ["--model", "mlp", "--out", str(out), *more]
    print(" ".join(command[1:]), flush=True)
    start, peaks = time.monotonic(), dict.fromkeys(_KINDS, 0)
    process = subprocess.Popen(command, preexec_fn=limited)
    while process.poll() is None:
        now = memory_of(process.pid)
        peaks = {name: max(peak, now.get(name, 0)) for name, peak in peaks.items()}
        time.sleep(_SAMPLED_EVERY)
    gigabytes = {name: round(peak / 2**30, 2) for name, peak in peaks.items()}
    return process.returncode, round(time.monotonic() - start, 1), gigabytes


def main() -> None:
    """Write the table where it is not there, train on it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--limit", type=float, default=4.0, help="GiB of private memory; 0 is none")
    parser.add_argument("--form", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--folder", type=Path, help="where the table is kept; none keeps it nowhere")
    parser.add_argument("--epochs", default="1")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        path = folder / f"large-{asked.rows}.{asked.form}"
        if not path.exists():
            write(path, asked.rows)
        code, seconds, peaks = run(path, Path(scratch) / "run", asked.limit, ["--epochs", asked.epochs])
        scores = {}
        if code == 0:
            metrics = json.loads((Path(scratch) / "run" / "metrics.json").read_text(encoding="utf-8"))
            scores = {"rmse": metrics["test"]["rmse"], "best_possible": NOISE, "seconds": metrics["seconds"]}
            scores["baselines"] = {name: own["rmse"] for name, own in metrics["baselines"].items()}
        found = {"rows": asked.rows, "form": asked.form, "file_gb": round(path.stat().st_size / 2**30, 2)}
        found |= {"limit": asked.limit, "exit": code, "wall": seconds, "peaks": peaks, "load": os.getloadavg()[0]}
        print(json.dumps(found | scores))


if __name__ == "__main__":
    main()
