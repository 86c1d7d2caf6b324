"""Names and phrases that several sections of the report share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from netwright.base.figures import count
from netwright.base.plan import Plan
from netwright.base.record import Predictions, RunRecord
from netwright.evaluate.metrics import METRICS, Metric, of_scaled_series
from netwright.evaluate.series_metrics import forecasts_in_words

#: Baselines as people read them; the terminal says the same.
BASELINES = {
    "trees": "boosted trees",
    "independent": "columns drawn one by one",
    "copula": "Gaussian copula",
    "pixels": "pixels drawn one by one",
    "pixel_copula": "Gaussian copula of pixels",
    "linear": "linear",
    "constant": "constant",
    "pca": "principal components",
    "last_value": "last value",
    "seasonal_naive": "seasonal naive",
    "window_mean": "mean of the window",
}

#: What a metric means, for who does not know it.
MEANINGS = {
    "rmse": "root of the mean squared error, in units of the target",
    "mae": "mean size of an error, in units of the target",
    "r2": "share of the target's spread that is explained",
    "mase": "mean size of an error, as a multiple of that of the seasonal naive forecast on the early part",
    "smape": "mean size of an error in percent of truth and forecast together, 0 to 200",
    "log_loss": "cost of the probability given to what happened",
    "accuracy": "share of rows whose class is right",
    "balanced_accuracy": "share of a class that is right, the mean over classes",
    "f1_macro": "balance of precision and recall, every class counting alike",
    "roc_auc": "chance that a row of the class is ranked above another",
    "kernel_score": "how far made pictures spread unlike real ones, by the distances of pairs; the least is not 0",
    "row_log_loss": "how unlikely real rows are among made ones, by a kernel density",
    "reconstruction_error": "how far rows are off when they are given back; 1 is knowing only the mean of each column",
}

#: Losses as courses call them, with what they are measured on.
LOSSES = {
    "mse": "mean squared error of the scaled target",
    "mae": "mean absolute error of the scaled target",
    "huber": "Huber loss of the scaled target",
    "cross_entropy": "cross-entropy",
    "own": "cost of giving rows back; 1 is knowing only means",
}

#: Of families that learn without a target, what the curves show where that is no cost of giving rows back.
_OWN_LOSSES = {
    "gan": "log-loss of rows: how unlikely real rows are among made ones (critic and generator have a chart of their "
    "own)",
    "vae": "negative lower bound of the log-likelihood of rows",
}


#: ... and what is trained on, where that is something else.
_OBJECTIVES = {"gan": "scores of the critic: it is to tell real rows from made ones, the generator to deceive it"}


def objective_in_words(plan: Plan) -> str:
    """What a plan is trained on.

    Args:
        plan: It.
    """
    return _OBJECTIVES.get(plan.family, loss_in_words(plan)) if plan.loss == "own" else loss_in_words(plan)


def loss_in_words(plan: Plan) -> str:
    """What the curves of a plan measure.

    Args:
        plan: It.

    Example:
        >>> loss_in_words(Plan("p", "vae", {}, loss="own"))
        'negative lower bound of the log-likelihood of rows'
    """
    if plan.loss == "own" and plan.family in _OWN_LOSSES:
        return _OWN_LOSSES[plan.family]
    return LOSSES.get(plan.loss, plan.loss)


@dataclass(frozen=True)
class Judged:
    """The rows by which the run is judged.

    Args:
        name: `test`, or `validation` where the caller keeps the test.
        rows: Those rows in words, with their number.
        predictions: What was predicted for them.
    """

    name: Literal["test", "validation"]
    rows: str
    predictions: Predictions


def judged_rows(record: RunRecord) -> Judged:
    """The sealed test rows, or the validation rows where no rows were sealed."""
    if "series" in record.metrics:
        return _judged_forecasts(record)
    if "test" in record.metrics and record.test is not None:
        return Judged("test", f"{len(record.test.rows):,} sealed test {_rows(record.test)}", record.test)
    own = record.validation
    return Judged("validation", f"{len(own.rows):,} validation {_rows(own)}", own)


def _judged_forecasts(record: RunRecord) -> Judged:
    metrics, own = record.metrics, record.validation
    if "test" in metrics and record.test is not None:
        said = forecasts_in_words(metrics["n_test"], len(record.test.rows))
        return Judged("test", f"sealed test {said}", record.test)
    said = forecasts_in_words(metrics["series"]["origins_validated"], len(own.rows))
    return Judged("validation", f"validation {said}", own)


def _rows(predictions: Predictions) -> str:
    return "row" if len(predictions.rows) == 1 else "rows"


def metric_of(record: RunRecord) -> Metric:
    """The metric that the run is judged by."""
    return METRICS[record.metrics["metric"]]


def metric_of_choice(record: RunRecord) -> Metric:
    """The same as what was compared during the run: of many series in units of the scale of each."""
    metric = metric_of(record)
    return of_scaled_series(metric) if record.metrics.get("series", {}).get("scaled") else metric


def with_baselines(record: RunRecord) -> bool:
    """Whether what ships has parts that are no networks."""
    return any(part["kind"] == "baseline" for part in record.metrics["model"]["parts"])


def ships(record: RunRecord) -> str:
    """What ships, in a word."""
    return "ensemble" if len(record.metrics["model"]["parts"]) > 1 else "network"


def what_predicts(record: RunRecord) -> str:
    """What is looked at where its predictions are: a network only where nothing else is in it."""
    return "model" if with_baselines(record) else "network"


def direction(metric: Metric) -> str:
    """Which way is better."""
    return "more is better" if metric.greater_is_better else "less is better"


def in_units(record: RunRecord, metric: Metric) -> str:
    """The metric with its unit where it has one: `RMSE [1,000 dollars]`, `RMSE, in units of price`, `accuracy`."""
    if metric.name not in ("rmse", "mae") or metric.label != METRICS[metric.name].label:  # or of scaled series
        return metric.label
    unit = target_unit(record)
    return f"{metric.label} [{unit}]" if unit else f"{metric.label}, in units of {record.target}"


def target_unit(record: RunRecord) -> str:
    """Unit of the target, empty where unknown."""
    return record.schema[record.target].unit if record.target in record.schema else ""


def with_unit(record: RunRecord, what: str) -> str:
    """`true price [dollars]`: what is on an axis in the units of the target."""
    unit = target_unit(record)
    return f"{what} {record.target} [{unit}]" if unit else f"{what} {record.target}"


def sentence(text: str) -> str:
    """A phrase with a full stop.

    Example:
        >>> sentence("it generalises"), sentence("It does."), sentence("")
        ('it generalises.', 'It does.', '')
    """
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def capital(text: str) -> str:
    """A phrase with its first letter large, the others as they are.

    Example:
        >>> capital("log-loss of ABC"), capital("")
        ('Log-loss of ABC', '')
    """
    return text[:1].upper() + text[1:]


def networks(number: int) -> str:
    """`1 network`, `10 networks`."""
    return count(number, "network")
