"""Small pictures as SVG: a canvas with shapes, and a chart with axes on it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

#: The colours of the report: train and validation keep theirs in every picture.
INK, SOFT, GRID, QUIET = "#16202b", "#566270", "#e3e8ed", "#a9b4bf"
TRAIN, VALID, TEST = "#0072b2", "#c85200", "#00805f"
SUNK = "#f5f6f8"
_FONT = "Helvetica,Arial,'Noto Sans KR',NanumGothic,'Malgun Gothic','Apple SD Gothic Neo',sans-serif"
#: Small digits that many fonts lack or draw badly.
_RAISED, _LOWERED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "₋₀₁₂₃₄₅₆₇₈₉"
_PLAIN = "−0123456789"


def _small(words: str, size: float) -> str:
    """Words with their raised and lowered digits drawn as small ones."""

    def drawn(found: re.Match[str]) -> str:
        run, rest = found[1], found[2]
        up = run[0] in _RAISED
        shift = round(size * (-0.36 if up else 0.22), 1)
        plain = run.translate(str.maketrans(_RAISED if up else _LOWERED, _PLAIN))
        back = f'<tspan dy="{-shift:g}">{rest}</tspan>' if rest else ""
        return f'<tspan dy="{shift:g}" font-size="{round(size * 0.72, 1):g}">{plain}</tspan>{back}'

    return re.sub(f"([{_RAISED}]+|[{_LOWERED}]+)([^{_RAISED}{_LOWERED}]*)", drawn, escape(words))


def _n(value: float) -> str:
    """A coordinate with one decimal at most."""
    return f"{value:.1f}".rstrip("0").rstrip(".").replace("-0", "-0" if abs(value) >= 0.05 else "0")


@dataclass
class Canvas:
    """Shapes on a white ground.

    Args:
        width: In pixels.
        height: In pixels.
        title: What the picture shows, for those who hear it read.
    """

    width: int
    height: int
    title: str
    parts: list[str] = field(default_factory=list)

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str = INK, width: float = 1.5, dash: str = "") -> None:
        """A straight line."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}" '
            f'stroke-width="{width:g}"{dashed}/>'
        )

    def arrow(self, x1: float, y1: float, x2: float, y2: float, colour: str = SOFT, width: float = 1.5) -> None:
        """A line with a head at its end."""
        length = math.hypot(x2 - x1, y2 - y1) or 1.0
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        self.line(x1, y1, x2 - 6 * ux, y2 - 6 * uy, colour, width)
        wings = [(x2, y2), (x2 - 9 * ux - 4.5 * uy, y2 - 9 * uy + 4.5 * ux), (x2 - 9 * ux + 4.5 * uy, y2 - 9 * uy - 4.5 * ux)]
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in wings)
        self.parts.append(f'<polygon points="{points}" fill="{colour}"/>')

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float = 2, dash: str = "") -> None:
        """Straight lines from point to point."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        text = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        self.parts.append(
            f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
            f'stroke-linejoin="round"{dashed}/>'
        )

    def circle(self, x: float, y: float, radius: float, fill: str, edge: str = "none", opacity: float = 1) -> None:
        """A disc."""
        faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        self.parts.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="{fill}" stroke="{edge}"{faint}/>')

    def box(self, x: float, y: float, width: float, height: float, fill: str = SUNK, edge: str = GRID, round_: float = 6) -> None:
        """A rectangle with round corners."""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{round_:g}" '
            f'fill="{fill}" stroke="{edge}"/>'
        )

    def text(
        self, x: float, y: float, words: str, size: float = 13, colour: str = INK, anchor: str = "start", bold: bool = False,
        halo: bool = False,
    ) -> None:
        """Words; `anchor` is start, middle or end. Lines of several stand under each other; a halo keeps lines away."""
        weight = ' font-weight="600"' if bold else ""
        weight += ' stroke="#ffffff" stroke-width="3" paint-order="stroke"' if halo else ""
        for number, part in enumerate(words.split("\n")):
            self.parts.append(
                f'<text x="{_n(x)}" y="{_n(y + number * size * 1.35)}" font-size="{size:g}" fill="{colour}" '
                f'text-anchor="{anchor}"{weight}>{_small(part, size)}</text>'
            )

    def labelled(self, x: float, y: float, width: float, height: float, words: str, size: float = 13, fill: str = SUNK,
                 edge: str = QUIET, colour: str = INK, bold: bool = False) -> None:
        """A box with words in its middle."""
        self.box(x, y, width, height, fill, edge)
        lines = words.count("\n") + 1
        self.text(x + width / 2, y + height / 2 + size * 0.36 - (lines - 1) * size * 0.675, words, size, colour, "middle", bold)

    def render(self) -> str:
        """The file's text."""
        shapes = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'viewBox="0 0 {self.width} {self.height}" role="img" font-family="{_FONT}">\n'
            f"<title>{escape(self.title)}</title>\n"
            f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>\n{shapes}\n</svg>\n'
        )


@dataclass
class Chart:
    """Axes in a part of a canvas.

    Args:
        canvas: Where it is drawn.
        left: Of the plotting area, in pixels.
        top: Of the plotting area.
        width: Of the plotting area.
        height: Of the plotting area.
        x: First and last value of the horizontal axis.
        y: First and last value of the vertical axis.
        log: Whether the vertical axis is logarithmic.
    """

    canvas: Canvas
    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    log: bool = False

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of a point; what lies outside is drawn on the edge."""
        low, high = (math.log10(v) for v in self.y) if self.log else self.y
        y = math.log10(max(y, 1e-300)) if self.log else y
        share = min(max((y - low) / (high - low), 0.0), 1.0)
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        return self.left + across * self.width, self.top + (1 - share) * self.height

    def axes(self, x_name: str, y_name: str, title: str = "") -> None:
        """Grid, figures and names of both axes."""
        c, bottom = self.canvas, self.top + self.height
        for value in _log_ticks(*self.y) if self.log else ticks(*self.y):
            y = self.at(self.x[0], value)[1]
            c.line(self.left, y, self.left + self.width, y, GRID, 1)
            c.text(self.left - 7, y + 4, figure(value), 11, SOFT, "end")
        for value in ticks(*self.x):
            x = self.at(value, self.y[0])[0]
            c.text(x, bottom + 16, figure(value), 11, SOFT, "middle")
        c.line(self.left, bottom, self.left + self.width, bottom, QUIET, 1)
        c.text(self.left + self.width / 2, bottom + 34, x_name, 12, SOFT, "middle")
        if title:
            c.text(self.left, self.top - 24, title, 14, INK, bold=True)
        c.text(self.left, self.top - 8, y_name, 11, SOFT)

    def curve(self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float = 2, dash: str = "") -> None:
        """A line through points; those that are no numbers are left out."""
        points = [self.at(x, y) for x, y in zip(xs, ys, strict=True) if math.isfinite(y)]
        self.canvas.path(points, colour, width, dash)

    def dots(self, xs: Sequence[float], ys: Sequence[float], colour: str, radius: float = 2.5, opacity: float = 0.45) -> None:
        """Points."""
        for x, y in zip(xs, ys, strict=True):
            self.canvas.circle(*self.at(x, y), radius, colour, opacity=opacity)


def key(canvas: Canvas, x: float, y: float, entries: Sequence[tuple[str, str]], step: float = 120) -> None:
    """What the colours stand for, side by side."""
    for number, (colour, words) in enumerate(entries):
        canvas.line(x + number * step, y, x + number * step + 18, y, colour, 3)
        canvas.text(x + number * step + 24, y + 4, words, 12, SOFT)


def figure(value: float) -> str:
    """A number on an axis."""
    if value and (abs(value) >= 1e5 or abs(value) < 1e-3):
        power = math.floor(math.log10(abs(value)))
        raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        head = value / 10**power
        return f"10{raised}" if abs(head - 1) < 1e-9 else f"{head:g}·10{raised}"
    return f"{value:,.10g}"


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers between two."""
    step = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(step * k for k in (1, 2, 5, 10) if (high - low) / (step * k) <= most)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    found = [10.0**k for k in powers]
    every = max(1, math.ceil(len(found) / 5))
    return found[::every] if len(found) > 1 else sorted({low, *found, high})
