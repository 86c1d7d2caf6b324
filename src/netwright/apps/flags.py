"""The flags that several verbs share, and the config file that may hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from netwright.base.errors import PlanError
from netwright.base.settings import Settings

_COLUMNS, _SPLIT, _NETWORK, _READING, _OUTPUT = "Columns", "Split", "Network and training", "Reading", "Output"
_SERIES = "Forecasts"


def _option(name: str, metavar: str, text: str, panel: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text, rich_help_panel=panel)


Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA", help="A file (.csv .json .xlsx ...), a folder of pictures, a database URL, or sample:NAME."
    ),
]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]
Target = Annotated[str | None, typer.Option("--target", metavar="COL", help="The column to predict.")]
NoTarget = Annotated[
    bool | None, typer.Option("--no-target", help="Learn from rows without a target: --task unsupervised.")
]

Use = Annotated[list[str] | None, _option("--use", "COL", "Keep only these columns (repeat).", _COLUMNS)]
Drop = Annotated[list[str] | None, _option("--drop", "COL", "Leave these columns out (repeat).", _COLUMNS)]
Kind = Annotated[
    list[str] | None, _option("--kind", "COL=KIND", "numeric, category, boolean, date, ordinal:S<M<L ...", _COLUMNS)
]
Missing = Annotated[
    list[str] | None, _option("--missing", "TEXT", "This text means a missing value (repeat).", _COLUMNS)
]
Range = Annotated[
    list[str] | None, _option("--range", "COL=LOW:HIGH", "Numbers outside count as missing (repeat).", _COLUMNS)
]
Bin = Annotated[
    list[str] | None, _option("--bin", "COL=N", "Group a number: 5 groups of equal size, or edges 20,30,40.", _COLUMNS)
]
Derive = Annotated[
    list[str] | None,
    _option("--derive", "FORMULA", "A feature to try: 'rooms_per_head = rooms / people' (repeat).", _COLUMNS),
]
Scale = Annotated[
    str | None,
    _option("--scale", "NAME", "standard, minmax, robust, robust_clip, log or quantile, for numbers.", _COLUMNS),
]
Outliers = Annotated[
    str | None, _option("--outliers", "HOW", "Train rows far outside: keep, clip (their numbers) or drop.", _COLUMNS)
]

Split = Annotated[str | None, _option("--split", "RULE", "auto, random, stratified, time or group.", _SPLIT)]
Time = Annotated[
    str | None, _option("--time", "COL", "Test and validate on later rows, by this date or number.", _SPLIT)
]
Gap = Annotated[
    float | None, _option("--gap", "X", "Distance in time of train rows to those that judge; days for dates.", _SPLIT)
]
Horizon = Annotated[
    int | None, _option("--horizon", "STEPS", "Forecast so many steps ahead of --time: the table is a series.", _SERIES)
]
Series = Annotated[
    list[str] | None, _option("--series", "COL", "This column tells the series of a table apart (repeat).", _SERIES)
]
Past = Annotated[
    int | None, _option("--past", "STEPS", "How far a forecast looks back; found from the season.", _SERIES)
]
Known = Annotated[
    list[str] | None, _option("--known", "COL", "This column is known in advance, such as holidays (repeat).", _SERIES)
]
Group = Annotated[str | None, _option("--group", "COL", "Keep the rows of a group on one side.", _SPLIT)]
TestSize = Annotated[float | None, _option("--test-size", "SHARE", "Share of rows for the test; 0.2.", _SPLIT)]
TestData = Annotated[str | None, _option("--test-data", "FILE", "Test on these rows instead.", _SPLIT)]
Folds = Annotated[int | None, _option("--folds", "N", "Folds for validation; 5.", _SPLIT)]
Repeats = Annotated[int | None, _option("--repeats", "N", "Repeat validation with other folds; 1.", _SPLIT)]
ValidSize = Annotated[
    float | None, _option("--valid-size", "SHARE", "One validation part of this share, no folds.", _SPLIT)
]
ValidData = Annotated[str | None, _option("--valid-data", "FILE", "Validate on these rows, no folds.", _SPLIT)]
TrainRows = Annotated[
    int | None, _option("--train-rows", "N", "Take only so many of the rows outside the test.", _SPLIT)
]
Sampling = Annotated[
    str | None,
    _option("--sampling", "HOW", "none, under, over or balanced: classes of each fold's train rows.", _SPLIT),
]
ClassWeight = Annotated[
    str | None, _option("--class-weight", "HOW", "none or balanced: all classes count alike in training.", _SPLIT)
]

AllowLeak = Annotated[
    bool | None, _option("--allow-leak", "", "Go on although a column gives the target away.", _COLUMNS)
]

NoRepair = Annotated[
    bool | None, _option("--no-repair", "", "The doctor only reports what ails the training.", _NETWORK)
]
Lang = Annotated[str | None, _option("--lang", "NAME", "Language of the doctor: en or ko.", _OUTPUT)]

Model = Annotated[
    list[str] | None,
    _option(
        "--model",
        "NAME",
        "Family: mlp, realmlp, realmlp-s, tabm, tabm-mini, linear, cnn; dlinear, rnn, tcn for series (repeat).",
        _NETWORK,
    ),
]
Hidden = Annotated[
    str | None, _option("--hidden", "64,32", "Widths of hidden layers; none is plain regression.", _NETWORK)
]
Activation = Annotated[
    str | None, _option("--activation", "NAME", "relu, leaky_relu, selu, gelu, mish, tanh, sigmoid, none.", _NETWORK)
]
Code = Annotated[int | None, _option("--code", "N", "Width of the middle of an autoencoder.", _NETWORK)]
StartFrom = Annotated[
    str | None, _option("--start-from", "RUN", "Begin with the encoder of this run of unlabelled rows.", _NETWORK)
]
Filters = Annotated[
    str | None, _option("--filters", "16,32,64", "Channels of each stage of a convolutional network.", _NETWORK)
]
Kernel = Annotated[int | None, _option("--kernel", "N", "Side of the windows of convolutions, odd; 3.", _NETWORK)]
Flip = Annotated[
    bool | None, _option("--flip", "", "Mirror pictures by chance while training: for photographs.", _NETWORK)
]
Cell = Annotated[str | None, _option("--cell", "NAME", "Of a recurrent network (rnn): gru or lstm.", _NETWORK)]
Dropout = Annotated[float | None, _option("--dropout", "X", "Share of hidden units dropped in a step.", _NETWORK)]
Loss = Annotated[str | None, _option("--loss", "NAME", "mse, mae, huber; cross_entropy for classes.", _NETWORK)]
Optimizer = Annotated[str | None, _option("--optimizer", "NAME", "adam, adamw, sgd, momentum or rmsprop.", _NETWORK)]
LearningRate = Annotated[float | None, _option("--learning-rate", "X", "Step size; 0.003 with Adam.", _NETWORK)]
WeightDecay = Annotated[float | None, _option("--weight-decay", "X", "Pull of the weights to zero.", _NETWORK)]
L1 = Annotated[float | None, _option("--l1", "X", "Weight of the sum of absolute weights in the loss.", _NETWORK)]
Epochs = Annotated[int | None, _option("--epochs", "N", "The most passes over the train rows.", _NETWORK)]
BatchSize = Annotated[str | None, _option("--batch-size", "N", "Rows a step, or full; 32 on small tables.", _NETWORK)]
Patience = Annotated[
    str | None, _option("--patience", "N", "Epochs without gain before a network stops, or off.", _NETWORK)
]
Prefer = Annotated[
    str | None, _option("--prefer", "WHAT", "accuracy, speed or size: an ensemble, or one lean network.", _NETWORK)
]
NetworksOnly = Annotated[
    bool | None, _option("--networks-only", "", "No trees and no linear model in the ensemble.", _NETWORK)
]
Distill = Annotated[
    bool | None, _option("--distill", "", "One small network learns from the ensemble, and ships.", _NETWORK)
]
Device = Annotated[str | None, _option("--device", "NAME", "auto, cpu or cuda.", _NETWORK)]

Encoding = Annotated[str | None, _option("--encoding", "NAME", "Of a text file, such as cp949.", _READING)]
Separator = Annotated[str | None, _option("--separator", "CHAR", "Between the cells of a text file.", _READING)]
Header = Annotated[str | None, _option("--header", "auto|yes|no", "Whether the first line holds names.", _READING)]
Decimal = Annotated[str | None, _option("--decimal", "CHAR", "Decimal mark of a text file: . or ,", _READING)]
Sheet = Annotated[str | None, _option("--sheet", "NAME", "Sheet of an Excel file.", _READING)]
TableName = Annotated[str | None, _option("--table", "NAME", "Table of a database.", _READING)]
Query = Annotated[str | None, _option("--query", "SQL", "SELECT statement for a database.", _READING)]
ImageSize = Annotated[
    int | None, _option("--image-size", "PIXELS", "The longest side of pictures; at most 64.", _READING)
]
Config = Annotated[Path | None, _option("--config", "FILE.yaml", "Options from a file; those typed win.", _READING)]

Interval = Annotated[
    float | None,
    typer.Option("--interval", metavar="SHARE", help="Ends, or a set of classes, that hold this share of rows: 0.9."),
]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.", rich_help_panel=_OUTPUT)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print every note.", rich_help_panel=_OUTPUT)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to standard output.", rich_help_panel=_OUTPUT)]

#: Parameters of verbs that are no options of a run.
_NO_OPTIONS = frozenset(
    {"data", "run", "out", "config", "quiet", "verbose", "as_json", "explain", "interval", "reconstruct"}
)
#: Those of `forecast` that are options of a run elsewhere.
_OF_FORECASTS = frozenset({"horizon"})


def settings(context: typer.Context, config: Path | None = None) -> Settings:
    """The settings of a verb: what was typed, laid over what the config file says.

    Args:
        context: Of the verb; holds the value of each flag, None where it was not typed.
        config: A YAML file of `option: value`, the names as on the command line; None is no file.

    Raises:
        PlanError: An option is not possible, or the file cannot be read.
    """
    left_out = _NO_OPTIONS | _OF_FORECASTS if context.info_name == "forecast" else _NO_OPTIONS
    typed = {
        name.rstrip("_"): value
        for name, value in context.params.items()
        if name not in left_out and value not in (None, [], ())  # a repeatable flag that was not typed is empty
    }
    return Settings.from_options({**(_from_file(config) if config else {}), **typed})


def _from_file(path: Path) -> dict[str, Any]:
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(f"--config must be a file that can be read, got {path} ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PlanError(f"--config must be YAML in UTF-8, got {path}: {str(error).splitlines()[0]}") from error
    if not isinstance(data, dict):
        raise PlanError(f"--config must hold lines of 'option: value', got {path}, which does not.")
    return {str(name).replace("-", "_"): value for name, value in data.items()}
