"""When the state of training is saved: about every five seconds of work, counted in steps rather than by the clock.

How long a step takes is declared from its shapes, not measured, so a command saves at the same steps wherever it runs.
"""

from __future__ import annotations

from netwright.base.plan import Plan
from netwright.training.population import Bucket
from netwright.training.tensors import TRAIN_SAMPLE

#: Seconds of work between two saves ...
_EVERY = 5.0
#: ... and the share of the time that saving may take, at so many bytes a second (hash, copy and disk together).
_SHARE, _BYTES_PER_SECOND = 0.01, 250e6
#: What work takes on one of two cores of a machine of today, by a fit to 240 plans of five families (LOG.md): judging
#: an epoch and handing out a step, which both cores wait for, arithmetic, and the numbers that a row becomes.
_EPOCH_SECONDS, _STEP_SECONDS, _FLOPS_PER_SECOND, _UNITS_PER_SECOND = 1e-2, 1.2e-3, 1e11, 9e7
#: Networks with a constant rate stop after about so many times their patience.
_PATIENCES = 4
#: Cores that a declared budget is meant for; whatever the machine has, the same work is done.
_CORES = 2


def expected_epochs(plan: Plan) -> int:
    """How many epochs a plan is declared to take: a rate that never falls lets networks stop before the last one.

    Args:
        plan: What is to be trained.

    Example:
        >>> expected_epochs(Plan("a", "mlp", {}, epochs=200, patience=16, schedule="constant"))
        64
    """
    if plan.patience is None or plan.schedule != "constant":
        return plan.epochs
    return min(plan.epochs, _PATIENCES * plan.patience)


def declared_seconds(bucket: Bucket) -> float:
    """What a bucket takes on two cores by declaration, from its first step to the last epoch of its plans.

    Args:
        bucket: What is to be trained.
    """
    epochs = {plan.key: expected_epochs(plan) for plan in bucket.plans}
    handing = (_EPOCH_SECONDS + bucket.steps * _STEP_SECONDS) * max(epochs.values()) * bucket.n_chunks(_CORES)
    train = bucket.steps * bucket.batch
    judged = max(len(fold.valid) + min(len(fold.train), TRAIN_SAMPLE) for fold in bucket.folds)
    an_epoch = _member_seconds(bucket) * bucket.steps * (1 + judged / (3 * train))
    return (handing + sum(epochs[member.plan.key] for member in bucket.members) * an_epoch) / _CORES


def _member_seconds(bucket: Bucket) -> float:
    """What one core has to do in a step of one member."""
    return bucket.step_flops / _FLOPS_PER_SECOND + bucket.step_units / _UNITS_PER_SECOND


class Pace:
    """Counts declared work.

    Args:
        workers: How many work at the same time.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._since = 0.0
        self._every = _EVERY

    def step_seconds(self, bucket: Bucket, members: int) -> float:
        """What a training step of some members of a bucket takes by declaration."""
        return _STEP_SECONDS + members * _member_seconds(bucket)

    def due(self, work: float) -> bool:
        """Count some work; whether it is time to save.

        Args:
            work: Declared seconds of one worker.
        """
        self._since += work / self._workers
        return self._since > self._every

    def saved(self, n_bytes: int) -> None:
        """Begin to count anew; what is large is saved less often.

        Args:
            n_bytes: What was written.
        """
        self._since = 0.0
        self._every = max(_EVERY, n_bytes / _BYTES_PER_SECOND / _SHARE)
