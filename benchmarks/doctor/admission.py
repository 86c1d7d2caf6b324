"""Whether a fault hurts: clean against faulty over ten networks, on rows that neither has seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: What admits a fault (DOCTOR.md).
LARGEST_P, LEAST_D = 0.05, 0.5


@dataclass(frozen=True)
class Harm:
    """How much worse the faulty networks are.

    Args:
        p_value: Of Welch's test on the logarithms of the errors, two-sided.
        cohen_d: Difference of the means in pooled standard deviations; positive where the fault hurts.
        ratio: Geometric mean of the faulty errors over that of the clean ones.
    """

    p_value: float
    cohen_d: float
    ratio: float

    @property
    def admitted(self) -> bool:
        """Whether the fault counts."""
        return self.p_value < LARGEST_P and self.cohen_d >= LEAST_D


def harm(clean: np.ndarray, faulty: np.ndarray) -> Harm:
    """Compare the errors of clean and faulty networks.

    Errors are ratios by nature (a log-loss of 0.1 against 0.2 is as much as 1 against 2), hence the logarithm. An error
    that is no number counts as a thousand times the clean one.

    Args:
        clean: One a network.
        faulty: One a network.

    Example:
        >>> clean = np.array([1.0, 1.1, 0.9, 1.0])
        >>> harm(clean, 2 * clean).admitted, harm(clean, clean[::-1]).admitted
        (True, False)
    """
    from scipy.stats import ttest_ind

    floor, worst = 1e-3 * float(np.median(clean)) + 1e-9, 1e3 * float(np.median(clean))
    first, second = (np.log(np.clip(np.nan_to_num(e, nan=worst, posinf=worst), floor, worst)) for e in (clean, faulty))
    gap = float(second.mean() - first.mean())
    pooled = float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2))
    if pooled == 0:
        return Harm(float(gap == 0), np.sign(gap) * np.inf if gap else 0.0, float(np.exp(gap)))
    return Harm(float(ttest_ind(first, second, equal_var=False).pvalue), gap / pooled, float(np.exp(gap)))
