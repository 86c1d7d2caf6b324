"""The page on choosing says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from netwright.apps import flags
from netwright.base.settings import PREFERENCES, PRESETS, Settings
from netwright.stages import distilled
from netwright.stages.foreseen import KEPT
from netwright.training import blending, ensemble
from netwright.tune.presets import EFFORTS, may_blend, may_calibrate, may_join

PAGE = (Path(__file__).parents[2] / "docs" / "choosing.md").read_text(encoding="utf-8")
BY_HAND = {
    **{"hidden": (8,), "activation": "relu", "dropout": 0.1, "optimizer": "adam", "learning_rate": 0.1},
    **{"weight_decay": 0.1, "l1": 0.1, "batch_size": 8, "epochs": 3},
}


def settings(**options: object) -> Settings:
    return Settings.from_options({"target": "y", **options})


def test_figures_are_those_of_the_code() -> None:
    said = " ".join(PAGE.split())
    assert f"from {ensemble._MANY} candidates on, with half of them" in said
    assert (
        f"less than {100 * ensemble._LEAST_WEIGHT:.0f} % are left out, and at most {ensemble._MOST_PARTS} are" in said
    )
    assert f"at most {100 * blending._MOST_MORE_ERROR:.0f} % of the error" in said
    assert said.count(f"{100 * blending._LEAST_GAIN:.0f} % lower") == 2
    assert f"at most {100 * blending._UNKNOWN_NOISE:.0f} %" in said and blending._FEWEST_FOLDS == 3
    assert set(re.search(r"## `--prefer (.*)`", PAGE).group(1).split("|")) < set(PREFERENCES)  # type: ignore[union-attr]


@pytest.mark.parametrize("preset", list(PRESETS))
def test_presets_do_what_the_table_says(preset: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| ") and f"`{preset}`" in line)
    assert may_blend(settings(preset=preset)) == EFFORTS[preset].ensemble == ("ensemble" in row)
    assert may_calibrate(settings(preset=preset)) == (preset != "course")


@pytest.mark.parametrize("option", list(BY_HAND))
def test_a_network_by_hand_is_that_network(option: str) -> None:
    row = next(line for line in PAGE.splitlines() if "designed by hand" in line)
    own = settings(**{option: BY_HAND[option]})
    assert f"`--{option.replace('_', '-')}`" in row
    assert not may_blend(own) and not may_join(own) and not may_calibrate(own)


def test_trees_join_where_nobody_said_what_it_is_to_be_made_of() -> None:
    assert may_join(settings())
    assert not may_join(settings(networks_only=True)) and may_blend(settings(networks_only=True))
    assert not may_join(settings(model=("mlp", "tabm"))) and may_blend(settings(model=("mlp", "tabm")))


def test_flags_are_there() -> None:
    names = [own.__metadata__[0].default for own in (flags.Prefer, flags.NetworksOnly, flags.Distill)]
    assert names == ["--prefer", "--networks-only", "--distill"]


def test_what_is_said_of_distilling() -> None:
    said = " ".join(PAGE.split("## `--distill`")[1].split())
    assert (
        f"{distilled._TAUGHT:g} of what the teacher says" in said
        and f"{1 - distilled._TAUGHT:.1f} of the truth" in said
    )
    assert f"{100 * KEPT:.0f} % of it is kept" in said
    assert f"less than {100 * distilled._LEAST_SHARE:.0f} % of its epochs" in said
    assert distilled._STUDENTS == ("realmlp", "mlp")
