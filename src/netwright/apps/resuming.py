"""`netwright resume`: the order of a run that was stopped, or of one that goes on from a finished run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.durable import sha256
from netwright.base.errors import DataError, PlanError
from netwright.base.option import flag
from netwright.base.settings import Settings
from netwright.deliver.folder import METRICS, RUN, SEARCH, read_run, take_search


@dataclass(frozen=True)
class Order:
    """What was ordered.

    Args:
        data: As the user named it.
        settings: The options.
        folder: Where the command was typed; what it names is found from there.
        out: The folder of the run.
        continues: The finished run that it goes on from, as `run.json` says it.
    """

    data: str
    settings: Settings
    folder: Path
    out: Path
    continues: Mapping[str, Any] | None = None

    def go_there(self) -> None:
        """Work in the folder where the command was typed, if it is still there."""
        if self.folder.is_dir():
            os.chdir(self.folder)


def order_in(run: Path) -> Order | None:
    """The order of an unfinished run; None where the run is finished.

    Args:
        run: Its folder.

    Raises:
        DataError: It is no run, its `run.json` was changed, or the order cannot be repeated from it.
    """
    if (run / METRICS).exists():
        _told_of(run)
        return None
    if not run.is_dir():
        raise DataError(f"{run} must be the folder of a run that was stopped, got no such folder.")
    if not (run / RUN).exists():
        raise DataError(
            f"{run} must be the folder of a run that was stopped, got one without {RUN}. Type the command of the run "
            f"again, with {flag('--out', str(run))}."
        )
    try:
        told = read_run(run)
        settings, resume = Settings.from_options(told["settings"]), told["resume"]
        unkept, data, folder = resume["unkept"], str(resume.get("data")), Path(str(resume.get("folder")))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{run} must be the folder of a run that was stopped, but its run.json says nothing of one ({error}). "
            "Type the command of the run again, with the same --out."
        ) from error
    if unkept:
        raise DataError(
            f"{run} cannot go on by itself: {unkept}, which no run keeps. Repeat the command or call that began it, "
            f"with {flag('--out', str(run))}: it goes on then."
        )
    return Order(data, settings, folder, run, told.get("continues"))


def go_on_into(run: Path, out: Path | None, time_limit: float | None) -> Order:
    """The order of a new run that searches on where a finished one ended; its saved work is laid down.

    Args:
        run: The folder of the finished run.
        out: That of the new one.
        time_limit: Seconds that the new run may take.

    Raises:
        UserError: The run is not finished, was not one that searches, or kept nothing; or an option is missing.
    """
    if out is None or time_limit is None:
        raise PlanError(
            "--time-limit and --out must come together: a finished run goes on for that many seconds, into a new "
            "folder. Without both, `netwright resume RUN` goes on with a run that was stopped."
        )
    if not run.is_dir():
        raise DataError(f"{run} must be the folder of a finished run, got no such folder.")
    if not (run / METRICS).exists():
        raise DataError(
            f"{run} must be the folder of a finished run, got one without {METRICS}. If it was stopped, go on with: "
            f"{flag('netwright resume', str(run))}"
        )
    told, where = _told_of(run), f"{run} cannot be gone on from"
    settings = Settings.from_options({**told["settings"], "time_limit": time_limit})
    if settings.distill:
        raise PlanError(
            f"{where}: it has --distill. A new student would learn from a new ensemble and could be worse than the one "
            "there, which a run that goes on must never be. Train anew, with more --time-limit."
        )
    resume = told.get("resume") or {"unkept": "it was made by an older version"}
    if resume["unkept"]:
        raise DataError(f"{where}: {resume['unkept']}, which no run keeps. Train anew, with more --time-limit.")
    if not (run / SEARCH).is_dir():
        raise DataError(
            f"{where}: it has no folder `{SEARCH}`. Runs keep it where they search for better networks (presets "
            "medium and best, for families with something to search, where no network was asked for by its design). "
            "Train anew, with --time-limit."
        )
    first = told.get("continues") or told["settings"]
    names = {"run": str(run), "test_opened": told["test_opened"], "time_limit": first.get("time_limit")}
    order = json.dumps(settings.told(), sort_keys=True)
    new = out.absolute()
    turns = take_search(run, new, {"options": sha256(order.encode("utf-8"))})
    return Order(str(resume["data"]), settings, Path(resume["folder"]), new, names | {"turns": turns})


def _told_of(run: Path) -> dict[str, Any]:
    try:
        return read_run(run)
    except ValueError as error:
        raise DataError(f"{run} must be the folder of a finished run, but its {RUN} is damaged ({error}).") from error
