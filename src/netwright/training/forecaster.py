"""A model of series in use: it goes on from where series end, and says how sure it is.

What it needs beside the networks (how windows are cut, the last window of each series, errors of past forecasts) ships
as the attachment `series` of a bundle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import PlanError
from netwright.base.figures import listing
from netwright.base.table import Provenance, Schema, Table
from netwright.evaluate.adaptive import LEVELS, Adapted
from netwright.evaluate.fitted import taken
from netwright.preparation.lines import BETWEEN, Line
from netwright.preparation.windows import SERIES as SERIES_COLUMN
from netwright.preparation.windows import Framing, framed, restored, time_of_origins
from netwright.training.attachment import Attachment
from netwright.training.mixture import Mixture

if TYPE_CHECKING:
    import polars as pl

#: The name of what ships.
SERIES = "series"
#: No forecast goes on further than this many times the horizon that was trained.
_MOST_TURNS = 1_000
#: Columns that forecasts have beside that of their series.
_TAKEN = ("row", "origin", "time", "step", "prediction", "lower", "upper")


@dataclass(frozen=True)
class SeriesFacts:
    """What forecasts need beside a model.

    Args:
        framing: How windows are cut.
        schema: The columns of the data, before they became windows.
        tails: The last window of each series, and what is known ahead of it.
        adapted: Half widths of intervals, in units of the scale of a series.
    """

    framing: Framing
    schema: Schema
    tails: tuple[Line, ...]
    adapted: Adapted

    def attachment(self) -> Attachment:
        """It as what ships."""
        past, n_channels = self.framing.past, len(self.framing.columns.channels)
        ends = [line.n_known for line in self.tails]
        ahead = [line.values.shape[1] - end for line, end in zip(self.tails, ends, strict=True)]
        n_ahead = min([*ahead, self.framing.horizon]) if self.framing.columns.known else 0
        spans = [slice(end - past, end + n_ahead) for end in ends]
        values = np.stack([line.values[:, own] for line, own in zip(self.tails, spans, strict=True)])
        times = np.stack([line.times[end - past : end] for line, end in zip(self.tails, ends, strict=True)])
        halves = np.array([self.adapted.halves[level] for level in LEVELS])
        facts = {
            "framing": self.framing.to_json(),
            "columns": self.schema.to_json(),
            "names": [line.name for line in self.tails],
            "ahead": n_ahead,
            "forecasts": self.adapted.n_rows,
        }
        arrays: dict[str, np.ndarray] = {
            "values": values.reshape(len(self.tails), n_channels, past + n_ahead).astype(np.float64),
            "times": times.astype(np.float64),
            "first": np.array([line.first + end - past for line, end in zip(self.tails, ends, strict=True)], np.int32),
            # infinite ones, where too few errors were known, are told as 0: an interval has a width
            "halves": np.where(np.isfinite(halves), halves, 0.0).astype(np.float64),
        }
        return Attachment(SERIES, facts, arrays)

    @classmethod
    def of(cls, model: Mixture) -> SeriesFacts | None:
        """What ships with a model; None where it is none of series.

        Raises:
            ValueError: It does not fit itself or the model: a bundle may come from a stranger.
        """
        attached = model.attachment(SERIES)
        if (attached is None) != (not model.target.steps):
            raise ValueError("the windows of a series must ship with a model of series, and with no other")
        return None if attached is None else _checked(attached.facts, attached.arrays, model)


def _checked(facts: Mapping[str, Any], given: Mapping[str, np.ndarray], model: Mixture) -> SeriesFacts:
    try:
        framing, schema = Framing.from_json(facts["framing"]), Schema.from_json(facts["columns"])
        names, n_ahead = [str(name) for name in facts["names"]], int(facts["ahead"])
        n_forecasts = int(facts["forecasts"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the facts of the series must be complete, got none of {error}") from error
    own = framing.columns
    if framing.horizon != model.target.steps or own.target != model.target.name:
        raise ValueError("the windows are those of another target")
    if not set(names) <= set(framing.scales) or len(set(names)) < len(names) or not names:
        raise ValueError("the series must have names and scales of their own")
    for name in (own.time, *own.series, *own.channels):
        if name not in schema:
            raise ValueError(f"the column {name[:100]!r} of the series must be among the columns")
    shape = model.schema["past"].shape
    if shape != (len(own.channels), framing.past) or not 0 <= n_ahead <= framing.horizon:
        raise ValueError("the windows are those of another network")
    wanted: dict[str, tuple[str, tuple[int | None, ...]]] = {
        "values": ("f8", (len(names), len(own.channels), framing.past + n_ahead)),
        "times": ("f8", (len(names), framing.past)),
        "first": ("i4", (len(names),)),
        "halves": ("f8", (len(LEVELS), framing.horizon)),
    }
    arrays = taken(given, wanted)
    if given.keys() != wanted.keys():
        raise ValueError("the arrays of the series must be those that forecasts need, no others")
    if (arrays["halves"] < 0).any() or (np.abs(arrays["times"]) > 1e17).any():
        raise ValueError("the intervals must have a width, and times must be on the calendar")
    tails = []
    for number, name in enumerate(names):
        values, times = arrays["values"][number], arrays["times"][number]
        later = framing.steps.after(float(times[-1]), n_ahead)
        n_steps = framing.past + n_ahead
        tails.append(
            Line(
                name,
                int(arrays["first"][number]),
                values,
                np.arange(n_steps) < framing.past,
                np.concatenate([times, later]),
                np.full(n_steps, -1, dtype=np.int64),
                framing.past,
            )
        )
    halves = np.where(arrays["halves"] > 0, arrays["halves"], np.inf)
    adapted = Adapted({level: tuple(halves[n].tolist()) for n, level in enumerate(LEVELS)}, n_forecasts)
    return SeriesFacts(framing, schema, tuple(tails), adapted)


def next_steps(model: Mixture, framing: Framing, lines: Sequence[Line], horizon: int) -> dict[str, np.ndarray]:
    """The forecast of the steps that follow each series, by its name; (horizon,) each.

    Beyond the horizon that was trained a forecast goes on from itself.

    Args:
        model: What predicts.
        framing: How windows are cut.
        lines: The series.
        horizon: Steps ahead.

    Raises:
        PlanError: What lies ahead needs columns that are not known.
    """
    _refuse_unknown(framing, lines, horizon)
    source = Provenance("the series", "series")
    found: dict[str, list[np.ndarray]] = {line.name: [] for line in lines}
    own = list(lines)
    for _ in range(-(-horizon // framing.horizon)):
        origins = {line.name: np.array([line.n_known - 1]) for line in own}
        table = framed(own, framing, source, origins)
        names = table[SERIES_COLUMN].to_list() if framing.columns.series else [own[0].name]
        ahead = restored(table, model.predict(table))
        by_line = dict(zip(names, ahead, strict=True))
        for line in own:
            found[line.name].append(by_line[line.name])
        own = [_longer(line, by_line[line.name], framing) for line in own]
    return {name: np.concatenate(parts)[:horizon] for name, parts in found.items()}


def _longer(line: Line, ahead: np.ndarray, framing: Framing) -> Line:
    """A series with its forecast for truth."""
    end, n = line.n_known, len(ahead)
    values = np.concatenate([line.values[:, :end], np.repeat(line.values[:, end - 1 : end], n, axis=1)], axis=1)
    values[0, end:] = ahead
    times = np.concatenate([line.times[:end], framing.steps.after(float(line.times[end - 1]), n)])
    more = np.full(n, -1, dtype=np.int64)
    given = np.concatenate([line.given[:end], np.ones(n, dtype=bool)])
    return replace(
        line, values=values, given=given, times=times, rows=np.concatenate([line.rows[:end], more]), n_known=end + n
    )


def _refuse_unknown(framing: Framing, lines: Sequence[Line], horizon: int) -> None:
    columns = framing.columns
    if horizon > framing.horizon * _MOST_TURNS:
        raise PlanError(f"--horizon must be at most {framing.horizon * _MOST_TURNS:,} steps, got {horizon:,}.")
    if horizon > framing.horizon and (columns.others or columns.known):
        raise PlanError(
            f"--horizon must be at most {framing.horizon}, which was trained, got {horizon}: further on the forecast "
            f"would need {listing([*columns.others, *columns.known], 5)}, which nobody knows by then. Train with a "
            f"longer --horizon, or without these columns."
        )
    if columns.known:
        short = [line.name for line in lines if line.values.shape[1] - line.n_known < framing.horizon]
        if short:
            raise PlanError(
                f"a forecast needs the values of {listing(columns.known, 5)} for the next {framing.horizon} steps, "
                "known in advance. Pass DATA whose last rows hold them, with an empty cell for "
                f"{columns.target!r}: netwright forecast RUN DATA"
            )


def forecast_frame(
    model: Mixture, facts: SeriesFacts, lines: Sequence[Line], horizon: int, level: float
) -> pl.DataFrame:
    """The forecast as a table: `time`, the series where there are several, `step`, `prediction`, `lower`, `upper`.

    Args:
        model: What predicts.
        facts: What ships with it.
        lines: The series to go on from.
        horizon: Steps ahead.
        level: Share that intervals are to hold, one of `LEVELS` or less than the largest.

    Returns:
        `horizon` rows a series. Beyond the horizon that was trained, and where too few errors are known, no interval.
    """
    import polars as pl

    framing = facts.framing
    found = next_steps(model, framing, lines, horizon)
    halves = np.full(horizon, np.nan)
    own = facts.adapted.at(level)[:horizon]
    halves[: len(own)] = np.where(np.isfinite(own), own, np.nan)
    parts = []
    for line in lines:
        times = framing.steps.after(float(line.times[line.n_known - 1]), horizon)
        ahead, half = found[line.name], halves * framing.scales[line.name]
        columns = {
            "time": time_column(times, framing),
            **({series_column(framing): [line.name] * horizon} if framing.columns.series else {}),
            "step": np.arange(1, horizon + 1),
            "prediction": ahead,
            "lower": pl.Series(ahead - half).fill_nan(None),
            "upper": pl.Series(ahead + half).fill_nan(None),
        }
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts)


def series_column(framing: Framing) -> str:
    """What forecasts call the column of their series: what the data call it.

    Args:
        framing: Says what tells the series apart.
    """
    name = BETWEEN.join(framing.columns.series)
    return f"{name} (column)" if name in _TAKEN else name


def time_column(times: np.ndarray, framing: Framing) -> pl.Series:
    """Times as the column of a table: dates where they have no time of day.

    Args:
        times: float64, (n_rows,).
        framing: Says what they are.
    """
    import polars as pl

    if framing.steps.unit == "number":
        whole = bool((times == np.round(times)).all())
        return pl.Series("time", times.astype(np.int64) if whole else times)
    moments = pl.Series("time", np.round(times).astype(np.int64)).cast(pl.Datetime("us"))
    daily = framing.steps.way == "months" or framing.steps.size % 86_400_000_000 == 0
    return moments.cast(pl.Date) if daily and bool((moments.dt.truncate("1d") == moments).all()) else moments


def origin_times(table: Table, framing: Framing) -> pl.Series:
    """The time of each origin, in the form of a forecast's times.

    Args:
        table: Of windows.
        framing: How they were cut.
    """
    import polars as pl

    times = table[time_of_origins(framing)]
    times = times.to_physical() if framing.steps.unit == "moment" else times
    return time_column(times.cast(pl.Float64).to_numpy(), framing)


def rolling_frame(model: Mixture, framing: Framing, table: Table) -> pl.DataFrame:
    """Forecasts from every origin of a table of windows: its row, its time, the step ahead, the prediction.

    Args:
        model: What predicts.
        framing: How windows were cut.
        table: Of windows.
    """
    import polars as pl

    ahead = restored(table, model.predict(table))
    n_rows, horizon = ahead.shape
    origins = np.repeat(np.arange(n_rows), horizon)
    columns: dict[str, Any] = {"row": table.rows[origins], "origin": origin_times(table, framing).gather(origins)}
    if framing.columns.series:
        columns[series_column(framing)] = table[SERIES_COLUMN].gather(origins)
    return pl.DataFrame({**columns, "step": np.tile(np.arange(1, horizon + 1), n_rows), "prediction": ahead.ravel()})
