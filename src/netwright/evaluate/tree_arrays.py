"""Fitted boosted trees as plain arrays, evaluated many rows at a time.

The nodes of a tree stand in the order in which they are met when left branches are gone down first, so the left child
of a split is the node after it. Every split whose answer is "right" rules out the leaves of its left branch; what is
reached is the first leaf that no split rules out. So there is no walk from node to node, and none that might not end.

Source: C. Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression
trees", SIGIR (2015).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from netwright.evaluate.fitted import ClassShares, taken
from netwright.evaluate.linear_arrays import probabilities_of

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

#: Leaves of a tree are the bits of one number.
_MOST_LEAVES, _MOST_TREES = 32, 1 << 20
#: Codes of a category, the last of which stands for a gap.
_CODES = 256
#: Rows that are looked at at once, and answers of splits.
_ROWS_AT_ONCE, _CELLS_AT_ONCE = 2_048, 1 << 17
#: A split takes about as long as so many multiplications of a network.
_PRODUCTS_OF_A_NODE = 30
#: Stands for a threshold that no number exceeds: "is it missing?".
_ANY_NUMBER = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class TreeArrays:
    """Boosted trees.

    Args:
        start: What the sum over trees begins with, for each output; (n_outputs,).
        sizes: Nodes of each tree; trees of several outputs take turns; (n_trees,).
        feature: Which feature a split looks at, -1 for a leaf; (n_nodes,).
        number: Of a split the largest number that goes left, of a leaf its value; (n_nodes,).
        right: Of a split its right child, counted within the tree; 0 for a leaf; (n_nodes,).
        missing_left: Whether a gap goes left; (n_nodes,).
        category: Of a split on a category its row in `levels`, else -1; (n_nodes,).
        levels: The codes that go left, a bit each, unknown ones and gaps included; uint8, (n_category_splits, 32).
        shares: From modelled classes to all of them; None for regression.
    """

    kind: ClassVar[str] = "trees"
    start: np.ndarray
    sizes: np.ndarray
    feature: np.ndarray
    number: np.ndarray
    right: np.ndarray
    missing_left: np.ndarray
    category: np.ndarray
    levels: np.ndarray
    shares: ClassShares | None = None

    @classmethod
    def of(
        cls,
        fitted: HistGradientBoostingRegressor | HistGradientBoostingClassifier,
        features: np.ndarray,
        shares: ClassShares | None = None,
    ) -> TreeArrays:
        """The arrays of a model of scikit-learn.

        Args:
            fitted: It; its features that are codes hold 0 to 254.
            features: Which of ours its features are; (n_features,).
            shares: From its classes to all of them.
        """
        trees = [tree for turn in fitted._predictors for tree in turn]
        nodes = np.concatenate([tree.nodes for tree in trees])
        leaf = nodes["is_leaf"].astype(bool)
        order = np.arange(len(features))
        if fitted.is_categorical_ is not None:  # it puts categories before numbers
            order = np.concatenate([np.flatnonzero(fitted.is_categorical_), np.flatnonzero(~fitted.is_categorical_)])
        splits_on_levels = nodes["is_categorical"].astype(bool) & ~leaf
        thresholds = np.minimum(nodes["num_threshold"], _ANY_NUMBER)
        return cls(
            start=np.asarray(fitted._baseline_prediction, dtype=np.float64).reshape(-1),
            sizes=np.array([len(tree.nodes) for tree in trees], dtype=np.int32),
            feature=np.where(leaf, -1, features[order][np.where(leaf, 0, nodes["feature_idx"])]).astype(np.int32),
            number=np.where(leaf, nodes["value"], np.where(splits_on_levels, 0.0, thresholds)),
            right=np.where(leaf, 0, nodes["right"]).astype(np.int32),
            missing_left=(nodes["missing_go_to_left"].astype(bool) & ~leaf).astype(np.uint8),
            category=np.where(splits_on_levels, np.cumsum(splits_on_levels) - 1, -1).astype(np.int32),
            levels=_levels_of(fitted, trees),
            shares=shares,
        )

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Values (n_rows,) or probabilities (n_rows, n_classes); NaN is a gap."""
        raw = np.empty((len(x), len(self.start)))
        for first in range(0, len(x), _ROWS_AT_ONCE):
            own = slice(first, first + _ROWS_AT_ONCE)
            raw[own] = self._raw(np.ascontiguousarray(x[own].T, dtype=np.float64)).T
        return raw[:, 0] if self.shares is None else self.shares.filled(probabilities_of(raw))

    def __len__(self) -> int:
        """Rounds: trees of each output."""
        return len(self.sizes) // len(self.start)

    def stages(self, x: np.ndarray, every: int) -> np.ndarray:
        """What trees sum up to after every so many rounds, and after all; (n_stages, n_outputs, n_rows).

        Args:
            x: As `__call__` takes it; (n_rows, n_features).
            every: Rounds between stages.
        """
        ends = [*range(every, len(self), every), len(self)]
        found = np.empty((len(ends), len(self.start), len(x)))
        for first in range(0, len(x), _ROWS_AT_ONCE):
            own = slice(first, first + _ROWS_AT_ONCE)
            rounds = self._sums(np.ascontiguousarray(x[own].T, dtype=np.float64))
            for number, total in enumerate(rounds, 1):
                if number % every == 0 or number == len(self):
                    found[bisect_left(ends, number), :, own] = total
        return found

    def cut(self, n_rounds: int) -> TreeArrays:
        """The same trees, the last ones left out.

        Args:
            n_rounds: How many rounds stay, one at least.
        """
        n_trees = n_rounds * len(self.start)
        own = slice(int(self.sizes[:n_trees].sum()))
        kept: dict[str, Any] = {name: getattr(self, name)[own] for name, (_, shape) in _ARRAYS.items() if shape is None}
        n_levels = int((kept["category"] >= 0).sum())
        return replace(self, sizes=self.sizes[:n_trees], levels=self.levels[:n_levels], **kept)

    def _raw(self, x: np.ndarray) -> np.ndarray:
        """Sums over all trees, tree after tree; (n_outputs, n_rows).

        Args:
            x: (n_features, n_rows).
        """
        *_, total = self._sums(x)
        return total

    def _sums(self, x: np.ndarray) -> Iterator[np.ndarray]:
        """The sums after each round, in one array that changes; (n_outputs, n_rows).

        Args:
            x: (n_features, n_rows).
        """
        gaps = np.isnan(x)
        codes = np.where(gaps, _CODES - 1, np.clip(x, 0, _CODES - 1)).astype(np.int64) if len(self.levels) else None
        total = np.repeat(self.start[:, None], x.shape[1], axis=1)
        splits = self._splits
        for trees in self._lots(x.shape[1]):
            first, last = splits.starts[trees.start], splits.starts[trees.stop]
            own = slice(first, last)
            looked_at = splits.feature[own]
            with np.errstate(invalid="ignore"):
                goes_right = x[looked_at] > splits.threshold[own, None]
            if gaps.any():
                away = np.flatnonzero(splits.missing_right[own])
                goes_right[away] |= gaps[looked_at[away]]
            if codes is not None:
                among = np.flatnonzero(splits.category[own] >= 0)
                rows = splits.category[own][among]
                goes_right[among] = self._to_the_right[rows[:, None], codes[looked_at[among]]]
            # a product with 0 or 1 is several times as fast as a choice
            gone = np.multiply(goes_right, splits.gone[own, None], dtype=np.uint32)
            left = ~np.bitwise_or.reduceat(gone, splits.starts[trees.start : trees.stop] - first, axis=0)
            leaf = np.bitwise_count((left & (~left + np.uint32(1))) - np.uint32(1))
            values = splits.values[splits.leaves[trees, None] + leaf]
            for tree, value in zip(range(trees.start, trees.stop), values, strict=True):
                total[tree % len(total)] += value
                if tree % len(total) == len(total) - 1:
                    yield total

    def _lots(self, n_rows: int) -> Iterator[slice]:
        """Trees, as many at once as have few enough answers."""
        starts, first = self._splits.starts, 0
        most = max(1, _CELLS_AT_ONCE // n_rows)
        while first < len(self.sizes):
            stop = max(first + 1, int(np.searchsorted(starts, starts[first] + most, side="right")) - 1)
            yield slice(first, stop)
            first = stop

    @cached_property
    def _splits(self) -> _Splits:
        return _Splits.of(self)

    @cached_property
    def _to_the_right(self) -> np.ndarray:
        """Whether a code goes right; bool, (n_category_splits, 256)."""
        return np.asarray(np.unpackbits(self.levels, axis=1, bitorder="little") == 0)

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it by name."""
        own = {name: getattr(self, name) for name in _ARRAYS}
        return own if self.shares is None else own | self.shares.arrays()

    @property
    def n_parameters(self) -> int:
        """Thresholds of splits and values of leaves."""
        return len(self.number) + len(self.start)

    @property
    def row_products(self) -> int:
        """As many for each node."""
        return _PRODUCTS_OF_A_NODE * len(self.number)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], n_classes: int, categorical: np.ndarray) -> TreeArrays:
        """The trees of these arrays, of a stranger.

        Args:
            arrays: As `arrays` gave them.
            n_classes: 0 for regression.
            categorical: Which features are codes of categories; bool, (n_features,).

        Raises:
            ValueError: They are no trees on such features, or not those of such a task.
        """
        shares = ClassShares.of_arrays(arrays, n_classes) if n_classes else None
        n_outputs = 1 if shares is None or len(shares.known) == 2 else len(shares.known)
        n_nodes = len(arrays["feature"]) if "feature" in arrays else 0
        shapes: dict[str, tuple[str, tuple[int | None, ...]]] = {
            name: (kind, (n_nodes,) if shape is None else shape) for name, (kind, shape) in _ARRAYS.items()
        }
        own = taken(arrays, shapes | {"start": ("f8", (n_outputs,))})
        found = cls(**own, shares=shares)
        _check_trees(found, categorical)
        return found


def mean_of_trees(parts: Sequence[TreeArrays]) -> TreeArrays:
    """The mean of what several trees sum up to, as trees: of classes the mean of their log-odds.

    Args:
        parts: On the same features, of the same classes.
    """
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS if name != "start"
    }
    joined["number"] = np.where(joined["feature"] < 0, joined["number"] / len(parts), joined["number"])
    on_levels = joined["category"] >= 0
    joined["category"] = np.where(on_levels, np.cumsum(on_levels) - 1, -1).astype(np.int32)
    return replace(parts[0], start=np.mean([part.start for part in parts], axis=0), **joined)


#: Type and shape of each array; None: one entry a node.
_ARRAYS: dict[str, tuple[str, tuple[int | None, ...] | None]] = {
    "start": ("f8", (None,)),
    "sizes": ("i4", (None,)),
    "feature": ("i4", None),
    "number": ("f8", None),
    "right": ("i4", None),
    "missing_left": ("u1", None),
    "category": ("i4", None),
    "levels": ("u1", (None, _CODES // 8)),
}


@dataclass(frozen=True)
class _Splits:
    """The splits of all trees in a row, and the leaves of all trees in another.

    Args:
        starts: The first split of each tree, and the end of the last; a tree of one leaf has a split that is never
            taken; (n_trees + 1,).
        feature: (n_splits,).
        threshold: Larger numbers go right; (n_splits,).
        missing_right: Whether a gap does; (n_splits,).
        category: Its row among the levels, or -1; (n_splits,).
        gone: The leaves of the left branch, which are ruled out on the right, a bit each; uint32, (n_splits,).
        values: Of the leaves; (n_leaves,).
        leaves: The first leaf of each tree; (n_trees,).
    """

    starts: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_right: np.ndarray
    category: np.ndarray
    gone: np.ndarray
    values: np.ndarray
    leaves: np.ndarray

    @classmethod
    def of(cls, trees: TreeArrays) -> _Splits:
        sizes = trees.sizes.astype(np.int64)
        tree, root = np.repeat(np.arange(len(sizes)), sizes), np.cumsum(sizes) - sizes
        is_leaf = trees.feature < 0
        before: np.ndarray = np.cumsum(is_leaf) - is_leaf  # leaves that stand before a node, in all trees
        leaves: np.ndarray = before[root]
        alone = np.zeros(len(is_leaf), dtype=bool)
        alone[root] = sizes == 1
        places = np.flatnonzero(~is_leaf | alone)
        split, own = ~is_leaf[places], tree[places]
        begins = (before[np.minimum(places + 1, len(is_leaf) - 1)] - leaves[own]) * split
        ends = (before[root[own] + trees.right[places]] - leaves[own]) * split
        bits = np.array([(1 << n) - 1 for n in range(_MOST_LEAVES + 1)], dtype=np.uint64)
        number = trees.number[places]
        return cls(
            starts=np.searchsorted(own, np.arange(len(sizes) + 1)),
            feature=np.maximum(trees.feature[places], 0),
            threshold=np.where(split & (number < _ANY_NUMBER), number, np.inf),
            missing_right=(trees.missing_left[places] == 0) & split,
            category=np.where(split, trees.category[places], -1),
            gone=(bits[ends] ^ bits[begins]).astype(np.uint32),
            values=trees.number[is_leaf],
            leaves=leaves,
        )


def _check_trees(trees: TreeArrays, categorical: np.ndarray) -> None:
    """Hold arrays against being trees, whose splits are on these features.

    Raises:
        ValueError: They are not.
    """
    sizes, n_nodes = trees.sizes.astype(np.int64), len(trees.feature)
    if (
        not 0 < len(sizes) <= _MOST_TREES
        or (sizes < 1).any()
        or (sizes > 2 * _MOST_LEAVES - 1).any()
        or sizes.sum() != n_nodes
    ):
        raise ValueError(f"there must be trees, of 1 to {2 * _MOST_LEAVES - 1} nodes each, and of all nodes together")
    if len(sizes) % len(trees.start):
        raise ValueError("there must be as many trees of each output")
    split = trees.feature >= 0
    if (trees.feature < -1).any() or (trees.feature >= len(categorical)).any():
        raise ValueError("the splits must be on features that there are")
    n_splits = np.add.reduceat(split.astype(np.int64), np.cumsum(sizes) - sizes)
    if (2 * n_splits + 1 != sizes).any():
        raise ValueError("a tree must have one more leaf than splits")
    place = np.arange(n_nodes) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # within its tree
    right, last = trees.right[split], np.repeat(sizes, sizes)[split]
    if (right <= place[split] + 1).any() or (right >= last).any():
        raise ValueError("the children of a node must come after it, in its tree")
    first = np.flatnonzero(split) - place[split]
    children = np.bincount(np.concatenate([np.flatnonzero(split) + 1, first + right]), minlength=n_nodes)
    if (children != (place > 0)).any():
        raise ValueError("every node of a tree but the first must be the child of one other")
    on_levels = trees.category >= 0
    in_order = np.array_equal(trees.category[on_levels], np.arange(len(trees.levels)))
    if not in_order or (trees.category < -1).any() or (on_levels & ~split).any():
        raise ValueError("the splits on categories must have their levels, in order")
    if (categorical[trees.feature[split]] != on_levels[split]).any():
        raise ValueError("the splits must be on levels where the features are codes, nowhere else")


def _levels_of(fitted: Any, trees: list[Any]) -> np.ndarray:
    """For each split on a category the codes that go left; uint8, (n_category_splits, 32)."""
    found: list[np.ndarray] = []
    if fitted.is_categorical_ is None:
        return np.zeros((0, _CODES // 8), dtype=np.uint8)
    categories = fitted._preprocessor.named_transformers_["encoder"].categories_
    known_bits, place = fitted._bin_mapper.make_known_categories_bitsets()
    known = _bits(known_bits)
    for tree in trees:
        left = _bits(tree.raw_left_cat_bitsets)
        for node in tree.nodes[(tree.nodes["is_categorical"] == 1) & (tree.nodes["is_leaf"] == 0)]:
            feature, missing_left = int(node["feature_idx"]), bool(node["missing_go_to_left"])
            codes = categories[feature][~np.isnan(categories[feature])].astype(int)
            table = np.full(_CODES, missing_left)  # a level that no training row had counts as a gap
            is_known = known[place[feature], : len(codes)]
            # of a single level there are no bits: it goes where gaps do not
            one_level = np.isinf(node["num_threshold"])
            goes_left = not missing_left if one_level else left[node["bitset_idx"], : len(codes)]
            table[codes[is_known]] = np.broadcast_to(goes_left, len(codes))[is_known]
            found.append(np.packbits(table, bitorder="little"))
    return np.stack(found) if found else np.zeros((0, _CODES // 8), dtype=np.uint8)


def _bits(words: np.ndarray) -> np.ndarray:
    """Bits of rows of 32-bit words, the lowest first; bool, (n, 256)."""
    rows = np.ascontiguousarray(words, dtype="<u4").view(np.uint8)
    return np.unpackbits(rows, axis=1, bitorder="little").astype(bool)
