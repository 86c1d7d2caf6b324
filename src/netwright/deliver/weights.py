"""The weights of a bundle: plain arrays, held against what the manifest describes before anything is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from netwright.base.errors import PlanError
from netwright.base.named import Named
from netwright.base.plan import Plan
from netwright.base.sealed import JsonLimits, parse_json
from netwright.base.typed import from_plain
from netwright.models.family import ARRAYS, Network, Sizes, families
from netwright.models.own import OWN, OwnFamily, OwnNetwork
from netwright.training.memory import free_memory
from netwright.training.objectives.objective import Objective

#: Length of what tells the length of the header, and the longest header that is read.
_PREFIX, _MOST_HEADER = 8, 1 << 24
#: No array has more axes, and NumPy allows no more than 64.
_MOST_AXES = 8
#: What comes of fixed rows, and how far it may be off on another machine, as a share of its spread.
_WITNESS, _CLOSE = "witness", 1e-3
_FIELDS = frozenset({"dtype", "shape", "data_offsets"})
#: The types of numbers that are shipped: networks are of the first, baselines of the others.
_DTYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "U8": "|u1"}
#: Loading holds the file, its tensors and the network at once.
_COPIES = 3
_NOT_THE_SAME = "model must be the module or factory that the run was trained with"
#: While a network is built each of its numbers is made a few times over, and some that are not learned.
_DRAFTS, _SLACK = 12, 1 << 20


def most_bytes() -> int:
    """What weights may take at most, so that loading them leaves the machine standing."""
    free = free_memory(torch.device("cpu"))
    return (1 << 40 if free is None else free) // _COPIES


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """The parameters and buffers of a network by name, and of a user's module what comes of fixed rows; float32."""
    arrays = {name: tensor.contiguous().numpy() for name, tensor in network.state_dict().items()}
    return arrays | {_WITNESS: network.witness().numpy()} if isinstance(network, OwnNetwork) else arrays


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays as a safetensors file.

    Args:
        arrays: float32, float64, int32 or uint8, by name.
    """
    from safetensors.numpy import save

    return bytes(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))


def unpacked(raw: bytes) -> dict[str, np.ndarray]:
    """The arrays in a safetensors file, whose every byte belongs to one of them; they may only be read.

    Args:
        raw: The whole file.

    Raises:
        ValueError: The header is not as the format says, or holds numbers of another type.
    """
    length = int.from_bytes(raw[:_PREFIX], "little")
    if len(raw) < _PREFIX or length > min(_MOST_HEADER, len(raw) - _PREFIX):
        raise ValueError("its header is longer than it may be")
    header = parse_json(raw[_PREFIX : _PREFIX + length], JsonLimits(n_bytes=_MOST_HEADER, depth=3, n_digits=15))
    spans = sorted((*_span(name, entry), name) for name, entry in header.items())
    end = 0
    for start, stop, name in spans:
        if start != end:
            raise ValueError(f"tensor {name[:100]!r} must begin at byte {end:,}, got {start:,}")
        end = stop
    if end != len(raw) - _PREFIX - length:
        raise ValueError(f"its tensors must be {len(raw) - _PREFIX - length:,} bytes, got {end:,}")
    body = memoryview(raw)[_PREFIX + length :]
    return {
        name: np.frombuffer(body[start:stop], _DTYPES[header[name]["dtype"]]).reshape(header[name]["shape"])
        for start, stop, name in spans
    }


def _span(name: str, entry: Any) -> tuple[int, int]:
    """Where a tensor begins and ends."""
    if not isinstance(entry, dict) or entry.keys() != _FIELDS or str(entry["dtype"]) not in _DTYPES:
        kinds = ", ".join(_DTYPES)
        raise ValueError(f"tensor {name[:100]!r} must be of a type ({kinds}), with a shape and its place, nothing else")
    shape, place = entry["shape"], entry["data_offsets"]
    if not all(isinstance(own, list) and all(type(n) is int and n >= 0 for n in own) for own in (shape, place)):
        raise ValueError(f"shape and place of tensor {name[:100]!r} must be whole numbers")
    if len(shape) > _MOST_AXES:
        raise ValueError(f"tensor {name[:100]!r} must have at most {_MOST_AXES} axes, got {len(shape)}")
    n_bytes = np.dtype(_DTYPES[entry["dtype"]]).itemsize
    if len(place) != 2 or place[1] - place[0] != n_bytes * math.prod(shape):
        raise ValueError(f"tensor {name[:100]!r} must have the bytes of its shape")
    return place[0], place[1]


def network_from(arrays: Mapping[str, np.ndarray], plan: Plan, sizes: Sizes, module: Named | None = None) -> Network:
    """The network of a plan with the weights of a file.

    Args:
        arrays: As `arrays_of` gave them, of a stranger.
        plan: Names a family that netwright ships.
        sizes: What the network must fit.
        module: The user's own, where the plan is one of it.

    Raises:
        ValueError: The weights are not those of the network, or not finite.
        PlanError: There is no such family.
    """
    if plan.family == OWN:
        return _own_network_from(arrays, plan, sizes, module)
    if any(array.dtype != np.float32 for array in arrays.values()):
        raise ValueError("the weights of networks must be of type F32")
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    n_numbers = sum(map(math.prod, shapes.values()))
    n_members = len(sizes.fan_in)
    if n_members * max(1, sizes.dense) > n_numbers:  # every member weighs every feature
        raise ValueError(
            f"{n_members:,} networks of {sizes.dense:,} features must have more than {n_numbers:,} weights"
        )
    family = families.shipped(plan.family)
    config = from_plain(family.config, plan.config)
    if any(isinstance(value, tuple) and len(value) > len(shapes) for value in vars(config).values()):
        raise ValueError("the network must not have more layers than there are tensors")
    with _Allowance(_DRAFTS * n_numbers + _SLACK):
        network = family.build(config, sizes, [0] * n_members)
    return _filled(network, arrays)


def _own_network_from(arrays: Mapping[str, np.ndarray], plan: Plan, sizes: Sizes, module: Named | None) -> Network:
    """The same of a module that the user has given again: it is the user's code, and has to fit what is stored."""
    config = replace(from_plain(OwnFamily.config, plan.config), module=module if module is not None else "")
    network = OwnFamily.build(config, sizes, [0] * len(sizes.fan_in))
    assert isinstance(network, OwnNetwork)
    left = {name: array for name, array in arrays.items() if name != _WITNESS}
    try:
        filled = _filled(network, left)
    except ValueError as error:
        raise PlanError(f"{_NOT_THE_SAME}, got one of another structure: {error}. Pass that one.") from error
    now, then = network.witness().numpy(), arrays.get(_WITNESS)
    if then is None or then.shape != now.shape or not np.abs(now - then).max() <= _CLOSE * max(1.0, np.abs(then).max()):
        raise PlanError(f"{_NOT_THE_SAME}, got one that computes something else with the same weights. Pass that one.")
    return filled


def _filled(network: Network, arrays: Mapping[str, np.ndarray]) -> Network:
    """The network with these weights."""
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    needed = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    if needed != shapes:
        name = min(name for name in needed.keys() | shapes.keys() if needed.get(name) != shapes.get(name))
        raise ValueError(f"tensor {name[:100]!r} must have the shape {needed.get(name)}, got {shapes.get(name)}")
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("weights must be finite, got one that is no number")
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()}, strict=True)
    return network.eval()


def runs(network: Network, sizes: Sizes, objective: Objective) -> None:
    """Let a row of zeros pass, so that a choice that no layer knows shows now and not among the rows of a user.

    Args:
        network: Just loaded.
        sizes: What it takes.
        objective: What becomes of what it gives.

    Raises:
        ValueError: What comes out is not a prediction of the task.
    """
    n_members = len(sizes.fan_in)
    row = {
        "dense": torch.zeros(n_members, 1, sizes.dense),
        "codes": torch.zeros(n_members, 1, len(sizes.cardinalities), dtype=torch.int64),
        **{name: torch.zeros(n_members, 1, *shape, dtype=ARRAYS[name]) for name, shape in sizes.arrays.items()},
    }
    with torch.inference_mode():
        shape = tuple(objective.prediction(network(row)).shape)
    if shape != (n_members, 1, objective.columns(sizes.outputs)):
        raise ValueError(f"the network must predict the target, got numbers of shape {shape}")


class _Allowance(TorchFunctionMode):
    """While it holds, only so many numbers are made; what would be too many is not even begun.

    Shapes follow from a manifest, and a manifest costs nothing: without this a line of text could ask for all memory.
    """

    def __init__(self, n_numbers: int) -> None:
        super().__init__()
        self._left = n_numbers

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        wanted, name = _announced(func, args), getattr(func, "__name__", "")
        if wanted > self._left:
            raise ValueError(f"the network must not be larger than its weights, got one of {wanted:,} numbers and more")
        if name in ("normal_", "uniform_"):  # what is loaded over need not be drawn
            return args[0]
        made = func(*args, **(kwargs or {}))
        if isinstance(made, Tensor):  # views count too, which errs on the safe side
            self._left -= made.numel()
        return made


def _announced(func: Callable[..., Any], args: Sequence[Any]) -> int:
    """How many numbers a call is going to make, where that is not bounded by those that it takes."""
    name = getattr(func, "__name__", "")
    if name in ("empty", "zeros", "ones"):
        return math.prod(_whole(args))
    if name == "repeat":
        return int(args[0].numel() * math.prod(_whole(args[1:])))
    if name == "repeat_interleave":
        return int(args[0].numel() * int(args[1].sum()) // max(1, args[1].numel()))
    return 0


def _whole(args: Sequence[Any]) -> list[int]:
    """The whole numbers among arguments, which may stand in one tuple."""
    flat = args[0] if args and isinstance(args[0], tuple | list | torch.Size) else args
    return [own for own in flat if isinstance(own, int)]
