"""How well one column alone predicts the target, out of fold: means and lines in bins, levels; quick and seeded.

Each row is predicted from the rows of the other folds; copies of a row share a fold. There is no tuning: the best of a
handful of fixed ways to read a column counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from netwright.audit.cells import FINE_ROWS, Cells
from netwright.audit.scores import FEWEST_ROWS_A_CLASS, R2_OF_ORDER, Score, auc, balanced_accuracy, r2, separation
from netwright.audit.truth import Truth
from netwright.base.seeds import derive_seed

#: Rows looked at; more of them tell no more.
_MOST_ROWS = 20_000
_FOLDS = 10
#: From this many classes on, numbers are also judged by how well they put the classes in order: 0.2 standard deviations
#: of noise blur neighbours among many class codes, which then are no longer told apart one by one.
_MANY_CLASSES = 5
#: A correlation from which on numbers are the same; an R2 from which on no slow change explains them; and how much
#: worse the order of the rows may be to tell as well as a column.
_THE_SAME, _ALL_BUT_EXACT, _AS_WELL = 0.999995, 0.999, 0.05
#: Sums of weights this small are what rounding leaves of none.
_TINY = 1e-9


class Judge:
    """Judges columns of a table, one by one, against its target.

    Args:
        truth: The target.
        units: Rows that must share a fold, such as copies of each other, share a number; (n_rows,).

    Attributes:
        rows: The rows that are looked at: a target, a class that is not too rare, at most 20,000; (n_used,).
    """

    def __init__(self, truth: Truth, units: np.ndarray) -> None:
        rng = np.random.default_rng(derive_seed(0, "leak", truth.name))
        rows = np.flatnonzero(truth.known)
        if len(rows) > _MOST_ROWS:
            rows = np.sort(rng.choice(rows, _MOST_ROWS, replace=False))
        if truth.classes:
            rows = rows[_of_frequent_classes(truth.numbers[rows], units[rows])]
        self.rows = rows
        self._fold = _deal(truth.numbers[rows], units[rows], bool(truth.classes), rng)
        self._classes: np.ndarray | None = None
        if truth.classes:
            self._classes = np.unique(truth.numbers[rows], return_inverse=True)[1]
            self._n_classes = int(self._classes.max(initial=-1)) + 1
        else:
            self._target = _standard(truth.numbers[rows])

    @property
    def n_rows(self) -> int:
        """How many rows are looked at."""
        return len(self.rows)

    @property
    def can_tell(self) -> bool:
        """Whether there is something to tell apart."""
        if self._classes is not None:
            return self._n_classes > 1
        return self.n_rows > 1 and bool(np.ptp(self._target) > 0)

    def scores(self, cells: Cells) -> list[Score]:
        """The best score of each measure.

        Args:
            cells: Of the column, in `rows`.
        """
        fold = self._fold_for(cells)
        if self._classes is not None:
            return self._class_scores(cells, self._classes, fold)
        everyone = np.ones(self.n_rows)
        return [*_best_regression(cells, self._target, everyone, fold), *self._separations(cells)]

    def is_the_target(self, cells: Cells) -> bool:
        """Whether numbers are those of a numeric target, on whatever scale."""
        if self._classes is not None or cells.numbers is None or np.isnan(cells.numbers).any():
            return False
        with np.errstate(all="ignore"):
            return bool(abs(np.corrcoef(cells.numbers, self._target)[0, 1]) >= _THE_SAME)

    def is_told_by_order(self, rows: np.ndarray, score: Score) -> bool:
        """Whether the place of a row in the file tells a numeric target nearly as well as a column does.

        Args:
            rows: Their numbers; (n_used,).
            score: Of the column.
        """
        if self._classes is not None or score.value >= _ALL_BUT_EXACT:
            return False
        by_order = _best_regression(
            Cells(numbers=rows.astype(np.float64)), self._target, np.ones(self.n_rows), self._fold
        )
        return any(own.measure == score.measure and own.value >= score.value - _AS_WELL for own in by_order)

    def _fold_for(self, cells: Cells) -> np.ndarray:
        """The fold of each row; rows that share a rare number share one, so that it cannot name them; (n_rows,)."""
        if cells.numbers is None or not cells.names_things:
            return self._fold
        _, first, place, counts = np.unique(
            cells.numbers, return_index=True, return_inverse=True, return_counts=True, equal_nan=True
        )
        return np.where(counts[place] < FINE_ROWS, self._fold[first[place]], self._fold)

    def _separations(self, cells: Cells) -> Iterator[Score]:
        """How well levels, and being filled, part a numeric target into ranges.

        The highest score means that the column is a function of the target, such as a price band, or a fee that only
        the dear ones pay: too coarse to predict it well, and known only after it all the same.
        """
        for levels in (cells if cells.levels is not None else None, cells.filled):
            score = separation(next(levels.groupings()), self._target) if levels is not None else None
            if score is not None:
                yield score

    def _class_scores(self, cells: Cells, classes: np.ndarray, fold: np.ndarray) -> list[Score]:
        found: dict[str, Score] = {}
        for groups in cells.groupings():
            counts = _tally(groups, fold, classes, self._n_classes)
            chances = _chances(counts).reshape(-1, self._n_classes)
            for measure in (auc, balanced_accuracy):
                score = measure(counts.reshape(-1, self._n_classes), chances)
                found[score.measure] = max(score, found.get(score.measure, score), key=lambda one: one.value)
        if cells.numbers is None or self._n_classes < _MANY_CLASSES:
            return list(found.values())
        in_order = _in_order(cells.numbers, classes, self._n_classes)
        weight = (self.n_rows / self._n_classes / np.bincount(classes))[classes]  # every class counts the same
        order = [replace(score, measure=R2_OF_ORDER) for score in _best_regression(cells, in_order, weight, fold)]
        return [*found.values(), *order]


def _best_regression(cells: Cells, y: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> list[Score]:
    scores = list(_regressions(cells, y, weight, fold))
    return [max(scores, key=lambda score: score.value)] if scores else []


def _regressions(cells: Cells, y: np.ndarray, weight: np.ndarray, fold: np.ndarray) -> Iterator[Score]:
    for groups in cells.groupings():
        yield r2(y, _means(groups, fold, y, weight), weight)
        if cells.numbers is not None:
            yield r2(y, _lines(groups, fold, cells.numbers, y, weight), weight)
    if cells.numbers is not None:
        filled = cells.missing.astype(np.int64)
        yield r2(y, _lines(filled, fold, cells.numbers, y, weight), weight)


def _of_frequent_classes(classes: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Whether the class of a row has enough rows, copies counted once; (n_rows,)."""
    different = np.unique(np.stack([classes, units]), axis=1)[0]
    names, counts = np.unique(different, return_counts=True)
    return np.isin(classes, names[counts >= FEWEST_ROWS_A_CLASS])


def _deal(target: np.ndarray, units: np.ndarray, stratify: bool, rng: np.random.Generator) -> np.ndarray:
    """A fold for each row: classes spread over the folds, copies of a row in one of them; int64, (n_rows,)."""
    _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
    order = rng.permutation(len(first))
    if stratify:
        order = order[np.argsort(target[first][order], kind="stable")]
    fold = np.empty(len(first), dtype=np.int64)
    fold[order] = np.arange(len(first)) % _FOLDS
    return np.asarray(fold[inverse])


def _standard(values: np.ndarray) -> np.ndarray:
    """Numbers around 0 with spread 1, whatever their size; NaN stays."""
    known = ~np.isnan(values)
    largest = np.abs(values[known]).max(initial=0.0)
    if largest == 0:
        return values
    scaled = values / largest
    return np.asarray((scaled - scaled[known].mean()) / (scaled[known].std() or 1.0))


def _train_sums(groups: np.ndarray, fold: np.ndarray, *values: np.ndarray) -> list[np.ndarray]:
    """Sums over the train rows of each fold; each (n_groups, n_folds)."""
    n_groups = int(groups.max(initial=0)) + 1
    place = groups * _FOLDS + fold
    tables = [np.bincount(place, value, n_groups * _FOLDS).reshape(n_groups, _FOLDS) for value in values]
    return [np.asarray(table.sum(axis=1, keepdims=True) - table) for table in tables]


def _means(groups: np.ndarray, fold: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Each row predicted by its group's mean over the other folds, drawn to the mean of all by one row; (n_rows,)."""
    count, total = _train_sums(groups, fold, weight, weight * y)
    overall = total.sum(axis=0) / np.maximum(_TINY, count.sum(axis=0))
    return np.asarray(((total + overall) / (count + 1))[groups, fold])


def _lines(groups: np.ndarray, fold: np.ndarray, numbers: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Each row predicted by a line through its group's rows of the other folds; (n_rows,)."""
    x = np.nan_to_num(_standard(numbers))
    near = x - (np.bincount(groups, x) / np.maximum(1, np.bincount(groups)))[groups]
    widest = np.zeros(int(groups.max(initial=0)) + 1)
    np.maximum.at(widest, groups, np.abs(near))
    near /= np.where(widest > 0, widest, 1.0)[groups]
    products = (weight, weight * near, weight * y, weight * near * near, weight * near * y)
    count, sx, sy, sxx, sxy = _train_sums(groups, fold, *products)
    some, overall = np.maximum(_TINY, count), sy.sum(axis=0) / np.maximum(_TINY, count.sum(axis=0))
    mean_x, mean_y = sx / some, np.where(count > _TINY, sy / some, overall)
    slope = (sxy - count * mean_x * mean_y) / (np.maximum(sxx - count * mean_x**2, 0) + _TINY)
    return np.asarray(mean_y[groups, fold] + slope[groups, fold] * (near - mean_x[groups, fold]))


def _tally(groups: np.ndarray, fold: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """Rows by group, fold and class; (n_groups, n_folds, n_classes)."""
    n_groups = int(groups.max(initial=0)) + 1
    place = (groups * _FOLDS + fold) * n_classes + classes
    return np.bincount(place, minlength=n_groups * _FOLDS * n_classes).reshape(n_groups, _FOLDS, n_classes)


def _chances(counts: np.ndarray) -> np.ndarray:
    """Chance of each class, were all equally frequent, from the rows of the other folds; shaped like `counts`."""
    train = counts.sum(axis=1, keepdims=True) - counts
    size = train.sum(axis=0, keepdims=True)
    overall = train.sum(axis=2, keepdims=True) / np.maximum(1, size.sum(axis=2, keepdims=True))
    likelihood = (train + overall) / (size + 1)  # drawn to the share of the group among all rows by one row
    return np.asarray(likelihood / np.maximum(likelihood.sum(axis=2, keepdims=True), 1e-300))


def _in_order(numbers: np.ndarray, classes: np.ndarray, n_classes: int) -> np.ndarray:
    """The classes numbered in the order of their mean place in a column; (n_rows,)."""
    place = np.unique(numbers, return_inverse=True, equal_nan=True)[1]
    means = np.bincount(classes, place, n_classes) / np.bincount(classes, minlength=n_classes)
    return _standard(np.argsort(np.argsort(means)).astype(np.float64)[classes])
