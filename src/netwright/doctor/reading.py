"""How symptoms read curves: every statistic is a ratio, a rank or a share, over all members of a plan.

Members are compared with the constant predictor, with the baselines, with their siblings and with their own noise; no
figure here has the unit of a loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.base.curves import Curves
from netwright.base.figures import shortened
from netwright.base.finding import Severity
from netwright.doctor.case import Case

#: A plan lags where its error lies this share of the way from the best baseline to the constant predictor: healthy runs
#: of the development tables reach 0.09 (a plan that another one beats aside), faults that hurt begin at 0.2.
LAG = 0.15
#: A plan keeps up whose error is at most this times the best baseline's: on a table that says little, the way to the
#: constant is short and noise takes half of it. RMSE first, log-loss (which goes with squares) second.
_KEEPS_UP = (1.05, 1.1)
#: A plan is behind by chance where the folds say so more often than this.
_BY_CHANCE = 0.05
#: A train loss that ends this many times as high as it began leads away from the goal; a healthy one ends lower.
_RISEN = 1.25
#: Runs of fewer epochs are short: how far they would have gone can hardly be told.
_SHORT = 10
#: Width of the running median that takes single epochs out of a curve.
_WINDOW = 5


def held(values: np.ndarray) -> np.ndarray:
    """Curves whose gaps hold the value before them, and those at the beginning the one after; (member, epoch).

    Infinite values count as gaps, so that what follows is finite; a member without any value stays NaN.
    """
    finite = np.isfinite(values)
    at = np.where(finite, np.arange(values.shape[1]), -1)
    last = np.maximum.accumulate(at, axis=1)
    first = np.where(finite.any(axis=1), finite.argmax(axis=1), 0)
    known = np.where(finite, values, np.nan)
    return np.asarray(np.take_along_axis(known, np.where(last < 0, first[:, None], last), axis=1))


def smoothed(values: np.ndarray, width: int = _WINDOW) -> np.ndarray:
    """Running median of curves without gaps, shorter at both ends; (member, epoch)."""
    half = min(width, values.shape[1]) // 2
    if half == 0:
        return values
    padded = np.pad(values, ((0, 0), (half, half)), mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=1), axis=2))


def last_epoch(curves: Curves) -> np.ndarray:
    """The last epoch of each member with a finite train or validation loss; 0 where there is none; (member,)."""
    known = np.isfinite(curves.train_loss) | np.isfinite(curves.valid_loss)
    n = known.shape[1]
    return np.asarray(np.where(known.any(axis=1), n - 1 - known[:, ::-1].argmax(axis=1), 0))


def best_epoch(case: Case) -> np.ndarray:
    """Where each member was best: the weights that are kept; of curves from elsewhere the lowest validation loss."""
    if case.plan is not None:
        return case.curves.best_epoch
    return np.asarray(np.where(np.isfinite(case.curves.valid_loss), case.curves.valid_loss, np.inf).argmin(axis=1))


def at(values: np.ndarray, epochs: np.ndarray) -> np.ndarray:
    """The value of each member at its own epoch; (member,)."""
    return np.asarray(np.take_along_axis(values, np.asarray(epochs)[:, None], axis=1)[:, 0])


def constant_loss(case: Case) -> np.ndarray | None:
    """The loss of the best constant prediction, member by member; None where nobody knows; (member,)."""
    curves, facts = case.curves, case.facts
    if np.isfinite(facts.fitting_constant):  # what weighted training aims at, in the plain loss of the curves
        return np.full(len(curves.members), facts.fitting_constant)
    if curves.constant_loss is not None:
        return curves.constant_loss
    if case.plan is None:
        return None
    if case.plan.loss == "mse" and facts.task == "regression":  # of a standardised target
        return np.ones(len(curves.members))
    counts = np.array([n for n in facts.class_counts if n > 0], dtype=float)
    if len(counts) < 2 or case.plan.loss != "cross_entropy":
        return None
    shares = counts / counts.sum()
    return np.full(len(curves.members), float(-(shares * np.log(shares)).sum()))


def unit(case: Case) -> np.ndarray:
    """What losses are measured against: that of the constant predictor, else the first of each member; (member,)."""
    known = constant_loss(case)
    if known is not None:
        return np.asarray(np.maximum(known, 1e-12))
    return np.asarray(np.maximum(np.nan_to_num(held(case.curves.train_loss)[:, 0], nan=1.0), 1e-12))


def most(shown: np.ndarray) -> bool:
    """Whether at least half of the members show it."""
    return bool(len(shown)) and 2 * int(np.count_nonzero(shown)) >= len(shown)


def median(values: np.ndarray) -> float:
    """Of the members that have a value; NaN where none has."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else float("nan")


def noise(values: np.ndarray) -> np.ndarray:
    """Spread of a curve about a straight line from epoch to epoch, over its second half; (member,)."""
    half = values[:, values.shape[1] // 2 :]
    if half.shape[1] < 3:
        return np.zeros(len(values))
    bends = np.diff(half, 2, axis=1)  # of independent values with spread s these have sqrt(6) s
    return np.asarray(1.4826 * np.median(np.abs(bends), axis=1) / np.sqrt(6))


def lag(case: Case) -> float:
    """How far the plan is from the best baseline on the way to the constant: 0 as good, 1 as bad; NaN where unknown."""
    errors, own = case.facts.baseline_errors, case.facts.error
    others = [error for name, error in errors.items() if name != "constant" and np.isfinite(error)]
    if not others or np.isnan(own) or not np.isfinite(errors.get("constant", np.nan)):
        return float("nan")
    best, constant = min(others), errors["constant"]
    if own <= _KEEPS_UP[case.facts.task not in ("regression", "unsupervised")] * best:
        return 0.0
    if constant - best <= 0.02 * constant:  # nothing to be learned: the constant is as good as any
        return 0.0 if own <= 1.05 * constant else 1.0
    return float(min((own - best) / (constant - best), 10.0))


def learnable(case: Case) -> bool | None:
    """Whether some baseline does better than the constant by over 5 %; None where unknown."""
    errors = case.facts.baseline_errors
    others = [error for name, error in errors.items() if name != "constant" and np.isfinite(error)]
    if not others or "constant" not in errors:
        return None
    return bool(min(others) < 0.95 * errors["constant"])


def outdone(case: Case) -> bool:
    """Whether another plan of the run keeps up with the baselines where this one does not: nothing is lost with it."""
    own, best = case.facts.error, case.facts.best_error
    return bool(best < own and lag(replace(case, facts=replace(case.facts, error=best))) <= LAG)


def severity(case: Case, *, plain: bool = False) -> Severity:
    """How loud a symptom is: a warning where the plan lags behind the baselines and no other plan makes up for it.

    Args:
        case: The plan.
        plain: Whether the symptom is so clear that it warns of a plan that keeps up with the baselines, too.
    """
    behind = lag(case)
    by_chance = case.facts.behind_p > _BY_CHANCE
    costs = plain or np.isnan(behind) or (behind > LAG and not by_chance)
    return "warning" if costs and not outdone(case) else "note"


def signal(case: Case, name: str) -> np.ndarray | None:
    """A signal from epoch 1 on; (member, epoch - 1) or (member, epoch - 1, layer); None where it was not measured."""
    values = case.curves.signals.get(name)
    if values is None or values.shape[1] < 2:
        return None
    values = np.asarray(values, dtype=float)[:, 1:]
    return values if np.isfinite(values).any() else None


def typical(values: np.ndarray) -> np.ndarray:
    """The median over epochs, NaN left out; (member,) or (member, layer)."""
    import warnings

    finite = np.isfinite(values)
    measured = finite.any(axis=tuple(axis for axis in range(values.ndim) if axis != 1))
    with warnings.catch_warnings():  # a layer that was never measured has none
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(np.where(finite, values, np.nan)[:, measured], axis=1))


def layer_name(case: Case, number: int) -> str:
    """What a layer is called."""
    layers = case.curves.layers[0] if case.curves.layers else ()
    return layers[number] if 0 <= number < len(layers) else f"layer {number + 1}"


def grade(value: float, from_: float, to: float) -> float:
    """From 0 at one figure to 1 at another, on a logarithmic scale where both are positive.

    Example:
        >>> round(grade(10.0, 1.0, 100.0), 2), grade(0.1, 1.0, 100.0), grade(1e9, 1.0, 100.0)
        (0.5, 0.0, 1.0)
    """
    if np.isnan(value):
        return 0.0
    if from_ > 0 and to > 0:
        if value <= 0:
            return 0.0 if to > from_ else 1.0
        value, from_, to = np.log(value), np.log(from_), np.log(to)
    return float(np.clip((value - from_) / (to - from_), 0.0, 1.0))


def counted(case: Case, shown: np.ndarray) -> Mapping[str, Any]:
    """How many networks show it, for the words."""
    return {"shown": int(np.count_nonzero(shown)), "of": len(shown)}


def tidy(value: float) -> float:
    """One significant digit, as people type it.

    Example:
        >>> tidy(0.000317), tidy(0.08)
        (0.0003, 0.08)
    """
    return float(f"{value:.0e}")


def few_of(names: Sequence[str], most: int = 5) -> str:
    """Names joined by commas, the rest left out, in any language.

    Example:
        >>> few_of(["a", "b", "c"], most=2)
        'a, b, ...'
    """
    return ", ".join([*map(shortened, names[:most]), *(["..."] if len(names) > most else [])])


def rate_of(case: Case) -> float:
    """The learning rate of the plan, of curves from elsewhere the highest they tell; NaN where nobody knows."""
    if case.plan is not None:
        return case.plan.learning_rate
    known = case.curves.learning_rate[np.isfinite(case.curves.learning_rate)]
    return float(known.max()) if known.size else float("nan")


def falls(values: np.ndarray) -> np.ndarray:
    """Share of the epochs in which a curve falls; (member,)."""
    return np.asarray((np.diff(values, axis=1) < 0).mean(axis=1)) if values.shape[1] > 1 else np.zeros(len(values))


def both_ends(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Medians of the train loss over its first and its last few epochs, so that no single one decides; (member,)."""
    train, _, last = trained(case)
    start, end = np.full((2, len(train)), np.nan)
    for member, n in enumerate(last):
        logged = case.curves.train_loss[member, : n + 1]
        own = logged[np.isfinite(logged)] if np.isfinite(logged).any() else train[member, : n + 1]
        few = min(3, len(own) // 2)
        if few:
            start[member], end[member] = np.median(own[:few]), np.median(own[-few:])
    return start, end


def rises(case: Case) -> np.ndarray:
    """Which members of curves from elsewhere end with a train loss well above the one they began with; (member,)."""
    start, end = both_ends(case)
    return np.asarray((start > 0) & (end > _RISEN * start))


def is_short(case: Case) -> bool:
    """Whether training took so few epochs that its curves hardly tell how far it would have gone."""
    return float(np.median(last_epoch(case.curves))) < _SHORT


def trained(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Train and validation losses without gaps, and the last epoch of each member.

    Where only one of the two is known it stands for both.
    """
    train, valid = held(case.curves.train_loss), held(case.curves.valid_loss)
    train, valid = np.where(np.isnan(train), valid, train), np.where(np.isnan(valid), train, valid)
    return train, valid, last_epoch(case.curves)


def readable(case: Case, epochs: int) -> bool:
    """Whether there are curves of at least so many epochs, most of whose members did not diverge."""
    diverged = np.array([status == "diverged" for status in case.curves.status], dtype=bool)
    if not len(diverged) or most(diverged):
        return False
    train, _, last = trained(case)
    return bool(np.isfinite(train).all(axis=1).any()) and float(np.median(last)) >= epochs
