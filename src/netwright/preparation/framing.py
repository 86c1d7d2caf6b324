"""From a table of series to a table of windows: what is chosen for the user, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count, listing
from netwright.base.finding import Finding
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.lines import Columns, Line, Lines, lines_of, series_names
from netwright.preparation.season import past_of, season_of
from netwright.preparation.split_rule import SplitRule
from netwright.preparation.windows import TAKEN, Framing, Level, framed, thinned, usable, windows_of

#: Kinds of columns that can be channels.
_CHANNELS = ("numeric", "boolean")
_SMALLEST = 1e-12


def columns_of(table: Table, settings: Settings) -> tuple[Columns, list[Finding]]:
    """What each column of a series table is used for.

    Args:
        table: Typed, with roles.
        settings: The user's options.

    Raises:
        PlanError: A column is named for two uses, or holds no numbers.
    """
    assert settings.time is not None and settings.target is not None, "settings were checked"
    if settings.time == settings.target:
        raise PlanError(f"--time must name another column than the --target, got {settings.time!r} for both.")
    if settings.target in TAKEN:
        raise PlanError(
            f"--target of a forecast must have another name than a column of windows, got {settings.target!r}. Rename "
            "the column."
        )
    taken = {"--time": [settings.time], "--target": [settings.target]}
    for flag, names in (("--series", settings.series), ("--known", settings.known)):
        for name in names:
            other = next((own for own, used in taken.items() if name in used), None)
            if other is not None:
                raise PlanError(f"{flag} must name another column than {other}, got {name!r} for both.")
            taken.setdefault(flag, []).append(name)
    for name in settings.known:
        if table.schema[name].kind not in _CHANNELS:
            raise PlanError(
                f"--known must name a column of numbers or of yes and no, got {name!r} ({table.schema[name].kind})."
            )
    used = {name for names in taken.values() for name in names}
    rest = [column for column in table.schema.columns if column.name not in used and column.role == "feature"]
    series = series_names(table, settings.series)
    others, constant = list[str](), list[str]()
    for column in rest:
        if column.kind in _CHANNELS:
            (constant if _is_constant(table, column.name, series) else others).append(column.name)
    left = [column.name for column in rest if column.kind not in _CHANNELS]
    findings = []
    if left or constant:
        why = "no number, or the same at all times" if constant else "no numbers"
        findings.append(
            Finding(
                code="columns-left-out",
                where="data",
                severity="note",
                message=f"{count(len(left) + len(constant), 'column')} ({why}) left out of the forecast: "
                f"{listing([*left, *constant], 6)}",
                columns=(*left, *constant),
            )
        )
    return Columns(settings.time, settings.target, settings.series, tuple(others), settings.known), findings


def _is_constant(table: Table, name: str, series: object) -> bool:
    """Whether a column says nothing beyond the series."""
    import polars as pl

    frame = pl.DataFrame({"series": series, "cell": table[name]})
    return bool((frame.group_by("series").agg(pl.col("cell").drop_nulls().n_unique())["cell"] <= 1).all())


def frame_table(table: Table, settings: Settings) -> tuple[Table, Framing, Lines, tuple[Finding, ...]]:
    """The windows of a table, with everything found on the way.

    Season, level and scales come from the steps before the test alone.

    Args:
        table: Typed, with roles.
        settings: The user's options, checked.

    Raises:
        UserError: The table cannot be cut into windows.
    """
    assert settings.horizon is not None, "settings were checked"
    columns, findings = columns_of(table, settings)
    found = lines_of(table, columns)
    n_train = _early(found.lines, settings)
    early = [line.values[0, : max(0, n_train - line.first)] for line in found.lines]
    early = [own[: line.n_known] for own, line in zip(early, found.lines, strict=True)]
    known = [own for own in early if len(own) > 2]
    if not known:
        raise DataError(f"{table.source.name} must hold more than a few steps of {columns.target!r}. Add rows.")
    longest = max(map(len, known))
    season, slowest = season_of(known, found.steps)
    past = settings.past or past_of(season, slowest, settings.horizon, longest)
    seasonal = season if season <= past else 1
    ones = {line.name: 1.0 for line in found.lines}
    framing = Framing(columns, found.steps, settings.horizon, past, seasonal, "last", ones, ones)
    errors = {line.name: _naive_error(own, seasonal) for line, own in zip(found.lines, early, strict=True)}
    scales = errors if columns.series else ones
    framing = replace(framing, scales=scales, errors=errors)
    origins, told = usable(found.lines, framing)
    origins, framing, thin = thinned(origins, found.lines, framing)
    framing = replace(framing, level=_level(found.lines, framing, origins, n_train))
    lines = [line for line in found.lines if len(origins[line.name])]
    own = {line.name for line in lines}
    framing = replace(
        framing,
        scales={name: value for name, value in framing.scales.items() if name in own},
        errors={name: value for name, value in framing.errors.items() if name in own},
    )
    window = _told(framing, season, settings)
    rows = framed(lines, framing, table.source, origins)
    return rows, framing, replace(found, lines=tuple(lines)), (*findings, *found.findings, window, *told, *thin)


def _early(lines: Sequence[Line], settings: Settings) -> int:
    """Steps of the grid that come before anything that is tested, about."""
    ends = [line.first + line.n_known for line in lines]
    share = settings.test_size or SplitRule.test_size
    return int((1 - share) * max(ends))


def _naive_error(early: np.ndarray, season: int) -> float:
    """The mean absolute error of the seasonal naive forecast, a season ahead (Hyndman and Koehler, 2006)."""
    for lag in (season, 1):
        if len(early) > lag:
            error = float(np.abs(early[lag:] - early[:-lag]).mean())
            if error > _SMALLEST:
                return error
    return 1.0


def _level(lines: Sequence[Line], framing: Framing, origins: dict[str, np.ndarray], n_train: int) -> Level:
    """What the target of early windows is nearer to: their last value, or the mean of their last season."""
    sums = {"last": 0.0, "mean": 0.0}
    for line in lines:
        own = origins[line.name]
        own = own[own + framing.horizon + line.first < n_train][-2_000:]
        for name in sums:
            if len(own):
                part = windows_of(line, replace(framing, level=name), own)  # type: ignore[arg-type]
                sums[name] += float(np.nansum(part.target**2))
    return "mean" if sums["mean"] < sums["last"] else "last"


def _told(framing: Framing, season: int, settings: Settings) -> Finding:
    step = framing.steps.words
    begin = f"a season of {season:,} steps found, so " if season > 1 and settings.past is None else ""
    if settings.past is not None and season > settings.past:
        begin = f"a season of {season:,} steps is longer than --past, so it is not used; "
    elif season == 1:
        begin = "no season found; "
    return Finding(
        code="window",
        where="data",
        severity="note",
        message=f"{begin}a forecast of {count(framing.horizon, 'step')} looks back on {count(framing.past, 'step')} "
        f"(a step is {step})",
        advice="--past N overrides",
        evidence={"season": season, "past": framing.past, "horizon": framing.horizon, "step": step},
    )
