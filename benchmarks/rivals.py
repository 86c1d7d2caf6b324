"""netwright beside its rivals: the same splits, 2 threads each, every fit a process of its own, one after the other.

Errors are RMSE, or log-loss and besides it 1 - AUC (two classes) or the error rate (more). Seconds to fit leave imports
and reading out; a rival prepares its columns within them, so ours are those of `prepare` and `train` in metrics.json.
Seconds of the process are all that a person waits for; ours also trains baselines and writes a report in that time.
What the rivals read, and what is not their default, stands in `rival_fit.py`.

Every fit is kept as a line of the cache file. A rival's is used again while its packages are the same, ours only where
a `--label` names the version. Figures with * are from there, measured at another time: not side by side.

    python benchmarks/rivals.py --rivals-python .venv-bench/bin/python --tables boston,mpg --splits 2
    python benchmarks/rivals.py --ours realmlp --ours "default --preset quick" --rivals TabM,CatBoost --fresh
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rival_fit import BUDGETED, METRICS, RIVALS, Fit, fit_ours, fit_rival
from tables import TABLES, BenchTable, chosen, split_files

#: Errors under it count as it.
FLOOR = 0.001
#: Rivals without a budget of seconds; accuracy.py has the others.
_OPEN = [name for name in RIVALS if name not in BUDGETED]
_RIVAL_FIT = Path(__file__).with_name("rival_fit.py")
_SECONDS = ("fit_seconds", "process_seconds")

#: Fits of every competitor of a table, one a split.
Fits = dict[str, list[Fit]]
Results = dict[str, Fits]
Pairs = list[tuple[Fit, Fit]]


@dataclass(frozen=True)
class Target:
    """What was promised against one rival on one table: ratios of ours to theirs, and seconds, with their limits."""

    text: str
    table: str
    rival: str
    limits: dict[str, float]
    splits: int = 1
    family: str = ""


_FOLDS = "Boston: five folds of realmlp no slower than one fit of RealMLP-TD"
_EIGHTH = "Boston: TabM's error within 2 %, in at most 1/8 of its seconds to fit, 5 splits"
_THIRD = "California: RealMLP-TD's error in at most 1/3 of its seconds to fit"
_CLOCK = "California: CatBoost's error within 120 s of the whole process, on every split"
TARGETS = (
    Target(_EIGHTH, "boston", "TabM", {"error": 1.02, "fit": 1 / 8}, splits=5),
    Target(_FOLDS, "boston", "RealMLP-TD", {"fit": 1.0}, family="realmlp"),
    Target(_THIRD, "california", "RealMLP-TD", {"error": 1, "fit": 1 / 3}),
    Target(_CLOCK, "california", "CatBoost", {"error": 1, "slowest process": 120}),
)


class Cache:
    """The JSON lines of earlier fits; a later line of the same fit replaces an earlier one."""

    def __init__(self, path: Path, fresh: bool):
        self.path = path
        self.fits: dict[tuple[Any, ...], Fit] = {}
        if path.exists() and not fresh:
            for line in path.read_text(encoding="utf-8").splitlines():
                with contextlib.suppress(ValueError, TypeError):  # a line cut off, or of another version of this file
                    kept = Fit(**json.loads(line) | {"cached": True})
                    self.fits[kept.key] = kept

    def find(self, wanted: Fit) -> Fit | None:
        """The same fit, unless it ended at a shorter limit of time."""
        kept = self.fits.get(wanted.key)
        return None if kept is None or (kept.status == "timeout" and kept.timeout < wanted.timeout) else kept

    def add(self, fit: Fit) -> Fit:
        """Keep it, unless it failed; returns it."""
        if fit.status != "failed":
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(fit)) + "\n")
        return fit


def measure(table: BenchTable, options: argparse.Namespace, versions: dict[str, str], cache: Cache) -> Fits:
    """Every competitor on every split of a table, in turns, a printed line each."""
    fits: Fits = {}
    ours = {f"ours: {spec}": spec for spec in options.ours}
    for split in range(options.splits):
        with tempfile.TemporaryDirectory() as folder:
            train, test = split_files(table, split, Path(folder))
            for who in (*options.rivals, *ours):
                version = versions.get(who, options.label)
                fit = Fit(who, version, table.name, split, timeout=options.timeout)
                kept = cache.find(fit) if version else None
                if kept is None and who in ours:
                    kept = cache.add(fit_ours(fit, table, train, test, ours[who]))
                elif kept is None:
                    kept = cache.add(fit_rival(fit, table, train, test, options.rivals_python))
                print(kept.line(), flush=True)
                fits.setdefault(who, []).append(kept)
    return fits


def rival_versions(python: str, rivals: Sequence[str]) -> dict[str, str]:
    """The packages of each rival in its environment; ends the program where one is missing."""
    where = "Name another Python with --rivals-python, or --autogluon-python for AutoGluon"
    try:
        told = subprocess.run([python, str(_RIVAL_FIT), "versions"], capture_output=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"The rivals need a Python that starts, got {python}: {error}. {where}.") from None
    known = {rival: packages for rival, packages in json.loads(told.stdout).items() if rival in rivals}
    missing = {name for packages in known.values() for name, version in packages.items() if version is None}
    if missing:
        advice = f'Install the rivals there, pip install -e ".[bench]" (AutoGluon apart from them). {where}.'
        raise SystemExit(f"{python} lacks {', '.join(sorted(missing))}. {advice}")
    return {rival: ", ".join(f"{name} {known[rival][name]}" for name in RIVALS[rival]) for rival in known}


def parse() -> argparse.Namespace:
    """The command line, names checked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default="boston,california", help="names with commas, or all")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--rivals", default="RealMLP-TD,TabM,CatBoost,LightGBM", help=f"of {', '.join(_OPEN)}")
    parser.add_argument("--ours", action="append", metavar="SPEC", help="default, a family, or flags in quotes; repeat")
    parser.add_argument("--rivals-python", default=os.environ.get("NETWRIGHT_RIVALS_PYTHON", sys.executable))
    parser.add_argument("--label", default="", help="names this version of ours, so that its fits are used again")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "netwright-rivals.jsonl")
    parser.add_argument("--fresh", action="store_true", help="fit everything again")
    parser.add_argument("--timeout", type=float, default=1200.0, help="seconds a fit, its whole process; 1200")
    options = parser.parse_args()
    tables = [table.name for table in TABLES]
    options.tables = ",".join(tables) if options.tables == "all" else options.tables
    options.rivals = [name for name in options.rivals.split(",") if name]
    options.ours = list(dict.fromkeys(options.ours or ["default", "realmlp"]))
    for wanted, allowed in ((options.rivals, _OPEN), (options.tables.split(","), tables)):
        if unknown := [name for name in wanted if name not in allowed]:
            parser.error(f"{', '.join(unknown)} is not known; known are {', '.join(allowed)}")
    return options


def pairs_of(ours: Sequence[Fit], theirs: Sequence[Fit]) -> Pairs:
    """Fits of the same splits that both finished."""
    return [(a, b) for a, b in zip(ours, theirs, strict=True) if a.status == b.status == "done"]


def ratios(pairs: Pairs) -> dict[str, float]:
    """Mean of ours over mean of theirs: `error`, `second error` of classes, `fit` and `process` seconds."""
    names = [name for name in pairs[0][1].errors if all(name in fit.errors for pair in pairs for fit in pair)]
    values = {
        kind: [[max(fit.errors[name], FLOOR) for fit in pair] for pair in pairs]
        for kind, name in zip(("error", "second error"), names, strict=False)
    }
    for kind in _SECONDS:
        values[kind.removesuffix("_seconds")] = [[getattr(fit, kind) for fit in pair] for pair in pairs]
    means = {kind: np.mean(both, axis=0) for kind, both in values.items()}
    return {kind: float(ours / theirs) for kind, (ours, theirs) in means.items()}


def mark(fits: Sequence[Fit]) -> str:
    """A star where figures are from the cache."""
    return " *" if any(fit.cached for fit in fits) else ""


def in_words(found: dict[str, float]) -> str:
    """Ratios in a line."""
    return "   ".join(f"{kind} x {value:.3f}" for kind, value in found.items())


def print_table(name: str, fits: Fits, rivals: Sequence[str]) -> dict[str, Any]:
    """Means of a table, and ratios of ours to each rival; returns the means."""
    errors = next((list(fit.errors) for own in fits.values() for fit in own if fit.errors), [])
    print(f"\n{name:<32}" + "".join(f"{METRICS[metric]:>12}" for metric in errors) + "     fit s   process s   done")
    means: dict[str, Any] = {}
    for who, own in fits.items():
        done = [fit for fit in own if fit.status == "done"]
        means[who] = {"done": len(done), "splits": len(own), "cached": bool(mark(own))}
        figures = ""
        if done:
            mean = {metric: float(np.mean([fit.errors.get(metric, math.nan) for fit in done])) for metric in errors}
            seconds = {kind: float(np.mean([getattr(fit, kind) for fit in done])) for kind in _SECONDS}
            figures = "".join(f"{value:>12.5g}" for value in mean.values())
            figures += f"{seconds['fit_seconds']:>10.2f}{seconds['process_seconds']:>12.2f}"
            means[who] |= mean | seconds
        print(f"  {who:<30}{figures}   {len(done)} of {len(own)}{mark(own)}")
    for who in (who for who in fits if who not in rivals):
        for rival in rivals:
            if pairs := pairs_of(fits[who], fits[rival]):
                print(f"  {f'{who} / {rival}':<46} {in_words(ratios(pairs))}{mark(sum(pairs, ()))}")
    return means


def print_overall(results: Results, rivals: Sequence[str], ours: Sequence[str]) -> dict[str, Any]:
    """Geometric means over tables of the ratios of ours to each rival."""
    print("\nOver the tables: geometric mean of ours / theirs, under 1 is less error or less time")
    told: dict[str, Any] = {who: {} for who in ours}
    for who, rival in itertools.product(ours, rivals):
        every = [pairs for fits in results.values() if (pairs := pairs_of(fits[who], fits[rival]))]
        logs: dict[str, list[float]] = {}
        for pairs in every:
            for kind, value in ratios(pairs).items():
                logs.setdefault(kind, []).append(math.log(value))
        overall = {kind: math.exp(float(np.mean(own))) for kind, own in logs.items()}
        told[who][rival] = overall | {"tables": len(every)}
        star = mark(sum(itertools.chain.from_iterable(every), ()))
        print(f"  {f'{who} / {rival}':<46} {in_words(overall)}   {len(every)} of {len(results)} tables{star}")
    return told


def losses_on(table: str, fits: Fits, who: str, rival: str) -> list[dict[str, Any]]:
    """The errors of which a rival makes less than ours on a table, and by how much."""
    pairs = pairs_of(fits[who], fits[rival])
    if not pairs:
        return []
    found, told = ratios(pairs), []
    for kind, metric in zip(("error", "second error"), pairs[0][1].errors, strict=False):
        if found.get(kind, 0.0) > 1:
            ahead = sum(theirs.errors[metric] < ours.errors[metric] for ours, theirs in pairs)
            loss = {"ours": who, "table": table, "rival": rival, "metric": metric, "ratio": found[kind]}
            told.append(loss | {"rival_ahead": ahead, "splits": len(pairs)})
    return told


def print_losses(results: Results, rivals: Sequence[str], ours: Sequence[str]) -> list[dict[str, Any]]:
    """Where a rival makes less error, the most first, and where ours did not finish."""
    losses: list[dict[str, Any]] = []
    print("\nWhat we lose")
    for who in ours:
        own = [loss for name, fits in results.items() for rival in rivals for loss in losses_on(name, fits, who, rival)]
        for loss in sorted(own, key=lambda loss: -loss["ratio"]):
            print(
                f"  {who}: {loss['table']}: {METRICS[loss['metric']]} {100 * (loss['ratio'] - 1):.1f} % more than "
                f"{loss['rival']}, which is ahead on {loss['rival_ahead']} of {loss['splits']} splits"
            )
        for fit in (fit for fits in results.values() for fit in fits[who] if fit.status != "done"):
            print(f"  {fit.line()}")
        if not own:
            print(f"  {who}: no rival makes less error where both are done")
        losses += own
    return losses


def print_targets(results: Results, ours: Sequence[str]) -> list[dict[str, Any]]:
    """Each target on the tables that are there: reached, not reached, or not measured, with its figures."""
    told = []
    print("\nTargets")
    for target in (target for target in TARGETS if target.table in results):
        print(f"  {target.text}")
        fits = results[target.table]
        for who in ours:
            if target.family and (target.family not in who or "--folds" in who or "--valid" in who):
                continue
            pairs = pairs_of(fits[who], fits[target.rival]) if target.rival in fits else []
            found = ratios(pairs) | {"slowest process": max(fit.process_seconds for fit, _ in pairs)} if pairs else {}
            limits = {kind: limit for kind, limit in target.limits.items() if kind in found}
            state = "reached" if all(found[kind] <= limit for kind, limit in limits.items()) else "not reached"
            if target.rival in fits and any(fit.status != "done" for fit in fits[who]):
                state = "not reached: ours is not done on every split"
            elif len(pairs) < target.splits:
                state = f"not measured: {len(pairs)} of {target.splits} splits with {target.rival}"
            figures = ", ".join(f"{kind} {found[kind]:.3f} (at most {limit:.3f})" for kind, limit in limits.items())
            print(f"    {who}: {state}   {figures}   splits: {len(pairs)}{mark(sum(pairs, ()))}")
            told.append({"target": target.text, "ours": who, "state": state, "figures": found, "splits": len(pairs)})
    return told


def main() -> None:
    """Print a line a fit, the tables, what we lose, the targets, and the whole as JSON."""
    options = parse()
    versions = rival_versions(options.rivals_python, options.rivals)
    print("; ".join(dict.fromkeys(versions.values())), f"  cache {options.cache}\n* from the cache: not side by side\n")
    cache = Cache(options.cache, options.fresh)
    results = {table.name: measure(table, options, versions, cache) for table in chosen(options.tables)}
    ours = [f"ours: {spec}" for spec in options.ours]
    told: dict[str, Any] = {"versions": versions, "splits": options.splits}
    told["tables"] = {name: print_table(name, fits, options.rivals) for name, fits in results.items()}
    told["ratios"] = print_overall(results, options.rivals, ours)
    told["losses"] = print_losses(results, options.rivals, ours)
    told["targets"] = print_targets(results, ours)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
