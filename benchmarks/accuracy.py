"""Test error at equal wall-clock: netwright and its rivals on all tables, 2 threads, every fit a process of its own.

Error is RMSE or log-loss (floor 0.001) on test rows that all share. Seconds are those of the whole process, imports
included. Ours, the tuned trees and AutoGluon use the budget; the others run at their defaults. Who takes a tenth more
than the budget has no result in the strict tables; in the lenient ones what it reached counts. A rival that waited for
cores which others used is late only without that time, in which its search stands still too (`cores.py`); AutoGluon,
which keeps its own time, needs a quiet machine; ours are judged by the clock alone.
`rival_fit.py` and `rival_search.py` say what the rivals read and how they are tuned, `standings.py` how ranks and
ratios are counted.

One run of ours gives two competitors: what ships (the ensemble), and its networks alone. Every fit is a line of the
cache, so that a benchmark of hours runs in pieces; ours are used again where `--label` names the version.

    python benchmarks/accuracy.py --budget 60 --rivals-python A/bin/python --autogluon-python B/bin/python
    python benchmarks/accuracy.py --rivals CatBoost,TabM --tables boston,mpg --splits 1 --rivals-only
    python benchmarks/accuracy.py --budget 60 --label v1 --cached       # the tables from what was measured

What was measured so far stands in `measured/accuracy.jsonl` (ours with `--label v8` at 60 s, `v7` at 300 s); pass it by
`--cache`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rival_fit import BUDGETED, METRICS, RIVALS, Fit, fit_ours, fit_rival
from rivals import Cache, rival_versions
from standings import (
    ALONE,
    FLOOR,
    NETWORKS,
    OURS,
    Cells,
    Outcome,
    error_ratio,
    late,
    log_errors,
    losses,
    mean_ranks,
    share_better,
    shared,
    targets,
)
from tables import TABLES, BenchTable, chosen, split_files

#: Those that the targets name; RealMLP-TD-S is a lesser RealMLP-TD.
_ASKED = [name for name in RIVALS if name != "RealMLP-TD-S"]
#: Fits of all competitors, by table and split.
Fits = dict[tuple[str, int], dict[str, Fit]]


def parse() -> argparse.Namespace:
    """The command line, names checked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=float, default=60.0, metavar="SECONDS", help="of the whole process; 60")
    parser.add_argument("--preset", choices=["medium", "best"], default="best", help="of ours; best")
    parser.add_argument("--tables", default="all", help="names with commas, or all")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--rivals", default=",".join(_ASKED), help=f"of {', '.join(RIVALS)}")
    parser.add_argument("--rivals-only", action="store_true", help="without ours")
    parser.add_argument("--rivals-python", default=os.environ.get("NETWRIGHT_RIVALS_PYTHON", sys.executable))
    parser.add_argument("--autogluon-python", default=os.environ.get("NETWRIGHT_AUTOGLUON_PYTHON", ""))
    parser.add_argument("--label", default="", help="names this version of ours, so that its fits are used again")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "netwright-accuracy.jsonl")
    parser.add_argument("--cached", action="store_true", help="fit nothing: show what the cache has")
    parser.add_argument("--most-load", type=float, default=float("inf"), help="fits kept from a busier machine: again")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds a fit at the defaults may take; 600")
    options = parser.parse_args()
    tables = [table.name for table in TABLES]
    options.tables = ",".join(tables) if options.tables == "all" else options.tables
    options.rivals = [name for name in options.rivals.split(",") if name]
    for wanted, allowed in ((options.rivals, list(RIVALS)), (options.tables.split(","), tables)):
        if unknown := [name for name in wanted if name not in allowed]:
            parser.error(f"{', '.join(unknown)} is not known; known are {', '.join(allowed)}")
    if not options.budget > 0:
        parser.error(f"--budget must be a number of seconds above 0, got {options.budget:g}")
    return options


def versions_of(options: argparse.Namespace) -> dict[str, str]:
    """The packages of the rivals; AutoGluon lives in an environment of its own: left out where that is not named."""
    apart = [name for name in options.rivals if name == "AutoGluon"]
    others = [name for name in options.rivals if name not in apart]
    found = rival_versions(options.rivals_python, others) if others else {}
    if apart and not options.autogluon_python:
        print("AutoGluon is left out: --autogluon-python or NETWRIGHT_AUTOGLUON_PYTHON names where it lives.")
        options.rivals = others
    elif apart:
        found |= rival_versions(options.autogluon_python, apart)
    return found


def measure(options: argparse.Namespace, versions: Mapping[str, str], cache: Cache) -> Fits:
    """Every competitor on every split of every table, from the cache or fitted, a printed line each fit."""
    fits: Fits = {}
    names = options.rivals if options.rivals_only else [OURS, *options.rivals]
    for split in range(options.splits):
        for table in chosen(options.tables):
            with tempfile.TemporaryDirectory() as folder:
                files: tuple[Path, Path] | None = None
                for who in names:
                    wanted = wanted_fit(who, table, split, options, versions)
                    kept = cache.find(wanted) if wanted.version else None
                    kept = None if kept is not None and kept.load > options.most_load else kept
                    if kept is None and not options.cached:
                        files = files or split_files(table, split, Path(folder))
                        kept = cache.add(fitted(wanted, table, *files, options))
                        print(kept.line(), f"  load {kept.load:.1f}", flush=True)
                    if kept is not None:
                        fits.setdefault((table.name, split), {})[who] = kept
    return fits


def wanted_fit(
    who: str, table: BenchTable, split: int, options: argparse.Namespace, versions: Mapping[str, str]
) -> Fit:
    """What is to be measured; where there is a budget, the process is stopped long after it."""
    if who == OURS:
        fit = Fit(f"ours: --preset {options.preset}", options.label, table.name, split, budget=options.budget)
    else:
        fit = Fit(who, versions[who], table.name, split, budget=options.budget if who in BUDGETED else 0.0)
    return replace(fit, timeout=5 * fit.budget + 60 if fit.budget else options.timeout)


def fitted(fit: Fit, table: BenchTable, train: Path, test: Path, options: argparse.Namespace) -> Fit:
    """One fit, in a process of its own."""
    if fit.who in RIVALS:
        python = options.autogluon_python if fit.who == "AutoGluon" else options.rivals_python
        return fit_rival(fit, table, train, test, python)
    return fit_ours(fit, table, train, test, f"default --preset {options.preset} --time-limit {options.budget:g}")


def outcome(fit: Fit, budget: float, alone: bool = False) -> Outcome:
    """What a fit means at a budget; the first of its errors counts."""
    if fit.status != "done":
        return Outcome(float("inf"), fit.process_seconds, late=fit.status == "timeout", why=fit.notes)
    errors = (fit.alone or fit.errors) if alone else fit.errors
    seconds = fit.process_seconds
    if fit.who in RIVALS:  # lines from before `waited` was told have the seconds of the cores alone
        seconds = seconds - fit.waited if fit.waited else min(seconds, fit.cpu_seconds or seconds)
    return Outcome(next(iter(errors.values())), fit.process_seconds, late(seconds, budget))


def cells_of(fits: Fits, budget: float) -> dict[tuple[str, int], dict[str, Outcome]]:
    """Outcomes by table and split; ours is two competitors."""
    cells = {}
    for key, own in fits.items():
        cells[key] = {who: outcome(fit, budget) for who, fit in own.items()}
        if OURS in own:
            cells[key][ALONE] = outcome(own[OURS], budget, alone=True)
    return cells


def print_tables(cells: Cells, fits: Fits, names: Sequence[str]) -> dict[str, Any]:
    """Every data set: mean error and seconds of every competitor, the least error first; returns them."""
    told: dict[str, Any] = {}
    for table in dict.fromkeys(table for table, _ in cells):
        own = {split: cell for (name, split), cell in cells.items() if name == table}
        done = [fit for split in own for fit in fits[table, split].values() if fit.status == "done"]
        metric = METRICS[next(iter(done[0].errors))] if done else "error"
        load = f"   (load up to {max(fit.load for fit in done):.1f})" if done else ""
        print(f"\n{table:<26}{metric:>12}   of the best   seconds   of cores{load}")
        rows = {}
        for who in names:
            kept = [fits[table, split][OURS if who == ALONE else who] for split, cell in own.items() if who in cell]
            rows[who] = _row([cell[who] for cell in own.values() if who in cell], [fit.cpu_seconds for fit in kept])
        told[table] = rows
        best = min((row["error"] for row in rows.values() if row["error"] is not None), default=1.0)
        for who, row in sorted(rows.items(), key=lambda item: _or_infinite(item[1]["error"])):
            print(f"  {who:<24}" + _in_words(row, best, len(own)))
    return told


def _or_infinite(error: float | None) -> float:
    return float("inf") if error is None else error


def _row(outcomes: Sequence[Outcome], cpu_seconds: Sequence[float]) -> dict[str, Any]:
    good = [one for one in outcomes if not one.why]
    return {
        "error": sum(one.error for one in good) / len(good) if good else None,
        "seconds": sum(one.seconds for one in good) / len(good) if good else None,
        "cpu_seconds": sum(cpu_seconds) / len(cpu_seconds) if cpu_seconds else None,
        "late": sum(one.late for one in outcomes),
        "measured": len(outcomes),
        "why": next((one.why for one in outcomes if one.why), ""),
    }


def _in_words(row: Mapping[str, Any], best: float, splits: int) -> str:
    if not row["measured"]:
        return "  not measured"
    if row["error"] is None:
        return f"  no result: {row['why']}"
    text = f"{row['error']:>12.5g}{max(row['error'], FLOOR) / max(best, FLOOR):>14.3f}"
    text += f"{row['seconds']:>10.1f}{row['cpu_seconds']:>11.1f}"
    text += f"   over the budget: {row['late']} of {row['measured']}" if row["late"] else ""
    text += f"   {row['measured']} of {splits} splits" if row["measured"] < splits else ""
    return text + (f"   not always a result: {row['why']}" if row["why"] else "")


def print_ranks(cells: Cells, title: str, names: Sequence[str]) -> dict[str, Any]:
    """Mean ranks, strict and lenient; those that were measured nowhere are named."""
    known = [name for name in names if any(name in cell for cell in cells.values())]
    missing = [name for name in names if name not in known]
    common = shared(cells, known)
    said = f"; not measured: {', '.join(missing)}" if missing else ""
    print(f"\nMean rank, {title}: {len(common)} fits that all share{said}")
    strict, lenient = (mean_ranks(cells, known, own) for own in (True, False))
    for name, rank in strict.items():
        count = sum(cell[name].late for cell in common.values())
        over = f"   over the budget: {count}" if count else ""
        print(f"  {name:<24}{rank:>8.2f}   lenient {lenient[name]:.2f}{over}")
    return {"cells": len(common), "strict": strict, "lenient": lenient, "missing": missing}


def print_ratios(cells: Cells, rivals: Sequence[str]) -> dict[str, Any]:
    """Our error over every rival's, and the share of tables on which ours is less."""
    told: dict[str, Any] = {}
    print("\nOur error over theirs: geometric mean over the tables; and tables on which ours is less")
    for ours in (OURS, ALONE):
        for rival in rivals:
            own = {kind: error_ratio(cells, ours, rival, kind == "strict") for kind in ("strict", "lenient")}
            wins = {kind: share_better(cells, ours, rival, kind == "strict") for kind in ("strict", "lenient")}
            told.setdefault(ours, {})[rival] = {"ratio": own, "share": wins}
            if not own["lenient"][1]:
                print(f"  {ours + ' / ' + rival:<44} no results to compare")
                continue
            figures = [
                f"{kind} {own[kind][0]:.4f} ({own[kind][1]} tables), ahead {100 * wins[kind][0]:.0f} %" for kind in own
            ]
            print(f"  {ours + ' / ' + rival:<44} {'   '.join(figures)}")
    return told


def print_losses(cells: Cells, rivals: Sequence[str]) -> dict[str, Any]:
    """Where rivals within the budget are ahead, by table, the most first."""
    told: dict[str, Any] = {}
    for ours in (OURS, ALONE):
        own = losses(cells, ours, rivals)
        told[ours] = own
        print(f"\nWhere we lose, {ours}" + ("" if own else ": nowhere that was measured"))
        for table in dict.fromkeys(table for table, _, _ in own):
            ahead = [f"{rival} {100 * (ratio - 1):.1f} %" for name, rival, ratio in own if name == table]
            print(f"  {table:<12}more error than {', '.join(ahead)}")
    for rival in rivals:
        ties = [table for table, own in log_errors(cells, (OURS, rival), True).items() if own[OURS] == own[rival]]
        if ties:
            print(f"  equal to {rival}: {', '.join(ties)}")
    return told


def main() -> None:
    """Print a line a fit, the tables, ranks, ratios, losses and targets, and the whole as JSON."""
    options = parse()
    versions = versions_of(options)
    print("; ".join(dict.fromkeys(versions.values())), f"  budget {options.budget:g} s, preset {options.preset}\n")
    fits = measure(options, versions, Cache(options.cache, fresh=False))
    cells = cells_of(fits, options.budget)
    names = options.rivals if options.rivals_only else [OURS, ALONE, *options.rivals]
    told: dict[str, Any] = {"budget": options.budget, "preset": options.preset, "versions": versions}
    told["tables"] = print_tables(cells, fits, names)
    networks = [name for name in NETWORKS if name in names]
    told["ranks"] = {
        "networks": print_ranks(cells, "networks of any tool", networks),
        "all": print_ranks(cells, "what ships and all rivals", [name for name in names if name != ALONE]),
    }
    if not options.rivals_only:
        told["ratios"] = print_ratios(cells, options.rivals)
        told["losses"] = print_losses(cells, options.rivals)
        told["targets"] = [vars(own) for own in targets(cells, options.budget, options.rivals)]
        print("\nTargets")
        for own in told["targets"]:
            print(f"  {own['target']}: {own['state']}   {own['figures']}")
    print(json.dumps(told))


if __name__ == "__main__":
    main()
