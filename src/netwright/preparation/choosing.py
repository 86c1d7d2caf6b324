"""How the rows of a table should be split: by time, by group, or by chance.

What decides reads only the split's own keys (dates, repeated identifiers) and may read them in all rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count, figure, listing, share
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.base.table import Column, Role, Table
from netwright.sources.identifiers import is_named_like_an_identifier
from netwright.sources.kind_options import parse_kind_options

if TYPE_CHECKING:
    import polars as pl

#: Dates of these say since when somebody or something is there, not when the row happened.
_SINCE = re.compile(
    "birth|birthday|birthdate|born|dob|hire|hired|hiring|join|joined|joining|employed|enrolled|founded|established|"
    "built|signup|member|membership|since"
)
_SINCE_KOREAN = ("생년", "생일", "출생", "입사", "가입", "설립", "준공", "개업", "입학")
#: A date column decides only if hardly any row lacks it, and if it takes several values.
_MOST_MISSING, _FEWEST_DATES = 0.05, 5
#: Share of the days (hours, months) of its span that a column of events covers, and how many there must be.
_COVERED, _FEWEST_COVERED = 0.9, 20
_MICROSECONDS = {"hour": 3_600_000_000, "day": 86_400_000_000}

_YEARS, _MONTHS = frozenset({"year", "연도", "년도", "년"}), frozenset({"month", "월"})

#: Test rows are later ones where most of them come after this share of the others.
_LATE = 0.8

#: Groups are many and small; a category has few and large levels.
_FEWEST_GROUPS, _SMALLEST_MEAN = 20, 1.9
#: Names that a share of the rows has in common.
_SHARED, _MOST_A_NAME, _MOST_WARNINGS = 0.1, 5.0, 2
#: What ends in these is a category under a code, such as that of a region.
_CODES = re.compile(r"(code|index|idx|코드)$", re.IGNORECASE)
_TEXTS = frozenset({"category", "text", "identifier"})


@dataclass(frozen=True)
class Choice:
    """How rows are to be split.

    Args:
        how: `auto` (by chance, as the task suggests), `random`, `stratified`, `time` or `group`.
        by: The column, for time and group.
        why: What spoke for it; empty where the user said so.
        findings: What the user should know about it.
    """

    how: str
    by: str = ""
    why: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def hint(self) -> str:
        """The flag that changes it."""
        return "--split random deals rows by chance" if self.why else ""


def choose_split(table: Table, settings: Settings) -> Choice:
    """What the user asked for, or what the table's columns suggest.

    Args:
        table: Typed, with its roles.
        settings: The user's options.

    Raises:
        PlanError: An option contradicts another one or the table.
    """
    for option, name in (("--time", settings.time), ("--group", settings.group)):
        if name is not None and name == settings.target:
            raise PlanError(f"{option} must name another column than the --target, got {name!r} for both.")
    choice = _chosen(table, settings)
    if settings.gap is not None and choice.how != "time":
        raise PlanError("--gap must come with --time COL: it is the distance in time between train rows and others.")
    if (settings.repeats or 1) > 1 and choice.how == "time":
        raise PlanError(
            f"--repeats needs folds that can be dealt anew, which a split by time ({choice.by}) excludes. Leave it "
            "out, or pass --split random."
        )
    return choice


def _chosen(table: Table, settings: Settings) -> Choice:
    if settings.time is not None:
        return Choice("time", settings.time)
    if settings.group is not None:
        return Choice("group", settings.group)
    if settings.split == "time":
        return Choice("time", _only(table, settings, "time", [column.name for column in _event_dates(table)]))
    if settings.split == "group":
        return Choice("group", _only(table, settings, "group", [groups.name for groups in _repeated_ids(table)]))
    return (
        Choice(settings.split)
        if settings.split != "auto"
        else _by_columns(table, labelled=settings.task != "unsupervised")
    )


def without_key(table: Table, choice: Choice, settings: Settings) -> Table:
    """The group column is left out of the features, unless the user named it as one: new groups do not share it.

    Args:
        table: Typed, with its roles.
        choice: How it is split.
        settings: The user's options.

    Raises:
        DataError: There is no other feature.
    """
    named = choice.by in settings.use or choice.by in parse_kind_options(settings.kind)
    if choice.how != "group" or named:
        return table
    left_out: dict[str, Role] = {choice.by: "left_out"}
    schema = table.schema.with_roles(left_out)
    if table.schema.features and not schema.features:
        raise DataError(
            f"{table.source.name} must have a feature besides the group {choice.by!r}, got none. "
            f"Pass {flag('--kind', choice.by + '=category')} to keep it as one."
        )
    return table.with_schema(schema)


def as_the_test_asks(choice: Choice, table: Table, test: Table | None) -> Choice:
    """Validation asks what the test asks: a split by time that was found gives way to test rows that are not later.

    Args:
        choice: How the rows were to be split.
        table: The rows.
        test: The user's own test rows; None where some of the rows are set aside.
    """
    if choice.how != "time" or not choice.why or test is None or choice.by not in test.schema:
        return choice
    own, asked = (_moments(one[choice.by]) for one in (table, test))
    if not len(own) or not len(asked) or np.mean(asked < np.quantile(own, _LATE)) <= 0.5:
        return choice
    message = (
        f"the rows of {test.source.name} lie among the others in time ({choice.by}), so validation rows are dealt out "
        "by chance too: the network may learn from later rows than it predicts"
    )
    return Choice("auto", findings=(_time_warning(table, message, [choice.by]),))


def _moments(cells: pl.Series) -> np.ndarray:
    import polars as pl

    return np.asarray(cells.drop_nulls().cast(pl.Datetime("us")).to_physical().to_numpy())


def _only(table: Table, settings: Settings, how: str, names: list[str]) -> str:
    """The one column that `--split time` or `group` can mean."""
    if len(names) == 1:
        return names[0]
    what = "dates" if how == "time" else "repeated identifiers"
    seen = f"it has {listing(names, 8)}" if names else f"no column of {table.source.name} holds {what}"
    raise PlanError(f"--split {how} must come with --{how} COL where the column is not plain: {seen}.")


def _by_columns(table: Table, *, labelled: bool) -> Choice:
    dates = _event_dates(table)
    ordered = [column for column in dates if _is_sorted(table[column.name])]
    covering = [column for column in dates if _covers(table[column.name])]
    decides = ordered[:1] or (covering if len(dates) == 1 else [])
    if decides:
        name = decides[0].name
        why = "rows lie in its order" if ordered else "it covers nearly every day of its span"
        return Choice("time", name, why, (_decided("time", name, why),))
    doubts = [*_doubtful_dates(table, dates), *_doubtful_years(table)]
    ids = _repeated_ids(table)
    chosen = next((groups for groups in ids if groups.are_many), None)
    if chosen is not None:
        why = f"{count(chosen.n_groups, 'group')} of {figure(chosen.mean_size, 2)} rows on average"
        return Choice("group", chosen.name, why, (_decided("group", chosen.name, why), *doubts))
    if not labelled:  # nothing is predicted, so no row gives another one's target away
        return Choice("auto", findings=tuple(doubts))
    return Choice("auto", findings=(*doubts, *_shared_names(table), *_large_groups(ids)))


def _decided(how: str, name: str, why: str) -> Finding:
    order = "the network is judged on later rows than it learned from" if how == "time" else "groups stay on one side"
    return Finding(
        code=f"split-by-{how}",
        where="data",
        severity="note",
        message=f"rows are split by {name}, since {why}: {order}",
        advice="--split random overrides it",
        columns=(name,),
        evidence={"why": why},
    )


# by time


def _event_dates(table: Table) -> list[Column]:
    """Date columns that may say when rows happened."""
    return [
        column
        for column in table.schema.columns
        if column.kind == "date"
        and column.role != "target"
        and not _is_since(column.name)
        and table[column.name].n_unique() >= _FEWEST_DATES
        and table[column.name].null_count() <= _MOST_MISSING * table.n_rows
    ]


def _is_since(name: str) -> bool:
    """Whether a date column tells since when somebody is there.

    Example:
        >>> [_is_since(name) for name in ("birth_date", "dateJoined", "생년월일", "sold", "entry_date")]
        [True, True, True, False, False]
    """
    words = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}
    return any(_SINCE.fullmatch(word) for word in words) or any(part in name for part in _SINCE_KOREAN)


def _is_sorted(cells: pl.Series) -> bool:
    filled = cells.drop_nulls()
    return bool(filled.is_sorted() or filled.is_sorted(descending=True))


def _covers(cells: pl.Series) -> bool:
    """Whether nearly every hour, day or month between the first and the last date has a row.

    Weekdays that never occur are no gaps.
    """
    import polars as pl

    filled = cells.drop_nulls().cast(pl.Datetime("us"))
    moments = filled.to_physical().to_numpy()
    if bool((filled.dt.day() == 1).all()) and bool((moments % _MICROSECONDS["day"] == 0).all()):
        numbers = (filled.dt.year().cast(pl.Int64) * 12 + filled.dt.month().cast(pl.Int64)).to_numpy()
        return _share_of_span(numbers) >= _COVERED
    days = np.unique(moments // _MICROSECONDS["day"])
    weekdays = np.unique(days % 7)
    possible = np.isin(np.arange(days[0], days[-1] + 1) % 7, weekdays).sum()
    if len(days) >= _FEWEST_COVERED:
        return bool(len(days) / possible >= _COVERED)
    return _share_of_span(moments // _MICROSECONDS["hour"]) >= _COVERED


def _share_of_span(numbers: np.ndarray) -> float:
    n_different = len(np.unique(numbers))
    return n_different / (int(numbers.max() - numbers.min()) + 1) if n_different >= _FEWEST_COVERED else 0.0


def _doubtful_dates(table: Table, dates: list[Column]) -> Iterator[Finding]:
    """Rows of different times that are dealt out by chance: what comes later may help to predict what came before."""
    if not dates:
        return
    names = [column.name for column in dates]
    kept = listing(names, 3)
    yield _time_warning(
        table,
        f"rows have dates ({kept}) and are dealt out by chance: the network may learn from later rows than it predicts",
        names,
    )


def _doubtful_years(table: Table) -> Iterator[Finding]:
    """Years as plain numbers, where rows lie in their order or months stand beside them."""
    numbers = [column.name for column in table.schema.columns if column.kind == "numeric" and column.role != "target"]
    months = any(name.strip().lower() in _MONTHS for name in table.schema.names)
    for name in numbers:
        words = set(re.findall(r"[a-z]+|[가-힣]+", name.lower()))
        cells = table[name]
        if not words & _YEARS or cells.n_unique() < _FEWEST_DATES or cells.null_count():
            continue
        if _is_sorted(cells) or (months and words <= _YEARS):
            message = (
                f"rows have a {name} and are dealt out by chance: a network for later rows looks better than it is"
            )
            yield _time_warning(table, message, [name])
            return


def _time_warning(table: Table, message: str, names: list[str]) -> Finding:
    return Finding(
        code="time-order",
        where="data",
        severity="warning",
        message=message,
        advice=f"{flag('--time', names[0])} tests on the last rows; --split random says that chance is right",
        columns=tuple(names),
        evidence={"rows": table.n_rows, "times": table[names[0]].n_unique()},
    )


# by group


@dataclass(frozen=True)
class _Groups:
    """A column whose values repeat."""

    name: str
    n_filled: int
    n_groups: int
    n_shared: int

    @classmethod
    def of(cls, table: Table, column: Column) -> _Groups:
        sizes = table[column.name].drop_nulls().value_counts(name="rows")["rows"]
        return cls(column.name, int(sizes.sum()), len(sizes), int(sizes.filter(sizes > 1).sum()))

    @property
    def mean_size(self) -> float:
        return self.n_filled / max(1, self.n_groups)

    @property
    def are_many(self) -> bool:
        """Whether they are too many to be levels of a category."""
        return self.n_groups**2 >= self.n_filled


def _repeated_ids(table: Table) -> list[_Groups]:
    """Columns that are named like an identifier and repeat."""
    found = []
    for column in table.schema.columns:
        named = is_named_like_an_identifier(column.name) and not _CODES.search(column.name)
        if not named or column.role == "target" or column.kind in ("constant", "date", "boolean", "ordinal"):
            continue
        groups = _Groups.of(table, column)
        enough = groups.n_groups >= _FEWEST_GROUPS and groups.mean_size >= _SMALLEST_MEAN
        if enough and groups.n_filled >= (1 - _MOST_MISSING) * table.n_rows:
            found.append(groups)
    return found


def _shared_names(table: Table) -> Iterator[Finding]:
    """Texts that name something of which there are a few rows each, such as the ticket of a family."""
    n_found = 0
    for column in table.schema.columns:
        if column.kind not in _TEXTS or column.role == "target" or n_found == _MOST_WARNINGS:
            continue
        groups = _Groups.of(table, column)
        if groups.n_filled < table.n_rows / 2 or groups.n_groups < _FEWEST_GROUPS:
            continue
        if groups.mean_size > _MOST_A_NAME or groups.n_shared < _SHARED * table.n_rows:
            continue
        n_found += 1
        shared = share(groups.n_shared, table.n_rows)
        yield Finding(
            code="groups",
            where="data",
            severity="warning",
            message=f"{groups.name}: {shared} of the rows share its value with others, which may be tested on",
            advice=f"{flag('--group', groups.name)} keeps such rows on one side",
            columns=(groups.name,),
            evidence={"rows": groups.n_shared, "of": table.n_rows, "groups": groups.n_groups},
        )


def _large_groups(ids: list[_Groups]) -> Iterator[Finding]:
    """Identifiers with so many rows each that they may be plain categories."""
    for groups in ids[:_MOST_WARNINGS]:
        yield Finding(
            code="groups",
            where="data",
            severity="note",
            message=f"{groups.name} names {count(groups.n_groups, 'group')} of {figure(groups.mean_size, 3)} rows each",
            advice=f"{flag('--group', groups.name)} keeps each on one side: how well groups never seen are predicted",
            columns=(groups.name,),
            evidence={"groups": groups.n_groups, "rows": groups.n_filled},
        )


def explained(split: Split, choice: Choice, table: Table, settings: Settings) -> Split:
    """The split with what its choice said, and whether its key is left out of the features.

    Args:
        split: As it was dealt.
        choice: What asked for it.
        table: The rows it was dealt from.
        settings: The user's options.
    """
    notes = split.notes
    if settings.metric in (None, "log_loss"):
        if settings.class_weight != "none":
            notes += ("epochs are chosen by log-loss with the same weights; the scores shown count all rows alike",)
        if settings.sampling != "none":
            notes += ("log-loss, which judges, wants the true shares; --metric roc_auc or balanced_accuracy does not",)
    if choice.how == "group" and table.schema[choice.by].role == "left_out":
        keep = f"{flag('--kind', choice.by + '=category')} keeps it"
        notes = (f"{choice.by} left out: it names groups, which new rows do not share; {keep}", *notes)
    made = dict(split.made) | {"why": choice.why or "as asked"}
    return replace(split, hint=choice.hint, notes=notes, made=made, findings=(*choice.findings, *split.findings))
