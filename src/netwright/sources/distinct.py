"""The different cells of a column and how often each occurs: what most decisions about kinds need."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from netwright.sources.tokens import FEW, blank

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Distinct:
    """Different cells, mostly texts, in the order in which they first occur.

    Args:
        texts: None of them missing.
        counts: How many cells hold each.

    Example:
        >>> import polars as pl
        >>> seen = Distinct.of(pl.Series(["a", "b", None, "a"]))
        >>> seen.texts.to_list(), seen.counts.to_list(), seen.total
        (['a', 'b'], [2, 1], 3)
    """

    texts: pl.Series
    counts: pl.Series

    @classmethod
    def of(cls, cells: pl.Series) -> Distinct:
        """The different ones among these cells."""
        import polars as pl

        if len(cells) <= FEW and cells.dtype == pl.String:
            return _tallied(zip(cells.to_list(), repeat(1)))
        text = cells.alias("text").drop_nulls().to_frame()
        counted = text.group_by("text", maintain_order=True).agg(pl.len().alias("count"))
        return cls(counted["text"], counted["count"])

    def renamed(self, texts: pl.Series) -> Distinct:
        """The same cells under other texts; those that became null are left out, equal ones put together."""
        import polars as pl

        if texts is self.texts:
            return self
        if len(texts) <= FEW and texts.dtype == pl.String:
            return _tallied(zip(texts.to_list(), self.counts.to_list(), strict=True))
        counted = pl.DataFrame({"text": texts, "count": self.counts}).drop_nulls()
        counted = counted.group_by("text", maintain_order=True).agg(pl.col("count").sum())
        return Distinct(counted["text"], counted["count"])

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def total(self) -> int:
        """How many cells there are."""
        return int(self.counts.sum())

    def without(self, tokens: tuple[str, ...]) -> Distinct:
        """All but these texts."""
        return self.renamed(blank(self.texts, tokens))

    def among(self, texts: Collection[str]) -> Distinct:
        """Only these texts."""
        if len(self) <= FEW:
            both = zip(self.texts.to_list(), self.counts.to_list(), strict=True)
            return _tallied((text, n) for text, n in both if text in texts)
        return self.where(self.texts.is_in(list(texts)))

    def where(self, chosen: pl.Series) -> Distinct:
        """The texts where `chosen` is True."""
        return Distinct(self.texts.filter(chosen), self.counts.filter(chosen))

    def share(self, chosen: pl.Series) -> float:
        """The share of the cells whose text is chosen."""
        return float(self.counts.filter(chosen).sum() / max(1, self.total))


def _tallied(counted: Iterable[tuple[str | None, int]]) -> Distinct:
    import polars as pl

    tally: dict[str, int] = {}
    for text, n in counted:
        if text is not None:
            tally[text] = tally.get(text, 0) + n
    return Distinct(
        pl.Series("text", list(tally), dtype=pl.String), pl.Series("count", list(tally.values()), dtype=pl.UInt32)
    )
