"""Measures of made rows, and the simple ways to make some."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.apps.words import made_in_words
from netwright.evaluate.simple_makers import copula_rows, independent_rows
from netwright.evaluate.synthetic import Kinds, associations, judge_rows, nearest

KINDS = Kinds(("x", "y", "level", "target"), np.array([False, False, True, True]), 3, 2)


def rows(n: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = random.normal(size=n)
    y = x + 0.3 * random.normal(size=n)
    level = (random.random(n) < 0.3).astype(float)
    target = (x + level + 0.5 * random.normal(size=n) > 0).astype(float)
    y[random.random(n) < 0.1] = np.nan
    return np.stack([x, y, level, target], axis=1)


TRAIN, TEST = rows(1_500, 0), rows(700, 1)


def judged(made: np.ndarray):
    return judge_rows(TRAIN, TEST, made, KINDS, 0)


def test_rows_of_the_same_source_pass_every_measure() -> None:
    own = judged(rows(1_500, 2))
    assert own.marginals < 0.05 and own.associations < 0.06 and abs(own.detection - 0.5) < 0.06
    assert abs(own.usefulness - own.on_real) < 0.05 and own.score == "roc_auc"
    assert own.copies == 0 and not own.copies_beyond_chance
    assert abs(own.near_share - 0.05) < 0.04 and own.nearest == pytest.approx(own.nearest_held_out, rel=0.2)


def test_copies_are_found() -> None:
    own = judged(TRAIN[np.random.default_rng(0).integers(len(TRAIN), size=800)])
    assert own.copies == 1.0 and own.copies_by_chance == 0 and own.copies_beyond_chance
    assert own.nearest == 0 and own.near_share > 0.9
    few = rows(1_500, 3)
    few[0] = TRAIN[0]
    assert not judged(few).copies_beyond_chance


def test_columns_drawn_one_by_one_lose_what_goes_together() -> None:
    random = np.random.default_rng(0)
    alone, copula = judged(independent_rows(TRAIN, 1_500, random)), judged(copula_rows(TRAIN, 1_500, random))
    assert alone.marginals < 0.05 and copula.marginals < 0.05
    assert alone.associations > 0.3 > 0.2 > copula.associations
    assert alone.detection > copula.detection and alone.detection > 0.75
    assert alone.usefulness < 0.6 < copula.usefulness - 0.1


def test_a_column_that_is_shifted_shows_in_its_own_figure() -> None:
    made = rows(1_500, 2)
    made[:, 0] += 1
    own = judged(made)
    assert own.by_column["x"] > 0.3 and own.by_column["level"] < 0.05 and own.detection > 0.8
    made = rows(1_500, 2)
    made[:, 1] = np.nan
    assert judged(made).by_column["y"] > 0.85


def test_associations_are_those_of_their_kinds() -> None:
    own = associations(TRAIN, KINDS.categorical)
    known = ~np.isnan(TRAIN[:, 1])
    from scipy import stats

    assert own[0, 1] == pytest.approx(stats.spearmanr(TRAIN[known, 0], TRAIN[known, 1]).statistic)
    table = np.histogram2d(TRAIN[:, 2], TRAIN[:, 3], bins=2)[0].astype(int)
    assert own[2, 3] == pytest.approx(stats.contingency.association(table, "cramer", correction=False), rel=0.01)
    assert 0.5 < own[0, 3] < 1 and np.isnan(own[0, 0])


def test_the_nearest_is_found() -> None:
    found = nearest(TRAIN[:3], TRAIN[2:50], TRAIN, KINDS.categorical)
    assert found[2] == 0 and (found[:2] > 0).all() and (found <= 1).all()


@pytest.mark.parametrize("n_classes", [0, 2, 4], ids=["number", "two classes", "four classes"])
def test_a_column_of_noise_does_not_tell_whether_rows_are_useful(n_classes: int) -> None:
    kinds = Kinds(("x", "target"), np.array([False, n_classes > 0]), 1, n_classes)

    def noise(n: int, seed: int) -> np.ndarray:
        random = np.random.default_rng(seed)
        target = random.integers(n_classes, size=n) if n_classes else random.normal(size=n)
        return np.stack([random.normal(size=n), target.astype(float)], axis=1)

    own = judge_rows(noise(300, 0), noise(120, 1), noise(300, 2), kinds, 0)
    assert not own.tells and own.on_real < own.constant + 0.2
    told = made_in_words(own.to_json() | {"target": "target"})
    assert "cannot be told" in told and f"AUC {own.detection:.3f}"[:8] in told


def test_a_column_that_can_be_predicted_tells() -> None:
    own = judged(rows(1_500, 2))
    assert own.tells and own.constant == 0.5
    assert "useful: trees that learned on them reach ROC AUC" in made_in_words(own.to_json() | {"target": "target"})
