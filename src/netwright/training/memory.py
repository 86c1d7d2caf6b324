"""How much memory a population needs, and how much there is."""

from __future__ import annotations

import torch

from netwright.base.memory import free_bytes

#: Float32 copies of a parameter: the weight, its gradient, two moments, the best weight, and one in passing.
_COPIES = 6
#: Numbers that a step holds for each number of a row: before and after an activation, and the gradients of both.
_STEP_COPIES = 4
_BYTES = 4
#: Bytes a train row of a member: its position, share, draw and place in the order; of a large table position and share.
_ORDER_BYTES, _WINDOW_BYTES = 40, 16


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


def order_bytes(n_train: int, in_files: bool) -> int:
    """What the order of the train rows of one member takes.

    Args:
        n_train: How many there are.
        in_files: Whether the table is large, so that rows are ordered window by window.
    """
    return (_WINDOW_BYTES if in_files else _ORDER_BYTES) * n_train


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
    return free_bytes()
