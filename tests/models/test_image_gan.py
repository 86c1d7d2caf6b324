"""The network that makes pictures: what it draws, how steep its critic is, and that its two halves learn apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.base.errors import PlanError
from netwright.base.near_pictures import SMALL, pooled, small_size
from netwright.models.family import Sizes, build_network
from netwright.models.image_gan import ImageGAN
from netwright.models.making import Draws, kernel_score, score_width
from netwright.models.noise import Noise


def network(shape: tuple[int, int, int] = (1, 12, 12), seeds: tuple[int, ...] = (1, 2)) -> ImageGAN:
    sizes = Sizes(dense=0, cardinalities=(), outputs=2, fan_in=(0,) * len(seeds), arrays={"image": shape})
    made = build_network("image-gan", {"filters": 4, "latent": 4}, sizes, list(seeds))
    assert isinstance(made, ImageGAN)
    return made


def pictures(n: int, shape: tuple[int, int, int] = (1, 12, 12), members: int = 2) -> torch.Tensor:
    own = torch.rand(n, *shape, generator=torch.Generator().manual_seed(n))
    return own.expand(members, -1, -1, -1, -1).clone()


def noise(batch: int = 16) -> Noise:
    own = Noise([5, 6], [0.0, 0.0], batch, 0, torch.device("cpu"))
    own.start_epoch(1, [1.0, 1.0])
    own.start_step()
    return own


@pytest.mark.parametrize("shape", [(1, 12, 12), (3, 17, 9), (1, 28, 28), (1, 1, 1), (3, 5, 2)])
def test_pictures_of_any_shape_lie_within_the_range_of_train_pictures(shape: tuple[int, int, int]) -> None:
    own = network(shape)
    own.start_from({"image": pictures(40, shape) * 0.5 - 0.1}, torch.ones(2, 40), [1, 2])
    made = own.pictures(7, [np.random.default_rng(k) for k in (1, 2)])
    assert made.shape == (2, 7, *shape) and np.isfinite(made).all()
    assert made.min() >= -0.1 - 1e-6 and made.max() <= 0.4 + 1e-6
    assert np.array_equal(made, own.pictures(7, [np.random.default_rng(k) for k in (1, 2)]))
    assert torch.isfinite(own({"image": pictures(16, shape)}, noise())).all()


def test_rows_of_padding_count_nothing() -> None:
    one, other = network(), network()
    x, weight = pictures(40), torch.ones(2, 40)
    weight[:, 30:] = 0
    one.start_from({"image": x[:, :30]}, weight[:, :30], [1, 2])
    x[:, 30:] = 99
    other.start_from({"image": x}, weight, [1, 2])
    for name in ("low", "high", "width", "apart", "spread"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("shape", [(1, 12, 12), (3, 17, 9)])
def test_the_steepness_is_that_of_autograd(shape: tuple[int, int, int]) -> None:
    own, x = network(shape), pictures(5, shape).requires_grad_()
    score, slopes = own._score(x, frozen=False)
    (slope,) = torch.autograd.grad(score.sum(), x)
    torch.testing.assert_close(own._steepness(slopes), slope.flatten(2).norm(dim=2))


def test_the_generator_learns_from_no_loss_of_the_critic_nor_the_reverse() -> None:
    own, x = network(), pictures(16)
    draws = Draws([np.random.default_rng(k) for k in (1, 2)], 2, 16, torch.device("cpu"))
    (-own._score(own.made(draws), frozen=True)[0]).sum().backward()
    assert all(p.grad is None for name, p in own.named_parameters() if name.startswith("critic"))
    alone = {name: p.grad.clone() / 16 for name, p in own.named_parameters() if p.grad is not None}
    own.zero_grad()
    costs = own({"image": x}, noise())[:, :, 0]
    assert costs.shape == (2, 16)
    costs.mean(dim=1).sum().backward()
    assert all(p.grad is not None for p in own.parameters()) and alone


def test_small_pictures_are_those_of_the_baselines() -> None:
    shape = (3, 17, 9)
    x = pictures(4, shape)
    wanted = pooled(x[0].numpy(), small_size(shape, SMALL)).reshape(4, -1)
    np.testing.assert_allclose(network(shape).small(x)[0].numpy(), wanted, atol=1e-6)


def test_the_score_is_the_least_for_pictures_that_vary_as_real_ones_do() -> None:
    random = torch.Generator().manual_seed(0)
    real, same = (torch.randn(1, 400, 20, generator=random) for _ in range(2))
    width = score_width(real, torch.ones(1, 400))
    scores = [
        float(kernel_score(real, made, width).mean())
        for made in (same, 1.6 * same, 0.3 * same, torch.zeros_like(same), same[:, :5].repeat(1, 80, 1), same + 0.5)
    ]
    assert scores[0] == min(scores) and min(scores[1:]) > scores[0] + 0.003


def test_tables_are_refused() -> None:
    with pytest.raises(PlanError, match="column of pictures"):
        build_network("image-gan", {}, Sizes(2, (), 2, (2,)), [1])
    with pytest.raises(PlanError, match="--filters"):
        build_network("image-gan", {"filters": 0}, Sizes(2, (), 2, (2,)), [1])
