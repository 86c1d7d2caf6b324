"""What the report shows of rows without a target: the map, the farthest rows with their cells, the spread of scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.base.record import Predictions
from netwright.base.table import Table
from netwright.evaluate.clusters import Clusters, nearest
from netwright.training.anomalies import Anomalies, embed, errors_of_columns, network_of, rebuilt_columns
from netwright.training.mixture import Mixture

#: Points of the map, rows that are shown, and cells of each.
_MOST_POINTS, _MOST_ROWS, _MOST_CELLS = 2_000, 12, 4
_BARS = 30


def shown_rows(
    model: Mixture, own: Anomalies, clusters: Clusters, table: Table, validation: Predictions
) -> dict[str, Any]:
    """JSON-able figures of development rows, scores of rows that networks did not learn from.

    Args:
        model: What ships.
        own: What is learned of anomalies and clusters.
        clusters: How they were chosen.
        table: Development rows.
        validation: How far off each is, out of fold.
    """
    part = network_of(model)
    embedded = embed(part, own.member, table)
    labels, on_map = nearest(embedded, own.centres), own.on_map(embedded)
    place = {int(row): at for at, row in enumerate(table.rows)}
    scores = np.full(table.n_rows, np.nan)
    for row, score in zip(validation.rows, validation.predicted, strict=True):
        if int(row) in place:
            scores[place[int(row)]] = score
    scored = np.flatnonzero(np.isfinite(scores))
    far = scored[np.argsort(-scores[scored], kind="stable")][:_MOST_ROWS]
    step = max(1, -(-len(scored) // _MOST_POINTS))
    drawn = np.union1d(scored[::step], far)
    spread = embedded.var(axis=0).sum() or 1.0
    edges = np.quantile(scores[scored], [0.0, 0.995]) if len(scored) else np.array([0.0, 1.0])
    counts, at = np.histogram(np.clip(scores[scored], *edges), bins=_BARS, range=(edges[0], max(edges[1], 1e-9)))
    return {
        "points": [
            [
                round(float(on_map[row, 0]), 4),
                round(float(on_map[row, -1]) if on_map.shape[1] > 1 else 0.0, 4),
                int(labels[row]),
                bool(scores[row] > own.threshold),
                int(table.rows[row]),
            ]
            for row in drawn
        ],
        "axes": [round(float(on_map[:, axis].var() / spread), 4) for axis in range(on_map.shape[1])],
        "n_clusters": len(own.centres),
        "sizes": np.bincount(labels, minlength=len(own.centres)).tolist(),
        "why": clusters.why,
        "threshold": own.threshold,
        "share": own.share,
        "rows": _rows(model, table, far, scores, labels),
        "histogram": {"edges": [round(float(edge), 6) for edge in at], "counts": counts.tolist()},
        "code": embedded.shape[1],
    }


def _rows(
    model: Mixture, table: Table, far: np.ndarray, scores: np.ndarray, labels: np.ndarray
) -> list[dict[str, Any]]:
    """The farthest rows, each with the cells that are most off: as they are, and as the networks give them back."""
    some = table.take(far)
    errors, names = errors_of_columns(network_of(model), some)
    said = rebuilt_columns(model, some)
    rows = []
    for at, row in enumerate(far):
        known = np.where(np.isfinite(errors[at]), errors[at], -1.0)
        cells = []
        for column in np.argsort(-known, kind="stable")[:_MOST_CELLS]:
            name = names[column]
            if known[column] <= 0 or name not in said or name not in some.schema:
                continue
            cells.append(
                {
                    "column": name,
                    "is": _text(some[name][int(at)]),
                    "said": _text(said[name][at]),
                    "off": round(float(known[column]), 3),
                }
            )
        rows.append(
            {"row": int(table.rows[row]), "score": float(scores[row]), "cluster": 1 + int(labels[row]), "cells": cells}
        )
    return rows


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{float(cell):.4g}" if isinstance(cell, float | np.floating) else str(cell)
