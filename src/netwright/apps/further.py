"""Verbs of runs that are no tables with a target: what comes next in a series, and new rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.apps import flags, process


def synthesize(
    run: flags.RunFolder,
    rows: Annotated[int, typer.Option("--rows", metavar="N", help="How many rows or pictures to make.")],
    seed: Annotated[int, typer.Option(metavar="N", help="The same one makes the same rows.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here, not to the screen.")] = None,
) -> None:
    """Make new rows like those that a run learned from (--model gan or vae): CSV with the columns of its table.

    Texts that a spreadsheet would take for formulas get an apostrophe in front. Of pictures (--model image-gan) --out
    is a new folder for PNG files, or FILE.png for one sheet of all.
    """
    from netwright.apps.writing import write_rows
    from netwright.base.figures import count
    from netwright.deliver.bundle import load_bundle
    from netwright.deliver.drawing import Drawer
    from netwright.deliver.synthesis import Synthesizer, check_rows

    check_rows(rows)
    model = load_bundle(run)
    drawer = Drawer.of(model, run)
    if drawer is not None:
        where = drawer.write(out, rows, seed)
        process.say(f"{count(rows, 'new picture')}: {where}")
        return
    maker = Synthesizer.of(model, run)
    for doubt in maker.doubts:
        process.say(f"note: {doubt}")
    write_rows(maker.rows(rows, seed), out, "new row")


def forecast(
    context: typer.Context,
    run: flags.RunFolder,
    data: Annotated[
        str | None, typer.Argument(metavar="[DATA]", help="Series to go on from; else the end of the training data.")
    ] = None,
    horizon: Annotated[
        int | None, typer.Option("--horizon", metavar="STEPS", help="Steps ahead; as many as were trained.", min=1)
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write here, not to the screen.")] = None,
    interval: Annotated[
        float, typer.Option("--interval", metavar="SHARE", help="Share that lower and upper are to hold; 0.9.")
    ] = 0.9,
    missing: flags.Missing = None,
    encoding: flags.Encoding = None,
    separator: flags.Separator = None,
    header: flags.Header = None,
    decimal: flags.Decimal = None,
    sheet: flags.Sheet = None,
    table: flags.TableName = None,
    query: flags.Query = None,
) -> None:
    """Forecast what comes next in the series of a run: CSV with time, series, step, prediction, lower, upper."""
    from netwright.apps.writing import write_predictions
    from netwright.deliver.predictor import Predictor
    from netwright.preparation.load import read_options

    settings = flags.settings(context)
    predictor = Predictor.load(run)
    options = read_options(settings)
    frame = predictor.forecast(data, options, settings.missing, horizon=horizon, interval=interval)
    if (said := predictor.forecast_promise(frame, interval)) != "":
        process.say(f"note: {said}")
    write_predictions(frame, out)
