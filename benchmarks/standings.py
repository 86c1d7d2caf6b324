"""Ranks, ratios and targets of `accuracy.py`, from the errors and seconds of every competitor; no fit is made here.

Strict: whoever needs more than the budget and a tenth has no result, and ranks last with whoever failed. Lenient: what
was reached counts, whenever it was. The targets are judged strictly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: Errors under it count as it: a log-loss of 0.00001 is not a hundred times better than one of 0.001.
FLOOR = 0.001
#: The budget is kept if the seconds are at most this share of it.
GRACE = 1.1
OURS, ALONE = "ours", "ours: networks alone"
#: Networks, of any tool; what others mix with trees is none.
NETWORKS = (ALONE, "RealMLP-TD", "TabM", "sklearn MLP")
#: What the targets ask for: tables times splits.
_ASKED = 17 * 3


@dataclass(frozen=True)
class Outcome:
    """What one competitor reached on one split of a table.

    Args:
        error: On the test rows; infinite where there is no result.
        seconds: Of the whole process.
        late: Whether they are more than the budget allows.
        why: Why there is no result.
    """

    error: float
    seconds: float
    late: bool = False
    why: str = ""

    def counted(self, strict: bool) -> float:
        """The error that counts.

        Example:
            >>> Outcome(2.0, 90, late=True).counted(strict=True), Outcome(2.0, 90, late=True).counted(strict=False)
            (inf, 2.0)
        """
        return math.inf if strict and self.late else max(self.error, FLOOR)


#: Outcomes of all competitors that were measured, by table and split.
Cells = Mapping[tuple[str, int], Mapping[str, Outcome]]


def late(seconds: float, budget: float) -> bool:
    """Whether a process took more than the budget and a tenth.

    Example:
        >>> late(65.9, 60), late(66.1, 60)
        (False, True)
    """
    return seconds > GRACE * budget


def shared(cells: Cells, names: Sequence[str]) -> dict[tuple[str, int], Mapping[str, Outcome]]:
    """The cells in which every one of these was measured."""
    return {key: cell for key, cell in cells.items() if all(name in cell for name in names)}


def ranks(errors: Mapping[str, float]) -> dict[str, float]:
    """1 for the least error; equal errors share the mean of their places.

    Example:
        >>> ranks({"a": 2.0, "b": 1.0, "c": math.inf, "d": math.inf})
        {'b': 1.0, 'a': 2.0, 'c': 3.5, 'd': 3.5}
    """
    order = sorted(errors.items(), key=lambda item: item[1])
    values = [error for _, error in order]
    return {name: values.index(error) + (values.count(error) + 1) / 2 for name, error in order}


def mean_ranks(cells: Cells, names: Sequence[str], strict: bool) -> dict[str, float]:
    """Mean rank of each over the cells that all share, the best first; empty where there is no such cell."""
    common = shared(cells, names)
    if not common:
        return {}
    own = [ranks({name: cell[name].counted(strict) for name in names}) for cell in common.values()]
    means = {name: sum(rank[name] for rank in own) / len(own) for name in names}
    return dict(sorted(means.items(), key=lambda item: item[1]))


def log_errors(cells: Cells, names: Sequence[str], strict: bool) -> dict[str, dict[str, float]]:
    """Mean log-error of each by table, over the splits that all share; infinite where a split has no result."""
    tables: dict[str, list[Mapping[str, Outcome]]] = {}
    for (table, _), cell in shared(cells, names).items():
        tables.setdefault(table, []).append(cell)
    return {
        table: {name: _mean(math.log(cell[name].counted(strict)) for cell in own) for name in names}
        for table, own in tables.items()
    }


def error_ratio(cells: Cells, ours: str, rival: str, strict: bool) -> tuple[float, int]:
    """Geometric mean over the tables of our error over theirs, where both have a result, and the number of tables."""
    logs = log_errors(cells, (ours, rival), strict).values()
    both = [own[ours] - own[rival] for own in logs if math.isfinite(own[ours]) and math.isfinite(own[rival])]
    return (math.exp(_mean(both)), len(both)) if both else (math.nan, 0)


def share_better(cells: Cells, ours: str, rival: str, strict: bool) -> tuple[float, int]:
    """Share of the tables on which ours has less error (equal ones count a half), and their number."""
    logs = log_errors(cells, (ours, rival), strict).values()
    wins = [1.0 if own[ours] < own[rival] else 0.5 if own[ours] == own[rival] else 0.0 for own in logs]
    return (_mean(wins), len(wins)) if wins else (math.nan, 0)


def losses(cells: Cells, ours: str, rivals: Sequence[str]) -> list[tuple[str, str, float]]:
    """Where a rival within the budget has less error: table, rival, our error over theirs; the most first."""
    found = []
    for rival in rivals:
        for table, own in log_errors(cells, (ours, rival), strict=True).items():
            if own[rival] < own[ours]:
                found.append((table, rival, math.exp(own[ours] - own[rival])))
    return sorted(found, key=lambda loss: -loss[2])


def _mean(values: Iterable[float]) -> float:
    own = list(values)
    return sum(own) / len(own)


@dataclass(frozen=True)
class Verdict:
    """A target, whether it is reached, and its figures."""

    target: str
    state: str
    figures: str


def _state(reached: bool, cells: int) -> str:
    return ("reached" if reached else "not reached") + ("" if cells >= _ASKED else f" so far, {cells} of {_ASKED} fits")


def _best_rank(target: str, cells: Cells, ours: str, names: Sequence[str], wanted: Sequence[str]) -> Verdict:
    missing = [name for name in wanted if not any(name in cell for cell in cells.values())]
    known = [name for name in names if name not in missing]
    found = mean_ranks(cells, known, strict=True)
    if ours in missing or len(known) < 2 or not found:
        return Verdict(target, "not measured", f"without {', '.join(missing)}" if missing else "nothing in common")
    lenient = mean_ranks(cells, known, strict=False)
    figures = ", ".join(f"{name} {rank:.2f}" for name, rank in found.items())
    figures += f"; lenient: ours {lenient[ours]:.2f}, best {min(lenient.values()):.2f}"
    figures += f"; without {', '.join(missing)}" if missing else ""
    reached = found[ours] == min(found.values()) and not missing
    return Verdict(target, _state(reached, len(shared(cells, known))), figures)


def _ratio_below(target: str, cells: Cells, ours: str, rival: str, limit: float) -> Verdict:
    strict, tables = error_ratio(cells, ours, rival, strict=True)
    if not tables:
        return Verdict(target, "not measured", f"{ours} beside {rival}")
    lenient, every = error_ratio(cells, ours, rival, strict=False)
    figures = f"{strict:.4f} on {tables} tables; lenient {lenient:.4f} on {every}"
    return Verdict(target, _state(strict <= limit, len(shared(cells, (ours, rival)))), figures)


def _shares(target: str, cells: Cells, rivals: Sequence[str], least: float) -> Verdict:
    shares = {rival: share_better(cells, OURS, rival, strict=True) for rival in rivals}
    known = {rival: share for rival, (share, tables) in shares.items() if tables}
    if not known:
        return Verdict(target, "not measured", "")
    missing = [rival for rival in rivals if rival not in known]
    order = sorted(known.items(), key=lambda own: own[1])
    figures = ", ".join(f"{rival} {100 * share:.0f} %" for rival, share in order)
    figures += f"; without {', '.join(missing)}" if missing else ""
    reached = min(known.values()) >= least and not missing
    return Verdict(target, _state(reached, min(len(shared(cells, (OURS, rival))) for rival in known)), figures)


def targets(cells: Cells, budget: float, rivals: Sequence[str]) -> list[Verdict]:
    """The targets of issue 7, judged at their budget.

    Args:
        cells: What was measured at this budget.
        budget: Seconds.
        rivals: All that were asked for.
    """
    own = {
        60: [
            _best_rank("60 s, networks alone: best mean rank among networks", cells, ALONE, NETWORKS, NETWORKS),
            _ratio_below("60 s, what ships: error below CatBoost's at its defaults", cells, OURS, "CatBoost", 1.0),
        ],
        300: [
            _ratio_below("300 s, networks alone: within 2 % of tuned CatBoost", cells, ALONE, "CatBoost tuned", 1.02),
            _best_rank("300 s, what ships: best mean rank of all", cells, OURS, (OURS, *rivals), (OURS, *rivals)),
            _shares("300 s, what ships: better than each rival on 70 % of the tables", cells, rivals, 0.7),
        ],
    }
    return [
        verdict if seconds == budget else Verdict(verdict.target, "not measured", f"this was {budget:g} s")
        for seconds, verdicts in own.items()
        for verdict in verdicts
    ]
