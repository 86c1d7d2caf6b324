from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest

from netwright.base.finding import SEVERITIES, Finding, by_severity


def test_to_json_has_the_keys_of_the_contract():
    finding = Finding("outliers", "data", "warning", "b: 31 values", "--scale robust", ("b",), {"values": 31})
    assert json.loads(json.dumps(finding.to_json())) == {
        "code": "outliers",
        "where": "data",
        "columns": ["b"],
        "severity": "warning",
        "message": "b: 31 values",
        "evidence": {"values": 31},
        "advice": "--scale robust",
    }


def test_little_has_to_be_said():
    entry = Finding("a", "data", "note", "x").to_json()
    assert (entry["advice"], entry["columns"], entry["evidence"]) == ("", [], {})


def test_json_does_not_share_the_evidence():
    evidence = {"rows": 1}
    entry = Finding("a", "data", "note", "x", evidence=evidence).to_json()
    entry["evidence"]["rows"] = 2
    assert evidence == {"rows": 1}


def test_from_loud_to_quiet_and_otherwise_as_they_came():
    severities = ["note", "stop", "warning", "note", "stop", "warning"]
    findings = [Finding(str(n), "data", severity, "x") for n, severity in enumerate(severities)]
    assert [finding.code for finding in by_severity(findings)] == ["1", "4", "2", "5", "0", "3"]
    assert by_severity(()) == []
    assert SEVERITIES == ("stop", "warning", "note")


def test_a_finding_is_not_edited():
    with pytest.raises(FrozenInstanceError):
        Finding("a", "data", "note", "x").code = "b"
