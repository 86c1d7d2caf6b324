"""The report as one HTML page: values from `data`, words from templates, charts by ECharts, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from netwright.base.errors import InternalError
from netwright.base.record import RunRecord
from netwright.deliver.report.data import charts_of, report_data

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = files("netwright.deliver.report")
ECHARTS_VERSION = "6.1.0"
#: Parts of the page's script that draw the charts of a run.
_KINDS = (
    *("bars.js", "curves.js", "diagnosis.js", "points.js", "classes.js", "sizes.js", "dependence.js"),
    "correlations.js",
    "search.js",
    "new_rows.js",
    "map.js",
    "forecast.js",
)
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#16202b"/>'
    '<path d="M6 8c5 13 9 15 20 15" fill="none" stroke="#56b4e9" stroke-width="3.4" stroke-linecap="round"/></svg>'
)
#: What could end a script, open a comment or read as an address to fetch from; in JSON these only stand in strings.
_IN_JSON = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&/(\u2028\u2029"}
#: The same for text, where a column may well be called `src=//x.js`.
_IN_TEXT = (("/", "&#47;"), ("(", "&#40;"))


def render_report(record: RunRecord, command: str = "") -> str:
    """The page of a run.

    Args:
        record: What is shown.
        command: The command line that repeats the run, or empty.

    Raises:
        InternalError: The chart library on disk is not the one that netwright shipped.
    """
    return render_page(report_data(record, command), record.facts["versions"].get("netwright", ""))


def render_page(page: Mapping[str, Any], version: str, kinds: tuple[str, ...] = _KINDS) -> str:
    """A page of sections in the look of the report.

    Args:
        page: What it shows, as `report_data` gives it.
        version: Of netwright.
        kinds: The parts of the script that draw its charts.

    Raises:
        InternalError: The chart library on disk is not the one that netwright shipped.
    """
    from markupsafe import Markup

    echarts, script = echarts_source(), page_script(kinds)
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            version=version,
            policy=_policy(echarts, script),
            icon="data:image/svg+xml;base64," + base64.b64encode(_ICON.encode()).decode(),
            style=Markup(_read("page", "report.css")),
            json=Markup(safe_json(charts_of(page))),
            license=Markup(_read("ECHARTS-LICENSE")),
            echarts_version=ECHARTS_VERSION,
            echarts=Markup(echarts),
            script=Markup(script),
        )
    )
    # a path on the command line may hold bytes that are no text
    return html.encode("utf-8", "replace").decode("utf-8")


def safe_json(data: Any) -> str:
    """JSON that can stand inside a script element.

    Args:
        data: Plain values; numbers must be finite.

    Example:
        >>> safe_json({"name": "</script>"})
        '{"name":"\\\\u003c\\\\u002fscript\\\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_IN_JSON)


@cache
def echarts_source() -> str:
    """The chart library, checked against the checksum beside it.

    Raises:
        InternalError: The file is not the one that was shipped.
    """
    source = _HERE.joinpath("echarts.min.js").read_bytes()
    wanted = _read("echarts.sha256").split()[0]
    found = hashlib.sha256(source).hexdigest()
    if found != wanted:
        raise InternalError(f"echarts.min.js must have the SHA-256 {wanted[:12]}..., got {found[:12]}...")
    return source.decode("utf-8")


@cache
def page_script(kinds: tuple[str, ...] = _KINDS) -> str:
    """The page's own script, all parts of it in one scope."""
    parts = ("figures.js", "theme.js", *kinds, "mount.js")
    return '"use strict";\n(() => {\n' + "\n".join(_read("page", name) for name in parts) + "})();\n"


def _policy(*scripts: str) -> str:
    """Nothing is fetched, and no script runs but these."""
    allowed = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()}'" for own in scripts
    )
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _read(*names: str) -> str:
    # one kind of line end, whatever a checkout made of it: the policy counts on it
    return _HERE.joinpath(*names).read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("netwright.deliver.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_as_text,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _as_text(value: Any) -> Any:
    """Text as it may stand anywhere in the page; what is markup already stays."""
    from markupsafe import Markup, escape

    if hasattr(value, "__html__"):
        return value
    text = str(escape(value))
    for letter, name in _IN_TEXT:
        text = text.replace(letter, name)
    return Markup(text)
