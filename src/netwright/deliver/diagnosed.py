"""What the doctor said of a finished run, from its folder."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.curves import Curves
from netwright.base.durable import sha256
from netwright.base.errors import DataError
from netwright.base.finding import SEVERITIES, Finding
from netwright.base.plan import Plan
from netwright.base.sealed import JsonLimits, open_sealed, parse_json
from netwright.base.settings import LANGUAGES
from netwright.base.signals import LAYER_SIGNALS
from netwright.deliver.plain_files import PlainFolder, is_unfinished, unfinished
from netwright.doctor.case import Case, Facts
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.elsewhere import Elsewhere, curves_in
from netwright.doctor.symptom import symptoms
from netwright.evaluate.metrics import METRICS, Metric, chooses_epochs

_RUN, _FINDINGS, _CURVES, _METRICS = "run.json", "findings.json", "curves.csv", "metrics.json"
#: The largest files that are read.
_MOST = JsonLimits().n_bytes


@dataclass(frozen=True)
class Diagnosed:
    """A run with what the doctor found.

    Args:
        plan: Name of the chosen plan.
        curves: Of its networks.
        findings: Of training, the doctor's and others.
        lang: The language that the run was made in.
        anew: Whether the curves were read just now, since the run is older than the doctor.
    """

    plan: str
    curves: Curves
    findings: tuple[Finding, ...]
    lang: str
    anew: bool


def read_diagnosis(run: Path) -> Diagnosed:
    """What a run's folder says of its training.

    Args:
        run: The folder of a finished run.

    Raises:
        DataError: It is none, the run is not finished, or a file of it was changed.
    """
    if is_unfinished(run):
        raise unfinished(run)
    try:
        folder = PlainFolder(run)
    except (OSError, ValueError) as error:
        raise _no_run(run, "no folder that could be read") from error
    with folder:
        for name in (_RUN, _METRICS, _FINDINGS, _CURVES):
            if not folder.has(name):
                raise _no_run(run, f"one without {name}")
        return _read(folder, run)


def _read(folder: PlainFolder, run: Path) -> Diagnosed:
    told = _understood(run, _RUN, lambda: open_sealed(folder.read(_RUN, _MOST)))
    metrics = _understood(run, _METRICS, lambda: parse_json(folder.read(_METRICS, _MOST)))
    raw = {name: folder.read(name, _MOST) for name in (_FINDINGS, _CURVES)}
    for name, data in raw.items():
        kept = told.get("files", {}).get(name)
        if isinstance(kept, dict) and kept.get("sha256") != sha256(data):
            raise _damaged(run, name, "was changed or cut off")
    # the parser takes objects only
    wrapped = b'{"all":' + raw[_FINDINGS] + b"}"
    findings = _understood(run, _FINDINGS, lambda: tuple(map(_finding, parse_json(wrapped)["all"])))
    training = tuple(finding for finding in findings if finding.where == "training")
    plan = _understood(run, _RUN, lambda: Plan.from_json({k: v for k, v in told["plan"].items() if k != "key"}))
    metric = _understood(run, _METRICS, lambda: METRICS[metrics["metric"]])
    runs = _understood(run, _CURVES, lambda: _runs(raw[_CURVES], metric))
    chosen = runs.get(plan.name) or next(iter(runs.values()))
    lang = told.get("settings", {}).get("lang")
    seen_before = any(finding.code in symptoms.names() for finding in training) or _has_signals(raw[_CURVES])
    if not seen_before:
        siblings = tuple(other.case.curves for name, other in runs.items() if other is not chosen)
        case = Case(chosen.case.curves, plan, siblings, Facts(task=metrics.get("task")))
        training = (*training, *diagnose(case))
    curves = chosen.case.curves
    return Diagnosed(plan.name, curves, training, lang if lang in LANGUAGES else "en", not seen_before)


def _runs(raw: bytes, metric: Metric) -> dict[str, Elsewhere]:
    """The curves of each plan, the best epoch by what chose it."""
    import polars as pl

    frame = pl.read_csv(io.BytesIO(raw), infer_schema=False)
    log = curves_in(frame, _CURVES, least=1)  # what was found is told however short the run was
    names = list(dict.fromkeys(frame["plan"].to_list()))
    return {name: replace(own, case=_judged(own.case, metric)) for name, own in zip(names, log.runs, strict=True)}


def _judged(case: Case, metric: Metric) -> Case:
    if chooses_epochs(metric) is not metric:  # that of the lowest loss already
        return case
    score = case.curves.valid_score * (1 if metric.greater_is_better else -1)
    known = np.isfinite(score).any(axis=1)
    best = np.where(known, np.nan_to_num(score, nan=-np.inf).argmax(axis=1), case.curves.best_epoch)
    return replace(case, curves=replace(case.curves, best_epoch=best))


def _has_signals(raw: bytes) -> bool:
    """Whether curves were written by a version that looks inside networks, and so has a doctor."""
    header = raw.split(b"\n", 1)[0].decode("utf-8", "replace")
    return any(name in header for name in LAYER_SIGNALS)


def _finding(entry: Mapping[str, Any]) -> Finding:
    if entry["severity"] not in SEVERITIES or not isinstance(entry["evidence"], dict):
        raise ValueError("holds a finding of another form")
    code, where, message = str(entry["code"]), str(entry["where"]), str(entry["message"])
    columns = tuple(map(str, entry["columns"]))
    return Finding(code, where, entry["severity"], message, str(entry["advice"]), columns, entry["evidence"])


def _understood(run: Path, name: str, read: Any) -> Any:
    """What a file says, or one message about it."""
    import polars as pl

    try:
        return read()
    except DataError as error:
        if error.args and str(error).startswith(f"{name} of"):
            raise
        raise _damaged(run, name, str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, pl.exceptions.PolarsError) as error:
        raise _damaged(run, name, str(error)) from error


def _no_run(run: Path, got: str) -> DataError:
    return DataError(
        f"{run} must be the folder of a finished run, got {got}. To read curves of another tool, pass --curves FILE."
    )


def _damaged(run: Path, name: str, why: str) -> DataError:
    return DataError(
        f"{name} of {run} must be the file that the run wrote, got a damaged one: {why[:200]}. "
        "Copy it again, from where it is complete."
    )
