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
#: What a step takes on one core of a machine of today: handing out its parts, and its arithmetic.
_STEP_SECONDS, _FLOPS_PER_SECOND = 4e-4, 2.5e10
#: Networks with a constant rate stop after about so many times their patience.
_PATIENCES = 4
#: Cores that a declared budget is meant for; whatever the machine has, the same work is done.
_CORES = 2


def _expected_epochs(plan: Plan) -> int:
    """A rate that never falls lets networks stop long before the most epochs that they may take."""
    if plan.patience is None or plan.schedule != "constant":
        return plan.epochs
    return min(plan.epochs, _PATIENCES * plan.patience)


def declared_seconds(bucket: Bucket) -> float:
    """What a bucket takes on two cores by declaration, from its first step to the last epoch of its plans.

    Args:
        bucket: What is to be trained.
    """
    epochs = {plan.key: _expected_epochs(plan) for plan in bucket.plans}
    steps = bucket.steps * max(epochs.values()) * bucket.n_chunks(_CORES)
    train = bucket.steps * bucket.batch
    judged = max(len(fold.valid) + min(len(fold.train), TRAIN_SAMPLE) for fold in bucket.folds)
    an_epoch = bucket.step_flops * bucket.steps * (1 + judged / (3 * train))
    work = sum(epochs[member.plan.key] for member in bucket.members) * an_epoch
    return (steps * _STEP_SECONDS + work / _FLOPS_PER_SECOND) / _CORES


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
        return _STEP_SECONDS + members * bucket.step_flops / _FLOPS_PER_SECOND

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
