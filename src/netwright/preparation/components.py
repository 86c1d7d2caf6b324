"""Principal components of the numeric features, fitted on the train rows of one fold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.base.typed import from_plain
from netwright.preparation.finite import FARTHEST

#: What stands for the encoder of the components among those of the columns, and in the place of a column's name.
COMPONENTS = "components"
#: Train rows that they are fitted on; fewer where there are more features than these.
MOST_ROWS = 20_000
_MANY_FEATURES = 512
#: A component with a smaller share of the largest variance is rounding.
_LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class Components:
    """Directions in which the numeric features vary most, each scaled to a standard deviation of 1.

    Args:
        means: Of the features in the train rows; (n_features,).
        weights: Row by row those of each component; (n_components * n_features,).
        shares: Of the variance of all features that each component explains; (n_components,).
    """

    means: tuple[float, ...]
    weights: tuple[float, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.shares or len(self.weights) != len(self.means) * len(self.shares):
            raise ValueError("each component must have a weight for each numeric feature")
        if not all(map(math.isfinite, (*self.means, *self.weights, *self.shares))):
            raise ValueError("the weights of components must be finite")

    @classmethod
    def fit(cls, features: np.ndarray, n_components: int) -> Components | None:
        """The first components; None where fewer than two features vary.

        The sign of each is such that its largest weight is positive, the first of several.

        Args:
            features: Scaled numbers of the train rows; (n_rows, n_features).
            n_components: How many are wanted; fewer where the rest does not vary.
        """
        from threadpoolctl import threadpool_limits

        own = features[spread(len(features), _MANY_FEATURES if features.shape[1] > _MANY_FEATURES else MOST_ROWS)]
        own = own.astype(np.float64)
        means, spreads = own.mean(axis=0), own.std(axis=0)
        varies = spreads > 0
        if varies.sum() < 2:
            return None
        scaled = np.where(varies, (own - means) / np.where(varies, spreads, 1.0), 0.0)
        with threadpool_limits(1):  # sums over several threads would be in no fixed order
            variances, directions = _eigen(scaled)
        kept = np.flatnonzero(variances > _LEAST_SHARE * variances[0])[:n_components]
        directions = directions[kept]
        largest = directions[np.arange(len(kept)), np.abs(directions).argmax(axis=1)]
        directions = directions * np.where(largest < 0, -1.0, 1.0)[:, None]
        factors = np.where(varies, 1 / np.where(varies, spreads, 1.0), 0.0)
        weights = directions * factors / np.sqrt(variances[kept])[:, None]
        shares = variances[kept] / variances.sum()
        return cls(tuple(means.tolist()), tuple(weights.ravel().tolist()), tuple(shares.tolist()))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One a component."""
        return tuple(f"component {number}" for number in range(1, len(self.shares) + 1))

    def dense(self, features: np.ndarray) -> np.ndarray:
        """The components of these rows; float32, (n_rows, n_components).

        Summed feature by feature, so that a row gives the same bits among any others.
        """
        weights = np.array(self.weights).reshape(len(self.shares), len(self.means))
        total = np.zeros((len(features), len(self.shares)))
        for place, mean in enumerate(self.means):
            total += (features[:, place].astype(np.float64) - mean)[:, None] * weights[None, :, place]
        return np.clip(total, -FARTHEST, FARTHEST).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """The fitted state as plain JSON values."""
        return {"encoder": COMPONENTS, "column": COMPONENTS} | asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Components:
        """The components that `to_json` described.

        Raises:
            ValueError: A field is absent, unknown or of another type, or they do not fit together.
        """
        return from_plain(cls, {name: value for name, value in data.items() if name not in ("encoder", "column")})


def spread(n_rows: int, n_taken: int) -> np.ndarray:
    """At most so many rows, evenly spread.

    Example:
        >>> spread(10, 3).tolist(), spread(2, 3).tolist()
        ([0, 3, 6], [0, 1])
    """
    return np.arange(n_rows) if n_rows <= n_taken else np.arange(n_taken) * n_rows // n_taken


def _eigen(scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Variances, the largest first, and their directions; (n,) and (n, n_features)."""
    if scaled.shape[1] > len(scaled):
        _, singular, directions = np.linalg.svd(scaled, full_matrices=False)
        return singular**2 / len(scaled), directions
    variances, columns = np.linalg.eigh(scaled.T @ scaled / len(scaled))
    return np.maximum(variances[::-1], 0.0), columns.T[::-1]
