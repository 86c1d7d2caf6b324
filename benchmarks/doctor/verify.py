"""Which single changes undo a fault, found by trying them: the truth behind the sets of right answers.

    python -m benchmarks.doctor.verify --tables mpg,german --cache FOLDER

Of every admitted fault that leaves rows and inputs alone, each change is made to the faulty plan, the fault staying in
force; one that closes 90 % of the gap to the clean run on rows that neither has seen undoes it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from benchmarks.doctor.admission import harm
from benchmarks.doctor.grounds import Ground, grounds
from benchmarks.doctor.operators import FAULTS
from benchmarks.doctor.plant import EditPlan
from benchmarks.doctor.runs import clean_run, kept
from benchmarks.doctor.trial import CACHE, Planted, found, planted

from netwright.base.plan import Plan

#: Share of the gap that a change must close to be right.
CLOSED = 0.9


def _config(plan: Plan, **choices: object) -> Plan:
    return replace(plan, config={**plan.config, **choices})


#: What can be tried on any plan of the family `mlp`, by the names that faults and codes use.
CHANGES: dict[str, tuple[EditPlan, ...]] = {
    "lower-rate": tuple(
        (lambda plan, ground, by=by: replace(plan, learning_rate=plan.learning_rate * by)) for by in (0.1, 0.01)
    ),
    "higher-rate": tuple(
        (lambda plan, ground, by=by: replace(plan, learning_rate=plan.learning_rate * by)) for by in (10.0, 100.0)
    ),
    "more-epochs": (lambda plan, ground: replace(plan, epochs=min(300, 5 * plan.epochs), patience=None),),
    "clip": (lambda plan, ground: replace(plan, clip_norm=1.0),),
    "larger-batch": (lambda plan, ground: replace(plan, batch_size=4 * plan.batch_size),),
    "more-capacity": (lambda plan, ground: _config(plan, hidden=[128, 64]),),
    "smaller-network": (lambda plan, ground: _config(plan, hidden=[16]),),
    "less-regularisation": (lambda plan, ground: replace(_config(plan, dropout=0.0), weight_decay=0.0),),
    "regularise": (lambda plan, ground: _config(plan, dropout=0.4),),
    "activation": (lambda plan, ground: _config(plan, activation="selu"),),
    "optimiser": (lambda plan, ground: replace(plan, optimizer="adamw", betas=(0.9, 0.999), learning_rate=3e-3),),
}


def closed(clean: np.ndarray, faulty: np.ndarray, changed: np.ndarray) -> float:
    """Share of the gap between faulty and clean that a change closes, by the means of logarithms.

    Example:
        >>> round(closed(np.array([1.0, 1.0]), np.array([4.0, 4.0]), np.array([2.0, 2.0])), 3)
        0.5
    """
    most = 1e3 * float(np.median(clean))
    levels = [float(np.log(np.clip(np.nan_to_num(e, nan=most), None, most)).mean()) for e in (clean, faulty, changed)]
    return (levels[1] - levels[2]) / (levels[1] - levels[0])


def verified(ground: Ground, cache: Path) -> dict[str, dict[str, float]]:
    """For every fault of a table that hurts the share of the gap that each change closes, the best of its kind."""
    clean, shares = clean_run(ground, cache), dict[str, dict[str, float]]()
    for fault in FAULTS:
        faulty = found(cache / ground.name / fault.key) if fault.suits(ground) else None
        if faulty is None or fault.split or fault.dense or not harm(clean.test_errors, faulty.test_errors).admitted:
            continue
        run, own = planted(ground, fault), dict[str, float]()
        for name, edits in CHANGES.items():
            for number, edit in enumerate(edits):
                plan = edit(run.plan, ground)
                if plan.key == run.plan.key:
                    continue
                path = cache / "verified" / ground.name / f"{fault.key}-{name}-{number}"
                changed = kept(lambda p=plan, r=run: _with_plan(r, p), fault.key, path)  # type: ignore[misc]
                share = closed(clean.test_errors, faulty.test_errors, changed.test_errors)
                own[name] = max(own.get(name, -np.inf), share)
        shares[fault.key] = own
        right = {name for name, share in own.items() if share >= CLOSED}
        stated = fault.changes & set(CHANGES)
        print(
            f"{ground.name:<12}{fault.key:<24} closes: {', '.join(sorted(right)) or '-':<60} "
            f"stated only: {', '.join(f'{n} {own.get(n, np.nan):.2f}' for n in sorted(stated - right)) or '-'}",
            flush=True,
        )
    return shares


def _with_plan(run: Planted, plan: Plan) -> Planted:
    return replace(run, plan=plan)


def main() -> None:
    """Print a line a fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tables", default="mpg,german")
    parser.add_argument("--cache", type=Path, default=CACHE)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for ground in grounds(arguments.tables.split(",")):
        verified(ground, arguments.cache)


if __name__ == "__main__":
    main()
