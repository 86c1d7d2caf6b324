"""Features as choices of the plan: how often, and how much, each of them helps the networks.

Each family is trained on every development table as it is, and with derived features that are found, principal
components, and columns left out; all side by side, on the same folds. Errors are RMSE or log loss on the validation
rows, which choose, and on test rows, which tell whether the choice was right. The last line is one JSON object.

    python benchmarks/features.py [TABLE ...]
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace

import numpy as np

from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.plan import Plan
from netwright.base.settings import Settings
from netwright.run import begin, load, train_plans
from netwright.training.blend import Blend
from netwright.training.candidate import mean_error
from netwright.training.mixture import Mixture
from netwright.tune.presets import Proposal, propose
from tables import DATA, TABLES, BenchTable

FAMILIES = ("mlp", "realmlp")
CHOICES = {
    "interactions": {"interactions": 8},
    "components": {"components": 8},
    "select": {"select": True},
    "all": {"interactions": 8, "components": 8, "select": True},
}
#: Rows outside the test that take part, so that all tables together end within minutes; and folds.
_ROWS, _FOLDS = 1_500, 3


def errors_of(table: BenchTable) -> dict[str, dict[str, list[float]]]:
    """For each family and choice the error on validation rows, on test rows, and seconds of preparing and training."""
    settings = Settings.from_options(
        {
            "target": table.target,
            "drop": table.drop,
            "separator": table.separator,
            "header": "yes" if table.header else "no",
            "preset": "quick",
            "folds": _FOLDS,
            "metric": "rmse" if table.regression else "log_loss",
            "kind": () if table.regression else (f"{table.target}=category",),
        }
    )
    loaded = follow(load(str(DATA / "tables" / table.file), settings))
    n_rows = min(_ROWS, loaded.table.n_rows)
    settings = settings.with_(allow_leak=True, train_rows=_ROWS if loaded.table.n_rows > 2 * _ROWS else None)
    begun = follow(begin(loaded, settings, Clock()))
    plain = [propose(settings.with_(model=(name,)), loaded.target.task, n_rows).plans[0] for name in FAMILIES]
    test, found = begun.split.sealed.open(by="benchmark"), dict[str, dict[str, list[float]]]()
    for plan in plain:
        for choice, changes in {"plain": {}, **CHOICES}.items():
            own = replace(plan, preparation=replace(plan.preparation, **changes))
            found.setdefault(plan.family, {})[choice] = _errors(begun, own, test)
    return found


def _errors(begun: object, plan: Plan, test: object) -> list[float]:
    start = time.perf_counter()
    (candidate,) = follow(train_plans(replace(begun, proposal=Proposal((plan,), (1,)))))
    seconds = time.perf_counter() - start
    target, metric = begun.origin.target, begun.metric
    predicted = Mixture.of(Blend({plan.key: 1.0}), [candidate], [], begun.split.development, target).predict(test)
    return [mean_error(candidate.errors), metric.error(metric.score(target.numbers(test), predicted)), seconds]


def main(names: list[str]) -> None:
    """Print a line for each table and choice, then how often each choice helps."""
    every = {}
    for table in TABLES:
        if names and table.name not in names:
            continue
        every[table.name] = found = errors_of(table)
        for family, own in found.items():
            for choice in CHOICES:
                change = [100 * (own[choice][part] / own["plain"][part] - 1) for part in (0, 1)]
                told = f"validation {change[0]:+6.1f} %  test {change[1]:+6.1f} %"
                seconds = f"{own['plain'][2]:.1f} -> {own[choice][2]:.1f} s"
                print(f"{table.name:12}{family:9}{choice:13}{told}   {seconds}", flush=True)
    print()
    for family in FAMILIES:
        for choice in CHOICES:
            ratios = np.array(
                [[own[family][choice][k] / own[family]["plain"][k] for k in (0, 1)] for own in every.values()]
            )
            chosen = ratios[:, 0] < 1
            kept = np.where(chosen, ratios[:, 1], 1.0)  # validation decides whether the choice is kept
            means = [100 * (np.exp(np.log(part).mean()) - 1) for part in (ratios[:, 0], ratios[:, 1], kept)]
            print(
                f"{family:9}{choice:13}validation gains on {chosen.sum()} of {len(every)}, test on "
                f"{(ratios[:, 1] < 1).sum()}; geometric mean of the error: validation {means[0]:+.1f} %, test "
                f"{means[1]:+.1f} %, test where kept by validation {means[2]:+.1f} %"
            )
    print(json.dumps(every))


if __name__ == "__main__":
    main(sys.argv[1:])
