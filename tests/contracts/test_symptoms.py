"""What every symptom must do, run over the registry."""

from __future__ import annotations

import ast
import json
import math
import re
import string
from pathlib import Path

import numpy as np
import pytest

import netwright.doctor.symptoms
from netwright.base.curves import Curves
from netwright.base.errors import PlanError
from netwright.base.finding import SEVERITIES, Finding
from netwright.base.plan import Member, Plan
from netwright.base.settings import LANGUAGES
from netwright.doctor.case import Case, Facts
from netwright.doctor.diagnosis import diagnose, told, words_of
from netwright.doctor.symptom import Words, symptoms

#: The table of DOCTOR.md.
CODES = [
    "not-finite",
    "exploding-gradient",
    "vanishing-gradient",
    "dead-units",
    "saturated-units",
    "frozen-parameter",
    "underfit-still-falling",
    "underfit-flat",
    "slow-convergence",
    "oscillating",
    "overfit",
    "update-ratio",
    "bad-start",
    "unscaled-input",
    "class-imbalance",
    "label-noise",
    "too-little-data",
    "linear-stack",
    "wrong-loss",
    "wrong-output",
    "leak-suspected",
    "mode-collapse",
    "critic-wins",
    "copying",
]
FOLDER = Path(netwright.doctor.symptoms.__file__).parent
ENTRIES = dict(symptoms.items())
HANGUL = re.compile("[가-힣]")
#: Ends of a sentence in the polite form, of which `seen`, `means` and `todo` are made.
POLITE = re.compile("(니다|십시오)[).]*$|(니다|십시오)\\(")


def texts(words):
    return (words.title, words.seen, words.means, words.todo)


def fields(words):
    return {name for text in texts(words) for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_codes_are_those_of_the_design():
    assert set(ENTRIES) == set(CODES) and len(CODES) == 24


def test_each_file_holds_one_symptom_and_is_called_like_it():
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        codes = [
            call.args[0].value
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            for call in node.decorator_list
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "symptom"
        ]
        assert codes == ([] if path.name == "__init__.py" else [path.stem.replace("_", "-")])


@pytest.mark.parametrize("code", CODES)
def test_both_languages_tell_the_same_variants_with_the_same_figures(code):
    entry = ENTRIES[code]
    assert set(entry.en) == set(entry.ko) and entry.en
    for variant, english in entry.en.items():
        korean = entry.ko[variant]
        assert isinstance(english, Words) and isinstance(korean, Words)
        assert fields(korean) <= fields(english)
        for text in texts(korean):
            assert not text or HANGUL.search(text)
        for text in texts(english):
            assert not HANGUL.search(text) and not text.endswith(".")
        for text in (korean.seen, korean.means, korean.todo):
            assert not text or POLITE.search(text), text


@pytest.mark.parametrize("code", CODES)
def test_advice_names_a_flag_that_there_is(code):
    from netwright.apps import flags

    known = set(re.findall(r'"(--[a-z0-9-]+)"', Path(flags.__file__).read_text("utf-8"))) | {"--time-limit", "--task"}
    known |= {"--metric"}
    for lang in LANGUAGES:
        for variant, words in getattr(ENTRIES[code], lang).items():
            named = set(re.findall(r"--[a-z0-9-]+", " ".join(texts(words))))
            assert named <= known
            if variant == "elsewhere":  # whoever trains with another tool does not have ours
                assert not named and "netwright" not in words.todo


def odd_cases():
    """Cases that a symptom may stumble over."""
    plan = Plan("odd", "mlp", {"hidden": [4], "dropout": 0.0})
    members = tuple(Member(plan, fold, 0) for fold in range(2))

    def curves(train, valid, status="done", **more):
        train, valid = np.array([train] * 2, dtype=float), np.array([valid] * 2, dtype=float)
        rate = np.full(train.shape, 0.01)
        return Curves(members, train, valid, valid, rate, np.zeros(2, dtype=np.int64), (status,) * 2, **more)

    nan, inf = math.nan, math.inf
    layers = {"layers": (("hidden 1", "output"),) * 2}
    shapes = {
        "one epoch": curves([1.0], [1.0]),
        "two epochs": curves([1.0, 0.5], [1.0, 0.6]),
        "all equal": curves([1.0] * 9, [1.0] * 9),
        "zero": curves([1.0] + [0.0] * 9, [1.0] + [0.0] * 9),
        "unknown": curves([nan] * 9, [nan] * 9),
        "no validation": curves(np.linspace(1, 0.5, 9), [nan] * 9),
        "no train": curves([nan] * 9, np.linspace(1, 0.5, 9)),
        "gaps": curves([1.0, nan, 0.6, nan, 0.5], [nan, 0.9, nan, 0.7, nan]),
        "diverged": curves([1.0, inf, nan], [1.0, inf, nan], "diverged"),
        "diverged at once": curves([inf, nan], [inf, nan], "diverged", reasons=("before the first step: x", "")),
        "huge": curves([1e300] * 9, [1e-300] * 9),
    }
    for name in ("nan", "zero", "inf", "empty"):
        value = {"nan": nan, "zero": 0.0, "inf": inf}.get(name, nan)
        keys = ("gradient_norm", "update_ratio", "dead_share", "saturated_share", "activation_spread", "frozen_tensors")
        width = 0 if name == "empty" else 2
        signals = {key: np.full((2, 9, width), value) for key in keys}
        shapes[f"signals {name}"] = curves(np.linspace(1, 0.5, 9), np.linspace(1, 0.6, 9), signals=signals, **layers)
    some = Facts(
        task="binary",
        n_train=10,
        classes=("a", "b"),
        class_counts=(5, 5),
        predicted_counts=(0, 0),
        input_spread={"x": 0.0, "y": nan},
        baseline_errors={"constant": nan, "linear": inf},
        error=inf,
    )
    for name, shape in shapes.items():
        for facts in (Facts(), some):
            for given in (plan, None):
                yield (
                    f"{name}, {'facts' if facts.n_train else 'none'}, {given and given.name}",
                    Case(shape, given, (), facts),
                )


ODD = dict(odd_cases())


@pytest.mark.parametrize("name", ODD)
def test_odd_cases_are_read_and_told_in_both_languages(name):
    for finding in diagnose(ODD[name]):
        assert finding.severity in SEVERITIES and 0 <= finding.evidence["strength"] <= 1
        back = json.loads(json.dumps(finding.to_json(), allow_nan=False))
        del back["columns"]
        again = Finding(**back)
        for lang in LANGUAGES:
            words = told(again, lang)
            assert words == told(finding, lang) and words is not None
            assert not any("{" in text for text in texts(words))


def test_what_is_not_of_the_doctor_is_not_told():
    assert told(Finding("outliers", "data", "note", "x")) is None
    assert told(Finding("not-finite", "training", "warning", "x")) is None  # of training itself


def test_another_language_is_refused():
    with pytest.raises(PlanError, match="--lang must be one of en, ko"):
        words_of("overfit", "", "fr")
