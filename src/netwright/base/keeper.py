"""What keeps the work of a run while it goes on, as `run.py` and the training loop see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

#: What trains after each other: for each turn its buckets, for each bucket the keys of its plans.
Turns = list[list[list[str]]]


@dataclass(frozen=True)
class State:
    """All that a turn of training needs to go on as if it had never stopped.

    Args:
        facts: What is not an array, JSON-able.
        arrays: Weights, moments of the optimizer, curves, predictions, by name.
        step: Optimizer steps so far, over all chunks.
        epoch: Whole epochs of the plan that is furthest.
        seconds: Spent on training so far.
    """

    facts: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    step: int
    epoch: int
    seconds: float

    @property
    def bytes(self) -> int:
        """How much there is to be written."""
        return sum(array.nbytes for array in self.arrays.values())


@dataclass(frozen=True)
class Found:
    """Saved work of a run that did not end.

    Args:
        step: Optimizer steps it had taken; 0 where nothing was saved.
        epoch: Whole epochs of the plan that was furthest.
        seconds: Spent on the run until then.
        notes: Sentences that the user should read: saved work that was damaged, another version of a package.
    """

    step: int
    epoch: int
    seconds: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Earlier:
    """A finished run that another one goes on from.

    Args:
        run: Its folder, as it was named.
        turns: How many turns of training it had; what they trained is taken over as it is.
        test_opened: Each opening of its test rows, which are those of the run that goes on.
        time_limit: That of the run which all began with: the baselines are fitted as they were there.
    """

    run: str
    turns: int
    test_opened: tuple[Mapping[str, Any], ...]
    time_limit: float | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Earlier:
        """What `asdict` made of one."""
        return cls(str(data["run"]), int(data["turns"]), tuple(data["test_opened"]), data.get("time_limit"))


class Keeper(Protocol):
    """A place for the work of one run."""

    @property
    def earlier(self) -> Earlier | None:
        """The finished run that this one goes on from; None where it begins by itself."""
        ...

    def begin(self, stem: str, target: str, identity: Mapping[str, Any]) -> Found | None:
        """Claim the place, before any work that could be lost.

        Args:
            stem: The short name of the data.
            target: What is predicted.
            identity: What must be alike for saved work to be of this run.

        Returns:
            What an unfinished run left here; None where there is none.

        Raises:
            UserError: The place cannot be had, or holds the work of another run.
        """
        ...

    def turns(self) -> Turns | None:
        """The turns of the saved work, None where none was saved."""
        ...

    def facts(self, turn: int) -> Mapping[str, Any] | None:
        """The facts of the saved state of a turn; None where it has none."""
        ...

    def find(self, turn: int) -> State | None:
        """The saved state of a turn; None where it has none."""
        ...

    def keep(self, turn: int, turns: Turns, state: State, *, over: bool) -> None:
        """Save the state of a turn.

        Args:
            turn: Its number; one beyond the last is what is trained on fewer rows.
            turns: All of them.
            state: Where it is.
            over: Whether this is its end.

        Raises:
            DataError: It could not be written; what was saved before still is.
        """
        ...
