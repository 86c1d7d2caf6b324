"""All hostile cases, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from tests.deliver.hostile.of_files import file_cases
from tests.deliver.hostile.of_manifests import name_cases, odd_cases, text_cases
from tests.deliver.hostile.of_mixtures import mixture_cases
from tests.deliver.hostile.of_parts import count_cases, part_cases
from tests.deliver.hostile.of_weights import unnamed, weight_cases
from tests.deliver.hostile.sample import Case, Sample, write

NUMBERS, CLASSES = "v2-regression-mlp", "v2-classes-realmlp"
#: Of four parts each.
MIXTURES = ("v3-regression-mixture", "v3-classes-mixture", "v3-binary-mixture")


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
    mixtures = [Sample.kept(name) for name in MIXTURES]
    for sample, other in zip(mixtures, [*mixtures[1:], mixtures[0]], strict=True):
        sound = Case("sound", partial(write, data=sample.data, weights=sample.weights), "predicted")
        every = list(mixture_cases(sample))
        families = (
            [sound, Case("mixed: weights of another", partial(write, data=sample.data, weights=other.weights))],
            odd_cases(sample, seed, 60),
            every if sample is mixtures[0] else every[:: 2 if sample is mixtures[1] else 3],
        )
        made += [(sample, case) for family in families for case in family]
    return made
