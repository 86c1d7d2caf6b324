"""What a chart needs, as plain values: the page's script draws it, the template puts words around it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

#: Digits kept of what is drawn; a pixel shows fewer.
_DIGITS = 5
#: Pixels of a chart that does not say otherwise.
_HEIGHT = 340


def chart(
    name: str,
    kind: str,
    title: str,
    *,
    reading: str,
    alt: str,
    data: Mapping[str, Any] | None,
    empty: str = "",
    height: int = _HEIGHT,
    min_width: int = 0,
    wide: bool = False,
    lang: str = "en",
) -> dict[str, Any]:
    """One chart.

    Args:
        name: Its id on the page, less the `chart-` that keeps it apart from the ids of sections.
        kind: Which function of the page's script draws it.
        title: What it shows.
        reading: How to read it, in a sentence or two.
        alt: What it shows for who cannot see it.
        data: What the script draws; None where there is nothing to draw.
        empty: Why there is nothing to draw.
        height: In pixels.
        min_width: In pixels; narrower screens scroll the chart inside its box.
        wide: Whether it takes the whole width of the page.
        lang: Language of its words.
    """
    return {
        "id": f"chart-{name}",
        "kind": kind,
        "title": title,
        "reading": reading,
        "alt": alt,
        "data": data,
        "empty": empty,
        "height": height,
        "min_width": min_width,
        "wide": wide,
        "lang": lang,
    }


def drawn(value: float | None) -> float | None:
    """A number as the page keeps it; what is not finite, or would not be once it is rounded, is a gap.

    Example:
        >>> drawn(1234.5678), drawn(0.1234567), drawn(float("nan")), drawn(None), drawn(1.797699e308)
        (1234.6, 0.12346, None, None, None)
    """
    rounded = math.nan if value is None else float(f"{value:.{_DIGITS}g}")
    return rounded if math.isfinite(rounded) else None


def drawn_all(values: Iterable[float]) -> list[float | None]:
    """Every number as the page keeps it."""
    return [drawn(float(value)) for value in np.asarray(values, dtype=np.float64)]
