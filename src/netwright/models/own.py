"""A torch module of the user's as a family: its members are one program, or go one after the other."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import Any, ClassVar, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, vmap

from netwright.base.errors import PlanError
from netwright.base.named import Named
from netwright.base.plan import Task
from netwright.models.family import Inputs, LayerRow, Network, Sizes
from netwright.models.noise import Noise
from netwright.models.own_draws import Draws
from netwright.models.own_look import Reach, as_rows, look_at
from netwright.models.own_module import Given, stacked
from netwright.models.watched import WatchedLayer

#: What the family is called; it is no entry of the registry, since no command line can name a module.
OWN = "own"
#: Probabilities are kept this far from 0 and 1, so that their logarithms are finite.
_LEAST_SHARE = 1e-7
#: Rows by which a module is known again.
_WITNESS_ROWS = 4


@dataclass(frozen=True)
class OwnConfig:
    """Choices of the family `own`.

    Args:
        module: The name of the module; the object that the user gave is held by it (`base/named.py`).
        task: What its outputs are for.
    """

    module: str
    task: str = "regression"


class OwnFamily:
    """Modules that the user brings."""

    config: ClassVar[type[OwnConfig]] = OwnConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense"})

    @staticmethod
    def build(config: OwnConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One module for each seed.

        Raises:
            PlanError: The object is not at hand, or cannot be trained on such rows.
        """
        if not isinstance(config.module, Named):
            raise PlanError(
                f"--model must bring the module {config.module!r} again: netwright stores weights, never code. Pass "
                "the module or factory that the run was trained with."
            )
        return OwnNetwork(config, config.module.thing, sizes, seeds)


class OwnNetwork(Network):
    """Members of one module."""

    def __init__(self, config: OwnConfig, given: Given, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        self._looked = look_at(given, sizes.dense, sizes.outputs, cast(Task, config.task))
        self.body = stacked([given.make(sizes.dense, sizes.outputs, seed)[0] for seed in seeds])
        #: What watches a layer is hooked here; the layers themselves run inside one program of all members.
        self.taps = nn.ModuleList(nn.Identity() for layer in self._looked.layers if layer[2])
        self._tapped = tuple(path for path, _, is_tapped in self._looked.layers if is_tapped)
        self.noise_units = self._looked.draws
        self._draws: dict[int, int] = {}
        self._lock = _OwnLock()

    @property
    def reach(self) -> Reach:
        """Where its output ends; None where it does not."""
        return self._looked.reach

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be told about how it trains."""
        return self._looked.notes

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Raw outputs of all members."""
        x, training = inputs["dense"], noise is not None
        taps = [(tap, path) for tap, path in zip(self.taps, self._tapped, strict=True) if tap._forward_hooks]
        with self._lock:  # tensors are put into the module while it runs
            if self.body.training != training:
                self.body.train(training)
            pool = None
            if noise is not None and self._looked.draws:
                pool = noise.uniforms(self._n_draws(x))
            outs = self._run(x, pool, [path for _, path in taps])
        for (tap, _), seen in zip(taps, outs[1:], strict=True):
            tap(seen)
        return self._raw(outs[0])

    def _run(self, x: Tensor, pool: Tensor | None, tapped: Sequence[str]) -> tuple[Tensor, ...]:
        """Outputs of all members, and what leaves the layers that are tapped."""
        learned, fixed = dict(self.body.named_parameters()), dict(self.body.named_buffers())

        def alone(learned: Any, fixed: Any, x: Tensor, pool: Tensor | None) -> tuple[Tensor, ...]:
            return self._alone(learned, fixed, x, pool, tapped)

        if self._looked.together:
            pool_axis = None if pool is None else 0
            several: tuple[Tensor, ...] = vmap(alone, (0, 0, 0, pool_axis), randomness="error")(learned, fixed, x, pool)
            return several
        each = [
            alone(
                {name: own[member] for name, own in learned.items()},
                {name: own[member] for name, own in fixed.items()},
                x[member],
                None if pool is None else pool[member],
            )
            for member in range(len(x))
        ]
        return tuple(torch.stack(own) for own in zip(*each, strict=True))

    def _alone(
        self, learned: Any, fixed: Any, x: Tensor, pool: Tensor | None, tapped: Sequence[str]
    ) -> tuple[Tensor, ...]:
        """One member."""
        seen: dict[str, Tensor] = {}

        handles = [self.body.get_submodule(path).register_forward_hook(_into(seen, path)) for path in tapped]
        try:
            if self._looked.together and pool is None:  # what draws all the same is an error of vmap's
                out = functional_call(self.body, (learned, fixed), (x,))
            else:
                with Draws(pool):
                    out = functional_call(self.body, (learned, fixed), (x,))
        finally:
            for handle in handles:
                handle.remove()
        rows = as_rows(out, len(x))
        if rows is None:
            raise PlanError(f"--model must give a row of numbers a row, got {tuple(out.shape)} of {len(x)} rows.")
        return (rows, *(seen[path] for path in tapped))

    def _n_draws(self, x: Tensor) -> int:
        """Random numbers that a step of so many rows takes of each member."""
        n_rows = x.shape[1]
        if n_rows not in self._draws:
            counting = Draws(None)
            learned = {name: own[0].detach() for name, own in self.body.named_parameters()}
            fixed = {name: own[0] for name, own in self.body.named_buffers()}
            with torch.no_grad(), counting:
                functional_call(self.body, (learned, fixed), (x[0],))
            self._draws[n_rows] = counting.used
        return self._draws[n_rows]

    def _raw(self, out: Tensor) -> Tensor:
        """Outputs as the objective wants them: numbers or logits."""
        form, _, pair = self._looked.form.partition(" ")
        if form == "pair":
            return out[..., 1:] - out[..., :1]
        if form in ("log", "logit"):
            share = out.clamp(_LEAST_SHARE, 1 - _LEAST_SHARE)
            out = share.log() if form == "log" else share.logit()
        return out[..., 1:] - out[..., :1] if pair else out

    def witness(self) -> Float[Tensor, "member row output"]:
        """What comes of a few fixed rows: by it a module that is given again later is known for the same one."""
        generator = torch.Generator().manual_seed(0)
        rows = torch.randn(_WITNESS_ROWS, self.sizes.dense, generator=generator)
        with torch.inference_mode():
            return self({"dense": rows.expand(self.n_members, -1, -1).to(next(self.parameters()).device)}).cpu()

    def layers(self) -> list[LayerRow]:
        """The parts that rows pass, as the module calls them."""
        return list(self._looked.rows)

    def watched(self) -> list[WatchedLayer]:
        """Every part with weights, in the order in which rows pass."""
        found, taken, tap = [], set[str](), 0
        own = [name for name, _ in self.named_parameters()]
        for path, activation, is_tapped in self._looked.layers:
            begin = f"body.{path}." if path else "body."
            names = [name for name in own if name.startswith(begin) and "." not in name.removeprefix(begin)]
            names = [name for name in names if name not in taken]
            taken.update(names)
            module = f"taps.{tap}" if is_tapped else ""
            tap += is_tapped
            if names:
                found.append(WatchedLayer(path or "weights", tuple(names), module, activation))
        rest = tuple(name for name in own if name not in taken)
        return [*found, WatchedLayer("others", rest)] if rest else found

    def penalised(self) -> list[nn.Parameter]:
        """Matrices and what has more axes; biases and scales stay free."""
        return [own for own in self.body.parameters() if own.dim() > 2]

    def subset(self, members: Sequence[int]) -> Network:
        """A network of some of the members, with copies of their numbers; tied weights stay tied."""
        chosen = copy.deepcopy(self)
        done: dict[int, Tensor] = {}
        for part in chosen.body.modules():
            for own in (part._parameters, part._buffers):
                for name, tensor in own.items():
                    if tensor is None:
                        continue
                    if id(tensor) not in done:
                        rows = tensor.detach()[list(members)].clone()
                        done[id(tensor)] = nn.Parameter(rows) if isinstance(tensor, nn.Parameter) else rows
                    own[name] = done[id(tensor)]  # type: ignore[assignment]
        chosen.n_members = len(members)
        return chosen


def _into(seen: dict[str, Tensor], path: str) -> Callable[[nn.Module, Any, Tensor], None]:
    """A hook that keeps what leaves a layer."""

    def keep(part: nn.Module, inputs: Any, out: Tensor) -> None:
        seen[path] = out

    return keep


class _OwnLock:
    """A lock that may be copied and stored: each copy is one of its own."""

    def __init__(self) -> None:
        self._lock = RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *why: object) -> None:
        self._lock.release()

    def __deepcopy__(self, memo: Any) -> _OwnLock:
        return _OwnLock()

    def __reduce__(self) -> tuple[type[_OwnLock], tuple[()]]:
        return _OwnLock, ()
