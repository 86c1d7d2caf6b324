"""How well the doctor tells faulty runs from healthy ones, and one fault from another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.doctor.admission import Harm

from netwright.base.finding import Finding
from netwright.doctor.case import Case
from netwright.doctor.diagnosis import diagnose

#: Findings of these severities say that something is wrong; notes do not.
LOUD = ("stop", "warning")
#: How many findings may be wrong before the right one.
_WITHIN = 3


@dataclass(frozen=True)
class Judged:
    """A run with what the doctor says of it.

    Args:
        half: Of its table.
        ground: The table.
        name: Of the operator; empty for a healthy run.
        severity: Of the fault, or 0.
        loud: Codes of the findings that say that something is wrong, the first one first.
        quiet: Codes of the notes.
        right: Codes that would be right.
        harm: How much the fault hurt; None for a healthy run.
    """

    half: str
    ground: str
    name: str
    severity: int
    loud: tuple[str, ...]
    quiet: tuple[str, ...] = ()
    right: frozenset[str] = frozenset()
    harm: Harm | None = None

    @property
    def alarmed(self) -> bool:
        """Whether anything was said to be wrong."""
        return bool(self.loud)

    @property
    def detected(self) -> bool:
        """Whether anything was said to be wrong, or a note has the right code."""
        return bool(self.loud or self.right & set(self.quiet))

    @property
    def first(self) -> bool:
        """Whether the first finding is right."""
        return bool(self.right & set((*self.loud, *self.quiet)[:1]))

    @property
    def within(self) -> bool:
        """Whether one of the first three is."""
        return bool(self.right & set((*self.loud, *self.quiet)[:_WITHIN]))


def told(case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Codes of loud findings in their order, and of notes."""
    found: Sequence[Finding] = diagnose(case)
    loud = tuple(dict.fromkeys(finding.code for finding in found if finding.severity in LOUD))
    return loud, tuple(finding.code for finding in found if finding.severity not in LOUD)


def share(hits: Iterable[bool]) -> float:
    """Share of true ones; NaN of none.

    Example:
        >>> share([True, False, True, True])
        0.75
    """
    own = list(hits)
    return sum(own) / len(own) if own else float("nan")


def mean(values: Iterable[float]) -> float:
    """The mean; NaN of none."""
    own = list(values)
    return sum(own) / len(own) if own else float("nan")


@dataclass(frozen=True)
class Scores:
    """Of one half, or of all tables.

    Args:
        n_faults: Admitted runs.
        n_healthy: Healthy runs.
        recall: Share of the admitted runs of an operator where anything was said to be wrong, or a note has the right
            code (some problems of the data are only ever noted), the mean over operators.
        alarmed: The same without notes.
        first: The same, the first finding being right.
        within: The same, one of the first three being right.
        false_alarms: Share of healthy runs where anything was said to be wrong.
        noted: Share of healthy runs with a note.
    """

    n_faults: int
    n_healthy: int
    recall: float
    alarmed: float
    first: float
    within: float
    false_alarms: float
    noted: float


def scores(faulty: Sequence[Judged], healthy: Sequence[Judged]) -> Scores:
    """Every operator counts alike, however many of its runs were admitted."""
    by_name: dict[str, list[Judged]] = {}
    for one in faulty:
        by_name.setdefault(one.name, []).append(one)
    rows = list(by_name.values())
    return Scores(
        n_faults=len(faulty),
        n_healthy=len(healthy),
        recall=mean(share(one.detected for one in own) for own in rows),
        alarmed=mean(share(one.alarmed for one in own) for own in rows),
        first=mean(share(one.first for one in own) for own in rows),
        within=mean(share(one.within for one in own) for own in rows),
        false_alarms=share(one.alarmed for one in healthy),
        noted=share(bool(one.quiet) for one in healthy),
    )


def lines_of_scores(by_half: Mapping[str, Scores]) -> Iterator[str]:
    """The figures as lines."""
    goals = {
        "recall": ">= 90 %",
        "alarmed": "",
        "false_alarms": "<= 2 %",
        "noted": "",
        "first": ">= 60 %",
        "within": ">= 85 %",
    }
    words = {
        "recall": "detected, macro",
        "alarmed": "  by warnings alone",
        "false_alarms": "false alarms",
        "noted": "  healthy with a note",
        "first": "right at rank one",
        "within": "right within three",
    }
    yield f"{'':<22}{'goal':>9}" + "".join(f"{half:>12}" for half in by_half)
    for name, goal in goals.items():
        values = "".join(f"{100 * getattr(own, name):>10.1f} %" for own in by_half.values())
        yield f"{words[name]:<22}{goal:>9}{values}"
    yield f"{'faulty runs':<31}" + "".join(f"{own.n_faults:>12}" for own in by_half.values())
    yield f"{'healthy runs':<31}" + "".join(f"{own.n_healthy:>12}" for own in by_half.values())


def lines_of_operators(every: Sequence[Judged]) -> Iterator[str]:
    """A line an operator and severity: planted, admitted, found, and what is said where it is wrong or silent."""
    yield f"{'operator':<24}{'planted':>8}{'hurt':>6}{'found':>8}{'first':>7}{'three':>7}  said instead, most often"
    for key in dict.fromkeys((one.name, one.severity) for one in every):
        own = [one for one in every if (one.name, one.severity) == key]
        admitted = [one for one in own if one.harm is not None and one.harm.admitted]
        figures = (share(getattr(one, name) for one in admitted) for name in ("detected", "first", "within"))
        shown = "".join(f"{100 * value:>6.0f}%" if value == value else f"{'-':>7}" for value in figures)
        others = [(*one.loud, *one.quiet, "(nothing)")[0] for one in admitted if not one.first]
        common = sorted(set(others), key=lambda code: (-others.count(code), code))[:3]
        instead = ", ".join(f"{code} {others.count(code)}" for code in common)
        yield f"{key[0] + '-' + str(key[1]):<24}{len(own):>8}{len(admitted):>6} {shown}  {instead}"
