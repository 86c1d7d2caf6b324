"""Activations that can fade to the identity, `x + a (f(x) - x)`, each as one fused step with a gradient of its own.

The parametric activation of RealMLP (Holzmueller et al., NeurIPS 2024). Written out with torch's own activations it
took a third of a training step; one exponential gives Mish, its slope and the fading at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.layers import ACTIVATIONS

#: Beyond this Mish is the identity in float32, and its exponential would overflow when squared.
_FAR = 20.0
#: SELU's constants (Klambauer et al., NeurIPS 2017).
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


class _FadingMish(torch.autograd.Function):
    """`gain x (1 - 2 a q)` with `q = 1 / (e^x (e^x + 2) + 2)`, since `mish(x) = x (1 - 2 q)`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor, gain: float) -> Tensor:
        e, level = x.clamp(max=_FAR).exp_(), torch.full((), gain, device=x.device, dtype=x.dtype)
        q = torch.addcmul(_two(e), e + 2, e).reciprocal_()
        ctx.save_for_backward(x, slope, e, q, level)
        return torch.addcmul(level, q, -2 * gain * slope).mul_(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None]:
        x, slope, e, q, level = ctx.saved_tensors
        of_slope = None
        if ctx.needs_input_grad[1]:
            of_slope = torch.mul(gradient, x).mul_(q).sum(dim=1, keepdim=True).mul_(-2 * level)
        # q' = -2 q^2 e (e + 1)
        bent = torch.addcmul(e, e, e).mul_(q).mul_(x)
        bent = torch.addcmul(q, bent, q, value=-2)
        return torch.addcmul(level, bent, -2 * level * slope).mul_(gradient), of_slope, None


class _FadingSELU(torch.autograd.Function):
    """`gain (x + a (selu(x) - x))`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, slope: Tensor, gain: float) -> Tensor:
        below = x.clamp(max=0).exp_().mul_(_SELU_SCALE * _SELU_ALPHA)  # its own slope, where x is below 0
        bent = x.clamp(min=0).mul_(_SELU_SCALE).add_(below).sub_(_SELU_SCALE * _SELU_ALPHA)
        ctx.save_for_backward(x, slope, below, bent)
        ctx.gain = gain
        return torch.lerp(x, bent, slope).mul_(gain)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor | None, None]:
        x, slope, below, bent = ctx.saved_tensors
        scaled, of_slope = gradient * ctx.gain, None
        if ctx.needs_input_grad[1]:
            of_slope = torch.sub(bent, x).mul_(scaled).sum(dim=1, keepdim=True)
        bend = torch.where(x > 0, _SELU_SCALE, below).sub_(1).mul_(slope).add_(1)
        return scaled.mul_(bend), of_slope, None


def _two(like: Tensor) -> Tensor:
    return torch.full((), 2.0, device=like.device, dtype=like.dtype)


_FUSED: dict[str, Callable[..., Tensor]] = {"mish": _FadingMish.apply, "selu": _FadingSELU.apply}


def bend(
    name: str, x: Float[Tensor, "member batch unit"], slope: Float[Tensor, ...], gain: float
) -> Float[Tensor, "member batch unit"]:
    """`gain (x + a (f(x) - x))`.

    Args:
        name: Of f.
        x: Pre-activations.
        slope: a, which each unit may have of its own.
        gain: What comes out is multiplied by.
    """
    if name in _FUSED:
        return _FUSED[name](x, slope, gain)
    return torch.lerp(x, ACTIVATIONS[name](x), slope) * gain


class FadingActivation(nn.Module):
    """`gain (x + a (f(x) - x))`, one learned `a` a unit, 1 at the start.

    Args:
        name: Of f.
        n_members: How many networks.
        units: Width.
        gain: What comes out is multiplied by; here the next layer's `1 / sqrt(n_in)` costs nothing.

    Example:
        >>> FadingActivation("mish", 1, 2)(torch.tensor([[[0.0, 1.0]]])).detach()
        tensor([[[0.0000, 0.8651]]])
    """

    def __init__(self, name: str, n_members: int, units: int, gain: float = 1.0) -> None:
        super().__init__()
        self.name, self.gain = name, gain
        self.slope = nn.Parameter(torch.ones(n_members, 1, units))

    def forward(self, x: Float[Tensor, "member batch unit"]) -> Float[Tensor, "member batch unit"]:
        """Bend as far as each unit has learned to."""
        return bend(self.name, x, self.slope, self.gain)
