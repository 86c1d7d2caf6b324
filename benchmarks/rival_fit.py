"""One fit of one competitor on one split: a rival or ours, each in a process of its own.

Every rival has its package's defaults, 2 threads, the CPU and `random_state` = the number of the split. What is not a
default: where classes are predicted, the networks of pytabkit choose their epoch by cross-entropy and RealMLP smooths
no labels (`val_metric_name="cross_entropy", use_ls=False`, as pytabkit advises for log-loss, the error here).

What the rivals read: columns of numbers as numbers; all others, dates too, as categories with gaps as missing. Texts of
which half or more are different (names, tickets) are left out where they do not help: CatBoost, which is made for
them, keeps them unless all are different (log-loss on titanic 5 % lower with them); RealMLP has 9 to 28 % more error on
mpg with them, LightGBM the same. pytabkit refuses gaps in numbers: there, and there only, they become the median of the
train rows; it takes 20 % of the train rows as its own validation rows. AutoGluon reads the files' columns as they are.

Three use a budget of seconds, which counts from the start of the process: LightGBM and CatBoost tuned
(`rival_search.py`), and AutoGluon (medium_quality), which lives in an environment of its own.

`rivals.py` and `accuracy.py` start this file in the rivals' environment, once a fit; the last line is JSON. By hand:

    python benchmarks/rival_fit.py LightGBM train.csv test.csv medv regression 0
    python benchmarks/rival_fit.py "CatBoost tuned" train.csv test.csv medv regression 0 60
    python benchmarks/rival_fit.py versions
"""

from __future__ import annotations

import json
import math
import os
import shlex
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from cores import OthersBusy
from rival_models import THREADS, fit
from tables import BenchTable

#: Raised when the same package would be fitted in another way: figures that `rivals.py` has kept are then not used.
RECIPE = 1
#: Every rival and the packages it needs, the one that it is called after first.
RIVALS: dict[str, tuple[str, ...]] = {
    "RealMLP-TD": ("pytabkit", "torch"),
    "RealMLP-TD-S": ("pytabkit", "torch"),
    "TabM": ("pytabkit", "torch"),
    "CatBoost": ("catboost",),
    "LightGBM": ("lightgbm",),
    "HistGB": ("scikit-learn",),
    "sklearn MLP": ("scikit-learn",),
    "LightGBM tuned": ("lightgbm",),
    "CatBoost tuned": ("catboost",),
    "AutoGluon": ("autogluon.tabular",),
}
#: Those that end when a budget of seconds is used: they need one.
BUDGETED = ("LightGBM tuned", "CatBoost tuned", "AutoGluon")
METRICS = {"rmse": "RMSE", "log_loss": "log-loss", "one_minus_auc": "1 - AUC", "error_rate": "error rate"}
_ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": str(THREADS), "OMP_WAIT_POLICY": "passive"}
_SELF = Path(__file__).resolve()


def versions() -> dict[str, dict[str, str | None]]:
    """Of the packages of each rival here, None where one is missing."""

    def of(package: str) -> str | None:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            return None

    return {rival: {name: of(name) for name in (*needed, "pandas", "scikit-learn")} for rival, needed in RIVALS.items()}


@dataclass
class Fit:
    """One fit of one competitor on one split: a line of the cache file."""

    who: str
    version: str
    table: str
    split: int
    status: str = "done"
    errors: dict[str, float] = field(default_factory=dict)
    fit_seconds: float = 0.0
    process_seconds: float = 0.0
    timeout: float = 0.0
    notes: str = ""
    recipe: int = RECIPE
    cached: bool = False
    #: Seconds that it may use; 0 for those that do not ask.
    budget: float = 0.0
    #: Errors of our networks alone, where what ships is more than they.
    alone: dict[str, float] = field(default_factory=dict)
    #: The machine's load of the last minute, at the end.
    load: float = 0.0
    #: Of all threads: far fewer than twice `process_seconds` where others had the cores.
    cpu_seconds: float = 0.0
    #: Of `process_seconds` what it waited for cores that others had, at most (`cores.py`).
    waited: float = 0.0

    @property
    def key(self) -> tuple[Any, ...]:
        """What the same fit has in common."""
        return self.who, self.version, self.table, self.split, self.recipe, self.budget

    def line(self) -> str:
        """For the screen."""
        start, star = f"{self.table:<11} split {self.split}  {self.who:<30}", " *" if self.cached else ""
        if self.status != "done":
            return f"{start} not done: {self.notes}{star}"
        errors = "  ".join(f"{METRICS[name]} {value:.5g}" for name, value in self.errors.items())
        seconds = f"fit {self.fit_seconds:.1f} s  process {self.process_seconds:.1f} s"
        return f"{start} {errors}  {seconds}{star}{f'  ({self.notes})' if self.notes else ''}"


def run(fit: Fit, command: Sequence[str], folder: Path, figures: Callable[[str], dict[str, Any]]) -> Fit:
    """Run a process and fill in its figures.

    Args:
        fit: Whose and where; its timeout is the limit.
        command: What to run.
        folder: Where.
        figures: `errors`, `fit_seconds` and `notes` from the standard output.
    """
    start, cpu, others = time.perf_counter(), cpu_of_children(), OthersBusy()
    options: dict[str, Any] = {"capture_output": True, "encoding": "utf-8", "errors": "replace"}
    try:
        done = subprocess.run(command, cwd=folder, env=_ENVIRONMENT, timeout=fit.timeout, **options)
        fit.process_seconds = time.perf_counter() - start
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise RuntimeError(said[-1] if said else f"exit code {done.returncode}")
        for name, value in figures(done.stdout).items():
            setattr(fit, name, value)
        if not all(math.isfinite(value) for value in fit.errors.values()):
            raise RuntimeError(f"errors must be finite, got {fit.errors}")
    except subprocess.TimeoutExpired:
        fit.status, fit.notes = "timeout", f"stopped after {fit.timeout:g} s"
    except (RuntimeError, OSError, LookupError, ValueError) as error:
        fit.status, fit.notes = "failed", str(error)
    fit.load, fit.cpu_seconds = round(os.getloadavg()[0], 2), round(cpu_of_children() - cpu, 2)
    fit.waited = round(others.seconds(), 2)
    return fit


def cpu_of_children() -> float:
    """Seconds that processes started here and ended have used."""
    times = os.times()
    return times.children_user + times.children_system


def fit_rival(fit: Fit, table: BenchTable, train: Path, test: Path, python: str) -> Fit:
    """A rival in its own environment."""
    task = "regression" if table.regression else "classes"
    command = [python, str(_SELF), fit.who, str(train), str(test), table.target, task, str(fit.split)]
    command += [str(fit.budget), str(time.time())] if fit.budget else []
    return run(fit, command, train.parent, lambda output: json.loads(output.strip().splitlines()[-1]))


def flags(spec: str) -> list[str]:
    """The flags of `--ours`: `default`, a family of networks, or flags; a name may have flags behind it."""
    words = shlex.split(spec)
    if words[:1] == ["default"]:
        return words[1:]
    return words if not words or words[0].startswith("-") else ["--model", *words]


def fit_ours(fit: Fit, table: BenchTable, train: Path, test: Path, spec: str) -> Fit:
    """`netwright train` as a whole process, with the figures of its metrics.json."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        task = ["--task", "regression"] if table.regression else []
        options = ["--target", table.target, "--test-data", str(test), "--seed", str(fit.split), "--out", str(out)]
        options += ["--device", "cpu", "--quiet"]
        command = [sys.executable, "-m", "netwright", "train", str(train), *options, *task, *flags(spec)]
        return run(fit, command, train.parent, lambda _: our_figures(out / "metrics.json"))


def our_figures(path: Path) -> dict[str, Any]:
    """Errors on the test rows, those of the networks alone, and seconds to fit."""
    metrics = json.loads(path.read_text(encoding="utf-8"))
    seconds = metrics["seconds"]
    errors = our_errors(metrics["task"], metrics["test"])
    alone = metrics.get("networks", {}).get("test")
    figures = {"errors": errors, "alone": our_errors(metrics["task"], alone) if alone else errors}
    return figures | {"fit_seconds": seconds["prepare"] + seconds["train"]}


def our_errors(task: str, scores: dict[str, float]) -> dict[str, float]:
    """The errors that rivals have too.

    Example:
        >>> our_errors("multiclass", {"log_loss": 0.5, "accuracy": 0.75})
        {'log_loss': 0.5, 'error_rate': 0.25}
    """
    if task == "regression":
        return {"rmse": scores["rmse"]}
    if task == "binary":
        return {"log_loss": scores["log_loss"], "one_minus_auc": 1 - scores["roc_auc"]}
    return {"log_loss": scores["log_loss"], "error_rate": 1 - scores["accuracy"]}


def main() -> None:
    """Print the versions or the figures of one fit, as the last line."""
    os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"] = str(THREADS), "passive"
    if sys.argv[1:] == ["versions"]:
        print(json.dumps(versions()))
        return
    rival, train, test, target, task, seed, *rest = sys.argv[1:]
    budget, started = float(rest[0]) if rest else 0.0, float(rest[1]) if rest[1:] else time.time()
    if rival in BUDGETED and not budget:
        raise SystemExit(f"{rival} needs a budget of seconds behind the seed")
    warnings.simplefilter("ignore")
    regression = task == "regression"
    print(json.dumps(fit(rival, Path(train), Path(test), target, regression, int(seed), started + budget)))


if __name__ == "__main__":
    main()
