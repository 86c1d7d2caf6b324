"""One fit of one competitor on one split: a rival or ours, each in a process of its own.

Every rival has its package's defaults, 2 threads, the CPU and `random_state` = the number of the split. What is not a
default: where classes are predicted, the networks of pytabkit choose their epoch by cross-entropy and RealMLP smooths
no labels (`val_metric_name="cross_entropy", use_ls=False`, as pytabkit advises for log-loss, the error here).

What the rivals read: columns of numbers as numbers; all others, dates too, as categories with gaps as missing. Texts of
which half or more are different (names, tickets) are left out where they do not help: CatBoost, which is made for
them, keeps them unless all are different (log-loss on titanic 5 % lower with them); RealMLP has 9 to 28 % more error on
mpg with them, LightGBM the same. pytabkit refuses gaps in numbers: there, and there only, they become the median of the
train rows; it takes 20 % of the train rows as its own validation rows.

`rivals.py` starts this file in the rivals' environment, once a fit; the last line printed is JSON. By hand:

    python benchmarks/rival_fit.py LightGBM train.csv test.csv medv regression 0
    python benchmarks/rival_fit.py versions
"""

from __future__ import annotations

import importlib
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

from tables import BenchTable

THREADS = 2
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
}
_PYTABKIT = {"RealMLP-TD": "RealMLP_TD", "RealMLP-TD-S": "RealMLP_TD_S", "TabM": "TabM_D"}
#: What pytabkit imports while it fits, imported before: imports are not counted.
_LATE = ("pytabkit.models.alg_interfaces.tabm_interface", "torch.profiler", "narwhals.stable")
#: scikit-learn's trees take at most 255 categories: the most frequent are kept, the others are missing.
_MOST_CATEGORIES = 250
_SMALLEST_PROBABILITY = 1e-15
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


def estimator(rival: str, regression: bool, seed: int, categories: list[str]) -> Any:
    """The rival, not fitted, its modules imported."""
    kind = "Regressor" if regression else "Classifier"
    if rival in _PYTABKIT:
        import torch

        torch.set_num_threads(THREADS)
        for name in _LATE:
            importlib.import_module(name)
        options: dict[str, Any] = {} if regression else {"val_metric_name": "cross_entropy"}
        if not regression and rival.startswith("RealMLP"):
            options["use_ls"] = False
        family = getattr(importlib.import_module("pytabkit"), f"{_PYTABKIT[rival]}_{kind}")
        return family(device="cpu", n_threads=THREADS, random_state=seed, **options)
    if rival == "CatBoost":
        family = getattr(importlib.import_module("catboost"), f"CatBoost{kind}")
        quiet = {"verbose": False, "allow_writing_files": False}
        return family(thread_count=THREADS, random_seed=seed, cat_features=categories, **quiet)
    if rival == "LightGBM":
        family = getattr(importlib.import_module("lightgbm"), f"LGBM{kind}")
        return family(n_jobs=THREADS, random_state=seed, verbose=-1)
    ensemble = importlib.import_module("sklearn.ensemble")
    return getattr(ensemble, f"HistGradientBoosting{kind}")(random_state=seed)


def inputs(rival: str, rows: Any, judged: Any) -> tuple[Any, Any, list[str], str]:
    """Train and test columns as this rival takes them, the names of the categories, and notes on what was done.

    Columns get short names, since LightGBM refuses some.
    """
    import pandas as pd

    numbers = [n for n in rows if pd.api.types.is_numeric_dtype(rows[n]) and not pd.api.types.is_bool_dtype(rows[n])]
    most = {name: rows[name].count() if rival == "CatBoost" else len(rows) / 2 for name in rows}
    texts = [name for name in rows if name not in numbers and rows[name].nunique() < most[name]]
    left_out = [name for name in rows if name not in (*numbers, *texts)]
    notes = [f"without {', '.join(left_out)}"] if left_out else []
    columns: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    medians = 0
    for index, name in enumerate((*numbers, *texts)):
        if name in numbers:
            pair = [pd.to_numeric(frame[name], errors="coerce").astype(float) for frame in (rows, judged)]
            if rival in _PYTABKIT and any(part.isna().any() for part in pair):
                median = pair[0].median()
                pair = [part.fillna(0.0 if pd.isna(median) else median) for part in pair]
                medians += 1
        else:
            pair = [frame[name].astype(object).map(str, na_action="ignore") for frame in (rows, judged)]
            if rival == "CatBoost":
                pair = [part.fillna("missing").astype(object) for part in pair]
            else:
                kept = _MOST_CATEGORIES if rival == "HistGB" else None
                kind = pd.CategoricalDtype(sorted(pair[0].value_counts().index[:kept]))
                pair = [part.where(part.isin(kind.categories)).astype(kind) for part in pair]
        for frame, part in zip(columns, pair, strict=True):
            frame[f"c{index}"] = part
    notes += [f"median for gaps in {medians} of {len(numbers)} columns of numbers"] if medians else []
    train, test = (pd.DataFrame(frame) for frame in columns)
    return train, test, [f"c{index + len(numbers)}" for index in range(len(texts))], "; ".join(notes)


def class_errors(classes: list[str], probabilities: Any, truth: Any) -> dict[str, float]:
    """Log-loss, and 1 - AUC of two classes or the error rate of more; a class that was never seen has no chance."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    place = {label: index for index, label in enumerate(classes)}
    own = np.array([place.get(label, -1) for label in truth])
    chance = np.where(own >= 0, probabilities[np.arange(len(own)), np.maximum(own, 0)], 0.0)
    errors = {"log_loss": float(-np.log(np.clip(chance, _SMALLEST_PROBABILITY, 1.0)).mean())}
    if len(classes) == 2:
        return errors | {"one_minus_auc": float(1 - roc_auc_score(own == 1, probabilities[:, 1]))}
    return errors | {"error_rate": float(np.mean(probabilities.argmax(axis=1) != own))}


def fit(rival: str, train: Path, test: Path, target: str, regression: bool, seed: int) -> dict[str, Any]:
    """Errors on the test rows, seconds to fit (imports and reading not counted) and notes."""
    import numpy as np
    import pandas as pd

    rows, judged = (pd.read_csv(path, na_values="?", encoding="utf-8") for path in (train, test))
    y, truth = (frame.pop(target).to_numpy(dtype=float if regression else str).copy() for frame in (rows, judged))
    x, x_test, categories, notes = inputs(rival, rows, judged[rows.columns])
    classes = [] if regression else sorted(set(y.tolist()))
    if not regression:
        y = np.array([classes.index(label) for label in y])
    model = estimator(rival, regression, seed, categories)
    start = time.perf_counter()
    model.fit(x, y)
    seconds = time.perf_counter() - start
    if regression:
        errors = {"rmse": float(np.sqrt(np.mean((np.ravel(model.predict(x_test)) - truth) ** 2)))}
    else:
        errors = class_errors(classes, np.asarray(model.predict_proba(x_test), dtype=float), truth)
    return {"errors": errors, "fit_seconds": seconds, "notes": notes}


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

    @property
    def key(self) -> tuple[Any, ...]:
        """What the same fit has in common."""
        return self.who, self.version, self.table, self.split, self.recipe

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
    start = time.perf_counter()
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
    return fit


def fit_rival(fit: Fit, table: BenchTable, train: Path, test: Path, python: str) -> Fit:
    """A rival in its own environment."""
    task = "regression" if table.regression else "classes"
    command = [python, str(_SELF), fit.who, str(train), str(test), table.target, task, str(fit.split)]
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
    """Errors on the test rows and seconds to fit."""
    metrics = json.loads(path.read_text(encoding="utf-8"))
    test, seconds = metrics["test"], metrics["seconds"]
    if metrics["task"] == "regression":
        errors = {"rmse": test["rmse"]}
    elif metrics["task"] == "binary":
        errors = {"log_loss": test["log_loss"], "one_minus_auc": 1 - test["roc_auc"]}
    else:
        errors = {"log_loss": test["log_loss"], "error_rate": 1 - test["accuracy"]}
    return {"errors": errors, "fit_seconds": seconds["prepare"] + seconds["train"]}


def main() -> None:
    """Print the versions or the figures of one fit, as the last line."""
    os.environ["OMP_NUM_THREADS"], os.environ["OMP_WAIT_POLICY"] = str(THREADS), "passive"
    if sys.argv[1:] == ["versions"]:
        print(json.dumps(versions()))
        return
    rival, train, test, target, task, seed = sys.argv[1:]
    warnings.simplefilter("ignore")
    print(json.dumps(fit(rival, Path(train), Path(test), target, task == "regression", int(seed))))


if __name__ == "__main__":
    main()
