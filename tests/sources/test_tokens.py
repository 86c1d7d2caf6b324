from __future__ import annotations

import polars as pl

from netwright.sources.tokens import CATEGORY_MISSING, LABEL_MISSING, NUMBER_MISSING, blank, kept_tokens

SAID = ["NA", "N/A", "n/a", "NaN", "nan", "?", "-", "--", "null", "NULL", "None", "none", "#N/A", "#NA", "#DIV/0!",
        "#VALUE!", "nil", "."]  # fmt: skip


def test_what_is_missing_where():
    assert set(SAID) <= set(NUMBER_MISSING)
    assert {"?", "null", "NULL", "NaN", "nan", "#N/A"} <= set(CATEGORY_MISSING)
    assert not {"NA", "N/A", "None", "none", "-", "nil"} & set(CATEGORY_MISSING)
    assert {"NA", "N/A", "?", "-"} <= set(LABEL_MISSING)
    assert "None" not in LABEL_MISSING


def test_kept():
    assert set(kept_tokens(CATEGORY_MISSING)) == {"NA", "N/A", "n/a", "None", "none", "nil", "-", "--", "."}
    assert "NA" not in kept_tokens(LABEL_MISSING)


def test_blank():
    assert blank(pl.Series(["a", "", None, "NA"]), ("NA",)).to_list() == ["a", None, None, None]
    assert blank(pl.Series(["a"]), ()).to_list() == ["a"]
    assert blank(pl.Series([], dtype=pl.String), ("NA",)).to_list() == []
