"""The section on pictures: examples right and wrong, and where the network looked."""

from __future__ import annotations

import re
from typing import Any

from netwright.base.figures import count, figure
from netwright.base.record import RunRecord

#: An address that holds a picture; nothing else may stand in the page as one.
_ADDRESS = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")


def pictures_section(record: RunRecord) -> dict[str, Any]:
    """What the template shows.

    Args:
        record: With `pictures` among its further sections.
    """
    own = record.more["pictures"]
    n_wrong, rows = own["n_wrong"], count(own["n_rows"], f"{own['part']} picture")
    if n_wrong:
        lead = f"{n_wrong:,} of {rows} are named wrongly ({own['wrong_share']})."
        shown = len(own["wrong"])
        lead += f" Of these the {shown} that the model was surest of." if shown < n_wrong else ""
    else:
        lead = f"None of {rows} is named wrongly."
    looked = any(example["looked_at"] for example in (*own["wrong"], *own["right"]))
    return {
        "lead": lead,
        "looked": looked,
        "groups": [
            {"title": title, "examples": [_example(example) for example in own[name]]}
            for name, title in (("wrong", "Wrong"), ("right", "Right, of each class in turn"))
            if own[name]
        ],
    }


def _example(example: dict[str, Any]) -> dict[str, Any]:
    from markupsafe import Markup

    addresses = [text for text in (example["picture"], example["looked_at"]) if text]
    where = example["file"] or f"row {example['row']:,}"
    right = example["truth"] == example["named"]
    alt = f"{where}: {example['truth']}, named {example['named']}"
    return {
        # letters of base64 only, so that nothing needs to be escaped
        "pictures": [Markup(text) for text in addresses if _ADDRESS.fullmatch(text)],
        "named": example["named"],
        "truth": "" if right else example["truth"],
        "sure": figure(100 * example["sure"], 3) + " %",
        "where": where,
        "alt": alt,
    }
