"""New pictures: of a trained model, and of the simple ways that it has to beat."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from netwright.base.errors import DataError
from netwright.base.plan import Preparation
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.evaluate.simple_makers import copula_rows, independent_rows
from netwright.models.image_gan import COMPARED, ImageGAN
from netwright.models.making import kernel_score, score_width
from netwright.preparation.image import ImageEncoder
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import feature_values
from netwright.training.baselines import TrainedBaseline, learned_rows
from netwright.training.fitted_baseline import BaselineFold, FittedBaseline
from netwright.training.mixture import Mixture
from netwright.training.model import FittedModel
from netwright.training.tensors import TRAIN_SAMPLE

#: What a network that makes pictures is compared with: ways to make small pictures in a row.
SIMPLE: dict[str, Callable[[np.ndarray, int, np.random.Generator], np.ndarray]] = {
    "pixels": independent_rows,
    "pixel_copula": copula_rows,
}
#: Pictures that are made at a time, and that are compared.
_AT_ONCE, _BLOCK = 500, 2_048


def drawer_of(model: Mixture) -> tuple[FittedModel, ImageGAN, tuple[ImageEncoder, ...]] | None:
    """The part of a model that makes pictures, its network, and how each fold turns pictures into numbers.

    Args:
        model: Maybe of a stranger; None where it makes no pictures.
    """
    part = model.parts[0]
    if len(model.parts) != 1 or not isinstance(part, FittedModel) or not isinstance(part.network, ImageGAN):
        return None
    encoders = [fold.preparer.encoders for fold in part.folds]
    own = tuple(only for (only, *more) in encoders if not more and isinstance(only, ImageEncoder) and not only.flat)
    return (part, part.network, own) if len(own) == len(encoders) else None


def made_pictures(model: Mixture, n_rows: int, seed: int) -> np.ndarray:
    """New pictures, in even parts from all members; uint8, (n_rows, channels, height, width).

    Args:
        model: Its part is one plan of a family that makes pictures.
        n_rows: How many.
        seed: The same one gives the same pictures.

    Raises:
        DataError: The model does not make pictures.
    """
    found = drawer_of(model)
    if found is None:
        raise DataError("the model must be of a family that makes pictures (--model image-gan), got another one.")
    part, network, encoders = found
    blocks = []
    for start in range(0, n_rows, _AT_ONCE):
        own_seed, wanted = derive_seed(seed, "made pictures", start), min(_AT_ONCE, n_rows - start)
        n_members = len(part.member_folds)
        random = [np.random.default_rng(derive_seed(own_seed, "member", member)) for member in range(n_members)]
        raw = network.pictures(-(-wanted // n_members), random)
        made = [encoders[fold].back(own) for fold, own in zip(part.member_folds, raw, strict=True)]
        together = np.concatenate(made)
        order = np.random.default_rng(derive_seed(own_seed, "order")).permutation(len(together))[:wanted]
        blocks.append(together[order])
    return np.concatenate(blocks)


@dataclass(frozen=True)
class SimplePictures:
    """Small pictures made in a simple way, and how far real ones are from them.

    Args:
        kind: One of `SIMPLE`.
        made: Small pictures in a row; (n_made, number).
        width: Of the kernel by which pictures are near to others.
    """

    kind: str
    made: np.ndarray
    width: float

    is_class: ClassVar[bool] = False

    def __call__(self, dense: np.ndarray) -> np.ndarray:
        """How far real pictures are from made ones; float64, (n_rows,)."""
        made, width = torch.from_numpy(self.made)[None], torch.tensor([self.width])
        parts = [
            kernel_score(torch.from_numpy(dense[at : at + _BLOCK])[None], made, width)[0]
            for at in range(0, len(dense), _BLOCK)
        ]
        return torch.cat(parts).double().numpy() if parts else np.zeros(0)

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned."""
        return int(self.made.size)

    @property
    def row_products(self) -> int:
        """Multiplications that a row takes, about."""
        return int(self.made.size)

    def arrays(self) -> dict[str, np.ndarray]:
        """What it learned."""
        return {"made": self.made}


def simple_pictures(split: Split, seed: int) -> Iterator[TrainedBaseline]:
    """Pixels drawn one by one and a Gaussian copula of pixels, on the folds of the networks.

    Args:
        split: Its development rows are read, its test rows are not.
        seed: The run's seed.
    """
    preparation, schema = Preparation(flat=True), split.development.schema
    prepared = []
    for number, fold in enumerate(split.folds):
        own = feature_values(split.development.take(learned_rows(split, number, seed)))
        maker = Preparer.fit(schema, own, preparation)
        valid = maker.transform(feature_values(split.development.take(fold.valid))).dense
        prepared.append((maker, maker.transform(own).dense, valid))
    for name, make in SIMPLE.items():
        start, folds, outer, predicting = time.perf_counter(), [], [], 0.0
        for number, (maker, known, valid) in enumerate(prepared):
            random = np.random.default_rng(derive_seed(seed, "simple pictures", name, number))
            made = np.asarray(make(known.astype(np.float64), COMPARED, random), dtype=np.float32)
            rows = torch.from_numpy(known[:TRAIN_SAMPLE])[None]
            fitted = SimplePictures(name, made, float(score_width(rows, torch.ones(rows.shape[:2]))[0]))
            folds.append(BaselineFold(maker, fitted))
            begun = time.perf_counter()
            outer.append(fitted(valid))
            predicting += time.perf_counter() - begun
        seconds, row_seconds = time.perf_counter() - start, predicting / max(1, sum(map(len, outer)))
        yield TrainedBaseline(tuple(outer), seconds, FittedBaseline(name, tuple(folds)), row_seconds)
