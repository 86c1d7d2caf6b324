"""Networks that make rows: what outputs mean, what rows are drawn from, how likely real ones are among made ones."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from netwright.base.seeds import derive_seed
from netwright.models.family import Inputs, Network, Sizes
from netwright.models.noise import Noise

#: Made rows that real ones are compared with in an evaluation; always of the same draws.
_COMPARED = 800
#: The softness of drawn states in training: at 0 they would be hard, and without a gradient.
_SOFTNESS = 0.3
#: Smaller uniform numbers have no logarithm.
_TINY = 1e-7
#: What a state counts in a distance: two rows in different states of a column lie 1 apart.
_OF_STATES = 0.5**0.5
#: The width of the kernel by which rows are near to others, as a share of their mean square distance.
_KERNEL = 1 / 12
#: The same for the score of pictures.
_SCORE_KERNEL = 1 / 2
#: Steps over which what is told of training is averaged, about.
_RECENT = 0.05


class Draws:
    """Random numbers of some rows, for each member from its own generator.

    Args:
        generators: One a member, or a single one whose numbers all members share.
        n_members: How many members there are.
        n_rows: How many rows.
        device: Where the numbers are used.
    """

    def __init__(
        self, generators: Sequence[np.random.Generator], n_members: int, n_rows: int, device: torch.device
    ) -> None:
        self._generators, self._n_members, self._n_rows, self._device = generators, n_members, n_rows, device

    @classmethod
    def fixed(cls, n_members: int, n_rows: int, device: torch.device) -> Draws:
        """Always the same numbers, for every member."""
        return cls([np.random.default_rng(derive_seed(0, "made rows to compare with"))], n_members, n_rows, device)

    def normal(self, width: int) -> Float[Tensor, "member row width"]:
        """Standard normal numbers."""
        return self._stacked([g.standard_normal((self._n_rows, width), dtype=np.float32) for g in self._generators])

    def uniform(self, width: int) -> Float[Tensor, "member row width"]:
        """Numbers between 0 and 1."""
        return self._stacked([g.random((self._n_rows, width), dtype=np.float32) for g in self._generators])

    def gumbel(self, width: int) -> Float[Tensor, "member row width"]:
        """What, added to the logarithms of shares, makes the largest a draw by these shares."""
        return -(-self.uniform(width).clamp(_TINY, 1 - _TINY).log()).log()

    def _stacked(self, parts: list[np.ndarray]) -> Tensor:
        stacked = torch.from_numpy(np.stack(parts)).to(self._device)
        return stacked.expand(self._n_members, -1, -1) if len(parts) < self._n_members else stacked


class Maker(Network):
    """Base of networks that make rows of features, of which each column's states are one-hot.

    Args:
        sizes: What the network must fit. Without layouts all features are taken for numbers.
        seeds: One a member.
    """

    #: Of which column each feature is a state, counted from 0; -1 for numbers and padding.
    groups: Int[Tensor, "member feature"]
    #: Where the state stands that says whether a number counts; -1 for none.
    gates: Int[Tensor, "member feature"]
    #: Which features are numbers.
    numbers: Float[Tensor, "member feature"]
    #: In what share of the train rows a state occurs; of numbers 0.
    shares: Float[Tensor, "member feature"]
    #: Standard deviation of each feature over train rows.
    spreads: Float[Tensor, "member feature"]
    #: Of the kernel by which rows are near to others.
    width: Float[Tensor, " member"]

    def __init__(self, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.sizes, self.n_members = sizes, len(seeds)
        shape = len(seeds), sizes.dense
        groups, gates, numbers = np.full(shape, -1), np.full(shape, -1), np.zeros(shape, dtype=np.float32)
        for member, width in enumerate(sizes.fan_in):
            if sizes.layouts:
                own = sizes.layouts[member]
                groups[member, : len(own.groups)], gates[member, : len(own.gates)] = own.groups, own.gates
            numbers[member, :width] = groups[member, :width] < 0
        self.n_groups = int(groups.max(initial=-1)) + 1
        self.register_buffer("groups", torch.from_numpy(groups), persistent=False)
        self.register_buffer("gates", torch.from_numpy(gates), persistent=False)
        self.register_buffer("numbers", torch.from_numpy(numbers), persistent=False)
        self.register_buffer("shares", torch.zeros(shape))
        self.register_buffer("spreads", torch.ones(shape))
        self.register_buffer("width", torch.ones(len(seeds)))

    def made(self, draws: Draws) -> Float[Tensor, "member row feature"]:
        """Rows made of draws, each column in exactly one state."""
        raise NotImplementedError

    def cost(self, inputs: Inputs, draws: Draws) -> Float[Tensor, "member batch"]:
        """What each row costs in training, its gradients those of all that learns."""
        raise NotImplementedError

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch 2"]:
        """In training what each row costs; else, twice, how unlikely it is among made ones."""
        x = inputs["dense"]
        if noise is not None:
            cost = self.cost(inputs, Draws(noise.streams(), self.n_members, x.shape[1], x.device))
            return torch.stack([cost, torch.zeros_like(cost)], dim=2)
        off = self._off(x)
        return torch.stack([off, off], dim=2)

    @torch.no_grad()
    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """How often states occur, how far features spread, and rows lie apart."""
        counted = weight[:, :, None] / weight.sum(dim=1)[:, None, None].clamp(min=1)
        mean = (inputs["dense"] * counted).sum(dim=1)
        square = ((inputs["dense"] - mean[:, None]) ** 2 * counted).sum(dim=1)
        self.shares.copy_(mean * (self.groups >= 0))
        self.spreads.copy_(square.sqrt())
        self.width.copy_(kernel_width(inputs["dense"] * self.scale[:, None], weight))

    def _off(self, x: Float[Tensor, "member batch feature"]) -> Float[Tensor, "member batch"]:
        """How unlikely real rows are among made ones, which are always of the same draws."""
        scale = self.scale[:, None]
        made = self.made(Draws.fixed(self.n_members, _COMPARED, x.device)) * scale
        return surprise(x * scale, made, self.width)

    @property
    def scale(self) -> Float[Tensor, "member feature"]:
        """What each feature counts in a distance between rows."""
        return self.numbers + _OF_STATES * (self.groups >= 0)

    @property
    def _membership(self) -> Float[Tensor, "member feature group"]:
        """1 where a feature is a state of a column."""
        return (self.groups[:, :, None] == torch.arange(self.n_groups, device=self.groups.device)).float()

    def _highest(self, logits: Float[Tensor, "member row feature"]) -> Float[Tensor, "member row feature"]:
        """For each state the largest number among the states of its column."""
        index = self.groups.clamp(min=-1)[:, None].expand(logits.shape)
        index = torch.where(index < 0, self.n_groups, index)
        highest = logits.new_full((*logits.shape[:2], self.n_groups + 1), -torch.inf)
        return highest.scatter_reduce(2, index, logits.detach(), "amax").gather(2, index)

    def soft(self, logits: Float[Tensor, "member row feature"]) -> Float[Tensor, "member row feature"]:
        """The softmax over the states of each column; of numbers 0."""
        states = (self.groups >= 0).float()[:, None]
        whole = (logits - self._highest(logits)).clamp(max=0).exp() * states
        membership = self._membership
        sums = whole @ membership @ membership.transpose(1, 2)
        return whole / (sums + (1 - states))

    def hard(self, logits: Float[Tensor, "member row feature"]) -> Float[Tensor, "member row feature"]:
        """1 for the state of each column with the largest number, 0 for the others."""
        return ((logits == self._highest(logits)) & (self.groups >= 0)[:, None]).float()

    def settled(self, raw: Float[Tensor, "member row feature"], *, hard: bool) -> Float[Tensor, "member row feature"]:
        """Numbers as they are, of the states of each column the largest.

        Args:
            raw: With Gumbel noise in the states, which makes the largest a draw.
            hard: Whether one state is 1 and the others 0; else they share 1, with a gradient.
        """
        states = self.hard(raw) if hard else self.soft(raw / _SOFTNESS)
        return self.gated(raw * self.numbers[:, None] + states)

    def gated(self, row: Float[Tensor, "member row feature"]) -> Float[Tensor, "member row feature"]:
        """Numbers that do not count become 0."""
        place = self.gates.clamp(min=0)[:, None].expand(row.shape)
        return torch.where((self.gates < 0)[:, None], row, row * row.gather(2, place))

    def log_likelihood(
        self, raw: Float[Tensor, "member row feature"], x: Float[Tensor, "member row feature"]
    ) -> Float[Tensor, "member row feature"]:
        """Of the states that rows are in, the logarithm of what the softmax gives them; 0 elsewhere."""
        shifted = raw - self._highest(raw)
        membership = self._membership
        sums = (shifted.clamp(max=0).exp() * (self.groups >= 0)[:, None]) @ membership
        logs = sums.clamp(min=_TINY).log() @ membership.transpose(1, 2)
        return torch.where((self.groups >= 0)[:, None], x * (shifted - logs), 0.0)

    @property
    def apart(self) -> Float[Tensor, " member"]:
        """How far two train rows lie apart: the root of the mean square distance."""
        return (self.width / _KERNEL).sqrt()

    def made_spread(self) -> Float[Tensor, " member"]:
        """Standard deviation of features over made rows, over that of train rows; the mean over features."""
        made = self.made(Draws.fixed(self.n_members, _COMPARED, self.shares.device))
        varies = self.spreads > 0
        ratio = torch.where(varies, made.std(dim=1) / self.spreads.clamp(min=_TINY), 0.0)
        return ratio.sum(dim=1) / varies.sum(dim=1).clamp(min=1)

    @torch.no_grad()
    def remember(self, tallies: Tensor, now: Float[Tensor, "member tally"]) -> None:
        """Average what is told of training over the last steps."""
        tallies.lerp_(now.detach().to(tallies.dtype), _RECENT)

    def rows(self, n_rows: int, generators: Sequence[np.random.Generator]) -> Float[np.ndarray, "member row feature"]:
        """New rows of features.

        Args:
            n_rows: For each member.
            generators: One a member.
        """
        with torch.inference_mode():
            return np.asarray(self.made(Draws(generators, self.n_members, n_rows, self.shares.device)).cpu().numpy())


def surprise(
    real: Float[Tensor, "member batch feature"],
    made: Float[Tensor, "member row feature"],
    width: Float[Tensor, " member"],
) -> Float[Tensor, "member batch"]:
    """How unlikely real rows are among made ones: `-log mean exp(-|x - g|^2 / width)` over made rows g.

    That is the log-loss of a kernel density (Parzen, 1962), but for what no made row changes. The energy distance
    would be blind here: between rows of many columns it hardly sees how columns go together (LOG.md).

    Args:
        real: Features, each as it counts.
        made: In the same way.
        width: Of the kernel, as `kernel_width` gives it.
    """
    near = -torch.cdist(real, made).square() / width[:, None, None]
    return math.log(made.shape[1]) - torch.logsumexp(near, dim=2)


def kernel_width(
    rows: Float[Tensor, "member row feature"], weight: Float[Tensor, "member row"]
) -> Float[Tensor, " member"]:
    """A part of the mean square distance between two rows, so that the density still sees how columns go together.

    Args:
        rows: Features, each as it counts.
        weight: 1 for a row, 0 for padding.
    """
    counted = weight[:, :, None] / weight.sum(dim=1)[:, None, None].clamp(min=1)
    mean = (rows * counted).sum(dim=1, keepdim=True)
    square = 2 * ((rows - mean).square() * counted).sum(dim=(1, 2))
    return (square * _KERNEL).clamp(min=_TINY)


def kernel_score(
    real: Float[Tensor, "member batch number"],
    made: Float[Tensor, "member row number"],
    width: Float[Tensor, " member"],
) -> Float[Tensor, "member batch"]:
    """How far each real picture is from the made ones: `1 - 2 mean k(x, g) + mean k(g, g')`, k the Gaussian kernel.

    A proper score (Gneiting and Raftery, JASA 2007): its mean is the least where made pictures spread as real ones do.
    A density would not do here: pictures that are all the mean picture are near to every real one.

    Args:
        real: Small pictures in a row.
        made: In the same way.
        width: Of the kernel, as `score_width` gives it.
    """
    near = (-torch.cdist(real, made).square() / width[:, None, None]).exp().mean(dim=2)
    among = (-torch.cdist(made, made).square() / width[:, None, None]).exp().mean(dim=(1, 2))
    return (1 - 2 * near + among[:, None]).clamp(min=0)


def score_width(rows: Float[Tensor, "member row number"], weight: Float[Tensor, "member row"]) -> Tensor:
    """Half the mean square distance between two pictures.

    Args:
        rows: Small pictures in a row.
        weight: 1 for a picture, 0 for padding.
    """
    return _SCORE_KERNEL / _KERNEL * kernel_width(rows, weight)


def leaky(x: Tensor) -> Tensor:
    """The activation of generators and critics: its slope below zero is a fifth."""
    return functional.leaky_relu(x, SLOPE)


#: The slope of `leaky` below zero.
SLOPE = 0.2
