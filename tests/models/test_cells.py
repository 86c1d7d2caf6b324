"""Rows held against what is given back, by hand."""

from __future__ import annotations

import numpy as np
import torch

from netwright.models.cells import Cells
from netwright.models.family import Place, Sizes

#: A number with an indicator, a sign, three levels, and a column of codes (0 unknown, 1 and 2 levels, 3 missing).
PLACES = (
    Place("age", numbers=(0,), missing=1),
    Place("river", signs=(2,)),
    Place("town", levels=(3, 4, 5)),
    Place("street", code=0, states=3),
)
SIZES = Sizes(dense=6, cardinalities=(4,), outputs=2, fan_in=(6,), places=(PLACES,))
X = torch.tensor([[[1.0, 0, 1, 1, 0, 0], [-1.0, 0, -1, 0, 1, 0], [0.0, 1, 1, 0, 0, 0], [0.0, 0, 0, 1, 0, 0]]])
CODES = torch.tensor([[[1], [2], [3], [0]]])


def fitted() -> tuple[Cells, torch.Tensor, list[torch.Tensor]]:
    cells = Cells(SIZES)
    raw, coded = cells.fit(X, CODES, torch.ones(1, 4))
    return cells, raw[:, None].expand(-1, 4, -1), [own[:, None].expand(-1, 4, -1) for own in coded]


def test_knowing_only_means_is_off_by_one() -> None:
    cells, raw, coded = fitted()
    off = cells.of_columns(X, CODES, raw, coded)[0].numpy()
    np.testing.assert_allclose(np.nanmean(off, axis=0), 1.0, atol=1e-3)


def test_cells_that_are_unknown_do_not_count() -> None:
    cells, raw, coded = fitted()
    known = ~np.isnan(cells.of_columns(X, CODES, raw, coded)[0].numpy())
    expected = [[True, True, True, True], [True] * 4, [False, True, False, False], [True, False, True, False]]
    assert known.tolist() == expected


def test_what_is_given_back_as_it_was_costs_nothing() -> None:
    cells, _, _ = fitted()
    raw = X.clone()
    raw[:, :, 2] *= 50
    raw[:, :, 3:] = raw[:, :, 3:] * 100 - 50
    coded = [100.0 * torch.nn.functional.one_hot(CODES[:, :, 0], 4).float()]
    np.testing.assert_allclose(cells.costs(X, CODES, raw, coded).numpy(), 0.0, atol=1e-5)


def test_shares_and_raw_numbers_are_two_ways_to_say_it() -> None:
    cells, raw, coded = fitted()
    shares, of_codes = cells.as_inputs(raw, coded)
    torch.testing.assert_close(cells.as_inputs(cells.as_raw(shares), coded)[0], shares)
    torch.testing.assert_close(of_codes[0][0, 0], torch.tensor([0.0, 0.5, 0.5, 0.0]))
