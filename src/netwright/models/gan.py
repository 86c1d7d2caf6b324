"""A generative adversarial network for tables: a generator makes rows, a critic tells them from real ones.

Wasserstein with gradient penalty (Gulrajani et al., NeurIPS 2017). The generator is asked for a level of one category
at a time, rare ones more often than they occur (the idea of Xu et al., "CTGAN", NeurIPS 2019).
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

_SALT = 1_000
_GAIN = math.sqrt(2 / (1 + SLOPE**2))
#: The critic learns faster than the generator (Heusel et al., NeurIPS 2017).
_CRITIC_RATE = 2.0
#: Under a root, so that its slope is finite.
_TINY = 1e-8
#: Weight of the square of the scores of real rows (Karras et al., ICLR 2018).
_DRIFT = 1e-3


@dataclass(frozen=True)
class GANConfig:
    """Choices of the family `gan`.

    Args:
        hidden: Width of each hidden layer of the generator; those of the critic are the same.
        latent: Random numbers that a row is made from.
        penalty: Weight of the gradient penalty.
        moments: Weight of the difference between means and covariances of real and made rows, for the generator.
    """

    hidden: tuple[int, ...] = (128, 128)
    latent: int = 32
    penalty: float = 10.0
    moments: float = 0.2


@family("gan")
class GANFamily:
    """Generators with their critics."""

    config: ClassVar[type[GANConfig]] = GANConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense"})
    purpose: ClassVar[str] = "make"

    @staticmethod
    def build(config: GANConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One generator with its critic for each seed."""
        return GAN(config, sizes, seeds)


class GAN(Maker):
    """Generators and critics of one shape, a pair for each seed."""

    tallies: Tensor

    def __init__(self, config: GANConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__(sizes, seeds)
        self.config = config
        self.noise_units = 0
        self.generator, self.critic = nn.ModuleList(), nn.ModuleList()
        # both read the condition beside their input
        width, fan_in, salt = config.latent + sizes.dense, [config.latent + 1] * len(seeds), 0
        for units in config.hidden:
            self.generator.append(MemberLinear(seeds, width, units, _GAIN, salt, fan_in))
            width, fan_in, salt = units, [units] * len(seeds), salt + _SALT
        self.generator.append(MemberLinear(seeds, width, sizes.dense, 1.0, salt, fan_in))
        width, fan_in, salt = 2 * sizes.dense, list(sizes.fan_in), salt + _SALT
        for units in config.hidden:
            self.critic.append(MemberLinear(seeds, width, units, _GAIN, salt, fan_in))
            width, fan_in, salt = units, [units] * len(seeds), salt + _SALT
        self.critic.append(MemberLinear(seeds, width, 1, 1.0, salt, fan_in))
        self.register_buffer("tallies", torch.zeros(len(seeds), 3), persistent=False)

    def rate_factor(self, name: str) -> float:
        """The critic learns faster."""
        return _CRITIC_RATE if name.startswith("critic.") else 1.0

    def made(self, draws: Draws) -> Float[Tensor, "member row feature"]:
        """Rows made of noise, asked for a level as often as it occurs."""
        return self._made(self._asked(draws), draws, hard=True)

    def _made(
        self, asked: Float[Tensor, "member row feature"], draws: Draws, *, hard: bool
    ) -> Float[Tensor, "member row feature"]:
        x = torch.cat([draws.normal(self.config.latent), asked], dim=2)
        for layer in self.generator[:-1]:
            x = leaky(layer(x))
        raw = self.generator[-1](x)
        states = raw + draws.gumbel(raw.shape[2])
        # the column that is asked for is as asked
        membership = self._membership
        of_column = asked @ membership @ membership.transpose(1, 2)
        states = torch.where(of_column > 0, (2 * asked - 1) * _CERTAIN, states)
        return self.settled(torch.where(self.numbers[:, None] > 0, raw, states), hard=hard)

    def _asked(self, draws: Draws) -> Float[Tensor, "member row feature"]:
        """A level of a column drawn evenly, by how often it occurs; one-hot, or zeros without any."""
        total = self.shares.cumsum(dim=1)
        wanted = draws.uniform(1) * total[:, None, -1:]
        place = torch.searchsorted(total, wanted[:, :, 0].contiguous(), right=True).clamp(max=total.shape[1] - 1)
        asked = torch.zeros(*place.shape, total.shape[1], device=total.device)
        return asked.scatter(2, place[:, :, None], 1.0) * (self.groups >= 0)[:, None]

    def _evenly(
        self, x: Float[Tensor, "member batch feature"], draws: Draws
    ) -> tuple[Float[Tensor, "member batch feature"], Float[Tensor, "member batch feature"]]:
        """Rows of the batch drawn anew, so that rare levels come more often, and the level that each is to have.

        For each row a column is drawn evenly, a level of it by the logarithm of its count, and a row with that level.
        """
        if not self.n_groups:
            return x, torch.zeros_like(x)
        membership, chance = self._membership, draws.uniform(2)
        present = membership.sum(dim=1) > 0  # a member may lack a column's states
        nth = present.float().cumsum(dim=1)
        wanted = (chance[:, :, 0] * nth[:, -1:]).floor() + 1
        column = torch.searchsorted(nth, wanted.contiguous()).clamp(max=self.n_groups - 1)
        counts = x.sum(dim=1, keepdim=True)
        each = x * torch.where(counts > 0, counts.log1p() / counts.clamp(min=1), 0.0) * (self.groups >= 0)[:, None]
        weights = (each @ membership).double()
        # one column after the other, so that a single search finds a row of any of them
        ends = weights.transpose(1, 2).flatten(1).cumsum(dim=1)
        own, before = ends[:, x.shape[1] - 1 :: x.shape[1]], ends.new_zeros(len(x), 1)
        before = torch.cat([before, own[:, :-1]], dim=1).gather(1, column)
        place = before + chance[:, :, 1] * (own.gather(1, column) - before)
        row = torch.searchsorted(ends, place.contiguous(), right=True) - column * x.shape[1]
        row = row.clamp(0, x.shape[1] - 1)[:, :, None]
        real = x.gather(1, row.expand(-1, -1, x.shape[2]))
        return real, real * (self.groups[:, None] == column[:, :, None])

    def _score(
        self, x: Float[Tensor, "member batch feature"], asked: Float[Tensor, "member batch feature"], *, frozen: bool
    ) -> tuple[Float[Tensor, "member batch"], list[Tensor]]:
        """What the critic gives, and the slopes of its activations; frozen it does not learn from that."""
        x, slopes = torch.cat([x, asked], dim=2), list[Tensor]()
        layers = [layer for layer in self.critic if isinstance(layer, MemberLinear)]
        for number, layer in enumerate(layers):
            weight, bias = (layer.weight.detach(), layer.bias.detach()) if frozen else (layer.weight, layer.bias)
            x = torch.baddbmm(bias, x, weight)
            if number < len(layers) - 1:
                slopes.append(torch.where(x > 0, 1.0, SLOPE))
                x = leaky(x)
        return x[:, :, 0], slopes

    def _steepness(self, slopes: Sequence[Tensor]) -> Float[Tensor, "member batch"]:
        """Length of the critic's gradient by the row, written out: its activations are straight in pieces."""
        layers = [layer for layer in self.critic if isinstance(layer, MemberLinear)]
        back = layers[-1].weight.transpose(1, 2).expand(-1, slopes[0].shape[1], -1)
        for layer, slope in zip(reversed(layers[:-1]), reversed(slopes), strict=True):
            back = (back * slope) @ layer.weight.transpose(1, 2)
        by_row = back[:, :, : self.sizes.dense]
        return (by_row.square().sum(dim=2) + _TINY).sqrt()

    def cost(self, inputs: Inputs, draws: Draws) -> Float[Tensor, "member batch"]:
        """The critic's loss with its penalty, and the generator's, whose gradients do not touch each other."""
        real, asked = self._evenly(inputs["dense"], draws)
        made = self._made(asked, draws, hard=False)
        still = made.detach()
        between = torch.lerp(still, real, draws.uniform(1))
        of_made, _ = self._score(still, asked, frozen=False)
        of_real, _ = self._score(real, asked, frozen=False)
        penalty = (self._steepness(self._score(between, asked, frozen=False)[1]) - 1).square()
        # scores stay about zero: nothing else holds them there
        critic = of_made - of_real + self.config.penalty * penalty + _DRIFT * of_real.square()
        generator = -self._score(made, asked, frozen=True)[0]
        told = torch.stack([(of_real - of_made).mean(1), generator.mean(1), penalty.mean(1)], dim=1)
        self.remember(self.tallies, told)
        if self.config.moments:
            generator = generator + self.config.moments * _apart(real, made)[:, None]
        return critic + generator

    def told(self) -> Mapping[str, Float[Tensor, " member"]]:
        """The losses of both networks over the last steps, and how much made rows vary."""
        gap, generator, penalty = self.tallies.unbind(dim=1)
        with torch.inference_mode():
            return {
                "critic_gap": gap / self.apart,
                "generator_loss": generator / self.apart,
                "penalty": penalty,
                "made_spread": self.made_spread(),
            }

    def penalised(self) -> list[nn.Parameter]:
        """The weights of the generator."""
        return [layer.weight for layer in self.generator if isinstance(layer, MemberLinear)]

    def layers(self) -> list[LayerRow]:
        """The generator from noise to a row, then the critic from a row to a score."""
        rows = [LayerRow("noise and condition", str(self.config.latent + self.sizes.dense), "", 0)]
        for name, part in (("generator", self.generator), ("critic", self.critic)):
            for number, layer in enumerate(part):
                assert isinstance(layer, MemberLinear)
                n_in, n_out = layer.weight.shape[1:]
                bend = "leaky_relu" if number < len(part) - 1 else ""
                rows.append(LayerRow(name, str(n_out), bend, n_in * n_out + n_out))
        return rows


#: A logit beside which no other counts.
_CERTAIN = 100.0


def _apart(real: Float[Tensor, "member batch feature"], made: Float[Tensor, "member batch feature"]) -> Tensor:
    """How far means and covariances of two sets of rows differ; (member,)."""
    means = real.mean(dim=1, keepdim=True), made.mean(dim=1, keepdim=True)
    ours, theirs = ((rows - mean) for rows, mean in zip((real, made), means, strict=True))
    n_rows = real.shape[1]
    products = (ours.transpose(1, 2) @ ours - theirs.transpose(1, 2) @ theirs) / n_rows
    return (means[0] - means[1]).square().sum(dim=(1, 2)) + products.square().sum(dim=(1, 2))
