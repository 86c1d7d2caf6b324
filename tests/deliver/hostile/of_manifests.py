"""Manifests under a seal that fits, in which something stands that does not belong there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from tests.deliver.hostile.sample import (
    Case,
    Raw,
    Sample,
    changed,
    chosen,
    leaves,
    manifest_text,
    put,
    sealed,
    write,
)

_Change = Callable[[dict[str, Any]], None]

#: What may stand in any place, by chance.
_ODD: tuple[Any, ...] = (
    True, False, None, "", "0", "x" * 100_000, "\0", "\x1b[31m", "../..", "{{7*7}}", "%n", "\u202e", [], {}, [[]],
    [None], {"a": {}}, 0, -1, 1, 1.0, -0.0, 1.5, 10**17, -(10**17), 1e308, -1e308, 5e-324, [1e308], [True], ["a", 1],
    {"__class__": "os"}, {"seal": 1}, Raw("1e400"), Raw("-1e400"), Raw("NaN"), Raw("Infinity"), Raw("9" * 19),
    Raw("9" * 5_000), Raw("1" * 400 + ".0"), Raw('"\\ud800"'), Raw('"\\u0000"'), Raw("01"), Raw("0x10"), Raw("1_000"),
    Raw("'a'"), Raw("undefined"), Raw("[" * 50 + "]" * 50), Raw('{"a":1,"a":2}'), Raw("/**/1"), Raw("+1"), Raw("None"),
)  # fmt: skip


def odd_cases(sample: Sample, seed: int, n: int) -> Iterator[Case]:
    """Odd values in random places."""
    random = chosen(seed, "odd")
    paths = leaves(sample.data)
    for number in range(n):
        path, value = random.choice(paths), random.choice(_ODD)
        shown = "/".join(map(str, path))

        def change(data: dict[str, Any], path: tuple[Any, ...] = path, value: Any = value) -> None:
            put(data, path, value)

        must = "refused" if isinstance(value, Raw) and value.text not in ("9" * 19, '"\\u0000"') else "either"
        yield changed(sample, f"odd {number}: {str(value)[:12]!r} at {shown}", change, must)
    for number in range(n // 4):
        path = random.choice(paths)

        def drop(data: dict[str, Any], path: tuple[Any, ...] = path) -> None:
            for step in path[:-1]:
                data = data[step]
            del data[path[-1]]

        yield changed(sample, f"odd {number}: without {'/'.join(map(str, path))}", drop, "either")


def text_cases(sample: Sample) -> Iterator[Case]:
    """JSON that is none, or more than one thing."""
    plain = json.dumps({"seal": "0" * 64, **sample.data}, ensure_ascii=False, indent=1) + "\n"
    for key in sample.data:
        again = f',\n "{key}": {json.dumps(sample.data[key])}\n}}\n'
        yield _text(sample, f"key {key} twice", plain.rstrip()[:-1].rstrip() + again)
    yield _text(sample, "seal twice", plain.rstrip()[:-1].rstrip() + f',\n "seal": "{"0" * 64}"\n}}\n')
    yield _text(sample, "inner key twice", plain.replace('"task"', '"task": "binary", "task"', 1))
    yield _text(sample, "escaped key twice", plain.replace('"task"', '"t\\u0061sk": "binary", "task"', 1))
    for depth in (13, 100, 1_000, 10_000, 1_000_000):
        for left, right in (("[", "]"), ('{"a":', "}")):
            value = left * depth + ("1" if left != "[" else "") + right * depth
            text = plain.replace('"name": ', f'"name": {value}, "x": ', 1)
            yield _text(sample, f"{depth} {left}", text, heavy=depth > 10_000)
    yield _text(sample, "not closed", plain.rstrip()[:-1])
    yield _text(sample, "closed twice", plain.rstrip() + "}\n")
    yield _text(sample, "two objects", plain + plain)
    yield _text(sample, "trailing comma", plain.rstrip()[:-1].rstrip() + ",\n}\n")
    yield _text(sample, "bytes that are no text", plain.encode().replace(b'"unit"', b'"un\xfft"', 1))
    yield _text(sample, "half of a character", plain.replace('"why": "', '"why": "\\udfff', 1))
    yield _text(sample, "a line end in a text", plain.replace('"why": "', '"why": "\n', 1))
    yield _text(sample, "an escape that never ends", plain.rstrip()[:-1] + '"' + '\\"' * 300_000)
    yield _text(sample, "60 MB of blanks", plain + " " * 60_000_000, "either", heavy=True)
    yield _text(sample, "70 MB of blanks", plain + " " * 70_000_000, heavy=True)
    yield _text(
        sample, "a million empty lists", plain.replace('"levels": []', f'"levels": [{"[]," * 10**6}[]]', 1), heavy=True
    )
    yield _text(sample, "no seal", json.dumps(sample.data))
    yield _text(sample, "the seal elsewhere", json.dumps({**sample.data, "seal": "0" * 64}))
    yield Case("text: a seal of zeros", lambda folder: _unsealed(folder, sample, plain))


def _text(sample: Sample, name: str, text: str | bytes, must: str = "refused", *, heavy: bool = False) -> Case:
    def make(folder: Path) -> None:
        write(folder, sample.parts(), sample.weights)
        (folder / "manifest.json").write_bytes(sealed(text))

    return Case(f"text: {name}", make, must, heavy)


def _unsealed(folder: Path, sample: Sample, text: str) -> None:
    write(folder, sample.parts(), sample.weights)
    (folder / "manifest.json").write_text(text, encoding="utf-8")


_FOREIGN = (
    "os", "os.system", "builtins.eval", "builtins", "exec", "__import__", "subprocess.Popen", "netwright.models.mlp",
    "netwright.models.mlp.MLPFamily", "torch.nn.Linear", "sklearn.linear_model", "../mlp", "/tmp/mlp", "mlp\0", "mlp ",
    "MLP", "", ".", "*", "lambda: 0", "!!python/object:os.system", "__class__", "mlp;import os", "ｍｌｐ",
    "\x1b[31mmlp", "entry", "m" * 99, "m" * 1_000_000,
)  # fmt: skip


_ENCODER = ("folds", 0, "preparation", 0)


def name_cases(sample: Sample) -> Iterator[Case]:
    """Names that lead, or should lead, to code."""
    points = [point for own in distributions() for point in own.entry_points]
    installed = sorted({name for point in points for name in (point.name, point.value)})[:8]
    for name in (*_FOREIGN, *installed):
        shown = name[:30]
        yield changed(sample, f"family {shown!r}", lambda data, name=name: put(data, ("plan", "family"), name))
        yield changed(sample, f"encoder {shown!r}", lambda data, name=name: put(data, (*_ENCODER, "encoder"), name))
    for field in ("loss", "name", "optimizer", "schedule"):
        for name in ("os.system", "__class__", "\x1b]0;x\x07"):
            must = "refused" if field == "loss" else "either"
            yield changed(sample, f"{field} {name!r}", lambda data, f=field, n=name: put(data, ("plan", f), n), must)
    for name in ("os.system", "eval", "relu\0", "", "RELU", "__class__", "threshold_"):
        change: _Change = lambda data, name=name: put(data, ("plan", "config", "activation"), name)  # noqa: E731
        yield changed(sample, f"activation {name!r}", change)
    for field in ("__class__", "__init__", "self", "cls", "forward", "seeds", "device", "column"):
        yield changed(sample, f"config field {field}", lambda data, f=field: put(data, ("plan", "config", f), "os"))
        yield changed(sample, f"encoder field {field}", lambda data, f=field: put(data, (*_ENCODER, f), "os"))
    for form in ("%.Z", "%Q", "%", "%" * 99, "%Y" * 50, "%Y" * 51, "%s%n%x", "%-Z", "{}", "%Y-%m-%d\0", "%.9f%.f", "%+",
                 "%c", "%v", "%k%l%P", "%A" * 30, "%1f", "%#z", "%:::z"):  # fmt: skip
        yield changed(sample, f"dates {form[:10]!r}", lambda data, form=form: _each_date(data, form), "either")


def _each_date(data: dict[str, Any], form: str) -> None:
    for column in data["columns"]:
        if column["kind"] == "date":
            column["reading"]["date_format"] = form


def manifest_of(sample: Sample) -> bytes:
    """The sound one, as these cases write it."""
    return manifest_text(sample.parts())
