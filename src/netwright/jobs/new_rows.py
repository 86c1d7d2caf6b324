"""The last act of runs that make rows or pictures: choose, open the test rows once, judge what is made, record."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import figure
from netwright.base.finding import Finding
from netwright.base.plan import Preparation
from netwright.base.record import Predictions
from netwright.base.seeds import derive_seed
from netwright.base.table import Role, Table
from netwright.evaluate.synthetic import MEASURES, Judgement, judge_rows
from netwright.jobs.new_pictures import JudgedPictures, what_is_drawn
from netwright.preparation.invertible import INVERTIBLE
from netwright.preparation.matrix import RowMatrix
from netwright.preparation.values import feature_values
from netwright.stages.account import leaderboard, scored_train_rows
from netwright.stages.begun import Begun
from netwright.stages.chosen import Chosen, choose_no_worse, model_json, name_of, weights_of
from netwright.stages.recorded import Opening, Outcome, Tried, errors_of_folds, mean_of_rows, record_of, verdict_of
from netwright.training.attachment import Attachment
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import validation_predictions
from netwright.training.making_rows import SIMPLE, made_cells, simple_makers
from netwright.training.mixture import Mixture

#: Rows that are made to be judged, and real ones that they are judged by, at most.
_MOST_JUDGED = 20_000
#: Bars of a column in the report, and columns that are shown.
_BARS, _MOST_SHOWN = 12, 24


def baselines_of_makers(begun: Begun) -> Iterator[TrainedBaseline]:
    """Columns drawn one by one, and a Gaussian copula."""
    return simple_makers(begun.split, begun.settings.seed)


def judge_made(begun: Begun, tried: Tried, open_test: Opening) -> Outcome:
    """Choose on validation, then open the test rows (where there are), judge made rows by them, write the record.

    Args:
        begun: The run.
        tried: What was trained.
        open_test: Opens the test rows.
    """
    return _judged(begun, tried, open_test, JudgedRows, written_columns(begun))


def judge_drawn(begun: Begun, tried: Tried, open_test: Opening) -> Outcome:
    """The same of made pictures.

    Args:
        begun: The run.
        tried: What was trained.
        open_test: Opens the test rows.
    """
    return _judged(begun, tried, open_test, JudgedPictures, what_is_drawn(begun))


def _judged(
    begun: Begun,
    tried: Tried,
    open_test: Opening,
    judging: type[JudgedRows] | type[JudgedPictures],
    attachment: Attachment,
) -> Outcome:
    target, split, baselines, name = begun.origin.target, begun.split, tried.baselines, begun.metric.name
    with begun.clock.stage("evaluate"):
        chosen = choose_no_worse(begun, tried.candidates, baselines)
        model = Mixture.of(chosen.blend, tried.everyone, baselines, split.development, target)
        model = replace(model, attachments=(attachment,))
        validation = validation_predictions(split, begun.truth, chosen.nested.outer)
        train_rows = scored_train_rows(split)
        train = model.predict(split.development.take(train_rows))
        scores = {
            "train": {name: mean_of_rows(train)},
            "validation": {name: mean_of_rows(validation.predicted)},
        }
        errors = errors_of_folds(begun, chosen, baselines)
        verdict = verdict_of(begun, tried, chosen, errors)
        of_baselines = {base.name: {name: mean_of_rows(np.concatenate(base.outer))} for base in baselines}
        test, table = None, open_test()  # nothing is chosen after this line
        if table is not None:
            test = Predictions(table.rows, np.zeros(table.n_rows), model.predict(table))
            scores["test"] = {name: mean_of_rows(test.predicted)}
            of_baselines = {base.name: {name: mean_of_rows(base.predict(table))} for base in baselines}
        held_out = split.development.take(split.folds[0].valid) if table is None else table
        judged = judging(begun, model, split.development.take(train_rows), held_out)
        metrics = scores | {
            "baselines": {base: of_baselines[base] | judged.figures[base].to_json() for base in of_baselines},
            "networks": {"name": name_of(model), "weights": weights_of(model), **scores},
            "verdict": verdict.to_json(),
            judging.section: judged.to_json(),
            "model": model_json(model),
        }
        board = leaderboard(begun.metric, split, tried.everyone, baselines, errors, model)
    record = record_of(
        begun,
        tried,
        chosen.plan,
        metrics,
        board=board,
        findings=tuple(judged.findings()),
        validation=validation,
        test=test,
        importance=(),
        more={judging.section: judged.shown() | {"networks": curves_of(chosen)}},
    )
    return Outcome(record, model, split, chosen.plan.trained.folds)


class JudgedRows:
    """Made rows of the model and of its baselines, and how good they are.

    Args:
        begun: The run.
        model: What makes rows.
        train: Rows that it learned on.
        held_out: Real rows that it did not.
    """

    section = "new_rows"

    def __init__(self, begun: Begun, model: Mixture, train: Table, held_out: Table) -> None:
        seed = begun.settings.seed
        cells, beside = (feature_values(table.sampled(_MOST_JUDGED)) for table in (train, held_out))
        self._matrix = RowMatrix.fit(train.schema, cells)
        self._kinds = self._matrix.kinds
        known, real = self._matrix.rows(cells)[:_MOST_JUDGED], self._matrix.rows(beside)[:_MOST_JUDGED]
        self._real = real
        rows = {"model": self._matrix.rows(made_cells(model, len(known), derive_seed(seed, "judged rows")))}
        for name, make in SIMPLE.items():
            rows[name] = make(known, len(known), np.random.default_rng(derive_seed(seed, "judged rows", name)))
        self._made = rows["model"]
        self.figures: dict[str, Judgement] = {
            name: judge_rows(known, real, own, self._kinds, derive_seed(seed, "judging") % 2**31)
            for name, own in rows.items()
        }
        self.n_train = len(known)

    @property
    def model(self) -> Judgement:
        """That of the model."""
        return self.figures["model"]

    @property
    def best(self) -> dict[str, str]:
        """Who is best at each measure that tells something: `model`, `independent` or `copula`."""
        found = {}
        for measure, more_is_better in MEASURES.items():
            if measure == "usefulness" and not self.model.tells:
                continue
            values = {name: self._value(own, measure) for name, own in self.figures.items()}
            choose = max if more_is_better else min
            found[measure] = choose(values, key=values.__getitem__)
        return found

    @staticmethod
    def _value(judgement: Judgement, measure: str) -> float:
        value = float(getattr(judgement, measure))
        worst = -np.inf if MEASURES[measure] else np.inf
        return abs(value - 0.5) if measure == "detection" else value if np.isfinite(value) else worst

    def to_json(self) -> dict[str, Any]:
        """What `metrics.json` says."""
        return self.model.to_json() | {
            "target": self._kinds.names[self._kinds.target],
            "best": self.best,
            "n_train": self.n_train,
        }

    def findings(self) -> Iterator[Finding]:
        """Copies are a matter of privacy."""
        own = self.model
        if own.copies_beyond_chance:
            yield Finding(
                code="copied-rows",
                where="model",
                severity="warning",
                message=f"{figure(100 * own.copies)} % of made rows equal a train row in every cell; by chance "
                f"{figure(100 * own.copies_by_chance)} % would",
                advice="do not hand these rows to anybody who may not see the train rows; train fewer epochs, or add "
                "rows",
                evidence={"copies": own.copies, "by_chance": own.copies_by_chance, "made": own.n_made},
            )

    def shown(self) -> dict[str, Any]:
        """What the report shows: the figures of all, and each column real against made."""
        return {
            "figures": {name: own.to_json() for name, own in self.figures.items()},
            "best": self.best,
            "target": self._kinds.names[self._kinds.target],
            "columns": [self._bars(k) for k in range(min(len(self._kinds.names), _MOST_SHOWN))],
        }

    def _bars(self, k: int) -> dict[str, Any]:
        """Shares of real and of made cells behind each bar of a column."""
        name, real, made = self._kinds.names[k], self._real[:, k], self._made[:, k]
        known = real[~np.isnan(real)]
        if self._kinds.categorical[k]:
            texts = self._matrix.levels[name]
            n_bars = min(len(texts), _BARS)
            labels = list(texts[:n_bars]) + (["others"] if n_bars < len(texts) else [])
            places = [np.minimum(own[~np.isnan(own)].astype(np.int64), len(labels) - 1) for own in (real, made)]
        else:
            edges = np.unique(np.quantile(known, [0, 1])) if len(known) else np.zeros(0)
            if len(edges) < 2:
                return {"column": name, "labels": [], "real": [], "made": []}
            ends = np.linspace(edges[0], edges[1], _BARS + 1)
            labels = [_middle(self._matrix, k, (low + high) / 2) for low, high in itertools.pairwise(ends)]
            inside = [own[~np.isnan(own)] for own in (real, made)]
            places = [np.clip(np.searchsorted(ends, own, side="right") - 1, 0, _BARS - 1) for own in inside]
        counts = [
            np.bincount(own, minlength=len(labels)) / max(1, n)
            for own, n in zip(places, (len(real), len(made)), strict=True)
        ]
        if np.isnan(real).any() or np.isnan(made).any():
            labels = [*labels, "missing"]
            counts = [np.append(own, np.isnan(cells).mean()) for own, cells in zip(counts, (real, made), strict=True)]
        return {"column": name, "labels": labels, "real": counts[0].tolist(), "made": counts[1].tolist()}


def _middle(matrix: RowMatrix, k: int, value: float) -> str:
    if matrix.columns[k].kind != "date":
        return figure(value)
    return str(np.datetime64(int(value), "us"))[:10]


def without_what_cannot_be_made(table: Table) -> Table:
    """Free text and the like are left out of the features: nobody makes them up.

    Args:
        table: With its roles.

    Raises:
        DataError: No column is left.
    """
    pictures = [own.name for own in table.schema.features if own.kind == "image"]
    if pictures:
        raise DataError(
            f"{table.source.name} must hold no pictures for rows to be made, got {pictures[0]!r}. Pass "
            f"--model image-gan to make pictures, or --drop {pictures[0]}."
        )
    left_out: dict[str, Role] = {own.name: "left_out" for own in table.schema.features if own.kind not in INVERTIBLE}
    schema = table.schema.with_roles(left_out)
    if not schema.features:
        raise DataError(
            f"{table.source.name} must have a column of numbers, categories or dates for new rows to be made of, got "
            "none. Pass --kind COL=KIND to use one."
        )
    return table.with_schema(schema)


def written_columns(begun: Begun) -> Attachment:
    """Which columns new rows are written with: all but those that the user left out.

    Args:
        begun: The run.
    """
    table, settings = begun.split.development.sampled(), begun.settings
    written, constants = [], {}
    for column in table.schema.columns:
        unwanted = column.name in settings.drop or (settings.use and column.name not in settings.use)
        if unwanted:
            continue
        written.append(column.name)
        if column.kind == "constant":
            known = table[column.name].drop_nulls()
            if 0 < len(known) < Preparation().rare_count:  # of too few rows to be given out: it stays empty
                continue
            constants[column.name] = str(known[0]) if len(known) else ""
    return Attachment("new_rows", {"written": written, "constants": constants})


def curves_of(chosen: Chosen) -> dict[str, Any]:
    """The losses of both networks in the epochs that were looked into, as means over members."""
    curves = chosen.plan.trained.judged.curves
    lines: dict[str, Any] = {}
    for name in ("critic_gap", "generator_loss", "penalty", "made_spread"):
        values = curves.signals.get(name)
        if values is None or not np.isfinite(values).any():
            continue
        seen = np.flatnonzero(np.isfinite(values).any(axis=0))
        lines[name] = [[int(epoch), float(np.nanmean(values[:, epoch]))] for epoch in seen]
    return lines
