from __future__ import annotations

import math

import pytest
import torch

from netwright.base.errors import PlanError
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
