"""Learning without a target: the network itself says what each row costs, and how far off it is."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from netwright.base.errors import PlanError
from netwright.training.objectives.supervised import LOSSES


@dataclass(frozen=True)
class OwnLoss:
    """Autoencoders and generators: raw outputs are (what the row costs in training, how far off it is).

    The second is what is predicted. Its mean over validation rows is what epochs and plans are chosen by: the error of
    reconstruction of an autoencoder, how unlikely a row is
    among those that a generator makes.

    Args:
        loss: `own`, the only one.
    """

    loss: str = "own"

    def __post_init__(self) -> None:
        if self.loss not in LOSSES["unsupervised"]:
            raise PlanError(f"--loss must come with a target, got {self.loss!r} without one. Leave it out.")

    def row_losses(
        self,
        raw: Float[Tensor, "member batch 2"],
        target: Float[Tensor, "member batch"],
        smoothing: Float[Tensor, " member"] | None = None,
    ) -> Float[Tensor, "member batch"]:
        """What each row costs; nothing is held against the target, which is zero."""
        return raw[:, :, 0]

    def prediction(self, raw: Float[Tensor, "member batch 2"]) -> Float[Tensor, "member batch 1"]:
        """How far off each row is."""
        return raw[:, :, 1:]

    def columns(self, outputs: int) -> int:
        """Numbers a row that are predicted."""
        return 1
