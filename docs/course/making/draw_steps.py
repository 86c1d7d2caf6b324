"""Pictures of the way from a table to a prediction."""

from __future__ import annotations

from typing import Any

from making.svg import GRID, INK, QUIET, SOFT, SUNK, TEST, TRAIN, VALID, Canvas


def _t(lang: str, en: str, ko: str) -> str:
    return ko if lang == "ko" else en


def way(figures: dict[str, Any], lang: str) -> Canvas:
    """All steps in their order; the test rows go round all of them."""
    canvas = Canvas(760, 300, _t(lang, "From a table to a prediction", "표에서 예측까지"))
    rows = [
        [("1", "read", "읽기"), ("2", "split", "분할"), ("3", "fill gaps", "결측치"), ("4", "encode", "가변수화"), ("5", "scale", "스케일링"), ("6", "tensors", "텐서")],
        [("7", "network", "신경망"), ("8", "loss", "손실"), ("9", "optimizer", "옵티마이저"), ("10", "epochs", "에포크"), ("11", "curves", "학습 곡선"), ("12", "cure, tune", "처방·튜닝")],
    ]
    for line, steps in enumerate(rows):
        for place, (number, en, ko) in enumerate(steps):
            x, y = 20 + 122 * place, 30 + 92 * line
            canvas.labelled(x, y, 98, 52, f"{number}\n{_t(lang, en, ko)}", 13, SUNK, TRAIN if line else QUIET)
            if place < 5:
                canvas.arrow(x + 98, y + 26, x + 122, y + 26)
    canvas.path([(728, 56), (744, 56), (744, 102), (10, 102), (10, 148)], SOFT, 1.5)
    canvas.arrow(10, 148, 20, 148)
    # the learning goes round
    canvas.path([(679, 174), (679, 188), (69, 188)], TRAIN, 1.5, "4 3")
    canvas.arrow(69, 188, 69, 174, TRAIN)
    canvas.text(374, 205, _t(lang, "again and again, on train rows; validation rows choose", "학습 행으로 되풀이하고, 검증 행으로 고릅니다"), 12, TRAIN, "middle")
    canvas.path([(191, 30), (191, 14), (752, 14), (752, 256), (632, 256)], TEST, 1.8, "5 4")
    canvas.arrow(632, 256, 606, 256, TEST, 1.8)
    canvas.labelled(508, 230, 98, 52, f"13\n{_t(lang, 'test, once', '평가 한 번')}", 13, "#e8f4f0", TEST)
    canvas.labelled(386, 230, 98, 52, f"14\n{_t(lang, 'predict', '예측')}", 13, SUNK, QUIET)
    canvas.arrow(508, 256, 484, 256)
    canvas.text(20, 250, _t(lang, "green: test rows, sealed", "초록: 봉인해 둔 테스트 행"), 12, TEST)
    canvas.text(20, 270, _t(lang, "until everything is chosen", "(모든 것을 고를 때까지)"), 12, TEST)
    return canvas


def split(figures: dict[str, Any], lang: str) -> Canvas:
    """400 rows dealt into three parts, and what each part may do."""
    canvas = Canvas(720, 190, _t(lang, "Train, validation and test rows", "학습, 검증, 테스트 행"))
    parts = [
        (256, TRAIN, _t(lang, "train", "학습"), _t(lang, "sets the weights", "가중치를 정합니다"), _t(lang, "seen in every epoch", "에포크마다 봅니다")),
        (64, VALID, _t(lang, "validation", "검증"), _t(lang, "chooses", "고릅니다"), _t(lang, "epoch, plan", "에포크, 설정")),
        (80, TEST, _t(lang, "test", "테스트"), _t(lang, "judges", "평가합니다"), _t(lang, "opened once", "한 번만 엽니다")),
    ]
    x = 20.0
    for rows, colour, name, does, when in parts:
        width = 680 * rows / 400
        canvas.box(x, 52, width - 4, 56, colour, colour, 4)
        canvas.text(x + width / 2 - 2, 86, str(rows), 18, "#ffffff", "middle", True)
        canvas.text(x + width / 2 - 2, 40, name, 14, INK, "middle", True)
        canvas.text(x + width / 2 - 2, 130, does, 13, INK, "middle")
        canvas.text(x + width / 2 - 2, 150, when, 12, SOFT, "middle")
        x += width
    canvas.text(20, 180, _t(lang, "400 rows, each in one part only", "400행, 한 행은 한 곳에만 들어갑니다"), 12, SOFT)
    return canvas


def three_rows(figures: dict[str, Any], lang: str) -> Canvas:
    """The mean squared error of three rows: each error is the side of a square."""
    canvas = Canvas(640, 236, _t(lang, "Mean squared error of three rows", "세 행의 평균제곱오차"))
    rows = [(410, 400), (520, 550), (700, 690)]
    canvas.text(20, 26, _t(lang, "Each error is the side of a square", "오차 하나가 정사각형의 한 변입니다"), 14, INK, bold=True)
    for number, (guess, true) in enumerate(rows):
        side, x = abs(guess - true) * 3.4, 40 + 180 * number
        canvas.box(x, 146 - side, side, side, "#f7e0d0", VALID, 0)
        canvas.text(x, 168, f"{guess} − {true} = {guess - true}".replace("-", "−"), 13, INK)
        canvas.text(x, 188, f"({guess - true})² = {(guess - true) ** 2}".replace("-", "−"), 13, VALID, bold=True)
    total = sum((guess - true) ** 2 for guess, true in rows)
    canvas.line(20, 202, 620, 202, GRID, 1)
    canvas.text(40, 224, f"MSE = (100 + 900 + 100) / 3 = {total / 3:.1f}", 14, INK, bold=True)
    canvas.text(340, 224, f"RMSE = √{total / 3:.1f} = {(total / 3) ** 0.5:.1f}", 14, INK, bold=True)
    return canvas
