"""The command line: one verb a job. Heavy packages are imported inside the verbs, so that `--help` is at once."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from netwright import __version__
from netwright.apps import flags, further, process
from netwright.base.errors import NetwrightError, UserError
from netwright.base.figures import readable
from netwright.base.interrupts import own_signals
from netwright.base.settings import PRESETS, Settings
from netwright.base.urls import without_password

_STARTED = time.monotonic()

app = typer.Typer(
    name="netwright",
    help="A data file in, a trained and honestly tested neural network out, with its report.",
    epilog="Start with:  netwright train sample:diabetes --target target",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"netwright {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A data file in, a trained and honestly tested neural network out, with its report."""


@app.command(epilog="Example:  netwright train houses.csv --target price")
@process.guarded
def train(
    context: typer.Context,
    data: flags.Data,
    target: flags.Target = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="RUN", help="Run folder; default runs/<table>-<target>-<n>.")
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="; ".join(f"{name}: {what}" for name, what in PRESETS.items()) + "."),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", metavar="SECONDS", help="End within this time, counted from the start."),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Every random number comes from it; 0.")] = None,
    task: Annotated[
        str | None,
        typer.Option(
            metavar="TASK", help="regression, binary or multiclass, inferred from the target; unsupervised has none."
        ),
    ] = None,
    no_target: flags.NoTarget = None,
    metric: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What to choose by: rmse, mae, r2; log_loss, accuracy, roc_auc ..."),
    ] = None,
    positive: Annotated[
        str | None, typer.Option(metavar="CLASS", help="Which of two classes is the positive one.")
    ] = None,
    use: flags.Use = None,
    drop: flags.Drop = None,
    kind: flags.Kind = None,
    missing: flags.Missing = None,
    range_: flags.Range = None,
    bin_: flags.Bin = None,
    derive: flags.Derive = None,
    scale: flags.Scale = None,
    allow_leak: flags.AllowLeak = None,
    outliers: flags.Outliers = None,
    split: flags.Split = None,
    time_: flags.Time = None,
    gap: flags.Gap = None,
    horizon: flags.Horizon = None,
    series: flags.Series = None,
    past: flags.Past = None,
    known: flags.Known = None,
    group: flags.Group = None,
    test_size: flags.TestSize = None,
    test_data: flags.TestData = None,
    folds: flags.Folds = None,
    repeats: flags.Repeats = None,
    valid_size: flags.ValidSize = None,
    valid_data: flags.ValidData = None,
    train_rows: flags.TrainRows = None,
    sampling: flags.Sampling = None,
    class_weight: flags.ClassWeight = None,
    model: flags.Model = None,
    hidden: flags.Hidden = None,
    activation: flags.Activation = None,
    code: flags.Code = None,
    start_from: flags.StartFrom = None,
    filters: flags.Filters = None,
    cell: flags.Cell = None,
    kernel: flags.Kernel = None,
    flip: flags.Flip = None,
    dropout: flags.Dropout = None,
    loss: flags.Loss = None,
    optimizer: flags.Optimizer = None,
    learning_rate: flags.LearningRate = None,
    weight_decay: flags.WeightDecay = None,
    l1: flags.L1 = None,
    epochs: flags.Epochs = None,
    batch_size: flags.BatchSize = None,
    patience: flags.Patience = None,
    no_repair: flags.NoRepair = None,
    prefer: flags.Prefer = None,
    networks_only: flags.NetworksOnly = None,
    distill: flags.Distill = None,
    encoding: flags.Encoding = None,
    separator: flags.Separator = None,
    header: flags.Header = None,
    decimal: flags.Decimal = None,
    sheet: flags.Sheet = None,
    table: flags.TableName = None,
    query: flags.Query = None,
    image_size: flags.ImageSize = None,
    config: flags.Config = None,
    device: flags.Device = None,
    lang: flags.Lang = None,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    as_json: flags.Json = False,
) -> None:
    """Train a network on a table, test it on rows it never saw, and write a report."""
    _train(data, flags.settings(context, config), out, quiet, verbose, as_json)


@app.command(epilog="Example:  netwright resume runs/houses-price-1")
@process.guarded
def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that was stopped, or is finished.")],
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="How long to search on, from a finished run.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="NEW", help="The folder of the run that searches on.")] = None,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    as_json: flags.Json = False,
) -> None:
    """Go on with a run that was stopped, exactly as if it had not been.

    With --time-limit and --out: search on for better networks where a finished run ended, into a new run.
    """
    from netwright.apps.resuming import go_on_into, order_in
    from netwright.apps.writing import print_json
    from netwright.deliver.folder import METRICS
    from netwright.deliver.plain_files import json_file

    if time_limit is not None or out is not None:
        new = go_on_into(run, out, time_limit)
        new.go_there()
        _train(new.data, new.settings, new.out, quiet, verbose, as_json, new.continues)
        return
    order = order_in(run)
    if order is None:
        process.say(f"{run} is finished: nothing is left to be done. See {run / 'report.html'}")
        if as_json:
            print_json(json_file(run, METRICS))
        return
    run = run.absolute() if order.folder != Path.cwd() else run
    order.go_there()
    _train(order.data, order.settings, run, quiet, verbose, as_json, order.continues)


def _train(
    data: str,
    settings: Settings,
    out: Path | None,
    quiet: bool,
    verbose: bool,
    as_json: bool,
    continues: Mapping[str, Any] | None = None,
) -> None:
    from netwright.apps.api import train_in_folder
    from netwright.apps.terminal import Terminal
    from netwright.apps.writing import print_json
    from netwright.base.clock import Clock

    terminal = Terminal(quiet, verbose, data=data)
    try:
        run = train_in_folder(data, settings, out, Clock(_STARTED), terminal.show, continues=continues)
    finally:
        terminal.stop()
    if as_json:
        print_json(run.metrics)
    else:
        terminal.result(run.record, run.path)


@app.command(epilog="Example:  netwright audit houses.csv --target price")
@process.guarded
def audit(
    context: typer.Context,
    data: flags.Data,
    target: flags.Target = None,
    use: flags.Use = None,
    drop: flags.Drop = None,
    kind: flags.Kind = None,
    missing: flags.Missing = None,
    range_: flags.Range = None,
    encoding: flags.Encoding = None,
    separator: flags.Separator = None,
    header: flags.Header = None,
    decimal: flags.Decimal = None,
    sheet: flags.Sheet = None,
    table: flags.TableName = None,
    query: flags.Query = None,
    image_size: flags.ImageSize = None,
    config: flags.Config = None,
    verbose: flags.Verbose = False,
    as_json: flags.Json = False,
) -> None:
    """Look at a table without training: kinds, gaps, copies, outliers, columns that cannot help."""
    settings = flags.settings(context, config)
    from netwright.apps.auditing import audit_data, print_audit
    from netwright.apps.writing import print_json

    audited = audit_data(data, settings)
    if as_json:
        print_json([finding.to_json() for finding in audited.findings], indent=1)
    else:
        print_audit(audited, verbose)


@app.command(epilog="Example:  netwright predict runs/houses-price-1 new.csv --out predictions.csv")
@process.guarded
def predict(
    context: typer.Context,
    run: flags.RunFolder,
    data: flags.Data,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here, not to the screen.")] = None,
    interval: flags.Interval = None,
    missing: flags.Missing = None,
    encoding: flags.Encoding = None,
    separator: flags.Separator = None,
    header: flags.Header = None,
    decimal: flags.Decimal = None,
    sheet: flags.Sheet = None,
    table: flags.TableName = None,
    query: flags.Query = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which columns moved each prediction, and by how much.")
    ] = False,
    reconstruct: Annotated[
        bool, typer.Option("--reconstruct", help="Of an autoencoder: the rows (or pictures) as the networks see them.")
    ] = False,
) -> None:
    """Predict new rows with a trained run: CSV with row, prediction and a probability for each class.

    A model that learned without a target gives the score of each row: an autoencoder how far off it is, with anomaly,
    cluster and embedding; one that makes rows (gan, vae) how unlikely it is, and nothing else.
    Labels that a spreadsheet would take for formulas get an apostrophe in front.
    """
    from netwright.apps.writing import write_predictions
    from netwright.deliver.doubts import (
        of_windows_or_pictures,
        rows_of_training,
        rows_without_prediction,
        unknown_cells,
    )
    from netwright.deliver.predictor import Predictor
    from netwright.preparation.load import read_options

    settings = flags.settings(context)
    predictor = Predictor.load(run)
    if explain:
        predictor.refuse_explaining()
    promised = "" if interval is None else predictor.promise(interval)
    rows = predictor.table(data, read_options(settings), settings.missing)
    for doubt in (*(finding.message for finding in rows.findings), *unknown_cells(predictor.fitted, rows)):
        process.say(f"note: {doubt}")
    if of_windows_or_pictures(rows) and (doubt := rows_of_training(run, rows, data, judged=False)):
        process.say(f"note: {doubt}")
    if promised:
        process.say(f"note: {promised}")
    if reconstruct:
        from netwright.deliver.drawing import free_place, side_by_side, write_pictures

        pictures = side_by_side(predictor.fitted, rows)
        if pictures is not None:
            where = write_pictures(free_place(out, len(pictures)), pictures)
            process.say(f"{len(pictures):,} pictures, each beside what the networks give back: {where}")
            return
        given_back = predictor.reconstructed(rows)
        for doubt in predictor.doubts_of_reconstruction(given_back):
            process.say(f"note: {doubt}")
        write_predictions(given_back, out)
        return
    frame = predictor.predict_table(rows, interval)
    if lost := rows_without_prediction(predictor.fitted, frame):
        process.say(f"warning: {lost}")
    if explain:
        frame, meaning = predictor.explained(frame, rows)
        process.say(f"note: {meaning}")
    write_predictions(frame, out)


_SYNTHESIZE = "Example:  netwright synthesize runs/people-1 --rows 500 --out made.csv"
_FORECAST = "Example:  netwright forecast runs/sales-units-1 --out next.csv"
app.command(epilog=_SYNTHESIZE)(process.guarded(further.synthesize))
app.command(epilog=_FORECAST)(process.guarded(further.forecast))


@app.command(epilog="Example:  netwright evaluate runs/houses-price-1 sold.csv")
@process.guarded
def evaluate(
    context: typer.Context,
    run: flags.RunFolder,
    data: flags.Data,
    missing: flags.Missing = None,
    encoding: flags.Encoding = None,
    separator: flags.Separator = None,
    header: flags.Header = None,
    decimal: flags.Decimal = None,
    sheet: flags.Sheet = None,
    table: flags.TableName = None,
    query: flags.Query = None,
    as_json: flags.Json = False,
) -> None:
    """Judge a trained run on rows whose target is known."""
    from netwright.apps.writing import print_json, print_scores
    from netwright.deliver.doubts import rows_of_training
    from netwright.deliver.predictor import Predictor
    from netwright.preparation.load import read_options

    settings = flags.settings(context)
    predictor = Predictor.load(run)
    rows = predictor.table(data, read_options(settings), settings.missing, require_target=True)
    scores = predictor.evaluate_table(rows)
    for finding in rows.findings:
        process.say(f"note: {finding.message}")
    doubt = rows_of_training(run, rows, data)
    if doubt:
        process.say(f"note: {doubt}")
    if as_json:
        print_json(scores)
    else:
        print_scores(scores)


@app.command(epilog="Example:  netwright diagnose runs/houses-price-1   or   netwright diagnose --curves history.csv")
@process.guarded
def diagnose(
    run: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="The folder of a finished run.", show_default=False)
    ] = None,
    curves: Annotated[
        Path | None,
        typer.Option("--curves", metavar="FILE", help="Curves of another tool: a table, or TensorBoard's log."),
    ] = None,
    lang: flags.Lang = None,
    encoding: flags.Encoding = None,
    separator: flags.Separator = None,
    decimal: flags.Decimal = None,
    as_json: flags.Json = False,
) -> None:
    """Say what the learning curves of a run show, what it means and what to do."""
    from netwright.apps.diagnosing import diagnose_what
    from netwright.apps.diagnosis_text import print_diagnoses
    from netwright.apps.writing import print_json
    from netwright.sources.contract import ReadOptions

    options = ReadOptions(encoding=encoding, separator=separator, decimal=decimal)
    diagnoses, spoken = diagnose_what(run, curves, lang, options)
    if as_json:
        print_json([own.to_json() for own in diagnoses] if curves else diagnoses[0].to_json(), indent=1)
    else:
        print_diagnoses(diagnoses, spoken)


@app.command("find-lr", epilog="Example:  netwright find-lr houses.csv --target price")
@process.guarded
def find_lr(
    context: typer.Context,
    data: flags.Data,
    target: flags.Target = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="The picture; runs/find-lr-<table>-<target>.html."),
    ] = None,
    preset: Annotated[str | None, typer.Option(metavar="NAME", help="Whose network is tested; medium.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Every random number comes from it; 0.")] = None,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="regression, binary or multiclass.")] = None,
    use: flags.Use = None,
    drop: flags.Drop = None,
    kind: flags.Kind = None,
    missing: flags.Missing = None,
    range_: flags.Range = None,
    bin_: flags.Bin = None,
    scale: flags.Scale = None,
    allow_leak: flags.AllowLeak = None,
    outliers: flags.Outliers = None,
    split: flags.Split = None,
    time_: flags.Time = None,
    gap: flags.Gap = None,
    horizon: flags.Horizon = None,
    series: flags.Series = None,
    past: flags.Past = None,
    known: flags.Known = None,
    group: flags.Group = None,
    test_size: flags.TestSize = None,
    test_data: flags.TestData = None,
    valid_size: flags.ValidSize = None,
    valid_data: flags.ValidData = None,
    train_rows: flags.TrainRows = None,
    sampling: flags.Sampling = None,
    class_weight: flags.ClassWeight = None,
    model: flags.Model = None,
    hidden: flags.Hidden = None,
    activation: flags.Activation = None,
    filters: flags.Filters = None,
    cell: flags.Cell = None,
    kernel: flags.Kernel = None,
    flip: flags.Flip = None,
    dropout: flags.Dropout = None,
    loss: flags.Loss = None,
    optimizer: flags.Optimizer = None,
    weight_decay: flags.WeightDecay = None,
    l1: flags.L1 = None,
    batch_size: flags.BatchSize = None,
    encoding: flags.Encoding = None,
    separator: flags.Separator = None,
    header: flags.Header = None,
    decimal: flags.Decimal = None,
    sheet: flags.Sheet = None,
    table: flags.TableName = None,
    query: flags.Query = None,
    image_size: flags.ImageSize = None,
    config: flags.Config = None,
    device: flags.Device = None,
    quiet: flags.Quiet = False,
    as_json: flags.Json = False,
) -> None:
    """Find the learning rate: networks at 29 rates from 0.000001 to 10, side by side, judged on validation rows."""
    from netwright.apps.api import command_line
    from netwright.apps.finding_rate import check_page, find_rates, print_rates, rates_as_json, write_picture
    from netwright.apps.terminal import Terminal
    from netwright.apps.writing import print_json

    settings = flags.settings(context, config)
    if out is not None:
        check_page(out)
    found = find_rates(data, settings, Terminal(quiet, data=data).show)
    picture = write_picture(found, out)
    rate = found.found.suggested
    own = settings.with_(target=found.target, model=found.model, learning_rate=rate)
    command = "" if rate is None else command_line(data, own)
    if as_json:
        print_json(rates_as_json(found, picture, command), indent=1)
    else:
        print_rates(found, picture, command)


@app.command(epilog="Example:  netwright report runs/houses-price-1")
@process.guarded
def report(
    run: flags.RunFolder,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Say where the report of a run is, and what it says first."""
    from netwright.apps.writing import show_report

    show_report(run, open_it)


def main() -> None:
    """Run the command line: exit code 0 done, 2 the user's data, options or output, 1 a bug, 130 and 143 stopped."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal in another encoding must not stop a Korean name
            stream.reconfigure(errors="replace")
    try:
        app()
    except NetwrightError as error:
        process.say(f"netwright: {error}")
        sys.exit(error.exit_code)
    except SystemExit as end:
        if process.is_gone_reader(end):
            sys.exit(0)
        raise
    except MemoryError:
        process.say("netwright: the work must fit the memory, got none left. Free some, or pass fewer rows or columns.")
        sys.exit(UserError.exit_code)
    except Exception as error:
        output_error = process.output_error(error)
        if output_error is not None:
            process.say(f"netwright: {output_error}")
            sys.exit(output_error.exit_code)
        _report_bug(error)
    except BaseException as error:
        if not process.is_panic(error):
            raise
        _report_bug(error)


def _report_bug(error: BaseException) -> NoReturn:
    if os.environ.get("NETWRIGHT_DEBUG"):
        raise error
    process.say(
        f"netwright: this is a bug in netwright, please report it: {type(error).__name__}: "
        f"{readable(without_password(str(error)))} (NETWRIGHT_DEBUG=1 shows where)"
    )
    sys.exit(1)


def program() -> None:
    """`main` as a process of its own."""
    process.open_missing_streams()
    own_signals(process.end_now)
    process.silence_warnings()
    gc.set_threshold(50_000)  # importing makes a hundred thousand objects, none of them garbage
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    process.end(code)
