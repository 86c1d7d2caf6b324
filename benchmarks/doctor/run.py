"""The benchmark of the doctor: planted faults and healthy runs, and how well he tells them apart.

python -m benchmarks.doctor.run                 # everything; trained runs are kept in --cache
python -m benchmarks.doctor.run --tables mpg,wine --stage faults
python -m benchmarks.doctor.run --stage score --half tuned    # no training; what tuning may look at
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from benchmarks.doctor.admission import harm
from benchmarks.doctor.grounds import HALVES, Ground, grounds, halves
from benchmarks.doctor.healthy import candidates, healthy, plans, variants
from benchmarks.doctor.operators import FAULTS
from benchmarks.doctor.runs import case, clean_run, faulty_runs
from benchmarks.doctor.score import Judged, lines_of_operators, lines_of_scores, scores, told
from benchmarks.doctor.trial import CACHE, found, planted


def _told(text: str) -> None:
    print(text, flush=True)


def judged_faults(ground: Ground, half: str, cache: Path) -> Iterator[Judged]:
    """Every faulty run of a table that is in the cache."""
    clean = found(cache / ground.name / "clean")
    for fault in FAULTS:
        path = cache / ground.name / fault.key
        trial = found(path) if fault.suits(ground) else None
        if trial is None or clean is None:
            continue
        own = harm(clean.test_errors, trial.test_errors)
        seen = case(lambda one=fault: planted(ground, one), trial, path)  # type: ignore[misc]
        yield Judged(half, ground.name, fault.name, fault.severity, *told(seen), fault.right, own)


def judged_healthy(ground: Ground, half: str, cache: Path) -> Iterator[Judged]:
    """Every healthy run of a table that is in the cache."""
    folder, proposed = cache / "healthy" / ground.name, plans(ground)
    known = {name: found(folder / name) for name in proposed}
    runs = {name: trial for name, trial in known.items() if trial is not None}
    if len(runs) < len(proposed):  # without the whole search there is no reference
        return
    for name in healthy(ground, runs):
        seen = case(lambda one=name: planted(ground, None, proposed[one]), runs[name], folder / name)  # type: ignore[misc]
        yield replace(Judged(half, f"{ground.name}/{name}", "", 0, *told(seen)))


def report(chosen: Sequence[Ground], cache: Path, only: str = "") -> list[Judged]:
    """Print the scores of what is in the cache.

    Args:
        chosen: The tables.
        cache: Where the runs are.
        only: A half that is looked at alone.
    """
    half = halves(grounds())
    mine = [ground for ground in chosen if not only or half[ground.name] == only]
    planted_runs = [one for ground in mine for one in judged_faults(ground, half[ground.name], cache)]
    well = [
        one
        for place, ground in enumerate(grounds())
        if ground.name in {own.name for own in mine}
        for variant in variants(ground, place)
        for one in judged_healthy(variant, half[ground.name], cache)
    ]
    hurt = [one for one in planted_runs if one.harm is not None and one.harm.admitted]
    groups = {name: (name,) for name in HALVES if not only or name == only} | ({} if only else {"all": HALVES})
    for line in lines_of_scores(
        {
            name: scores([one for one in hurt if one.half in own], [one for one in well if one.half in own])
            for name, own in groups.items()
        }
    ):
        _told(line)
    _told("")
    for line in lines_of_operators(planted_runs):
        _told(line)
    _told("")
    alarms = [one for one in well if one.loud]
    for one in alarms:
        _told(f"false alarm: {one.ground:<28} {', '.join(one.loud)}")
    return [*planted_runs, *well]


def main() -> None:
    """Train what is not in the cache, then score."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tables", default="")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--round", default="0/1", help="a part of the faults of each table, such as 0/3")
    parser.add_argument("--stage", choices=("all", "faults", "healthy", "score"), default="all")
    parser.add_argument("--half", choices=HALVES, default="")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    names = [name for name in arguments.tables.split(",") if name]
    part, parts = map(int, arguments.round.split("/"))
    for place, ground in enumerate(grounds()):
        if names and ground.name not in names:
            continue
        if arguments.stage in ("all", "faults"):
            clean_run(ground, arguments.cache)
            own = [fault for number, fault in enumerate(FAULTS) if (number // 2 + place) % parts == part]
            faulty_runs(ground, own, arguments.cache, _told)
        if arguments.stage in ("all", "healthy"):
            for variant in variants(ground, place):
                candidates(variant, arguments.cache, _told)
    if arguments.stage in ("all", "score"):
        report(grounds(names), arguments.cache, arguments.half)


if __name__ == "__main__":
    main()
