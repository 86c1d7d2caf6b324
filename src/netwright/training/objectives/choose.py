"""Which objective a task has."""

from __future__ import annotations

from netwright.base.plan import Task
from netwright.training.objectives.objective import Objective
from netwright.training.objectives.own import OwnLoss
from netwright.training.objectives.supervised import Supervised


def objective_of(task: Task, loss: str) -> Objective:
    """The objective of a task.

    Args:
        task: What is predicted, or `unsupervised`.
        loss: Of `LOSSES[task]`.

    Raises:
        PlanError: The task has no such loss.
    """
    return OwnLoss(loss) if task == "unsupervised" else Supervised(task, loss)
