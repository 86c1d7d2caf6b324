"""A trained model in use: it reads new rows, predicts, and is judged where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import listing
from netwright.base.named import Named
from netwright.base.table import Table
from netwright.deliver.bundle import load_bundle
from netwright.deliver.synthesis import written_cells
from netwright.evaluate.adaptive import LEVEL, LEVELS
from netwright.evaluate.conformal import Conformal, check_level
from netwright.evaluate.coverage import promise
from netwright.evaluate.mixing import chosen_classes
from netwright.evaluate.series_metrics import forecast_scores
from netwright.preparation.category import RARE
from netwright.preparation.lines import Line, lines_of
from netwright.preparation.values import Moments
from netwright.preparation.windows import SERIES, framed, origins_of, restored
from netwright.sources.registry import FIND_EVERYTHING, ReadOptions, open_conformed
from netwright.training import anomalies
from netwright.training.forecaster import SeriesFacts, forecast_frame, rolling_frame
from netwright.training.mixture import Mixture, without_number

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Predictor:
    """A model with what is needed to feed it from files.

    Args:
        fitted: What predicts.
    """

    fitted: Mixture

    @classmethod
    def load(cls, folder: str | Path, module: Named | None = None) -> Predictor:
        """The model of a run folder, or of a bundle's own folder.

        Args:
            folder: It.
            module: The user's own, where the model is made of it.

        Raises:
            DataError: There is none, or it is damaged.
        """
        return cls(load_bundle(Path(folder), module))

    def table(
        self,
        data: object,
        options: ReadOptions = FIND_EVERYTHING,
        missing: tuple[str, ...] = (),
        *,
        require_target: bool = False,
    ) -> Table:
        """New rows under the columns of the training data; other columns and another order are fine.

        Args:
            data: Whatever a source accepts.
            options: How to read it.
            missing: Further texts that mean a missing value.
            require_target: Whether the target column must be there.

        Raises:
            DataError: A column is missing or its cells are of another kind.
        """
        if self.series is not None:
            return self._windows(data, options, missing, ahead=require_target)
        schema = self.fitted.schema
        return open_conformed(data, options, schema, require_target=require_target, missing=missing)

    @cached_property
    def series(self) -> SeriesFacts | None:
        """What a model of series ships beside its networks; None for other models."""
        return SeriesFacts.of(self.fitted)

    def _series_facts(self) -> SeriesFacts:
        if self.series is None:
            raise PlanError(
                "a forecast needs a model of series, got one of single rows. Train with --time COL and --horizon "
                "STEPS, or use netwright predict."
            )
        return self.series

    def lines(
        self, data: object, options: ReadOptions = FIND_EVERYTHING, missing: tuple[str, ...] = ()
    ) -> tuple[Line, ...]:
        """The series of further data, those that the model knows.

        Args:
            data: Whatever a source accepts, with the columns of training.
            options: How to read it.
            missing: Further texts that mean a missing value.

        Raises:
            UserError: The data do not fit, or hold no series long enough to go on from.
        """
        return self._lines_of(self._series_table(data, options, missing))

    def _series_table(self, data: object, options: ReadOptions, missing: tuple[str, ...]) -> Table:
        return open_conformed(data, options, self._series_facts().schema, require_target=True, missing=missing)

    def _lines_of(self, table: Table) -> tuple[Line, ...]:
        facts = self._series_facts()
        framing, found = facts.framing, lines_of(table, facts.framing.columns, facts.framing.steps)
        known = [line for line in found.lines if line.name in framing.scales]
        if not known:
            names = listing([line.name for line in found.lines], 5)
            raise DataError(f"{table.source.name} must hold series that were trained, got {names}.")
        lines = tuple(line for line in known if line.n_known >= framing.past)
        if not lines:
            longest = max(line.n_known for line in known)
            raise DataError(
                f"{table.source.name} must hold at least {framing.past:,} steps of a series, the window that a "
                f"forecast looks back on, got {longest:,}."
            )
        return lines

    def _windows(self, data: object, options: ReadOptions, missing: tuple[str, ...], *, ahead: bool) -> Table:
        """Every origin of further series as a row, where asked only those whose steps ahead are known."""
        table = self._series_table(data, options, missing)
        framing, lines = self._series_facts().framing, self._lines_of(table)
        needs_truth = ahead or bool(framing.columns.known)  # of which nothing is known beyond the end
        origins = {line.name: origins_of(line, framing, ahead=needs_truth) for line in lines}
        if not any(len(own) for own in origins.values()):
            raise DataError(
                f"the data must hold at least {framing.past + framing.horizon:,} steps of a series to be judged by."
            )
        return framed(lines, framing, table.source, origins)

    def forecast(
        self,
        data: object = None,
        options: ReadOptions = FIND_EVERYTHING,
        missing: tuple[str, ...] = (),
        *,
        horizon: int | None = None,
        interval: float = LEVEL,
    ) -> pl.DataFrame:
        """What comes next.

        Args:
            data: Series to go on from, whatever a source accepts; None goes on from the end of the training data.
            options: How to read it.
            missing: Further texts that mean a missing value.
            horizon: Steps ahead; None takes as many as were trained.
            interval: Share that `lower` and `upper` are to hold in the long run.

        Returns:
            `time`, the column of the series where there are several, `step`, `prediction`, `lower` and `upper`; a row
            a step.

        Raises:
            UserError: The model is none of series, or what lies ahead cannot be forecast.
        """
        facts = self._series_facts()
        if not 0 < interval <= max(LEVELS):
            raise PlanError(f"--interval must be a share up to {max(LEVELS):g} for forecasts, got {interval:g}.")
        lines = facts.tails if data is None else self.lines(data, options, missing)
        return forecast_frame(self.fitted, facts, lines, horizon or facts.framing.horizon, interval)

    def forecast_promise(self, frame: pl.DataFrame, interval: float) -> str:
        """What the intervals of a forecast promise, and what not, in a sentence.

        Args:
            frame: As `forecast` gave it.
            interval: Their level.
        """
        facts = self._series_facts()
        if frame["lower"].null_count() == frame.height:
            return f"no interval is given: too few errors of past forecasts are known ({facts.adapted.n_rows:,})"
        beyond = frame["step"].max() > facts.framing.horizon  # type: ignore[operator]
        further = f", and steps beyond {facts.framing.horizon} were never judged and have none" if beyond else ""
        return (
            f"between lower and upper {100 * interval:.0f} % of true values are to lie in the long run: their width "
            "follows how far off forecasts were lately (adaptive conformal prediction). Nothing is promised for a "
            f"single step{further}"
        )

    def predict(
        self,
        data: object,
        options: ReadOptions = FIND_EVERYTHING,
        missing: tuple[str, ...] = (),
        *,
        interval: float | None = None,
    ) -> pl.DataFrame:
        """Predictions of new rows.

        Args:
            data: Whatever a source accepts; the target column is not needed.
            options: How to read it.
            missing: Further texts that mean a missing value.
            interval: Share of new rows whose truth is to lie between `lower` and `upper`, or in `set`; such as 0.9.

        Returns:
            `row` (counted from 0), `prediction`, and for classes `p_<class>` for each; with `interval` also `lower` and
            `upper`, or for classes `set` (labels joined by `|`). Of an autoencoder `row`, `score` (how far
            off the row is), `anomaly`, `cluster` and `embedding_1` ...; of what makes rows `row` and `score` (how
            unlikely it is)

        Raises:
            PlanError: `interval` is no share, or the model holds nothing that intervals could rest on.
        """
        if interval is not None:
            self.promise(interval)  # an impossible level is told before the rows are read
        return self.predict_table(self.table(data, options, missing), interval)

    def predict_table(self, table: Table, interval: float | None = None) -> pl.DataFrame:
        """What `predict` gives, of rows that `table` has read."""
        if self.series is not None:
            if interval is not None:
                refuse_interval_of_series()
            return rolling_frame(self.fitted, self.series.framing, table)
        predicted = self.fitted.predict(table)
        frame = prediction_frame(self.fitted, table.rows, predicted, interval)
        if "file" in table.schema and any(column.kind == "image" for column in table.schema.features):
            frame = frame.insert_column(1, table["file"])  # a row of a folder is known by its file
        if self.fitted.attachment(anomalies.NAME) is None:
            return frame
        import polars as pl

        own = anomalies.anomalies_of(self.fitted)
        said = anomalies.said_columns(self.fitted, own, table, predicted)
        return frame.with_columns([pl.Series(name, cells) for name, cells in said.items()])

    def reconstructed(self, table: Table) -> pl.DataFrame:
        """The rows as the networks see them: `row`, and each column given back, numbers in their units, dates as texts
        in the format of the training data, levels of few train rows as `(rare)`.

        Args:
            table: As `table` has read it.

        Raises:
            DataError: The model is not one that gives rows back.
        """
        import polars as pl

        anomalies.refuse_without(self.fitted)
        said = anomalies.rebuilt_columns(self.fitted, table)
        taken = {"row": "row (column)"}  # a column of the table may be called row
        for column in self.fitted.schema.features:
            if column.kind == "date" and column.name in said:
                said[column.name] = written_cells(column, Moments(said[column.name].round().astype(np.int64)), None)
        columns = [pl.Series(taken.get(name, name), list(cells)) for name, cells in said.items()]
        return pl.DataFrame([pl.Series("row", table.rows), *columns])

    def doubts_of_reconstruction(self, frame: pl.DataFrame) -> tuple[str, ...]:
        """What whoever reads rows that were given back should know, a sentence each.

        Args:
            frame: As `reconstructed` gave it.
        """
        told = []
        left_out = [own.name for own in self.fitted.schema.features if own.name not in frame.columns]
        if left_out := [name for name in left_out if name != "row"]:
            verb = "is" if len(left_out) == 1 else "are"
            told.append(f"{listing(left_out)} cannot be given back and {verb} left out")
        rare = [
            own.name
            for own in self.fitted.schema.features
            if own.kind == "category" and own.name in frame.columns and (frame[own.name] == RARE).any()
        ]
        if rare:
            told.append(f"{RARE} in {listing(rare)} stands for any value of few train rows, or of none")
        return tuple(told)

    def promise(self, interval: float) -> str:
        """What intervals or sets of a level promise, and what not, in a sentence.

        Args:
            interval: The level, in (0, 1).

        Raises:
            PlanError: It is not, or the model holds nothing that intervals could rest on.
        """
        refuse_target_options(self.fitted, interval)
        if self.series is not None:
            refuse_interval_of_series()
        return promise(conformal_of(self.fitted, interval), interval, self.fitted.target.name)

    def explain(
        self, data: object, options: ReadOptions = FIND_EVERYTHING, missing: tuple[str, ...] = ()
    ) -> pl.DataFrame:
        """Predictions of new rows, and which columns moved them away from the prediction of the typical row.

        Args:
            data: Whatever a source accepts; the target column is not needed.
            options: How to read it.
            missing: Further texts that mean a missing value.

        Returns:
            What `predict` gives, then `typical` (the prediction of the typical row), `why` (the columns that moved the
            prediction most) and `effect_<column>` for each feature: these sum to the prediction less `typical`. For
            classes they are about the probability of the positive class, beyond two classes of the predicted one.

        Raises:
            DataError: The model is of an older netwright, which kept no typical row.
        """
        rows = self.table(data, options, missing)
        return self.explained(self.predict_table(rows), rows)[0]

    def refuse_explaining(self) -> None:
        """There is no typical picture that others could be held against.

        Raises:
            PlanError: The model reads pictures.
        """
        if "image" in self.fitted.schema.arrays:
            raise PlanError(
                "--explain must come with a model of cells, got one that reads pictures. The report of its run shows "
                "where the network looks."
            )

    def explained(self, frame: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, str]:
        """A table of predictions with its explanation beside it, and a sentence on what that means.

        Args:
            frame: Predictions of the rows of `table`, in their order.
            table: As `table` has read it.
        """
        if self.fitted.target.task == "unsupervised":
            raise PlanError("--explain is about a predicted target, but this model learned without one. Leave it out.")
        from netwright.deliver.explanation import effects_frame, meaning
        from netwright.training.effects import effects_of

        self.refuse_explaining()
        if self.series is not None:
            raise PlanError("--explain is not for forecasts, whose cells are windows. Leave it out.")
        effects = effects_of(self.fitted, table)
        return frame.hstack(effects_frame(effects)), meaning(self.fitted, effects)

    def evaluate(
        self, data: object, options: ReadOptions = FIND_EVERYTHING, missing: tuple[str, ...] = ()
    ) -> Mapping[str, Any]:
        """Every metric on rows whose truth is known.

        Args:
            data: Whatever a source accepts, with the target column.
            options: How to read it.
            missing: Further texts that mean a missing value.
        """
        return self.evaluate_table(self.table(data, options, missing, require_target=True))

    def evaluate_table(self, table: Table) -> Mapping[str, Any]:
        """What `evaluate` gives, of rows that `table` has read with their target.

        Raises:
            DataError: No row has a known target, or there are rows that cannot be predicted.
        """
        from netwright.evaluate.evaluation import json_scores

        target = self.fitted.target
        if target.task == "unsupervised":
            raise PlanError("evaluate needs a target to judge by, but this model learned without one. Use predict.")
        if self.series is not None:
            return self._evaluate_windows(table)
        known = np.flatnonzero(table[target.name].is_not_null().to_numpy())
        if not len(known):
            raise DataError(f"{table.source.name} must hold values of {target.name!r} to be judged by, got none.")
        table = table.take(known)
        predicted = self.fitted.predict(table)
        if lost := without_number(predicted, table.rows):
            raise DataError(f"{table.source.name} must be predicted to be judged, but {lost}. Leave such rows out.")
        scores = json_scores(target.task, target.numbers(table), predicted, self.fitted.threshold)
        return {"task": target.task, "target": target.name, "n_rows": table.n_rows, **scores}

    def _evaluate_windows(self, table: Table) -> Mapping[str, Any]:
        framing, target = self._series_facts().framing, self.fitted.target
        names = table[SERIES].to_list() if framing.columns.series else [next(iter(framing.errors))] * table.n_rows
        naive = np.array([framing.errors[name] for name in names])
        truth, predicted = target.numbers(table), self.fitted.predict(table)
        scores = forecast_scores(restored(table, truth), restored(table, predicted), naive)
        return {"task": target.task, "target": target.name, "n_rows": table.n_rows, **scores}


def refuse_target_options(model: Mixture, interval: float | None) -> None:
    """Intervals are of a predicted target.

    Raises:
        PlanError: There is none, but an interval is asked for.
    """
    if interval is not None and model.target.task == "unsupervised":
        raise PlanError("--interval is about a predicted target, but this model learned without one. Leave it out.")


def refuse_interval_of_series() -> NoReturn:
    """Forecasts of every origin have no intervals.

    Raises:
        PlanError: Always; it says what gives them.
    """
    raise PlanError(
        "--interval must come with a model of single rows, got one of series. Its intervals come from "
        "netwright forecast RUN --interval SHARE; or leave it out."
    )


def conformal_of(model: Mixture, interval: float) -> Conformal:
    """What intervals of a level rest on.

    Raises:
        PlanError: The level is not between 0 and 1, or the model was never calibrated.
    """
    check_level(interval)
    if model.conformal is None:
        raise PlanError(
            "--interval needs a model that was calibrated on its validation rows, got one of an older version. "
            "Train it again, or predict without --interval."
        )
    return model.conformal


def prediction_frame(
    model: Mixture,
    rows: np.ndarray,
    predicted: np.ndarray,
    interval: float | None = None,
    threshold: float | np.ndarray | None = None,
) -> pl.DataFrame:
    """Predictions as the table that `predict` writes.

    Args:
        model: Says what the columns mean.
        rows: The number of each row in its source; (n_rows,).
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
        interval: Level of `lower` and `upper`, or of `set`; None leaves them out.
        threshold: Of two classes, one number or one a row, as `chosen_classes` takes it; None for that of the model.
    """
    import polars as pl

    if model.target.task == "unsupervised":
        refuse_target_options(model, interval)
        return pl.DataFrame({"row": rows, "score": predicted})
    conformal = None if interval is None else conformal_of(model, interval)
    if model.target.task == "regression":
        frame = pl.DataFrame({"row": rows, "prediction": predicted})
        if conformal is None or interval is None:
            return frame
        lower, upper = conformal.interval(predicted, interval)
        return frame.with_columns(pl.Series("lower", lower), pl.Series("upper", upper))
    classes = model.target.classes
    # of probabilities that are no numbers none is the largest
    finite = np.isfinite(predicted).all(axis=1)
    named = model.chosen(predicted) if threshold is None else chosen_classes(predicted, threshold)
    labels = [classes[own] if known else None for own, known in zip(named, finite, strict=True)]
    probabilities = {f"p_{label}": predicted[:, number] for number, label in enumerate(classes)}
    frame = pl.DataFrame({"row": rows, "prediction": pl.Series(labels, dtype=pl.String), **probabilities})
    if conformal is None or interval is None:
        return frame
    sets = [
        "|".join(label for label, inside in zip(classes, own, strict=True) if inside) if known else None
        for own, known in zip(conformal.sets(predicted, interval, named), finite, strict=True)
    ]
    return frame.with_columns(pl.Series("set", sets, dtype=pl.String))
