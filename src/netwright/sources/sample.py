"""Data sets that ship inside scikit-learn, so that a newcomer runs something real at once."""

from __future__ import annotations

from netwright.base.errors import PlanError
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import cells_fingerprint, untyped_table

_SCHEME = "sample:"

#: Name -> what is to be predicted.
_TASKS = {
    "diabetes": "regression",
    "breast_cancer": "binary",
    "wine": "multiclass",
    "iris": "multiclass",
    "digits": "multiclass",
}


@source("sample")
class SampleSource(Source):
    """`sample:diabetes`, `sample:breast_cancer`, `sample:wine`, `sample:iris`, `sample:digits`."""

    def accepts(self, data: object) -> bool:
        """Whether `data` begins with `sample:`."""
        return isinstance(data, str) and data.startswith(_SCHEME)

    def read(self, data: object, options: ReadOptions) -> Table:
        """The features and a column `target`, classes as numbers; see `Source.read`."""
        import polars as pl
        from sklearn import datasets

        name = str(data).removeprefix(_SCHEME)
        if name not in _TASKS:
            raise PlanError(f"a sample must be one of {', '.join(sorted(_TASKS))}, got {name!r}.")
        loaded = getattr(datasets, f"load_{name}")()
        columns = [pl.Series(str(feature), loaded.data[:, at]) for at, feature in enumerate(loaded.feature_names)]
        frame = tidy_frame(pl.DataFrame([*columns, pl.Series("target", loaded.target)]))
        fingerprint = cells_fingerprint(frame)
        source = Provenance(f"{_SCHEME}{name}", name, ("scikit-learn",), fingerprint=fingerprint, task=_TASKS[name])
        return untyped_table(frame, source)
