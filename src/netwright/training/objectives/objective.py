"""What an objective is: how the raw outputs of a network become a loss and a prediction."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor


@runtime_checkable
class Objective(Protocol):
    """The loop knows networks only through this."""

    def row_losses(
        self,
        raw: Float[Tensor, "member batch *submodel output"],
        target: Float[Tensor, "member batch *class_or_step"],
        smoothing: Float[Tensor, " member"] | None = None,
    ) -> Float[Tensor, "member batch"]:
        """The loss of each row; of submodels the mean of theirs, never the loss of their mean."""
        ...

    def prediction(self, raw: Float[Tensor, "member batch *submodel output"]) -> Float[Tensor, "member batch column"]:
        """What is predicted: values, or a probability for each class; of submodels the mean of theirs."""
        ...

    def columns(self, outputs: int) -> int:
        """Numbers a row that are predicted by a network of so many outputs."""
        ...
