"""What the terminal says of a diagnosis."""

from __future__ import annotations

import re

import pytest

from netwright.apps.words import diagnosis_lines
from netwright.base.events import Diagnosed
from netwright.base.finding import Finding, Severity
from netwright.evaluate.metrics import METRICS
from tests.command import Command

NOISE = "the round as a whole was no better beyond noise"

QUICK = ("--preset", "quick", "--epochs", 2, "--no-repair", "--folds", 3)


def trial(after: float | None, accepted: bool = False, reason: str = "", **more: object) -> dict[str, object]:
    return {
        **{"remedy": "lower-rate", "title": "t", "kind": "remedy", "plan": "p", "plan_key": "k", "p_value": 0.01},
        **{"changes": {"learning_rate": [2.0, 0.2], "batch_size": [32, 64]}, "before": 2.77, "after": after},
        **{"gain": None if after is None else (2.77 - after) / 2.77, "accepted": accepted, "reason": reason},
        **more,
    }


def finding(severity: Severity = "note", code: str = "oscillating", message: str = "m", **evidence: object) -> Finding:
    return Finding(code, "training", severity, message, "do it", (), evidence)


def lines(*findings: Finding, healthy: bool = False, lang: str = "en", metric: str = "rmse") -> list[str]:
    return [text for text, _ in diagnosis_lines(Diagnosed(findings, healthy, lang), METRICS[metric], False)]


def test_a_loss_that_blew_up_is_told_and_one_that_left_the_numbers_was() -> None:
    blown = finding("warning", "not-finite", "the train loss rises", variant="blown-up")
    assert "warning: the train loss rises; do it" in lines(blown)
    told = finding("warning", "not-finite", "left the finite numbers", variant="", remedies=[trial(2.5, True)])
    assert not any("left the finite" in line for line in lines(told))  # when training ended
    assert "경고: 유한하지 않은 손실; do it" in lines(
        finding("warning", "not-finite", "유한하지 않은 손실", variant=""), lang="ko"
    )


def test_a_better_score_that_was_not_kept_has_its_reason() -> None:
    said = lines(finding("warning", remedies=[trial(2.71, reason=NOISE), trial(2.9, reason="no better")]))
    assert said[1].startswith("tried and taken back: ")
    assert said[1].endswith(f"2.90 (RMSE 2.77 before; {NOISE})")
    worse = lines(finding("warning", remedies=[trial(2.9, reason="no better")]))
    assert worse[1].endswith("2.90 (RMSE 2.77 before)")


@pytest.mark.parametrize(("metric", "there"), [("rmse", True), ("mae", True), ("accuracy", False)])
def test_losses_beside_scores_are_explained_once(metric: str, there: bool) -> None:
    both = [finding("warning", message="the validation loss is 0.9"), finding("warning", message="a loss is 0.8")]
    assert sum("scaled target" in line for line in lines(*both, metric=metric)) == there
    assert not any("scaled target" in line for line in lines(finding("warning"), metric=metric))


def test_korean_is_korean_throughout() -> None:
    trials = [trial(2.1, True), *(trial(2.5, reason="another one was better") for _ in range(6))]
    cured = finding(message="손실이 출렁입니다", remedies=trials)
    taken_back = finding(message="참", remedies=[trial(2.71, reason=NOISE), trial(None, reason="no time was left")])
    untried = finding("warning", message="다", not_tried="no time was left")
    said = [*lines(cured, taken_back, healthy=True, lang="ko"), *lines(healthy=True, lang="ko")]
    said += [line.removesuffix("; do it") for line in lines(untried, lang="ko")]
    assert "(학습률 2.00 -> 0.200, 배치 크기 32 -> 64) 효과 있음: 검증 RMSE 2.77 -> 2.10, 채택" in said[1]
    assert said[2].endswith("외 2개")
    for line in said:
        assert not re.search(r"[a-z]{3,}", line), line


def test_a_score_by_names_says_what_baselines_do_and_stands_beside_validation(nw: Command) -> None:
    own = nw("train", "sample:breast_cancer", "--target", "target", "--metric", "f1_macro", *QUICK)
    assert own.code == 0, own.err
    assert "in the leaderboard each has a threshold of its own" in own.err
    assert re.search(r"RESULT .* train [\d.]+, validation [\d.]+", own.out)
    other = nw("train", "sample:breast_cancer", "--target", "target", "--metric", "log_loss", *QUICK)
    assert other.code == 0 and "threshold of its own" not in other.err
