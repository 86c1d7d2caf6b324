"""The course: its pages are what figures make of words, alike in both languages, and its arithmetic is right."""

from __future__ import annotations

import doctest
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
import typer.main

ROOT = Path(__file__).resolve().parents[2]
COURSE = ROOT / "docs" / "course"
sys.path.insert(0, str(COURSE))

from making import gallery, pages, runs, svg  # noqa: E402
from making.blocks import parts_of, run_parts  # noqa: E402
from making.flats import write_flats  # noqa: E402
from making.gallery import CASES, TOO_HIGH, command, descend  # noqa: E402
from making.glossary import TERMS  # noqa: E402
from making.pages import CHAPTERS, page  # noqa: E402
from making.pictures import LANGUAGES, PICTURES, WITH_POINTS  # noqa: E402
from making.runs import diagnosed, options_of, without_seconds  # noqa: E402
from making.update import HIDDEN, OUTPUT, RATE, W1, W2, X1, X2, B, Y, network, neuron  # noqa: E402

from netwright.apps.cli import app  # noqa: E402
from netwright.base.settings import Settings  # noqa: E402

FIGURES = json.loads((COURSE / "figures.json").read_text(encoding="utf-8"))
PAGES = {
    (lang, name): (COURSE / lang / f"{name}.md").read_text(encoding="utf-8") for lang in LANGUAGES for name in CHAPTERS
}
EACH_PAGE = pytest.mark.parametrize(("lang", "chapter"), PAGES)
EACH_CHAPTER = pytest.mark.parametrize("chapter", CHAPTERS)


@EACH_PAGE
def test_a_page_is_what_its_words_and_figures_make(lang: str, chapter: str) -> None:
    assert page(FIGURES, COURSE, lang, chapter) == PAGES[lang, chapter], "make it again: docs/course/make.py --words"


@EACH_PAGE
def test_no_placeholder_is_left(lang: str, chapter: str) -> None:
    text = re.sub(r"```python.*?```", "", PAGES[lang, chapter], flags=re.S)
    assert not re.findall(r"\{\{|\}\}|\{%|\bUndefined\b|\bNone\b(?!`)|\bnan\b(?!')|TODO|0x[0-9a-f]{6}|/tmp/", text)


@EACH_PAGE
def test_links_and_pictures_exist(lang: str, chapter: str) -> None:
    links = set(re.findall(r"\]\(([^)#]+)\)", PAGES[lang, chapter]))
    assert links
    missing = {link for link in links if not (COURSE / lang / link).exists()}
    assert not missing


@EACH_CHAPTER
def test_both_languages_have_the_same_figures_pictures_code_and_order(chapter: str) -> None:
    words = [(COURSE / "words" / lang / f"{chapter}.md.j2").read_text(encoding="utf-8") for lang in LANGUAGES]
    put_in = [sorted(re.findall(r"\{\{ (?!pic)(.+?) \}\}", text)) for text in words]
    assert put_in[0] == put_in[1]
    texts = [PAGES[lang, chapter] for lang in LANGUAGES]
    for pattern in (r"/(\w+)\.svg", r"```python\n(.*?)```", r"^(#+|\|---.*)(?= |$)"):
        found = [re.findall(pattern, text, flags=re.S if "`" in pattern else re.M) for text in texts]
        assert found[0] == found[1], pattern


def test_every_picture_is_shown_and_drawn_in_both_languages() -> None:
    for lang in LANGUAGES:
        drawn = {path.stem for path in (COURSE / "pictures" / lang).glob("*.svg")}
        shown = {name for chapter in CHAPTERS for name in re.findall(r"/(\w+)\.svg", PAGES[lang, chapter])}
        assert drawn == shown == {*PICTURES, *WITH_POINTS}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_its_figures_draw(name: str, lang: str) -> None:
    kept = (COURSE / "pictures" / lang / f"{name}.svg").read_text(encoding="utf-8")
    assert PICTURES[name](FIGURES, lang).render() == kept


def test_the_neuron_is_that_of_autograd() -> None:
    w = torch.tensor([W1, W2], dtype=torch.float64, requires_grad=True)
    b = torch.tensor(B, dtype=torch.float64, requires_grad=True)
    x, own = torch.tensor([X1, X2], dtype=torch.float64), neuron()
    loss = (w @ x + b - Y) ** 2
    loss.backward()
    assert loss.item() == pytest.approx(own["loss"], abs=1e-12)
    assert [*w.grad.tolist(), b.grad.item()] == pytest.approx([own["g1"], own["g2"], own["gb"]], abs=1e-12)
    with torch.no_grad():
        after = (w - RATE * w.grad) @ x + b - RATE * b.grad
    assert [after.item(), (after.item() - Y) ** 2] == pytest.approx([own["after"], own["loss_after"]], abs=1e-12)
    assert own == FIGURES["update"]["neuron"]


def test_the_hidden_layer_is_that_of_autograd() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU(), torch.nn.Linear(2, 1)).double()
    first, last = net[0], net[2]
    with torch.no_grad():
        first.weight.copy_(torch.tensor([row[:2] for row in HIDDEN], dtype=torch.float64))
        first.bias.copy_(torch.tensor([row[2] for row in HIDDEN], dtype=torch.float64))
        last.weight.copy_(torch.tensor([OUTPUT[:2]], dtype=torch.float64))
        last.bias.fill_(OUTPUT[2])
    x, own = torch.tensor([X1, X2], dtype=torch.float64), network()
    sgd = torch.optim.SGD(net.parameters(), lr=RATE)
    loss = (net(x) - Y).square().sum()
    loss.backward()
    grads = [[*row, bias] for row, bias in zip(first.weight.grad.tolist(), first.bias.grad.tolist(), strict=True)]
    sgd.step()
    assert loss.item() == pytest.approx(own["loss"], abs=1e-12)
    assert grads == [pytest.approx(row, abs=1e-12) for row in own["grads"]]
    assert (net(x) - Y).square().item() == pytest.approx(own["loss_after"], abs=1e-12)
    assert own["h"][1] == 0 and own["grads"][1] == [0, 0, 0], "the second unit is closed, as the page says"
    assert own == FIGURES["update"]["network"]


@pytest.mark.parametrize("program", ["by_hand_update", "by_hand_steps"])
def test_the_code_of_the_pages_prints_what_they_show(program: str) -> None:
    part = {"by_hand_update": "update", "by_hand_steps": "steps"}[program]
    told, _ = run_parts(COURSE / "making" / f"{program}.py", COURSE)
    for name, own in told.items():
        kept = FIGURES[part]["blocks"][name]
        assert own["code"] == kept["code"]
        if name not in ("epochs", "test", "predict"):  # the last digits of training depend on the machine
            assert own["printed"] == kept["printed"]


def test_the_line_of_the_page_is_that_of_the_formula(shared: Path, tmp_path: Path) -> None:
    (tmp_path / "boston.csv").write_bytes((shared / "tables" / "boston.csv").read_bytes())
    told, _ = run_parts(COURSE / "making" / "by_hand_line.py", tmp_path)
    assert told == FIGURES["line"]["blocks"]
    assert "medv = 34.55 -0.950 * lstat" in told["formula"]["printed"]


def test_the_table_is_that_of_its_program(tmp_path: Path) -> None:
    write_flats(tmp_path / "flats.csv")
    assert (tmp_path / "flats.csv").read_bytes() == (COURSE / "flats.csv").read_bytes()


@pytest.mark.parametrize("name", CASES)
def test_the_gallery_shows_what_it_says(name: str) -> None:
    data, ails, cures, code = CASES[name]
    own = FIGURES["gallery"][name]
    assert own["before"]["command"] == command(data, ails)
    for flags in filter(None, (ails, cures)):
        Settings.from_options(options_of(command(data, flags))[1])
    seen = {finding["code"] for finding in own["before"]["findings"]}
    assert (code in seen) if code else not seen
    if cures:
        better = own["after"]["validation"] < own["before"]["validation"]
        assert better is (own["before"]["metric"] != "accuracy")
        assert code not in {finding["code"] for finding in own["after"]["findings"]}


def test_one_of_the_gallery_again(tmp_path: Path) -> None:
    """The cheapest of them: the same curves, and the same words of the doctor in both languages."""
    own = FIGURES["gallery"]["diverging"]
    descend(TOO_HIGH, tmp_path / "history.csv")
    again = diagnosed(None, tmp_path / "history.csv")
    assert again["train"] == pytest.approx(own["before"]["train"], rel=1e-2)
    assert [finding["ko"]["title"] for finding in again["findings"]] == [
        finding["ko"]["title"] for finding in own["before"]["findings"]
    ]
    assert own["before"]["train"][-1] > 1e6 > 1 > own["after"]["train"][-1]
    assert "Pass --learning-rate" in own["refused"]


@EACH_PAGE
def test_every_flag_and_verb_that_is_named_exists(lang: str, chapter: str) -> None:
    verbs = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    known = {flag for verb in verbs.values() for option in verb.params for flag in option.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", PAGES[lang, chapter])) <= known
    named = set(re.findall(r"(?:`|^\$ )netwright ([a-z][a-z-]+)", PAGES[lang, chapter], flags=re.M))
    assert named <= {*verbs}


def test_the_glossary_has_a_sentence_for_every_term_in_both_languages() -> None:
    assert len(TERMS) >= 60
    assert len({en for en, *_ in TERMS}) == len({ko for _, ko, *_ in TERMS}) == len(TERMS)
    for en, ko, meaning, in_korean in TERMS:
        assert meaning.endswith(".") and in_korean.endswith("니다."), en
        assert re.search("[가-힣]", ko), en
        assert all(term in PAGES[lang, "6-words"] for lang in LANGUAGES for term in (en, ko))


def test_the_korean_pages_are_polite_and_korean() -> None:
    for chapter in CHAPTERS:
        prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", PAGES["ko", chapter], flags=re.S)
        assert len(re.findall("[가-힣]", prose)) > 300
        assert not re.findall(r"[가-힣](?:한다|이다|된다|있다|없다)\.", prose), chapter


def test_seconds_and_the_machine_are_left_out_of_what_is_printed() -> None:
    said = (
        "baselines validation RMSE: constant 292   trees 85.0  0.6 s\n"
        "device    cpu, 2 threads, 22.2 GB of memory free       torch finds no GPU; --device\n"
        "          128 epochs (best after 46 to 128), 4.5 s, valid RMSE 3.41\n"
        "VERDICT   worth it (p = 0.045), for 12 s more training.\n"
    )
    left = without_seconds(said)
    assert left.splitlines() == [
        "baselines validation RMSE: constant 292   trees 85.0",
        "          128 epochs (best after 46 to 128), valid RMSE 3.41",
        "VERDICT   worth it (p = 0.045).",
    ]
    assert not re.search(r"\d s\b|^device", "".join(PAGES.values()), flags=re.M)


@pytest.mark.parametrize("module", [gallery, pages, runs, svg])
def test_examples_of_the_makers_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_programs_are_in_marked_parts() -> None:
    for path in (COURSE / "making").glob("by_hand_*.py"):
        assert all(code and "\n# -- " not in code for code in parts_of(path).values())
