"""`docs/accuracy.md` shows what was measured, figure by figure."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_made_of_what_was_measured() -> None:
    from accuracy_page import COMPARISONS, MEASURED, PAGE, markdown, page
    from rivals import Cache

    cache, text = Cache(MEASURED, fresh=False), PAGE.read_text(encoding="utf-8")
    assert page(text, cache) == text, "run benchmarks/accuracy_page.py"
    assert page(text.replace("0.2752", "0.1752"), cache) == text  # a figure typed by hand does not stay
    for shown in COMPARISONS:
        assert markdown(shown, cache).count("\n") == 1 + 17 + 3


def test_a_rival_that_was_not_measured_everywhere_has_no_rank() -> None:
    from accuracy_page import Comparison, markdown
    from rivals import Cache, Fit

    cache = Cache(Path("nowhere"), fresh=True)
    for who, version, errors in (
        ("ours: --preset best", "v1", [2.0, 3000.0]),
        ("CatBoost", "c", [1.0, 6000.0]),
        ("MLP", "m", [4.0]),
    ):
        for table, error in zip(("abalone", "ames"), errors, strict=False):
            budget = 60.0 if version == "v1" else 0.0
            fit = Fit(who, version, table, 0, "done", {"rmse": error}, budget=budget)
            cache.fits[fit.key] = fit
    said = markdown(Comparison(60, "v1", 1, ("CatBoost", "MLP")), cache).splitlines()
    assert said[2] == "| abalone | RMSE | 2 | 2 | **1** | 4 |"
    assert "| ames | RMSE | **3,000** | **3,000** | 6,000 | - |" in said
    assert said[-3] == "| **what ships** over it | ahead on | | | 1.000, 1 of 2 | 0.500, 1 of 1 |"
    assert said[-1] == "| **mean rank** | of what ships | 1.50 |  | 1.50 |  |"
