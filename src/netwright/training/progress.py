"""How far the members of a plan are: curves, best epochs, who has stopped, out-of-fold predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool

from netwright.base.curves import Curves
from netwright.base.events import EpochDone
from netwright.base.plan import Member
from netwright.base.signals import LAYER_SIGNALS, NETWORK_SIGNALS
from netwright.evaluate.metrics import Metric
from netwright.training.not_finite import Cause
from netwright.training.outer import OuterPredictions

#: The curves that are kept of every member.
_ROWS = ("train_loss", "valid_loss", "valid_score", "learning_rate")


@dataclass(frozen=True)
class Judged:
    """What progress leaves.

    Args:
        curves: What every member did.
        outer: For each member its honest out-of-fold predictions in the target's units; (n_valid, column).
        outer_epoch: The epochs that their two halves were taken at; (member, 2).
        half_errors: The lowest error of each half, by which it chose the epoch of the other; (member, 2).
        causes: Why each member diverged, or None.
    """

    curves: Curves
    outer: tuple[np.ndarray, ...]
    outer_epoch: np.ndarray
    half_errors: np.ndarray
    causes: tuple[Cause | None, ...]


class Progress:
    """Scores so far of the members of one plan.

    Args:
        members: Folds and seeds of the plan.
        halves: For each member which of its outer rows are the first half.
        metric: What the run is judged by.
        layers: Names of the layers of their networks, from input to output.
        constant_loss: Mean loss a train row of the best constant; (member,).
    """

    def __init__(
        self,
        members: Sequence[Member],
        halves: list[np.ndarray],
        metric: Metric,
        layers: tuple[str, ...],
        constant_loss: np.ndarray,
    ) -> None:
        self._members, self._counts, self._metric = tuple(members), [len(half) for half in halves], metric
        self._layers, self._constant_loss = layers, constant_loss
        #: By epoch what was seen inside the networks, where it was.
        self._signals: dict[int, dict[str, np.ndarray]] = {}
        self._shapes: dict[str, tuple[int, ...]] = {name: (len(members), len(layers)) for name in LAYER_SIGNALS}
        self._shapes.update({name: (len(members),) for name in NETWORK_SIGNALS})
        self._plan = members[0].plan
        self._rows: list[dict[str, np.ndarray]] = []
        self._best_error = np.full(len(members), np.inf)
        self.best_epoch = np.zeros(len(members), dtype=np.int64)
        self.status = ["training"] * len(members)
        #: Why each member that diverged did.
        self.causes: list[Cause | None] = [None] * len(members)
        self._outer = OuterPredictions(halves)
        self._by_loss = False
        self.over = False

    @property
    def training(self) -> Bool[np.ndarray, " member"]:
        """Which members have not stopped."""
        return np.array([status == "training" for status in self.status])

    def take(
        self, epoch: int, rows: dict[str, np.ndarray], predictions: np.ndarray, learning_rate: float
    ) -> np.ndarray:
        """One epoch of those that were training.

        Args:
            epoch: Its number, from 0 for the untrained networks.
            rows: `train_loss`, `valid_loss`, `score`, `error` that chooses the epoch; (member,), and `halves`, that
                error on both halves of the outer rows; (member, 2), and `cause`, why a member must stop. Those of
                members that have stopped are not read. A train loss that is not finite stops its member, and its
                epoch does not count.
            predictions: Of each member on its outer rows; (member, row, column), the same.
            learning_rate: At the end of the epoch.

        Returns:
            Which members are better than they ever were: their weights are to be kept; (member,).
        """
        training, finite = self.training, np.isfinite(rows["train_loss"])
        train_loss, valid_loss, score = rows["train_loss"], rows["valid_loss"], rows["score"]
        # where a fold's rows cannot be scored (a single class has no ROC AUC), all choose by the loss
        self._by_loss = self._by_loss or bool(
            np.isnan(rows["error"][training & finite & np.isfinite(valid_loss)]).any()
        )
        errors = valid_loss if self._by_loss else rows["error"]
        row = {"train_loss": train_loss, "valid_loss": valid_loss, "valid_score": score}
        # NaN is who does not train any more; whoever diverged has an infinite loss
        row = {name: np.where(training, np.where(np.isnan(own), np.inf, own), np.nan) for name, own in row.items()}
        self._rows.append(row | {"learning_rate": np.where(training, learning_rate, np.nan)})
        self._outer.update(epoch, rows["halves"], predictions, training & finite)
        better = training & finite & (errors < self._best_error)
        self._best_error[better], self.best_epoch[better] = errors[better], epoch
        self._stop(epoch, finite, rows["cause"])
        self.over = epoch >= self._plan.epochs or not self.training.any()
        return np.asarray(better)

    @property
    def error(self) -> float:
        """The mean over members of their lowest errors so far; of losses where the metric looks at names."""
        if not self._metric.of_names:
            return float(self._best_error.mean())
        losses = np.stack([row["valid_loss"] for row in self._rows])
        return float(np.where(np.isfinite(losses), losses, np.inf).min(axis=0).mean())

    def prune(self) -> None:
        """Give the plan up: the members that still train stop."""
        self.status = ["pruned" if status == "training" else status for status in self.status]
        self.over = True

    def watched(self, epoch: int, signals: Mapping[str, np.ndarray]) -> None:
        """What was seen inside the networks after an epoch that has just been taken.

        Args:
            epoch: Its number.
            signals: By name; (member, layer) or (member,), NaN of members that had stopped before. Those that are not
                there become NaN.
        """
        self._signals[epoch] = {n: signals.get(n, np.full(shape, np.nan)) for n, shape in self._shapes.items()}

    def _stop(self, epoch: int, finite: np.ndarray, causes: np.ndarray) -> None:
        patience = self._plan.patience
        for member in np.flatnonzero(self.training):
            if not finite[member]:
                self.status[member] = "diverged"
                self.causes[member] = replace(causes[member] or Cause("loss"), epoch=epoch)
            elif patience is not None and epoch - self.best_epoch[member] >= patience:
                self.status[member] = "stopped"

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Everything so far, as facts and as arrays."""
        causes = [cause and asdict(cause) for cause in self.causes]
        facts = {"status": list(self.status), "causes": causes, "by_loss": self._by_loss, "over": self.over}
        curves = {f"curves/{name}": np.stack([row[name] for row in self._rows]) for name in _ROWS if self._rows}
        own = {"best_error": self._best_error, "best_epoch": self.best_epoch}
        facts["watched"] = list(self._signals)
        seen = list(self._signals.values())
        signals = {f"signals/{name}": np.stack([own[name] for own in seen]) for name in self._shapes if seen}
        return facts, curves | own | signals | self._outer.state()

    def load(self, facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` gave.

        Raises:
            ValueError: It is that of other members.
            KeyError: Something of it is not there.
        """
        if len(facts["status"]) != len(self._members):
            raise ValueError(f"it is the state of {len(facts['status'])} members, not {len(self._members)}")
        self.status, self._by_loss, self.over = list(facts["status"]), bool(facts["by_loss"]), bool(facts["over"])
        self.causes = [cause and Cause(**cause) for cause in facts["causes"]]
        self._best_error, self.best_epoch = arrays["best_error"].copy(), arrays["best_epoch"].copy()
        n_epochs = len(arrays["curves/train_loss"]) if "curves/train_loss" in arrays else 0
        self._rows = [{name: arrays[f"curves/{name}"][epoch] for name in _ROWS} for epoch in range(n_epochs)]
        self._signals = {
            int(epoch): {name: arrays[f"signals/{name}"][place] for name in self._shapes}
            for place, epoch in enumerate(facts["watched"])
        }
        self._outer.load(arrays)

    def event(self, seconds: float) -> EpochDone:
        """The last epoch for whoever watches, as means over members."""
        last, epoch = self._rows[-1], len(self._rows) - 1

        def mean(values: np.ndarray) -> float:
            finite = values[np.isfinite(values)]
            return float(finite.mean()) if finite.size else float("nan")

        # of a member that never was better than untrained its score before training
        score = mean(np.array([self._rows[own]["valid_score"][k] for k, own in enumerate(self.best_epoch)]))
        losses = mean(last["train_loss"]), mean(last["valid_loss"])
        n_training = int(self.training.sum())
        return EpochDone(self._plan.name, epoch, self._plan.epochs, *losses, score, n_training, seconds)

    def result(self) -> Judged:
        """Curves and honest predictions."""
        curves = {name: np.stack([row[name] for row in self._rows], axis=1) for name in self._rows[0]}
        end = "done" if self.over else "cut"
        status = tuple(end if status == "training" else status for status in self.status)
        outer = self._outer.result()
        reasons = tuple("" if cause is None else f"{cause.when}: {cause.sentence}" for cause in self.causes)
        return Judged(
            curves=Curves(
                self._members,
                best_epoch=self.best_epoch,
                status=status,
                reasons=reasons,
                signals=self._dense(),
                layers=(self._layers,) * len(self._members),
                constant_loss=self._constant_loss,
                **curves,
            ),
            outer=tuple(outer[member, :count] for member, count in enumerate(self._counts)),
            outer_epoch=self._outer.epoch,
            half_errors=self._outer.best,
            causes=tuple(self.causes),
        )

    def _dense(self) -> dict[str, np.ndarray]:
        """Signals of all epochs, NaN where nothing was measured."""
        n_epochs = len(self._rows)
        dense = {name: np.full((own[0], n_epochs, *own[1:]), np.nan) for name, own in self._shapes.items()}
        for epoch, seen in self._signals.items():
            for name, values in seen.items():
                dense[name][:, epoch] = values
        return dense
