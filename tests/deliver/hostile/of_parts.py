"""Counts without end, and parts that are sound by themselves and do not belong together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.deliver.hostile.sample import Case, Sample, changed, put

_Change = Callable[[dict[str, Any]], None]
_COUNTS = (0, -1, 10**5, 10**6, 10**9, 2**31, 2**53, 10**17)


def _at(*path: Any, to: Any) -> _Change:
    """Something else at a place; long lists are made when they are needed."""
    return lambda data: put(data, path, _now(to))


def _now(value: Any) -> Any:
    return value() if callable(value) else value


def _of_fold(number: int, kind: str, /, **fields: Any) -> _Change:
    """The first encoder of a kind in a fold changed."""

    def change(data: dict[str, Any]) -> None:
        own = {name: _now(value) for name, value in fields.items()}
        next(one for one in data["folds"][number]["preparation"] if one["encoder"] == kind).update(own)

    return change


def _of_kind(kind: str, /, **fields: Any) -> _Change:
    """The first column of a kind changed."""

    def change(data: dict[str, Any]) -> None:
        own = {name: _now(value) for name, value in fields.items()}
        next(one for one in data["columns"] if one["kind"] == kind).update(own)

    return change


def count_cases(sample: Sample) -> Iterator[Case]:
    """What asks for more memory or time than there is."""
    for count in _COUNTS:
        for field in ("hidden", "embedding", "k", "n_bins", "d_embedding"):
            value = [count] if field == "hidden" else count
            for family in (sample.data["plan"]["family"], "tabm"):
                if field in ("k", "n_bins", "d_embedding") and family != "tabm":
                    continue
                plan = {"family": family, "config": {"hidden": [6, 4], field: value}}
                must = "either" if field == "embedding" else "refused"  # which is read where codes are embedded
                yield changed(sample, f"{family} {field} {count}", lambda data, p=plan: data["plan"].update(p), must)
        for field in ("dense", "outputs"):
            yield changed(sample, f"size {field} {count}", _at("sizes", field, to=count))
        yield changed(sample, f"fan_in {count}", _at("sizes", "fan_in", 0, to=count))
        yield changed(sample, f"cardinality {count}", _at("sizes", "cardinalities", to=[count]))
        yield changed(sample, f"a fold {count}", _at("member_folds", 1, to=count), "refused" if count else "either")
    for n in (1_000, 100_000, 2_000_000):
        for what, change, must in _many(n):
            yield changed(sample, f"{n} {what}", change, must, heavy=n > 1_000)


def _many(n: int) -> Iterator[tuple[str, _Change, str]]:
    """So many of something."""
    must = "refused" if n > 100_000 else "either"

    def levels() -> list[str]:
        return [f"l{number}" for number in range(n)]

    yield "layers", _at("plan", "config", "hidden", to=lambda: [1] * n), "refused"
    yield "wide layers", _at("plan", "config", "hidden", to=lambda: [10**5] * n), "refused"
    yield "members", _at("member_folds", to=lambda: [0] * n), "refused"
    yield "cardinalities", _at("sizes", "cardinalities", to=lambda: [2] * n), "refused"
    yield "fan_in", _at("sizes", "fan_in", to=lambda: [1] * n), "refused"
    yield "classes", _at("target", "classes", to=levels), "refused"
    yield "scores", _at("conformal", "scores", to=lambda: [1.0] * n), "refused"
    yield "missing texts", _at("columns", 0, "reading", "missing", to=lambda: ["?"] * n), "either"
    yield "levels in order", _of_kind("ordinal", levels=levels), "either"
    yield "dense states", _of_fold(0, "category", levels=levels), "refused"
    yield "codes", _of_fold(0, "category", levels=levels, onehot=False), "refused"
    yield "rare levels", _of_fold(0, "category", rare_levels=levels), "either"
    yield "parts of a date", _of_fold(0, "date", parts=lambda: ["days"] * n), "refused"
    yield "letters in a name", lambda data: _renamed(data, "x" * n), must
    yield "columns", lambda data: _columns(data, n), must
    yield "folds", lambda data: _folds(data, n // 100), "either"
    yield "typical cells", lambda data: _typical(data, n), must


def _renamed(data: dict[str, Any], name: str) -> None:
    """A feature by another name, wherever it stands."""
    old = data["columns"][1]["name"]
    data["columns"][1]["name"] = name
    data["typical"][name] = data["typical"].pop(old)
    for fold in data["folds"]:
        for encoder in fold["preparation"]:
            if encoder["column"] == old:
                encoder["column"] = name


def _columns(data: dict[str, Any], n: int) -> None:
    one = data["columns"][0]
    data["columns"] += [one | {"name": f"more {number}", "role": "left_out"} for number in range(min(n, 150_000))]


def _folds(data: dict[str, Any], n: int) -> None:
    data["folds"] += [data["folds"][0]] * n


def _typical(data: dict[str, Any], n: int) -> None:
    data["typical"] |= {f"more {number}": 1 for number in range(n)}


def part_cases(sample: Sample, other: Sample) -> Iterator[Case]:
    """Parts of another model, or of none."""
    for part in ("columns", "target", "plan", "sizes", "folds", "typical", "conformal"):
        yield changed(sample, f"{part} of another", _at(part, to=other.parts()[part]), _IF_ANOTHER.get(part, "refused"))
        yield changed(sample, f"no {part}", lambda data, part=part: data.pop(part), _IF_NONE.get(part, "refused"))
        for value in ({}, [], None, 7, "x", [{}], {"a": 1}):
            must = "either" if part == "conformal" and value is None else "refused"
            yield changed(sample, f"{part} {value!r}", _at(part, to=value), must)
    for what, change in _MIXED.items():
        yield changed(sample, what, change)
    for what, change in _HARMLESS.items():
        yield changed(sample, what, change, "either")
    for text in ("now", "today", "NaT", "", "2000", "-1", "99999999999-01-01T00:00:00.000000", "2000-13-01", "1e9", 7):
        yield changed(sample, f"a typical moment {text!r}", _at("typical", "built", to=text))
    for fields in _CONFORMAL:
        yield changed(sample, f"conformal {fields}"[:60], lambda data, f=fields: data["conformal"].update(f))


_CONFORMAL: tuple[dict[str, Any], ...] = (
    {"n_rows": 0}, {"n_rows": 10**17}, {"ranks": [0]}, {"ranks": [2, 1]}, {"scores": [-1.0]}, {"scores": []},
    {"more": 1}, {"n_folds": 0}, {"rule": "x" * 200_001}, {"rule": 7}, {"task": "x"}, {"difficulty": {}},
    *({"difficulty": {"knots": knots, "factors": factors}}
      for knots, factors in (([1, 0], [1, 1]), ([0], [0]), ([], []), ([0], [1, 1]))),
)  # fmt: skip
#: What is no harm from elsewhere, or may be missing.
_IF_ANOTHER = {"typical": "either"}
_IF_NONE = {"typical": "either", "conformal": "either"}


def _swap(data: dict[str, Any]) -> None:
    folds = data["folds"]
    folds[0]["preparation"], folds[2]["preparation"] = folds[2]["preparation"], folds[0]["preparation"]


def _reversed(data: dict[str, Any]) -> None:
    for fold in data["folds"]:
        fold["preparation"].reverse()


def _cross(data: dict[str, Any]) -> None:
    first, second = data["folds"][0]["preparation"][1:3]
    first["column"], second["column"] = second["column"], first["column"]


def _every_role(role: str) -> _Change:
    return lambda data: [column.update(role=role) for column in data["columns"]] and None


_MIXED: dict[str, _Change] = {
    "preparations of two folds swapped": _swap,
    "encoders in another order": _reversed,
    "encoders of two columns swapped": _cross,
    "one encoder less": lambda data: data["folds"][0]["preparation"].pop() and None,
    "one encoder more": lambda data: data["folds"][0]["preparation"].append(data["folds"][0]["preparation"][0]),
    "a column twice": lambda data: data["columns"].append(data["columns"][0]),
    "two targets": _every_role("target"),
    "no target": _every_role("feature"),
    "no features": _every_role("left_out"),
    "a target of another name": _at("target", "name", to="built"),
    "a target that is no column": _at("target", "name", to="nothing"),
    "a fold less": lambda data: data["folds"].pop() and None,
    "a member less": lambda data: data["member_folds"].pop() and None,
    "a member more": lambda data: data["member_folds"].append(0),
    "members of another fold": _at("member_folds", to=[2, 2, 2]),
    "no members": _at("member_folds", to=[]),
    "a number as a category": _of_kind("numeric", kind="category"),
    "a category as a number": _of_kind("category", kind="numeric"),
    "a date as text": _of_kind("date", kind="text"),
    "a date as an order": _of_kind("date", kind="ordinal"),
    "a column of an unknown kind": _of_kind("date", kind="unknown"),
    "a column of kind os": _of_kind("date", kind="os"),
    "a boolean of three": _of_fold(0, "boolean", levels=["a", "b", "c"]),
    "a boolean of one": _of_fold(0, "boolean", levels=["a"]),
    "a boolean of none": _of_fold(0, "boolean", levels=[]),
    "parts of no date": _of_fold(0, "date", parts=["days", "os", "year", "day", "x", "y"]),
    "parts of a date twice": _of_fold(0, "date", parts=["days"] * 6),
    "a center too few": _of_fold(0, "date", centers=[1.0]),
    "no fills": _of_fold(0, "date", fills=[]),
    "an encoder as a list": _at("folds", 0, "preparation", 0, to=["numeric"]),
    "an encoder as none": _at("folds", 0, "preparation", 0, to=None),
    "an encoder without fields": _at("folds", 0, "preparation", 0, to={"encoder": "numeric", "column": "면적"}),
    "a scale of nothing": _at("folds", 0, "target_scale", to={}),
    "a spread of 0": _at("folds", 0, "target_scale", "std", to=0),
    "a spread below 0": _at("folds", 0, "target_scale", "std", to=-1.0),
    "a mark of thousands": _at("columns", 0, "reading", "thousands", to="(?:a*)*b"),
    "a decimal mark": _at("columns", 0, "reading", "decimal", to="|"),
    "classes of a regression": _at("target", "task", to="binary"),
    "a class twice": _at("target", "classes", to=["a", "a", "b"]),
    "an option of no family": _at("plan", "config", "more", to=1),
    "another family": _at("plan", "family", to="tabm-mini"),
    "no layers": _at("plan", "config", "hidden", to=[]),
    "a layer of 0": _at("plan", "config", "hidden", to=[6, 0]),
    "a layer of floats": _at("plan", "config", "hidden", to=[6.0, 4.0]),
    "layers as a text": _at("plan", "config", "hidden", to="6,4"),
    "layers turned round": _at("plan", "config", "hidden", to=[4, 6]),
}
#: What makes other predictions at most.
_HARMLESS: dict[str, _Change] = {
    "a reason with escapes": _at("columns", 0, "why", to="\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>"),
    "a unit of markup": _at("columns", 0, "unit", to="<img src=x onerror=alert(1)>"),
    "a name with escapes": lambda data: _renamed(data, "\x1b[31m=cmd|' /C calc'!A0\r\n"),
    "a name of nothing": lambda data: _renamed(data, ""),
    "levels of escapes": _of_fold(0, "category", levels=["\x1b[31m", "\0", "\u202e"]),
    "a level twice": _of_fold(0, "category", levels=["a", "a", "a"]),
    "bounds the wrong way round": _of_kind("numeric", low=1e300, high=-1e300),
    "the largest scale": _at("folds", 0, "target_scale", to={"mean": 1e308, "std": 1e308}),
    "the smallest scale": _at("folds", 0, "target_scale", to={"mean": 0, "std": 5e-324}),
    "ends the wrong way round": _at("folds", 0, "target_scale", to={"mean": 0, "std": 1, "lowest": 9, "highest": -9}),
    "a huge center of dates": _of_fold(0, "date", centers=[1e308] * 6),
    "huge factors of dates": _of_fold(0, "date", factors=[1e308] * 6),
    "fills beyond all dates": _of_fold(0, "date", fills=[-1e308] * 6),
    "an endless rank": _of_fold(0, "ordinal", fill=1e308, center=-1e308, factor=1e308),
    "a level that is missing": _at("columns", 1, "reading", "missing", to=["서울", "inf", "1e999", "nan", "-0"]),
    "a typical number as none": _at("typical", "면적", to=None),
    "a typical number as whole": _at("typical", "면적", to=10**17),
}
