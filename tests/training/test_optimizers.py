"""Each optimizer against torch's own class, over stacked parameters."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from netwright.base.errors import PlanError
from netwright.base.plan import Plan
from netwright.models.family import Network, Sizes, build_network
from netwright.training.optimizers import OPTIMIZERS, Optimizer, Run

REFERENCES: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
    "momentum": lambda groups, lr: torch.optim.SGD(groups, lr=lr, momentum=0.9),
    "rmsprop": torch.optim.RMSprop,
}


def network() -> Network:
    return build_network("mlp", {"hidden": [5]}, Sizes(3, (), 1, (3, 3)), [1, 2])


def loss(net: Network, step: int, member: int | None = None) -> torch.Tensor:
    """Of both members, or of a network that is one of them."""
    generator = torch.Generator().manual_seed(step)
    x, y = torch.randn(2, 8, 3, generator=generator), torch.randn(2, 8, generator=generator)
    if member is not None:
        x, y = x[member : member + 1], y[member : member + 1]
    return ((net({"dense": x})[:, :, 0] - y) ** 2).mean(dim=1).sum()


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_equal_torchs_own(name: str, decay: float) -> None:
    ours, theirs = network(), network()
    optimizer = Optimizer(Run.of([Plan("p", "mlp", {}, optimizer=name, weight_decay=decay)] * 2), ours)
    weights = theirs.penalised()
    biases = [p for p in theirs.parameters() if not any(p is w for w in weights)]
    groups = [{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0.0}]
    reference = REFERENCES[name](groups, lr=0.05)
    for step in range(12):
        optimizer.step(torch.autograd.grad(loss(ours, step), list(ours.parameters())), [0.05], [1.0])
        reference.zero_grad()
        loss(theirs, step).backward()
        reference.step()
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-6)


def test_unknown_optimizer_names_those_there_are() -> None:
    with pytest.raises(PlanError, match=r"--optimizer must be one of adam, .*, got 'newton'\."):
        Optimizer(Run.of([Plan("p", "mlp", {}, optimizer="newton")] * 2), network())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_plans_side_by_side_move_as_each_alone(name: str) -> None:
    plans = [
        Plan("a", "mlp", {}, optimizer=name, weight_decay=0.1, betas=(0.8, 0.95), clip_norm=0.3),
        Plan("b", "mlp", {}, optimizer=name, weight_decay=0.02),
    ]
    rates, strengths = [0.05, 0.01], [1.0, 0.5]
    together = network()
    both = Optimizer(Run.of(plans), together)
    singles = [together.subset([member]) for member in (0, 1)]
    alone = [Optimizer(Run.of([chosen]), own) for chosen, own in zip(plans, singles, strict=True)]
    for step in range(8):
        both.step(torch.autograd.grad(loss(together, step), list(together.parameters())), rates, strengths)
        for member, (optimizer, own) in enumerate(zip(alone, singles, strict=True)):
            gradients = torch.autograd.grad(loss(own, step, member), list(own.parameters()))
            optimizer.step(gradients, rates[member : member + 1], strengths[member : member + 1])
    for whole, first, second in zip(*(net.parameters() for net in (together, *singles)), strict=True):
        torch.testing.assert_close(whole, torch.cat([first, second]), rtol=1e-5, atol=1e-6)


def test_gradients_are_clipped_by_each_members_own_length() -> None:
    ours, theirs = network(), [network().subset([member]) for member in (0, 1)]
    plan = Plan("p", "mlp", {}, optimizer="sgd", clip_norm=0.1)
    Optimizer(Run.of([plan] * 2), ours).step(torch.autograd.grad(loss(ours, 0), list(ours.parameters())), [1.0], [1.0])
    for member, net in enumerate(theirs):
        loss(net, 0, member).backward()
        assert torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1) > 0.1
        torch.optim.SGD(net.parameters(), lr=1.0).step()
        for own, other in zip(ours.parameters(), net.parameters(), strict=True):
            torch.testing.assert_close(own[member], other[0], rtol=1e-5, atol=1e-6)


def test_those_that_stay_go_on_as_if_nobody_had_left() -> None:
    plan = Plan("p", "mlp", {}, optimizer="adam")
    whole, rest = network(), network()
    first, second = (Optimizer(Run.of([plan] * 2), net) for net in (whole, rest))
    for step in range(4):
        first.step(torch.autograd.grad(loss(whole, step), list(whole.parameters())), [0.05], [1.0])
    for step in range(4):
        if step == 2:
            rest = rest.subset([1])
            second.keep([1], Run.of([plan]), rest)
        own = loss(rest, step, 1) if step >= 2 else loss(rest, step)
        second.step(torch.autograd.grad(own, list(rest.parameters())), [0.05], [1.0])
    for one, other in zip(whole.parameters(), rest.parameters(), strict=True):
        torch.testing.assert_close(one[1], other[0], rtol=1e-5, atol=1e-6)
