"""Whether what ships beside the parts of a model fits it: each kind of model has its own."""

from __future__ import annotations

from collections.abc import Callable

from netwright.models.family import PREDICT, purpose_of
from netwright.training import anomalies
from netwright.training.mixture import Mixture

#: By what the families of a model are for: the name of what it must come with, and what reads it.
_NEEDED: dict[str, tuple[str, Callable[[Mixture], object]]] = {
    "reconstruct": (anomalies.NAME, anomalies.anomalies_of),
}


def check_attachments(model: Mixture) -> None:
    """Read what a model must come with, and refuse what belongs to another kind.

    Args:
        model: Just loaded.

    Raises:
        ValueError: It is absent, does not fit, or is that of another kind.
    """
    own = {purpose_of(part.plan.family) for part in model.networks} or {PREDICT}
    needed = [_NEEDED[purpose] for purpose in sorted(own) if purpose in _NEEDED]
    for _, read in needed:
        read(model)
    known = {name for name, _ in _NEEDED.values()}
    names = {name for name, _ in needed}
    for one in model.attachments:
        if one.name in known - names:
            raise ValueError(f"{one.name!r} belongs to a model of another kind")
