"""The order of rows of a large table: blocks are shuffled, then rows within a window of blocks.

An order of all rows would need a number for each row of each member, and steps that read all over the file. Here the
rows of a step come from one window of the file's blocks, which the system keeps in memory while it lasts; the windows
are other ones in every epoch. Every train row comes exactly once an epoch, unless only full batches are wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from netwright.preparation.batches import BatchOrder, Cutting, draws
from netwright.preparation.folds import PreparedFold

#: Neighbouring train rows that stay together when blocks are shuffled, and blocks whose rows are shuffled together.
BLOCK_ROWS, WINDOW_BLOCKS = 2_048, 512


class BlockOrder:
    """The order of rows, member by member and epoch by epoch; the same contract as `BatchOrder`.

    Args:
        train_rows: For each member the positions of its train rows.
        keys: For each member the key of its random numbers.
        cutting: Into which batches.
    """

    def __init__(self, train_rows: Sequence[np.ndarray], keys: Sequence[int], cutting: Cutting) -> None:
        self._train_rows, self._keys, self._cutting = list(train_rows), list(keys), cutting
        self.steps, self.widest = cutting.steps, cutting.widest
        counts = np.array([len(rows) for rows in train_rows])
        #: Where the batches of each member begin and end; (step + 1, member).
        self.cuts = cutting.cuts(counts)
        sizes = np.diff(self.cuts, axis=0)
        present = np.arange(cutting.widest) < sizes[:, :, None]
        #: Weight of each row in the mean of its batch, 0 for padding.
        self.share: Float[np.ndarray, "step member batch"] = np.divide(present, sizes[:, :, None], dtype=np.float32)

    def of(self, members: Sequence[int]) -> BlockOrder:
        """The same order for some of the members."""
        return BlockOrder([self._train_rows[k] for k in members], [self._keys[k] for k in members], self._cutting)

    def epoch(self, number: int) -> EpochRows:
        """The rows of an epoch, found when they are asked for; a member's depend on its key and the epoch alone."""
        members = [_Walk(rows, key, number) for rows, key in zip(self._train_rows, self._keys, strict=True)]
        return EpochRows(members, self.cuts[:-1], self.widest)


def order_of(folds: Sequence[PreparedFold]) -> type[BatchOrder] | type[BlockOrder]:
    """In which order the rows of a preparation come: those of a large table window by window."""
    return BatchOrder if folds[0].stack is None else BlockOrder


class EpochRows:
    """Positions of the rows of every step of an epoch, found from any step on.

    Args:
        walks: The order of each member's rows.
        starts: Where each step begins in it; (step, member).
        widest: Rows of the largest batch.
    """

    def __init__(self, walks: Sequence[_Walk], starts: Int[np.ndarray, "step member"], widest: int) -> None:
        self._walks, self._starts, self._widest = list(walks), starts, widest

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, steps: slice) -> Int[np.ndarray, "step member batch"]:
        own = self._starts[steps]
        rows = np.empty((*own.shape, self._widest), dtype=np.int64)
        for member, walk in enumerate(self._walks):
            first, last = int(own[0, member]), len(walk) - 1
            found = walk.between(first, min(int(own[-1, member]) + self._widest, last + 1))
            places = np.minimum(own[:, member, None] + np.arange(self._widest), last)
            rows[:, member] = found[places - first]
        return rows


class _Walk:
    """One member's way through its train rows in one epoch.

    Args:
        rows: Positions of its train rows; (n_rows,).
        key: Of its random numbers.
        epoch: Its number.
    """

    def __init__(self, rows: np.ndarray, key: int, epoch: int) -> None:
        self._rows, self._key, self._epoch = rows, key, epoch
        n_blocks = -(-len(rows) // BLOCK_ROWS)
        order = np.argsort(draws(key, epoch, np.arange(n_blocks, dtype=np.uint64)), kind="stable")
        self._windows = [order[start : start + WINDOW_BLOCKS] for start in range(0, n_blocks, WINDOW_BLOCKS)]
        lengths = [int(self._lengths(own).sum()) for own in self._windows]
        self._ends = np.cumsum(lengths)
        self._found: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def _lengths(self, blocks: np.ndarray) -> np.ndarray:
        """Rows of each block; the last one of the file may have fewer."""
        return np.asarray(np.minimum((blocks + 1) * BLOCK_ROWS, len(self._rows)) - blocks * BLOCK_ROWS)

    def between(self, start: int, stop: int) -> np.ndarray:
        """The rows from one place of the walk to another."""
        first, last = (int(np.searchsorted(self._ends, place, side="right")) for place in (start, stop - 1))
        self._found = {number: self._window(number) for number in range(first, last + 1)}  # others are done with
        before = int(self._ends[first - 1]) if first else 0
        windows = list(self._found.values())
        joined: np.ndarray = windows[0] if len(windows) == 1 else np.concatenate(windows)
        return joined[start - before : stop - before]

    def _window(self, number: int) -> np.ndarray:
        """The rows of a window, shuffled."""
        if number in self._found:
            return self._found[number]
        blocks = self._windows[number]
        places = (blocks[:, None] * BLOCK_ROWS + np.arange(BLOCK_ROWS)).ravel()
        places = places[places < len(self._rows)]
        # numbers of blocks were drawn from the start of the stream, those of rows from beyond it
        drawn = draws(self._key, self._epoch, places.astype(np.uint64) + np.uint64(1 << 40))
        return np.asarray(self._rows[places[np.argsort(drawn, kind="stable")]])
