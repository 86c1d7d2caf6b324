"""What the search did: the best score over time, and which choices of plans mattered."""

from __future__ import annotations

from typing import Any

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.words import metric_of_choice

#: Choices as courses call them.
_CHOICES = {
    "family": "family of networks",
    "form": "shape of the layers",
    "forgetting": "1 - beta2 of Adam",
    "sigma": "sigma of the embeddings",
    "k": "submodels",
    "n_bins": "bins of the embeddings",
    "d_embedding": "width of the embeddings",
    "scale": "scaling of numbers",
    "onehot_limit": "one-hot limit",
    "components": "principal components",
    "select": "columns left out",
    "embedding": "width of category vectors",
}


def search_part(record: RunRecord) -> dict[str, Any]:
    """Sentences and charts of the search; nothing where there was none."""
    told = record.search
    if told is None:
        return {"search": None, "charts": []}
    rounds, metric = told["rounds"], metric_of_choice(record)
    n_plans, pruned = sum(one["plans"] for one in rounds), sum(one["pruned"] for one in rounds)
    first, last = rounds[0], rounds[-1]
    said = (
        f"The search tried {count(n_plans, 'plan')} in {count(len(rounds) - 1, 'round')}; "
        f"it ended because {told['why_it_ended']}. "
        + (f"{count(pruned, 'plan')} far behind the best were given up before their end. " if pruned else "")
        + f"The best plan before it had a validation {metric.label} of {_figure(first['score'])}, after it "
        f"{_figure(last['score'])} ({last['best']})."
    )
    charts = [_best_over_time(record, told)]
    if told["importance"]:
        charts.append(_importance(told["importance"]))
    return {"search": said, "charts": charts}


def _figure(value: float | None) -> str:
    return "none" if value is None else figure(value)


def _best_over_time(record: RunRecord, told: Any) -> dict[str, Any]:
    metric, rounds = metric_of_choice(record), told["rounds"]
    better = "higher" if metric.greater_is_better else "lower"
    points = [
        {
            "at": drawn(seconds),
            "score": drawn(one["score"]),
            "together": drawn(one["together"]),
            "text": f"round {one['number']}: {count(one['plans'], 'plan')}" if one["number"] else "before the search",
        }
        for one, seconds in zip(rounds, told["seconds"], strict=True)
    ]
    return chart(
        "best-over-time",
        "best",
        f"Best validation {metric.label} over time",
        reading=(
            "Each point is the end of a round. Where both lines are flat, more time would hardly have helped. The best "
            f"plans together are a plain mean, chosen on the rows that score it: they show when to stop, {better} is "
            "better, and are no estimate for new rows."
        ),
        alt=(
            f"The best plan went from {_figure(rounds[0]['score'])} to {_figure(rounds[-1]['score'])} in "
            f"{count(len(rounds) - 1, 'round')}."
        ),
        data={"points": points, "axis": f"validation {metric.label}"},
        height=300,
    )


def _importance(shares: dict[str, float]) -> dict[str, Any]:
    rows = [
        {
            "label": _CHOICES.get(name, name.replace("_", " ")),
            "value": drawn(100 * share),
            "text": f"{100 * share:.0f} %",
            "strong": True,
        }
        for name, share in shares.items()
    ]
    told = ", ".join(f"{row['label']} {row['text']}" for row in rows[:5])
    return chart(
        "choices",
        "bars",
        "Which choices mattered for the validation score",
        reading=(
            "A forest learns from what was tried how well a plan does. The bar is how much worse it foretells plans "
            "that it has not seen when one choice is shuffled, as a share of all. A long bar is a choice worth tuning; "
            "a short one may be left as it is. It holds for the ranges that were searched on these data."
        ),
        alt=f"Most important: {told}.",
        data={"rows": rows, "axis": "share of what can be foretold, %", "colour": "validation", "side": ""},
        height=60 + 30 * len(rows),
    )
