from __future__ import annotations

import pytest

from netwright.base.errors import PlanError
from netwright.sources.separator import find_separator, given_separator, records, separator_word


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("1,5;2,5\n1,4;2,4\n", ";"),
        ("1,2,a;b\n3,4,c;d\n", ","),
        ("a\tb\n1,5\t2\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('a,b\n"x;y;z",2\n"p;q",3\n', ","),
        ('"a, b";c\n"d, e";f\n', ";"),
        ("a,b,c\n1,2,\n3,,\n4,5,\n", ","),
        ("a,b,c\n1,2,3,\n4,5,6,\n", ","),
        ("x\n1\n2\n", ","),
        ("x\n1,5\n2,5\n", ";"),
        ("Report\na,b\n1,2\n3,4\n5,6\n7,8\n9,1\n", ","),
        ("a,b\n1,2\n3,4,5\n", ","),
        ("이름;값\n서울;1\n", ";"),
        ('a;b\n"5 inch;3\n', ";"),
    ],
)
def test_find(text, separator):
    assert find_separator(text) == separator


def test_blanks_separate_in_text_files_only():
    text = "x y  z\n1 2 3\n  4  5\t6\n"
    assert find_separator(text, ".txt") == " "
    assert find_separator(text, ".csv") != " "


def test_words_are_not_columns():
    assert find_separator("hello world\nbye\n", ".txt") != " "


def test_comma_beats_blanks():
    assert find_separator("a, b\n1, 2\n", ".txt") == ","


def test_only_the_beginning_of_a_long_text_is_looked_at():
    assert find_separator("a;b\n" + "1;2\n" * 100_000) == ";"
    assert find_separator("a" * 300_000) == ","


@pytest.mark.parametrize(("text", "sign"), [("comma", ","), ("tab", "\t"), ("\\t", "\t"), ("blank", " "), ("^", "^")])
def test_given(text, sign):
    assert given_separator(text) == sign


@pytest.mark.parametrize("text", [";;", "", '"', "\n"])
def test_given_must_be_one_character(text):
    with pytest.raises(
        PlanError, match=r"^--separator must be one character or one of comma, semicolon, tab, pipe, blank, got "
    ):
        given_separator(text)


def test_words():
    assert [separator_word(sign) for sign in ",;\t| ^"] == [
        "comma", "semicolon", "tab", "pipe", "blank", "separator '^'",
    ]  # fmt: skip


def test_records_leave_out_blank_lines():
    assert records("a,b\n\n , \n1,2\n", ",") == [["a", "b"], ["1", "2"]]
