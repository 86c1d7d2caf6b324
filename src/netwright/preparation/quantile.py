"""The quantile transform: numbers take the place that their rank has in a normal distribution."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from netwright.base.seeds import derive_seed

#: A quantile for so many rows, within these bounds (Gorishniy et al., "TabM", ICLR 2025).
_ROWS_A_QUANTILE, _FEWEST, _MOST = 30, 10, 1_000
#: Spread of the noise that draws equal numbers apart, as a share of theirs.
_NOISE = 1e-5
#: What lies beyond all train rows comes out here, as in scikit-learn: 5.2 spreads from the middle.
_FARTHEST = float(-ndtri(1e-7))


def quantiles_of(standardised: np.ndarray) -> tuple[float, ...]:
    """Quantiles of numbers of spread 1, at even shares from 0 to 1.

    A little noise comes first. Without it a value that many rows share at the lower end, such as 0, would be the
    lowest quantile and lie 5.2 spreads out, not in the middle of the rows that share it. The noise goes to ranks and
    not to rows, so that the order of the rows does not matter.

    Args:
        standardised: Of the train rows, at least two; (n_rows,).
    """
    generator = np.random.default_rng(derive_seed(0, "quantile noise"))
    noisy = np.sort(standardised) + generator.normal(0, _NOISE, standardised.size)
    n_quantiles = min(max(standardised.size // _ROWS_A_QUANTILE, _FEWEST), _MOST, standardised.size)
    return tuple(float(quantile) for quantile in np.quantile(noisy, np.linspace(0, 1, n_quantiles)))


def to_normal(array: np.ndarray, quantiles: tuple[float, ...]) -> np.ndarray:
    """The share of train rows below each number, as a number of the standard normal distribution (as scikit-learn's).

    Example:
        >>> to_normal(np.array([-9.0, 1.0, 2.0]), (0.0, 1.0, 3.0)).round(3).tolist()
        [-5.199, 0.0, 0.674]
    """
    known, shares = np.array(quantiles), np.linspace(0, 1, len(quantiles))
    # from below and from above: among equal quantiles a number takes the middle of their shares
    below = np.interp(array, known, shares)
    above = -np.interp(-array, -known[::-1], -shares[::-1])
    share = np.where(array <= known[0], 0.0, np.where(array >= known[-1], 1.0, (below + above) / 2))
    return np.asarray(np.clip(ndtri(share), -_FARTHEST, _FARTHEST))


def from_normal(array: np.ndarray, quantiles: tuple[float, ...]) -> np.ndarray:
    """The way back; numbers beyond the train rows end where those do.

    Example:
        >>> from_normal(np.array([-5.2, 0.0, 0.674]), (0.0, 1.0, 3.0)).round(2).tolist()
        [0.0, 1.0, 2.0]
    """
    return np.asarray(np.interp(ndtr(array), np.linspace(0, 1, len(quantiles)), np.array(quantiles)))
