"""Fused activations against torch's own, in float64, with their gradients."""

from __future__ import annotations

import pytest
import torch

from netwright.models.fading import FadingActivation, bend
from netwright.models.layers import ACTIVATIONS


@pytest.mark.parametrize("name", ["mish", "selu", "relu", "tanh"])
@pytest.mark.parametrize("gain", [1.0, 0.25])
def test_values_and_gradients_are_those_of_the_formula(name: str, gain: float) -> None:
    generator = torch.Generator().manual_seed(0)
    x = (torch.randn(2, 40, 3, generator=generator, dtype=torch.float64) * 10).requires_grad_()
    activation = FadingActivation(name, 2, 3, gain).double()
    with torch.no_grad():
        activation.slope.copy_(torch.randn(2, 1, 3, generator=generator))
    expected = (x + activation.slope * (ACTIVATIONS[name](x) - x)) * gain
    found = activation(x)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    weight = torch.randn(found.shape, generator=generator, dtype=torch.float64)
    ours = torch.autograd.grad(found, [x, activation.slope], weight)
    theirs = torch.autograd.grad(expected, [x, activation.slope], weight)
    for own, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["mish", "selu"])
def test_far_out_it_stays_finite_and_exact(name: str) -> None:
    x = torch.tensor([[[-1e4, -100.0, -30.0, 0.0, 30.0, 100.0, 1e4]]], requires_grad=True)
    found = bend(name, x, torch.ones(()), 1.0)
    torch.testing.assert_close(found, ACTIVATIONS[name](x), rtol=1e-6, atol=1e-6)
    (own,) = torch.autograd.grad(found.sum(), x)
    (other,) = torch.autograd.grad(ACTIVATIONS[name](x).sum(), x)
    torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-6)


def test_a_slope_of_zero_is_the_identity() -> None:
    x = torch.randn(1, 4, 2)
    torch.testing.assert_close(bend("mish", x, torch.zeros(()), 1.0), x)
