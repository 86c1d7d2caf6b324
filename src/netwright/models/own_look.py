"""What there is to know of a user's module before it trains: sizes, outputs, layers, and how its members train.

It is tried, not read: a few made-up rows pass through two members of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from netwright.base.errors import PlanError
from netwright.base.plan import Task
from netwright.models.family import LayerRow
from netwright.models.own_draws import Draws
from netwright.models.own_module import Given, stacked, told

#: Made-up rows, and those that are looked at alone.
_ROWS, _ALONE = 8, 3
#: Seeds of the members that are looked at, and of the rows.
_SEEDS, _ROWS_SEED = (1, 2), 3
#: One program and one after the other must agree so far, and a row alone with the same row among others.
_CLOSE = 1e-4
#: An end of the output is one where weights of one layer after the other, so many times as large, do not move it.
_LARGE, _LARGER, _MOVED = 1e4, 1e6, 1.01
_WIDE_ROWS, _NARROWEST = 64, 1e-6
#: What torch calls activations, and netwright, which knows their slopes.
_NAMES = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "SELU": "selu",
    "GELU": "gelu",
    "Mish": "mish",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
}
_ACTIVATIONS = frozenset({*_NAMES, "ELU", "CELU", "SiLU", "Softplus", "Softsign", "Softmax", "LogSoftmax", "Hardtanh"})

#: Ends of an output; None where it has none.
Reach = tuple[float | None, float | None]
#: A module's numbers from its parameters and rows.
Alone = Callable[[dict[str, Tensor], Tensor], Tensor]


@dataclass(frozen=True)
class Looked:
    """What is known of a module.

    Args:
        together: Whether the members are one program (vmap); else they go one after the other.
        form: What becomes of its outputs: `plain`, `pair` (of two the difference is the logit), `log` (probabilities of
            all classes), `logit` (probabilities one by one).
        reach: Where its output ends.
        rows: The table of layers.
        layers: Paths of the parts with weights, in the order in which rows pass, with the activation that follows, and
            whether they give one number a unit.
        draws: Random numbers that a training step takes, a row, about; 0 draws none.
        notes: What is to be told.
    """

    together: bool
    form: str
    reach: Reach
    rows: tuple[LayerRow, ...]
    layers: tuple[tuple[str, str, bool], ...]
    draws: int
    notes: tuple[str, ...]


def look_at(given: Given, n_in: int, n_out: int, task: Task) -> Looked:
    """What is known of a module of these sizes; tried once.

    Args:
        given: What the user gave.
        n_in: Numbers a row.
        n_out: Numbers a row that it is to give.
        task: What they are for.

    Raises:
        PlanError: It cannot be trained on such rows.
    """
    key = n_in, n_out, task
    if key not in given.looked:
        given.looked[key] = _looked(given, n_in, n_out, task)
    found: Looked = given.looked[key]
    return found


def _looked(given: Given, n_in: int, n_out: int, task: Task) -> Looked:
    (one, kept), (other, _) = (given.make(n_in, n_out, seed) for seed in _SEEDS)
    if not any(own.requires_grad for own in one.parameters()):
        raise PlanError(f"--model must have weights that are learned, got {given.kind}, which has none.")
    generator = torch.Generator().manual_seed(_ROWS_SEED)
    x = torch.randn(_ROWS, n_in, generator=generator)
    _refuse_without_gradient(given, one, x)
    draws = _in_training(given, one, x)
    out = _in_use(given, one, x)
    form = _form_of_sizes(given, out, n_in, n_out, task)
    reach = _reach(one.eval(), n_in)
    form, reach = _form(given, form, reach, one, n_in, task)
    why = _why_not_together(one, other, x)
    rows, layers = _layers(one, x)
    return Looked(not why, form, reach, rows, layers, draws, _notes(given, form, reach, why, kept, task))


def _refuse_without_gradient(given: Given, module: nn.Module, x: Tensor) -> None:
    """What leaves torch on its way (through NumPy, say) cannot be learned from."""
    with Draws(None):
        out = _call(given, module.eval(), x)
    if not out.requires_grad:
        raise PlanError(
            f"--model must lead back to its weights, but what {given.kind} gives has no gradient. Leave out detach(), "
            "numpy() and torch.no_grad() in its forward."
        )


def _in_training(given: Given, module: nn.Module, x: Tensor) -> int:
    """Random numbers a row that a step takes, once it is sure that nothing but weights changes in one."""
    before = {name: own.clone() for name, own in module.named_buffers()}
    counting = Draws(None)
    with torch.no_grad(), counting:
        _call(given, module.train(), x)
    changed = [name for name, own in module.named_buffers() if not torch.equal(before[name], own)]
    if changed:
        raise PlanError(
            f"--model must keep no figures of past batches, but {given.kind} changes {changed[0]} while it trains, as "
            "batch normalisation does: the network of its best epoch would be shipped with the figures of another. "
            "Use torch.nn.LayerNorm, or leave that layer out; inputs are scaled already."
        )
    return math.ceil(counting.used / len(x))


def _in_use(given: Given, module: nn.Module, x: Tensor) -> Tensor:
    counting = Draws(None)
    with torch.no_grad(), counting:
        out = _call(given, module.eval(), x)
    if counting.used:
        raise PlanError(
            f"--model must give the same for the same row once it is trained, but {given.kind} draws random numbers in "
            "evaluation, too. Draw only where self.training is set."
        )
    with torch.no_grad():
        for n_rows in (_ALONE, 1):
            alone = as_rows(_call(given, module, x[:n_rows]), n_rows)
            among = as_rows(out, len(x))
            if alone is None or among is None:
                continue
            if not torch.allclose(alone, among[:n_rows], rtol=_CLOSE, atol=_CLOSE, equal_nan=True):
                raise PlanError(
                    f"--model must judge each row by itself, but what {given.kind} gives for a row changes with the "
                    "rows beside it. Leave out what is computed over the batch (a mean over axis 0, say)."
                )
    return out


def _call(given: Given, module: nn.Module, x: Tensor) -> Tensor:
    try:
        out = module(x)
    except PlanError:
        raise
    except Exception as error:
        said = f"a fixed size must fit that, or pass a factory(n_in, n_out): {told(error)}"
        raise PlanError(
            f"--model must read rows of {x.shape[1]} numbers, so many features the columns became, as a tensor of "
            f"shape {tuple(x.shape)}; {given.kind} did not. Its first layer, where it has {said}"
        ) from error
    if not isinstance(out, Tensor) or not out.is_floating_point():
        raise PlanError(f"--model must give one tensor of floats, got {type(out).__name__} from {given.kind}.")
    return out


def as_rows(out: Tensor, n_rows: int) -> Tensor | None:
    """Outputs as (row, number), where a module left out an axis of length 1; None where they are of no such shape."""
    if out.dim() == 2 and len(out) == n_rows:
        return out
    if out.numel() == n_rows and out.dim() < 2:
        return out.reshape(n_rows, 1)
    return None


def _form_of_sizes(given: Given, out: Tensor, n_in: int, n_out: int, task: Task) -> str:
    rows = as_rows(out, _ROWS)
    width = None if rows is None else rows.shape[1]
    if width == n_out:
        return "plain"
    if task == "binary" and width == 2:
        return "pair"
    wanted = {"regression": "a number", "binary": "a logit (or two)"}.get(task, "one for each class")
    raise PlanError(
        f"--model must give {n_out} {'number' if n_out == 1 else 'numbers'} a row for {task} ({wanted}), but "
        f"{given.kind} makes {tuple(out.shape)} of {_ROWS} rows of {n_in}. Change its last layer, or pass a "
        "factory(n_in, n_out)."
    )


def _reach(module: nn.Module, n_in: int) -> Reach:
    """Where the output ends, found by weights so large that every output without an end leaves any."""
    weights = {name: own.detach() for name, own in module.named_parameters()}
    generator = torch.Generator().manual_seed(_ROWS_SEED)
    x = 3 * torch.randn(_WIDE_ROWS, n_in, generator=generator)
    owners = dict.fromkeys(name.rpartition(".")[0] for name in weights)
    ends = {factor: [math.inf, -math.inf] for factor in (_LARGE, _LARGER)}
    for owner in owners:
        own = [name for name in weights if name.rpartition(".")[0] == owner]
        for sign in (1, -1):
            for factor, found in ends.items():
                scaled = weights | {name: sign * factor * weights[name] for name in own}
                with torch.no_grad():
                    out = functional_call(module, scaled, (x,))
                out = out[~out.isnan()]
                if out.numel():
                    found[0], found[1] = min(found[0], float(out.min())), max(found[1], float(out.max()))
    return _end(ends[_LARGE][0], ends[_LARGER][0], -1), _end(ends[_LARGE][1], ends[_LARGER][1], 1)


def _end(at: float, further: float, side: int) -> float | None:
    """An end that stays where it is; None where it moves out."""
    if not math.isfinite(at) or not math.isfinite(further):
        return None
    if side * (further - at) > (_MOVED - 1) * max(abs(at), _NARROWEST):
        return None
    end = side * max(side * at, side * further)
    return round(end, 3) + 0.0


def _form(given: Given, form: str, reach: Reach, module: nn.Module, n_in: int, task: Task) -> tuple[str, Reach]:
    """How bounded outputs are read: probabilities by their logarithm, numbers as they are."""
    low, high = reach
    if low is not None and high is not None and high - low < _NARROWEST:
        raise PlanError(
            f"--model must say something of its rows, but {given.kind} always gives {low:g}, whatever its weights are, "
            "as a softmax over a single number does. Take its last activation away."
        )
    if task == "regression" or reach == (None, None):
        return form, reach
    if reach == (None, 0.0):  # log-softmax: the loss may take it as it is
        return form, (None, None)
    if reach != (0.0, 1.0):
        ends = " and ".join(f"{'below' if k else 'above'} by {e:g}" for k, e in ((1, high), (0, low)) if e is not None)
        raise PlanError(
            f"--model must give logits or probabilities for classes, but the outputs of {given.kind} are bounded "
            f"{ends}, so it could never be sure of a class. Take its last activation away."
        )
    with torch.no_grad():
        sums = module(torch.randn(_ROWS, n_in, generator=torch.Generator().manual_seed(_ROWS_SEED)))
    whole = sums.dim() == 2 and sums.shape[1] > 1 and bool(torch.allclose(sums.sum(1), torch.ones(_ROWS), atol=_CLOSE))
    if form == "pair":
        return ("log pair" if whole else "logit pair"), reach
    return ("log" if whole else "logit"), reach


def _why_not_together(one: nn.Module, other: nn.Module, x: Tensor) -> str:
    """Why members must go one after the other; empty where they are one program with the same numbers and gradients."""
    body = stacked([one, other])
    learned: dict[str, Tensor] = dict(body.named_parameters())
    fixed = dict(body.named_buffers())
    rows = torch.stack([x, x.flip(0)])

    def alone(learned: dict[str, Tensor], fixed: dict[str, Tensor], x: Tensor) -> Tensor:
        with Draws(None):
            return functional_call(body, (learned, fixed), (x,))  # type: ignore[no-any-return]

    try:
        for training in (True, False):
            body.train(training)
            together = vmap(alone, randomness="error")(learned, fixed, rows)
            torch.autograd.grad(together.sum(), list(learned.values()), allow_unused=True)
        separate = [
            alone({n: own[k] for n, own in learned.items()}, {n: own[k] for n, own in fixed.items()}, rows[k])
            for k in range(2)
        ]
        if not torch.allclose(together, torch.stack(separate), rtol=_CLOSE, atol=_CLOSE, equal_nan=True):
            return "as one program they give other numbers"
    except PlanError:
        raise
    except Exception as error:
        return told(error).partition(". ")[0]
    return ""


def _layers(module: nn.Module, x: Tensor) -> tuple[tuple[LayerRow, ...], tuple[tuple[str, str, bool], ...]]:
    """The parts that rows pass, in their order, and of those with weights what follows them."""
    passed: list[tuple[str, nn.Module, Any]] = []
    handles = []
    for path, part in module.named_modules():
        if not list(part.children()) or any(own is not None for own in part._parameters.values()):
            handles.append(part.register_forward_hook(_noting(passed, path)))
    try:
        with torch.no_grad():
            module.eval()(x)
    finally:
        for handle in handles:
            handle.remove()
    rows, layers, seen = [LayerRow("input", str(x.shape[1]), "", 0)], list[tuple[str, str, bool]](), set[str]()
    for path, part, out in passed:
        kind, learned = type(part).__name__, any(own is not None for own in part._parameters.values())
        if kind in _ACTIVATIONS and len(rows) > 1 and not rows[-1].activation:
            name = _NAMES.get(kind, kind.lower())
            rows[-1] = LayerRow(rows[-1].name, rows[-1].shape, name, rows[-1].parameters)
            if layers and rows[-1].parameters:
                layers[-1] = (layers[-1][0], name, layers[-1][2])
        elif learned and path not in seen:
            seen.add(path)
            shape = tuple(out.shape[1:]) if isinstance(out, Tensor) else ()
            n = sum(own.numel() for own in part._parameters.values() if own is not None and own.requires_grad)
            rows.append(LayerRow(f"{path} {kind}".strip(), " x ".join(map(str, shape)) or "1", "", n))
            layers.append((path, "", isinstance(out, Tensor) and out.dim() == 2 and isinstance(part, nn.Linear)))
    all_of = sum(own.numel() for own in module.parameters() if own.requires_grad)
    rest = all_of - sum(row.parameters for row in rows)
    if rest or len(rows) == 1:
        rows.append(LayerRow(type(module).__name__, "1", "", rest))
    return tuple(rows), tuple(layers)


def _noting(passed: list[tuple[str, nn.Module, Any]], path: str) -> Callable[[nn.Module, Any, Any], None]:
    def note(part: nn.Module, inputs: Any, out: Any) -> None:
        passed.append((path, part, out))

    return note


def _notes(given: Given, form: str, reach: Reach, why: str, kept: Sequence[str], task: Task) -> tuple[str, ...]:
    notes = list(given.notes)
    if why:
        notes.append(f"its members train one after the other, since vmap cannot take them together ({why})")
    if kept:
        shown = ", ".join(kept[:3]) + (", ..." if len(kept) > 3 else "")
        notes.append(
            f"all members begin with the weights that {shown} came with, since no reset_parameters makes new ones; a "
            "factory(n_in, n_out) gives each its own"
        )
    if form != "plain":
        as_words = {"pair": "two outputs are read as logits of the two classes"}
        notes.append(as_words.get(form, "its outputs, from 0 to 1, are read as probabilities"))
    low, high = reach
    if task == "regression" and reach != (None, None):
        ends = f"{'-inf' if low is None else f'{low:g}'} to {'inf' if high is None else f'{high:g}'}"
        notes.append(
            f"its output lies in {ends}, so the target is scaled into that range: no prediction lies far beyond the "
            "values of the train rows"
        )
    return tuple(notes)
