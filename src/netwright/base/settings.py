"""Every option of a training run, checked; flags of the command line, parameters of the estimators, keys of a config.

What is None is decided from the data or by the preset.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from netwright.base.errors import PlanError
from netwright.base.formula import parse_formula, quoted
from netwright.base.named import Named
from netwright.base.plan import SCALES, TASKS
from netwright.base.urls import without_password

#: Presets by name, with what each does.
PRESETS: dict[str, str] = {
    "quick": "one network a fold, stops early: seconds",
    "medium": "two families, a short search for better networks, an ensemble where it helps: up to about a minute",
    "best": "longer training, and a search that goes on as long as it helps",
    "course": "what courses teach: one MLP, ReLU, dropout 0.2, Adam, batches of 32, one validation part",
}
#: What a model can be chosen for.
PREFERENCES = ("accuracy", "speed", "size")
#: Languages in which the doctor speaks.
LANGUAGES = ("en", "ko")
_SPLITS = ("auto", "random", "stratified", "time", "group")
_SAMPLINGS = ("none", "under", "over", "balanced")
#: The task without a target, and options that say something of a target.
_NO_TARGET = "unsupervised"
_OF_A_TARGET = (
    *("target", "positive", "loss", "sampling", "class_weight", "distill", "allow_leak", "networks_only"),
    "start_from",
)
#: What the run that networks start from has decided, and what networks of another start are for.
_OF_THE_START = ("hidden", "activation", "scale", "bin", "derive", "distill", "horizon")


@dataclass(frozen=True)
class Settings:
    """The options of one run.

    Args:
        target: Column to be predicted.
        preset: One of `PRESETS`.
        time_limit: Seconds from the start of the command, or None.
        seed: Every random number comes from it.
        task: `regression`, `binary` or `multiclass`; inferred where None. `unsupervised` learns without a target.
        model: Families to train; a module of the user's by its name, which holds it.
        epochs: The most passes over the train rows.
        batch_size: Rows a step; `full` takes all.
        learning_rate: Step size of the optimizer.
        hidden: Widths of the hidden layers; empty is plain regression.
        activation: What follows each hidden layer.
        code: Width of the middle of an autoencoder.
        start_from: The run of an autoencoder whose encoder the networks begin with.
        dropout: Share of hidden units dropped in a training step.
        filters: Channels of each stage of a convolutional network.
        cell: Of a recurrent network: `gru` or `lstm`.
        kernel: Side of the windows of its convolutions, an odd number.
        flip: Whether pictures are mirrored by chance while it trains.
        weight_decay: Pull of the weights towards zero.
        l1: Weight of the sum of absolute weights in the loss.
        loss: What is minimised.
        optimizer: How.
        patience: Epochs without gain before a network stops; `off` never stops early.
        prefer: What is chosen for: `accuracy` (the best blend), `speed` or `size` (one plan, the cheapest that is as
            good).
        networks_only: Whether only networks may be in an ensemble.
        distill: Whether one small plan that learns from the ensemble ships in its place.
        split: How rows are dealt out.
        time: Column of dates or numbers; later rows judge networks that learned from earlier ones.
        gap: Distance in time that train rows keep before the rows that judge: days for dates.
        horizon: How many steps ahead are to be forecast; it makes the table a series.
        series: Columns that tell the series of a table apart.
        past: Steps that a forecast looks back on; found from the season where None.
        known: Columns whose values are known in advance.
        group: Column whose groups stay on one side of the split.
        test_size: Share of rows set aside for the test.
        test_data: A file of test rows, in place of `test_size`.
        valid_size: Share of the rows for one validation part, in place of folds.
        valid_data: A file of validation rows, in place of folds.
        folds: How many folds.
        repeats: How often validation is repeated with other folds.
        train_rows: How many of the rows outside the test take part.
        sampling: What is done to the classes of the train rows of each fold.
        class_weight: `none`, `balanced`, or a mapping of labels to weights.
        metric: What epochs and candidates are chosen by.
        positive: Which of two classes is the positive one.
        use: Keep only these columns.
        drop: Leave these columns out.
        kind: `COL=KIND` overrides.
        missing: Texts that mean a missing value.
        range: `COL=LOW:HIGH`: numbers outside count as missing.
        outliers: What happens to train rows with numbers far outside: `keep`, `clip` or `drop`.
        bin: `COL=N` or `COL=EDGE,EDGE` groupings.
        derive: `NAME = EXPRESSION` features, tried and kept where validation gains (`base/formula.py`).
        scale: How numeric columns are scaled.
        encoding: Encoding of a text file.
        separator: What stands between the cells of a text file.
        header: Whether the first line holds names: `auto`, `yes`, `no`.
        decimal: Decimal mark of the numbers in a text file.
        sheet: Sheet of an Excel file.
        table: Table of a database.
        query: SELECT statement for a database.
        image_size: The longest side of pictures, in pixels; they are scaled down to it.
        allow_leak: Whether a column that gives the target away is a warning rather than a stop.
        no_repair: Whether the doctor only reports, and tries no cure.
        lang: Language of the doctor: `en` or `ko`.
        device: `auto`, `cpu` or `cuda`.
    """

    target: str | None = None
    preset: str = "medium"
    time_limit: float | None = None
    seed: int = 0
    task: str | None = None
    model: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | str | None = None
    learning_rate: float | None = None
    hidden: tuple[int, ...] | None = None
    activation: str | None = None
    code: int | None = None
    start_from: str | None = None
    dropout: float | None = None
    filters: tuple[int, ...] | None = None
    cell: str | None = None
    kernel: int | None = None
    flip: bool = False
    weight_decay: float | None = None
    l1: float | None = None
    loss: str | None = None
    optimizer: str | None = None
    patience: int | str | None = None
    prefer: str = "accuracy"
    networks_only: bool = False
    distill: bool = False
    split: str = "auto"
    time: str | None = None
    gap: float | None = None
    horizon: int | None = None
    series: tuple[str, ...] = ()
    past: int | None = None
    known: tuple[str, ...] = ()
    group: str | None = None
    test_size: float | None = None
    test_data: Any = None
    valid_size: float | None = None
    valid_data: Any = None
    folds: int | None = None
    repeats: int | None = None
    train_rows: int | None = None
    sampling: str = "none"
    class_weight: Any = "none"
    metric: str | None = None
    positive: str | None = None
    use: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    bin: tuple[str, ...] = ()
    derive: tuple[str, ...] = ()
    scale: str | None = None
    outliers: str = "keep"
    encoding: str | None = None
    separator: str | None = None
    header: str = "auto"
    decimal: str | None = None
    sheet: str | None = None
    table: str | None = None
    query: str | None = None
    image_size: int | None = None
    allow_leak: bool = False
    no_repair: bool = False
    lang: str = "en"
    device: str = "auto"

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Settings:
        """Settings from what a user typed or a config file holds: numbers may be texts and texts numbers, as YAML
        takes `1e-3` for a text and `2019` for a number; `hidden` may be `64,32` or `none`.

        Raises:
            PlanError: An option is unknown or its value not possible.

        Example:
            >>> Settings.from_options({"target": "price", "hidden": "64,32"}).hidden
            (64, 32)
        """
        known = {field.name for field in fields(cls)}
        for name in options:
            if name not in {*known, "no_target"}:
                raise PlanError(f"option {name!r} is not known. Known are: {', '.join(sorted(known))}.")
        said = {name: value for name, value in options.items() if value is not None}
        if said.pop("no_target", False):  # another way to say it
            if said.get("task", _NO_TARGET) != _NO_TARGET:
                raise PlanError(f"--no-target and --task {said['task']} say two things. Pass one of them.")
            said["task"] = _NO_TARGET
        settings = cls(**{name: _plain(name, value) for name, value in said.items()})
        settings._check()
        return settings

    def changed(self) -> dict[str, Any]:
        """The options that differ from the defaults, JSON-able (data objects by the name of their type)."""
        default = Settings()
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: _shown(value)
            for name, value in values.items()
            if value is not getattr(default, name) and _shown(value) != _shown(getattr(default, name))
        }

    def told(self) -> dict[str, Any]:
        """What `changed` gives, fit to be written down: without passwords, in UTF-8."""
        return {name: _told(value) if isinstance(value, str) else value for name, value in self.changed().items()}

    def with_(self, **changes: Any) -> Settings:
        """The same settings with some changed."""
        return replace(self, **changes)

    def _check(self) -> None:
        for name, value in vars(self).items():
            if name not in ("test_data", "valid_data"):
                _refuse_loose_bytes(name, value)
        _one_of("preset", self.preset, tuple(PRESETS))
        _one_of("split", self.split, _SPLITS)
        _one_of("outliers", self.outliers, ("keep", "clip", "drop"))
        _one_of("prefer", self.prefer, PREFERENCES)
        _one_of("header", self.header, ("auto", "yes", "no"))
        _one_of("lang", self.lang, LANGUAGES)
        if self.task is not None:
            _one_of("task", self.task, TASKS)
        if self.scale is not None:
            _one_of("scale", self.scale, SCALES)
        _number("seed", self.seed, 0, 2**63 - 1, whole=True)
        _number("epochs", self.epochs, 1, 1_000_000, whole=True)
        _number("folds", self.folds, 2, 100, whole=True)
        if self.batch_size != "full":
            _number("batch-size", self.batch_size, 1, 2**31, whole=True, other="full")
        if self.patience != "off":
            _number("patience", self.patience, 1, 1_000_000, whole=True, other="off")
        _number("learning-rate", self.learning_rate, 0, 1e6, above=True)
        _number("time-limit", self.time_limit, 0, 1e9, above=True)
        _number("dropout", self.dropout, 0, 1, below=True)
        _number("weight-decay", self.weight_decay, 0, 1e6)
        _number("l1", self.l1, 0, 1e6)
        _number("test-size", self.test_size, 0, 1, above=True, below=True)
        _number("valid-size", self.valid_size, 0, 1, above=True, below=True)
        for width in self.hidden or ():
            _number("hidden", width, 1, 1_000_000, whole=True)
        for channels in self.filters or ():
            _number("filters", channels, 1, 10_000, whole=True)
        if self.filters == ():
            raise PlanError("--filters must name at least one number of channels, got none. Pass 16,32,64, say.")
        _number("kernel", self.kernel, 1, 99, whole=True)
        _number("image-size", self.image_size, 4, 1_024, whole=True)
        for one, other in (("test_size", "test_data"), ("valid_size", "valid_data"), ("folds", "valid_size")):
            self._not_both(one, other)
        self._not_both("folds", "valid_data")
        self._check_split()
        self._check_without_target()
        self._check_start()
        self._check_series()
        self._not_both("table", "query")
        for text in self.derive:
            parse_formula(text)

    def _check_split(self) -> None:
        _number("gap", self.gap, 0, 1e15)
        _number("repeats", self.repeats, 1, 100, whole=True)
        _number("train-rows", self.train_rows, 2, 2**63 - 1, whole=True)
        _one_of("sampling", self.sampling, _SAMPLINGS)
        if isinstance(self.class_weight, Mapping):
            for weight in self.class_weight.values():
                _number("class-weight", weight, 0, 1e9)
        elif self.class_weight != "none":
            _one_of("class-weight", self.class_weight, ("none", "balanced"))
        if self.time is not None and self.group is not None:
            raise PlanError("--time and --group split in two ways. Pass one of them.")
        for rule, column in (("time", self.time), ("group", self.group)):
            if column is not None and self.split not in ("auto", rule):
                raise PlanError(f"--{rule} {column} and --split {self.split} split in two ways. Pass one of them.")
        if (self.repeats or 1) > 1:
            for other in ("valid_size", "valid_data", "time"):
                if getattr(self, other) is not None:
                    raise PlanError(f"--repeats needs folds that can be dealt anew, which --{_flag(other)} excludes.")

    def _check_without_target(self) -> None:
        """What says something of a target cannot come where there is to be none."""
        _number("code", self.code, 1, 100_000, whole=True)
        if self.task != _NO_TARGET:
            return
        default = Settings()
        for name in _OF_A_TARGET:
            if getattr(self, name) != getattr(default, name):
                raise PlanError(
                    f"--task {_NO_TARGET} learns from rows without a target, so --{_flag(name)} says nothing there. "
                    "Leave one of the two out."
                )
        if self.split == "stratified":
            raise PlanError("--split stratified deals rows evenly over a target, but there is none. Leave it out.")

    def _check_start(self) -> None:
        """Who starts from an encoder takes its shape and its preparation."""
        if self.start_from is None:
            return
        if self.model not in ((), ("mlp",)):
            raise PlanError(f"--start-from begins networks of --model mlp, got {', '.join(self.model)}.")
        default = Settings()
        taken = [name for name in _OF_THE_START if getattr(self, name) != getattr(default, name)]
        taken += ["outliers"] if self.outliers == "clip" else []
        if taken:
            raise PlanError(
                f"--start-from takes over the shape and the preparation of its run, so --{_flag(taken[0])} cannot come "
                "with it. Leave one of the two out."
            )

    def _check_series(self) -> None:
        if self.cell is not None:
            _one_of("cell", self.cell, ("gru", "lstm"))
        _number("horizon", self.horizon, 1, 10_000, whole=True)
        _number("past", self.past, 1, 100_000, whole=True)
        if self.horizon is None:
            for name in ("series", "past", "known"):
                if getattr(self, name):
                    raise PlanError(f"--{name} must come with --time COL and --horizon STEPS, which make a forecast.")
            return
        if self.time is None:
            raise PlanError(
                f"--horizon {self.horizon} must come with --time COL, the column of the times to go on from."
            )
        if self.task not in (None, "regression"):
            raise PlanError(f"--horizon forecasts numbers, got --task {self.task}. Leave one of them out.")
        for name in ("test_data", "valid_data", "group", "gap", "train_rows", "derive", "bin"):
            if getattr(self, name) not in (None, ()):
                raise PlanError(
                    f"--{_flag(name)} is not for forecasts (--horizon), whose rows are windows. Leave it out."
                )
        if self.distill:
            raise PlanError("--distill is not for forecasts (--horizon). Leave it out.")

    def _not_both(self, one: str, other: str) -> None:
        if getattr(self, one) is not None and getattr(self, other) is not None:
            raise PlanError(f"--{_flag(one)} and --{_flag(other)} say the same thing twice. Pass one of them.")


def _plain(name: str, value: Any) -> Any:
    """The value in the form that the field holds, or as it came where `_check` is to refuse it."""
    allowed = _ALLOWED[name]
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()  # a number of numpy's
    if "Any" in allowed:
        return value
    if "bool" in allowed:
        return _yes_or_no(name, value)
    if name in ("hidden", "filters"):
        return _widths(value, name)
    if "tuple[str, ...]" in allowed:
        return _texts(name, value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        raise PlanError(f"--{_flag(name)} must be a single value, got {value!r}.")
    if isinstance(value, bool):
        value = _YAML_WORDS.get((name, value), value)
    return _read_number(value, allowed) if allowed & {"int", "float"} else _text(name, value)


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PlanError(f"--{_flag(name)} must be true or false, got {value!r}.")
    return value


def _widths(value: Any, name: str = "hidden") -> tuple[int, ...]:
    if isinstance(value, str):
        text = value.strip().lower()
        value = [] if text == "none" else text.split(",")
    elif not isinstance(value, Iterable):
        value = [value]
    return tuple(_width(width, name) for width in value)


def _width(value: Any, name: str) -> int:
    try:
        if not isinstance(value, bool) and float(value) == int(float(value)):
            return int(float(value))
    except (TypeError, ValueError, OverflowError):
        pass
    raise PlanError(f"--{name} must be whole numbers with commas between them, or none, got {value!r}.")


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):  # {"age": (0, 120)} in Python, `age=0:120` on the command line
        mark = ":" if name == "range" else ","
        shown = quoted if name == "derive" else str
        value = [f"{shown(column)}={_joined(own, mark)}" for column, own in value.items()]
    several = isinstance(value, Iterable) and not isinstance(value, str)
    return tuple(_text(name, entry) for entry in (value if several else [value]))


def _joined(value: Any, mark: str) -> str:
    several = isinstance(value, Sequence) and not isinstance(value, str)
    return mark.join("" if own is None else str(own) for own in value) if several else str(value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, Named):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value) if isinstance(value, float) and value.is_integer() else value)
    raise PlanError(f"--{_flag(name)} must be text, got {value!r}. In a config file, put it in quotes.")


def _read_number(value: Any, allowed: frozenset[str]) -> Any:
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().isdigit() else float(value)
        except ValueError:
            return value  # a word such as full
    if "float" not in allowed:
        return int(value) if isinstance(value, float) and value.is_integer() else value
    # dropout 0 and 0.0 are one plan, with one key; what is too large for a float is refused later
    exact = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return float(value) if exact else value


def _told(value: str) -> str:
    return without_password(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _refuse_loose_bytes(name: str, value: Any) -> None:
    for text in value if isinstance(value, tuple) else (value,):
        if isinstance(text, str) and not is_text(text):
            raise PlanError(f"--{name.replace('_', '-')} must be text in the encoding of this system, got {text!r}.")


def is_text(text: str) -> bool:
    """Whether UTF-8 can hold it: names of files in other encodings come with halves of characters."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise PlanError(f"--{name} must be one of {', '.join(allowed)}, got {value!r}.")


def _number(
    name: str,
    value: Any,
    low: float,
    high: float,
    *,
    whole: bool = False,
    above: bool = False,
    below: bool = False,
    other: str = "",
) -> None:
    """None, or a number between low and high (both allowed, unless `above` or `below` shuts them out)."""
    if value is None:
        return
    ordinary = isinstance(value, int | float) and not isinstance(value, bool)
    fits = ordinary and (low < value if above else low <= value) and (value < high if below else value <= high)
    if not fits or (whole and int(value) != value):
        kind = "a whole number" if whole else "a number"
        least = f"above {low:g}" if above else f"at least {low:g}"
        most = f" and below {high:g}" if below else f" and at most {high:g}" if ordinary and value > high else ""
        choice = f", or {other}" if other else ""
        raise PlanError(f"--{name} must be {kind} {least}{most}{choice}, got {value!r}.")


#: The types that each field may hold.
_ALLOWED = {field.name: frozenset(str(field.type).split(" | ")) for field in fields(Settings)}
#: Words that YAML reads as yes or no.
_YAML_WORDS = {("patience", False): "off", ("header", True): "yes", ("header", False): "no"}


def _flag(name: str) -> str:
    return name.replace("_", "-")


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [_shown(entry) for entry in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _shown(entry) for key, entry in value.items()}
    return str(value) if hasattr(value, "__fspath__") else f"<{type(value).__name__}>"


def parse_bins(entries: Sequence[str]) -> dict[str, int | tuple[float, ...]]:
    """`--bin` as columns with a number of groups, or edges.

    Raises:
        PlanError: An entry is not `COL=N` or `COL=EDGE,EDGE,...`.

    Example:
        >>> parse_bins(["age=5", "rooms=4,6.5"])
        {'age': 5, 'rooms': (4.0, 6.5)}
    """
    bins: dict[str, int | tuple[float, ...]] = {}
    for entry in entries:
        name, found, text = entry.rpartition("=")
        try:
            numbers = [float(part) for part in text.removesuffix(",").split(",")]
        except ValueError:
            numbers = []
        if not found or not numbers or not all(map(math.isfinite, numbers)):
            raise PlanError(f"--bin must be COL=N or COL=EDGE,EDGE,..., got {entry!r}.")
        if len(numbers) == 1 and "," not in text:
            if numbers[0] != int(numbers[0]) or not 2 <= numbers[0] <= 1000:
                raise PlanError(
                    f"--bin must ask for 2 to 1000 groups, got {entry!r}. A single edge is written 'COL=5,'."
                )
            bins[name] = int(numbers[0])
        elif len(numbers) > 1000:
            raise PlanError(f"--bin must name at most 1,000 edges, got {len(numbers):,} for {name!r}.")
        else:
            bins[name] = tuple(sorted(set(numbers)))
    return bins
