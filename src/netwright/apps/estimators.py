"""scikit-learn estimators: `Regressor` and `Classifier`."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import assert_all_finite, check_array, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from netwright.apps.api import in_words_of_python, with_arguments
from netwright.apps.given import has_columns, target_name, with_names, with_target
from netwright.apps.own_model import with_own_module
from netwright.base.clock import Clock
from netwright.base.errors import DataError
from netwright.base.events import follow
from netwright.base.finding import Finding
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.deliver.predictor import Predictor, conformal_of
from netwright.deliver.report.render import render_report
from netwright.preparation.load import loaded_with, read_table, with_roles
from netwright.preparation.target import Target
from netwright.run import begin, fit_baselines, judge, train_plans
from netwright.sources.conform import conform
from netwright.sources.registry import open_table
from netwright.stages.begun import Begun
from netwright.stages.chosen import choose
from netwright.stages.distilled import Distilled, distil
from netwright.stages.recorded import Outcome
from netwright.stages.searched import Searched, search
from netwright.stages.treated import Treated, treat
from netwright.training.baselines import TrainedBaseline
from netwright.training.calibration import calibration
from netwright.training.mixture import Mixture
from netwright.tune.presets import may_join

if TYPE_CHECKING:
    import polars as pl

    from netwright.base.curves import Curves
    from netwright.base.plan import Plan


class _Fitted:
    """What a fit leaves; the evaluation, which takes a while, is made when it is first asked for."""

    def __init__(
        self,
        begun: Begun,
        proposed: Treated,
        searched: Searched,
        baselines: Sequence[TrainedBaseline],
        distilled: Distilled | None,
    ) -> None:
        self._begun, self._proposed, self._searched, self._baselines = begun, proposed, searched, baselines
        self._distilled = distilled
        self._outcome: Outcome | None = None

    def outcome(self) -> Outcome:
        """Baselines, verdict and out-of-fold scores."""
        if self._outcome is None:
            clock = self._begun.clock  # the time between fit and now is not the run's
            clock.started = time.monotonic() - sum(clock.seconds.values())
            baselines = self._baselines or follow(fit_baselines(self._begun))
            treated = follow(treat(self._begun, self._proposed.candidates, baselines))
            everyone, told = self._searched.candidates, self._searched.to_json()
            findings, distilled = treated.findings, self._distilled
            self._outcome = judge(
                self._begun, everyone, baselines, diagnosis=findings, searched=told, distilled=distilled
            )
        return self._outcome


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both estimators share; parameters carry the names of the flags of `netwright train`."""

    def __init__(
        self,
        *,
        preset: str = "medium",
        time_limit: float | None = None,
        model: Any = None,
        hidden: str | Sequence[int] | None = None,
        activation: str | None = None,
        dropout: float | None = None,
        loss: str | None = None,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        weight_decay: float | None = None,
        l1: float | None = None,
        epochs: int | None = None,
        batch_size: int | str | None = None,
        patience: int | str | None = None,
        folds: int | None = None,
        valid_size: float | None = None,
        repeats: int | None = None,
        split: str = "auto",
        time: str | None = None,
        gap: float | None = None,
        group: str | None = None,
        train_rows: int | None = None,
        sampling: str = "none",
        class_weight: str | Mapping[Any, float] | None = None,
        metric: str | None = None,
        prefer: str = "accuracy",
        networks_only: bool = False,
        distill: bool = False,
        scale: str | None = None,
        outliers: str = "keep",
        bin: Sequence[str] = (),
        derive: Sequence[str] | Mapping[str, str] = (),
        kind: Sequence[str] = (),
        missing: Sequence[str] = (),
        range: Sequence[str] = (),
        use: Sequence[str] = (),
        drop: Sequence[str] = (),
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.preset = preset
        self.time_limit = time_limit
        self.model = model
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.l1 = l1
        self.epochs = epochs
        self.batch_size = batch_size
        self.patience = patience
        self.folds = folds
        self.valid_size = valid_size
        self.repeats = repeats
        self.split = split
        self.time = time
        self.gap = gap
        self.group = group
        self.train_rows = train_rows
        self.sampling = sampling
        self.class_weight = class_weight
        self.metric = metric
        self.prefer = prefer
        self.networks_only = networks_only
        self.distill = distill
        self.scale = scale
        self.outliers = outliers
        self.bin = bin
        self.derive = derive
        self.kind = kind
        self.missing = missing
        self.range = range
        self.use = use
        self.drop = drop
        self.device = device
        self.random_state = random_state

    #: What is predicted: numbers, or classes.
    _kind = "numbers"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def __sklearn_clone__(self) -> Self:
        """With the same module or Keras model: a fit copies it and never changes it."""
        shell = copy.copy(self)
        shell.model = None
        cloned: Self = super(_Estimator, shell).__sklearn_clone__()
        cloned.model = self.model
        return cloned

    def __getstate__(self) -> dict[str, Any]:
        """Without the training data, which a stored model must not carry."""
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_fitted"}

    def _settings(self) -> Settings:
        options = {name: value for name, value in self.get_params(deep=False).items() if value is not None}
        options = with_own_module(options, self._kind)
        options.pop("random_state", None)
        if isinstance(self.class_weight, Mapping):
            options["class_weight"] = {str(label): weight for label, weight in self.class_weight.items()}
        seed = self.random_state
        if not isinstance(seed, int | np.integer) or isinstance(seed, bool):
            seed = check_random_state(seed).randint(2**31 - 1)
        # a parameter is what the caller says, in a search over parameters above all: the doctor only reports
        return Settings.from_options({**options, "seed": int(seed), "no_repair": True})

    def _target(self, y: Any, name: str) -> Target:
        raise NotImplementedError

    def _cells(self, y: Any, target: Target) -> np.ndarray:
        raise NotImplementedError

    @in_words_of_python()
    def _fit(self, X: Any, y: Any, validation_data: tuple[Any, Any] | None) -> Self:
        clock, settings = Clock(), self._settings()
        if y is None:
            raise DataError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        features = self._training_table(X, settings)
        target = self._target(y, target_name(y, features))
        table = with_target(features, target, self._cells(y, target))
        valid = None
        if validation_data is not None:
            rows = conform(open_table(self._columns(validation_data[0])), features.schema, missing=settings.missing)
            valid = with_target(rows, target, self._cells(validation_data[1], target))
        loaded = loaded_with(table, target, valid)
        begun = follow(begin(loaded, settings, clock, seal=False))
        # where they may be in an ensemble they are fitted now, else when the evaluation is asked for
        baselines = follow(fit_baselines(begun)) if may_join(settings) else []
        proposed = follow(treat(begun, follow(train_plans(begun)), baselines))
        self.findings_: tuple[Finding, ...] = (*begun.findings, *proposed.findings)
        searched = follow(search(begun, proposed.candidates, None, proposed.findings))
        candidates = searched.candidates
        distilled = follow(distil(begun, candidates, baselines))
        chosen = choose(begun, candidates, baselines) if distilled is None else distilled.chosen
        candidates = candidates if distilled is None else (*candidates, distilled.student)
        self.plan_: Plan = chosen.plan.plan
        self.curves_: Curves = chosen.plan.trained.judged.curves
        conformal = calibration(target.task, begun.split, begun.truth, chosen.nested.outer)
        development = begun.split.development
        self.model_ = Mixture.of(chosen.blend, candidates, baselines, development, target, conformal)
        self._fitted = _Fitted(begun, proposed, searched, baselines, distilled)
        self._warn()
        return self

    def _warn(self) -> None:
        """A finding that would stop the command line does not stop an estimator."""
        for finding in self.findings_:
            if finding.severity == "stop":
                said = f"{finding.message}: the command line stops here; drop={list(finding.columns)} leaves it out"
                warnings.warn(said, UserWarning, stacklevel=3)
            elif finding.code == "not-finite" and finding.evidence["variant"] != "blown-up":
                warnings.warn(with_arguments(f"{finding.message}; {finding.advice}"), UserWarning, stacklevel=3)

    def _training_table(self, X: Any, settings: Settings) -> Table:
        """The features under their kinds; an array's columns are all numbers."""
        if has_columns(X):
            validate_data(self, X, skip_check_array=True)
            table = read_table(with_names(X), settings)
        else:
            table = read_table(self._array(X, reset=True), settings, arrays=True)
        return with_roles(table, settings)

    def _rows(self, X: Any) -> Table:
        """New rows under the columns of the fit."""
        check_is_fitted(self, "model_")
        return conform(open_table(self._columns(X)), self.model_.schema, missing=tuple(self.missing))

    def _columns(self, X: Any) -> Any:
        """New rows as columns with the names of the fit."""
        if has_columns(X):
            validate_data(self, X, skip_check_array=True, reset=False)
            return with_names(X)
        array = self._array(X, reset=False)
        return {f"c{number + 1}": array[:, number] for number in range(array.shape[1])}

    def _array(self, X: Any, *, reset: bool) -> np.ndarray:
        least = 2 if reset else 1
        checked = validate_data(
            self, X, reset=reset, dtype="numeric", ensure_all_finite="allow-nan", ensure_min_samples=least
        )
        return np.asarray(checked, dtype=np.float64)

    def explain(self, X: Any) -> pl.DataFrame:
        """Which columns moved each prediction away from that of the typical row of the fit, and by how much.

        Args:
            X: Rows as `predict` takes them.

        Returns:
            `row`, `prediction`, `p_<class>` for classes, `typical`, `why`, and `effect_<column>` for each feature; see
            `Predictor.explain`.
        """
        rows = self._rows(X)
        predictor = Predictor(self.model_)
        return predictor.explained(predictor.predict_table(rows), rows)[0]

    def _evaluated(self, name: str) -> Outcome:
        check_is_fitted(self, "model_")
        if "_fitted" not in self.__dict__:
            raise AttributeError(f"{name} needs the training data, which a stored estimator does not carry. Fit again.")
        return self._fitted.outcome()

    @property
    def metrics_(self) -> dict[str, Any]:
        """What `metrics.json` would hold; scores are out-of-fold and called validation."""
        return dict(self._evaluated("metrics_").record.metrics)

    @property
    def report_(self) -> str:
        """The report as one HTML page; scores are out-of-fold and called validation."""
        return render_report(self._evaluated("report_").record)


class Regressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A network for numbers, by scikit-learn's contract. It seals no rows: the caller holds the test.

    Parameters carry the names of the flags of `netwright train`; `random_state` is its `--seed`.

    Attributes:
        model_: The mixture that predicts.
        plan_: The plan that would be chosen alone; of an ensemble one part.
        curves_: Learning curves of its members.
        findings_: What the audit noticed.
        metrics_: Out-of-fold scores, baselines and verdict, made when first asked for.
        report_: The report as one HTML page, made when first asked for.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
        >>> model = Regressor(preset="quick", epochs=5, random_state=0).fit(X, y)
        >>> model.predict(X.head(3)).shape
        (3,)
    """

    def fit(self, X: Any, y: Any, validation_data: tuple[Any, Any] | None = None) -> Self:
        """Train.

        Args:
            X: Features: a data frame (columns of any kind) or an array of numbers; NaN is missing.
            y: The numbers to be predicted; (n_samples,).
            validation_data: (X, y) that choose the epoch, in place of folds.

        Raises:
            UserError: The data or a parameter cannot be used.
        """
        return self._fit(X, y, validation_data)

    def _target(self, y: Any, name: str) -> Target:
        return Target(name, "regression")

    def _cells(self, y: Any, target: Target) -> np.ndarray:
        checked = check_array(column_or_1d(y, warn=True), ensure_2d=False, dtype=np.float64, input_name="y")
        return np.asarray(checked)

    def predict(self, X: Any) -> np.ndarray:
        """Predicted numbers; (n_samples,)."""
        rows = self._rows(X)
        return self.model_.predict(rows)

    @in_words_of_python()
    def predict_interval(self, X: Any, interval: float = 0.9) -> np.ndarray:
        """Ends between which the true number of a new row lies with a chance of about `interval`.

        That holds on average over rows that are drawn like those of the fit; not for each row or group of rows.

        Args:
            X: As for `predict`.
            interval: The share, in (0, 1).

        Returns:
            Lower and upper end, the prediction between them; (n_samples, 2). Infinite where the fit had too few rows.
        """
        rows = self._rows(X)
        lower, upper = conformal_of(self.model_, interval).interval(self.model_.predict(rows), interval)
        return np.stack([lower, upper], axis=1)


class Classifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A network for classes, by scikit-learn's contract. It seals no rows: the caller holds the test.

    Parameters carry the names of the flags of `netwright train`; `random_state` is its `--seed`.

    Attributes:
        classes_: The labels, in the order of the columns of `predict_proba`.
        model_: The mixture that predicts.
        plan_: The plan that would be chosen alone; of an ensemble one part.
        curves_: Learning curves of its members.
        findings_: What the audit noticed.
        metrics_: Out-of-fold scores, baselines and verdict, made when first asked for.
        report_: The report as one HTML page, made when first asked for.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = Classifier(preset="quick", epochs=5, random_state=0).fit(X, y)
        >>> model.predict_proba(X[:3]).shape
        (3, 3)
    """

    _kind = "classes"

    def fit(self, X: Any, y: Any, validation_data: tuple[Any, Any] | None = None) -> Self:
        """Train.

        Args:
            X: Features: a data frame (columns of any kind) or an array of numbers; NaN is missing.
            y: The classes; (n_samples,).
            validation_data: (X, y) that choose the epoch, in place of folds.

        Raises:
            UserError: The data or a parameter cannot be used.
        """
        return self._fit(X, y, validation_data)

    def _target(self, y: Any, name: str) -> Target:
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise DataError(f"y must hold at least two classes, got 1 class: {self.classes_[0]!r}.")
        labels = tuple(str(label) for label in self.classes_)
        return Target(name, "binary" if len(labels) == 2 else "multiclass", labels)

    def _cells(self, y: Any, target: Target) -> np.ndarray:
        return np.array([str(label) for label in column_or_1d(y, warn=True)], dtype=object)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class; (n_samples, n_classes)."""
        rows = self._rows(X)
        return self.model_.predict(rows)

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class, or of two the positive one from the chosen threshold on; (n_samples,)."""
        probabilities = self.predict_proba(X)  # first: it complains where there is no fit
        return np.asarray(self.classes_[self.model_.chosen(probabilities)])

    @in_words_of_python()
    def predict_set(self, X: Any, interval: float = 0.9) -> np.ndarray:
        """Classes among which the true one of a new row is with a chance of about `interval`.

        That holds on average over rows that are drawn like those of the fit; not for each row, class or group of rows.

        Args:
            X: As for `predict`.
            interval: The share, in (0, 1).

        Returns:
            Whether each of `classes_` is in the set, the predicted one always; bool, (n_samples, n_classes).
        """
        rows = self._rows(X)
        predicted = self.model_.predict(rows)
        return conformal_of(self.model_, interval).sets(predicted, interval, self.model_.chosen(predicted))
