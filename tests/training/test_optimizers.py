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


def loss(net: Network, step: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(step)
    x, y = torch.randn(2, 8, 3, generator=generator), torch.randn(2, 8, generator=generator)
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
