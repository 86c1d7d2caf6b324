"""Optimizers by name, over the stacked parameters of a bucket.

All of them work number by number, so one step over `[member, ...]` parameters is the step of each member alone. The
arithmetic is torch's functional form; `torch.optim.Optimizer` itself costs more than a second of imports at first use.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.adamw import adamw
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from netwright.base.errors import PlanError
from netwright.base.plan import Plan
from netwright.models.family import Network

_MOMENTUM = 0.9
_ALPHA = 0.99
_EPS = 1e-8


@dataclass
class _Group:
    """Parameters that share a weight decay and a factor of the rate, with what the optimizer remembers of them."""

    parameters: list[nn.Parameter]
    weight_decay: float
    factor: float
    betas: tuple[float, float]
    first: list[Tensor] = field(init=False)
    second: list[Tensor] = field(init=False)
    steps: list[Tensor] = field(init=False)

    def __post_init__(self) -> None:
        self.first = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.second = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = [torch.zeros((), device=parameter.device) for parameter in self.parameters]

    @property
    def gradients(self) -> list[Tensor]:
        return [p.grad if p.grad is not None else torch.zeros_like(p) for p in self.parameters]


def _adam(group: _Group, learning_rate: float, decoupled: bool = False) -> None:
    step: Callable[..., None] = adamw if decoupled else adam
    step(
        group.parameters,
        group.gradients,
        group.first,
        group.second,
        [],
        group.steps,
        fused=True,
        amsgrad=False,
        beta1=group.betas[0],
        beta2=group.betas[1],
        lr=learning_rate,
        weight_decay=group.weight_decay,
        eps=_EPS,
        maximize=False,
    )


def _adamw(group: _Group, learning_rate: float) -> None:
    _adam(group, learning_rate, decoupled=True)


def _sgd(group: _Group, learning_rate: float, momentum: float = 0.0) -> None:
    remembered: list[Tensor | None] = [*group.first] if momentum else [None] * len(group.parameters)
    sgd(
        group.parameters,  # type: ignore[arg-type]
        group.gradients,
        remembered,
        fused=True,
        weight_decay=group.weight_decay,
        momentum=momentum,
        lr=learning_rate,
        dampening=0.0,
        nesterov=False,
        maximize=False,
    )


def _with_momentum(group: _Group, learning_rate: float) -> None:
    _sgd(group, learning_rate, _MOMENTUM)


def _rmsprop(group: _Group, learning_rate: float) -> None:
    rmsprop(
        group.parameters,  # type: ignore[arg-type]
        group.gradients,
        group.second,
        [],
        [],
        group.steps,
        lr=learning_rate,
        alpha=_ALPHA,
        eps=_EPS,
        weight_decay=group.weight_decay,
        momentum=0.0,
        centered=False,
    )


_STEPS: dict[str, Callable[[_Group, float], None]] = {
    "adam": _adam,
    "adamw": _adamw,
    "sgd": _sgd,
    "momentum": _with_momentum,
    "rmsprop": _rmsprop,
}

OPTIMIZERS = tuple(_STEPS)


class Optimizer:
    """A plan's optimizer over a network; weight decay pulls on weights, never on biases.

    Args:
        plan: Names the optimizer and the weight decay.
        network: Whose parameters are moved.

    Raises:
        PlanError: The plan names an optimizer that does not exist.
    """

    def __init__(self, plan: Plan, network: Network) -> None:
        if plan.optimizer not in _STEPS:
            raise PlanError(f"--optimizer must be one of {', '.join(OPTIMIZERS)}, got {plan.optimizer!r}.")
        self._step = _STEPS[plan.optimizer]
        pulled = {id(parameter) for parameter in network.penalised()} if plan.weight_decay else set()
        alike: dict[tuple[bool, float], list[nn.Parameter]] = {}
        for name, parameter in network.named_parameters():
            alike.setdefault((id(parameter) in pulled, network.rate_factor(name)), []).append(parameter)
        self._decay = plan.weight_decay
        self._groups = [
            (_Group(own, 0.0, factor, plan.betas), decays) for (decays, factor), own in sorted(alike.items())
        ]

    def step(self, learning_rate: float, strength: float = 1.0) -> None:
        """Move every parameter along its gradient, then forget the gradients.

        Args:
            learning_rate: Times the factor of each parameter.
            strength: Share of the weight decay that is in force.
        """
        with torch.no_grad():
            for group, decays in self._groups:
                # the factor counts twice in the pull, as in the public implementation of RealMLP
                group.weight_decay = self._decay * strength * group.factor if decays else 0.0
                self._step(group, learning_rate * group.factor)
        for group, _ in self._groups:
            for parameter in group.parameters:
                parameter.grad = None
