"""A first loss far above what an untrained network should have."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import constant_loss, counted, grade, held, median, most, severity
from netwright.doctor.symptom import Sign, Words, symptom

#: Times the loss of the constant predictor (log of the number of classes; variance of the target), which a network
#: with an output near zero begins with. RealMLP, whose outputs begin with a spread, reaches 2.8.
_TIMES = 5.0


@symptom("bad-start")
class BadStart:
    """The untrained network is far worse than a constant."""

    en = {
        "": Words(
            "bad start",
            "before the first step the loss is {start}, {times} times that of always saying the mean ({constant}), in "
            "{shown} of {of} networks",
            "the first weights are too large or the target is not scaled, and the network has to unlearn that first",
            "start with smaller weights and a scaled target (--model mlp and --model realmlp do both), or train "
            "--epochs {try_epochs:d}",
        )
    }
    ko = {
        "": Words(
            "잘못된 출발",
            "첫걸음 전의 손실이 {start}로, 늘 평균을 답할 때({constant})의 {times}배입니다(신경망 {of}개 중 {shown}개)",
            "처음 가중치가 너무 크거나 목표값이 스케일링되지 않아, 그것부터 되돌려야 합니다",
            "가중치를 더 작게 시작하고 목표값을 스케일링하십시오(--model mlp 와 --model realmlp 는 둘 다 합니다). 또는 "
            "--epochs {try_epochs:d} 로 더 오래 학습하십시오",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Loss at step 0 against theory."""
        constant = constant_loss(case)
        if case.plan is None or constant is None or not case.curves.train_loss.size:
            return None
        start = held(case.curves.train_loss)[:, 0]
        times = start / np.maximum(constant, 1e-12)
        shown = times > _TIMES
        if not most(shown):
            return None
        evidence = dict(counted(case, shown)) | {
            "start": median(start[shown]),
            "constant": median(constant),
            "times": median(times[shown]),
            "try_epochs": 2 * case.plan.epochs,
        }
        return Sign(severity(case), 0.7 + 0.25 * grade(evidence["times"], _TIMES, 100.0), evidence)
