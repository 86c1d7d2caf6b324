"""Effects of columns on predictions as a table, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.figures import figure
from netwright.training.effects import Effects
from netwright.training.mixture import Mixture

if TYPE_CHECKING:
    import polars as pl

#: Columns that `why` names.
_MOST_NAMED = 3


def effects_frame(effects: Effects) -> pl.DataFrame:
    """`typical`, `why`, and `effect_<column>` for each feature column.

    Args:
        effects: Of the rows.
    """
    import polars as pl

    columns = {f"effect_{name}": effects.effects[:, place] for place, name in enumerate(effects.columns)}
    why = [in_words(effects.columns, row) for row in effects.effects]
    return pl.DataFrame({"typical": effects.typical, "why": pl.Series(why, dtype=pl.String), **columns})


def in_words(columns: Sequence[str], effects: np.ndarray) -> str:
    """The columns that moved a prediction most, largest first; empty where none did.

    Example:
        >>> in_words(["rooms", "age", "town", "tax"], np.array([-1.08, 0.0, 3.21, 0.4]))
        'town +3.21, rooms -1.08, tax +0.400'
        >>> in_words(["rooms"], np.zeros(1))
        ''
    """
    largest = [place for place in np.argsort(-np.abs(effects), kind="stable")[:_MOST_NAMED] if effects[place]]
    return ", ".join(f"{columns[p]} {'-' if effects[p] < 0 else '+'}{figure(abs(effects[p]))}" for p in largest)


def meaning(model: Mixture, effects: Effects) -> str:
    """What effects say and do not say, in a few sentences."""
    about, unit = f"the predicted {model.target.name}", f"in units of {model.target.name}"
    if model.target.task != "regression":
        of = model.target.classes[1] if model.target.task == "binary" else "the predicted class"
        about, unit = f"the probability of {of}", "in probability, 0 to 1"
    what = "network" if len(model.networks) == len(model.parts) else "model"
    sure = f"(standard error about {100 * effects.error:.1f} % of a row's largest)"
    how = f"means over {effects.n_orders} orders of the columns {sure}" if effects.n_orders else "exact"
    return (
        f"an effect is how far a column moved {about} away from that of the typical row (the median of each number and "
        f"date, the most frequent level of each category), {unit}; the effects of a row sum to the difference, and are "
        f"{how}. They describe this {what}, not causes; columns that go together share their part."
    )
