"""Every fold prepared: fitted on its train rows, applied to all development rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.base.errors import InternalError
from netwright.base.plan import Preparation
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.preparation.outliers import limited
from netwright.preparation.prepared import Prepared
from netwright.preparation.preparer import Preparer
from netwright.preparation.small_trees import Goal
from netwright.preparation.stack import Stack, stacked_inputs
from netwright.preparation.target import NO_SCALE, Target, TargetScale
from netwright.preparation.values import cells_at, feature_values


@dataclass(frozen=True)
class PreparedFold:
    """One fold, ready for a network.

    Args:
        preparer: Fitted on the train rows of this fold.
        scale: Of the target, fitted on the same rows; 0 and 1 for classes.
        inputs: Of all development rows; of a large table in scratch files, as parts of `stack`.
        target: Scaled values or class numbers of all development rows; float64, (n_rows,), of a series (n_rows, steps).
        train: Positions of the train rows; (n_train,).
        valid: Positions of the outer rows; (n_valid,).
        class_weights: What a row of each class counts in training; None where all count alike; (n_classes,).
        stack: Of a large table the inputs of all folds side by side, the same for each of them; None elsewhere.
        soft: For classes what train rows are taught in place of their label, a share of each class, and the labels of
            the others; (n_rows, n_classes). None where the label is all there is.
    """

    preparer: Preparer
    scale: TargetScale
    inputs: Prepared
    target: np.ndarray
    train: np.ndarray
    valid: np.ndarray
    class_weights: np.ndarray | None = None
    stack: Stack | None = None
    soft: np.ndarray | None = None


def prepare_folds(split: Split, target: Target, preparation: Preparation) -> tuple[PreparedFold, ...]:
    """Fit the preparation of each fold on its own train rows.

    Args:
        split: Its development rows are read, its test rows are not.
        target: What is predicted.
        preparation: The plan's choices.
    """
    schema, numbers = split.development.schema, target.numbers(split.development)
    cells, large = feature_values(split.development), split.development.in_files
    preparers = []
    for number, fold in enumerate(split.folds):
        learned = train_target(numbers, fold.train, target, preparation)[fold.train]
        weights = None if fold.class_weights is None else fold.class_weights[learned.astype(int)]
        if preparation.start:
            preparers.append(taken_over(preparation))
            continue
        goal = Goal(learned, len(target.classes), weights, derive_seed(split.seed, "features", number))
        preparers.append(Preparer.fit(schema, cells_at(cells, fold.train), preparation, goal))
    stack = stacked_inputs(split.development, preparers) if large else None
    folds = []
    for number, (fold, preparer) in enumerate(zip(split.folds, preparers, strict=True)):
        scale, learned = NO_SCALE, train_target(numbers, fold.train, target, preparation)
        if target.task == "regression":
            scale = TargetScale.fit(learned[fold.train], clamp=preparation.clamp_target, reach=preparation.target_range)
        inputs = preparer.transform(cells) if stack is None else stack.of(number, preparer)
        scaled = scale.forward(learned)
        folds.append(PreparedFold(preparer, scale, inputs, scaled, fold.train, fold.valid, fold.class_weights, stack))
    return tuple(folds)


def taken_over(preparation: Preparation) -> Preparer:
    """The preparer that the plan takes over as it was fitted elsewhere.

    Args:
        preparation: The plan's choices.
    """
    preparer = getattr(preparation.start, "thing", None)
    if not isinstance(preparer, Preparer):
        raise InternalError(f"the preparation {preparation.start!r} that is to be taken over was not read")
    return preparer


def train_target(numbers: np.ndarray, train: np.ndarray, target: Target, preparation: Preparation) -> np.ndarray:
    """The target as it is learned from: that of train rows limited where the plan says so, that of others as it is.

    Args:
        numbers: Of all development rows; (n_rows,).
        train: Positions of the train rows; (n_train,).
        target: What is predicted.
        preparation: The plan's choices.
    """
    if target.task != "regression" or preparation.outliers != "clip":
        return numbers
    learned = numbers.copy()
    learned[train] = limited(numbers[train])
    return learned
