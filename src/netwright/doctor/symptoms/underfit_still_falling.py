"""Training ended while the loss was still falling."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import (
    at,
    best_epoch,
    counted,
    grade,
    is_short,
    lag,
    median,
    most,
    noise,
    readable,
    severity,
    smoothed,
    tidy,
    trained,
    unit,
)
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: What as many steps again promise must be this share of the loss; curves that bend and flatten promise under 2 %.
_GAIN = 0.05
#: The last fall in standard deviations of the curve from epoch to epoch.
_NOISES = 2.0
#: The best epoch lies in this last share of the epochs.
_AT_THE_END = 0.85
#: Share of its first loss that must be learned already after so many epochs: less is slow, not short.
_LEARNED, _SHORT = 0.1, 8
#: Fewer epochs have no last quarter.
_QUARTERS = 4
#: Falls are compared over windows of equal steps (rate times epochs): this many to the end, so many more to come.
_WINDOWS, _POINTS = 4, 16
#: How many times the epochs are tried; of short runs many times, and at least so many.
_MORE, _MUCH_MORE, _FEWEST = 3, 10, 30
#: A short run warns from this promise on, even of a plan that keeps up, or where it is so far behind the baselines.
_PROMISES, _FAR = 0.1, 0.3
#: No curve promises more than this: it tells what comes next, not where it ends.
_MOST = 0.5


@symptom("underfit-still-falling")
class UnderfitStillFalling:
    """Too few epochs."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "underfitting, still falling",
            "the validation loss still falls when training ends after epoch {epochs} ({before} to {valid_end} over "
            "the "
            "last quarter of the steps), in {shown} of {of} networks",
            "training ends before the network has learned what it can; as many steps again promise about {percent} "
            "% less "
            "loss",
            "pass --epochs {try_epochs:d}, or --learning-rate {try_rate:g} to go faster",
        ),
        "short": Words(
            "underfitting, still falling",
            "training ends after epoch {epochs} while the validation loss still falls ({start} untrained, "
            "{valid_end} at the end), in {shown} of {of} networks",
            "so short a training is over before the network has learned what it can, and too short to tell how far "
            "it would go",
            "pass --epochs {try_epochs:d}",
        ),
        "cut": Words(
            "underfitting, cut short",
            "the validation loss still falls when the time is up after epoch {epochs} ({before} to {valid_end} over "
            "the "
            "last quarter of the steps), in {shown} of {of} networks",
            "training ends before the network has learned what it can; as many steps again promise about {percent} "
            "% less "
            "loss",
            "pass a larger --time-limit, or none",
        ),
        "cut at once": Words(
            "underfitting, cut short",
            "the time is up after epoch {epochs} ({start} untrained, {valid_end} at the end), in {shown} of {of} "
            "networks",
            "so short a training is over before the network has learned what it can, and too short to tell how far "
            "it would go",
            "pass a larger --time-limit, or none",
        ),
        "elsewhere": Words(
            "underfitting, still falling",
            "the validation loss still falls when the curve ends after epoch {epochs} ({before} to {valid_end} over "
            "the "
            "last quarter)",
            "training ends before the network has learned what it can; as many epochs again promise about {percent} "
            "% "
            "less loss",
            "train for about {try_epochs:d} epochs, or with a larger learning rate",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "덜 끝난 학습(과소적합)",
            "에포크 {epochs}에서 학습이 끝날 때에도 검증 손실이 내려가고 있습니다(마지막 4분의 1 동안 {before}에서 "
            "{valid_end}, 신경망 {of}개 중 {shown}개)",
            "신경망이 배울 수 있는 것을 다 배우기 전에 학습이 끝납니다. 그만큼 더 학습하면 손실이 약 {percent} % "
            "줄어들 "
            "것으로 보입니다",
            "--epochs {try_epochs:d} 옵션을 주거나, 더 빨리 가려면 --learning-rate {try_rate:g} 옵션을 주십시오",
        ),
        "short": Words(
            "덜 끝난 학습(과소적합)",
            "에포크 {epochs}에서 학습이 끝나는데 검증 손실은 아직 내려가고 있습니다(학습 전 {start}, 끝에서 "
            "{valid_end}, 신경망 {of}개 중 {shown}개)",
            "배울 수 있는 것을 다 배우기 전에 끝나며, 어디까지 갈지 알기에는 너무 짧습니다",
            "--epochs {try_epochs:d} 옵션을 주십시오",
        ),
        "cut": Words(
            "시간이 모자란 학습(과소적합)",
            "에포크 {epochs}에서 시간이 다 되었을 때에도 검증 손실이 내려가고 있습니다(마지막 4분의 1 동안 "
            "{before}에서 "
            "{valid_end}, 신경망 {of}개 중 {shown}개)",
            "신경망이 배울 수 있는 것을 다 배우기 전에 학습이 끝납니다. 그만큼 더 학습하면 손실이 약 {percent} % "
            "줄어들 "
            "것으로 보입니다",
            "--time-limit 을 늘리거나 빼십시오",
        ),
        "cut at once": Words(
            "시간이 모자란 학습(과소적합)",
            "에포크 {epochs}에서 시간이 다 되었습니다(학습 전 {start}, 끝에서 {valid_end}, 신경망 {of}개 중 {shown}개)",
            "배울 수 있는 것을 다 배우기 전에 끝나며, 어디까지 갈지 알기에는 너무 짧습니다",
            "--time-limit 을 늘리거나 빼십시오",
        ),
        "elsewhere": Words(
            "덜 끝난 학습(과소적합)",
            "학습 곡선이 에포크 {epochs}에서 끝날 때에도 검증 손실이 내려가고 있습니다(마지막 4분의 1 동안 "
            "{before}에서 "
            "{valid_end})",
            "신경망이 배울 수 있는 것을 다 배우기 전에 학습이 끝납니다. 그만큼 더 학습하면 손실이 약 {percent} % "
            "줄어들 "
            "것으로 보입니다",
            "약 {try_epochs:d} 에포크까지 학습하거나 학습률을 키우십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """A validation loss that falls to the end, and a fall that promises to go on."""
        if not readable(case, 2 if case.plan is None else 1):
            return None
        curves = case.curves
        train, valid, last = trained(case)
        at_end = best_epoch(case) >= _AT_THE_END * last
        unfinished = np.array([status != "stopped" for status in curves.status])
        before, end, gain, fell = _promise(valid, curves.learning_rate, last)
        learned = (valid[:, 0] - end > _LEARNED * np.minimum(unit(case), valid[:, 0])) | (last < _SHORT)
        falling = at_end & unfinished & learned
        shown = falling & (gain > _GAIN) & (fell > _NOISES * noise(valid))
        short = case.plan is not None and is_short(case)
        if short and not most(shown) and lag(case) > _FAR:  # however little it fell, a baseline shows what there is
            shown = falling & (end < valid[:, 0])
        if not most(shown):
            return None
        promised = median(gain[shown])
        loud = severity(case, plain=short and promised > _PROMISES)
        if loud == "note" and not np.isnan(lag(case)):  # it keeps up: a curve that creeps on is no news
            return None
        evidence = dict(counted(case, shown)) | {
            "epochs": int(np.median(last[shown])),
            "before": median(before[shown]),
            "valid_end": median(end[shown]),
            "train_end": median(at(train, last)[shown]),
            "gain": promised,
            "percent": round(100 * promised),
        }
        evidence["start"] = median(valid[shown, 0])
        wanted = max(_MUCH_MORE * evidence["epochs"], _FEWEST) if short else _MORE * evidence["epochs"]
        evidence["try_epochs"] = wanted
        strength = 0.5 + 0.35 * grade(promised, _GAIN, 0.5)
        if case.plan is None:
            return Sign("warning", strength, evidence, "elsewhere")
        cut = most(np.array([status == "cut" for status in curves.status]))
        evidence |= {"rate": case.plan.learning_rate, "try_rate": tidy(case.plan.learning_rate * _MORE)}
        variant = "cut" if cut else "short" if short else ""
        return Sign(loud, strength, evidence, "cut at once" if cut and evidence["epochs"] < _QUARTERS else variant)


def _promise(valid: np.ndarray, rates: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, ...]:
    """The loss a window before the end and at the end, what as many steps again would save of it, and the last fall.

    Progress is measured in steps times their rate, so that a schedule that ends at zero does not look like the end of
    learning. Means of the last three windows are taken for a geometric series.
    """
    smooth = smoothed(valid)
    before, end, gain, fell = np.zeros((4, len(valid)))
    for member, n in enumerate(last):
        if n == 1 and np.isfinite(valid[member, :2]).all():  # one epoch promises another like it
            before[member], end[member] = valid[member, :2]
            fell[member] = before[member] - end[member]
            gain[member] = fell[member] / max(end[member], 1e-30)
        if n < 2:
            continue
        own, rate = smooth[member, : n + 1], rates[member, : n + 1]
        if n < _WINDOWS:  # too few points for a running median
            own = valid[member, : n + 1]
        if own.min() <= 0:  # no share of a loss that knows no zero
            continue
        moved = np.ones(n) if not np.isfinite(rate).all() or rate.max() <= 0 else (rate[1:] + rate[:-1]) / 2
        way = np.concatenate([[0.0], np.cumsum(moved)]) / moved.sum()
        marks = np.linspace(0, 1, _WINDOWS * _POINTS + 1)[1:]
        early, middle, late = np.interp(marks, way, own).reshape(_WINDOWS, _POINTS)[-3:].mean(axis=1)
        fell[member] = middle - late
        ratio = float(np.clip(fell[member] / max(early - middle, 1e-30), 0.0, 0.95)) if early > middle else 0.0
        gain[member] = fell[member] * sum(ratio**k for k in range(1, _WINDOWS + 1)) / max(late, 1e-30)
        before[member] = np.interp(1 - 1 / _WINDOWS, way, smooth[member, : n + 1])
        end[member] = smooth[member, n]
    return before, end, np.minimum(gain, _MOST), fell
