"""How it was made: everything needed to understand the run, and to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.base.figures import count, figure, listing, share
from netwright.base.record import RunRecord
from netwright.deliver.report.words import objective_in_words
from netwright.evaluate.ensembled import parts_in_words

_SCALES = {
    "standard": "to mean 0 and standard deviation 1",
    "minmax": "to the range 0 to 1",
    "robust": "by median and quartiles",
    "robust_clip": "by median and quartiles, drawn in smoothly beyond",
    "log": "by logarithm, then to mean 0 and standard deviation 1",
    "quantile": "to a normal distribution by quantiles",
}
#: Features or columns that are named in a line.
_MOST_LISTED = 12


def made_section(record: RunRecord, command: str) -> dict[str, Any]:
    """The seventh section.

    Args:
        record: The run.
        command: The command line that repeats it, or empty.
    """
    facts = record.facts
    return {
        "groups": [
            {"title": "Split", "lines": _split(record)},
            {"title": "Preparation", "lines": _preparation(record)},
            {"title": "Training plan", "lines": _plan(record)},
            {"title": "Machine", "lines": _machine(facts)},
        ],
        "network": record.network,
        "layers": [
            {"name": name, "shape": shape, "activation": activation, "parameters": f"{parameters:,}"}
            for name, shape, activation, parameters in record.layers
        ],
        "parameters": f"{sum(row[3] for row in record.layers):,}",
        "members": _members(record),
        "seconds": _seconds(facts["seconds"]),
        "total": f"{figure(facts['seconds']['total'])} s",
        "opened": _opened(record),
        "sealed": "test rows opened" if "test" in record.metrics else "sealed rows",
        "fingerprint": facts["data"]["fingerprint"],
        "finished": _moment(facts["finished_at"]),
        "settings": _settings(record),
        "command": command,
        "same": _same(record, command),
    }


def _split(record: RunRecord) -> list[tuple[str, str]]:
    split = record.facts["split"]
    folds = split["folds"]
    sizes = sorted({fold["valid"] for fold in folds})
    valid = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    repeats = split.get("repeats", 1)
    parts = f"{len(folds) // repeats} folds of {valid} rows" if len(folds) > 1 else f"one part of {valid} rows"
    parts += f", repeated {repeats} times" if repeats > 1 else ""
    lines = [("rule", split["rule"]), ("train", count(split["n_train"], "row")), ("validation", parts)]
    if split["n_test"]:
        part = share(split["n_test"], split["n_train"] + split["n_test"])
        lines.append(("test", f"{count(split['n_test'], 'row')} ({part}), sealed until the end"))
    return [*lines, *(("besides", note) for note in split.get("notes", ())), ("seed", str(split["seed"]))]


def _preparation(record: RunRecord) -> list[tuple[str, str]]:
    own, kinds = record.plan.preparation, {column.kind for column in record.schema.features}
    lines = []
    if "numeric" in kinds:
        lines.append(("numbers", f"scaled {_SCALES.get(own.scale, own.scale)}; gaps filled with the median and marked"))
    if "category" in kinds:
        few = f"one column a level up to {count(own.onehot_limit, 'level')}, a learned embedding beyond"
        lines.append(("categories", f"{few}; levels in fewer than {count(own.rare_count, 'row')} taken together"))
    for name, bins in own.bins.items():
        groups = f"{bins} groups of equal size" if isinstance(bins, int) else f"groups with edges {_joined(bins)}"
        lines.append((f"{name} in groups", groups))
    lines += _features(record.facts.get("features", {}))
    return [*lines, ("fitted on", "the train rows of each fold, and nothing else")]


def _features(made: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Features that are no single column, and columns that are left out."""
    lines, derived = [], made.get("derived", ())
    lines += [("derived", f"{own['name']} = {own['formula']}") for own in derived if not own["found"]]
    found = [f"{own['formula']} ({_of_folds(own, made)})" for own in derived if own["found"]]
    if found:
        lines.append(("derived, found by trees", listing(found, _MOST_LISTED)))
    if components := made.get("components"):
        n = max(map(len, components))
        explained = sum(map(sum, components)) / len(components)
        told = f"the first {n} of the numeric features"
        lines.append(
            ("principal components", f"{told}, with {100 * explained:.0f} % of their variance (mean over folds)")
        )
    if left_out := made.get("left_out"):
        columns = [f"{own['column']} ({_of_folds(own, made)})" for own in left_out]
        lines.append(("left out", f"{listing(columns, _MOST_LISTED)}: of no use to trees on the train rows"))
    return lines


def _of_folds(own: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    return f"{own['preparations']} of {count(made['n_preparations'], 'fold')}"


def _plan(record: RunRecord) -> list[tuple[str, str]]:
    plan = record.plan
    lines = [
        ("plan", plan.name if plan.name == plan.family else f"{plan.name} (family {plan.family})"),
        *((name.replace("_", " "), _joined(value)) for name, value in plan.config.items()),
        ("loss", objective_in_words(plan)),
        ("optimizer", plan.optimizer),
        ("learning rate", f"{plan.learning_rate:g}, {plan.schedule}"),
        ("weight decay", f"{plan.weight_decay:g}" if plan.weight_decay else ""),
        ("L1", f"{plan.l1:g}" if plan.l1 else ""),
        ("batch size", count(plan.batch_size, "row") if plan.batch_size else "all rows"),
        ("epochs", f"at most {plan.epochs:,}"),
        ("patience", "off" if plan.patience is None else count(plan.patience, "epoch")),
        ("key of the plan", plan.key),
    ]
    return [(name, text) for name, text in lines if text]


def _joined(value: object) -> str:
    """A choice as text: lists by commas, an empty one as none."""
    if isinstance(value, list | tuple):
        return ", ".join(str(entry) for entry in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _machine(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    return [
        ("device", facts["device"]),
        ("system", f"{facts['system']}, {facts['processor']}"),
        ("versions", versions),
        ("seed", str(facts["seed"])),
    ]


def _members(record: RunRecord) -> str:
    """What predicts, and what the plan above has to do with it."""
    model = record.metrics["model"]
    parameters = count(model["parameters"], "parameter")
    if len(model["parts"]) > 1:
        parts = "; ".join(map(_part, model["parts"]))
        return (
            f"The plan, the preparation and the layers here are those of {record.plan.name}, the best single plan. "
            f"What predicts is an ensemble, the mean of its parts by weight: {parts}; {parameters} in all."
        )
    if model["members"] == 1:
        return f"One network, {parameters}."
    each = "the mean of their predictions, each at its own best epoch, is what predicts"
    return f"{model['members']} of these, {parameters} in all; {each}."


def _part(part: Mapping[str, Any]) -> str:
    """A part of an ensemble in words.

    Example:
        >>> _part({"name": "trees", "kind": "baseline", "weight": 0.17, "members": 5, "parameters": 2_000})
        'boosted trees 17 % (5 fitted models)'
    """
    named = parts_in_words([part])
    if part["kind"] == "network":
        return f"{named} ({count(part['members'], 'network')}, {count(part['parameters'], 'parameter')})"
    return f"{named} ({count(part['members'], 'fitted model')})"


def _same(record: RunRecord, command: str) -> str:
    """What the command gives again: all of it only where no clock has a say."""
    limit = record.settings.get("time_limit")
    if limit is None:
        return "The same command on the same data, machine and versions gives the same bits."
    again = "The same command on the same data, machine and versions splits and prepares the same rows in the same way"
    clock = (
        f"{again}, but how much is trained in {figure(limit)} s is the clock's say: its results may differ a little."
    )
    if command.startswith("netwright resume"):
        return f"{clock} It needs the folder of the run that this one went on from, as it was."
    return f"{clock} Without --time-limit it gives the same bits."


def _seconds(seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    """Stages with the length of their bar in percent of the whole."""
    total = max(seconds["total"], 1e-9)
    return [
        {"stage": name, "text": f"{figure(spent)} s", "percent": round(min(100.0, 100 * spent / total), 1)}
        for name, spent in seconds.items()
        if name != "total"
    ]


def _opened(record: RunRecord) -> list[str]:
    if "test" not in record.metrics:
        return ["none: whoever called keeps them"]
    return [f"{_moment(opening['at'])}, for the {opening['by']}" for opening in record.facts["test_opened"]]


def _moment(text: object) -> str:
    """`2026-11-21T08:54:36+00:00` as `2026-11-21 08:54:36 UTC`."""
    return str(text).replace("T", " ").replace("+00:00", " UTC")


def _settings(record: RunRecord) -> str:
    """What the user chose, as text."""
    return ", ".join(f"{name.replace('_', ' ')} {_joined(value)}" for name, value in record.settings.items())
