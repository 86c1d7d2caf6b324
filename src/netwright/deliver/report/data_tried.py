"""What was tried: every candidate on the validation rows."""

from __future__ import annotations

from math import isfinite
from typing import Any

from netwright.base.figures import figure
from netwright.base.record import RunRecord
from netwright.deliver.report.words import BASELINES, direction, metric_of


def tried_section(record: RunRecord) -> dict[str, Any]:
    """The sixth section: the leaderboard."""
    metric, n_folds = metric_of(record), len(record.facts["split"]["folds"])
    scores = [entry["valid_score"] for entry in record.leaderboard]
    return {
        "metric": metric.label,
        "direction": direction(metric),
        "n_folds": n_folds,
        "rows": [
            {
                "name": BASELINES.get(entry["name"], entry["name"])
                if entry["family"] == "baseline"
                else f"network {entry['name']}",
                "family": entry["family"],
                "score": figure(entry["valid_score"]),
                "std": figure(entry["valid_std"]) if n_folds > 1 and isfinite(entry["valid_std"]) else "",
                "seconds": figure(entry["fit_seconds"]),
                "chosen": entry["family"] != "baseline" and entry["name"] == record.plan.name,
                "share": _share(entry["valid_score"], scores),
            }
            for entry in record.leaderboard
        ],
    }


def _share(score: float, scores: list[float]) -> float:
    """Length of a bar in percent of the longest."""
    longest = max((abs(own) for own in scores if isfinite(own)), default=0.0)
    return round(100 * abs(score) / longest, 1) if longest > 0 and isfinite(score) else 0.0
