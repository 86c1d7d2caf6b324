from __future__ import annotations

import copy
from datetime import datetime

import numpy as np
import pytest

from netwright.base.errors import InternalError
from netwright.base.split import SealedRows, Split
from tests.preparation.tables import typed


@pytest.fixture
def table():
    return typed({"x": np.arange(6) + 0.5})


def test_opened_once_and_recorded(table):
    sealed = SealedRows(table)
    assert sealed.n_rows == 6
    assert sealed.openings == []
    assert sealed.open(by="evaluation") is table
    (opening,) = sealed.openings
    assert opening["by"] == "evaluation"
    assert datetime.fromisoformat(opening["at"]).utcoffset().total_seconds() == 0


def test_a_second_opening_is_a_bug(table):
    sealed = SealedRows(table)
    sealed.open(by="evaluation")
    with pytest.raises(InternalError, match=r"opened by evaluation and again by a look.*this is a bug"):
        sealed.open(by="a look")
    assert len(sealed.openings) == 1


def test_nothing_to_open():
    sealed = SealedRows(None)
    assert sealed.n_rows == 0
    with pytest.raises(InternalError, match="evaluation asked for test rows where none were set aside"):
        sealed.open(by="evaluation")
    assert sealed.openings == []


def test_the_rows_are_not_reached_by_a_plain_name(table):
    sealed = SealedRows(table)
    assert set(vars(sealed)) == {"_SealedRows__table", "n_rows", "openings"}
    assert not hasattr(sealed, "table")
    assert not hasattr(sealed, "_table")
    assert "0.5" not in repr(sealed)


def test_a_split_with_a_copied_seal_is_the_same_seal(table):
    split = Split(table, (), SealedRows(table), "at random", 0)
    split.sealed.open(by="one")
    with pytest.raises(InternalError):
        copy.copy(split).sealed.open(by="two")
