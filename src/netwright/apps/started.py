"""`--start-from RUN`: the encoder of a finished run, read once, before anything else of the new run."""

from __future__ import annotations

from pathlib import Path

from netwright.base.errors import DataError
from netwright.base.named import Named
from netwright.base.settings import Settings
from netwright.deliver.bundle import load_bundle
from netwright.deliver.plain_files import json_file
from netwright.training.start import Start

_FACTS = "run.json"


def with_start(settings: Settings) -> Settings:
    """The settings with the encoder behind the name of its run; others stay as they are.

    Args:
        settings: The user's options.

    Raises:
        DataError: There is no such run, it is damaged, or it is not one of an autoencoder.
    """
    if settings.start_from is None or isinstance(settings.start_from, Named):
        return settings
    run = Path(settings.start_from)
    try:
        model = load_bundle(run)
    except DataError as error:
        raise DataError(f"--start-from must be the folder of a finished run of unlabelled rows. {error}") from error
    try:
        facts = json_file(run, _FACTS) or {}
        fingerprint = facts.get("data", {}).get("fingerprint", "")
    except (DataError, AttributeError):  # what is not known is told so
        fingerprint = ""
    start = Start.of(model, fingerprint if isinstance(fingerprint, str) else "")
    return settings.with_(start_from=Named(settings.start_from, start))
