"""What was measured inside the networks while they trained, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.base.figures import figure
from netwright.base.record import RunRecord
from netwright.base.settings import LANGUAGES
from netwright.deliver.report.chart import chart, drawn_all
from netwright.deliver.report.thinning import spaced
from netwright.deliver.report.words import capital
from netwright.deliver.report.words_diagnosis import SAID, SIGNALS

#: Layers and epochs that are drawn.
_MOST_LAYERS, _MOST_EPOCHS = 8, 60
#: The ratio of step to weight that trains well in most networks, and how far from it is still usual.
_USUAL_RATIO = 1e-3
#: A smaller share of units is none.
_NO_UNIT = 0.005


def signal_charts(record: RunRecord) -> list[dict[str, Any]]:
    """Gradients, steps and units of the chosen plan's networks; empty where nothing was measured.

    Args:
        record: A finished run.
    """
    curves, lang = record.curves, str(record.settings.get("lang", LANGUAGES[0]))
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
        _by_layer("gradients", "norms", signals.get("gradient_norm"), shown, lang),
        _by_layer("updates", "ratios", signals.get("update_ratio"), shown, lang, _USUAL_RATIO),
        _units(signals.get("dead_share"), signals.get("saturated_share"), shown, lang),
    ]
    return [one for one in made if one is not None]


def _by_layer(
    name: str, word: str, values: np.ndarray | None, layers: Sequence[str], lang: str, line: float | None = None
) -> dict[str, Any] | None:
    """A line a layer on a logarithmic axis, and one across where a figure is usual."""
    if values is None or not np.isfinite(values).any():
        return None
    mean, said = _geometric(values), SIGNALS[lang]
    return chart(
        name,
        "signals",
        said[word],
        reading=said[f"{word}_reading"],
        alt=said[f"{word}_alt"].format(len(layers), _ends(mean)),
        data=_drawn(mean, layers, said[f"{word}_axis"], lang)
        | {"log": True}
        | ({} if line is None else {"line": line}),
        lang=lang,
    )


def _units(
    dead: np.ndarray | None, saturated: np.ndarray | None, layers: Sequence[str], lang: str
) -> dict[str, Any] | None:
    parts = {
        word: values
        for word, values in (("dead", dead), ("saturated", saturated))
        if values is not None and np.isfinite(values).any()
    }
    if not parts:
        return None
    means, said = {word: _mean(values) for word, values in parts.items()}, SIGNALS[lang]
    most = {word: float(np.nanmax(own)) for word, own in means.items()}
    title = said["units"].format(said["and"].join(said[word] for word in means))
    alt = capital("; ".join(said["most"].format(100 * share, said[word]) for word, share in most.items()))
    if max(most.values()) < _NO_UNIT:
        empty = said["nothing"].format(alt)
        return chart("units", "signals", title, reading="", alt=alt, data=None, empty=empty, lang=lang)
    lines, names, dashed = [], [], []
    for word, own in means.items():
        for layer, name in enumerate(layers):
            if np.isfinite(own[:, layer]).any() and most[word] >= _NO_UNIT:
                lines.append(own[:, layer])
                names.append(f"{name}, {said[word]}")
                dashed.append(word == "saturated")
    data = _drawn(np.stack(lines, axis=1), names, said["units_axis"], lang)
    return chart(
        "units",
        "signals",
        title,
        reading=said["units_reading"],
        alt=f"{alt}.",
        data=data | {"log": False, "percent": True, "dashed": dashed},
        lang=lang,
    )


def _drawn(values: np.ndarray, layers: Sequence[str], axis: str, lang: str) -> dict[str, Any]:
    """Lines at the epochs that were measured.

    Args:
        values: One column a line; (epoch, line).
        layers: Names of the lines.
        axis: Name of the vertical axis.
    """
    measured = np.flatnonzero(np.isfinite(values).any(axis=1))
    epochs = measured[spaced(len(measured), _MOST_EPOCHS)]
    lines = [drawn_all(values[epochs, line]) for line in range(values.shape[1])]
    return {
        "epochs": epochs.tolist(),
        "names": list(layers),
        "lines": lines,
        "axis": axis,
        "words": SAID[lang]["in_charts"],
    }


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
