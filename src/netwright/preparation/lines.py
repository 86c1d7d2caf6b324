"""The series of a table: for each its numbers on a regular grid of steps, gaps filled with what was last known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count, listing, share
from netwright.base.finding import Finding
from netwright.base.table import Table
from netwright.preparation.steps import Steps, Unit

if TYPE_CHECKING:
    import polars as pl

#: The name of the only series of a table.
ONLY = ""
#: What joins the cells of several columns to the name of a series.
BETWEEN = " / "
#: From this share of rows on that share their time with another row of the series, that is refused.
_MANY_DOUBLE = 0.5


@dataclass(frozen=True)
class Columns:
    """What the columns of a series table are used for.

    Args:
        time: The times.
        target: What is forecast.
        series: What tells the series apart.
        others: Further numbers, known up to the time of the forecast.
        known: Further numbers, known in advance.
    """

    time: str
    target: str
    series: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """The target, then the others, then those known in advance."""
        return (self.target, *self.others, *self.known)


@dataclass(frozen=True)
class Line:
    """One series on the grid.

    Args:
        name: The cells that tell it apart, joined.
        first: The step of its first number.
        values: Of each channel, gaps filled; float64, (channel, step).
        given: Whether the target of a step stood in the data; bool, (step,).
        times: Of each step; float64, (step,).
        rows: The row of each step in its source, -1 where there is none; int64, (step,).
        n_known: Steps up to the last known target; what follows holds columns known in advance.
    """

    name: str
    first: int
    values: np.ndarray
    given: np.ndarray
    times: np.ndarray
    rows: np.ndarray
    n_known: int


@dataclass(frozen=True)
class Lines:
    """All series of a table.

    Args:
        lines: In the order of their names.
        steps: Their grid.
        findings: What was found and treated.
    """

    lines: tuple[Line, ...]
    steps: Steps
    findings: tuple[Finding, ...] = field(default=())


def times_of(table: Table, name: str) -> tuple[np.ndarray, Unit]:
    """Moments in microseconds since 1970, or plain numbers; NaN where unknown; float64, (n_rows,).

    Args:
        table: A typed table.
        name: The column of times.

    Raises:
        PlanError: It holds neither dates nor numbers.
    """
    import polars as pl

    column, cells = table.schema[name], table[name]
    if column.kind == "date":
        moments = cells.cast(pl.Datetime("us")).to_physical().cast(pl.Float64)
        return moments.fill_null(float("nan")).to_numpy(), "moment"
    numbers = cells.cast(pl.Float64, strict=False)
    if numbers.null_count() > cells.null_count() or numbers.null_count() == len(numbers):
        raise PlanError(
            f"--time must name a column of dates or numbers, got {name!r} ({column.kind}). Pass another column, or "
            f"--kind {name}=date:FORMAT if it holds dates, such as date:%Y-%m."
        )
    return numbers.fill_null(float("nan")).to_numpy(), "number"


def numbers_in(table: Table, name: str) -> pl.Series:
    """The cells of a channel as numbers; of yes and no 1 and 0.

    Args:
        table: A typed table.
        name: The column.
    """
    import polars as pl

    column = table.schema[name]
    if column.kind == "boolean":
        return table[name].replace_strict(list(column.levels), [0.0, 1.0], default=None, return_dtype=pl.Float64)
    return table[name].cast(pl.Float64, strict=False)


def series_names(table: Table, columns: Sequence[str]) -> pl.Series:
    """The series of each row: the cells of its columns, joined; null where one is missing.

    Args:
        table: A typed table.
        columns: What tells series apart; none is a single series.
    """
    import polars as pl

    if not columns:
        return pl.Series("series", [ONLY]).new_from_index(0, table.n_rows)
    cells = [_as_text(table[name]) for name in columns]
    return pl.select(pl.concat_str(cells, separator=BETWEEN).alias("series")).to_series()


def _as_text(cells: pl.Series) -> pl.Series:
    import polars as pl

    if cells.dtype == pl.Float64:
        whole = cells.drop_nulls()
        cells = cells.cast(pl.Int64) if bool((whole == whole.round()).all()) and len(whole) else cells
    return cells.cast(pl.String)


def lines_of(table: Table, columns: Columns, steps: Steps | None = None) -> Lines:
    """The series of a table, on a grid.

    Args:
        table: Typed, all columns of numbers.
        columns: What they are used for.
        steps: The grid that was found before; None finds it.

    Raises:
        DataError: There are too few times, or many rows of one time.
    """
    import polars as pl

    times, unit = times_of(table, columns.time)
    if steps is not None and unit != steps.unit:
        raise DataError(f"column {columns.time!r} of {table.source.name} must hold times like those of training.")
    frame = pl.DataFrame(
        {
            "series": series_names(table, columns.series),
            "time": pl.Series(times),
            "row": pl.Series(table.rows),
            **{f"c{place}": numbers_in(table, name) for place, name in enumerate(columns.channels)},
        }
    )
    whole = frame.filter(pl.col("time").is_not_nan() & pl.col("series").is_not_null())
    findings = [_without_time(frame.height - whole.height, table, columns)]
    occurring = np.unique(whole["time"].to_numpy())
    if len(occurring) < 3 and steps is None:
        raise DataError(
            f"--time {columns.time} must hold at least 3 different times to go on from, got {len(occurring)}. "
            "Pass another column."
        )
    steps = steps or Steps.find(occurring, unit)
    whole = whole.with_columns(pl.Series("step", steps.index(whole["time"].to_numpy(), occurring)))
    single = whole.group_by("series", "step", maintain_order=True).agg(
        pl.col("time").first(),
        pl.col("row").last(),
        pl.len().alias("together"),
        *(pl.col(f"c{n}").mean() for n in range(len(columns.channels))),
    )
    shared = int(single.filter(pl.col("together") > 1)["together"].sum())
    findings.append(_doubles(shared, whole.height, table, columns))
    findings.append(_uneven(steps, columns, occurring))
    parts = single.sort("series", "step").partition_by("series", maintain_order=True)
    lines = tuple(own for part in parts if (own := _line(part, columns, steps, occurring)) is not None)
    if not lines:
        raise DataError(f"{table.source.name} must hold values of {columns.target!r}, got none.")
    findings.append(_filled(lines, columns, steps))
    return Lines(lines, steps, tuple(found for found in findings if found is not None))


def _line(part: pl.DataFrame, columns: Columns, steps: Steps, occurring: np.ndarray) -> Line | None:
    """One series; None where its target is never known."""
    channels = np.stack([part[f"c{n}"].to_numpy() for n in range(len(columns.channels))]).astype(np.float64)
    known = np.flatnonzero(np.isfinite(channels[0]))
    if not len(known):
        return None
    place = part["step"].to_numpy()
    first = int(place[known[0]])
    place, channels, kept = place - first, channels, place >= first
    length = int(place[-1]) + 1
    values, rows = np.full((len(channels), length), np.nan), np.full(length, -1, dtype=np.int64)
    values[:, place[kept]] = channels[:, kept]
    rows[place[kept]] = part["row"].to_numpy()[kept]
    given = np.isfinite(values[0])
    if steps.way == "occurring":
        times = occurring[first : first + length]
    else:
        times = np.concatenate([[_at(steps, first)], steps.after(_at(steps, first), length - 1)])
        own = part["time"].to_numpy()
        times[place[kept]] = own[kept]
    n_known = int(np.flatnonzero(given)[-1]) + 1
    return Line(
        str(part["series"][0]), first, np.stack([forward_filled(own) for own in values]), given, times, rows, n_known
    )


def _at(steps: Steps, step: int) -> float:
    """The time of a step; those before the first count back from it."""
    if step == 0:
        return steps.start
    if step > 0:
        return float(steps.after(steps.start, step)[-1]) if steps.way == "months" else steps.start + step * steps.size
    return steps.start + step * steps.size * (30.44 * 86_400e6 if steps.way == "months" else 1)


def forward_filled(values: np.ndarray) -> np.ndarray:
    """Gaps filled with what was last known, those of the start with the first known value; 0 where none is.

    Example:
        >>> forward_filled(np.array([np.nan, 1.0, np.nan, 3.0])).tolist()
        [1.0, 1.0, 1.0, 3.0]
    """
    known = np.isfinite(values)
    if not known.any():
        return np.zeros_like(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.asarray(values[np.where(last < 0, int(known.argmax()), last)])


def _without_time(n_rows: int, table: Table, columns: Columns) -> Finding | None:
    if not n_rows:
        return None
    names = listing([columns.time, *columns.series])
    return Finding(
        code="without-time",
        where="data",
        severity="note",
        message=f"{count(n_rows, 'row')} without a value of {names} left out",
        columns=(columns.time, *columns.series),
        evidence={"rows": n_rows, "of": table.n_rows},
    )


def _doubles(n_rows: int, everyone: int, table: Table, columns: Columns) -> Finding | None:
    """Rows that share their time with another: their mean is taken, unless half of all rows are such."""
    if not n_rows:
        return None
    advice = "Pass --series COL for what tells them apart" + (" further" if columns.series else "")
    if n_rows >= _MANY_DOUBLE * everyone and not columns.series:
        raise DataError(
            f"--time {columns.time} must tell the rows of {table.source.name} apart, but "
            f"{share(n_rows, everyone)} of them share their time with another. {advice}."
        )
    return Finding(
        code="same-time",
        where="data",
        severity="warning" if n_rows > 0.01 * everyone else "note",
        message=f"{count(n_rows, 'row')} ({share(n_rows, everyone)}) share their time with another row of the same "
        "series: the mean of such rows is taken",
        advice=advice[0].lower() + advice[1:],
        columns=(columns.time,),
        evidence={"rows": n_rows, "of": everyone},
    )


def _uneven(steps: Steps, columns: Columns, occurring: np.ndarray) -> Finding | None:
    if steps.way != "occurring":
        return None
    return Finding(
        code="uneven-steps",
        where="data",
        severity="note",
        message=f"the times of {columns.time} are uneven: a step is {steps.words}, whatever lies between",
        advice="sum the rows up by day, week or month where the distance matters",
        columns=(columns.time,),
        evidence={"times": len(occurring)},
    )


def _filled(lines: Sequence[Line], columns: Columns, steps: Steps) -> Finding | None:
    n_steps = sum(line.n_known for line in lines)
    n_filled = sum(int((~line.given[: line.n_known]).sum()) for line in lines)
    if not n_filled:
        return None
    each = "" if steps.way == "occurring" else f" of {steps.words}"
    return Finding(
        code="missing-steps",
        where="data",
        severity="warning" if n_filled > 0.1 * n_steps else "note",
        message=f"{n_filled:,} of {n_steps:,} steps{each} have no value of {columns.target}: "
        "what was last known stands in what a forecast reads, and no forecast is judged by them",
        columns=(columns.target,),
        evidence={"filled": n_filled, "of": n_steps},
    )


def by_name(lines: Sequence[Line]) -> Mapping[str, Line]:
    """The series by their names."""
    return {line.name: line for line in lines}
