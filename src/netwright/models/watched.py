"""Which parts of a network are its layers, for whoever watches them while they train."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class WatchedLayer:
    """One layer, its parts by their names in the network.

    Args:
        name: What the layer is.
        parameters: Its weights and biases.
        module: What gives the numbers that enter the activation; empty where none follows.
        activation: Name of that activation.
        fade: The parameter by which it fades to the identity; empty where it does not.
    """

    name: str
    parameters: tuple[str, ...]
    module: str = ""
    activation: str = ""
    fade: str = ""


def layers_by_name(network: nn.Module, activation: str) -> list[WatchedLayer]:
    """The layers of a network from the names of its parameters, in their order.

    Where there is a list of modules called `hidden` and a module called `head`, as in the families that come along,
    layers are `hidden 1`, `hidden 2` ..., `output`, and all that comes before them is `embedding`; what `bends` at the
    same place learns belongs to the hidden layer before it. Elsewhere each module (of a list each entry) is a layer.

    Args:
        network: Its modules.
        activation: What follows each module of `hidden`.
    """
    names = [name for name, _ in network.named_parameters()]
    if not (isinstance(getattr(network, "hidden", None), nn.ModuleList) and hasattr(network, "head")):
        return [WatchedLayer(layer, own) for layer, own in _grouped((_part(name), name) for name in names)]
    layers = [WatchedLayer(layer, own) for layer, own in _grouped((_usual(name), name) for name in names)]
    layers.sort(key=lambda layer: {"embedding": 0, "output": 2}.get(layer.name, 1))
    return [_with_activation(layer, activation, names) for layer in layers]


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, tuple[str, ...]]]:
    groups: dict[str, list[str]] = {}
    for layer, name in pairs:
        groups.setdefault(layer, []).append(name)
    return [(layer, tuple(own)) for layer, own in groups.items()]


def _part(name: str) -> str:
    """The outermost module, counted from 1 where it is one of a list.

    Example:
        >>> _part("blocks.0.linear.weight"), _part("encoder.weight"), _part("scale")
        ('blocks 1', 'encoder', 'scale')
    """
    first, _, rest = name.partition(".")
    number = rest.partition(".")[0]
    return f"{first} {int(number) + 1}" if number.isdigit() else first


def _usual(name: str) -> str:
    part = _part(name)
    if part.startswith(("hidden ", "bends ")):
        return f"hidden {part.partition(' ')[2]}"
    return "output" if part == "head" else "embedding"


def _with_activation(layer: WatchedLayer, activation: str, names: list[str]) -> WatchedLayer:
    kind, _, number = layer.name.partition(" ")
    if kind != "hidden":
        return layer
    place = int(number) - 1
    fade = f"bends.{place}.slope"
    shown = fade if fade in names else ""
    return WatchedLayer(layer.name, layer.parameters, f"hidden.{place}", activation, shown)
