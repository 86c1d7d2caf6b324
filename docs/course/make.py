"""Makes the course again: runs everything, draws the pictures, writes the pages.

    python docs/course/make.py            # all of it, two minutes
    python docs/course/make.py --words    # pages and pictures from the figures that are kept
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

from making.blocks import run_parts  # noqa: E402
from making.flats import write_flats  # noqa: E402
from making.pages import write_pages  # noqa: E402
from making.pictures import write_pictures  # noqa: E402

CHAPTERS = ("steps", "update", "line", "gallery")
FIGURES = HERE / "figures.json"
#: Where the table of the third chapter is looked for; it is not ours to ship.
BOSTON = [HERE.parents[1] / "shared/data/tables/boston.csv", Path("/work/shared/data/tables/boston.csv")]


def main() -> int:
    """Make the pages."""
    parser = argparse.ArgumentParser(description="Makes the pages and pictures of the course.")
    parser.add_argument("--words", action="store_true", help="run nothing: the figures that are kept, the words anew")
    parser.add_argument("--only", choices=CHAPTERS, help="run this chapter alone")
    parser.add_argument("--boston", type=Path, help="boston.csv, for the chapter of one feature and one line")
    wanted = parser.parse_args()
    kept = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    points = None
    if not wanted.words:
        kept, points = run_all(kept, wanted.boston, wanted.only)
    write_pictures(kept, HERE / "pictures", points)
    write_pages(kept, HERE)
    return 0


def run_all(kept: dict, boston: Path | None, only: str | None) -> tuple[dict, dict | None]:
    """All figures; those of the third chapter stay as they were where its table is not here."""
    from making.gallery import gallery
    from making.line import line
    from making.steps import steps
    from making.update import network, neuron

    begun, figures, points = time.monotonic(), dict(kept), None
    write_flats(HERE / "flats.csv")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for chapter in CHAPTERS if only is None else (only,):
            if chapter == "steps":
                figures["steps"] = steps(HERE, folder)
            elif chapter == "update":
                blocks, _ = run_parts(HERE / "making" / "by_hand_update.py", folder)
                figures["update"] = {"neuron": neuron(), "network": network(), "blocks": blocks}
            elif chapter == "gallery":
                figures["gallery"] = gallery(folder)
            elif (found := next((path for path in [boston, *BOSTON] if path is not None and path.exists()), None)) is None:
                say("boston.csv is not here: the third chapter keeps the figures that it has. --boston FILE names it")
            else:
                figures["line"], points = line(found, folder, HERE / "making" / "by_hand_line.py")
            _keep(figures)
            say(f"{chapter}: done after {time.monotonic() - begun:.0f} s")
    return figures, points


def _keep(figures: dict) -> None:
    """One figure list a line: differences between versions can be read."""
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    text = re.sub(r"\[\s+([^\[\]{}\"]+?)\s+\]", lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text)
    FIGURES.write_text(text + "\n", encoding="utf-8")


def say(words: str) -> None:
    """Tell how far it is."""
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
