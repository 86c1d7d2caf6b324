"""The operators: each plants one fault, mild and severe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from benchmarks.doctor import rows
from benchmarks.doctor.engine_faults import (
    begun_as,
    distance_on_classes,
    frozen,
    last_epoch_kept,
    logistic_on_numbers,
    no_zero_grad,
    output_through,
    quantile_loss,
    square_on_classes,
    trained_for,
)
from benchmarks.doctor.grounds import Ground
from benchmarks.doctor.plant import EditPlan, Fault
from torch import Tensor

from netwright.base.plan import Plan
from netwright.preparation.folds import PreparedFold

_CLASSES: Any = ("binary", "multiclass")
_NUMBERS: Any = ("regression",)


def _plan(**choices: Any) -> EditPlan:
    """Choices of the plan, those of the family among them."""

    def edit(plan: Plan, ground: Ground) -> Plan:
        own = {name: value for name, value in choices.items() if name in plan.config}
        others = {name: value for name, value in choices.items() if name not in plan.config}
        return replace(plan, config={**plan.config, **own}, **others)

    return edit


def _times(factor: float) -> EditPlan:
    return lambda plan, ground: replace(plan, learning_rate=plan.learning_rate * factor)


def _pair(name: str, changes: str, mild: dict[str, Any], severe: dict[str, Any], **shared: Any) -> list[Fault]:
    own = frozenset(changes.split())
    return [Fault(name, 1 + place, own, **given, **shared) for place, given in enumerate((mild, severe))]


def _of_learning() -> list[Fault]:
    """Learning rate, optimiser, how long and how much at a time."""
    plans: list[tuple[str, str, EditPlan, EditPlan]] = [
        ("rate-high", "lower-rate", _times(30), _times(100)),
        ("rate-low", "higher-rate more-epochs", _times(1 / 100), _times(1 / 1000)),
        ("few-epochs", "more-epochs higher-rate", _plan(epochs=3), _plan(epochs=1)),
        (
            "many-epochs",
            "keep-best regularise smaller-network",
            _plan(epochs=150, patience=None, schedule="constant"),
            _plan(epochs=300, patience=None, schedule="constant"),
        ),
        ("batch-huge", "more-epochs higher-rate", _plan(batch_size=256), _plan(batch_size=0)),
        (
            "slow-optimiser",
            "optimiser higher-rate more-epochs",
            _plan(optimizer="sgd", learning_rate=1e-3),
            _plan(optimizer="sgd", learning_rate=1e-4),
        ),
        (
            "forgetful-adam",
            "optimiser lower-rate",
            _plan(betas=(0.9, 0.5), learning_rate=0.03),
            _plan(betas=(0.99, 0.1), learning_rate=0.03),
        ),
        (
            "high-momentum",
            "lower-rate optimiser clip",
            _plan(optimizer="momentum", learning_rate=0.3),
            _plan(optimizer="momentum", learning_rate=1.0),
        ),
    ]
    faults = [fault for n, c, mild, severe in plans for fault in _pair(n, c, {"plan": mild}, {"plan": severe})]

    def small(ground: Ground) -> bool:
        return ground.loaded.table.n_rows <= 130

    tiny = _plan(batch_size=2), _plan(batch_size=1)
    faults += _pair(
        "batch-tiny", "larger-batch lower-rate decay-schedule", {"plan": tiny[0]}, {"plan": tiny[1]}, fits=small
    )
    kept = _plan(epochs=60, patience=None, dropout=0.0), _plan(epochs=200, patience=None, dropout=0.0)
    faults += _pair(
        "last-epoch",
        "keep-best regularise smaller-network",
        {"plan": kept[0]},
        {"plan": kept[1]},
        engine=last_epoch_kept,
    )
    faults += _pair(
        "no-zero-grad",
        "lower-rate clip optimiser",
        {"engine": lambda: no_zero_grad(20)},
        {"engine": lambda: no_zero_grad(None)},
    )
    return faults


def _of_networks() -> list[Fault]:
    """Size, activation, regularisation, how weights begin, what is frozen."""
    plans: list[tuple[str, str, EditPlan, EditPlan]] = [
        ("sigmoid-stack", "activation normalise residual", _deep("sigmoid", 5), _deep("sigmoid", 8)),
        ("linear-stack", "activation", _plan(activation="none"), _plan(activation="none", hidden=[64] * 5)),
        (
            "too-large",
            "smaller-network regularise keep-best more-data",
            _plan(hidden=[256, 256], dropout=0.0, weight_decay=0.0),
            _plan(hidden=[384, 384, 384], dropout=0.0, weight_decay=0.0, schedule="constant"),
        ),
        ("too-small", "more-capacity", _plan(hidden=[2]), _plan(hidden=[1])),
        ("dropout", "less-regularisation", _plan(dropout=0.8), _plan(dropout=0.9)),
        ("weight-decay", "less-regularisation", _plan(weight_decay=5.0), _plan(weight_decay=50.0)),
    ]
    faults = [fault for n, c, mild, severe in plans for fault in _pair(n, c, {"plan": mild}, {"plan": severe})]
    engines: list[tuple[str, str, Callable[[], Any], Callable[[], Any]]] = [
        ("frozen-layer", "unfreeze", lambda: frozen(1), lambda: frozen(3)),
        ("init-large", "re-initialise scale-target", lambda: _scaled_weights(4.0), lambda: _scaled_weights(12.0)),
        ("init-small", "re-initialise normalise", lambda: _scaled_weights(0.03), lambda: _scaled_weights(0.001)),
        ("dead-bias", "re-initialise activation", lambda: _biased(-2.0), lambda: _biased(-6.0)),
    ]
    return faults + [
        fault for n, c, mild, severe in engines for fault in _pair(n, c, {"engine": mild}, {"engine": severe})
    ]


def _deep(activation: str, layers: int) -> EditPlan:
    return _plan(activation=activation, hidden=[32] * layers)


def _scaled_weights(factor: float) -> Any:
    def edit(name: str, parameter: Tensor) -> None:
        if name.endswith("weight"):
            parameter *= factor

    return begun_as(edit)


def _biased(bias: float) -> Any:
    def edit(name: str, parameter: Tensor) -> None:
        if name.startswith("hidden.") and name.endswith("bias"):
            parameter += bias

    return begun_as(edit)


def _of_outputs() -> list[Fault]:
    """Losses and outputs that cannot fit the target."""
    right = "output-and-loss"

    def clamp(raw: Tensor) -> Tensor:
        return raw.relu()

    return [
        *_pair(
            "wrong-loss",
            right,
            {"engine": lambda: trained_for(quantile_loss)},
            {"engine": lambda: trained_for(logistic_on_numbers)},
            tasks=_NUMBERS,
        ),
        *_pair(
            "wrong-loss-classes",
            right,
            {"engine": lambda: trained_for(square_on_classes)},
            {"engine": lambda: trained_for(distance_on_classes)},
            tasks=_CLASSES,
        ),
        *_pair(
            "wrong-output",
            right,
            {"engine": lambda: output_through(torch.tanh)},
            {"engine": lambda: output_through(torch.sigmoid)},
            tasks=_NUMBERS,
        ),
        *_pair(
            "wrong-output-classes",
            right,
            {"engine": lambda: output_through(clamp)},
            {"engine": lambda: output_through(torch.sigmoid)},
            tasks=_CLASSES,
        ),
    ]


def _of_rows() -> list[Fault]:
    """Cells, labels and rows."""
    splits: list[tuple[str, str, Any, Any, Any]] = [
        ("leaked-column", "stop-and-ask", rows.leak(0.3), rows.leak(0.0), {}),
        ("shuffled-targets", "check-labels check-features", rows.shuffled(0.6), rows.shuffled(1.0), {}),
        ("noisy-labels", "check-labels", rows.noisy(0.2), rows.noisy(0.4), {}),
        (
            "deleted-class",
            "resample class-weights",
            rows.thinned_class(0.04),
            rows.thinned_class(0.0),
            {"tasks": _CLASSES},
        ),
        ("unbalanced", "resample class-weights", rows.unbalanced(0.1), rows.unbalanced(0.04), {"tasks": _CLASSES}),
        ("copied-rows", "more-data stop-and-ask", rows.copied(4), rows.copied(12), {}),
    ]
    faults = [
        fault
        for n, c, mild, severe, more in splits
        for fault in _pair(n, c, {"split": mild}, {"split": severe}, **more)
    ]
    faults += _pair(
        "unscaled-column",
        "scale-inputs",
        {"dense": _one_column(100.0)},
        {"dense": _one_column(1000.0)},
        fits=_has_numbers,
    )
    faults += _pair(
        "constant-feature", "scale-inputs check-features", {"dense": _constant(30.0)}, {"dense": _constant(300.0)}
    )
    faults += _pair("nan-cell", "name-cell", {"dense": _not_a_number(1)}, {"dense": _not_a_number(20)})
    return faults


def _has_numbers(ground: Ground) -> bool:
    return any(column.kind == "numeric" for column in ground.loaded.table.schema.features)


def _one_column(factor: float) -> Any:
    def edit(dense: np.ndarray, fold: PreparedFold, is_run: bool, rng: np.random.Generator) -> np.ndarray:
        made, own = dense.copy(), fold.preparer.continuous
        made[:, own[int(rng.integers(len(own)))]] *= factor
        return made

    return edit


def _constant(value: float) -> Any:
    def edit(dense: np.ndarray, fold: PreparedFold, is_run: bool, rng: np.random.Generator) -> np.ndarray:
        made = dense.copy()
        made[:, int(rng.integers(dense.shape[1]))] = value
        return made

    return edit


def _not_a_number(cells: int) -> Any:
    def edit(dense: np.ndarray, fold: PreparedFold, is_run: bool, rng: np.random.Generator) -> np.ndarray:
        if not is_run:
            return dense
        made = dense.copy()
        made[rng.integers(len(made), size=cells), rng.integers(made.shape[1], size=cells)] = np.nan
        return made

    return edit


#: All of them.
FAULTS: tuple[Fault, ...] = (*_of_learning(), *_of_networks(), *_of_outputs(), *_of_rows())
