"""The gallery: learning curves that ail, what the doctor says, and the curves after the cure."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import torch

from making.runs import diagnosed, trained
from netwright import prepare
from netwright.base.errors import UserError

_COMMON = "--preset course --dropout 0 --no-repair"
_DIABETES = "netwright train sample:diabetes --target target"
_DIGITS = "netwright train sample:digits --target target"
_DEEP = "--hidden 32,32,32,32,32,32 --epochs 25"

#: By name the data, the flags that ail (none: healthy), those that cure, and the finding that is shown.
CASES: dict[str, tuple[str, str, str, str]] = {
    "healthy": (_DIABETES, "--hidden 32 --epochs 60", "", ""),
    "still_falling": (_DIABETES, "--hidden 32 --epochs 8", "--hidden 32 --epochs 80", "underfit-still-falling"),
    "too_slow": (
        _DIABETES, "--hidden 32 --epochs 60 --learning-rate 0.000001", "--hidden 32 --epochs 60 --learning-rate 0.001",
        "slow-convergence",
    ),
    "jagged": (
        _DIABETES, "--hidden 32 --epochs 60 --batch-size 8 --learning-rate 0.1",
        "--hidden 32 --epochs 60 --batch-size 32 --learning-rate 0.001", "oscillating",
    ),
    "overfit": (
        _DIABETES, "--hidden 256,256 --epochs 100", "--hidden 16 --epochs 100 --dropout 0.3 --weight-decay 0.01", "overfit",
    ),
    "dead": (
        _DIABETES, "--hidden 32,32 --epochs 40 --learning-rate 0.3", "--hidden 32,32 --epochs 40 --learning-rate 0.001",
        "dead-units",
    ),
    "vanishing": (_DIGITS, f"{_DEEP} --activation sigmoid", f"{_DEEP} --activation relu", "vanishing-gradient"),
    "saturated": (
        _DIABETES, "--hidden 32 --epochs 60 --activation sigmoid --learning-rate 1",
        "--hidden 32 --epochs 60 --activation relu --learning-rate 0.001", "saturated-units",
    ),
}  # fmt: skip
#: The learning rates of a loop of one's own: one that diverges, one that learns.
TOO_HIGH, FINE = 0.6, 0.05


def command(data: str, flags: str) -> str:
    """The whole command of a case; a flag of the case wins over the common one."""
    common = _COMMON.replace("--dropout 0 ", "") if "--dropout" in flags else _COMMON
    return f"{data} {common} {flags}"


def gallery(folder: Path) -> dict[str, Any]:
    """Curves, findings and errors of every case.

    Args:
        folder: Where runs are put.
    """
    found: dict[str, Any] = {}
    for name, (data, ails, cures, code) in CASES.items():
        found[name] = {"before": _run(command(data, ails), folder / name)}
        if cures:
            found[name]["after"] = _run(command(data, cures), folder / f"{name}-cured")
        seen = [own["code"] for own in found[name]["before"]["findings"]]
        if code and code not in seen or not code and seen:
            raise RuntimeError(f"the doctor must see {code or 'nothing'} in {name}, but saw {seen}")
        found[name]["code"] = code
    return found | {"diverging": _diverging(folder)}


def _run(line: str, out: Path) -> dict[str, Any]:
    run = trained(line, out)
    metric = run.metrics["metric"]
    return diagnosed(out) | {
        "command": line,
        "metric": metric,
        "validation": float(run.metrics["validation"][metric]),
        "best": int(run.curves.best_epoch[0]),
    }


def _diverging(folder: Path) -> dict[str, Any]:
    """Gradient descent in a loop of one's own, at two rates; and what netwright says when it is asked for the same."""
    found: dict[str, Any] = {"code": "not-finite"}
    for part, rate in (("before", TOO_HIGH), ("after", FINE)):
        log = folder / f"history-{part}.csv"
        descend(rate, log)
        found[part] = diagnosed(None, log) | {"rate": rate}
    line = f"{_DIABETES} --hidden none --optimizer sgd --batch-size full --learning-rate {TOO_HIGH} --epochs 40 --preset course --no-repair"
    try:
        trained(line, folder / "diverging")
    except UserError as error:
        return found | {"command": line, "refused": str(error)}
    raise RuntimeError("netwright must refuse a network that diverged before it learned anything")


def descend(rate: float, log: Path, epochs: int = 20) -> None:
    """Linear regression by gradient descent on all rows at once; writes losses as Keras' CSVLogger does."""
    torch.manual_seed(0)
    fold = prepare("sample:diabetes", target="target")[0]
    (x, y), (x_valid, y_valid) = fold.train.tensors, fold.valid.tensors
    mean, spread = y.mean(), y.std()
    y, y_valid = (y - mean) / spread, (y_valid - mean) / spread
    line = torch.nn.Linear(x.shape[1], 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=rate)
    rows = []
    for epoch in range(epochs):
        loss = torch.nn.functional.mse_loss(line(x), y)
        with torch.no_grad():
            rows.append([epoch, loss.item(), torch.nn.functional.mse_loss(line(x_valid), y_valid).item()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with log.open("w", newline="") as file:
        csv.writer(file).writerows([["epoch", "loss", "val_loss"], *rows])
