"""Losses that are no finite numbers, or that blow up."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import (
    both_ends,
    counted,
    held,
    last_epoch,
    median,
    most,
    rate_of,
    rises,
    severity,
    tidy,
    unit,
)
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: A train loss this many times that of the untrained network and of the constant predictor has blown up (AUTOTRAINER,
#: ICSE 2021, takes 4 times the best, which a network that had learned something reaches by noise).
_BLOWN_UP = 4.0
#: A loss that ends under this share of the constant predictor's has come back.
_CAME_BACK = 0.5
#: How much lower a learning rate is tried.
_LOWER = 0.1


@symptom("not-finite")
class NotFinite:
    """NaN, infinite, or far above where training began."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "not finite",
            "the loss of {shown} of {of} networks left the finite numbers, first in epoch {epoch}: {reason}",
            "the steps were so large that the weights ran away",
            "pass --learning-rate {try_rate:g} (it was {rate:g})",
        ),
        "input": Words(
            "not finite",
            "{shown} of {of} networks could not be trained: {reason}",
            "a cell of the table is no number that a network can read",
            "correct that cell, or leave its column out with --drop",
        ),
        "blown-up": Words(
            "loss blown up",
            "the train loss rises to {peak} in epoch {epoch}, {times} times what it began with, in {shown} of {of} "
            "networks",
            "the steps are so large that they lead away from the goal",
            "pass --learning-rate {try_rate:g} (it was {rate:g})",
        ),
        "elsewhere": Words(
            "not finite",
            "the loss is NaN or infinite from epoch {epoch} on, in {shown} of {of} networks",
            "the steps were so large that the weights ran away, or a cell of the data is no number",
            "look for cells that are no numbers, then train with a tenth of the learning rate",
        ),
        "elsewhere-rising": Words(
            "diverging loss",
            "the train loss rises from {start} in the first epochs to {end} in the last of {epochs}, in "
            "{shown} of {of} networks",
            "the steps are so large that they lead away from the goal",
            "train with a tenth of the learning rate, and check the sign of the loss",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "유한하지 않은 손실",
            "신경망 {of}개 중 {shown}개의 손실이 유한한 수를 벗어났습니다. 처음은 에포크 {epoch}입니다({reason})",
            "한 걸음이 너무 커서 가중치가 발산했습니다",
            "--learning-rate {try_rate:g} 옵션을 주십시오(지금은 {rate:g})",
        ),
        "input": Words(
            "유한하지 않은 입력",
            "신경망 {of}개 중 {shown}개를 학습할 수 없었습니다({reason})",
            "신경망이 읽을 수 없는 값이 표에 있습니다",
            "그 칸을 고치거나 --drop 으로 그 열을 빼십시오",
        ),
        "blown-up": Words(
            "폭발한 손실",
            "신경망 {of}개 중 {shown}개에서 학습 손실이 에포크 {epoch}에 {peak}까지 올라, 시작할 때의 {times}배가 "
            "됩니다",
            "한 걸음이 너무 커서 목표에서 멀어집니다",
            "--learning-rate {try_rate:g} 옵션을 주십시오(지금은 {rate:g})",
        ),
        "elsewhere": Words(
            "유한하지 않은 손실",
            "에포크 {epoch}부터 손실이 NaN 이거나 무한대입니다(신경망 {of}개 중 {shown}개)",
            "한 걸음이 너무 커서 가중치가 발산했거나, 데이터에 숫자가 아닌 값이 있습니다",
            "숫자가 아닌 값을 먼저 찾고, 그다음 학습률을 10분의 1로 줄여 학습하십시오",
        ),
        "elsewhere-rising": Words(
            "발산하는 손실",
            "학습 손실이 처음 몇 에포크의 {start}에서 {epochs} 에포크 끝의 {end}까지 올라갑니다(신경망 "
            "{of}개 중 {shown}개)",
            "한 걸음이 너무 커서 목표에서 멀어집니다",
            "학습률을 10분의 1로 줄이고 손실의 부호가 맞는지 확인하십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Any member that diverged; else most members whose train loss blew up."""
        curves = case.curves
        if case.plan is None:
            return _elsewhere(case)
        diverged = np.array([status == "diverged" for status in curves.status], dtype=bool)
        rate = {"rate": rate_of(case), "try_rate": tidy(rate_of(case) * _LOWER)}
        if diverged.any():
            reasons = [reason for reason in curves.reasons if reason]
            epochs = np.where(np.isfinite(curves.train_loss), np.arange(curves.train_loss.shape[1]), -1).max(axis=1) + 1
            evidence = dict(counted(case, diverged)) | {
                "epoch": int(epochs[diverged].min()),
                "reason": reasons[0] if reasons else "-",
            }
            cells = bool(reasons) and reasons[0].startswith("before the first step")
            columns: dict[str, Any] = {} if cells else rate
            return Sign("warning", 1.0, evidence | columns, "input" if cells else "")
        train = held(curves.train_loss)
        if train.shape[1] < 2:
            return None
        began = np.maximum(train[:, 0], unit(case))
        peak = train[:, 1:].max(axis=1)
        blown = peak > _BLOWN_UP * began
        if not most(blown):
            return None
        one = int(np.flatnonzero(blown)[np.argsort(peak[blown])[np.count_nonzero(blown) // 2]])
        evidence = dict(counted(case, blown)) | {
            "epoch": int(train[one, 1:].argmax()) + 1,
            "peak": float(peak[one]),
            "times": float(peak[one] / began[one]),
        }
        came_back = most(train[np.arange(len(train)), -1] < _CAME_BACK * unit(case))
        return Sign("note" if came_back else severity(case), 0.95, evidence | rate, "blown-up")


def _elsewhere(case: Case) -> Sign | None:
    """Infinities that stand in the log; a curve that merely ends early or has gaps says nothing."""
    curves = case.curves
    since = np.full(len(curves.members), np.inf)
    for values in (curves.train_loss, curves.valid_loss):
        bad = np.isinf(values)
        since = np.minimum(since, np.where(bad.any(axis=1), bad.argmax(axis=1), np.inf))
    for member, status in enumerate(curves.status):
        known = np.flatnonzero(np.isfinite(curves.train_loss[member]))
        if status == "diverged":
            since[member] = min(since[member], known[-1] + 1 if len(known) else 0)
    shown = np.isfinite(since)
    if not shown.any():
        return _rising(case)
    return Sign("warning", 1.0, dict(counted(case, shown)) | {"epoch": int(since.min())}, "elsewhere")


def _rising(case: Case) -> Sign | None:
    """A train loss that ends well above where it began."""
    shown = rises(case)
    if not most(shown):
        return None
    start, end = both_ends(case)
    evidence = dict(counted(case, shown)) | {
        "start": median(start[shown]),
        "end": median(end[shown]),
        "epochs": int(np.median(last_epoch(case.curves)[shown])),
    }
    return Sign("warning", 0.95, evidence, "elsewhere-rising")
