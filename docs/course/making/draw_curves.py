"""Pictures of learning curves and of scores."""

from __future__ import annotations

from typing import Any

from making.svg import INK, QUIET, SOFT, TEST, TRAIN, VALID, Canvas, Chart, key


def _t(lang: str, en: str, ko: str) -> str:
    return ko if lang == "ko" else en


def _loss_chart(canvas: Canvas, left: float, curves: dict[str, Any], lang: str, title: str, top: float, log: bool) -> None:
    """Train and validation loss of one run; the lowest validation loss is marked."""
    train = [v if v is not None else float("nan") for v in curves["train"]]
    valid = [v if v is not None else float("nan") for v in curves["valid"]]
    low = min(v for v in (*train, *valid) if v == v)
    bounds = (low * 0.3, top * 3) if log else (0.0, top)
    chart = Chart(canvas, left, 62, 300, 180, (0, len(train) - 1), bounds, log)
    chart.axes(_t(lang, "epoch", "에포크"), _t(lang, "loss", "손실"), title)
    epochs = list(range(len(train)))
    chart.curve(epochs, train, TRAIN)
    chart.curve(epochs, valid, VALID)
    most = max(v for v in (*train, *valid) if v == v)
    if most > bounds[1]:
        canvas.text(left + 300, 50, f"↑ {most:.3g}", 12, SOFT, "end")
    known = [(v, e) for e, v in enumerate(valid) if v == v]
    value, best = min(known)
    x, y = chart.at(best, value)
    canvas.circle(x, y, 4, "#ffffff", VALID)


def _names(canvas: Canvas, lang: str, left: float, y: float) -> None:
    key(canvas, left, y, [(TRAIN, _t(lang, "train", "학습")), (VALID, _t(lang, "validation", "검증"))], 110)
    canvas.circle(left + 233, y, 4, "#ffffff", VALID)
    canvas.text(left + 244, y + 4, _t(lang, "lowest validation loss", "가장 낮은 검증 손실"), 12, SOFT)


def case(figures: dict[str, Any], lang: str, name: str) -> Canvas:
    """Curves that ail beside those after the cure, on the same vertical axis where that shows both."""
    own = figures["gallery"][name]
    before, after = own["before"], own["after"]
    canvas = Canvas(760, 318, _t(lang, f"Learning curves before and after the cure: {name}", f"처방 전후의 학습 곡선: {name}"))
    finite = [v for part in (before, after) for loss in ("train", "valid") for v in part[loss] if v is not None]
    log = name == "diverging"
    top = max(finite) if log else min(max(finite), 1.6 * max(after["train"][0], after["valid"][0])) * 1.05
    _loss_chart(canvas, 52, before, lang, _t(lang, "before", "처방 전"), top, log)
    if log:  # on the axis of the one that diverges the other would be a flat line
        top = max(after["train"][0], after["valid"][0]) * 1.1
    _loss_chart(canvas, 432, after, lang, _t(lang, "after the cure", "처방 후"), top, False)
    _names(canvas, lang, 52, 300)
    return canvas


def healthy(figures: dict[str, Any], lang: str) -> Canvas:
    """What it should look like."""
    canvas = Canvas(640, 318, _t(lang, "Healthy learning curves", "건강한 학습 곡선"))
    curves = figures["gallery"]["healthy"]["before"]
    top = max(curves["train"][0], curves["valid"][0]) * 1.1
    _loss_chart(canvas, 52, curves, lang, _t(lang, "healthy", "건강한 곡선"), top, False)
    for number, words in enumerate(
        (
            _t(lang, "falls fast at first", "처음에 빠르게 내려가고"),
            _t(lang, "bends", "꺾이고"),
            _t(lang, "flattens", "평평해집니다"),
            _t(lang, "validation a little above train", "검증이 학습보다 조금 위"),
        )
    ):
        canvas.text(380, 100 + 34 * number, f"{number + 1}. {words}", 14, INK)
    _names(canvas, lang, 52, 300)
    return canvas


def own_curve(figures: dict[str, Any], lang: str) -> Canvas:
    """The curve of the loop by hand."""
    canvas = Canvas(420, 318, _t(lang, "Learning curves of the loop by hand", "손으로 쓴 학습 루프의 학습 곡선"))
    curves = figures["steps"]["curve"]
    top = max(curves["train"][0], curves["valid"][0]) * 1.1
    title = _t(lang, "the loop above, 100 epochs", "위의 학습 루프, 100 에포크")
    _loss_chart(canvas, 52, curves, lang, title, top, False)
    _names(canvas, lang, 20, 300)
    return canvas


def scaling(figures: dict[str, Any], lang: str) -> Canvas:
    """The same network on numbers as they are, and scaled."""
    own = figures["steps"]["scaling"]
    canvas = Canvas(560, 300, _t(lang, "Train loss with and without scaling", "스케일링 유무에 따른 학습 손실"))
    finite = [v for name in ("raw", "scaled") for v in own[name] if v is not None]
    epochs = list(range(1, len(own["raw"]) + 1))
    low = 10.0 ** -2 if min(finite) >= 0.01 else 10.0**-3
    chart = Chart(canvas, 60, 50, 470, 180, (1, len(epochs)), (low, max(finite) * 1.3), log=True)
    chart.axes(_t(lang, "epoch", "에포크"), _t(lang, "train loss, in powers of ten", "학습 손실(10의 거듭제곱 눈금)"))
    for name, colour in (("raw", QUIET), ("scaled", TRAIN)):
        chart.curve(epochs, [v if v is not None else float("nan") for v in own[name]], colour, 2.5)
    key(canvas, 60, 284, [(QUIET, _t(lang, "numbers as they are", "그대로 넣은 숫자")), (TRAIN, _t(lang, "scaled", "스케일링한 숫자"))], 170)
    canvas.text(60, 22, _t(lang, "The same network, the same steps", "같은 신경망, 같은 걸음"), 14, INK, bold=True)
    return canvas


def optimizers(figures: dict[str, Any], lang: str) -> Canvas:
    """SGD, momentum and Adam on the same rows."""
    own = figures["steps"]["optimizers"]
    canvas = Canvas(560, 300, _t(lang, "Three optimizers", "세 가지 옵티마이저"))
    top = max(losses[0] for losses in own.values()) * 1.05
    epochs = list(range(1, len(own["sgd"]) + 1))
    chart = Chart(canvas, 60, 50, 470, 180, (1, len(epochs)), (0, top))
    chart.axes(_t(lang, "epoch", "에포크"), _t(lang, "train loss", "학습 손실"))
    colours = {"sgd": QUIET, "momentum": TEST, "adam": TRAIN}
    for name, losses in own.items():
        chart.curve(epochs, losses, colours[name], 2.5)
    words = {"sgd": "SGD 0.01", "momentum": _t(lang, "with momentum 0.01", "모멘텀 0.01"), "adam": "Adam 0.003"}
    key(canvas, 60, 284, [(colours[name], words[name]) for name in own], 160)
    canvas.text(60, 22, _t(lang, "Three ways to step, one network", "신경망은 하나, 걷는 방법은 셋"), 14, INK, bold=True)
    return canvas


def scores(figures: dict[str, Any], lang: str) -> Canvas:
    """The test error of what shipped beside those of the baselines."""
    own = figures["steps"]["usual"]
    rows = [
        (_t(lang, "constant (the mean)", "상수(평균값)"), own["baselines"]["constant"], QUIET),
        (_t(lang, "linear model", "선형 모델"), own["baselines"]["linear"], QUIET),
        (_t(lang, "boosted trees", "부스팅 트리"), own["baselines"]["trees"], QUIET),
        (_t(lang, "network", "신경망"), own["test"], TEST),
    ]
    canvas = Canvas(560, 216, _t(lang, "Test RMSE of the network and the baselines", "신경망과 기준 모델의 테스트 RMSE"))
    canvas.text(20, 24, _t(lang, "RMSE on the 80 test rows, in million won", "테스트 80행의 RMSE(백만 원)"), 14, INK, bold=True)
    most = max(value for _, value, _ in rows)
    for number, (words, value, colour) in enumerate(rows):
        y = 46 + 38 * number
        canvas.text(140, y + 18, words, 13, INK, "end")
        canvas.box(150, y, 330 * value / most, 26, colour, colour, 3)
        canvas.text(158 + 330 * value / most, y + 18, f"{value:.1f}", 13, INK)
    canvas.text(150, 208, _t(lang, "shorter is better", "짧을수록 좋습니다"), 12, SOFT)
    return canvas
