"""The tables on which faults are planted: part of the rows for the run, the rest to judge it by."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.tables import DATA, TABLES

from netwright.base.events import follow
from netwright.base.seeds import derive_seed
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.evaluate.metrics import Metric, choose_metric
from netwright.preparation.load import Loaded, load_target, read_table, with_roles
from netwright.preparation.target import Target
from netwright.run import deal

#: Rows that a run gets and that judge it, at most; and the share that judges where rows are few.
_RUN_ROWS, _TEST_ROWS, _TEST_SHARE = 400, 2_000, 0.3
_SAMPLES = ("diabetes", "breast_cancer", "wine", "iris", "digits")
#: The halves are dealt by this seed, before anything was measured.
_HALVES_SEED = 6
#: Their names.
HALVES = ("tuned", "held out")


@dataclass(frozen=True)
class Ground:
    """One table, dealt out once: the same rows and folds for clean and faulty runs.

    Args:
        name: As results show it.
        data: What a source reads.
        options: Of the run beside the preset.
        rows: The most rows that a run gets.
        deal_seed: Which rows these are, and how they are dealt into folds.
        noise: Share of the labels (or spreads of a number) by which the target was made worse, in all rows: a noisy
            problem, whose runs are as healthy as they can be.
    """

    name: str
    data: str
    options: tuple[tuple[str, Any], ...]
    rows: int = _RUN_ROWS
    deal_seed: int = 0
    noise: float = 0.0

    @property
    def settings(self) -> Settings:
        """What the command would be."""
        return Settings.from_options(
            {"preset": "quick", "model": ("mlp",), "seed": self.deal_seed, **dict(self.options)}
        )

    @cached_property
    def _dealt(self) -> tuple[Loaded, Table]:
        settings = self.settings
        data = self.data if self.data.startswith("sample:") else Path(self.data)
        loaded = load_target(with_roles(read_table(data, settings), settings), settings)
        rng = np.random.default_rng(derive_seed(self.deal_seed, "doctor", self.name))
        if self.noise:
            loaded = replace(loaded, table=_noisy(loaded, self.noise, rng))
        order, n_rows = rng.permutation(loaded.table.n_rows), loaded.table.n_rows
        n_test = min(_TEST_ROWS, max(round(_TEST_SHARE * n_rows), n_rows - self.rows))
        run = np.sort(order[n_test : n_test + self.rows])
        return replace(loaded, table=loaded.table.take(run), choice=None), loaded.table.take(np.sort(order[:n_test]))

    @cached_property
    def split(self) -> Split:
        """The rows of the run in folds; nothing is sealed, since the rows that judge were never in it."""
        return follow(deal(self._dealt[0], self.settings, seal=False))

    @property
    def loaded(self) -> Loaded:
        """The rows of the run as they were loaded."""
        return self._dealt[0]

    @property
    def test(self) -> Table:
        """The rows that judge."""
        return self._dealt[1]

    @property
    def target(self) -> Target:
        """What is predicted."""
        return self._dealt[0].target

    @property
    def metric(self) -> Metric:
        """By which runs are judged."""
        return choose_metric(None, self.target.task)


def _noisy(loaded: Loaded, share: float, rng: np.random.Generator) -> Table:
    import polars as pl

    table, name = loaded.table, loaded.target.name
    if loaded.target.task == "regression":
        values = table[name].to_numpy()
        made = pl.Series(name, values + share * values.std() * rng.standard_normal(len(values)))
    else:
        labels = np.array(table[name].to_list(), dtype=object)
        hit = rng.random(len(labels)) < share
        labels[hit] = rng.permutation(labels)[hit]
        made = pl.Series(name, labels.tolist(), dtype=pl.String)
    return replace(table, frame=table.frame.with_columns(made))


def samples() -> list[Ground]:
    """Those that ship inside scikit-learn."""
    return [Ground(name, f"sample:{name}", (("target", "target"),)) for name in _SAMPLES]


def grounds(names: Sequence[str] = ()) -> list[Ground]:
    """All development tables, the samples among them; only the latter where the data are not there.

    Args:
        names: Which; empty means all.
    """
    found = samples()
    for table in TABLES:
        path = DATA / "tables" / table.file
        if not path.exists():
            continue
        options: list[tuple[str, Any]] = [("target", table.target)]
        if table.regression:
            options.append(("task", "regression"))
        if table.drop:
            options.append(("drop", table.drop))
        found.append(Ground(table.name, str(path), tuple(options)))
    return [ground for ground in found if not names or ground.name in names]


def halves(chosen: Sequence[Ground]) -> dict[str, str]:
    """Which half each table is in: thresholds may look at `tuned`, and are judged on `held out`.

    Tables with numbers and tables with classes to be predicted are shuffled apart, then dealt alternately.

    Args:
        chosen: All tables, in any order.
    """
    dealt, place = {}, 0
    for regression in (True, False):
        own = sorted(ground.name for ground in chosen if (ground.target.task == "regression") == regression)
        random.Random(_HALVES_SEED).shuffle(own)
        for name in own:
            dealt[name] = HALVES[place % 2]
            place += 1
    return dealt
