"""Plans of the user's own modules, once rows are dealt out: what the module itself says about target and training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.base.split import Split
from netwright.models.family import build_network
from netwright.models.own import OWN, OwnNetwork
from netwright.preparation.target import Target
from netwright.training.needs import outlined_folds
from netwright.training.tensors import network_sizes


def fitted_plans(plans: Sequence[Plan], split: Split, target: Target) -> tuple[tuple[Plan, ...], tuple[Finding, ...]]:
    """The plans with the target scaled to where each module's output reaches, and what is to be told of modules.

    Args:
        plans: What is to be trained; those of other families stay as they are.
        split: Its development rows tell how many features there are.
        target: What is predicted.

    Raises:
        PlanError: A module cannot be trained on such rows.
    """
    fitted, findings = list[Plan](), dict[str, Finding]()
    for plan in plans:
        if plan.family != OWN:
            fitted.append(plan)
            continue
        folds = outlined_folds(split, target, plan.preparation)
        network = build_network(plan.family, plan.config, network_sizes(folds, [0], target.outputs), [0])
        assert isinstance(network, OwnNetwork)
        if target.task == "regression" and network.reach != (None, None):
            plan = replace(plan, preparation=replace(plan.preparation, target_range=network.reach))
        fitted.append(plan)
        if network.notes:
            findings[plan.config["module"]] = _told(plan, network.notes)
    return tuple(fitted), tuple(findings.values())


def _told(plan: Plan, notes: Sequence[str]) -> Finding:
    message = f"{plan.name}: {'; '.join(notes)}"
    evidence = {"plan": plan.name, "notes": list(notes)}
    return Finding(
        "own-module", "training", "note", message, "docs/own_module.md says what each means", evidence=evidence
    )
