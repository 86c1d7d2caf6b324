"""Pictures that a trained run makes or gives back as files: one PNG file each, or a sheet of all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netwright.base.errors import DataError, PlanError
from netwright.base.near_pictures import SMALL, picture_array
from netwright.base.table import Table
from netwright.preparation.image import in_a_row
from netwright.training import anomalies
from netwright.training.making_pictures import drawer_of, made_pictures
from netwright.training.mixture import Mixture

#: More pictures at once would be watched by nobody, and more on a sheet could not be seen.
MOST_PICTURES, MOST_ON_A_SHEET = 100_000, 2_500
#: Pixels between the pictures of a sheet, and their grey.
_GAP, _GREY = 2, 128
_ATTACHED = "new_pictures"


@dataclass(frozen=True)
class Drawer:
    """What makes pictures like those that a run learned from.

    Args:
        fitted: Its part is one plan of a family that makes pictures.
    """

    fitted: Mixture

    @classmethod
    def of(cls, model: Mixture, folder: str | Path) -> Drawer | None:
        """What makes pictures, of a model; None where it was not trained to.

        Args:
            model: Maybe of a stranger.
            folder: What messages call it.

        Raises:
            DataError: It is damaged.
        """
        attachment = model.attachment(_ATTACHED)
        if attachment is None:
            return None
        names = [column.name for column in model.schema.features]
        fits = attachment.facts == {"column": names[0] if len(names) == 1 else ""} and not attachment.arrays
        if not fits or drawer_of(model) is None:
            raise DataError(f"the model in {folder} is damaged: what it draws must be its one column of pictures.")
        return cls(model)

    def pictures(self, n_rows: int, seed: int = 0) -> np.ndarray:
        """New pictures; uint8, (n_rows, channels, height, width).

        Args:
            n_rows: How many.
            seed: The same one gives the same pictures.

        Raises:
            PlanError: `n_rows` is not a number of pictures.
        """
        if not 1 <= n_rows <= MOST_PICTURES:
            raise PlanError(f"--rows must be a number from 1 to {MOST_PICTURES:,}, got {n_rows:,}.")
        return made_pictures(self.fitted, n_rows, seed)

    def write(self, out: Path | None, n_rows: int, seed: int = 0) -> str:
        """Make pictures and write them.

        Args:
            out: A file that ends in .png gets a sheet, any other name becomes a folder of files.
            n_rows: How many.
            seed: The same one gives the same bytes.

        Returns:
            Where they are, in words.

        Raises:
            PlanError: `out` is missing or taken, or there are too many pictures.
            DataError: It cannot be written.
        """
        out = free_place(out, n_rows)
        return write_pictures(out, self.pictures(n_rows, seed))


def free_place(out: Path | None, n_rows: int) -> Path:
    """Where pictures can be written without overwriting a folder.

    Args:
        out: As the user named it.
        n_rows: How many pictures.

    Raises:
        PlanError: It is missing or taken, or there are too many pictures for a sheet.
    """
    if out is None:
        raise PlanError("--out must name a new folder for the pictures, or a .png file for a sheet, got none.")
    if not _is_sheet(out):
        if out.is_file() or (out.is_dir() and any(out.iterdir())):
            raise PlanError(f"--out must be a new folder or end in .png, got {out}, which is taken. Take another name.")
        return out
    if n_rows > MOST_ON_A_SHEET:
        raise PlanError(
            f"a sheet must hold at most {MOST_ON_A_SHEET:,} pictures, got {n_rows:,}. Name a folder with --out."
        )
    if out.is_dir():
        raise PlanError(f"--out must be a file or a new folder, got {out}, which is a folder. Take another name.")
    return out


def write_pictures(out: Path, pictures: np.ndarray) -> str:
    """Pictures as files in a folder, or as a sheet where the name ends in .png; where they are, in words.

    Args:
        out: As `free_place` gave it.
        pictures: uint8; (n_rows, channels, height, width).

    Raises:
        DataError: It cannot be written.
    """
    try:
        if _is_sheet(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            save_picture(out, sheet_of(pictures))
            return f"a sheet in {out}"
        out.mkdir(parents=True, exist_ok=True)
        digits = max(4, len(str(len(pictures))))
        for number, picture in enumerate(pictures, 1):
            save_picture(out / f"{number:0{digits}}.png", picture)
    except OSError as error:
        raise DataError(f"--out must be a place that can be written, got {out} ({error.strerror or error}).") from error
    return f"files in {out}"


def side_by_side(model: Mixture, table: Table) -> np.ndarray | None:
    """Small pictures of rows, each with what an autoencoder gives back for it at its right; None without pictures.

    Args:
        model: One that gives rows back.
        table: The rows.

    Returns:
        uint8; (n_rows, channels, height, width).

    Raises:
        DataError: The model gives no rows back, or there are several columns of pictures.
    """
    columns = [column for column in model.schema.features if column.kind == "image"]
    if not columns:
        return None
    anomalies.refuse_without(model)
    if len(columns) > 1:
        raise DataError(f"--reconstruct must have one column of pictures, got {len(columns)}. Train with one.")
    column = columns[0]
    back = anomalies.rebuilt_columns(model, table)[column.name]
    own = in_a_row(picture_array(table[column.name], column.shape), column.shape, SMALL).reshape(back.shape)
    line = np.full((*back.shape[:3], 1), _GREY / 255)
    both = np.concatenate([own, line, back], axis=3)
    return np.asarray(np.clip(np.rint(255 * both), 0, 255).astype(np.uint8))


def _is_sheet(out: Path) -> bool:
    return out.suffix.lower() == ".png"


def sheet_of(pictures: np.ndarray) -> np.ndarray:
    """All pictures in rows on one, about as wide as high; uint8, (channels, height, width).

    Args:
        pictures: uint8; (n_rows, channels, height, width).

    Example:
        >>> sheet_of(np.zeros((5, 1, 8, 8), dtype=np.uint8)).shape
        (1, 22, 32)
    """
    n_pictures, channels, height, width = pictures.shape
    wide = math.ceil(math.sqrt(n_pictures))
    high = -(-n_pictures // wide)
    sheet = np.full((channels, high * (height + _GAP) + _GAP, wide * (width + _GAP) + _GAP), _GREY, dtype=np.uint8)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, wide)
        top, left = _GAP + row * (height + _GAP), _GAP + column * (width + _GAP)
        sheet[:, top : top + height, left : left + width] = picture
    return sheet


def save_picture(path: Path, picture: np.ndarray) -> None:
    """One picture as a PNG file.

    Args:
        path: Where.
        picture: uint8; (channels, height, width).
    """
    from PIL import Image

    pixels = picture[0] if len(picture) == 1 else np.moveaxis(picture, 0, 2)
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, "PNG")
