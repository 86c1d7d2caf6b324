"""Faults of a training program, planted by putting other parts into the engine for the length of one training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from benchmarks.doctor.plant import patched
from torch import Tensor
from torch.nn import functional

from netwright.models.family import Inputs, Network, build_network
from netwright.models.noise import Noise
from netwright.training.objectives.supervised import Supervised
from netwright.training.optimizers import Optimizer
from netwright.training.progress import Progress


def hidden_names(network: Network) -> list[str]:
    """Names of the parameters of hidden layers, from input to output."""
    return [name for name, _ in network.named_parameters() if name.startswith("hidden.")]


@contextmanager
def frozen(n_layers: int) -> Iterator[None]:
    """The first hidden layers are not in the optimiser.

    Args:
        n_layers: How many.
    """
    prefixes = tuple(f"hidden.{layer}." for layer in range(n_layers))

    class Forgetful(Optimizer):
        def _arrange(self, runs: Sequence[Any], network: Network) -> None:
            super()._arrange(runs, network)
            self._forgotten = [p.detach() for name, p in network.named_parameters() if name.startswith(prefixes)]

        @torch.no_grad()
        def step(self, *arguments: Any, **named: Any) -> Any:
            before = [tensor.clone() for tensor in self._forgotten]
            result = super().step(*arguments, **named)
            for tensor, old in zip(self._forgotten, before, strict=True):
                tensor.copy_(old)
            return result

    with patched(chunk__Optimizer=Forgetful):
        yield


@contextmanager
def no_zero_grad(every: int | None) -> Iterator[None]:
    """Gradients pile up.

    Args:
        every: They are zeroed once in so many steps; None means never.
    """

    class Piling(Optimizer):
        _pile: list[Tensor] | None = None
        _steps = 0

        @torch.no_grad()
        def step(self, gradients: Sequence[Tensor], *arguments: Any, **named: Any) -> Any:
            if self._pile is None or (every and self._steps % every == 0):
                self._pile = [torch.zeros_like(gradient) for gradient in gradients]
            self._steps += 1
            self._pile = [old + new for old, new in zip(self._pile, gradients, strict=True)]
            return super().step([tensor.clone() for tensor in self._pile], *arguments, **named)

        @torch.no_grad()
        def keep(self, members: Sequence[int], *arguments: Any, **named: Any) -> Any:
            if self._pile is not None:
                self._pile = [tensor[list(members)] for tensor in self._pile]
            return super().keep(members, *arguments, **named)

    with patched(chunk__Optimizer=Piling):
        yield


@contextmanager
def begun_as(edit: Callable[[str, Tensor], None]) -> Iterator[None]:
    """Networks whose parameters begin otherwise.

    Args:
        edit: Changes a parameter in place, given its name.
    """

    def build(*arguments: Any) -> Network:
        network = build_network(*arguments)
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                edit(name, parameter)
        return network

    with patched(chunk__build_network=build):
        yield


@contextmanager
def output_through(squash: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """Networks whose output passes an activation that does not belong there.

    Args:
        squash: The activation.
    """

    def build(*arguments: Any) -> Network:
        network = build_network(*arguments)
        own = type(network)

        class Squashed(own):  # type: ignore[misc, valid-type]
            def forward(self, inputs: Inputs, noise: Noise | None = None) -> Tensor:
                return squash(super().forward(inputs, noise))

        network.__class__ = Squashed
        return network

    with patched(chunk__build_network=build, race__build_network=build):
        yield


@contextmanager
def trained_for(row_losses: Callable[[Supervised, Tensor, Tensor], Tensor]) -> Iterator[None]:
    """Another loss than the task's.

    Args:
        row_losses: The loss of each row from the objective, raw outputs and targets.
    """

    class Other(Supervised):
        def row_losses(self, raw: Tensor, target: Tensor, smoothing: Tensor | None = None) -> Tensor:
            return row_losses(self, raw, target)

    with patched(race__Supervised=Other):
        yield


def quantile_loss(objective: Supervised, raw: Tensor, target: Tensor) -> Tensor:
    """Nine times dearer to be below than above: it learns the 90 % quantile."""
    gap = target - raw.squeeze(2)
    return torch.maximum(0.9 * gap, -0.1 * gap)


def logistic_on_numbers(objective: Supervised, raw: Tensor, target: Tensor) -> Tensor:
    """The cross-entropy of two classes, on a number."""
    return functional.binary_cross_entropy_with_logits(raw.squeeze(2), target, reduction="none")


def square_on_classes(objective: Supervised, raw: Tensor, target: Tensor) -> Tensor:
    """Squared error between raw outputs and 0 or 1."""
    return ((raw - _marks(objective, raw, target)) ** 2).mean(2)


def distance_on_classes(objective: Supervised, raw: Tensor, target: Tensor) -> Tensor:
    """Absolute error between raw outputs and 0 or 1."""
    return (raw - _marks(objective, raw, target)).abs().mean(2)


def _marks(objective: Supervised, raw: Tensor, target: Tensor) -> Tensor:
    if objective.task == "multiclass":
        return functional.one_hot(target.long(), raw.shape[2]).to(raw.dtype)
    return target[:, :, None]


@contextmanager
def last_epoch_kept() -> Iterator[None]:
    """The weights of the last epoch are shipped, whatever came before."""

    class Last(Progress):
        def take(self, epoch: int, *arguments: Any, **named: Any) -> np.ndarray:
            training = self.training.copy()
            super().take(epoch, *arguments, **named)
            self.best_epoch[training] = epoch
            return training

    with patched(race__Progress=Last):
        yield
