"""Would more rows help: error by number of train rows, and where the curve goes on."""

from __future__ import annotations

from typing import Any

from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.words import in_units, metric_of


def rows_part(record: RunRecord) -> dict[str, Any] | None:
    """The sentence and the chart; None where parts of the rows were not tried."""
    found = record.metrics.get("more_rows")
    if found is None:
        return None
    metric = metric_of(record)
    unit = f"1 - {metric.label}" if metric.greater_is_better else in_units(record, metric)
    ends = [*found["sizes"], found["n_train"], 2 * found["n_train"]]
    line = dict(zip(ends, found["fitted"], strict=True))
    points = [[size, drawn(error)] for size, error in zip(found["sizes"], found["errors"], strict=True)]
    return {
        "sentence": found["sentence"],
        "chart": chart(
            "rows",
            "sizes",
            "Error by number of train rows",
            reading=(
                "Each point is a quick network trained on so many of the rows and judged on the same validation rows; "
                "the line is a power law through them, dashed where it goes beyond the rows that there are. A line "
                "that has become flat says that more rows of this kind would change little."
            ),
            alt=f"Error on validation rows at {', '.join(f'{size:,}' for size in found['sizes'])} train rows. "
            f"{found['sentence']}",
            data={
                "points": points,
                "line": [[size, drawn(error)] for size, error in sorted(line.items())],
                "now": found["n_train"],
                "x": "train rows",
                "y": f"error on validation rows: {unit}",
            },
        ),
    }
