"""What a turn of training is at a moment between two steps, as arrays and facts, and back.

Everything else follows from the data, the plans and the seed: random numbers are functions of member, epoch and step,
so none of their states is kept. A chunk that is through its epoch but not judged yet is measured again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from netwright.base.errors import DataError
from netwright.base.keeper import State
from netwright.base.plan import Plan
from netwright.training.chunk import Chunk
from netwright.training.device import Threads
from netwright.training.population import Bucket
from netwright.training.race import Race


def capture(races: Sequence[Race], threads: Threads, seconds: float, *, over: bool) -> State:
    """The state of all buckets of a turn; nobody trains meanwhile.

    Args:
        races: The buckets.
        threads: How the cores are used.
        seconds: Spent so far.
        over: Whether the turn has ended, by itself or by the time limit.
    """
    arrays: dict[str, np.ndarray] = {}
    facts = []
    for number, race in enumerate(races):
        chunks = []
        for place, chunk in enumerate(race.chunks):
            kept = (entry for entry in chunk.tensors() if not over or entry[0].startswith("best/"))
            arrays |= {f"{number}/{place}/{name}": tensor.cpu().numpy() for name, tensor in kept}
            active = [int(member) for member in chunk.active]
            chunks.append({"active": active, "step": chunk.step, "by_loss": sorted(map(list, chunk.by_loss))})
        progress = {}
        for key, own in race.progress.items():
            progress[key], values = own.state()
            arrays |= {f"{number}/{key}/{name}": array for name, array in values.items()}
        facts.append(
            {
                "epoch": race.epoch,
                "taken": race.taken,
                "busy": race.busy,
                "spans": [[span.start, span.stop] for span in race.spans],
                "chunks": chunks,
                "progress": progress,
                "plans": [plan.to_json() for plan in race.bucket.plans],
                "seeds": [_seeds(race.bucket, plan) for plan in race.bucket.plans],
            }
        )
    told = {"races": facts, "workers": threads.workers, "each": threads.each, "over": over}
    step, epoch = sum(race.step for race in races), max(max(0, race.epoch - 1) for race in races)
    return State(told, arrays, step, epoch, seconds)


def _seeds(bucket: Bucket, plan: Plan) -> int:
    """How many networks a fold a plan has."""
    return len({member.seed for member in bucket.members if member.plan is plan})


def threads_of(state: State) -> Threads:
    """How the cores were used: the bits of a result can depend on it."""
    return Threads(int(state.facts["workers"]), int(state.facts["each"]))


def spans_of(state: State) -> list[list[slice]]:
    """For each bucket of a turn how its members were cut into chunks."""
    return [[slice(*ends) for ends in race["spans"]] for race in state.facts["races"]]


def restore(races: Sequence[Race], state: State) -> None:
    """Bring races that were just built, with the spans of a state, to that state.

    Raises:
        DataError: It is the state of other networks.
    """
    try:
        for number, (race, told) in enumerate(zip(races, state.facts["races"], strict=True)):
            for place, (chunk, own) in enumerate(zip(race.chunks, told["chunks"], strict=True)):
                chunk.epoch = int(told["epoch"])
                _restore_chunk(chunk, own, _under(f"{number}/{place}/", state.arrays), bool(state.facts["over"]))
            for key, progress in race.progress.items():
                progress.load(told["progress"][key], _under(f"{number}/{key}/", state.arrays))
            race.go_on(int(told["epoch"]), int(told["taken"]), float(told["busy"]))
    except (KeyError, ValueError, RuntimeError, IndexError) as error:
        raise DataError(
            f"saved work must fit the networks of its run, got other ones ({type(error).__name__}: {error}). "
            "Remove the run folder and train again."
        ) from error


def _restore_chunk(chunk: Chunk, told: Mapping[str, Any], arrays: Mapping[str, np.ndarray], over: bool) -> None:
    active = [] if over else told["active"]
    if len(active) < len(chunk.active):
        chunk.keep(active)
    chunk.step = int(told["step"])
    chunk.by_loss = {(member, side) for member, side in told["by_loss"]}
    with torch.no_grad():
        for name, tensor in chunk.tensors():
            if tensor.shape != arrays[name].shape:
                raise ValueError(f"{name} has the shape {arrays[name].shape}, not {tuple(tensor.shape)}")
            tensor.copy_(torch.from_numpy(arrays[name]))


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
