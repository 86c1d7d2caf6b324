"""What a run ships: chosen on validation rows, beside what that choice would have predicted for rows without a say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.base.plan import Task, of_classes
from netwright.evaluate.ensembled import ensemble_sentence
from netwright.evaluate.metrics import calibration_error, judged_by, row_errors
from netwright.stages.begun import Begun, choice_of
from netwright.training.baselines import TrainedBaseline
from netwright.training.blend import Blend
from netwright.training.blending import BlendChoice, Nested, Ways
from netwright.training.candidate import Candidate, validation_predictions
from netwright.training.mixture import Mixture
from netwright.training.model import FittedModel
from netwright.tune.presets import may_blend, may_calibrate, may_join

#: Baselines that may be in an ensemble.
_JOINING = ("linear", "trees")


@dataclass(frozen=True)
class Chosen:
    """What ships, and what was passed over.

    Args:
        blend: What ships.
        networks: What would ship if only networks could.
        plan: The plan that would ship alone.
        nested: Out-of-fold predictions of the whole choice.
        nested_networks: Those of the choice among networks.
        nested_plan: Those of the choice of a single plan.
        thresholds: For each baseline from which probability on it names the positive class, by the same rule.
        nested_thresholds: The same for the outer rows of each fold, chosen on the others.
        by_fold: For each fold what the others would ship; with a single validation part what ships.
        passed_over: Where a run goes on from an earlier one and the choice among its plans stays, the validation scores
            of that choice and of the worse one among all plans.
    """

    blend: Blend
    networks: Blend
    plan: Candidate
    nested: Nested
    nested_networks: Nested
    nested_plan: Nested
    thresholds: Mapping[str, float | None]
    nested_thresholds: Mapping[str, tuple[np.ndarray | None, ...]]
    by_fold: tuple[Blend, ...]
    passed_over: tuple[float, float] | None = None

    @property
    def is_ensemble(self) -> bool:
        """Whether more than one plan ships."""
        return len(self.blend.weights) > 1

    @property
    def with_baselines(self) -> bool:
        """Whether baselines are in it."""
        return any(name in self.thresholds for name in self.blend.weights)


def choose(begun: Begun, candidates: Sequence[Candidate], baselines: Sequence[TrainedBaseline]) -> Chosen:
    """Choose by all validation rows, and for each fold by those of the others.

    Args:
        begun: The run.
        candidates: The trained plans.
        baselines: What was fitted beside them.
    """
    settings = begun.settings
    costs = None if settings.prefer == "accuracy" else costs_of(candidates, settings.prefer)
    joins = may_join(settings) and not begun.origin.target.steps  # a bundle holds no baselines of forecasts
    joining = tuple(base for base in baselines if base.name in _JOINING) if joins else ()
    constant = next((base for base in baselines if base.name == "constant"), None)
    # errors of rows do not become smaller by being mixed: without a target one plan ships
    labelled = begun.origin.target.task != "unsupervised"
    ways = Ways(may_blend(settings) and labelled, joining, costs, may_calibrate(settings), constant)
    plans, task = choice_of(begun, candidates), begun.origin.target.task
    choice = BlendChoice(plans, candidates, begun.split, begun.truth, begun.metric, task, ways, settings.seed)
    of_networks = ways.of_networks().open
    blend, nested = choice.best(), choice.nested()
    if of_classes(task) and ways.calibrate and not _tempering_helps(begun, blend, nested):
        choice = choice.untempered()
        blend, nested = choice.best(), choice.nested()
    alone = not any(base.name in blend.weights for base in joining)
    thresholds = {base.name: choice.thresholds(base.outer) for base in baselines}
    return Chosen(
        blend=blend,
        networks=blend if alone else choice.best(of_networks),
        plan=choice.plan(),
        nested=nested,
        nested_networks=nested if of_networks == ways.open else choice.nested(of_networks),
        nested_plan=choice.nested(("plan",)),
        thresholds={name: at for name, (at, _) in thresholds.items()},
        nested_thresholds={name: own for name, (_, own) in thresholds.items()},
        by_fold=choice.by_fold(),
    )


def _tempering_helps(begun: Begun, blend: Blend, nested: Nested) -> bool:
    """Whether a temperature ships, and lowers the log-loss of the validation rows, each by that which others chose."""
    return blend.temperature != 1 and _log_loss(begun, nested.outer) < _log_loss(begun, nested.plain)


def _log_loss(begun: Begun, outer: Sequence[np.ndarray]) -> float:
    own = validation_predictions(begun.split, begun.truth, outer)
    return float(row_errors(begun.origin.target.task, own.truth, own.predicted).mean())


def choose_no_worse(begun: Begun, candidates: Sequence[Candidate], baselines: Sequence[TrainedBaseline]) -> Chosen:
    """Choose; where a run goes on from an earlier one, among its plans alone if all have the worse validation score.

    Args:
        begun: The run.
        candidates: The trained plans.
        baselines: What was fitted beside them.
    """
    chosen = choose(begun, candidates, baselines)
    before = [one for one in candidates if one.plan.key in begun.taken_over]
    if not before or len(before) == len(candidates):
        return chosen
    earlier = choose(begun, before, baselines)
    errors = _error(begun, earlier), _error(begun, chosen)
    if errors[0] < errors[1]:
        return replace(earlier, passed_over=(begun.metric.of_error(errors[0]), begun.metric.of_error(errors[1])))
    return chosen


def _error(begun: Begun, chosen: Chosen) -> float:
    own = validation_predictions(begun.split, begun.truth, chosen.nested.outer, chosen.nested.thresholds)
    error = begun.metric.error(begun.metric.score(own.truth, judged_by(begun.metric, own.predicted, own.threshold)))
    return error if np.isfinite(error) else float("inf")


def costs_of(candidates: Sequence[Candidate], prefer: str) -> dict[str, float]:
    """What each plan costs by declaration, by its key: multiplications a row, or parameters, over all its networks.

    Args:
        candidates: The trained plans.
        prefer: `speed` or `size`.
    """
    shipped = {one.plan.key: max(1, int(one.trained.judged.curves.learned.sum())) for one in candidates}
    networks = {one.plan.key: one.trained.network for one in candidates}
    return {
        key: float(shipped[key] * (own.row_products if prefer == "speed" else own.member_parameters))
        for key, own in networks.items()
    }


def baseline_errors(begun: Begun, chosen: Chosen, base: TrainedBaseline) -> np.ndarray:
    """The error of a baseline in each fold, classes named by its own threshold; (n_folds,)."""
    folds = zip(begun.split.folds, base.outer, chosen.nested_thresholds[base.name], strict=True)
    metric, truth = begun.metric, begun.truth
    scores = [metric.score(truth[fold.valid], judged_by(metric, own, at)) for fold, own, at in folds]
    return np.array([metric.error(score) for score in scores])


def parts_of(model: Mixture) -> list[dict[str, Any]]:
    """The parts of what ships as `metrics.json` holds them, the heaviest first.

    Args:
        model: What ships.
    """
    parts = [
        {
            "name": part.plan.name if isinstance(part, FittedModel) else part.name,
            "kind": "network" if isinstance(part, FittedModel) else "baseline",
            "weight": weight,
            "members": len(part.member_folds),
            "parameters": part.n_parameters,
        }
        for part, weight in zip(model.parts, model.weights, strict=True)
    ]
    return sorted(parts, key=lambda part: -float(str(part["weight"])))


def model_json(model: Mixture) -> dict[str, Any]:
    """What ships as `metrics.json` holds it.

    Args:
        model: What ships.
    """
    return {
        "name": name_of(model),
        "members": model.n_members,
        "parameters": model.n_parameters,
        "parts": parts_of(model),
    }


def weights_of(model: Mixture) -> dict[str, float]:
    """What each part counts, by its name.

    Args:
        model: Parts that predict together.
    """
    weights: dict[str, float] = {}
    for part in parts_of(model):  # plans of a search may share a name
        weights[str(part["name"])] = weights.get(str(part["name"]), 0.0) + float(part["weight"])
    return weights


def name_of(model: Mixture) -> str:
    """The name of the only plan, or `ensemble`."""
    return "ensemble" if len(model.parts) > 1 else parts_of(model)[0]["name"]


def ensemble_json(
    chosen: Chosen, errors: Mapping[str, np.ndarray], parts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What an ensemble gains over what it is made of, on validation rows; empty where a single plan ships.

    Args:
        chosen: What ships.
        errors: Of `nested`, `networks` and `plan` in each fold.
        parts: What it is made of.
    """
    if not chosen.is_ensemble:
        return {}
    over = "networks" if chosen.with_baselines else "plan"
    known = np.isfinite(errors["nested"]) & np.isfinite(errors[over])
    if not known.any():
        return {}
    before, after = float(errors[over][known].mean()), float(errors["nested"][known].mean())
    gain = (before - after) / before if before else 0.0
    return {"ensemble": {"over": over, "gain": gain, "sentence": ensemble_sentence(parts, over, gain)}}


def calibration_json(begun: Begun, chosen: Chosen) -> dict[str, Any]:
    """Temperature and threshold, and what probabilities were worth before and after; empty for numbers.

    Both are judged by validation rows, each by the temperature that the other folds chose.

    Args:
        begun: The run.
        chosen: What ships.
    """
    task: Task = begun.origin.target.task
    if not of_classes(task):
        return {}

    def worth(outer: Sequence[np.ndarray]) -> dict[str, float]:
        own = validation_predictions(begun.split, begun.truth, outer)
        return {"log_loss": _log_loss(begun, outer), "ece": calibration_error(own.truth, own.predicted)}

    finite = all(np.isfinite(own).all() for own in chosen.nested.outer)
    worths = {"before": worth(chosen.nested.plain), "after": worth(chosen.nested.outer)} if finite else {}
    return {"calibration": {"temperature": chosen.blend.temperature, "threshold": chosen.blend.threshold, **worths}}
