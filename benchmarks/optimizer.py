"""One Adam step over a bucket with hyper-parameters of each plan's own, against torch's fused Adam with one rate.

A worker of the engine steps on one thread of its own; with two threads for each call, every call waits for both.
Eight configurations share each bucket; rates, betas and weight decay differ. Both sides move the same stacked
parameters and are measured in turns; the ratio is that of the best of each. The last line is one JSON object.

    python benchmarks/optimizer.py
"""

from __future__ import annotations

import os

os.environ["OMP_WAIT_POLICY"] = "passive"

import itertools
import json
import time
from collections.abc import Callable

import torch

from netwright.base.plan import Plan
from netwright.models.family import Sizes, build_network
from netwright.training.optimizers import Optimizer, Run

_CONFIGURATIONS, _ROUNDS, _STEPS = 8, 15, 60
#: Members, inputs and hidden layers: 3,009, 17,793 and 157,697 parameters each.
BUCKETS = {
    "small-128": (128, 13, (64, 32)),
    "mid-32": (32, 8, (128, 128)),
    "large-8": (8, 100, (256, 256, 256)),
}


def sides(members: int, inputs: int, hidden: tuple[int, ...]) -> tuple[Callable[[], None], Callable[[], None]]:
    """A step of torch's fused Adam over the stacked parameters, and one of ours."""
    config = {"hidden": list(hidden)}
    networks = [
        build_network("mlp", config, Sizes(inputs, (), 1, (inputs,) * members), range(members)) for _ in range(2)
    ]
    theirs = torch.optim.Adam(networks[0].parameters(), lr=1e-3, fused=True)
    generator = torch.Generator().manual_seed(0)
    gradients = [torch.randn(p.shape, generator=generator) for p in networks[0].parameters()]
    for parameter, gradient in zip(networks[0].parameters(), gradients, strict=True):
        parameter.grad = gradient
    plans = [
        Plan(f"p{k}", "mlp", config, optimizer="adam", learning_rate=1e-3 * (k + 1), betas=(0.9, 0.99 + k / 1_000))
        for k in range(_CONFIGURATIONS)
    ]
    runs = Run.of([plan for plan in plans for _ in range(members // _CONFIGURATIONS)])
    ours, rates, strengths = Optimizer(runs, networks[1]), [plan.learning_rate for plan in plans], [1.0] * len(plans)
    return lambda: theirs.step(), lambda: ours.step(gradients, rates, strengths)


def seconds(step: Callable[[], None]) -> float:
    """Of one step, over several."""
    start = time.perf_counter()
    for _ in range(_STEPS):
        step()
    return (time.perf_counter() - start) / _STEPS


def main() -> None:
    """Print a line a bucket, and the ratios as JSON."""
    ratios = {}
    for threads, (name, bucket) in itertools.product((1, 2), BUCKETS.items()):
        torch.set_num_threads(threads)
        theirs, ours = sides(*bucket)
        seconds(theirs), seconds(ours)
        pairs = [(seconds(theirs), seconds(ours)) for _ in range(_ROUNDS)]
        one, own = (min(times) for times in zip(*pairs, strict=True))
        key = name if threads == 1 else f"{name}, {threads} threads"
        ratios[key] = round(own / one, 3)
        print(f"{key:<22}torch, one rate {one * 1e6:>6.0f} us   ours, 8 plans {own * 1e6:>6.0f} us", flush=True)
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
