"""A `keras.Sequential` of dense layers as a torch module of the same layers, with first weights of its initialisers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from netwright.base.errors import PlanError

#: What torch has for Keras's activations, by their names there.
_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "linear": nn.Identity,
    "relu": nn.ReLU,
    "relu6": nn.ReLU6,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softmax": lambda: nn.Softmax(dim=-1),
    "log_softmax": lambda: nn.LogSoftmax(dim=-1),
    "selu": nn.SELU,
    "elu": nn.ELU,
    "celu": nn.CELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "mish": nn.Mish,
}
_LAYERS = "Dense, Dropout, Activation, ReLU, LeakyReLU, ELU, Softmax, LayerNormalization and Flatten"
#: What would change the loss or the weights in a way that training here does not.
_REFUSED = (
    *("kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint"),
    *("beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"),
)
_SEEDS = 2**31 - 1


@dataclass(frozen=True)
class KerasLayers:
    """Makes the torch module; what it draws comes from torch's generator.

    Args:
        layers: Of the Keras model, in order.
        width: Numbers a row that the model was built for; None where it was not built yet.
        told: The layers in words, without the names that Keras counts up.
    """

    layers: Sequence[Any]
    width: int | None
    told: str

    def __call__(self, n_in: int, n_out: int) -> nn.Module:
        """The layers with first weights of their own; their sizes are the model's, but for the input.

        Args:
            n_in: Numbers a row.
            n_out: Numbers a row that are wanted.

        Raises:
            PlanError: The model was built for rows of another length.
        """
        if self.width is not None and self.width != n_in:
            raise PlanError(
                f"--model must read rows of {n_in} numbers, so many features the columns became, got a Keras model "
                f"whose Input has {self.width}. Write keras.Input(shape=({n_in},)), or leave the Input out."
            )
        parts, width = list[nn.Module](), n_in
        for layer in self.layers:
            made, width = _made(layer, width)
            parts += [part for part in made if not isinstance(part, nn.Identity)]
        return nn.Sequential(*parts)


def keras_layers(model: Any) -> KerasLayers:
    """The layers of a Keras model, each of which can be made in torch.

    Args:
        model: A `keras.Sequential`.

    Raises:
        PlanError: It is another kind of model, or holds what cannot be made.
    """
    if type(model).__name__ != "Sequential":
        raise PlanError(
            f"--model must be a keras.Sequential of {_LAYERS}, got a Keras {type(model).__name__}. Write it as a "
            "Sequential, or as a torch.nn.Module."
        )
    layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    if not layers:
        raise PlanError("--model must have layers, got an empty keras.Sequential. Add some with model.add(...).")
    for layer in layers:
        _check(layer)
    width = model.input_shape[-1] if model.built else None
    return KerasLayers(tuple(layers), width, repr([_told(layer) for layer in layers]))


def _told(layer: Any) -> tuple[str, ...]:
    config = {name: value for name, value in layer.get_config().items() if name not in ("name", "dtype")}
    return (type(layer).__name__, *(f"{name}={_plain(config[name])}" for name in sorted(config)))


def _plain(value: Any) -> str:
    """A part of a configuration without seeds and names."""
    if isinstance(value, dict):
        return repr({name: _plain(own) for name, own in sorted(value.items()) if name not in ("name", "seed")})
    return repr(value)


def _check(layer: Any) -> None:
    kind = type(layer).__name__
    if kind not in _MAKERS:
        more = " It keeps figures of past batches; LayerNormalization does not." if kind == "BatchNormalization" else ""
        raise PlanError(f"--model must be a keras.Sequential of {_LAYERS}, got the layer {kind}.{more}")
    used = [name for name in _REFUSED if getattr(layer, name, None) is not None]
    if used:
        raise PlanError(
            f"--model must leave {used[0]} out, got it in the layer {kind}: losses and weights are those that --loss, "
            "--weight-decay and --l1 say. Pass these to netwright."
        )
    if not layer.trainable:
        raise PlanError(f"--model must have layers that are trained, got the layer {kind} with trainable=False.")
    activation = getattr(layer, "activation", None)
    if activation is not None and activation.__name__ not in _ACTIVATIONS:
        raise PlanError(
            f"--model must have activations among {', '.join(_ACTIVATIONS)}, got {activation.__name__} in {kind}."
        )


def _made(layer: Any, width: int) -> tuple[list[nn.Module], int]:
    return _MAKERS[type(layer).__name__](layer, width)


def _dense(layer: Any, width: int) -> tuple[list[nn.Module], int]:
    linear = nn.utils.skip_init(nn.Linear, width, layer.units, bias=layer.use_bias)
    with torch.no_grad():
        linear.weight.copy_(_drawn(layer.kernel_initializer, (width, layer.units)).T)
        if layer.use_bias:
            linear.bias.copy_(_drawn(layer.bias_initializer, (layer.units,)))
    return [linear, _ACTIVATIONS[layer.activation.__name__]()], layer.units


def _drawn(initializer: Any, shape: tuple[int, ...]) -> Tensor:
    """Numbers of an initialiser of Keras, under a seed of torch's generator."""
    import keras

    if isinstance(initializer, keras.initializers.Initializer):
        config = initializer.get_config()
        if "seed" in config:
            seed = int(torch.randint(_SEEDS, ()))
            initializer = type(initializer).from_config({**config, "seed": seed})
    numbers: Tensor = keras.ops.convert_to_tensor(initializer(shape, dtype="float32"))
    return numbers.detach().cpu()


def _norm(layer: Any, width: int) -> tuple[list[nn.Module], int]:
    norm = nn.LayerNorm(width, eps=layer.epsilon, elementwise_affine=bool(layer.scale), bias=bool(layer.center))
    return [norm], width


_MAKERS: dict[str, Callable[[Any, int], tuple[list[nn.Module], int]]] = {
    "Dense": _dense,
    "Dropout": lambda layer, width: ([nn.Dropout(layer.rate)], width),
    "Activation": lambda layer, width: ([_ACTIVATIONS[layer.activation.__name__]()], width),
    "ReLU": lambda layer, width: ([nn.ReLU()], width),
    "LeakyReLU": lambda layer, width: ([nn.LeakyReLU(float(layer.negative_slope))], width),
    "ELU": lambda layer, width: ([nn.ELU(float(layer.alpha))], width),
    "Softmax": lambda layer, width: ([nn.Softmax(dim=-1)], width),
    "LayerNormalization": _norm,
    "Flatten": lambda layer, width: ([], width),
}
