"""What every family must do, whoever wrote it."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch

from netwright.base.layout import Layout
from netwright.models.family import ARRAYS, PREDICT, Network, Place, Sizes, build_network, families, purpose_of
from netwright.models.noise import Noise

NAMES = families.names()
CODES = (4, 9)
#: A row of each input of more axes; a family gets those that it takes.
ARRAY_SHAPES = {"image": (1, 12, 12), "past": (2, 16), "future": (1, 3), "text": (1, 20)}
#: For those that give rows back: three numbers, a category of two levels that may be missing, and two coded columns.
PLACES = (
    *(Place(f"x{at}", numbers=(at,)) for at in (0, 1, 2)),
    Place("level", levels=(3, 4)),
    *(Place(f"code{at}", code=at, states=n - 1) for at, n in enumerate(CODES)),
)
LAYOUT = Layout(groups=(-1, -1, -1, 3, 3, -1), gates=(-1,) * 6)


def sizes_of(name: str) -> Sizes:
    """What a network of this family is to fit."""
    arrays = {key: shape for key, shape in ARRAY_SHAPES.items() if key in families.get(name).takes}
    predicts = purpose_of(name) == PREDICT
    return Sizes(
        dense=6,
        cardinalities=CODES,
        outputs=3 if predicts else 2,
        fan_in=(6, 5, 6),
        continuous=((0, 1, 3), (1, 2, -1), (0, 4, 5)),
        arrays=arrays,
        places=() if predicts else (PLACES,) * 3,
        layouts=() if predicts else (LAYOUT,) * 3,
    )


def inputs(name: str = "mlp", members: int = 3, rows: int = 8) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    dense = torch.randn(members, rows, 6, generator=generator)
    codes = torch.stack([torch.randint(0, n, (members, rows), generator=generator) for n in CODES], dim=2)
    if purpose_of(name) != PREDICT:  # what stands for a level is 0 or 1
        first = torch.rand(members, rows, generator=generator) < 0.5
        dense[:, :, 3], dense[:, :, 4] = first.float(), (~first).float()
    given = {"dense": dense, "codes": codes}
    for key, shape in sizes_of(name).arrays.items():
        whole = ARRAYS[key] is torch.int64
        own = (members, rows, *shape)
        given[key] = torch.randint(1, 50, own, generator=generator) if whole else torch.randn(own, generator=generator)
    return given


@pytest.mark.parametrize("name", NAMES)
def test_config_is_frozen_and_json_able(name: str) -> None:
    config = families.get(name).config()
    assert dataclasses.is_dataclass(config)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.anything = 1
    plain = json.loads(json.dumps(dataclasses.asdict(config)))
    network = build_network(name, plain, sizes_of(name), [1, 2, 3])
    shape = network(inputs(name)).shape  # (member, batch, output), or with an axis of submodels before the last
    assert len(shape) in (3, 4)
    assert (*shape[:2], shape[-1]) == (3, 8, sizes_of(name).outputs)


def shaken(name: str) -> Network:
    """A network without zeros: those that a family starts its heads or biases with would hide faults."""
    network = build_network(name, {}, sizes_of(name), [1, 2, 3])
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
    return network


@pytest.mark.parametrize("name", NAMES)
def test_members_are_independent(name: str) -> None:
    network = shaken(name)
    x = inputs(name)
    before = network(x)
    changed = {key: value.clone() for key, value in x.items()}
    for value in changed.values():
        if value.is_floating_point():
            value[1] += 1.0
    after = network(changed)
    assert torch.equal(before[[0, 2]], after[[0, 2]])
    assert not torch.equal(before[1], after[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_gradient_reaches_every_parameter_of_its_member_only(name: str) -> None:
    network = shaken(name)
    noise = Noise([1, 2, 3], [0.1, 0.2, 0.3], 8, network.noise_units, torch.device("cpu"))
    noise.start_epoch(1, [1.0, 1.0, 1.0])
    noise.start_step()
    network(inputs(name), noise)[1].square().sum().backward()
    for parameter in network.parameters():
        assert parameter.grad is not None
        assert parameter.shape[0] == 3
        assert torch.count_nonzero(parameter.grad[[0, 2]]) == 0
    assert sum(int(torch.count_nonzero(p.grad)) for p in network.parameters() if p.grad is not None) > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_layers_counts_one_members_parameters(name: str) -> None:
    network = build_network(name, {}, sizes_of(name), [1, 2, 3])
    assert sum(row.parameters for row in network.layers()) * 3 == sum(p.numel() for p in network.parameters())
    assert network.penalised()


@pytest.mark.parametrize("name", NAMES)
def test_state_returns_bit_for_bit(name: str) -> None:
    network, other = (build_network(name, {}, sizes_of(name), seeds) for seeds in ([1, 2, 3], [4, 5, 6]))
    network.start_from(inputs(name, rows=100), torch.ones(3, 100), [1, 2, 3])
    other.load_state_dict(network.state_dict())
    assert torch.equal(network(inputs(name)), other(inputs(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_watched_in_one_layer(name: str) -> None:
    network = build_network(name, {}, sizes_of(name), [1, 2, 3])
    layers = network.watched()
    watched = [parameter for layer in layers for parameter in layer.parameters]
    assert sorted(watched) == sorted(name for name, _ in network.named_parameters())
    assert len({layer.name for layer in layers}) == len(layers)
    for layer in layers:
        assert not layer.module or network.get_submodule(layer.module)
        assert not layer.fade or network.get_parameter(layer.fade) is not None
