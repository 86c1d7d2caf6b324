"""RealMLP against pytabkit, the package of its authors (not a dependency), on the same numbers."""

from __future__ import annotations

import warnings

import pytest
import torch

from netwright.models.family import Sizes, build_network
from netwright.models.realmlp import RealMLP

pytest.importorskip("pytabkit")

ROWS = 60


def theirs_of(x: torch.Tensor, activation: str, seed: int) -> torch.nn.Module:
    """A network of theirs, its first numbers fitted to the rows; every number is then shaken."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pytabkit.models.data.data import DictDataset, TensorInfo
        from pytabkit.models.nn_models.models import NNFactory
        from pytabkit.models.sklearn.default_params import DefaultParams

        choices = DefaultParams.RealMLP_TD_CLASS | {
            "hidden_sizes": [7, 6],
            "block_str": "w-b-a",  # dropout is tested elsewhere
            "act": activation,
            "tfms": [],
            "use_ls": False,
        }
        infos = {
            "x_cont": TensorInfo(feat_shape=[x.shape[1]]),
            "x_cat": TensorInfo(cat_sizes=[]),
            "y": TensorInfo(cat_sizes=[3]),
        }
        rows = {"x_cont": x, "x_cat": torch.zeros(ROWS, 0, dtype=torch.int64), "y": torch.zeros(ROWS, 1).long()}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network, _ = NNFactory(**choices).create(infos).fit_transform(DictDataset(rows, infos))
            for parameter in network.parameters():
                parameter.data += 0.3 * torch.randn_like(parameter)
    return network


def parts(network: torch.nn.Module, kind: str) -> list[torch.nn.Module]:
    return [part for part in network.modules() if type(part).__name__ == kind]


def copy_into(ours: RealMLP, member: int, theirs: torch.nn.Module) -> None:
    (periodic,) = parts(theirs, "PLREmbeddingsLayerCosBias")
    (scale,) = parts(theirs, "ScaleLayer")
    ours.periodic.frequency[member] = periodic.weight_1
    ours.periodic.phase[member] = periodic.bias_1
    ours.periodic.weight[member] = periodic.weight_2
    ours.periodic.bias[member] = periodic.bias_2
    # theirs has the embeddings first, then the numbers; ours the numbers, then their embeddings
    order = [*range(12, 16), *range(12)]
    ours.scale[member] = scale.scale[:, order]
    weights, biases = parts(theirs, "WeightLayer"), parts(theirs, "BiasLayer")
    for depth, layer in enumerate([*ours.hidden, ours.head]):
        layer.weight[member] = weights[depth].weight[order] if depth == 0 else weights[depth].weight
        layer.bias[member] = biases[depth].bias
    for bend, other in zip(ours.bends, parts(theirs, "ParametricActivationLayer"), strict=True):
        bend.slope[member] = other.weight


@pytest.mark.parametrize("activation", ["selu", "mish"])
def test_network(activation: str) -> None:
    x = torch.randn(2, ROWS, 4, generator=torch.Generator().manual_seed(0))
    sizes = Sizes(4, (), 3, (4, 4), ((0, 1, 2, 3),) * 2)
    ours = build_network("realmlp", {"hidden": [7, 6], "activation": activation}, sizes, [1, 2])
    assert isinstance(ours, RealMLP)
    theirs = [theirs_of(x[member], activation, seed=member) for member in range(2)]
    with torch.no_grad():
        for member, network in enumerate(theirs):
            copy_into(ours, member, network)
    out = ours({"dense": x})
    for member, network in enumerate(theirs):
        expected = network({"x_cont": x[member], "x_cat": torch.zeros(ROWS, 0, dtype=torch.int64)})["x_cont"]
        torch.testing.assert_close(out[member], expected, rtol=1e-4, atol=1e-5)
