"""The Python calls: `train`, `prepare`, `load`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.apps.own_model import named, with_own_module
from netwright.apps.started import with_start
from netwright.apps.words import shell_word
from netwright.base.clock import Clock
from netwright.base.curves import Curves
from netwright.base.errors import PlanError, UserError
from netwright.base.events import Event, follow
from netwright.base.finding import Finding
from netwright.base.named import Named
from netwright.base.plan import Preparation
from netwright.base.record import RunRecord
from netwright.base.settings import Settings, is_text, parse_bins
from netwright.base.urls import without_password
from netwright.deliver.folder import RunFolder
from netwright.deliver.predictor import Predictor
from netwright.preparation.derived import check_formulas, check_worth
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.outliers import with_outliers
from netwright.run import deal, execute
from netwright.run import load as load_rows
from netwright.stages.recorded import Outcome

if TYPE_CHECKING:
    from torch.utils.data import TensorDataset

_FLAG = re.compile(r"(?<!\S)--([a-z][a-z0-9-]*)")


@dataclass(frozen=True)
class FoldDatasets:
    """One prepared fold as torch datasets of (x, y), or (x, codes, y) where categories go to an embedding.

    Args:
        train: Rows that the preparation was fitted on.
        valid: Rows that it was not.
        features: Names of the columns of x.
    """

    train: TensorDataset
    valid: TensorDataset
    features: tuple[str, ...]


class Run:
    """A finished run.

    Attributes:
        record: All that is written down about it.
        model: Predicts new rows.
        path: Its folder, or None while it has none.
    """

    def __init__(self, outcome: Outcome, path: Path | None = None, command: str = "") -> None:
        self._outcome = outcome
        self._command = command
        self.record: RunRecord = outcome.record
        self.model = Predictor(outcome.model)
        self.path = path

    @property
    def metrics(self) -> Mapping[str, Any]:
        """What `metrics.json` holds."""
        return self.record.metrics

    @property
    def curves(self) -> Curves:
        """Losses and scores of all members."""
        return self.record.curves

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What audit and training noticed."""
        return self.record.findings

    @property
    def report(self) -> str:
        """The report as one HTML page."""
        from netwright.deliver.report.render import render_report

        return render_report(self.record, self._command)

    def tensors(self) -> list[FoldDatasets]:
        """The prepared folds as torch datasets, for a loop of one's own. Test rows are not among them."""
        return [_datasets(fold, self._outcome.model.target.task == "regression") for fold in self._outcome.folds]

    def save(self, path: str | Path) -> Path:
        """Write the run folder.

        Raises:
            DataError: Something is there already, or the folder cannot be written.
        """
        with RunFolder(Path(path), "path") as folder:
            self.path = folder.finish(self.record, self._outcome.model, self._command)
        return self.path

    def __repr__(self) -> str:
        judged = "test" if "test" in self.metrics else "validation"
        name = self.metrics["metric"]
        return f"<Run {self.record.target}: {judged} {name} {self.metrics[judged][name]:.4g}>"


@contextmanager
def in_words_of_python() -> Iterator[None]:
    """Messages name options as flags; a caller in Python knows them as arguments (`learning_rate`)."""
    try:
        yield
    except UserError as error:
        raise type(error)(with_arguments(str(error))) from None


def with_arguments(message: str) -> str:
    """A message that names options as arguments instead of flags.

    Example:
        >>> with_arguments("pass --learning-rate 0.1")
        'pass learning_rate 0.1'
    """
    return _FLAG.sub(lambda flag: flag[1].replace("-", "_"), message)


@in_words_of_python()
def train(
    data: object,
    target: str | None = None,
    *,
    out: str | Path | None = None,
    watch: Callable[[Event], None] | None = None,
    **options: Any,
) -> Run:
    """Train a network on a table and test it on rows it never saw.

    Args:
        data: A path, a database URL, `sample:NAME`, a data frame or an array.
        target: The column to be predicted; of a folder of pictures it is found. None with `task="unsupervised"`, which
            has none.
        out: Folder to write the run to; None keeps it in memory (`run.save` writes it later).
        watch: Called with each event while the run goes on.
        options: The flags of `netwright train`, with underscores (`time_limit=60`).

    Raises:
        UserError: The data or the options cannot be used.

    Example:
        >>> run = train("sample:diabetes", target="target", preset="quick", epochs=2)
        >>> sorted(run.metrics["test"])
        ['mae', 'r2', 'rmse']
    """
    clock = Clock()
    settings = Settings.from_options({**with_own_module(options), "target": target})
    if out is not None:
        return train_in_folder(data, settings, Path(out), clock, watch, option="out")
    settings = with_start(settings)
    return Run(follow(execute(data, settings, clock), watch), command=command_line(data, settings))


def train_in_folder(
    data: object,
    settings: Settings,
    out: Path | None,
    clock: Clock,
    watch: Callable[[Event], None] | None = None,
    option: str = "--out",
    continues: Mapping[str, Any] | None = None,
) -> Run:
    """A run whose folder is claimed before the work, keeps it while it goes on, and is filled at its end.

    Args:
        data: Whatever a source accepts.
        settings: The user's options.
        out: The folder, in which a run of the same command that was stopped goes on; None takes the next free one under
            `runs/`.
        clock: Begun at the start of the command.
        watch: Called with each event.
        option: What the user names another folder with.
        continues: The finished run that this one goes on from, as its `run.json` is to say it.
    """
    settings = with_start(settings)
    command = command_line(data, settings)
    order = order_of(data, settings, command) | ({"continues": continues} if continues else {})
    if continues and command:  # a train command would begin anew
        command = _resume_line(str(continues["run"]), settings, out)
    with RunFolder(out, option, order) as folder:
        outcome = follow(execute(data, settings, clock, folder), watch)
        path = folder.finish(outcome.record, outcome.model, command)
    return Run(outcome, path, command)


def order_of(data: object, settings: Settings, command: str) -> dict[str, Any]:
    """What was ordered, for `run.json` and for `netwright resume`.

    Args:
        data: Whatever a source accepts.
        settings: The user's options.
        command: The command line that repeats the run; empty where objects in memory were given.
    """
    named, folder, options = str(data) if command else "", str(Path.cwd()), settings.told()
    unkept = "" if command else "its data were objects in memory"
    if any(isinstance(name, Named) for name in settings.model):
        unkept = "its model was a module in memory"
    if settings.changed() != options or without_password(named) != named:
        unkept = "a password was given"
    if not all(is_text(word) for word in (named, folder)):
        unkept = "a name in it is not in UTF-8"
    resume = {"unkept": unkept} if unkept else {"data": named, "folder": folder, "unkept": ""}
    return {"command": command, "settings": options, "resume": resume}


@in_words_of_python()
def prepare(data: object, target: str, **options: Any) -> list[FoldDatasets]:
    """The prepared folds without training: split, encoded, scaled, as torch datasets. Test rows are withheld.

    Args:
        data: Whatever `train` takes.
        target: The column to be predicted.
        options: The flags of `netwright train` that concern data, split and preparation.

    Raises:
        UserError: The data or the options cannot be used.

    Example:
        >>> from torch.utils.data import DataLoader
        >>> fold = prepare("sample:diabetes", target="target")[0]
        >>> x, y = next(iter(DataLoader(fold.train, batch_size=32, shuffle=True)))
        >>> tuple(x.shape), tuple(y.shape)
        ((32, 10), (32, 1))
    """
    settings = Settings.from_options({**options, "target": target})
    if settings.start_from is not None:
        raise PlanError("--start-from begins networks, and here none are trained. Leave it out.")
    loaded = follow(load_rows(data, settings))
    check_formulas(settings.derive, loaded.table.schema)
    split = follow(deal(loaded, settings))
    check_worth(settings.derive, split.development.sampled())
    split = with_outliers(split, loaded.target, settings.outliers)
    preparation = Preparation(
        scale=settings.scale or "standard",
        bins=parse_bins(settings.bin),
        outliers=settings.outliers,
        derived=settings.derive,
    )
    regression = loaded.target.task == "regression"
    return [_datasets(fold, regression) for fold in prepare_folds(split, loaded.target, preparation)]


@in_words_of_python()
def load(folder: str | Path, model: Any = None) -> Predictor:
    """The model of a finished run, to predict new rows with.

    Args:
        folder: Of the run.
        model: The module or factory that the run was trained with, where it was one of your own: a run keeps weights,
            never code.

    Raises:
        DataError: The folder holds no model, or a damaged one.
    """
    return Predictor.load(folder, None if model is None else named(model)[0])


def _datasets(fold: PreparedFold, regression: bool) -> FoldDatasets:
    import torch
    from torch.utils.data import TensorDataset

    dense, codes = torch.from_numpy(fold.inputs.dense), torch.from_numpy(fold.inputs.codes)
    target = torch.from_numpy(fold.target).float()[:, None] if regression else torch.from_numpy(fold.target).long()

    def rows(positions: np.ndarray) -> TensorDataset:
        chosen = torch.from_numpy(positions)
        tensors = [dense[chosen], *([codes[chosen]] if codes.shape[1] else []), target[chosen]]
        return TensorDataset(*tensors)

    return FoldDatasets(rows(fold.train), rows(fold.valid), fold.preparer.feature_names)


def _resume_line(run: str, settings: Settings, out: Path | None) -> str:
    """The command that goes on from a finished run."""
    return " ".join(
        shell_word(word)
        for word in ("netwright", "resume", run, "--time-limit", f"{settings.time_limit:g}", "--out", str(out or "NEW"))
    )


def command_line(data: object, settings: Settings) -> str:
    """The command that repeats a run, or empty where objects in memory were given that no command can name."""
    own = any(isinstance(name, Named) for name in settings.model)
    if not isinstance(data, str | Path) or isinstance(settings.class_weight, Mapping) or own:
        return ""
    words = ["netwright", "train", without_password(str(data))]
    for name, value in settings.told().items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(flag)
        elif name in ("hidden", "filters"):
            words += [flag, ",".join(map(str, value)) or "none"]
        elif isinstance(value, list):
            words += [word for entry in value for word in (flag, str(entry))]
        else:
            words += [flag, str(value)]
    return " ".join(shell_word(word) for word in words)
