"""Learning curves: what every member did in every epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.base.plan import Member

if TYPE_CHECKING:
    import numpy as np

#: The columns of `curves.csv`, in order.
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
        status: `done`, `stopped` (no gain for the patience), `cut` (by the time limit) or `diverged` (a loss, a weight,
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

    def rows(self) -> Iterator[dict[str, Any]]:
        """One entry a member and epoch, as `curves.csv` holds them."""
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
                }

    @staticmethod
    def joined(parts: list[Curves]) -> Curves:
        """Curves of several buckets as one, the shorter ones padded with NaN."""
        import numpy as np

        longest = max(part.train_loss.shape[1] for part in parts)

        def stack(name: str) -> np.ndarray:
            arrays = [getattr(part, name) for part in parts]
            padded = [np.pad(a, ((0, 0), (0, longest - a.shape[1])), constant_values=np.nan) for a in arrays]
            return np.concatenate(padded)

        return Curves(
            members=tuple(member for part in parts for member in part.members),
            train_loss=stack("train_loss"),
            valid_loss=stack("valid_loss"),
            valid_score=stack("valid_score"),
            learning_rate=stack("learning_rate"),
            best_epoch=np.concatenate([part.best_epoch for part in parts]),
            status=tuple(status for part in parts for status in part.status),
            reasons=tuple(reason for part in parts for reason in part.reasons or ("",) * len(part.members)),
        )
