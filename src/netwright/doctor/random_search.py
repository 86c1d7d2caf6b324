"""Random search: the control that every remedy has to stand beside.

Published repair tools were matched or beaten by it ("Repairing DNN architecture", arXiv 2301.11568).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from netwright.base.plan import Plan
from netwright.base.seeds import derive_seed
from netwright.training.optimizers import USUAL_RATES

#: Ends between which choices are drawn; those of a rate evenly on a logarithmic scale, around the usual rate.
_RATE_FACTORS, _DECAYS, _DROPOUTS = (1 / 30, 30.0), (1e-4, 1e-1), (0.0, 0.5)
_WIDTHS, _DEPTHS, _ACTIVATIONS = (16, 32, 64, 128, 256), (1, 2, 3), ("relu", "gelu", "selu", "tanh")
_BATCHES = (16, 32, 64, 128, 256)


def random_plan(plan: Plan, epochs: int, seed: int, number: int) -> Plan:
    """A plan of the same family, preparation and loss, its other choices drawn by chance.

    Args:
        plan: Whose family it is.
        epochs: Its budget.
        seed: The run's seed.
        number: Tells the draws for one plan apart.

    Example:
        >>> plan = Plan("a", "mlp", {"hidden": [64], "dropout": 0.2, "activation": "relu"})
        >>> random_plan(plan, 50, 0, 1).key == random_plan(plan, 50, 0, 1).key != random_plan(plan, 50, 0, 2).key
        True
    """
    rng = np.random.default_rng(derive_seed(seed, "random search", plan.key, number))

    def between(ends: tuple[float, float]) -> float:
        return float(f"{math.exp(rng.uniform(math.log(ends[0]), math.log(ends[1]))):.3g}")

    plain = plan.family in ("mlp", "linear")
    usual = USUAL_RATES.get(plan.optimizer, 1e-3) if plain else plan.learning_rate
    config = dict(plan.config)
    if "dropout" in config:
        config["dropout"] = round(float(rng.uniform(*_DROPOUTS)), 2)
    if "activation" in config and plain:
        config["activation"] = str(rng.choice(_ACTIVATIONS))
    if config.get("hidden"):
        config["hidden"] = [int(rng.choice(_WIDTHS))] * int(rng.choice(_DEPTHS))
    return replace(
        plan,
        config=config,
        learning_rate=usual * between(_RATE_FACTORS),
        weight_decay=between(_DECAYS) if plan.optimizer == "adamw" else plan.weight_decay,
        batch_size=int(rng.choice(_BATCHES)),
        schedule="cosine" if plain else plan.schedule,
        epochs=epochs,
    )
