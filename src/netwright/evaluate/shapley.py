"""Shapley values: what each player brings to a game, the mean over all orders in which players may join."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import comb

import numpy as np


@dataclass(frozen=True)
class EveryCoalition:
    """All coalitions: the effects are exact.

    Args:
        n_players: Their number; the coalitions are 2 to that power.

    Example:
        >>> game = EveryCoalition(2)
        >>> game.coalitions(0, 4).astype(int).tolist()
        [[0, 0], [1, 0], [0, 1], [1, 1]]
        >>> game.effects(np.array([10.0, 12.0, 13.0, 19.0]))
        array([4., 5.])

    Source: L. S. Shapley, "A Value for n-Person Games", Contributions to the Theory of Games II (1953).
    """

    n_players: int

    @property
    def n_coalitions(self) -> int:
        """Two to the power of the players."""
        return 1 << self.n_players

    def coalitions(self, start: int, stop: int) -> np.ndarray:
        """Who takes part in each of these coalitions, the bits of its number; bool, (stop - start, n_players)."""
        return np.asarray((np.arange(start, stop)[:, None] >> np.arange(self.n_players)) % 2 == 1)

    def effects(self, values: np.ndarray) -> np.ndarray:
        """The effect of each player; they sum to the value of all less that of none; (n_players,).

        Args:
            values: Of every coalition; (n_coalitions,).
        """
        return np.asarray(self._weights @ values)

    @cached_property
    def _weights(self) -> np.ndarray:
        members = self.coalitions(0, self.n_coalitions)
        joined = members.sum(axis=1)
        # a coalition of s others stands before a player in one of n * C(n - 1, s) ways
        share = np.array([1 / (self.n_players * comb(self.n_players - 1, s)) for s in range(self.n_players)])
        weights = np.where(members, share[joined - 1][:, None], -share[joined % self.n_players][:, None])
        return np.asarray(weights.T)


@dataclass(frozen=True)
class SomeOrders:
    """Players join in orders drawn by chance, each followed by its reverse.

    Exact in the mean over seeds; exact at once where no more than two players act on each other, since of two players
    each comes first in one of an order and its reverse.

    Args:
        n_players: Their number, at least one.
        n_orders: Orders, an even number.
        seed: Of the draw.

    Example:
        >>> game = SomeOrders(3, n_orders=2, seed=0)
        >>> members = game.coalitions(0, game.n_coalitions)
        >>> game.effects(members @ np.array([1.0, 2.0, 4.0])).tolist()
        [1.0, 2.0, 4.0]

    Source: J. Castro et al., "Polynomial calculation of the Shapley value based on sampling", Computers & Operations
    Research 36 (2009); antithetic pairs after R. Mitchell et al., "Sampling Permutations for Shapley Value Estimation",
    JMLR 23 (2022).
    """

    n_players: int
    n_orders: int
    seed: int

    @property
    def n_coalitions(self) -> int:
        """None, all, and the beginnings of every order."""
        return 2 + self.n_orders * (self.n_players - 1)

    def coalitions(self, start: int, stop: int) -> np.ndarray:
        """Who takes part: those whose place in the order comes before the end; bool, (stop - start, n_players)."""
        order, joined = self._beginnings(np.arange(start, stop))
        return np.asarray(self._places[order] < joined[:, None])

    def effects(self, values: np.ndarray) -> np.ndarray:
        """The mean over orders of what the value gains when a player joins; they sum as they should; (n_players,).

        Args:
            values: Of every coalition; (n_coalitions,).
        """
        return np.asarray(self._gains(values).mean(axis=0))

    def errors(self, values: np.ndarray) -> np.ndarray:
        """Standard error of each effect, from how far the pairs of orders differ; needs two of them; (n_players,).

        Args:
            values: Of every coalition; (n_coalitions,).
        """
        pairs = self._gains(values).reshape(-1, 2, self.n_players).mean(axis=1)
        return np.asarray(pairs.std(axis=0, ddof=1) / np.sqrt(len(pairs)))

    def _gains(self, values: np.ndarray) -> np.ndarray:
        """What the value gains when a player joins; (n_orders, n_players)."""
        inner = values[2:].reshape(self.n_orders, self.n_players - 1)
        ends = np.broadcast_to(values[:2], (self.n_orders, 2))
        gains = np.diff(np.concatenate([ends[:, :1], inner, ends[:, 1:]], axis=1), axis=1)
        return np.asarray(np.take_along_axis(gains, self._places, axis=1))

    def _beginnings(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The order of each coalition, and how many of it have joined."""
        order, joined = np.divmod(np.maximum(numbers - 2, 0), max(1, self.n_players - 1))
        return order, np.where(numbers == 0, 0, np.where(numbers == 1, self.n_players, joined + 1))

    @cached_property
    def _places(self) -> np.ndarray:
        """The place of each player in each order; (n_orders, n_players)."""
        stream = np.random.default_rng(self.seed)
        places = [stream.permutation(self.n_players) for _ in range(self.n_orders // 2)]
        return np.array([own for place in places for own in (place, self.n_players - 1 - place)])


#: Coalitions whose values are asked for, and the effects that follow from those.
Design = EveryCoalition | SomeOrders
