"""First weights from an autoencoder that learned from rows without a target, for a network that is to predict one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from torch import Tensor

from netwright.base.errors import DataError, PlanError
from netwright.base.finding import Finding
from netwright.base.named import Named
from netwright.base.plan import Plan, Preparation
from netwright.base.table import Column
from netwright.models.autoencoder import Autoencoder
from netwright.models.layers import MemberLinear
from netwright.preparation.preparer import Preparer
from netwright.training.anomalies import network_of, refuse_without
from netwright.training.mixture import Mixture

#: The only family whose hidden layers are those of an encoder.
FAMILY = "mlp"
#: Hexadecimal digits that tell one start from another.
_DIGITS = 16


@dataclass(frozen=True)
class Start:
    """One encoder, from the input to the last layer before its middle, with the preparation that it learned behind.

    Args:
        columns: The features that it reads, in order.
        preparation: The choices behind `preparer`.
        preparer: How cells become its inputs, fitted on train rows of its own run.
        hidden: Widths of its layers.
        activation: What follows each.
        embedding: The widest vector of a coded column.
        weights: `hidden.N.weight` (n_in, n_out), `hidden.N.bias` (n_out,) and `embedding.N` (code, width); float32.
        fingerprint: Of the data that it learned from; empty where nobody knows.
    """

    columns: tuple[Column, ...]
    preparation: Preparation
    preparer: Preparer
    hidden: tuple[int, ...]
    activation: str
    embedding: int
    weights: Mapping[str, np.ndarray]
    fingerprint: str = ""

    @classmethod
    def of(cls, model: Mixture, fingerprint: str = "") -> Start:
        """The encoder of the network whose embedding a model of unlabelled rows tells.

        Args:
            model: Of a finished run.
            fingerprint: Of its data.

        Raises:
            DataError: The model is none that gives rows back, or has no hidden layer before its middle.
        """
        member, part = refuse_without(model).member, network_of(model)
        network, fold = part.network, part.folds[part.member_folds[member]]
        assert isinstance(network, Autoencoder)
        config, preparer = network.config, fold.preparer
        if not config.hidden:
            raise DataError("--start-from must name an autoencoder with hidden layers, got one with --hidden none.")
        if preparer.arrays or part.plan.preparation.flat:
            raise DataError("--start-from must name an autoencoder of plain cells, got one of pictures or texts.")
        weights, width = dict[str, np.ndarray](), part.sizes.dense
        for depth, layer in enumerate(list(network.hidden)[: len(config.hidden)]):
            assert isinstance(layer, MemberLinear)
            own = _array(layer.weight[member])
            if not depth:  # narrower folds are padded between dense features and embeddings
                own = np.concatenate([own[: preparer.width], own[width:]])
            weights |= {f"hidden.{depth}.weight": own, f"hidden.{depth}.bias": _array(layer.bias[member, 0])}
        if network.embedding is not None:
            for column, (table, n_codes) in enumerate(
                zip(network.embedding.tables, preparer.cardinalities, strict=True)
            ):
                weights[f"embedding.{column}"] = _array(table[member, :n_codes])
        columns, choices = tuple(model.schema.features), part.plan.preparation
        return cls(columns, choices, preparer, config.hidden, config.activation, config.embedding, weights, fingerprint)

    @cached_property
    def key(self) -> str:
        """Hexadecimal digits that change with any weight and any fitted number.

        What networks start from is thereby part of their plan, wherever the run of the encoder lies.
        """
        said = [[(own.name, own.kind, own.levels) for own in self.columns], self.preparer.to_json(), self.activation]
        hashed = hashlib.sha256(json.dumps(said, sort_keys=True).encode("utf-8", "surrogatepass"))
        for name, array in sorted(self.weights.items()):
            hashed.update(f"{name}{array.shape}".encode())
            hashed.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
        return hashed.hexdigest()[:_DIGITS]

    def begun(self, plan: Plan) -> Plan:
        """The plan with the encoder's shape and preparation, beginning with its weights.

        Args:
            plan: One of the family `mlp`.
        """
        shape = {"hidden": list(self.hidden), "activation": self.activation, "embedding": self.embedding}
        config = {**plan.config, **shape, "start": Named(self.key, self.weights)}
        preparation = replace(
            self.preparation, clamp_target=plan.preparation.clamp_target, start=Named(self.key, self.preparer)
        )
        return replace(plan, name=f"{plan.name} started", config=config, preparation=preparation)

    def check(self, columns: Sequence[Column]) -> None:
        """The columns must be those of the encoder.

        Args:
            columns: The features of the run.

        Raises:
            PlanError: They are not, with the first difference.
        """
        here, there = {own.name: own for own in columns}, {own.name: own for own in self.columns}
        where, advice = "--start-from must name a run of the same columns", "Train that run anew with the same columns."
        for name in there:
            if name not in here:
                raise PlanError(f"{where}, but it also reads {name!r}, which is no feature here. {advice}")
        for name, own in here.items():
            if name not in there:
                raise PlanError(f"{where}, but it does not read {name!r}. {advice} Or pass --drop {name} here.")
            other = there[name]
            if own.kind != other.kind:
                told = f"{other.kind} there and {own.kind} here"
                raise PlanError(f"{where}, but {name!r} is {told}. Pass --kind {name}={other.kind} here.")
            if own.levels != other.levels:
                raise PlanError(f"{where}, but the levels of {name!r} are others there. {advice}")
        if list(here) != list(there):
            first = next(name for name, other in zip(here, there, strict=True) if name != other)
            raise PlanError(f"{where} in the same order, but {first!r} stands in another place. {advice}")

    def finding(self, fingerprint: str) -> Finding:
        """What is to be told of where the first weights come from.

        Args:
            fingerprint: Of the data of the run.
        """
        same = bool(fingerprint) and fingerprint == self.fingerprint
        rows = (
            "rows of this same file, without the target: features of rows that judge here were among them, so scores "
            "may flatter beside those of rows that the encoder never saw"
            if same
            else "other data; whether rows that judge here were among them is not known"
        )
        message = (
            "networks begin with the weights of an autoencoder, and cells are prepared as it prepared them; it learned "
            f"from {rows}"
        )
        evidence = {"start": self.key, "same_data": same}
        advice = "compare with a run without --start-from"
        return Finding("started", "training", "warning" if same else "note", message, advice, evidence=evidence)


def _array(tensor: Tensor) -> np.ndarray:
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float32).copy()


def start_of(named: Any) -> Start:
    """The encoder that `--start-from` names, once its run has been read.

    Raises:
        PlanError: Nobody has read it.
    """
    thing = getattr(named, "thing", None)
    if not isinstance(thing, Start):
        raise PlanError(f"--start-from must be the folder of a run, read before the training, got {named!r}.")
    return thing
