"""A Keras model as `model=`: its layers, and what `compile` said of training."""

from __future__ import annotations

import warnings
from typing import Any

from netwright.base.errors import PlanError
from netwright.models.keras_layers import keras_layers
from netwright.models.own_module import Given

_BACKEND = "torch"
#: Losses by their names in Keras, as names here; those for numbers, and those for classes.
_NUMBERS = {
    **dict.fromkeys(("mse", "mean_squared_error"), "mse"),
    **dict.fromkeys(("mae", "mean_absolute_error"), "mae"),
    "huber": "huber",
}
_CLASSES = dict.fromkeys(
    ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"), "cross_entropy"
)
_OPTIMIZERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}
#: The momentum that `momentum` here has, and settings of Keras's optimizers that have no counterpart here, with what
#: they are where they do nothing.
_MOMENTUM = 0.9
_WITHOUT = {
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "gradient_accumulation_steps": None,
    "amsgrad": False,
    "nesterov": False,
}


def read_keras(model: Any, kind: str | None) -> tuple[Given, dict[str, Any]]:
    """The layers of a Keras model as a module, and the options that its `compile` stands for.

    Args:
        model: A `keras.Sequential`.
        kind: What is predicted, `numbers` or `classes`; None where it is not known yet.

    Raises:
        PlanError: Keras runs on another backend, or the model holds what netwright cannot honour.
    """
    import keras

    if keras.config.backend() != _BACKEND:
        raise PlanError(
            f"--model takes Keras models on the backend {_BACKEND}, got one on {keras.config.backend()}. Set it before "
            f'keras is imported: import os; os.environ["KERAS_BACKEND"] = "{_BACKEND}".'
        )
    layers = keras_layers(model)
    if not model.compiled:
        note = "it was not compiled, so optimizer, learning rate and loss are those of the preset"
        return Given(layers, "Keras Sequential", notes=(note,)), {}
    choices, betas = _optimizer(model.optimizer)
    choices["loss"] = _loss(model.loss, kind)
    rate, optimizer = choices["learning_rate"], choices["optimizer"]
    note = f"compile said {optimizer}, learning rate {rate:g} (held constant) and loss {choices['loss']}"
    return Given(layers, "Keras Sequential", schedule="constant", betas=betas, notes=(note,)), choices


def _optimizer(optimizer: Any) -> tuple[dict[str, Any], tuple[float, float] | None]:
    """Optimizer, learning rate and pull as options; Adam's betas."""
    kind = type(optimizer).__name__.lower()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras reads its own variable in an old way
        config = optimizer.get_config()
    if kind not in _OPTIMIZERS:
        known = ", ".join(_OPTIMIZERS.values())
        raise PlanError(f"--model must be compiled with one of {known}, got {type(optimizer).__name__}.")
    for name, nothing in _WITHOUT.items():
        if config.get(name, nothing) not in (nothing, None, False):
            raise PlanError(
                f"--model must be compiled without {name}, got {name}={config[name]} in {_OPTIMIZERS[kind]}: netwright "
                "has no such setting. Leave it out."
            )
    if not isinstance(config["learning_rate"], int | float):
        raise PlanError(
            "--model must be compiled with a number as learning rate, got a schedule. Pass a number; presets have a "
            "schedule of their own where the model is not compiled."
        )
    choices = {"optimizer": kind, "learning_rate": float(f"{config['learning_rate']:.6g}")}
    decay = config.get("weight_decay")
    if decay and kind != "adamw":
        raise PlanError(
            f"--model must be compiled without weight_decay in {_OPTIMIZERS[kind]}, got {decay:g}. Use AdamW, or pass "
            "--weight-decay."
        )
    choices["weight_decay"] = float(decay or 0.0)
    momentum = config.get("momentum") or 0.0
    if momentum not in (0.0, _MOMENTUM):
        raise PlanError(f"--model must be compiled with momentum 0 or {_MOMENTUM} in SGD, got {momentum:g}.")
    if momentum:
        choices["optimizer"] = "momentum"
    betas = (float(config["beta_1"]), float(config["beta_2"])) if "beta_1" in config else None
    return choices, betas


def _loss(loss: Any, kind: str | None) -> str:
    """The loss as an option; one that fits what is predicted."""
    name = loss.lower() if isinstance(loss, str) else _snake(getattr(loss, "__name__", type(loss).__name__))
    known = {"numbers": _NUMBERS, "classes": _CLASSES}.get(str(kind), {**_NUMBERS, **_CLASSES})
    if name not in known:
        raise PlanError(
            f"--model must be compiled with a loss for {kind or 'its task'} ({', '.join(known)}), got "
            f"{name or type(loss).__name__!r}. Compile it with one of these."
        )
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    if config.get("delta", 1.0) != 1 or config.get("label_smoothing"):
        given = {own: config[own] for own in ("delta", "label_smoothing") if own in config}
        raise PlanError(f"--model must be compiled with {name} as Keras has it by itself, got one with {given}.")
    return known[name]


def _snake(name: str) -> str:
    """A class's name as Keras writes the function's.

    Example:
        >>> _snake("MeanSquaredError"), _snake("mean_squared_error")
        ('mean_squared_error', 'mean_squared_error')
    """
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
