"""The target: standardised numbers or class numbers, and the way back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.plan import Task
from netwright.base.table import Table

#: Texts that mean yes, from likely to less likely, to guess the positive class.
_YES = ("1", "yes", "true", "y", "t", "on", "positive", "예", "네", "참")


@dataclass(frozen=True)
class Target:
    """What is predicted.

    Args:
        name: The column.
        task: `regression`, `binary` or `multiclass`.
        classes: For classes their labels; of two the second is the positive one.
        steps: Numbers a row that are to be predicted where they are several, of a series; 0 for a single one.
    """

    name: str
    task: Task
    classes: tuple[str, ...] = ()
    steps: int = 0

    @property
    def outputs(self) -> int:
        """Numbers a row that a network gives: one, or one a class beyond two, or one a step.

        Where there is nothing to predict: what the row costs, and how far off it is (`objectives/own.py`).
        """
        if self.task == "unsupervised":
            return 2
        return len(self.classes) if self.task == "multiclass" else max(1, self.steps)

    def numbers(self, table: Table) -> np.ndarray:
        """The target of each row: values, or class numbers (-1 for a class that is not among `classes`); float64.

        (n_rows,), or (n_rows, steps). Zeros where there is nothing to predict: each row is held against itself.
        """
        import polars as pl

        if self.task == "unsupervised":
            return np.zeros(table.n_rows)
        series = table[self.name]
        if self.steps:
            return series.to_numpy().astype(np.float64).reshape(table.n_rows, self.steps)
        if self.task == "regression":
            return series.cast(pl.Float64).to_numpy().astype(np.float64, copy=True)
        numbers = series.replace_strict(
            list(self.classes), list(range(len(self.classes))), default=-1, return_dtype=pl.Int64
        )
        return numbers.to_numpy().astype(np.float64)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        steps = {"steps": self.steps} if self.steps else {}
        return {"name": self.name, "task": self.task, "classes": list(self.classes), **steps}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Target:
        """The target that `to_json` described."""
        return cls(data["name"], data["task"], tuple(data["classes"]), int(data.get("steps", 0)))


@dataclass(frozen=True)
class TargetScale:
    """Mean and spread of the target over the train rows of one fold, and where predictions end, if they do.

    Example:
        >>> scale = TargetScale.fit(np.array([1.0, 3.0]))
        >>> scale.forward(np.array([1.0, 3.0]))
        array([-1.,  1.])
        >>> TargetScale.fit(np.array([1.0, 3.0]), clamp=True).back(np.array([0.5, 9.0]))
        array([2.5, 3. ])
    """

    mean: float
    std: float
    lowest: float | None = None
    highest: float | None = None

    @classmethod
    def fit(
        cls, numbers: np.ndarray, *, clamp: bool = False, reach: tuple[float | None, float | None] = (None, None)
    ) -> TargetScale:
        """Learn from the train rows.

        Args:
            numbers: Their target.
            clamp: Whether no prediction is to leave their range.
            reach: Where the output of the network ends, None for no end: what it is to learn must lie in there.

        Example:
            >>> TargetScale.fit(np.array([10.0, 30.0]), reach=(0.0, 1.0)).forward(np.array([10.0, 20.0, 30.0]))
            array([0.05, 0.5 , 0.95])
        """
        spread = float(numbers.std())
        ends = (float(numbers.min()), float(numbers.max())) if clamp else (None, None)
        if reach != (None, None):
            return cls(*_within(float(numbers.min()), float(numbers.max()), spread, reach), *ends)
        return cls(float(numbers.mean()), spread if spread > 0 else 1.0, *ends)

    def forward(self, numbers: np.ndarray) -> np.ndarray:
        """To mean 0 and spread 1."""
        return (numbers - self.mean) / self.std

    def back(self, scaled: np.ndarray) -> np.ndarray:
        """To the units of the target; NaN stays NaN."""
        numbers = scaled * self.std + self.mean
        return numbers if self.lowest is None else np.asarray(np.clip(numbers, self.lowest, self.highest))


#: Share of a bounded output that is left free at each end: a sigmoid comes near its ends at no finite weight.
_MARGIN = 0.05


def _within(
    lowest: float, highest: float, spread: float, reach: tuple[float | None, float | None]
) -> tuple[float, float]:
    """Mean and spread by which numbers lie where an output can reach."""
    low, high = reach
    if low is not None and high is not None:
        margin = _MARGIN * (high - low)
        std = (highest - lowest) / (high - low - 2 * margin) or 1.0
        return lowest - (low + margin) * std, std
    std = spread if spread > 0 else 1.0
    return (lowest - low * std, std) if low is not None else (highest - (high or 0.0) * std, std)


NO_SCALE = TargetScale(0.0, 1.0)


def class_labels(table: Table, name: str, positive: str | None) -> tuple[str, ...]:
    """The classes of a labelled target in the order that is used everywhere.

    Two classes are ordered (negative, positive); more are sorted, numbers by their value.

    Args:
        table: All rows whose target is known.
        name: The target column, holding labels.
        positive: The class the user calls positive, or None to guess.

    Raises:
        DataError: `positive` is not one of the classes.
    """
    labels = table[name].drop_nulls().unique().to_list()
    ordered = sorted(labels, key=_by_value)
    if positive is not None and positive not in ordered:
        shown = ", ".join(ordered[:20])
        raise DataError(f"--positive must be one of the classes of {name!r} ({shown}), got {positive!r}.")
    if len(ordered) == 2:
        chosen = positive or next((label for yes in _YES for label in ordered if label.lower() == yes), ordered[1])
        return tuple(sorted(ordered, key=lambda label: label == chosen))
    return tuple(ordered)


def _by_value(label: str) -> tuple[int, float, str]:
    try:
        value = float(label)
    except ValueError:
        value = math.nan
    return (1, 0.0, label) if math.isnan(value) else (0, value, label)  # a class may be called Nan
