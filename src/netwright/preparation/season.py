"""The season of a series, and how far a forecast looks back where the user did not say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.preparation.steps import Steps

#: No season has more steps than this.
LONGEST = 400
#: Seasons that a series must show, how alike they must be, and how much more alike longer ones must be.
_FEWEST_SEASONS, _ALIKE, _MORE_ALIKE = 3, 0.3, 0.05
#: Series that are looked at, the longest.
_MOST_LINES = 20
#: A forecast looks back on two seasons, at most on this share of a series; without a season on ...
_SEASONS_BACK, _MOST_SHARE, _WITHOUT = 2, 0.25, (8, 32)


def season_of(lines: Sequence[np.ndarray], steps: Steps) -> tuple[int, int]:
    """Steps after which series are most like themselves, and the longest season that shows; 1 where there is none.

    Each is freed of what moves slower than the season (its moving average), then held against itself a season earlier:
    the median correlation over series decides.

    Args:
        lines: Numbers of each series, of the development rows alone; (step,) each.
        steps: Their grid, which suggests seasons; without a calendar every length is tried.

    Example:
        >>> season_of([np.tile([1.0, 2.0, 5.0, 2.0], 20)], Steps("number", "even", 1.0, 0.0))
        (4, 4)
    """
    longest = sorted(lines, key=len, reverse=True)[:_MOST_LINES]
    most = min(LONGEST, max(map(len, longest)) // _FEWEST_SEASONS)
    suggested = steps.seasons or tuple(range(2, most + 1))
    found: dict[int, float] = {}
    for season in suggested:
        if 2 <= season <= most:
            alike = [own for line in longest if (own := likeness(line, season)) is not None]
            if alike:
                found[season] = float(np.median(alike))
    best = 1
    for season, alike in sorted(found.items()):
        if alike >= _ALIKE and (best == 1 or alike > found[best] + _MORE_ALIKE):
            best = season
    shown = [season for season, alike in found.items() if alike >= _ALIKE]
    # without a calendar every multiple of a season shows as well
    return best, max(shown, default=1) if steps.seasons else best


def likeness(line: np.ndarray, season: int) -> float | None:
    """The correlation of a series, freed of its trend, with itself a season earlier; None where it is too short."""
    if len(line) < _FEWEST_SEASONS * season:
        return None
    sums = np.cumsum(np.concatenate([[0.0], line]))
    trend = (sums[season:] - sums[:-season]) / season
    start = (season - 1) // 2
    rest = line[start : start + len(trend)] - trend
    before, after = rest[:-season], rest[season:]
    if len(before) < 3 or before.std() == 0 or after.std() == 0:
        return None
    return float(np.corrcoef(before, after)[0, 1])


def past_of(season: int, longest: int, horizon: int, n_steps: int) -> int:
    """How many steps a forecast looks back on.

    Args:
        season: As `season_of` found it ...
        longest: ... and the longest one that shows.
        horizon: Steps ahead.
        n_steps: Of the longest series, development rows alone.

    Example:
        >>> past_of(12, 12, 12, 120), past_of(24, 168, 24, 20_000), past_of(365, 365, 7, 2_900), past_of(1, 1, 4, 100)
        (24, 168, 365, 8)
    """
    most = max(2, int(_MOST_SHARE * n_steps))
    if season == 1:
        low, high = _WITHOUT
        return min(most, max(low, min(high, 2 * horizon)))
    if season < longest <= min(LONGEST, most):
        return longest
    for seasons in range(_SEASONS_BACK, 0, -1):
        if seasons * season <= min(LONGEST, most):
            return seasons * season
    return season if season <= 0.4 * n_steps else min(most, max(_WITHOUT[0], 2 * horizon))
