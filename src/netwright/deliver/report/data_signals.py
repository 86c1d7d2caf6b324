"""What was measured inside the networks while they trained, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.base.figures import figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn_all
from netwright.deliver.report.thinning import spaced

#: Layers and epochs that are drawn.
_MOST_LAYERS, _MOST_EPOCHS = 8, 60
#: The ratio of step to weight that trains well in most networks, and how far from it is still usual.
_USUAL_RATIO = 1e-3


def signal_charts(record: RunRecord) -> list[dict[str, Any]]:
    """Gradients, steps and units of the chosen plan's networks; empty where nothing was measured.

    Args:
        record: A finished run.
    """
    curves = record.curves
    own = [
        place
        for place, member in enumerate(curves.members)
        if member.plan.key == record.plan.key and curves.status[place] != "diverged"
    ]
    if not curves.signals or not own or not curves.layers or not curves.layers[own[0]]:
        return []
    names = curves.layers[own[0]]
    layers = spaced(len(names), _MOST_LAYERS)
    signals = {
        name: np.asarray(curves.signals[name][own][:, :, layers], dtype=np.float64)
        for name in ("gradient_norm", "update_ratio", "dead_share", "saturated_share")
        if name in curves.signals
    }
    shown = [names[layer] for layer in layers]
    made = [
        _norms(signals.get("gradient_norm"), shown),
        _ratios(signals.get("update_ratio"), shown),
        _units(signals.get("dead_share"), signals.get("saturated_share"), shown),
    ]
    return [one for one in made if one is not None]


def _norms(values: np.ndarray | None, layers: Sequence[str]) -> dict[str, Any] | None:
    if values is None or not np.isfinite(values).any():
        return None
    mean = _geometric(values)
    return chart(
        "gradients",
        "signals",
        "Length of the gradient, layer by layer",
        reading=(
            "The norm of each layer's gradient after an epoch, the geometric mean over the chosen plan's networks. "
            "Lines that lie close together are well; a first layer far below the last one hardly learns, one that "
            "shoots up explodes."
        ),
        alt=f"Gradient norms of {len(layers)} layers; they end at {_ends(mean)} from input to output.",
        data=_drawn(mean, layers, "gradient norm (log scale)") | {"log": True},
    )


def _ratios(values: np.ndarray | None, layers: Sequence[str]) -> dict[str, Any] | None:
    if values is None or not np.isfinite(values).any():
        return None
    mean = _geometric(values)
    return chart(
        "updates",
        "signals",
        "Size of a step against the weights it moves",
        reading=(
            "The last step of an epoch over the size of the weights, the geometric mean over networks. Near 0.001 "
            "(dashed) is usual; a hundred times more tears the weights about, a hundred times less hardly moves them. "
            "Towards the end of a falling learning rate it falls by itself."
        ),
        alt=f"Update-to-weight ratios of {len(layers)} layers; they end at {_ends(mean)} from input to output.",
        data=_drawn(mean, layers, "step over weights (log scale)") | {"log": True, "line": _USUAL_RATIO},
    )


def _units(dead: np.ndarray | None, saturated: np.ndarray | None, layers: Sequence[str]) -> dict[str, Any] | None:
    parts = {
        word: values
        for word, values in (("dead", dead), ("saturated", saturated))
        if values is not None and np.isfinite(values).any()
    }
    if not parts:
        return None
    means = {word: _mean(values) for word, values in parts.items()}
    most = {word: float(np.nanmax(own)) for word, own in means.items()}
    title = f"Share of {' and '.join(means)} units, layer by layer"
    alt = "; ".join(f"at most {100 * share:.0f} % of a layer's units were {word}" for word, share in most.items())
    if max(most.values()) < 0.005:
        said = f"{alt[0].upper()}{alt[1:]} at any time, so there is nothing to draw."
        return chart("units", "signals", title, reading="", alt=alt, data=None, empty=said)
    lines, names = [], []
    for word, own in means.items():
        for layer, name in enumerate(layers):
            if np.isfinite(own[:, layer]).any() and (most[word] >= 0.005):
                lines.append(own[:, layer])
                names.append(f"{name}, {word}")
    data = _drawn(np.stack(lines, axis=1), names, "share of the layer's units")
    return chart(
        "units",
        "signals",
        title,
        reading=(
            "A dead unit gives the same for nearly every row and learns no more; a saturated one stands at an end of "
            "its activation for over half of the rows. Mean over networks."
        ),
        alt=f"{alt[0].upper()}{alt[1:]}.",
        data=data | {"log": False, "percent": True, "dashed": [name.endswith("saturated") for name in names]},
    )


def _drawn(values: np.ndarray, layers: Sequence[str], axis: str) -> dict[str, Any]:
    """Lines at the epochs that were measured.

    Args:
        values: One column a line; (epoch, line).
        layers: Names of the lines.
        axis: Name of the vertical axis.
    """
    measured = np.flatnonzero(np.isfinite(values).any(axis=1))
    epochs = measured[spaced(len(measured), _MOST_EPOCHS)]
    lines = [drawn_all(values[epochs, line]) for line in range(values.shape[1])]
    return {"epochs": epochs.tolist(), "names": list(layers), "lines": lines, "axis": axis}


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over networks of what was measured; (epoch, layer)."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


def _geometric(values: np.ndarray) -> np.ndarray:
    """Geometric mean over networks; a zero has no place on a logarithmic scale and is left out; (epoch, layer)."""
    positive = np.where(values > 0, values, np.nan)
    return np.asarray(np.exp(_mean(np.log(positive))))


def _ends(mean: np.ndarray) -> str:
    """The last value of every layer in words."""
    ends = []
    for layer in range(mean.shape[1]):
        known = mean[np.isfinite(mean[:, layer]), layer]
        ends.append(figure(float(known[-1])) if len(known) else "-")
    return ", ".join(ends)
