"""What every family must do, whoever wrote it."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch

from netwright.models.family import PREDICT, Network, Sizes, build_network, families, purpose_of
from netwright.models.noise import Noise

NAMES = families.names()
SIZES = Sizes(dense=6, cardinalities=(4, 9), outputs=3, fan_in=(6, 5, 6), continuous=((0, 1, 3), (1, 2, -1), (0, 4, 5)))


def inputs(members: int = 3, rows: int = 8) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    dense = torch.randn(members, rows, 6, generator=generator)
    codes = torch.stack([torch.randint(0, n, (members, rows), generator=generator) for n in (4, 9)], dim=2)
    return {"dense": dense, "codes": codes}


@pytest.mark.parametrize("name", NAMES)
def test_config_is_frozen_and_json_able(name: str) -> None:
    config = families.get(name).config()
    assert dataclasses.is_dataclass(config)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.anything = 1
    plain = json.loads(json.dumps(dataclasses.asdict(config)))
    network = build_network(name, plain, SIZES, [1, 2, 3])
    shape = network(inputs()).shape  # (member, batch, output), or with an axis of submodels before the last
    assert len(shape) in (3, 4)
    outputs = 3 if purpose_of(name) == PREDICT else 2  # without a target: what a row costs, and how far off it is
    assert (*shape[:2], shape[-1]) == (3, 8, outputs)


def shaken(name: str) -> Network:
    """A network without zeros: those that a family starts its heads or biases with would hide faults."""
    network = build_network(name, {}, SIZES, [1, 2, 3])
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return network


@pytest.mark.parametrize("name", NAMES)
def test_members_are_independent(name: str) -> None:
    network = shaken(name)
    x = inputs()
    before = network(x)
    changed = {key: value.clone() for key, value in x.items()}
    changed["dense"][1] += 1.0
    after = network(changed)
    assert torch.equal(before[[0, 2]], after[[0, 2]])
    assert not torch.equal(before[1], after[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_reaches_every_parameter_of_its_member_only(name: str) -> None:
    network = shaken(name)
    noise = Noise([1, 2, 3], [0.1, 0.2, 0.3], 8, network.noise_units, torch.device("cpu"))
    noise.start_epoch(1, [1.0, 1.0, 1.0])
    noise.start_step()
    network(inputs(), noise)[1].square().sum().backward()
    for parameter in network.parameters():
        assert parameter.grad is not None
        assert parameter.shape[0] == 3
        assert torch.count_nonzero(parameter.grad[[0, 2]]) == 0
    assert sum(int(torch.count_nonzero(p.grad)) for p in network.parameters() if p.grad is not None) > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_layers_counts_one_members_parameters(name: str) -> None:
    network = build_network(name, {}, SIZES, [1, 2, 3])
    assert sum(row.parameters for row in network.layers()) * 3 == sum(p.numel() for p in network.parameters())
    assert network.penalised()


@pytest.mark.parametrize("name", NAMES)
def test_state_returns_bit_for_bit(name: str) -> None:
    network, other = (build_network(name, {}, SIZES, seeds) for seeds in ([1, 2, 3], [4, 5, 6]))
    network.start_from(inputs(rows=100), torch.ones(3, 100), [1, 2, 3])
    other.load_state_dict(network.state_dict())
    assert torch.equal(network(inputs()), other(inputs()))


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_watched_in_one_layer(name: str) -> None:
    network = build_network(name, {}, SIZES, [1, 2, 3])
    layers = network.watched()
    watched = [parameter for layer in layers for parameter in layer.parameters]
    assert sorted(watched) == sorted(name for name, _ in network.named_parameters())
    assert len({layer.name for layer in layers}) == len(layers)
    for layer in layers:
        assert not layer.module or network.get_submodule(layer.module)
        assert not layer.fade or network.get_parameter(layer.fade) is not None
