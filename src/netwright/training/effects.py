"""What moved each prediction: baseline Shapley values of the columns of a row against the typical row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.errors import DataError
from netwright.base.seeds import derive_seed
from netwright.base.table import Table
from netwright.evaluate.shapley import Design, EveryCoalition, SomeOrders
from netwright.preparation.prepared import Prepared
from netwright.preparation.typical import typical_values
from netwright.preparation.values import Values, feature_values, joined
from netwright.training.mixture import Inputs, Maker, Mixture

#: Multiplications that all rows together may take. Many rows and large networks get fewer coalitions a row, but ...
_MOST_PRODUCTS = 2e11
#: ... never fewer orders than these (two pairs of an order and its reverse), and never more coalitions than those.
#: Four orders err by 4 to 9 % of a row's largest effect (boston, ames, diamonds), sixteen by 2 to 5 %.
_FEWEST_ORDERS, _MOST_COALITIONS = 4, 2_048
#: Mixed rows that pass through the networks at once: so many, fewer where they would be more numbers than these.
_ROWS_AT_ONCE, _NUMBERS_AT_ONCE = 4_096, 1 << 24
#: Rows prepared at a time.
_BLOCK_ROWS = 8_192


@dataclass(frozen=True)
class Effects:
    """What moved the predictions of some rows away from that of the typical row.

    Args:
        columns: The feature columns.
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
        explained: For classes the class whose probability each row's effects are about; (n_rows,). Else None.
        typical: What is predicted for the typical row: a value, or the probability of that class; (n_rows,).
        effects: How far each column moved it; (n_rows, n_columns). A row of them sums to its prediction less `typical`.
        n_orders: Orders of the columns that effects are the mean of, where they are not exact; 0 where all are.
        error: Standard error of such an effect as a share of the largest effect of its row: of the least sure column,
            the median over rows; 0 where all are exact.
    """

    columns: tuple[str, ...]
    predicted: np.ndarray
    explained: np.ndarray | None
    typical: np.ndarray
    effects: np.ndarray
    n_orders: int
    error: float


def effects_of(model: Mixture, table: Table) -> Effects:
    """Effects of the columns on the prediction of each row.

    The worth of some columns is the prediction of a row that has their cells and those of the typical row elsewhere; an
    effect is the mean rise of that worth when a column joins others (baseline Shapley). For classes it is the
    probability of the positive class, or beyond two classes of the one that is predicted.

    Args:
        model: What predicts; its prediction is explained, weights and temperature included.
        table: Rows typed like the training data.

    Raises:
        DataError: The model is of a time when no typical row was kept.

    Source: M. Sundararajan and A. Najmi, "The many Shapley values for model explanation", ICML (2020).
    """
    if model.typical is None:
        raise DataError(
            "the model must hold its typical row to explain predictions, got one of an older netwright, which "
            "kept none. Train it again, or predict without --explain."
        )
    predicted, columns = model.predict(table), tuple(column.name for column in model.schema.features)
    base = typical_inputs(model)
    standing = model.predict_inputs(base, 1)[0]
    explained = _explained(model, predicted)
    plan = _Plan.of(table.n_rows, len(columns), model.row_products)
    found, first, errors = np.zeros((table.n_rows, len(columns))), 0, list[float]()
    for block in table.blocks(_BLOCK_ROWS):
        rows = slice(first, first + block.n_rows)
        classes = np.zeros(block.n_rows, dtype=np.int64) if explained is None else explained[rows]
        found[rows], some = _block_effects(model, block, base, classes, plan)
        first, errors = rows.stop, errors + some
    typical = np.broadcast_to(standing[:1], table.n_rows) if explained is None else standing[explained]
    error = float(np.median(errors)) if errors else 0.0
    return Effects(columns, predicted, explained, typical, found, plan.n_orders if errors else 0, error)


def typical_inputs(model: Mixture) -> list[list[Prepared]]:
    """The typical row as each fold of each part prepares it."""
    assert model.typical is not None
    return model.inputs(typical_values(model.schema, model.typical))


def _explained(model: Mixture, predicted: np.ndarray) -> np.ndarray | None:
    if model.target.task == "regression":
        return None
    if model.target.task == "binary":
        return np.ones(len(predicted), dtype=np.int64)
    return np.asarray(predicted.argmax(axis=1))


@dataclass(frozen=True)
class _Plan:
    """How many coalitions a row gets: it follows from rows, columns and the network, never from the clock."""

    n_coalitions: int
    n_orders: int

    @classmethod
    def of(cls, n_rows: int, n_columns: int, row_products: int) -> _Plan:
        n_coalitions = min(_MOST_COALITIONS, int(_MOST_PRODUCTS / max(1, n_rows * row_products)))
        n_orders = max(_FEWEST_ORDERS, n_coalitions // max(1, 2 * n_columns) * 2)
        return cls(max(n_coalitions, _FEWEST_ORDERS * n_columns), n_orders)

    def design(self, n_players: int) -> Design:
        """All coalitions where there are no more than a row gets, else orders drawn by chance."""
        if n_players < 63 and 1 << n_players <= self.n_coalitions:
            return EveryCoalition(n_players)
        return SomeOrders(n_players, self.n_orders, derive_seed(0, "shapley", n_players))


def _block_effects(
    model: Mixture, block: Table, base: Inputs, classes: np.ndarray, plan: _Plan
) -> tuple[np.ndarray, list[float]]:
    """Effects (n_rows, n_columns), and how sure those are that are means over some orders only."""
    assert model.typical is not None
    values, typical_cells = feature_values(block), typical_values(model.schema, model.typical)
    own, columns = model.inputs(values), [column.name for column in model.schema.features]
    # the typical row below the others: features of several columns are worked out from cells of both
    read = dict.fromkeys(name for part in model.parts for maker in part.makers for name in maker.read)
    cells = {columns.index(name): joined(values[name], typical_cells[name]) for name in read}
    places = [[_places(maker, columns) for maker in part.makers] for part in model.parts]
    moved = np.zeros((block.n_rows, len(columns)), dtype=bool)
    for mine, typical, where in zip(own, base, places, strict=True):
        moved |= _moved(mine, typical, where, len(columns))
    for column, both in cells.items():
        moved[:, column] |= _differ(both)[:-1]
    players = [np.flatnonzero(row) for row in moved]
    designs = {n: plan.design(n) for n in {len(who) for who in players} if n}
    effects, errors = np.zeros(moved.shape), list[float]()
    parts = defaultdict[int, list[np.ndarray]](list)
    at_once = max(1, min(_ROWS_AT_ONCE, _NUMBERS_AT_ONCE // model.width))
    for pieces in _pieces([designs[len(who)].n_coalitions if len(who) else 0 for who in players], at_once):
        members = np.zeros((sum(stop - start for _, start, stop in pieces), moved.shape[1]), dtype=bool)
        rows = np.repeat([row for row, _, _ in pieces], [stop - start for _, start, stop in pieces])
        first = 0
        for row, start, stop in pieces:
            who = players[row]
            members[first : first + stop - start, who] = designs[len(who)].coalitions(start, stop)
            first += stop - start
        mixed = [
            [_mixed(*fold, rows, members) for fold in zip(*part, strict=True)]
            for part in zip(own, base, places, strict=True)
        ]
        chosen = {
            columns[column]: both.take(np.where(members[:, column], rows, block.n_rows))
            for column, both in cells.items()
        }
        for part, inputs in zip(model.parts, mixed, strict=True):
            for maker, given in zip(part.makers, inputs, strict=True):
                maker.renew(given.dense, chosen)
        worth = model.predict_inputs(mixed, len(rows))[np.arange(len(rows)), classes[rows]]
        first = 0
        for row, start, stop in pieces:
            parts[row].append(worth[first : first + stop - start])
            first += stop - start
            design = designs[len(players[row])]
            if stop == design.n_coalitions:
                whole = np.concatenate(parts.pop(row))
                effects[row, players[row]] = design.effects(whole)
                if isinstance(design, SomeOrders):
                    errors.append(float(design.errors(whole).max() / max(np.abs(effects[row]).max(), 1e-300)))
    return effects, errors


@dataclass(frozen=True)
class _Places:
    """The number of the column behind each input.

    Args:
        dense: Behind each dense feature that is made of one column.
        codes: Behind each code.
        arrays: By name of an input of more axes, behind each entry of the first axis of a row.
    """

    dense: np.ndarray
    codes: np.ndarray
    arrays: Mapping[str, np.ndarray]


def _places(maker: Maker, columns: Sequence[str]) -> _Places:
    number, spans = {name: place for place, name in enumerate(columns)}, maker.spans()
    dense = [number[name] for name, span in spans.items() for _ in range(span.start, span.stop)]
    codes = [number[name] for name, span in spans.items() if span.code is not None]
    arrays: dict[str, list[int]] = {}
    for name, span in spans.items():
        if span.array is not None:
            arrays.setdefault(span.array[0], []).extend([number[name]] * (span.array[2] - span.array[1]))
    whole = {name: np.array(own, dtype=np.int64) for name, own in arrays.items()}
    return _Places(np.array(dense, dtype=np.int64), np.array(codes, dtype=np.int64), whole)


def _moved(own: Sequence[Prepared], base: Sequence[Prepared], places: Sequence[_Places], n_columns: int) -> np.ndarray:
    """Where a column's inputs are others than those of the typical row, in any fold; bool, (n_rows, n_columns)."""
    moved = np.zeros((len(own[0].dense), n_columns), dtype=bool)
    for mine, typical, where in zip(own, base, places, strict=True):
        dense, codes = where.dense, where.codes
        n_own = len(dense)  # features of several columns stand behind these
        same = (mine.dense == typical.dense) | (np.isnan(mine.dense) & np.isnan(typical.dense))
        for column, other in zip(dense, ~same[:, :n_own].T, strict=True):
            moved[:, column] |= other
        for column, other in zip(codes, (mine.codes != typical.codes).T, strict=True):
            moved[:, column] |= other
        for name, owners in where.arrays.items():
            for place, column in enumerate(owners):
                others = mine.arrays[name][:, place] != typical.arrays[name][:, place]
                moved[:, column] |= others.reshape(len(others), -1).any(axis=1)
    return moved


def _differ(values: Values) -> np.ndarray:
    """Which cells are others than the last one; two that are missing are alike; (n_rows,)."""
    array = values.array
    return np.asarray((array != array[-1]) & ~((array != array) & (array[-1] != array[-1])))


def _mixed(own: Prepared, base: Prepared, places: _Places, rows: np.ndarray, members: np.ndarray) -> Prepared:
    """Cells of these rows where a column takes part, of the typical row elsewhere.

    Behind these stand features of several columns, to be worked out anew.
    """
    dense, codes = places.dense, places.codes
    n_own = len(dense)
    mixed = np.where(members[:, dense], own.dense[rows, :n_own], base.dense[:, :n_own])
    more = np.zeros((len(rows), own.dense.shape[1] - n_own), dtype=mixed.dtype)
    return Prepared(
        np.concatenate([mixed, more], axis=1),
        np.where(members[:, codes], own.codes[rows], base.codes),
        arrays={
            name: _mixed_array(own, base, name, members[:, owners], rows) for name, owners in places.arrays.items()
        },
    )


def _mixed_array(own: Prepared, base: Prepared, name: str, taken: np.ndarray, rows: np.ndarray) -> np.ndarray:
    mine = own.arrays[name]
    return np.where(taken.reshape(*taken.shape, *[1] * (mine.ndim - 2)), mine[rows], base.arrays[name])


def _pieces(lengths: Sequence[int], most: int) -> Iterator[list[tuple[int, int, int]]]:
    """(row, start, stop) of coalitions, row by row, in lots of `most`."""
    lot: list[tuple[int, int, int]] = []
    room = most
    for row, length in enumerate(lengths):
        start = 0
        while start < length:
            stop = min(length, start + room)
            lot.append((row, start, stop))
            room -= stop - start
            start = stop
            if not room:
                yield lot
                lot, room = [], most
    if lot:
        yield lot
