"""`netwright find-lr`: which learning rates a network of a table learns with."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netwright import __version__
from netwright.apps.terminal import sparkline
from netwright.base.clock import Clock
from netwright.base.curves import Curves
from netwright.base.errors import DataError, PlanError
from netwright.base.events import Event, follow
from netwright.base.figures import figure, one_line
from netwright.base.plan import Plan, Task
from netwright.base.settings import Settings
from netwright.deliver.contents import finite
from netwright.deliver.folder import folder_name
from netwright.deliver.report.data_rates import RATES_SCRIPT, rates_page
from netwright.deliver.report.render import render_page
from netwright.preparation.load import with_own_parts
from netwright.run import begin, load
from netwright.stages.begun import buckets_of
from netwright.stages.trained import laid_out
from netwright.training.loop import train
from netwright.training.needs import outlined_folds
from netwright.tune.presets import Proposal, propose
from netwright.tune.rate_range import SEEDS, RateRange, in_words, judged_range, range_plans

#: Of larger tables so many rows are taken: a rate that fits them fits the others.
_MOST_ROWS = 100_000
#: The one validation part where the user asks for none.
_VALID_SIZE = 0.2


@dataclass(frozen=True)
class FoundRates:
    """A range test of a table.

    Args:
        found: What it says.
        plan: The plan whose learning rate was tested, as it would be trained.
        source: Name of the data.
        stem: The short name that files take.
        target: What is predicted.
        n_train: Train rows.
        n_valid: Validation rows.
        model: The family to name in the command that trains at the rate; none where `train` takes it by itself.
        more_rows: How to get more validation rows.
    """

    found: RateRange
    plan: Plan
    source: str
    stem: str
    target: str
    n_train: int
    n_valid: int
    model: tuple[str, ...]
    more_rows: str

    def said(self) -> list[tuple[str, str]]:
        """What the test says: a name and a sentence each."""
        return in_words(self.found, self.n_valid, self.more_rows)


def find_rates(data: object, settings: Settings, show: Callable[[Event], None] = lambda event: None) -> FoundRates:
    """Train a network at every rate of the range, side by side.

    The test rows are put under seal as in a run, and stay there.

    Args:
        data: Whatever a source accepts.
        settings: The user's options; the family is `mlp` unless one is named.
        show: Takes the events.

    Raises:
        UserError: The data or the options cannot be used.
    """
    if len(settings.model) > 1:
        raise PlanError(f"--model must be named once here, got {', '.join(settings.model)}. Test one after the other.")
    if settings.task == "unsupervised":
        raise PlanError("--task must be one with a target here, got unsupervised. Leave it out, and pass --target COL.")
    data, asked = with_own_parts(data, settings)
    settings = asked.with_(model=asked.model or ("mlp",))
    if settings.folds is None and settings.valid_data is None:
        settings = settings.with_(valid_size=settings.valid_size or _VALID_SIZE)
    loaded = follow(load(data, settings), show)
    task, n_rows, arrays = loaded.target.task, loaded.table.n_rows, loaded.table.schema.arrays
    if settings.train_rows is None and settings.horizon is None and n_rows > _MOST_ROWS:
        settings = settings.with_(train_rows=_MOST_ROWS)
    begun = follow(begin(loaded, settings, Clock()), show)
    plan = begun.proposal.plans[0]
    if settings.train_rows is not None:  # batches as large as in the run itself
        whole = propose(settings, task, n_rows, arrays).plans[0]
        plan = replace(plan, batch_size=whole.batch_size)
    del loaded  # it holds the test rows unsealed
    begun = replace(begun, proposal=Proposal((plan,), (1,)), same_start=True)
    steps = buckets_of(begun, outlined_folds)[0].steps
    plans = range_plans(plan, steps)
    begun = replace(begun, proposal=Proposal(plans, (SEEDS,) * len(plans)))
    turns = laid_out(begun, buckets_of(begun), keeper=None, before=[])
    trained = [one for turn in turns for one in follow(train(turn))]
    curves = Curves.joined([one.judged.curves for one in trained])
    source, fold = begun.origin.source, begun.split.folds[0]
    target = begun.origin.target.name
    found, rows = judged_range(curves, steps), (len(fold.train), len(fold.valid))
    model = asked.model if _is_usual(plan, asked, task, n_rows, arrays) else settings.model
    more_rows = "raise --valid-size" if asked.folds is None else "ask for fewer --folds"
    if asked.valid_data is not None:
        more_rows = "put more of them into --valid-data"
    return FoundRates(found, plan, source.name, source.stem, target, *rows, model, more_rows)


def _is_usual(plan: Plan, asked: Settings, task: Task, n_rows: int, arrays: Collection[str]) -> bool:
    """Whether `train` takes this family, and no other, where a rate is given and nothing else."""
    try:
        usual = propose(asked.with_(learning_rate=plan.learning_rate), task, n_rows, arrays).plans
    except PlanError:  # an option that its own family does not have
        return False
    return {own.family for own in usual} == {plan.family}


def check_page(out: Path) -> None:
    """See before the networks are trained that the page can be written, and that no file of another kind is lost.

    Raises:
        PlanError: The name is not that of a page.
        DataError: There can be no such file.
    """
    if out.suffix.lower() not in (".html", ".htm") or out.is_dir():
        raise PlanError(f"--out must be a file whose name ends in .html, got {out}. It is a page for the browser.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(out, error) from error


def write_picture(own: FoundRates, out: Path | None) -> Path:
    """The page with loss against rate.

    Args:
        own: The range test.
        out: Where to; None takes a name from table and target, in the folder of the runs.

    Raises:
        DataError: The file cannot be written.
    """
    place = out or Path("runs") / f"find-lr-{folder_name(own.stem, own.target)}.html"
    rows = own.n_train, own.n_valid
    page = rates_page(own.found, own.plan, own.source, own.target, rows, own.said())
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(render_page(page, __version__, RATES_SCRIPT), encoding="utf-8", newline="")
    except (OSError, ValueError) as error:
        raise _unwritable(place, error) from error
    return place


def _unwritable(place: Path, error: Exception) -> DataError:
    return DataError(
        f"--out must be a file that can be written, got {place} ({getattr(error, 'strerror', None) or error})."
    )


def rates_as_json(own: FoundRates, picture: Path, command: str) -> dict[str, Any]:
    """The range test as plain values, with the command that trains at the suggested rate."""
    found = own.found
    plain: dict[str, Any] = finite(
        {
            "learning_rate": found.suggested,
            "learns": None if found.learns is None else list(found.learns),
            "diverges_from": found.diverges_from,
            "steps": found.steps,
            "untrained_loss": found.start,
            "rates": list(found.rates),
            "valid_loss": found.valid_loss.tolist(),
            "train_loss": found.train_loss.tolist(),
            "standard_error": found.noise.tolist(),
            "picture": str(picture),
            "command": command or None,
        }
    )
    return plain


def print_rates(own: FoundRates, picture: Path, command: str) -> None:
    """Curve, range and suggestion on standard output.

    Args:
        own: The range test.
        picture: Where its page is.
        command: The command that trains at the suggested rate; empty where none is suggested.
    """
    found = own.found
    shown = [min(loss, 2 * found.start - found.valid_loss.min()) for loss in found.valid_loss.tolist()]
    n_rates, ends = len(found.rates), (found.rates[0], found.rates[-1])
    print(f"{'rates':<10}{sparkline(shown, n_rates)}  validation loss at {n_rates} rates, {ends[0]:g} to {ends[1]:g}")
    loss = f"{figure(found.start)} untrained, {figure(float(found.valid_loss.min()))} at best"
    print(f"{'':<10}{loss}; {own.n_train:,} train rows, {own.n_valid:,} validation rows")
    for name, text in own.said():
        print(f"{name:<10}{text}")
    print(f"{'picture':<10}{one_line(str(picture))}")
    if command:
        print(one_line(f"{'train':<10}{command}"))
