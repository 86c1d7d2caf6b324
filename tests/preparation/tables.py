"""Typed tables for tests, and runs up to where rows are dealt out."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.load import Loaded, load_target, read_table, with_roles
from netwright.sources.kinds import KindOptions, infer_kinds
from netwright.sources.kinds import parse_kind_options as parse
from netwright.sources.registry import ReadOptions, open_table


def typed(data: Any, *kinds: str, target: str | None = None, **reading: Any) -> Table:
    """A table with the kind of every column found, or given as on the command line (`x=category`)."""
    return infer_kinds(open_table(data, ReadOptions(**reading)), KindOptions(kinds=parse(kinds), target=target))


def loaded(data: Any, **options: Any) -> Loaded:
    """Everything up to a known target, as a run does it."""
    settings = Settings.from_options(options)
    return load_target(with_roles(read_table(data, settings), settings), settings)


def numbers(n_rows: int, seed: int = 0) -> np.ndarray:
    """Different numbers in no order."""
    return np.random.default_rng(seed).normal(size=n_rows)
