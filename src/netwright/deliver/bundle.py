"""The bundle: what is shipped. `manifest.json` says everything but the weights, `weights.safetensors` holds those.

Nothing in it is executed: JSON checked against a schema, and plain tensors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from netwright.base.errors import DataError, NetwrightError
from netwright.base.plan import Plan, Preparation
from netwright.base.table import Schema
from netwright.evaluate.conformal import Conformal
from netwright.models.family import Sizes, build_network
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import Target, TargetScale
from netwright.preparation.typical import typical_values
from netwright.training.model import FittedModel, FoldState
from netwright.training.tensors import continuous_positions, other_features

FORMAT, FORMAT_VERSION = "netwright-bundle", 1
MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"


def bundle_files(model: FittedModel) -> dict[str, bytes]:
    """The files of a bundle, by name.

    Args:
        model: What is shipped.
    """
    from safetensors.torch import save

    weights = save({name: tensor.contiguous() for name, tensor in model.network.state_dict().items()})
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "netwright": version("netwright"),
        "columns": model.schema.to_json(),
        "target": model.target.to_json(),
        "plan": model.plan.to_json(),
        "sizes": {
            "dense": model.sizes.dense,
            "cardinalities": list(model.sizes.cardinalities),
            "outputs": model.sizes.outputs,
            "fan_in": list(model.sizes.fan_in),
        },
        "folds": [
            {
                "preparation": fold.preparer.to_json(),
                "target_scale": asdict(fold.scale),
            }
            for fold in model.folds
        ],
        "member_folds": list(model.member_folds),
        **({} if model.typical is None else {"typical": dict(model.typical)}),
        "conformal": model.conformal.to_json() if model.conformal is not None else None,
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(weights).hexdigest()},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, allow_nan=False)
    return {MANIFEST: (text + "\n").encode("utf-8"), WEIGHTS: weights}


def save_bundle(model: FittedModel, folder: Path) -> None:
    """Write a model into a folder that exists.

    Args:
        model: What is shipped.
        folder: Where the two files go.
    """
    for name, data in bundle_files(model).items():
        (folder / name).write_bytes(data)


def load_bundle(folder: Path) -> FittedModel:
    """The model in a folder; its predictions are those of the model that was saved, bit for bit.

    Raises:
        DataError: The folder holds no bundle, or a damaged one.
    """
    manifest = _checked_manifest(folder)
    weights = _read(folder / WEIGHTS)
    if hashlib.sha256(weights).hexdigest() != manifest["weights"]["sha256"]:
        raise _damaged(folder, f"{WEIGHTS} is not the file that {MANIFEST} names")
    try:
        return _model(manifest, weights)
    except NetwrightError as error:
        raise _damaged(folder, str(error)) from error
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError) as error:
        raise _damaged(folder, f"{type(error).__name__}: {error}") from error


def _model(manifest: Mapping[str, Any], weights: bytes) -> FittedModel:
    from safetensors.torch import load

    plan = _plan(manifest["plan"])
    given = manifest["sizes"]
    folds = tuple(
        FoldState(Preparer.from_json(fold["preparation"]), TargetScale(**fold["target_scale"]))
        for fold in manifest["folds"]
    )
    member_folds = tuple(manifest["member_folds"])
    preparers = [fold.preparer for fold in folds]
    positions = continuous_positions(preparers)
    sizes = Sizes(
        dense=given["dense"],
        cardinalities=tuple(given["cardinalities"]),
        outputs=given["outputs"],
        fan_in=tuple(given["fan_in"]),
        continuous=tuple(positions[fold] for fold in member_folds),
        others=other_features(preparers),
    )
    network = build_network(plan.family, plan.config, sizes, seeds=[0] * len(member_folds))
    network.load_state_dict(load(weights), strict=True)
    schema, target = Schema.from_json(manifest["columns"]), Target.from_json(manifest["target"])
    typical, given = manifest.get("typical"), manifest.get("conformal")  # bundles of before have none
    conformal = Conformal.from_json(given) if given is not None else None
    model = FittedModel(schema, target, plan, sizes, network.eval(), folds, member_folds, typical, conformal)
    _check_parts_fit(model)
    return model


def _check_parts_fit(model: FittedModel) -> None:
    """Every part by itself may be sound and yet not belong to the others."""
    features = {column.name for column in model.schema.features}
    for fold in model.folds:
        if {encoder.column for encoder in fold.preparer.encoders} != features:
            raise ValueError("the preparation is that of other columns")
        codes = fold.preparer.cardinalities
        fits = len(codes) <= len(model.sizes.cardinalities) and len(fold.preparer.feature_names) <= model.sizes.dense
        if not fits or any(own > most for own, most in zip(codes, model.sizes.cardinalities, strict=False)):
            raise ValueError("the preparation gives more than the network takes")
    if max(model.member_folds) >= len(model.folds) or len(model.sizes.fan_in) != len(model.member_folds):
        raise ValueError("the members are those of other folds")
    if model.sizes.outputs != model.target.outputs or model.schema.target is None:
        raise ValueError("the target is that of another network")
    if model.typical is not None:
        typical_values(model.schema, model.typical)  # says which cell does not fit
    if model.conformal is not None and model.conformal.task != model.target.task:
        raise ValueError("the conformal scores are those of another task")


def _plan(data: Mapping[str, Any]) -> Plan:
    preparation = dict(data["preparation"])
    preparation["bins"] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in preparation["bins"].items()
    }
    betas = {"betas": tuple(data["betas"])} if "betas" in data else {}
    return Plan(**{**data, **betas, "preparation": Preparation(**preparation)})


def _checked_manifest(folder: Path) -> dict[str, Any]:
    import jsonschema

    if not (folder / MANIFEST).is_file():
        raise DataError(
            f"{folder} must hold a trained model ({MANIFEST}), got none. Pass the folder of a finished run."
        )
    try:
        manifest = json.loads(_read(folder / MANIFEST).decode("utf-8"))
    except ValueError as error:
        raise _damaged(folder, f"{MANIFEST} is not JSON ({error})") from error
    schema = json.loads((files("netwright.deliver") / "manifest.schema.json").read_text(encoding="utf-8"))
    complaint = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(manifest))
    if complaint is not None:
        where = "/".join(str(part) for part in complaint.absolute_path) or "the whole"
        raise _damaged(folder, f"{MANIFEST}, {where}: {complaint.message[:200]}")
    assert isinstance(manifest, dict)
    return manifest


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _damaged(path.parent, f"{path.name} cannot be read ({error.strerror})") from error


def _damaged(folder: Path, what: str) -> DataError:
    return DataError(
        f"the model in {folder} must be complete and unchanged, got a damaged one: {what}. Copy or train it again."
    )
