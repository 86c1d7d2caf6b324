"""Recipes: how each family is best trained where the user did not say. Figures are those of the papers named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from netwright.base.plan import Task, of_classes

#: Rows a step by the size of the table: the first whose bound is above the number of rows.
Sizes = tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class Recipe:
    """Choices that belong together.

    Args:
        learning_rate: For regression, and for classes.
        epochs: Passes over the train rows, by preset ...
        steps: ... and fewer of them where these would be more steps than this, by preset; empty sets no bound ...
        least_epochs: ... but never fewer than these.
        seeds: Networks a fold, by preset; where empty as many as the preset says.
        optimizer: What moves the weights.
        schedule: How the learning rate moves.
        regularisation: How weight decay and dropout move.
        betas: How slowly Adam forgets.
        weight_decay: Pull of the weights towards zero.
        clip_norm: The longest gradient of a network.
        label_smoothing: Share of a label that is spread evenly, where classes are judged by what they are called; where
            they are judged by their probabilities it would spoil those.
        batch_sizes: Rows a step, by the rows of the table; None goes by the preset.
        drop_last: Whether every batch is full.
        patience: Share of the epochs, or a number of them, without gain after which a network stops; None never stops.
        scale: Of numeric columns.
        onehot_limit: Categories with more levels than this get a learned embedding.
        clamp: Whether predicted numbers end where those of the train rows do.
        activation: For regression, and for classes; None leaves the family's own.
        widths: Of hidden layers, by preset and by the rows of the table; where empty the family's own.
        invertible: Whether features are to be turned back into cells.
    """

    learning_rate: tuple[float, float]
    epochs: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    least_epochs: int = 16
    seeds: Mapping[str, int] = field(default_factory=dict)
    optimizer: str = "adamw"
    schedule: str = "cosine"
    regularisation: str = "constant"
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    clip_norm: float | None = None
    label_smoothing: float = 0.0
    batch_sizes: Sizes | None = None
    drop_last: bool = False
    patience: float | int | None = None
    scale: str = "standard"
    onehot_limit: int = 12
    clamp: bool = False
    activation: tuple[str, str] | None = None
    widths: Mapping[str, Sizes] = field(default_factory=dict)
    invertible: bool = False

    def rate(self, task: Task) -> float:
        """The learning rate for a task."""
        return self.learning_rate[of_classes(task)]

    def bend(self, task: Task) -> str | None:
        """The activation for a task, where the recipe has one."""
        return None if self.activation is None else self.activation[of_classes(task)]


_ALWAYS_256: Sizes = ((math.inf, 256),)
#: Widths of RealMLP's three hidden layers where time counts, and its steps.
_NARROW: Sizes = ((20_000, 64), (math.inf, 128))
_STEPS = {"quick": 1_500, "medium": 5_000, "best": 20_000}

# TabM with piecewise-linear embeddings (Gorishniy, Kotelnikov, Babenko, ICLR 2025)
_TABM = Recipe(
    learning_rate=(2e-3, 2e-3),
    epochs={"quick": 30, "medium": 200, "best": 400, "course": 100},
    seeds={"quick": 1, "medium": 1, "best": 1, "course": 1},
    schedule="constant",
    weight_decay=3e-4,
    clip_norm=1.0,
    batch_sizes=((2_800, 32), (4_500, 64), (6_400, 128), (32_000, 256), (108_000, 512), (math.inf, 1_024)),
    patience=16,
    scale="quantile",
    onehot_limit=32,
)

# RealMLP-TD (Holzmueller, Grinsztajn, Steinwart, NeurIPS 2024). Five folds of narrow networks err no more than five of
# the paper's 256 units, and cost a third or less (LOG.md)
_REALMLP = Recipe(
    learning_rate=(0.2, 0.04),
    epochs={"quick": 64, "medium": 128, "best": 256, "course": 256},
    steps=_STEPS,
    seeds={"quick": 1, "medium": 1, "best": 4, "course": 1},
    widths={"quick": _NARROW, "medium": _NARROW},
    schedule="coslog4",
    regularisation="flat_cosine",
    betas=(0.9, 0.95),
    weight_decay=0.02,
    label_smoothing=0.1,
    batch_sizes=_ALWAYS_256,
    drop_last=True,
    scale="robust_clip",
    onehot_limit=8,
    clamp=True,
    activation=("mish", "selu"),
)
# RealMLP-TD-S, its simple sister (same paper)
_REALMLP_S = replace(
    _REALMLP,
    learning_rate=(0.07, 0.04),
    regularisation="constant",
    weight_decay=0.0,
    onehot_limit=64,
    clamp=False,
)

# Plain Adam of a moderate step; the hidden cells of each row are all the regularisation there is
_AUTOENCODER = Recipe(
    learning_rate=(3e-3, 3e-3),
    weight_decay=1e-4,
    clip_norm=1.0,
    patience=0.35,
)

# Gulrajani et al. (NeurIPS 2017) and Xu et al. (NeurIPS 2019), but for the larger step, which small tables need
_GAN = Recipe(
    learning_rate=(1e-3, 1e-3),
    optimizer="adam",
    betas=(0.5, 0.9),
    epochs={"quick": 300, "medium": 600, "best": 1_500, "course": 300},
    steps={"quick": 1_000, "medium": 4_000, "best": 16_000, "course": 3_000},
    batch_sizes=((500, 32), (1_000, 64), (4_000, 128), (math.inf, 256)),
    seeds={"quick": 1, "medium": 1, "best": 1, "course": 1},
    invertible=True,
)
_VAE = replace(_GAN, learning_rate=(2e-3, 2e-3), betas=(0.9, 0.999), weight_decay=1e-5, patience=0.35)
# The same for pictures, with more steps; figures are ours (LOG.md)
_IMAGE_GAN = replace(
    _GAN,
    epochs={"quick": 200, "medium": 400, "best": 1_000, "course": 200},
    steps={"quick": 1_000, "medium": 2_000, "best": 12_000, "course": 2_000},
    batch_sizes=((500, 32), (math.inf, 64)),
    invertible=False,
)

# series: few rows that overlap, so early ends; figures of our own measurements (LOG.md)
_SERIES_SIZES: Sizes = ((500, 16), (2_000, 32), (8_000, 64), (math.inf, 128))
_DLINEAR = Recipe(
    learning_rate=(5e-3, 5e-3),
    epochs={"quick": 40, "medium": 80, "best": 150, "course": 100},
    steps={"quick": 1_500, "medium": 4_000, "best": 12_000},
    seeds={"quick": 1, "medium": 1, "best": 2, "course": 1},
    weight_decay=1e-3,
    clip_norm=1.0,
    batch_sizes=_SERIES_SIZES,
    patience=0.35,
)
_TCN = replace(_DLINEAR, learning_rate=(2e-3, 2e-3), weight_decay=1e-2)

# A small residual network for pictures; figures are ours (LOG.md)
_CNN = Recipe(
    learning_rate=(5e-3, 5e-3),
    epochs={"quick": 10, "medium": 24, "best": 60, "course": 12},
    steps={"quick": 400, "medium": 800, "best": 6_000, "course": 800},
    least_epochs=8,
    seeds={"quick": 1, "medium": 1, "best": 1, "course": 1},
    weight_decay=0.05,
    clip_norm=1.0,
    batch_sizes=((2_000, 32), (20_000, 64), (math.inf, 128)),
)

RECIPES: dict[str, Recipe] = {
    "autoencoder": _AUTOENCODER,
    "gan": _GAN,
    "vae": _VAE,
    "image-gan": _IMAGE_GAN,
    "dlinear": _DLINEAR,
    "tcn": _TCN,
    "rnn": _TCN,
    "cnn": _CNN,
    "realmlp": _REALMLP,
    "realmlp-s": _REALMLP_S,
    "tabm": _TABM,
    "tabm-mini": _TABM,
}
