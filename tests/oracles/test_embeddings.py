"""Embeddings of numbers against rtdl_num_embeddings, the package of the papers' authors (not a dependency)."""

from __future__ import annotations

import math

import pytest
import torch

from netwright.models.embeddings import PeriodicEmbedding
from netwright.models.piecewise import PiecewiseLinearEmbedding, quantile_edges

oracle = pytest.importorskip("rtdl_num_embeddings")

#: A feature of one single bin is a line, of which the package warns.
pytestmark = pytest.mark.filterwarnings("ignore:The .* feature has just two bin edges")


def table(rows: int = 400, seed: int = 0) -> torch.Tensor:
    """A normal feature, a lopsided one, one of two values, one of five."""
    x = torch.randn(rows, 4, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x[:, 1] = x[:, 1].exp()
    x[:, 2] = (x[:, 2] > 0.3).double()
    x[:, 3] = x[:, 3].round().clamp(-2, 2)
    return x


def copied(theirs: torch.nn.Module, ours: PiecewiseLinearEmbedding, member: int, bins: list[torch.Tensor]) -> None:
    """Give the package's layer the numbers of one member; it keeps the last bin of a feature in the last place."""
    with torch.no_grad():
        theirs.linear0.weight.copy_(ours.slope[member, : len(bins), 0])
        theirs.linear0.bias.copy_(ours.bias[member, : len(bins), 0])
        theirs.linear.weight.zero_()
        for feature, edges in enumerate(bins):
            last = len(edges) - 2
            theirs.linear.weight[feature, :last] = ours.weight[member, feature, :last]
            theirs.linear.weight[feature, -1] = ours.weight[member, feature, last]


@pytest.mark.parametrize("n_bins", [2, 5, 48])
def test_bins(n_bins: int) -> None:
    x = table()
    edges = quantile_edges(x, n_bins)
    for own, theirs in zip(edges, oracle.compute_bins(x, n_bins), strict=True):
        # the package takes shares of rows in float32, which moves edges and can split one in two (next test)
        far_apart = torch.cat([torch.tensor([True]), theirs.diff() > 1e-4])
        torch.testing.assert_close(own.unique(), theirs[far_apart], rtol=1e-5, atol=1e-5)
        assert bool((own[len(own.unique()) :] == own[-1]).all())


def test_no_bin_is_as_thin_as_a_rounding_error() -> None:
    x = torch.cat([torch.zeros(241), torch.ones(160)]).double()[:, None]  # the third of five quantiles is the last 0
    assert quantile_edges(x, 5).unique().tolist() == [0, 1]
    assert len(oracle.compute_bins(x, 5)[0]) == 3


@pytest.mark.parametrize("n_bins", [2, 5, 48])
def test_piecewise_linear_embeddings_version_b(n_bins: int) -> None:
    positions = ((0, 1, 2, 3), (3, 1, 0, -1))
    train = torch.stack([table(seed=1), table(seed=2)])
    ours = PiecewiseLinearEmbedding([1, 2], positions, n_bins, 6, salt=0).double()
    ours.fit(train, torch.ones(2, 400, dtype=torch.float64))
    torch.nn.init.normal_(ours.weight, generator=torch.Generator().manual_seed(3))
    new = 3 * torch.randn(2, 100, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    out = ours(new)
    for member, own in enumerate(positions):
        chosen = [position for position in own if position >= 0]
        bins = [edges.unique() for edges in ours.edges[member, : len(chosen)]]
        theirs = oracle.PiecewiseLinearEmbeddings(bins, 6, activation=False, version="B").double()
        copied(theirs, ours, member, bins)
        # the package rounds edges to float32 before it is made float64
        expected = theirs(new[member][:, chosen]).flatten(1)
        torch.testing.assert_close(out[member, :, : len(chosen) * 6], expected, rtol=1e-5, atol=1e-5)
        assert torch.count_nonzero(out[member, :, len(chosen) * 6 :]) == 0


def test_gradients_of_piecewise_linear_embeddings() -> None:
    train, new = table(), table(60, seed=5)
    ours = PiecewiseLinearEmbedding([1], ((0, 1, 2, 3),), 8, 6, salt=0).double()
    ours.fit(train[None], torch.ones(1, 400, dtype=torch.float64))
    bins = [edges.unique() for edges in ours.edges[0]]
    theirs = oracle.PiecewiseLinearEmbeddings(bins, 6, activation=False, version="B").double()
    copied(theirs, ours, 0, bins)
    pull = torch.randn(60, 24, dtype=torch.float64)
    (ours(new[None])[0] * pull).sum().backward()
    (theirs(new).flatten(1) * pull).sum().backward()
    torch.testing.assert_close(ours.slope.grad[0, :, 0], theirs.linear0.weight.grad, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours.bias.grad[0, :, 0], theirs.linear0.bias.grad, rtol=1e-5, atol=1e-5)
    for feature, edges in enumerate(bins):
        own, last = ours.weight.grad[0, feature], len(edges) - 2
        torch.testing.assert_close(own[:last], theirs.linear.weight.grad[feature, :last], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(own[last], theirs.linear.weight.grad[feature, -1], rtol=1e-5, atol=1e-5)
        assert torch.count_nonzero(own[last + 1 :]) == 0


def test_cosines_of_periodic_embeddings() -> None:
    positions = ((0, 1, 2), (2, 3, -1))
    ours = PeriodicEmbedding([1, 2], positions, 7, 3, 0.4, salt=0).double()
    x = torch.stack([table(50), table(50, seed=1)])
    out = ours(x).view(2, 50, 3, 3)
    for member, own in enumerate(positions):
        chosen = [position for position in own if position >= 0]
        theirs = oracle.PeriodicEmbeddings(
            len(chosen), 3, n_frequencies=7, frequency_init_scale=0.4, activation=False, lite=False
        ).double()
        phase = ours.phase[member, : len(chosen), 0]
        with torch.no_grad():
            # cos(a + b) = cos(a) cos(b) - sin(a) sin(b): the phase as weights of the package's cosines and sines
            weight = ours.weight[member, : len(chosen)]
            theirs.periodic.weight.copy_(ours.frequency[member, : len(chosen), 0])
            theirs.linear.weight[:, :7] = weight * phase.cos()[:, :, None]
            theirs.linear.weight[:, 7:] = -weight * phase.sin()[:, :, None]
            theirs.linear.bias.copy_(ours.bias[member, : len(chosen), 0])
        torch.testing.assert_close(out[member, :, : len(chosen)], theirs(x[member][:, chosen]), rtol=1e-9, atol=1e-9)
    assert torch.count_nonzero(out[1, :, 2]) == 0


def test_first_numbers_have_the_packages_bounds() -> None:
    ours = PiecewiseLinearEmbedding([1], (tuple(range(30)),), 48, 16, salt=0)
    bins = [torch.linspace(0, 1, 49)] * 30
    theirs = oracle.PiecewiseLinearEmbeddings(bins, 16, activation=False, version="B")
    for own, other in ((ours.slope, theirs.linear0.weight), (ours.bias, theirs.linear0.bias)):
        assert own.abs().max().item() == pytest.approx(1 / math.sqrt(16), rel=0.02)
        assert other.abs().max().item() == pytest.approx(1 / math.sqrt(16), rel=0.02)
    assert torch.count_nonzero(ours.weight) == torch.count_nonzero(theirs.linear.weight) == 0
