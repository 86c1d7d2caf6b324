"""The different cells of a column and how often each occurs: what most decisions about kinds need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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

        text = cells.alias("text").drop_nulls().to_frame()
        counted = text.group_by("text", maintain_order=True).agg(pl.len().alias("count"))
        return cls(counted["text"], counted["count"])

    def renamed(self, texts: pl.Series) -> Distinct:
        """The same cells under other texts; those that became null are left out, equal ones put together."""
        import polars as pl

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
        gone = self.texts.is_in(["", *tokens])
        return self.where(~gone) if gone.any() else self

    def where(self, chosen: pl.Series) -> Distinct:
        """The texts where `chosen` is True."""
        return Distinct(self.texts.filter(chosen), self.counts.filter(chosen))

    def share(self, chosen: pl.Series) -> float:
        """The share of the cells whose text is chosen."""
        return float(self.counts.filter(chosen).sum() / max(1, self.total))
