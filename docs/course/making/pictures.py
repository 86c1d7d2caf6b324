"""Every picture of the course in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from making.draw_choice import anatomy, choice
from making.draw_curves import case, healthy, optimizers, own_curve, scaling, scores
from making.draw_line import epochs, fits
from making.draw_steps import split, three_rows, way
from making.draw_update import hidden_layer, neuron, valley
from making.svg import Canvas

LANGUAGES = ("en", "ko")
#: Name -> who draws it from (figures, language).
PICTURES: Mapping[str, Callable[[dict[str, Any], str], Canvas]] = {
    "way": way,
    "split": split,
    "scaling": scaling,
    "three_rows": three_rows,
    "optimizers": optimizers,
    "own_curve": own_curve,
    "scores": scores,
    "neuron": neuron,
    "valley": valley,
    "hidden_layer": hidden_layer,
    "healthy": healthy,
    **{
        name: (lambda figures, lang, name=name: case(figures, lang, name))
        for name in ("still_falling", "too_slow", "jagged", "diverging", "overfit", "dead", "vanishing", "saturated")
    },
    "choice": choice,
    "anatomy": anatomy,
}
#: Those that show the rows of a table that is not ours: drawn only where it is.
WITH_POINTS: Mapping[str, Callable[[dict[str, Any], str, dict[str, Any]], Canvas]] = {"epochs": epochs, "fits": fits}


def write_pictures(figures: dict[str, Any], folder: Path, points: dict[str, Any] | None) -> None:
    """Draw all pictures.

    Args:
        figures: What `figures.json` holds.
        folder: Has a folder for each language.
        points: Rows of the third chapter's table, or None where they are not here and its pictures stay as they are.
    """
    for lang in LANGUAGES:
        (folder / lang).mkdir(parents=True, exist_ok=True)
        for name, draw in PICTURES.items():
            (folder / lang / f"{name}.svg").write_text(draw(figures, lang).render(), encoding="utf-8")
        for name, draw_points in WITH_POINTS.items() if points is not None else ():
            (folder / lang / f"{name}.svg").write_text(draw_points(figures, lang, points).render(), encoding="utf-8")
