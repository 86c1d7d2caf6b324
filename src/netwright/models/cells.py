"""Rows held against what a network gives back: every column in units of the error of knowing its mean alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from netwright.models.family import Place, Sizes

#: Rare levels would rule all else in units of their own spread: none is taken for less than this.
_LEAST_SPREAD = 0.05
#: A number that varies less than this does not vary, but for rounding.
_NO_SPREAD = 1e-6
#: Shares of levels are taken for no less.
_LEAST_SHARE = 1e-3


class Cells(nn.Module):
    """What each column of a row costs, and how far off it is, from what a network gives back.

    Numbers are squared distances. Levels cost the cross-entropy, and are off by the squared distance of the shares that
    are said from 0 and 1. Both are divided by what the mean, or the shares of the train rows, would make of train rows.
    Cells that are missing or of an unknown level do not count; that a cell is missing is read, and not given back.

    Args:
        sizes: Where columns stand; without that each dense feature is a number and each code a column.
    """

    units: Tensor
    mean: Tensor
    number: Tensor
    number_column: Tensor
    sign: Tensor
    sign_column: Tensor
    level: Tensor
    level_column: Tensor
    missing: Tensor
    code_column: Tensor
    states: Tensor
    owner: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        places = sizes.places or (_plain(sizes),) * len(sizes.fan_in)
        self.n_columns = max(len(own) for own in places)
        self.cardinalities, self.n_coded = sizes.cardinalities, len(sizes.cardinalities)
        numbers = [[(at, c) for c, one in enumerate(own) for at in one.numbers] for own in places]
        signs = [[(at, c) for c, one in enumerate(own) for at in one.signs] for own in places]
        levels = [[(one.levels, c) for c, one in enumerate(own) if one.levels] for own in places]
        self._keep("number", [[at for at, _ in own] for own in numbers])
        self._keep("number_column", [[c for _, c in own] for own in numbers])
        self._keep("sign", [[at for at, _ in own] for own in signs])
        self._keep("sign_column", [[c for _, c in own] for own in signs])
        widest = max((len(at) for own in levels for at, _ in own), default=0)
        self.widest_level = widest
        self._keep("level", [[p for at, _ in own for p in (*at, *[-1] * (widest - len(at)))] for own in levels])
        self._keep("level_column", [[c for _, c in own] for own in levels])
        self._keep("missing", [[one.missing for one in own] for own in places])
        coded = [_coded(own, self.n_coded) for own in places]
        self._keep("code_column", [[column for column, _ in own] for own in coded])
        self._keep("states", [[states for _, states in own] for own in coded])
        owners = [_owners(own, sizes.dense) for own in places]
        self._keep("owner", owners)
        #: By column: what the constant costs, and how far off it is; learned by `fit`.
        self.register_buffer("units", torch.ones(len(places), 2, self.n_columns))
        #: What gives the mean row back.
        self.register_buffer("mean", torch.zeros(len(places), sizes.dense))

    def _keep(self, name: str, rows: Sequence[Sequence[int]]) -> None:
        """Positions of each member, padded with -1."""
        most = max(map(len, rows))
        padded = torch.tensor([[*own, *[-1] * (most - len(own))] for own in rows], dtype=torch.int64)
        self.register_buffer(name, padded.reshape(len(rows), most), persistent=False)

    def hidden(
        self,
        x: Float[Tensor, "member batch feature"],
        codes: Int[Tensor, "member batch code"],
        kept: Bool[Tensor, ...],
    ) -> tuple[Tensor, Tensor]:
        """The inputs with the features of some columns at zero, their codes unknown.

        Args:
            x: Dense features.
            codes: Of coded columns.
            kept: Which columns stay; [member, batch, column].
        """
        x = x * _taken(kept.to(x.dtype), self.owner)
        if not self.n_coded:
            return x, codes
        return x, codes * _taken(kept.to(codes.dtype), self.code_column)

    def costs(
        self, x: Tensor, codes: Tensor, dense: Tensor, coded: Sequence[Tensor]
    ) -> Float[Tensor, "member batch 2"]:
        """(what a row costs, how far off it is): means over its known columns; 0 where none is known.

        Args:
            x: Dense features as they came in.
            codes: Of coded columns.
            dense: What was given back for the dense features, raw.
            coded: The same for the codes of each coded column.
        """
        cost, off, known = self._columns(x, codes, dense, coded)
        n_known = known.sum(dim=2).clamp(min=1)
        both = torch.stack([cost, off], dim=3) * known[:, :, :, None]
        return both.sum(dim=2) / n_known[:, :, None]

    def distance(self, x: Float[Tensor, "member batch feature"]) -> Float[Tensor, "member batch"]:
        """How far each row lies from the mean row, coded columns aside."""
        none = x.new_zeros(*x.shape[:2], 0, dtype=torch.int64)
        said = self.mean[:, None].expand(-1, x.shape[1], -1)
        return self.costs(x, none, said, ())[:, :, 1]

    def of_columns(self, x: Tensor, codes: Tensor, dense: Tensor, coded: Sequence[Tensor]) -> Tensor:
        """How far off each column is; NaN where its cell does not count; [member, batch, column]."""
        _, off, known = self._columns(x, codes, dense, coded)
        return torch.where(known > 0, off, torch.nan)

    def _columns(
        self, x: Tensor, codes: Tensor, dense: Tensor, coded: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """What each column costs, how far off it is, and whether it counts; [member, batch, column] each."""
        cost, off, known = self._raw(x, codes, dense, coded)
        own = self.units[:, :, None, :]
        return cost / own[:, 0], off / own[:, 1], known

    def _raw(self, x: Tensor, codes: Tensor, dense: Tensor, coded: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """The same in units of the inputs."""
        shape = (*x.shape[:2], self.n_columns)
        cost, off, known = (x.new_zeros(shape) for _ in range(3))
        parts = x.new_zeros(shape)

        def add(columns: Tensor, c: Tensor, o: Tensor, k: Tensor) -> None:
            nonlocal cost, off, known, parts
            index = columns.clamp(min=0)[:, None, :].expand(-1, x.shape[1], -1)
            real = (columns >= 0).to(x.dtype)[:, None, :]
            k = k.to(x.dtype) * real
            cost, off = cost.scatter_add(2, index, c * k), off.scatter_add(2, index, o * k)
            known, parts = known.scatter_add(2, index, k), parts.scatter_add(2, index, k)

        if self.number.shape[1]:
            squares = (_taken(x, self.number) - _taken(dense, self.number)) ** 2
            add(self.number_column, squares, squares, torch.ones_like(squares))
        if self.sign.shape[1]:
            sign, logit = _taken(x, self.sign), _taken(dense, self.sign)
            wanted = (sign + 1) / 2
            entropy = functional.binary_cross_entropy_with_logits(logit, wanted, reduction="none")
            add(self.sign_column, entropy, 2 * (torch.sigmoid(logit) - wanted) ** 2, sign != 0)
        if self.widest_level:
            own, logits = self._levels(x), self._levels(dense, nothing=-torch.inf)
            add(self.level_column, *_of_classes(own, logits), own.sum(dim=3) > 0)
        for place, logits in enumerate(coded):
            own, states = codes[:, :, place], self.states[:, place, None]
            counts = (own > 0) & (own < states)
            wanted = functional.one_hot(own, logits.shape[2]).to(x.dtype) * counts[:, :, None]
            c, o = _of_classes(wanted, self._known(logits, place))
            add(self.code_column[:, place, None], c[:, :, None], o[:, :, None], counts[:, :, None])
        there = 1 - _taken(x, self.missing) if self.missing.shape[1] else 1
        parts = parts.clamp(min=1)
        return cost / parts, off / parts, (known > 0).to(x.dtype) * there

    def _levels(self, x: Tensor, nothing: float = 0.0) -> Float[Tensor, "member batch group level"]:
        taken = _taken(x, self.level)
        if nothing:
            taken = taken.masked_fill(self.level[:, None, :] < 0, nothing)
        return taken.reshape(*x.shape[:2], -1, self.widest_level)

    def _known(self, logits: Tensor, place: int) -> Tensor:
        """Codes that mean no level of the member are none that could be said."""
        number = torch.arange(logits.shape[2], device=logits.device)
        states = self.states[:, place, None].clamp(min=2)
        none = (number < 1) | (number >= states)
        return logits.masked_fill(none[:, None, :], -torch.inf)

    def as_inputs(self, dense: Tensor, coded: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """What was given back on the scale of the inputs: levels as probabilities, of signs 2 p - 1."""
        out = dense.clone()
        if self.sign.shape[1]:
            out = _placed(out, self.sign, torch.tanh(_taken(dense, self.sign) / 2))
        if self.widest_level:
            shares = _softmax(self._levels(dense, nothing=-torch.inf))
            out = _placed(out, self.level, shares.flatten(2))
        return out, [torch.softmax(self._known(own, place), dim=2) for place, own in enumerate(coded)]

    def as_raw(self, dense: Float[Tensor, "member batch feature"]) -> Float[Tensor, "member batch feature"]:
        """The way back of dense features: raw numbers that mean these, taken for shares where they are levels."""
        out = dense.clone()
        if self.sign.shape[1]:
            p = ((_taken(dense, self.sign) + 1) / 2).clamp(_LEAST_SHARE, 1 - _LEAST_SHARE)
            out = _placed(out, self.sign, torch.logit(p))
        if self.widest_level:
            out = _placed(out, self.level, _taken(dense, self.level).clamp(min=_LEAST_SHARE).log())
        return out

    def feature_weights(self) -> Float[Tensor, "member feature"]:
        """What a distance of each dense feature is multiplied by, so that its square is what a column is off by."""
        weights = self.units.new_zeros(self.owner.shape)[:, None]
        parts = self.units.new_zeros(len(weights), self.n_columns + 1)
        parts = parts.scatter_add(
            1, _real(self.number_column, self.n_columns), torch.ones_like(self.number_column, dtype=parts.dtype)
        )
        own = (self.units[:, 1] * parts[:, :-1].clamp(min=1)).rsqrt()[:, None]
        weights = _placed(weights, self.number, _taken(own, self.number_column))
        weights = _placed(weights, self.sign, _taken(own, self.sign_column) / 2**0.5)
        if self.widest_level:
            levels = _taken(own, self.level_column).repeat_interleave(self.widest_level, dim=2)
            weights = _placed(weights, self.level, levels)
        return weights[:, 0]

    def fit(self, x: Tensor, codes: Tensor, weight: Float[Tensor, "member row"]) -> tuple[Tensor, list[Tensor]]:
        """Learn the units, and return what gives the mean row back: raw numbers, as the network would say them.

        Args:
            x: Dense features of train rows.
            codes: Of coded columns.
            weight: 1 for a row, 0 for padding.
        """
        x, weight = x.double(), weight.double()
        there = weight[:, :, None] * (1 - _taken(x, self.missing))
        mean = (x * weight[:, :, None]).sum(dim=1) / weight.sum(dim=1, keepdim=True).clamp(min=1)
        units = x.new_ones(self.units.shape)
        dense = mean
        if self.number.shape[1]:
            known = _taken(there, self.number_column)
            total = known.sum(dim=1).clamp(min=1)
            own = _taken(x, self.number)
            middle = (own * known).sum(dim=1) / total
            spread = ((own - middle[:, None]) ** 2 * known).sum(dim=1) / total
            dense = _placed(dense[:, None], self.number, middle[:, None])[:, 0]
            units = self._units(units, self.number_column, spread, spread, 0.0)
        if self.sign.shape[1]:
            own = _taken(x, self.sign) * weight[:, :, None]
            p = ((own.sum(dim=1) / own.abs().sum(dim=1).clamp(min=1) + 1) / 2).clamp(_LEAST_SHARE, 1 - _LEAST_SHARE)
            dense = _placed(dense[:, None], self.sign, torch.logit(p)[:, None])[:, 0]
            units = self._units(units, self.sign_column, *_of_shares(torch.stack([p, 1 - p], dim=2)))
        if self.widest_level:
            counts = (_taken(x, self.level) * weight[:, :, None]).sum(dim=1)
            shares = _shares(counts.reshape(len(x), -1, self.widest_level))
            logs = shares.clamp(min=_LEAST_SHARE).log().flatten(1)
            dense = _placed(dense[:, None], self.level, logs[:, None])[:, 0]
            units = self._units(units, self.level_column, *_of_shares(shares))
        coded = []
        for place, n_codes in enumerate(self.cardinalities):
            counts = x.new_zeros(len(x), n_codes).scatter_add(1, codes[:, :, place], weight)
            number = torch.arange(n_codes, device=x.device)
            shares = _shares(counts * ((number > 0) & (number < self.states[:, place, None])))
            cost, off = _of_shares(shares)
            units = self._units(units, self.code_column[:, place, None], cost[:, None], off[:, None])
            coded.append(shares.clamp(min=_LEAST_SHARE / n_codes).log().float())
        self.units.copy_(units)
        self.mean.copy_(dense)
        return dense.float(), coded

    def _units(self, units: Tensor, columns: Tensor, cost: Tensor, off: Tensor, least: float = _LEAST_SPREAD) -> Tensor:
        """The units with those of some columns, each the mean of its parts."""
        index = _real(columns, self.n_columns)
        found = []
        for before, own in zip(units.unbind(dim=1), (cost, off), strict=True):
            total = own.new_zeros(len(own), self.n_columns + 1).scatter_add(1, index, own)
            parts = own.new_zeros(len(own), self.n_columns + 1).scatter_add(1, index, torch.ones_like(own))
            mean = (total / parts.clamp(min=1))[:, :-1]
            mean = torch.where(mean > _NO_SPREAD, mean.clamp(min=least), 1.0)
            found.append(torch.where(parts[:, :-1] > 0, mean, before))
        return torch.stack(found, dim=1)


def _real(positions: Tensor, end: int) -> Tensor:
    """Positions with padding at a place that is cut off."""
    return torch.where(positions >= 0, positions, end)


def _shares(counts: Tensor) -> Tensor:
    """Counts over their sum; all zero where there are none."""
    return counts / counts.sum(dim=-1, keepdim=True).clamp(min=1)


def _of_shares(shares: Tensor) -> tuple[Tensor, Tensor]:
    """What whoever says these shares of levels pays by cross-entropy, and how far off that is, in the mean."""
    entropy = -torch.where(shares > 0, shares * shares.clamp(min=1e-300).log(), 0.0).sum(dim=-1)
    there = shares.sum(dim=-1) > 0
    return entropy, torch.where(there, 1 - (shares**2).sum(dim=-1), 0.0)


def _taken(x: Tensor, positions: Int[Tensor, "member place"]) -> Tensor:
    """Entries of the last axis at each member's positions, 0 at padding; [member, batch, place]."""
    index = positions.clamp(min=0)[:, None, :].expand(-1, x.shape[1], -1)
    return x.gather(2, index) * (positions >= 0).to(x.dtype)[:, None, :]


def _placed(x: Tensor, positions: Int[Tensor, "member place"], values: Tensor) -> Tensor:
    """The same with other values at these positions."""
    padded = functional.pad(x, (0, 1))  # what is padding goes to a place that is cut off
    index = torch.where(positions >= 0, positions, x.shape[2])[:, None, :].expand(-1, x.shape[1], -1)
    return padded.scatter(2, index, values.to(x.dtype))[:, :, :-1]


def _softmax(logits: Tensor) -> Tensor:
    """Shares over the last axis; groups that are all padding get none."""
    nothing = torch.isinf(logits).all(dim=-1, keepdim=True)
    return torch.softmax(torch.where(nothing, 0.0, logits), dim=-1).masked_fill(nothing, 0.0)


def _of_classes(wanted: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy, and the squared distance of the shares from what was wanted; 0 for unknown levels."""
    nothing = torch.isinf(logits).all(dim=-1, keepdim=True)
    logs = functional.log_softmax(torch.where(nothing, 0.0, logits), dim=-1)
    entropy = -torch.where(wanted > 0, logs, 0.0).sum(dim=-1)
    return entropy, ((logs.exp() - wanted) ** 2).sum(dim=-1)


def _plain(sizes: Sizes) -> tuple[Place, ...]:
    dense = [Place(str(at), numbers=(at,)) for at in range(sizes.dense)]
    coded = [Place(f"code {at}", code=at, states=n) for at, n in enumerate(sizes.cardinalities)]
    return (*dense, *coded)


def _coded(places: Sequence[Place], n_coded: int) -> list[tuple[int, int]]:
    """For each place among the codes its column, and its states; -1 and 0 where a fold has none there."""
    found = [(-1, 0)] * n_coded
    for column, one in enumerate(places):
        if one.code >= 0:
            found[one.code] = (column, one.states)
    return found


def _owners(places: Sequence[Place], width: int) -> list[int]:
    """The column of each dense feature; the first for padding, which is zero anyway."""
    found = [0] * width
    for column, one in enumerate(places):
        for at in (*one.numbers, *one.signs, *one.levels, *([one.missing] if one.missing >= 0 else [])):
            found[at] = column
    return found
