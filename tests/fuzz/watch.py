"""Cases in processes of their own, which may hang, crash or fill the memory without harm.

As a program it takes the first case, the one after the last, a step, and one of how many is to train networks, too:

    python -m tests.fuzz.watch 0 2000          # the cases 0 to 1,999, and figures about them
    python -m tests.fuzz.watch 16 2000 20      # those of them that are Parquet files
    python -m tests.fuzz.watch 0 2000 7 7      # one of seven, each of which trains
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.fuzz.cases import SEED

_ROOT = Path(__file__).resolve().parents[2]
#: A case that takes more seconds of a core hangs, and so does one that takes more on the clock of a busy machine.
SECONDS, CLOCK_SECONDS = 10.0, 60.0
#: What a case may take beyond what the process had before it, and what the process may take in all.
MOST_MEGABYTES, _ADDRESS_SPACE = 1_000, 12 << 30


def watched(
    numbers: Sequence[int],
    seed: int = SEED,
    audit_every: int = 3,
    train_every: int = 0,
    clock_seconds: float = CLOCK_SECONDS,
) -> Iterator[dict[str, Any]]:
    """The outcome of each case, by a process that is replaced when it dies or hangs.

    Args:
        numbers: Of the cases; -1 hangs and -2 dies, to try the watch itself.
        seed: Of all cases.
        audit_every: One case of so many goes through the audit, too.
        train_every: One case of so many trains networks, too; none with 0.
        clock_seconds: How long a case may take on the clock.
    """
    process: subprocess.Popen[str] | None = None
    for number in numbers:
        if process is None:
            process = _begun(seed, audit_every, train_every)
        assert process.stdin is not None and process.stdout is not None
        answer = _asked(process, f"{number}\n", clock_seconds)
        if answer is None:
            code = process.poll()
            _end(process)
            process = None
            where = "hang" if code is None else f"crash {code}"
            yield {"number": number, "ended": "failed", "where": where, "said": "", "seconds": clock_seconds}
            continue
        yield answer
    if process is not None:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):  # what a dead process has not read
            stream.close()  # type: ignore[union-attr]


def _begun(seed: int, audit_every: int, train_every: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.fuzz.watch", "--serve", *map(str, (seed, audit_every, train_every))]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_ROOT / "src"), str(_ROOT)])}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=_ROOT, env=surroundings
    )
    if _asked(process, "", 120.0) is None:
        _end(process)
        raise RuntimeError("the process of the cases does not start")
    return process


def _asked(process: subprocess.Popen[str], line: str, seconds: float) -> dict[str, Any] | None:
    """What the process answers, or None where it is dead or too slow."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except BrokenPipeError:
        process.wait()
        return None
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    if not ready:
        return None
    answer = process.stdout.readline()
    if not answer:
        process.wait()
        return None
    return json.loads(answer)  # type: ignore[no-any-return]


def _serve(seed: int, audit_every: int, train_every: int) -> None:
    """Answer numbers on standard input with outcomes, a line each; what libraries print is caught and told."""
    import netwright.apps.auditing
    import netwright.preparation.load  # noqa: F401
    from tests.fuzz.cases import case
    from tests.fuzz.judge import judge

    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryDirectory() as folder:
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        print("{}", file=out, flush=True)
        for line in sys.stdin:
            number = int(line)
            _try_the_watch(number)
            made = case(number, seed)
            before = _start_counting()
            audit, train = (bool(every) and number % every == 0 for every in (audit_every, train_every))
            outcome = judge(made, Path(folder), audit, train)
            outcome.more["megabytes"] = _most_megabytes() - before
            if outcome.more["megabytes"] > MOST_MEGABYTES and outcome.ended != "failed":
                outcome.ended, outcome.where = "failed", "memory"
            if outcome.seconds > SECONDS and outcome.ended != "failed":
                outcome.ended, outcome.where = "failed", "slow"
            sys.stdout.flush()
            if printed.tell() and outcome.ended != "failed":
                outcome.ended, outcome.where = "failed", "printed"
            if printed.tell():
                printed.seek(0)
                outcome.more["printed"] = printed.read(2000).decode("utf-8", "replace")
                printed.seek(0)
                printed.truncate()
            print(json.dumps(outcome.to_json(), ensure_ascii=True), file=out, flush=True)


def _try_the_watch(number: int) -> None:
    if number == -1:
        time.sleep(3600)
    if number == -2:
        os.abort()


def _start_counting() -> int:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _most_megabytes()


def _most_megabytes() -> int:
    """The most memory since the count began, where the kernel tells."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)


def figures(outcomes: Sequence[dict[str, Any]]) -> str:
    """How many of what, as LOG.md has it."""
    ended = Counter(outcome["ended"] for outcome in outcomes)
    refusals = Counter(outcome["where"] for outcome in outcomes if outcome["ended"] == "refused")
    failures = Counter(outcome["where"] for outcome in outcomes if outcome["ended"] == "failed")
    held = [outcome["decisions"] for outcome in outcomes if outcome.get("decisions") is not None]
    decisions = Counter(name for names in held for name in names)
    slowest = max(outcomes, key=lambda outcome: outcome["seconds"])
    hungriest = max(outcomes, key=lambda outcome: outcome.get("more", {}).get("megabytes", 0))
    lines = [
        f"{len(outcomes):,} cases: " + ", ".join(f"{n:,} {what}" for what, n in ended.most_common()),
        f"trained {sum(bool(outcome.get('more', {}).get('trained')) for outcome in outcomes):,}",
        f"slowest {slowest['seconds']:.1f} s (case {slowest['number']}), most memory "
        f"{hungriest.get('more', {}).get('megabytes', 0)} MB (case {hungriest['number']})",
        f"held against the second parser: {len(held):,}, the same at once {sum(not names for names in held):,}",
        *(f"  {n:>6,} {name}" for name, n in decisions.most_common()),
        "refused by",
        *(f"  {n:>6,} {name}" for name, n in refusals.most_common()),
        "failed by",
        *(f"  {n:>6,} {name}" for name, n in failures.most_common()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        _serve(*map(int, sys.argv[2:5]))
    else:
        numbers = range(*map(int, sys.argv[1:4]))
        told = []
        for outcome in watched(numbers, train_every=int(sys.argv[4]) if len(sys.argv) > 4 else 0):
            told.append(outcome)
            if outcome["ended"] == "failed" or outcome.get("decisions") == ["unexplained"]:
                print(json.dumps(outcome, ensure_ascii=False), flush=True)
        print(figures(told))
