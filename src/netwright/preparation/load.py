"""From what the user named to a table with kinds, roles and a target: the start of every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count, listing
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.plan import Task
from netwright.base.settings import Settings
from netwright.base.table import FEATURE_KINDS, Provenance, Role, Schema, Table
from netwright.preparation.choosing import Choice, as_the_test_asks, choose_split, without_key
from netwright.preparation.target import Target, class_labels
from netwright.preparation.task import check_classes, infer_task
from netwright.sources.given_kinds import GIVEN
from netwright.sources.kind_options import KindOptions, parse_kind_options
from netwright.sources.kinds import infer_kinds
from netwright.sources.labels import as_labels, as_numbers
from netwright.sources.large import refuse_before_reading, stored
from netwright.sources.picture_paths import with_pictures
from netwright.sources.ranges import parse_range_options, with_ranges
from netwright.sources.registry import ReadOptions, open_conformed, open_large, open_table, parts_of, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Origin:
    """Where the rows of a run came from, without any row.

    Args:
        source: The data that were read.
        target: What is predicted.
        n_rows: Rows whose target is known.
        n_without_target: Rows left out because their target is missing.
        more: What the job of the run knows of the data beside them, by name.
    """

    source: Provenance
    target: Target
    n_rows: int
    n_without_target: int
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Loaded:
    """The data of a run, before any row is set aside.

    Args:
        table: Rows whose target is known, kinds and roles decided.
        target: What is predicted.
        why: What spoke for the task.
        n_without_target: Rows left out because their target is missing.
        test: The user's own test rows, or None.
        valid: The user's own validation rows, or None.
        findings: What was noticed on the way.
        choice: How the rows are to be split; None where that is still to be chosen.
        more: What the job of the run knows of the data beside them, by name.
    """

    table: Table
    target: Target
    why: str
    n_without_target: int
    test: Table | None
    valid: Table | None
    findings: tuple[Finding, ...]
    choice: Choice | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def with_choice(self, settings: Settings) -> Loaded:
        """The same with the split chosen, and its key left out of the features where it is to be.

        Raises:
            UserError: The options contradict each other or the table.
        """
        choice = self.choice or choose_split(self.table, settings)
        return replace(self, table=without_key(self.table, choice, settings), choice=choice)

    @property
    def origin(self) -> Origin:
        """What remains to be said about the rows once they are split."""
        return Origin(self.table.source, self.target, self.table.n_rows, self.n_without_target, self.more)


def read_options(settings: Settings) -> ReadOptions:
    """What the settings say about reading."""
    return ReadOptions(
        encoding=settings.encoding,
        separator=settings.separator,
        header=settings.header,  # type: ignore[arg-type]
        decimal=settings.decimal,
        sheet=settings.sheet,
        table=settings.table,
        query=settings.query,
        image_size=settings.image_size,
    )


def with_own_parts(data: object, settings: Settings) -> tuple[object, Settings]:
    """The train rows of a given split with the others as test rows, and the target that the source knows.

    Args:
        data: Whatever a source accepts.
        settings: The user's options; what they say goes first.
    """
    parts = parts_of(data)
    if parts is not None:
        data = parts[0]
        if settings.test_data is None and settings.test_size is None:
            settings = settings.with_(test_data=parts[1])
    if settings.target is None and settings.task != "unsupervised":
        settings = settings.with_(target=target_of(data))
    return data, settings


def read_table(data: object, settings: Settings, *, arrays: bool = False) -> Table:
    """The user's data with the kind of every column found.

    Args:
        data: Whatever a source accepts.
        settings: The user's options.
        arrays: Whether the data are a plain array, whose columns are all numbers.

    Raises:
        UserError: The data cannot be read, or an option names a column that is not there.
    """
    large = None if arrays else open_large(data, read_options(settings))
    if large is not None:
        refuse_before_reading(large, (settings.folds or 1) * (settings.repeats or 1))
    table = open_table(data, read_options(settings)) if large is None else large.sample()
    if large is None:
        table = with_pictures(table, data, read_options(settings), kept=parse_kind_options(settings.kind))
    names = table.schema.names
    kinds, ranges = parse_kind_options(settings.kind), parse_range_options(settings.range)
    options_of_columns = {"--use": settings.use, "--drop": settings.drop, "--kind": kinds, "--range": ranges}
    for option, named in options_of_columns.items():
        for name in named:
            check_name(option, name, names, table.source.name)
    for option, key in (("--target", settings.target), ("--time", settings.time), ("--group", settings.group)):
        if key is not None:
            check_name(option, key, names, table.source.name)
    # what is not wanted must not stop the run, whatever it holds
    unwanted: dict[str, Role] = {name: "left_out" for name in names if _unwanted(name, settings)}
    table = table.with_schema(table.schema.with_roles(unwanted))
    options = KindOptions(
        kinds=kinds, missing=settings.missing, target=settings.target, keep=settings.use, arrays=arrays
    )
    table = with_ranges(infer_kinds(table, options), ranges)
    return table if large is None else stored(large, _without_texts(table), kept={*kinds, *settings.use})


def _without_texts(table: Table) -> Table:
    """The sample of a large table without its columns of free text, whose characters would not fit the disk."""
    texts = [column for column in table.schema.features if column.kind == "text"]
    given = [column.name for column in texts if column.why == GIVEN]
    if given:
        raise DataError(
            f"column {given[0]!r} of {table.source.name} must not be read as free text in a table this large, got "
            f"{flag('--kind', given[0] + '=text')}. Pass a part of the rows, or {flag('--drop', given[0])}."
        )
    if not texts:
        return table
    names = [column.name for column in texts]
    note = f"{listing(names)} left out: free text is not read in a table this large; pass a part of its rows for that."
    left_out: dict[str, Role] = dict.fromkeys(names, "left_out")
    source = replace(table.source, notes=(*table.source.notes, note))
    return replace(table, schema=table.schema.with_roles(left_out), source=source)


def _unwanted(name: str, settings: Settings) -> bool:
    if name == settings.target:
        return False
    return name in settings.drop or bool(settings.use and name not in settings.use)


def check_name(option: str, name: str, names: Sequence[str], where: str) -> None:
    """A column that an option names must be there.

    Raises:
        PlanError: It is not; near names are suggested.
    """
    if name in names:
        return
    near = get_close_matches(name, names, n=3, cutoff=0.6) or get_close_matches(name.lower(), names, n=3, cutoff=0.6)
    hint = f"Did you mean {' or '.join(repr(other) for other in near)}?" if near else f"It has {listing(names, 12)}."
    raise PlanError(f"{option} must name a column of {where}, got {name!r}. {hint}")


def with_roles(table: Table, settings: Settings) -> Table:
    """Target, features and columns left out, as the options and the kinds say.

    Raises:
        PlanError: The target is to be left out, or is the only column asked for.
        DataError: No feature is left.
    """
    target = settings.target
    if target in settings.drop or target in settings.use:
        raise PlanError(f"column {target!r} is the --target and cannot be in --use or --drop.")
    roles: dict[str, Role] = {}
    for column in table.schema.columns:
        usable = column.kind in FEATURE_KINDS and column.role != "left_out"
        roles[column.name] = "target" if column.name == target else "feature" if usable else "left_out"
    schema = table.schema.with_roles(roles)
    if not schema.features:
        kinds = listing([f"{c.name} ({c.kind})" for c in schema.columns if c.role == "left_out"], 8)
        raise DataError(
            f"{table.source.name} must have a column to learn from besides the target, got none: left out are "
            f"{kinds or 'no others'}. Pass --kind COL=KIND to use one of them."
        )
    return table.with_schema(schema)


def load_target(table: Table, settings: Settings) -> Loaded:
    """Decide the task, type the target, leave out rows without it, bring further files to the same columns.

    Raises:
        UserError: The target is not one, or a further file does not fit.
    """
    assert settings.target is not None, "a run without a target is refused at its start"
    name = settings.target
    task, typed, why = typed_target(table, settings)
    known = typed[name].is_not_null().to_numpy()
    rows = typed.take(np.flatnonzero(known))
    choice = choose_split(rows, settings)
    rows = without_key(rows, choice, settings)  # further files need not have it then
    others = {
        option: _conformed(given, rows.schema, settings)
        for option, given in (("test_data", settings.test_data), ("valid_data", settings.valid_data))
        if given is not None
    }
    choice = as_the_test_asks(choice, rows, others.get("test_data"))
    target = _target(rows, name, task, settings.positive)
    loaded = loaded_with(rows, target, others.get("valid_data"), others.get("test_data"))
    return replace(loaded, why=why, n_without_target=int((~known).sum()), choice=choice)


def typed_target(table: Table, settings: Settings) -> tuple[Task, Table, str]:
    """The task, the table with its target as numbers or labels, and what spoke for the task.

    Raises:
        DataError: The target is none.
    """
    assert settings.target is not None, "without a target there is no task"
    guess = infer_task(table, settings.target, settings.task)
    hint: Task = table.source.task or guess.task  # type: ignore[assignment]
    task: Task = settings.task or hint  # type: ignore[assignment]
    typed = as_numbers(table, settings.target) if task == "regression" else as_labels(table, settings.target)
    return task, typed, "as asked" if settings.task else "the sample says so" if table.source.task else guess.why


def load_rows(table: Table, settings: Settings) -> Loaded:
    """The same where nothing is to be predicted: every row counts, and no column is the target.

    Raises:
        UserError: A further file does not fit.
    """
    choice = choose_split(table, settings)
    rows = without_key(table, choice, settings)
    others = {
        option: open_conformed(given, read_options(settings), rows.schema, missing=settings.missing)
        for option, given in (("test_data", settings.test_data), ("valid_data", settings.valid_data))
        if given is not None
    }
    findings = (*_few_rows(rows), *(finding for other in others.values() for finding in other.findings))
    target, (test, valid) = Target("", "unsupervised"), (others.get("test_data"), others.get("valid_data"))
    return Loaded(rows, target, "as asked", 0, test, valid, findings, choice)


def loaded_with(table: Table, target: Target, valid: Table | None = None, test: Table | None = None) -> Loaded:
    """Typed tables with their target as the start of a run.

    Args:
        table: Rows whose target is known.
        target: What is predicted.
        valid: The user's own validation rows; those of a class that `table` lacks are left out.
        test: The user's own test rows; those of a class that `table` lacks count as wrong.

    Raises:
        DataError: A number to be predicted is too large to be computed with, or no validation row has a known class.
    """
    others = [other for other in (valid, test) if other is not None]
    if target.task == "regression":
        for own in (table, *others):
            _refuse_huge_and_tiny(own, target.name)
    findings = (*_few_rows(table), *_lonely_classes(table, target), *_unknown_classes(others, target))
    findings += tuple(finding for other in others for finding in other.findings)
    if valid is not None and target.task != "regression":
        known = np.flatnonzero(target.numbers(valid) >= 0)
        if not len(known):
            raise DataError(
                f"{valid.source.name} must hold rows of the classes of {target.name!r} ({listing(target.classes)}), "
                "got none. Pass other --valid-data."
            )
        valid = valid.take(known)
    return Loaded(table, target, "as given", 0, test, valid, findings)


#: Single precision ends at 3e38, and errors are squared and summed: those of smaller numbers than the latter are zero.
_LARGEST, _SMALLEST = 1e30, 1e-150


def _refuse_huge_and_tiny(table: Table, name: str) -> None:
    numbers = table[name].to_numpy()
    huge = np.flatnonzero(np.abs(numbers) > _LARGEST)
    if len(huge):
        raise DataError(
            f"target {name!r} of {table.source.name} must lie within {_LARGEST:g} of zero to be computed with, got "
            f"{numbers[huge[0]]:g} in row {table.rows[huge[0]]:,}. Divide the column by a power of ten."
        )
    if len(numbers) and 0 < (spread := float(np.ptp(numbers))) < _SMALLEST:
        raise DataError(
            f"target {name!r} of {table.source.name} must differ by more than {_SMALLEST:g} to be computed with, got "
            f"numbers within {spread:g} of each other. Multiply the column by a power of ten."
        )


def _target(rows: Table, name: str, task: Task, positive: str | None) -> Target:
    if task == "regression":
        if positive is not None:
            raise PlanError("--positive must come with two classes, got a regression task. Leave it out.")
        return Target(name, task)
    check_classes(rows, name)
    classes = class_labels(rows, name, positive)
    if task == "binary" and len(classes) != 2:
        raise PlanError(f"--task binary must have two classes in {name!r}, got {len(classes)}: {listing(classes)}.")
    if positive is not None and len(classes) != 2:
        raise PlanError(f"--positive must come with two classes, got {len(classes)}: {listing(classes)}.")
    return Target(name, "binary" if len(classes) == 2 else "multiclass", classes)


def _conformed(data: object, schema: Schema, settings: Settings) -> Table:
    """A further file brought to the columns of the training data; rows without a target are left out."""
    table = open_conformed(data, read_options(settings), schema, require_target=True, missing=settings.missing)
    assert schema.target is not None
    known = np.flatnonzero(table[schema.target.name].is_not_null().to_numpy())
    if not len(known):
        raise DataError(f"{table.source.name} must hold values of {schema.target.name!r}, got none.")
    return table.take(known)


_FEW_ROWS = 50


def _few_rows(table: Table) -> list[Finding]:
    if table.n_rows >= _FEW_ROWS:
        return []
    labelled = " with a target" if table.schema.target else ""
    return [
        Finding(
            code="few-rows",
            where="data",
            severity="warning",
            message=f"only {count(table.n_rows, 'row')}{labelled}: every score is a rough guess",
            advice="add rows, or read the interval rather than the score",
            evidence={"rows": table.n_rows},
        )
    ]


def _lonely_classes(table: Table, target: Target) -> list[Finding]:
    """Classes with a single row: they stay in train and cannot be judged."""
    if target.task == "regression":
        return []
    counts = np.bincount(target.numbers(table).astype(int), minlength=len(target.classes))
    lonely = [label for label, rows in zip(target.classes, counts, strict=True) if rows == 1]
    if not lonely:
        return []
    return [
        Finding(
            code="lonely-class",
            where="data",
            severity="warning",
            message=f"{count(len(lonely), 'class', 'classes')} with a single row ({listing(lonely)}): kept in train",
            advice="add rows of it, or leave the class out: nothing can be said about how well it is predicted",
            columns=(target.name,),
            evidence={"classes": lonely},
        )
    ]


def _unknown_classes(tables: Iterable[Table], target: Target) -> list[Finding]:
    """Classes of a test or validation file that training never sees: each such row counts as wrong."""
    if target.task == "regression":
        return []
    findings = []
    for table in tables:
        unknown = target.numbers(table) < 0
        n_rows = int(unknown.sum())
        if n_rows:
            classes = table[target.name].filter(unknown).unique().sort().cast(str).to_list()
            findings.append(
                Finding(
                    code="unknown-class",
                    where="data",
                    severity="warning",
                    message=f"{count(n_rows, 'row')} of {table.source.name} with a class that the training data lack: "
                    f"{listing(classes)}",
                    advice="add rows of it to the training data; here each counts as wrong",
                    columns=(target.name,),
                    evidence={"rows": n_rows, "classes": classes},
                )
            )
    return findings
