"""What a network family is, and the registry of all of them.

A family is one file with one decorator::

    @family("mlp")
    class MLPFamily:
        config = MLPConfig                       # a frozen dataclass of its choices
        takes = frozenset({"dense", "codes"})    # kinds of inputs that it reads
        @staticmethod
        def build(config, sizes, seeds): ...     # a Network holding one set of parameters a member

Axes have one word each: `member` counts networks, `batch` rows, `feature` numbers a row.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.base.layout import Layout
from netwright.base.registry import Registry
from netwright.models.watched import WatchedLayer, layers_by_name

if TYPE_CHECKING:
    from netwright.models.noise import Noise

#: Prepared inputs by name: `dense` (member batch feature) floats, `codes` (member batch column) integers, and arrays of
#: more axes (member batch ...), such as `image`, `past` and `text`.
Inputs = Mapping[str, Tensor]

#: The inputs of more axes that there are, and the type of their numbers.
ARRAYS: dict[str, torch.dtype] = {
    "image": torch.float32,
    "past": torch.float32,
    "future": torch.float32,
    "text": torch.int64,
}

#: Choices of a family in which the members of one network may differ; all others make its shape.
MEMBERWISE = frozenset({"dropout"})


#: What a family is for where it does not say otherwise: to predict a target.
PREDICT = "predict"


@dataclass(frozen=True)
class Place:
    """Where a column stands among the inputs, and what its features are: what a network needs to give it back.

    Args:
        column: Its name.
        numbers: Dense features that are numbers on a scale.
        signs: Dense features of -1 and +1, where 0 is unknown.
        levels: Dense features of 0 and 1, of which one is 1; where none is, the level is unknown.
        missing: The dense feature that is 1 where the cell is missing; -1 where there is none.
        code: Its place among the codes; -1 where it has none.
        states: How many codes mean a level, with 0 (unknown); higher ones mean a missing cell.
    """

    column: str
    numbers: tuple[int, ...] = ()
    signs: tuple[int, ...] = ()
    levels: tuple[int, ...] = ()
    missing: int = -1
    code: int = -1
    states: int = 0


@dataclass(frozen=True)
class Sizes:
    """What a network must fit.

    Args:
        dense: Width of the dense input: the widest among the folds, narrower ones are padded with zeros.
        cardinalities: For each coded column the number of its codes.
        outputs: Numbers a row that the network gives.
        fan_in: For each member the dense width without padding, which scales its first weights.
        continuous: For each member the positions of its dense features that are numbers on a scale (-1 is padding);
            empty where none is known.
        others: The most dense features of any fold that are no such numbers; None where no other members exist.
        arrays: Shape of each input of more axes, by name, a row.
        layouts: For each member how its dense features turn back into cells; empty where they do not.
        places: For each member where its columns stand; empty where nobody said.
    """

    dense: int
    cardinalities: tuple[int, ...]
    outputs: int
    fan_in: tuple[int, ...]
    continuous: tuple[tuple[int, ...], ...] = ()
    others: int | None = None
    arrays: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    places: tuple[tuple[Place, ...], ...] = ()
    layouts: tuple[Layout, ...] = ()

    def of(self, members: Sequence[int]) -> Sizes:
        """What a network of some of the members must fit."""
        fan_in = tuple(self.fan_in[member] for member in members)
        continuous = tuple(self.continuous[member] for member in members) if self.continuous else ()
        layouts = tuple(self.layouts[member] for member in members) if self.layouts else ()
        places = tuple(self.places[member] for member in members) if self.places else ()
        return replace(self, fan_in=fan_in, continuous=continuous, places=places, layouts=layouts)


@dataclass(frozen=True)
class LayerRow:
    """One line of the table of layers.

    Args:
        name: What the layer is.
        shape: Its output, in words (`64`).
        activation: Name of the activation after it, or empty.
        parameters: How many numbers one member learns in it.
    """

    name: str
    shape: str
    activation: str
    parameters: int


class Network(nn.Module):
    """Base of all networks: every parameter and buffer is `[member, ...]`, one network being `member = 1`."""

    n_members: int
    #: Numbers of a row that dropout works on; 0 where the family has no dropout.
    noise_units: int = 0

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch *submodel output"]:
        """Raw outputs; `noise` is given while training and switches dropout on.

        A network that is an ensemble in itself gives those of all its submodels, in an axis of their own.
        """
        raise NotImplementedError

    def layers(self) -> list[LayerRow]:
        """The table of layers, from input to output."""
        raise NotImplementedError

    def watched(self) -> list[WatchedLayer]:
        """The layers that are watched while they train, from input to output; by default as their parts are called."""
        return layers_by_name(self, str(getattr(getattr(self, "config", None), "activation", "")))

    def penalised(self) -> list[nn.Parameter]:
        """The weights that decay and L1 pull towards zero (biases stay free)."""
        raise NotImplementedError

    def rate_factor(self, name: str) -> float:
        """What the learning rate of a parameter is multiplied by."""
        return 1.0

    def told(self) -> Mapping[str, Float[Tensor, " member"]]:
        """Further numbers of the training so far, by names of `base.signals.NETWORK_SIGNALS`."""
        return {}

    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """Fit the first weights to train rows, where a family does.

        Args:
            inputs: Of train rows of each member.
            weight: 1 for a row, 0 for padding.
            seeds: One a member.
        """

    def subset(self, members: Sequence[int]) -> Network:
        """A network of some of the members, with copies of their numbers."""
        chosen = copy.deepcopy(self)
        for part in chosen.modules():
            for own in (part._parameters, part._buffers):
                for name, tensor in own.items():
                    if tensor is not None:
                        rows = tensor.detach()[list(members)].clone()
                        own[name] = nn.Parameter(rows) if isinstance(tensor, nn.Parameter) else rows  # type: ignore[assignment]
        chosen.n_members = len(members)
        return chosen

    @property
    def row_units(self) -> int:
        """How many numbers a row becomes on its way through one member."""
        return sum(math.prod(int(part) for part in row.shape.split(" x ")) for row in self.layers())

    @property
    def member_parameters(self) -> int:
        """How many numbers one member learns."""
        return sum(row.parameters for row in self.layers())

    @property
    def row_products(self) -> int:
        """How many multiplications a row takes on its way through one member, about."""
        return self.member_parameters

    def in_a_line(self) -> str:
        """The network as one line: `13 -> 64 relu -> 32 relu -> 1`."""
        return " -> ".join(f"{row.shape} {row.activation}".strip() for row in self.layers())


class Family(Protocol):
    """What a family offers.

    One that learns without a target says so by a `purpose` other than `predict`: `reconstruct` or `make`.
    """

    config: ClassVar[type[Any]]
    takes: ClassVar[frozenset[str]]

    @staticmethod
    def build(config: Any, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """A network with one set of parameters for each seed."""
        ...


families: Registry[type[Family]] = Registry("family", "netwright.models")
family = families.register


def purpose_of(name: str) -> str:
    """What a family is for: `predict` a target, `reconstruct` rows or `make` new ones.

    Example:
        >>> purpose_of("mlp"), purpose_of("autoencoder")
        ('predict', 'reconstruct')
    """
    return str(getattr(family_of(name), "purpose", PREDICT))


def family_of(name: str) -> Any:  # a type[Family], which no checker at run time can tell
    """The family of a plan: one of the registry, or the user's own modules, which have no name that could be typed.

    Args:
        name: As the plan holds it.
    """
    from netwright.models.own import OWN, OwnFamily

    return OwnFamily if name == OWN else families.get(name)


def build_network(name: str, config: Mapping[str, Any], sizes: Sizes, seeds: Sequence[int]) -> Network:
    """The network of a plan.

    Args:
        name: Which family.
        config: The family's choices as the plan holds them.
        sizes: What the network must fit.
        seeds: One a member; a member's first weights depend on its own seed only.
    """
    chosen = family_of(name)
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    return chosen.build(chosen.config(**fields), sizes, seeds)
