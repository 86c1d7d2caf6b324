"""How plans are proposed: random search, mutation of the best, optuna's TPE; and what pruning saves and costs.

All strategies train the same number of plans of the same families on the same folds, round by round; the best
validation error so far, as the mean over folds, is compared. Work is counted in plans and epochs, so that a busy
machine does not matter.

    python benchmarks/search.py --tables boston,mpg --seeds 2 --rounds 6 --a-round 6
    python benchmarks/search.py --pruning --tables boston,mpg
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.seeds import derive_seed
from netwright.base.settings import Settings
from netwright.run import begin, load
from netwright.stages.begun import Begun, buckets_of
from netwright.stages.trained import laid_out, train_turns
from netwright.training.candidate import Candidate, mean_error
from netwright.training.pruning import limits_of
from netwright.tune.presets import EFFORTS, Proposal, propose
from netwright.tune.proposals import Proposer, Trial, propose_plan
from netwright.tune.space import FREE, Choice, LogUniform, Space, space_of, values_of
from tables import BenchTable, chosen


class RandomProposer(Proposer):
    """Every configuration by chance."""

    def ask(self, family: str, beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
        space = self._spaces[family]
        values = space.draw(self._rng)
        return values | ({n: v for n, v in beside.items() if n not in FREE} if beside else {})


class TpeProposer(Proposer):
    """Optuna's multivariate TPE, its study rebuilt from the history."""

    def __init__(self, spaces: Mapping[str, Space], history: Sequence[Trial], seed: int, number: int) -> None:
        super().__init__(spaces, history, seed, number)
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._studies = {}
        for family, space in spaces.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sampler = optuna.samplers.TPESampler(
                    multivariate=True,
                    constant_liar=True,
                    n_startup_trials=6,
                    seed=derive_seed(seed, "proposals", number, family) % 2**32,
                )
            study = optuna.create_study(sampler=sampler)
            self._distributions = {name: _distribution(own) for name, own in space.ranges.items()}
            for one in self._of[family]:
                values = space.clip(values_of(one.plan, space.base))
                study.add_trial(
                    optuna.trial.create_trial(params=values, distributions=self._distributions, value=one.error)
                )
            self._studies[family] = study

    def ask(self, family: str, beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
        study = self._studies[family]
        if beside is not None:
            study.enqueue_trial({name: value for name, value in beside.items() if name not in FREE})
        trial = study.ask({n: _distribution(own) for n, own in self._spaces[family].ranges.items()})
        return dict(trial.params)


def _distribution(own: Any) -> Any:
    from optuna import distributions

    if isinstance(own, Choice):
        return distributions.CategoricalDistribution(own.options)
    return distributions.FloatDistribution(own.low, own.high, log=isinstance(own, LogUniform))


STRATEGIES: dict[str, type[Proposer]] = {"random": RandomProposer, "local": Proposer, "tpe": TpeProposer}


def begun_of(table: BenchTable, seed: int, folder: Path) -> Begun:
    """A table of the benchmark, split and ready."""
    names, rows = table.read()
    path = folder / f"{table.name}.csv"
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in [names, *rows]), encoding="utf-8")
    options = {"target": table.target, "preset": "quick", "folds": 3, "seed": seed}
    settings = Settings.from_options(options | ({"task": "regression"} if table.regression else {}))
    return follow(begin(follow(load(str(path), settings)), settings, Clock()))


def spaces_for(begun: Begun, families: Sequence[str]) -> dict[str, Space]:
    """What is searched: narrow networks only, so that the benchmark ends."""
    found = {}
    for family in families:
        task, n_rows = begun.origin.target.task, begun.split.development.n_rows
        base = propose(begun.settings.with_(model=(family,)), task, n_rows).plans[0]
        space = space_of(base, n_rows // 2, has_levels=False)
        found[family] = replace(space, ranges={**space.ranges, "width": Choice((16, 32, 64, 128))})
    return found


def round_of(proposer: Proposer, spaces: Mapping[str, Space], n: int, known: set[str]) -> list[Any]:
    """Plans of one round: families in turn, three of a shape."""
    plans: list[Any] = []
    names = list(spaces)
    while len(plans) < n:
        family = names[(len(plans) // 3) % len(names)]
        leader: Mapping[str, Any] | None = None
        for _ in range(min(3, n - len(plans))):
            found = propose_plan(proposer, spaces[family], f"{family} {len(known)}", known, leader)
            if found is None:
                return plans
            plans.append(found[0])
            known.add(found[0].key)
            leader = leader or found[1]
    return plans


def trained(begun: Begun, plans: Sequence[Any], done: Sequence[Candidate], prune: bool) -> list[Candidate]:
    """The plans of a round, trained together."""
    buckets = buckets_of(replace(begun, proposal=Proposal.of(plans)))
    limits = limits_of([(one.plan, one.trained.judged.curves) for one in done], begun.metric) if prune else None
    return follow(train_turns(begun, laid_out(begun, buckets, None, []), None, [], limits=limits))


def searched(begun: Begun, spaces: Mapping[str, Space], strategy: str, rounds: int, n: int, seed: int) -> list[float]:
    """The best error after each round."""
    done: list[Candidate] = []
    best: list[float] = []
    for number in range(rounds):
        history = [Trial(one.plan, mean_error(one.errors)) for one in done]
        proposer = STRATEGIES[strategy](spaces, history, seed, number)
        done += trained(begun, round_of(proposer, spaces, n, {one.plan.key for one in done}), done, prune=False)
        best.append(min(mean_error(one.errors) for one in done))
    return best


def pruning(begun: Begun, spaces: Mapping[str, Space], rounds: int, n: int, seed: int) -> dict[str, float]:
    """Epochs saved by pruning, and how much worse the best of the same plans is."""
    plain: list[Candidate] = []
    pruned: list[Candidate] = []
    for number in range(rounds):
        history = [Trial(one.plan, mean_error(one.errors)) for one in plain]
        plans = round_of(Proposer(spaces, history, seed, number), spaces, n, {one.plan.key for one in plain})
        before = list(pruned)
        plain += trained(begun, plans, (), prune=False)
        pruned += trained(begun, plans, before, prune=True)
    epochs = [sum(_epochs(one) for one in own) for own in (plain, pruned)]
    best = [min(mean_error(one.errors) for one in own if not one.pruned) for own in (plain, pruned)]
    three = [sorted(mean_error(one.errors) for one in own if not one.pruned)[:5] for own in (plain, pruned)]
    return {
        "plans": len(plain),
        "pruned": sum(one.pruned for one in pruned),
        "epochs_saved": 1 - epochs[1] / epochs[0],
        "regret": best[1] / best[0] - 1,
        "regret_of_five": float(np.mean(three[1]) / np.mean(three[0]) - 1),
    }


def _epochs(one: Candidate) -> int:
    return int((~np.isnan(one.trained.judged.curves.train_loss)).sum()) - len(one.trained.members)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default="boston,mpg")
    parser.add_argument("--families", default="mlp")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--a-round", type=int, default=6)
    parser.add_argument("--pruning", action="store_true")
    asked = parser.parse_args()
    EFFORTS["quick"] = replace(EFFORTS["quick"], least_steps=300)
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for table in chosen(asked.tables):
            for seed in range(asked.seeds):
                begun = begun_of(table, seed, Path(folder))
                spaces = spaces_for(begun, asked.families.split(","))
                own = (asked.rounds, asked.a_round, seed)
                found: dict[str, Any] = {"table": table.name, "seed": seed}
                if asked.pruning:
                    found |= pruning(begun, spaces, *own)
                else:
                    found |= {name: searched(begun, spaces, name, *own) for name in STRATEGIES}
                results.append(found)
                print(json.dumps(found), flush=True)
    if not asked.pruning:
        for name in STRATEGIES:
            ratios = [[a / b for a, b in zip(own[name], own["random"], strict=True)] for own in results]
            means = np.exp(np.mean(np.log(ratios), axis=0))
            print(f"{name:8} error over random search's, by round: " + " ".join(f"{mean:.3f}" for mean in means))


if __name__ == "__main__":
    main()
