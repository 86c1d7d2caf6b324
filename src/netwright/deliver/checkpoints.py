"""Saved work of a run: the states of its turns as safetensors, in two generations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError
from netwright.base.generations import Generation, Generations
from netwright.base.keeper import Found, State, Turns

#: What may differ between the processes of a run, though the result may then differ in its last bits.
_CIRCUMSTANCES = "machine"


class Checkpoints:
    """The folder `checkpoints/` of a run.

    Args:
        folder: Where it is; made with the first save.

    Attributes:
        step: Optimizer steps in the last save, over all turns; 0 where there is none.
        turns: Which buckets each turn has; None where nothing was saved.
    """

    def __init__(self, folder: Path) -> None:
        self._generations = Generations(folder)
        newest, self._complaints = self._generations.newest()
        self._facts: Mapping[str, Any] = newest.facts if newest else {}
        self._states = _states(newest) if newest else {}
        self.step = int(self._facts.get("step", 0))
        turns = self._facts.get("turns")
        self.turns: Turns | None = turns

    def found(self, identity: Mapping[str, Any], run: Path) -> Found:
        """What was saved, if it is of this run.

        Raises:
            DataError: It is the work of a run on other data.
        """
        notes = [f"{complaint}; an older one is used" for complaint in self._complaints]
        if not self._facts:
            return Found(0, 0, 0.0, tuple(self._complaints))
        saved = self._facts["identity"]
        for name in sorted({*saved, *identity} - {_CIRCUMSTANCES}):
            if saved.get(name) != identity.get(name):
                raise DataError(
                    f"the {name} must be as they were when the run began that {run} goes on with, got other ones. "
                    "Bring them back, or train anew with another --out."
                )
        before, now = saved.get(_CIRCUMSTANCES, {}), identity.get(_CIRCUMSTANCES, {})
        changed = [f"{name} {before.get(name)} is now {now[name]}" for name in now if before.get(name) != now[name]]
        if changed:
            notes.append(f"{', '.join(changed)}: the result can differ in its last digits from that of an unbroken run")
        return Found(self.step, int(self._facts["epoch"]), float(self._facts["seconds"]), tuple(notes))

    def facts(self, turn: int) -> Mapping[str, Any] | None:
        """What is not an array in the saved state of a turn; None where it has none."""
        parts = self._facts.get("parts", {}).values()
        return next((part["facts"] for part in parts if part["turn"] == turn), None)

    def find(self, turn: int) -> State | None:
        """The state of a turn, handed out once: it is large."""
        return self._states.pop(turn, None)

    def add(self, turn: int, turns: Turns, state: State, identity: Mapping[str, Any], *, over: bool) -> None:
        """Save the state of a turn beside those of the turns before it.

        Args:
            turn: Its number.
            turns: Which buckets each turn has.
            state: Where it is.
            identity: What the run is of.
            over: Whether this is its end.

        Raises:
            OSError: It could not be written.
        """
        from safetensors.numpy import save

        before = {name: told for name, told in self._facts.get("parts", {}).items() if told["turn"] < turn}
        name = f"turn-{turn}-{self._generations.next_number}.safetensors"
        told = {"turn": turn, "over": over, "step": state.step, "epoch": state.epoch, "seconds": state.seconds}
        parts = before | {name: told | {"facts": state.facts}}
        facts = {
            "identity": dict(identity),
            "turns": turns,
            "parts": parts,
            "step": sum(part["step"] for part in parts.values()),
            "epoch": max(part["epoch"] for part in parts.values()),
            "seconds": sum(part["seconds"] for part in parts.values() if _is_own(part) and part["turn"] < len(turns)),
        }
        # a fresh copy of each: the file may outlive what the arrays look at
        self._generations.add(facts, {name: save(dict(state.arrays))}, keep=frozenset(before))
        self._facts, self.step, self.turns = facts, facts["step"], turns

    @property
    def bytes(self) -> int:
        """What the files of the newest generation take."""
        return self._generations.bytes

    def leave_newest(self) -> None:
        """Remove all generations but the newest."""
        self._generations.leave_newest()

    def copied_to(self, folder: Path, identity: Mapping[str, Any]) -> int:
        """Begin the saved work of another run with that of this one.

        Args:
            folder: Its checkpoints; nothing is there yet.
            identity: What differs in what the other run is of.

        Returns:
            How many turns it has.

        Raises:
            DataError: Nothing was saved, or it is damaged.
            OSError: It could not be written.
        """
        newest, complaints = self._generations.newest()
        if newest is None:
            why = "; ".join(complaints) or "nothing was saved"
            raise DataError(f"{self._generations.folder} must hold the saved work of a run, but {why}. Train anew.")
        turns = newest.facts["turns"]
        # what the earlier run took is none of this one's time, also where this one is stopped and goes on
        parts = {
            name: told | {"earlier": True} for name, told in newest.facts["parts"].items() if told["turn"] < len(turns)
        }
        facts = {**newest.facts, "parts": parts, "identity": {**newest.facts["identity"], **identity}, "seconds": 0.0}
        folder.parent.mkdir(parents=True, exist_ok=True)
        Generations(folder).add(facts, {name: newest.files[name] for name in parts})
        return len(turns)


def _is_own(part: Mapping[str, Any]) -> bool:
    """Whether a turn was trained by this run, not by the one that it goes on from."""
    return not part.get("earlier", False)


def _states(generation: Generation) -> dict[int, State]:
    """The states of all turns that a generation holds.

    Raises:
        DataError: One of them cannot be read although it is whole: it was written by something else.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    states = {}
    for name, told in generation.facts["parts"].items():
        try:
            arrays = load(generation.files[name])
        except SafetensorError as error:
            raise DataError(f"{name} must be a file of saved work, got another one ({error}).") from error
        states[told["turn"]] = State(told["facts"], arrays, told["step"], told["epoch"], told["seconds"])
    return states
