"""Was a network needed at all? A paired test over the outer rows of the same folds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from netwright.base.figures import figure
from netwright.base.holm import holm_adjusted, p_in_words
from netwright.evaluate.metrics import Metric

Answer = Literal["yes", "no", "undecided"]

#: A difference that chance alone brings about more often than this decides nothing.
_ALPHA = 0.05
#: Two differences may be equal by chance, and then look like proof.
_FEWEST_FOLDS = 3
#: An error of at most this share of another one is rounding.
_ROUNDING = 1e-9
_NOT_JUDGED = (
    "Undecided: no fold could be judged, since no score is a number there: training diverged, or the metric needs "
    "more rows a fold."
)
_NAMES = {
    "constant": "the constant",
    "linear": "a linear model",
    "trees": "boosted trees",
    "independent": "columns drawn one by one",
    "copula": "a Gaussian copula",
    "pixels": "pixels drawn one by one",
    "pixel_copula": "a Gaussian copula of pixels",
    "pca": "principal components",
    "last_value": "the last value",
    "seasonal_naive": "the seasonal naive forecast",
    "window_mean": "the mean of the window",
}
#: Those that are many.
_MANY = ("trees", "pca", "independent", "pixels")


@dataclass(frozen=True)
class Verdict:
    """The answer and what it rests on.

    Args:
        answer: `yes` (better than every baseline), `no` (one is better) or `undecided`.
        against: The strongest baseline.
        gain: Share of its error that the network saves; negative where the network is worse (-1 if the baseline
            makes no error at all).
        interval: Where the gain lies with 95 % confidence, by the same corrected variance; None where
            there is no p-value.
        p_value: Of the difference to it, adjusted for the number of baselines; None with a single validation part, and
            where the baseline makes no error at all.
        seconds: Training of the network less that of the baseline.
        sentence: All of it for a person.
    """

    answer: Answer
    against: str
    gain: float
    interval: tuple[float, float] | None
    p_value: float | None
    seconds: float
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """As `metrics.json` holds it."""
        return {
            "answer": self.answer,
            "against": self.against,
            "gain": self.gain,
            "interval": None if self.interval is None else list(self.interval),
            "p_value": self.p_value,
            "seconds": self.seconds,
            "sentence": self.sentence,
        }


def of_cut_networks(verdict: Verdict, reached: int, most: int) -> Verdict:
    """A verdict on networks that a time limit cut early: what they are now says nothing of what they could be.

    Args:
        verdict: By their scores as they are.
        reached: Epochs that they got.
        most: Epochs that they were to get.
    """
    if verdict.answer != "no" or verdict.p_value is None:  # who makes no error cannot be beaten
        return verdict
    sentence = (
        f"Undecided: the time limit cut the networks after {reached:,} of {most:,} epochs. As they are they make "
        f"{more_or_less(verdict.gain)} error on validation rows than {_NAMES[verdict.against]}; raise --time-limit to "
        f"find out, or use {_NAMES[verdict.against]}."
    )
    return replace(verdict, answer="undecided", sentence=sentence)


def corrected_p_value(differences: np.ndarray, test_share: float) -> float:
    """Two-sided p-value of a mean difference over folds whose train rows overlap.

    The variance of the mean is taken as `var * (1 / J + n_test / n_train)` (Nadeau and Bengio, Machine Learning, 2003).

    Args:
        differences: One a fold; (J,), J at least 2.
        test_share: n_test / n_train of a fold.

    Example:
        >>> round(corrected_p_value(np.array([1.0, 1.2, 0.9, 1.1, 1.0]), 0.25), 5)
        0.00017
    """
    from scipy import stats

    mean, error = float(differences.mean()), corrected_standard_error(differences, test_share)
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stats.t.sf(abs(mean) / error, len(differences) - 1))


def corrected_standard_error(differences: np.ndarray, test_share: float) -> float:
    """Standard error of a mean difference over folds, with the same correction.

    Args:
        differences: One a fold; (J,), J at least 2.
        test_share: n_test / n_train of a fold.

    Example:
        >>> round(corrected_standard_error(np.array([1.0, 1.2, 0.9, 1.1, 1.0]), 0.25), 4)
        0.0765
    """
    return math.sqrt(float(differences.var(ddof=1)) * (1 / len(differences) + test_share))


def _interval(differences: np.ndarray, test_share: float) -> tuple[float, float]:
    """Where the mean difference lies, by the t distribution of the corrected test."""
    from scipy import stats

    half = float(stats.t.ppf(1 - _ALPHA / 2, len(differences) - 1)) * corrected_standard_error(differences, test_share)
    return float(differences.mean()) - half, float(differences.mean()) + half


def judge_folds(
    network: np.ndarray,
    baselines: Mapping[str, np.ndarray],
    test_share: float,
    seconds: Mapping[str, float],
    n_plans: int = 1,
) -> Verdict:
    """Compare a network with its baselines on the outer rows of the same folds.

    Args:
        network: Its error in each fold (less is better); (n_folds,).
        baselines: The same for each baseline.
        test_share: Outer rows over train rows of a fold.
        seconds: What each baseline, and `network`, took to fit.
        n_plans: Among how many plans the network was chosen; its errors are to include that choice.
    """
    judged = np.isfinite(np.stack([network, *baselines.values()])).all(axis=0)  # a fold may lack a class, say
    if not judged.any():
        against = next(iter(baselines))
        return Verdict("undecided", against, 0.0, None, None, seconds["network"] - seconds[against], _NOT_JUDGED)
    network, baselines = network[judged], {name: errors[judged] for name, errors in baselines.items()}
    against = min(baselines, key=lambda name: float(baselines[name].mean()))
    base_error, error = float(baselines[against].mean()), float(network.mean())
    unit = abs(base_error) or abs(error) or 1.0
    gain = (base_error - error) / unit
    more = seconds["network"] - seconds[against]
    if _without_error(baselines[against], network):  # a share of no error says nothing
        sentence = f"No network is needed: {_NAMES[against]} {_exactly(against)}."
        return Verdict("no", against, gain, None, None, more, sentence)
    if len(network) < _FEWEST_FOLDS:
        answer: Answer = "undecided"
        one = len(network) == 1
        sentence = (
            f"Undecided: {'one validation part shows' if one else 'two folds show'} {more_or_less(gain)} error than "
            f"{_NAMES[against]}, and cannot tell whether that is chance. Train with {'folds' if one else 'more folds'} "
            "to find out."
        )
        return Verdict(answer, against, gain, None, None, more, sentence)
    p_values = {name: corrected_p_value(errors - network, test_share) for name, errors in baselines.items()}
    p_value = holm_adjusted(p_values)[against]
    answer = "undecided" if p_value >= _ALPHA else ("yes" if gain > 0 else "no")
    # no more than all of the error can be saved
    low, high = (min(1.0, end / unit) for end in _interval(baselines[against] - network, test_share))
    sentence = _sentence(answer, against, gain, (low, high), p_value, more, n_plans)
    return Verdict(answer, against, gain, (low, high), p_value, more, sentence)


def _without_error(baseline: np.ndarray, network: np.ndarray) -> bool:
    """Whether a baseline errs in no fold, but for rounding, and the network in each; errors may be below zero."""
    return bool((np.abs(baseline) <= _ROUNDING * network).all() and (network > 0).all())


def _exactly(against: str) -> str:
    """What a baseline without error does."""
    if against == "pca":
        return "give rows back exactly"
    return f"{'make' if against in _MANY else 'makes'} no error on validation rows"


def _sentence(
    answer: Answer,
    against: str,
    gain: float,
    interval: tuple[float, float],
    p_value: float,
    seconds: float,
    n_plans: int,
) -> str:
    shown = f"{_span(gain, interval)}, {p_in_words(p_value)}"
    counted = f", choosing among {n_plans} plans included," if n_plans > 1 else ""
    difference = f"{more_or_less(gain)} error on validation rows{counted} than {_NAMES[against]} ({shown})"
    price = f"for {figure(seconds, 2)} s more training" if seconds > 0 else "and no more training time"
    if answer == "yes":
        return f"A network is worth it here: {difference}, {price}."
    if answer == "no":
        return f"No network is needed here: it makes {difference}. Use {_NAMES[against]}."
    return (
        f"Undecided: the network makes {difference}; the folds differ too much among themselves to call that more "
        f"than chance. {_NAMES[against].capitalize()} {'are' if against in _MANY else 'is'} simpler."
    )


def _span(gain: float, interval: tuple[float, float]) -> str:
    """The interval of the gain in the direction of the gain: `3 to 19 % less`, or `8 % more to 19 % less`."""
    near, far = (more_or_less(end) for end in (interval if gain >= 0 else interval[::-1]))
    if near == far:
        return "the same in every fold"
    same_way = near.rsplit(" ", 1)[1] == far.rsplit(" ", 1)[1]
    return f"95 % interval {near.split(' %')[0] if same_way else near} to {far}"


def more_or_less(gain: float) -> str:
    """A share of the error that is saved, or the contrary.

    Example:
        >>> more_or_less(0.071), more_or_less(-0.2)
        ('7 % less', '20 % more')
    """
    percent = abs(gain) * 100
    amount = "under 1" if percent < 1 else "over 1,000" if percent > 1_000 else f"{percent:.0f}"
    return f"{amount} % {'less' if gain >= 0 else 'more'}"


def other_on_test(metrics: Mapping[str, Any], metric: Metric) -> str:
    """A sentence where the sealed test rows say the opposite of a verdict that was sure, else empty.

    Args:
        metrics: As `metrics.json` holds them.
        metric: What the run is judged by.

    Example:
        >>> from netwright.evaluate.metrics import METRICS
        >>> metrics = {"verdict": {"answer": "yes", "against": "trees"}, "test": {"rmse": 3.0}}
        >>> other_on_test(metrics | {"baselines": {"trees": {"rmse": 2.0}}}, METRICS["rmse"])
        'On the sealed test rows it is the other way round: RMSE 3.00 against 2.00 of boosted trees. Be careful'
        >>> other_on_test(metrics | {"baselines": {"trees": {"rmse": 4.0}}}, METRICS["rmse"])
        ''
    """
    verdict, test = metrics["verdict"], metrics.get("networks", metrics).get("test", {}).get(metric.name)
    base = metrics["baselines"][verdict["against"]].get(metric.name)
    if verdict["answer"] == "undecided" or test is None or base is None:
        return ""
    better = metric.error(test) < metric.error(base)
    if better == (verdict["answer"] == "yes"):
        return ""
    scores = f"{metric.label} {figure(test)} against {figure(base)} of {_NAMES[verdict['against']]}"
    return f"On the sealed test rows it is the other way round: {scores}. Be careful"
