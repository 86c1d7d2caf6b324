"""Families of windows against torch's own layers, and what makes them forecasts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.base.errors import PlanError
from netwright.models.dlinear import DLinear, DLinearConfig
from netwright.models.family import Sizes, build_network
from netwright.models.rnn import Recurrent
from netwright.models.tcn import CausalConv
from netwright.training.device import running_on

SIZES = Sizes(dense=2, cardinalities=(), outputs=4, fan_in=(2, 2), arrays={"past": (3, 10)})
FAMILIES = ("dlinear", "tcn", "rnn")


def inputs(seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    past, dense = torch.randn(2, 5, 3, 10, generator=generator), torch.randn(2, 5, 2, generator=generator)
    return {"past": past, "dense": dense, "codes": torch.zeros(2, 5, 0, dtype=torch.int64)}


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_recurrent_layers_are_those_of_torch(cell):
    own, x = Recurrent([1, 2], cell, 3, 4, salt=0).double(), torch.randn(2, 5, 7, 3, dtype=torch.float64)
    with torch.no_grad():
        own.bias += torch.randn(own.bias.shape)
        if own.state_bias is not None:
            own.state_bias += torch.randn(own.state_bias.shape)
    found = own(x)
    for member in range(2):
        theirs = (torch.nn.GRU if cell == "gru" else torch.nn.LSTM)(3, 4, batch_first=True).double()
        # torch's order of gates: reset, update, new; input, forget, new, output
        order = [0, 1, 2] if cell == "gru" else [0, 1, 3, 2]
        gates = [torch.arange(4) + 4 * gate for gate in order]
        places = torch.cat(gates)
        with torch.no_grad():
            theirs.weight_ih_l0.copy_(own.weight[member].T[places])
            theirs.weight_hh_l0.copy_(own.state_weight[member].T[places])
            theirs.bias_ih_l0.copy_(own.bias[member, 0][places])
            theirs.bias_hh_l0.zero_()
            if own.state_bias is not None:
                theirs.bias_hh_l0[8:] = own.state_bias[member, 0]
        last = theirs(x[member])[0][:, -1]
        torch.testing.assert_close(found[member], last)


def test_convolutions_are_those_of_torch_and_look_back_only():
    own, x = CausalConv([1, 2], 3, 4, kernel=3, dilation=2, salt=0), torch.randn(2, 5, 3, 10)
    found = own(x)
    for member in range(2):
        padded = torch.nn.functional.pad(x[member], (4, 0))
        wanted = torch.nn.functional.conv1d(padded, own.weight[member], own.bias[member], dilation=2)
        torch.testing.assert_close(found[member], wanted)
    later = x.clone()
    later[..., 6:] += 1
    torch.testing.assert_close(own(later)[..., :6], found[..., :6])
    assert not torch.equal(own(later)[..., 6:], found[..., 6:])


def test_dlinear_is_the_sum_of_its_parts():
    network = DLinear(DLinearConfig(smooth=4), SIZES, [1, 2])
    x = inputs()
    past = x["past"].numpy().astype(np.float64)
    own = past[:, :, 0]
    spread = own.std(axis=2, keepdims=True) + 1e-3
    own = own / spread
    padded = np.concatenate([own[..., :1], own, own[..., -1:]], axis=2)  # a moving average of three
    trend = (padded[..., :-2] + padded[..., 1:-1] + padded[..., 2:]) / 3
    for member in range(2):
        weights = {name: tensor[member].detach().numpy() for name, tensor in network.named_parameters()}
        wanted = trend[member] @ weights["trend.weight"] + (own - trend)[member] @ weights["rest.weight"]
        wanted += past[member][:, 1:].reshape(5, -1) @ weights["others.weight"]
        wanted += x["dense"][member].numpy() @ weights["head.weight"]
        np.testing.assert_allclose(network(x)[member].detach(), wanted * spread[member], rtol=2e-4, atol=1e-5)


@pytest.mark.parametrize("name", FAMILIES)
def test_forecasts_grow_with_their_window(name):
    sizes = Sizes(dense=0, cardinalities=(), outputs=4, fan_in=(0, 0), arrays={"past": (1, 10)})
    network, x = build_network(name, {}, sizes, [1, 2]), inputs()
    x = {**x, "past": x["past"][:, :, :1], "dense": x["dense"][..., :0]}
    twice = {**x, "past": 1_000 * x["past"]}
    torch.testing.assert_close(network(twice) / 1_000, network(x), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_window_that_does_not_move_gives_numbers(name):
    x = inputs()
    assert torch.isfinite(build_network(name, {}, SIZES, [1, 2])({**x, "past": torch.zeros_like(x["past"])})).all()


def test_a_cell_that_is_none_is_refused():
    with pytest.raises(PlanError, match="gru, lstm"):
        build_network("rnn", {"cell": "elman"}, SIZES, [1, 2])


@pytest.mark.parametrize(
    ("name", "config"), [("dlinear", {}), ("tcn", {}), ("rnn", {"cell": "gru"}), ("rnn", {"cell": "lstm"})]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_member_learns_the_same_bits_alone(name, config, channels):
    sizes = Sizes(dense=2, cardinalities=(), outputs=4, fan_in=(2,) * 5, arrays={"past": (channels, 12)})
    network, generator = build_network(name, config, sizes, [1, 2, 3, 4, 5]), torch.Generator().manual_seed(0)
    past, dense = (torch.randn(5, 16, *shape, generator=generator) for shape in ((channels, 12), (2,)))
    x = {"past": past, "dense": dense, "codes": torch.zeros(5, 16, 0, dtype=torch.int64)}
    alone = network.subset([2])
    with running_on(1):  # as workers train side by side; threads divide the sums of one member and of five differently
        together, own = network(x), alone({key: value[2:3] for key, value in x.items()})
        assert torch.equal(together[2:3], own)
        together.square().sum().backward()
        own.square().sum().backward()
    for first, second in zip(network.parameters(), alone.parameters(), strict=True):
        assert torch.equal(first.grad[2:3], second.grad)
