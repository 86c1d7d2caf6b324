"""Rows without a target: the map with its clusters, the farthest rows and which of their cells are off."""

from __future__ import annotations

from typing import Any

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart

_HONEST = (
    "Without labels nothing proves that an anomaly is one, or that a cluster means anything: the network says which "
    "rows are unlike the others, and people say why."
)


def unlabelled_section(record: RunRecord) -> dict[str, Any]:
    """What the networks found in rows that nobody has labelled."""
    shown, told = record.more["unlabelled"], record.metrics["anomalies"]
    sizes = shown["sizes"]
    names = [f"cluster {number + 1} ({count(int(n), 'row')})" for number, n in enumerate(sizes)]
    ringed = "beyond the threshold"
    shares = [f"{100 * share:.0f} % of the spread" for share in shown["axes"]] + ["nothing more to show"]
    beyond = told["beyond"]
    forest = told["isolation_forest"]["rank_correlation"]
    lines = [
        "A row's score is how far off it is when the networks give it back. The threshold, "
        f"{figure(shown['threshold'])}, lies where {100 * shown['share']:.0f} % of the validation rows are beyond it, "
        f"scored by networks that had not learned from them: {count(int(beyond['validation']), 'row')} here"
        + (f", and {count(int(beyond['test']), 'row')} of the sealed test rows." if "test" in beyond else "."),
        f"{shown['why'][:1].upper()}{shown['why'][1:]}.",
    ]
    if forest is not None:
        lines.append(
            f"An isolation forest orders the same rows with a rank correlation of {forest:.2f} to the networks, where "
            "1 would be the same order. Neither is shown to be right."
        )
    return {
        "honest": _HONEST,
        "lines": lines,
        "rows": [
            {
                "row": f"{row['row']:,}",
                "score": figure(row["score"]),
                "cluster": row["cluster"],
                "cells": [f"{cell['column']}: {cell['is']}, given back as {cell['said']}" for cell in row["cells"]],
            }
            for row in shown["rows"]
        ],
        "charts": [
            chart(
                "map",
                "map",
                f"Development rows in the middle of one network ({count(int(shown['code']), 'number')}), seen from "
                "where they vary most",
                reading="Rows that lie near each other are alike to the network. Rings are rows beyond the threshold; "
                "many of them lie amid the others, since what is off need not lie far out.",
                alt=f"Map of {count(len(shown['points']), 'row')} in {count(len(sizes), 'cluster')}.",
                data={
                    "points": shown["points"],
                    "clusters": names,
                    "ringed": ringed,
                    "x": f"first direction ({shares[0]})",
                    "y": f"second direction ({shares[1]})",
                },
                height=460,
                wide=True,
            )
        ],
    }
