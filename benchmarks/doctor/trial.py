"""One run of the benchmark: a fault planted on a table, trained with the product's engine, judged on clean rows."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.doctor.grounds import Ground
from benchmarks.doctor.plant import Fault

from netwright.base.curves import Curves
from netwright.base.events import follow
from netwright.base.plan import Member, Plan
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.prepared import Prepared
from netwright.preparation.values import feature_values
from netwright.training.chunk import Problem
from netwright.training.loop import train
from netwright.training.objectives.supervised import Supervised
from netwright.training.population import Bucket
from netwright.training.race import Trained
from netwright.tune.presets import propose

#: Where trained runs are kept unless another folder is named.
CACHE = Path(tempfile.gettempdir()) / "netwright-bench-doctor"
#: Networks a fold: ten in all with five folds, as many as the command trains.
SEEDS = 2
_CURVES = ("train_loss", "valid_loss", "valid_score", "learning_rate", "best_epoch")


@dataclass(frozen=True)
class Trial:
    """What is kept of a run.

    Args:
        ground: The table.
        name: Of the fault, or of the healthy plan.
        plan: As it was trained.
        curves: Of its ten networks.
        test_errors: Of each on clean rows that were in no fold; (member,).
        valid_errors: Of each on its outer rows at its best epoch; (member,).
        outer: Of each the honest predictions on its outer rows.
        seconds: What training took.
    """

    ground: str
    name: str
    plan: Plan
    curves: Curves
    test_errors: np.ndarray
    valid_errors: np.ndarray
    outer: tuple[np.ndarray, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Planted:
    """A run before it is trained.

    Args:
        ground: The table.
        plan: What is trained.
        split: Its rows.
        test: The rows that judge it.
        folds: Its rows prepared.
        fault: What was planted; None leaves it clean.
    """

    ground: Ground
    plan: Plan
    split: Split
    test: Table
    folds: tuple[PreparedFold, ...]
    fault: Fault | None = None

    @property
    def problem(self) -> Problem:
        """What its networks are trained for."""
        table, target = self.split.development, self.ground.target
        truth = target.numbers(table)
        return Problem(target, self.ground.metric, truth, self.ground.deal_seed, torch.device("cpu"), None, table.rows)


def base_plan(ground: Ground, **options: Any) -> Plan:
    """What the product would train on a table.

    Args:
        ground: The table.
        options: Other than those of the ground.
    """
    settings = ground.settings.with_(**options) if options else ground.settings
    return propose(settings, ground.target.task, ground.split.development.n_rows).plans[0]


def planted(ground: Ground, fault: Fault | None, plan: Plan | None = None) -> Planted:
    """A clean run, or one with a fault.

    Args:
        ground: The table.
        fault: What is planted; None plants nothing.
        plan: The clean plan; that of the product where it is not given.
    """
    plan, split, test = plan or base_plan(ground), ground.split, ground.test
    if fault is None:
        return Planted(ground, plan, split, test, prepare_folds(split, ground.target, plan.preparation))
    if fault.plan is not None:
        plan = fault.plan(plan, ground)
    if fault.split is not None:
        split, test = fault.split(ground, split, test, _rng(ground, fault))
    folds = prepare_folds(split, ground.target, plan.preparation)
    if fault.dense is not None:
        folds = tuple(_with_inputs(fold, fault, _rng(ground, fault)) for fold in folds)
    return Planted(ground, replace(plan, name=plan.family), split, test, folds, fault)


def _rng(ground: Ground, fault: Fault) -> np.random.Generator:
    return np.random.default_rng(derive_seed(ground.deal_seed, ground.name, fault.name))


def _with_inputs(fold: PreparedFold, fault: Fault, rng: np.random.Generator) -> PreparedFold:
    assert fault.dense is not None
    dense = fault.dense(fold.inputs.dense, fold, True, rng)
    return replace(fold, inputs=Prepared(dense, fold.inputs.codes, fold.inputs.spoiled))


def trained(run: Planted, seeds: int = SEEDS) -> Trained:
    """Train it, the fault in force.

    Args:
        run: What.
        seeds: Networks a fold.
    """
    members = [Member(run.plan, fold, seed) for seed in range(seeds) for fold in range(len(run.folds))]
    bucket = Bucket(members, run.folds, run.problem)
    if run.fault is not None and run.fault.engine is not None:
        with run.fault.engine():
            return follow(train([bucket]))[0]
    return follow(train([bucket]))[0]


def test_errors(run: Planted, done: Trained) -> np.ndarray:
    """The error of each network on the rows that judge, infinite where it gives no number; (member,)."""
    values, target, metric = feature_values(run.test), run.ground.target, run.ground.metric
    truth = target.numbers(run.test)
    inputs = []
    for fold in run.folds:
        made, fault = fold.preparer.transform(values), run.fault
        dense = made.dense
        if fault is not None and fault.dense is not None:
            dense = fault.dense(dense, fold, False, _rng(run.ground, fault))
        inputs.append((dense, made.codes))
    width = max(dense.shape[1] for dense, _ in inputs)
    coded = max(codes.shape[1] for _, codes in inputs)
    dense = np.zeros((len(done.members), run.test.n_rows, width), dtype=np.float32)
    codes = np.zeros((len(done.members), run.test.n_rows, coded), dtype=np.int64)
    for place, member in enumerate(done.members):
        own = inputs[member.fold]
        dense[place, :, : own[0].shape[1]], codes[place, :, : own[1].shape[1]] = own
    named: dict[str, Any] = {"dense": torch.from_numpy(dense)} | ({"codes": torch.from_numpy(codes)} if coded else {})
    objective = Supervised(target.task, run.plan.loss)
    with torch.inference_mode():
        predicted = objective.prediction(done.network(named)).double().numpy()
    errors = []
    for place, member in enumerate(done.members):
        own = run.folds[member.fold].scale.back(predicted[place])
        own = own[:, 0] if own.shape[1] == 1 else own
        finite = np.isfinite(own).all()
        errors.append(metric.error(metric.score(truth, own)) if finite else np.inf)
    return np.array(errors, dtype=float)


def valid_errors(run: Planted, curves: Curves) -> np.ndarray:
    """The error of each network on its outer rows at its best epoch; (member,)."""
    metric, members = run.ground.metric, np.arange(len(curves.members))
    return np.array([metric.error(score) for score in curves.valid_score[members, curves.best_epoch]])


def save(trial: Trial, path: Path) -> None:
    """Write it as arrays and JSON.

    Args:
        trial: What.
        path: Without its suffix.
    """
    curves = trial.curves
    arrays = {f"curves/{name}": getattr(curves, name) for name in _CURVES}
    arrays |= {f"signals/{name}": values for name, values in curves.signals.items()}
    if curves.constant_loss is not None:
        arrays["constant_loss"] = curves.constant_loss
    arrays |= {"test_errors": trial.test_errors, "valid_errors": trial.valid_errors}
    arrays |= {f"outer/{member}": own for member, own in enumerate(trial.outer)}
    facts = {
        "ground": trial.ground,
        "name": trial.name,
        "plan": trial.plan.to_json(),
        "members": [[member.fold, member.seed] for member in curves.members],
        "status": curves.status,
        "reasons": curves.reasons,
        "layers": curves.layers,
        "seconds": trial.seconds,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path.with_name(f"{path.name}.npz"), **arrays)
    path.with_name(f"{path.name}.json").write_text(json.dumps(facts), encoding="utf-8")


def found(path: Path) -> Trial | None:
    """What `save` wrote; None where it did not."""
    told = path.with_name(f"{path.name}.json")
    if not told.exists():
        return None
    facts = json.loads(told.read_text(encoding="utf-8"))
    with np.load(path.with_name(f"{path.name}.npz")) as kept:
        arrays = {name: kept[name] for name in kept.files}
    plan = Plan.from_json(facts["plan"])
    curves = Curves(
        members=tuple(Member(plan, fold, seed) for fold, seed in facts["members"]),
        status=tuple(facts["status"]),
        reasons=tuple(facts["reasons"]),
        layers=tuple(tuple(names) for names in facts["layers"]),
        signals={n.removeprefix("signals/"): a for n, a in arrays.items() if n.startswith("signals/")},
        constant_loss=arrays.get("constant_loss"),
        **{name: arrays[f"curves/{name}"] for name in _CURVES},
    )
    errors = arrays["test_errors"], arrays["valid_errors"]
    outer = tuple(arrays[f"outer/{member}"] for member in range(len(curves.members)))
    return Trial(facts["ground"], facts["name"], plan, curves, *errors, outer, facts["seconds"])
