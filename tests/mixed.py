"""A mixture of several parts, trained in a moment: what a test of bundles or of explanations starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.run import begin, fit_baselines, load, train_plans
from netwright.stages.begun import Begun
from netwright.training.baselines import TrainedBaseline
from netwright.training.blend import Blend
from netwright.training.calibration import calibration
from netwright.training.candidate import Candidate
from netwright.training.mixture import Mixture

#: Two plans and two baselines.
FOUR: Mapping[str, float] = {"mlp": 0.3, "realmlp": 0.2, "trees": 0.4, "linear": 0.1}


@dataclass(frozen=True)
class Ingredients:
    """What was trained, to be mixed in several ways."""

    begun: Begun
    candidates: tuple[Candidate, ...]
    baselines: tuple[TrainedBaseline, ...]

    @classmethod
    def of(cls, frame: pl.DataFrame, target: str, **options: Any) -> Ingredients:
        """Networks of two families and every baseline."""
        usual = {"preset": "quick", "hidden": "6,4", "epochs": 4, "folds": 3, "model": ["mlp", "realmlp"], "seed": 1}
        settings = Settings.from_options({**usual, "target": target, **options})
        begun = follow(begin(follow(load(frame, settings)), settings, Clock()))
        return cls(begun, tuple(follow(train_plans(begun))), tuple(follow(fit_baselines(begun))))

    @property
    def split(self) -> Split:
        """The rows."""
        return self.begun.split

    def mixed(
        self, weights: Mapping[str, float] = FOUR, temperature: float = 1.0, threshold: float | None = None
    ) -> Mixture:
        """A mixture by weights of families and baselines."""
        keys = {candidate.plan.family: candidate.plan.key for candidate in self.candidates}
        named = {keys.get(name, name): weight for name, weight in weights.items()}
        target = self.begun.origin.target
        conformal = calibration(target.task, self.split, self.begun.truth, self.candidates[0].outer)
        blend = Blend(named, temperature, threshold)
        return Mixture.of(blend, self.candidates, self.baselines, self.split.development, target, conformal)


def by_hand(mixture: Mixture, rows: pl.DataFrame) -> np.ndarray:
    """The prediction of a mixture from those of its parts, each asked alone."""
    from dataclasses import replace

    from netwright.deliver.predictor import Predictor

    table = Predictor(mixture).table(rows)
    alone = [replace(mixture, parts=(part,), weights=(1.0,), temperature=1.0) for part in mixture.parts]
    mean = sum(weight * own.predict(table) for weight, own in zip(mixture.weights, alone, strict=True))
    if mixture.temperature == 1.0:
        return np.asarray(mean)
    raised = np.asarray(mean) ** (1 / mixture.temperature)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
