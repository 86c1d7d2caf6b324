"""Series cut into windows: a row is an origin of a series, what lies behind it is read and what lies ahead is forecast.

The target is counted from the level of its own window, in what is read and in what is forecast: a trend or another
level then changes nothing, for any family. What is predicted comes back by `Framed.restored`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import count, listing
from netwright.base.finding import Finding
from netwright.base.table import Column, Provenance, Role, Schema, Table
from netwright.preparation.lines import Columns, Line, by_name
from netwright.preparation.steps import Steps, calendar
from netwright.preparation.window import FUTURE, PAST

if TYPE_CHECKING:
    import polars as pl

#: Origins that become rows, and numbers of their windows; of more every so many-th is taken.
MOST_ROWS, _MOST_NUMBERS = 8_000, 1 << 26
#: Rows with a filled target step are left out, unless that leaves fewer than this share; then those with more than ...
_FEWEST_LEFT, _MOST_FILLED = 0.5, 1 / 3
#: Columns of the table of windows beside those that are read.
STEP, LEVEL, SCALE = "step of the origin", "level of the window", "scale of the series"
SERIES, AHEAD = "series", "rows ahead"
#: Names of columns of that table which a column of the data may have, too.
TAKEN = (STEP, LEVEL, SCALE, SERIES, AHEAD, PAST, FUTURE)

Level = Literal["last", "mean"]


@dataclass(frozen=True)
class Framing:
    """Everything that later data need to be cut into the same windows.

    Args:
        columns: What the columns of the table are used for.
        steps: The grid.
        horizon: Steps ahead.
        past: Steps back.
        season: Steps of the season; 1 where there is none.
        level: What the target is counted from: the last value, or the mean of the last season.
        scales: What the target of each series is divided by; 1 where there is a single series.
        errors: The mean absolute error of the seasonal naive forecast on the early part of each series, for MASE.
        stride: Every so many-th origin is a row.
    """

    columns: Columns
    steps: Steps
    horizon: int
    past: int
    season: int
    level: Level
    scales: Mapping[str, float]
    errors: Mapping[str, float]
    stride: int = 1

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        own = self.columns
        return {
            "columns": {
                "time": own.time,
                "target": own.target,
                "series": list(own.series),
                "others": list(own.others),
                "known": list(own.known),
            },
            "steps": self.steps.to_json(),
            **{name: getattr(self, name) for name in ("horizon", "past", "season", "level", "stride")},
            "scales": dict(self.scales),
            "errors": dict(self.errors),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Framing:
        """What `to_json` described, of a stranger.

        Raises:
            ValueError: The figures do not fit each other.
            KeyError: One is missing.
        """
        said = data["columns"]
        columns = Columns(
            str(said["time"]), str(said["target"]), *(tuple(map(str, said[n])) for n in ("series", "others", "known"))
        )
        numbers = {name: int(data[name]) for name in ("horizon", "past", "season", "stride")}
        scales, errors = ({str(k): float(v) for k, v in data[name].items()} for name in ("scales", "errors"))
        if data["level"] not in ("last", "mean") or any(not 0 < own < 1e6 for own in numbers.values()):
            raise ValueError("the windows of the series must have a length and a level")
        sound = all(0 < own < math.inf for own in (*scales.values(), *errors.values()))
        if not scales or scales.keys() != errors.keys() or not sound:
            raise ValueError("the scales of the series must be above 0, one for each series")
        return cls(
            columns, Steps.from_json(data["steps"]), level=data["level"], scales=scales, errors=errors, **numbers
        )

    def level_of(self, past: np.ndarray) -> np.ndarray:
        """The level of windows of the target; (n_rows,).

        Args:
            past: (n_rows, step).
        """
        if self.level == "last":
            return np.asarray(past[:, -1])
        span = self.season if 1 < self.season <= self.past else self.past
        return np.asarray(past[:, -span:].mean(axis=1))


@dataclass(frozen=True)
class Windows:
    """Windows of one series.

    Args:
        line: The series.
        origins: The last step of what is read, counted in the line; (n_rows,).
        past: Counted from the level, the target divided by its scale; (n_rows, channel, step).
        level: In units of the scale; (n_rows,).
        future: Of channels known in advance; (n_rows, channel, step).
        target: In the same units as `past`; (n_rows, step). NaN beyond the end of the series.
    """

    line: Line
    origins: np.ndarray
    past: np.ndarray
    level: np.ndarray
    future: np.ndarray
    target: np.ndarray


def windows_of(line: Line, framing: Framing, origins: np.ndarray) -> Windows:
    """The windows of a series at some origins.

    Args:
        line: The series.
        framing: How they are cut; the series must be one of its own.
        origins: Steps of the line, each with enough steps before it; (n_rows,).
    """
    columns, horizon, scale = framing.columns, framing.horizon, framing.scales[line.name]
    n_known = len(columns.known)
    back = origins[:, None] + np.arange(1 - framing.past, 1)
    ahead = origins[:, None] + np.arange(1, horizon + 1)
    past = np.moveaxis(line.values[:, back], 0, 1).copy()
    past[:, 0] /= scale
    level = framing.level_of(past[:, 0]).copy()  # it would change with the window
    past[:, 0] -= level[:, None]
    padded = np.concatenate([line.values, np.full((len(line.values), horizon), np.nan)], axis=1)
    future = np.moveaxis(padded[len(columns.channels) - n_known :, ahead], 0, 1)
    target = padded[0, np.minimum(ahead, padded.shape[1] - 1)] / scale - level[:, None]
    return Windows(line, origins, past, level, future, np.where(ahead < line.n_known, target, np.nan))


def origins_of(line: Line, framing: Framing, *, ahead: bool = True) -> np.ndarray:
    """The origins of a series, all steps with a full window behind and, where asked, a full horizon ahead.

    Args:
        line: The series.
        framing: How windows are cut.
        ahead: Whether the target of all steps ahead must be within the series.
    """
    return np.arange(framing.past - 1, line.n_known - (framing.horizon if ahead else 0))


def framed(lines: Sequence[Line], framing: Framing, source: Provenance, origins: Mapping[str, np.ndarray]) -> Table:
    """The table of windows, rows in the order of their origins.

    Args:
        lines: The series.
        framing: How windows are cut.
        source: Where the rows came from.
        origins: The origins of each series, by its name.
    """
    import polars as pl

    parts = [windows_of(line, framing, origins[line.name]) for line in lines if len(origins[line.name])]
    steps = np.concatenate([part.origins + part.line.first for part in parts])
    order = np.argsort(steps, kind="stable")

    def column(name: str, values: np.ndarray, own: Column) -> tuple[str, pl.Series, Column]:
        values = np.ascontiguousarray(values[order])
        dtype = pl.Array(pl.Float64, own.shape) if own.shape else None
        return name, pl.Series(name, values, dtype=dtype), own

    def joined(values: Sequence[np.ndarray]) -> np.ndarray:
        return np.concatenate(list(values))

    own, horizon, time = framing.columns, framing.horizon, time_of_origins(framing)
    out: Role = "left_out"
    times = joined([part.line.times[part.origins] for part in parts])
    first = joined([framed_times(part, framing)[:, 0] for part in parts])
    rows = joined([_rows_ahead(part, horizon) for part in parts])
    n_channels, n_known = len(own.channels), len(own.known)
    made = [
        column(time, times, Column(time, "date" if framing.steps.unit == "moment" else "numeric", out)),
        column(STEP, steps.astype(np.float64), Column(STEP, "numeric", out)),
        column(LEVEL, joined([part.level for part in parts]), Column(LEVEL, "numeric", out)),
        column(SCALE, joined([np.full(len(part.origins), framing.scales[part.line.name]) for part in parts]),
               Column(SCALE, "numeric", out)),
        column(AHEAD, rows.astype(np.float64), Column(AHEAD, "window", out, shape=(horizon,))),
    ]  # fmt: skip
    names = [part.line.name for part in parts for _ in part.origins]
    if own.series:
        made.append((SERIES, pl.Series(SERIES, [names[n] for n in order]), Column(SERIES, "category")))
    made.append(column(PAST, joined([part.past for part in parts]),
                       Column(PAST, "window", shape=(n_channels, framing.past))))  # fmt: skip
    if n_known:
        future = joined([part.future for part in parts])
        made.append(column(FUTURE, future, Column(FUTURE, "window", shape=(n_known, horizon))))
    for name, values in calendar(first, framing.steps).items():
        made.append(column(name, values, Column(name, "numeric", why="of the first step ahead")))
    target = joined([part.target for part in parts])
    made.append(column(own.target, target, Column(own.target, "window", "target", shape=(horizon,))))
    frame = pl.DataFrame({name: series for name, series, _ in made})
    if framing.steps.unit == "moment":
        moments = pl.Series(time, np.round(times[order]).astype(np.int64)).cast(pl.Datetime("us"))
        frame = frame.with_columns(moments)
    numbers = joined([part.line.rows[part.origins] for part in parts])[order]
    return Table(frame, Schema(tuple(about for _, _, about in made)), source, numbers)


def time_of_origins(framing: Framing) -> str:
    """The column of a table of windows that holds the time of each origin: it is called as in the data.

    Args:
        framing: How windows are cut.
    """
    name = framing.columns.time
    return f"{name} (column)" if name in TAKEN else name


def framed_times(part: Windows, framing: Framing) -> np.ndarray:
    """The time of each step ahead; float64, (n_rows, step)."""
    line, horizon = part.line, framing.horizon
    times = np.concatenate([line.times, framing.steps.after(float(line.times[-1]), horizon)])
    return np.asarray(times[part.origins[:, None] + np.arange(1, horizon + 1)])


def _rows_ahead(part: Windows, horizon: int) -> np.ndarray:
    rows = np.concatenate([part.line.rows, np.full(horizon, -1, dtype=np.int64)])
    return np.asarray(rows[part.origins[:, None] + np.arange(1, horizon + 1)])


def restored(table: Table, values: np.ndarray) -> np.ndarray:
    """What is counted from the level of its window, in the units of the target.

    Args:
        table: Rows of a table of windows.
        values: (n_rows, step).
    """
    level, scale = (table[name].to_numpy()[:, None] for name in (LEVEL, SCALE))
    return np.asarray((values + level) * scale)


def usable(lines: Sequence[Line], framing: Framing) -> tuple[dict[str, np.ndarray], list[Finding]]:
    """The origins that become rows: those whose target is there, and of very many every so many-th.

    Args:
        lines: The series.
        framing: How windows are cut.

    Raises:
        DataError: No series is long enough.
    """
    every = {line.name: origins_of(line, framing) for line in lines}
    short = [line.name for line in lines if not len(every[line.name])]
    if len(short) == len(lines):
        longest = max(line.n_known for line in lines)
        raise DataError(
            f"a series must have at least {framing.past + framing.horizon:,} steps of {framing.columns.target!r} (a "
            f"window of {framing.past} and a horizon of {framing.horizon}), got {longest:,} at most. Pass a smaller "
            "--past or --horizon, or add rows."
        )
    findings = []
    if short:
        findings.append(
            Finding(
                code="short-series",
                where="data",
                severity="warning",
                message=f"{count(len(short), 'series', 'series')} of fewer than {framing.past + framing.horizon} steps "
                f"left out: {listing(short, 5)}",
                advice="--past N looks back less far",
                evidence={"series": short[:100]},
            )
        )
    shares = {line.name: _filled_shares(line, every[line.name], framing.horizon) for line in lines}
    n_rows = sum(map(len, every.values()))
    whole = sum(int((own == 0).sum()) for own in shares.values())
    most = 0.0 if whole >= _FEWEST_LEFT * n_rows else _MOST_FILLED
    kept = {name: own[shares[name] <= most] for name, own in every.items()}
    n_kept = sum(map(len, kept.values()))
    if not n_kept:
        raise DataError(
            f"the horizon of {framing.horizon} steps must mostly hold values of {framing.columns.target!r} to be "
            "judged by, but everywhere more than a third are missing. Pass a smaller --horizon, or sum the rows up."
        )
    if n_kept < n_rows:
        why = "a missing step ahead" if most == 0 else "more than a third of the steps ahead missing"
        findings.append(
            Finding(
                code="origins-left-out",
                where="data",
                severity="note",
                message=f"{count(n_rows - n_kept, 'origin')} of {n_rows:,} with {why} left out",
                evidence={"origins": n_rows - n_kept, "of": n_rows},
            )
        )
    return kept, findings


def _filled_shares(line: Line, origins: np.ndarray, horizon: int) -> np.ndarray:
    """Of each origin the share of its steps ahead that are filled; (n_rows,)."""
    filled = np.concatenate([[0], np.cumsum(~line.given)])
    return np.asarray((filled[origins + horizon + 1] - filled[origins + 1]) / horizon)


def thinned(
    origins: Mapping[str, np.ndarray], lines: Sequence[Line], framing: Framing
) -> tuple[dict[str, np.ndarray], Framing, list[Finding]]:
    """Of very many origins every so many-th step of the grid, which keeps every phase of the season.

    Args:
        origins: By series.
        lines: The series.
        framing: How windows are cut.
    """
    n_rows = sum(map(len, origins.values()))
    a_row = len(framing.columns.channels) * framing.past + framing.horizon
    stride = max(1, math.ceil(n_rows / MOST_ROWS), math.ceil(n_rows * a_row / _MOST_NUMBERS))
    while stride > 1 and math.gcd(stride, framing.season) > 1:
        stride += 1
    if stride == 1:
        return dict(origins), framing, []
    own = by_name(lines)
    last = max(int(found[-1]) + own[name].first for name, found in origins.items() if len(found))
    kept = {name: found[(last - found - own[name].first) % stride == 0] for name, found in origins.items()}
    finding = Finding(
        code="every-nth-origin",
        where="data",
        severity="note",
        message=f"one step in {stride} is an origin of a forecast: {sum(map(len, kept.values())):,} of {n_rows:,} rows",
        evidence={"stride": stride, "of": n_rows},
    )
    return kept, replace(framing, stride=stride), [finding]


def plain_rows(table: Table) -> Table:
    """A table of windows with single numbers in place of windows: of the target its first step ahead.

    Args:
        table: Of windows, with their target.
    """
    target = table.schema.target
    assert target is not None, "windows of a run have a target"
    ahead = restored(table, table[target.name].to_numpy().reshape(table.n_rows, -1))[:, 0]
    kept = [own for own in table.schema.columns if own.kind != "window" and own.name not in (STEP, LEVEL, SCALE)]
    frame = table.frame.select(own.name for own in kept)
    first = Column(target.name, "numeric", "target", why="of the first step ahead")
    return replace(table, frame=frame.with_columns(_numbers(target.name, ahead)), schema=Schema((*kept, first)))


def _numbers(name: str, values: np.ndarray) -> pl.Series:
    import polars as pl

    return pl.Series(name, values)
