"""Optimizers by name, over the stacked parameters of a chunk.

All of them work number by number, so one step over `[member, ...]` parameters is the step of each member alone.
Members of one plan lie side by side, and each plan's slice is moved by a call of its own: rates, betas and pulls of
its own then cost next to nothing, where factors by broadcasting cost two to ten times as much. The arithmetic is
torch's functional form; `torch.optim.Optimizer` itself costs more than a second of imports at first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from netwright.base.errors import PlanError
from netwright.base.plan import Plan
from netwright.models.family import Network

_MOMENTUM = 0.9
_ALPHA = 0.99
_EPS = 1e-8
#: Keeps the division by the length of a gradient finite.
_LEAST_NORM = 1e-6


@dataclass(frozen=True)
class Run:
    """Members of one plan that lie side by side.

    Args:
        plan: Theirs.
        start: The first of them.
        stop: The first after them.
    """

    plan: Plan
    start: int
    stop: int

    @staticmethod
    def of(plans: Sequence[Plan]) -> tuple[Run, ...]:
        """The plans of all members, those alike side by side taken together.

        Example:
            >>> a, b = Plan("a", "mlp", {}), Plan("b", "mlp", {}, epochs=3)
            >>> [(run.plan.name, run.start, run.stop) for run in Run.of([a, a, b])]
            [('a', 0, 2), ('b', 2, 3)]
        """
        runs: list[Run] = []
        for member, plan in enumerate(plans):
            if runs and runs[-1].plan == plan:
                runs[-1] = Run(plan, runs[-1].start, member + 1)
            else:
                runs.append(Run(plan, member, member + 1))
        return tuple(runs)


@dataclass
class _Call:
    """One call of an optimizer: a run's slices of the parameters that share a rate and a pull."""

    run: int
    betas: tuple[float, float]
    factor: float
    decays: bool
    places: list[int]
    start: int
    stop: int
    parameters: list[Tensor]
    first: list[Tensor]
    second: list[Tensor]
    counts: list[Tensor]

    def slices(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The run's own part of the gradients."""
        whole = [gradients[place] for place in self.places]
        if self.start == 0 and self.stop == whole[0].shape[0]:
            return whole
        return [gradient[self.start : self.stop] for gradient in whole]


def _adam(
    call: _Call, gradients: list[Tensor], rate: float, decay: float, fused: Callable[..., None] = torch._fused_adam_
) -> None:
    fused(
        call.parameters,
        gradients,
        call.first,
        call.second,
        [],
        call.counts,
        lr=rate,
        beta1=call.betas[0],
        beta2=call.betas[1],
        weight_decay=decay,
        eps=_EPS,
        amsgrad=False,
        maximize=False,
    )


def _adamw(call: _Call, gradients: list[Tensor], rate: float, decay: float) -> None:
    _adam(call, gradients, rate, decay, torch._fused_adamw_)


def _sgd(call: _Call, gradients: list[Tensor], rate: float, decay: float, momentum: float = 0.0) -> None:
    remembered: list[Tensor | None] = [*call.first] if momentum else [None] * len(call.parameters)
    sgd(
        call.parameters,
        gradients,
        remembered,
        fused=True,
        weight_decay=decay,
        momentum=momentum,
        lr=rate,
        dampening=0.0,
        nesterov=False,
        maximize=False,
    )


def _with_momentum(call: _Call, gradients: list[Tensor], rate: float, decay: float) -> None:
    _sgd(call, gradients, rate, decay, _MOMENTUM)


def _rmsprop(call: _Call, gradients: list[Tensor], rate: float, decay: float) -> None:
    rmsprop(
        call.parameters,
        gradients,
        call.second,
        [],
        [],
        [count.clone() for count in call.counts],  # it counts by itself
        lr=rate,
        alpha=_ALPHA,
        eps=_EPS,
        weight_decay=decay,
        momentum=0.0,
        centered=False,
    )


_STEPS: dict[str, Callable[[_Call, list[Tensor], float, float], None]] = {
    "adam": _adam,
    "adamw": _adamw,
    "sgd": _sgd,
    "momentum": _with_momentum,
    "rmsprop": _rmsprop,
}

OPTIMIZERS = tuple(_STEPS)
#: Step size of each for plain perceptrons where the user says none.
USUAL_RATES = {"adam": 3e-3, "adamw": 3e-3, "rmsprop": 1e-3, "momentum": 1e-2, "sgd": 5e-2}


class Optimizer:
    """The optimizer of a network's members; weight decay pulls on weights, never on biases.

    Args:
        runs: The plans of the members; all name the same optimizer.
        network: Whose parameters are moved.

    Raises:
        PlanError: A plan names an optimizer that does not exist.
    """

    def __init__(self, runs: Sequence[Run], network: Network) -> None:
        name = runs[0].plan.optimizer
        if name not in _STEPS:
            raise PlanError(f"--optimizer must be one of {', '.join(OPTIMIZERS)}, got {name!r}.")
        self._step = _STEPS[name]
        parameters = [parameter.detach() for parameter in network.parameters()]
        self._first = [torch.zeros_like(parameter) for parameter in parameters]
        self._second = [torch.zeros_like(parameter) for parameter in parameters]
        self._count = torch.zeros((), device=parameters[0].device)
        self._arrange(runs, network)

    def _arrange(self, runs: Sequence[Run], network: Network) -> None:
        self._runs = tuple(runs)
        self._clips = any(run.plan.clip_norm is not None for run in runs)
        pulled = {id(parameter) for parameter in network.penalised()}
        pulls = any(run.plan.weight_decay for run in runs)
        alike: dict[tuple[bool, float], list[int]] = {}
        for place, (name, parameter) in enumerate(network.named_parameters()):
            alike.setdefault((pulls and id(parameter) in pulled, network.rate_factor(name)), []).append(place)
        tensors = [parameter.detach() for parameter in network.parameters()]

        def call(number: int, run: Run, decays: bool, factor: float, places: list[int]) -> _Call:
            own, first, second = (
                [of[k][run.start : run.stop] for k in places] for of in (tensors, self._first, self._second)
            )
            counts = [self._count] * len(places)
            return _Call(
                number, run.plan.betas, factor, decays, places, run.start, run.stop, own, first, second, counts
            )

        self._calls = [
            call(number, run, decays, factor, places)
            for number, run in enumerate(runs)
            for (decays, factor), places in sorted(alike.items())
        ]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], rates: Sequence[float], strengths: Sequence[float]) -> None:
        """Move every parameter along its gradient.

        Args:
            gradients: One a parameter, in the network's order.
            rates: For each run the learning rate, which the factor of a parameter multiplies.
            strengths: For each run the share of its weight decay that is in force.
        """
        # the fused kernels walk through memory and take it to lie as the parameter's does
        gradients = [gradient.contiguous() for gradient in gradients]
        if self._clips:
            self._shorten(gradients)
        self._count += 1
        for call in self._calls:
            # the factor counts twice in the pull, as in the public implementation of RealMLP
            decay = self._runs[call.run].plan.weight_decay * strengths[call.run] * call.factor if call.decays else 0.0
            self._step(call, call.slices(gradients), rates[call.run] * call.factor, decay)

    def _shorten(self, gradients: Sequence[Tensor]) -> None:
        """Clip the gradient of each member whose plan says so by its own length (Pascanu et al., ICML 2013)."""
        for run in self._runs:
            if run.plan.clip_norm is None:
                continue
            own = [gradient[run.start : run.stop] for gradient in gradients]
            parts = [torch.linalg.vector_norm(part.flatten(1), dim=1) for part in own]
            length = torch.linalg.vector_norm(torch.stack(parts), dim=0)
            factor = (run.plan.clip_norm / (length + _LEAST_NORM)).clamp(max=1.0)
            for part in own:
                part *= factor.view(-1, *[1] * (part.dim() - 1))

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """What the optimizer remembers, by name."""
        for part, tensors in (("first", self._first), ("second", self._second)):
            for place, tensor in enumerate(tensors):
                yield f"{part}/{place}", tensor
        yield "count", self._count

    @property
    def squares(self) -> list[Tensor]:
        """What is kept of the squares of past gradients, zeros where nothing is; `[member, ...]`, one a parameter."""
        return self._second

    @torch.no_grad()
    def keep(self, members: Sequence[int], runs: Sequence[Run], network: Network) -> None:
        """Go on with some of the members.

        Args:
            members: Which.
            runs: Their plans.
            network: The smaller network.
        """
        rows = list(members)
        self._first, self._second = ([tensor[rows] for tensor in of] for of in (self._first, self._second))
        self._arrange(runs, network)
