"""How far the members of a bucket are: curves, best weights, who has stopped, out-of-fold predictions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from netwright.base.curves import Curves
from netwright.base.events import EpochDone
from netwright.evaluate.metrics import Metric
from netwright.training.objectives.objective import Objective
from netwright.training.outer import OuterPredictions
from netwright.training.population import Bucket, RowSet


@dataclass(frozen=True)
class TrainedBucket:
    """What training leaves.

    Args:
        bucket: Its network holds each member's best weights.
        curves: What every member did.
        outer: For each member its honest out-of-fold predictions in the target's units; (n_valid, column).
        outer_epoch: The epoch they were taken at; (member,).
    """

    bucket: Bucket
    curves: Curves
    outer: tuple[np.ndarray, ...]
    outer_epoch: np.ndarray


class Progress:
    """Scores so far: who is still training, best weights, curves, out-of-fold predictions."""

    def __init__(self, bucket: Bucket, objective: Objective, metric: Metric, truth: np.ndarray) -> None:
        self._bucket, self._objective, self._metric = bucket, objective, metric
        n_members = len(bucket.members)
        self._truth = [truth[bucket.folds[member.fold].valid] for member in bucket.members]
        self._scales = [bucket.folds[member.fold].scale for member in bucket.members]
        self._rows: list[dict[str, np.ndarray]] = []
        self._best_error = np.full(n_members, np.inf)
        self._best_weights = [p.detach().clone() for p in bucket.network.parameters()]
        self.best_epoch = np.zeros(n_members, dtype=np.int64)
        self.status = ["training"] * n_members
        self.outer = OuterPredictions(bucket.members)
        self._by_loss = False

    @property
    def training(self) -> np.ndarray:
        """Which members have not stopped; (member,)."""
        return np.array([status == "training" for status in self.status])

    def measure(self, epoch: int, learning_rate: float) -> None:
        """Evaluate all members, keep the best weights, stop those that no longer gain."""
        bucket, training = self._bucket, self.training
        train_loss = self._mean_loss(bucket.evaluate(bucket.train_sample), bucket.train_sample)
        raw = bucket.evaluate(bucket.valid)
        predictions = self._predictions(raw)
        scores = np.array([self._score(member, predictions[member]) for member in range(len(bucket.members))])
        valid_loss = self._mean_loss(raw, bucket.valid)
        # where a fold's rows cannot be scored (a single class has no ROC AUC), all choose by the loss
        self._by_loss = self._by_loss or bool(np.isnan(scores[np.isfinite(valid_loss)]).any())
        errors = valid_loss if self._by_loss else np.array([self._metric.error(score) for score in scores])
        row = {"train_loss": train_loss, "valid_loss": valid_loss, "valid_score": scores}
        row = {name: np.where(training, np.nan_to_num(values, nan=np.inf), np.nan) for name, values in row.items()}
        self._rows.append(row | {"learning_rate": np.where(training, learning_rate, np.nan)})
        self.outer.update(epoch, errors, predictions, training)
        better = training & (errors < self._best_error)
        self._keep(better, errors, epoch)
        self._stop(epoch, np.isfinite(train_loss))

    def _keep(self, better: np.ndarray, errors: np.ndarray, epoch: int) -> None:
        self._best_error[better], self.best_epoch[better] = errors[better], epoch
        chosen = torch.from_numpy(np.flatnonzero(better)).to(self._bucket.device)
        for best, parameter in zip(self._best_weights, self._bucket.network.parameters(), strict=True):
            best[chosen] = parameter.detach()[chosen]

    def _stop(self, epoch: int, finite: np.ndarray) -> None:
        patience = self._bucket.plan.patience
        for member in np.flatnonzero(self.training):
            if not finite[member]:
                self.status[member] = "diverged"
            elif patience is not None and epoch - self.best_epoch[member] >= patience:
                self.status[member] = "stopped"

    def _mean_loss(self, raw: Tensor, rows: RowSet) -> np.ndarray:
        losses = self._objective.row_losses(raw, self._bucket.targets(rows.rows))
        mean = (losses * rows.weight).sum(dim=1) / rows.weight.sum(dim=1)
        return np.asarray(mean.double().cpu().numpy())

    def _predictions(self, raw: Tensor) -> Float[np.ndarray, "member row column"]:
        """In the units of the target."""
        values = self._objective.prediction(raw).double().cpu().numpy()
        mean = np.array([scale.mean for scale in self._scales])[:, None, None]
        std = np.array([scale.std for scale in self._scales])[:, None, None]
        return np.asarray(values * std + mean)

    def _score(self, member: int, prediction: np.ndarray) -> float:
        own = prediction[: self._bucket.valid.counts[member]]
        if not np.isfinite(own).all():
            return float("nan")
        values = own[:, 0] if own.shape[1] == 1 else own
        return self._metric.score(self._truth[member], values)

    def event(self, epoch: int, seconds: float) -> EpochDone:
        """The epoch for whoever watches, as means over members."""
        last, plan = self._rows[-1], self._bucket.plan

        def mean(values: np.ndarray) -> float:
            finite = values[np.isfinite(values)]
            return float(finite.mean()) if finite.size else float("nan")

        best = float(np.mean(self._best_error[np.isfinite(self._best_error)]))
        score = -best if self._metric.greater_is_better else best
        losses = mean(last["train_loss"]), mean(last["valid_loss"])
        return EpochDone(plan.name, epoch, plan.epochs, *losses, score, int(self.training.sum()), seconds)

    def result(self) -> TrainedBucket:
        """Put the best weights back and hand everything over."""
        with torch.no_grad():
            for best, parameter in zip(self._best_weights, self._bucket.network.parameters(), strict=True):
                parameter.copy_(best)
        curves = {name: np.stack([row[name] for row in self._rows], axis=1) for name in self._rows[0]}
        status = tuple("done" if status == "training" else status for status in self.status)
        outer = self.outer.result()
        counts = self._bucket.valid.counts
        return TrainedBucket(
            bucket=self._bucket,
            curves=Curves(self._bucket.members, best_epoch=self.best_epoch, status=status, **curves),
            outer=tuple(outer[member, : counts[member]] for member in range(len(counts))),
            outer_epoch=self.outer.epoch,
        )
