"""Random numbers inside a user's module: each member's from its own stream, whoever trains beside it.

What a module draws (dropout, `rand_like`, `randn_like`, `rand`, `randn`) is taken from uniform numbers that are made
before the step, a function of member, epoch and step alone. So members stay the same alone, in company and after a
restart, bit for bit, which the generators of the process could not promise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from netwright.base.errors import PlanError

#: Further draws that torch has, by the names of its functions.
_OTHERS = frozenset(
    {
        *("bernoulli", "bernoulli_", "multinomial", "normal", "normal_", "uniform_", "randint", "randint_like"),
        *("randperm", "poisson", "exponential_", "cauchy_", "geometric_", "log_normal_", "random_", "rrelu"),
        *("alpha_dropout", "feature_alpha_dropout", "gumbel_softmax", "fractional_max_pool2d", "dropout_"),
    }
)
#: Axes that inputs of dropout have which leaves out whole channels, with the batch.
_CHANNELWISE = {"dropout1d": 3, "dropout2d": 4, "dropout3d": 5}
#: Uniform numbers are kept this far from 0 and 1, whose normal number is not finite.
_EDGE = 2.0**-24


class Draws(TorchFunctionMode):
    """While it holds, what draws random numbers gets them from here.

    Args:
        pool: Uniform numbers in [0, 1) of one member; None only counts how many are wanted.
    """

    def __init__(self, pool: Tensor | None) -> None:
        super().__init__()
        self._pool = pool
        #: How many were taken.
        self.used = 0

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        name, kwargs = getattr(func, "__name__", ""), kwargs or {}
        if name == "dropout" or name in _CHANNELWISE:
            return self._dropped(name, *_bound(args, kwargs))
        if name in ("rand_like", "randn_like"):
            like = args[0]
            return self._numbers(tuple(like.shape), like.device, normal=name == "randn_like").to(like.dtype)
        if name in ("rand", "randn"):
            return self._numbers(_shape(args, kwargs), kwargs.get("device"), normal=name == "randn")
        if name in _OTHERS or (name == "scaled_dot_product_attention" and _drops(args, kwargs)):
            raise PlanError(
                f"--model may draw random numbers by dropout, rand, randn, rand_like and randn_like, got one that "
                f"calls {name}. Leave it out, or write it with one of these."
            )
        return func(*args, **kwargs)

    def _dropped(self, name: str, x: Tensor, rate: float, training: bool) -> Tensor:
        """Inverted dropout (Srivastava et al., JMLR 2014); of channels all or none where the name says so."""
        if not training or rate == 0:
            return x
        if rate == 1:
            return x * 0
        shape, axes = tuple(x.shape), _CHANNELWISE.get(name)
        if axes is not None:
            lead = 2 if len(shape) == axes else 1
            shape = shape[:lead] + (1,) * (len(shape) - lead)
        kept = self._numbers(shape, x.device, normal=False) >= rate
        return x * kept.to(x.dtype) * (1 / (1 - rate))

    def _numbers(self, shape: tuple[int, ...], device: Any, *, normal: bool) -> Tensor:
        start, n = self.used, math.prod(shape)
        self.used += n
        if self._pool is None:
            return torch.full(shape, 0.5, device=device)
        uniform = self._pool[start : start + n].reshape(shape)
        return torch.special.ndtri(uniform.clamp(_EDGE, 1 - _EDGE)) if normal else uniform


def _bound(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Tensor, float, bool]:
    """What dropout was called with: `(input, p, training)`."""
    named = dict(zip(("input", "p", "training"), args, strict=False)) | dict(kwargs)
    return named["input"], float(named.get("p", 0.5)), bool(named.get("training", True))


def _shape(args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape that `rand(2, 3)` and its other spellings ask for."""
    size = kwargs.get("size", args)
    flat = size[0] if len(size) == 1 and not isinstance(size[0], int) else size
    return tuple(int(own) for own in flat)


def _drops(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    rate = kwargs.get("dropout_p", args[4] if len(args) > 4 else 0.0)
    return bool(rate)
