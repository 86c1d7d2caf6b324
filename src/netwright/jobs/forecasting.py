"""The job of forecasts: windows in place of rows, baselines that go on from the last value, every step judged."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.audit.summary import summarise_columns
from netwright.base.errors import DataError, PlanError
from netwright.base.events import Event, KindsFound, TableRead
from netwright.base.record import Predictions
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.evaluate.adaptive import LEVEL, adapt, last_halves
from netwright.evaluate.evaluation import Evaluation
from netwright.evaluate.series_metrics import forecast_scores
from netwright.preparation.choosing import Choice
from netwright.preparation.framing import frame_table
from netwright.preparation.lines import Line
from netwright.preparation.load import Loaded, check_name, read_table, typed_target, with_roles
from netwright.preparation.target import Target
from netwright.preparation.windows import AHEAD, SCALE, SERIES, STEP, Framing, plain_rows, restored
from netwright.stages.account import leaderboard, scored_train_rows
from netwright.stages.begun import Begun, refuse_large_cells
from netwright.stages.chosen import choose_no_worse, ensemble_json, model_json, name_of, parts_of, weights_of
from netwright.stages.recorded import Opening, Outcome, Tried, errors_of_folds, record_of, verdict_of
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import validation_predictions
from netwright.training.device import choose_device
from netwright.training.explain import explain
from netwright.training.forecast_baselines import train_forecast_baselines
from netwright.training.forecaster import SeriesFacts, forecast_frame, origin_times, series_column
from netwright.training.memory import free_memory
from netwright.training.mixture import Mixture

#: Series that the report draws, and steps of their history.
_MOST_DRAWN, _LEAST_DRAWN, _MOST_STEPS = 3, 60, 400
#: What the load step leaves for the later ones.
_FRAMING, _LINES, _SCHEMA, _SCALED, _READ = "framing", "lines", "schema", "scaled", "rows read"


def load_series(data: object, settings: Settings) -> Generator[Event, None, Loaded]:
    """Read the data, decide kinds and roles, and cut the series into windows.

    Raises:
        UserError: The data cannot be read, or are no series.
    """
    if settings.target is None:
        raise PlanError("--target must name the column to predict. `netwright audit DATA` lists the columns.")
    table = read_table(data, settings)
    if table.in_files:
        raise DataError(
            f"{table.source.name} is too large for a forecast, whose series are held in memory. Sum its rows up, or "
            "pass a part of them."
        )
    for option, names in (("--series", settings.series), ("--known", settings.known)):
        for name in names:
            check_name(option, name, table.schema.names, table.source.name)
    refuse_large_cells(table, free_memory(choose_device("cpu")))
    yield TableRead(table.source, table.n_rows, len(table.schema.columns))
    table = with_roles(table, settings)
    yield KindsFound(table.schema, table.source.notes)
    _, table, _ = typed_target(table, settings.with_(task="regression"))
    windows, framing, found, findings = frame_table(table, settings)
    target = Target(settings.target, "regression", steps=framing.horizon)
    n_without = int(table[settings.target].null_count())
    more = {_FRAMING: framing, _LINES: found.lines, _SCHEMA: table.schema, _READ: table.n_rows}
    more[_SCALED] = bool(framing.columns.series)
    why, choice = f"a forecast of {framing.horizon} steps", Choice("time", STEP)
    findings = (*table.findings, *findings)
    return Loaded(windows, target, why, n_without, None, None, findings, choice, more)


def forecast_baselines(begun: Begun) -> Iterator[TrainedBaseline]:
    """Last value, seasonal naive, mean of the window, autoregression and boosted trees on lags."""
    framing: Framing = begun.origin.more[_FRAMING]
    return train_forecast_baselines(begun.split, begun.origin.target, begun.settings.seed, framing.season)


@dataclass(frozen=True)
class _Rows:
    """Rows that judge, in the units of the target.

    Args:
        table: Of windows.
        truth: (n_rows, step).
        naive: What MASE divides by; (n_rows,).
        begins: Where each forecast begins: the time of its origin in words, and where there are several its series.
    """

    table: Table
    truth: np.ndarray
    naive: np.ndarray
    begins: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, table: Table, target: Target, framing: Framing) -> _Rows:
        import polars as pl

        names = table[SERIES].to_list() if framing.columns.series else [next(iter(framing.errors))] * table.n_rows
        naive = np.array([framing.errors[name] for name in names])
        begins = {"origin": origin_times(table, framing).cast(pl.String).to_numpy()}
        if framing.columns.series:
            begins = {series_column(framing): np.asarray(names, dtype=object)} | begins
        return cls(table, restored(table, target.numbers(table)), naive, begins)

    def scores(self, predicted: np.ndarray) -> dict[str, Any]:
        """Every score of forecasts that are counted from the level."""
        return forecast_scores(self.truth, restored(self.table, predicted), self.naive)

    def flat(self, predicted: np.ndarray) -> Predictions:
        """All steps as rows of their own, by the rows of the source that they forecast; filled ones left out."""
        rows = self.table[AHEAD].to_numpy().reshape(self.truth.shape).ravel().astype(np.int64)
        there = rows >= 0
        n_rows, horizon = self.truth.shape
        said = {name: np.repeat(own, horizon) for name, own in self.begins.items()} | {
            "step": np.tile(np.arange(1, horizon + 1), n_rows)
        }
        ahead = restored(self.table, predicted).ravel()
        more = {name: own[there] for name, own in said.items()}
        return Predictions(rows[there], self.truth.ravel()[there], ahead[there], more=more)


def judge_series(begun: Begun, tried: Tried, open_test: Opening) -> Outcome:
    """Choose on validation, explain, then open the test rows (where there are) and write the record.

    Args:
        begun: The run.
        tried: What was trained.
        open_test: Opens the test rows.
    """
    target, split, baselines = begun.origin.target, begun.split, tried.baselines
    framing: Framing = begun.origin.more[_FRAMING]
    with begun.clock.stage("evaluate"):
        chosen = choose_no_worse(begun, tried.candidates, baselines)
        model = Mixture.of(chosen.blend, tried.everyone, baselines, split.development, target)
        looks = begun.clock.for_looks(begun.settings.time_limit) / 2
        importance = explain(model, split, begun.truth, begun.metric, begun.settings.seed, looks)
        judged = np.unique(np.concatenate([fold.valid for fold in split.folds]))
        rows = _Rows.of(split.development.take(judged), target, framing)
        outer = {"": chosen.nested.outer} | {base.name: base.outer for base in baselines}
        ahead = {name: validation_predictions(split, begun.truth, own).predicted for name, own in outer.items()}
        trained_on = scored_train_rows(split)
        train = _Rows.of(split.development.take(trained_on), target, framing)
        scores: dict[str, Any] = {
            "train": train.scores(model.predict(train.table)),
            "validation": rows.scores(ahead[""]),
        }
        errors = errors_of_folds(begun, chosen, baselines)
        verdict = verdict_of(begun, tried, chosen, errors)
        calibrating = np.abs(begun.truth[judged] - ahead[""])
        table, tested, intervals = open_test(), None, dict[str, Any]()  # nothing is chosen after this line
        validation, of_validation = rows.flat(ahead[""]), rows
        if table is not None:
            rows = _Rows.of(table, target, framing)
            ahead = {"": model.predict(table)} | {base.name: base.predict(table) for base in baselines}
            scores["test"] = rows.scores(ahead[""])
            tested = rows.flat(ahead[""])
            intervals = _interval_json(begun, rows, ahead, framing.horizon)
            intervals |= _coverage_json(rows, target, ahead[""], calibrating)
        every, all_errors = rows.table, np.abs(target.numbers(rows.table) - ahead[""])
        if table is not None:
            all_errors = np.concatenate([calibrating, all_errors])
            origins = np.concatenate([of_validation.table[STEP].to_numpy(), every[STEP].to_numpy()])
        else:
            origins = every[STEP].to_numpy()
        adapted = last_halves(all_errors, origins)
        facts = SeriesFacts(framing, begun.origin.more[_SCHEMA], _tails(begun.origin.more[_LINES], framing), adapted)
        model = replace(model, attachments=(*model.attachments, facts.attachment()))
        lines: Sequence[Line] = begun.origin.more[_LINES]
        drawn = forecast_json(model, facts, lines, rows if table is not None else None, ahead[""])
        parts = parts_of(model)
        metrics = scores | {
            "baselines": {base.name: rows.scores(ahead[base.name]) for base in baselines},
            "networks": {"name": name_of(model), "weights": weights_of(model)}
            | {name: scores[name] for name in ("validation", "test") if name in scores},
            "verdict": verdict.to_json(),
            **ensemble_json(chosen, errors, parts),
            **({} if tried.searched is None else {"search": tried.searched}),
            **intervals,
            "series": series_json(framing, begun.origin.more[_READ], len(judged)),
            "model": model_json(model),
        }
        board = leaderboard(begun.metric, split, tried.everyone, baselines, errors, model)
    record = record_of(
        begun,
        tried,
        chosen.plan,
        metrics,
        board=board,
        findings=(),
        validation=validation,
        test=tested,
        importance=importance,
        columns=summarise_columns(plain_rows(split.development)),
        more={"forecast": drawn},
    )
    return Outcome(record, model, split, chosen.plan.trained.folds)


def _tails(lines: Sequence[Line], framing: Framing) -> tuple[Line, ...]:
    """The series that can be gone on from: those with a whole window."""
    return tuple(line for line in lines if line.n_known >= framing.past)


def series_json(framing: Framing, n_rows: int, n_validated: int) -> dict[str, Any]:
    """What `metrics.json` says of the windows.

    Args:
        framing: How they are cut.
        n_rows: Rows that were read.
        n_validated: Origins that validated.
    """
    return {
        "n_series": len(framing.scales),
        "horizon": framing.horizon,
        "past": framing.past,
        "season": framing.season,
        "step": framing.steps.words,
        "level": framing.level,
        "scaled": bool(framing.columns.series),
        "rows": n_rows,
        "columns": len(framing.columns.channels),
        "origins_validated": n_validated,
    }


def forecast_json(
    model: Mixture, facts: SeriesFacts, lines: Sequence[Line], tested: _Rows | None, ahead: np.ndarray
) -> dict[str, Any]:
    """What the report draws of some series: the end of their history, forecasts of the test, what comes next.

    Args:
        model: What predicts.
        facts: What forecasts need beside it.
        lines: The series.
        tested: The test rows; None where there are none.
        ahead: What was predicted for them.
    """
    framing = facts.framing
    scale = 1_000.0 if framing.steps.unit == "moment" else 1.0  # the page counts in milliseconds
    found = []
    for line in facts.tails[:_MOST_DRAWN]:
        whole = next(own for own in lines if own.name == line.name)
        n_shown = min(whole.n_known, max(_LEAST_DRAWN, min(_MOST_STEPS, 4 * framing.past, 10 * framing.horizon)))
        start = whole.n_known - n_shown
        history = [
            [whole.times[step] / scale, float(whole.values[0, step]) if whole.given[step] else None]
            for step in range(start, whole.n_known)
        ]
        own = [] if tested is None else _forecasts_of(tested, ahead, whole, framing, start)
        try:
            frame = forecast_frame(model, facts, [line], framing.horizon, LEVEL)
        except PlanError:  # columns known in advance are not known further on
            next_ones: list[list[float | None]] = []
        else:
            times = framing.steps.after(float(line.times[line.n_known - 1]), framing.horizon) / scale
            ends = zip(times, frame["prediction"], frame["lower"], frame["upper"], strict=True)
            next_ones = [[float(at), *figures] for at, *figures in ends]
        found.append(
            {
                "name": line.name,
                "time": framing.steps.unit == "moment",
                "x": framing.columns.time,
                "history": history,
                "tested": [[[at / scale, value] for at, value in one] for one in own],
                "ahead": next_ones,
            }
        )
    return {"level": LEVEL, "series": found}


def _forecasts_of(
    tested: _Rows, ahead: np.ndarray, line: Line, framing: Framing, start: int
) -> list[list[tuple[float, float]]]:
    """Forecasts of the test that follow each other, the last ones that the picture has room for."""
    steps = tested.table[STEP].to_numpy().astype(np.int64) - line.first
    mine = np.ones(len(steps), dtype=bool)
    if framing.columns.series:
        mine = tested.table[SERIES].to_numpy() == line.name
    values, found, end = restored(tested.table, ahead), list[list[tuple[float, float]]](), line.n_known
    for row in np.flatnonzero(mine)[::-1]:
        first, last = int(steps[row]) + 1, int(steps[row]) + framing.horizon
        if first >= start and last < end:
            found.append([(float(line.times[first + n]), float(values[row, n])) for n in range(framing.horizon)])
            end = first
    return found[::-1]


def _interval_json(begun: Begun, rows: _Rows, ahead: Mapping[str, np.ndarray], horizon: int) -> dict[str, Any]:
    """Bootstrap intervals of the scores: origins within a horizon of each other share steps, and are drawn together."""
    units = np.unique((rows.table[STEP].to_numpy() // horizon).astype(np.int64), return_inverse=True)[1]
    flat = {name: restored(rows.table, own).ravel() for name, own in ahead.items()}
    evaluation = Evaluation(
        "regression",
        rows.truth.ravel(),
        flat.pop(""),
        flat,
        np.repeat(units, horizon),
    )
    interval = evaluation.interval(begun.metric, begun.settings.seed)
    caution = evaluation.caution(in_time=True, units=("stretch of a horizon", "stretches of a horizon"))
    return {"interval": interval | ({"caution": caution} if caution else {})}


def _coverage_json(rows: _Rows, target: Target, ahead: np.ndarray, before: np.ndarray) -> dict[str, Any]:
    """How adaptive intervals did on the test, each given by what was known at its origin."""
    errors = np.abs(target.numbers(rows.table) - ahead)
    steps = rows.table[STEP].to_numpy()
    course = adapt(errors, steps, LEVEL, list(before.T))
    told = np.isfinite(course.halves)
    if not told.any():
        return {}
    widths = 2 * course.halves * rows.table[SCALE].to_numpy()[:, None]
    covered = [
        float(own[known].mean()) if known.any() else None for own, known in zip(course.inside.T, told.T, strict=True)
    ]
    return {
        "adaptive": {
            "level": LEVEL,
            "covered": float(course.inside[told].mean()),
            "width": float(widths[told].mean()),
            "steps": {"covered": covered},
        }
    }
