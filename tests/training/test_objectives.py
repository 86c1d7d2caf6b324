from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from netwright.base.errors import PlanError
from netwright.base.plan import Task
from netwright.training.objectives.supervised import Supervised


def test_losses_of_numbers_by_hand() -> None:
    raw, target = torch.tensor([[[0.5], [3.0]]]), torch.tensor([[0.0, 1.0]])
    assert Supervised("regression", "mse").row_losses(raw, target).tolist() == [[0.25, 4.0]]
    assert Supervised("regression", "mae").row_losses(raw, target).tolist() == [[0.5, 2.0]]
    assert Supervised("regression", "huber").row_losses(raw, target).tolist() == [[0.125, 1.5]]


def test_cross_entropy_of_two_classes_by_hand() -> None:
    objective = Supervised("binary", "cross_entropy")
    raw = torch.tensor([[[0.0], [math.log(3)]]])
    losses = objective.row_losses(raw, torch.tensor([[1.0, 1.0]]))
    torch.testing.assert_close(losses, torch.tensor([[math.log(2), -math.log(0.75)]]))
    torch.testing.assert_close(objective.prediction(raw), torch.tensor([[[0.5, 0.5], [0.25, 0.75]]]))


def test_cross_entropy_of_many_classes_by_hand() -> None:
    objective = Supervised("multiclass", "cross_entropy")
    raw = torch.log(torch.tensor([[[0.2, 0.3, 0.5]], [[0.1, 0.1, 0.8]]]))
    losses = objective.row_losses(raw, torch.tensor([[2.0], [0.0]]))
    torch.testing.assert_close(losses, torch.tensor([[-math.log(0.5)], [-math.log(0.1)]]))
    torch.testing.assert_close(objective.prediction(raw).sum(dim=2), torch.ones(2, 1))


def test_a_loss_must_fit_the_task() -> None:
    with pytest.raises(PlanError, match=r"--loss must be one of cross_entropy for binary, got 'mse'\."):
        Supervised("binary", "mse")


@pytest.mark.parametrize(("task", "width"), [("binary", 1), ("multiclass", 4)])
def test_label_smoothing_equals_torchs_own_with_a_share_for_each_member(task: Task, width: int) -> None:
    generator = torch.Generator().manual_seed(0)
    raw = torch.randn(3, 20, width, generator=generator)
    target = torch.randint(0, max(2, width), (3, 20), generator=generator)
    shares = [0.0, 0.1, 0.4]
    found = Supervised(task, "cross_entropy").row_losses(raw, target.float(), torch.tensor(shares))
    for member, share in enumerate(shares):
        logits = raw[member] if width > 1 else torch.cat([torch.zeros_like(raw[member]), raw[member]], dim=1)
        expected = functional.cross_entropy(logits, target[member], reduction="none", label_smoothing=share)
        torch.testing.assert_close(found[member], expected)


@pytest.mark.parametrize(
    ("task", "loss", "width"),
    [("regression", "mse", 1), ("binary", "cross_entropy", 1), ("multiclass", "cross_entropy", 3)],
)
def test_of_submodels_the_mean_of_losses_and_of_predictions(task: Task, loss: str, width: int) -> None:
    generator = torch.Generator().manual_seed(0)
    raw = torch.randn(2, 5, 4, width, generator=generator)  # member, batch, submodel, output
    target = torch.randint(0, 2, (2, 5), generator=generator).float()
    objective = Supervised(task, loss)
    losses = torch.stack([objective.row_losses(raw[:, :, k], target) for k in range(4)])
    torch.testing.assert_close(objective.row_losses(raw, target), losses.mean(dim=0))
    predictions = torch.stack([objective.prediction(raw[:, :, k]) for k in range(4)])
    torch.testing.assert_close(objective.prediction(raw), predictions.mean(dim=0))


def test_a_share_of_each_class_is_a_target_as_well() -> None:
    raw, labels = torch.randn(2, 5, 3), torch.tensor([[0.0, 1, 2, 1, 0], [2, 2, 1, 0, 1]])
    own, shares = Supervised("multiclass", "cross_entropy"), torch.nn.functional.one_hot(labels.long(), 3).float()
    torch.testing.assert_close(own.row_losses(raw, shares), own.row_losses(raw, labels))
    # the loss is linear in the target
    mixed = own.row_losses(raw, 0.7 * shares + 0.3 * shares.flip(1))
    expected = 0.7 * own.row_losses(raw, labels) + 0.3 * own.row_losses(raw, labels.flip(1))
    torch.testing.assert_close(mixed, expected)
    # of submodels the mean of their losses
    each = torch.randn(2, 5, 4, 3)
    apart = torch.stack([own.row_losses(each[:, :, place], shares) for place in range(4)]).mean(dim=0)
    torch.testing.assert_close(own.row_losses(each, shares), apart)
