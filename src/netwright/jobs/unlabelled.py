"""The job of rows without a target: what is loaded, and who judges it, by what the families of the run are for."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from netwright.base.events import Event, KindsFound, TableRead
from netwright.base.settings import Settings
from netwright.jobs.new_pictures import baselines_of_drawers, only_pictures
from netwright.jobs.new_rows import baselines_of_makers, judge_drawn, judge_made, without_what_cannot_be_made
from netwright.jobs.rebuilt import baselines_of_rows, judge_rebuilt
from netwright.preparation.load import Loaded, load_rows, read_table, with_roles
from netwright.sources.registry import target_of
from netwright.stages.begun import Begun, refuse_large_cells
from netwright.stages.recorded import Opening, Outcome, Tried
from netwright.training.baselines import TrainedBaseline
from netwright.training.device import choose_device
from netwright.training.memory import free_memory
from netwright.tune.presets import purpose_of_run


@dataclass(frozen=True)
class Purpose:
    """What differs from one purpose to another.

    Args:
        baselines: What is fitted beside the networks.
        judge: The last act: choose, open the test rows, record.
    """

    baselines: Callable[[Begun], Iterator[TrainedBaseline]]
    judge: Callable[[Begun, Tried, Opening], Outcome]


#: By what families say of themselves (`purpose` of a family).
PURPOSES: dict[str, Purpose] = {
    "reconstruct": Purpose(baselines_of_rows, judge_rebuilt),
    "make": Purpose(baselines_of_makers, judge_made),
    "draw": Purpose(baselines_of_drawers, judge_drawn),
}


def load_unlabelled(data: object, settings: Settings) -> Generator[Event, None, Loaded]:
    """Read the data and decide kinds; no column is the target.

    Args:
        data: Whatever a source accepts.
        settings: The user's options.

    Raises:
        UserError: The data or the options cannot be used.
    """
    purpose = purpose_of_run(settings, "unsupervised")  # families of two purposes are refused before anything is read
    table = read_table(data, settings)
    refuse_large_cells(table, free_memory(choose_device("cpu")))
    yield TableRead(table.source, table.n_rows, len(table.schema.columns))
    table = with_roles(table, settings)
    label = target_of(data)
    if label is not None and label not in settings.use:  # a folder knows what its pictures show: that is the target
        table = table.with_schema(table.schema.with_roles({label: "left_out"}))
    if purpose == "make":
        table = without_what_cannot_be_made(table)
    elif purpose == "draw":
        table = only_pictures(table)
    yield KindsFound(table.schema, table.source.notes)
    return load_rows(table, settings)


def baselines_of_purpose(begun: Begun) -> Iterator[TrainedBaseline]:
    """What the networks have to beat."""
    return _purpose(begun).baselines(begun)


def judge_purpose(begun: Begun, tried: Tried, open_test: Opening) -> Outcome:
    """Choose on validation, open the test rows and write the record, as the purpose does it.

    Args:
        begun: The run.
        tried: What was trained.
        open_test: Opens the test rows.
    """
    return _purpose(begun).judge(begun, tried, open_test)


def _purpose(begun: Begun) -> Purpose:
    return PURPOSES[purpose_of_run(begun.settings, begun.origin.target.task)]
