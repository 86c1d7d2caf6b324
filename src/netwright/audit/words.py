"""Words of free text, each as a column of its own that says which rows have it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

#: Words that are looked at, the most frequent ones, and the share of rows that must have one, and must not.
_MOST_WORDS, _LEAST_SHARE = 40, 0.05


def rows_with_words(cells: pl.Series) -> Iterator[tuple[str, np.ndarray]]:
    """Frequent words and whether each row has them; (n_rows,).

    Args:
        cells: Texts.

    Example:
        >>> [(word, rows.tolist()) for word, rows in rows_with_words(pl.Series(["Good, good", "bad", None]))]
        [('bad', [0, 1, 0]), ('good', [1, 0, 0])]
    """
    words = cells.str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+").list.unique()
    frame = pl.DataFrame({"row": np.arange(len(cells)), "word": words}).explode("word").drop_nulls()
    least = _LEAST_SHARE * len(cells)
    often = frame["word"].value_counts().filter(pl.col("count").is_between(least, len(cells) - least))
    for word in often.sort("count", "word", descending=[True, False])["word"].to_list()[:_MOST_WORDS]:
        has = np.zeros(len(cells), dtype=np.int64)
        has[frame.filter(pl.col("word") == word)["row"].to_numpy()] = 1
        yield word, has
