"""Training everything that is scored, each run once: what is in the cache is not trained again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.doctor.facts import case_of, keep_facts, kept_facts
from benchmarks.doctor.grounds import Ground
from benchmarks.doctor.plant import Fault
from benchmarks.doctor.trial import SEEDS, Planted, Trial, found, planted, save, test_errors, trained, valid_errors

from netwright.doctor.case import Case

Tell = Callable[[str], None]


def kept(make: Callable[[], Planted], name: str, path: Path) -> Trial:
    """A run from the cache, or trained and put there.

    Args:
        make: Gives it, untrained.
        name: Of the fault, or of the healthy plan.
        path: Where it is kept, without suffix.
    """
    before = found(path)
    if before is not None:
        return before
    trial = tried(make(), name)
    save(trial, path)
    return trial


def tried(run: Planted, name: str, seeds: int = SEEDS) -> Trial:
    """A run trained and judged.

    Args:
        run: What is trained.
        name: Of the fault, or of the healthy plan.
        seeds: Networks a fold.
    """
    begun = time.perf_counter()
    done = trained(run, seeds)
    seconds, judged = time.perf_counter() - begun, done.judged
    errors = test_errors(run, done), valid_errors(run, judged.curves)
    return Trial(run.ground.name, name, run.plan, judged.curves, *errors, judged.outer, seconds)


def case(make: Callable[[], Planted], trial: Trial, path: Path) -> Case:
    """A run as the symptoms read it; its facts are kept as well.

    Args:
        make: Gives it, untrained.
        trial: The same, trained.
        path: Where it is kept, without suffix.
    """
    facts = kept_facts(path)
    if facts is None:
        facts = case_of(trial, make(), path.parent).facts
        keep_facts(facts, path)
    return Case(trial.curves, trial.plan, (), facts)


def clean_run(ground: Ground, cache: Path) -> Trial:
    """What the product would train on a table, without a fault."""
    return kept(lambda: planted(ground, None), "clean", cache / ground.name / "clean")


def faulty_runs(ground: Ground, faults: Sequence[Fault], cache: Path, tell: Tell = print) -> dict[str, Trial]:
    """One run for each fault that can be planted on a table."""
    begun, runs = time.perf_counter(), {}
    for fault in faults:
        if fault.suits(ground):
            path = cache / ground.name / fault.key
            runs[fault.key] = kept(lambda own=fault: planted(ground, own), fault.key, path)  # type: ignore[misc]
    tell(f"{ground.name:<14} {len(runs)} faults in {time.perf_counter() - begun:.0f} s")
    return runs
