"""What makes predictions or scores worth less than they look: cells that training never saw, rows that it did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.table import Column, Table
from netwright.deliver.plain_files import json_file
from netwright.preparation.category import CategoryEncoder
from netwright.preparation.numeric import NumericEncoder
from netwright.preparation.plain import MOST_LEVELS
from netwright.preparation.values import column_values, numbers_of
from netwright.sources.folder import fingerprint_of_folder, given_parts
from netwright.training.mixture import Mixture, without_number

if TYPE_CHECKING:
    import polars as pl

#: From this share of the filled cells on, unknown levels are told.
_MANY = 0.05
#: What a run says of itself.
_FACTS = "run.json"


def unknown_cells(model: Mixture, table: Table) -> Iterator[str]:
    """Sentences about columns that tell the model little: mostly unknown levels, no value at all, absurd numbers.

    Args:
        model: Knows the levels of training.
        table: New rows, conformed to its schema.
    """
    for column in model.schema.features:
        cells = table[column.name]
        filled = cells.drop_nulls()
        if not len(filled):
            yield f"{column.name}: 0 of {count(table.n_rows, 'row')} hold a value: predicted as missing"
        elif column.kind == "numeric":
            yield from _absurd_numbers(model, column, table)
        elif column.kind in ("category", "ordinal"):
            levels = _levels(model, column)
            unknown = int((~filled.is_in(levels)).sum()) if levels else 0
            if unknown > _MANY * len(filled):
                rows = f"{count(len(filled), 'row')}{' with a value' if len(filled) < len(cells) else ''}"
                yield f"{column.name}: {unknown:,} of {rows} hold a level {_fate(model, column)}"


def _absurd_numbers(model: Mixture, column: Column, table: Table) -> Iterator[str]:
    """Numbers that the encoders do not pass on as they are, so far out do they lie."""
    numbers = numbers_of(column_values(table[column.name], column), column.name)
    encoders = (one for maker in model.preparers for one in maker.encoders if one.column == column.name)
    beyond = [encoder.beyond(numbers) for encoder in encoders if isinstance(encoder, NumericEncoder)]
    if not beyond:  # grouped: absurd numbers are in the outer groups
        return
    rows = np.flatnonzero(np.any(beyond, axis=0))
    if len(rows):
        first = f"first: {numbers[rows[0]]:g} in row {table.rows[rows[0]]:,}"
        yield (
            f"{column.name}: {len(rows):,} of {count(table.n_rows, 'row')} hold a number over a million spreads from "
            f"those of training ({first}): taken for one a million spreads away"
        )


def _levels(model: Mixture, column: Column) -> list[str]:
    """Every level that training saw, none where that is not known."""
    if column.kind == "ordinal":
        return list(column.levels)
    encoders = _encoders(model, column)
    if not encoders:  # trees alone
        plain = [maker.levels[column.name] for maker in model.plain_features]
        return sorted({level for levels in plain for level in levels}) if _all_kept(plain) else []
    if any(encoder.rare and not encoder.rare_levels for encoder in encoders):
        return []  # a bundle of before they were kept
    return sorted({level for encoder in encoders for level in encoder.levels + encoder.rare_levels})


def _all_kept(plain: Sequence[Sequence[str]]) -> bool:
    """Whether trees know every level that they were shown; of very many only the frequent ones are kept."""
    return all(len(levels) < MOST_LEVELS for levels in plain)


def _fate(model: Mixture, column: Column) -> str:
    if column.kind == "ordinal":
        return f"outside of {' < '.join(column.levels)}: predicted as missing"
    if not model.preparers:
        return "that training never saw: predicted as missing"
    rare = any(encoder.rare for encoder in _encoders(model, column))
    return f"that training never saw: predicted as {'a rare' if rare else 'an unknown'} level"


def _encoders(model: Mixture, column: Column) -> list[CategoryEncoder]:
    encoders = [one for maker in model.preparers for one in maker.encoders if one.column == column.name]
    return [encoder for encoder in encoders if isinstance(encoder, CategoryEncoder)]


def rows_without_prediction(model: Mixture, frame: pl.DataFrame) -> str:
    """A sentence where predictions are no finite numbers, else empty.

    Args:
        model: What predicted.
        frame: What `Predictor.predict` gives.
    """
    one = "score" if model.target.task == "unsupervised" else "prediction"
    names = [f"p_{label}" for label in model.target.classes] or [one]
    return without_number(frame.select(names).to_numpy(), frame["row"].to_numpy())


def rows_of_training(run: Path, table: Table, data: object = None, *, judged: bool = True) -> str:
    """A sentence where a table is the one that a run was trained on, else empty.

    Args:
        run: Its folder, or the bundle in it.
        table: With the fingerprint of what was read.
        data: What the user named; of a folder with a given split its train part counts, too.
        judged: Whether the table is to be judged, else it is predicted.
    """
    folder = run
    try:
        facts = json_file(run, _FACTS)
        if facts is None:
            folder, facts = run.parent, json_file(run.parent, _FACTS)
    except DataError as error:
        return f"whether these are rows of the training is not known: {error}"
    if facts is None:  # a bundle without its run
        return ""
    try:
        known, split = facts["data"], facts["split"]
        fingerprint, n_read = known["fingerprint"], known["rows"]
        n_train, n_test = int(split["n_train"]), int(split["n_test"])
    except (ValueError, KeyError, TypeError):
        return f"whether these are rows of the training is not known: {folder / _FACTS} does not say which those are"
    source, windows = table.source, any(column.kind == "window" for column in table.schema.columns)
    if not fingerprint:
        return ""
    if source.fingerprint == fingerprint and windows:  # of windows there are fewer than rows
        said = f"this is the file of the training: {count(n_train, 'origin')} in it trained the model"
    elif (source.fingerprint, table.n_rows) == (fingerprint, n_read):  # two sheets of a workbook have the same bytes
        said = f"this is the file of the training: {n_train:,} of its {count(table.n_rows, 'row')} trained the model"
    elif (parts := given_parts(data)) is not None and fingerprint_of_folder(parts[0]) == fingerprint:
        said = f"the pictures of the training are among these: {n_train:,} of {table.n_rows:,} trained the model"
    else:
        return ""
    kind = "sealed test" if n_test else "validation"
    what = "scores" if judged else "predictions"
    return f"{said}, so these {what} flatter; the {kind} scores are in {folder / 'metrics.json'}"


def of_windows_or_pictures(table: Table) -> bool:
    """Whether rows are windows of a series, or hold pictures.

    Args:
        table: Rows to be predicted.
    """
    return any(column.kind in ("window", "image") for column in table.schema.columns)
