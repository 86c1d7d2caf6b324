import numpy as np

from netwright.deliver.report.thinning import sampled, spaced


def test_a_sample_is_seeded_in_order_and_without_repeats() -> None:
    first, again, other = (sampled(9_000, 2_000, seed, "scatter") for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(np.unique(first)) == 2_000
    assert (np.diff(first) > 0).all() and first.max() < 9_000


def test_another_purpose_draws_other_rows() -> None:
    assert not np.array_equal(sampled(9_000, 100, 1, "scatter"), sampled(9_000, 100, 1, "other"))


def test_few_points_are_all_kept() -> None:
    assert sampled(5, 5, 0, "scatter").tolist() == [0, 1, 2, 3, 4]
    assert sampled(0, 5, 0, "scatter").tolist() == []


def test_spaced_holds_both_ends_and_what_must_stay() -> None:
    assert spaced(1_000, 4, keep=[17, 333]).tolist() == [0, 17, 333, 666, 999]
    assert spaced(1, 300).tolist() == [0]
    assert spaced(3, 300, keep=[1]).tolist() == [0, 1, 2]
