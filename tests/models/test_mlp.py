from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.base.errors import PlanError
from netwright.models.family import Sizes, build_network, families
from netwright.models.noise import Noise


def built(config: dict[str, object], sizes: Sizes, members: int = 2) -> torch.nn.Module:
    return build_network("mlp", config, sizes, list(range(members)))


def test_forward_equals_a_float64_reference() -> None:
    network = built({"hidden": [7, 5], "activation": "tanh"}, Sizes(4, (), 3, (4, 4)))
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(1))
    x = torch.randn(2, 6, 4)
    out = network({"dense": x}).detach().numpy()
    for member in range(2):
        h = x[member].double().numpy()
        for layer in (*network.hidden, network.head):
            h = h @ layer.weight[member].detach().double().numpy() + layer.bias[member].detach().double().numpy()
            h = np.tanh(h) if layer is not network.head else h
        np.testing.assert_allclose(out[member], h, rtol=1e-5, atol=1e-5)


def test_categories_join_through_their_embedding() -> None:
    network = built({"hidden": [8], "embedding": 3}, Sizes(2, (5, 2), 1, (2, 2)))
    assert network.hidden[0].weight.shape == (2, 2 + 3 + 2, 8)  # at most as wide as there are codes
    same = {"dense": torch.zeros(2, 1, 2), "codes": torch.tensor([[[1, 1]], [[1, 1]]])}
    other = {"dense": torch.zeros(2, 1, 2), "codes": torch.tensor([[[2, 1]], [[2, 1]]])}
    assert not torch.equal(network(same), network(other))


def test_one_line_and_table_of_layers_count_every_parameter() -> None:
    network = built({"hidden": [64, 32, 16]}, Sizes(13, (), 1, (13, 13)))
    assert network.in_a_line() == "13 -> 64 relu -> 32 relu -> 16 relu -> 1"
    counted = sum(row.parameters for row in network.layers())
    assert counted == sum(parameter.numel() for parameter in network.parameters()) // 2 == 3_521


def test_table_counts_embeddings() -> None:
    network = built({"hidden": [4]}, Sizes(3, (20, 9), 2, (3,)), members=1)
    assert sum(row.parameters for row in network.layers()) == sum(p.numel() for p in network.parameters())


def test_no_hidden_layer_is_plain_regression() -> None:
    network = built({"hidden": []}, Sizes(3, (), 1, (3,)), members=1)
    x = torch.randn(1, 4, 3)
    torch.testing.assert_close(network({"dense": x}), x @ network.head.weight + network.head.bias)
    assert network.in_a_line() == "3 -> 1"


def test_first_outputs_are_close_to_zero() -> None:
    network = built({"hidden": [64, 32, 16]}, Sizes(10, (), 1, (10,)), members=1)
    assert network({"dense": torch.randn(1, 500, 10)}).std().item() < 0.3


def test_dropout_acts_only_with_noise() -> None:
    network = built({"hidden": [32], "dropout": 0.5}, Sizes(4, (), 1, (4,)), members=1)
    x = {"dense": torch.randn(1, 10, 4)}
    noise = Noise([1], [0.5], 10, network.noise_units, torch.device("cpu"))
    noise.start_epoch(1, [1.0])
    noise.start_step()
    assert torch.equal(network(x), network(x))
    assert not torch.equal(network(x, noise), network(x))


def test_unknown_family_names_those_there_are() -> None:
    with pytest.raises(PlanError, match=f"family must be one of {', '.join(families.names())}, got 'forest'"):
        build_network("forest", {}, Sizes(1, (), 1, (1,)), [0])
