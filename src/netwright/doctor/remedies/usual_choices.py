"""Everything as it is usual, at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config
from netwright.training.optimizers import USUAL_RATES

#: What perceptrons on tables are usually trained with; batches and epochs within these ends stay as they are.
_DROPOUT, _DECAY, _BATCHES, _EPOCHS = 0.1, 0.05, (32, 256), 60
_ACTIVATIONS = ("relu", "leaky_relu", "selu", "gelu", "mish")


@remedy("usual-choices")
class UsualChoices:
    """The usual learning rate, schedule, optimizer, dropout, activation, batch size and epochs together."""

    cures: ClassVar[Mapping[str, int]] = {
        "oscillating": 2,
        "not-finite": 2,
        "update-ratio": 2,
        "exploding-gradient": 2,
        "vanishing-gradient": 2,
        "dead-units": 2,
        "saturated-units": 2,
        "slow-convergence": 2,
        "underfit-flat": 2,
        "underfit-still-falling": 3,
        "linear-stack": 2,
        "bad-start": 2,
        "overfit": 4,
    }
    en: ClassVar[str] = "all the usual choices at once"
    ko: ClassVar[str] = "통상적인 설정을 한꺼번에"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """For plain perceptrons; other families have recipes of their own."""
        if plan.family != "mlp":
            return Declined("this family has a recipe of its own")
        fewest, most = _BATCHES
        batch = plan.batch_size if fewest <= plan.batch_size <= most else fewest
        hidden = list(plan.config.get("hidden", ())) or [64, 32]
        activation = plan.config.get("activation", "relu")
        usual = with_config(
            plan,
            hidden=hidden[:3],
            activation=activation if activation in _ACTIVATIONS else "relu",
            dropout=min(_DROPOUT, plan.config.get("dropout", _DROPOUT)),
        )
        return replace(
            usual,
            optimizer="adamw",
            learning_rate=USUAL_RATES["adamw"],
            schedule="cosine",
            weight_decay=_DECAY,
            l1=0.0,
            betas=(0.9, 0.999),
            clip_norm=None,
            batch_size=batch,
            epochs=max(plan.epochs, _EPOCHS),
        )
