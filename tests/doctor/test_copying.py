"""An autoencoder that copies: planted by widths that are never narrower than the input, in real small runs."""

from __future__ import annotations

from typing import Any

import pytest

from netwright.doctor.diagnosis import diagnose
from tests.doctor.runs import case, friedman

#: Six columns that have nothing to do with each other: whoever gives them back has not summed them up.
UNLABELLED: dict[str, Any] = {
    **{"target": None, "task": "unsupervised", "model": ("autoencoder",), "hidden": "64,32", "epochs": 40, "folds": 2}
}


@pytest.mark.parametrize("planted", [{"code": 8}, {"code": 6, "hidden": "none", "learning_rate": 0.02}])
def test_a_middle_as_wide_as_the_input_is_told(planted: dict[str, Any]) -> None:
    own = case(friedman(400).drop("y"), **{**UNLABELLED, **planted})
    (found,) = [finding for finding in diagnose(own) if finding.code == "copying"]
    assert found.severity == "warning" and f"the middle has {planted['code']} numbers for 6 features" in found.message
    assert found.advice == "pass --code 3" and found.evidence["percent"] < 20
    (korean,) = [finding for finding in diagnose(own, "ko") if finding.code == "copying"]
    assert "복사" not in korean.message and f"특성 6개에 가운데 층의 수가 {planted['code']}개" in korean.message
    assert korean.advice == "--code 3 옵션을 주십시오"


@pytest.mark.parametrize("healthy", [{}, {"code": 3}, {"code": 8, "hidden": "4"}, {"code": 8, "epochs": 1}])
def test_a_narrow_place_or_a_network_that_has_not_learned_is_no_copying(healthy: dict[str, Any]) -> None:
    own = case(friedman(400).drop("y"), **{**UNLABELLED, **healthy})
    assert "copying" not in {finding.code for finding in diagnose(own)}
