"""The benchmark of the doctor: planted faults and healthy runs, and how well he tells them apart.

    python -m benchmarks.doctor.run                 # everything; trained runs are kept in --cache
    python -m benchmarks.doctor.run --tables mpg,wine --stage faults
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from benchmarks.doctor.admission import harm
from benchmarks.doctor.grounds import grounds
from benchmarks.doctor.healthy import candidates, variants
from benchmarks.doctor.operators import FAULTS
from benchmarks.doctor.runs import clean_run, faulty_runs


def _told(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    """Train what is not in the cache, then score."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tables", default="")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/netwright-bench-doctor"))
    parser.add_argument("--round", default="0/1", help="a part of the faults of each table, such as 0/3")
    parser.add_argument("--stage", choices=("all", "faults", "healthy"), default="all")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    chosen = grounds([name for name in arguments.tables.split(",") if name])
    part, parts = map(int, arguments.round.split("/"))
    if arguments.stage == "healthy":
        for ground in variants(chosen):
            candidates(ground, arguments.cache, _told)
        return
    for place, ground in enumerate(chosen):
        clean = clean_run(ground, arguments.cache)
        own = [fault for number, fault in enumerate(FAULTS) if (number // 2 + place) % parts == part]
        runs = faulty_runs(ground, own, arguments.cache, _told)
        hurt = {key: harm(clean.test_errors, trial.test_errors) for key, trial in runs.items()}
        admitted = [key for key, own in hurt.items() if own.admitted]
        _told(f"{'':<14} hurt: {len(admitted)}; not: {' '.join(sorted(set(hurt) - set(admitted)))}")


if __name__ == "__main__":
    main()
