"""Optimizers by name, over the stacked parameters of a bucket.

All of them work number by number, so one step over `[member, ...]` parameters is the step of each member alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from netwright.base.errors import PlanError
from netwright.base.plan import Plan
from netwright.models.family import Network

_MOMENTUM = 0.9

_MAKERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": lambda groups, lr: torch.optim.Adam(groups, lr=lr, fused=True),
    "adamw": lambda groups, lr: torch.optim.AdamW(groups, lr=lr, fused=True),
    "sgd": lambda groups, lr: torch.optim.SGD(groups, lr=lr, fused=True),
    "momentum": lambda groups, lr: torch.optim.SGD(groups, lr=lr, momentum=_MOMENTUM, fused=True),
    "rmsprop": lambda groups, lr: torch.optim.RMSprop(groups, lr=lr),
}

OPTIMIZERS = tuple(_MAKERS)


def make_optimizer(plan: Plan, network: Network) -> torch.optim.Optimizer:
    """The plan's optimizer; weight decay pulls on weights, never on biases.

    Raises:
        PlanError: The plan names an optimizer that does not exist.
    """
    if plan.optimizer not in _MAKERS:
        raise PlanError(f"--optimizer must be one of {', '.join(OPTIMIZERS)}, got {plan.optimizer!r}.")
    pulled = network.penalised()
    named = {id(parameter) for parameter in pulled}
    free: list[nn.Parameter] = [parameter for parameter in network.parameters() if id(parameter) not in named]
    groups: list[dict[str, Any]] = [
        {"params": pulled, "weight_decay": plan.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return _MAKERS[plan.optimizer]([group for group in groups if group["params"]], plan.learning_rate)
