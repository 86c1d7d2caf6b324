"""How many clusters there are, where that is known."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.evaluate.clusters import find_clusters, nearest


@pytest.mark.parametrize("number", [2, 4])
def test_clusters_that_stand_apart_are_counted(number: int) -> None:
    stream = np.random.default_rng(number)
    truth = np.repeat(np.arange(number), 60)
    angle = 2 * np.pi * truth / number
    points = 9 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + stream.normal(size=(len(truth), 2))
    found = find_clusters(points, 0)
    assert len(found.centres) == number
    labels = nearest(points, found.centres)
    assert len({(int(a), int(b)) for a, b in zip(truth, labels, strict=True)}) == number


def test_one_cloud_is_one_cluster() -> None:
    found = find_clusters(np.random.default_rng(0).normal(size=(300, 8)), 0)
    assert len(found.centres) == 1
    assert found.why.startswith("one cluster")


def test_few_rows_have_none_worth_a_name() -> None:
    assert "fewer than" in find_clusters(np.arange(20.0)[:, None], 0).why
