"""What ships: one plan or an ensemble, its temperature and its threshold; and what it costs to choose them.

Three ways are open at most: the best plan, an ensemble of networks, an ensemble that baselines may join. Each is judged
by what it would have predicted for rows that had no say in it, and one with more parts is taken only where that has
clearly less error; the same predictions say the temperature and the threshold. The score of all this is nested once
more: for the outer rows of a fold everything (the way, the weights, temperature and threshold) is chosen on the other
folds (Cawley and Talbot, JMLR 2010). With a single validation part halves of its rows stand for folds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from netwright.base.plan import Task, of_classes
from netwright.base.split import Split
from netwright.evaluate.metrics import Metric, judged_by, row_errors
from netwright.evaluate.mixing import tempered, weighted_mean
from netwright.evaluate.verdict import corrected_standard_error
from netwright.training.baselines import TrainedBaseline
from netwright.training.blend import Blend
from netwright.training.candidate import Candidate, mean_error
from netwright.training.choice import PlanChoice
from netwright.training.ensemble import Library, greedy_weights
from netwright.training.rounds import Part, Rounds
from netwright.training.temperature import fit_temperature
from netwright.training.threshold import ErrorsByThreshold, fit_threshold

#: From one plan over networks to everything: where errors are equal the earlier way is taken.
Way = Literal["plan", "networks", "all"]

#: A cheaper plan may make so much more error than the best one, and no more than one standard error of the difference;
#: with fewer folds than this, which say nothing about noise, only the second share.
_MOST_MORE_ERROR, _FEWEST_FOLDS, _UNKNOWN_NOISE = 0.05, 3, 0.01
#: More parts have to save more than this share of the error: what is less may well be more on rows that are new.
_LEAST_GAIN = 0.01
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Ways:
    """How a run may choose.

    Args:
        ensemble: Whether networks may predict together.
        joining: Baselines that may join them.
        costs: What each plan costs (operations a row, or parameters), by its key: of plans that are as good the
            cheapest is taken. None asks for accuracy alone.
        calibrate: Whether probabilities get a temperature, and two classes a threshold.
        constant: The constant predictor: networks that are worse are of no use to an ensemble.
    """

    ensemble: bool = False
    joining: tuple[TrainedBaseline, ...] = ()
    costs: Mapping[str, float] | None = None
    calibrate: bool = True
    constant: TrainedBaseline | None = None

    def of_networks(self) -> Ways:
        """The same without baselines."""
        return replace(self, joining=())

    @property
    def open(self) -> tuple[Way, ...]:
        """The ways, the simplest first."""
        if not self.ensemble or self.costs is not None:
            return ("plan",)
        return ("plan", "networks", "all") if self.joining else ("plan", "networks")


@dataclass(frozen=True)
class Nested:
    """Out-of-fold predictions of the whole procedure.

    Args:
        outer: For each fold the predictions of its outer rows.
        plain: The same before temperatures.
        thresholds: For each fold the threshold of each outer row (n_valid,), None where classes are named as usual.
    """

    outer: tuple[np.ndarray, ...]
    plain: tuple[np.ndarray, ...]
    thresholds: tuple[np.ndarray | None, ...]

    def errors(self, metric: Metric, truth: np.ndarray, split: Split) -> np.ndarray:
        """The error of each fold (less is better); (n_folds,)."""
        folds = zip(split.folds, self.outer, self.thresholds, strict=True)
        judged = [metric.score(truth[fold.valid], judged_by(metric, own, at)) for fold, own, at in folds]
        return np.array([metric.error(score) for score in judged])


class BlendChoice:
    """Chooses what ships.

    Args:
        choice: Chooses among single plans.
        candidates: The trained plans.
        split: The rows.
        truth: Target of the development rows in its own units; (n_rows,).
        metric: What the run is judged by.
        task: What is predicted.
        ways: What may be chosen.
        seed: The run's seed.
    """

    def __init__(
        self,
        choice: PlanChoice,
        candidates: Sequence[Candidate],
        split: Split,
        truth: np.ndarray,
        metric: Metric,
        task: Task,
        ways: Ways,
        seed: int,
    ) -> None:
        self._choice, self._candidates, self._split, self._truth = choice, tuple(candidates), split, truth
        self._metric, self._task, self._ways, self._seed = metric, task, ways, seed
        self._rounds = Rounds(split, seed)
        self._outer = {one.plan.key: one.outer for one in candidates} | {b.name: b.outer for b in ways.joining}
        self._plan_of = {one.plan.key: one for one in candidates}
        #: Those that an ensemble can rest on: each of its rows has a prediction of each of them.
        self._usable = {
            name
            for name, outer in self._outer.items()
            if all(np.isfinite(own).all() for own in outer)
            and (name not in self._plan_of or self._plan_of[name].has_learned)
        }
        self._weights: dict[tuple[tuple[Part, ...], Way], Mapping[str, float]] = {}
        self._found: dict[tuple[tuple[Part, ...], tuple[Way, ...]], tuple[Way, Blend]] = {}
        self._admitted: dict[tuple[Part, ...], list[Candidate]] = {}
        self._tempers = True
        self._places = [name for name in self._outer if name in self._usable]
        self._library: dict[Part, Library] = {}

    def best(self, ways: tuple[Way, ...] | None = None) -> Blend:
        """What all folds choose.

        Args:
            ways: Among these; all that are open where None.
        """
        return self._decided(self._rounds.whole, ways or self._ways.open)[1]

    def untempered(self) -> BlendChoice:
        """The same choice by probabilities as they are; it shares what was worked out."""
        other = copy(self)
        other._tempers, other._found = False, {}
        return other

    def plan(self) -> Candidate:
        """The plan that all folds choose where one is to stand for itself."""
        return self._single(self._rounds.whole)

    def nested(self, ways: tuple[Way, ...] | None = None) -> Nested:
        """Out-of-fold predictions of the whole procedure.

        Args:
            ways: Among these; all that are open where None.
        """
        folds = [self._nested_fold(number, ways or self._ways.open) for number in range(len(self._split.folds))]
        outer, plain, thresholds = zip(*folds, strict=True)
        return Nested(outer, plain, thresholds)

    def by_fold(self) -> tuple[Blend, ...]:
        """For each fold what the others choose; for a single validation part what all its rows choose."""
        rounds = [self._rounds.outer(number) for number in range(len(self._split.folds))]
        ways = self._ways.open
        return tuple(self._decided(own[0][1] if len(own) == 1 else self._rounds.whole, ways)[1] for own in rounds)

    def thresholds(self, outer: Sequence[np.ndarray]) -> tuple[float | None, tuple[np.ndarray | None, ...]]:
        """The threshold of predictions in which nothing else is to be chosen, such as a baseline's, by the same rule.

        Args:
            outer: For each fold the predictions of its outer rows.

        Returns:
            That of all folds, and for each fold that of its outer rows, chosen on the others.
        """

        def chosen(parts: Sequence[Part]) -> float | None:
            own = [judge for judge, _ in self._rounds.of(parts)]
            return self._threshold({part: outer[part.fold][self._rounds.rows(part)] for part in own})

        nested: list[np.ndarray | None] = []
        for number in range(len(outer)):
            thresholds = np.full(len(outer[number]), np.nan)
            for judge, choosing in self._rounds.outer(number):
                at = chosen(choosing)
                thresholds[self._rounds.rows(judge)] = 0.5 if at is None else at
            nested.append(thresholds if self._names else None)
        return chosen(self._rounds.whole), tuple(nested)

    @property
    def _names(self) -> bool:
        """Whether a threshold is to be found at all."""
        return self._ways.calibrate and self._task == "binary" and self._metric.of_names

    def _nested_fold(self, number: int, ways: tuple[Way, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        fold = self._split.folds[number]
        outer = np.empty_like(np.asarray(self._candidates[0].outer[number], dtype=np.float64))
        plain, thresholds = np.empty_like(outer), np.full(len(fold.valid), 0.5)
        for judge, choosing in self._rounds.outer(number):
            rows, blend = self._rounds.rows(judge), self._decided(choosing, ways)[1]
            plain[rows] = self._blended(blend.weights, judge)
            outer[rows] = tempered(plain[rows], blend.temperature)
            thresholds[rows] = 0.5 if blend.threshold is None else blend.threshold
        return outer, plain, thresholds if self._names else None

    def _true(self, part: Part) -> np.ndarray:
        return np.asarray(self._truth[self._split.folds[part.fold].valid[self._rounds.rows(part)]])

    def _decided(self, parts: tuple[Part, ...], ways: tuple[Way, ...]) -> tuple[Way, Blend]:
        """The way with the lowest error on rows that had no say in it, with its temperature and threshold."""
        if (parts, ways) not in self._found:
            rounds = self._rounds.of(parts)
            judged = {way: self._judged(rounds, way) for way in (ways if rounds else ways[:1])}
            errors = {way: self._error(own) for way, own in judged.items()}
            way = next(iter(judged))
            for other in judged:
                way = other if clearly_better(errors[other], errors[way]) else way
            weights, temperature, threshold = self._fitted(parts, way), 1.0, None
            if self._ways.calibrate and of_classes(self._task) and rounds:
                own = judged[way]
                temperature = self._temperature(own) if self._tempers else 1.0
                threshold = self._threshold({part: tempered(said, temperature) for part, said in own.items()})
            self._found[parts, ways] = way, Blend(weights, temperature, threshold)
        return self._found[parts, ways]

    def _judged(self, rounds: Sequence[tuple[Part, tuple[Part, ...]]], way: Way) -> dict[Part, np.ndarray]:
        return {judge: self._blended(self._fitted(choosing, way), judge) for judge, choosing in rounds}

    def _blended(self, weights: Mapping[str, float], part: Part) -> np.ndarray:
        rows = self._rounds.rows(part)
        return weighted_mean([self._outer[name][part.fold][rows] for name in weights], list(weights.values()))

    def _error(self, judged: Mapping[Part, np.ndarray]) -> tuple[float, float]:
        """The metric's error as the mean over parts; the loss after it, for where the metric cannot tell."""
        errors = self._errors(judged)
        losses = [self._loss(part, said) for part, said in judged.items()]
        return round(mean_error(np.array(errors)), 15), mean_error(np.array(losses))

    def _errors(self, judged: Mapping[Part, np.ndarray]) -> Sequence[float]:
        """The metric's error of each part; where a threshold is to be found, by that which the other parts choose."""
        if not self._names or not all(np.isfinite(own).all() for own in judged.values()):
            return [self._metric_error(part, said) for part, said in judged.items()]
        truth, chances = [self._true(part) for part in judged], [own[:, 1] for own in judged.values()]
        apart = np.array([[other in self._rounds.without(part, tuple(judged)) for other in judged] for part in judged])
        errors = ErrorsByThreshold.of(self._metric, truth, chances).judged(range(len(truth)), apart)
        return [float(own) for own in errors]

    def _metric_error(self, part: Part, said: np.ndarray, threshold: float | None = None) -> float:
        if not np.isfinite(said).all():
            return float("inf")
        return self._metric.error(self._metric.score(self._true(part), judged_by(self._metric, said, threshold)))

    def _loss(self, part: Part, said: np.ndarray) -> float:
        loss = float(row_errors(self._task, self._true(part), said).mean())
        return loss if np.isfinite(loss) else float("inf")

    def _fitted(self, parts: tuple[Part, ...], way: Way) -> Mapping[str, float]:
        """The weights that these rows choose."""
        if (parts, way) not in self._weights:
            best = self._single(parts).plan.key
            self._weights[parts, way] = {best: 1.0} if way == "plan" else self._ensemble(parts, way, best)
        return self._weights[parts, way]

    def _ensemble(self, parts: tuple[Part, ...], way: Way, best: str) -> Mapping[str, float]:
        allowed = {one.plan.key for one in self._admitted_by(parts)}
        allowed |= {base.name for base in self._ways.joining} if way == "all" else set()
        usable = [place for place, name in enumerate(self._places) if name in allowed]
        if best not in self._usable or len(usable) < 2:
            return {best: 1.0}
        library, numbers = self._library_of(parts)
        best, usable = self._of_use(parts, library, numbers, usable, best)
        if len(usable) < 2:
            return {best: 1.0}
        baselines = [place for place in usable if self._places[place] not in self._plan_of]
        weights = greedy_weights(library, numbers, usable, self._places.index(best), self._seed, baselines)
        chosen = sorted(np.flatnonzero(weights), key=lambda place: -weights[place])
        return {self._places[place]: float(weights[place]) for place in chosen}

    def _of_use(
        self, parts: tuple[Part, ...], library: Library, numbers: Sequence[int], usable: list[int], best: str
    ) -> tuple[str, list[int]]:
        """The best network and the candidates, less networks that are worse than the constant on the rows that choose.

        Worse is meant by what weighs blends: of names of classes the best network may have a poor log-loss. Where all
        networks are worse the best one stays alone beside the baselines.
        """
        if self._ways.constant is None:
            return best, usable
        said = [[self._ways.constant.outer[part.fold][self._rounds.rows(part)] for part in parts]]
        truth = [self._true(part) for part in parts]
        constant = Library.of(self._metric, truth, said, self._seed).error(np.ones(1), range(len(parts)))
        unit = np.eye(len(self._places))
        alone = {place: library.error(unit[place], numbers) for place in usable if self._places[place] in self._plan_of}
        good = [place for place, error in alone.items() if error <= constant]
        if good and self._places.index(best) not in good:
            best = self._places[min(good, key=lambda place: alone[place])]
        kept = {*good, self._places.index(best)}
        return best, [place for place in usable if place in kept or place not in alone]

    def _library_of(self, parts: tuple[Part, ...]) -> tuple[Library, list[int]]:
        """What all candidates predicted for some parts; whole folds share theirs."""
        whole = all(not part.halves for part in parts)
        own = self._rounds.whole if whole else parts
        if own[0] not in self._library or not whole:
            truth = [self._true(part) for part in own]
            predicted = [
                [self._outer[name][part.fold][self._rounds.rows(part)] for part in own] for name in self._places
            ]
            library = Library.of(self._metric, truth, predicted, self._seed)
            if not whole:
                return library, list(range(len(parts)))
            self._library[own[0]] = library
        return self._library[own[0]], [part.fold for part in parts]

    def _admitted_by(self, parts: tuple[Part, ...]) -> list[Candidate]:
        """Plans that may be chosen by these rows: cures only where they help."""
        if parts not in self._admitted:
            if any(part.halves for part in parts):
                (part,) = parts  # halves come one at a time
                self._admitted[parts] = self._choice.admitted_by_rows(part.fold, self._rounds.rows(part))
            else:
                self._admitted[parts] = self._choice.admitted([part.fold for part in parts])
        return self._admitted[parts]

    def _single(self, parts: tuple[Part, ...]) -> Candidate:
        """The plan that these rows choose."""
        if self._ways.costs is not None:
            return self._cheapest(parts, self._ways.costs)
        if not any(part.halves for part in parts):
            return self._choice.best([part.fold for part in parts])
        (part,) = parts
        if len(part.halves) == 1:
            return self._choice.best_by_half(part.fold, part.halves[0])
        return min(self._admitted_by(parts), key=lambda one: (not one.has_learned, self._error_on(one, part)))

    def _error_on(self, one: Candidate, part: Part) -> float:
        said = one.outer[part.fold][self._rounds.rows(part)]
        error = self._loss(part, said) if self._names else self._metric_error(part, said)
        return float("inf") if np.isnan(error) else error

    def _cheapest(self, parts: tuple[Part, ...], costs: Mapping[str, float]) -> Candidate:
        """The cheapest of the plans whose error is within the noise of that of the best one."""
        plans = [one for one in self._admitted_by(parts) if one.has_learned] or self._admitted_by(parts)
        if any(part.halves for part in parts):
            errors = [np.array([self._error_on(one, part) for part in parts]) for one in plans]
        else:
            errors = [one.errors_among([part.fold for part in parts]) for one in plans]
        best = min(range(len(plans)), key=lambda place: float(errors[place].mean()))
        share = float(np.mean([len(fold.valid) / len(np.unique(fold.train)) for fold in self._split.folds]))
        near = [one for one, own in zip(plans, errors, strict=True) if as_good(own, errors[best], share)]
        return min(near or [plans[best]], key=lambda one: costs[one.plan.key])

    def _temperature(self, judged: Mapping[Part, np.ndarray]) -> float:
        """That with the lowest log-loss, where it lowers that of rows that had no say in it and hurts no metric."""

        def fitted(parts: Sequence[Part]) -> float:
            return fit_temperature([self._true(part) for part in parts], [judged[part] for part in parts], self._seed)

        return float(self._kept(judged, fitted, 1.0, self._tempered_error))

    def _tempered_error(self, part: Part, said: np.ndarray, temperature: float) -> tuple[float, float]:
        after = tempered(said, temperature)
        return self._loss(part, after), self._metric_error(part, after)

    def _threshold(self, judged: Mapping[Part, np.ndarray]) -> float | None:
        """That with the lowest error, where it lowers that of rows that had no say in it."""
        if not self._names or not judged or not all(np.isfinite(own).all() for own in judged.values()):
            return None

        def fitted(parts: Sequence[Part]) -> float:
            truth, chances = [self._true(part) for part in parts], [judged[part][:, 1] for part in parts]
            return fit_threshold(self._metric, truth, chances)

        def error(part: Part, said: np.ndarray, threshold: float) -> tuple[float, float]:
            return self._metric_error(part, said, threshold), 0.0

        threshold = self._kept(judged, fitted, 0.5, error)
        return None if threshold == 0.5 else threshold

    def _kept(
        self,
        judged: Mapping[Part, np.ndarray],
        fitted: Callable[[Sequence[Part]], float],
        usual: float,
        error: Callable[[Part, np.ndarray, float], tuple[float, float]],
    ) -> float:
        """What is fitted to all parts, where what is fitted to the others is better for each part than the usual.

        Args:
            judged: Predictions of each part by what the others chose.
            fitted: The number that some parts choose.
            usual: The number that is taken else.
            error: (part, predictions, number) -> what must fall in the mean over parts, and what must not rise.
        """
        parts = tuple(judged)
        rounds = [(part, self._rounds.without(part, parts)) for part in parts]
        rounds = [(part, others) for part, others in rounds if others]
        if not rounds:
            return usual
        before = np.array([error(part, judged[part], usual) for part, _ in rounds])
        after = np.array([error(part, judged[part], fitted(others)) for part, others in rounds])
        (falls, rises), (fell, rose) = ((mean_error(own[:, 0]), mean_error(own[:, 1])) for own in (before, after))
        better = fell < falls and (rose <= rises + _ROUNDING)
        return fitted(parts) if better else usual


def clearly_better(more: tuple[float, float], fewer: tuple[float, float]) -> bool:
    """Whether more parts are worth it: clearly less error, or clearly less loss and no more error.

    Args:
        more: Error and loss of what has more parts.
        fewer: Those of what has fewer.

    Example:
        >>> clearly_better((0.95, 2.0), (1.0, 2.0)), clearly_better((0.999, 1.0), (1.0, 1.0))
        (True, False)
        >>> clearly_better((1.0, 1.9), (1.0, 2.0)), clearly_better((1.001, 1.0), (1.0, 2.0))
        (True, False)
    """
    (error, loss), (before, loss_before) = more, fewer
    if not np.isfinite(before):
        return bool(np.isfinite(error))
    if before - error > _LEAST_GAIN * abs(before):
        return True
    if not np.isfinite(loss_before):
        return error <= before and bool(np.isfinite(loss))
    return error <= before and loss_before - loss > _LEAST_GAIN * abs(loss_before)


def as_good(errors: np.ndarray, best: np.ndarray, test_share: float) -> bool:
    """Whether a plan is within the noise of the best one: one standard error of the difference, and 5 % of its error.

    The standard error is corrected for folds whose train rows overlap (Nadeau and Bengio, 2003).

    Args:
        errors: Of the plan in each fold; (n_folds,).
        best: Of the best one.
        test_share: Outer rows over train rows of a fold.

    Example:
        >>> best = np.array([1.0, 1.2, 0.9, 1.1])
        >>> as_good(best + [0.05, -0.02, 0.03, 0.0], best, 0.33), as_good(best * 1.2, best, 0.33)
        (True, False)
    """
    if not (np.isfinite(errors).all() and np.isfinite(best).all()):
        return False
    more, unit = float((errors - best).mean()), abs(float(best.mean()))
    if len(errors) < _FEWEST_FOLDS:
        return more <= _UNKNOWN_NOISE * unit
    return more <= min(corrected_standard_error(errors - best, test_share), _MOST_MORE_ERROR * unit)
