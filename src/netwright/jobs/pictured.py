"""Examples for the report of a run over pictures: right and wrong ones, each with where the network looked."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from netwright.base.figures import share
from netwright.base.near_pictures import picture_array
from netwright.base.record import Predictions
from netwright.base.table import Table
from netwright.training.looking import places_looked_at
from netwright.training.mixture import Mixture

#: Examples shown of either sort.
_RIGHT, _WRONG = 10, 15
#: The section of the report that shows them.
SECTION = "pictures"
#: Where the network looked is laid over the darkened picture in this colour.
_COLOUR, _DARKENED = np.array([255, 160, 30], dtype=np.float32), 0.55


def examples_of(model: Mixture, table: Table, predictions: Predictions, part: str) -> Mapping[str, Any]:
    """What the section on pictures shows, by its name; empty where there are no pictures or no classes.

    Wrong ones are those of which the model was the surest; right ones are of each class in turn.

    Args:
        model: What ships.
        table: Rows that judge, those of the predictions among them.
        predictions: Of these rows.
        part: `test` or `validation`.
    """
    column = next((own for own in table.schema.features if own.kind == "image"), None)
    if column is None or predictions.predicted.ndim != 2 or not len(predictions.rows):
        return {}
    threshold = predictions.threshold
    named = model.chosen(predictions.predicted) if not isinstance(threshold, np.ndarray) else None
    named = predictions.predicted.argmax(axis=1) if named is None else named
    sure = predictions.predicted[np.arange(len(named)), named]
    truth = predictions.truth.astype(np.int64)
    wrong = np.flatnonzero(named != truth)
    wrong_shown = wrong[np.argsort(-sure[wrong], kind="stable")][:_WRONG]
    shown = np.concatenate([wrong_shown, _in_turn(truth, named == truth)[:_RIGHT]])
    order = np.argsort(table.rows, kind="stable")
    at = order[np.searchsorted(table.rows[order], predictions.rows[shown])]
    rows = table.take(at)
    pictures = picture_array(rows[column.name], column.shape)
    heat = places_looked_at(model, rows, named[shown])
    files = rows["file"].to_list() if "file" in rows.schema else [None] * len(at)
    classes = (*model.target.classes, None)  # -1, a class that training lacked, reads the last entry
    examples = [
        {
            "picture": picture_address(pictures[place]),
            "looked_at": None if heat is None else picture_address(_laid_over(pictures[place], heat[place])),
            "truth": classes[truth[row]] or "a class that training lacked",
            "named": classes[named[row]],
            "sure": float(sure[row]),
            "row": int(predictions.rows[row]),
            "file": files[place],
        }
        for place, row in enumerate(shown)
    ]
    n_wrong = len(wrong_shown)
    said = {
        "part": part,
        "n_rows": len(named),
        "n_wrong": len(wrong),
        "wrong_share": share(len(wrong), len(named)),
        "wrong": examples[:n_wrong],
        "right": examples[n_wrong:],
    }
    return {SECTION: said}


def _in_turn(truth: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Rows that are right, the first of each class, then the second, and so on."""
    rows = np.flatnonzero(right)
    turn = np.zeros(len(rows), dtype=np.int64)
    for own in np.unique(truth[rows]):
        mine = truth[rows] == own
        turn[mine] = np.arange(mine.sum())
    return np.asarray(rows[np.lexsort((truth[rows], turn))])


def _laid_over(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """The picture with what was looked at; uint8, (3, height, width)."""
    colours = np.broadcast_to(picture.astype(np.float32) * _DARKENED, (3, *picture.shape[1:]))
    strength = heat[None].astype(np.float32) * 0.75
    return np.asarray(np.clip(colours * (1 - strength) + _COLOUR[:, None, None] * strength, 0, 255).astype(np.uint8))


def picture_address(picture: np.ndarray) -> str:
    """A picture as an address that holds it, PNG within."""
    from PIL import Image

    pixels = picture[0] if len(picture) == 1 else np.moveaxis(picture, 0, 2)
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(written, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()
