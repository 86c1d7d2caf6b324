"""Pages from words and figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from making.draw_update import num
from making.glossary import TERMS, glossary

CHAPTERS = ("1-steps", "2-update", "3-line", "4-gallery", "5-which", "6-words")
_OTHER = {"en": ("ko", "한국어"), "ko": ("en", "English")}
_NAMES = {
    "en": ("Steps", "One update", "One line", "Gallery", "Which network", "Words"),
    "ko": ("단계", "가중치 갱신 한 번", "직선 하나", "곡선 모음", "어떤 신경망", "용어"),
}
_MADE = {
    "en": "*Every figure and picture here was made by running [make.py](../make.py): `make course` makes them again.*",
    "ko": "*이 글의 숫자와 그림은 모두 [make.py](../make.py)를 실행해 만든 것입니다. `make course`로 다시 만들 수 있습니다.*",
}


def write_pages(figures: dict[str, Any], here: Path) -> None:
    """Write every page of both languages.

    Args:
        figures: What `figures.json` holds.
        here: The folder of the course.
    """
    for lang in _NAMES:
        (here / lang).mkdir(exist_ok=True)
        for chapter in CHAPTERS:
            (here / lang / f"{chapter}.md").write_text(page(figures, here, lang, chapter), encoding="utf-8")


def page(figures: dict[str, Any], here: Path, lang: str, chapter: str) -> str:
    """The text of one page.

    Args:
        figures: What `figures.json` holds.
        here: The folder of the course.
        lang: `en` or `ko`.
        chapter: One of `CHAPTERS`.
    """
    words = Environment(
        loader=FileSystemLoader(here / "words" / lang),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Markdown of our own
    )
    words.filters |= {"num": num, "three": three, "whole": lambda value: f"{value:,.0f}"}
    words.globals |= {
        "f": figures,
        "block": lambda part, name: block(figures[part]["blocks"][name]),
        "pic": lambda name, alt: f"![{alt}](../pictures/{lang}/{name}.svg)",
        "doctor": lambda name: doctor(figures["gallery"][name], lang),
        "glossary": lambda: glossary(lang),
        "n_terms": len(TERMS),
        "lang": lang,
    }
    text = words.get_template(f"{chapter}.md.j2").render()
    head, body = text.split("\n", 1)
    text = f"{head}\n\n{_chapters(lang, chapter)}\n{body.rstrip()}\n\n---\n\n{_MADE[lang]}\n"
    return re.sub(r"\n{3,}", "\n\n", text)


def _chapters(lang: str, chapter: str) -> str:
    """Links to all chapters, and to the same one in the other language."""
    links = [
        f"**{name}**" if own == chapter else f"[{name}]({own}.md)" for own, name in zip(CHAPTERS, _NAMES[lang], strict=True)
    ]
    other, name = _OTHER[lang]
    return f"{' · '.join(links)} · [{name}](../{other}/{chapter}.md)"


def block(own: dict[str, str]) -> str:
    """A part of a program, and what it printed."""
    shown = f"```python\n{own['code']}\n```"
    return f"{shown}\n\n```text\n{own['printed']}\n```" if own["printed"] else shown


def doctor(case: dict[str, Any], lang: str) -> str:
    """What `netwright diagnose` says of a case: the finding that is shown in full, the others by name."""
    findings = case["before"]["findings"]
    main = next(own for own in findings if own["code"] == case["code"])[lang]
    seen, means, todo = ("관찰", "의미", "조치") if lang == "ko" else ("seen", "means", "to do")
    lines = [f"> **{main['title']}** (`{case['code']}`)", ">"]
    lines += [f"> - {name}: {main[key]}" for name, key in ((seen, "seen"), (means, "means"), (todo, "todo")) if main[key]]
    others = [own[lang]["title"] for own in findings if own["code"] != case["code"]]
    if others:
        lines += [f"> - {'함께 본 것' if lang == 'ko' else 'also seen'}: {', '.join(others)}"]
    return "\n".join(lines)


def three(value: float) -> str:
    """Three significant digits, thousands separated, as the product writes them.

    Example:
        >>> three(61.382), three(0.0039271), three(1234.5)
        ('61.4', '0.00393', '1,234')
    """
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 0.1 else f"{value:#.3g}".rstrip(".")
