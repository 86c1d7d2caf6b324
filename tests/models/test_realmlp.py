"""RealMLP against its formulas, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.models.family import Sizes, build_network
from netwright.models.realmlp import RealMLP

SIZES = Sizes(dense=4, cardinalities=(5,), outputs=2, fan_in=(4, 3), continuous=((0, 2), (1, -1)))
CONFIG = {"hidden": [7, 6], "activation": "selu", "dropout": 0.0, "embedding": 3}


def built(seeds: list[int] | None = None, sizes: Sizes = SIZES) -> RealMLP:
    network = build_network("realmlp", CONFIG, sizes, seeds or [3, 4])
    assert isinstance(network, RealMLP)
    return network


def data(rows: int = 200, members: int = 2) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    dense = torch.randn(members, rows, 4, generator=generator) * torch.tensor([1.0, 5.0, 0.1, 2.0]) + 1
    return {"dense": dense, "codes": torch.randint(0, 5, (members, rows, 1), generator=generator)}


def f64(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()


def selu(x: np.ndarray) -> np.ndarray:
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def test_forward_equals_a_float64_reference() -> None:
    network, inputs = built(), data()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5, generator=torch.Generator().manual_seed(1))
    out = f64(network(inputs))
    for member, (positions, fan_in) in enumerate(zip(SIZES.continuous, SIZES.fan_in, strict=True)):
        x = f64(inputs["dense"][member])
        parts = [x]
        own = network.periodic
        for slot, position in enumerate(positions):
            waves = np.cos(
                2 * np.pi * x[:, [max(position, 0)]] * f64(own.frequency)[member, slot] + f64(own.phase)[member, slot]
            )
            made = waves @ f64(own.weight)[member, slot] + f64(own.bias)[member, slot]
            parts.append(made if position >= 0 else np.zeros_like(made))
        parts.append(f64(network.embedding.tables[0])[member][inputs["codes"][member, :, 0].numpy()])
        h = np.concatenate(parts, axis=1) * f64(network.scale)[member]
        widths = [fan_in + 6 + 3, 7, 6]
        for layer, bend, width in zip(network.hidden, network.bends, widths[:2], strict=True):
            z = h @ f64(layer.weight)[member] / np.sqrt(width) + f64(layer.bias)[member]
            h = z + f64(bend.slope)[member] * (selu(z) - z)
        h = h @ f64(network.head.weight)[member] / np.sqrt(widths[2]) + f64(network.head.bias)[member]
        np.testing.assert_allclose(out[member], h, rtol=2e-4, atol=2e-4)


def test_first_weights_are_fitted_to_the_rows() -> None:
    network, inputs = built(), data()
    network.start_from(inputs, torch.ones(2, 200), [3, 4])
    with torch.no_grad():
        first = network.hidden[0](network._features(inputs)) - network.hidden[0].bias
        last = network(inputs) - network.head.bias
    np.testing.assert_allclose(f64(first.std(dim=1, correction=0)), 1, rtol=1e-4)
    np.testing.assert_allclose(f64(last.std(dim=1, correction=0)), 1, rtol=1e-4)
    assert all(bool((layer.bias != 0).all()) for layer in network.hidden)


def test_padding_rows_and_company_do_not_matter_to_the_start() -> None:
    inputs, weight = data(), torch.ones(2, 200)
    weight[1, 150:] = 0
    together = built()
    together.start_from(inputs, weight, [3, 4])
    alone = built([4], Sizes(4, (5,), 2, (3,), ((1, -1),)))
    short = {name: values[1:, :150] for name, values in inputs.items()}
    alone.start_from(short, torch.ones(1, 150), [4])
    for one, other in zip(together.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(one[1:], other, rtol=1e-4, atol=1e-5)


def test_rates_and_pull() -> None:
    network = built()
    factors = {name: network.rate_factor(name) for name, _ in network.named_parameters()}
    assert factors["scale"] == 6
    assert factors["hidden.0.weight"] == factors["embedding.tables.0"] == 1
    slow = ("hidden.0.bias", "bends.1.slope", "periodic.frequency", "periodic.weight", "head.bias")
    assert {factors[name] for name in slow} == {0.1}
    pulled = {id(parameter) for parameter in network.penalised()}
    free = {name for name, parameter in network.named_parameters() if id(parameter) not in pulled}
    assert free == {"hidden.0.bias", "hidden.1.bias", "head.bias"}


@pytest.mark.parametrize("name", ["frequency", "phase", "weight", "bias"])
def test_a_missing_number_learns_nothing(name: str) -> None:
    network, inputs = built(), data()
    network(inputs).square().sum().backward()
    gradient = getattr(network.periodic, name).grad
    assert torch.count_nonzero(gradient[1, 1]) == 0
    assert torch.count_nonzero(gradient[0]) > 0
