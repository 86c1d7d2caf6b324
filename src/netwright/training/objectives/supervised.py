"""Learning a known target: squared, absolute and Huber error for numbers, cross-entropy for classes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from netwright.base.errors import PlanError
from netwright.base.plan import Task

#: The losses that fit each task, the default first.
LOSSES: dict[Task, tuple[str, ...]] = {
    "regression": ("mse", "mae", "huber"),
    "binary": ("cross_entropy",),
    "multiclass": ("cross_entropy",),
}


@dataclass(frozen=True)
class Supervised:
    """The target is a scaled value, or a class number.

    Args:
        task: What is predicted.
        loss: One of `LOSSES[task]`.
    """

    task: Task
    loss: str

    def __post_init__(self) -> None:
        if self.loss not in LOSSES[self.task]:
            raise PlanError(f"--loss must be one of {', '.join(LOSSES[self.task])} for {self.task}, got {self.loss!r}.")

    def row_losses(
        self, raw: Float[Tensor, "member batch output"], target: Float[Tensor, "member batch"]
    ) -> Float[Tensor, "member batch"]:
        """The loss of each row."""
        if self.task == "multiclass":
            flat = functional.cross_entropy(raw.flatten(0, 1), target.flatten().long(), reduction="none")
            return flat.reshape(target.shape)
        output = raw[:, :, 0]
        if self.task == "binary":
            return functional.binary_cross_entropy_with_logits(output, target, reduction="none")
        if self.loss == "mae":
            return (output - target).abs()
        if self.loss == "huber":
            return functional.huber_loss(output, target, reduction="none")
        return (output - target) ** 2

    def prediction(self, raw: Float[Tensor, "member batch output"]) -> Float[Tensor, "member batch column"]:
        """Values as they are; sigmoid or softmax for classes."""
        if self.task == "regression":
            return raw
        if self.task == "binary":
            positive = torch.sigmoid(raw)
            return torch.cat([1 - positive, positive], dim=2)
        return torch.softmax(raw, dim=2)
