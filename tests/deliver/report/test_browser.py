"""The page as readers see it, in a real browser: everything drawn, nothing asked for, nothing cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netwright.base.figures import figure
from netwright.base.record import RunRecord
from netwright.deliver.report.render import render_report

from .browser import Browser, is_installed
from .test_data_diagnosis import OLD, TRIALS, finding, repaired

pytestmark = pytest.mark.skipif(not is_installed(), reason="there is no Chromium with its driver here")

KINDS = ("binary", "multiclass", "regression", "kinds")
#: Smoothed edges of text and lines give far more; an empty box has one.
_FEWEST_COLOURS = 20

_PLOTS = """
return [...document.querySelectorAll(".plot")].map((node) => {
  const svg = node.querySelector("svg"), box = (svg || node).getBoundingClientRect();
  return {id: node.id, drawn: Boolean(svg), marks: svg ? svg.querySelectorAll("path, text").length : 0,
          box: {width: box.width, height: box.height},
          inside: box.width <= node.clientWidth + 1};
});
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory,
    binary_record: RunRecord,
    multiclass_record: RunRecord,
    regression_record: RunRecord,
    hostile_record: RunRecord,
    kinds_record: RunRecord,
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    records = {
        "binary": binary_record,
        "multiclass": multiclass_record,
        "regression": regression_record,
        "hostile": hostile_record,
        "kinds": kinds_record,
        "bare": replace(regression_record, importance=()),
    }
    made = {}
    for name, record in records.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(render_report(record, "netwright train 가격.csv --target target"), encoding="utf-8")
    return made


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("kind", KINDS)
def test_every_chart_is_drawn_and_nothing_is_asked_for(
    browser: Browser, pages: dict[str, Path], kind: str, width: int
) -> None:
    browser.open(pages[kind], width, dark=width == 375)
    plots = browser.run(_PLOTS)
    assert len(plots) >= 7
    for plot in plots:
        assert plot["drawn"] and plot["inside"] and plot["marks"] > 5, plot
        assert plot["box"]["width"] > 200 and plot["box"]["height"] > 100, plot
        assert browser.n_colours(plot["id"]) >= _FEWEST_COLOURS, plot
    assert [entry for entry in browser.logs("browser") if entry["level"] != "INFO"] == []
    assert browser.run("return performance.getEntriesByType('resource').length") == 0
    assert {url.split(":")[0] for url in browser.requests()} <= {"file", "data"}
    wide, room = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= room


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_was_tried_is_read_on_a_phone(
    browser: Browser, regression_record: RunRecord, tmp_path: Path, lang: str
) -> None:
    """P-value and outcome stand below the score, not behind a scroll bar; what blew up reaches the top edge."""
    record = repaired(regression_record, (finding("warning", remedies=TRIALS),))
    record = replace(record, settings={**record.settings, "lang": lang})
    page = tmp_path / "repaired.html"
    page.write_text(render_report(record), encoding="utf-8")
    browser.open(page, 360)
    hidden = "return [...document.querySelectorAll('.stacked td')].map((d) => d.getBoundingClientRect().right)"
    assert 0 < max(browser.run(hidden)) <= 360
    beyond = "const b = document.querySelector('.table:has(.stacked)'); return b.scrollWidth - b.clientWidth"
    assert browser.run(beyond) <= 0
    axis = f"netwrightReport.drawn.get('chart-repair-{OLD.key}').getOption().yAxis[0]"
    assert browser.run(f"return [{axis}.type, {axis}.max]") == ["log", 10]
    assert [entry for entry in browser.logs("browser") if entry["level"] != "INFO"] == []


def test_an_empty_box_would_be_noticed(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["regression"])
    browser.run("document.querySelector('#chart-fit svg').replaceChildren()")
    plot = next(own for own in browser.run(_PLOTS) if own["id"] == "chart-fit")
    assert plot["marks"] == 0
    assert browser.n_colours(plot["id"]) < _FEWEST_COLOURS


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_the_page_never_scrolls_sideways(browser: Browser, pages: dict[str, Path], width: int) -> None:
    for kind in (*KINDS, "hostile"):
        browser.open(pages[kind], width)
        wide, room = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide <= room, kind


@pytest.mark.parametrize("kind", [*KINDS, "hostile"])
def test_every_mark_answers_the_pointer(browser: Browser, pages: dict[str, Path], kind: str) -> None:
    browser.open(pages[kind])
    silent = browser.run("""
      const silent = [];
      for (const [id, chart] of netwrightReport.drawn) {
        let told = 0;
        chart.getOption().series.forEach((series, seriesIndex) => {
          if (series.silent || !series.data.length) return;
          chart.dispatchAction({type: "showTip", seriesIndex, dataIndex: 0});
          const tip = document.querySelector(`#${id} .tip`);
          told += Boolean(tip && tip.textContent.length > 3);
        });
        if (!told) silent.push(id);
      }
      return silent;
    """)
    assert silent == []
    assert [entry for entry in browser.logs("browser") if entry["level"] != "INFO"] == []


def test_names_stay_names(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["hostile"])
    assert browser.run("return [window.evil ?? null, document.images.length, document.scripts.length]") == [None, 0, 4]
    assert browser.run(
        "return [...document.querySelectorAll('#chart-confusion text')].some((t) => t.textContent == '<i>')"
    )
    assert {url.split(":")[0] for url in browser.requests()} <= {"file", "data"}


def test_scripts_from_elsewhere_in_the_page_do_not_run(
    browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    page = pages["regression"].read_text(encoding="utf-8")
    added = tmp_path / "added.html"
    added.write_text(page.replace("<main>", "<main><script>window.evil = 1</script>", 1), encoding="utf-8")
    browser.open(added)
    assert browser.run("return window.evil ?? null") is None
    assert any("Content Security Policy" in entry["message"] for entry in browser.logs("browser"))


def test_log_switch(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["regression"])
    look = """
      const button = document.querySelector("button[data-log]");
      if (arguments[0]) button.click();
      const axis = netwrightReport.drawn.get("chart-curves").getOption().yAxis[0];
      return [button.hidden, button.getAttribute("aria-pressed"), axis.type];
    """
    assert browser.run(look, False) == [False, "false", "value"]
    assert browser.run(look, True) == [False, "true", "log"]
    assert browser.run(look, True) == [False, "false", "value"]


def test_charts_follow_the_colours_of_the_system(browser: Browser, pages: dict[str, Path]) -> None:
    look = """
      const series = netwrightReport.drawn.get("chart-curves").getOption().series;
      const line = series.find((own) => own.name === "validation");
      const css = getComputedStyle(document.documentElement);
      return [line.lineStyle.color, css.getPropertyValue("--validation"), css.getPropertyValue("--page")];
    """
    browser.open(pages["regression"])
    light = browser.run(look)
    browser.colours("dark")
    dark = browser.run_later(f"setTimeout(() => arguments[0]((() => {{ {look} }})()), 200)")
    assert light[0] == light[1] and dark[0] == dark[1]
    assert light[0] != dark[0] and light[2] != dark[2]


def test_on_paper_charts_are_light_and_fit(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["multiclass"], dark=True)
    look = """
      dispatchEvent(new Event(arguments[0]));
      const folded = document.querySelectorAll("details:not([open])").length;
      const widths = [...document.querySelectorAll(".plot svg")].map((svg) => svg.getBoundingClientRect().width);
      const page = getComputedStyle(document.documentElement).getPropertyValue("--page");
      return [folded, Math.max(...widths), page];
    """
    folded, widest, page = browser.run(look, "beforeprint")
    assert folded == 0 and page == "#f5f6f8"
    assert widest <= 182 / 25.4 * 96  # the width of A4 less its margins, in CSS pixels
    folded, widest, page = browser.run(look, "afterprint")
    assert folded >= 1 and widest > 700 and page == "#0e1318"
    paper = browser.command("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
    assert len(paper["data"]) > 100_000


def test_without_scripts_a_sentence_stands_for_each_chart(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["regression"], scripts=False)
    texts = browser.run("return [...document.querySelectorAll('.plot')].map((node) => node.innerText)")
    assert len(texts) >= 7 and all(len(text) > 30 for text in texts)
    assert "Scripts are off" in browser.run("return document.querySelector('noscript').innerText")
    assert browser.run("return [...document.querySelectorAll('button')].every((button) => button.hidden)")


def test_what_cannot_be_drawn_is_said(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["bare"])
    assert browser.run("return document.querySelector('#importance .empty').innerText").startswith("No column")


def test_dates_and_levels_have_their_places(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["kinds"])
    types = browser.run("""
      return [...netwrightReport.drawn].filter(([id]) => id.startsWith("chart-dependence")).map(([id, chart]) =>
        [netwrightReport.data[id].x, chart.getOption().xAxis[0].type, chart.getOption().yAxis[0].type]);
    """)
    assert {x: (across, up) for x, across, up in types} == {
        "built": ("time", "value"),
        "size": ("value", "value"),
        "town": ("value", "category"),
    }


def test_the_command_can_be_copied_whole(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["regression"])
    assert browser.run("return document.querySelector('[data-copy]').hidden") is False
    assert browser.run("return document.getElementById('command').textContent") == (
        "netwright train 가격.csv --target target"
    )


def test_the_page_writes_numbers_as_the_terminal_does(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["regression"])
    values = [0, 1, -2.9412, 46_740.3, 0.01234, 9.999, 99.95, 1e-7, 2.5e16, 123_456_789, 0.00012, -0.5, 100, 999.6]
    assert browser.run("return arguments[0].map((value) => netwrightReport.figure(value))", values) == [
        figure(value) for value in values
    ]
    assert browser.run("return [netwrightReport.figure(null), netwrightReport.figure(NaN)]") == ["-", "-"]
