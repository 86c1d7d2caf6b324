"""The page of a learning-rate range test: loss against rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.base.figures import count, figure
from netwright.base.plan import Plan
from netwright.deliver.report.chart import chart, drawn, drawn_all
from netwright.deliver.report.words import capital, loss_in_words, sentence
from netwright.tune.rate_range import SEEDS, RateRange, unlearning

#: The part of the page's script that draws it.
RATES_SCRIPT = ("rates.js",)
#: Losses so many times the fall above the untrained network's leave the picture.
_ROOM = 0.35


def rates_page(
    found: RateRange, plan: Plan, source: str, target: str, rows: tuple[int, int], said: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """What the page shows, as `report_data` gives it for a run.

    Args:
        found: The range test.
        plan: The plan whose learning rate was tested.
        source: Name of the data.
        target: What is predicted.
        rows: Train rows and validation rows.
        said: What the test says: a name and a sentence each.
    """
    section = {
        "id": "rates",
        "title": "Learning-rate range test",
        "template": "rates.html.j2",
        "suggested": "" if found.suggested is None else f"--learning-rate {found.suggested:g}",
        "said": [(name, text) for name, text in said if name != "suggested"],
        "charts": [_chart(found, plan)],
        "rows": [
            {
                "rate": f"{rate:g}",
                "valid": figure(float(valid)),
                "train": figure(float(train)),
                "noise": figure(float(noise)) if np.isfinite(noise) else "-",
                "main": rate == found.suggested,
            }
            for rate, valid, train, noise in zip(
                found.rates, found.valid_loss, found.train_loss, found.noise, strict=True
            )
        ],
        "start": figure(found.start),
    }
    facts = [
        plan.name,
        f"{count(rows[0], 'train row')}",
        f"{count(rows[1], 'validation row')}",
        f"{found.steps:,} steps",
    ]
    return {
        "target": target,
        "source": source,
        "lead": "learning rates for networks that predict it from",
        "facts": facts,
        "sections": [section],
    }


def _chart(found: RateRange, plan: Plan) -> dict[str, Any]:
    finite = found.valid_loss[np.isfinite(found.valid_loss)]
    low = float(min(finite.min(), found.start)) if len(finite) else found.start
    top = found.start + _ROOM * max(found.start - low, 1e-12)
    beyond = [rate for rate, loss in zip(found.rates, found.valid_loss, strict=True) if not loss <= top]
    inside = np.where(found.valid_loss <= top, found.valid_loss, np.nan)
    beyond_it = capital(sentence(unlearning(found)))
    return chart(
        "rates",
        "rates",
        f"Validation loss after {found.steps:,} steps at each learning rate",
        reading=(
            f"Each point is the mean of {SEEDS} networks that were trained at that rate alone, from the same first "
            "weights on the same batches; the band is their standard error against the best rate. Left of the valley "
            "steps are too small to get anywhere in so few of them, right of it they overshoot; crosses at the top "
            "have left the picture or are no finite number. The dashed line is the untrained network."
        ),
        alt=(
            f"At no rate does the loss fall from {figure(found.start)}, untrained, beyond noise."
            if found.suggested is None
            else f"Loss falls from {figure(found.start)} untrained to {figure(float(np.min(found.valid_loss)))} at "
            f"rate {found.suggested:g}, which is suggested. {beyond_it}".rstrip()
        ),
        data={
            "rates": list(found.rates),
            "valid": drawn_all(inside),
            "train": drawn_all(np.where(found.train_loss <= top, found.train_loss, np.nan)),
            "low": drawn_all(inside - found.noise),
            "high": drawn_all(np.minimum(inside + found.noise, top)),
            "beyond": beyond,
            "top": drawn(top),
            "start": drawn(found.start),
            "suggested": found.suggested,
            "axis": f"validation loss: {loss_in_words(plan)}",
        },
        height=420,
        wide=True,
    )
