"""A module of the user's: made anew for each member, under a seed of the member's own."""

from __future__ import annotations

import copy
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from types import CodeType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from netwright.base.errors import NetwrightError, PlanError
from netwright.base.figures import one_line

#: Seeds of NumPy's and Python's own generators, which a factory may use, have so many bits.
_NUMPY_BITS = 32
#: The process has one generator of each kind.
_SEEDING = Lock()


@dataclass(frozen=True)
class Given:
    """What the user gave as a model.

    Args:
        what: A `torch.nn.Module`, which is copied, or a callable of (n_in, n_out) that makes one.
        kind: What it is called in tables: the name of a class or function.
        schedule: How the learning rate moves, where the user's own words say so; None leaves that.
        betas: How slowly Adam forgets, likewise.
        notes: What is to be told about how it was read.
        looked: What is known of it by (n_in, n_out, task), filled at first use (`own_look.py`).
    """

    what: Any
    kind: str
    schedule: str | None = None
    betas: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    looked: dict[Any, Any] = field(default_factory=dict, compare=False)

    def make(self, n_in: int, n_out: int, seed: int) -> tuple[nn.Module, tuple[str, ...]]:
        """A module with first weights of its own, and the parts that kept the weights they came with.

        Args:
            n_in: Numbers a row that it reads.
            n_out: Numbers a row that it is to give.
            seed: All of its random numbers come from it.

        Raises:
            PlanError: There is no module in it.
        """
        with _seeded(seed):
            try:
                if isinstance(self.what, nn.Module):
                    module = copy.deepcopy(self.what).cpu()
                    kept = _begun_anew(module)
                else:
                    module, kept = self.what(n_in, n_out), ()
                    if isinstance(module, nn.Module):
                        module = copy.deepcopy(module)  # a factory may hand out the same one twice
                _check(module, self.kind)
                if any(isinstance(own, UninitializedParameter) for own in module.parameters()):
                    module(torch.zeros(2, n_in))
            except NetwrightError:
                raise
            except Exception as error:
                raise PlanError(
                    f"--model must be a torch.nn.Module, or a factory(n_in, n_out) that makes one; {self.kind} "
                    f"could not be made for n_in={n_in}, n_out={n_out}: {told(error)}"
                ) from error
        return module.float().cpu(), kept


def told(error: BaseException) -> str:
    """An error of foreign code in a line.

    Example:
        >>> told(ValueError("no\\nsuch thing"))
        'ValueError: no such thing'
    """
    return one_line(f"{type(error).__name__}: {' '.join(str(error).split())}")[:300]


def _check(module: Any, kind: str) -> None:
    if not isinstance(module, nn.Module):
        raise PlanError(
            f"--model must be a factory(n_in, n_out) that makes a torch.nn.Module, but {kind} made an object of type "
            f"{type(module).__name__}. Return the module."
        )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Whatever draws in here draws from the seed; the generators of the process stay as they were."""
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []
    with _SEEDING, torch.random.fork_rng(devices=devices):
        if devices:
            torch.cuda.manual_seed_all(seed % 2**63)
        before, of_numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
        torch.default_generator.manual_seed(seed % 2**63)
        random.seed(seed)
        np.random.seed(seed % 2**_NUMPY_BITS)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(before)
            np.random.set_state(of_numpy)  # noqa: NPY002


def _begun_anew(module: nn.Module) -> tuple[str, ...]:
    """First weights for a copy, where its layers know how; the names of those that do not."""
    kept = []
    for name, part in reversed(list(module.named_modules())):  # whoever holds others has the last word
        reset = getattr(part, "reset_parameters", None) or getattr(part, "_reset_parameters", None)
        try:
            if reset is None:
                raise TypeError
            reset()
        except TypeError:  # none, or one that wants to be told something
            kept += [f"{name}.{own}".lstrip(".") for own in part._parameters if part._parameters[own] is not None]
    return tuple(sorted(kept))


def stacked(modules: Sequence[nn.Module]) -> nn.Module:
    """One module whose parameters and buffers are those of all, side by side: `[member, ...]`.

    Tied weights stay tied. What is not to be learned, and numbers that are whole, become buffers.

    Args:
        modules: Of one structure.

    Raises:
        PlanError: They are not of one structure.
    """
    body = copy.deepcopy(modules[0])
    parts = [dict(module.named_modules()) for module in modules]
    done: dict[int, Tensor] = {}
    for path, part in body.named_modules():
        for is_parameter, own in ((True, part._parameters), (False, part._buffers)):
            for name, tensor in list(own.items()):
                if tensor is None:
                    continue
                if id(tensor) not in done:
                    done[id(tensor)] = _side_by_side(parts, path, name, tensor)
                together = done[id(tensor)]
                if is_parameter and not tensor.requires_grad:
                    del part._parameters[name]
                    part.register_buffer(name, together)
                else:
                    own[name] = together
                if not together.is_floating_point():  # weights.safetensors holds float32; made again, it is the same
                    part._non_persistent_buffers_set.add(name)
    return body


def _side_by_side(parts: Sequence[Mapping[str, nn.Module]], path: str, name: str, tensor: Tensor) -> Tensor:
    own = [getattr(of[path], name, None) if path in of else None for of in parts]
    shapes = {tuple(one.shape) if isinstance(one, Tensor) else None for one in own}
    if len(shapes) > 1:
        raise PlanError(
            f"--model must make modules of one shape for all members, but {f'{path}.{name}'.lstrip('.')} comes in "
            f"several ({', '.join(map(str, shapes))}). Let its shape follow from n_in and n_out alone."
        )
    values = torch.stack([one.detach() for one in own if isinstance(one, Tensor)])
    if not values.is_floating_point() and not bool((values == values[:1]).all()):
        raise PlanError(
            f"--model must draw no whole numbers, but the buffer {f'{path}.{name}'.lstrip('.')} differs from member "
            "to member. Make it a function of n_in and n_out, or keep it as floats."
        )
    return nn.Parameter(values) if isinstance(tensor, nn.Parameter) and tensor.requires_grad else values


def fingerprint(what: Any) -> str:
    """Six hexadecimal digits that follow from what a module or factory is, in any process.

    Random numbers of a run come from it, so it says nothing of places in memory or of weights.

    Args:
        what: A module, a function, a class or any other callable.

    Example:
        >>> fingerprint(nn.Linear(2, 1)) == fingerprint(nn.Linear(2, 1)) != fingerprint(nn.Linear(3, 1))
        True
    """
    if isinstance(what, nn.Module):
        shapes = [(name, tuple(own.shape)) for name, own in what.state_dict().items()]
        words = [repr(shapes), *(_word(type(part)) for part in what.modules())]
    else:
        words = [_word(what)]
    return hashlib.sha256("\x1f".join(words).encode("utf-8", "replace")).hexdigest()[:6]


def _word(what: Any, depth: int = 0) -> str:
    """An object as text without addresses: code by its instructions, values by what they are."""
    if depth > 4:
        return type(what).__name__
    deeper = depth + 1
    if isinstance(what, CodeType):
        constants = [_word(own, deeper) for own in what.co_consts]
        return f"{what.co_code.hex()}{what.co_names}{what.co_varnames}{constants}"
    if isinstance(what, str | int | float | bool | bytes | None):
        return repr(what)
    if isinstance(what, tuple | list | set | frozenset):
        return repr(sorted(_word(own, deeper) for own in what))
    if isinstance(what, Mapping):
        return repr(sorted((str(key), _word(own, deeper)) for key, own in what.items()))
    if isinstance(what, nn.Module):
        return fingerprint(what)
    code = getattr(what, "__code__", None)
    if code is not None:
        cells = getattr(what, "__closure__", None) or ()
        held = [_word(cell.cell_contents, deeper) for cell in cells if _is_filled(cell)]
        return f"{_word(code, deeper)}{_word(getattr(what, '__defaults__', None), deeper)}{held}"
    if isinstance(what, type):
        own = {name: value for name, value in vars(what).items() if callable(value) and hasattr(value, "__code__")}
        outside = what.__module__.partition(".")[0] in ("torch", "keras", "builtins")
        return what.__qualname__ + ("" if outside else _word(own, deeper))
    inner: Callable[..., Any] | None = getattr(what, "func", None)  # functools.partial
    if inner is not None:
        return f"{_word(inner, deeper)}{_word(what.args, deeper)}{_word(what.keywords, deeper)}"
    return f"{_word(type(what), deeper)}{_word(getattr(what, 'told', None), deeper)}"


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False
