"""Does the doctor's cure help? Against random search of the same budget, and a restart at a tenth of the learning rate.

    python -m benchmarks.doctor.repair --cache FOLDER --faults 60 --healthy 60

A plan that ails is treated as the command does it, the fault staying in force: cures are trained, and one is taken
where it is better beyond the noise across folds. The same is done with as many plans drawn by chance, and with a single
one at a tenth of the learning rate. All are judged on rows that were in no fold, by five networks (one a fold).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from benchmarks.doctor.admission import harm
from benchmarks.doctor.facts import baselines_of, leaks_of
from benchmarks.doctor.grounds import Ground, grounds, halves
from benchmarks.doctor.healthy import healthy, plans, variants
from benchmarks.doctor.operators import FAULTS
from benchmarks.doctor.plant import Fault
from benchmarks.doctor.score import LOUD, mean, share
from benchmarks.doctor.trial import CACHE, Planted, found, planted, test_errors, trained
from benchmarks.doctor.verify import CLOSED, closed

from netwright.base.plan import Plan
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.facts import case_of
from netwright.doctor.prescription import Prescription, controls, prescribe
from netwright.training.candidate import Candidate
from netwright.training.choice import PlanChoice

#: Rounds and cures a round, as in the command; networks a fold.
_ROUNDS, _MOST, _SEEDS = 2, 6, 1
#: Where faults lie.
_WHERE = ("plan", "program", "data")
#: Worse than before by this share counts as harm.
_WORSE = 0.01


@dataclass(frozen=True)
class Patient:
    """One treated run.

    Args:
        ground: The table.
        name: Of the fault with its severity, or of the healthy plan.
        errors: The mean error on rows that were in no fold: clean, ailing, and with each way of repair.
        gains: Share of the gap between clean and ailing that each way closes; empty for a healthy run.
        tried: Plans that each way trained.
        where: Of the `plan`, which an edit of it may undo; of the `program` or the `data`, where it stays in force.
    """

    ground: str
    name: str
    errors: dict[str, float]
    gains: dict[str, float]
    tried: dict[str, int]
    where: str = "plan"


class _Ward:
    """Trains plans on one table with one fault in force, and judges them."""

    def __init__(self, ground: Ground, fault: Fault | None, plan: Plan, folder: Path) -> None:
        self._ground, self._folder = ground, folder
        self._fault = None if fault is None else replace(fault, plan=None)
        self.first = self._run(plan)
        self.errors: dict[str, np.ndarray] = {}

    def _run(self, plan: Plan) -> Planted:
        return planted(self._ground, self._fault, plan)

    def candidate(self, plan: Plan, parent: str = "") -> Candidate:
        """A plan, trained."""
        run = self._run(plan)
        done = trained(run, _SEEDS)
        self.errors[plan.key] = test_errors(run, done)
        return Candidate.of(done, run.split, self._ground.metric, run.problem.truth, parent)

    def best(self, every: Sequence[Candidate]) -> Candidate:
        """The choice of the command."""
        run = self.first
        return PlanChoice(every, run.split, run.problem.truth, self._ground.deal_seed).best()

    def cures(self, patient: Candidate, every: Sequence[Candidate]) -> list[Plan]:
        """What the doctor would try."""
        run = self.first
        baselines, leaks = baselines_of(run, self._folder), leaks_of(run, self._folder)
        others = [patient, *(one for one in every if one is not patient)]
        arguments = run.split, self._ground.target, run.problem.truth, self._ground.metric
        found_out = diagnose(case_of(patient, others, baselines, *arguments, findings=leaks))
        ailing = [finding for finding in found_out if finding.severity in LOUD]
        known = {one.plan.key for one in every}
        return [own.plan for own in prescribe(patient.plan, ailing, known, _MOST)] if ailing else []


def treat(ground: Ground, fault: Fault | None, plan: Plan, clean: np.ndarray, folder: Path, name: str) -> Patient:
    """All ways of repair on one run.

    Args:
        ground: The table.
        fault: What stays in force; None on a healthy run.
        plan: The ailing plan.
        clean: Errors of the clean networks on the rows that judge.
        folder: Where baselines are kept.
        name: How it is called.
    """
    ward = _Ward(ground, fault, plan, folder)
    patient = ward.candidate(plan)
    budgets: list[list[Plan]] = []

    def doctors(now: Candidate, every: Sequence[Candidate]) -> list[Plan]:
        budgets.append(ward.cures(now, every))
        return budgets[-1]

    cured, n_cures = _rounds(ward, patient, doctors)
    spent = iter(budgets)

    def by_chance(now: Candidate, every: Sequence[Candidate]) -> list[Plan]:
        cures = next(spent, [])
        if not cures:
            return []
        drawn = controls(now.plan, [_as_cure(own) for own in cures], ground.deal_seed)
        return [own.plan for own in drawn]

    drawn, n_drawn = _rounds(ward, patient, by_chance)
    lower = ward.candidate(replace(plan, learning_rate=plan.learning_rate / 10), plan.key)
    restart = ward.best([patient, lower])
    before = ward.errors[plan.key]
    ends = {"ailing": patient, "doctor": cured, "random": drawn, "restart": restart}
    errors = {way: _level(ward.errors[one.plan.key]) for way, one in ends.items()} | {"clean": _level(clean)}
    gains = (
        {}
        if fault is None
        else {way: closed(clean, before, ward.errors[one.plan.key]) for way, one in ends.items() if way != "ailing"}
    )
    tried = {"doctor": n_cures, "random": n_drawn, "restart": 1}
    return Patient(ground.name, name, errors, gains, tried, _where(fault))


def _where(fault: Fault | None) -> str:
    if fault is None or (fault.split is None and fault.dense is None and fault.engine is None):
        return "plan"
    return "program" if fault.engine is not None else "data"


def _as_cure(plan: Plan) -> Prescription:
    return Prescription(plan, "", "")


def _rounds(
    ward: _Ward, patient: Candidate, tries: Callable[[Candidate, Sequence[Candidate]], list[Plan]]
) -> tuple[Candidate, int]:
    every, best = [patient], patient
    for _ in range(_ROUNDS):
        wanted = tries(best, every)
        if not wanted:
            break
        every += [ward.candidate(plan, best.plan.key) for plan in wanted]
        now = ward.best(every)
        if now is best:
            break
        best = now
    return best, len(every) - 1


def _level(errors: np.ndarray) -> float:
    """The geometric mean of errors, those that are no number taken for the largest."""
    return float(np.exp(np.log(np.nan_to_num(errors, nan=1e6, posinf=1e6)).mean()))


def patients(cache: Path, most: int, only: str = "") -> Iterator[Patient]:
    """Faulty runs in the cache that hurt, the operators in turn, tables changing.

    Args:
        cache: Where runs are.
        most: How many are treated.
        only: Faults of the `plan`, the `program` or the `data`; empty takes all.
    """
    chosen, n = grounds(), 0
    for offset in range(len(chosen)):
        for number, fault in enumerate(FAULTS):
            ground = chosen[(7 * number + offset) % len(chosen)]
            if only and _where(fault) != only:
                continue
            clean = found(cache / ground.name / "clean")
            faulty = found(cache / ground.name / fault.key)
            if clean is None or faulty is None or not harm(clean.test_errors, faulty.test_errors).admitted:
                continue
            path = cache / "repaired" / ground.name / f"{fault.key}.json"
            yield _kept(
                path,
                lambda g=ground, f=fault, p=faulty.plan, c=clean.test_errors: treat(  # type: ignore[misc]
                    g, f, p, c, cache / g.name, f.key
                ),
            )
            n += 1
            if n == most:
                return


def well(cache: Path, most: int) -> Iterator[Patient]:
    """Healthy runs in the cache about which the doctor would do something, or not."""
    n = 0
    for place, ground in enumerate(grounds()):
        for variant in variants(ground, place):
            folder, proposed = cache / "healthy" / variant.name, plans(variant)
            runs = {name: trial for name in proposed if (trial := found(folder / name)) is not None}
            if len(runs) < len(proposed):
                continue
            for name in healthy(variant, runs)[:: max(1, len(proposed) // 3)]:
                path = cache / "repaired" / variant.name / f"{name}.json"
                yield _kept(
                    path,
                    lambda v=variant, w=name, p=proposed[name], t=runs[name].test_errors: treat(  # type: ignore[misc]
                        v, None, p, t, cache / "healthy" / v.name, w
                    ),
                )
                n += 1
                if n == most:
                    return


def _kept(path: Path, make: Callable[[], Patient]) -> Patient:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(make())), encoding="utf-8")
    return Patient(**json.loads(path.read_text(encoding="utf-8")))


def lines(treated: Sequence[Patient]) -> Iterator[str]:
    """The figures of faulty runs as lines."""
    from scipy.stats import wilcoxon

    groups = [(f"faults of the {where}", [p for p in treated if p.where == where]) for where in _WHERE]
    for title, own in [*groups, ("all faults", list(treated))]:
        if not own:
            continue
        yield f"{title}: {len(own)} runs"
        for way in ("doctor", "random", "restart"):
            gains = [one.gains[way] for one in own]
            regained = share(gain >= CLOSED for gain in gains)
            tried = mean(one.tried[way] for one in own)
            yield (
                f"  {way:<8} regained 90 % of the gap in {100 * regained:.0f} %, median gain {np.median(gains):.2f}, "
                f"plans trained {tried:.1f}"
            )
        for rival in ("random", "restart"):
            apart = np.array([np.log(one.errors[rival]) - np.log(one.errors["doctor"]) for one in own])
            p = wilcoxon(apart, alternative="greater").pvalue if np.any(apart) else 1.0
            yield (
                f"  doctor against {rival}: better in {int((apart > 0).sum())}, worse in {int((apart < 0).sum())}, "
                f"equal in {int((apart == 0).sum())}; Wilcoxon one-sided p = {p:.2g}"
            )


def main() -> None:
    """Treat, print a line a run, then the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--faults", type=int, default=60)
    parser.add_argument("--only", choices=_WHERE, default="")
    parser.add_argument("--healthy", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    half, treated = halves(grounds()), []
    for one in patients(arguments.cache, arguments.faults, arguments.only):
        treated.append(one)
        gains = "  ".join(f"{way} {gain:6.2f}" for way, gain in one.gains.items())
        print(f"{one.ground:<14}{half[one.ground]:<9} {one.name:<24} {gains}  plans {one.tried['doctor']}", flush=True)
    for line in lines(treated):
        print(line)
    untouched = list(well(arguments.cache, arguments.healthy)) if arguments.healthy else []
    if untouched:
        changed = [one for one in untouched if one.tried["doctor"]]
        worse = [one for one in untouched if one.errors["doctor"] > (1 + _WORSE) * one.errors["ailing"]]
        print(f"healthy runs: {len(untouched)}, treated {len(changed)}, worse by over 1 %: {len(worse)}")


if __name__ == "__main__":
    main()
