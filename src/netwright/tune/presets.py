"""Presets: what is trained where the user did not say."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from netwright.base.errors import PlanError
from netwright.base.figures import listing
from netwright.base.named import Named
from netwright.base.plan import Plan, Preparation, Task
from netwright.base.settings import Settings, parse_bins
from netwright.base.split import Split
from netwright.models.family import PREDICT, families, family_of, purpose_of
from netwright.models.layers import ACTIVATIONS
from netwright.models.own import OWN
from netwright.preparation.interactions import finding_seconds
from netwright.preparation.select import selecting_seconds
from netwright.training.objectives.supervised import LOSSES
from netwright.training.optimizers import USUAL_RATES
from netwright.training.start import start_of
from netwright.tune.recipes import RECIPES, Recipe
from netwright.tune.space import SEARCHED, Space, shifted, space_of, within_means


@dataclass(frozen=True)
class Search:
    """When the search for better networks ends.

    Args:
        patience: Rounds without a gain after which it does ...
        gain: ... where a gain is a fall of the best error by at least this share.
        share: Declared work of the search over that of the plans that the preset begins with; infinite sets no end.
    """

    patience: int
    share: float
    gain: float = 0.002


@dataclass(frozen=True)
class Effort:
    """How much a preset spends, counted in steps so that nothing depends on the clock.

    Args:
        seeds: Networks a fold on small tables; large ones get one.
        steps: Steps a network may take ...
        epochs: ... in at least and at most so many passes over the train rows ...
        least_steps: ... and more passes where these would be fewer steps than this: tiny tables need many.
        patience: Share of its epochs without gain after which a network stops; None never stops early.
        folds: How many folds; 1 is a single validation part.
        schedule: How the learning rate moves.
        optimizer: What moves the weights.
        families: What is trained.
        tries_fewer_rows: Whether the chosen plan is trained on parts of the rows too: would more rows help?
        ensemble: Whether what was trained may predict together.
        calibrate: Whether probabilities get a temperature, and two classes a threshold.
        search: When the search for better networks ends; None searches nothing.
        trees: Settings of boosted trees that the baseline is the mean of, and declared seconds for growing them.
        seconds: Declared seconds for all plans of a table where there is no time limit: those of the preset are fitted
            to half of them, and the search ends by them.
    """

    seeds: int
    steps: int
    epochs: tuple[int, int]
    patience: float | None
    least_steps: int = 0
    folds: int = 5
    schedule: str = "cosine"
    optimizer: str = "adamw"
    families: tuple[str, ...] = ("mlp",)
    tries_fewer_rows: bool = False
    ensemble: bool = False
    calibrate: bool = True
    search: Search | None = None
    trees: tuple[int, float] = (1, 2.0)
    seconds: float = math.inf


EFFORTS: dict[str, Effort] = {
    "quick": Effort(seeds=1, steps=1_500, epochs=(10, 40), patience=0.25, least_steps=600),
    "medium": Effort(
        seeds=1,
        steps=5_000,
        epochs=(30, 100),
        patience=0.35,
        least_steps=1_000,
        families=("mlp", "realmlp"),
        tries_fewer_rows=True,
        ensemble=True,
        search=Search(patience=2, share=1.0),
        trees=(1, 5.0),
        seconds=45.0,
    ),
    "best": Effort(
        seeds=4,
        steps=20_000,
        epochs=(60, 300),
        patience=0.35,
        least_steps=3_000,
        families=("mlp", "realmlp"),
        tries_fewer_rows=True,
        ensemble=True,
        search=Search(patience=4, share=math.inf),
        trees=(3, 60.0),
    ),
    "course": Effort(
        seeds=1,
        steps=0,
        epochs=(100, 100),
        patience=None,
        folds=1,
        schedule="constant",
        optimizer="adam",
        calibrate=False,
    ),
}

#: Metrics that look at the class that is named, not at its probability.
_OF_NAMES = ("accuracy", "balanced_accuracy", "f1_macro")
#: Options that design a network or its steps.
_OF_A_NETWORK = (
    *("hidden", "activation", "code", "dropout", "filters", "kernel"),
    *("optimizer", "learning_rate", "weight_decay", "l1", "batch_size", "start_from"),
)
#: Columns that a category may become for a user's module, which has no embeddings.
_OWN_LEVELS = 64
#: Share of a time limit that finding features may take, or leaving some out; else the search leaves that be.
_FEATURES_SHARE = 0.05
#: The default preset, whose plans are long enough where time is short.
_USUAL_PRESET = Settings.preset
#: Below so many epochs nothing is learned.
_LEAST_EPOCHS = 4
#: Fewer epochs than this are too few to tell a pause from the end.
_LEAST_PATIENCE = 10
#: With a constant schedule Adam takes the step size of the textbook.
_TEXTBOOK_ADAM = 1e-3
#: How much larger Adam's steps are for plain regression: slopes may have far to go.
_PLAIN_RATE = 10
#: AdamW's pull; the other optimizers couple it to the gradient, where it means something else.
_WEIGHT_DECAY = {"adamw": 0.05}

#: From this many train rows on, one seed a fold: more rows leave less to gain from more networks.
_MANY_ROWS = 5_000


@dataclass(frozen=True)
class Proposal:
    """What is to be trained.

    Args:
        plans: One a candidate.
        seeds: For each plan its networks a fold.
    """

    plans: tuple[Plan, ...]
    seeds: tuple[int, ...]

    @classmethod
    def of(cls, plans: Sequence[Plan], seeds: int = 1) -> Proposal:
        """These plans with as many networks a fold each."""
        return cls(tuple(plans), (seeds,) * len(plans))


#: What is trained where there is no target and the user named nothing.
_WITHOUT_TARGET = ("autoencoder",)
#: Families for inputs of more axes, where the user named none.
_USUAL: dict[str, tuple[str, ...]] = {"past": ("dlinear", "mlp"), "image": ("cnn",)}
#: The family that is tried beside those of the preset, by the input that only it reads as it is.
_BESIDE: dict[str, str] = {"text": "textcnn"}


#: What some families cannot do without, in words.
_NEEDED = {
    "past": "a series: pass --time COL and --horizon STEPS",
    "image": "pictures: a folder with a folder for each class, idx files, or a column of paths",
    "text": "a column of free text (pass --kind COL=text for one that is taken for categories)",
}


def _families_in_words(task: Task) -> str:
    """The families for a task, those for other data than plain cells last."""
    fitting = [name for name in families.names() if (purpose_of(name) == PREDICT) == (task != "unsupervised")]
    special = [name for name in fitting if families.get(name).takes & set(_NEEDED)]
    plain = ", ".join(name for name in fitting if name not in special)
    return f"{plain}, or for series, pictures and texts {', '.join(special)}" if special else plain


def propose(settings: Settings, task: Task, n_rows: int, arrays: Collection[str] = ()) -> Proposal:
    """The plans that the settings ask for, open choices filled in by the preset and the size of the table.

    Args:
        settings: The user's options.
        task: What is predicted.
        n_rows: Development rows.
        arrays: Names of the inputs of more axes that the columns become; a family that does not read them gets them
            as plain numbers.

    Raises:
        PlanError: An option names something that does not exist, or does not fit the task.
    """
    effort = EFFORTS[settings.preset]
    purpose_of_run(settings, task)
    names = tuple(dict.fromkeys(settings.model or _usual_families(settings, effort, arrays, task)))
    plans, seeds = list[Plan](), list[int]()
    for name in names:
        plain = _plan(name, settings, task, n_rows, effort)
        if settings.start_from is not None:
            plain = start_of(settings.start_from).begun(plain)
        for lacking in family_of(plain.family).takes & set(_NEEDED) - set(arrays):
            raise PlanError(f"--model {name} must come with {_NEEDED[lacking]}.")
        if not family_of(plain.family).takes.issuperset(arrays):
            plain = replace(plain, preparation=replace(plain.preparation, flat=True))
        own = [plain, with_derived(plain, settings.derive)] if settings.derive else [plain]
        plans += own
        seeds += [_seeds(name, settings.preset, n_rows)] * len(own)
    return Proposal(tuple(plans), tuple(seeds))


def with_derived(plan: Plan, formulas: tuple[str, ...]) -> Plan:
    """The plan with the user's derived features, to be tried beside the one without them.

    Args:
        plan: A plan without them.
        formulas: `NAME = EXPRESSION` each.
    """
    return replace(plan, name=f"{plan.name} + derived", preparation=replace(plan.preparation, derived=formulas))


def purpose_of_run(settings: Settings, task: Task) -> str:
    """What the families of a run are for: `predict` a target, `reconstruct` rows or `make` new ones.

    Args:
        settings: The user's options.
        task: What is predicted.

    Raises:
        PlanError: They are for different things, or not for this task.
    """
    names = tuple(dict.fromkeys(settings.model)) or (_WITHOUT_TARGET if task == "unsupervised" else ())
    unknown = [name for name in names if not isinstance(name, Named) and name not in families.names()]
    if unknown:
        raise PlanError(f"--model must be one of {_families_in_words(task)}, got {unknown[0]!r}.")
    purposes = {name: purpose_of(OWN if isinstance(name, Named) else name) for name in names}
    if task != "unsupervised":
        wrong = [name for name, own in purposes.items() if own != PREDICT]
        if wrong:
            raise PlanError(
                f"--model {wrong[0]} learns without a target. Leave --target out and pass --task unsupervised, or "
                "take another --model."
            )
        return PREDICT
    wrong = [name for name, own in purposes.items() if own == PREDICT]
    if wrong:
        fitting = [name for name in families.names() if purpose_of(name) != PREDICT]
        raise PlanError(
            f"--model must be one of {', '.join(fitting)} where there is no target, got {wrong[0]!r}, which predicts "
            "one."
        )
    if len(set(purposes.values())) > 1:
        told = listing([f"{name} ({own}s)" for name, own in purposes.items()])
        raise PlanError(f"--model must name families of one purpose in a run, got {told}. Train them one by one.")
    return next(iter(purposes.values()))


def _usual_families(settings: Settings, effort: Effort, arrays: Collection[str], task: Task) -> tuple[str, ...]:
    """Those of the preset, or for pictures, series and texts their own; who designs one by hand means the plain one."""
    if task == "unsupervised":
        return _WITHOUT_TARGET
    own = next((_USUAL[name] for name in arrays if name in _USUAL), None)
    if own is not None:
        return own
    if _by_hand(settings):
        return ("mlp",)
    return (*effort.families, *(_BESIDE[name] for name in arrays if name in _BESIDE))


def _by_hand(settings: Settings) -> bool:
    own = any(isinstance(name, Named) for name in settings.model)
    return own or any(getattr(settings, option) is not None for option in _OF_A_NETWORK)


def search_of(settings: Settings) -> Search | None:
    """When the search ends; None where there is none: whoever designs a network by hand gets that network.

    Args:
        settings: The user's options; families that have nothing to search, as `linear`, are not searched.
    """
    nothing = settings.model and not set(settings.model) & set(SEARCHED)
    return None if nothing or _by_hand(settings) or settings.epochs is not None else EFFORTS[settings.preset].search


def shortened(plan: Plan, share: float) -> Plan:
    """A plan with a share of its epochs.

    Example:
        >>> shortened(Plan("a", "mlp", {}, epochs=100, patience=35), 0.5).epochs
        50
    """
    if share >= 1:
        return plan
    return replace(plan, epochs=max(min(plan.epochs, _LEAST_EPOCHS), int(share * plan.epochs)))


def enough_share(plan: Plan, settings: Settings, task: Task, n_rows: int, arrays: Collection[str] = ()) -> float:
    """The share of its epochs with which a plan is as long as that of the default preset, where its own is longer.

    Args:
        plan: Of the preset of the settings.
        settings: The user's options.
        task: What is predicted.
        n_rows: Development rows.
        arrays: Names of the inputs of more axes that the columns become.
    """
    if not plan.epochs or plan.family == OWN:
        return 1.0
    usual = propose(settings.with_(preset=_USUAL_PRESET, model=(plan.family,)), task, n_rows, arrays).plans[0]
    return min(1.0, usual.epochs / plan.epochs)


def spaces_of(
    settings: Settings,
    task: Task,
    split: Split,
    affordable: Callable[[Plan], bool],
    found: Mapping[str, Collection[str]],
    n_classes: int = 0,
) -> dict[str, Space]:
    """What is searched: the families that the user named, or all that can be.

    Args:
        settings: The user's options; what they say of plans stays as it is.
        task: What is predicted.
        split: The rows.
        affordable: Whether a plan may be tried, by its declared work.
        found: By family the codes of what the doctor found, by which ranges are shifted.
        n_classes: 0 where values are predicted.
    """
    table = split.development
    has_levels = any(column.kind == "category" for column in table.schema.features)
    n_rows = min(len(fold.train) for fold in split.folds)
    given = {option for option in ("scale",) if getattr(settings, option) is not None}
    if table.in_files:  # each preparation of a large table takes its time and disk
        given |= {"scale", "onehot_limit", "interactions", "components", "select"}
    if settings.time_limit is not None:  # trees are grown on every fold for these
        size = n_rows, len(table.schema.features), n_classes
        for name, seconds in (("select", selecting_seconds(*size)), ("interactions", finding_seconds(*size))):
            if len(split.folds) * seconds > _FEATURES_SHARE * settings.time_limit:
                given.add(name)
    spaces = {}
    for name in dict.fromkeys(settings.model or SEARCHED):
        if name not in SEARCHED:
            continue
        base = propose(settings.with_(model=(name,)), task, table.n_rows, table.schema.arrays).plans[0]
        space = space_of(base, n_rows, frozenset(given), has_levels=has_levels)
        narrowed = within_means(shifted(space, found.get(name, ())), affordable)
        if narrowed is not None:
            spaces[name] = narrowed
    return spaces


def _seeds(name: str, preset: str, n_rows: int) -> int:
    if n_rows >= _MANY_ROWS:
        return 1
    own = RECIPES[name].seeds if name in RECIPES else {}
    return own.get(preset, EFFORTS[preset].seeds)


def _plan(name: str, settings: Settings, task: Task, n_rows: int, effort: Effort) -> Plan:
    own = name.thing if isinstance(name, Named) else None
    if settings.loss is not None and settings.loss not in LOSSES[task]:
        raise PlanError(f"--loss must be one of {', '.join(LOSSES[task])} for {task}, got {settings.loss!r}.")
    if settings.activation is not None and settings.activation not in ACTIVATIONS:
        raise PlanError(f"--activation must be one of {', '.join(ACTIVATIONS)}, got {settings.activation!r}.")
    recipe = RECIPES.get(name) or _course_recipe(name, settings, effort)
    if own is not None:
        recipe = replace(
            recipe,
            schedule=own.schedule or recipe.schedule,
            betas=own.betas or recipe.betas,
            weight_decay=0.0 if own.schedule else recipe.weight_decay,
            onehot_limit=_OWN_LEVELS,
        )
    batch_size = _batch_size(settings, recipe, n_rows)
    epochs = settings.epochs or _epochs(settings.preset, recipe, batch_size, n_rows)
    return Plan(
        name=f"{OWN} {own.kind}" if own is not None else name,
        family=OWN if own is not None else name,
        config=_config(name, settings, task, recipe, n_rows),
        preparation=Preparation(
            scale=settings.scale or recipe.scale,
            onehot_limit=recipe.onehot_limit,
            bins=parse_bins(settings.bin),
            clamp_target=recipe.clamp and task == "regression",
            outliers="clip" if settings.outliers == "clip" else "keep",
            invertible=recipe.invertible,
            dense_only=own is not None,
        ),
        loss=settings.loss or LOSSES[task][0],
        optimizer=settings.optimizer or recipe.optimizer,
        learning_rate=settings.learning_rate or recipe.rate(task),
        schedule=recipe.schedule,
        weight_decay=recipe.weight_decay if settings.weight_decay is None else settings.weight_decay,
        clip_norm=recipe.clip_norm,
        label_smoothing=recipe.label_smoothing if settings.metric in _OF_NAMES else 0.0,
        betas=recipe.betas,
        regularisation=recipe.regularisation,
        l1=settings.l1 or 0.0,
        batch_size=batch_size,
        drop_last=recipe.drop_last and settings.batch_size is None,
        epochs=epochs,
        patience=_patience(settings, recipe, epochs),
    )


def _course_recipe(name: str, settings: Settings, effort: Effort) -> Recipe:
    """What goes for `mlp` and `linear`: the optimizer says the learning rate and the pull."""
    optimizer = settings.optimizer or effort.optimizer
    rate, decay = USUAL_RATES.get(optimizer, _TEXTBOOK_ADAM), _WEIGHT_DECAY.get(optimizer, 0.0)
    if effort.schedule == "constant" and optimizer in ("adam", "adamw"):
        rate = _TEXTBOOK_ADAM
    if name == "linear" or settings.hidden == ():
        # plain regression is convex: it bears large steps, and nothing is to pull at its slopes
        rate, decay = rate * (_PLAIN_RATE if optimizer in ("adam", "adamw") else 1), 0.0
    return Recipe(
        (rate, rate), optimizer=optimizer, schedule=effort.schedule, weight_decay=decay, patience=effort.patience
    )


def _epochs(preset: str, recipe: Recipe, batch_size: int, n_rows: int) -> int:
    """As many passes as the steps allow, within the bounds of the recipe or the preset."""
    effort, steps_an_epoch = EFFORTS[preset], math.ceil(n_rows / batch_size) if batch_size else 1
    if recipe.epochs:
        most, allowed = recipe.epochs[preset], recipe.steps.get(preset, math.inf) / steps_an_epoch
        return int(min(most, max(recipe.least_epochs, allowed)))
    fewest, most = effort.epochs
    return max(min(most, max(fewest, effort.steps // steps_an_epoch)), math.ceil(effort.least_steps / steps_an_epoch))


def _config(name: str, settings: Settings, task: Task, recipe: Recipe, n_rows: int) -> dict[str, Any]:
    """The family's choices: those the user made, the recipe's and the family's own elsewhere."""
    if isinstance(name, Named):
        for option in ("hidden", "activation", "dropout"):
            if getattr(settings, option) is not None:
                raise PlanError(
                    f"--{option} must come with a family that has it, got a module of your own. Leave it out."
                )
        return {"module": name, "task": task}
    asked = {
        "hidden": settings.hidden,
        "activation": settings.activation or recipe.bend(task),
        "code": settings.code,
        "dropout": settings.dropout,
        "filters": settings.filters,
        "kernel": settings.kernel,
        "flip": settings.flip or None,
        "cell": settings.cell,
    }
    if settings.hidden is None:
        asked["hidden"] = _hidden(name, settings.preset, recipe, n_rows)
    chosen = families.get(name).config
    taken = {field.name for field in fields(chosen)}
    for option in ("hidden", "activation", "code", "dropout", "filters", "kernel", "cell", "flip"):
        wanted = getattr(settings, option)
        if wanted is not None and wanted is not False and option not in taken:
            raise PlanError(f"--{option} must come with a family that has it, got --model {name}. Leave it out.")
    if settings.filters is not None and isinstance(getattr(chosen, "filters", ()), int):  # of a single convolution
        if len(settings.filters) > 1:
            raise PlanError(f"--filters must be one number for --model {name}, got {len(settings.filters)}.")
        asked["filters"] = settings.filters[0]
    given = {key: value for key, value in asked.items() if value is not None and key in taken}
    said = asdict(chosen(**given))
    said.pop("start", None)  # a name that `--start-from` gives: plans without one keep their keys
    return {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}


def _hidden(name: str, preset: str, recipe: Recipe, n_rows: int) -> tuple[int, ...] | None:
    """Wider where more rows can fill it; those of `mlp` shrink towards the output. None leaves the family's own."""
    if widths := recipe.widths.get(preset):
        return (next(width for rows, width in widths if n_rows < rows),) * 3
    if name != "mlp":
        return None
    if preset == "course" or n_rows < 1_000:
        return (64, 32, 16)
    return (128, 64, 32) if n_rows < 10_000 else (256, 128, 64)


def _batch_size(settings: Settings, recipe: Recipe, n_rows: int) -> int:
    if settings.batch_size is not None:
        return 0 if settings.batch_size == "full" else int(settings.batch_size)
    if recipe.batch_sizes is not None:
        return next(size for rows, size in recipe.batch_sizes if n_rows < rows)
    if settings.preset == "course":
        return 32
    for rows, size in ((2_000, 32), (8_000, 64), (20_000, 128), (100_000, 256), (500_000, 512)):
        if n_rows < rows:
            return size
    return 1_024


def _patience(settings: Settings, recipe: Recipe, epochs: int) -> int | None:
    if settings.patience is not None:
        return None if settings.patience == "off" else int(settings.patience)
    if recipe.patience is None or isinstance(recipe.patience, int):
        return recipe.patience
    return max(_LEAST_PATIENCE, round(recipe.patience * epochs))


def may_blend(settings: Settings) -> bool:
    """Whether what was trained may predict together; whoever designs a network by hand gets that network.

    Args:
        settings: The user's options.
    """
    return EFFORTS[settings.preset].ensemble and not _by_hand(settings) and settings.epochs is None


def may_calibrate(settings: Settings) -> bool:
    """Whether probabilities get a temperature; those of a network that was designed by hand stay its own.

    Args:
        settings: The user's options.
    """
    return EFFORTS[settings.preset].calibrate and not _by_hand(settings) and settings.epochs is None


def may_join(settings: Settings) -> bool:
    """Whether baselines may be in an ensemble: not where the user said what it is to be made of.

    Args:
        settings: The user's options.
    """
    return may_blend(settings) and not settings.networks_only and not settings.model
