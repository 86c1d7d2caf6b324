"""Networks that make rows: what they draw, what they cost, and that their two halves learn apart."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netwright.base.layout import Layout
from netwright.models.family import Sizes, build_network
from netwright.models.gan import GAN
from netwright.models.making import Draws, Maker, kernel_width, surprise
from netwright.models.noise import Noise

#: A number, a number with a gate, its two states, and three levels.
LAYOUT = Layout(groups=(-1, -1, 1, 1, 2, 2, 2), gates=(-1, 2, -1, -1, -1, -1, -1))
SIZES = Sizes(dense=7, cardinalities=(), outputs=2, fan_in=(7, 7), layouts=(LAYOUT, LAYOUT))


def network(name: str, **config: object) -> Maker:
    made = build_network(name, {"hidden": [16, 16], "latent": 4, **config}, SIZES, [1, 2])
    assert isinstance(made, Maker)
    made.start_from({"dense": rows(300)}, torch.ones(2, 300), [1, 2])
    return made


def rows(n: int) -> torch.Tensor:
    random = np.random.default_rng(n)
    gate, level = random.random(n) < 0.5, random.choice(3, n, p=[0.7, 0.25, 0.05])
    x = np.zeros((n, 7))
    x[:, 0], x[:, 1] = random.normal(size=n), np.where(gate, random.normal(2, 1, n), 0)
    x[:, 2], x[:, 3] = gate, ~gate
    x[np.arange(n), 4 + level] = 1
    return torch.tensor(x, dtype=torch.float32).expand(2, -1, -1).clone()


def noise(batch: int = 64, step: int = 1) -> Noise:
    own = Noise([5, 6], [0.0, 0.0], batch, 0, torch.device("cpu"))
    own.start_epoch(1, [1.0, 1.0])
    for _ in range(step):
        own.start_step()
    return own


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_made_rows_are_in_one_state_of_each_column(name: str) -> None:
    made = torch.from_numpy(network(name).rows(200, [np.random.default_rng(k) for k in (1, 2)]))
    assert torch.equal(made[:, :, 2:4].sum(2), torch.ones(2, 200)) and torch.equal(
        made[:, :, 4:].sum(2), torch.ones(2, 200)
    )
    assert not made[:, :, 1][made[:, :, 2] == 0].any()  # what does not count is 0
    again = network(name).rows(200, [np.random.default_rng(k) for k in (1, 2)])
    assert np.array_equal(made.numpy(), again)


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_a_step_draws_the_same_alone_and_after_a_restart(name: str) -> None:
    both, x = network(name), rows(64)
    cost = both({"dense": x}, noise(step=3))
    restarted = Noise([5, 6], [0.0, 0.0], 64, 0, torch.device("cpu"))
    restarted.start_epoch(1, [1.0, 1.0], step=2)
    restarted.start_step()
    assert torch.equal(both({"dense": x}, restarted), cost)
    alone = Noise([6], [0.0], 64, 0, torch.device("cpu"))
    alone.start_epoch(1, [1.0], step=2)
    alone.start_step()
    torch.testing.assert_close(both.subset([1])({"dense": x[1:]}, alone), cost[1:])


def test_each_half_learns_from_its_own_loss_alone() -> None:
    own, x = network("gan"), rows(64)
    assert isinstance(own, GAN)
    real, asked = own._evenly(x, Draws(noise().streams(), 2, 64, x.device))
    made = own._made(asked, Draws(noise(step=2).streams(), 2, 64, x.device), hard=False)
    generator = -own._score(made, asked, frozen=True)[0].mean()
    generator.backward()
    assert all(p.grad is None for name, p in own.named_parameters() if name.startswith("critic."))
    assert all(p.grad is not None and p.grad.any() for name, p in own.generator.named_parameters() if "weight" in name)
    own.zero_grad()
    (own._score(made.detach(), asked, frozen=False)[0] - own._score(real, asked, frozen=False)[0]).mean().backward()
    assert all(p.grad is None or not p.grad.any() for p in own.generator.parameters())


def test_the_steepness_of_the_critic_is_what_autograd_says() -> None:
    own, x = network("gan"), rows(32).requires_grad_()
    assert isinstance(own, GAN)
    score, slopes = own._score(x, torch.zeros_like(x), frozen=False)
    (gradient,) = torch.autograd.grad(score.sum(), x)
    torch.testing.assert_close(own._steepness(slopes), gradient.norm(dim=2), atol=1e-4, rtol=1e-4)


def test_rare_levels_are_asked_for_more_often_than_they_occur() -> None:
    own, x = network("gan"), rows(2_000)
    assert isinstance(own, GAN)
    real, asked = own._evenly(x, Draws(noise(2_000).streams(), 2, 2_000, x.device))
    assert torch.equal(asked.sum(2), torch.ones(2, 2_000)) and torch.equal(asked * real, asked)
    share = asked[0, :, 4:].sum(0) / asked[0, :, 4:].sum()
    counts = x[0, :, 4:].sum(0)
    torch.testing.assert_close(share, counts.log1p() / counts.log1p().sum(), atol=0.04, rtol=0)
    # to be judged, and to make rows, by how often they occur
    usual = own._asked(Draws.fixed(2, 4_000, x.device))[0]
    shares = own.shares[0, 4:]
    torch.testing.assert_close(usual[:, 4:].sum(0) / usual[:, 4:].sum(), shares / shares.sum(), atol=0.04, rtol=0)


def test_surprise_sees_how_columns_go_together() -> None:
    random = np.random.default_rng(0)
    a = random.normal(size=(1, 1_500, 1))
    together = np.concatenate([a, a + 0.1 * random.normal(size=a.shape)], axis=2)
    apart = together.copy()
    apart[0, :, 1] = random.permutation(apart[0, :, 1])
    real, good, bad = (torch.tensor(own, dtype=torch.float32) for own in (together[:, :500], together[:, 500:], apart))
    width = kernel_width(real, torch.ones(1, 500))
    assert surprise(real, good, width).mean() < surprise(real, bad, width).mean() - 0.5
    one = torch.zeros(1, 1, 2)
    torch.testing.assert_close(surprise(one, one, width), torch.zeros(1, 1))


@pytest.mark.parametrize("name", ["gan", "vae"])
def test_training_brings_made_rows_nearer(name: str) -> None:
    own, x = network(name), rows(256)
    with torch.inference_mode():
        before = own({"dense": x})[:, :, 1].mean()
    groups = [{"params": [p], "lr": 2e-3 * own.rate_factor(key)} for key, p in own.named_parameters()]
    optimizer = torch.optim.Adam(groups, betas=(0.5, 0.9))
    drawn = Noise([5, 6], [0.0, 0.0], 256, 0, torch.device("cpu"))
    drawn.start_epoch(1, [1.0, 1.0])
    for _ in range(200):
        drawn.start_step()
        optimizer.zero_grad()
        own({"dense": x}, drawn)[:, :, 0].mean(dim=1).sum().backward()
        optimizer.step()
    with torch.inference_mode():
        assert own({"dense": x})[:, :, 1].mean() < before - 0.3
    told = own.told()
    assert all(value.shape == (2,) and torch.isfinite(value).all() for value in told.values())
    assert 0.6 < float(told["made_spread"].mean()) < 1.4
