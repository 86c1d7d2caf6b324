from __future__ import annotations

from netwright.audit.columns import constant, free_text, identifier
from tests.preparation.tables import numbers, typed

SENTENCES = [f"the house number {n} stands near the river and has a garden of size {n % 7}" for n in range(80)]


def table(**more):
    return typed({"x": numbers(80)} | more)


def test_constant():
    (finding,) = constant(table(one=["kg"] * 80))
    assert (finding.code, finding.severity, finding.columns, finding.advice) == ("constant", "note", ("one",), "")
    assert finding.message.startswith("one: ")
    assert finding.message.endswith(": left out")


def test_a_column_without_values_is_constant():
    (finding,) = constant(table(none=[None] * 80))
    assert finding.columns == ("none",)


def test_two_values_are_no_constant():
    assert list(constant(table(two=["kg"] * 79 + ["g"]))) == []


def test_identifier():
    (finding,) = identifier(table(고객번호=[f"7590-{n:05d}" for n in range(80)]))
    assert (finding.code, finding.severity, finding.columns) == ("identifier", "warning", ("고객번호",))
    assert finding.message == "고객번호: names rows (unique codes): left out"
    assert finding.advice == "--kind 고객번호=category uses it all the same"
    assert finding.evidence == {"kind": "identifier", "why": "unique codes"}


def test_the_flag_can_be_typed():
    (finding,) = identifier(table(**{"Bean ID": [f"k{n:04d}" for n in range(80)]}))
    assert finding.advice == "--kind 'Bean ID=category' uses it all the same"


def test_row_numbers_are_identifiers():
    (finding,) = identifier(table(n=list(range(1, 81))))
    assert finding.columns == ("n",)


def test_levels_that_repeat_are_none():
    assert list(identifier(table(town=[f"t{n % 40}" for n in range(80)]))) == []
    assert list(identifier(table(z=numbers(80, 1)))) == []


def test_free_text():
    (finding,) = free_text(table(note=SENTENCES))
    assert (finding.code, finding.severity, finding.columns) == ("free-text", "note", ("note",))
    assert finding.message == "note: free text, read by its characters"
    assert finding.advice == "--drop note leaves it out; --kind note=category takes each text as a level"


def test_long_texts_are_told():
    (finding,) = free_text(table(note=[f"{sentence} {sentence * 5 if n % 4 == 0 else ''}" for n, sentence in enumerate(SENTENCES)]))
    assert "25 % of the texts are longer than 256 characters" in finding.message
    assert finding.evidence["longer"] == 20


def test_text_that_is_left_out_is_not_told():
    own = table(note=SENTENCES)
    assert list(free_text(own.with_schema(own.schema.with_roles({"note": "left_out"})))) == []


def test_names_of_several_words():
    (finding,) = identifier(table(name=SENTENCES))
    assert finding.message == "name: names rows (80 different names): left out"
    assert finding.advice == "--kind name=text uses it all the same"


def test_categories_are_no_free_text():
    assert list(free_text(table(note=[SENTENCES[n % 4] for n in range(80)]))) == []
