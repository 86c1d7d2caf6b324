"""A variational autoencoder for tables: rows become points of a normal distribution, and such points become rows.

D. P. Kingma and M. Welling, "Auto-Encoding Variational Bayes", ICLR 2014.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberLinear
from netwright.models.making import SLOPE, Draws, Maker, leaky
from netwright.models.noise import Noise

_SALT = 1_000
_GAIN = math.sqrt(2 / (1 + SLOPE**2))
#: Logarithms of spreads stay within these bounds.
_NARROWEST, _WIDEST = -4.0, 2.0


@dataclass(frozen=True)
class VAEConfig:
    """Choices of the family `vae`.

    Args:
        hidden: Width of each hidden layer of the encoder; the decoder has the same in reverse order.
        latent: Numbers that a row becomes.
        fidelity: What a row's likelihood counts against the distance of its point from the normal distribution.
    """

    hidden: tuple[int, ...] = (128, 128)
    latent: int = 16
    fidelity: float = 2.0


@family("vae")
class VAEFamily:
    """Variational autoencoders."""

    config: ClassVar[type[VAEConfig]] = VAEConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense"})
    purpose: ClassVar[str] = "make"

    @staticmethod
    def build(config: VAEConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One autoencoder for each seed."""
        return VAE(config, sizes, seeds)


class VAE(Maker):
    """Autoencoders of one shape, one for each seed."""

    def __init__(self, config: VAEConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__(sizes, seeds)
        self.config = config
        self.noise_units = 0
        widths = [sizes.dense, *config.hidden, 2 * config.latent]
        fan_in, salt = list(sizes.fan_in), 0
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        for n_in, n_out in zip(widths, widths[1:], strict=False):
            gain = _GAIN if len(self.encoder) < len(config.hidden) else 0.1
            self.encoder.append(MemberLinear(seeds, n_in, n_out, gain, salt, fan_in))
            fan_in, salt = [n_out] * len(seeds), salt + _SALT
        widths = [config.latent, *reversed(config.hidden), sizes.dense]
        for n_in, n_out in zip(widths, widths[1:], strict=False):
            gain = _GAIN if len(self.decoder) < len(config.hidden) else 1.0
            self.decoder.append(MemberLinear(seeds, n_in, n_out, gain, salt))
            salt += _SALT
        #: Logarithm of the spread of each number about what the decoder says.
        self.log_spread = nn.Parameter(torch.zeros(len(seeds), 1, sizes.dense))

    def made(self, draws: Draws) -> Float[Tensor, "member row feature"]:
        """Rows made of noise; numbers scatter about what the decoder says, states are drawn by it."""
        raw = self._decoded(draws.normal(self.config.latent))
        scattered = raw + draws.normal(raw.shape[2]) * self._log_spread.exp()
        states = raw + draws.gumbel(raw.shape[2])
        return self.settled(torch.where(self.numbers[:, None] > 0, scattered, states), hard=True)

    @property
    def _log_spread(self) -> Tensor:
        return self.log_spread.clamp(_NARROWEST, _WIDEST)

    def _decoded(self, z: Float[Tensor, "member row latent"]) -> Float[Tensor, "member row feature"]:
        return _through(self.decoder, z)

    def _bound(
        self, x: Float[Tensor, "member batch feature"], normal: Float[Tensor, "member batch latent"] | None
    ) -> Float[Tensor, "member batch"]:
        """The lower bound of the likelihood with its sign turned; without noise points lie where they most likely do."""
        middle, log_width = _through(self.encoder, x).chunk(2, dim=2)
        log_width = log_width.clamp(_NARROWEST, _WIDEST)
        raw = self._decoded(middle if normal is None else middle + normal * log_width.exp())
        # a number that does not count costs nothing
        counts = self.numbers[:, None] * self.gated(torch.where(self.numbers[:, None] > 0, 1.0, x))
        log_spread = self._log_spread
        missed = 0.5 * ((x - raw) * (-log_spread).exp()).square() + log_spread
        unlikely = (missed * counts - self.log_likelihood(raw, x)).sum(dim=2)
        far = (0.5 * (middle.square() + (2 * log_width).exp() - 1) - log_width).sum(dim=2)
        return self.config.fidelity * unlikely + far

    def cost(self, inputs: Inputs, draws: Draws) -> Float[Tensor, "member batch"]:
        """The lower bound at a point drawn for each row."""
        return self._bound(inputs["dense"], draws.normal(self.config.latent))

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch 2"]:
        """What each row costs, and how unlikely it is among made ones."""
        raw = super().forward(inputs, noise)
        if noise is None:
            raw[:, :, 0] = self._bound(inputs["dense"], None)
        return raw

    def told(self) -> Mapping[str, Float[Tensor, " member"]]:
        """How much made rows vary."""
        with torch.inference_mode():
            return {"made_spread": self.made_spread()}

    def penalised(self) -> list[nn.Parameter]:
        """The weights of all layers."""
        layers = [*self.encoder, *self.decoder]
        return [layer.weight for layer in layers if isinstance(layer, MemberLinear)]

    def layers(self) -> list[LayerRow]:
        """From a row to a point, and back."""
        rows = [LayerRow("input", str(self.sizes.dense), "", 0)]
        for name, part in (("encoder", self.encoder), ("decoder", self.decoder)):
            for number, layer in enumerate(part):
                assert isinstance(layer, MemberLinear)
                n_in, n_out = layer.weight.shape[1:]
                bend = "leaky_relu" if number < len(part) - 1 else ""
                rows.append(LayerRow(name, str(n_out), bend, n_in * n_out + n_out))
        return [*rows, LayerRow("spread", str(self.sizes.dense), "", self.sizes.dense)]


def _through(layers: nn.ModuleList, x: Tensor) -> Tensor:
    for layer in layers[:-1]:
        x = leaky(layer(x))
    last: Tensor = layers[-1](x)
    return last
