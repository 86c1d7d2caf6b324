"""The learning-rate range test: many rates side by side, each from the same first weights, judged on validation rows.

The classic test raises the rate step by step within one training, so that each rate inherits what the ones before it
did, and its picture has to be read with a lag. Here every rate is a network of its own, trained at that rate alone from
the same first weights on the same batches, all of them one program: the picture shows the rate and nothing else.

So no margin is taken off the best rate, as the classic test needs. Training in full at the rate of the lowest loss made
3.4 % more error (median 1.3 %) than the best of thirteen rates, over five tables and up to three settings each; half
that rate 5.4 %, a third of it 7.6 %, the largest rate within noise of the lowest 3.4 %, which is nearer to where
networks diverge, and the usual rate of the preset 4.7 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from netwright.base.curves import Curves
from netwright.base.figures import figure
from netwright.base.plan import Plan

#: Learning rates from 0.000001 to 10, four a decade.
RATES = tuple(float(f"{rate:.3g}") for rate in np.logspace(-6, 1, 29))
#: First weights that each rate is tried from.
SEEDS = 3
#: Steps that each network takes, and passes over the train rows that it makes at least.
STEPS, LEAST_EPOCHS = 300, 4
#: What is judged: the mean over the last epochs, so that a loss that jumps is not judged by a lucky jump.
_LAST_SHARE = 0.25
#: Less than this share of what the best rate gains on the untrained network is no learning.
_LEARNS = 0.2
#: A best gain under so many of its standard errors, or this share of the untrained loss, is none; of fewer validation
#: rows than this the loss itself is rough.
_ERRORS, _LEAST_GAIN, _FEW_ROWS = 2.0, 0.01, 20


@dataclass(frozen=True)
class RateRange:
    """How well networks learn at each rate.

    Args:
        rates: The learning rates, rising; (rate,).
        valid_loss: Mean validation loss over the last epochs and the seeds, infinite where a network diverged; (rate,).
        train_loss: The same on train rows; (rate,).
        noise: Standard error of the validation loss over seeds, as far as it tells rates apart; (rate,).
        start: Mean validation loss of the untrained networks.
        suggested: The rate to train with: that of the lowest validation loss; None where no rate learns.
        learns: The lowest and the highest rate around the best one that gain a fifth or more of what it gains, and all
            between them; None as before.
        diverges_from: The lowest rate from the best one on that ends above the untrained networks; None: none does.
        steps: Steps that each network took.
    """

    rates: tuple[float, ...]
    valid_loss: Float[np.ndarray, " rate"]
    train_loss: Float[np.ndarray, " rate"]
    noise: Float[np.ndarray, " rate"]
    start: float
    suggested: float | None
    learns: tuple[float, float] | None
    diverges_from: float | None
    steps: int


def range_plans(plan: Plan, steps_an_epoch: int, rates: Sequence[float] = RATES) -> tuple[Plan, ...]:
    """A plan at every rate, held constant over a few hundred steps.

    Args:
        plan: What is to be trained in the end.
        steps_an_epoch: Its optimizer steps in one pass over the train rows.
        rates: The learning rates.

    Example:
        >>> plans = range_plans(Plan("mlp", "mlp", {}), 100, [0.1, 1.0])
        >>> [(plan.name, plan.learning_rate, plan.schedule, plan.epochs, plan.patience) for plan in plans]
        [('0.1', 0.1, 'constant', 4, None), ('1', 1.0, 'constant', 4, None)]
    """
    epochs = max(LEAST_EPOCHS, -(-STEPS // steps_an_epoch))
    return tuple(
        replace(plan, name=f"{rate:g}", learning_rate=rate, schedule="constant", epochs=epochs, patience=None)
        for rate in rates
    )


def judged_range(curves: Curves, steps_an_epoch: int) -> RateRange:
    """What the curves of a range test say.

    Args:
        curves: Of all networks; each member's plan says its rate.
        steps_an_epoch: Optimizer steps in one pass.
    """
    rates = sorted({member.plan.learning_rate for member in curves.members})
    of = np.array([member.plan.learning_rate for member in curves.members])
    copies = [(member.fold, member.seed) for member in curves.members]
    epochs = curves.train_loss.shape[1] - 1
    last = slice(epochs + 1 - max(1, round(_LAST_SHARE * epochs)), epochs + 1)
    n_copies = len(set(copies))
    valid, train = np.full((2, len(rates), n_copies), np.inf)
    for place, rate in enumerate(rates):
        own = np.flatnonzero(of == rate)
        own = np.array(sorted(own.tolist(), key=lambda member: copies[member]))
        valid[place, : len(own)] = _ends(curves.valid_loss[own, last])
        train[place, : len(own)] = _ends(curves.train_loss[own, last])
    start = float(np.mean(curves.valid_loss[:, 0]))
    loss = valid.mean(axis=1)
    best = int(np.argmin(loss))
    # seeds share their first weights over rates: only the differences to the best rate are noise between rates
    with np.errstate(invalid="ignore"):
        apart = valid - valid[best]
        noise = np.where(
            np.isfinite(loss), apart.std(axis=1, ddof=1 if n_copies > 1 else 0) / np.sqrt(n_copies), np.inf
        )
    gained = start - loss
    low, high = _stretch(gained >= _LEARNS * gained[best], best)
    own = np.array(sorted(np.flatnonzero(of == rates[best]).tolist(), key=lambda member: copies[member]))
    with np.errstate(invalid="ignore"):
        gains = curves.valid_loss[own, 0] - valid[best, : len(own)]
        error = float(gains.std(ddof=1)) / len(own) ** 0.5 if len(own) > 1 else 0.0
    learned = bool(gained[best] > max(_ERRORS * error, _LEAST_GAIN * abs(start)))
    worse = np.flatnonzero(loss[best:] > start)
    return RateRange(
        rates=tuple(rates),
        valid_loss=loss,
        train_loss=train.mean(axis=1),
        noise=noise,
        start=start,
        suggested=rates[best] if learned else None,
        learns=(rates[low], rates[high]) if learned else None,
        diverges_from=rates[best + int(worse[0])] if len(worse) else None,
        steps=epochs * steps_an_epoch,
    )


def _stretch(holds: Bool[np.ndarray, " rate"], place: int) -> tuple[int, int]:
    """First and last place of the unbroken stretch around one: beyond a gap a network that does well has been lucky."""
    gaps = np.flatnonzero(~holds)
    return int(max(gaps[gaps < place], default=-1)) + 1, int(min(gaps[gaps > place], default=len(holds))) - 1


def _ends(losses: Float[np.ndarray, "member epoch"]) -> Float[np.ndarray, " member"]:
    """Mean of the last epochs; infinite where a network did not reach them, or lost its finite numbers."""
    return np.asarray(np.where(np.isfinite(losses).all(axis=1), losses.mean(axis=1), np.inf))


def in_words(found: RateRange, n_valid: int, more_rows: str) -> list[tuple[str, str]]:
    """What a range test says: a name and a sentence each.

    Args:
        found: The range test.
        n_valid: Validation rows, for a caution where they are few.
        more_rows: How to get more of them.
    """
    few = f"only {n_valid} validation rows judge the rates, so that chance has much of a say; {more_rows}"
    caution = [("caution", few)] if n_valid < _FEW_ROWS else []
    if found.learns is None:
        return [*_nothing_learned(found), *caution]
    low, high = found.learns
    said = [
        (
            "learns",
            f"from {low:g} to {high:g}, best at {found.suggested:g} (validation loss after {found.steps:,} steps)",
        ),
        ("suggested", f"--learning-rate {found.suggested:g}"),
    ]
    if found.diverges_from is not None:
        said.append(("diverges", unlearning(found)))
    return [*said, *caution]


def unlearning(found: RateRange) -> str:
    """From which rate on networks are no better than untrained, and at how many rates; empty where there is none."""
    if found.diverges_from is None:
        return ""
    worse = found.valid_loss[found.rates.index(found.diverges_from) :] > found.start
    of = "" if worse.all() else f" at {worse.sum()} of {len(worse)} rates"
    return f"from {found.diverges_from:g} on networks end no better than untrained ones{of}"


def _nothing_learned(found: RateRange) -> list[tuple[str, str]]:
    gain = found.start - float(found.valid_loss.min())
    least = f"the best gains {figure(gain)} on {figure(found.start)} untrained: under 1 %, or within noise"
    why = least if gain > 0 else "all are no better than the untrained network"
    return [
        ("learns", f"at no rate: after {found.steps:,} steps {why}"),
        ("look at", "the network first: --activation relu or gelu, --optimizer adamw, fewer layers with --hidden"),
        ("", "then the data: whether any column tells of the target at all, which --model linear soon shows"),
    ]
