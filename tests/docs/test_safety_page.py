"""docs/safety.md says what is so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from netwright.deliver.manifest import FORMAT_VERSION, LIMITS
from tests.deliver.hostile.cases import hostile_cases
from tests.deliver.hostile.sample import KEPT

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "safety.md").read_text(encoding="utf-8")


def test_every_version_has_its_row_and_its_samples() -> None:
    rows = re.findall(r"^\| (\d+) \|", PAGE, flags=re.M)
    assert rows == [str(number) for number in range(1, FORMAT_VERSION + 1)]
    for number in rows:
        assert list(KEPT.glob(f"v{number}-*"))


def test_the_figures_are_those_of_the_code() -> None:
    assert f"The manifest may have {LIMITS.n_bytes >> 20} MiB, {LIMITS.depth} brackets within brackets" in PAGE
    assert "puts more than 2,400 hostile folders" in PAGE and len(hostile_cases()) > 2_400


def test_a_seal_is_checked_as_the_page_says() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    names: dict[str, Callable[[Path], bool]] = {}
    exec(code, names)  # noqa: S102
    is_whole = names["is_whole"]
    for sample in KEPT.glob("v*"):
        assert is_whole(sample / "model" / "manifest.json") == (not sample.name.startswith("v1"))
