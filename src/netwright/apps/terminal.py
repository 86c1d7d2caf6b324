"""How a run reads in the terminal: one line a stage, a live curve where there is a screen."""

from __future__ import annotations

import os
import sys
from collections import Counter
from functools import singledispatchmethod
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from netwright.apps.words import classes_in_words, diagnosis_lines, result_lines, shell_word
from netwright.base.events import (
    Audited,
    BaselinesFitted,
    Diagnosed,
    EpochDone,
    Event,
    KindsFound,
    Noticed,
    RemediesBegun,
    Resumed,
    RoundBegun,
    RoundDone,
    RowsSplit,
    SearchBegun,
    SearchDone,
    SizesTried,
    TableRead,
    TakenOver,
    TaskChosen,
    TeachingBegun,
    TeachingDone,
    TrainingDone,
    TrainingStarted,
)
from netwright.base.figures import count, figure, listing, one_line
from netwright.base.finding import shortened
from netwright.base.table import ARRAY_KINDS, Kind
from netwright.base.urls import without_password
from netwright.evaluate.metrics import METRICS, Metric, of_scaled_series

if TYPE_CHECKING:
    from rich.live import Live

    from netwright.base.record import RunRecord

_STAGE_WIDTH = 10
_TEXT_WIDTH = 52
_BLOCKS = "▁▂▃▄▅▆▇█"
_CURVE_WIDTH = 24
_BAR_WIDTH = 28
#: The finding that says how windows of a series are cut.
_WINDOW = "window"
#: The order in which kinds are counted in a line.
_KIND_ORDER: tuple[Kind, ...] = ("image", "numeric", "category", "boolean", "ordinal", "date", "text")


class Terminal:
    """Prints events as they come.

    Args:
        quiet: Print the result only; findings are in its folder.
        verbose: Print every note, and more epochs.
        stream: Where to; standard error where None.
        data: What the user named, for the command of the audit; empty takes the name of the table.
    """

    def __init__(
        self, quiet: bool = False, verbose: bool = False, stream: TextIO | None = None, data: str = ""
    ) -> None:
        self._quiet, self._verbose = quiet, verbose
        self._stream = stream or sys.stderr
        self._screen = self._stream.isatty() and os.environ.get("TERM") != "dumb" and not quiet
        self._colour = self._screen and "NO_COLOR" not in os.environ
        self._data = without_password(data)
        self._metric, self._names, self._scaled = "rmse", False, False
        self._live: Live | None = None
        self._train: dict[str, list[float]] = {}
        self._valid: dict[str, list[float]] = {}
        self._latest: dict[str, EpochDone] = {}
        self._n_plans, self._diagnosing = 1, False
        #: Of a round of the search its number and plans; None outside of it.
        self._round: RoundBegun | None = None

    def line(self, stage: str, text: str, hint: str = "", *, warn: bool = False) -> None:
        """One line of the run: what happened, and the flag that changes it."""
        if self._quiet:
            return
        body = f"{text:<{_TEXT_WIDTH}}  {hint}".rstrip() if hint else text
        shown = one_line(f"{stage:<{_STAGE_WIDTH}}{body}")
        print(f"\x1b[33m{shown}\x1b[0m" if warn and self._colour else shown, file=self._stream, flush=True)

    def _judged(self, lang: str = "en") -> Metric:
        """The metric as what is compared on the way: of many series in units of the scale of each."""
        metric = METRICS[self._metric]
        return of_scaled_series(metric, lang) if self._scaled else metric

    @singledispatchmethod
    def show(self, event: Event) -> None:
        """Print one event; those without a line of their own are skipped."""

    @show.register
    def _(self, event: TableRead) -> None:
        self._data = self._data or event.source.name
        size = f"{count(event.n_rows, 'row')}, {count(event.n_columns, 'column')}"
        how = ", ".join(event.source.how)
        self.line("read", f"{size}   {how}" if how else size, event.source.hint)

    @show.register
    def _(self, event: Resumed) -> None:
        where = f"from epoch {event.epoch:,} on, step {event.step:,}" if event.step else "from its start: no saved work"
        self.line("resume", where)
        for note in event.notes:
            self.line("", note, warn=True)

    @show.register
    def _(self, event: TakenOver) -> None:
        networks = count(event.n_networks, "network")
        self.line("resume", f"{count(len(event.plans), 'plan')} with {networks} taken over from {event.run}")

    @show.register
    def _(self, event: KindsFound) -> None:
        columns = [column for column in event.schema.columns if column.role != "target"]
        counts = Counter(column.kind for column in columns if column.role == "feature")
        kinds = []
        for kind in _KIND_ORDER:
            if counts[kind]:
                names = [column.name for column in columns if column.kind == kind and column.role == "feature"]
                few = kind in ("boolean", "date", "ordinal") and len(names) <= 3
                kinds.append(f"{counts[kind]} {kind}" + (f" ({', '.join(names)})" if few else ""))
        cells = [column for column in columns if column.kind not in ARRAY_KINDS]
        example = next((column.name for column in cells if column.role == "feature"), "COL" if cells else "")
        pictures = any(column.kind == "image" for column in columns) and example in ("", "COL")
        hint = "" if pictures else f"change with --kind {shell_word(example + '=category')}"
        self.line("kinds", ", ".join(kinds), hint)
        left_out = [f"{column.name} ({column.kind})" for column in columns if column.role == "left_out"]
        if left_out:
            self.line("", f"left out: {listing(left_out, 6)}")
        for note in event.notes:
            self.line("", note)

    @show.register
    def _(self, event: TaskChosen) -> None:
        self._metric, self._names = event.metric, len(event.classes) == 2 and METRICS[event.metric].of_names
        self._scaled = event.scaled
        label = METRICS[event.metric].label
        classes = f" ({classes_in_words(event.classes)})" if event.classes else ""
        other = "multiclass" if event.task == "regression" else "regression"
        hint = "" if event.task == "unsupervised" else f"change with --task {other}, --metric"
        task: str = event.task
        if event.steps:
            task, hint = f"forecast of {count(event.steps, 'step')}", "change with --horizon, --metric"
        self.line("task", f"{task}{classes}, judged by {label}", hint)
        if event.n_without_target:
            self.line("", f"{count(event.n_without_target, 'row')} without a target left out")

    @show.register
    def _(self, event: RowsSplit) -> None:
        parts = f"{event.n_folds} folds" if event.n_folds > 1 else f"{event.n_valid:,} of them validate"
        parts += f", {event.repeats} times" if event.repeats > 1 else ""
        test = f" / {event.n_test:,} test, sealed" if event.n_test else ""
        self.line("split", f"{event.n_train:,} train ({parts}){test}", _rule_in_words(event))
        for note in event.notes:
            self.line("", note)

    @show.register
    def _(self, event: Audited) -> None:
        counts = Counter(finding.severity for finding in event.findings)
        said = ", ".join(
            count(counts[severity], severity) for severity in ("stop", "warning", "note") if counts[severity]
        )
        self.line(
            "audit", said or "nothing to complain about", f"netwright audit {shell_word(self._data)}" if said else ""
        )
        # the paragraph that ends the run tells its stops; what was done to the split is told always
        wanted = [
            f
            for f in event.findings
            if f.severity == "warning"
            or (f.severity == "note" and (self._verbose or f.where == "split") and f.code != _WINDOW)
        ]
        # how far forecasts look back was found, not asked for
        for finding in (f for f in event.findings if f.code == _WINDOW):
            self.line("", finding.message, finding.advice)
        for finding, rest in shortened(wanted, most=len(wanted) if self._verbose else 3):
            advice = f"; {finding.advice}" if finding.advice else ""
            self.line("", f"{finding.severity}: {finding.message}{advice}", warn=finding.severity != "note")
            if rest:
                self.line("", f"{finding.severity}: the same of {listing(rest, 4)}", warn=finding.severity != "note")

    @show.register
    def _(self, event: BaselinesFitted) -> None:
        label = self._judged().label
        scores = "   ".join(f"{name} {figure(score)}" for name, score in event.scores.items())
        self.line("baselines", f"validation {label}: {scores}", f"{event.seconds:.1f} s")
        if self._names:
            self.line("", "each names the likelier class; in the leaderboard each has a threshold of its own")

    @show.register
    def _(self, event: TrainingStarted) -> None:
        self._n_plans, total = len(event.plans), sum(event.members)
        program = " as one program" if total > 1 and len(event.plans) == 1 else ""
        memory = f", {event.free_bytes / 2**30:.1f} GB of memory free" if event.free_bytes is not None else ""
        self.line("device", f"{event.device}, {count(event.cores, 'core')}{memory}", f"{event.why}; --device")
        only = f" ({event.plans[0].name})" if len(event.plans) == 1 else ""
        self.line("train", f"{count(total, 'network')}{only}{program}")
        if event.turns > 1:
            gigabytes = f"{event.bytes / 2**30:.1f} GB"
            self.line("", f"in {event.turns} turns of at most {gigabytes}: together they would not fit the memory")
        for plan, members, network, parameters in zip(
            event.plans, event.members, event.networks, event.parameters, strict=True
        ):
            name = f"{members} {plan.name}: " if self._n_plans > 1 else ""
            self.line("", f"{name}{network}, {count(parameters, 'parameter')} each")

    @show.register
    def _(self, event: EpochDone) -> None:
        self._train.setdefault(event.plan, []).append(event.train_loss)
        self._valid.setdefault(event.plan, []).append(event.valid_loss)
        if self._screen:
            self._redraw(event)
        elif self._verbose and (event.epoch % 10 == 0 or event.epoch == 1):
            self.line("", self._epoch_line(event))

    @show.register
    def _(self, event: TrainingDone) -> None:
        self._end_live()
        label = self._judged().label
        best = sorted(event.best_epochs)
        span = f"best after {best[0]}" if best[0] == best[-1] else f"best after {best[0]} to {best[-1]}"
        kept, *others = event.scores.items()
        score = f"valid {label} {figure(kept[1])}"
        if others:
            score += f" ({kept[0]}; " + ", ".join(f"{name} {figure(own)}" for name, own in others) + ")"
        self.line("", f"{count(event.epochs, 'epoch')} ({span}), {event.seconds:.1f} s, {score}")
        if event.statuses.get("cut"):
            total = sum(event.statuses.values())
            self.line(
                "", f"the time limit cut {event.statuses['cut']} of {count(total, 'network')} short", "--time-limit"
            )
        if event.left_out:
            said = f"warning: no time for a single epoch of {listing(event.left_out, 6)}; raise --time-limit"
            self.line("", said, warn=True)
        for finding in event.findings:
            self.line("", f"{finding.severity}: {finding.message}; {finding.advice}", warn=True)

    @show.register
    def _(self, event: RemediesBegun) -> None:
        self._n_plans = max(2, self._n_plans)  # lines of progress name their plan from here on
        self._train, self._valid, self._latest = {}, {}, {}
        networks = count(event.n_networks, "network")
        said = {
            "en": f"trying {len(event.plans)} plans, cures and random search alike: {networks}",
            "ko": f"조치와 무작위 탐색으로 설정 {len(event.plans)}가지를 시도: 신경망 {event.n_networks:,}개",
        }
        stage, self._diagnosing = "" if self._diagnosing else "diagnose", True
        self.line(stage, said[event.lang], "--no-repair")

    @show.register
    def _(self, event: Diagnosed) -> None:
        self._end_live()
        stage = "" if self._diagnosing else "diagnose"
        for text, loud in diagnosis_lines(event, self._judged(event.lang), self._verbose):
            self.line(stage, text, warn=loud)
            stage = ""

    @show.register
    def _(self, event: SearchBegun) -> None:
        self.line("search", f"in {', '.join(event.families)}, until {event.until}")

    @show.register
    def _(self, event: RoundBegun) -> None:
        self._n_plans, self._round = max(2, self._n_plans), event
        self._train, self._valid, self._latest = {}, {}, {}

    @show.register
    def _(self, event: RoundDone) -> None:
        self._end_live()
        self._round = None
        label = self._judged().label
        pruned = f", {event.n_pruned} pruned" if event.n_pruned else ""
        tried = f"round {event.number}: {count(event.n_plans, 'plan')}, {count(event.n_networks, 'network')}{pruned}"
        self.line("", f"{tried}, {event.seconds:.1f} s, best valid {label} {figure(event.score)} ({event.best})")

    @show.register
    def _(self, event: SearchDone) -> None:
        self._end_live()
        if not event.n_rounds:
            self.line("search", event.why, "--time-limit")
            return
        self.line("", f"ended after {count(event.n_rounds, 'round')}: {event.why}")

    @show.register
    def _(self, event: TeachingBegun) -> None:
        self._n_plans = max(2, self._n_plans)
        self._train, self._valid, self._latest = {}, {}, {}
        networks = count(event.n_networks, "network")
        self.line(
            "distill", f"{event.family}, {networks}, learns from an ensemble of {event.n_parts} parts", "--distill"
        )

    @show.register
    def _(self, event: TeachingDone) -> None:
        self._end_live()
        label = self._judged().label
        scores = f"valid {label} {figure(event.student)}, its teacher {figure(event.teacher)}"
        self.line("", f"{event.seconds:.1f} s, {scores}")

    @show.register
    def _(self, event: Noticed) -> None:
        finding, loud = event.finding, event.finding.severity != "note"
        advice = f"; {finding.advice}" if finding.advice else ""
        self.line("test" if loud else "", f"{finding.severity}: {finding.message}{advice}", warn=loud)

    @show.register
    def _(self, event: SizesTried) -> None:
        self.line("rows", event.sentence, f"{event.seconds:.1f} s")

    def _epoch_line(self, event: EpochDone) -> str:
        label = self._judged().label
        name = f"{event.plan}  " if self._n_plans > 1 else ""
        score = f"valid {label} {figure(event.valid_score)}"
        return f"{name}epoch {event.epoch}/{event.epochs}  {event.seconds:.1f} s   {score}"

    def _redraw(self, event: EpochDone) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        if self._live is None:
            console = Console(file=self._stream, no_color=not self._colour, highlight=False)
            self._live = Live(console=console, refresh_per_second=8, transient=True)
            self._live.start()
        self._latest[event.plan] = event
        latest = self._latest.values()
        bars = "\n".join(self._bar(own) for own in latest) if self._round is None else self._round_bar(self._round)
        self._live.update(Text(bars, no_wrap=True, overflow="crop"))

    def _round_bar(self, begun: RoundBegun) -> str:
        """How far a round of the search is; its plans are too many for a bar each."""
        done = sum(own.epoch / own.epochs for own in self._latest.values()) / begun.n_plans
        bar = "█" * round(done * _BAR_WIDTH) + "░" * (_BAR_WIDTH - round(done * _BAR_WIDTH))
        plans, networks = count(begun.n_plans, "plan"), count(begun.n_networks, "network")
        return f"{' ' * _STAGE_WIDTH}{bar} {100 * done:3.0f} %  round {begun.number}: {plans}, {networks}"

    def _bar(self, event: EpochDone) -> str:
        """How far a plan is, and its curves."""
        done = event.epoch / event.epochs
        bar = "█" * round(done * _BAR_WIDTH) + "░" * (_BAR_WIDTH - round(done * _BAR_WIDTH))
        left = event.seconds / event.epoch * (event.epochs - event.epoch)
        rest = f"   at most {left:.0f} s left" if done < 1 else ""
        margin = " " * _STAGE_WIDTH
        return (
            f"{margin}{bar} {100 * done:3.0f} %  {self._epoch_line(event)}{rest}\n"
            f"{margin}{sparkline(self._train[event.plan])}  train   {sparkline(self._valid[event.plan])}  valid"
        )

    def stop(self) -> None:
        """Give the screen back, whatever happened."""
        self._end_live()

    def _end_live(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def result(self, record: RunRecord, folder: Path | None) -> None:
        """The result on standard output: score, baselines, verdict, where to go on."""
        self.stop()
        strong = "\x1b[1m{}\x1b[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else "{}"
        if not self._quiet:
            print()
        for stage, text in result_lines(record):
            shown = f"{stage:<{_STAGE_WIDTH}}{text}"
            print(strong.format(shown) if stage in ("RESULT", "VERDICT") else shown)
        if folder is not None:
            print()
            print(f"{'report':<{_STAGE_WIDTH}}{one_line(str(folder / 'report.html'))}")
            word = shell_word(str(folder))
            if "new_rows" in record.metrics:
                print(f"{'make':<{_STAGE_WIDTH}}netwright synthesize {word} --rows 500 --out made.csv")
            elif "new_pictures" in record.metrics:
                print(f"{'make':<{_STAGE_WIDTH}}netwright synthesize {word} --rows 64 --out made.png")
            elif "forecast" in record.more:
                print(f"{'forecast':<{_STAGE_WIDTH}}netwright forecast {word}")
            else:
                # pictures of a folder have no column of paths
                pictures = "file" in record.schema and any(c.kind == "image" for c in record.schema.features)
                print(f"{'predict':<{_STAGE_WIDTH}}netwright predict {word} {'FOLDER' if pictures else 'new.csv'}")
        sys.stdout.flush()


def _rule_in_words(event: RowsSplit) -> str:
    seed = "" if event.rule.startswith("by time") else f", seed {event.seed}"
    return f"{event.rule}{seed}" + (f"; {event.hint}" if event.hint else "")


def sparkline(values: list[float], width: int = _CURVE_WIDTH) -> str:
    """A curve in one line, on a logarithmic scale where all of it is above zero.

    Example:
        >>> sparkline([8.0, 4.0, 2.0, 1.0]), sparkline([1.0, 0.0, -1.0])
        ('█▆▃▁', '█▅▁')
    """
    import math

    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return ""
    step = max(1, math.ceil(len(values) / width))
    least, most, scaled = min(finite), max(finite), math.log if min(finite) > 0 else float
    heights = [scaled(min(max(value, least), most)) for value in values[::step] if value == value]
    low, high = min(heights), max(heights)
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round((height - low) / (high - low) * top) if high > low else 0] for height in heights)
