"""The bundle: what is shipped. `manifest.json` says everything but the weights, `weights.safetensors` holds those.

Nothing in it is executed: sealed JSON held against a schema, and plain tensors held against the network that its
choices make. A stranger's bundle may be wrong, but it cannot run anything, read or write anything else, or take more
memory than it has weights. docs/safety.md says what is promised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError, NetwrightError
from netwright.base.figures import one_line
from netwright.base.plan import Plan, Preparation
from netwright.base.table import Schema
from netwright.deliver.manifest import LIMITS, check_form, manifest_data, manifest_text
from netwright.deliver.plain_files import PlainFolder, is_unfinished, unfinished
from netwright.deliver.weights import most_bytes, network_from, runs, weights_of
from netwright.evaluate.conformal import Conformal
from netwright.models.family import Sizes
from netwright.preparation.derived import check_derived
from netwright.preparation.preparer import Preparer
from netwright.preparation.select import LEFT_OUT
from netwright.preparation.target import Target, TargetScale
from netwright.preparation.typical import typical_values
from netwright.sources.dates import is_format
from netwright.training.model import FittedModel, FoldState
from netwright.training.objectives.supervised import Supervised
from netwright.training.tensors import sizes_of

MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"
#: The folder of a bundle within that of a run.
INNER = "model"


def bundle_files(model: FittedModel) -> dict[str, bytes]:
    """The files that a model is, by name.

    Args:
        model: What is shipped.

    Raises:
        DataError: Its categories have so many levels that no manifest holds them.
    """
    weights = weights_of(model.network)
    parts = _parts(model, weights)
    try:
        text = manifest_text(parts)
    except ValueError:
        text = _shorter(parts)
    return {MANIFEST: text, WEIGHTS: weights}


def _parts(model: FittedModel, weights: bytes) -> dict[str, Any]:
    return {
        "columns": model.schema.to_json(),
        "target": model.target.to_json(),
        "plan": model.plan.to_json(),
        "sizes": _sizes_json(model.sizes),
        "folds": [{"preparation": fold.preparer.to_json(), "target_scale": asdict(fold.scale)} for fold in model.folds],
        "member_folds": list(model.member_folds),
        **({} if model.typical is None else {"typical": dict(model.typical)}),
        "conformal": model.conformal.to_json() if model.conformal is not None else None,
        "weights": {"file": WEIGHTS, "bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()},
    }


def _shorter(parts: Mapping[str, Any]) -> bytes:
    """The manifest without the rare levels: with them unknown ones are told, but no prediction needs them."""
    for fold in parts["folds"]:
        for encoder in fold["preparation"]:
            encoder.pop("rare_levels", None)
    try:
        return manifest_text(parts)
    except ValueError as error:
        raise DataError(
            f"the manifest of a model {one_line(str(error))[:200]}: the levels of its categories are too many. "
            "Leave out columns of very many levels, with --drop."
        ) from error


def _sizes_json(sizes: Sizes) -> dict[str, Any]:
    return {
        "dense": sizes.dense,
        "cardinalities": list(sizes.cardinalities),
        "outputs": sizes.outputs,
        "fan_in": list(sizes.fan_in),
    }


def load_bundle(folder: Path) -> FittedModel:
    """The model in a folder; its predictions are those of the model that was saved, bit for bit.

    Args:
        folder: Of a bundle, or of a run with its bundle in `model`.

    Raises:
        DataError: The folder holds no bundle, a damaged one, one of a later version, or one that is made to do harm.
    """
    try:
        outer = PlainFolder(folder)
    except (OSError, ValueError) as error:
        raise _none(folder) from error
    with outer:
        inner = outer.inner(INNER)
        if inner is None:
            return _loaded(outer)
        with inner:
            return _loaded(inner)


def _loaded(folder: PlainFolder) -> FittedModel:
    if not folder.has(MANIFEST):
        raise _none(folder.path)
    try:
        manifest = manifest_data(folder.read(MANIFEST, LIMITS.n_bytes), folder.path)
    except DataError:
        raise
    except ValueError as error:
        raise _damaged(folder.path, f"{MANIFEST} {error}") from error
    weights = _weights(folder, manifest.get("weights"))
    try:
        check_form(manifest)
    except ValueError as error:
        raise _damaged(folder.path, f"{MANIFEST} {error}") from error
    try:
        return _model(manifest, weights)
    except NetwrightError as error:
        raise _damaged(folder.path, str(error)) from error
    except Exception as error:  # whatever the parts lead to is their fault, and none of it has left this function
        raise _damaged(folder.path, f"{type(error).__name__}: {error}") from error


def _weights(folder: PlainFolder, said: Any) -> bytes:
    """The file that the manifest means, before anything is made of either."""
    said = said if isinstance(said, dict) else {}
    most, n_bytes = most_bytes(), said.get("bytes")
    if type(n_bytes) is int and n_bytes > most:
        raise DataError(
            f"the model in {folder.path} must fit into memory, got weights of {n_bytes:,} bytes where {most:,} are "
            "free for them. Close other programs, or take a machine with more memory."
        )
    weights = folder.read(WEIGHTS, most)
    if (n_bytes is not None and len(weights) != n_bytes) or hashlib.sha256(weights).hexdigest() != said.get("sha256"):
        raise _damaged(folder.path, f"{WEIGHTS} is not the file that {MANIFEST} names")
    return weights


def _model(manifest: Mapping[str, Any], weights: bytes) -> FittedModel:
    schema, target = Schema.from_json(manifest["columns"]), Target.from_json(manifest["target"])
    _check_columns(schema, target)
    folds = tuple(
        FoldState(Preparer.from_json(fold["preparation"]), TargetScale(**fold["target_scale"]))
        for fold in manifest["folds"]
    )
    preparers, member_folds = [fold.preparer for fold in folds], tuple(manifest["member_folds"])
    _check_preparation(preparers, schema)
    if max(member_folds) >= len(folds):
        raise ValueError("the members are those of other folds")
    sizes = sizes_of(preparers, member_folds, target.outputs)
    if _sizes_json(sizes) != manifest["sizes"]:
        raise ValueError("the network is that of another preparation or target")
    plan = plan_of(manifest["plan"])
    objective = Supervised(target.task, plan.loss)  # says whether the loss is one of the task
    network = network_from(weights, plan, sizes)
    runs(network, sizes, objective)
    typical, given = manifest.get("typical"), manifest.get("conformal")  # bundles of before have none
    if typical is not None:
        typical_values(schema, typical)  # says which cell does not fit
    conformal = Conformal.from_json(given) if given is not None else None
    if conformal is not None and conformal.task != target.task:
        raise ValueError("the conformal scores are those of another task")
    return FittedModel(schema, target, plan, sizes, network, folds, member_folds, typical, conformal)


def _check_columns(schema: Schema, target: Target) -> None:
    """Columns that can be told apart, features among them, and a target of the kind that the task needs."""
    if len(set(schema.names)) < len(schema.names) or not schema.features:
        raise ValueError("the columns must have names of their own, and features must be among them")
    own = [column for column in schema.columns if column.role == "target"]
    if [column.name for column in own] != [target.name]:
        raise ValueError("the target must be one of the columns, and no other")
    n_classes = len(target.classes)
    fits = {"regression": n_classes == 0, "binary": n_classes == 2, "multiclass": n_classes > 1}[target.task]
    if not fits or len(set(target.classes)) < n_classes:
        raise ValueError("the classes are those of another task")
    if (own[0].kind == "numeric") != (target.task == "regression") or own[0].kind == "date":
        raise ValueError("the target is of a kind that does not fit the task")
    for column in schema.columns:
        if column.kind == "date" and not is_format(column.reading.date_format):
            raise ValueError(f"the dates of {column.name!r} are in a format that is not read")


def _check_preparation(preparers: Sequence[Preparer], schema: Schema) -> None:
    """Every feature has its encoder, in order, and one that reads cells of its kind; so has what is derived."""
    features = schema.features
    names = [column.name for column in features]
    for preparer in preparers:
        if [encoder.column for encoder in preparer.encoders] != names:
            raise ValueError("the preparation is that of other columns")
        for encoder, column in zip(preparer.encoders, features, strict=True):
            fits = encoder.name in (column.kind, LEFT_OUT) or (encoder.name, column.kind) == ("binned", "numeric")
            if not fits:
                raise ValueError(f"the preparation of {column.name!r} is that of another kind")
        check_derived(preparer.derived, schema)


def plan_of(data: Mapping[str, Any]) -> Plan:
    """The plan that `to_json` described, its key left out."""
    preparation = dict(data["preparation"])
    preparation["bins"] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in preparation["bins"].items()
    }
    preparation["derived"] = tuple(preparation.get("derived", ()))
    betas = {"betas": tuple(data["betas"])} if "betas" in data else {}
    return Plan(**{**data, **betas, "preparation": Preparation(**preparation)})


def _none(folder: Path) -> DataError:
    run = folder.parent if folder.name == INNER else folder
    if is_unfinished(run):
        return unfinished(run)
    return DataError(f"{folder} must hold a trained model ({MANIFEST}), got none. Pass the folder of a finished run.")


def _damaged(folder: Path, what: str) -> DataError:
    return DataError(
        f"the model in {folder} must be complete and unchanged, got a damaged one: {one_line(what[:1_000])}. "
        "Copy or train it again."
    )
