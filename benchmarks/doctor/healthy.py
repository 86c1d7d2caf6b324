"""Healthy runs, defined from outside: those that come within 95 % of what a search finds on the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks.doctor.grounds import Ground
from benchmarks.doctor.runs import Tell, kept
from benchmarks.doctor.trial import Trial, base_plan, planted

from netwright.base.plan import Plan
from netwright.base.seeds import derive_seed

#: Share of the reference's skill that a healthy run reaches.
LEAST_SHARE = 0.95
#: Rows of tiny tables; and the noise of noisy ones.
_TINY_ROWS, _NOISE = 120, 0.3
#: Members of the random search beside what the product proposes.
_SEARCHED = 5


def variants(ground: Ground, place: int) -> Iterator[Ground]:
    """A table as it is, tiny, and noisy or with other rows in turn.

    Args:
        ground: The table.
        place: Of the table among all.
    """
    yield ground
    yield replace(ground, name=f"{ground.name}-tiny", rows=_TINY_ROWS, deal_seed=1)
    if place % 2:
        yield replace(ground, name=f"{ground.name}-noisy", noise=_NOISE, deal_seed=2)
    else:
        yield replace(ground, name=f"{ground.name}-again", deal_seed=3)


def plans(ground: Ground) -> dict[str, Plan]:
    """What a person might train in good health: presets, families, and a small random search around them."""
    quick = base_plan(ground)
    large = {**quick.config, "hidden": [256, 128], "dropout": 0.0}
    made = {
        "quick": quick,
        "medium": base_plan(ground, preset="medium"),
        "realmlp": base_plan(ground, model=("realmlp",)),
        "realmlp-s": base_plan(ground, model=("realmlp-s",)),
        # as courses teach it: Adam at a constant rate, nothing that stops it
        "course": replace(base_plan(ground, preset="course"), epochs=60),
        # many more weights than rows, trained for long: a noisy table may show a double descent
        "large": replace(quick, config=large, weight_decay=0.0, patience=None),
    }
    rng = np.random.default_rng(derive_seed(ground.deal_seed, "search", ground.name))
    for number in range(_SEARCHED):
        widths = [[32], [64, 32], [128, 64], [64, 32, 16], [128, 128]][int(rng.integers(5))]
        config = {
            **quick.config,
            "hidden": widths,
            "dropout": float(rng.choice([0.0, 0.1, 0.2, 0.3])),
            "activation": str(rng.choice(["relu", "gelu", "tanh", "selu"])),
        }
        rate, decay = float(10 ** rng.uniform(-3, -1.7)), float(10 ** rng.uniform(-3, -0.7))
        made[f"search-{number}"] = replace(quick, config=config, learning_rate=rate, weight_decay=decay)
    return made


def candidates(ground: Ground, cache: Path, tell: Tell = print) -> dict[str, Trial]:
    """All plans of a table, trained."""
    runs = {
        name: kept(lambda own=plan: planted(ground, None, own), name, cache / "healthy" / ground.name / name)  # type: ignore[misc]
        for name, plan in plans(ground).items()
    }
    seconds = sum(trial.seconds for trial in runs.values())
    tell(f"{ground.name:<20} {len(runs)} plans in {seconds:.0f} s, {len(healthy(ground, runs))} healthy")
    return runs


def constant_error(ground: Ground) -> float:
    """The error of who knows the target of the run's rows and nothing else, on the rows that judge."""
    told, truth = (ground.target.numbers(table) for table in (ground.split.development, ground.test))
    if ground.target.task == "regression":
        guess = np.full(len(truth), told.mean())
    else:
        shares = np.bincount(told.astype(int), minlength=len(ground.target.classes)) / len(told)
        guess = np.tile(shares, (len(truth), 1))
    return float(ground.metric.error(ground.metric.score(truth, guess)))


def skill(constant: float, errors: np.ndarray) -> float:
    """Share of the constant's error that networks take away, their mean.

    Example:
        >>> skill(2.0, np.array([1.0, 0.5]))
        0.625
    """
    return float(1 - np.mean(np.minimum(errors, 10 * constant)) / constant)


def healthy(ground: Ground, runs: Mapping[str, Trial]) -> list[str]:
    """Names of the plans that come close enough to the best one, where there is anything to learn.

    Close is 95 % of its skill, or an error of which the best one's is 95 %: on a table that says little the one would
    ask for the second digit of the error, on one that says nearly all the other.
    """
    constant = constant_error(ground)
    skills = {name: skill(constant, trial.test_errors) for name, trial in runs.items()}
    best = max(skills.values())
    return [
        name
        for name, own in skills.items()
        if best > 0 and own > 0 and (own >= LEAST_SHARE * best or 1 - best >= LEAST_SHARE * (1 - own))
    ]
