"""New pictures: a sheet beside real ones, how good they are beside simple ways, and how both networks learned."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from netwright.base.figures import count, figure, listing
from netwright.base.record import RunRecord
from netwright.deliver.report.data_new_rows import network_chart
from netwright.deliver.report.words import BASELINES, capital

#: What each measure is, what its best value is, and how to read it.
MEASURES = {
    "pixels": ("pixels", "0", "mean distance between the distributions of a pixel in real and in made pictures"),
    "pairs": ("pairs of pixels", "0", "mean difference between the correlations of pairs of pixels"),
    "variety": ("variety", "1", "how far two made pictures lie apart, over how far two real ones do"),
    "detection": ("told apart", "0.5", "area under the ROC of boosted trees that tell made pictures from real ones"),
}
_SHEETS = (("made", "Made pictures"), ("real", "Held-out real pictures"))
#: An address that holds a picture; nothing else may stand in the page as one.
_ADDRESS = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")


def new_pictures_section(record: RunRecord) -> dict[str, Any]:
    """The section on what was made.

    Args:
        record: With `new_pictures` among its further sections.
    """
    from markupsafe import Markup

    told: Mapping[str, Any] = record.more["new_pictures"]
    figures, best = told["figures"], told["best"]
    names = {"model": record.plan.name} | {name: BASELINES.get(name, name) for name in figures if name != "model"}
    rows = [
        {
            "name": title,
            "reading": reading,
            "best_value": best_value,
            "cells": [{"text": figure(figures[name][measure]), "best": best[measure] == name} for name in names],
        }
        for measure, (title, best_value, reading) in MEASURES.items()
    ]
    won = [MEASURES[measure][0] for measure, name in best.items() if name == "model"]
    return {
        "lead": _lead(figures["model"], won),
        "privacy": _privacy(figures["model"]),
        "sheets": [
            # letters of base64 only, so that nothing needs to be escaped
            {"title": title, "pictures": [Markup(own) for own in told["sheets"][name] if _ADDRESS.fullmatch(own)]}
            for name, title in _SHEETS
        ],
        "makers": [capital(name) for name in names.values()],
        "measures": rows,
        "charts": network_chart(told["networks"], "pictures"),
    }


def _lead(own: Mapping[str, Any], won: list[str]) -> str:
    real = count(own["n_held_out"], "real picture")
    made = f"{count(own['n_made'], 'made picture')} held against {real} that nobody learned on."
    if not won:
        return f"{made} A simple way is better at every measure: the pictures of this run are not worth their training."
    whole = "all" if len(won) == len(MEASURES) else f"{len(won)} of {len(MEASURES)}"
    return f"{made} The network is the best at {whole} measures ({listing(won)})."


def _privacy(own: Mapping[str, Any]) -> str:
    return (
        f"The nearest train picture of a made one lies {figure(own['nearest'])} away in the middle (root of the mean "
        f"square difference of small pictures, 0 to 1), that of a held-out real one {figure(own['nearest_held_out'])}; "
        f"{figure(100 * own['near_share'])} % of made pictures are nearer than 95 % of real ones, and blurred ones are "
        f"near to many. {figure(100 * own['copies'])} % lie at most half as far from a train picture as the nearest "
        f"5 % of real ones (of real ones {figure(100 * own['copies_by_chance'])} %): those count as copies. That tells "
        "copies; it is no promise of privacy."
    )
