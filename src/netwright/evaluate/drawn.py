"""How good made pictures are: pixels, pairs of pixels, variety, told from real ones or not, and no copies.

All of it on small pictures in a row, numbers from 0 (black) to 1 (white).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist, pdist
from scipy.stats import ks_2samp

from netwright.evaluate.synthetic import detection

#: Pictures that are looked at, at most.
_MOST = 2_000
#: Of held-out real pictures so many are as near to a train picture; a copy lies at most half as far away.
_NEAR_SHARE, _OF_A_COPY = 0.05, 0.5
#: Standard errors by which copies must exceed those of chance to be a finding.
_BEYOND_CHANCE = 3.0
#: Less varies by rounding only.
_TINY = 1e-6
#: By measure its best value.
MEASURES = {"pixels": 0.0, "pairs": 0.0, "variety": 1.0, "detection": 0.5}


@dataclass(frozen=True)
class PictureJudgement:
    """What made pictures are worth.

    Args:
        pixels: Mean Kolmogorov-Smirnov distance between a pixel of real and of made pictures, 0 to 1.
        pairs: Mean difference between the correlations of pairs of pixels, 0 to 2.
        variety: How far two made pictures lie apart, over how far two real ones do.
        detection: Area under the ROC of boosted trees that tell made pictures from held-out real ones; 0.5 is chance.
        nearest: Median distance of a made picture to its nearest train picture (root of the mean square, 0 to 1) ...
        nearest_held_out: ... and of a held-out real one.
        near_share: Share of made pictures nearer to a train picture than 95 % of held-out real ones.
        copies: Share of made pictures that lie at most half as far from a train picture as the nearest 5 % of held-out
            real ones ...
        copies_by_chance: ... and of held-out real ones.
        n_made: How many pictures were judged.
        n_held_out: How many real ones were held out.
    """

    pixels: float
    pairs: float
    variety: float
    detection: float
    nearest: float
    nearest_held_out: float
    near_share: float
    copies: float
    copies_by_chance: float
    n_made: int
    n_held_out: int

    @property
    def copies_beyond_chance(self) -> bool:
        """Whether more made pictures are copies than held-out real ones are."""
        chance, fewest = self.copies_by_chance, max(1, min(self.n_made, self.n_held_out))
        error = max(np.sqrt(2 * chance * (1 - chance) / fewest), 1 / max(1, self.n_made))
        return bool(self.copies - chance > _BEYOND_CHANCE * error)

    def off(self, measure: str) -> float:
        """How far a measure is from its best value."""
        return abs(float(getattr(self, measure)) - MEASURES[measure])

    def to_json(self) -> dict[str, Any]:
        """All figures."""
        return dict(vars(self))


def judge_pictures(train: np.ndarray, held_out: np.ndarray, made: np.ndarray, seed: int) -> PictureJudgement:
    """Judge made pictures by real ones.

    Args:
        train: Pictures that the maker learned on; (n_train, number).
        held_out: Real ones that it did not; (n_held_out, number).
        made: (n_made, number).
        seed: The run's seed.
    """
    held_out, made = held_out[:_MOST], made[:_MOST]
    near, near_real = nearest(made, train), nearest(held_out, train)
    usual = float(np.quantile(near_real, _NEAR_SHARE))
    numbers = range(train.shape[1])
    return PictureJudgement(
        pixels=float(np.mean([ks_2samp(held_out[:, k], made[:, k], method="asymp").statistic for k in numbers])),
        pairs=_apart(held_out, made),
        variety=float(pdist(made).mean() / max(_TINY, pdist(held_out).mean())),
        detection=detection(held_out, made, np.zeros(train.shape[1], dtype=bool), seed),
        nearest=float(np.median(near)),
        nearest_held_out=float(np.median(near_real)),
        near_share=float((near < usual).mean()),
        copies=float((near < _OF_A_COPY * usual).mean()),
        copies_by_chance=float((near_real < _OF_A_COPY * usual).mean()),
        n_made=len(made),
        n_held_out=len(held_out),
    )


def nearest(pictures: np.ndarray, train: np.ndarray) -> np.ndarray:
    """The distance of each picture to the nearest of train, the root of the mean square difference; (n_rows,)."""
    return np.asarray(cdist(pictures, train).min(axis=1) / np.sqrt(train.shape[1]))


def _apart(real: np.ndarray, made: np.ndarray) -> float:
    """Mean difference between correlations of pixels that vary in real pictures; what does not vary goes with none."""
    varies = np.flatnonzero(real.std(axis=0) > _TINY)
    if len(varies) < 2:
        return 0.0
    found = []
    for own in (real, made):
        centred = own[:, varies] - own[:, varies].mean(axis=0)
        found.append(centred / np.maximum(_TINY, np.sqrt((centred**2).sum(axis=0))))
    differences = np.abs(found[0].T @ found[0] - found[1].T @ found[1])
    return float(differences[np.tril_indices(len(varies), -1)].mean())
