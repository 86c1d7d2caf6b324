"""Where numbers are far outside the rest of their column: the one rule of the audit and of `--outliers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Beyond this many robust standard deviations from the median.
FAR = 6.0
#: A normal sample's interquartile range in standard deviations.
_IQR_TO_STD = 1.349
_FEWEST_ROWS = 20


def far_bounds(values: np.ndarray) -> tuple[float, float] | None:
    """The ends beyond which a number is far outside: six robust standard deviations (quartiles) from the median.

    Args:
        values: Without gaps; (n_values,).

    Returns:
        Low and high, or None where nothing can be said: with few values, where more than half are the same, or where
        they are too large to be computed with.

    Example:
        >>> import numpy as np
        >>> low, high = far_bounds(np.arange(101.0))
        >>> round(low, 1), round(high, 1)
        (-172.4, 272.4)
    """
    import numpy as np

    if len(values) < _FEWEST_ROWS:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        q25, median, q75 = np.quantile(values, [0.25, 0.5, 0.75])
        reach = FAR * (q75 - q25) / _IQR_TO_STD
        low, high = float(median - reach), float(median + reach)
    return (low, high) if reach > 0 and np.isfinite([low, high]).all() else None
