"""The forecast, for a series: history, forecasts of the test, what comes next with its interval, error by step."""

from __future__ import annotations

from typing import Any

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn, drawn_all
from netwright.deliver.report.words import BASELINES, judged_rows, metric_of, ships, with_unit
from netwright.evaluate.metrics import METRICS

#: Baselines whose errors are drawn by step.
_DRAWN = ("last_value", "seasonal_naive", "linear", "trees")


def forecast_section(record: RunRecord) -> dict[str, Any]:
    """What comes next, and how good forecasts were at each step."""
    said, about = record.more["forecast"], record.metrics["series"]
    adaptive = record.metrics.get("adaptive")
    promise = (
        f"The interval is to hold {100 * said['level']:.0f} % of true values in the long run: its width follows how "
        "far off forecasts were lately (adaptive conformal prediction). Nothing is promised for a single step."
    )
    if adaptive:
        promise += (
            f" On the test it held {100 * adaptive['covered']:.0f} %, {figure(adaptive['width'])} wide on average."
        )
    n_series = f" of {count(about['n_series'], 'series', 'series')}" if about["n_series"] > 1 else ""
    season = f", a season is {about['season']:,} of them" if about["season"] > 1 else ""
    return {
        "lead": f"Each forecast{n_series} looks back on {count(about['past'], 'step')} and ahead on "
        f"{about['horizon']:,}; a step is {about['step']}{season}.",
        "promise": promise,
        "charts": [*(_line(record, number, own) for number, own in enumerate(said["series"])), _steps(record)],
    }


def _line(record: RunRecord, number: int, own: dict[str, Any]) -> dict[str, Any]:
    of = f", {own['name']}" if own["name"] else ""
    ends = f", from {figure(own['ahead'][0][1])} to {figure(own['ahead'][-1][1])}" if own["ahead"] else ""
    return chart(
        f"forecast-{number}",
        "forecast",
        f"{record.target}{of}: history and forecast",
        reading=(
            "The dark line is what happened. The other short lines are forecasts as they would have been made during "
            "the test, each from what was known at its start. The thick line goes on from the end, with its interval."
            if own["tested"]
            else "The dark line is what happened. The thick line goes on from its end, with its interval."
        ),
        alt=f"Line of {record.target}{of} with a forecast of {len(own['ahead'])} steps{ends}.",
        data={**own, "time": own["time"], "x": own["x"], "y": with_unit(record, "").strip()},
        height=400,
        wide=True,
    )


def _steps(record: RunRecord) -> dict[str, Any]:
    judged, metric = judged_rows(record), metric_of(record)
    metrics, name = record.metrics, metric.name if metric.name in ("mae", "rmse") else "mae"
    lines = [{"name": ships(record), "values": drawn_all(metrics[judged.name]["steps"][name]), "strong": True}]
    lines += [
        {
            "name": BASELINES[base],
            "values": [drawn(own) for own in metrics["baselines"][base]["steps"][name]],
            "strong": False,
        }
        for base in _DRAWN
        if base in metrics["baselines"]
    ]
    values = metrics[judged.name]["steps"][name]
    return chart(
        "forecast-steps",
        "steps",
        f"{METRICS[name].label} of each step ahead, {judged.name} rows",
        reading="How errors grow the further ahead a forecast looks. Where lines meet, the network is no better.",
        alt=f"Lines of the {METRICS[name].label} by steps ahead: {figure(values[0])} at the first, {figure(values[-1])} "
        "at the last.",
        data={"lines": lines, "y": with_unit(record, f"{METRICS[name].label} of")},
        height=340,
        wide=True,
    )
