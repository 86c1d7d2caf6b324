"""Tables that are in memory already: data frames of any usual library, arrays, dictionaries, lists of records."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.header import refuse_twins
from netwright.sources.records import frame_of_columns, frame_of_records
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import cells_fingerprint, untyped_table
from netwright.sources.values import series_from_values, well_formed

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: (library, class) of the frames that are known at sight; narwhals is asked about others.
_FRAMES = (("pandas", "DataFrame"), ("polars", "DataFrame"), ("pyarrow", "Table"))


@source("frames")
class FrameSource(Source):
    """Data frames (pandas, polars, pyarrow, all that narwhals knows), NumPy arrays, columns, records, tables."""

    def accepts(self, data: object) -> bool:
        """Whether `data` is one of these; nothing is imported for the question."""
        return (
            isinstance(data, Table | Mapping)
            or (isinstance(data, list | tuple) and all(isinstance(row, Mapping) for row in data) and len(data) > 0)
            or _is_array(data)
            or _is_frame(data)
        )

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table; a Table is given back as it is. See `Source.read`."""
        if isinstance(data, Table):
            return data
        frame, name, how = _frame(data)
        frame = tidy_frame(frame)
        return untyped_table(frame, Provenance(name, "data", how=(how,), fingerprint=cells_fingerprint(frame)))


def _frame(data: Any) -> tuple[pl.DataFrame, str, str]:
    """The cells, what messages call the data, and the library that they came from."""
    if isinstance(data, Mapping):
        return frame_of_columns(data, "the dictionary"), "the dictionary", "dictionary"
    if isinstance(data, list | tuple):
        return frame_of_records(data, "the records"), "the records", "records"
    if _is_array(data):
        return _from_array(data), "the array", "numpy"
    library = _library(data)
    if library == "pandas":
        return _from_pandas(data), "the data frame", "pandas"
    import narwhals as nw

    if library == "pyarrow":
        refuse_twins(data.column_names, "the data frame")
    return nw.from_native(data, eager_only=True).to_polars(), "the data frame", library


def _library(data: object) -> str:
    return type(data).__module__.partition(".")[0]


def _is_array(data: object) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(data, numpy.ndarray)


def _is_frame(data: object) -> bool:
    if (_library(data), type(data).__name__) in _FRAMES:
        return True
    # the class is asked: a lazy frame would compute its columns
    if not hasattr(type(data), "columns") and not hasattr(data, "__narwhals_dataframe__"):
        return False
    import narwhals as nw

    return isinstance(nw.from_native(data, eager_only=True, pass_through=True), nw.DataFrame)


def _from_array(array: np.ndarray) -> pl.DataFrame:
    """The columns of an array under the names c1, c2, ..., or those of a structured array."""
    import polars as pl

    if array.dtype.names:
        return pl.DataFrame([_from_vector(name, array[name]) for name in array.dtype.names])
    if array.ndim != 2:
        raise DataError(
            f"the array must have two axes, rows and columns, got the shape {array.shape}. "
            f"Pass array.reshape(-1, 1) if it is a single column."
        )
    return pl.DataFrame([_from_vector(f"c{at}", array[:, at - 1]) for at in range(1, array.shape[1] + 1)])


def _from_vector(name: str, vector: np.ndarray) -> pl.Series:
    import polars as pl

    if vector.dtype.kind == "f":
        return pl.Series(name, vector.astype("float64"))
    if vector.dtype.kind in "iub":
        return pl.Series(name, vector)
    if vector.dtype.kind == "M":
        return pl.Series(name, vector.astype("datetime64[us]"))
    if vector.dtype.kind == "c":
        raise DataError(f"column {name!r} must hold real numbers, got complex ones. Pass real and imaginary parts.")
    return series_from_values(name, vector.tolist())


def _from_pandas(data: Any) -> pl.DataFrame:
    """The cells of a pandas frame; polars' own way needs pyarrow."""
    import polars as pl

    names = [_column_name(label) for label in data.columns]
    refuse_twins(names, "the data frame")
    columns = [_from_pandas_column(data.iloc[:, at].rename(name)) for at, name in enumerate(names)]
    return pl.DataFrame(columns)


def _column_name(label: object) -> str:
    return well_formed(".".join(map(str, label)) if isinstance(label, tuple) else str(label))


def _from_pandas_column(column: Any) -> pl.Series:
    import pandas
    import polars as pl
    from pandas.api import types

    dtype, name = column.dtype, str(column.name)
    gaps = column.isna().to_numpy()
    if isinstance(dtype, pandas.CategoricalDtype):
        return _from_pandas_column(column.astype(dtype.categories.dtype if not gaps.any() else object))
    if types.is_bool_dtype(dtype):
        values = column.fillna(False) if gaps.any() else column
        return pl.Series(name, values.to_numpy(dtype=bool)).set(pl.Series(gaps), None)
    if types.is_integer_dtype(dtype):
        values = column.fillna(0) if gaps.any() else column
        return pl.Series(name, values.to_numpy(dtype="int64")).set(pl.Series(gaps), None)
    if types.is_float_dtype(dtype):
        return pl.Series(name, column.to_numpy(dtype="float64", na_value=float("nan")))
    if types.is_datetime64_any_dtype(dtype):
        naive = column.dt.tz_localize(None) if getattr(dtype, "tz", None) is not None else column
        return pl.Series(name, naive.to_numpy(dtype="datetime64[us]"))
    return series_from_values(name, column.tolist())
