"""New rows of a trained run as a table: the columns of the training data, in their order and their formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import listing
from netwright.base.table import Column
from netwright.deliver.bundle import load_bundle
from netwright.models.making import Maker
from netwright.preparation.invertible import InvertibleLevels
from netwright.preparation.values import MISSING, NO_MOMENT, Codes, Moments, Numbers, Values
from netwright.training.attachment import Attachment
from netwright.training.making_rows import made_cells
from netwright.training.mixture import Mixture

if TYPE_CHECKING:
    import polars as pl

#: More rows at once would not be read by anybody, and might not fit the memory.
MOST_ROWS = 10_000_000
#: Digits of numbers of which no fewer are enough.
_DIGITS = 10


@dataclass(frozen=True)
class Synthesizer:
    """What makes rows like those that a run learned from.

    Args:
        fitted: Its part is one plan of a family that makes rows.
        written: Columns that are written, in order.
        constants: The text of columns that hold a single one.
    """

    fitted: Mixture
    written: tuple[str, ...]
    constants: Mapping[str, str]

    @classmethod
    def load(cls, folder: str | Path) -> Synthesizer:
        """What makes rows, of a run folder or of a bundle's own folder.

        Raises:
            DataError: There is none, it is damaged, or the run made no rows.
        """
        return cls.of(load_bundle(Path(folder)), folder)

    @classmethod
    def of(cls, model: Mixture, folder: str | Path) -> Synthesizer:
        """What makes rows, of a model.

        Args:
            model: Maybe of a stranger.
            folder: What messages call it.

        Raises:
            DataError: It makes no rows, or is damaged.
        """
        attachment = model.attachment("new_rows")
        networks = model.networks
        if attachment is None or not networks or not isinstance(networks[0].network, Maker):
            raise DataError(
                f"the run in {folder} must be one that makes rows (--task unsupervised --model gan, or vae), got "
                "another one."
            )
        try:
            written, constants = _checked(attachment, model)
        except ValueError as error:
            raise DataError(f"the model in {folder} is damaged: {error}.") from error
        return cls(model, written, constants)

    @property
    def empty(self) -> tuple[str, ...]:
        """Columns that are written without a value: identifiers and free text."""
        features = {column.name for column in self.fitted.schema.features}
        return tuple(name for name in self.written if name not in features and name not in self.constants)

    @property
    def left_off(self) -> tuple[str, ...]:
        """Columns of the training data that are not written."""
        return tuple(name for name in self.fitted.schema.names if name not in self.written)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What whoever gets the rows should know, a sentence each."""
        told = []
        if self.empty:
            told.append(f"{listing(self.empty)} cannot be made up (identifiers and free text) and stay empty")
        if self.left_off:
            verb = "is" if len(self.left_off) == 1 else "are"
            told.append(f"{listing(self.left_off)} had been left out of the training and {verb} not written")
        if self.withheld:
            told.append(
                f"{listing(self.withheld)}: values that too few train rows share might tell of a single one and are "
                "never given out; cells that would hold one stay empty"
            )
        return tuple(told)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Columns with values that are too rare to be given out."""
        encoders = [encoder for maker in self.fitted.preparers for encoder in maker.encoders]
        names = {own.column for own in encoders if isinstance(own, InvertibleLevels) and own.withheld}
        return tuple(name for name in self.written if name in names)

    def rows(self, n_rows: int, seed: int = 0) -> pl.DataFrame:
        """New rows as texts, in the formats of the training data; missing cells are null.

        Args:
            n_rows: How many.
            seed: The same one gives the same rows.

        Raises:
            PlanError: `n_rows` is not a number of rows.
        """
        import polars as pl

        check_rows(n_rows)
        cells = made_cells(self.fitted, n_rows, seed)
        columns: dict[str, pl.Series] = {}
        for name in self.written:
            if name in cells:
                texts = written_cells(self.fitted.schema[name], cells[name], self._decimals(name))
            else:
                texts = [self.constants.get(name)] * n_rows
            columns[name] = pl.Series(name, texts, dtype=pl.String)
        return pl.DataFrame(columns)

    def _decimals(self, name: str) -> int | None:
        """Digits after the point of a column of numbers; None where it has more."""
        own = [encoder for maker in self.fitted.preparers for encoder in maker.encoders if encoder.column == name]
        found = [getattr(encoder, "decimals", None) for encoder in own]
        return None if None in found else max([0, *(digits for digits in found if digits is not None)])


def check_rows(n_rows: int) -> None:
    """How many rows can be asked for.

    Args:
        n_rows: It.

    Raises:
        PlanError: It is not from 1 to ten million.
    """
    if not 1 <= n_rows <= MOST_ROWS:
        raise PlanError(f"--rows must be a number from 1 to {MOST_ROWS:,}, got {n_rows:,}.")


def written_cells(column: Column, cells: Values, decimals: int | None) -> list[str | None]:
    """Cells as the training data had them written.

    Args:
        column: Says how its text is read: decimal mark and date format.
        cells: Values of the column.
        decimals: Digits after the point of its numbers; None for as many as it takes.

    Example:
        >>> import numpy as np
        >>> written_cells(Column("bmi", "numeric"), Numbers(np.array([27.5, 30.0, np.nan])), 2)
        ['27.5', '30', None]
    """
    if isinstance(cells, Codes):
        return [None if code == MISSING else cells.levels[code] for code in cells.array]
    if isinstance(cells, Moments):
        return [None if own == NO_MOMENT else _moment(int(own), column.reading.date_format) for own in cells.array]
    assert isinstance(cells, Numbers)
    return [None if own != own else _number(float(own), decimals, column.reading.decimal) for own in cells.array]


def _number(value: float, decimals: int | None, mark: str) -> str:
    if decimals is None:
        text = f"{value:.{_DIGITS}g}"
        return text.replace(".", mark) if "e" not in text else repr(value).replace(".", mark)
    text = f"{value:.{decimals}f}"
    if decimals:
        text = text.rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace(".", mark)


def _moment(microseconds: int, form: str) -> str:
    import datetime

    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=microseconds)
    if form:
        return moment.strftime(form)
    return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat(sep=" ")


def _checked(attachment: Attachment, model: Mixture) -> tuple[tuple[str, ...], dict[str, str]]:
    """What ships beside the networks, of a stranger.

    Raises:
        ValueError: It does not fit the columns.
    """
    facts, names = attachment.facts, model.schema.names
    written, constants = facts.get("written"), facts.get("constants")
    if set(facts) != {"written", "constants"} or attachment.arrays:
        raise ValueError("the columns of new rows must be those written and their constants, nothing else")
    if not isinstance(written, list) or not set(map(str, written)) <= set(names) or len(set(written)) < len(written):
        raise ValueError("the columns that are written must be those of the training data, each once")
    if not isinstance(constants, dict) or not all(
        isinstance(own, str) and name in written and model.schema[name].kind == "constant"
        for name, own in constants.items()
    ):
        raise ValueError("constants must be texts of columns that hold a single one")
    if any(column.name not in written for column in model.schema.features):
        raise ValueError("every feature must be written")
    return tuple(written), dict(constants)
