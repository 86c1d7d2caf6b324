"""Which device trains, and what there is to know about the machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import torch

from netwright.base.errors import PlanError
from netwright.base.figures import count

#: Smaller steps than this run on one thread: handing work around would cost more than it saves.
_FLOPS_FOR_THREADS = 2e7

_PACKAGES = ("netwright", "torch", "numpy", "polars", "scikit-learn", "safetensors")


def choose_device(name: str) -> torch.device:
    """The device that `--device` asks for.

    Raises:
        PlanError: CUDA is asked for and not there, or the name is unknown.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise PlanError(f"--device must be auto, cpu or cuda, got {name!r}.")
    if name == "cuda" and not torch.cuda.is_available():
        raise PlanError("--device cuda needs a CUDA device, and torch finds none here. Pass --device cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def training_threads(step_flops: float) -> int:
    """Threads that a training step is worth, by a fixed rule from its size.

    Args:
        step_flops: Floating-point operations of a step, over all members.
    """
    return 1 if step_flops < _FLOPS_FOR_THREADS else torch.get_num_threads()


@contextmanager
def running_on(threads: int) -> Iterator[None]:
    """Run what is inside on so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def device_in_words(device: torch.device, threads: int) -> str:
    """The device for a person: `cpu, 2 threads`."""
    if device.type == "cuda":
        return f"cuda, {torch.cuda.get_device_name(device)}"
    return f"cpu, {count(threads, 'thread')}"


def machine_facts(device: torch.device, threads: int) -> dict[str, Any]:
    """What `run.json` keeps of the machine and the packages; on the same of these a command gives the same bits."""
    return {
        "device": device_in_words(device, threads),
        "threads": threads,
        "processor": platform.machine(),
        "system": platform.system(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES},
    }
