"""Texts: a few dense numbers for all, and their characters in order for networks that read them.

The dense numbers are what n-grams of characters say, in short: the most frequent n-grams of the train rows are counted,
weighed by how few texts have them, and projected on the directions in which texts differ most (truncated singular
values); beside them stand the length, and the shares of digits and signs. Nothing needs a tokenizer, so Korean works.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Self

import numpy as np

from netwright.base.ngrams import MOST_CHARACTERS, MOST_POSITIONS, next_hashes, plain_text
from netwright.base.plan import Preparation
from netwright.base.seeds import derive_seed
from netwright.base.table import Column
from netwright.preparation.components import spread
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.finite import FARTHEST
from netwright.preparation.values import MISSING, Codes, Values, codes_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: The share of train texts that fit into what a network reads of a text, which is a multiple of a few characters.
_FITTING, _STEP = 0.99, 8
#: Characters of the n-grams that are counted.
_SHORTEST, _LONGEST = 1, 4
#: N-grams that are counted, the most frequent ones, and the directions that their counts are projected on.
MOST_GRAMS, MOST_DIRECTIONS = 2_048, 64
#: An n-gram that fewer train texts have tells nothing of other texts.
_FEWEST_TEXTS = 2
#: Train rows that are looked at for n-grams and directions, and their characters together.
_MOST_ROWS, _MOST_READ = 10_000, 1_000_000
#: Characters that are worked on at a time.
_AT_ONCE = 1_000_000
#: Fits that are remembered: those of the folds.
_REMEMBERED = 16
#: A direction with a smaller share of the largest singular value is rounding.
_LEAST_SHARE = 1e-4


@encoder("text")
@dataclass(frozen=True)
class TextEncoder(Encoder):
    """A column of texts.

    Args:
        positions: Characters that networks read in order, where they read texts; 0 where they get the numbers alone.
        missing: Whether train rows lack a text, which is then a feature of its own.
        grams: Hashes of the n-grams that are counted, rising.
        weights: What each counts, by how few texts have it.
        directions: Directions one after the other, half-precision numbers as base64; (n_directions, n_grams).
        means: Of each number in the train rows.
        spreads: Its standard deviation there.
    """

    positions: int
    missing: bool
    grams: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()
    directions: str = ""
    means: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.positions <= MOST_POSITIONS:
            raise ValueError(f"the positions of {self.column!r} must be 0 to {MOST_POSITIONS}, got {self.positions}")
        n_directions = len(self.means) - len(_PLAIN)
        numbers = (*self.weights, *self.means, *self.spreads)
        fits = (
            0 <= n_directions <= MOST_DIRECTIONS
            and len(self.grams) == len(self.weights) <= MOST_GRAMS
            and len(self.spreads) == len(self.means)
            and all(math.isfinite(number) for number in numbers)
            and all(spread > 0 for spread in self.spreads)
            and all(low < high for low, high in zip(self.grams, self.grams[1:], strict=False))
            and _unpacked(self.directions, n_directions, len(self.grams)) is not None
        )
        if not fits:
            raise ValueError(f"the n-grams, directions and numbers of {self.column!r} must fit together")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Learn from the texts of the train rows: how long they are, or which n-grams they have."""
        texts = codes_of(values, column.name)
        numbers = cls.of_numbers(column.name, texts)
        return numbers if preparation.flat else replace(numbers, positions=_positions(texts))

    @classmethod
    def of_numbers(cls, name: str, texts: Codes) -> Self:
        """The same as dense numbers.

        Args:
            name: Of the column.
            texts: Those of the train rows.
        """
        missing = bool((texts.array == MISSING).any())
        some = _sampled(texts)
        occurring, counts = np.unique(some.array[some.array != MISSING], return_counts=True)
        read = tuple(plain_text(some.levels[code]) for code in occurring)
        grams, weights, directions = _learned(name, read, tuple(counts.tolist()))
        packed = base64.b64encode(directions.tobytes()).decode("ascii")
        n_numbers = len(directions) + len(_PLAIN)
        # numbers first as they are, then on the scale of the train rows
        raw = cls(name, 0, missing, grams, weights, packed, (0.0,) * n_numbers, (1.0,) * n_numbers).numbers(some)
        known = raw[some.array != MISSING]
        means = known.mean(axis=0) if len(known) else np.zeros(n_numbers)
        spreads = known.std(axis=0) if len(known) else np.ones(n_numbers)
        # directions keep their proportions: what hardly differs between texts is mostly chance
        spreads[: len(directions)] = spreads[: len(directions)].max(initial=0.0)
        spreads = np.where(spreads > 1e-9, spreads, 1.0)
        return cls(name, 0, missing, grams, weights, packed, tuple(map(float, means)), tuple(map(float, spreads)))

    @property
    def input(self) -> str:
        """`text`, for networks that read texts."""
        return "text" if self.positions else ""

    @property
    def shape(self) -> tuple[int, ...]:
        """One column of so many characters."""
        return (1, self.positions) if self.positions else ()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """A number for each direction, length and shares; whether it is missing."""
        wording = [f"{self.column}: n-grams {place}" for place in range(1, len(self.means) - len(_PLAIN) + 1)]
        plain = [f"{self.column}: {name}" for name in _PLAIN]
        return (*wording, *plain, *([f"{self.column} is missing"] if self.missing else []))

    @property
    def n_continuous(self) -> int:
        """All but whether it is missing."""
        return len(self.means)

    def dense(self, values: Values) -> np.ndarray:
        """Numbers on the scale of the train rows, 0 where the text is missing; float32, (n_rows, n_features)."""
        texts = codes_of(values, self.column)
        gone = texts.array == MISSING
        scaled = (self.numbers(texts) - np.array(self.means)) / np.array(self.spreads)
        scaled = np.where(gone[:, None], 0.0, np.clip(scaled, -FARTHEST, FARTHEST))
        told = [gone[:, None].astype(np.float64)] if self.missing else []
        return np.concatenate([scaled, *told], axis=1).astype(np.float32)

    def numbers(self, texts: Codes) -> np.ndarray:
        """The dense numbers as they are, NaN where a text is missing; float64, (n_rows, n_numbers)."""
        directions = _unpacked(self.directions, len(self.means) - len(_PLAIN), len(self.grams))
        assert directions is not None, "looked at when it was made"
        occurring, places = np.unique(texts.array, return_inverse=True)
        words = [None if code == MISSING else texts.levels[code] for code in occurring]
        found = np.full((len(words), len(self.means)), np.nan)
        known = [place for place, word in enumerate(words) if word is not None]
        for own in _lots([plain_text(words[place] or "") for place in known]):
            counts = _counted(own.texts, np.array(self.grams, dtype=np.int64), np.array(self.weights))
            rows = np.array(known[own.start : own.stop])
            found[rows[:, None], np.arange(len(directions))] = counts @ directions.T
            found[rows[:, None], np.arange(len(directions), found.shape[1])] = _shares(own.texts)
        return np.asarray(found[places])

    def array(self, values: Values) -> np.ndarray:
        """Code points in order between blanks, 0 behind the end and where the text is missing; int64."""
        texts = codes_of(values, self.column)
        occurring, places = np.unique(texts.array, return_inverse=True)
        rows = np.zeros((len(occurring), 1, self.positions), dtype=np.int64)
        for row, code in enumerate(occurring):
            text = "" if code == MISSING else plain_text(texts.levels[code])
            if text:
                points = _points(f" {text} "[: self.positions])
                rows[row, 0, : len(points)] = points
        return np.asarray(rows[places])


#: What is measured beside the n-grams.
_PLAIN = ("length", "share of digits", "share of signs")


@dataclass(frozen=True)
class _Lot:
    """Some of many texts: from where to where."""

    start: int
    stop: int
    texts: list[str]


def _lots(texts: list[str]) -> list[_Lot]:
    """Texts in order, so many at a time as memory bears."""
    lots, start, room = [], 0, _AT_ONCE
    for place, text in enumerate(texts):
        room -= len(text) + 2
        if room < 0:
            lots.append(_Lot(start, place, texts[start:place]))
            start, room = place, _AT_ONCE - len(text) - 2
    return [*lots, _Lot(start, len(texts), texts[start:])] if start < len(texts) else lots


def _points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", errors="replace"), dtype="<u4").astype(np.int64)


def _positions(texts: Codes) -> int:
    """Characters that hold nearly all of the train texts, blanks at both ends counted."""
    occurring, counts = np.unique(texts.array[texts.array != MISSING], return_counts=True)
    if not len(occurring):
        return _STEP
    lengths = np.array([len(plain_text(texts.levels[code])) + 2 for code in occurring])
    fitting = int(np.quantile(np.repeat(lengths, counts), _FITTING, method="higher"))
    return min(MOST_POSITIONS, max(_STEP, -(-fitting // _STEP) * _STEP))


def _sampled(texts: Codes) -> Codes:
    """The train rows, or so many of them, evenly spread, that their n-grams can be looked at."""
    rows = spread(len(texts.array), _MOST_ROWS)
    lengths = np.array([*(min(len(level), MOST_CHARACTERS) for level in texts.levels), 0])[texts.array[rows]]
    total = int(lengths.sum())
    return texts.take(rows[spread(len(rows), max(1, len(rows) * _MOST_READ // max(_MOST_READ, total)))])


def _grams(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The text and the hash of every n-gram, over the blanks between words and at both ends; (n,) each."""
    points = _points("".join(f" {text} " for text in texts))
    owners = np.repeat(np.arange(len(texts)), [len(text) + 2 for text in texts])
    found, hashes = list[tuple[np.ndarray, np.ndarray]](), np.zeros(len(points), dtype=np.int64)
    for length in range(1, _LONGEST + 1):
        n_starts = len(points) - length + 1
        if n_starts <= 0:
            break
        hashes = next_hashes(hashes[:n_starts], points[length - 1 :])
        within = owners[:n_starts] == owners[length - 1 :]
        if length >= _SHORTEST:
            found.append((owners[:n_starts][within], hashes[within]))
    if not found:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    return np.concatenate([own for own, _ in found]), np.concatenate([own for _, own in found])


def _counted(texts: Sequence[str], grams: np.ndarray, weights: np.ndarray) -> csr_array:
    """How often each of some n-grams is in each text, damped, weighed, and each row of length 1; (n_texts, n_grams)."""
    from scipy.sparse import csr_array

    owners, hashes = _grams(texts)
    places = np.searchsorted(grams, hashes)
    known = places < len(grams)
    known[known] = grams[places[known]] == hashes[known]
    keys, counts = np.unique(owners[known] * max(1, len(grams)) + places[known], return_counts=True)
    rows, columns = np.divmod(keys, max(1, len(grams)))
    cells = (1 + np.log(counts)) * weights[columns]
    norms = np.sqrt(np.bincount(rows, weights=cells**2, minlength=len(texts)))
    cells = cells / np.maximum(norms, 1e-12)[rows]
    ends = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(texts)))])
    return csr_array((cells, columns, ends), shape=(len(texts), len(grams)))


def _shares(texts: Sequence[str]) -> np.ndarray:
    """Logarithm of the length, share of digits, share of what is neither letter, digit nor blank; (n_texts, 3)."""
    rows = np.zeros((len(texts), len(_PLAIN)))
    for row, text in enumerate(texts):
        n_digits = sum(map(str.isdigit, text))
        n_others = sum(not (letter.isalnum() or letter == " ") for letter in text)
        rows[row] = math.log1p(len(text)), n_digits / max(1, len(text)), n_others / max(1, len(text))
    return rows


@lru_cache(maxsize=_REMEMBERED)
def _learned(
    name: str, texts: tuple[str, ...], counted: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[float, ...], np.ndarray]:
    """N-grams, their weights, and the directions in which texts differ most; float16, (n_directions, n_grams).

    Every family and baseline asks for those of the same folds, so the last ones are remembered.
    """
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    of_level = np.array(counted, dtype=np.int64)
    nothing = (), (), np.zeros((0, 0), dtype=np.float16)
    if not texts:
        return nothing
    owners, hashes = _grams(texts)
    different, numbers = np.unique(hashes, return_inverse=True)
    pairs = np.unique(owners * len(different) + numbers)
    frequent = np.bincount(pairs % len(different), weights=of_level[pairs // len(different)], minlength=len(different))
    n_texts = int(of_level.sum())
    chosen = np.flatnonzero((frequent >= _FEWEST_TEXTS) & (frequent < n_texts))
    kept = np.sort(chosen[np.lexsort((different[chosen], -frequent[chosen]))][:MOST_GRAMS])
    if len(kept) < 2 or len(texts) < 3:
        return nothing
    weights = np.log((1 + n_texts) / (1 + frequent[kept])) + 1
    counts = _counted(texts, different[kept], weights)
    counts = counts * np.sqrt(of_level)[:, None]
    n_directions = min(MOST_DIRECTIONS, len(kept) - 1, len(texts) - 1)
    seed = derive_seed(0, "directions of texts", name) % 2**31
    with threadpool_limits(1):  # sums over several threads would be in no fixed order
        _, singular, directions = randomized_svd(counts, n_directions, n_iter=4, random_state=seed)
    told = singular > _LEAST_SHARE * max(singular[0], 1e-12)
    return (
        tuple(int(own) for own in different[kept]),
        tuple(float(own) for own in weights),
        np.ascontiguousarray(directions[told].astype("<f2")),
    )


def _unpacked(packed: str, n_directions: int, n_grams: int) -> np.ndarray | None:
    """Directions as numbers, None where they are not so many finite ones; float64, (n_directions, n_grams)."""
    try:
        raw = base64.b64decode(packed, validate=True)
    except ValueError:
        return None
    if len(raw) != 2 * n_directions * n_grams:
        return None
    found = np.frombuffer(raw, dtype="<f2").astype(np.float64).reshape(n_directions, n_grams)
    return found if np.isfinite(found).all() else None
