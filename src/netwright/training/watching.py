"""What happens inside networks while they train: gradients, steps and activations, layer by layer.

All of it is read only: a network that is watched becomes what it becomes unwatched, to the last bit. When it is looked
at depends on epoch and steps alone, never on a clock, so a run that is stopped and goes on has the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from netwright.models.family import Inputs, Network
from netwright.models.slopes import BOUNDED, SLOPES, relative_slope
from netwright.models.watched import WatchedLayer

#: Steps that lie between two measurements at least, and measurements while the number of epochs doubles at most.
_STEPS_BETWEEN, _A_DOUBLING = 60, 20
#: Train rows at which activations are looked at: fewer, but never less than so many, where each becomes many numbers.
_PROBE_ROWS, _LEAST_ROWS, _PROBE_NUMBERS = 128, 32, 1 << 17
#: A slope under this share of the steepest is flat; a unit that is flat on more than these shares of the rows is dead,
#: or saturated.
_FLAT, _DEAD, _SATURATED = 0.01, 0.99, 0.5
#: Of steps at less than this share of the plan's learning rate nothing but the gradient is told.
_LEAST_SHARE = 1e-3
#: What the last step of an epoch tells, and what the probe tells.
STEP_SIGNALS = ("gradient_norm", "update_ratio", "frozen_tensors")
PROBE_SIGNALS = ("dead_share", "saturated_share", "activation_spread")


def due(epoch: int, steps: int, last: int) -> bool:
    """Whether an epoch is one that is measured: the untrained network, the first, the last, and multiples in between.

    Args:
        epoch: Its number.
        steps: Steps of an epoch.
        last: Number of the last epoch of the plan.

    Example:
        >>> [epoch for epoch in range(91) if due(epoch, 13, last=90)]
        [0, 1, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90]
        >>> [epoch for epoch in range(36, 60) if due(epoch, 500, last=90)]
        [36, 37, 38, 39, 40, 42, 44, 46, 48, 50, 52, 54, 56, 58]
    """
    if epoch <= 1 or epoch == last:
        return True
    stride = -(-_STEPS_BETWEEN // steps)
    while epoch >= 2 * _A_DOUBLING * stride:
        stride *= 2
    return epoch % stride == 0


def probe_rows(
    sample: Int[Tensor, "member row"], counts: Sequence[int], shortest: int, row_units: int
) -> Int[Tensor, "member probe_row"]:
    """Train rows of each member at which activations are looked at, evenly spaced among its sampled ones.

    Args:
        sample: Positions of the sampled rows.
        counts: How many of them are no padding.
        shortest: Train rows of the smallest fold, whoever trains here.
        row_units: How many numbers a row becomes on its way through the network.
    """
    wanted = max(_LEAST_ROWS, min(_PROBE_ROWS, _PROBE_NUMBERS // row_units))
    n_rows = max(1, min(wanted, shortest))
    places = torch.tensor(counts)[:, None] * torch.arange(n_rows) // n_rows
    return sample.gather(1, places.to(sample.device))


class Watch:
    """Looks at the layers of a chunk's network.

    Args:
        network: Of the members that train.
        probe: Inputs of the rows at which activations are looked at; they are kept, so that no row is read again.
    """

    def __init__(self, network: Network, probe: Inputs) -> None:
        self._probe = dict(probe)
        self._arrange(network)
        #: What the last step that was measured told; (signal, member, layer).
        self.of_step = torch.full((len(STEP_SIGNALS), network.n_members, len(self._layers)), torch.nan)

    def _arrange(self, network: Network) -> None:
        self._network, self._layers = network, network.watched()
        own = dict(network.named_parameters())
        self._parameters = [own[name].detach() for layer in self._layers for name in layer.parameters]
        places = {name: place for place, name in enumerate(own)}
        self._places = [places[name] for layer in self._layers for name in layer.parameters]
        lengths = [len(layer.parameters) for layer in self._layers]
        self._device = next(network.parameters()).device
        layer_of = [number for number, length in enumerate(lengths) for _ in range(length)]
        self._layer = torch.tensor(layer_of, dtype=torch.int64, device=self._device)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers from input to output."""
        return tuple(layer.name for layer in self._layers)

    def keep(self, members: Sequence[int], network: Network) -> None:
        """Go on with some of the members.

        Args:
            members: Which.
            network: The smaller network.
        """
        rows = list(members)
        self._probe = {name: tensor[rows] for name, tensor in self._probe.items()}
        self.of_step = self.of_step[:, rows]
        self._arrange(network)

    @contextmanager
    def step(self, gradients: Sequence[Tensor], shares: Sequence[float]) -> Iterator[None]:
        """Measure the optimizer step that is taken inside.

        Args:
            gradients: One a parameter, in the network's order, as they are before any clipping.
            shares: For each member what its schedule makes of the learning rate of its plan.
        """
        if not self._parameters:
            yield
            return
        with torch.no_grad():
            norms = _norms([gradients[place] for place in self._places])
            before = [parameter.clone() for parameter in self._parameters]
        yield
        with torch.no_grad():
            steps = [now - then for now, then in zip(self._parameters, before, strict=True)]
            moved, weights = _norms(steps), _norms(before)
            frozen = moved == 0
            if frozen.any():  # squares of the smallest numbers are 0
                frozen = torch.stack([(own == 0).flatten(1).all(dim=1) for own in steps])
            ratio = self._of_layers(moved) / self._of_layers(weights)
            ratio = ratio.masked_fill(self._of_layers(weights) == 0, torch.nan)
            told = torch.stack([self._of_layers(norms), ratio, self._sums(frozen.double())])
            # at the ends of a schedule steps become shorter than float32 can tell, and nothing follows from that
            told[1:, :, torch.tensor(shares, device=self._device) < _LEAST_SHARE] = torch.nan
            self.of_step.copy_(told.transpose(1, 2))

    def _of_layers(self, norms: Float[Tensor, "parameter member"]) -> Float[Tensor, "layer member"]:
        return self._sums(norms**2).sqrt()

    def _sums(self, values: Float[Tensor, "parameter member"]) -> Float[Tensor, "layer member"]:
        zeros = values.new_zeros(len(self._layers), values.shape[1])
        return zeros.index_add_(0, self._layer, values)

    def signals(self, epoch: int) -> dict[str, Float[np.ndarray, "member layer"]]:
        """What there is to tell after an epoch that is due; of steps nothing before the first one.

        Args:
            epoch: Its number.
        """
        found = self._probed()
        if epoch:
            found |= dict(zip(STEP_SIGNALS, self.of_step.double().cpu().numpy(), strict=True))
        return found

    @torch.inference_mode()
    def _probed(self) -> dict[str, Float[np.ndarray, "member layer"]]:
        shape = (len(PROBE_SIGNALS), self._network.n_members, len(self._layers))
        values = torch.full(shape, torch.nan, device=self._device)
        handles = []
        for place, layer in enumerate(self._layers):
            if layer.module:
                module = self._network.get_submodule(layer.module)
                handles.append(module.register_forward_hook(self._tap(layer, values[:, :, place])))
        if handles:
            try:
                self._network(self._probe)
            finally:
                for handle in handles:
                    handle.remove()
        return dict(zip(PROBE_SIGNALS, values.double().cpu().numpy(), strict=True))

    def _tap(
        self, layer: WatchedLayer, into: Float[Tensor, "signal member"]
    ) -> Callable[[object, object, Tensor], None]:
        """A hook that looks at what leaves a layer before its activation may write over it."""
        fade = self._network.get_parameter(layer.fade) if layer.fade else None

        def look(module: object, inputs: object, x: Float[Tensor, "member batch *submodel unit"]) -> None:
            rows = x.flatten(1, -2)  # those of submodels are further ones
            # torch's own standard deviation takes twenty times as long along this axis
            into[2] = (rows - rows.mean(dim=1, keepdim=True)).square_().mean(dim=1).sqrt_().mean(dim=1)
            if layer.activation not in SLOPES:
                return
            flat = relative_slope(layer.activation, rows, fade).lt_(_FLAT).mean(dim=1)
            into[0] = (flat > _DEAD).float().mean(dim=1)
            if layer.activation in BOUNDED:
                into[1] = (flat > _SATURATED).float().mean(dim=1)

        return look


def _norms(tensors: Sequence[Tensor]) -> Float[Tensor, "parameter member"]:
    """The length of each member's own part; float64, since squares of what explodes leave float32."""
    return torch.stack([torch.linalg.vector_norm(tensor.flatten(1), dim=1) for tensor in tensors]).double()


def network_signals(
    folds: Sequence[int],
    predictions: Float[np.ndarray, "member row column"],
    truth: Mapping[int, np.ndarray],
) -> dict[str, Float[np.ndarray, " member"]]:
    """How each member's predictions vary, and how they go with those of its siblings; NaN where that is not defined.

    Classes are taken together: variances and covariances of the columns are summed.

    Args:
        folds: Of each member.
        predictions: Of each member on the outer rows of its fold, padded; NaN of members that do not train.
        truth: For each fold the target of its outer rows, of classes a column each of 0 and 1; (n_valid, column).
    """
    agreement, spread = np.full((2, len(folds)), np.nan)
    for fold in dict.fromkeys(folds):
        target = truth[fold]
        own = [member for member, its in enumerate(folds) if its == fold]
        seen = [member for member in own if np.isfinite(predictions[member, : len(target)]).all()]
        if not seen or not len(target):
            continue
        values = predictions[seen, : len(target)]
        values = values - values.mean(axis=1, keepdims=True)
        length, of_target = _length(values), float(_length((target - target.mean(axis=0))[None])[0])
        if of_target > 0:
            spread[seen] = length / of_target
        if len(seen) > 1:
            others = (values.sum(axis=0) - values) / (len(seen) - 1)
            product, both = (values * others).sum(axis=(1, 2)), length * _length(others)
            agreement[seen] = np.divide(product, both, out=np.full(len(seen), np.nan), where=both > 0)
    return {"agreement": agreement, "output_spread": spread}


def _length(values: Float[np.ndarray, "member row column"]) -> Float[np.ndarray, " member"]:
    return np.asarray(np.sqrt((values**2).sum(axis=(1, 2))))


def columns_of(numbers: np.ndarray, n_columns: int) -> Float[np.ndarray, "row column"]:
    """A target in the shape of its predictions: a single column, or one of 0 and 1 for each class.

    Example:
        >>> columns_of(np.array([2.5, 1.0]), 1).tolist(), columns_of(np.array([1, 0]), 2).tolist()
        ([[2.5], [1.0]], [[0.0, 1.0], [1.0, 0.0]])
    """
    if numbers.ndim == 2:  # of a series, which has a column a step
        return numbers
    return np.asarray(numbers[:, None] if n_columns == 1 else (numbers[:, None] == np.arange(n_columns)).astype(float))
