"""New rows: how good they are beside simple ways, each column real against made, and how both networks learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.base.figures import count, figure, listing
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn, drawn_all
from netwright.deliver.report.words import BASELINES, capital

#: What each measure is, what its best value is, and how to read it.
MEASURES = {
    "marginals": ("columns", "0", "mean distance between real and made cells of a column"),
    "associations": ("pairs of columns", "0", "mean difference between how pairs of columns go together"),
    "detection": ("told apart", "0.5", "area under the ROC of boosted trees that tell made rows from real ones"),
    "usefulness": ("useful", "", "score on real rows of boosted trees that learned on made ones"),
}
_SCORES = {"roc_auc": "ROC AUC", "accuracy": "accuracy", "r2": "R²"}
_LINES = {
    "critic_gap": "critic: real less made",
    "generator_loss": "generator: loss",
    "made_spread": "spread of made {what} over that of real ones",
}


def new_rows_section(record: RunRecord) -> dict[str, Any]:
    """The section on what was made."""
    told: Mapping[str, Any] = record.more["new_rows"]
    figures, best = told["figures"], told["best"]
    own = figures["model"]
    names = {"model": record.plan.name} | {name: BASELINES.get(name, name) for name in figures if name != "model"}
    rows = [
        {
            "name": MEASURES[measure][0],
            "reading": _reading(measure, own, told["target"]),
            "best_value": figure(own["on_real"]) if measure == "usefulness" else MEASURES[measure][1],
            "cells": [{"text": figure(figures[name][measure]), "best": best.get(measure) == name} for name in names],
        }
        for measure in MEASURES
    ]
    won = [MEASURES[measure][0] for measure, name in best.items() if name == "model"]
    return {
        "lead": _lead(own, won, len(best)),
        "privacy": _privacy(own),
        "makers": [capital(name) for name in names.values()],
        "measures": rows,
        "charts": [
            *network_chart(told["networks"]),
            *(_column_chart(number, one) for number, one in enumerate(told["columns"]) if one["labels"]),
        ],
    }


def _reading(measure: str, own: Mapping[str, Any], target: str) -> str:
    if measure != "usefulness":
        return MEASURES[measure][2]
    score = _SCORES.get(own["score"], own["score"])
    if not own["tells"]:
        return (
            f"nothing can be told: even boosted trees that learned {target} on real rows are no better on real ones "
            f"than always saying the same ({score} {figure(own['constant'])}); not counted"
        )
    return f"{score} on real rows of boosted trees that learned {target} on made ones; at best as if on real ones"


def _lead(own: Mapping[str, Any], won: list[str], n_measures: int) -> str:
    real = count(own["n_held_out"], "real row")
    made = f"{count(own['n_made'], 'made row')} held against {real} that nobody learned on."
    if not won:
        return f"{made} A simple way is better at every measure: new rows of this run are not worth their training."
    whole = "all" if len(won) == n_measures else f"{len(won)} of {n_measures}"
    return f"{made} The network is the best at {whole} measures ({listing(won)})."


def _privacy(own: Mapping[str, Any]) -> str:
    copies, chance = (figure(100 * own[name]) for name in ("copies", "copies_by_chance"))
    return (
        f"{copies} % of made rows equal a train row in every cell ({chance} % of new real rows would). The nearest "
        f"train row of a made one lies {figure(own['nearest'])} away in the middle, that of a held-out real one "
        f"{figure(own['nearest_held_out'])}; {figure(100 * own['near_share'])} % of made rows are nearer than 95 % of "
        "real ones, where 5 % would be usual. That tells copies; it is no promise of privacy."
    )


def network_chart(lines: Mapping[str, Any], what: str = "rows") -> list[dict[str, Any]]:
    """How both networks learned, where that was written down.

    Args:
        lines: Points (epoch, value) by the name of the signal.
        what: `rows` or `pictures` are made.
    """
    shown = [
        {"name": label.format(what=what), "points": [[epoch, drawn(value)] for epoch, value in lines[name]]}
        for name, label in _LINES.items()
        if len(lines.get(name, ())) > 1
    ]
    if not shown:
        return []
    both = "critic_gap" in lines
    return [
        chart(
            "both-networks",
            "both",
            "Both networks, epoch by epoch" if both else f"How much made {what} vary, epoch by epoch",
            reading=(
                f"The critic scores real {what} higher than made ones by its gap, in units of the distance between two "
                f"real {what}: one that stays high is a critic that wins. A spread far below 1 is mode collapse."
                if both
                else f"A spread far below 1 means that made {what} are all alike."
            ),
            alt=f"{capital(listing([str(line['name']) for line in shown]))} over training.",
            data={"lines": shown},
            height=320,
            wide=True,
        )
    ]


def _column_chart(number: int, column: Mapping[str, Any]) -> dict[str, Any]:
    name = column["column"]
    return chart(
        f"new-rows-{number}",
        "pairs",
        f"{name}: real and made",
        reading="Share of held-out real rows, and of made ones.",
        alt=f"Shares of real and of made rows along {name}, in {count(len(column['labels']), 'bar')}.",
        data={"labels": column["labels"], "real": drawn_all(column["real"]), "made": drawn_all(column["made"])},
        height=230,
    )
