"""A fitted linear or logistic regression as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from netwright.evaluate.fitted import ClassShares, taken

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression, Ridge

#: Rows pass in blocks of one size, the last one filled up, so that a row gives the same bits in any file.
_BLOCK_ROWS = 256


@dataclass(frozen=True)
class LinearArrays:
    """Slopes and intercepts, and for classes what becomes of the log-odds that they give.

    Args:
        slopes: One row an output; (n_outputs, n_features).
        intercepts: (n_outputs,).
        shares: From modelled classes to all of them; None for regression.

    Example:
        >>> LinearArrays(np.array([[2.0, -1.0]]), np.array([0.5]))(np.array([[1.0, 1.0], [0.0, 3.0]]))
        array([ 1.5, -2.5])
    """

    kind: ClassVar[str] = "linear"
    slopes: np.ndarray
    intercepts: np.ndarray
    shares: ClassShares | None = None

    @classmethod
    def of(cls, fitted: Ridge | LogisticRegression, shares: ClassShares | None = None) -> LinearArrays:
        """The arrays of a model of scikit-learn.

        Args:
            fitted: It; it may have learned in 32 bits, here it predicts in 64.
            shares: From its classes to all of them.
        """
        slopes = np.atleast_2d(np.asarray(fitted.coef_, dtype=np.float64))
        return cls(slopes, np.atleast_1d(np.asarray(fitted.intercept_, dtype=np.float64)), shares)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values (n_rows,) or probabilities (n_rows, n_classes)."""
        found = np.empty((len(x), len(self.intercepts)))
        for start in range(0, len(x), _BLOCK_ROWS):
            own = x[start : start + _BLOCK_ROWS]
            block = np.zeros((_BLOCK_ROWS, x.shape[1]))
            block[: len(own)] = own
            found[start : start + len(own)] = (block @ self.slopes.T)[: len(own)]
        found += self.intercepts
        return found[:, 0] if self.shares is None else self.shares.filled(probabilities_of(found))

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it by name."""
        own = {"slopes": self.slopes, "intercepts": self.intercepts}
        return own if self.shares is None else own | self.shares.arrays()

    @property
    def n_parameters(self) -> int:
        """Slopes and intercepts."""
        return self.slopes.size + self.intercepts.size

    @property
    def row_products(self) -> int:
        """One a slope."""
        return int(self.slopes.size)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], n_classes: int, n_features: int) -> LinearArrays:
        """The model of these arrays, of a stranger.

        Args:
            arrays: As `arrays` gave them.
            n_classes: 0 for regression.
            n_features: What it is fed.

        Raises:
            ValueError: They are not those of such a task.
        """
        shares = ClassShares.of_arrays(arrays, n_classes) if n_classes else None
        n_outputs = 1 if shares is None or len(shares.known) == 2 else len(shares.known)
        own = taken(arrays, {"slopes": ("f8", (n_outputs, n_features)), "intercepts": ("f8", (n_outputs,))})
        return cls(own["slopes"], own["intercepts"], shares)


def probabilities_of(raw: np.ndarray) -> np.ndarray:
    """Log-odds to probabilities: of one column those of two classes, else the softmax.

    Args:
        raw: (n_rows, n_outputs).

    Example:
        >>> probabilities_of(np.array([[0.0]])), probabilities_of(np.zeros((1, 4)))
        (array([[0.5, 0.5]]), array([[0.25, 0.25, 0.25, 0.25]]))
    """
    if raw.shape[1] == 1:
        from scipy.special import expit

        positive = expit(raw[:, 0])
        return np.stack([1 - positive, positive], axis=1)
    raised = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
