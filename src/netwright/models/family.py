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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from jaxtyping import Float
from torch import Tensor, nn

from netwright.base.registry import Registry

if TYPE_CHECKING:
    from netwright.models.noise import Noise

#: Prepared inputs by name: `dense` (member batch feature) floats, `codes` (member batch column) integers.
Inputs = Mapping[str, Tensor]


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
    """

    dense: int
    cardinalities: tuple[int, ...]
    outputs: int
    fan_in: tuple[int, ...]
    continuous: tuple[tuple[int, ...], ...] = ()


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
    """Base of all networks: parameters `[member, ...]`, one network being `member = 1`."""

    n_members: int
    #: Numbers of a row that dropout works on; 0 where there is no dropout.
    noise_units: int = 0

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Raw outputs; `noise` is given while training and switches dropout on."""
        raise NotImplementedError

    def layers(self) -> list[LayerRow]:
        """The table of layers, from input to output."""
        raise NotImplementedError

    def penalised(self) -> list[nn.Parameter]:
        """The weights that decay and L1 pull towards zero (biases stay free)."""
        raise NotImplementedError

    def rate_factor(self, name: str) -> float:
        """What the learning rate of a parameter is multiplied by."""
        return 1.0

    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """Fit the first weights to train rows, where a family does.

        Args:
            inputs: Of train rows of each member.
            weight: 1 for a row, 0 for padding.
            seeds: One a member.
        """

    def in_a_line(self) -> str:
        """The network as one line: `13 -> 64 relu -> 32 relu -> 1`."""
        return " -> ".join(f"{row.shape} {row.activation}".strip() for row in self.layers())


class Family(Protocol):
    """What a family offers."""

    config: ClassVar[type[Any]]
    takes: ClassVar[frozenset[str]]

    @staticmethod
    def build(config: Any, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """A network with one set of parameters for each seed."""
        ...


families: Registry[type[Family]] = Registry("family", "netwright.models")
family = families.register


def build_network(name: str, config: Mapping[str, Any], sizes: Sizes, seeds: Sequence[int]) -> Network:
    """The network of a plan.

    Args:
        name: Which family.
        config: The family's choices as the plan holds them.
        sizes: What the network must fit.
        seeds: One a member; a member's first weights depend on its own seed only.
    """
    chosen = families.get(name)
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in config.items()}
    return chosen.build(chosen.config(**fields), sizes, seeds)
