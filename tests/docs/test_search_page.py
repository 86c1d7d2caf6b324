"""docs/search.md says what the search does, in the figures of the code."""

from __future__ import annotations

from pathlib import Path

from netwright.base.settings import PRESETS
from netwright.stages.searched import _DEAREST, _MORE_PATIENCE
from netwright.training.pruning import _BEST, _SLACK, SHARES
from netwright.tune.importance import _FEWEST
from netwright.tune.presets import EFFORTS
from netwright.tune.space import SEARCHED

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "search.md").read_text(encoding="utf-8")
NUMBERS = {2: "two", 4: "four"}


def test_every_preset_and_family_is_told() -> None:
    rows = {line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| `")}
    assert rows == {f"`{name}`" for name in PRESETS}
    assert all(f"`{family}`" in PAGE for family in SEARCHED)
    for name, effort in EFFORTS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}`"))
        assert ("none" in row) == (effort.search is None)
        if effort.search is not None:
            assert f"{NUMBERS[effort.search.patience]} rounds bring no gain" in row


def test_figures_are_those_of_the_code() -> None:
    assert SHARES == (1 / 8, 1 / 4, 1 / 2) and "an eighth, a quarter and half" in PAGE
    assert (_BEST, _SLACK) == (5, 0.1) and "a tenth more" in PAGE and "the fifth best" in PAGE
    assert _DEAREST == 1.5 and "a round and a half" in PAGE
    assert _MORE_PATIENCE == 3 and "three times as many" in PAGE
    assert _FEWEST == 12 and "fewer than twelve plans" in PAGE
