"""Bundles of people who mean harm: refused, or they predict; nothing is run, written, or read elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.deliver.hostile.cases import hostile_cases
from tests.deliver.hostile.sample import Case, Sample, put, write

WATCH = Path(__file__).parent / "hostile" / "watch.py"
#: What a case may come to, by what it must.
ALLOWED = {"refused": {"refused"}, "either": {"refused", "predicted"}, "predicted": {"predicted"}}
#: The memory that the whole of them may take beyond that of a sound bundle [MiB]: a manifest of 64 MB, parsed.
MOST_MEMORY = 2_000


def watched(cases: list[tuple[Sample, Case]], parent: Path, *options: str) -> Counter[tuple[str, str]]:
    listed = []
    for number, (sample, case) in enumerate(cases):
        folder = parent / f"{number:04d}"
        folder.mkdir()
        case.write(folder)
        listed.append((folder.name, str(sample.rows)))
    (parent / "cases.json").write_text(json.dumps(listed), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(WATCH), str(parent), *options],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2_000:]
    found = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(found) == len(cases)
    counts: Counter[tuple[str, str]] = Counter()
    for (_, case), (_, kind, message, seen, _, memory) in zip(cases, found, strict=True):
        assert kind in ALLOWED[case.must], (case.name, kind, message)
        assert not seen, (case.name, seen)
        assert "\n" not in message and "\x1b" not in message, (case.name, message)  # one line
        assert not any(word in message for word in ("MemoryError", "allocate", "RecursionError")), (case.name, message)
        assert memory < MOST_MEMORY, (case.name, memory)
        counts[case.must, kind] += 1
    assert not list(parent.rglob("marker"))
    return counts


def test_eight_hundred_hostile_bundles(tmp_path: Path) -> None:
    cases = [own for own in hostile_cases() if not own[1].heavy]
    third = [own for number, own in enumerate(cases) if number % 3 == 0 or own[1].must == "predicted"]
    assert len(third) > 750
    counts = watched(third, tmp_path)
    assert counts["refused", "refused"] > 300 and counts["either", "predicted"] > 20


@pytest.mark.slow
def test_every_hostile_bundle(tmp_path: Path) -> None:
    watched(hostile_cases(), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_chance_of_another_seed(seed: int, tmp_path: Path) -> None:
    watched([own for own in hostile_cases(seed) if not own[1].heavy], tmp_path, "--thorough")


def test_the_same_seed_makes_the_same_bundles(tmp_path: Path) -> None:
    one, other = ([case for _, case in hostile_cases(7) if case.name.startswith(("odd", "weights: r"))] for _ in "ab")
    assert [case.name for case in one] == [case.name for case in other]
    for number, (case, again) in enumerate(zip(one[::40], other[::40], strict=True)):
        folders = [tmp_path / f"{number}{letter}" for letter in "ab"]
        for folder, own in zip(folders, (case, again), strict=True):
            folder.mkdir()
            own.write(folder)
        assert len({(folder / "manifest.json").read_bytes() for folder in folders}) == 1


LOADS = """
import sys
seen = []
sys.addaudithook(lambda event, arguments: seen.append(event) if event.startswith("pickle.") else None)
import pickle
import netwright, torch, polars
from netwright.deliver.predictor import Predictor
def never(*_, **__):
    raise AssertionError("a pickle was read")
pickle.Unpickler = pickle.load = pickle.loads = torch.load = never
if "joblib" in sys.modules:
    sys.modules["joblib"].load = never
seen.clear()
model = netwright.load(sys.argv[1])
frame = model.predict(polars.read_csv(sys.argv[2]), interval=0.9)
assert frame.height == 12
print(seen)
"""


@pytest.mark.parametrize("name", ["v2-regression-mlp", "v2-classes-realmlp"])
def test_a_fresh_process_reads_no_pickle(name: str) -> None:
    folder = Path(__file__).parent / "old_bundles" / name
    ran = subprocess.run(
        [sys.executable, "-c", LOADS, str(folder), str(folder / "rows.csv")], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


PLUGIN = """
import sys
from pathlib import Path
import netwright
from netwright.base.errors import DataError
from netwright.models.family import families
from netwright.preparation.encoder import encoders
for folder in sys.argv[1:]:
    try:
        netwright.load(folder)
    except DataError as error:
        print(str(error).split("damaged one: ")[1].split(" must")[0], "evil" in sys.modules)
print("evil" in families.names() or encoders.names(), "evil" in sys.modules)
"""


def test_a_manifest_cannot_have_an_installed_plugin_imported(tmp_path: Path) -> None:
    installed = tmp_path / "site"
    (installed / "evil-1.0.dist-info").mkdir(parents=True)
    (installed / "evil-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    points = "[netwright.family]\nevil = evil\n\n[netwright.encoder]\nevil = evil\n"
    (installed / "evil-1.0.dist-info" / "entry_points.txt").write_text(points)
    (installed / "evil.py").write_text("from netwright.models.family import family\nfamily('evil')(dict)\n")
    sample = Sample.kept("v2-regression-mlp")
    for name, place in (("family", ("plan", "family")), ("encoder", ("folds", 0, "preparation", 0, "encoder"))):
        (tmp_path / name).mkdir()
        data = sample.parts()
        put(data, place, "evil")
        write(tmp_path / name, data, sample.weights)
    paths = os.pathsep.join([str(installed), os.environ.get("PYTHONPATH", "")])
    ran = subprocess.run(
        [sys.executable, "-c", PLUGIN, str(tmp_path / "family"), str(tmp_path / "encoder")],
        capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": paths},
    )  # fmt: skip
    assert ran.stdout.splitlines() == ["family False", "encoder False", "True True"]  # whoever asks for it gets it
