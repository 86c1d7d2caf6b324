"""What was tried: every candidate on the validation rows."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from netwright.base.figures import figure
from netwright.base.record import RunRecord
from netwright.deliver.report.data_search import search_part
from netwright.deliver.report.words import BASELINES, direction, metric_of_choice

#: Rows of the table; the rest are in `leaderboard.csv`.
_MOST_ROWS = 20


def tried_section(record: RunRecord) -> dict[str, Any]:
    """The sixth section: the search and the leaderboard."""
    metric, n_folds = metric_of_choice(record), len(record.facts["split"]["folds"])
    scores = [entry["valid_score"] for entry in record.leaderboard]
    shown = [entry for place, entry in enumerate(record.leaderboard) if place < _MOST_ROWS or _always(entry)]
    return search_part(record) | {
        "n_left_off": len(record.leaderboard) - len(shown),
        "metric": metric.label,
        "direction": direction(metric),
        "n_folds": n_folds,
        "ensemble": any(entry["family"] == "ensemble" for entry in record.leaderboard),
        "rows": [
            {
                "name": _name(entry),
                "family": entry["family"],
                "score": figure(entry["valid_score"]),
                "std": figure(entry["valid_std"]) if n_folds > 1 and isfinite(entry["valid_std"]) else "",
                "seconds": figure(entry["fit_seconds"]),
                "weight": f"{100 * entry['weight']:.0f} %" if entry["weight"] and entry["family"] != "ensemble" else "",
                "parameters": f"{entry['parameters']:,}",
                "milliseconds": "" if entry["ms_per_row"] is None else figure(entry["ms_per_row"]),
                "pruned": entry.get("status") == "pruned",
                "chosen": entry["weight"] == 1,
                "share": _share(entry["valid_score"], scores),
            }
            for entry in shown
        ],
    }


def _always(entry: Mapping[str, Any]) -> bool:
    """Whether a row is shown however long the table is: baselines, and what predicts."""
    return entry["family"] in ("baseline", "ensemble") or bool(entry["weight"])


def _name(entry: Mapping[str, Any]) -> str:
    if entry["family"] == "baseline":
        return BASELINES.get(entry["name"], str(entry["name"]))
    return "the ensemble" if entry["family"] == "ensemble" else f"network {entry['name']}"


def _share(score: float, scores: list[float]) -> float:
    """Length of a bar in percent of the longest."""
    longest = max((abs(own) for own in scores if isfinite(own)), default=0.0)
    return round(100 * abs(score) / longest, 1) if longest > 0 and isfinite(score) else 0.0
