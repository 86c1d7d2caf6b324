"""Modules that a promise rests on are tested in every branch, by the tests that belong to them.

To hold a further module to it, add a line to `BELONGS`: its path under `src/netwright`, and the test files that are to
cover it by themselves. What no test can reach is taken out of the code; nothing here is ever exempted by a comment.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "netwright"

_BUNDLES = (
    "deliver/test_bundle.py",
    "deliver/test_further_bundles.py",
    "deliver/test_mixed_bundle.py",
    "deliver/test_old_bundles.py",
    "deliver/test_plain_files.py",
    "deliver/test_weights.py",
)
#: Module -> its test files, under `tests/`.
BELONGS: dict[str, tuple[str, ...]] = {
    # which rows train, which judge, and the seal over the test rows
    "base/split.py": ("base/test_split.py",),
    "preparation/split.py": (
        "preparation/test_split.py",
        "preparation/test_by_group.py",
        "preparation/test_by_time.py",
        "preparation/test_framing.py",
    ),
    "preparation/split_rule.py": ("preparation/test_split.py", "preparation/test_framing.py"),
    "preparation/by_time.py": ("preparation/test_by_time.py", "preparation/test_framing.py"),
    "preparation/by_group.py": ("preparation/test_by_group.py",),
    "preparation/choosing.py": ("preparation/test_choosing.py",),
    "preparation/overlap.py": ("preparation/test_by_time.py", "preparation/test_by_group.py"),
    "preparation/sampling.py": ("preparation/test_sampling.py",),
    # numbers that are none
    "preparation/finite.py": ("preparation/test_finite.py",),
    # files that survive
    "base/durable.py": ("base/test_durable.py",),
    "base/generations.py": ("base/test_generations.py",),
    "base/sealed.py": ("base/test_sealed.py",),
    "base/interrupts.py": ("base/test_interrupts.py",),
    "deliver/lock.py": ("deliver/test_lock.py",),
    # models from strangers
    "deliver/bundle.py": _BUNDLES,
    "deliver/manifest.py": _BUNDLES,
    "deliver/weights.py": _BUNDLES,
    "deliver/plain_files.py": _BUNDLES,
}
#: The same for modules whose tests take a minute: they are held to it by `make test-slow`.
_LONG = ("apps/test_resuming.py", "deliver/test_folder.py", "laws/test_disk_errors.py", "laws/test_resume.py")
BELONGS_SLOWLY: dict[str, tuple[str, ...]] = {
    "deliver/folder.py": _LONG,
    "deliver/checkpoints.py": _LONG,
    "deliver/contents.py": _LONG,
    "training/state.py": _LONG,
    "training/pace.py": _LONG,
    "apps/resuming.py": _LONG,
}


def measured(folder: Path, modules: list[str], tests: list[str]) -> dict[str, Any]:
    """Run test files of their own in a process of their own, and what `coverage json` says of some modules.

    Args:
        folder: Where the figures go.
        modules: Paths under the package.
        tests: Paths of test files.
    """
    data, report = folder / "coverage", folder / "coverage.json"
    include = ",".join(str(PACKAGE / module) for module in modules)
    environment = os.environ | {"NETWRIGHT_SHARED_DATA": str(folder / "none"), "PYTHONPATH": str(ROOT / "src")}
    run = ["run", "--branch", f"--data-file={data}", f"--include={include}", "-m", "pytest", "-q", "-p"]
    write = ["json", "-q", f"--data-file={data}", "-o", str(report)]
    for words in ([*run, "no:cacheprovider", *tests], write):
        ended = subprocess.run(
            [sys.executable, "-m", "coverage", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert ended.returncode == 0, f"{' '.join(words[:2])}:\n{ended.stdout[-4_000:]}{ended.stderr[-2_000:]}"
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {Path(name).resolve().relative_to(PACKAGE).as_posix(): own for name, own in found.items()}


def missing(own: dict[str, Any]) -> list[str]:
    """Lines that no test reaches, and ways on from a line that no test takes."""
    lines = [f"line {line}" for line in own["missing_lines"]]
    gone = set(own["missing_lines"])
    return lines + [f"{a} -> {b if b > 0 else 'end'}" for a, b in own["missing_branches"] if a not in gone]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All modules at once: most of the time goes into starting, and tests are shared."""
    tests = sorted({f"tests/{name}" for own in BELONGS.values() for name in own})
    return measured(tmp_path_factory.mktemp("coverage"), list(BELONGS), tests)


@pytest.mark.parametrize("module", BELONGS)
def test_every_branch_is_taken(figures: dict[str, Any], module: str) -> None:
    assert module in figures, f"{module} is never imported by {', '.join(BELONGS[module])}"
    left = missing(figures[module])
    assert not left, f"{module} is not wholly covered by {', '.join(BELONGS[module])}: {'; '.join(left)}"


@pytest.mark.slow
def test_every_branch_is_taken_of_modules_with_long_tests(tmp_path: Path) -> None:
    tests = sorted({f"tests/{name}" for own in BELONGS_SLOWLY.values() for name in own})
    found = measured(tmp_path, list(BELONGS_SLOWLY), tests)
    assert {module: left for module in BELONGS_SLOWLY if (left := missing(found[module]))} == {}


@pytest.mark.parametrize("module", BELONGS | BELONGS_SLOWLY)
def test_nothing_is_exempted(module: str) -> None:
    text = (PACKAGE / module).read_text(encoding="utf-8")
    assert not re.search(r"pragma|coverage:", text)
    assert all((ROOT / "tests" / name).is_file() for name in (BELONGS | BELONGS_SLOWLY)[module])


def test_what_is_not_covered_is_named(tmp_path: Path) -> None:
    """The measure itself: a test that only makes the object leaves the line that gives the rows out."""
    half = tmp_path / "test_half.py"
    half.write_text(
        "from netwright.base.split import SealedRows\n\n\ndef test_half():\n    assert SealedRows(None).n_rows == 0\n",
        encoding="utf-8",
    )
    own = measured(tmp_path, ["base/split.py"], [str(half)])["base/split.py"]
    lines = (PACKAGE / "base/split.py").read_text(encoding="utf-8").splitlines()
    (never,) = (number for number, line in enumerate(lines, 1) if "return self.__table" in line)
    assert f"line {never}" in missing(own)
    both = {"missing_lines": [7], "missing_branches": [[7, 8], [3, 5], [4, -1]]}
    assert missing(both) == ["line 7", "3 -> 5", "4 -> end"]
