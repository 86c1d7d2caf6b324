"""What comes after training, foreseen: a time limit must leave room for it."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.stages.begun import Begun
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import Candidate
from netwright.training.explain import PRODUCTS_PER_SECOND
from netwright.tune.presets import may_blend

#: What intervals and repeats take for a test row, beyond predicting it.
_TEST_ROW_SECONDS = 1.2e-4
#: Predicting so many rows says how slow the machine is, which is believed up to a bound.
_ROWS_TO_TIME, _SLOWEST = 1_000, 8.0
#: So many of the dearest plans may ship, when the time for predictions is foreseen.
_SHIPPED = 4
#: Share of a time limit that is kept for teaching the ensemble to one plan.
KEPT = 0.15


def foresee_teaching(begun: Begun) -> None:
    """Keep a share of the time limit free, where there is something to be taught.

    Args:
        begun: The run.
    """
    settings = begun.settings
    if settings.distill and may_blend(settings) and settings.time_limit is not None:
        begun.clock.foreseen["distill"] = KEPT * settings.time_limit


def foresee_test(begun: Begun, baselines: Sequence[TrainedBaseline]) -> None:
    """What the baselines say of the machine, and what predicting by them and judging the test rows will take.

    Args:
        begun: The run.
        baselines: Fitted, with the time that predicting a row took.
    """
    clock, n_test, n_folds = begun.clock, begun.split.sealed.n_rows, len(begun.split.folds)
    a_row = n_folds * sum(base.row_seconds for base in baselines)
    if sum(len(fold.valid) for fold in begun.split.folds) >= _ROWS_TO_TIME:
        products = sum(base.fitted.row_products for base in baselines)
        clock.slowness = min(_SLOWEST, max(1.0, a_row * PRODUCTS_PER_SECOND / products)) if products else 1.0
    # the train rows are scored, and the test rows by what ships and by the baselines
    clock.foreseen["baselines"] = (begun.split.development.n_rows + 2 * n_test) * a_row
    clock.foreseen["test"] = _TEST_ROW_SECONDS * n_test * clock.slowness


def foresee_predictions(begun: Begun, candidates: Sequence[Candidate]) -> None:
    """What predicting all rows by some of the dearest networks will take.

    Args:
        begun: The run.
        candidates: The plans that were trained just now.
    """
    products = [len(one.trained.members) * one.trained.network.row_products for one in candidates]
    rows = begun.split.development.n_rows + 2 * begun.split.sealed.n_rows
    dearest = sum(sorted(products)[-_SHIPPED:]) * rows / PRODUCTS_PER_SECOND * begun.clock.slowness
    begun.clock.foreseen["networks"] = max(begun.clock.foreseen.get("networks", 0.0), dearest)
