"""What the doctor says of plans that a search found."""

from __future__ import annotations

import pytest

from netwright.base.finding import Finding
from netwright.doctor import diagnosis
from netwright.doctor.diagnosis import of_the_search, told
from netwright.doctor.symptom import symptoms


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_flag_is_advised_that_would_end_the_search(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = diagnosis.Words("dead units", "seen", "why", "pass --learning-rate 0.0003")
    monkeypatch.setattr(diagnosis, "words_of", lambda *_: words)
    evidence = {"variant": "any", "plan_key": "a"}
    own = Finding(symptoms.names()[0], "training", "warning", "dead units", words.todo, evidence=evidence)
    assert of_the_search(own, {"b"}) is own
    found = of_the_search(own, {"a", "b"})
    assert "--learning-rate" not in found.advice and "--time-limit" in found.advice
    before, after = told(own, lang), told(found, lang)
    assert before is not None and "--learning-rate" in before.todo
    assert after is not None and "--learning-rate" not in after.todo and "--time-limit" in after.todo
    assert found.message == own.message and found.severity == own.severity
