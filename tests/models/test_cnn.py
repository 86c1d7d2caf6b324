"""The convolutional network against plain torch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from netwright.base.errors import PlanError
from netwright.models.cnn import CNN
from netwright.models.convolution import MemberConv, MemberNorm, moved
from netwright.models.family import Sizes, build_network
from netwright.models.noise import Noise

SHAPE = (3, 20, 18)


def network(seeds: list[int], shape: tuple[int, int, int] = SHAPE, **config: Any) -> CNN:
    sizes = Sizes(0, (), 4, (0,) * len(seeds), arrays={"image": shape})
    made = build_network("cnn", config, sizes, seeds)
    assert isinstance(made, CNN)
    return made


def pictures(members: int, rows: int = 5, shape: tuple[int, int, int] = SHAPE) -> torch.Tensor:
    return torch.randn(members, rows, *shape, generator=torch.Generator().manual_seed(3))


def noise_of(keys: list[int], rate: float, network: CNN, step: int = 0) -> Noise:
    made = Noise(keys, [rate] * len(keys), 5, network.noise_units, torch.device("cpu"), 9)
    made.start_epoch(2, [1.0] * len(keys), step)
    made.start_step()
    return made


def test_grouped_convolutions_and_norms_are_those_of_each_member_alone():
    conv, norm = MemberConv([1, 2, 3], 4, 16, 3, 0, stride=2), MemberNorm(3, 16)
    torch.nn.init.normal_(norm.weight, generator=torch.Generator().manual_seed(1))
    x = torch.randn(5, 3, 4, 11, 9, generator=torch.Generator().manual_seed(2))
    together = norm(conv(x.flatten(1, 2))).view(5, 3, 16, 6, 5)
    for member in range(3):
        own = functional.conv2d(x[:, member], conv.weight[member], conv.bias[member], 2, 1)
        own = functional.group_norm(own, norm.groups, norm.weight[member], norm.bias[member])
        torch.testing.assert_close(together[:, member], own, rtol=1e-4, atol=1e-5)


def test_members_together_are_each_alone():
    x = pictures(3)
    together = network([1, 2, 3])({"image": x})
    for place, seed in enumerate([1, 2, 3]):
        alone = network([seed])({"image": x[place : place + 1]})
        torch.testing.assert_close(together[place : place + 1], alone, rtol=1e-4, atol=1e-5)


def test_a_row_does_not_depend_on_its_batch():
    own, x = network([1, 2]).eval(), pictures(2)
    whole = own({"image": x})
    x[:, 1:] = 100.0
    torch.testing.assert_close(own({"image": x})[:, 0], whole[:, 0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 30), (3, 64, 40), (1, 33, 33), (2, 28, 28)])
@pytest.mark.parametrize("filters", [(4,), (4, 8), (5, 6, 7, 8)])
def test_pictures_of_any_size_pass_and_layers_tell_their_sizes(shape, filters):
    own = network([1], shape, filters=filters, kernel=5)
    maps = own.maps({"image": pictures(1, 2, shape)})
    assert own.layers()[len(filters)].shape == " x ".join(map(str, maps.shape[2:]))
    assert own({"image": pictures(1, 2, shape)}).shape == (1, 2, 4)
    assert own.row_products > 0


def test_products_are_counted():
    own = network([1], (1, 28, 28), filters=(16, 32, 64))
    stem, blocks = (
        9 * 16 * 784,
        (9 * 16 * 32 + 9 * 32 * 32 + 16 * 32) * 196 + (9 * 32 * 64 + 9 * 64 * 64 + 32 * 64) * 49,
    )
    assert own.row_products == stem + blocks + 64 * 9 * 4 + 4


def test_shifts_repeat_the_edge_and_mirrors_turn_left_and_right():
    x = torch.arange(12.0).view(1, 1, 1, 3, 4).repeat(1, 3, 1, 1, 1)
    shifts = torch.tensor([[[0, 0], [1, 0], [0, -2]]])
    out = moved(x, shifts)[0, :, 0]
    assert torch.equal(out[0], x[0, 0, 0])
    assert out[1].tolist() == [[0, 1, 2, 3], [0, 1, 2, 3], [4, 5, 6, 7]]
    assert out[2].tolist() == [[2, 3, 3, 3], [6, 7, 7, 7], [10, 11, 11, 11]]
    mirrored = moved(x, shifts, torch.tensor([[True, False, False]]))[0, 0, 0]
    assert torch.equal(mirrored, x[0, 0, 0].flip(1))


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_augmentation_of_a_member_is_its_own_in_any_company_and_after_a_restart(rate):
    trio, x = network([1, 2, 3], shift=0.2, flip=True), pictures(3)
    together = trio({"image": x}, noise_of([7, 8, 9], rate, trio, step=4))
    alone = trio.subset([1])({"image": x[1:2]}, noise_of([8], rate, trio, step=4))
    torch.testing.assert_close(together[1:2], alone, rtol=1e-4, atol=1e-5)
    again = noise_of([7, 8, 9], rate, trio)
    for _ in range(4):
        again.start_step()
    assert torch.equal(trio({"image": x}, again), together)
    assert not torch.equal(trio({"image": x}, noise_of([7, 8, 9], rate, trio, step=3)), together)


def test_shares_differ_between_rows_steps_epochs_and_keys():
    own = network([1])
    first = noise_of([5], 0.0, own).shares(2)
    assert first.shape == (1, 5, 2)
    assert 0 <= float(first.min()) < float(first.max()) < 1
    others = [noise_of([6], 0.0, own).shares(2), noise_of([5], 0.0, own, step=1).shares(2)]
    assert all(not torch.equal(first, other) for other in others)


@pytest.mark.parametrize(
    ("config", "said"),
    [({"filters": ()}, "--filters"), ({"kernel": 4}, "--kernel must be an odd"), ({"shift": 2.0}, "shift")],
)
def test_impossible_choices(config, said):
    with pytest.raises(PlanError, match=said):
        network([1], **config)


def test_without_pictures_there_is_no_network():
    with pytest.raises(PlanError, match="--model cnn must have a column of pictures"):
        build_network("cnn", {}, Sizes(3, (), 1, (3,)), [1])
