"""Recipes: how each family is best trained where the user did not say. Figures are those of the papers named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netwright.base.plan import Task


@dataclass(frozen=True)
class Recipe:
    """Choices that belong together.

    Args:
        learning_rate: For regression, and for classes.
        epochs: Passes over the train rows, by preset.
        optimizer: What moves the weights.
        schedule: How the learning rate moves.
        regularisation: How weight decay and dropout move.
        betas: How slowly Adam forgets.
        weight_decay: Pull of the weights towards zero.
        batch_size: Rows a step; None goes by the size of the table.
        patience: Share of the epochs without gain after which a network stops; None never stops early.
        scale: Of numeric columns.
        onehot_limit: Categories with more levels than this get a learned embedding.
        activation: For regression, and for classes; None leaves the family's own.
    """

    learning_rate: tuple[float, float]
    epochs: Mapping[str, int]
    optimizer: str = "adamw"
    schedule: str = "cosine"
    regularisation: str = "constant"
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    batch_size: int | None = None
    patience: float | None = None
    scale: str = "standard"
    onehot_limit: int = 12
    activation: tuple[str, str] | None = None

    def rate(self, task: Task) -> float:
        """The learning rate for a task."""
        return self.learning_rate[task != "regression"]

    def bend(self, task: Task) -> str | None:
        """The activation for a task, where the recipe has one."""
        return None if self.activation is None else self.activation[task != "regression"]


RECIPES: dict[str, Recipe] = {
    # RealMLP-TD (Holzmueller, Grinsztajn, Steinwart, NeurIPS 2024); label smoothing is for classification error only
    "realmlp": Recipe(
        learning_rate=(0.2, 0.04),
        epochs={"quick": 64, "medium": 256, "best": 256, "course": 256},
        schedule="coslog4",
        regularisation="flat_cosine",
        betas=(0.9, 0.95),
        weight_decay=0.02,
        batch_size=256,
        scale="robust_clip",
        onehot_limit=8,
        activation=("mish", "selu"),
    ),
}
