"""Leaks planted into the development tables are found, and clean tables stop nothing."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.audit.planted import OTHERS, TABLES, Source, found, plants, with_columns

#: Of every task and size, in the ordinary tests.
QUICK = ("boston", "titanic", "penguins", "soybean", "insurance")
LEAST_RECALL = 0.95


def stopped(source: Source) -> set[str]:
    """Columns that a stop names."""
    return {name for f in found(source.table()) if f.severity == "stop" for name in f.columns}


def recall(sources: list[Source]) -> tuple[Counter[str], Counter[str], list[str]]:
    """By manner how many leaks were planted and how many stop a run, and those that do not."""
    planted, hit, missed = Counter[str](), Counter[str](), list[str]()
    for source in sources:
        table = source.table()
        for manner, columns in plants(table):
            planted[manner] += 1
            stops = [f for f in found(with_columns(table, columns)) if f.severity == "stop"]
            if any(name in f.columns for f in stops for name in columns):
                hit[manner] += 1
            else:
                missed.append(f"{source.name}: {manner}")
    return planted, hit, missed


@pytest.mark.parametrize("name", QUICK)
def test_every_leak_planted_into_a_small_table_is_found(shared, name):
    _, _, missed = recall([source for source in TABLES if source.name == name])
    assert missed == []


@pytest.mark.parametrize("source", TABLES, ids=lambda source: source.name)
def test_only_the_true_leaks_of_a_table_stop(shared, source):
    assert stopped(source) == set(source.leaks)


@pytest.mark.parametrize("source", OTHERS, ids=lambda source: source.name)
def test_only_the_true_leaks_of_other_data_stop(shared, source):
    assert stopped(source) == set(source.leaks)


@pytest.mark.slow
def test_recall_over_all_tables(shared):
    planted, hit, missed = recall(list(TABLES))
    for manner, number in planted.items():
        print(f"{manner:28}{hit[manner]:4} of {number}")
    print(f"{'all':28}{hit.total():4} of {planted.total()}", *missed, sep="\n")
    assert hit.total() >= LEAST_RECALL * planted.total()
    for manner, number in planted.items():
        assert hit[manner] >= number - 1, manner
