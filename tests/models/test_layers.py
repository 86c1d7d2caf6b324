from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from netwright.models.layers import ACTIVATIONS, MemberEmbedding, MemberLinear, drop, member_normal
from netwright.models.noise import Noise


def test_linear_is_each_members_own_linear_layer() -> None:
    layer = MemberLinear([1, 2, 3], 4, 2, gain=1.0, salt=0)
    x = torch.randn(3, 5, 4)
    expected = torch.stack([functional.linear(x[m], layer.weight[m].T, layer.bias[m, 0]) for m in range(3)])
    torch.testing.assert_close(layer(x), expected)


def test_first_weights_have_he_spread_and_zero_bias() -> None:
    layer = MemberLinear([5], 400, 300, gain=math.sqrt(2), salt=0)
    assert layer.weight.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.02)
    assert layer.weight.mean().item() == pytest.approx(0, abs=1e-3)
    assert torch.count_nonzero(layer.bias) == 0


def test_padding_does_not_shrink_first_weights() -> None:
    layer = MemberLinear([7, 7], 100, 50, gain=1.0, salt=0, fan_in=[100, 25])
    torch.testing.assert_close(layer.weight[1], 2 * layer.weight[0])


def test_first_weights_depend_on_the_members_own_seed_only() -> None:
    together = member_normal([11, 12, 13], (3, 2), salt=5)
    assert torch.equal(together[1], member_normal([12], (3, 2), salt=5)[0])
    assert not torch.equal(together[0], together[1])


def test_embedding_looks_up_each_members_own_table() -> None:
    layer = MemberEmbedding([1, 2], cardinalities=[5, 3], dimensions=[4, 2], salt=0)
    codes = torch.tensor([[[1, 2], [4, 0]], [[0, 1], [3, 2]]])
    out = layer(codes)
    assert out.shape == (2, 2, 6)
    for member in range(2):
        for row in range(2):
            first, second = codes[member, row].tolist()
            expected = torch.cat([layer.tables[0][member, first], layer.tables[1][member, second]])
            assert torch.equal(out[member, row], expected)


def test_embedding_of_unseen_levels_starts_at_zero() -> None:
    layer = MemberEmbedding([3], cardinalities=[6], dimensions=[8], salt=0)
    assert torch.count_nonzero(layer(torch.zeros(1, 4, 1, dtype=torch.int64))) == 0
    assert torch.count_nonzero(layer(torch.ones(1, 4, 1, dtype=torch.int64))) == 32


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", [0.0, 0.0, 2.0]),
        ("leaky_relu", [-0.01, 0.0, 2.0]),
        ("tanh", [math.tanh(-1), 0.0, math.tanh(2)]),
        ("sigmoid", [1 / (1 + math.e), 0.5, 1 / (1 + math.exp(-2))]),
        ("none", [-1.0, 0.0, 2.0]),
        ("selu", [1.0507009873554805 * 1.6732632423543772 * (math.exp(-1) - 1), 0.0, 2 * 1.0507009873554805]),
        ("gelu", [-1 * 0.15865525393145707, 0.0, 2 * 0.9772498680518208]),
    ],
)
def test_activations_by_their_formulas(name: str, expected: list[float]) -> None:
    out = ACTIVATIONS[name](torch.tensor([-1.0, 0.0, 2.0]))
    torch.testing.assert_close(out, torch.tensor(expected), atol=1e-6, rtol=1e-6)


def started(rates: dict[int, float], batch: int = 64, units: int = 50, strength: float = 1.0) -> Noise:
    noise = Noise(list(rates), list(rates.values()), batch, units, torch.device("cpu"))
    noise.start_epoch(1, [strength] * len(rates))
    noise.start_step()
    return noise


def test_each_member_drops_its_own_share_and_keeps_the_mean() -> None:
    out = drop(torch.ones(3, 4000, 50), started({1: 0.2, 2: 0.5, 3: 0.0}, batch=4000))
    for member, (share, kept) in enumerate([(0.2, 1.25), (0.5, 2.0), (0.0, 1.0)]):
        assert (out[member] == 0).float().mean().item() == pytest.approx(share, abs=0.004)
        assert set(out[member].unique().tolist()) <= {0.0, kept}
        assert out[member].mean().item() == pytest.approx(1.0, abs=0.008)


def test_a_rate_close_to_one_drops_nearly_everything() -> None:
    out = drop(torch.ones(1, 4000, 50), started({1: 0.999999}, batch=4000))
    assert (out == 0).float().mean().item() > 0.999


def test_a_share_of_the_rate_may_be_in_force() -> None:
    out = drop(torch.ones(1, 4000, 50), started({1: 0.4}, batch=4000, strength=0.25))
    assert (out == 0).float().mean().item() == pytest.approx(0.1, abs=0.003)


def test_no_dropout_without_noise_and_none_where_nobody_drops() -> None:
    x = torch.randn(1, 3, 4)
    assert drop(x, None) is x
    assert drop(x, started({1: 0.0}, batch=3, units=4)) is x


def test_a_member_drops_the_same_in_any_company_and_after_a_restart() -> None:
    def factors(keys: list[int], member: int, epoch: int, steps: int) -> torch.Tensor:
        noise = Noise(keys, [0.3] * len(keys), 16, 30, torch.device("cpu"))
        noise.start_epoch(epoch, [1.0] * len(keys))
        for _ in range(steps):
            noise.start_step()
        return torch.cat([noise.factors(20), noise.factors(10)], dim=2)[member]

    many = list(range(100, 400))  # so many members that a block holds fewer steps than for one
    for steps in (1, 2, 9):
        assert torch.equal(factors([103], 0, 4, steps), factors(many, 3, 4, steps))
    assert not torch.equal(factors([103], 0, 4, 1), factors([103], 0, 4, 2))
    assert not torch.equal(factors([103], 0, 4, 1), factors([103], 0, 5, 1))
    assert not torch.equal(factors([103], 0, 4, 1), factors([104], 0, 4, 1))


def test_layers_of_one_step_drop_independently() -> None:
    noise = started({9: 0.5}, batch=500, units=40)
    first, second = noise.factors(20) > 0, noise.factors(20) > 0
    assert (first == second).float().mean().item() == pytest.approx(0.5, abs=0.02)
