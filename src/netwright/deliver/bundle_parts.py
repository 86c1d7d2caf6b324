"""One part of a bundle: the networks of a plan or a baseline, as entries of the manifest and as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from netwright.base.named import Named
from netwright.base.plan import Plan
from netwright.base.table import ARRAY_KINDS, Schema
from netwright.deliver.weights import arrays_of, network_from, runs
from netwright.evaluate.baselines import Fitted
from netwright.evaluate.fitted import Constant
from netwright.evaluate.linear_arrays import LinearArrays
from netwright.evaluate.tree_arrays import TreeArrays
from netwright.models.family import PREDICT, Sizes, families
from netwright.preparation.derived import check_derived
from netwright.preparation.invertible import INVERTIBLE
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.preparer import Preparer
from netwright.preparation.select import LEFT_OUT
from netwright.preparation.target import Target, TargetScale
from netwright.training.fitted_baseline import BaselineFold, FittedBaseline
from netwright.training.mixture import Part
from netwright.training.model import FittedModel, FoldState
from netwright.training.objectives.choose import objective_of
from netwright.training.tensors import sizes_of


def part_json(part: Part, weight: float) -> dict[str, Any]:
    """What a manifest says of a part.

    Args:
        part: It.
        weight: What it counts.
    """
    if isinstance(part, FittedBaseline):
        folds = [{"model": fold.fitted.kind, **_maker_json(fold.maker)} for fold in part.folds]
        return {"kind": part.name, "weight": weight, "folds": folds}
    return {
        "kind": "networks",
        "weight": weight,
        "plan": part.plan.to_json(),
        "sizes": _sizes_json(part.sizes),
        "folds": [{"preparation": fold.preparer.to_json(), "target_scale": asdict(fold.scale)} for fold in part.folds],
        "member_folds": list(part.member_folds),
    }


def part_arrays(part: Part) -> dict[str, np.ndarray]:
    """The arrays of a part; those of a baseline have the number of their fold before their name."""
    if isinstance(part, FittedModel):
        return arrays_of(part.network)
    folds = [fold.fitted.arrays() for fold in part.folds]
    return {f"{number}.{name}": array for number, own in enumerate(folds) for name, array in own.items()}


def part_from(
    data: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    schema: Schema,
    target: Target,
    module: Named | None = None,
) -> Part:
    """The part that a manifest describes, of a stranger.

    Args:
        data: As `part_json` gave it; of the form of the schema.
        arrays: As `part_arrays` gave them.
        schema: The columns.
        target: What is predicted.
        module: The user's own, where networks are made of it.

    Raises:
        ValueError: The part does not fit itself, its arrays, the columns or the target.
        PlanError: There is no such family or encoder.
    """
    if data["kind"] == "networks":
        return _networks_from(data, arrays, schema, target, module)
    folds, left = [], dict(arrays)
    for number, said in enumerate(data["folds"]):
        begin = f"{number}."
        own = {name.removeprefix(begin): left.pop(name) for name in list(left) if name.startswith(begin)}
        folds.append(_baseline_fold(data["kind"], said, own, schema, target))
    if left:
        raise ValueError(f"tensor {min(left)[:100]!r} must belong to a fold")
    return FittedBaseline(data["kind"], tuple(folds))


def _networks_from(
    data: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    schema: Schema,
    target: Target,
    module: Named | None,
) -> FittedModel:
    folds = tuple(
        FoldState(Preparer.from_json(fold["preparation"]), TargetScale(**fold["target_scale"]))
        for fold in data["folds"]
    )
    preparers, member_folds = [fold.preparer for fold in folds], tuple(data["member_folds"])
    _check_preparation(preparers, schema)
    if max(member_folds) >= len(folds):
        raise ValueError("the members are those of other folds")
    sizes = sizes_of(preparers, member_folds, target.outputs)
    if _sizes_json(sizes) != data["sizes"]:
        raise ValueError("the network is that of another preparation or target")
    plan = Plan.from_json(data["plan"])
    if (purpose_of_shipped(plan.family) == PREDICT) != (target.task != "unsupervised"):
        raise ValueError(f"networks of {plan.family!r} are for another task")
    objective = objective_of(target.task, plan.loss)  # says whether the loss is one of the task
    network = network_from(arrays, plan, sizes, module)
    runs(network, sizes, objective)
    return FittedModel(target, plan, sizes, network, folds, member_folds)


def _baseline_fold(
    kind: str, said: Mapping[str, Any], arrays: Mapping[str, np.ndarray], schema: Schema, target: Target
) -> BaselineFold:
    """One fold of a baseline; where it could not be fitted it is a constant."""
    if said["model"] not in (kind, "constant") or ("levels" in said) != (kind == "trees"):
        raise ValueError(f"the model of a fold must be one of {kind} or a constant, with features of its own")
    maker: PlainFeatures | Preparer
    if kind == "trees":
        maker = PlainFeatures.from_json(said["levels"], schema)
    else:
        maker = Preparer.from_json(said["preparation"])
        _check_preparation([maker], schema)
    fitted = _fitted_from(said["model"], arrays, len(target.classes), maker)
    if fitted.arrays().keys() != arrays.keys():
        raise ValueError("the arrays of a fold must be those of its model, no others")
    return BaselineFold(maker, fitted)


def _fitted_from(
    kind: str, arrays: Mapping[str, np.ndarray], n_classes: int, maker: PlainFeatures | Preparer
) -> Fitted:
    if kind == "constant":
        return Constant.of_arrays(arrays, n_classes)
    if isinstance(maker, PlainFeatures):
        return TreeArrays.of_arrays(arrays, n_classes, maker.categorical)
    return LinearArrays.of_arrays(arrays, n_classes, maker.width)


def _maker_json(maker: PlainFeatures | Preparer) -> dict[str, Any]:
    return {"levels": maker.to_json()} if isinstance(maker, PlainFeatures) else {"preparation": maker.to_json()}


def purpose_of_shipped(name: str) -> str:
    """What a family that netwright ships is for."""
    return str(getattr(families.shipped(name), "purpose", PREDICT))


def _sizes_json(sizes: Sizes) -> dict[str, Any]:
    return {
        "dense": sizes.dense,
        "cardinalities": list(sizes.cardinalities),
        "outputs": sizes.outputs,
        "fan_in": list(sizes.fan_in),
        **({"arrays": {name: list(shape) for name, shape in sizes.arrays.items()}} if sizes.arrays else {}),
    }


def _check_preparation(preparers: Sequence[Preparer], schema: Schema) -> None:
    """Every feature has its encoder, in order, and one that reads cells of its kind; so has what is derived."""
    features = schema.features
    names = [column.name for column in features]
    for preparer in preparers:
        if [encoder.column for encoder in preparer.encoders] != names:
            raise ValueError("the preparation is that of other columns")
        for encoder, column in zip(preparer.encoders, features, strict=True):
            if column.kind in ARRAY_KINDS and encoder.shape != column.shape:
                raise ValueError(f"the preparation of {column.name!r} is that of another shape")
            own = INVERTIBLE.get(column.kind)
            known = (column.kind, LEFT_OUT, *([] if own is None else [own.name]))
            fits = encoder.name in known or (encoder.name, column.kind) == ("binned", "numeric")
            if not fits:
                raise ValueError(f"the preparation of {column.name!r} is that of another kind")
        check_derived(preparer.derived, schema)
