from __future__ import annotations

import pytest

from netwright.base.errors import PlanError
from netwright.sources.kinds import KindOptions, infer_kinds
from netwright.sources.registry import open_table


@pytest.mark.parametrize(
    ("name", "shape", "task"),
    [
        ("diabetes", (442, 11), "regression"),
        ("breast_cancer", (569, 31), "binary"),
        ("wine", (178, 14), "multiclass"),
        ("iris", (150, 5), "multiclass"),
        ("digits", (1797, 65), "multiclass"),
    ],
)
def test_samples(name, shape, task):
    table = open_table(f"sample:{name}")
    assert table.frame.shape == shape
    assert (table.source.name, table.source.stem, table.source.task) == (f"sample:{name}", name, task)
    typed = infer_kinds(table, KindOptions(target="target"))
    assert typed.schema.target is not None
    assert typed.schema["target"].kind == ("boolean" if task == "binary" else "numeric")
    assert len(typed.schema.features) > 3


def test_classes_stay_numbers():
    assert open_table("sample:iris")["target"].unique().sort().to_list() == [0, 1, 2]


def test_no_such_sample():
    with pytest.raises(PlanError) as caught:
        open_table("sample:boston")
    assert str(caught.value) == "a sample must be one of breast_cancer, diabetes, digits, iris, wine, got 'boston'."
