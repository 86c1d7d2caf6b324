"""The benchmark of the doctor in a short form: a handful of planted faults are found, healthy runs stay silent."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from benchmarks.doctor.admission import harm
from benchmarks.doctor.facts import case_of
from benchmarks.doctor.grounds import Ground, samples
from benchmarks.doctor.operators import FAULTS
from benchmarks.doctor.plant import CHANGES
from benchmarks.doctor.runs import tried
from benchmarks.doctor.score import told
from benchmarks.doctor.trial import Trial, found, planted, save

from netwright.doctor.symptom import symptoms

#: Few rows, and one network a fold.
ROWS, SEEDS = 160, 1


@cache
def ground(name: str) -> Ground:
    sample = next(own for own in samples() if own.name == name)
    return replace(sample, rows=ROWS, options=(*sample.options, ("epochs", 60)))


@cache
def clean(name: str) -> Trial:
    return tried(planted(ground(name), None), "clean", SEEDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("baselines")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("diabetes", "rate-high-2"),
        ("diabetes", "few-epochs-1"),
        ("diabetes", "unscaled-column-2"),
        ("breast_cancer", "rate-low-2"),
        ("breast_cancer", "dead-bias-2"),
        ("breast_cancer", "frozen-layer-2"),
        ("breast_cancer", "nan-cell-2"),
        ("breast_cancer", "shuffled-targets-2"),
    ],
)
def test_a_fault_that_hurts_is_found_and_named(name: str, key: str, folder: Path) -> None:
    fault = next(own for own in FAULTS if own.key == key)
    run = planted(ground(name), fault)
    trial = tried(run, key, SEEDS)
    assert harm(clean(name).test_errors, trial.test_errors).admitted
    loud, _ = told(case_of(trial, run, folder / name))
    assert fault.right & set(loud[:3]), loud


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer"])
def test_a_healthy_run_raises_no_alarm(name: str, folder: Path) -> None:
    run = planted(ground(name), None)
    loud, _ = told(case_of(clean(name), run, folder / name))
    assert loud == ()


def test_a_trial_is_read_as_it_was_written(tmp_path: Path) -> None:
    trial = clean("diabetes")
    save(trial, tmp_path / "one")
    again = found(tmp_path / "one")
    assert again is not None and again.plan == trial.plan and again.curves.members == trial.curves.members
    assert again.curves.status == trial.curves.status and again.curves.layers == trial.curves.layers
    np.testing.assert_array_equal(again.curves.valid_loss, trial.curves.valid_loss)
    assert again.curves.signals.keys() == trial.curves.signals.keys()
    assert found(tmp_path / "other") is None


def test_every_fault_has_a_right_answer_among_the_codes_of_the_doctor() -> None:
    # families without a target have symptoms of their own, which are planted in tests of their own
    assert set(CHANGES) == set(symptoms.names()) - {"copying", "critic-wins", "mode-collapse"}
    assert all(fault.right for fault in FAULTS)
    assert len({fault.name for fault in FAULTS}) >= 20
    assert all({own.severity for own in FAULTS if own.name == fault.name} == {1, 2} for fault in FAULTS)
