"""How steep each activation is, to tell units that can still learn from those that cannot."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_LEAK = 0.01


def _selu(x: Tensor) -> Tensor:
    return torch.where(x > 0, _SELU_SCALE, _SELU_SCALE * _SELU_ALPHA * x.clamp(max=0).exp())


def _gelu(x: Tensor) -> Tensor:
    return 0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def _mish(x: Tensor) -> Tensor:
    bent = torch.tanh(functional.softplus(x))
    return bent + x * torch.sigmoid(x) * (1 - bent * bent)


def _sigmoid(x: Tensor) -> Tensor:
    risen = torch.sigmoid(x)
    return risen * (1 - risen)


#: The derivative of each activation by its name.
SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": lambda x: x.sign().clamp_(min=0),
    "leaky_relu": lambda x: torch.where(x > 0, 1.0, _LEAK).to(x.dtype),
    "selu": _selu,
    "gelu": _gelu,
    "mish": _mish,
    "tanh": lambda x: 1 - torch.tanh(x) ** 2,
    "sigmoid": _sigmoid,
    "none": torch.ones_like,
}

#: The lowest and the highest slope of each.
ENDS: dict[str, tuple[float, float]] = {
    "relu": (0.0, 1.0),
    "leaky_relu": (_LEAK, 1.0),
    "selu": (0.0, _SELU_SCALE * _SELU_ALPHA),
    "gelu": (-0.128904, 1.128904),
    "mish": (-0.113092, 1.088499),
    "tanh": (0.0, 1.0),
    "sigmoid": (0.0, 0.25),
    "none": (1.0, 1.0),
}

#: Those whose output has a lower and an upper end.
BOUNDED = frozenset({"tanh", "sigmoid"})


def relative_slope(name: str, x: Tensor, fade: Tensor | None = None) -> Tensor:
    """The slope at each number as a share of the steepest, without its sign.

    Args:
        name: Of the activation.
        x: What enters it.
        fade: `a` of an activation `x + a (f(x) - x)`; 1 where None.

    Example:
        >>> relative_slope("sigmoid", torch.tensor([0.0, 6.0]))
        tensor([1.0000, 0.0099])
    """
    slope, (low, high) = SLOPES[name](x), ENDS[name]
    if fade is None:
        return slope.abs_().div_(max(abs(low), abs(high)))
    steepest = torch.maximum((1 + fade * (low - 1)).abs(), (1 + fade * (high - 1)).abs())
    return torch.lerp(torch.ones_like(slope), slope, fade).abs_().div_(steepest)
