"""Which network for which problem, and the parts of a network by their names."""

from __future__ import annotations

from typing import Any

from making.svg import INK, QUIET, SOFT, SUNK, TEST, TRAIN, VALID, Canvas


def _t(lang: str, en: str, ko: str) -> str:
    return ko if lang == "ko" else en


def choice(figures: dict[str, Any], lang: str) -> Canvas:
    """A question a row, an answer beside it."""
    rows = [
        (("Is there a column to predict?", "예측할 열(정답)이 있습니까?"), ("no", "아니요"), None),
        (("Are there pictures?", "이미지입니까?"), ("yes", "예"), ("CNN", "CNN (합성곱 신경망)")),
        (("Later values of the same series?", "같은 값의 앞날을 예측합니까?"), ("yes", "예"), ("last value, season, DLinear,\nthen TCN or RNN", "마지막 값·계절값, DLinear,\n그다음 TCN이나 RNN")),
        (("Is there free text?", "문장이 든 열이 있습니까?"), ("yes", "예"), ("convolution over characters", "글자 합성곱")),
        (("Is a straight line as good?", "직선(선형 모델)으로 충분합니까?"), ("yes", "예"), ("no network: a linear model", "신경망 없이 선형 모델")),
        (("Are boosted trees as good?", "부스팅 트리로 충분합니까?"), ("yes", "예"), ("no network: boosted trees", "신경망 없이 부스팅 트리")),
    ]
    canvas = Canvas(780, 548, _t(lang, "Which network for which problem", "어떤 문제에 어떤 신경망"))
    x, width, high, step = 24, 250, 46, 76
    answer_x = 350
    for number, (question, word, answer) in enumerate(rows):
        y = 20 + step * number
        canvas.labelled(x, y, width, high, question[lang == "ko"], 14, SUNK, TRAIN)
        if number:
            canvas.arrow(x + 60, y - step + high, x + 60, y, SOFT)
            canvas.text(x + 72, y - 11, _t(lang, "yes", "예") if number == 1 else _t(lang, "no", "아니요"), 12, SOFT)
        canvas.arrow(x + width, y + high / 2, answer_x, y + high / 2, SOFT)
        canvas.text((x + width + answer_x) / 2 - 4, y + high / 2 - 7, word[lang == "ko"], 12, SOFT, "middle")
        if answer is not None:
            plain = number >= 4
            canvas.labelled(answer_x, y, 230, high, answer[lang == "ko"], 13, "#e8f4f0" if plain else "#e3eff7", TEST if plain else TRAIN)
    y = 20 + step * len(rows)
    canvas.arrow(x + 60, y - step + high, x + 60, y, SOFT)
    canvas.text(x + 72, y - 11, _t(lang, "no", "아니요"), 12, SOFT)
    canvas.labelled(x, y, width, high, _t(lang, "MLP, or RealMLP and TabM", "MLP, 또는 RealMLP와 TabM"), 14, "#e3eff7", TRAIN, bold=True)
    wants = [
        (_t(lang, "groups: clusters", "무리: 군집화"), TEST),
        (_t(lang, "odd rows: autoencoder", "이상한 행: 오토인코더"), TRAIN),
        (_t(lang, "new rows: GAN, VAE", "새 행: GAN, VAE"), TRAIN),
    ]
    for number, (words, colour) in enumerate(wants):
        canvas.labelled(answer_x + 138 * number, 20, 132, high, words, 12, "#e3eff7" if colour == TRAIN else "#e8f4f0", colour)
    for number, (colour, words) in enumerate(
        ((TRAIN, _t(lang, "a network", "신경망")), (TEST, _t(lang, "no network needed", "신경망이 필요 없음")))
    ):
        canvas.box(answer_x + 110 * number, 493, 14, 14, "#e8f4f0" if number else "#e3eff7", colour, 3)
        canvas.text(answer_x + 20 + 110 * number, 504, words, 12, SOFT)
    return canvas


def anatomy(figures: dict[str, Any], lang: str) -> Canvas:
    """A network with the names of its parts."""
    canvas = Canvas(760, 388, _t(lang, "The parts of a network", "신경망의 각 부분 이름"))
    columns = [(150, 3), (330, 4), (510, 1)]
    places = [[(x, 190 + 62 * (k - (count - 1) / 2)) for k in range(count)] for x, count in columns]
    for left, right in zip(places, places[1:], strict=False):
        for x1, y1 in left:
            for x2, y2 in right:
                canvas.line(x1 + 22, y1, x2 - 22, y2, QUIET, 1.1)
    canvas.line(172, 128, 308, 97, VALID, 2.6)
    for number, column in enumerate(places):
        for x, y in column:
            canvas.circle(x, y, 22, (SUNK, "#e3eff7", "#e8f4f0")[number], (QUIET, TRAIN, TEST)[number])
    names = ["x₁", "x₂", "x₃"]
    for name, (x, y) in zip(names, places[0], strict=True):
        canvas.text(x, y + 5, name, 14, INK, "middle")
    for x, y in places[1]:
        canvas.path([(x - 12, y + 6), (x, y + 6), (x + 11, y - 8)], TRAIN, 2)
    canvas.text(510, 195, "ŷ", 15, INK, "middle")
    heads = [
        (150, _t(lang, "input layer", "입력층"), _t(lang, "one unit a feature", "특성 하나에 유닛 하나")),
        (330, _t(lang, "hidden layer", "은닉층"), _t(lang, "4 units, ReLU", "유닛 4개, ReLU")),
        (510, _t(lang, "output layer", "출력층"), _t(lang, "the prediction", "예측값")),
    ]
    for x, name, words in heads:
        canvas.text(x, 354, name, 14, INK, "middle", True)
        canvas.text(x, 374, words, 12, SOFT, "middle")
    canvas.text(226, 40, _t(lang, "weight", "가중치"), 13, VALID, "middle", True)
    canvas.arrow(228, 48, 238, 110, VALID, 1.4)
    canvas.text(410, 34, _t(lang, "activation function", "활성화 함수"), 13, TRAIN, "middle", True)
    canvas.arrow(398, 42, 349, 82, TRAIN, 1.4)
    canvas.arrow(532, 190, 590, 190, SOFT)
    canvas.labelled(590, 162, 150, 56, _t(lang, "loss\ncompares ŷ with y", "손실\nŷ와 y를 견줍니다"), 13, "#fdf0e6", VALID)
    canvas.path([(665, 218), (665, 322), (180, 322)], VALID, 1.6, "5 4")
    canvas.arrow(180, 322, 150, 322, VALID, 1.6)
    canvas.box(344, 312, 214, 20, "#ffffff", "#ffffff", 0)
    canvas.text(451, 326, _t(lang, "backpropagation: gradients", "역전파: 기울기가 거꾸로 흐릅니다"), 12, VALID, "middle")
    return canvas
