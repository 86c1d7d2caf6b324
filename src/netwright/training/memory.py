"""How much memory a population needs, and how much there is."""

from __future__ import annotations

import os
from pathlib import Path

import torch

#: Float32 copies of a parameter: the weight, its gradient, two moments, the best weight, and one in passing.
_COPIES = 6
#: Numbers that a step holds for each number of a row: before and after an activation, and the gradients of both.
_STEP_COPIES = 4
_BYTES = 4


def member_bytes(parameters: int) -> int:
    """What one member keeps all the time.

    Args:
        parameters: How many numbers it learns.
    """
    return _COPIES * _BYTES * parameters


def noise_bytes(units: int, batch: int) -> int:
    """What the dropout decisions of a step of one member take, as bits and as factors.

    Args:
        units: Decisions a row.
        batch: Rows a step.
    """
    return 2 * _BYTES * units * batch


def step_bytes(parameters: int, row_units: int, batch: int) -> int:
    """What a training step of one member touches, and what should stay in the cache from step to step.

    Args:
        parameters: How many numbers it learns.
        row_units: How many numbers a row becomes on its way through it.
        batch: Rows a step.
    """
    return _STEP_COPIES * _BYTES * (parameters + row_units * batch)


def free_memory(device: torch.device) -> int | None:
    """Bytes that may still be taken on a device; None where nobody says."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = [own for own in (_kernel_says(), _group_says()) if own is not None]
    return min(free) if free else None


def _kernel_says() -> int | None:
    """Linux counts what could be freed; elsewhere half of all memory is taken to be free."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _group_says() -> int | None:
    """What the limit of a container leaves."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        root = Path("/sys/fs/cgroup")
        try:
            most, now = (int((root / name).read_text(encoding="ascii")) for name in (limit, used))
        except (OSError, ValueError):  # no such group, or "max"
            continue
        return max(0, most - now)
    return None
