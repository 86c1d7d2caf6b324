"""`netwright resume`: the order of a run that was stopped, from its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import DataError
from netwright.base.option import flag
from netwright.base.settings import Settings
from netwright.deliver.folder import METRICS, RUN, read_run


@dataclass(frozen=True)
class Order:
    """What was ordered.

    Args:
        data: As the user named it.
        settings: The options.
        folder: Where the command was typed; what it names is found from there.
    """

    data: str
    settings: Settings
    folder: Path

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
    return Order(data, settings, folder)
