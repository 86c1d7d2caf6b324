"""Pictures that tests make: bright squares in one corner or the other, which a small network tells apart at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

CLASSES = ("고양이", "개")


def drawn(n_pictures: int, side: int = 12, channels: int = 1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (uint8, (n_pictures, channels, side, side)) and their class, 0 or 1."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 90, (n_pictures, channels, side, side)).astype(np.uint8)
    truth = np.arange(n_pictures) % 2
    for number, own in enumerate(truth):
        at = slice(1, side // 2) if own else slice(side // 2, side - 1)
        pictures[number, :, at, at] = rng.integers(170, 255)
    return pictures, truth


def folder_of(path: Path, n_pictures: int = 80, classes: tuple[str, ...] = CLASSES, **drawing: int) -> Path:
    """A folder with a folder for each class."""
    pictures, truth = drawn(n_pictures, **drawing)
    for number, (picture, own) in enumerate(zip(pictures, truth, strict=True)):
        save(path / classes[own] / f"{number:03}.png", picture)
    return path


def save(path: Path, picture: np.ndarray, **options: object) -> Path:
    """One picture as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = picture[0] if len(picture) == 1 else np.moveaxis(picture, 0, 2)
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, **options)
    return path


def table_of(path: Path, n_pictures: int = 80) -> Path:
    """A table of pictures and numbers that only together tell the price."""
    pictures, truth = drawn(n_pictures)
    weight = np.random.default_rng(5).uniform(1, 5, n_pictures).round(2)
    names = [save(path / "사진" / f"{n}.png", own).relative_to(path).as_posix() for n, own in enumerate(pictures)]
    frame = pl.DataFrame({"photo": names, "weight": weight, "price": (weight * (1 + truth)).round(2)})
    frame.write_csv(path / "fruit.csv")
    return path / "fruit.csv"
