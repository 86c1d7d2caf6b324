"""What a run says while it goes on. Terminal, page, log and tests consume the same stream.

Events hold facts; how they read is the consumer's business.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan, Task
from netwright.base.table import Provenance, Schema

if TYPE_CHECKING:
    from netwright.base.record import RunRecord


T = TypeVar("T")


@dataclass(frozen=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True)
class TableRead(Event):
    """The data have been read."""

    source: Provenance
    n_rows: int
    n_columns: int


@dataclass(frozen=True)
class Resumed(Event):
    """The run goes on where an earlier process stopped; step 0 begins anew. The notes are sentences for the user."""

    step: int
    epoch: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TakenOver(Event):
    """The run goes on from a finished one, whose plans it need not train again."""

    run: str
    plans: tuple[str, ...]
    n_networks: int


@dataclass(frozen=True)
class KindsFound(Event):
    """The kind of every column is known."""

    schema: Schema
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Audited(Event):
    """The data have been checked."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class TaskChosen(Event):
    """What is predicted and how it is judged; of a forecast its steps, and whether each series has its own scale."""

    task: Task
    target: str
    metric: str
    classes: tuple[str, ...]
    why: str
    n_without_target: int
    steps: int = 0
    scaled: bool = False


@dataclass(frozen=True)
class RowsSplit(Event):
    """Test rows are under seal, the others dealt out."""

    n_train: int
    n_test: int
    n_folds: int
    n_valid: int
    rule: str
    seed: int
    repeats: int = 1
    hint: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BaselinesFitted(Event):
    """What has to be beaten: the validation score of each baseline."""

    scores: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class TrainingStarted(Event):
    """The population is laid out: each plan's networks, the machine, and the memory that they need at once."""

    plans: tuple[Plan, ...]
    members: tuple[int, ...]
    networks: tuple[str, ...]
    parameters: tuple[int, ...]
    device: str
    cores: int
    free_bytes: int | None
    why: str
    turns: int
    bytes: int


@dataclass(frozen=True)
class EpochDone(Event):
    """One epoch of one plan's members is over."""

    plan: str
    epoch: int
    epochs: int
    train_loss: float
    valid_loss: float
    valid_score: float
    n_training: int
    seconds: float


@dataclass(frozen=True)
class TrainingDone(Event):
    """Every member has stopped; the scores are those of the plans, the best first. For some there may be no time.

    The findings say which plans have networks that diverged, and why.
    """

    epochs: int
    best_epochs: tuple[int, ...]
    scores: Mapping[str, float]
    statuses: Mapping[str, int]
    left_out: tuple[str, ...]
    seconds: float
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RemediesBegun(Event):
    """Cures of an ailing plan are trained, and as many plans drawn by chance."""

    plans: tuple[str, ...]
    n_networks: int
    lang: str = "en"


@dataclass(frozen=True)
class Diagnosed(Event):
    """The curves have been read: what ails the plans, or that nothing does; remedies are in the evidence."""

    findings: tuple[Finding, ...]
    healthy: bool
    lang: str = "en"


@dataclass(frozen=True)
class SearchBegun(Event):
    """Better networks are searched: in which families, and what ends it, in words."""

    families: tuple[str, ...]
    until: str


@dataclass(frozen=True)
class RoundBegun(Event):
    """A round of the search trains some plans."""

    number: int
    n_plans: int
    n_networks: int


@dataclass(frozen=True)
class RoundDone(Event):
    """A round of the search is over: its plans, how many were pruned, the best plan of all so far and its score."""

    number: int
    n_plans: int
    n_networks: int
    n_pruned: int
    best: str
    score: float
    seconds: float


@dataclass(frozen=True)
class SearchDone(Event):
    """The search has ended, and why."""

    n_rounds: int
    n_plans: int
    why: str
    seconds: float


@dataclass(frozen=True)
class TeachingBegun(Event):
    """A single plan of a family begins to learn from an ensemble of so many parts."""

    family: str
    n_networks: int
    n_parts: int


@dataclass(frozen=True)
class TeachingDone(Event):
    """It has learned: the validation score of the ensemble, and its own."""

    teacher: float
    student: float
    seconds: float


@dataclass(frozen=True)
class SizesTried(Event):
    """The chosen plan was trained on parts of the rows as well; the sentence says whether more rows would help."""

    sentence: str
    seconds: float


@dataclass(frozen=True)
class Noticed(Event):
    """Something the user should know, outside the audit."""

    finding: Finding


@dataclass(frozen=True)
class Finished(Event):
    """The run is over and this is its record."""

    record: RunRecord


@dataclass(frozen=True)
class Saved(Event):
    """The run folder has been written."""

    folder: str
    files: tuple[str, ...] = field(default=())


def follow(events: Generator[Event, None, T], watch: Callable[[Event], None] | None = None) -> T:
    """Let a run go on to its end, handing each event to whoever watches."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            result: T = end.value
            return result
        if watch is not None:
            watch(event)
