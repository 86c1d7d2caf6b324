from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pytest

from netwright.base.curves import Curves
from netwright.base.errors import InternalError
from netwright.base.plan import Member
from netwright.base.record import RunRecord
from netwright.deliver.report import render
from netwright.deliver.report.render import echarts_source, page_script, render_report, safe_json

from .conftest import EVIL

#: What a page that fetches something from elsewhere would hold.
OUTSIDE = re.compile(
    r"""(src|href)\s*=\s*["']?(https?:)?//[^"' >]+\.(js|css|woff2?|png)|url\(["']?https?:""", re.IGNORECASE
)
KINDS = ("regression", "binary", "multiclass", "single_part", "unsealed", "hostile")


@pytest.fixture(params=KINDS)
def page(request: pytest.FixtureRequest) -> str:
    return render_report(request.getfixturevalue(f"{request.param}_record"), "netwright train x.csv --target y")


class _Elements(HTMLParser):
    """Every element with its attributes, and the text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_pages_are_small(page: str) -> None:
    assert len(page.encode()) < 1_500_000


def test_no_template_holds_what_a_merge_left() -> None:
    parts = [path for path in files("netwright.deliver.report").joinpath("templates").iterdir() if path.is_file()]
    assert len(parts) > 5
    assert not [part.name for part in parts if re.search("^(<{7}|={7}|>{7})", part.read_text(encoding="utf-8"), re.M)]


def test_nothing_comes_from_outside(page: str) -> None:
    assert OUTSIDE.search(page) is None
    policy = next(own for _, own in _Elements(page).found if own.get("http-equiv") == "Content-Security-Policy")
    content = policy["content"]
    assert content is not None and content.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in content and "http" not in content


def test_the_expression_would_find_something() -> None:
    for text in ('<script src="https://a.b/c.js">', "<link href=//a.b/c.css>", "url('http://a.b/c')"):
        assert OUTSIDE.search(text)


def test_every_link_leads_into_the_page(page: str) -> None:
    elements = _Elements(page).found
    ids = {own["id"] for _, own in elements if "id" in own}
    targets = [own["href"] for tag, own in elements if tag == "a"]
    assert len(targets) == 8
    assert all(target and target.removeprefix("#") in ids for target in targets)


def test_ids_are_unique(page: str) -> None:
    ids = [own["id"] for _, own in _Elements(page).found if "id" in own]
    assert len(ids) == len(set(ids))


def test_every_chart_has_a_place_and_a_description(page: str) -> None:
    charts = json.loads(page.split('id="report-data">')[1].split("</script>")[0])
    places = {own["id"]: own for _, own in _Elements(page).found if own.get("class") == "plot"}
    assert set(charts) == set(places)
    assert all(own["role"] == "img" and own["aria-label"] for own in places.values())


def test_names_stay_text(hostile_record: RunRecord) -> None:
    page = render_report(hostile_record, f"netwright train '{EVIL}'")
    elements = _Elements(page)
    assert [tag for tag, _ in elements.found if tag in ("img", "b", "i") and tag != "i"] == []
    assert all(set(own) <= {"style", "class"} for tag, own in elements.found if tag == "i")  # ours draw bars
    assert sum(tag == "script" for tag, _ in elements.found) == 4
    assert EVIL in elements.text
    assert "<b>" in elements.text and "49" not in re.findall(r"png onerror=window.evil=2>(\S{0,2})", elements.text)
    assert not [name for _, own in elements.found for name in own if name.startswith("on")]


def test_json_cannot_leave_its_element() -> None:
    text = safe_json({"a": "</script><!-- & url(http://x) \u2028"})
    assert not re.search(r"[<>&(/\u2028]", text)
    assert json.loads(text) == {"a": "</script><!-- & url(http://x) \u2028"}
    with pytest.raises(ValueError, match="Out of range"):
        safe_json([float("nan")])


def test_the_chart_library_is_the_one_that_was_shipped() -> None:
    folder = files("netwright.deliver.report")
    source = folder.joinpath("echarts.min.js").read_bytes()
    wanted, name = folder.joinpath("echarts.sha256").read_text().split()
    assert name == "echarts.min.js"
    assert hashlib.sha256(source).hexdigest() == wanted
    # of the official npm file of version 6.1.0
    assert wanted == "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0"
    assert 't.version="6.1.0"' in echarts_source() and render.ECHARTS_VERSION == "6.1.0"


def test_another_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = render._read
    monkeypatch.setattr(render, "_read", lambda *names: "0" * 64 if names == ("echarts.sha256",) else real(*names))
    echarts_source.cache_clear()
    with pytest.raises(InternalError, match=r"must have the SHA-256 000000000000\.\.\., got b66b25aeb4df"):
        echarts_source()
    echarts_source.cache_clear()


def test_licences_travel_with_the_page(regression_record: RunRecord) -> None:
    page = render_report(regression_record)
    for words in (
        "Apache License",
        "The Apache Software Foundation",
        "Mike Bostock",
        "Baidu Inc.",
        "Simon Friis Vindum",
    ):
        assert words in page.split('id="echarts-license">')[1].split("</script>")[0]


def test_scripts_cannot_end_early() -> None:
    for script in (echarts_source(), page_script()):
        assert "</script" not in script.lower() and "<!--" not in script and "\r" not in script
    assert "eval(" not in page_script() and "innerHTML" not in page_script() and "Function(" not in page_script()


def test_korean_stays_as_it_is(regression_record: RunRecord) -> None:
    page = render_report(regression_record, "netwright train 가격.csv --target 분양가격")
    assert "netwright train 가격.csv --target 분양가격" in _Elements(page).text


def test_a_path_that_is_no_text_does_not_stop_the_report(regression_record: RunRecord) -> None:
    assert "netwright train ?.csv" in _Elements(render_report(regression_record, "netwright train \udcff.csv")).text


def test_the_command_can_be_missing(regression_record: RunRecord) -> None:
    text = _Elements(render_report(regression_record)).text
    assert "no command line repeats this run" in text and "preset quick" in text


def test_an_equation_is_shown(regression_record: RunRecord) -> None:
    page = render_report(replace(regression_record, equation="target = 152 + 2.00 * bmi"))
    assert "target = 152 + 2.00 * bmi" in _Elements(page).text
    assert "as an equation" not in _Elements(render_report(regression_record)).text


def test_the_heaviest_page_stays_small(regression_record: RunRecord, with_test: Callable[..., RunRecord]) -> None:
    stream = np.random.default_rng(0)
    losses = stream.lognormal(size=(200, 3_000))
    members = tuple(Member(regression_record.plan, fold, 0) for fold in range(200))
    best = stream.integers(0, 3_000, 200)
    curves = Curves(members, losses, losses, losses, losses, best, ("done",) * 200)
    columns = tuple(replace(regression_record.columns[0], name=f"column {number}") for number in range(300))
    truth = stream.normal(size=50_000)
    heavy = with_test(replace(regression_record, curves=curves, columns=columns), truth, truth + 0.1)
    assert len(render_report(heavy).encode()) < 2_000_000
