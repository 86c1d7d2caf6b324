"""What the report says of a diagnosis beside the words of the symptoms, in the languages of the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.deliver.report.words import LOSSES

#: What is said beside the words of the symptoms.
SAID: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "title": "Diagnosis",
        "warning": "warning",
        "note": "note",
        "stop": "stop",
        "todo": "What to do",
        "healthy": "Healthy",
        "too_early": "Too early to say",
        "untrained": "The time limit cut the networks after a few epochs; their curves say little.",
        "sound": "The curves fall fast, bend and flatten: nothing to repair.",
        "repaired": "Repaired: what helped took the place of the plan that ailed; its curves are the bold ones here.",
        "notes_only": "Nothing to repair: what is noted is only worth knowing.",
        "tried": "What was tried for {}",
        "kept": "kept",
        "back": "taken back",
        "done": "repaired",
        "table": "Remedies that were tried",
        "plan": "plan",
        "valid": "validation {}",
        "p": "p against before",
        "outcome": "outcome",
        "reading": (
            "{} is the mean over folds on validation rows; p is of that single try, uncorrected for how many were "
            "tried. Whether anything is kept is decided by one test of the round as a whole, in which each fold is "
            "judged by the try that is best on the others; then the one with the best mean takes the plan's place. "
            "Plans drawn by chance had the same budget, so that it is seen whether the remedy or merely another try "
            "has helped."
        ),
        "picture": "Before and after: validation loss of {} and of what was tried for it",
        "lines": (
            "Every line is the mean over the networks of a plan: dark as it was before, coloured what was kept, "
            "faint what was taken back, dotted the plans drawn by chance. Thin is the train loss, of the plan before "
            "and of the one kept."
        ),
        "clipped": " Where a line runs along the top edge the loss is higher than the picture, above {}.",
        "alt": "Curves of {} and of {} tried for it: {}.",
        "plans": ("1 plan", "{} plans"),
        "was_kept": "{} was kept",
        "none_kept": "nothing was kept, so that the plan stays as it is",
        "axis": "loss: {}",
        "losses": LOSSES,
        "inside": "Inside the networks",
        "measured": "What was measured in the networks of the chosen plan while they trained.",
        "in_charts": {
            **{"epoch": "epoch", "validation": "validation", "train": "train", "above": "above"},
            **{"before": "before", "kept": "kept", "back": "taken back", "chance": "drawn by chance"},
        },
    },
    "ko": {
        "title": "진단",
        "warning": "경고",
        "note": "참고",
        "stop": "중단",
        "todo": "조치",
        "healthy": "정상",
        "too_early": "아직 말할 수 없음",
        "untrained": "시간 제한 때문에 신경망이 몇 에포크만 학습했습니다. 학습 곡선이 말해 주는 것이 거의 없습니다.",
        "sound": "학습 곡선이 빠르게 내려가다 완만해져 평평해집니다. 고칠 것이 없습니다.",
        "repaired": "개선됨: 도움이 된 조치가 기존 설정을 대신했고, 여기 굵은 선이 그 학습 곡선입니다.",
        "notes_only": "고칠 것이 없습니다. 참고 사항은 알아 두면 좋은 내용입니다.",
        "tried": "{}에 대해 시도한 조치",
        "kept": "채택",
        "back": "기각",
        "done": "개선됨",
        "table": "시도한 조치",
        "plan": "설정",
        "valid": "검증 {}",
        "p": "기존 대비 p",
        "outcome": "결과",
        "reading": (
            "{} 값은 검증 데이터에서 잰 폴드 평균입니다. p 값은 시도 하나만 본 것으로, 시도 횟수를 보정하지 "
            "않았습니다. 채택 여부는 시도 전체를 한 번에 검정해 정하며, 이때 각 폴드는 나머지 폴드에서 가장 좋은 "
            "시도로 평가합니다. 통과하면 평균이 가장 좋은 시도가 기존 설정을 대신합니다. 무작위로 뽑은 설정에도 "
            "같은 예산을 주어, 조치 덕분인지 한 번 더 해 본 덕분인지 구별할 수 있습니다."
        ),
        "picture": "조치 전과 후: {} 및 시도한 설정의 검증 손실",
        "lines": (
            "선 하나는 한 설정의 신경망들을 평균한 것입니다. 진한 선은 기존 설정, 색이 있는 굵은 선은 채택한 것, "
            "흐린 선은 기각한 것, 점선은 무작위로 뽑은 설정입니다. 가는 선은 기존 설정과 채택한 설정의 학습 손실입니다."
        ),
        "clipped": " 선이 그림의 위 끝을 따라가는 곳에서는 손실이 그림보다 높습니다({} 초과).",
        "alt": "{} 및 시도한 {}의 학습 곡선: {}.",
        "plans": ("설정 1개", "설정 {}개"),
        "was_kept": "{} 채택",
        "none_kept": "채택한 것이 없어 기존 설정 그대로입니다",
        "axis": "손실: {}",
        "losses": {
            "mse": "스케일링한 목표값의 평균 제곱 오차",
            "mae": "스케일링한 목표값의 평균 절대 오차",
            "huber": "스케일링한 목표값의 후버 손실",
            "cross_entropy": "교차 엔트로피",
        },
        "inside": "신경망 내부",
        "measured": "채택한 설정의 신경망을 학습하는 동안 내부에서 잰 값입니다.",
        "in_charts": {
            **{"epoch": "에포크", "validation": "검증", "train": "학습", "above": "초과:"},
            **{"before": "기존", "kept": "채택", "back": "기각", "chance": "무작위"},
        },
    },
}

#: The same of what was measured inside networks.
SIGNALS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "norms": "Length of the gradient, layer by layer",
        "norms_reading": (
            "The norm of each layer's gradient after an epoch, the geometric mean over the chosen plan's networks. "
            "Lines that lie close together are well; a first layer far below the last one hardly learns, one that "
            "shoots up explodes."
        ),
        "norms_alt": "Gradient norms of {} layers; they end at {} from input to output.",
        "norms_axis": "gradient norm (log scale)",
        "ratios": "Size of a step against the weights it moves",
        "ratios_reading": (
            "The last step of an epoch over the size of the weights, the geometric mean over networks. Near 0.001 "
            "(dashed) is usual; a hundred times more tears the weights about, a hundred times less hardly moves them. "
            "Towards the end of a falling learning rate it falls by itself."
        ),
        "ratios_alt": "Update-to-weight ratios of {} layers; they end at {} from input to output.",
        "ratios_axis": "step over weights (log scale)",
        "units": "Share of {} units, layer by layer",
        "and": " and ",
        "dead": "dead",
        "saturated": "saturated",
        "most": "at most {:.0f} % of a layer's units were {}",
        "nothing": "{} at any time, so there is nothing to draw.",
        "units_axis": "share of the layer's units",
        "units_reading": (
            "A dead unit gives the same for nearly every row and learns no more; a saturated one stands at an end of "
            "its activation for over half of the rows. Mean over networks."
        ),
    },
    "ko": {
        "norms": "층별 기울기의 크기",
        "norms_reading": (
            "에포크가 끝날 때 잰 각 층의 기울기 크기(노름)이며, 채택한 설정의 신경망들을 기하평균한 것입니다. 선들이 "
            "가까이 모여 있으면 좋습니다. 첫 층이 마지막 층보다 훨씬 낮으면 거의 배우지 못하고, 치솟으면 기울기가 "
            "폭발한 것입니다."
        ),
        "norms_alt": "{}개 층의 기울기 크기. 입력 쪽부터 출력 쪽까지 마지막 값: {}.",
        "norms_axis": "기울기 크기 (로그 축)",
        "ratios": "가중치 크기에 견준 한 걸음의 크기",
        "ratios_reading": (
            "에포크의 마지막 걸음을 가중치 크기로 나눈 값이며, 신경망들을 기하평균한 것입니다. 0.001(점선) 부근이 "
            "보통입니다. 백 배 크면 가중치를 휘젓고, 백 배 작으면 거의 움직이지 않습니다. 학습률을 줄여 가는 "
            "스케줄에서는 끝으로 갈수록 저절로 작아집니다."
        ),
        "ratios_alt": "{}개 층의 걸음 대 가중치 비. 입력 쪽부터 출력 쪽까지 마지막 값: {}.",
        "ratios_axis": "걸음 / 가중치 (로그 축)",
        "units": "층별 {} 유닛의 비율",
        "and": "·",
        "dead": "죽은",
        "saturated": "포화된",
        "most": "한 층에서 많아야 {:.0f} %의 유닛이 {} 상태였습니다",
        "nothing": "{}. 그래서 그릴 것이 없습니다.",
        "units_axis": "그 층의 유닛 가운데 비율",
        "units_reading": (
            "죽은 유닛은 거의 모든 행에서 같은 값을 내어 더는 배우지 못하고, 포화된 유닛은 절반이 넘는 행에서 활성화 "
            "함수의 끝에 가 있습니다. 신경망들의 평균입니다."
        ),
    },
}
