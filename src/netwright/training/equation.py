"""Plain regression (`--hidden none`) as an equation in the units of the data."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from netwright.base.figures import count, figure
from netwright.preparation.boolean import BooleanEncoder
from netwright.preparation.encoder import Encoder
from netwright.preparation.numeric import NumericEncoder
from netwright.training.mixture import Mixture
from netwright.training.model import FittedModel

#: Longer equations are no help to anyone; the terms beyond are counted.
_MOST_TERMS = 12


def equation(mixture: Mixture) -> str:
    """`price = 34.6 - 0.950 * lstat`, the mean over members, or empty where the model is no plain line.

    Only networks of a single plan have one, without a hidden layer, without embeddings and with one output.
    """
    if len(mixture.parts) > 1 or not mixture.networks or mixture.temperature != 1.0:
        return ""
    model = mixture.networks[0]
    if model.plan.config.get("hidden") or model.sizes.cardinalities or model.target.outputs != 1:
        return ""
    preparation = model.plan.preparation
    bent = preparation.scale in ("robust_clip", "quantile") or preparation.outliers == "clip"
    if model.plan.family not in ("mlp", "linear") or bent:
        return ""  # bent, so no line in the units of the data
    if any(fold.preparer.components or any(own.found for own in fold.preparer.derived) for fold in model.folds):
        return ""  # each component is a sum of all columns; what was found ends where the train rows do
    intercept, terms = _coefficients(model)
    left = model.target.name if model.target.task == "regression" else f"log-odds of {model.target.classes[1]}"
    ordered = sorted(terms.items(), key=lambda item: -abs(item[1][1]))
    text = figure(intercept)
    for name, (slope, _) in ordered[:_MOST_TERMS]:
        text += f" {'-' if slope < 0 else '+'} {figure(abs(slope))} * {name}"
    more = len(ordered) - _MOST_TERMS
    return f"{left} = {text}" + (f" and {count(more, 'smaller term')}" if more > 0 else "")


def _coefficients(model: FittedModel) -> tuple[float, dict[str, tuple[float, float]]]:
    """Intercept, and for each feature its slope in its own units and on the scale it was trained on."""
    weights = model.network.head.weight.detach().double().numpy()[:, :, 0]  # type: ignore[union-attr, operator]
    biases = model.network.head.bias.detach().double().numpy()[:, 0, 0]  # type: ignore[union-attr, operator]
    intercepts = []
    slopes: dict[str, list[float]] = defaultdict(list)
    scaled: dict[str, list[float]] = defaultdict(list)
    for member, fold in enumerate(model.member_folds):
        state, place = model.folds[fold], 0
        intercept = biases[member]
        for encoder in (*state.preparer.encoders, *(own.number for own in state.preparer.derived)):
            for index, name in enumerate(encoder.feature_names):
                label, center, factor = _in_units(encoder, index, name)
                weight = weights[member, place]
                slopes[label].append(weight * factor * state.scale.std)
                scaled[label].append(weight)
                intercept -= weight * factor * center
                place += 1
        intercepts.append(intercept * state.scale.std + state.scale.mean)
    n_members = len(model.member_folds)
    terms = {name: (sum(values) / n_members, sum(scaled[name]) / n_members) for name, values in slopes.items()}
    return float(np.mean(intercepts)), terms


def _in_units(encoder: Encoder, index: int, name: str) -> tuple[str, float, float]:
    """How a feature reads and how it was made: `(x - center) * factor`."""
    if isinstance(encoder, NumericEncoder) and index == 0:
        # `--scale log` takes 1 + |x|, so that zeros and negative numbers have a logarithm too
        label = f"sign({name}) * log(1 + |{name}|)" if encoder.log else name
        return label, encoder.center, encoder.factor
    if isinstance(encoder, BooleanEncoder) and index == 0:
        return f"({name})", 0.5, 2.0  # -1 and +1 are 2 * (0 or 1) - 1
    return f"({name})", 0.0, 1.0
