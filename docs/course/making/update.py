"""One weight update with real numbers: a neuron, and a network with one hidden layer. Plain arithmetic, no library."""

from __future__ import annotations

from typing import Any

#: One flat: its area is 1.5 spreads above the mean, its age half a spread below; its price 2 spreads above.
X1, X2, Y = 1.5, -0.5, 2.0
RATE = 0.1
#: First weights of the neuron.
W1, W2, B = 0.4, 0.3, 0.1
#: First weights of the network: two hidden units (a row each) and the output.
HIDDEN = ((0.4, 0.3, 0.1), (-0.6, 0.2, 0.0))
OUTPUT = (0.8, -0.5, 0.2)


def neuron() -> dict[str, float]:
    """Forward, loss, gradient, one step, and the loss after it."""
    z = W1 * X1 + W2 * X2 + B
    error = z - Y
    slope = 2 * error  # of the loss by the prediction
    grad = (slope * X1, slope * X2, slope)
    new = tuple(old - RATE * g for old, g in zip((W1, W2, B), grad, strict=True))
    after = new[0] * X1 + new[1] * X2 + new[2]
    return {
        "x1": X1, "x2": X2, "y": Y, "rate": RATE, "w1": W1, "w2": W2, "b": B,
        "p1": W1 * X1, "p2": W2 * X2, "z": z, "error": error, "loss": error**2, "slope": slope,
        "g1": grad[0], "g2": grad[1], "gb": grad[2],
        "step1": RATE * grad[0], "step2": RATE * grad[1], "stepb": RATE * grad[2],
        "new1": new[0], "new2": new[1], "newb": new[2], "after": after, "loss_after": (after - Y) ** 2,
    }  # fmt: skip


def network() -> dict[str, Any]:
    """The same for two hidden ReLU units: the error goes back through the output weights; a closed unit gets nothing."""
    z = [a * X1 + b * X2 + c for a, b, c in HIDDEN]
    h = [max(value, 0.0) for value in z]
    v1, v2, c = OUTPUT
    out = v1 * h[0] + v2 * h[1] + c
    slope = 2 * (out - Y)
    back = [slope * v * (value > 0) for v, value in zip((v1, v2), z, strict=True)]
    grads = [(d * X1, d * X2, d) for d in back]
    top = (slope * h[0], slope * h[1], slope)
    hidden = [tuple(w - RATE * g for w, g in zip(row, grad, strict=True)) for row, grad in zip(HIDDEN, grads, strict=True)]
    output = tuple(w - RATE * g for w, g in zip(OUTPUT, top, strict=True))
    new_h = [max(a * X1 + b * X2 + k, 0.0) for a, b, k in hidden]
    after = output[0] * new_h[0] + output[1] * new_h[1] + output[2]
    return {
        "hidden": [list(row) for row in HIDDEN], "output": list(OUTPUT), "z": z, "h": h, "out": out,
        "loss": (out - Y) ** 2, "slope": slope, "back": back, "top": list(top), "grads": [list(row) for row in grads],
        "new_hidden": [list(row) for row in hidden], "new_output": list(output), "new_h": new_h, "after": after,
        "loss_after": (after - Y) ** 2,
    }  # fmt: skip
