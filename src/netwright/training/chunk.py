"""A chunk: members of one shape that train as one program over stacked parameters, small enough for the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from netwright.base.plan import Member
from netwright.base.seeds import derive_seed
from netwright.evaluate.metrics import Metric, chooses_epochs, weighted_log_loss
from netwright.models.family import Inputs, Network, build_network
from netwright.models.noise import Noise
from netwright.preparation.batches import BatchOrder, Cutting
from netwright.preparation.block_order import BlockOrder, order_of
from netwright.preparation.folds import PreparedFold
from netwright.preparation.target import Target
from netwright.training import watching
from netwright.training.not_finite import all_finite, of_epoch, of_fold
from netwright.training.objectives.objective import Objective
from netwright.training.optimizers import Optimizer, Run
from netwright.training.outer import first_half
from netwright.training.schedules import SCHEDULES
from netwright.training.tensors import FoldTensors, RowSet, network_sizes, train_sample

#: Numbers that are gathered at once for the coming steps, and that a network may hold while it is evaluated.
_NUMBERS_GATHERED, _NUMBERS_EVALUATED = 1 << 18, 1 << 22


@dataclass(frozen=True)
class Problem:
    """What members are trained for.

    Args:
        target: What is predicted.
        metric: What epochs are chosen by.
        truth: Target of all development rows in its own units; (n_rows,), or (n_rows, steps).
        seed: The run's seed.
        device: Where training happens.
        units: Development rows that belong together share a number; (n_rows,). None: every row by itself.
        rows: The number of each development row in its source, to name it by; (n_rows,). None: counted from 0.
        in_files: Whether the table is large, so that prepared inputs lie in scratch files.
        same_start: Whether all plans begin with the same weights and see the same batches, fold by fold and seed by
            seed, so that nothing but their choices tells them apart.
    """

    target: Target
    metric: Metric
    truth: np.ndarray
    seed: int
    device: torch.device
    units: np.ndarray | None = None
    rows: np.ndarray | None = None
    in_files: bool = False
    same_start: bool = False

    @property
    def numbers(self) -> np.ndarray:
        """The number of each development row in its source; (n_rows,)."""
        return np.arange(len(self.truth)) if self.rows is None else self.rows

    def units_at(self, rows: np.ndarray) -> np.ndarray:
        """The units of some rows; (n_rows,)."""
        return rows if self.units is None else self.units[rows]

    def key_of(self, member: Member) -> int:
        """What all random numbers of a member come from."""
        plan = "any plan" if self.same_start else member.plan.key
        return derive_seed(self.seed, plan, member.fold, member.seed)


@dataclass(frozen=True)
class Measured:
    """How the members that still train stand after an epoch.

    Args:
        members: Which of the chunk's members.
        train_loss: Mean loss on the sample of train rows, NaN where something stops the member; (member,).
        valid_loss: Mean loss on the outer rows; (member,).
        score: The metric there; (member,).
        error: What epochs are chosen by there, less is better, NaN where there is none; (member,).
        halves: The same on each half of them, or the loss where a half has none; (member, 2).
        predictions: On the outer rows, in the target's units; (member, row, column).
        cause: Why a member must stop, a `Cause` or None; (member,).
        signals: By name, where the epoch is one that is watched; of layers (member, layer), of networks (member,).
    """

    members: np.ndarray
    train_loss: np.ndarray
    valid_loss: np.ndarray
    score: np.ndarray
    error: np.ndarray
    halves: np.ndarray
    predictions: np.ndarray
    cause: np.ndarray
    signals: Mapping[str, np.ndarray] = field(default_factory=dict)


class Halted(Exception):
    """An epoch was given up before its end."""


class Chunk:
    """Members with their data, network, optimizer and random numbers.

    Args:
        members: All of one shape; those of a plan side by side.
        folds: The preparation of their plans, fitted fold by fold.
        data: The same as tensors.
        objective: What they are trained for.
        problem: The task around them.
    """

    def __init__(
        self,
        members: Sequence[Member],
        folds: Sequence[PreparedFold],
        data: FoldTensors,
        objective: Objective,
        problem: Problem,
    ) -> None:
        self.members = tuple(members)
        self._folds, self._data, self._objective, self._problem = folds, data, objective, problem
        self._keys = [problem.key_of(member) for member in members]
        plan, own = members[0].plan, [member.fold for member in members]
        sizes = network_sizes(folds, own, problem.target.outputs)
        self.network: Network = build_network(plan.family, plan.config, sizes, self._keys).to(problem.device)
        cutting = Cutting.of(plan.batch_size, [len(fold.train) for fold in folds], plan.drop_last)
        train_rows = [folds[fold].train for fold in own]
        #: In which its rows come; rows of a large table window by window.
        self.order: BatchOrder | BlockOrder = order_of(folds)(train_rows, self._keys, cutting)
        self._valid = RowSet.padded([folds[fold].valid for fold in own], problem.device)
        self._sample = RowSet.padded([train_sample(rows, problem.seed) for rows in train_rows], problem.device)
        #: Of the folds here that cannot be trained on, why.
        self._refused = {fold: of_fold(folds[fold], problem.numbers, problem.target.name) for fold in set(own)}
        #: For each member which of its outer rows are the first half.
        self.halves = [first_half(problem.units_at(folds[fold].valid), fold, problem.seed) for fold in own]
        #: Halves (member, side) that are judged by the loss.
        self.by_loss: set[tuple[int, int]] = set()
        #: The epoch that is trained, and its steps that are done.
        self.epoch, self.step = 0, 0
        self.active = np.arange(len(members))
        self._settle()
        self.network.start_from(self._inputs(self._sample.rows), self._sample.weight, self._keys)
        #: Holds the best weights of every member, of those that have left as well.
        self.best = self.network.subset(range(len(members)))
        self._optimizer = Optimizer(self.runs, self.network)
        shortest = min(len(fold.train) for fold in folds)
        probe = watching.probe_rows(self._sample.rows, self._sample.counts, shortest, self.network.row_units)
        #: Looks inside the networks in some of the epochs.
        self.watch = watching.Watch(self.network, self._inputs(probe))

    def _settle(self) -> None:
        """What follows from who is still training."""
        plans = [self.members[member].plan for member in self.active]
        device = self._problem.device
        self.runs = Run.of(plans)
        self._fold = torch.tensor([self.members[member].fold for member in self.active], device=device)
        rates = [float(plan.config.get("dropout", 0.0)) for plan in plans]
        keys = [self._keys[member] for member in self.active]
        self._noise = Noise(keys, rates, self.order.widest, self.network.noise_units, device, self.order.steps)
        smoothed = [plan.label_smoothing for plan in plans]
        self._smoothing = torch.tensor(smoothed, device=device) if any(smoothed) else None
        self._share = torch.from_numpy(self.order.share).to(device)
        units = self.network.row_units * len(plans)
        self._rows_evaluated = max(1, min(8_192, _NUMBERS_EVALUATED // max(1, units)))

    def keep(self, members: Sequence[int]) -> None:
        """Go on with some of the members that still train; the others take no more time.

        Args:
            members: Their positions among all members of the chunk.
        """
        places = np.searchsorted(self.active, members).tolist()
        self.active = np.array(members, dtype=np.int64)
        if not places:
            return
        self.network, self.order = self.network.subset(places), self.order.of(places)
        self._valid, self._sample = self._valid.of(places), self._sample.of(places)
        self._settle()
        self._optimizer.keep(places, self.runs, self.network)
        self.watch.keep(places, self.network)

    @torch.no_grad()
    def keep_best(self, members: Sequence[int]) -> None:
        """Take the present weights of some members for their best."""
        places = np.searchsorted(self.active, members).tolist()
        everyone = len(places) == len(self.members)
        for best, now in zip(self.best.parameters(), self.network.parameters(), strict=True):
            if everyone:
                best.copy_(now)
            else:
                best[list(members)] = now[places]

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Everything that training changes, by name; what members that have left leave behind is in `best`."""
        parts = {"best": self.best, **({"network": self.network} if len(self.active) else {})}
        for part, network in parts.items():
            for name, tensor in (*network.named_parameters(), *network.named_buffers()):
                yield f"{part}/{name}", tensor.detach()
        if len(self.active):
            for name, tensor in self._optimizer.tensors():
                yield f"optimizer/{name}", tensor
            yield "watch", self.watch.of_step

    def _due(self, epoch: int) -> bool:
        """Whether some plan is looked into after this epoch."""
        return any(watching.due(epoch, self.order.steps, run.plan.epochs) for run in self.runs)

    def train_epoch(self, epoch: int, halt: Callable[[], bool] = lambda: False) -> None:
        """One pass of all members over their own train rows, or what is left of it.

        Args:
            epoch: Its number, from 1.
            halt: Whether to stop, asked before every step; another call then goes on from there.

        Raises:
            Halted: It has stopped before its end.
        """
        if epoch != self.epoch:
            self.epoch, self.step = epoch, 0
        spans = [run.stop - run.start for run in self.runs]
        regularisations = [SCHEDULES[run.plan.regularisation] for run in self.runs]
        schedules = [SCHEDULES[run.plan.schedule] for run in self.runs]
        epochs = [run.plan.epochs for run in self.runs]
        strengths = [regularise((epoch - 1) / n) for regularise, n in zip(regularisations, epochs, strict=True)]
        self._noise.start_epoch(epoch, np.repeat(strengths, spans).tolist(), self.step)
        parameters, l1 = list(self.network.parameters()), self.runs[0].plan.l1
        start, watched = (epoch - 1) * self.order.steps, self.order.steps - 1 if self._due(epoch) else None
        for step, (inputs, target, weight) in enumerate(self._batches(epoch, self.step), start + self.step):
            if halt():
                raise Halted
            self._noise.start_step()
            raw = self.network(inputs, self._noise)
            losses = self._objective.row_losses(raw, target, self._smoothing)
            # each member's own mean, then the sum: no member scales another's gradient
            share = self._share[step - start]
            loss = (losses * (share if weight is None else share * weight)).sum()
            if l1:
                loss = loss + l1 * sum(weight.abs().sum() for weight in self.network.penalised())
            gradients = torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True)
            done = [step / (n * self.order.steps) for n in epochs]
            moves = [move(t) for move, t in zip(schedules, done, strict=True)]
            rates = [run.plan.learning_rate * own for run, own in zip(self.runs, moves, strict=True)]
            shares = np.repeat(moves, spans).tolist() if self.step == watched else []
            with self.watch.step(gradients, shares) if shares else nullcontext():
                self._optimizer.step(gradients, rates, [go(t) for go, t in zip(regularisations, done, strict=True)])
            self.step += 1

    def measure(self, halt: Callable[[], bool] = lambda: False) -> Measured:
        """Losses, scores and predictions of the members that still train, without dropout.

        Args:
            halt: Whether to give up, asked between blocks of rows.

        Raises:
            Halted: It was given up.
        """
        n_sampled = self._sample.rows.shape[1]
        both = self.evaluate(torch.cat([self._sample.rows, self._valid.rows], dim=1), halt)
        sampled, raw = self._row_losses(both[:, :n_sampled], self._sample), both[:, n_sampled:]
        train_loss = np.array([own[:n].mean() for own, n in zip(sampled, self._sample.counts, strict=True)])
        cause = self._causes(train_loss, sampled)
        train_loss[[why is not None for why in cause]] = np.nan
        losses = self._row_losses(raw, self._valid)
        predictions = self._in_units(self._objective.prediction(raw))
        (score, errors), halves = np.empty((2, len(self.active))), np.empty((len(self.active), 2))
        for place, member in enumerate(self.active):
            half = self.halves[member]
            own, mine = predictions[place, : len(half)], losses[place, : len(half)]
            fold = self._folds[self.members[member].fold]
            truth = self._problem.truth[fold.valid]
            score[place] = self._score(self._problem.metric, truth, own, fold.class_weights)
            errors[place] = self._error(truth, own, fold.class_weights)
            for side, rows in enumerate((half, ~half)):
                # a single outer row has no other half: then the train rows choose
                weights = fold.class_weights
                error = self._half_error((int(member), side), truth[rows], own[rows], mine[rows], weights)
                halves[place, side] = error if rows.any() else train_loss[place]
        valid_loss = np.array([mine[: len(self.halves[k])].mean() for mine, k in zip(losses, self.active, strict=True)])
        signals = {}
        if self._due(self.epoch):
            told = {name: own.double().cpu().numpy() for name, own in self.network.told().items()}
            signals = self.watch.signals(self.epoch) | told
        return Measured(self.active, train_loss, valid_loss, score, errors, halves, predictions, cause, signals)

    def _causes(self, train_loss: Float[np.ndarray, " member"], losses: Float[np.ndarray, "member row"]) -> np.ndarray:
        """Why members must stop, a `Cause` or None; (member,)."""
        folds, squares = [self.members[member].fold for member in self.active], self._optimizer.squares
        causes = np.array([self._refused[fold] for fold in folds], dtype=object)
        sound = np.isfinite(train_loss) & all_finite([*self.network.parameters(), *squares])
        for place in np.flatnonzero(~sound):
            n, fold = self._sample.counts[place], self._folds[folds[place]]
            own, rows = losses[place, :n], self._sample.rows[place, :n].cpu().numpy()
            found = of_epoch(self.network, squares, int(place), own, rows, fold, self._problem.numbers)
            causes[place] = causes[place] or found
        return causes

    def evaluate(
        self, rows: Int[Tensor, "member row"], halt: Callable[[], bool] = lambda: False
    ) -> Float[Tensor, "member row *submodel output"]:
        """Raw outputs at these rows, without dropout or gradient."""
        blocks = []
        with torch.inference_mode():
            for start in range(0, rows.shape[1], self._rows_evaluated):
                if halt():
                    raise Halted
                blocks.append(self.network(self._inputs(rows[:, start : start + self._rows_evaluated])))
        return torch.cat(blocks, dim=1)

    def _batches(self, epoch: int, first: int = 0) -> Iterator[tuple[Inputs, Tensor, Tensor | None]]:
        """Inputs, targets and weights of every step from one on, gathered for several steps at once where small."""
        rows = self.order.epoch(epoch)
        width = self._data.dense.shape[2] + sum(array[0, 0].numel() for array in self._data.arrays.values())
        at_once = max(1, _NUMBERS_GATHERED // max(1, self.order.share[0].size * width))
        for start in range(first, len(rows), at_once):
            block = torch.from_numpy(rows[start : start + at_once]).to(self._problem.device)
            inputs, targets = self._inputs(block), self._of_rows(self._data.target, block)
            weights = None if self._data.weight is None else self._of_rows(self._data.weight, block)
            for step in range(len(block)):
                weight = None if weights is None else weights[step]
                yield {name: tensor[step] for name, tensor in inputs.items()}, targets[step], weight

    def _inputs(self, rows: Int[Tensor, "*step member batch"]) -> dict[str, Tensor]:
        """Each member's own inputs at its own rows."""
        flat = (rows + self._fold[:, None] * self._data.dense.shape[1]).flatten()
        inputs = {"dense": _rows(self._data.dense, flat, rows.shape)}
        if self._data.codes.shape[2]:
            inputs["codes"] = _rows(self._data.codes, flat, rows.shape)
        for name, array in self._data.arrays.items():
            inputs[name] = _rows(array, flat, rows.shape)
        return inputs

    def _of_rows(
        self, values: Float[Tensor, "fold row *class"], rows: Int[Tensor, "*step member batch"]
    ) -> Float[Tensor, "*step member batch *class"]:
        """Each member's own values (its scaled target, say) at its own rows."""
        flat = (rows + self._fold[:, None] * values.shape[1]).flatten()
        return values.flatten(0, 1).index_select(0, flat).view(*rows.shape, *values.shape[2:])

    def _row_losses(self, raw: Tensor, rows: RowSet) -> Float[np.ndarray, "member row"]:
        with torch.inference_mode():
            target = self._of_rows(self._data.target, rows.rows)
            return np.asarray(self._objective.row_losses(raw, target).double().cpu().numpy())

    def _in_units(self, values: Tensor) -> Float[np.ndarray, "member row column"]:
        """In the units of the target."""
        numbers = values.double().cpu().numpy()
        scales = [self._folds[self.members[member].fold].scale for member in self.active]
        return np.stack([scale.back(own) for scale, own in zip(scales, numbers, strict=True)])

    def _score(
        self, metric: Metric, truth: np.ndarray, predicted: np.ndarray, class_weights: np.ndarray | None
    ) -> float:
        if not len(truth) or not np.isfinite(predicted).all():
            return float("nan")
        if class_weights is not None and metric.name == "log_loss":
            # what is trained for chooses the epoch: log-loss that counts all rows alike wants other probabilities
            return weighted_log_loss(truth, predicted, class_weights)
        single = predicted.shape[1] == 1 and truth.ndim == 1
        return metric.score(truth, predicted[:, 0] if single else predicted)

    def _error(self, truth: np.ndarray, predicted: np.ndarray, class_weights: np.ndarray | None) -> float:
        """What epochs are chosen by, less is better."""
        metric = chooses_epochs(self._problem.metric)
        return metric.error(self._score(metric, truth, predicted, class_weights))

    def _half_error(
        self,
        key: tuple[int, int],
        truth: np.ndarray,
        predicted: np.ndarray,
        losses: np.ndarray,
        class_weights: np.ndarray | None,
    ) -> float:
        """The same; the loss, from the first epoch on, where these rows have no score (a single class)."""
        error = self._error(truth, predicted, class_weights)
        if np.isnan(error) and len(truth) and np.isfinite(predicted).all():
            self.by_loss.add(key)
        return float(losses.mean()) if key in self.by_loss else error


def _rows(tensor: Tensor, flat: Tensor, shape: torch.Size) -> Tensor:
    """Rows of all folds, numbered through, in the shape of their numbers."""
    return tensor.flatten(0, 1).index_select(0, flat).view(*shape, *tensor.shape[2:])
