"""Copies planted into every development table: one row in ten, in full or with numbers a hair off."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.base.copies import find_copies
from netwright.sources.registry import open_table
from tests.conftest import SHARED
from tests.preparation.tables import typed

TABLES = sorted(path.name for path in (SHARED / "tables").glob("*.csv*")) if SHARED.is_dir() else []
#: Rows that the tables repeat by themselves, in full.
REPEATED = {"winequality_white.csv": 937, "winequality_red.csv": 240, "diamonds.csv.gz": 146, "adult.csv.gz": 52}
NOISES = {
    "nothing": lambda x, rng: x,
    "1e-6 of the spread": lambda x, rng: x + 1e-6 * np.nanstd(x) * rng.normal(size=len(x)),
    "1e-4 of the spread": lambda x, rng: x + 1e-4 * np.nanstd(x) * rng.normal(size=len(x)),
    "1e-3 of the spread": lambda x, rng: x + 1e-3 * np.nanstd(x) * rng.normal(size=len(x)),
    "1e-3 in some columns": lambda x, rng: x + (rng.random() < 0.5) * 1e-3 * np.nanstd(x) * rng.normal(size=len(x)),
    "rounded": lambda x, rng: _rounded(x, np.nanstd(x)),
}


def _rounded(x, spread):
    unit = 10.0 ** (np.floor(np.log10(spread)) - 2)
    return np.round(x / unit) * unit


def _texts(path: Path) -> pl.DataFrame:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    separator = ";" if "wine" in path.name else ","
    return pl.read_csv(raw, infer_schema=False, has_header="abalone" not in path.name, separator=separator)


@pytest.mark.parametrize("name", TABLES)
def test_clean_tables_have_hardly_any_near_copies(shared, name):
    copies = find_copies(typed(shared / "tables" / name))
    assert copies.near_repeats.sum() <= 0.005 * len(copies.alike)
    if name in REPEATED:
        assert copies.repeats.sum() == REPEATED[name]


@pytest.mark.slow
@pytest.mark.parametrize("ids", ["the same identifiers", "new identifiers"])
@pytest.mark.parametrize("noise", list(NOISES))
@pytest.mark.parametrize("name", TABLES)
def test_planted_copies_are_found(shared, tmp_path, name, noise, ids):
    rng = np.random.default_rng(7)
    clean, frame = typed(shared / "tables" / name), _texts(shared / "tables" / name)
    frame.columns = clean.schema.names
    sources = rng.choice(frame.height, frame.height // 10, replace=False)
    columns = {}
    for column in clean.schema.columns:
        cells = frame[column.name][sources]
        if column.kind == "numeric" and noise != "nothing":
            numbers = clean[column.name].to_numpy()
            noisy = pl.Series(NOISES[noise](numbers, rng)[sources]).fill_nan(None).cast(pl.String)
            cells = noisy.zip_with(noisy.is_not_null(), cells)
        if column.kind == "identifier" and ids == "new identifiers":
            cells = pl.Series([f"{number}" for number in range(10**7, 10**7 + 3 * len(sources), 3)])
        columns[column.name] = cells
    pl.concat([frame, pl.DataFrame(columns)]).write_csv(tmp_path / "planted.csv")
    table = typed(tmp_path / "planted.csv")
    assert table.n_rows == frame.height + len(sources)
    units = find_copies(table).units
    found = (units[sources] == units[frame.height :]).mean()
    print(f"RECALL {name} | {noise} | {ids} | {100 * found:.1f} %")
    assert found >= (1.0 if noise == "nothing" else 0.95)


def test_every_table_is_planted(shared):
    assert len(TABLES) == len(list((shared / "tables").glob("*")))
    assert open_table(shared / "tables" / TABLES[0]).n_rows > 1000
