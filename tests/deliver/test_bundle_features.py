"""Bundles with features of several columns: what does not fit together is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netwright.base.errors import DataError
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.bundle import bundle_files, load_bundle
from netwright.deliver.manifest import LIMITS
from tests.laws.test_features import ALL, houses, trained

_Change = Callable[[list[dict[str, Any]], dict[str, Any]], object]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return bundle_files(trained(houses(), ALL, epochs=2)[2])


def written(files: dict[str, bytes], folder: Path, change: _Change) -> Path:
    """The bundle with its manifest changed and sealed anew."""
    data = json.loads(json.dumps(open_sealed(files["manifest.json"], LIMITS)))
    change(data["parts"][0]["folds"][1]["preparation"], data)
    for name, content in (files | {"manifest.json": sealed_json(data, LIMITS)}).items():
        (folder / name).write_bytes(content)
    return folder


def derived(entries: list[dict[str, Any]], place: int = 0) -> dict[str, Any]:
    return [entry for entry in entries if entry["encoder"] == "derived"][place]


def test_what_is_not_changed_loads(files: dict[str, bytes], tmp_path: Path) -> None:
    model = load_bundle(written(files, tmp_path, lambda entries, data: None))
    assert model.networks[0].plan.preparation.derived == ALL["derived"]
    assert model.networks[0].plan.preparation.interactions == 2 and model.networks[0].plan.preparation.select is True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e, d: derived(e).update(formula="price / rooms"), "must not read the target"),
        (lambda e, d: derived(e).update(formula="nobody / rooms"), "must read columns of the table"),
        (lambda e, d: derived(e).update(formula="town / rooms"), "must work on numeric columns"),
        (lambda e, d: derived(e).update(formula="__import__('os')"), "one of the functions"),
        (lambda e, d: derived(e).update(column="rooms"), "a new name"),
        (lambda e, d: derived(e, 1).update(column=derived(e, 0)["column"]), "a new name"),
        (lambda e, d: derived(e, 1)["groups"].clear(), "have what each grouping learned"),
        (lambda e, d: e.remove(derived(e)), ""),
        (lambda e, d: e.insert(0, e.pop(e.index(derived(e)))), ""),
        (lambda e, d: e.append(derived(e)), ""),
        (lambda e, d: e[-1]["means"].pop(), "each component must have a weight"),
        (lambda e, d: e[-1].update(means=[0.0], weights=[1.0] * 3), "components must be those of the numeric features"),
        (lambda e, d: e[-1].update(shares=[], weights=[]), "each component must have a weight"),
        (lambda e, d: e.pop(), "that of another preparation"),
        (lambda e, d: e.append(dict(e[-1])), ""),
        (lambda e, d: e.insert(0, e.pop()), ""),
        (lambda e, d: e[0].update(encoder="left_out"), ""),
        (lambda e, d: d["parts"][0]["plan"]["preparation"].update(interactions=-1), "interactions"),
        (lambda e, d: d["parts"][0]["plan"]["preparation"].update(select=1), "select"),
        (lambda e, d: d["parts"][0]["plan"]["preparation"].update(derived="x = rooms"), "derived"),
    ],
)
def test_what_does_not_fit_is_refused(change: _Change, said: str, files: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be complete and unchanged") as error:
        load_bundle(written(files, tmp_path, change))
    assert said in str(error.value)
