"""The bundle: what is shipped. `manifest.json` says everything but the weights, `weights.safetensors` holds those.

Nothing in it is executed: sealed JSON held against a schema, and plain tensors held against the network that its
choices make. A stranger's bundle may be wrong, but it cannot run anything, read or write anything else, or take more
memory than it has weights. docs/safety.md says what is promised.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.errors import DataError, NetwrightError, PlanError
from netwright.base.figures import one_line
from netwright.base.named import Named
from netwright.base.plan import of_classes
from netwright.base.table import Schema
from netwright.deliver.attached import check_attachments
from netwright.deliver.bundle_parts import part_arrays, part_from, part_json
from netwright.deliver.manifest import LIMITS, check_form, manifest_data, manifest_text
from netwright.deliver.plain_files import PlainFolder, is_unfinished, unfinished
from netwright.deliver.weights import most_bytes, packed, unpacked
from netwright.evaluate.conformal import Conformal
from netwright.models.own import OWN
from netwright.preparation.image import MOST_NUMBERS
from netwright.preparation.target import Target
from netwright.preparation.typical import typical_values
from netwright.sources.dates import is_format
from netwright.training.attachment import Attachment
from netwright.training.forecaster import SeriesFacts
from netwright.training.mixture import Mixture

MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"
#: The folder of a bundle within that of a run.
INNER = "model"
#: From this version on a model has parts; their weights sum to 1, within rounding.
_IN_PARTS, _ROUNDING = 3, 1e-6
#: How arrays are named that belong to no part.
_ATTACHED = "attached."


def bundle_files(model: Mixture) -> dict[str, bytes]:
    """The files that a model is, by name.

    Args:
        model: What is shipped.

    Raises:
        DataError: Its categories have so many levels that no manifest holds them.
    """
    weights = packed(
        {
            f"{number}.{name}": array
            for number, part in enumerate(model.parts)
            for name, array in part_arrays(part).items()
        }
        | {f"{_ATTACHED}{own.name}.{name}": array for own in model.attachments for name, array in own.arrays.items()}
    )
    parts = _parts(model, weights)
    try:
        text = manifest_text(parts)
    except ValueError:
        text = _shorter(parts)
    return {MANIFEST: text, WEIGHTS: weights}


def _parts(model: Mixture, weights: bytes) -> dict[str, Any]:
    return {
        "columns": model.schema.to_json(),
        "target": model.target.to_json(),
        "parts": [part_json(part, weight) for part, weight in zip(model.parts, model.weights, strict=True)],
        "temperature": model.temperature,
        "threshold": model.threshold,
        **({} if model.typical is None else {"typical": dict(model.typical)}),
        "conformal": model.conformal.to_json() if model.conformal is not None else None,
        **_attachments_json(model),
        "weights": {"file": WEIGHTS, "bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()},
    }


def _attachments_json(model: Mixture) -> dict[str, Any]:
    """What ships beside the parts; nothing where there is nothing, so that other bundles are as before."""
    said = [{"name": own.name, "facts": dict(own.facts)} for own in model.attachments]
    return {"attachments": said} if said else {}


def _shorter(parts: Mapping[str, Any]) -> bytes:
    """The manifest without the rare levels: with them unknown ones are told, but no prediction needs them."""
    for fold in (fold for part in parts["parts"] for fold in part["folds"]):
        for encoder in fold.get("preparation", ()):
            encoder.pop("rare_levels", None)
    try:
        return manifest_text(parts)
    except ValueError as error:
        raise DataError(
            f"the manifest of a model {one_line(str(error))[:200]}: the levels of its categories are too many. "
            "Leave out columns of very many levels, with --drop."
        ) from error


def load_bundle(folder: Path, module: Named | None = None) -> Mixture:
    """The model in a folder; its predictions are those of the model that was saved, bit for bit.

    Args:
        folder: Of a bundle, or of a run with its bundle in `model`.
        module: The user's own, which no bundle holds, where the networks are made of it.

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
            return _loaded(outer, module)
        with inner:
            return _loaded(inner, module)


def _loaded(folder: PlainFolder, module: Named | None) -> Mixture:
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
    _check_module(folder.path, manifest, module)
    try:
        return _model(manifest, weights, module)
    except NetwrightError as error:
        if module is not None and isinstance(error, PlanError):  # which the bundle is not to blame for
            raise
        raise _damaged(folder.path, str(error)) from error
    except Exception as error:  # whatever the parts lead to is their fault, and none of it has left this function
        raise _damaged(folder.path, f"{type(error).__name__}: {error}") from error


def _check_module(folder: Path, manifest: Mapping[str, Any], module: Named | None) -> None:
    """A user's module is code, which no bundle holds: it is asked for where it is needed, and only there."""
    plans = [said["plan"] for said in _parts_said(manifest) if "plan" in said]
    own = next((plan for plan in plans if plan.get("family") == OWN), None)
    if own is not None and module is None:
        name = one_line(str(own.get("config", {}).get("module", "?"))[:100])
        raise DataError(
            f"the model in {folder} is made of a module of your own ({name}), and netwright stores weights, "
            "never code. Load it in Python with the same module or factory: netwright.load(folder, model=...)."
        )
    if own is None and module is not None:
        raise PlanError(f"model must be left out here: the model in {folder} is made by netwright alone.")


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


def _model(manifest: Mapping[str, Any], weights: bytes, module: Named | None) -> Mixture:
    schema, target = Schema.from_json(manifest["columns"]), Target.from_json(manifest["target"])
    _check_columns(schema, target)
    arrays = unpacked(weights)
    attachments = _attachments(manifest, arrays)
    parts = []
    for number, said in enumerate(_parts_said(manifest)):
        begin = f"{number}." if manifest["version"] >= _IN_PARTS else ""
        own = {name: arrays.pop(name) for name in [name for name in arrays if name.startswith(begin)]}
        mine = {name.removeprefix(begin): array for name, array in own.items()}
        parts.append(part_from(said, mine, schema, target, module))
    if arrays:
        raise ValueError(f"tensor {min(arrays)[:100]!r} must belong to a part")
    if len({len(part.makers) for part in parts}) > 1:
        raise ValueError("the parts are those of other folds")
    weighed = tuple(float(said["weight"]) for said in _parts_said(manifest))
    if abs(sum(weighed) - 1) > _ROUNDING:
        raise ValueError(f"the weights of the parts must sum to 1, got {sum(weighed):g}")
    temperature, threshold = float(manifest.get("temperature", 1)), manifest.get("threshold")
    if (not of_classes(target.task) and temperature != 1) or (target.task != "binary" and threshold is not None):
        raise ValueError("temperature and threshold are those of another task")
    typical, given = manifest.get("typical"), manifest.get("conformal")  # bundles of before have none
    if typical is not None:
        typical_values(schema, typical)  # says which cell does not fit
    conformal = Conformal.from_json(given) if given is not None else None
    if conformal is not None and conformal.task != target.task:
        raise ValueError("the conformal scores are those of another task")
    threshold = None if threshold is None else float(threshold)
    model = Mixture(schema, target, tuple(parts), weighed, temperature, threshold, typical, conformal, attachments)
    check_attachments(model)
    SeriesFacts.of(model)  # says what does not fit
    return model


def _attachments(manifest: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> tuple[Attachment, ...]:
    """What ships beside the parts; its arrays are taken out of all."""
    found = []
    for said in manifest.get("attachments", ()):
        begin = f"{_ATTACHED}{said['name']}."
        own = {name: arrays.pop(name) for name in [name for name in arrays if name.startswith(begin)]}
        found.append(
            Attachment(said["name"], said["facts"], {name.removeprefix(begin): array for name, array in own.items()})
        )
    if len({own.name for own in found}) < len(found):
        raise ValueError("what ships beside the parts must have names of its own")
    return tuple(found)


def _parts_said(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the manifest says of each part; one of before there were parts is one."""
    if manifest["version"] >= _IN_PARTS:
        said: list[Mapping[str, Any]] = manifest["parts"]
        return said
    own = {name: manifest[name] for name in ("plan", "sizes", "folds", "member_folds")}
    return [{"kind": "networks", "weight": 1.0, **own}]


def _check_columns(schema: Schema, target: Target) -> None:
    """Columns that can be told apart, features among them, and a target of the kind that the task needs."""
    if len(set(schema.names)) < len(schema.names) or not schema.features:
        raise ValueError("the columns must have names of their own, and features must be among them")
    own = [column for column in schema.columns if column.role == "target"]
    if target.task == "unsupervised":
        if own or target != Target("", "unsupervised"):
            raise ValueError("where nothing is predicted there must be no target")
        _check_dates(schema)
        return
    if [column.name for column in own] != [target.name]:
        raise ValueError("the target must be one of the columns, and no other")
    n_classes = len(target.classes)
    fits = {"regression": n_classes == 0, "binary": n_classes == 2, "multiclass": n_classes > 1}[target.task]
    if not fits or len(set(target.classes)) < n_classes:
        raise ValueError("the classes are those of another task")
    kind = "window" if target.steps else "numeric"
    if (own[0].kind == kind) != (target.task == "regression") or own[0].kind == "date":
        raise ValueError("the target is of a kind that does not fit the task")
    _check_dates(schema)


def _check_dates(schema: Schema) -> None:
    for column in schema.columns:
        if column.kind == "image" and (len(column.shape) != 3 or math.prod(column.shape) > MOST_NUMBERS):
            raise ValueError(f"pictures of {column.name!r} must have channels, height and width within bounds")
        if column.kind == "date" and not is_format(column.reading.date_format):
            raise ValueError(f"the dates of {column.name!r} are in a format that is not read")


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
