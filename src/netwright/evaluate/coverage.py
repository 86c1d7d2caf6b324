"""Do conformal intervals and sets keep their promise? Counted on test rows, in all and by group; and said in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from netwright.base.figures import figure
from netwright.evaluate.conformal import LEVEL, Conformal, rank_of

#: Groups by the size of the prediction, and the fewest rows that make a group.
_GROUPS, _ROWS_A_GROUP = 5, 10
#: What chance may do is given as the middle of this share.
_CHANCE = 0.95


def coverage(
    conformal: Conformal,
    truth: np.ndarray,
    predicted: np.ndarray,
    classes: Sequence[str] = (),
    level: float = LEVEL,
    named: np.ndarray | None = None,
) -> dict[str, Any]:
    """The share of rows whose truth lies within, as `metrics.json` holds it.

    Args:
        conformal: Calibrated on other rows.
        truth: Values or class numbers of test rows; (n_rows,), at least one.
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
        classes: Labels.
        level: What is promised.
        named: The number of the class that is predicted for each row; None where it is the most probable one.

    Returns:
        `level`; `test_coverage`; `mean_width`, or `mean_size` of sets; `expected`, between which chance alone puts the
        coverage of so many rows if the promise holds (None where rows were not split by chance, or ends are infinite);
        `groups` by predicted value or class, each `what`, `coverage`, `rows`; and `worst_group` of them, None where
        there are too few rows.
    """
    if conformal.task == "regression":
        lower, upper = conformal.interval(predicted, level)
        inside = (lower <= truth) & (truth <= upper)
        with np.errstate(invalid="ignore"):  # infinite predictions
            size = {"mean_width": _finite(float((upper - lower).mean()))}
        members = _by_size(predicted)
    else:
        sets = conformal.sets(predicted, level, named)
        known = truth >= 0
        inside = known & sets[np.arange(len(truth)), np.where(known, truth, 0).astype(np.int64)]
        size = {"mean_size": float(sets.sum(axis=1).mean())}
        members = _by_class(predicted.argmax(axis=1) if named is None else named, classes)
    groups: list[dict[str, Any]] = [
        {"what": what, "coverage": float(inside[own].mean()), "rows": int(own.sum())} for what, own in members
    ]
    return {
        "level": level,
        "test_coverage": float(inside.mean()),
        **size,
        "expected": _expected(conformal, len(truth), level),
        "groups": groups,
        "worst_group": min(groups, key=lambda group: group["coverage"], default=None),
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _by_size(predicted: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Rows with small predictions to rows with large ones, in groups of about equal number."""
    n_groups = min(_GROUPS, len(predicted) // _ROWS_A_GROUP)
    if n_groups < 2 or not np.isfinite(predicted).all():
        return
    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, n_groups + 1)))
    if len(edges) < 3:
        return
    group = np.clip(np.searchsorted(edges, predicted, side="right") - 1, 0, len(edges) - 2)
    for number in np.unique(group):
        own = group == number
        yield f"prediction from {figure(float(predicted[own].min()))} to {figure(float(predicted[own].max()))}", own


def _by_class(said: np.ndarray, classes: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Rows by the class that is predicted for them."""
    for number, label in enumerate(classes):
        own = said == number
        if own.sum() >= _ROWS_A_GROUP:
            yield f"predicted {label}", own


def _expected(conformal: Conformal, n_rows: int, level: float) -> list[float] | None:
    """Where chance puts the coverage of so many rows: beta-binomial, if calibration and test rows are drawn alike."""
    from scipy import stats

    rank = rank_of(level, conformal.n_rows)
    if rank > conformal.n_rows or _order(conformal.rule):
        return None
    inside = stats.betabinom(n_rows, rank, conformal.n_rows + 1 - rank)
    return [float(inside.ppf(share)) / n_rows for share in ((1 - _CHANCE) / 2, (1 + _CHANCE) / 2)]


def promise(conformal: Conformal, level: float, target: str) -> str:
    """What intervals or sets of a level promise, and what not, for a person.

    Args:
        conformal: Says what they rest on.
        level: What is promised.
        target: The column.
    """
    percent, n_rows = f"{100 * level:.4g} %", f"{conformal.n_rows:,} validation rows"
    ends = "lower to upper" if conformal.task == "regression" else "the set"
    if rank_of(level, conformal.n_rows) > conformal.n_rows:
        what = "all ends are infinite" if conformal.task == "regression" else "every set holds all classes"
        least = int(np.ceil(level / (1 - level) - 1e-9))
        return f"a level of {percent} needs at least {least:,} validation rows, got {conformal.n_rows:,}: {what}"
    text = (
        f"{ends} should hold the true {target} of at least {percent} of new rows, on average over rows like the "
        f"{n_rows} it was measured on; not of every group of rows, and of fewer where new rows differ from those"
    )
    if conformal.n_folds > 1 and not _order(conformal.rule):
        proven = max(0.0, 1 - 2 * (1 - level))
        text += f". Near {percent} in practice; the theory of intervals from folds proves only {100 * proven:.4g} %"
    return text + _order(conformal.rule)


def _order(rule: str) -> str:
    """What a split that is not by chance says about new rows."""
    if rule.startswith("by time"):
        return ". Rows were split by time: later rows need not be like earlier ones, so nothing is promised for them"
    if rule.startswith("by group"):
        return ". Rows were split by group: rows of one group go together, so the share is over groups and less sure"
    return ""
