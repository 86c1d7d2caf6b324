from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netwright.audit.layout import blank_keys, second_header, totals
from tests.preparation.tables import numbers, typed


def written(tmp_path, text: str):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return typed(path)


def rows(n_rows: int = 60) -> str:
    towns = ["서울", "부산", "대구"] * n_rows
    cells = zip(towns, numbers(n_rows), numbers(n_rows, 1), strict=False)
    return "\n".join(f"{town},{x:.3f},{z:.3f}" for town, x, z in cells)


class TestSecondHeader:
    def test_names_repeated(self, tmp_path):
        (finding,) = second_header(written(tmp_path, f"town,2019,2020\ntown,people,people\n{rows()}"))
        assert (finding.code, finding.severity) == ("second-header", "warning")
        assert finding.message == "the first row looks like a second header line (town, 2019, 2020)"
        assert finding.columns == ("town", "2019", "2020")
        assert finding.evidence == {"row": 0, "cells": {"town": "town"}}

    def test_units(self, tmp_path):
        (finding,) = second_header(written(tmp_path, f"town,w,h\n,kg,cm\n{rows()}"))
        assert finding.columns == ("w", "h")

    def test_an_ordinary_table(self, tmp_path):
        assert list(second_header(written(tmp_path, f"town,w,h\n{rows()}"))) == []

    def test_a_first_row_without_numbers(self, tmp_path):
        assert list(second_header(written(tmp_path, f"town,w,h\n서울,,\n{rows()}"))) == []
        assert list(second_header(written(tmp_path, f"town,w,h\n서울,NA,NaN\n{rows()}"))) == []

    def test_differences(self, tmp_path):
        frame = pd.DataFrame({"a": numbers(50), "b": numbers(50, 1)}).diff()
        assert list(second_header(typed(frame))) == []
        assert list(second_header(written(tmp_path, frame.to_csv(index=False)))) == []

    def test_words_elsewhere_in_the_column(self, tmp_path):
        text = f"town,w,h\n{rows()}\n서울,unknown,unknown\n"
        table = written(tmp_path, text)
        assert table["w"].null_count() == 1
        assert list(second_header(table)) == []

    def test_one_numeric_column_is_too_little_without_names(self, tmp_path):
        lines = "\n".join(f"a{n % 3},{x:.3f}" for n, x in enumerate(numbers(60)))
        assert list(second_header(written(tmp_path, f"town,w\na1,kg\n{lines}"))) == []
        assert len(list(second_header(written(tmp_path, f"town,w\ntown,kg\n{lines}")))) == 1

    def test_only_where_the_first_row_is_there(self, tmp_path):
        table = written(tmp_path, f"town,2019,2020\ntown,people,people\n{rows()}")
        assert list(second_header(table.take(np.arange(1, 60)))) == []
        assert list(second_header(table.take(np.array([0])))) == []


class TestBlankKeys:
    def test_merged_cells(self):
        key = [f"block{n // 5}" if n % 5 == 0 else None for n in range(60)]
        (finding,) = blank_keys(typed({"key": key, "x": numbers(60)}, "key=category"))
        assert (finding.code, finding.severity, finding.columns) == ("blank-keys", "warning", ("key",))
        assert finding.message == "key: filled only on the first row of each block of 5, 48 keys blank"
        assert finding.evidence == {"blank": 48, "rows": 60, "block": 5}

    def test_a_few_blocks_of_another_size(self):
        starts = [0, 5, 10, 15, 20, 25, 30, 35, 40, 47, 52, 57]
        key = [f"b{n}" if n in starts else None for n in range(60)]
        (finding,) = blank_keys(typed({"key": key, "x": numbers(60)}, "key=category"))
        assert finding.evidence["block"] == 5

    @pytest.mark.parametrize(
        "key",
        [
            [f"b{n % 3}" if n % 5 == 0 else None for n in range(60)],  # keys that repeat
            [f"b{n}" if n in (0, 3, 4, 11, 17, 30, 33, 41, 55) else None for n in range(60)],  # no regular distance
            [f"b{n // 12}" for n in range(60)],  # nothing blank
            ["a", "b"] + [None] * 58,  # too few
            [f"b{n}" if n % 10 else None for n in range(60)],  # hardly anything blank
        ],
    )
    def test_ordinary_gaps(self, key):
        assert list(blank_keys(typed({"key": key, "x": numbers(60)}, "key=category"))) == []

    def test_numbers_are_no_keys(self):
        gaps = [float(n) if n % 5 == 0 else None for n in range(60)]
        assert list(blank_keys(typed({"x": gaps, "z": numbers(60)}))) == []


class TestTotals:
    @pytest.mark.parametrize("word", ["Total", "TOTAL", "subtotal", "전국", "합계", "소계", "계", "Grand Total"])
    def test_named_like_a_total(self, word):
        town = ["서울", "부산", "대구"] * 20
        town[0] = town[30] = word
        (finding,) = totals(typed({"town": town, "x": numbers(60)}))
        assert (finding.code, finding.severity, finding.columns) == ("totals", "warning", ("town",))
        assert finding.message == f"town: 2 rows called {word} (3 %) look like totals of the others"
        assert finding.evidence == {"rows": 2, "words": [word]}

    @pytest.mark.parametrize("word", ["totally", "계산", "전국구", "in total", "Totalenergies"])
    def test_words_that_hold_such_a_word(self, word):
        town = ["서울", "부산", word] * 20
        assert list(totals(typed({"town": town, "x": numbers(60)}))) == []

    def test_a_column_of_nothing_else(self):
        assert list(totals(typed({"sum": ["계", "합계"] * 30, "x": numbers(60)}, "sum=category"))) == []

    def test_gaps(self):
        town = ["서울", None, "계", None] * 15
        (finding,) = totals(typed({"town": town, "x": numbers(60)}))
        assert finding.evidence["rows"] == 15
