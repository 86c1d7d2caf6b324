"""Learning curves: what every member did in every epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.base.plan import Member
from netwright.base.signals import LAYER_SIGNALS, NETWORK_SIGNALS

if TYPE_CHECKING:
    import numpy as np

#: The columns with which `curves.csv` begins, in order.
CURVE_COLUMNS = (
    "member",
    "plan",
    "fold",
    "seed",
    "epoch",
    "train_loss",
    "valid_loss",
    "valid_score",
    "learning_rate",
)


@dataclass(frozen=True)
class Curves:
    """Losses and scores of all members, epoch 0 being the untrained network.

    Losses are measured in evaluation mode (no dropout) on train and validation rows alike, so that the two compare.

    Args:
        members: Who they belong to; (member,).
        train_loss: Mean loss a train row; (member, epoch), NaN where a member did not train.
        valid_loss: Mean loss a validation row; same shape.
        valid_score: The metric on validation rows; same shape.
        learning_rate: Step size at the end of the epoch; same shape.
        best_epoch: Where each member's validation score was best: the weights that are kept; (member,).
        status: `done`, `stopped` (no gain for the patience), `cut` (by the time limit), `pruned` (given up
            in the search, as it could not come near the best plans any more) or `diverged` (a loss, a weight,
            a gradient or an input was no finite number); (member,).
        reasons: Why each member diverged, in words, empty for the others; (member,), or nothing at all.
        signals: What was measured inside the networks, by the names of `base.signals`; (member, epoch), and of those a
            layer (member, epoch, layer); NaN where nothing was measured.
        layers: For each member the names of its layers from input to output; (member,), or nothing at all.
        constant_loss: Mean loss a train row of the best constant prediction; (member,), or nothing at all.
    """

    members: tuple[Member, ...]
    train_loss: np.ndarray
    valid_loss: np.ndarray
    valid_score: np.ndarray
    learning_rate: np.ndarray
    best_epoch: np.ndarray
    status: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    signals: Mapping[str, np.ndarray] = field(default_factory=dict)
    layers: tuple[tuple[str, ...], ...] = ()
    constant_loss: np.ndarray | None = None

    @property
    def learned(self) -> np.ndarray:
        """Which members have more to show than the weights they began with; booleans, (member,).

        One that diverged before it was better than untrained has not; one that never was better, yet finite, counts.
        """
        import numpy as np

        diverged = np.array([status == "diverged" for status in self.status], dtype=bool)
        return np.asarray(~diverged | (self.best_epoch > 0))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `curves.csv`: a signal of a layer has one a layer, `_1` being the first after the input."""
        n_layers = max(map(len, self.layers), default=0)
        networks = (name for name in NETWORK_SIGNALS if name in self.signals)
        layered = (f"{name}_{k + 1}" for name in LAYER_SIGNALS if name in self.signals for k in range(n_layers))
        return (*CURVE_COLUMNS, *networks, *layered)

    def rows(self) -> Iterator[dict[str, Any]]:
        """One entry a member and epoch, as `curves.csv` holds them; signals that were not measured are None."""
        for index, member in enumerate(self.members):
            for epoch in range(self.train_loss.shape[1]):
                train_loss = float(self.train_loss[index, epoch])
                if train_loss != train_loss:  # not a number: the member was not training any more
                    continue
                yield {
                    "member": index,
                    "plan": member.plan.name,
                    "fold": member.fold,
                    "seed": member.seed,
                    "epoch": epoch,
                    "train_loss": train_loss,
                    "valid_loss": float(self.valid_loss[index, epoch]),
                    "valid_score": float(self.valid_score[index, epoch]),
                    "learning_rate": float(self.learning_rate[index, epoch]),
                    **self._seen(index, epoch),
                }

    def _seen(self, member: int, epoch: int) -> dict[str, float | None]:
        """Signals of a member after an epoch, to six digits: they lead to a finding, not to another number."""
        seen: dict[str, float | None] = dict.fromkeys(self.columns[len(CURVE_COLUMNS) :])
        for name, values in self.signals.items():
            own = values[member, epoch]
            cells = {name: own} if name in NETWORK_SIGNALS else {f"{name}_{k + 1}": v for k, v in enumerate(own)}
            seen |= {column: float(f"{value:.6g}") for column, value in cells.items() if value == value}
        return seen

    def of(self, members: Sequence[int]) -> Curves:
        """Curves of some of the members.

        Args:
            members: Their positions.
        """
        rows = list(members)
        arrays = ("train_loss", "valid_loss", "valid_score", "learning_rate", "best_epoch")
        return Curves(
            members=tuple(self.members[row] for row in rows),
            **{name: getattr(self, name)[rows] for name in arrays},
            status=tuple(self.status[row] for row in rows),
            reasons=tuple(self.reasons[row] for row in rows) if self.reasons else (),
            signals={name: values[rows] for name, values in self.signals.items()},
            layers=tuple(self.layers[row] for row in rows) if self.layers else (),
            constant_loss=None if self.constant_loss is None else self.constant_loss[rows],
        )

    @staticmethod
    def joined(parts: list[Curves]) -> Curves:
        """Curves of several buckets as one, the shorter ones padded with NaN."""
        import numpy as np

        longest = max(part.train_loss.shape[1] for part in parts)

        def stack(name: str) -> np.ndarray:
            arrays = [getattr(part, name) for part in parts]
            padded = [np.pad(a, ((0, 0), (0, longest - a.shape[1])), constant_values=np.nan) for a in arrays]
            return np.concatenate(padded)

        layers = tuple(own for part in parts for own in part.layers or ((),) * len(part.members))
        deepest = max(map(len, layers), default=0)

        def stack_signal(name: str) -> np.ndarray:
            ends = (longest,) if name in NETWORK_SIGNALS else (longest, deepest)
            whole = np.full((len(layers), *ends), np.nan)
            start = 0
            for part in parts:
                stop = start + len(part.members)
                if name in part.signals:
                    own = part.signals[name]
                    whole[(slice(start, stop), *map(slice, own.shape[1:]))] = own
                start = stop
            return whole

        names = dict.fromkeys(name for part in parts for name in part.signals)
        unknown = [np.full(len(part.members), np.nan) for part in parts]
        constant = [part.constant_loss for part in parts]
        return Curves(
            members=tuple(member for part in parts for member in part.members),
            train_loss=stack("train_loss"),
            valid_loss=stack("valid_loss"),
            valid_score=stack("valid_score"),
            learning_rate=stack("learning_rate"),
            best_epoch=np.concatenate([part.best_epoch for part in parts]),
            status=tuple(status for part in parts for status in part.status),
            reasons=tuple(reason for part in parts for reason in part.reasons or ("",) * len(part.members)),
            signals={name: stack_signal(name) for name in names},
            layers=layers if any(layers) else (),
            constant_loss=np.concatenate([u if c is None else c for u, c in zip(unknown, constant, strict=True)])
            if any(own is not None for own in constant)
            else None,
        )
