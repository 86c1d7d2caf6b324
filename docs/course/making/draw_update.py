"""Pictures of one weight update."""

from __future__ import annotations

from typing import Any

from making.svg import INK, QUIET, SOFT, SUNK, TEST, TRAIN, VALID, Canvas, Chart, key


def _t(lang: str, en: str, ko: str) -> str:
    return ko if lang == "ko" else en


def num(value: float) -> str:
    """A number with all its digits, six at most, and a true minus."""
    text = f"{round(value, 6) + 0.0:.6f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def neuron(figures: dict[str, Any], lang: str) -> Canvas:
    """Forward in blue, backward in orange."""
    n = figures["update"]["neuron"]
    canvas = Canvas(760, 300, _t(lang, "One neuron: forward and backward", "뉴런 하나: 순전파와 역전파"))
    places = {"x1": (70, 80), "x2": (70, 180), "1": (70, 260)}
    for name, weight, grad in (("x1", "w1", "g1"), ("x2", "w2", "g2"), ("1", "b", "gb")):
        x, y = places[name]
        value = n[name] if name in n else 1
        canvas.circle(x, y, 26, SUNK, QUIET)
        canvas.text(x, y + 5, num(value), 14, INK, "middle", True)
        canvas.text(x - 34, y + 5, {"x1": "x₁", "x2": "x₂", "1": ""}[name], 14, SOFT, "end")
        canvas.arrow(x + 26, y, 334, 140, TRAIN, 1.8)
        middle_x, middle_y = (x + 26 + 334) / 2 - 20, (y + 140) / 2
        shown = {"w1": "w₁", "w2": "w₂", "b": "b"}[weight]
        lift = {"x1": -22, "x2": -14, "1": 4}[name]
        canvas.box(middle_x - 62, middle_y + lift - 14, 128, 36, "#ffffff", "#ffffff", 4)
        canvas.text(middle_x, middle_y + lift, f"{shown} = {num(n[weight])}", 13, TRAIN, "middle", True)
        canvas.text(middle_x, middle_y + lift + 17, f"∂L/∂{shown} = {num(n[grad])}", 12, VALID, "middle")
    canvas.circle(368, 140, 34, "#e3eff7", TRAIN)
    canvas.text(368, 136, "ŷ", 15, TRAIN, "middle", True)
    canvas.text(368, 155, num(n["z"]), 14, TRAIN, "middle", True)
    canvas.arrow(402, 140, 560, 140, TRAIN, 1.8)
    canvas.text(481, 128, f"ŷ − y = {num(n['error'])}", 13, TRAIN, "middle")
    canvas.text(481, 162, f"∂L/∂ŷ = 2(ŷ − y) = {num(n['slope'])}", 12, VALID, "middle")
    canvas.labelled(560, 112, 170, 56, f"L = (ŷ − y)²\n= {num(n['loss'])}", 14, "#ffffff", TRAIN, bold=True)
    canvas.text(645, 94, f"y = {num(n['y'])}", 13, SOFT, "middle")
    key(canvas, 430, 250, [(TRAIN, _t(lang, "forward: values", "순전파: 값"))])
    key(canvas, 430, 274, [(VALID, _t(lang, "backward: gradients, by the chain rule", "역전파: 연쇄 법칙으로 구한 기울기"))])
    return canvas


def valley(figures: dict[str, Any], lang: str) -> Canvas:
    """The loss along the step that all three weights take together."""
    n = figures["update"]["neuron"]
    canvas = Canvas(600, 340, _t(lang, "One step down the loss", "손실을 따라 한 걸음 내려가기"))
    title = _t(lang, "The loss along the step of all three weights", "세 가중치가 함께 움직이는 방향의 손실")
    canvas.text(56, 24, title, 14, INK, bold=True)
    per_rate = -n["slope"] * (n["x1"] ** 2 + n["x2"] ** 2 + 1)  # how far the prediction moves, a learning rate of 1

    def loss(rate: float) -> float:
        return float((n["error"] + rate * per_rate) ** 2)

    chart = Chart(canvas, 56, 56, 510, 210, (0, 0.32), (0, 3.5))
    chart.axes(_t(lang, "learning rate: how far along the gradient", "학습률: 기울기를 따라 얼마나 가는가"), _t(lang, "loss", "손실"))
    rates = [k * 0.004 for k in range(81)]
    chart.curve(rates, [loss(rate) for rate in rates], TRAIN, 2.5)
    far = 0.3
    for rate, colour, words in (
        (0.0, VALID, _t(lang, f"before {num(n['loss'])}", f"처음 {num(n['loss'])}")),
        (n["rate"], TEST, _t(lang, f"rate {n['rate']:g}: {num(n['loss_after'])}", f"학습률 {n['rate']:g}: {num(n['loss_after'])}")),
        (far, VALID, _t(lang, f"rate {far:g}, too far: {num(loss(far))}", f"학습률 {far:g}, 너무 멀리: {num(loss(far))}")),
    ):
        x, y = chart.at(rate, loss(rate))
        canvas.circle(x, y, 6, colour, "#ffffff")
        anchor, dx, dy = ("start", 12, 4) if rate == 0 else ("start", 12, -8) if rate == n["rate"] else ("end", -12, -2)
        canvas.text(x + dx, y + dy, words, 13, colour, anchor, True, halo=True)
    canvas.text(56, 328, _t(lang, "at its bottom the neuron would hit this one row exactly", "바닥에서는 이 행 하나를 정확히 맞힙니다"), 12, SOFT)
    return canvas


def hidden_layer(figures: dict[str, Any], lang: str) -> Canvas:
    """Two hidden units: one lets the gradient through, one is closed."""
    n = figures["update"]["network"]
    first = figures["update"]["neuron"]
    canvas = Canvas(760, 324, _t(lang, "A network with one hidden layer", "은닉층이 하나인 신경망"))
    inputs = [(70, 80, first["x1"], "x₁"), (70, 220, first["x2"], "x₂")]
    units = [(330, 80), (330, 220)]
    for x, y, value, name in inputs:
        canvas.circle(x, y, 26, SUNK, QUIET)
        canvas.text(x, y + 5, num(value), 14, INK, "middle", True)
        canvas.text(x - 34, y + 5, name, 14, SOFT, "end")
    for row, (ux, uy) in enumerate(units):
        closed = n["h"][row] == 0
        colour = QUIET if closed else TRAIN
        for place, (x, y, _, _) in enumerate(inputs):
            canvas.arrow(x + 26, y, ux - 42, uy + (place - row) * 8, colour, 1.6)
            near = 0.3 if place != row else 0.5
            wx, wy = x + 26 + (ux - 42 - x - 26) * near, y + (uy - y) * near
            canvas.box(wx - 24, wy - 11 - 10 * (place == row), 48, 20, "#ffffff", "#ffffff", 3)
            canvas.text(wx, wy + 4 - 10 * (place == row), num(n["hidden"][row][place]), 13, colour, "middle", True)
        canvas.circle(ux, uy, 40, "#f0f1f3" if closed else "#e3eff7", colour)
        canvas.text(ux, uy - 4, f"z = {num(n['z'][row])}", 12, SOFT if closed else TRAIN, "middle")
        canvas.text(ux, uy + 14, f"h = {num(n['h'][row])}", 13, SOFT if closed else TRAIN, "middle", True)
        words = f"∂L/∂z = {num(n['back'][row])}"
        canvas.text(ux, uy + 60, words, 12, VALID if not closed else SOFT, "middle", not closed)
        canvas.arrow(ux + 40, uy, 522, 150 + (row * 2 - 1) * 8, colour, 1.6)
        vx, vy = (ux + 40 + 522) / 2, (uy + 150) / 2
        canvas.box(vx - 26, vy - 11, 52, 21, "#ffffff", "#ffffff", 3)
        canvas.text(vx, vy + 5, num(n["output"][row]), 13, colour, "middle", True)
    canvas.text(330, 308, _t(lang, "closed: for this row it passes no gradient", "닫힘: 이 행에서는 기울기가 지나가지 못합니다"), 12, SOFT, "middle")
    canvas.circle(556, 150, 34, "#e3eff7", TRAIN)
    canvas.text(556, 146, "ŷ", 15, TRAIN, "middle", True)
    canvas.text(556, 165, num(n["out"]), 14, TRAIN, "middle", True)
    canvas.arrow(590, 150, 624, 150, TRAIN, 1.8)
    canvas.labelled(624, 122, 124, 56, f"L = (ŷ − y)²\n= {num(n['loss'])}", 14, "#ffffff", TRAIN, bold=True)
    canvas.text(606, 206, f"∂L/∂ŷ = {num(n['slope'])}", 12, VALID, "middle")
    return canvas
