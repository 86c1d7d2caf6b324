"""A trained model in use: it reads new rows, predicts, and is judged where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.table import Table
from netwright.deliver.bundle import load_bundle
from netwright.sources.conform import conform
from netwright.sources.registry import FIND_EVERYTHING, ReadOptions, open_table
from netwright.training.model import FittedModel

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Predictor:
    """A model with what is needed to feed it from files.

    Args:
        fitted: The networks.
    """

    fitted: FittedModel

    @classmethod
    def load(cls, folder: str | Path) -> Predictor:
        """The model of a run folder, or of a bundle's own folder.

        Raises:
            DataError: There is none, or it is damaged.
        """
        folder = Path(folder)
        inner = folder / "model"
        return cls(load_bundle(inner if inner.is_dir() else folder))

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
        table = open_table(data, options)
        return conform(table, self.fitted.schema, require_target=require_target, missing=missing)

    def predict(
        self, data: object, options: ReadOptions = FIND_EVERYTHING, missing: tuple[str, ...] = ()
    ) -> pl.DataFrame:
        """Predictions of new rows.

        Args:
            data: Whatever a source accepts; the target column is not needed.
            options: How to read it.
            missing: Further texts that mean a missing value.

        Returns:
            `row` (counted from 0), `prediction`, and for classes `p_<class>` for each.
        """
        return self.predict_table(self.table(data, options, missing))

    def predict_table(self, table: Table) -> pl.DataFrame:
        """What `predict` gives, of rows that `table` has read."""
        return prediction_frame(self.fitted, table.rows, self.fitted.predict(table))

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

    def explained(self, frame: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, str]:
        """A table of predictions with its explanation beside it, and a sentence on what that means.

        Args:
            frame: Predictions of the rows of `table`, in their order.
            table: As `table` has read it.
        """
        from netwright.deliver.explanation import effects_frame, meaning
        from netwright.training.effects import effects_of

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
            DataError: No row has a known target.
        """
        from netwright.base.errors import DataError
        from netwright.evaluate.evaluation import json_scores

        target = self.fitted.target
        known = np.flatnonzero(table[target.name].is_not_null().to_numpy())
        if not len(known):
            raise DataError(f"{table.source.name} must hold values of {target.name!r} to be judged by, got none.")
        table = table.take(known)
        scores = json_scores(target.task, target.numbers(table), self.fitted.predict(table))
        return {"task": target.task, "target": target.name, "n_rows": table.n_rows, **scores}


def prediction_frame(model: FittedModel, rows: np.ndarray, predicted: np.ndarray) -> pl.DataFrame:
    """Predictions as the table that `predict` writes.

    Args:
        model: Says what the columns mean.
        rows: The number of each row in its source; (n_rows,).
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
    """
    import polars as pl

    if model.target.task == "regression":
        return pl.DataFrame({"row": rows, "prediction": predicted})
    classes = model.target.classes
    labels = [classes[number] for number in predicted.argmax(axis=1)]
    probabilities = {f"p_{label}": predicted[:, number] for number, label in enumerate(classes)}
    return pl.DataFrame({"row": rows, "prediction": pl.Series(labels, dtype=pl.String), **probabilities})
