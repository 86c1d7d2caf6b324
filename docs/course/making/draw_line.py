"""Pictures of one feature and one line."""

from __future__ import annotations

from typing import Any

from making.svg import INK, QUIET, SOFT, TRAIN, VALID, Canvas, Chart, key


def _t(lang: str, en: str, ko: str) -> str:
    return ko if lang == "ko" else en


def _scatter(title: str, points: dict[str, Any], lang: str) -> tuple[Canvas, Chart]:
    canvas = Canvas(620, 402, title)
    chart = Chart(canvas, 56, 56, 530, 270, (0, 40), (-4, 52))
    chart.axes(
        _t(lang, "lstat: people of lower status, percent", "lstat: 하위 계층 인구 비율(%)"),
        _t(lang, "medv: median home value, thousand dollars", "medv: 주택 가격 중앙값(천 달러)"),
    )
    chart.dots(points["x"], points["y"], QUIET, 2.4, 0.55)
    canvas.text(56, 24, title, 14, INK, bold=True)
    return canvas, chart


def epochs(figures: dict[str, Any], lang: str, points: dict[str, Any]) -> Canvas:
    """The line of gradient descent after some epochs."""
    canvas, chart = _scatter(_t(lang, "The line after each of these epochs", "에포크마다 움직이는 직선"), points, lang)
    shown = list(figures["line"]["epochs"].items())
    for number, (_epoch, (start, slope)) in enumerate(shown):
        last = number == len(shown) - 1
        lightness = 0.25 + 0.75 * number / (len(shown) - 1)
        colour = VALID if last else _mixed(lightness)
        chart.curve([0, 38], [start, start + 38 * slope], colour, 2.8 if last else 2)
    # all of them meet where the last one is zero, so names stand at the other end, where there are no points
    for number, (epoch, (start, _slope)) in enumerate(shown):
        x, y = chart.at(0.25, start)
        last = number == len(shown) - 1
        lift = 16 if last else 1
        canvas.text(x, y - lift - 3, epoch, 12, VALID if last else TRAIN, bold=True, halo=True)
    canvas.text(56, 388, _t(lang, "numbers on the left: epochs of gradient descent at rate 0.1", "왼쪽의 숫자: 학습률 0.1로 경사하강한 에포크"), 12, SOFT)
    return canvas


def _mixed(share: float) -> str:
    """The train colour, lighter where the share is small."""
    parts = [round(255 + (int(TRAIN[k : k + 2], 16) - 255) * share) for k in (1, 3, 5)]
    return "#" + "".join(f"{part:02x}" for part in parts)


def fits(figures: dict[str, Any], lang: str, points: dict[str, Any]) -> Canvas:
    """The line of the network without hidden layers, and the curve of one with 16 hidden units."""
    canvas, chart = _scatter(_t(lang, "One line, and one that bends", "직선, 그리고 휘는 선"), points, lang)
    own = figures["line"]
    chart.curve(own["grid"], own["drawn"]["straight"], TRAIN, 2.8)
    chart.curve(own["grid"], own["drawn"]["bent"], VALID, 2.8)
    key(canvas, 56, 384, [(TRAIN, "--hidden none"), (VALID, "--hidden 16")], 150)
    return canvas
