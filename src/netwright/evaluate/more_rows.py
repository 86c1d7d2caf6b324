"""Would more rows help? A learning curve over sample size, and where it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Answer = Literal["yes", "a little", "hardly", "unclear"]

#: Exponents of the power law that are tried; errors fall like n^-1 at the fastest.
_EXPONENTS = np.linspace(0.05, 1.0, 20)
#: Gains by which the question is answered: less than this is hardly worth new rows, ...
_HARDLY = 0.02
#: ... and from this on it is.
_WORTH = 0.05
#: Standard errors to either side of the gain.
_SPREAD = 2.0


@dataclass(frozen=True)
class MoreRows:
    """Errors at several sizes of the train part, and what twice the rows would bring.

    Args:
        sizes: Train rows, from few to all; (n_sizes,).
        errors: Of each fold at each size (less is better); (n_folds, n_sizes).
        n_train: Train rows there are; the largest size may be less.
        fitted: The power law at these sizes, at `n_train` and at twice as many; (n_sizes + 2,).
        gain: Share of the present error that twice the rows would save.
        interval: Of the gain, from leaving out one fold at a time; None with a single fold.
    """

    sizes: tuple[int, ...]
    errors: np.ndarray
    n_train: int
    fitted: np.ndarray
    gain: float
    interval: tuple[float, float] | None

    @classmethod
    def of(cls, sizes: tuple[int, ...], errors: np.ndarray, n_train: int | None = None) -> MoreRows:
        """Fit `floor + scale * n ** -exponent` to the mean over folds and go on to twice the rows.

        The form is that of Cortes et al. (NIPS 1993); floor and scale are not negative, so the curve never rises. The
        spread is the jackknife's over folds: it knows how folds differ, not whether the law holds further out.

        Args:
            sizes: Train rows, from few to all; at least three.
            errors: Finite, positive; (n_folds, n_sizes).
            n_train: Train rows there are; the largest size where None.

        Example:
            >>> sizes = (50, 100, 200, 400)
            >>> law = MoreRows.of(sizes, np.array([[1 + 10 * n**-0.5 for n in sizes]] * 3))
            >>> round(law.gain, 3), law.answer
            (0.098, 'yes')
        """
        n_train = n_train or sizes[-1]
        fitted = _power_law(sizes, errors.mean(axis=0), n_train)
        gain, n_folds = _gain(fitted), len(errors)
        if n_folds < 2:
            return cls(sizes, errors, n_train, fitted, gain, None)
        without = [
            _gain(_power_law(sizes, np.delete(errors, fold, axis=0).mean(axis=0), n_train)) for fold in range(n_folds)
        ]
        spread = _SPREAD * float(np.sqrt((n_folds - 1) * np.var(without)))
        return cls(sizes, errors, n_train, fitted, gain, (gain - spread, gain + spread))

    @property
    def answer(self) -> Answer:
        """Whether more rows would help."""
        low, high = self.interval or (self.gain, self.gain)
        if low >= _HARDLY and self.gain >= _WORTH:
            return "yes"
        if high < _WORTH:
            return "hardly" if self.gain < _HARDLY else "a little"
        return "unclear"

    @property
    def sentence(self) -> str:
        """The answer for a person."""
        start = {
            "yes": "More rows would help",
            "a little": "More rows would help a little",
            "hardly": "More rows would hardly help",
            "unclear": "Whether more rows would help is unclear",
        }[self.answer]
        about = f"about {100 * self.gain:.0f} % less error" if self.gain >= 0.005 else "no less error"
        span = ""
        if self.interval is not None:
            low, high = (100 * max(0.0, end) for end in self.interval)
            span = f" (roughly {low:.0f} to {high:.0f} %)" if round(low) != round(high) else ""
        return f"{start}: {2 * self.n_train:,} instead of {self.n_train:,} to train on promise {about}{span}."

    def to_json(self) -> dict[str, Any]:
        """As `metrics.json` holds it."""
        return {
            "answer": self.answer,
            "sizes": list(self.sizes),
            "n_train": self.n_train,
            "errors": [float(error) for error in self.errors.mean(axis=0)],
            "fitted": [float(error) for error in self.fitted],
            "gain_of_twice": self.gain,
            "interval": None if self.interval is None else list(self.interval),
            "sentence": self.sentence,
        }


def _power_law(sizes: tuple[int, ...], errors: np.ndarray, n_train: int) -> np.ndarray:
    """The fitted law at these sizes, at all train rows and at twice as many; (n_sizes + 2,)."""
    from scipy.optimize import nnls

    # relative to all rows and to the present error, so that one grid of exponents serves all tables
    relative = np.array([*sizes, n_train, 2 * n_train], dtype=np.float64) / n_train
    unit = float(errors[-1]) or 1.0
    weight = 1 / np.maximum(errors / unit, 1e-3)
    best, law = np.inf, np.full(len(relative), errors.mean() / unit)
    for exponent in _EXPONENTS:
        terms = np.stack([np.ones(len(relative)), relative**-exponent], axis=1)
        factors, missed = nnls(terms[:-2] * weight[:, None], errors / unit * weight)
        if missed < best:
            best, law = missed, terms @ factors
    return np.asarray(law * unit)


def _gain(fitted: np.ndarray) -> float:
    return float(1 - fitted[-1] / fitted[-2]) if fitted[-2] > 0 else 0.0
