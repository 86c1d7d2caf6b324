"""What a caller in Python gives as `model=`: a name of a family, a module, a factory of modules, or a Keras model."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from netwright.base.errors import PlanError
from netwright.base.named import Named
from netwright.models.own_module import Given, fingerprint


def with_own_module(options: Mapping[str, Any], kind: str | None = None) -> dict[str, Any]:
    """Options whose model is a name throughout; what a compiled Keras model says of training fills what is open.

    Args:
        options: As the caller gave them.
        kind: What is predicted, `numbers` or `classes`; None where it is not known yet.

    Raises:
        PlanError: The model is none of what it may be.
    """
    said, given = dict(options), options.get("model")
    if given is None or isinstance(given, str):
        return said
    several = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if not several:
        raise PlanError("--model must name a network, got an empty list. Leave it out for the usual ones.")
    names: list[Any] = []
    for one in several:
        if isinstance(one, str):
            names.append(one)
            continue
        name, choices = named(one, kind)
        names.append(name)
        said = {**choices, **{option: value for option, value in said.items() if value is not None}}
    if len({str(name) for name in names}) < len(names):
        raise PlanError("--model must name different networks, got the same one twice. Leave one out.")
    return {**said, "model": tuple(names)}


def named(given: Any, kind: str | None = None) -> tuple[Named, dict[str, Any]]:
    """A module or factory under a name that follows from what it is, and the options that come with it.

    Args:
        given: What the caller gave.
        kind: What is predicted.

    Raises:
        PlanError: It is no module, and nothing that makes one.
    """
    from torch import nn

    if is_keras(given):
        from netwright.apps.keras_model import read_keras

        own, choices = read_keras(given, kind)
        return Named(f"{own.kind}-{fingerprint(own.what)}", own), choices
    if isinstance(given, nn.Module) or callable(given):
        own = Given(given, _called(given))
        return Named(f"{own.kind}-{fingerprint(given)}", own), {}
    raise PlanError(
        "--model must be the name of a family, a torch.nn.Module, a factory(n_in, n_out) that makes one or a Keras "
        f"model, got an object of type {type(given).__name__}."
    )


def is_keras(given: Any) -> bool:
    """Whether an object is one of Keras, told without importing Keras."""
    return any(base.__module__.partition(".")[0] == "keras" for base in type(given).__mro__)


def _called(given: Any) -> str:
    """A word for tables: the name of a class or function."""
    if isinstance(given, functools.partial):
        return _called(given.func)
    name = getattr(given, "__name__", None) or type(given).__name__
    return "factory" if name == "<lambda>" else str(name)
