"""The search space as data: for each family its choices and between which ends they are drawn.

Ranges are about those that the families' papers and public comparisons searched (Holzmueller et al., NeurIPS 2024;
Gorishniy et al., ICLR 2025; Erickson et al., "TabArena", 2025). A configuration is a mapping from names of choices to
values; a plan made from it keeps everything that the space does not name from the family's recipe.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.base.plan import Plan
from netwright.training.optimizers import USUAL_RATES

#: One configuration: name of a choice -> value.
Values = Mapping[str, float | int | str]

#: Widths of hidden layers.
_WIDTHS = (16, 32, 64, 128, 256, 512)
#: No hidden layer is narrower than this.
_NARROWEST = 8
#: Batches are searched between half and twice the usual one, and never above this share of the train rows.
_BATCH_SHARE = 0.25
#: As many of the widest affordable layers are searched.
_MOST_WIDTHS = 4


@dataclass(frozen=True)
class Uniform:
    """Numbers between two ends, all as likely.

    Args:
        low: The smallest.
        high: The largest.

    Example:
        >>> Uniform(0.0, 0.5).clip(0.7), Uniform(0.0, 0.5).place(0.25)
        (0.5, 0.5)
    """

    low: float
    high: float

    def at(self, place: float) -> float:
        """The number at a share of the way."""
        return round(self.low + place * (self.high - self.low), 3)

    def place(self, value: Any) -> float:
        """How far on the way from the lower to the upper end a number is."""
        return (self.clip(value) - self.low) / (self.high - self.low)

    def clip(self, value: Any) -> float:
        """The nearest number of the range."""
        return min(self.high, max(self.low, float(value)))


@dataclass(frozen=True)
class LogUniform:
    """Numbers between two ends, all orders of magnitude as likely.

    Args:
        low: The smallest, above 0.
        high: The largest.

    Example:
        >>> LogUniform(0.01, 1.0).at(0.5), LogUniform(0.01, 1.0).place(0.1)
        (0.1, 0.5)
    """

    low: float
    high: float

    def at(self, place: float) -> float:
        """The number at a share of the way, three digits of it."""
        return float(f"{math.exp(math.log(self.low) + place * math.log(self.high / self.low)):.3g}")

    def place(self, value: Any) -> float:
        """How far on the way from the lower to the upper end a number is."""
        return math.log(self.clip(value) / self.low) / math.log(self.high / self.low)

    def clip(self, value: Any) -> float:
        """The nearest number of the range."""
        return min(self.high, max(self.low, float(value)))


@dataclass(frozen=True)
class Choice:
    """One of some values.

    Args:
        options: All of them; numbers in their order.

    Example:
        >>> Choice((16, 32, 64)).at(0.5), Choice(("relu", "selu")).clip("tanh"), Choice((16, 32)).clip(40)
        (32, 'relu', 32)
    """

    options: tuple[Any, ...]

    def at(self, place: float) -> Any:
        """The value at a share of the way."""
        return self.options[min(len(self.options) - 1, int(place * len(self.options)))]

    def place(self, value: Any) -> float:
        """Where a value lies, in the middle of its share of the way."""
        return (self.options.index(self.clip(value)) + 0.5) / len(self.options)

    def clip(self, value: Any) -> Any:
        """The value itself, or the nearest number, or the first of other things."""
        if value in self.options or not isinstance(value, int | float):
            return value if value in self.options else self.options[0]
        return min(self.options, key=lambda own: abs(own - value))


Range = Uniform | LogUniform | Choice

#: Choices in which the members of one program may differ; all others make its shape.
FREE = frozenset({"learning_rate", "weight_decay", "dropout", "label_smoothing", "forgetting"})


@dataclass(frozen=True)
class Space:
    """What is searched for one family.

    Args:
        base: The family's plan as the preset makes it; it is the first configuration.
        ranges: Name of a choice -> its range.
    """

    base: Plan
    ranges: Mapping[str, Range]

    @property
    def family(self) -> str:
        """Its name."""
        return self.base.family

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """A configuration by chance."""
        return {name: own.at(float(rng.random())) for name, own in self.ranges.items()}

    def near(self, values: Values, rng: np.random.Generator, spread: float = 0.15) -> dict[str, Any]:
        """A configuration close to another one: each choice is moved a little, or with some luck not at all."""
        moved = dict(self.clip(values))
        for name, own in self.ranges.items():
            if rng.random() < 0.5:
                continue
            if isinstance(own, Choice):
                moved[name] = own.at(float(rng.random()))
            else:
                moved[name] = own.at(min(1.0, max(0.0, own.place(moved[name]) + float(rng.normal(0, spread)))))
        return moved

    def clip(self, values: Values) -> dict[str, Any]:
        """The nearest configuration of the space; what is not known is taken from the family's plan."""
        usual = values_of(self.base)
        return {name: own.clip(values.get(name, usual.get(name, own.at(0.5)))) for name, own in self.ranges.items()}

    def plan(self, values: Values, name: str) -> Plan:
        """The plan of a configuration.

        Args:
            values: The configuration.
            name: As the leaderboard shows it.
        """
        return plan_of(values, self.base, name)


def hidden_of(depth: int, width: int, form: str) -> list[int]:
    """Widths of hidden layers.

    Args:
        depth: How many.
        width: The widest of them.
        form: `constant`, `shrinking` (each half as wide as the one before) or `diamond` (widening, then shrinking).

    Example:
        >>> hidden_of(3, 64, "constant"), hidden_of(3, 64, "shrinking"), hidden_of(4, 64, "diamond")
        ([64, 64, 64], [64, 32, 16], [32, 64, 64, 32])
    """
    if form == "shrinking":
        return [max(_NARROWEST, width >> layer) for layer in range(depth)]
    if form == "diamond":
        from_end = [min(layer, depth - 1 - layer) for layer in range(depth)]
        return [max(_NARROWEST, width >> (max(from_end) - place)) for place in from_end]
    return [width] * depth


def _form_of(hidden: Sequence[int]) -> dict[str, Any]:
    """Back from widths; empty where they are none of the forms."""
    if not hidden:
        return {}
    depth, width = len(hidden), max(hidden)
    forms = [form for form in ("constant", "shrinking", "diamond") if hidden_of(depth, width, form) == list(hidden)]
    return {"depth": depth, "width": width, "form": forms[0]} if forms else {}


#: Choices that are fields of the family's config, and of how columns become features.
_CONFIG = ("activation", "dropout", "embedding", "sigma", "k", "n_bins", "d_embedding")
_PREPARATION = ("scale", "onehot_limit")
_PLAN = ("optimizer", "batch_size", "weight_decay", "label_smoothing")


def plan_of(values: Values, base: Plan, name: str) -> Plan:
    """A plan with these choices, all others as they are.

    The learning rate of a configuration is a factor of the usual one of its optimizer; rates of different optimizers
    do not compare.

    Args:
        values: The configuration.
        base: What it does not name.
        name: As the leaderboard shows it.
    """
    config = {**base.config, **{key: values[key] for key in _CONFIG if key in values}}
    if "width" in values:
        config["hidden"] = hidden_of(int(values["depth"]), int(values["width"]), str(values["form"]))
    own: dict[str, Any] = {key: values[key] for key in _PLAN if key in values}
    optimizer = str(own.get("optimizer", base.optimizer))
    if "learning_rate" in values:
        rate = float(values["learning_rate"]) * _usual_rate(base, optimizer)
        own["learning_rate"] = float(f"{rate:.3g}")
    if "forgetting" in values:
        own["betas"] = (base.betas[0], round(1 - float(values["forgetting"]), 5))
    prepared = {key: values[key] for key in _PREPARATION if key in values}
    preparation = replace(base.preparation, **prepared)  # type: ignore[arg-type]
    return replace(base, name=name, config=config, preparation=preparation, **own)


def values_of(plan: Plan, base: Plan | None = None) -> dict[str, Any]:
    """Back from a plan to a configuration, as far as there is one.

    Args:
        plan: Any plan.
        base: The plan of its family, whose learning rate is the usual one.
    """
    values: dict[str, Any] = {key: plan.config[key] for key in _CONFIG if key in plan.config}
    values |= _form_of(list(plan.config.get("hidden", ())))
    values |= {key: getattr(plan, key) for key in _PLAN} | {key: getattr(plan.preparation, key) for key in _PREPARATION}
    values["learning_rate"] = float(f"{plan.learning_rate / _usual_rate(base or plan, plan.optimizer):.3g}")
    values["forgetting"] = round(1 - plan.betas[1], 5)
    return values


def _usual_rate(base: Plan, optimizer: str) -> float:
    """The rate of the family's plan, or of another optimizer in the same proportion."""
    known = USUAL_RATES.get(base.optimizer)
    if optimizer == base.optimizer or known is None:
        return base.learning_rate
    return base.learning_rate * USUAL_RATES[optimizer] / known


def space_of(base: Plan, n_rows: int, given: frozenset[str] = frozenset(), *, has_levels: bool = False) -> Space:
    """What is searched for the family of a plan.

    Args:
        base: The family's plan as the preset makes it.
        n_rows: Train rows of a fold.
        given: Choices that the user made.
        has_levels: Whether there are columns of categories.
    """
    ranges: dict[str, Range] = dict(_OF_FAMILY[base.family])
    if base.label_smoothing:  # the metric looks at names
        ranges["label_smoothing"] = Choice((0.0, 0.05, 0.1))
    if base.batch_size:
        others = [size for size in (base.batch_size // 2, base.batch_size * 2) if 8 <= size <= n_rows * _BATCH_SHARE]
        ranges["batch_size"] = Choice(tuple(sorted({base.batch_size, *others})))
    if has_levels:
        ranges |= {"onehot_limit": Choice((4, 8, 16, 32)), "embedding": Choice((4, 8, 16))}
    return Space(base, {name: own for name, own in ranges.items() if name not in given})


#: What is made smaller until a plan is affordable, in this order, again and again.
_SMALLER = ("width", "k", "n_bins", "d_embedding", "depth")


def within_means(space: Space, affordable: Callable[[Plan], bool]) -> Space | None:
    """A space whose widths and first configuration can be afforded; None where not even the smallest can.

    Args:
        space: What would be searched.
        affordable: Whether a plan may be tried, by its declared work.
    """
    depth = min(space.ranges["depth"].options)  # type: ignore[union-attr]
    first = space.clip(values_of(space.base, space.base))

    def fits(**changes: Any) -> bool:
        return affordable(space.plan({**first, **changes}, space.family))

    if not fits() and isinstance(sizes := space.ranges.get("batch_size"), Choice):
        # small networks wait for the next step rather than for arithmetic: fewer, larger steps
        larger = max(sizes.options)
        first["learning_rate"] = space.ranges["learning_rate"].clip(larger / first["batch_size"])
        first["batch_size"] = larger
    while not fits():
        smaller = {name: _one_below(space.ranges.get(name), first.get(name)) for name in _SMALLER}
        smaller = {name: value for name, value in smaller.items() if value is not None}
        if not smaller:
            return None
        for name, value in smaller.items():
            if not fits():
                first[name] = value
    options = space.ranges["width"].options  # type: ignore[union-attr]
    widths = [width for width in options if width <= first["width"] or fits(width=width, depth=depth, form="constant")]
    ranges = {**space.ranges, "width": Choice(tuple(widths[-_MOST_WIDTHS:]))}
    return Space(space.plan(first, space.family), ranges)


def _one_below(own: Range | None, value: Any) -> Any:
    """The next smaller option; None where there is none."""
    below = [option for option in own.options if option < value] if isinstance(own, Choice) else []
    return max(below, default=None)


def shifted(space: Space, codes: Collection[str]) -> Space:
    """A space whose ranges take in what the doctor found in the family's plans.

    Args:
        space: What would be searched.
        codes: Of the findings.

    Example:
        >>> space = Space(Plan("a", "mlp", {}), {"dropout": Uniform(0.0, 0.5), "learning_rate": LogUniform(0.1, 10.0)})
        >>> shifted(space, ["overfit", "oscillating"]).ranges["dropout"].low
        0.1
        >>> shifted(space, ["oscillating"]).ranges["learning_rate"].high
        1.0
    """
    ranges = dict(space.ranges)
    for name, low, high in (change for code in codes for change in _SHIFTS.get(code, ())):
        own = ranges.get(name)
        if isinstance(own, Uniform | LogUniform) and max(own.low, low) < min(own.high, high):
            ranges[name] = replace(own, low=max(own.low, low), high=min(own.high, high))
        elif isinstance(own, Choice):
            kept = tuple(option for option in own.options if low <= option <= high)
            ranges[name] = Choice(kept) if kept else own
    without = {name for code in codes for name in _WITHOUT.get(code, ())}
    if isinstance(bends := ranges.get("activation"), Choice):
        ranges["activation"] = Choice(tuple(name for name in bends.options if name not in without))
    return replace(space, ranges=ranges)


_NONE, _ANY = 0.0, math.inf
_CALMER = (("learning_rate", _NONE, 1.0),)
#: Code of a finding -> choices and between which ends they are kept.
_SHIFTS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "overfit": (("dropout", 0.1, _ANY), ("weight_decay", 3e-3, _ANY), ("width", _NONE, 128)),
    "too-little-data": (("dropout", 0.1, _ANY), ("width", _NONE, 128)),
    "underfit-flat": (("dropout", _NONE, 0.2), ("weight_decay", _NONE, 0.05), ("width", 64, _ANY)),
    "underfit-still-falling": (("dropout", _NONE, 0.2), ("learning_rate", 0.7, _ANY), ("width", 64, _ANY)),
    "slow-convergence": (("learning_rate", 0.7, _ANY),),
    "oscillating": _CALMER,
    "exploding-gradient": _CALMER,
    "not-finite": _CALMER,
    "dead-units": _CALMER,
    "vanishing-gradient": (("depth", _NONE, 3),),
}
#: Code of a finding -> activations that are left out.
_WITHOUT = {"dead-units": ("relu",), "saturated-units": ("tanh",), "vanishing-gradient": ("tanh",)}

_FORMS = Choice(("constant", "shrinking", "diamond"))
_REALMLP: dict[str, Range] = {
    "learning_rate": LogUniform(0.2, 4.0),
    "depth": Choice((2, 3, 4)),
    "width": Choice(_WIDTHS),
    "form": _FORMS,
    "activation": Choice(("mish", "selu", "gelu")),
    "forgetting": LogUniform(0.005, 0.1),
    "scale": Choice(("robust_clip", "quantile")),
}
_TABM: dict[str, Range] = {
    "learning_rate": LogUniform(0.2, 4.0),
    "depth": Choice((1, 2, 3)),
    "width": Choice(_WIDTHS),
    "form": Choice(("constant", "shrinking")),
    "dropout": Uniform(0.0, 0.4),
    "weight_decay": LogUniform(1e-5, 1e-1),
    "k": Choice((8, 16, 32)),
    "n_bins": Choice((8, 16, 32, 48)),
    "d_embedding": Choice((8, 16)),
}
#: Family -> name of a choice -> its range; the learning rate is a factor of the usual one.
_OF_FAMILY: dict[str, dict[str, Range]] = {
    "mlp": {
        "learning_rate": LogUniform(0.1, 10.0),
        "optimizer": Choice(("adamw", "adam", "rmsprop")),
        "depth": Choice((2, 3, 4)),
        "width": Choice(_WIDTHS),
        "form": _FORMS,
        "activation": Choice(("relu", "gelu", "selu", "mish", "tanh")),
        "dropout": Uniform(0.0, 0.5),
        "weight_decay": LogUniform(1e-4, 0.5),
        "forgetting": LogUniform(1e-3, 0.1),
        "scale": Choice(("standard", "robust_clip", "quantile")),
    },
    "realmlp": {
        **_REALMLP,
        "dropout": Uniform(0.0, 0.5),
        "weight_decay": LogUniform(1e-3, 0.1),
        "sigma": LogUniform(0.02, 10.0),
    },
    "realmlp-s": _REALMLP,
    "tabm": _TABM,
    "tabm-mini": _TABM,
}
#: The families that can be searched, those first that are good at little work.
SEARCHED = ("tabm", "realmlp", "mlp", "tabm-mini", "realmlp-s")
