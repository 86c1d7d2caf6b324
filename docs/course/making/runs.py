"""Runs of netwright as a student would type them, and what is kept of them."""

from __future__ import annotations

import math
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from netwright import train
from netwright.apps.diagnosing import Diagnosis, diagnose_what
from netwright.sources.contract import ReadOptions

#: What differs between two runs of the same command: seconds, and what the machine is.
_SECONDS = re.compile(r"(, | {2,}|, for )\d[\d,.]* (s|min|h)( more training)?(?=[,.\s]|$)")
_MACHINE = re.compile(r"^device .*\n", flags=re.M)


def typed(command: str, folder: Path) -> str:
    """What a command prints, results under progress, without seconds and without the line about the machine.

    Args:
        command: `netwright train ...`.
        folder: Where it is typed.
    """
    words = [sys.executable, "-m", *shlex.split(command)]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr}")
    text = _MACHINE.sub("", f"{done.stderr}\n{done.stdout}")
    return re.sub(r"\n{2,}", "\n\n", _SECONDS.sub("", text)).strip()


def options_of(command: str) -> tuple[str, dict[str, Any]]:
    """Data and options of a `netwright train` command.

    Example:
        >>> options_of("netwright train a.csv --target y --hidden 8,8 --no-repair")
        ('a.csv', {'target': 'y', 'hidden': '8,8', 'no_repair': True})
    """
    _, verb, data, *words = shlex.split(command)
    if verb != "train":
        raise ValueError(f"a command of the course must be netwright train, got {verb}")
    options: dict[str, Any] = {}
    for number, word in enumerate(words):
        if not word.startswith("--"):
            continue
        follows = words[number + 1] if number + 1 < len(words) else "--"
        name = word[2:].replace("-", "_")
        value = True if follows.startswith("--") else follows
        options[name] = (value,) if name in ("use", "drop", "model") else value
    return data, options


def trained(command: str, out: Path, folder: Path | None = None) -> Any:
    """A run of a command, in this process; its folder is `out`.

    Args:
        command: `netwright train ...`.
        out: The run's folder.
        folder: Where files of the command lie.
    """
    data, options = options_of(command)
    if folder is not None and not data.startswith("sample:"):
        data = str(folder / data)
    return train(data, out=out, **options)


def curves_of(diagnosis: Diagnosis) -> dict[str, Any]:
    """Mean losses by epoch, with four digits."""
    train_loss, valid_loss = diagnosis.means
    return {"train": rounded(train_loss), "valid": rounded(valid_loss)}


def diagnosed(run: Path | None, curves: Path | None = None) -> dict[str, Any]:
    """Curves of a run, or of another tool, and what the doctor says of them in both languages."""
    found = {lang: diagnose_what(run, curves, lang, ReadOptions())[0][0] for lang in ("en", "ko")}
    told = [
        {
            "code": own.finding.code,
            "severity": own.finding.severity,
            **{lang: vars(found[lang].told[number].words) for lang in found},
        }
        for number, own in enumerate(found["en"].told)
    ]
    return curves_of(found["en"]) | {"findings": told}


def rounded(values: np.ndarray) -> list[float | None]:
    """Numbers with four digits; None where there is none."""
    return [float(f"{value:.4g}") if math.isfinite(value) else None for value in map(float, values)]
