"""A table of any length whose best possible score is known, written part by part: what benchmarks/large.py trains on.

48 numbers (float32) and two categories (8 and 500 levels), of which ten columns matter, and a target `y` with normal
noise of one standard deviation: no model can beat an RMSE of 1 in the mean.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

_NUMBERS, _FEW, _MANY = 48, 8, 500
_PART = 250_000
NOISE = 1.0


def parts(n_rows: int, seed: int = 0) -> Iterator[pl.DataFrame]:
    """The table in parts of at most 250,000 rows; a longer table begins with the rows of a shorter one."""
    fixed = np.random.default_rng(seed)
    of_many = fixed.normal(size=_MANY)
    for number in range(math.ceil(n_rows / _PART)):
        rng = np.random.default_rng([seed, number])
        size = min(_PART, n_rows - number * _PART)
        x = rng.normal(size=(_PART, _NUMBERS)).astype(np.float32)[:size]
        few, many = rng.integers(0, _FEW, _PART)[:size], rng.integers(0, _MANY, _PART)[:size]
        signal = 2 * x[:, 0] - x[:, 1] + x[:, 2] * x[:, 3] + 2 * np.sin(2 * x[:, 4]) + (x[:, 5] > 0) * x[:, 6]
        signal = signal + np.where(few < 3, x[:, 7], -x[:, 7]) + of_many[many]
        y = signal + rng.normal(scale=NOISE, size=_PART)[:size]
        columns = {f"x{place}": x[:, place] for place in range(_NUMBERS)}
        texts = {"few": np.char.add("level ", few.astype(str)), "many": np.char.add("m", many.astype(str))}
        yield pl.DataFrame({**columns, **texts, "y": y.astype(np.float32)})


def write(path: Path, n_rows: int) -> None:
    """The table as Parquet or, by its ending, as CSV; numbers in six digits there."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        if path.suffix == ".csv":
            with path.open("wb") as file:
                for number, part in enumerate(parts(n_rows)):
                    part.write_csv(file, include_header=number == 0, float_precision=6)
            return
        for number, part in enumerate(parts(n_rows)):
            part.write_parquet(Path(folder) / f"{number:06}.parquet", compression="uncompressed")
        pl.scan_parquet(f"{folder}/*.parquet").sink_parquet(path, compression="zstd", compression_level=1)


if __name__ == "__main__":
    import sys

    write(Path(sys.argv[1]), int(sys.argv[2]))
