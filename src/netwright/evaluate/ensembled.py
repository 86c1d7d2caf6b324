"""What an ensemble is made of, and what it adds, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netwright.base.figures import count, figure
from netwright.evaluate.metrics import Metric
from netwright.evaluate.verdict import more_or_less

_BASELINES = {"trees": "boosted trees", "linear": "a linear model"}


def parts_in_words(parts: Sequence[Mapping[str, Any]]) -> str:
    """The parts with what they count, the heaviest first.

    Args:
        parts: As `metrics.json` holds them.

    Example:
        >>> trees = {"name": "trees", "kind": "baseline", "weight": 0.4}
        >>> parts_in_words([{"name": "realmlp", "kind": "network", "weight": 0.6}, trees])
        'realmlp 60 %, boosted trees 40 %'
    """
    names = [
        _BASELINES.get(str(p["name"]), str(p["name"])) if p["kind"] == "baseline" else str(p["name"]) for p in parts
    ]
    return ", ".join(f"{name} {100 * part['weight']:.0f} %" for name, part in zip(names, parts, strict=True))


def ensemble_sentence(parts: Sequence[Mapping[str, Any]], over: str, gain: float) -> str:
    """What ships where it is more than one plan, and what that adds on validation rows.

    Args:
        parts: As `metrics.json` holds them.
        over: `networks` where baselines are among the parts, `plan` where they are not.
        gain: Share of the error of the networks alone, or of the best single plan, that it saves.

    Example:
        >>> network = {"name": "mlp", "kind": "network", "weight": 0.5}
        >>> ensemble_sentence([network, {**network, "name": "realmlp"}], "plan", 0.07)
        'What ships is an ensemble of 2 network plans: 7 % less error on validation rows than the best plan alone.'
        >>> trees = {"name": "trees", "kind": "baseline", "weight": 0.5}
        >>> ensemble_sentence([network, trees], "networks", -0.02).split(": ")[0]
        'What ships is an ensemble of networks and boosted trees'
    """
    others = [_BASELINES.get(str(part["name"]), str(part["name"])) for part in parts if part["kind"] == "baseline"]
    networks = sum(part["kind"] == "network" for part in parts)
    made = f"{networks} network plans" if not others else f"{', '.join(['networks', *others[:-1]])} and {others[-1]}"
    beside = "the networks alone" if over == "networks" else "the best plan alone"
    # what all folds together chose had clearly less error there; this figure pays for that choice
    why = "" if gain > 0 else " It was chosen for less on all folds; this is of choices in which a row had no say."
    return f"What ships is an ensemble of {made}: {more_or_less(gain)} error on validation rows than {beside}.{why}"


def distilled_sentence(told: Mapping[str, Any], metric: Metric) -> str:
    """What ships where a single plan has learned from an ensemble, and what that costs and saves.

    Args:
        told: `distilled` of `metrics.json`.
        metric: What the run is judged by.

    Example:
        >>> from netwright.evaluate.metrics import METRICS
        >>> told = {"teacher": {"validation": {"rmse": 3.0}}, "student": {"validation": {"rmse": 3.3}}, "members": 5}
        >>> told |= {"family": "realmlp", "taught_by": [{"name": "trees", "kind": "baseline", "weight": 1.0}]}
        >>> told |= {"parameters": [9000, 450], "ms_per_row": [0.4, 0.02], "one_part": False}
        >>> for part in distilled_sentence(told, METRICS["rmse"]).split("; "):
        ...     print(part)
        What ships is one realmlp plan (5 networks) that learned from an ensemble (boosted trees 100 %)
        RMSE on validation rows 3.30 for 3.00 of its teacher
        450 parameters for 9,000, 0.02 ms a row for 0.4.
    """
    taught_by = parts_in_words(told["taught_by"])
    said = [
        f"What ships is one {told['family']} plan ({count(told['members'], 'network')}) that learned from an ensemble "
        f"({taught_by})"
    ]
    scores = [
        f"{metric.label} on {rows} rows {figure(own)} for {figure(teacher)} of its teacher"
        for rows in ("validation", "test")
        if rows in told["teacher"]
        for own, teacher in [(told["student"][rows][metric.name], told["teacher"][rows][metric.name])]
        if own is not None and teacher is not None
    ]
    costs = f"{told['parameters'][1]:,} parameters for {told['parameters'][0]:,}"
    before, after = told["ms_per_row"]
    if before is not None and after is not None:
        costs += f", {after:g} ms a row for {before:g}"
    doubt = " The validation rows that judge it have chosen the weights of its teacher." if told["one_part"] else ""
    return "; ".join([*said, *scores, costs]) + "." + doubt
