"""How a column goes together with the target: the test, its effect size, and what is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Size = Literal["negligible", "small", "medium", "large"]

#: From weak to strong.
SIZES: tuple[Size, ...] = ("negligible", "small", "medium", "large")
#: An adjusted p-value from here on tells nothing from chance.
ALPHA = 0.05
#: What such p-values are worth; terminal and report say it in the same words.
RELATION_CAUTION = (
    "The effect is what counts: with many rows nearly every p-value is small. The p-values are adjusted for the number "
    "of columns (Holm) and take rows for independent: where rows repeat or belong to groups, they are too small."
)


@dataclass(frozen=True)
class Relation:
    """What a test of hypothesis says about one column and the target.

    Args:
        test: `Spearman`, `Kruskal-Wallis`, `chi-squared` or `Fisher`.
        statistic: Spearman's rho, Kruskal and Wallis's H, chi-squared, or Fisher's odds ratio.
        effect: Size of the effect, which unlike the p-value does not grow with the number of rows.
        effect_name: What `effect` is: `rho` (-1 to 1), `eta squared` (0 to 1), `Cramér's V` (0 to 1).
        size: The effect in a word.
        p_value: How often chance alone would show as much, were rows independent.
        adjusted: The same, adjusted for how many columns were tested (Holm).
        n_rows: Rows with a value in both.
        pearson: Linear correlation of two numbers; None elsewhere.
        notes: What was done to make the test hold: rare levels taken together, a sample of the rows.
    """

    test: str
    statistic: float
    effect: float
    effect_name: str
    size: Size
    p_value: float
    adjusted: float
    n_rows: int
    pearson: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def beyond_chance(self) -> bool:
        """Whether the adjusted p-value is below 0.05."""
        return self.adjusted < ALPHA

    @property
    def strength(self) -> tuple[int, float]:
        """What sorts relations of different tests from weak to strong: the word, then the size of the effect.

        Eta squared is a share of a variance and enters by its root, as the others do.
        """
        root = self.effect**0.5 if self.effect_name == "eta squared" else abs(self.effect)
        return SIZES.index(self.size), root


@dataclass(frozen=True)
class TargetGroup:
    """The target among the rows of one level, or of one range, of a column.

    Args:
        label: The level or the range.
        n_rows: Its rows with a target.
        values: For a target of numbers `lower quartile`, `median` and `upper quartile`, for classes the share of each.
    """

    label: str
    n_rows: int
    values: Mapping[str, float]
