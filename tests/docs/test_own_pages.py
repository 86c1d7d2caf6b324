"""The pages on modules and on Keras run, as they stand."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page: str) -> str:
    return "\n".join(re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.S))


def test_the_page_on_modules_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("own_module.md"), "own_module.md", "exec"), {"__name__": "page"})  # noqa: S102 - our own page
    said = capsys.readouterr().out
    assert float(said.split()[0]) > 0.35
    assert "one after the other" in said and "prediction" in said


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras's own
def test_the_page_on_keras_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(os.environ, "KERAS_BACKEND", "torch")
    pytest.importorskip("keras")
    exec(compile(blocks("keras.md"), "keras.md", "exec"), {"__name__": "page"})  # noqa: S102 - our own page
    said = capsys.readouterr().out
    assert "sgd 0.1 mse" in said and "0 to 1" in said


@pytest.mark.parametrize("page", ["own_module.md", "keras.md"])
def test_what_is_linked_is_there(page: str) -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", (DOCS / page).read_text(encoding="utf-8"))
    assert linked and [path for path in linked if not (DOCS / path).exists()] == []
