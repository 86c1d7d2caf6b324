"""Learning curves: every member thin, their mean bold, the epoch that each was kept at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.base.curves import Curves
from netwright.base.figures import count, figure
from netwright.base.plan import Plan
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn, drawn_all
from netwright.deliver.report.data_diagnosis import diagnosis_part
from netwright.deliver.report.data_means import mean_curve
from netwright.deliver.report.data_signals import signal_charts
from netwright.deliver.report.thinning import spaced
from netwright.deliver.report.words import capital, loss_in_words, networks

#: More lines, or more points on a line, cannot be told apart.
MOST_MEMBERS, MOST_EPOCHS = 40, 240
#: From this ratio of the highest to the lowest loss on, a linear axis hides where the curves end.
_STEEP = 10.0
#: A network that diverged is drawn up to so many times the largest loss of the others, or the first of its own kind.
_AWAY = 10.0
_READING = (
    "Epoch 0 is the untrained network. Train and validation falling together is learning; validation rising while "
    "train falls is memorising."
)
_CUT_OFF = " The line of a network that diverged ends where it leaves the picture."
_ENDINGS = {
    "done": "trained to the end",
    "stopped": "stopped early for want of gain",
    "diverged": "diverged",
    "cut": "was cut short by the time limit",
    "pruned": "was given up in the search, far behind the best plans",
}


def curves_section(record: RunRecord) -> dict[str, Any]:
    """The second section: how training went."""
    curves, n_taken_back = without_what_was_taken_back(record)
    chosen = [index for index, member in enumerate(curves.members) if member.plan == record.plan]
    loss = loss_in_words(record.plan)
    shown = shown_members(chosen, len(curves.members))
    data = curve_lines(curves, chosen, shown)
    mean = data["mean"]
    ends = [next((value for value in reversed(mean[part]) if value is not None), None) for part in ("train", "valid")]
    diagnosis, signals = diagnosis_part(record), signal_charts(record)
    return {
        "seen": seen(curves, record.plan) + _not_drawn(n_taken_back),
        "diagnosis": diagnosis,
        "signals": signals,
        "charts": [
            chart(
                "curves",
                "curves",
                f"Loss on train and validation rows, epoch by epoch, of {_who(len(shown), len(curves.members))}",
                reading=f"{_lines(len(curves.members))} {_READING}{_CUT_OFF if 'diverged' in curves.status else ''}",
                alt=(
                    f"Learning curves of {networks(len(shown))} over {count(data['epochs'][-1], 'epoch')}; "
                    f"{_ending(ends[0], ends[1])}."
                ),
                data=data | {"axis": f"loss: {loss}"},
                height=420,
                wide=True,
            ),
            *diagnosis["pictures"],
            *signals,
        ],
    }


def without_what_was_taken_back(record: RunRecord) -> tuple[Curves, int]:
    """The curves without those of plans that the doctor tried in vain, and how many networks these had."""
    trials = [trial for finding in record.findings for trial in finding.evidence.get("remedies", ())]
    taken_back = {trial["plan_key"] for trial in trials if not trial["accepted"]}
    kept = [at for at, member in enumerate(record.curves.members) if member.plan.key not in taken_back]
    return record.curves.of(kept), len(record.curves.members) - len(kept)


def _not_drawn(n_networks: int) -> str:
    return f" {capital(networks(n_networks))} that were tried and taken back are drawn below." if n_networks else ""


def _ending(train: float | None, valid: float | None) -> str:
    if train is None or valid is None:
        return "every network diverged, so that there is no mean loss"
    return f"the mean loss ends at {figure(train)} on train rows and {figure(valid)} on validation rows"


def _lines(n_members: int) -> str:
    if n_members == 1:
        return "The dot marks the epoch whose weights were kept."
    return (
        "Thin lines are single networks, bold ones the mean of the chosen plan's (one that has stopped counts on with "
        "its last loss); dots mark the epoch whose weights each network kept."
    )


def _who(shown: int, of: int) -> str:
    return networks(of) if shown == of else f"{shown} of {networks(of)}"


def shown_members(chosen: Sequence[int], n_members: int) -> list[int]:
    """The members that are drawn: those of the chosen plan first, then others, at most `MOST_MEMBERS`.

    Example:
        >>> shown_members([2, 3], 4)
        [2, 3, 0, 1]
    """
    others = [index for index in range(n_members) if index not in set(chosen)]
    own = [chosen[place] for place in spaced(len(chosen), MOST_MEMBERS)] if chosen else []
    room = MOST_MEMBERS - len(own)
    return own + ([others[place] for place in spaced(len(others), room)] if others and room else [])


def curve_lines(curves: Curves, chosen: Sequence[int], shown: Sequence[int]) -> dict[str, Any]:
    """What is drawn, at the same epochs for all.

    Args:
        curves: Of all members.
        chosen: The members that the mean is taken over.
        shown: The members that get a line.
    """
    n_epochs = curves.train_loss.shape[1]
    train_loss, valid_loss = _within_the_picture(curves)
    best = [int(curves.best_epoch[index]) for index in shown]
    epochs = spaced(n_epochs, MOST_EPOCHS, keep=best)
    members = []
    for index, epoch in zip(shown, best, strict=True):
        loss = drawn(float(curves.valid_loss[index, epoch]))
        members.append(
            {
                "train": drawn_all(train_loss[index, epochs]),
                "valid": drawn_all(valid_loss[index, epochs]),
                "best": None if loss is None else [epoch, loss],
                "chosen": index in set(chosen),
                "status": curves.status[index],
            }
        )
    healthy = [index for index in chosen if curves.status[index] != "diverged"]
    mean = {
        "train": drawn_all(mean_curve(curves.train_loss[healthy])[epochs]),
        "valid": drawn_all(mean_curve(curves.valid_loss[healthy])[epochs]),
    }
    return {"epochs": epochs.tolist(), "members": members, "mean": mean, "steep": _is_steep(mean)}


def _within_the_picture(curves: Curves) -> tuple[np.ndarray, np.ndarray]:
    """Losses on train and validation rows, those of networks that diverged only as far as they can be drawn.

    On their way to infinity they pass 1e30, and nothing could be read on an axis that reaches so far.
    """
    both = np.stack([curves.train_loss, curves.valid_loss])
    diverged = np.array([status == "diverged" for status in curves.status], dtype=bool)
    others, first = both[:, ~diverged], both[:, :, 0]
    compared = others if np.isfinite(others).any() else first
    away = diverged[:, None] & (both > _AWAY * compared[np.isfinite(compared)].max(initial=0.0))
    train_loss, valid_loss = np.where(away, np.nan, both)
    return train_loss, valid_loss


def _is_steep(mean: dict[str, list[float | None]]) -> bool:
    values = [value for part in mean.values() for value in part if value is not None]
    return bool(values) and min(values) > 0 and max(values) / min(values) > _STEEP


def seen(curves: Curves, chosen: Plan) -> str:
    """What the curves show without any judgement: how many, how long, how they ended."""
    own = [index for index, member in enumerate(curves.members) if member.plan == chosen]
    if len(curves.members) == 1:
        at_most, best_one = count(chosen.epochs, "epoch"), int(curves.best_epoch[0])
        return f"1 network, at most {at_most}: best epoch {best_one}; it {_ENDINGS.get(curves.status[0], 'ended')}."
    text = networks(len(curves.members))
    n_plans = len({member.plan.key for member in curves.members})
    if n_plans > 1:
        text += f" of {n_plans} plans, {len(own)} of them of the chosen one"
    best = sorted(int(curves.best_epoch[index]) for index in own) or [0]
    kept = f"{best[0]}" if best[0] == best[-1] else f"{best[0]} to {best[-1]}"
    stopped, diverged = curves.status.count("stopped"), curves.status.count("diverged")
    early = f"{_how_many(stopped, len(curves.members))} stopped early for want of gain"
    lost = f"{_how_many(diverged, len(curves.members))} diverged"
    epochs = "best epoch" if best[0] == best[-1] else "best epochs"
    cut = curves.status.count("cut")
    late = f"; {_how_many(cut, len(curves.members))} cut short by the time limit" if cut else ""
    if n_plans > 1:
        return f"{text}: at most {count(chosen.epochs, 'epoch')}, {epochs} {kept}. Altogether {early}, {lost}{late}."
    return f"{text}, at most {count(chosen.epochs, 'epoch')} each: {epochs} {kept}; {early}, {lost}{late}."


def _how_many(part: int, whole: int) -> str:
    if part == 0:
        return "none"
    return str(part) if part < whole or whole == 1 else f"all {part}"
