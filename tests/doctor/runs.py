"""Cases of real small runs, and faults planted in networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright.base.clock import Clock
from netwright.base.curves import Curves
from netwright.base.events import follow
from netwright.base.finding import Finding
from netwright.base.plan import Member, Plan
from netwright.base.settings import Settings
from netwright.doctor.case import Case
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.facts import case_of
from netwright.models.mlp import MLP
from netwright.run import begin, fit_baselines, load, train_plans

#: A plain network that keeps up with the baselines of the tables here, in about a second.
HEALTHY = {"model": ("mlp",), "preset": "quick", "hidden": "32,16", "epochs": 40, "folds": 2}


def friedman(n_rows: int = 400, seed: int = 0) -> pl.DataFrame:
    """A table on which a network is better than a linear model: Friedman's first."""
    from sklearn.datasets import make_friedman1

    x, y = make_friedman1(n_rows, n_features=6, noise=0.5, random_state=seed)
    return pl.DataFrame({f"x{n}": x[:, n] for n in range(6)} | {"y": y})


def classes(n_rows: int = 400, flipped: float = 0.0, **shape: Any) -> pl.DataFrame:
    """Two classes that a network tells apart better than a linear model."""
    from sklearn.datasets import make_classification

    options = {"n_features": 8, "n_informative": 5, "class_sep": 1.0, "random_state": 1} | shape
    x, y = make_classification(n_rows, flip_y=flipped, **options)
    return pl.DataFrame({f"x{n}": x[:, n] for n in range(x.shape[1])} | {"y": [f"c{label}" for label in y]})


def case(data: Any, **options: Any) -> Case:
    """One plan on a table whose target is `y`, trained by the engine.

    Args:
        data: A frame, or what a source accepts.
        options: Of the run, beyond those of a healthy one.
    """
    said = {"target": "target" if isinstance(data, str) else "y", **HEALTHY, **options}
    settings = Settings.from_options({name: value for name, value in said.items() if value is not None})
    begun = follow(begin(follow(load(data, settings)), settings, Clock()))
    baselines = follow(fit_baselines(begun))
    candidates = follow(train_plans(begun))
    parts = begun.split, begun.origin.target, begun.truth, begun.metric
    return case_of(candidates[0], candidates, baselines, *parts, begun.findings)


@cache
def healthy() -> Case:
    """A run that has nothing."""
    return case(friedman())


def read(case: Case) -> dict[str, Finding]:
    """The findings of a case by their code."""
    return {finding.code: finding for finding in diagnose(case)}


def warned(case: Case) -> list[str]:
    """The codes of its warnings, the clearest first."""
    return [finding.code for finding in diagnose(case) if finding.severity == "warning"]


def elsewhere(train_loss: Any, valid_loss: Any) -> Case:
    """Two curves that another tool wrote."""
    train, valid = np.asarray(train_loss, dtype=float)[None], np.asarray(valid_loss, dtype=float)[None]
    nothing = np.full(train.shape, np.nan)
    member = Member(Plan("curve", "mlp", {}), 0, 0)
    return Case(Curves((member,), train, valid, nothing, nothing, np.zeros(1, dtype=np.int64), ("done",)))


def start_with(monkeypatch: pytest.MonkeyPatch, change: Callable[[MLP], None]) -> None:
    """Change every perceptron right after it was built."""
    built = MLP.__init__

    def build(self: MLP, *args: Any, **kwargs: Any) -> None:
        built(self, *args, **kwargs)
        with torch.no_grad():
            change(self)

    monkeypatch.setattr(MLP, "__init__", build)


def end_with(monkeypatch: pytest.MonkeyPatch, activation: Callable[[torch.Tensor], torch.Tensor]) -> None:
    """Put an activation behind the output of every perceptron."""
    given = MLP.forward
    monkeypatch.setattr(MLP, "forward", lambda self, inputs, noise=None: activation(given(self, inputs, noise)))


def scale_weights(factor: float) -> Callable[[MLP], None]:
    """A change that multiplies all first weights."""

    def change(network: MLP) -> None:
        for layer in [*network.hidden, network.head]:
            layer.weight *= factor

    return change
