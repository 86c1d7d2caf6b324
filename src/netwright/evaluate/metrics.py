"""How predictions are judged: one entry a metric.

Predictions are values (n_rows,) for regression and probabilities (n_rows, n_classes) for classes. Truth is values, or
class numbers; the number -1 is a class that the model does not know, and counts as wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from netwright.base.errors import PlanError
from netwright.base.plan import Task
from netwright.evaluate.mixing import chosen_classes

#: A probability of zero for what happened would cost infinitely much.
_SMALLEST_PROBABILITY = 1e-15


@dataclass(frozen=True)
class Metric:
    """One way to judge.

    Args:
        name: As `--metric` and `metrics.json` write it.
        label: As people read it.
        tasks: The tasks it fits.
        greater_is_better: False for errors.
        score: (truth, prediction) -> number; NaN where it is not defined.
        of_names: Whether it looks at the class that is named, not at its probability.
    """

    name: str
    label: str
    tasks: tuple[Task, ...]
    greater_is_better: bool
    score: Callable[[np.ndarray, np.ndarray], float]
    of_names: bool = False

    def error(self, score: float) -> float:
        """The score turned so that less is better; of those that end at 1 what is missing to it.

        Example:
            >>> METRICS["accuracy"].error(0.75), METRICS["rmse"].error(2.5)
            (0.25, 2.5)
        """
        return 1 - score if self.greater_is_better else score

    def of_error(self, error: float) -> float:
        """The score that has this error."""
        return self.error(error)  # turning it twice gives it back


def _own_error(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Without a target the prediction is how far off each row is."""
    return float(np.mean(prediction))


def _undefined(truth: np.ndarray, prediction: np.ndarray) -> float:
    """What truth and prediction alone do not tell."""
    return float("nan")


def _rmse(truth: np.ndarray, prediction: np.ndarray) -> float:
    return float(np.sqrt(np.mean((truth - prediction) ** 2)))


def _mae(truth: np.ndarray, prediction: np.ndarray) -> float:
    return float(np.mean(np.abs(truth - prediction)))


def _r2(truth: np.ndarray, prediction: np.ndarray) -> float:
    spread = float(np.sum((truth - truth.mean()) ** 2))
    return 1 - float(np.sum((truth - prediction) ** 2)) / spread if spread > 0 else float("nan")


def _accuracy(truth: np.ndarray, prediction: np.ndarray) -> float:
    return float(np.mean(prediction.argmax(axis=1) == truth))


def _balanced_accuracy(truth: np.ndarray, prediction: np.ndarray) -> float:
    right = prediction.argmax(axis=1) == truth
    return float(np.mean([right[truth == number].mean() for number in np.unique(truth)]))


def _f1_macro(truth: np.ndarray, prediction: np.ndarray) -> float:
    numbers, said = truth.astype(np.int64) + 1, prediction.argmax(axis=1) + 1  # an unknown class has the number -1
    n_labels = prediction.shape[1] + 1
    both = np.bincount(numbers, minlength=n_labels) + np.bincount(said, minlength=n_labels)
    right = np.bincount(said[said == numbers], minlength=n_labels)
    return float(np.mean(2 * right[both > 0] / both[both > 0]))


def _roc_auc(truth: np.ndarray, prediction: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    present = np.arange(prediction.shape[1])[np.isin(np.arange(prediction.shape[1]), truth)]
    if len(present) < 2 or not np.isfinite(prediction).all():  # a network that diverged ranks nothing
        return float("nan")
    if prediction.shape[1] == 2:
        return float(roc_auc_score(truth == 1, prediction[:, 1]))
    # one class against the rest, each class that occurs counting the same
    return float(np.mean([roc_auc_score(truth == number, prediction[:, number]) for number in present]))


def _log_loss(truth: np.ndarray, prediction: np.ndarray) -> float:
    return float(np.mean(row_errors("binary", truth, prediction)))


def weighted_log_loss(truth: np.ndarray, prediction: np.ndarray, class_weights: np.ndarray) -> float:
    """Log-loss whose rows count by their class; NaN where none counts.

    Args:
        truth: Class numbers, all of them known; (n_rows,).
        prediction: Probabilities; (n_rows, n_classes).
        class_weights: What a row of each class counts; (n_classes,).

    Example:
        >>> even = np.full((4, 2), 0.5)
        >>> round(weighted_log_loss(np.array([0, 0, 0, 1]), even, np.array([1.0, 3.0])), 4)
        0.6931
    """
    weights = class_weights[truth.astype(np.int64)]
    errors = row_errors("multiclass", truth, prediction)
    return float((weights * errors).sum() / weights.sum()) if weights.any() else float("nan")


def row_errors(task: Task, truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """The error of each row: squared for regression (of several steps their mean), log-loss for classes; (n_rows,)."""
    if task == "unsupervised":
        return prediction
    if task == "regression":
        errors = np.asarray((truth - prediction) ** 2)
        return errors if errors.ndim == 1 else np.asarray(errors.mean(axis=1))
    numbers = truth.astype(np.int64)
    known = numbers >= 0
    chosen = prediction[np.arange(len(numbers)), np.where(known, numbers, 0)]
    return np.asarray(-np.log(np.clip(np.where(known, chosen, 0.0), _SMALLEST_PROBABILITY, 1.0)))


_CLASSES: tuple[Task, ...] = ("binary", "multiclass")

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("rmse", "RMSE", ("regression",), False, _rmse),
        Metric("mae", "MAE", ("regression",), False, _mae),
        Metric("r2", "R2", ("regression",), True, _r2),
        # of forecasts, worked out with their series (`series_metrics.py`): no run is judged by them
        Metric("mase", "MASE", (), False, _undefined),
        Metric("smape", "sMAPE", (), False, _undefined),
        Metric("log_loss", "log-loss", _CLASSES, False, _log_loss),
        Metric("accuracy", "accuracy", _CLASSES, True, _accuracy, of_names=True),
        Metric("balanced_accuracy", "balanced accuracy", _CLASSES, True, _balanced_accuracy, of_names=True),
        Metric("f1_macro", "F1 (macro)", _CLASSES, True, _f1_macro, of_names=True),
        Metric("roc_auc", "ROC AUC", _CLASSES, True, _roc_auc),
        Metric("reconstruction_error", "reconstruction error", ("unsupervised",), False, _own_error),
        Metric("row_log_loss", "log-loss of rows", ("unsupervised",), False, _own_error),
        Metric("kernel_score", "kernel score", ("unsupervised",), False, _own_error),
    )
}

#: What families that learn without a target are judged by, by their purpose.
METRIC_OF_PURPOSE = {"reconstruct": "reconstruction_error", "make": "row_log_loss", "draw": "kernel_score"}

DEFAULT_METRIC: dict[Task, str] = {
    "regression": "rmse",
    "binary": "log_loss",
    "multiclass": "log_loss",
    "unsupervised": "reconstruction_error",
}


def of_scaled_series(metric: Metric, lang: str = "en") -> Metric:
    """The same with a label that says of what: where each of many series is divided by its own scale.

    Args:
        metric: It.
        lang: `en` or `ko`.

    Example:
        >>> of_scaled_series(METRICS["mae"]).label
        'MAE of scaled series'
    """
    return replace(
        metric, label=f"{metric.label}(척도로 나눈 계열)" if lang == "ko" else f"{metric.label} of scaled series"
    )


def choose_metric(name: str | None, task: Task, purpose: str = "predict") -> Metric:
    """The metric a run is judged by.

    Args:
        name: As the user wrote it; None leaves it to the task.
        task: What is predicted.
        purpose: What the families of the run are for; without a target it says the metric.

    Raises:
        PlanError: There is no such metric for this task.

    Example:
        >>> choose_metric(None, "binary").name
        'log_loss'
    """
    own = METRIC_OF_PURPOSE.get(purpose) if task == "unsupervised" else None
    fitting = [own] if own else [metric.name for metric in METRICS.values() if task in metric.tasks]
    chosen = name or own or DEFAULT_METRIC[task]
    if chosen not in fitting:
        raise PlanError(f"--metric must be one of {', '.join(fitting)} for {task}, got {chosen!r}.")
    return METRICS[chosen]


def chooses_epochs(metric: Metric) -> Metric:
    """What chooses the epoch whose weights are kept: log-loss where the metric looks at names.

    Where one class is rare, names are the same in every epoch but the first ones, in which chance names: an untrained
    network would be kept, and its probabilities fit neither those of the other folds nor a threshold.

    Args:
        metric: What the run is judged by.

    Example:
        >>> chooses_epochs(METRICS["f1_macro"]).name, chooses_epochs(METRICS["roc_auc"]).name
        ('log_loss', 'roc_auc')
    """
    return METRICS["log_loss"] if metric.of_names else metric


def judged_by(metric: Metric, prediction: np.ndarray, threshold: float | np.ndarray | None = None) -> np.ndarray:
    """What a metric is to look at: predictions, or the names that a threshold makes of them, as chances of 0 and 1.

    Args:
        metric: What judges.
        prediction: Values, or probabilities (n_rows, n_classes).
        threshold: As for `chosen_classes`; None leaves the names to the likeliest class.
    """
    if threshold is None or not metric.of_names:
        return prediction
    return np.asarray(np.eye(prediction.shape[1])[chosen_classes(prediction, threshold)])


def all_scores(
    task: Task, truth: np.ndarray, prediction: np.ndarray, threshold: float | np.ndarray | None = None
) -> Mapping[str, float]:
    """Every metric of the task by name.

    Args:
        task: What is predicted.
        truth: Values or class numbers; (n_rows,).
        prediction: Values (n_rows,) or probabilities (n_rows, n_classes).
        threshold: As for `chosen_classes`; metrics that look at names heed it.

    Example:
        >>> scores = all_scores("regression", np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
        >>> {name: round(score, 3) for name, score in scores.items()}
        {'rmse': 0.577, 'mae': 0.333, 'r2': 0.5}
    """
    return {
        name: metric.score(truth, judged_by(metric, prediction, threshold))
        for name, metric in METRICS.items()
        if task in metric.tasks
    }


def calibration_error(truth: np.ndarray, prediction: np.ndarray, n_bins: int = 10) -> float:
    """How far probabilities are from what happened: the mean distance over bins of equal width, weighted by rows.

    Of two classes that of the positive one, else that of the likeliest (Guo and others, ICML 2017).

    Args:
        truth: Class numbers; (n_rows,).
        prediction: Probabilities; (n_rows, n_classes).
        n_bins: Bins between 0 and 1.

    Example:
        >>> calibration_error(np.array([1, 1, 0, 0]), np.array([[0.2, 0.8]] * 4))
        0.3
    """
    binary = prediction.shape[1] == 2
    said = prediction[:, 1] if binary else prediction.max(axis=1)
    happened = truth == (1 if binary else prediction.argmax(axis=1))
    place = np.clip((said * n_bins).astype(np.int64), 0, n_bins - 1)
    gap = np.bincount(place, said - happened, minlength=n_bins)
    return round(float(np.abs(gap).sum() / len(said)), 12)
