"""Bundles of several parts: trees that are none, shares that are none, parts and arrays that do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from netwright.deliver.weights import packed, unpacked
from tests.deliver.hostile.sample import Case, Sample, changed, put, write

_Arrays = dict[str, np.ndarray]
_Change = Callable[[dict[str, Any]], None]
#: Too many trees of one leaf each.
_MANY_TREES = (1 << 20) + 1


def mixture_cases(sample: Sample) -> Iterator[Case]:
    """Every trick once."""
    kinds = [part["kind"] for part in sample.data["parts"]]
    trees, linear = f"{kinds.index('trees')}.0.", f"{kinds.index('linear')}.0."
    for what, (name, change, must) in _TREES.items():
        yield _of_array(sample, f"trees: {what}", trees + name, change, must)
    for what, (name, change, must) in _LINEAR.items():
        yield _of_array(sample, f"linear: {what}", linear + name, change, must)
    if sample.data["target"]["task"] != "regression":
        for begin in (trees, linear):
            for what, (name, change, must) in _SHARES.items():
                yield _of_array(sample, f"{begin} {what}", begin + name, change, must)
    yield from _of_names(sample, trees, linear)
    yield _made(sample, "trees: a million", _many_trees(trees), heavy=True)
    for what, (manifest, must) in _MANIFESTS.items():
        yield changed(sample, f"parts: {what}", manifest, must)
    for number in range(len(kinds)):
        for kind in ("networks", "trees", "linear", "constant", "os.system", "", None, 7):
            if kind != kinds[number]:
                yield changed(sample, f"part {number} as {kind!r}", _at("parts", number, "kind", to=kind))
        for weight in (0, -1, 1.5, 1, True, None, "1", [1], 1e-320):
            yield changed(sample, f"part {number} of weight {weight!r}", _at("parts", number, "weight", to=weight))
        yield changed(sample, f"without part {number}", lambda data, n=number: data["parts"].pop(n) and None)
        yield changed(sample, f"part {number} twice", lambda data, n=number: data["parts"].append(data["parts"][n]))
        yield changed(sample, f"a fold less of part {number}", lambda data, n=number: _pop(data, n))
        yield changed(sample, f"part {number} and more", _at("parts", number, "more", to=1))


def _at(*path: Any, to: Any) -> _Change:
    return lambda data: put(data, path, to)


def _pop(data: dict[str, Any], number: int) -> None:
    data["parts"][number]["folds"].pop()


def _made(sample: Sample, name: str, change: Callable[[_Arrays], None], must: str = "refused", **more: Any) -> Case:
    def make(folder: Path) -> None:
        arrays = {key: own.copy() for key, own in unpacked(sample.weights).items()}
        change(arrays)
        write(folder, sample.parts(), packed(arrays))

    return Case(name, make, must, **more)


def _of_array(sample: Sample, name: str, key: str, change: Callable[[np.ndarray], np.ndarray], must: str) -> Case:
    def put_in(arrays: _Arrays) -> None:
        arrays[key] = np.asarray(change(arrays[key]))

    return _made(sample, name, put_in, must)


def _of_names(sample: Sample, trees: str, linear: str) -> Iterator[Case]:
    """Arrays that are missing, too many, of another type or shape, or in the place of others."""
    for key in [name for name in unpacked(sample.weights) if name.startswith((trees, linear))]:
        yield _made(sample, f"without {key}", lambda arrays, key=key: arrays.pop(key) is None or None)
        yield _of_array(sample, f"{key} of another shape", key, lambda own: own[None], "refused")
        yield _of_array(sample, f"{key} doubled", key, lambda own: np.concatenate([own, own]), "refused")
        yield _of_array(sample, f"{key} of nothing", key, lambda own: own[:0], "refused")
        for kind in ("f4", "f8", "i4", "u1"):
            if unpacked(sample.weights)[key].dtype != np.dtype(kind):
                yield _of_array(sample, f"{key} as {kind}", key, lambda own, k=kind: own.astype(k), "refused")
    for name in ("9.0.values", "more", "0.more", f"{trees}more", f"{trees[:2]}7.start", f"{trees}start.start", ".", ""):
        yield _made(sample, f"and an array {name!r}", lambda arrays, n=name: put(arrays, (n,), np.zeros(1)))

    def swap(arrays: _Arrays) -> None:
        for name in ("sizes", "right"):
            arrays[trees + name], arrays[f"{trees[:2]}1.{name}"] = arrays[f"{trees[:2]}1.{name}"], arrays[trees + name]

    yield _made(sample, "trees of two folds mixed", swap, "either")


def _many_trees(begin: str) -> Callable[[_Arrays], None]:
    def change(arrays: _Arrays) -> None:
        nodes = {"feature": -1, "number": 0.0, "right": 0, "missing_left": 0, "category": -1}
        for name, value in nodes.items():
            arrays[begin + name] = np.full(_MANY_TREES, value, dtype=arrays[begin + name].dtype)
        arrays[begin + "sizes"] = np.ones(_MANY_TREES, dtype=np.int32)

    return change


def _with(place: Any, value: Any) -> Callable[[np.ndarray], np.ndarray]:
    def change(own: np.ndarray) -> np.ndarray:
        changed = own.copy()
        changed[place] = value
        return changed

    return change


def _first_split(own: np.ndarray, value: int) -> np.ndarray:
    changed = own.copy()
    changed[np.flatnonzero(own > 0)[0]] = value
    return changed


def _everywhere(value: Any) -> Callable[[np.ndarray], np.ndarray]:
    return lambda own: np.full_like(own, value)


_Edit = tuple[str, Callable[[np.ndarray], np.ndarray], str]
_TREES: dict[str, _Edit] = {
    **{
        f"a right child {value}": ("right", lambda own, v=value: _first_split(own, v), "refused")
        for value in (0, 1, -1, 62, 63, 10**6, 2**31 - 1, -(2**31))
    },
    "every right child the third": ("right", lambda own: np.where(own > 0, 2, own).astype(np.int32), "refused"),
    "right children turned round": ("right", lambda own: own[::-1].copy(), "refused"),
    "leaves with children": ("right", lambda own: np.where(own == 0, 2, own).astype(np.int32), "either"),
    **{f"a size {value}": ("sizes", _with(0, value), "refused") for value in (0, -1, 2, 64, 2**31 - 1, -(2**31))},
    "one tree of all": ("sizes", lambda own: np.array([own.sum()], dtype=np.int32), "refused"),
    "a tree less": ("sizes", lambda own: own[1:], "refused"),
    "sizes that even out": ("sizes", lambda own: own + np.array([1, -1] + [0] * (len(own) - 2), "i4"), "refused"),
    **{f"a feature {value}": ("feature", _with(0, value), "refused") for value in (-2, 99, 2**31 - 1, -(2**31))},
    "a split as a leaf": ("feature", _with(0, -1), "refused"),
    "leaves only": ("feature", _everywhere(-1), "refused"),
    "splits only": ("feature", _everywhere(0), "refused"),
    **{f"a number {value}": ("number", _with(0, value), "refused") for value in (np.nan, np.inf, -np.inf)},
    **{f"numbers {value}": ("number", _everywhere(value), "either") for value in (1e308, -1e308, 5e-324, -0.0)},
    "gaps to 255": ("missing_left", _everywhere(255), "either"),
    **{f"categories {value}": ("category", _everywhere(value), "refused") for value in (-2, 0, 10**6, 2**31 - 1)},
    "no categories": ("category", _everywhere(-1), "refused"),
    "levels of none": ("levels", lambda own: own[:0], "refused"),
    "levels of less": ("levels", lambda own: own[:, :31].copy(), "refused"),
    "all levels to the left": ("levels", _everywhere(255), "either"),
    **{f"a start {value}": ("start", _with(0, value), "refused") for value in (np.nan, np.inf)},
    "a start of 1e308": ("start", _everywhere(1e308), "either"),
    "a start more": ("start", lambda own: np.concatenate([own, own[:1]]), "refused"),
}
_LINEAR: dict[str, _Edit] = {
    **{f"a slope {value}": ("slopes", _with((0, 0), value), "refused") for value in (np.nan, np.inf, -np.inf)},
    **{f"slopes {value}": ("slopes", _everywhere(value), "either") for value in (1e308, -1e308, 5e-324)},
    "a slope less": ("slopes", lambda own: own[:, 1:].copy(), "refused"),
    "slopes turned round": ("slopes", lambda own: own.T.copy(), "refused"),
    "an intercept more": ("intercepts", lambda own: np.append(own, 0.0), "refused"),
    "an intercept of nothing": ("intercepts", _with(0, np.nan), "refused"),
}
_SHARES: dict[str, _Edit] = {
    **{f"a share {value}": ("shares", _with(0, value), "refused") for value in (0.5, -0.5, 1e308, np.nan)},
    **{f"known {value}": ("known", _with(0, value), "refused") for value in (-1, 1, 99, 2**31 - 1)},
    "known turned round": ("known", lambda own: own[::-1].copy(), "refused"),
    "one is known": ("known", lambda own: own[:1], "refused"),
    **{f"room {value}": ("room", _with(0, value), "refused") for value in (0.0, -1.0, 2.0, np.nan)},
    "no room": ("room", _with(1, 0.0), "refused"),
    "too little room": ("room", _with(1, 0.5), "refused"),
}


def _each(data: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [fold for part in data["parts"] if part["kind"] == kind for fold in part["folds"]]


def _fold(kind: str, /, **fields: Any) -> _Change:
    return lambda data: _each(data, kind)[0].update(fields)


def _levels(change: Callable[[dict[str, list[str]]], object]) -> _Change:
    def made(data: dict[str, Any]) -> None:
        change(_each(data, "trees")[0]["levels"])

    return made


_MANIFESTS: dict[str, tuple[_Change, str]] = {
    "none": (_at("parts", to=[]), "refused"),
    "no list": (_at("parts", to={}), "refused"),
    "empty ones": (_at("parts", to=[{}]), "refused"),
    "turned round": (lambda data: data["parts"].reverse(), "refused"),
    "a million": (lambda data: data["parts"].extend([{}] * 10**6), "refused"),
    "of version 2": (_at("version", to=2), "refused"),
    "of version 1": (_at("version", to=1), "refused"),
    "and a plan": (lambda data: data.update(plan=data["parts"][0]["plan"]), "refused"),
    **{f"temperature {value!r}": (_at("temperature", to=value), "refused")
       for value in (0, -1, 1e308, 1e-320, None, True, "1", [1])},
    **{f"threshold {value!r}": (_at("threshold", to=value), "refused") for value in (2, -1, True, "x", [0.5])},
    "trees with a preparation": (lambda data: _each(data, "trees")[0].update(preparation=[]), "refused"),
    "a linear model with levels": (lambda data: _each(data, "linear")[0].update(levels={}), "refused"),
    "trees that are linear": (_fold("trees", model="linear"), "refused"),
    "trees that are constant": (_fold("trees", model="constant"), "refused"),
    "a linear model of trees": (_fold("linear", model="trees"), "refused"),
    "levels of none": (_fold("trees", levels={}), "refused"),
    "levels of another": (_levels(lambda levels: levels.update(more=["a"])), "refused"),
    "levels twice": (_levels(lambda levels: levels["지역"].append(levels["지역"][0])), "refused"),
    "levels of numbers": (_levels(lambda levels: levels["지역"].append(7)), "refused"),  # type: ignore[arg-type]
    "levels of escapes": (_levels(lambda levels: levels.update({"지역": ["\x1b[31m", "\0", "\u202e"]})), "either"),
    "251 levels": (_levels(lambda levels: levels.update({"지역": [f"l{n}" for n in range(251)]})), "refused"),
    "250 levels": (_levels(lambda levels: levels.update({"지역": [f"l{n}" for n in range(250)]})), "either"),
    "a linear encoder less": (lambda data: _each(data, "linear")[0]["preparation"].pop() and None, "refused"),
    "a linear model of foreign code": (
        lambda data: _each(data, "linear")[0]["preparation"][0].update(encoder="os.system"), "refused",
    ),
}  # fmt: skip
