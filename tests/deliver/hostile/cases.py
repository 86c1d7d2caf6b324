"""All hostile cases, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from tests.deliver.hostile.of_files import file_cases
from tests.deliver.hostile.of_manifests import name_cases, odd_cases, text_cases
from tests.deliver.hostile.of_parts import count_cases, part_cases
from tests.deliver.hostile.of_weights import unnamed, weight_cases
from tests.deliver.hostile.sample import Case, Sample, write

NUMBERS, CLASSES = "v2-regression-mlp", "v2-classes-realmlp"


def hostile_cases(seed: int = 0) -> list[tuple[Sample, Case]]:
    """Every case with the sound bundle that it is made of."""
    numbers, classes = Sample.kept(NUMBERS), Sample.kept(CLASSES)
    made: list[tuple[Sample, Case]] = []
    for sample, other in ((numbers, classes), (classes, numbers)):
        families: tuple[Iterable[Case], ...] = (
            [Case("sound", partial(write, data=sample.data, weights=sample.weights), "predicted")],
            file_cases(sample),
            weight_cases(sample, seed),
            unnamed(sample, other),
            odd_cases(sample, seed, 160),
            text_cases(sample),
            name_cases(sample),
            count_cases(sample),
            part_cases(sample, other),
        )
        made += [(sample, case) for family in families for case in family]
    return made
