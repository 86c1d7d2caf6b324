"""The tables of `docs/accuracy.md` from `measured/accuracy.jsonl`: no fit is made, no figure is typed by hand.

python benchmarks/accuracy_page.py          # writes them into the page, between its marks
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from accuracy import Fits, cells_of
from rival_fit import BUDGETED, METRICS
from rivals import Cache
from standings import ALONE, OURS, Cells, error_ratio, mean_ranks, share_better, shared
from tables import TABLES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "accuracy.md"
MEASURED = Path(__file__).with_name("measured") / "accuracy.jsonl"


@dataclass(frozen=True)
class Comparison:
    """What one table of the page shows.

    Args:
        budget: Seconds of ours, and of the rivals that use a budget.
        label: The version of ours.
        splits: How many.
        rivals: In their columns.
    """

    budget: float
    label: str
    splits: int
    rivals: tuple[str, ...]


COMPARISONS = (
    Comparison(60, "v8", 3, ("CatBoost", "LightGBM", "HistGB", "RealMLP-TD", "sklearn MLP")),
    Comparison(
        300,
        "v7",
        1,
        (
            "CatBoost tuned",
            "LightGBM tuned",
            "AutoGluon",
            "CatBoost",
            "LightGBM",
            "HistGB",
            "RealMLP-TD",
            "sklearn MLP",
        ),
    ),
)


def cells_for(shown: Comparison, cache: Cache) -> tuple[Cells, dict[str, str]]:
    """Outcomes of ours and the rivals by table and split, and the metric of each table."""
    fits: Fits = {}
    metrics: dict[str, str] = {}
    for fit in cache.fits.values():
        budget = shown.budget if fit.who in BUDGETED or fit.who.startswith("ours") else 0.0
        who = OURS if (fit.who, fit.version) == ("ours: --preset best", shown.label) else fit.who
        if who in (OURS, *shown.rivals) and fit.budget == budget and fit.split < shown.splits:
            fits.setdefault((fit.table, fit.split), {})[who] = fit
            metrics[fit.table] = METRICS[next(iter(fit.errors))]
    return cells_of(fits, shown.budget), metrics


def markdown(shown: Comparison, cache: Cache) -> str:
    """The table, its last lines how we stand against each rival; the least error of a line in bold."""
    cells, metrics = cells_for(shown, cache)
    names = (OURS, ALONE, *shown.rivals)
    lines = [f"| | error | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    for table in (own.name for own in TABLES):
        if table not in metrics:
            continue
        errors = {who: _mean_error(cells, table, who, shown.splits) for who in names}
        least = min(error for error in errors.values() if error is not None)
        told = [_figure(error, error == least) for error in errors.values()]
        lines.append(f"| {table} | {metrics[table]} | {' | '.join(told)} |")
    for title, ours in (("what ships", OURS), ("networks alone", ALONE)):
        ratios = [_against(cells, ours, rival) for rival in shown.rivals]
        lines.append(f"| **{title}** over it | ahead on | | | {' | '.join(ratios)} |")
    full = [who for who in names if who != ALONE and len(shared(cells, [OURS, who])) == len(cells)]
    ranks = mean_ranks(cells, full, strict=False)
    told = [f"{ranks[who]:.2f}" if who in ranks else "" for who in names]
    lines.append(f"| **mean rank** | of what ships | {' | '.join(told)} |")
    return "\n".join(lines)


def _mean_error(cells: Cells, table: str, who: str, splits: int) -> float | None:
    """Over the splits; None where one of them was not measured."""
    own = [cells[table, split][who].error for split in range(splits) if who in cells.get((table, split), {})]
    return sum(own) / splits if len(own) == splits else None


def _figure(error: float | None, least: bool) -> str:
    if error is None:
        return "-"
    text = f"{error:,.0f}" if error >= 1000 else f"{error:.4g}"
    return f"**{text}**" if least else text


def _against(cells: Cells, ours: str, rival: str) -> str:
    """Geometric mean of our error over theirs, and on how many of the tables ours is less."""
    ratio, _ = error_ratio(cells, ours, rival, strict=False)
    share, tables = share_better(cells, ours, rival, strict=False)
    return f"{ratio:.3f}, {share * tables:g} of {tables}"


def page(text: str, cache: Cache) -> str:
    """The page with its tables made anew."""
    for shown in COMPARISONS:
        begin, end = (f"<!-- {shown.budget:g} s: {word} -->\n" for word in ("made", "end"))
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{markdown(shown, cache)}\n\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), Cache(MEASURED, fresh=False)), encoding="utf-8")
