"""`--outliers`: train rows with numbers far outside are left out, or their numbers limited. Rows that judge stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from netwright.base.far import FAR, far_bounds
from netwright.base.figures import count, listing
from netwright.base.finding import Finding
from netwright.base.plan import of_classes
from netwright.base.split import Fold, Split
from netwright.preparation.target import Target

#: More train rows of a fold are never left out: what so many are is no outlier.
_MOST = 0.5
#: From this share of the train rows on they are hardly outliers.
_MANY = 0.05


def with_outliers(split: Split, target: Target, how: str) -> Split:
    """The split as `--outliers` wants it, its findings saying what was done.

    The bounds of a fold come from its own train rows; only those are ever left out.

    Args:
        split: Its development rows are read, its test rows are not.
        target: What is predicted; numbers have bounds like those of a feature.
        how: `keep`, `clip` or `drop`; the limits of `clip` are the encoders' business and only told here.
    """
    if how == "keep":
        return split
    far = [_far(split, target, fold) for fold in split.folds]
    if how == "clip":
        return replace(split, findings=(*split.findings, *_clipped(split, far)))
    classes = target.numbers(split.development) if of_classes(target.task) else None
    kept = [_kept(fold, own, classes) for fold, own in zip(split.folds, far, strict=True)]
    folds = tuple(replace(fold, train=rows) for rows, fold in zip(kept, split.folds, strict=True))
    return replace(split, folds=folds, findings=(*split.findings, *_dropped(split, folds, far)))


def limited(numbers: np.ndarray) -> np.ndarray:
    """Numbers drawn to the bounds of these very numbers; NaN stays NaN.

    Example:
        >>> float(limited(np.r_[np.arange(101.0), 1e6]).max().round(1))
        275.1
    """
    bounds = far_bounds(numbers[np.isfinite(numbers)])
    return numbers if bounds is None else np.clip(numbers, *bounds)


def _far(split: Split, target: Target, fold: Fold) -> dict[str, np.ndarray]:
    """For each column with far numbers among the train rows of a fold, which rows these are; (n_train,) each."""
    found = {}
    for name, numbers in _columns(split, target, fold):
        bounds = far_bounds(numbers[np.isfinite(numbers)])
        if bounds is not None:
            far = (numbers < bounds[0]) | (numbers > bounds[1])
            if far.any():
                found[name] = far
    return found


def _columns(split: Split, target: Target, fold: Fold) -> Iterator[tuple[str, np.ndarray]]:
    """The numbers of the train rows of a fold, column by column, the target last."""
    for column in split.development.schema.features:
        if column.kind == "numeric":
            yield column.name, split.development[column.name].fill_null(float("nan")).to_numpy()[fold.train]
    if target.task == "regression":
        yield target.name, target.numbers(split.development)[fold.train]


def _kept(fold: Fold, far: dict[str, np.ndarray], classes: np.ndarray | None) -> np.ndarray:
    """The train rows that stay: all where more than half would go, and all of a class that would vanish."""
    left_out = np.any(list(far.values()), axis=0) if far else np.zeros(len(fold.train), dtype=bool)
    if left_out.mean() > _MOST:
        return fold.train
    if classes is not None:
        own = classes[fold.train]
        left_out &= np.isin(own, own[~left_out])
    return np.asarray(fold.train[~left_out])


def _dropped(split: Split, folds: tuple[Fold, ...], far: list[dict[str, np.ndarray]]) -> Iterator[Finding]:
    gone = [len(before.train) - len(after.train) for before, after in zip(split.folds, folds, strict=True)]
    columns = tuple(dict.fromkeys(name for own in far for name in own))
    n_train = max(len(fold.train) for fold in split.folds)
    told = f"{min(gone):,} to {max(gone):,}" if min(gone) < max(gone) else f"{gone[0]:,}"
    yield Finding(
        code="outliers-dropped",
        where="split",
        severity="warning" if max(gone) > _MANY * n_train else "note",
        message=f"--outliers drop leaves out {told} of {count(n_train, 'train row')} of a fold, with numbers beyond "
        f"{FAR:g} robust standard deviations" + (f" ({listing(columns)})" if columns else ""),
        advice="validation and test rows all stay; --outliers keep leaves none out",
        columns=columns,
        evidence={"rows": gone, "of": [len(fold.train) for fold in split.folds]},
    )
    n_refused = sum(bool(own) and not rows for own, rows in zip(far, gone, strict=True))
    if n_refused:
        yield Finding(
            code="outliers-kept",
            where="split",
            severity="warning",
            message=f"--outliers drop would leave out most train rows of {count(n_refused, 'fold')}, or all of a "
            f"class: they stay",
            advice="so many rows are no outliers; --outliers clip limits their numbers, --scale log bears them",
            columns=columns,
            evidence={"folds": n_refused},
        )


def _clipped(split: Split, far: list[dict[str, np.ndarray]]) -> Iterator[Finding]:
    most = {name: max(int(own[name].sum()) for own in far if name in own) for own in far for name in own}
    n_train = max(len(fold.train) for fold in split.folds)
    told = [f"{name} {cells:,}" for name, cells in most.items()]
    yield Finding(
        code="outliers-clipped",
        where="split",
        severity="note",
        message=f"--outliers clip limits numbers beyond {FAR:g} robust standard deviations: "
        + (f"values of at most {count(n_train, 'train row')} of a fold: {listing(told)}" if told else "there are none"),
        advice="networks and the linear model read limited numbers, in prediction too; of targets only those fitted to",
        columns=tuple(most),
        evidence={"values": most, "of": n_train},
    )
