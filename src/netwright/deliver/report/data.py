"""The report as plain values: every section's figures, texts and charts, before any HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netwright.base.figures import count
from netwright.base.record import RunRecord
from netwright.deliver.report.data_classes import classes_section
from netwright.deliver.report.data_columns import columns_section
from netwright.deliver.report.data_curves import curves_section
from netwright.deliver.report.data_forecast import forecast_section
from netwright.deliver.report.data_importance import importance_section
from netwright.deliver.report.data_made import made_section
from netwright.deliver.report.data_new_pictures import new_pictures_section
from netwright.deliver.report.data_new_rows import new_rows_section
from netwright.deliver.report.data_pictures import pictures_section
from netwright.deliver.report.data_regression import regression_section
from netwright.deliver.report.data_tried import tried_section
from netwright.deliver.report.data_unlabelled import unlabelled_section
from netwright.deliver.report.data_verdict import verdict_section

#: Title of a further section and what makes it, by the name of its entry in `RunRecord.more` and of its template.
FURTHER: dict[str, tuple[str, Callable[[RunRecord], dict[str, Any]]]] = {
    "new_rows": ("New rows", new_rows_section),
    "new_pictures": ("New pictures", new_pictures_section),
    "unlabelled": ("What stands out", unlabelled_section),
    "pictures": ("The pictures", pictures_section),
    "forecast": ("Forecast", forecast_section),
}


def report_data(record: RunRecord, command: str = "") -> dict[str, Any]:
    """Everything that the page shows, JSON-able.

    Each section has an `id`, a `title`, the name of its `template`, its `charts`, and what its template reads.

    Args:
        record: A finished run.
        command: The command line that repeats it, or empty.
    """
    labelled = record.task != "unsupervised"
    return {
        "target": record.target if labelled else record.source.stem,
        "source": record.source.name,
        "lead": "predicted from" if labelled else "learned without a target from",
        "facts": _facts_in_a_line(record),
        "sections": [
            _section("verdict", "Verdict", "verdict", verdict_section(record)),
            _section("curves", "Learning curves", "curves", curves_section(record)),
            *(_of_a_target(record) if labelled else []),
            *_further(record),
            *(
                [_section("importance", "What it looks at", "importance", importance_section(record))]
                if labelled
                else []
            ),
            _section("data", "The data", "columns", columns_section(record)),
            _section("tried", "What was tried", "tried", tried_section(record)),
            _section("made", "How it was made", "made", made_section(record, command)),
        ],
    }


def _of_a_target(record: RunRecord) -> list[dict[str, Any]]:
    """How good predictions are."""
    regression = record.task == "regression"
    quality = regression_section(record) if regression else classes_section(record)
    return [_section("quality", "How good", "regression" if regression else "classes", quality)]


def _further(record: RunRecord) -> list[dict[str, Any]]:
    """Sections that only some kinds of data have, by what the record holds for them."""
    return [
        _section(name, title, name, section(record))
        for name, (title, section) in FURTHER.items()
        if name in record.more
    ]


def _section(name: str, title: str, template: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "title": title, "template": f"{template}.html.j2", "charts": [], **content}


def _facts_in_a_line(record: RunRecord) -> list[str]:
    task = f"{record.task}, {len(record.classes)} classes" if record.classes else record.task
    size = [count(int(record.facts["data"]["rows"]), "row"), count(len(record.schema.features), "feature")]
    if series := record.metrics.get("series"):
        n_origins = int(record.facts["data"]["rows"]) - int(record.facts["data"]["rows_without_target"])
        size = [count(series["rows"], "row"), count(series["columns"], "column of numbers", "columns of numbers")]
        size.append(f"forecasts of {count(series['horizon'], 'step')} from {count(n_origins, 'origin')}")
    return [
        task,
        *size,
        str(record.facts["finished_at"])[:10],
    ]


def charts_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's script draws, by the id of the chart.

    Args:
        data: As `report_data` gives it.
    """
    return {
        chart["id"]: {"kind": chart["kind"], **chart["data"]}
        for section in data["sections"]
        for chart in section["charts"]
        if chart["data"] is not None
    }
