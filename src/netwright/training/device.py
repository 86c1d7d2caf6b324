"""Which device trains, and what there is to know about the machine."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from netwright.base.errors import PlanError
from netwright.base.figures import count
from netwright.training.memory import free_memory

if TYPE_CHECKING:
    from netwright.training.population import Bucket

#: Smaller steps of a single network run on one thread: handing work around would cost more than it saves.
_FLOPS_FOR_THREADS = 2e8

#: Freed memory that is kept while training, and afterwards: there as much as glibc comes to keep by itself in a process
#: that handles large arrays, since it stops adapting once it was told anything. Then its names for the settings.
_KEPT_BYTES, _GROWN_BYTES = 1 << 30, 64 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD = -1, -3, 32 << 20

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


@dataclass(frozen=True)
class Threads:
    """How the cores are used.

    Args:
        workers: Chunks that train at the same time.
        each: Threads of one worker.
    """

    workers: int
    each: int


def threads_for(buckets: Sequence[Bucket]) -> Threads:
    """As many workers as cores where there are chunks enough; else a single one, with threads if a step is worth them.

    Args:
        buckets: What trains side by side.
    """
    cores = torch.get_num_threads()
    if any(bucket.problem.device.type == "cuda" for bucket in buckets):
        return Threads(1, cores)
    chunks = sum(bucket.n_chunks(cores) for bucket in buckets)
    if chunks > 1:
        return Threads(min(cores, chunks), 1)
    return Threads(1, 1 if buckets[0].step_flops < _FLOPS_FOR_THREADS else cores)


@contextmanager
def running_on(threads: int) -> Iterator[None]:
    """Run what is inside on so many threads, with freed memory kept at hand."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    _set_allocator(_KEPT_BYTES)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        _set_allocator(_GROWN_BYTES)


def _set_allocator(most: int) -> None:
    """How much freed memory glibc keeps before it gives any back to the system.

    Every step frees and takes the same megabytes; with glibc's defaults each of them comes back as fresh pages, whose
    first touch costs a fifth to a third of a training step. Elsewhere than on glibc nothing is done.
    """
    try:
        libc = ctypes.CDLL(None)
        libc.gnu_get_libc_version  # noqa: B018  other C libraries number their settings differently
        libc.mallopt(_M_MMAP_THRESHOLD, min(most, _LARGEST_MMAP_THRESHOLD))
        libc.mallopt(_M_TRIM_THRESHOLD, most)
        if most < _KEPT_BYTES:
            libc.malloc_trim(0)  # gives all of it back once
    except (OSError, AttributeError, TypeError):
        return


def device_in_words(device: torch.device, threads: Threads) -> str:
    """The device for a person: `cpu, 2 threads`."""
    if device.type == "cuda":
        return f"cuda, {torch.cuda.get_device_name(device)}"
    return f"cpu, {count(threads.workers * threads.each, 'thread')}"


def why_this_device(device: torch.device, asked: str) -> str:
    """Why it was chosen: `--device cpu`, or what was found."""
    if asked != "auto":
        return f"--device {asked}"
    return "torch finds a GPU" if device.type == "cuda" else "torch finds no GPU"


def processor() -> str:
    """Architecture and, where the system tells it, model: `x86_64, AMD EPYC`; makers round differently."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return ", ".join(part for part in (platform.machine(), next(models, platform.processor())) if part)


def same_machine(asked: str) -> dict[str, str]:
    """What the last bits of a result depend on beyond data and plan.

    Args:
        asked: What `--device` said.
    """
    device = choose_device(asked)
    return {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": str(torch.get_num_threads()),
        "processor": processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "MKL_CBWR": os.environ.get("MKL_CBWR", ""),
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def machine_facts(device: torch.device, asked: str) -> dict[str, Any]:
    """What `run.json` keeps of the machine and the packages; on the same of these a command gives the same bits.

    Args:
        device: Where training happened.
        asked: What `--device` said.
    """
    threads, free = torch.get_num_threads(), free_memory(torch.device("cpu"))
    gpu = (
        {"gpu": torch.cuda.get_device_name(device), "gpu_bytes_free": free_memory(device)}
        if device.type == "cuda"
        else {}
    )
    return {
        "device": device_in_words(device, Threads(threads, 1)),
        "device_because": why_this_device(device, asked),
        "cores": os.cpu_count(),
        "threads": threads,
        "memory_bytes_free": free,
        **gpu,
        "processor": processor(),
        "system": platform.system(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES},
    }
