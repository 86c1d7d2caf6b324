"""What ships, always: parts that predict together by weight. A part is the networks of one plan, or a baseline."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from netwright.base.errors import InternalError
from netwright.base.figures import count
from netwright.base.plan import of_classes
from netwright.base.table import BLOCK_ROWS, Schema, Table
from netwright.evaluate.conformal import Conformal
from netwright.evaluate.mixing import chosen_classes, mean_of_members, tempered, weighted_mean
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.prepared import Prepared
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import Target
from netwright.preparation.typical import TypicalRow, typical_row
from netwright.preparation.values import Values, feature_values
from netwright.training.attachment import Attachment
from netwright.training.baselines import TrainedBaseline
from netwright.training.blend import Blend
from netwright.training.candidate import Candidate
from netwright.training.fitted_baseline import FittedBaseline
from netwright.training.model import FittedModel

#: Features of so many rows are made at a time that they are at most so many numbers, over all folds of all parts.
_PREPARED_NUMBERS = 1 << 26
#: Inputs of some rows: of each part, for each of its folds.
Inputs = Sequence[Sequence[Prepared]]
#: What predicts with others, and how one fold of it turns cells into inputs.
Part = FittedModel | FittedBaseline
Maker = Preparer | PlainFeatures


def without_number(predicted: np.ndarray, rows: np.ndarray) -> str:
    """A sentence where some predictions are no finite numbers, else empty.

    Args:
        predicted: Values (n_rows,) or probabilities (n_rows, n_classes).
        rows: The number of each row in its source; (n_rows,).

    Example:
        >>> without_number(np.array([1.0, np.nan, 2.0]), np.arange(3))
        '1 of 3 rows cannot be predicted (first: row 1): the networks give NaN or infinity there'
    """
    finite = np.isfinite(predicted)
    lost = np.flatnonzero(~(finite.all(axis=1) if finite.ndim > 1 else finite))
    if not len(lost):
        return ""
    which = f"{len(lost):,} of {count(len(rows), 'row')} cannot be predicted (first: row {rows[lost[0]]:,})"
    return f"{which}: the networks give NaN or infinity there"


@dataclass(frozen=True)
class Mixture:
    """Parts that predict together: the mean by weight of their values, or of their probabilities.

    Args:
        schema: Columns of the training data, with roles.
        target: What is predicted.
        parts: Networks of plans, and baselines.
        weights: What each part counts; they sum to 1.
        temperature: Mixed probabilities are those of log-odds divided by it; 1 leaves them.
        threshold: Of two classes the positive one is predicted from this probability on; None takes the likelier one.
        typical: The row that others are compared with when they are explained; None in bundles of before it was kept.
        conformal: What intervals and sets rest on; None where nothing was calibrated.
        attachments: What ships beside the parts, each with a name of its own.
    """

    schema: Schema
    target: Target
    parts: tuple[Part, ...]
    weights: tuple[float, ...]
    temperature: float = 1.0
    threshold: float | None = None
    typical: TypicalRow | None = None
    conformal: Conformal | None = None
    attachments: tuple[Attachment, ...] = ()

    @classmethod
    def of(
        cls,
        blend: Blend,
        candidates: Sequence[Candidate],
        baselines: Sequence[TrainedBaseline],
        development: Table,
        target: Target,
        conformal: Conformal | None = None,
    ) -> Mixture:
        """The mixture that a blend of what was trained is.

        Args:
            blend: What is taken, and how much it counts.
            candidates: The trained plans.
            baselines: The fitted baselines.
            development: The rows for training and validation, which say what a typical row is.
            target: What is predicted.
            conformal: What its intervals and sets rest on.
        """
        wanted = {name: weight for name, weight in blend.weights.items() if weight > 0}
        parts: list[Part] = [FittedModel.of(c.trained, target) for c in candidates if c.plan.key in wanted]
        parts += [base.fitted for base in baselines if base.name in wanted]
        if sorted(part.name for part in parts) != sorted(wanted):
            raise InternalError(f"the blend {sorted(wanted)} names what was not trained")
        return cls(
            schema=development.schema,
            target=target,
            parts=tuple(parts),
            weights=tuple(wanted[part.name] for part in parts),
            temperature=blend.temperature,
            threshold=blend.threshold,
            typical=typical_row(development),
            conformal=conformal,
        )

    def of_fold(self, number: int) -> Mixture | None:
        """Those that learned on one fold, alone; None where there is none.

        Args:
            number: The fold.
        """
        found = [(part.of_fold(number), weight) for part, weight in zip(self.parts, self.weights, strict=True)]
        own = [(part, weight) for part, weight in found if part is not None]
        if not own:
            return None
        total = sum(weight for _, weight in own)
        return replace(self, parts=tuple(part for part, _ in own), weights=tuple(weight / total for _, weight in own))

    @cached_property
    def networks(self) -> tuple[FittedModel, ...]:
        """The parts that are networks, in order."""
        return tuple(part for part in self.parts if isinstance(part, FittedModel))

    @property
    def preparers(self) -> tuple[Preparer, ...]:
        """How networks and linear models read cells, on every fold; trees read them as they are."""
        return tuple(maker for part in self.parts for maker in part.makers if isinstance(maker, Preparer))

    @property
    def plain_features(self) -> tuple[PlainFeatures, ...]:
        """How trees read cells, on every fold."""
        return tuple(maker for part in self.parts for maker in part.makers if isinstance(maker, PlainFeatures))

    @property
    def n_parameters(self) -> int:
        """Numbers that were learned, over all parts."""
        return sum(part.n_parameters for part in self.parts)

    @property
    def n_members(self) -> int:
        """Members of all parts: networks, and baselines of a fold."""
        return sum(len(part.member_folds) for part in self.parts)

    @property
    def row_products(self) -> int:
        """Multiplications that take as long as a row does, over all parts."""
        return sum(part.row_products for part in self.parts)

    @property
    def width(self) -> int:
        """Numbers that a row becomes, over all folds of all parts."""
        return sum(part.width for part in self.parts)

    def attachment(self, name: str) -> Attachment | None:
        """What ships under this name; None where there is nothing."""
        return next((own for own in self.attachments if own.name == name), None)

    @property
    def _is_single(self) -> bool:
        """Whether one number is predicted for a row."""
        return not of_classes(self.target.task) and not self.target.steps

    def predict(self, table: Table) -> np.ndarray:
        """Values (n_rows,) for regression, of a series (n_rows, steps), probabilities (n_rows, n_classes) for classes.

        Without a target how far off each row is, (n_rows,). float64.

        Rows whose prediction is no finite number are warned of. Encoders keep numbers within a million spreads of the
        train rows, so cells alone do not bring that about.

        Args:
            table: Typed like the training data; the target column is not needed.
        """
        n_rows = min(BLOCK_ROWS, max(1, _PREPARED_NUMBERS // self.width))
        blocks = []
        for block in table.blocks(n_rows):
            predicted = self.predict_inputs(self.inputs(feature_values(block)), block.n_rows)
            blocks.append(predicted[:, 0] if self._is_single else predicted)
        shape = (0,) if self._is_single else (0, self.target.steps or len(self.target.classes))
        whole = np.concatenate(blocks) if blocks else np.zeros(shape)
        if said := without_number(whole, table.rows):
            warnings.warn(said, UserWarning, stacklevel=2)
        return whole

    def chosen(self, probabilities: np.ndarray) -> np.ndarray:
        """The number of the class that is predicted for each row; (n_rows,).

        Args:
            probabilities: (n_rows, n_classes).
        """
        return chosen_classes(probabilities, self.threshold)

    def inputs(self, values: Mapping[str, Values]) -> list[list[Prepared]]:
        """The inputs of some rows: of each part, for each of its folds.

        Args:
            values: Cells of all feature columns.
        """
        return [[maker.transform(values) for maker in part.makers] for part in self.parts]

    def predict_inputs(self, inputs: Inputs, n_rows: int) -> np.ndarray:
        """The prediction from inputs; (n_rows, column), one column for regression."""
        own = [mean_of_members(part.predict_prepared(given, n_rows)) for part, given in self._with(inputs)]
        return self._tempered(weighted_mean(own, self.weights))

    def votes(self, inputs: Inputs, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
        """What is predicted by those that learned on one fold, fold by fold; of a single part by each member.

        Args:
            inputs: Each fold may have rows of its own.
            n_rows: Rows of the longest fold.

        Returns:
            Predictions (vote, n_rows, column), and the fold of each vote (vote,). A fold on which nothing learned has
            none.
        """
        found = [
            (part.predict_prepared(given, n_rows), np.array(part.member_folds)) for part, given in self._with(inputs)
        ]
        if len(found) == 1 and self.temperature == 1.0:
            return found[0]
        folds = np.unique(np.concatenate([members for _, members in found]))
        votes = []
        for fold in folds:
            own = [
                (predicted[members == fold].mean(axis=0), weight)
                for (predicted, members), weight in zip(found, self.weights, strict=True)
                if (members == fold).any()
            ]
            votes.append(self._tempered(weighted_mean([mean for mean, _ in own], [weight for _, weight in own])))
        return np.stack(votes), folds

    def _with(self, inputs: Inputs) -> list[tuple[Part, Sequence[Prepared]]]:
        return list(zip(self.parts, inputs, strict=True))

    def _tempered(self, predicted: np.ndarray) -> np.ndarray:
        return tempered(predicted, self.temperature) if of_classes(self.target.task) else predicted
