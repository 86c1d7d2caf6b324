"""Which plans are given up before their end: those that no curve seen so far could bring back.

Successive halving (Jamieson and Talwalkar, AISTATS 2016) compares plans at the same share of their epochs and gives up
the worse half; but learning rates that fall late make networks gain late. So a plan is given up only where even the
largest relative gain that any finished plan of the same schedule made from that share to its end, and a little more,
would leave it behind the best ones. Finished plans are those of earlier turns: what is given up depends on nothing that
trains beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from netwright.base.curves import Curves
from netwright.base.plan import Plan
from netwright.evaluate.metrics import Metric

#: Shares of its epochs at which a plan is compared.
SHARES = (1 / 8, 1 / 4, 1 / 2)
#: A plan that could become one of so many best ones goes on.
_BEST = 5
#: Finished plans of a schedule without which nothing is known of late gains, and what the largest gain is stretched by.
_FEWEST, _SLACK = 4, 0.1


def best_so_far(curves: Curves, metric: Metric) -> Float[np.ndarray, " epoch"]:
    """The lowest error of each member up to each epoch, as the mean over members; infinite where there is none.

    Args:
        curves: Of the members of one plan.
        metric: What errors are measured by; where it looks at names, or cannot score some fold, the loss.
    """
    scores, trained = curves.valid_score, ~np.isnan(curves.train_loss)
    unknown = np.isfinite(curves.train_loss) & np.isfinite(curves.valid_loss) & np.isinf(scores)
    by_loss = metric.of_names or bool(unknown.any())
    errors = curves.valid_loss if by_loss else np.vectorize(metric.error, otypes=[float])(scores)
    known = np.where(trained & np.isfinite(errors), errors, np.inf)
    return np.asarray(np.minimum.accumulate(known, axis=1).mean(axis=0))


def epoch_of(share: float, plan: Plan) -> int:
    """The epoch at which a share of a plan's epochs is done.

    Example:
        >>> epoch_of(1 / 8, Plan("a", "mlp", {}, epochs=100))
        13
    """
    return math.ceil(share * plan.epochs)


@dataclass(frozen=True)
class Limits:
    """What a plan must be able to reach.

    Args:
        reach: The error that it must be able to come down to.
        gains: By schedule, for each of `SHARES`, the smallest ratio of the error at the end to the error there.
    """

    reach: float
    gains: Mapping[str, tuple[float, ...]]

    def hopeless(self, plan: Plan, epoch: int, error: float) -> bool:
        """Whether a plan is to be given up.

        Args:
            plan: It.
            epoch: Those that are done.
            error: The mean over its members of their lowest errors so far.

        Example:
            >>> limits = Limits(1.0, {"cosine": (0.4, 0.5, 0.8)})
            >>> plan = Plan("late", "mlp", {}, schedule="cosine", epochs=40)
            >>> limits.hopeless(plan, 10, 1.9), limits.hopeless(plan, 10, 2.5), limits.hopeless(plan, 11, 2.5)
            (False, True, False)
        """
        gains = self.gains.get(plan.schedule)
        if gains is None or not math.isfinite(error):
            return False
        at = [gain for share, gain in zip(SHARES, gains, strict=True) if epoch_of(share, plan) == epoch]
        return bool(at) and error * min(at) * (1 - _SLACK) > self.reach


def limits_of(finished: Sequence[tuple[Plan, Curves]], metric: Metric) -> Limits:
    """What plans must be able to reach after these.

    Args:
        finished: Plans of earlier turns with the curves of their members; those that were not trained to their end are
            not looked at.
        metric: What errors are measured by.
    """
    ends, ratios = list[float](), dict[str, list[list[float]]]()
    for plan, curves in finished:
        if {"cut", "pruned"} & set(curves.status):
            continue
        best = best_so_far(curves, metric)
        if not math.isfinite(best[-1]):
            continue
        ends.append(float(best[-1]))
        places = [min(epoch_of(share, plan), len(best) - 1) for share in SHARES]
        ratios.setdefault(plan.schedule, []).append(
            [float(best[-1] / best[place]) if best[place] > 0 else 1.0 for place in places]
        )
    if len(ends) < _BEST:
        return Limits(math.inf, {})
    gains = {name: tuple(np.min(own, axis=0).tolist()) for name, own in ratios.items() if len(own) >= _FEWEST}
    return Limits(sorted(ends)[_BEST - 1], gains)
