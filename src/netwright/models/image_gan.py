"""A convolutional generative adversarial network for small pictures: a generator draws, a critic scores.

Wasserstein with gradient penalty (Gulrajani et al., NeurIPS 2017), as the family `gan` has it for rows. The generator
doubles sides by repetition and convolves after it, which leaves no checkerboards (Odena et al., Distill 2016).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from netwright.base.errors import PlanError
from netwright.base.near_pictures import SMALL, small_size
from netwright.models.convolution import MemberConv, MemberNorm
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberLinear
from netwright.models.making import SLOPE, Draws, kernel_score, leaky, score_width
from netwright.models.noise import Noise

_SALT = 1_000
#: Sides are halved until none is longer; a stage has at most so many channels.
_SHORT, _MOST_CHANNELS = 8, 64
_WINDOW, _CRITIC_WINDOW = 3, 5
#: Made pictures that real ones are compared with in an evaluation; always of the same draws.
COMPARED = 500
#: The critic learns faster than the generator (Heusel et al., NeurIPS 2017).
_CRITIC_RATE = 2.0
#: Under a root, so that its slope is finite.
_TINY = 1e-8
#: Weight of the square of the scores of real pictures (Karras et al., ICLR 2018).
_DRIFT = 1e-3
#: Steps over which what is told of training is averaged, about.
_RECENT = 0.05
_OUTPUT_GAIN = 0.5
#: The range of what is drawn goes so far beyond that of train pictures before it is cut.
_BEYOND = 0.05


@dataclass(frozen=True)
class ImageGANConfig:
    """Choices of the family `image-gan`.

    Args:
        filters: Channels at full size; half the side has twice as many, up to 64.
        latent: Random numbers that a picture is drawn from.
        penalty: Weight of the gradient penalty.
    """

    filters: int = 8
    latent: int = 32
    penalty: float = 10.0

    def __post_init__(self) -> None:
        if self.filters < 1:
            raise PlanError(f"--filters must be a whole number above 0, got {self.filters}.")


@family("image-gan")
class ImageGANFamily:
    """Generators of pictures with their critics."""

    config: ClassVar[type[ImageGANConfig]] = ImageGANConfig
    takes: ClassVar[frozenset[str]] = frozenset({"image"})
    purpose: ClassVar[str] = "draw"

    @staticmethod
    def build(config: ImageGANConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One generator with its critic for each seed.

        Raises:
            PlanError: There are no pictures.
        """
        if "image" not in sizes.arrays:
            raise PlanError("--model image-gan must have a column of pictures, got none. Pass a folder of pictures.")
        return ImageGAN(config, sizes, seeds)


class ImageGAN(Network):
    """Generators and critics of one shape, a pair for each seed."""

    #: Darkest and lightest number of each channel among train pictures: none that is drawn lies outside.
    low: Float[Tensor, "member channel"]
    high: Float[Tensor, "member channel"]
    #: Of the kernel by which small pictures are near to others.
    width: Float[Tensor, " member"]
    #: How far two train pictures lie apart: the root of the mean square distance.
    apart: Float[Tensor, " member"]
    #: The root of the variance of small train pictures, summed over their numbers.
    spread: Float[Tensor, " member"]
    tallies: Tensor

    def __init__(self, config: ImageGANConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members, self.noise_units = config, sizes, len(seeds), 0
        self._channels, *side = sizes.arrays["image"]
        self._sides = [(side[0], side[1])]
        while len(self._sides) < 2 or max(self._sides[-1]) > _SHORT:
            height, width = self._sides[-1]
            self._sides.append((-(-height // 2), -(-width // 2)))
        #: Channels at each size, from full size on.
        self._widths = [min(_MOST_CHANNELS, config.filters * 2**level) for level in range(len(self._sides))]
        top = self._widths[-1] * math.prod(self._sides[-1])
        self.first = MemberLinear(seeds, config.latent, top, math.sqrt(2), 0)
        self.first_norm = MemberNorm(len(seeds), self._widths[-1])
        self.grown, self.grown_norms, self.critic = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for depth, (n_out, n_in) in enumerate(reversed(list(pairwise(self._widths))), 1):
            self.grown.append(MemberConv(seeds, n_in, n_out, _WINDOW, depth * _SALT))
            self.grown_norms.append(MemberNorm(len(seeds), n_out))
        salt = len(self._sides) * _SALT
        self.drawn = MemberConv(seeds, self._widths[0], self._channels, _WINDOW, salt)
        for depth, (n_in, n_out) in enumerate(pairwise([self._channels, *self._widths[1:]]), 1):
            self.critic.append(MemberConv(seeds, n_in, n_out, _CRITIC_WINDOW, salt + depth * _SALT, stride=2))
        self.critic_head = MemberLinear(seeds, top, 1, 1.0, 2 * salt)
        with torch.no_grad():
            self.drawn.weight.mul_(_OUTPUT_GAIN)
        self.register_buffer("low", torch.full((len(seeds), self._channels), -1.0))
        self.register_buffer("high", torch.full((len(seeds), self._channels), 1.0))
        for name in ("width", "apart", "spread"):
            self.register_buffer(name, torch.full((len(seeds),), float(math.prod(sizes.arrays["image"]))))
        self.register_buffer("tallies", torch.zeros(len(seeds), 3), persistent=False)

    def rate_factor(self, name: str) -> float:
        """The critic learns faster."""
        return _CRITIC_RATE if name.startswith("critic") else 1.0

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch 2"]:
        """In training what each picture costs; else, twice, how far off it is from made ones."""
        x = inputs["image"]
        if noise is not None:
            cost = self._cost(x, Draws(noise.streams(), self.n_members, x.shape[1], x.device))
            return torch.stack([cost, torch.zeros_like(cost)], dim=2)
        made = self.small(self.made(Draws.fixed(self.n_members, COMPARED, x.device)))
        off = kernel_score(self.small(x), made, self.width)
        return torch.stack([off, off], dim=2)

    def made(self, draws: Draws) -> Float[Tensor, "member batch channel height width"]:
        """Pictures drawn from random numbers."""
        x = self.first(draws.normal(self.config.latent))
        n_members, batch = x.shape[:2]
        x = x.view(n_members, batch, self._widths[-1], *self._sides[-1]).transpose(0, 1).flatten(1, 2)
        x = torch.relu(self.first_norm(x))
        for conv, norm, side in zip(self.grown, self.grown_norms, reversed(self._sides[:-1]), strict=True):
            x = torch.relu(norm(conv(_doubled(x, side))))
        raw = self.drawn(x).view(batch, n_members, self._channels, *self._sides[0]).transpose(0, 1)
        share = (1 + 2 * _BEYOND) * torch.sigmoid(raw) - _BEYOND
        share = share + (share.clamp(0, 1) - share).detach()  # what is black can be quite black, and still learns
        low, high = (own[:, None, :, None, None] for own in (self.low, self.high))
        return low + (high - low) * share

    def small(self, x: Float[Tensor, "member batch channel height width"]) -> Float[Tensor, "member batch number"]:
        """Small pictures in a row, by means over parts."""
        height, width = small_size(self.sizes.arrays["image"], SMALL)
        rows, columns = _parts(height, x.shape[3], x.device), _parts(width, x.shape[4], x.device)
        return (rows @ x @ columns.transpose(0, 1)).flatten(2)

    def _score(
        self, x: Float[Tensor, "member batch channel height width"], *, frozen: bool
    ) -> tuple[Float[Tensor, "member batch"], list[Tensor]]:
        """What the critic gives, and the slopes of its activations; frozen it does not learn from that."""
        n_members, batch = x.shape[:2]
        x, slopes = x.transpose(0, 1).flatten(1, 2), list[Tensor]()
        for layer in self._convolutions:
            weight, bias = (layer.weight.detach(), layer.bias.detach()) if frozen else (layer.weight, layer.bias)
            x = functional.conv2d(x, weight.flatten(0, 1), bias.flatten(), 2, _CRITIC_WINDOW // 2, groups=n_members)
            slopes.append(torch.where(x > 0, 1.0, SLOPE))
            x = leaky(x)
        x = x.view(batch, n_members, -1).transpose(0, 1)
        head = self.critic_head
        weight, bias = (head.weight.detach(), head.bias.detach()) if frozen else (head.weight, head.bias)
        return torch.baddbmm(bias, x, weight)[:, :, 0], slopes

    @property
    def _convolutions(self) -> list[MemberConv]:
        return [layer for layer in self.critic if isinstance(layer, MemberConv)]

    def _steepness(self, slopes: Sequence[Tensor]) -> Float[Tensor, "member batch"]:
        """Length of the critic's gradient by the picture, written out: its activations are straight in pieces."""
        n_members, batch = self.critic_head.weight.shape[0], len(slopes[0])
        back = self.critic_head.weight.view(1, -1, *self._sides[-1]).expand(batch, -1, -1, -1)
        layers = zip(reversed(self._convolutions), reversed(slopes), reversed(self._sides[:-1]), strict=True)
        for layer, slope, side in layers:
            # of even sides the window leaves one line out at the end
            beyond = [2 * (half - 1) + 1 for half in slope.shape[2:]]
            more = [own - reached for own, reached in zip(side, beyond, strict=True)]
            back = functional.conv_transpose2d(
                back * slope,
                layer.weight.flatten(0, 1),
                stride=2,
                padding=_CRITIC_WINDOW // 2,
                output_padding=more,
                groups=n_members,
            )
        return (back.view(batch, n_members, -1).square().sum(dim=2) + _TINY).sqrt().transpose(0, 1)

    def _cost(
        self, real: Float[Tensor, "member batch channel height width"], draws: Draws
    ) -> Float[Tensor, "member batch"]:
        """The critic's loss with its penalty, and the generator's, whose gradients do not touch each other."""
        made = self.made(draws)
        still = made.detach()
        between = torch.lerp(still, real, draws.uniform(1)[:, :, :, None, None])
        of_made, _ = self._score(still, frozen=False)
        of_real, _ = self._score(real, frozen=False)
        penalty = (self._steepness(self._score(between, frozen=False)[1]) - 1).square()
        # scores stay about zero: nothing else holds them there
        critic = of_made - of_real + self.config.penalty * penalty + _DRIFT * of_real.square()
        generator = -self._score(made, frozen=True)[0]
        with torch.no_grad():
            told = torch.stack([(of_real - of_made).mean(1), generator.mean(1), penalty.mean(1)], dim=1)
            self.tallies.lerp_(told.to(self.tallies.dtype), _RECENT)
        return critic + generator

    @torch.no_grad()
    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """The range of channels, and how far pictures lie apart."""
        x, absent = inputs["image"], (weight == 0)[:, :, None]
        self.low.copy_(x.amin(dim=(3, 4)).masked_fill(absent, torch.inf).amin(dim=1))
        self.high.copy_(x.amax(dim=(3, 4)).masked_fill(absent, -torch.inf).amax(dim=1))
        small = self.small(x)
        self.width.copy_(score_width(small, weight))
        self.spread.copy_(_variance(small, weight).clamp(min=_TINY).sqrt())
        self.apart.copy_((2 * _variance(x.flatten(2), weight)).clamp(min=_TINY).sqrt())

    def told(self) -> Mapping[str, Float[Tensor, " member"]]:
        """The losses of both networks over the last steps, and how much made pictures vary."""
        gap, generator, penalty = self.tallies.unbind(dim=1)
        with torch.inference_mode():
            small = self.small(self.made(Draws.fixed(self.n_members, COMPARED, self.low.device)))
            return {
                "critic_gap": gap / self.apart,
                "generator_loss": generator / self.apart,
                "penalty": penalty,
                "made_spread": small.var(dim=1).sum(dim=1).sqrt() / self.spread,
            }

    def pictures(
        self, n_rows: int, generators: Sequence[np.random.Generator]
    ) -> Float[np.ndarray, "member row channel height width"]:
        """New pictures, on the scale of the input.

        Args:
            n_rows: For each member.
            generators: One a member.
        """
        with torch.inference_mode():
            return np.asarray(self.made(Draws(generators, self.n_members, n_rows, self.low.device)).cpu().numpy())

    def penalised(self) -> list[nn.Parameter]:
        """The weights of the generator."""
        layers = [self.first, *self.grown, self.drawn]
        return [layer.weight for layer in layers if isinstance(layer, MemberLinear | MemberConv)]

    def layers(self) -> list[LayerRow]:
        """The generator from noise to a picture, then the critic from a picture to a score."""
        shapes = [f"{n} x {high} x {wide}" for n, (high, wide) in zip(self._widths, self._sides, strict=True)]
        rows = [LayerRow("noise", str(self.config.latent), "", 0)]
        parts: list[list[nn.Module]] = [[self.first, self.first_norm]]
        parts += [[conv, norm] for conv, norm in zip(self.grown, self.grown_norms, strict=True)]
        rows += [
            LayerRow("generator", shape, "relu", sum(map(_learned, own)))
            for shape, own in zip(reversed(shapes), parts, strict=True)
        ]
        image = " x ".join(map(str, self.sizes.arrays["image"]))
        rows.append(LayerRow("generator", image, "sigmoid", _learned(self.drawn)))
        rows += [
            LayerRow("critic", shape, "leaky_relu", _learned(layer))
            for shape, layer in zip(shapes[1:], self.critic, strict=True)
        ]
        return [*rows, LayerRow("critic", "1", "", _learned(self.critic_head))]

    @property
    def row_products(self) -> int:
        """How many multiplications a row takes on its way through one member."""
        places = [math.prod(side) for side in self._sides]
        grown = sum(_weights(own) * n for own, n in zip(self.grown, reversed(places[:-1]), strict=True))
        scored = sum(_weights(own) * n for own, n in zip(self.critic, places[1:], strict=True))
        return grown + scored + _weights(self.drawn) * places[0] + _weights(self.first) + _weights(self.critic_head)


def _parts(wanted: int, have: int, device: torch.device) -> Float[Tensor, "wanted have"]:
    """The mean over each of so many parts of a side."""
    at, part = torch.arange(have, device=device), torch.arange(wanted, device=device)[:, None]
    begins, ends = part * have // wanted, -(-(part + 1) * have // wanted)
    inside = ((at >= begins) & (at < torch.maximum(ends, begins + 1))).float()
    return inside / inside.sum(dim=1, keepdim=True)


def _doubled(x: Float[Tensor, "batch channel height width"], side: tuple[int, int]) -> Tensor:
    """Each place four times, cut to the side."""
    batch, channels, height, width = x.shape
    x = x[:, :, :, None, :, None].expand(-1, -1, -1, 2, -1, 2).reshape(batch, channels, 2 * height, 2 * width)
    return x[:, :, : side[0], : side[1]]


def _variance(rows: Float[Tensor, "member row number"], weight: Float[Tensor, "member row"]) -> Tensor:
    """Variance over rows, summed over numbers; (member,)."""
    share = weight[:, :, None] / weight.sum(dim=1)[:, None, None].clamp(min=1)
    mean = (rows * share).sum(dim=1, keepdim=True)
    return ((rows - mean).square() * share).sum(dim=(1, 2))


def _learned(module: nn.Module) -> int:
    """Numbers that one member learns in a part."""
    return sum(own[0].numel() for own in module.parameters())


def _weights(module: nn.Module) -> int:
    return int(module.weight[0].numel()) if isinstance(module, MemberConv | MemberLinear) else 0
