"""What the doctor knows beside the curves, kept as JSON so that thresholds can be tried without training."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
from benchmarks.doctor.plant import Fault
from benchmarks.doctor.trial import Planted, Trial

from netwright.audit.check import audit_table
from netwright.base.finding import Finding
from netwright.doctor import doubtful, facts
from netwright.doctor.case import Case, Facts
from netwright.models.family import build_network
from netwright.training.baselines import TrainedBaseline, train_baselines
from netwright.training.candidate import Candidate
from netwright.training.fitted_baseline import FittedBaseline
from netwright.training.progress import Judged
from netwright.training.race import Trained
from netwright.training.tensors import network_sizes


def baselines_of(run: Planted, folder: Path) -> list[TrainedBaseline]:
    """The baselines on the rows of a run, fitted once for all faults that leave the rows alone.

    Args:
        run: Whose rows.
        folder: Where they are kept.
    """
    path = folder / f"baselines-{_of_rows(run.fault)}.npz"
    if not path.exists():
        arrays = {}
        for base in train_baselines(run.split, run.ground.target, run.ground.deal_seed):
            arrays |= {f"{base.name}/{fold}": own for fold, own in enumerate(base.outer)}
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **arrays)
    with np.load(path) as kept:
        names = list(dict.fromkeys(name.split("/")[0] for name in kept.files))
        outer = {name: tuple(kept[f"{name}/{fold}"] for fold in range(len(run.folds))) for name in names}
    return [TrainedBaseline(own, 0.0, FittedBaseline(name, ())) for name, own in outer.items()]


def leaks_of(run: Planted, folder: Path) -> list[Finding]:
    """What the audit says of columns that give the target away, looked for once for all faults with the same rows."""
    path = folder / f"leaks-{_of_rows(run.fault)}.json"
    if not path.exists():
        told = [[own.severity, *own.columns] for own in audit_table(run.split.development) if own.code == "leak"]
        path.write_text(json.dumps(told), encoding="utf-8")
    listed = json.loads(path.read_text(encoding="utf-8"))
    return [Finding("leak", "data", severity, "", columns=tuple(columns)) for severity, *columns in listed]


def _of_rows(fault: Fault | None) -> str:
    return fault.key if fault is not None and fault.split is not None else "clean"


def case_of(trial: Trial, run: Planted, folder: Path) -> Case:
    """A run as the symptoms read it, alone in its population.

    Args:
        trial: As it was trained.
        run: As it was planted.
        folder: Where baselines are kept.
    """
    members, truth = trial.curves.members, run.problem.truth
    nothing = np.zeros((len(members), 2))  # neither these nor the weights are read
    judged = Judged(trial.curves, trial.outer, nothing.astype(int), nothing, (None,) * len(members))
    sizes = network_sizes(run.folds, [member.fold for member in members], run.ground.target.outputs)
    network = build_network(run.plan.family, run.plan.config, sizes, [0] * len(members))
    done = Trained(members, run.folds, sizes, network, judged, 0.0)
    candidate = Candidate.of(done, run.split, run.ground.metric, truth)
    baselines, leaks = baselines_of(run, folder), leaks_of(run, folder)
    target, metric = run.ground.target, run.ground.metric
    return facts.case_of(candidate, [candidate], baselines, run.split, target, truth, metric, findings=leaks)


def digest() -> str:
    """Of the code that makes facts: others are made anew."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (facts, doubtful)]
    return hashlib.sha256(b"".join([*sources, Path(__file__).read_bytes()])).hexdigest()[:12]


def kept_facts(path: Path) -> Facts | None:
    """Those of a run, None where they are missing or of other code.

    Args:
        path: Of the run, without its suffix.
    """
    own = path.with_name(f"{path.name}.facts.json")
    if not own.exists():
        return None
    told = json.loads(own.read_text(encoding="utf-8"))
    if told.pop("digest") != digest():
        return None
    return Facts(**{name: tuple(value) if isinstance(value, list) else value for name, value in told.items()})


def keep_facts(made: Facts, path: Path) -> None:
    """Write those of a run beside it."""
    told = {field.name: getattr(made, field.name) for field in fields(made)}
    told["more_rows"] = None if made.more_rows is None else asdict(made.more_rows)
    path.with_name(f"{path.name}.facts.json").write_text(json.dumps(told | {"digest": digest()}), encoding="utf-8")
