"""Which candidate is chosen, and what a choice would have predicted for rows that had no say in it.

What was made to cure a plan may be chosen only where trying it and taking the best is better than that plan beyond
noise; otherwise it is as if it had never been tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from netwright.base.split import Split
from netwright.evaluate.verdict import corrected_standard_error
from netwright.training.candidate import Candidate, judging, mean_error
from netwright.training.outer import first_half

#: A gain that noise alone brings about more often than this is none: over folds, or, where all of them but one (of five
#: or more) improve, over rows. With signs of folds flipped at random, 426 pairs of plans of the doctor's benchmark pass
#: one of the two in 4.7 % of the draws, the first alone in 1.5 % (LOG.md).
ALPHA, _ROWS_ALPHA, _MANY_FOLDS = 0.05, 0.01, 5
#: With fewer folds their differences say nothing about noise; then the rows do, and the gain must be worth a name.
_FEWEST_FOLDS, _LEAST_GAIN = 3, 0.01


def gain_p_value(child: np.ndarray, parent: np.ndarray, test_share: float) -> float:
    """One-sided p-value of a smaller mean error over folds whose train rows overlap (Nadeau and Bengio, 2003).

    Args:
        child: The error of each fold; (n_folds,), at least 3.
        parent: The same; infinite or NaN where it could not be trained.
        test_share: Outer rows over train rows of a fold.

    Example:
        >>> gain_p_value(np.array([1.0, 1.1, 0.9]), np.array([2.0, 2.1, 1.8]), 0.5) < 0.01
        True
        >>> gain_p_value(np.array([1.0, 1.1, 0.9]), np.array([np.inf, 2.0, 2.0]), 0.5)
        0.0
    """
    from scipy import stats

    if not np.isfinite(child).all():
        return 1.0
    if not np.isfinite(parent).all():
        return 0.0
    differences = parent - child
    error = corrected_standard_error(differences, test_share)
    if error == 0:
        return 0.0 if differences.mean() > 0 else 1.0
    return float(stats.t.sf(differences.mean() / error, len(differences) - 1))


def rows_p_value(child: np.ndarray, parent: np.ndarray) -> float:
    """One-sided p-value of a smaller mean loss over the same rows; 1 for a gain of less than 1 %.

    Args:
        child: The loss of each row; (n_rows,).
        parent: The same.

    Example:
        >>> rows = np.linspace(1.0, 2.0, 50)
        >>> rows_p_value(rows / 2, rows) < 0.01, rows_p_value(rows * 0.999, rows)
        (True, 1.0)
    """
    from scipy import stats

    if not np.isfinite(child).all():
        return 1.0
    if not np.isfinite(parent).all():
        return 0.0
    differences = parent - child
    if len(differences) < 2 or differences.mean() <= _LEAST_GAIN * abs(float(parent.mean())):
        return 1.0
    error = float(differences.std(ddof=1)) / len(differences) ** 0.5
    return float(stats.t.sf(differences.mean() / error, len(differences) - 1)) if error else 0.0


class PlanChoice:
    """Chooses among candidates.

    Args:
        candidates: The trained plans; those that were made to cure another come after it. What was pruned is never
            chosen.
        split: The rows.
        truth: Target of the development rows in its own units; (n_rows,).
        seed: The run's seed.
    """

    def __init__(self, candidates: Sequence[Candidate], split: Split, truth: np.ndarray, seed: int) -> None:
        self._candidates = tuple(one for one in candidates if not one.pruned)
        self._split, self._truth, self._seed = split, truth, seed

    def p_value(self, child: Candidate, parent: Candidate) -> float:
        """How often noise alone would make a single plan so much better than the one it was made from."""
        if not child.has_learned or not parent.has_learned:
            return 0.0 if child.has_learned else 1.0
        folds = range(len(self._split.folds))
        if len(folds) < _FEWEST_FOLDS:
            return self._by_rows([child], parent, folds)
        return gain_p_value(child.errors, parent.errors, self._test_share)

    def admitted(self, folds: Sequence[int] | None = None) -> list[Candidate]:
        """Those that may be chosen: what was proposed, and what was made from a plan where that helps.

        Args:
            folds: By these folds only.
        """
        chosen = range(len(self._split.folds)) if folds is None else folds
        return self._those(lambda group, parent: self._helps(group, parent, chosen))

    def _those(self, helps: Callable[[Sequence[Candidate], Candidate], bool]) -> list[Candidate]:
        kept = [one for one in self._candidates if not one.parent]
        for parent in kept:  # which grows: what was kept may have been treated again
            tried = [one for one in self._candidates if one.parent and one.parent == parent.plan.key]
            learned = [one for one in tried if one.has_learned]
            if learned and (not parent.has_learned or helps(learned, parent)):
                kept += learned
        return kept

    def _helps(self, group: Sequence[Candidate], parent: Candidate, folds: Sequence[int]) -> bool:
        """Whether taking the best of a group is better than its parent beyond noise.

        Each fold is judged by the plan that is best on the others, so that trying many is paid for.
        """
        if len(folds) < _FEWEST_FOLDS:
            return self._by_rows(group, parent, folds) < ALPHA
        best = []
        for fold in folds:
            others = [other for other in folds if other != fold]
            best.append(_lowest(group, partial(_error_on, folds=others)))
        errors = np.array([one.errors_among(folds)[place] for place, one in enumerate(best)])
        before = parent.errors_among(folds)
        if gain_p_value(errors, before, self._test_share) < ALPHA:
            return True
        if int((errors < before).sum()) < len(folds) - (len(folds) >= _MANY_FOLDS):
            return False
        after = np.concatenate([self._losses(one, fold) for one, fold in zip(best, folds, strict=True)])
        return rows_p_value(after, np.concatenate([self._losses(parent, fold) for fold in folds])) < _ROWS_ALPHA

    @property
    def _test_share(self) -> float:
        return float(np.mean([len(fold.valid) / len(np.unique(fold.train)) for fold in self._split.folds]))

    def _by_rows(
        self, group: Sequence[Candidate], parent: Candidate, folds: Sequence[int], rows: np.ndarray | None = None
    ) -> float:
        """The same with halves of the rows in place of folds."""
        before = np.concatenate([self._losses(parent, fold) for fold in folds])
        after = np.stack([np.concatenate([self._losses(one, fold) for fold in folds]) for one in group])
        before, after = (before, after) if rows is None else (before[rows], after[:, rows])
        first = np.arange(len(before)) % 2 == 0
        nested = np.empty(len(before))
        for chooses, judges in ((first, ~first), (~first, first)):
            means = after[:, chooses].mean(axis=1)
            nested[judges] = after[int(np.where(np.isfinite(means), means, np.inf).argmin()), judges]
        return rows_p_value(nested, before)

    def _losses(self, candidate: Candidate, fold: int) -> np.ndarray:
        """The loss of each outer row of a fold: squared error, or for classes that of the probability."""
        truth, predicted = self._truth[self._split.folds[fold].valid], candidate.outer[fold]
        if predicted.ndim == 1:
            return np.asarray((predicted - truth) ** 2)
        if truth.ndim == 2:  # of a series the mean over its steps
            return np.asarray(((predicted - truth) ** 2).mean(axis=1))
        known = truth >= 0
        own = np.where(known, predicted[np.arange(len(truth)), np.where(known, truth, 0).astype(int)], 0.0)
        return np.asarray(-np.log(np.maximum(own, 1e-15)))

    def best(self, folds: Sequence[int] | None = None) -> Candidate:
        """The candidate with the lowest mean error over folds.

        One that has learned nothing is never better than one that has.

        Args:
            folds: By these folds only.
        """
        chosen = range(len(self._split.folds)) if folds is None else folds
        return _lowest(self.admitted(folds), partial(_error_on, folds=chosen))

    def nested_outer(self) -> tuple[np.ndarray, ...]:
        """Out-of-fold predictions of the whole procedure, the choice among plans included.

        The outer rows of a fold are predicted by the plan that is best on the *other* folds, those that judge none of
        these rows: so no row has a say in the plan that it judges (Cawley and Talbot, JMLR 2010). With a single
        validation part each half of it is predicted by the plan that is best on the other half.

        Returns:
            For each fold the predictions on its outer rows.
        """
        if len(self._candidates) == 1:
            return self._candidates[0].outer
        return tuple(self._nested_fold(number) for number in range(len(self._split.folds)))

    def _nested_fold(self, number: int) -> np.ndarray:
        split = self._split
        fold = split.folds[number]
        others = [k for k, other in enumerate(split.folds) if not np.isin(other.valid, fold.valid).any()]
        if others:
            return self.best(others).outer[number]
        units = fold.valid if split.development.units is None else split.development.units[fold.valid]
        first = first_half(units, number, self._seed)
        judged = np.array(self._candidates[0].outer[number])
        for side, judges in ((0, ~first), (1, first)):
            judged[judges] = self.best_by_half(number, side).outer[number][judges]
        return judged

    def best_by_half(self, number: int, side: int) -> Candidate:
        """The candidate that a half of the outer rows of a fold chooses.

        It does so by the errors by which it chose the epochs of the other half, which is so predicted by its choice
        alone.

        Args:
            number: The fold.
            side: 0 for the first half, 1 for the second.
        """
        valid, units = self._split.folds[number].valid, self._split.development.units
        first = first_half(valid if units is None else units[valid], number, self._seed)
        chooses = ~first if side else first
        return _lowest(self.admitted_by_rows(number, chooses), partial(_half_error, fold=number, half=side))

    def admitted_by_rows(self, number: int, rows: np.ndarray) -> list[Candidate]:
        """Those that may be chosen by some of the outer rows of a fold.

        Args:
            number: The fold.
            rows: Which of its outer rows; (n_valid,).
        """
        return self._those(lambda group, parent: self._by_rows(group, parent, [number], rows) < ALPHA)


def _error_on(candidate: Candidate, folds: Sequence[int]) -> float:
    return mean_error(candidate.errors_among(folds))


def _lowest(candidates: Iterable[Candidate], error: Callable[[Candidate], float]) -> Candidate:
    return min(candidates, key=lambda one: (not one.has_learned, error(one)))


def _half_error(candidate: Candidate, fold: int, half: int) -> float:
    """The mean over the members of a fold of the lowest error of one half of its outer rows."""
    return mean_error(candidate.trained.judged.half_errors[judging(candidate.trained, fold), half])
