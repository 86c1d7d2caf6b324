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
    "unsupervised": ("own",),
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
        self,
        raw: Float[Tensor, "member batch *submodel output"],
        target: Float[Tensor, "member batch *class_or_step"],
        smoothing: Float[Tensor, " member"] | None = None,
    ) -> Float[Tensor, "member batch"]:
        """The loss of each row; of submodels the mean of theirs, never the loss of their mean.

        Args:
            raw: What the networks give.
            target: Scaled values (of a series one a step, whose mean counts) or class numbers; of two classes also the
                share of the second, of more the share of each.
            smoothing: For each member the share of a label that is spread evenly over the classes.
        """
        if raw.dim() == 4:
            n_submodels = raw.shape[2]
            losses = self.row_losses(raw.flatten(1, 2), target.repeat_interleave(n_submodels, dim=1), smoothing)
            return losses.view(*target.shape[:2], n_submodels).mean(dim=2)
        if self.task == "multiclass":
            given = target.flatten(0, 1) if target.dim() == 3 else target.flatten().long()
            flat = functional.cross_entropy(raw.flatten(0, 1), given, reduction="none")
            losses = flat.reshape(target.shape[:2])
            if smoothing is None:
                return losses
            even = -functional.log_softmax(raw, dim=2).mean(dim=2)
            return torch.lerp(losses, even, smoothing[:, None])
        if self.task == "regression" and target.dim() == 3:
            return self._of_numbers(raw, target).mean(dim=2)
        output = raw.squeeze(2)
        if self.task == "binary":
            if smoothing is not None:
                target = torch.lerp(target, torch.full_like(target, 0.5), smoothing[:, None])
            return functional.binary_cross_entropy_with_logits(output, target, reduction="none")
        return self._of_numbers(output, target)

    def _of_numbers(self, output: Tensor, target: Tensor) -> Tensor:
        """The loss of each number."""
        if self.loss == "mae":
            return (output - target).abs()
        if self.loss == "huber":
            return functional.huber_loss(output, target, reduction="none")
        return (output - target) ** 2

    def prediction(self, raw: Float[Tensor, "member batch *submodel output"]) -> Float[Tensor, "member batch column"]:
        """Values as they are; sigmoid or softmax for classes; of submodels the mean."""
        if raw.dim() == 4:
            each = self.prediction(raw.flatten(1, 2))
            return each.view(*raw.shape[:3], each.shape[2]).mean(dim=2)
        if self.task == "regression":
            return raw
        if self.task == "binary":
            positive = torch.sigmoid(raw)
            return torch.cat([1 - positive, positive], dim=2)
        return torch.softmax(raw, dim=2)

    def columns(self, outputs: int) -> int:
        """Numbers a row that are predicted: a probability of each of two classes, else one an output."""
        return 2 if self.task == "binary" else outputs
