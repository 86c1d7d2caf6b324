"""Two small finished runs that several tests look at."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import Run, train


def table(n_rows: int = 80, seed: int = 1) -> pl.DataFrame:
    """Every kind of column, Korean names among them, and gaps."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(20, 200, n_rows).round(1)
    built = [datetime(2001, 1, 1) + timedelta(days=day) for day in range(n_rows)]
    return pl.DataFrame(
        {
            "면적": [None if row % 11 == 0 else float(value) for row, value in enumerate(size)],
            "지역": rng.choice(["서울", "부산", "제주"], n_rows),
            "street": [f"street {number}" for number in rng.integers(0, 20, n_rows)],
            "new": rng.choice(["no", "yes"], n_rows),
            "built": built,
            "grade": rng.choice(["S", "M", "L"], n_rows),
            "price": (size * 3 + rng.normal(0, 5, n_rows)).round(2),
            "class": np.where(size > 110, "big", np.where(size > 60, "mid", "small")),
        }
    )


QUICK = {"preset": "quick", "epochs": 6, "no_repair": True, "kind": ["grade=ordinal:S<M<L"]}


@pytest.fixture(scope="session")
def numbers_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Regression with every kind of column."""
    folder = tmp_path_factory.mktemp("runs") / "면적-price"
    return train(table(), "price", out=folder, drop=["class"], **QUICK), folder


@pytest.fixture(scope="session")
def classes_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """Three classes."""
    folder = tmp_path_factory.mktemp("runs") / "classes"
    return train(table(), "class", out=folder, drop=["price"], **QUICK), folder
