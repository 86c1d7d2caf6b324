"""Learning curves that another tool wrote, as curves that the doctor reads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.curves import Curves
from netwright.base.errors import DataError
from netwright.base.figures import count, listing
from netwright.base.plan import Member, Plan
from netwright.doctor.case import Case
from netwright.doctor.curve_names import Holds, Part, counts, holds, is_rate, tells_apart
from netwright.sources.numbers import PLAIN, NumberStyle, parse_numbers
from netwright.sources.registry import FIND_EVERYTHING, ReadOptions, open_table

if TYPE_CHECKING:
    import polars as pl

#: Fewer points have no shape; more epochs than this are steps.
LEAST_POINTS, MOST_EPOCHS = 3, 1_000_000
#: How curves that came without a plan name themselves.
_UNKNOWN = "unknown"
_SCORE = "valid_score"
_COLUMNS_WANTED = (
    "Name the columns epoch, train_loss and valid_loss (loss and val_loss, or 학습 손실 and 검증 손실, do as well)."
)

#: An epoch as progress bars print it.
_OF_SO_MANY = r"(?i)^\s*(?:epoch|에포크)?\s*(\d+)\s*/\s*\d+\s*$"

#: A sentence in every language of the doctor.
Note = Mapping[str, str]
_SORTED: Note = {
    "en": "rows were not in the order of epochs: they are sorted",
    "ko": "행이 에포크 순서가 아니어서 정렬했습니다",
}
#: Of one network: what was counted -> its value there; NaN and infinity stand for what was logged as such.
Points = Mapping[float, float]


@dataclass(frozen=True)
class Series:
    """What a log holds of one network.

    Args:
        train: Loss on train rows.
        valid: Loss on validation rows; empty where there is none.
        rate: The learning rate; empty where it is not logged.
        score: The score on validation rows, as `curves.csv` of a run has it; empty elsewhere.
    """

    train: Points
    valid: Points = field(default_factory=dict)
    rate: Points = field(default_factory=dict)
    score: Points = field(default_factory=dict)


@dataclass(frozen=True)
class Elsewhere:
    """One run of another tool.

    Args:
        name: What it is called; empty where there is only one.
        case: Its curves, for the symptoms to read.
        has_valid: Whether there are validation losses.
    """

    name: str
    case: Case
    has_valid: bool


@dataclass(frozen=True)
class Log:
    """What was read.

    Args:
        source: Its name.
        runs: Every run in it.
        notes: What was taken for what, and what was changed.
    """

    source: str
    runs: tuple[Elsewhere, ...]
    notes: tuple[Note, ...]


def read_curves(path: Path, options: ReadOptions = FIND_EVERYTHING) -> Log:
    """Learning curves from a table (CSV, Excel, JSON ...), or from TensorBoard's event files.

    Args:
        path: The table, an event file, or a folder that holds event files.
        options: What the user said about the table.

    Raises:
        UserError: There are no curves in it that could be read.
        MissingExtra: Event files need the package tensorboard.
    """
    from netwright.doctor.event_files import is_events, read_events

    if is_events(path):
        return read_events(path)
    if path.is_dir():
        hint = f"{path / 'curves.csv'}" if (path / "curves.csv").is_file() else "a table or an event file in it"
        raise DataError(
            f"--curves must be a table or hold TensorBoard's event files, got the folder {path}. Name {hint}."
        )
    return curves_in(open_table(path, options).frame, path.name)


def curves_in(frame: pl.DataFrame, source: str, least: int = LEAST_POINTS) -> Log:
    """The curves of a table.

    Args:
        frame: Cells as a source gave them; a row an epoch, or several of them.
        source: As messages name it.
        least: Fewer points are refused.

    Raises:
        DataError: There are none in it.
    """
    columns = _Columns.of(frame.columns, source)
    if not frame.height:
        raise DataError(f"{source} must hold a row for each epoch, got none.")
    train = _numbers(frame[columns.train], source, must=True)
    others = {
        name: _numbers(frame[name], source) for name in (columns.valid, columns.rate, columns.score) if name is not None
    }
    at = np.arange(1.0, frame.height + 1) if columns.at is None else _counted(frame[columns.at], source)
    keys = [frame[name].cast(str).fill_null("").to_list() for name in (*columns.runs, *columns.members)]
    rows: dict[tuple[str, ...], list[int]] = {}
    for number, key in enumerate(zip(*keys, strict=True) if keys else [()] * frame.height):
        rows.setdefault(key, []).append(number)
    if columns.at is None and len(rows) > 1:
        raise DataError(f"{source} must have a column epoch, since it holds {len(rows):,} networks, got none.")
    runs: dict[str, list[Series]] = {}
    notes = list(columns.notes)
    for key, own in rows.items():
        if not _must_rise(at[own], own, columns, source) and _SORTED not in notes:
            notes.append(_SORTED)
        parts = [train, *(others.get(name or "") for name in (columns.valid, columns.rate, columns.score))]
        series = Series(*({} if part is None else _points(at[own], part[own]) for part in parts))
        runs.setdefault(", ".join(key[: len(columns.runs)]), []).append(series)
    return log_of(source, runs, columns.kind, notes, least)


def log_of(
    source: str,
    runs: Mapping[str, Sequence[Series]],
    kind: str,
    notes: Sequence[Note] = (),
    least: int = LEAST_POINTS,
) -> Log:
    """Runs as the doctor reads them.

    Args:
        source: As messages name it.
        runs: Name -> the networks of a run.
        kind: `epoch`, or `step` where something finer is counted: each point is then taken for an epoch.
        notes: What there is to say already.
        least: Fewer points are refused.

    Raises:
        DataError: A run has too few points, or none that is a number.
    """
    said, found = list(notes), []
    for name, networks in runs.items():
        curves, own = _curves(name if len(runs) > 1 else source, networks, kind, least)
        said += [note for note in own if note not in said]
        has_valid = bool(np.isfinite(curves.valid_loss).any())
        found.append(Elsewhere(name if len(runs) > 1 else "", Case(curves), has_valid))
    return Log(source, tuple(found), tuple(said))


@dataclass(frozen=True)
class _Columns:
    """Which columns hold what.

    Args:
        train: The train loss.
        valid: The validation loss, or None.
        rate: The learning rate, or None.
        score: The validation score of netwright's own runs, or None.
        at: What counts epochs or steps, or None.
        kind: `epoch` or `step`.
        runs: What tells runs apart.
        members: What tells copies of one network apart.
        notes: What was taken for what.
    """

    train: str
    valid: str | None
    rate: str | None
    score: str | None
    at: str | None
    kind: str
    runs: tuple[str, ...]
    members: tuple[str, ...]
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, names: Sequence[str], source: str) -> _Columns:
        losses = {name: found for name in names if (found := holds(name)) is not None}
        train, valid = best_name(losses, "train"), best_name(losses, "valid")
        if train is None:
            got = f"columns {listing(names, 8)}" if names else "no columns"
            raise DataError(
                f"{source} must have a column with the train loss of every epoch, got {got}. {_COLUMNS_WANTED}"
            )
        counted = {kind: name for name in reversed(names) if (kind := counts(name)) is not None}
        kind = "epoch" if "epoch" in counted or not counted else "step"
        apart = {name: tells_apart(name) for name in names}
        runs = tuple(name for name, what in apart.items() if what == "run")
        members = tuple(name for name, what in apart.items() if what == "member")
        rate = next((name for name in names if is_rate(name)), None)
        score = _SCORE if _SCORE in names else None
        return cls(
            train, valid, rate, score, counted.get(kind), kind, runs, members, tuple(taken_for(losses, train, valid))
        )


def best_name(losses: Mapping[str, Holds], part: Part) -> str | None:
    """The name that most plainly says a part; None where none does.

    Args:
        losses: What names say.
        part: Which part.
    """
    own = [name for name, found in losses.items() if found.part == part]
    return min(own, key=lambda name: losses[name].doubt, default=None)


def taken_for(losses: Mapping[str, Holds], train: str, valid: str | None) -> list[Note]:
    """What names were taken for."""
    en, ko = f"{train!r} is read as the train loss", f"{train!r}: 학습 손실"
    if valid is None:
        return [{"en": f"{en}; there is no validation loss", "ko": f"{ko}, 검증 손실은 없습니다"}]
    en, ko = f"{en}, {valid!r} as the validation loss", f"{ko}, {valid!r}: 검증 손실로 읽었습니다"
    if losses[valid].test:
        en, ko = (
            f"{en}: test rows, which must not choose the epoch",
            f"{ko} (테스트 데이터로 에포크를 고르면 안 됩니다)",
        )
    return [{"en": en, "ko": ko}]


def _numbers(cells: pl.Series, source: str, must: bool = False) -> np.ndarray:
    """Cells as numbers: an empty one is NaN, one that says NaN or infinity is infinite; (row,)."""
    import polars as pl

    if cells.dtype != pl.String:
        try:
            typed = cells.cast(pl.Float64, strict=True)
        except pl.exceptions.PolarsError as error:
            raise DataError(f"column {cells.name!r} of {source} must hold numbers, got {cells.dtype}.") from error
        return np.where(typed.is_nan().fill_null(False).to_numpy(), np.inf, typed.fill_null(math.nan).to_numpy())
    texts = cells.str.strip_chars()
    texts = texts.to_frame().select(pl.when(texts == "").then(None).otherwise(texts).alias(cells.name)).to_series()
    no_number = texts.str.to_lowercase().is_in(["nan", "-nan", "nan(ind)", "-nan(ind)", "null", "none"])
    styles = [parse_numbers(texts, style) for style in (PLAIN, NumberStyle(",", "."))]
    best = min(styles, key=lambda read: read.null_count())
    values = best.fill_null(math.nan).to_numpy()
    values = np.where(no_number.fill_null(False).to_numpy(), np.inf, np.where(np.isinf(values), np.inf, values))
    odd = np.flatnonzero(np.isnan(values) & texts.is_not_null().to_numpy())
    if len(odd):
        cell = str(texts[int(odd[0])])
        raise DataError(f"column {cells.name!r} of {source} must hold numbers, got {cell!r} in row {odd[0]:,}.")
    if must and not np.isfinite(values).any():
        raise DataError(f"column {cells.name!r} of {source} must hold numbers, got none.")
    return np.asarray(values, dtype=np.float64)


def _counted(cells: pl.Series, source: str) -> np.ndarray:
    """Epochs or steps; `1/50` and `Epoch 1/50` are the first one; (row,)."""
    import polars as pl

    if cells.dtype == pl.String:
        cells = cells.str.replace(_OF_SO_MANY, "${1}")
    return _numbers(cells, source, must=True)


def _must_rise(at: np.ndarray, rows: Sequence[int], columns: _Columns, source: str) -> bool:
    """Whether epochs rise; out of order they do no harm while each is there once, else they are another network's."""
    known = np.flatnonzero(np.isfinite(at))
    back = np.flatnonzero(np.diff(at[known]) < 0)
    if len(back) and len(np.unique(at[known])) < len(known):
        row = rows[int(known[back[0] + 1])]
        raise DataError(
            f"column {columns.at!r} of {source} must rise within a run, got {at[known[back[0] + 1]]:g} after "
            f"{at[known[back[0]]]:g} in row {row:,}. If it holds several runs, add a column run that tells them apart."
        )
    return not len(back)


def _points(at: np.ndarray, values: np.ndarray) -> dict[float, float]:
    """By epoch the mean of what was logged in it; infinite where only that was."""
    found: dict[float, list[float]] = {}
    for where, value in zip(at.tolist(), values.tolist(), strict=True):
        if math.isfinite(where) and not math.isnan(value):
            found.setdefault(where, []).append(value)
    return {where: _mean(own) for where, own in found.items()}


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else math.inf


def _curves(name: str, networks: Sequence[Series], kind: str, least: int) -> tuple[Curves, list[Note]]:
    """The networks of one run on one axis of epochs, and what was changed on the way."""
    axis, notes = _axis(name, networks, kind, least)
    last = max(axis.values())
    shape = (len(networks), last + 1)
    train, valid, rate, score = (np.full(shape, np.nan) for _ in range(4))
    status, reasons = [], []
    for row, own in enumerate(networks):
        for matrix, points in ((train, own.train), (valid, own.valid), (rate, own.rate), (score, own.score)):
            _fill(matrix[row], points, axis)
        ended = _last_finite(own.train, axis)
        bad = [axis[at] for at, value in own.train.items() if not math.isfinite(value) and axis[at] > ended]
        if ended < 0:
            raise DataError(f"{name} must hold train losses that are finite numbers, got none.")
        train[row, ended + 1 :] = valid[row, ended + 1 :] = np.nan
        lost = _lost_for_good(own.valid, axis)
        if lost is not None and lost <= ended:
            valid[row, lost] = np.inf
        status.append("diverged" if bad else "done")
        reasons.append(f"the train loss was no finite number in epoch {min(bad)}" if bad else "")
    judged = np.where(np.isfinite(valid).any(axis=1, keepdims=True), np.where(np.isinf(valid), np.nan, valid), train)
    best = np.nanargmin(judged, axis=1)
    plan = Plan(_UNKNOWN, _UNKNOWN, {}, epochs=last)
    members = tuple(Member(plan, 0, seed) for seed in range(len(networks)))
    return Curves(members, train, valid, score, rate, best, tuple(status), tuple(reasons)), notes


def _axis(name: str, networks: Sequence[Series], kind: str, least: int) -> tuple[dict[float, int], list[Note]]:
    """For everything that was counted the epoch that it is drawn at."""
    found = sorted({at for own in networks for points in (own.train, own.valid) for at in points})
    if len(found) < least:
        raise DataError(f"{name} must hold at least {least} epochs, or its curves have no shape, got {len(found)}.")
    if found[0] < 0:
        raise DataError(f"{name} must count epochs from 0 or 1, got {found[0]:g}.")
    if kind == "step" or found[-1] > MOST_EPOCHS:
        said = {
            "en": f"steps are counted, not epochs: each of the {len(found):,} points is taken for an epoch",
            "ko": f"에포크가 아니라 스텝을 셉니다: 점 {len(found):,}개를 각각 한 에포크로 봅니다",
        }
        return {at: place for place, at in enumerate(found, 1)}, [said]
    # half an epoch belongs to the epoch that it is part of
    whole = {at: math.ceil(at) for at in found}
    first, notes = min(whole.values()), list[Note]()
    if first > 1:
        en = f"the first epoch that was logged, {first:,}, counts as epoch 1 here"
        notes.append({"en": en, "ko": f"기록의 첫 에포크 {first:,}을 1로 셉니다"})
        whole = {at: epoch - first + 1 for at, epoch in whole.items()}
    missing = max(whole.values()) - min(whole.values()) + 1 - len(set(whole.values()))
    if missing:
        was = "was" if missing == 1 else "were"
        en = f"{count(missing, 'epoch')} {was} not logged: a straight line stands there"
        notes.append({"en": en, "ko": f"기록되지 않은 에포크 {missing:,}개는 직선으로 이었습니다"})
    return whole, notes


def _fill(row: np.ndarray, points: Points, axis: Mapping[float, int]) -> None:
    """Put points into a row, with straight lines between them."""
    grouped: dict[int, list[float]] = {}
    for at, value in points.items():
        if at in axis and math.isfinite(value):
            grouped.setdefault(axis[at], []).append(value)
    if grouped:
        places = sorted(grouped)
        between = np.arange(places[0], places[-1] + 1)
        row[between] = np.interp(between, places, [_mean(grouped[place]) for place in places])


def _last_finite(points: Points, axis: Mapping[float, int]) -> int:
    return max((axis[at] for at, value in points.items() if math.isfinite(value)), default=-1)


def _lost_for_good(points: Points, axis: Mapping[float, int]) -> int | None:
    """Where NaN or infinity was logged and no number ever after; None where gaps are logged as NaN all along."""
    ended = _last_finite(points, axis)
    bad = [axis[at] for at, value in points.items() if not math.isfinite(value)]
    return min(bad) if bad and 0 <= ended < min(bad) else None
