"""The piecewise-linear embedding against its formula, number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from netwright.models.piecewise import Columns, PiecewiseLinearEmbedding, quantile_edges

POSITIONS = ((0, 2, 3), (1, 3, -1))


def data(rows: int = 200) -> torch.Tensor:
    """A normal feature, a lopsided one, one of four values, one that is constant."""
    x = torch.randn(2, rows, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x[:, :, 1] = x[:, :, 1].exp()
    x[:, :, 2] = (2 * x[:, :, 2]).round().clamp(-1, 2)
    x[:, :, 3] = 0.25
    return x


def fitted(n_bins: int = 6, width: int = 5, rows: int = 200, positions=POSITIONS) -> PiecewiseLinearEmbedding:
    embedding = PiecewiseLinearEmbedding([3, 4], positions, n_bins, width, salt=9).double()
    embedding.fit(data(rows), torch.ones(2, rows, dtype=torch.float64))
    torch.nn.init.normal_(embedding.weight, generator=torch.Generator().manual_seed(1))
    return embedding


def shares(x: float, edges: list[float]) -> list[float]:
    """PLE by the paper's words."""
    out = []
    n_bins = len(edges) - 1
    for index in range(n_bins):
        share = (x - edges[index]) / (edges[index + 1] - edges[index])
        if index > 0:
            share = max(share, 0.0)
        if index < n_bins - 1:
            share = min(share, 1.0)
        out.append(share)
    return out


def test_equals_the_formula_row_by_row() -> None:
    embedding, train = fitted(), data()
    new = 3 * torch.randn(2, 20, 4, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    out = embedding(new).detach().view(2, 20, 3, 5)
    for member, positions in enumerate(POSITIONS):
        for slot, position in enumerate(positions):
            if position < 0:
                assert torch.count_nonzero(out[member, :, slot]) == 0
                continue
            edges = np.unique(np.quantile(train[member, :, position].numpy(), np.linspace(0, 1, 7))).tolist()
            slope, bias = embedding.slope[member, slot, 0], embedding.bias[member, slot, 0]
            for row in range(20):
                x = new[member, row, position].item()
                expected = x * slope + bias
                for index, share in enumerate(shares(x, edges)):
                    expected = expected + share * embedding.weight[member, slot, index]
                torch.testing.assert_close(out[member, row, slot], expected.detach(), rtol=1e-10, atol=1e-10)


def test_starts_as_a_line_within_its_bounds() -> None:
    embedding = PiecewiseLinearEmbedding([1, 2], [(0, 1)] * 2, 48, 16, salt=0)
    assert torch.count_nonzero(embedding.weight) == 0
    for parameter in (embedding.slope, embedding.bias):
        assert 0.24 < parameter.abs().max() <= 0.25
    x = torch.randn(2, 40, 2)
    embedding.fit(x, torch.ones(2, 40))
    line = x[:, :, :, None] * embedding.slope[:, :, 0][:, None] + embedding.bias[:, :, 0][:, None]
    torch.testing.assert_close(embedding(x), line.flatten(2))


def test_one_bin_is_a_line_without_bounds_and_a_constant_has_none() -> None:
    edges = quantile_edges(torch.tensor([[0.0, 5.0], [1.0, 5.0]]), 4)
    assert edges.tolist() == [[0, 1, 1, 1, 1], [5, 5, 5, 5, 5]]
    embedding = PiecewiseLinearEmbedding([1], [(0, 1)], 4, 1, salt=0)
    embedding.fit(torch.tensor([[[0.0, 5.0], [1.0, 5.0]]]), torch.ones(1, 2))
    with torch.no_grad():
        embedding.slope.zero_(), embedding.bias.zero_(), embedding.weight.fill_(1.0)
    out = embedding(torch.tensor([[[-3.0, 5.0], [0.5, 7.0], [4.0, -1e6]]]))
    assert out[0].tolist() == [[-3, 0], [0.5, 0], [4, 0]]


def test_padding_rows_do_not_count() -> None:
    x = data()
    weight = torch.ones(2, 200, dtype=torch.float64)
    weight[1, 150:] = 0
    embedding = fitted()
    embedding.fit(x, weight)
    alone = fitted()
    x[1, 150:] = math.nan
    alone.fit(x[:, :150], torch.ones(2, 150, dtype=torch.float64))
    assert torch.equal(embedding.edges[1], alone.edges[1])
    assert not torch.equal(embedding.edges[0], alone.edges[0])


def test_members_are_their_own_and_the_state_returns() -> None:
    embedding, x = fitted(), data(30)
    before = embedding(x)
    changed = x.clone()
    changed[1] += 1
    assert torch.equal(before[0], embedding(changed)[0])
    other = PiecewiseLinearEmbedding([8, 9], POSITIONS, 6, 5, salt=9).double()
    other.load_state_dict(embedding.state_dict())
    assert torch.equal(before, other(x))
    alone = PiecewiseLinearEmbedding([4], POSITIONS[1:], 6, 5, salt=9)
    assert torch.equal(alone.slope[0].double(), embedding.slope[1].detach())


def test_a_missing_number_learns_nothing() -> None:
    embedding = fitted()
    embedding(data()).square().sum().backward()
    for parameter in embedding.parameters():
        assert torch.count_nonzero(parameter.grad[1, 2]) == 0
        assert torch.count_nonzero(parameter.grad[0, 0]) > 0


def test_edges_of_few_rows_are_the_rows() -> None:
    x = torch.tensor([[3.0], [1.0], [2.0]])
    assert quantile_edges(x, 48)[0, :4].tolist() == [1, 2, 3, 3]
    assert quantile_edges(x[:1], 3).tolist() == [[3, 3, 3, 3]]
    assert quantile_edges(x[:0], 3).tolist() == [[0, 0, 0, 0]]


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60), st.integers(1, 48))
def test_edges_lie_in_order_and_never_closer_than_a_float(values: list[float], n_bins: int) -> None:
    x = torch.tensor(values)[:, None]
    edges = quantile_edges(x, n_bins)[0]
    assert edges.shape == (n_bins + 1,)
    assert edges[0] == pytest.approx(x.min().item(), abs=1e-19)
    assert edges[-1] == pytest.approx(x.max().item(), abs=1e-19)
    assert bool((edges.diff() >= 0).all())
    embedding = PiecewiseLinearEmbedding([1], [(0,)], n_bins, 2, salt=0)
    embedding.fit(x[None], torch.ones(1, len(values)))
    torch.nn.init.ones_(embedding.weight)
    assert bool(embedding(x[None]).isfinite().all())


def test_equal_values_make_one_edge_however_many_rows() -> None:
    # in float32 the place of a quantile would be off by a rounding error, and with it the value
    x = torch.tensor([0.1] * 70_000 + [0.7] * 30_001)[:, None]
    assert len(quantile_edges(x, 48).unique()) == 2


def test_columns_choose_for_each_member() -> None:
    x = torch.arange(12.0).view(2, 2, 3)
    assert Columns([(2, 0), (1, -1)])(x).tolist() == [[[2, 0], [5, 3]], [[7, 0], [10, 0]]]
