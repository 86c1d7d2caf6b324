"""Pictures that show the same: copies that were scaled, packed or brightened anew.

Candidates come from a perceptual hash: the signs of the lowest frequencies of a small grey picture, as a discrete
cosine transform gives them. Pictures that agree in a part of the hash meet; then the small pictures themselves are
compared, since pictures of few strokes, such as digits, have hashes alike without being copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: Side of the small pictures, and of the block of low frequencies whose signs are the hash.
_SIDE, _BLOCK = 16, 8
#: The hash is cut into so many parts; pictures that agree in one of them are compared.
_PARTS = 8
#: Small pictures of copies correlate by at least so much, and their greys differ by at most so many of 255 on average.
_ALIKE, _APART = 0.995, 24.0
#: So many pictures may be copies of one, or this share of all where that is more.
_MOST_COPIES, _CROWD = 10, 0.05
#: Of pictures that meet in a part of the hash each is compared with so many that follow.
_NEIGHBOURS = 8


def picture_array(cells: pl.Series, shape: tuple[int, ...]) -> np.ndarray:
    """Cells of pictures as an array; uint8, (n_rows, *shape)."""
    array: np.ndarray = cells.to_numpy().reshape(len(cells), *shape)
    return array


def near_pictures(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Which rows show the same in every one of their pictures.

    Args:
        columns: Pictures of some columns; (n_rows, channels, height, width) each.

    Returns:
        A number for each row, shared by rows that are near copies; (n_rows,).

    Example:
        >>> import numpy as np
        >>> pictures = np.random.default_rng(0).integers(0, 200, (4, 1, 12, 12)).astype(np.uint8)
        >>> pictures[3] = pictures[1] + 5
        >>> near_pictures([pictures]).tolist()
        [0, 1, 2, 1]
    """
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_rows = len(columns[0])
    if n_rows < 2:
        return np.arange(n_rows)
    each = [thumbnails(own) for own in columns]
    small, pairs = np.concatenate(each, axis=1), _candidates(np.concatenate([_hash(own) for own in each], axis=1))
    means = small.mean(axis=1, keepdims=True)
    centred = small - means
    norms = np.sqrt((centred**2).sum(axis=1))
    one, other = pairs.T
    with np.errstate(invalid="ignore", divide="ignore"):
        alike = (centred[one] * centred[other]).sum(axis=1) / (norms[one] * norms[other])
    apart = np.abs(small[one] - small[other]).mean(axis=1)
    near = pairs[(alike >= _ALIKE) & (apart <= _APART)]
    links = coo_array((np.ones(len(near), dtype=bool), (near[:, 0], near[:, 1])), shape=(n_rows, n_rows))
    return _without_crowds(np.asarray(connected_components(links, directed=False)[1], dtype=np.int64))


def _without_crowds(groups: np.ndarray) -> np.ndarray:
    """Groups that hold a large share of all pictures are a way of drawing, not copies of one: each is by itself."""
    import numpy as np

    sizes = np.bincount(groups)
    crowd = sizes[groups] > max(_MOST_COPIES, _CROWD * len(groups))
    return np.where(crowd, len(sizes) + np.arange(len(groups)), groups)


def thumbnails(pictures: np.ndarray, side: int = _SIDE) -> np.ndarray:
    """Small grey pictures, each number the mean over its part; float32, (n_rows, side * side).

    Args:
        pictures: (n_rows, channels, height, width).
        side: Of the small ones.
    """
    small = pooled(pictures, (side, side)).mean(axis=1)
    flat: np.ndarray = small.reshape(len(small), -1)
    return flat


#: Numbers of a small picture, at most, by which pictures are compared and read in a row.
SMALL = 256


def small_size(size: Sequence[int], most: int) -> tuple[int, int]:
    """Height and width of pictures that have at most so many numbers; whole parts of the sides where that can be.

    Args:
        size: Channels, height and width.
        most: Numbers of a small picture.

    Example:
        >>> small_size((1, 28, 28), 256), small_size((1, 28, 28), 64), small_size((3, 64, 48), 256)
        ((14, 14), (7, 7), (10, 8))
    """
    channels, height, width = size
    factor = 1
    while channels * max(1, height // factor) * max(1, width // factor) > most:
        factor += 1
    return max(1, height // factor), max(1, width // factor)


def pooled(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pictures of another size by means over parts (by repetition where they become larger); float32.

    Args:
        pictures: (n_rows, channels, height, width).
        size: Height and width wanted.
    """
    import numpy as np

    array = pictures.astype(np.float32)
    for axis, wanted in zip((2, 3), size, strict=True):
        have = array.shape[axis]
        begins = np.arange(wanted) * have // wanted
        ends = np.maximum(begins + 1, -(-(np.arange(wanted) + 1) * have // wanted))
        parts = [array.take(range(a, b), axis=axis).mean(axis=axis) for a, b in zip(begins, ends, strict=True)]
        array = np.stack(parts, axis=axis)
    return array


def _hash(small: np.ndarray) -> np.ndarray:
    """Signs of the lowest frequencies against their median, one byte for each part; uint8, (n_rows, parts)."""
    import numpy as np
    from scipy.fft import dctn

    side = int(np.sqrt(small.shape[1]))
    waves = dctn(small.reshape(-1, side, side), axes=(1, 2))[:, :_BLOCK, :_BLOCK].reshape(len(small), -1)
    return np.packbits(waves > np.median(waves, axis=1, keepdims=True), axis=1)


def _candidates(hashes: np.ndarray) -> np.ndarray:
    """Pairs of rows that agree in some part of the hash; (n_pairs, 2)."""
    import numpy as np

    n_rows, n_bytes = hashes.shape
    keys = [np.zeros(0, dtype=np.int64)]
    # two bytes a part, each byte in two parts, and within a part by what remains: near hashes become neighbours
    for first in range(n_bytes):
        turned = np.roll(hashes, -first, axis=1)
        order = np.lexsort(turned.T[::-1])
        own = turned[order, : max(1, n_bytes // _PARTS) + 1]
        for step in range(1, min(_NEIGHBOURS, n_rows - 1) + 1):
            together = np.flatnonzero((own[step:] == own[:-step]).all(axis=1))
            low, high = (
                np.minimum(order[together], order[together + step]),
                np.maximum(order[together], order[together + step]),
            )
            keys.append(low.astype(np.int64) * n_rows + high)
    found = np.unique(np.concatenate(keys))
    return np.stack([found // n_rows, found % n_rows], axis=1)
