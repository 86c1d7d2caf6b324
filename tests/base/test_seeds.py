from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.seeds import derive_seed


def test_the_same_on_every_machine():
    assert derive_seed(0, "split") == 6812300375708456965
    assert derive_seed(1, "importance", "가격", 3) == 8473363797070448718


def test_it_is_half_of_the_first_eight_bytes_of_a_hash():
    digest = hashlib.sha256(b"7\x1fa\x1f3\x1fNone").hexdigest()
    assert derive_seed(7, "a", 3, None) == int(digest[:16], 16) // 2


@given(st.integers(0, 2**63 - 1), st.lists(st.text(max_size=5) | st.integers(), max_size=3))
def test_seeds_fit_into_63_bits_and_generators_take_them(seed, names):
    derived = derive_seed(seed, *names)
    assert 0 <= derived < 2**63
    assert derived == derive_seed(seed, *names)
    np.random.default_rng(derived)


@pytest.mark.parametrize(
    ("one", "other"),
    [((0, "a"), (1, "a")), ((0, "a"), (0, "b")), ((0, "a", 1), (0, "a", 2)), ((0, "ab"), (0, "a", "b")), ((1,), (11,))],
)
def test_purposes_have_seeds_of_their_own(one, other):
    assert derive_seed(*one) != derive_seed(*other)


def test_numpy_numbers_are_numbers():
    assert derive_seed(np.int64(3), "x", np.int64(2)) == derive_seed(3, "x", 2)


def test_derived_streams_are_independent():
    # the mean of 400 streams' first uniform numbers: a shared stream would give one number 400 times
    firsts = [np.random.default_rng(derive_seed(0, "fold", k)).random() for k in range(400)]
    assert abs(np.mean(firsts) - 0.5) < 0.06
    assert np.std(firsts) > 0.25
