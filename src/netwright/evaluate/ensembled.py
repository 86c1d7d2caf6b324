"""What an ensemble is made of, and what it adds, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
    return f"What ships is an ensemble of {made}: {more_or_less(gain)} error on validation rows than {beside}."
