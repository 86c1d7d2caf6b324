"""What watching networks costs: processor time of training with it over that without, side by side.

Both train the same members of the same table, in turns (on, off, off, on ...), after a round that does not count; the
ratio is that of the medians (`more`). On a busy machine that is noise of some percent; `inside` is the time spent in
the functions of watching themselves. Long trainings are cut to some epochs, to the disadvantage of watching: it looks
more often in the first of them. The last line is one JSON object.

    python benchmarks/watching.py
    python benchmarks/watching.py --only mpg,adult --families mlp --rounds 9
"""

from __future__ import annotations

import os

# before torch is loaded: threads that spin would be counted as work
os.environ["OMP_WAIT_POLICY"] = "passive"

import argparse
import json
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.settings import Settings
from netwright.run import begin, load
from netwright.stages.begun import buckets_of
from netwright.training import watching
from netwright.training.loop import train
from netwright.training.population import Bucket
from tables import DATA, BenchTable, chosen

_TABLES = "penguins,mpg,boston,insurance,german,wine_white,bike,california,adult,diamonds"
#: Families, and what is smaller than by default, in the network and in what learns from it alike.
_FAMILIES: dict[str, dict[str, Any]] = {"mlp": {}, "realmlp": {}, "tabm-mini": {"hidden": (128, 128)}}
#: Floating-point operations and epochs that a training is cut to, and the epochs that it keeps all the same.
_FLOPS, _MOST_EPOCHS, _LEAST_EPOCHS = 2e10, 60, 6
_GOALS = {"median": 3.0, "worst": 8.0}


@contextmanager
def unwatched() -> Iterator[None]:
    """No epoch is due."""
    rule = watching.due
    watching.due = lambda epoch, steps, last: False
    try:
        yield
    finally:
        watching.due = rule


def buckets(table: BenchTable, family: str, **more: Any) -> list[Bucket]:
    """What a run of this family trains, at the defaults but for the rule that stops early."""
    options = {"target": table.target, "model": family, "patience": "off", "allow_leak": True, "drop": table.drop}
    options |= {} if table.header else {"header": "no"}
    settings = Settings.from_options(options | _FAMILIES[family] | more)
    return buckets_of(follow(begin(follow(load(DATA / "tables" / table.file, settings)), settings, Clock())))


def work_of(table: BenchTable, family: str) -> list[Bucket]:
    """The same, cut to a length that can be repeated."""
    whole = buckets(table, family)
    flops = sum(own.steps * own.step_flops * len(own.members) for own in whole)
    epochs = max(_LEAST_EPOCHS, min(_MOST_EPOCHS, math.ceil(_FLOPS / flops)))
    return whole if whole[0].plan.epochs <= epochs else buckets(table, family, epochs=epochs)


class Account:
    """Processor time spent in watching, whatever else the machine does meanwhile."""

    def __init__(self) -> None:
        self.spent = 0.0
        for owner, name in ((watching.Watch, "signals"), (watching, "network_signals"), (watching, "probe_rows")):
            setattr(owner, name, self._timed(getattr(owner, name)))
        step = watching.Watch.step

        @contextmanager
        def timed(*words: Any) -> Iterator[None]:
            start = time.thread_time()
            with step(*words):
                self.spent += time.thread_time() - start
                yield
                start = time.thread_time()
            self.spent += time.thread_time() - start

        watching.Watch.step = timed  # type: ignore[assignment, method-assign]

    def _timed(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*words: Any) -> Any:
            start = time.thread_time()
            try:
                return inner(*words)
            finally:
                self.spent += time.thread_time() - start

        return timed


def seconds(work: list[Bucket], *, watched: bool) -> float:
    """Processor time of one training."""
    start = time.process_time()
    if watched:
        follow(train(work))
    else:
        with unwatched():
            follow(train(work))
    return time.process_time() - start


def main() -> None:
    """Print a line a table and family, and all of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=_TABLES)
    parser.add_argument("--families", default=",".join(_FAMILIES))
    parser.add_argument("--rounds", type=int, default=4)
    arguments = parser.parse_args()
    percent, inside, account = dict[str, float](), dict[str, float](), Account()
    print(
        f"{'table':<12}{'family':<11}{'members':>8}{'steps':>7}{'epochs':>7}{'seen':>6}{'seconds':>9}{'more':>9}{'inside':>10}"
    )
    for table in chosen(arguments.only):
        for family in arguments.families.split(","):
            work = work_of(table, family)
            seconds(work, watched=True)
            times: dict[bool, list[float]] = {True: [], False: []}
            account.spent = 0.0
            for number in range(arguments.rounds):
                for watched in (True, False) if number % 2 else (False, True):
                    times[watched].append(seconds(work, watched=watched))
            on, off = (statistics.median(times[watched]) for watched in (True, False))
            key, steps, epochs = f"{table.name}/{family}", work[0].steps, work[0].plan.epochs
            percent[key] = round(100 * (on / off - 1), 2)
            inside[key] = round(100 * account.spent / (sum(times[True]) - account.spent), 2)
            seen = sum(watching.due(epoch, steps, epochs) for epoch in range(epochs + 1))
            members = sum(len(own.members) for own in work)
            sizes = f"{members:>8}{steps:>7}{epochs:>7}{seen:>6}{off:>9.2f}"
            print(f"{table.name:<12}{family:<11}{sizes}{percent[key]:>+7.1f} %{inside[key]:>8.1f} %", flush=True)
    told = {}
    for what, shares in (("more", percent), ("inside", inside)):
        told[what] = {"median": round(statistics.median(shares.values()), 2), "worst": max(shares.values())}
        reached = ", ".join(f"{name} {value:+.1f} % (goal {_GOALS[name]:.0f} %)" for name, value in told[what].items())
        print(f"{what:<8}{reached}")
    print(json.dumps({**told, "percent": percent, "percent_inside": inside}))


if __name__ == "__main__":
    main()
