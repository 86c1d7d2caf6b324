"""Training steps a second of a population, as a ratio to the textbook loop measured beside it (2 threads).

A model-step is one forward, backward and Adam step of one network on one mini-batch. The textbook loop: a shuffling
`DataLoader` over a `TensorDataset`, `nn.Sequential`, `torch.optim.Adam`, `loss.item()` each step. Each pair is measured
in turns, and the ratio is that of the best of each. The last line is one JSON object.

    python benchmarks/throughput.py
    python benchmarks/throughput.py --only small-1,mid-8
"""

from __future__ import annotations

import os

# for both sides, before torch is loaded: with threads that spin the textbook loop collapses on a busy machine
os.environ["OMP_WAIT_POLICY"] = "passive"

import argparse
import itertools
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from netwright.base.plan import Member, Plan
from netwright.evaluate.metrics import METRICS
from netwright.preparation.folds import PreparedFold
from netwright.preparation.numeric import NumericEncoder
from netwright.preparation.prepared import Prepared
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import NO_SCALE, Target
from netwright.training.chunk import Problem
from netwright.training.device import running_on, threads_for
from netwright.training.population import Bucket
from netwright.training.race import Race

_THREADS = 2
#: Seconds of one measurement, and how often each pair is measured.
_SECONDS, _ROUNDS = 1.5, 3


@dataclass(frozen=True)
class Work:
    """One table and network."""

    rows: int
    features: int
    hidden: tuple[int, ...]
    batch: int
    members: tuple[int, ...]

    @property
    def flops(self) -> float:
        """Floating-point operations of a model-step: two a weight and row forward, four backward."""
        widths = (self.features, *self.hidden, 1)
        return 6.0 * self.batch * sum(a * b for a, b in itertools.pairwise(widths))


WORKS = {
    "small": Work(404, 13, (64, 32), 32, (1, 32, 128)),
    "mid": Work(16_384, 8, (128, 128), 256, (1, 8, 32)),
    "large": Work(40_000, 100, (256, 256, 256), 256, (1, 8)),
}


def textbook(work: Work) -> Callable[[float], float]:
    """The loop that every course shows; returns model-steps a second over so many seconds."""
    torch.manual_seed(0)
    x, y = torch.randn(work.rows, work.features), torch.randn(work.rows, 1)
    loader = DataLoader(TensorDataset(x, y), batch_size=work.batch, shuffle=True, num_workers=0)
    widths, layers = (work.features, *work.hidden), []
    for n_in, n_out in itertools.pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(widths[-1], 1))
    optimizer, loss_function = torch.optim.Adam(model.parameters()), nn.MSELoss()

    def run(seconds: float) -> float:
        steps, total, start = 0, 0.0, time.perf_counter()
        while True:
            for rows, target in loader:
                optimizer.zero_grad()
                loss = loss_function(model(rows), target)
                loss.backward()
                optimizer.step()
                total += loss.item()
                steps += 1
                if time.perf_counter() - start > seconds:
                    return steps / (time.perf_counter() - start)

    return run


def population(work: Work, members: int) -> Callable[[float], float]:
    """The same through netwright's chunks, batches, optimizer and all; evaluation between epochs is left out."""
    rng = np.random.default_rng(0)
    names = [f"x{k}" for k in range(work.features)]
    dense = rng.normal(size=(work.rows, work.features)).astype(np.float32)
    preparer = Preparer(tuple(NumericEncoder(name, 0.0, 0.0, 1.0, False) for name in names))
    rows, truth = np.arange(work.rows), rng.normal(size=work.rows)
    inputs = Prepared(dense, np.zeros((work.rows, 0), dtype=np.int64))
    fold = PreparedFold(preparer, NO_SCALE, inputs, truth, rows, rows[:32])
    config = {"hidden": list(work.hidden), "dropout": 0.0}
    plan = Plan("mlp", "mlp", config, optimizer="adam", epochs=1_000_000, batch_size=work.batch)
    problem = Problem(Target("y", "regression"), METRICS["rmse"], truth, 0, torch.device("cpu"))
    bucket = Bucket([Member(plan, 0, k) for k in range(members)], [fold], problem)
    threads = threads_for([bucket])
    race = Race(bucket, threads.workers)

    def run(seconds: float) -> float:
        epochs, start = 0, time.perf_counter()
        with running_on(threads.each), ThreadPoolExecutor(threads.workers) as crew:
            while time.perf_counter() - start < seconds:
                epochs += 1
                list(crew.map(lambda chunk: chunk.train_epoch(epochs), race.chunks))  # noqa: B023
        return epochs * bucket.steps * members / (time.perf_counter() - start)

    return run


def matmul_peak() -> float:
    """Floating-point operations a second of a square product, the best of several."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    best = 0.0
    for _ in range(20):
        start = time.perf_counter()
        a @ b
        best = max(best, 2 * 1024**3 / (time.perf_counter() - start))
    return best


def main() -> None:
    """Print a line a measurement, and all ratios as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only")
    only = parser.parse_args().only
    torch.set_num_threads(_THREADS)
    ratios: dict[str, float] = {}
    for name, work in WORKS.items():
        keys = {f"{name}-{members}": members for members in work.members}
        wanted = {key: members for key, members in keys.items() if only is None or key in only.split(",")}
        if not wanted:
            continue
        plain = textbook(work)
        plain(0.2)
        for key, members in wanted.items():
            ours = population(work, members)
            ours(0.2)
            pairs = [(plain(_SECONDS), ours(_SECONDS)) for _ in range(_ROUNDS)]
            slow, fast = (max(rates) for rates in zip(*pairs, strict=True))
            ratios[key] = round(fast / slow, 2)
            print(
                f"{key:<10}textbook {slow:>8,.0f}   netwright {fast:>9,.0f} model-steps/s   x {fast / slow:.1f}",
                flush=True,
            )
            if key == "large-8":
                peak = matmul_peak()
                ratios["large-8-roof"] = round(fast * work.flops / peak, 3)
                print(f"{'':<10}{fast * work.flops / 1e9:.0f} of {peak / 1e9:.0f} GFLOP/s", flush=True)
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
