"""What a model that gives rows back says of them: how far off they are, where they lie, which cluster is nearest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from netwright.base.errors import DataError
from netwright.base.table import Table
from netwright.evaluate.clusters import Clusters, find_clusters, nearest
from netwright.models.autoencoder import Autoencoder
from netwright.models.family import purpose_of
from netwright.preparation.values import feature_values
from netwright.training.attachment import Attachment
from netwright.training.mixture import Mixture
from netwright.training.model import FittedModel

#: What ships beside the parts.
NAME = "unlabelled"
#: Out-of-fold rows of this share are farther off than the threshold.
BEYOND = 0.02
#: Rows at a time.
_BLOCK = 8_192


@dataclass(frozen=True)
class Anomalies:
    """What is needed to read rows, learned from development rows.

    Args:
        threshold: Rows that are farther off are called anomalies.
        share: The share of validation rows that lie beyond it.
        member: The network whose middle is the embedding: each has one of its own, and they do not compare.
        centres: Of the clusters in it; (cluster, code).
        mean: Of the embedded development rows; (code,).
        axes: The two directions in which they vary most, for a map; (2, code), or (1, code).
    """

    threshold: float
    share: float
    member: int
    centres: np.ndarray
    mean: np.ndarray
    axes: np.ndarray

    def attached(self) -> Attachment:
        """As it ships."""
        facts = {"threshold": self.threshold, "share": self.share, "member": self.member}
        return Attachment(NAME, facts, {"centres": self.centres, "mean": self.mean, "axes": self.axes})

    def on_map(self, embedded: np.ndarray) -> np.ndarray:
        """Where embedded rows lie on the map; (n_rows, 2), or (n_rows, 1) for a middle of one number."""
        return np.asarray((embedded - self.mean) @ self.axes.T)


def learn_anomalies(model: Mixture, validation: np.ndarray, table: Table, seed: int) -> tuple[Anomalies, Clusters]:
    """Learn the threshold from rows that the networks did not see, and clusters and map from all development rows.

    Args:
        model: What ships.
        validation: How far off each row is by networks that did not learn from it; (n_rows,).
        table: Development rows.
        seed: The run's seed.
    """
    part = network_of(model)
    member = 0  # of the first fold; the others' middles are as good, and none of them was chosen by its looks
    embedded = embed(part, member, table.sampled())
    clusters = find_clusters(embedded, seed)
    mean = embedded.mean(axis=0)
    _, _, axes = np.linalg.svd(embedded - mean, full_matrices=False)
    threshold = float(np.quantile(validation, 1 - BEYOND))
    axes = np.ascontiguousarray(axes[:2] * np.sign(axes[:2, np.abs(axes[:2]).argmax(axis=1)].diagonal())[:, None])
    return Anomalies(threshold, BEYOND, member, clusters.centres, mean, axes), clusters


def anomalies_of(model: Mixture) -> Anomalies:
    """What ships with a model, of a stranger.

    Args:
        model: It.

    Raises:
        ValueError: It is absent, or does not fit the network.
    """
    own = model.attachment(NAME)
    if own is None:
        raise ValueError("a model that gives rows back must come with a threshold and clusters, got none")
    part = network_of(model)
    facts, arrays = dict(own.facts), dict(own.arrays)
    if set(facts) != {"threshold", "share", "member"} or set(arrays) != {"centres", "mean", "axes"}:
        raise ValueError("what ships beside a model that gives rows back must be a threshold, clusters and a map")
    for name in ("threshold", "share"):
        if type(facts[name]) not in (int, float) or not math.isfinite(facts[name]):
            raise ValueError(f"the {name} of anomalies must be a number, got {str(facts[name])[:50]!r}")
    member = facts["member"]
    if type(member) is not int or not 0 <= member < part.network.n_members:
        raise ValueError("the network of the embedding must be one of the model's")
    width = _middle(part)
    for name, array in arrays.items():
        shaped = array.shape == (width,) if name == "mean" else array.ndim == 2 and array.shape[1] == width
        if array.dtype != np.float64 or not shaped or not array.size or not np.isfinite(array).all():
            raise ValueError(f"the {name} must be finite numbers of the width of the middle, {width}")
    return Anomalies(float(facts["threshold"]), float(facts["share"]), member, **arrays)


def network_of(model: Mixture) -> FittedModel:
    """The networks of a model that gives rows back.

    Raises:
        ValueError: It is another model.
    """
    part = model.parts[0]
    if len(model.parts) > 1 or not isinstance(part, FittedModel) or not isinstance(part.network, Autoencoder):
        raise ValueError("a model that gives rows back must be one plan of autoencoders")
    return part


def _middle(part: FittedModel) -> int:
    assert isinstance(part.network, Autoencoder)
    return part.network.code


def embed(part: FittedModel, member: int, table: Table) -> np.ndarray:
    """Where each row lies in the middle of one network; float64, (n_rows, code)."""
    blocks = [
        network.embed(block)[member].double().numpy()[:n_rows] for network, block, n_rows in _through(part, table)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, _middle(part)))


def errors_of_columns(part: FittedModel, table: Table) -> tuple[np.ndarray, tuple[str, ...]]:
    """How far off each column of each row is, the mean over networks; NaN where its cell is unknown.

    Returns:
        (n_rows, column), and the names of the columns.
    """
    names = tuple(place.column for place in part.sizes.places[0])
    blocks = [network.errors(block).mean(dim=0).double().numpy()[:n] for network, block, n in _through(part, table)]
    return (np.concatenate(blocks) if blocks else np.zeros((0, len(names)))), names


def said_columns(model: Mixture, anomalies: Anomalies, table: Table, errors: np.ndarray) -> dict[str, np.ndarray]:
    """What is said of each row beside its score: whether it is an anomaly, its cluster, its embedding.

    Args:
        model: What gives rows back.
        anomalies: What ships with it.
        table: The rows.
        errors: How far off each is; (n_rows,).
    """
    embedded = embed(network_of(model), anomalies.member, table)
    numbered = {f"embedding_{axis + 1}": embedded[:, axis] for axis in range(embedded.shape[1])}
    return {
        "anomaly": np.where(errors > anomalies.threshold, "yes", "no"),
        "cluster": 1 + nearest(embedded, anomalies.centres),
        **numbered,
    }


def rebuilt_columns(model: Mixture, table: Table) -> dict[str, Any]:
    """The rows as the networks see them, by column: numbers in their units (means over networks), the likeliest levels.

    Args:
        model: What gives rows back.
        table: The rows.
    """
    part, found = network_of(model), dict[str, list[Any]]()
    for network, block, n_rows in _through(part, table):
        dense, coded = network.rebuild(block)
        for name, cells in _decoded(part, dense.numpy()[:, :n_rows], [own.numpy()[:, :n_rows] for own in coded]):
            found.setdefault(name, []).append(cells)
    return {name: np.concatenate(own) for name, own in found.items()}


def _decoded(part: FittedModel, dense: np.ndarray, coded: Sequence[np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """Each column given back: by every network on the scale of its own fold, then brought together."""
    columns = []
    for number, encoder in enumerate(part.folds[0].preparer.encoders):
        votes = []
        for member, fold in enumerate(part.member_folds):
            own, place = part.folds[fold].preparer.encoders[number], part.sizes.places[member][number]
            positions = sorted((*place.numbers, *place.signs, *place.levels))
            codes = coded[place.code][member] if place.code >= 0 else None
            votes.append(own.decoded(dense[member][:, positions], codes))
        if all(vote is not None for vote in votes):
            columns.append((encoder.column, _together(votes)))
    return columns


def _together(votes: Sequence[Any]) -> np.ndarray:
    """Numbers by their mean; levels by the sum of their shares."""
    if isinstance(votes[0], np.ndarray):
        return np.asarray(np.mean(votes, axis=0))
    shares: dict[str, np.ndarray] = {}
    for vote in votes:
        for level, share in vote.items():
            shares[level] = shares.get(level, 0.0) + share
    levels = list(shares)
    likeliest = np.stack([shares[level] for level in levels]).argmax(axis=0)
    return np.asarray(np.array(levels, dtype=object)[likeliest])


def _through(part: FittedModel, table: Table) -> Any:
    """(network, inputs, rows that are no filling) of each block of rows."""
    for rows in table.blocks(_BLOCK):
        values = feature_values(rows)
        prepared = [fold.preparer.transform(values) for fold in part.folds]
        left = rows.n_rows
        with torch.inference_mode():
            for block in part.blocks(prepared, rows.n_rows):
                n_rows = min(left, block["dense"].shape[1])
                left -= n_rows
                yield part.network, block, n_rows


def refuse_without(model: Mixture) -> Anomalies:
    """The same as `anomalies_of` for a model at hand, with an error for the user.

    Raises:
        DataError: The model is not one that gives rows back.
    """
    if model.attachment(NAME) is None:
        makers = sorted({part.plan.family for part in model.networks if purpose_of(part.plan.family) == "make"})
        if makers:
            raise DataError(
                f"--reconstruct must come with a model that gives rows back, got one that makes new rows "
                f"({', '.join(makers)}): a generator cannot give rows back. Train without --model {makers[0]}, or make "
                "rows with netwright synthesize."
            )
        raise DataError(
            "--reconstruct must come with a model that gives rows back, got one that predicts a target. Train one with "
            "--task unsupervised."
        )
    try:
        return anomalies_of(model)
    except ValueError as error:
        raise DataError(f"{error}. Train one with --task unsupervised.") from error


def facts_of(clusters: Clusters, sizes: Mapping[int, int]) -> dict[str, Any]:
    """How clusters were chosen, JSON-able.

    Args:
        clusters: As they were found.
        sizes: Rows of each.
    """
    tried = [{"clusters": n, "stability": stability, "silhouette": apart} for n, stability, apart in clusters.tried]
    return {"n_clusters": len(clusters.centres), "why": clusters.why, "rows": dict(sizes), "tried": tried}
