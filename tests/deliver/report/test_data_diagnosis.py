"""What the report says of training: the diagnosis, what was tried, and the signals inside networks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netwright.base.curves import Curves
from netwright.base.finding import Finding
from netwright.base.plan import Member, Plan
from netwright.base.record import RunRecord
from netwright.deliver.report.data_curves import curves_section
from netwright.deliver.report.data_diagnosis import diagnosis_part, of_the_doctor
from netwright.deliver.report.data_rates import RATES_SCRIPT, rates_page
from netwright.deliver.report.data_signals import signal_charts
from netwright.deliver.report.render import render_page, render_report
from netwright.tune.rate_range import RateRange

OLD, KEPT, BACK = (Plan(name, "mlp", {"name": name}) for name in ("mlp", "mlp + lower-rate", "mlp + larger-batch"))
CHANCE, OTHER_LOSS = Plan("mlp + chance 1", "mlp", {"name": "x"}), Plan("mlp + loss", "mlp", {"name": "y"}, loss="mae")


def trial(plan: Plan, kind: str = "remedy", **more: object) -> dict[str, object]:
    return {
        **{"remedy": "lower-rate", "title": "its own title", "kind": kind, "plan": plan.name, "plan_key": plan.key},
        **{"changes": {"learning_rate": [2.0, 0.2]}, "before": 8.1, "after": 6.0, "gain": 0.26, "p_value": 0.2},
        **{"accepted": False, "reason": "no better beyond noise"},
        **more,
    }


TRIALS = [
    trial(CHANCE, "control", remedy="random-search"),
    trial(KEPT, after=3.2, gain=0.6, p_value=0.0004, accepted=True, reason=""),
    trial(BACK, remedy="larger-batch", after=None, gain=None, p_value=None, reason="no time was left"),
    trial(OTHER_LOSS, remedy="fitting-loss"),
]


def finding(severity: str = "note", plan: Plan = OLD, **more: object) -> Finding:
    evidence = {
        **{"plan": plan.name, "plan_key": plan.key, "variant": "", "strength": 0.9, "jumps": 8, "epochs": 22},
        **{"size": 0.0771, "shown": 10, "of": 10, "rate": 2.0, "try_rate": 0.2, **more},
    }
    return Finding("oscillating", "training", severity, "message", "advice", (), evidence)  # type: ignore[arg-type]


def repaired(record: RunRecord, findings: tuple[Finding, ...], **more: Any) -> RunRecord:
    """A run in which `KEPT` took the place of `OLD`, whose loss blew up in the end."""
    plans = (OLD, KEPT, BACK, CHANCE, OTHER_LOSS)
    rows = [
        [1.0, 1.2, 0.9, 1.1, 1e9],
        [1.0, 0.5, 0.2, 0.1, np.nan],
        [1.0, 0.9, 0.8, np.nan, np.nan],
        [1.0, 0.8, 0.7, 0.6, 0.5],
        [1.0, 1.0, 1.0, 1.0, 1.0],
    ]
    losses = np.array(rows)
    members = tuple(Member(plan, 0, 0) for plan in plans)
    best = np.array([0, 3, 2, 4, 0])
    curves = Curves(members, losses / 2, losses, losses, losses, best, ("done",) * 5, **more)
    return replace(record, plan=KEPT, plans=plans, curves=curves, findings=findings)


def test_a_healthy_run_says_so(regression_record: RunRecord) -> None:
    part = diagnosis_part(replace(regression_record, findings=()))
    assert part["closing"] == "The curves fall fast, bend and flatten: nothing to repair."
    assert part["findings"] == part["groups"] == part["pictures"] == []
    assert "nothing to repair" in render_report(replace(regression_record, findings=()))


def test_networks_that_the_limit_cut_early_are_never_healthy(regression_record: RunRecord) -> None:
    for severity, label in (("warning", "Too early to say"), ("note", "Healthy")):
        cut = Finding("cut_short", "training", severity, "message", "advice")  # type: ignore[arg-type]
        part = diagnosis_part(replace(regression_record, findings=(cut,)))
        assert part["healthy"] == label
        assert ("after a few epochs" in part["closing"]) == (severity == "warning")


def test_a_warning_is_told_with_what_to_do(regression_record: RunRecord) -> None:
    part = diagnosis_part(replace(regression_record, findings=(finding("warning"),)))
    told = part["findings"][0]
    assert (told["severity"], told["level"], told["title"]) == ("warning", "warning", "oscillating loss")
    assert told["plan"] == ""  # there is only one
    assert told["seen"].startswith("The train loss jumps up in 8 of 22 epochs") and told["seen"].endswith(".")
    assert "--learning-rate 0.2" in told["todo"]
    assert part["closing"] == ""


def test_only_notes_need_no_repair(regression_record: RunRecord) -> None:
    part = diagnosis_part(replace(regression_record, findings=(finding("note"),)))
    assert part["closing"].startswith("Nothing to repair")


def test_a_repair_is_told_drawn_and_tabled(regression_record: RunRecord) -> None:
    record = repaired(regression_record, (finding(remedies=TRIALS), finding()))
    part = diagnosis_part(record)
    assert [own["level"] for own in part["findings"]] == ["repaired", "repaired"]  # the plan of both is gone
    assert [own["todo"] for own in part["findings"]] == ["", ""]
    assert part["closing"].startswith("Repaired")
    group = part["groups"][0]
    assert (group["plan"], group["before"]) == ("mlp", "8.10")
    assert [(row["title"], row["after"], row["p"], row["accepted"]) for row in group["rows"]] == [
        ("a tenth of the learning rate", "3.20", "p < 0.001", True),
        ("a larger batch", "-", "", False),
        ("the loss that fits the target", "6.00", "p = 0.2", False),
        ("random search, the control", "6.00", "p = 0.2", False),
    ]
    assert group["rows"][0]["changes"] == "learning rate 2.00 -> 0.200"
    data = part["pictures"][0]["data"]
    # a plan with another loss has another axis
    assert [line["role"] for line in data["lines"]] == [
        "before",
        "kept",
        "tried",
        "control",
    ]
    before, kept, tried, _ = data["lines"]
    assert before["valid"] == [1.0, 1.2, 0.9, 1.1, 10.0]  # it blows up and runs along the top edge
    assert (data["top"], data["steep"]) == (10.0, True)
    assert "along the top edge" in part["pictures"][0]["reading"]
    assert "one test of the round as a whole" in group["reading"]
    assert kept["valid"] == [1.0, 0.5, 0.2, 0.1, None] and kept["train"][0] == 0.5
    assert tried["valid"] == [1.0, 0.9, 0.8, None, None]
    assert data["epochs"] == [0, 1, 2, 3, 4]


def test_words_follow_the_language_of_the_run(regression_record: RunRecord) -> None:
    record = repaired(regression_record, (finding("warning", remedies=TRIALS),))
    page = render_report(replace(record, settings={**record.settings, "lang": "ko"}))
    for said in ("진단", "출렁이는 손실", "채택", "시간이 남지 않음", 'lang="ko"', "Learning curves"):
        assert said in page


def test_a_blow_up_at_the_start_is_drawn_from_its_first_epoch(regression_record: RunRecord) -> None:
    """A fault that is left out of its own picture cannot be seen there."""
    record = repaired(regression_record, (finding(remedies=TRIALS),))
    losses = record.curves.valid_loss.copy()
    losses[0] = [1.0, 1e9, 16.0, 3.0, 2.0]
    record = replace(record, curves=replace(record.curves, valid_loss=losses))
    picture = diagnosis_part(record)["pictures"][0]
    assert picture["data"]["lines"][0]["valid"] == [1.0, 10.0, 10.0, 3.0, 2.0]
    low = np.minimum(losses, 5.0)
    calm = diagnosis_part(replace(record, curves=replace(record.curves, train_loss=low, valid_loss=low)))["pictures"][0]
    assert calm["data"]["top"] is None and "top edge" not in calm["reading"]  # nothing is said of what is not there


def test_the_diagnosis_is_korean_throughout(regression_record: RunRecord) -> None:
    layers = (("hidden 1", "output"),) * 5
    record = repaired(regression_record, (finding("warning", remedies=TRIALS),), signals=signals(), layers=layers)
    record = replace(record, settings={**record.settings, "lang": "ko"})
    section = curves_section(record)
    part, charts = section["diagnosis"], [*section["diagnosis"]["pictures"], *section["signals"]]
    assert {own["lang"] for own in charts} == {"ko"}
    words = [part["closing"], *part["said"].values(), *(group["reading"] for group in part["groups"])]
    words += [row[name] for group in part["groups"] for row in group["rows"] for name in ("title", "changes", "reason")]
    for own in charts:
        words += [own["title"], own["reading"], own["alt"], own["data"]["axis"], *own["data"]["words"].values()]
    names = ("RMSE", "mlp", "lower-rate", "p ")
    for said in words:
        for name in names:
            said = said.replace(name, "")
        assert not re.search(r"[A-Za-z]{2,}", said), said
    assert "로그 축" in render_report(record)


def test_the_section_keeps_every_chart_once(regression_record: RunRecord) -> None:
    section = curves_section(repaired(regression_record, (finding(remedies=TRIALS), finding(remedies=TRIALS))))
    ids = [own["id"] for own in section["charts"]]
    assert len(ids) == len(set(ids)) and f"chart-repair-{OLD.key}" in ids
    json.dumps(section["charts"], allow_nan=False)


def test_a_plan_without_curves_has_no_picture(regression_record: RunRecord) -> None:
    part = diagnosis_part(replace(regression_record, findings=(finding(remedies=TRIALS),)))
    assert part["pictures"] == [] and len(part["groups"]) == 1


def test_what_the_doctor_found_stands_in_one_place(regression_record: RunRecord) -> None:
    other = Finding("cut_short", "training", "note", "mlp was cut short")
    page = render_report(replace(regression_record, findings=(finding("warning"), other)))
    assert page.count("jumps up in 8 of 22 epochs") == 1
    assert "mlp was cut short" in page
    assert (of_the_doctor(finding()), of_the_doctor(other)) == (True, False)


def test_names_are_no_part_of_the_page(regression_record: RunRecord) -> None:
    evil = "</script><img src=//evil.example>"
    record = repaired(
        regression_record,
        (finding(plan=replace(OLD, name=evil), remedies=[trial(KEPT, changes={evil: [1, 2]}, reason=evil)]),),
    )
    assert evil not in render_report(record)


def signals(**more: np.ndarray) -> Mapping[str, np.ndarray]:
    shape = (5, 5, 2)
    usual = {"gradient_norm": np.full(shape, 0.1), "update_ratio": np.full(shape, 1e-3)}
    return {**usual, "dead_share": np.full(shape, 0.25), "saturated_share": np.full(shape, np.nan)} | more


def charts(record: RunRecord, **more: np.ndarray) -> dict[str, dict[str, Any]]:
    layers = (("hidden 1", "output"),) * 5
    return {own["id"]: own for own in signal_charts(repaired(record, (), signals=signals(**more), layers=layers))}


def test_signals_are_drawn_layer_by_layer(regression_record: RunRecord) -> None:
    norm = np.full((5, 5, 2), np.nan)
    norm[1, [0, 2, 4]] = [[1.0, 4.0], [2.0, 4.0], [0.0, 4.0]]  # only the chosen plan's member counts
    made = charts(regression_record, gradient_norm=norm)
    assert list(made) == ["chart-gradients", "chart-updates", "chart-units"]
    data = made["chart-gradients"]["data"]
    assert data["names"] == ["hidden 1", "output"]
    assert (data["epochs"], data["lines"]) == ([0, 2, 4], [[1.0, 2.0, None], [4.0, 4.0, 4.0]])
    assert made["chart-updates"]["data"]["line"] == 1e-3
    units = made["chart-units"]["data"]
    assert units["names"] == ["hidden 1, dead", "output, dead"]  # nothing can saturate here
    assert "25 %" in made["chart-units"]["alt"]


def test_where_no_unit_is_dead_there_is_a_sentence(regression_record: RunRecord) -> None:
    own = charts(regression_record, dead_share=np.zeros((5, 5, 2)))["chart-units"]
    assert own["data"] is None and "0 %" in own["empty"]


def test_without_signals_there_are_no_charts(regression_record: RunRecord) -> None:
    assert signal_charts(repaired(regression_record, ())) == []
    assert "Inside the networks" not in render_report(repaired(regression_record, ()))


def test_signals_of_a_real_run_are_there(regression_record: RunRecord) -> None:
    assert [own["id"] for own in signal_charts(regression_record)] == [
        "chart-gradients",
        "chart-updates",
        "chart-units",
    ]


@pytest.mark.parametrize("diverges_from", [None, 1.0])
def test_the_page_of_learning_rates(diverges_from: float | None) -> None:
    loss = np.array([1.0, 0.4, np.inf])
    found = RateRange(
        (0.01, 0.1, 1.0), loss, loss, np.array([0.1, 0.0, np.inf]), 1.0, 0.1, (0.1, 0.1), diverges_from, 300
    )
    said = [("learns", "from 0.1 to 0.1"), ("suggested", "--learning-rate 0.1")]
    data = rates_page(found, OLD, "값.csv", "집값", (80, 20), said)
    chart = data["sections"][0]["charts"][0]["data"]
    assert chart["beyond"] == [1.0] and chart["valid"] == [1.0, 0.4, None]
    page = render_page(data, "1", RATES_SCRIPT)
    assert "집값" in page and "--learning-rate 0.1" in page
    assert ("From 1 on networks end no better than untrained ones." in page) is (diverges_from is not None)
    assert page.count("from 0.1 to 0.1") == 1 and len(page.encode()) < 2_000_000
