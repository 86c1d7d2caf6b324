"""An ensemble taught to a single plan, which ships in its place (Hinton, Vinyals and Dean, 2015).

What judges the student must not have taught it. So each fold has a teacher of its own: what the *other* folds would
ship, and of that only what learned on this fold's train rows. It predicts these rows, and the student of the fold
learns a mix of that and of the truth. The recipe of the student is fixed before anything is trained.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.base.events import Event, TeachingBegun, TeachingDone
from netwright.base.finding import Finding
from netwright.base.keeper import Keeper
from netwright.base.plan import Member, Plan
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.evaluate.ensembled import distilled_sentence
from netwright.evaluate.evaluation import json_scores
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.stages.account import milliseconds
from netwright.stages.begun import Begun, refuse_what_is_too_large
from netwright.stages.chosen import Chosen, choose, choose_no_worse, parts_of
from netwright.stages.trained import kept, saved_turn
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import Candidate, mean_error, mean_score, validation_predictions
from netwright.training.loop import train
from netwright.training.memory import free_memory
from netwright.training.mixture import Mixture
from netwright.training.population import Bucket
from netwright.training.probe import epoch_seconds
from netwright.tune.presets import may_blend, propose, shortened

#: Families that a student may be of, the first one that the user did not leave out; where it is to be lean the other
#: way round.
_STUDENTS = ("realmlp", "mlp")
#: What the teacher says counts so much, the truth the rest: "a considerably lower weight" (Hinton and others, 2015).
_TAUGHT = 0.8
#: Of the time that is kept for the student what training may take.
_OF_KEPT = 0.9
#: With less than this share of its epochs a student has learned too little to ship.
_LEAST_SHARE = 0.3


@dataclass(frozen=True)
class Distilled:
    """What was taught.

    Args:
        teacher: What would have shipped.
        mixture: The same as a model.
        student: The plan that learned from it.
        chosen: What ships: the student, with a temperature and a threshold of its own.
    """

    teacher: Chosen
    mixture: Mixture
    student: Candidate
    chosen: Chosen

    def to_json(self, begun: Begun, model: Mixture, scores: dict[str, Any], test: Table | None) -> dict[str, Any]:
        """Teacher and student side by side, as `metrics.json` holds them.

        Args:
            begun: The run.
            model: What ships.
            scores: Those of the student, by rows.
            test: The opened test rows, where there are some.
        """
        target, own = begun.origin.target, self.teacher.nested
        known = validation_predictions(begun.split, begun.truth, own.outer, own.thresholds)
        teacher = {"validation": json_scores(target.task, known.truth, known.predicted, known.threshold)}
        if test is not None:
            said, truth = self.mixture.predict(test), target.numbers(test)
            teacher["test"] = json_scores(target.task, truth, said, self.mixture.threshold)
        told = {
            "teacher": teacher,
            "student": {rows: scores[rows] for rows in teacher},
            "parts": len(self.mixture.parts),
            "taught_by": parts_of(self.mixture),
            "family": self.student.plan.family,
            "members": model.n_members,
            "parameters": [self.mixture.n_parameters, model.n_parameters],
            "ms_per_row": milliseconds([self.mixture, model], model, begun.split.development),
            "one_part": len(begun.split.folds) == 1,
        }
        return {"distilled": told | {"sentence": distilled_sentence(told, begun.metric)}}


def distil(
    begun: Begun, candidates: Sequence[Candidate], baselines: Sequence[TrainedBaseline], keeper: Keeper | None = None
) -> Generator[Event, None, Distilled | None]:
    """Teach the ensemble to one plan; None where that is not asked for, no ensemble ships, or there is no time.

    Args:
        begun: The run.
        candidates: The trained plans.
        baselines: What was fitted beside them.
        keeper: Keeps the work.
    """
    settings, clock = begun.settings, begun.clock
    clock.foreseen.pop("distill", None)
    if not settings.distill or not may_blend(settings) or not begun.plain:
        return None
    with clock.stage("distill"):
        accurate = replace(begun, settings=settings.with_(prefer="accuracy"))
        teacher = choose_no_worse(accurate, candidates, baselines)
        if not teacher.is_ensemble:
            return None
        plan, turns = student_plan(begun), (keeper.turns() if keeper else None) or []
        turn = len(turns) + 1  # the one before is what is trained on fewer rows
        folds = taught_folds(begun, teacher, candidates, baselines, _prepared(begun, candidates, plan))
        fitted, is_saved = _fitted(begun, plan, folds, keeper, turn)
        if fitted.epochs < _LEAST_SHARE * plan.epochs:
            return None
        plan = fitted
        bucket = _bucket(begun, plan, folds)
        refuse_what_is_too_large([[bucket]], free_memory(begun.device))
        yield TeachingBegun(plan.family, len(bucket.members), len(teacher.blend.weights))
        found, save = kept(keeper, turn, turns) if turns else (None, None)
        deadline = clock.deadline(settings.time_limit)
        (trained,) = yield from train([bucket], deadline, found if is_saved else None, save)
        own = begun.split, begun.metric, begun.truth
        student = Candidate.of(trained, *own, finds_threshold=begun.finds_threshold)
        if not student.has_learned:
            return None
        alone = replace(begun, settings=accurate.settings.with_(networks_only=True))
        chosen = choose(alone, [student], baselines)
        mixture = Mixture.of(teacher.blend, candidates, baselines, begun.split.development, begun.origin.target)
    scores = [_score(begun, own) for own in (teacher, chosen)]
    yield TeachingDone(scores[0], scores[1], clock.seconds["distill"])
    return Distilled(teacher, mixture, student, chosen)


def notes_of_distilling(settings: Settings, distilled: Distilled | None, *, ensemble: bool) -> list[Finding]:
    """That nothing was taught, where it was asked for.

    Args:
        settings: The user's options.
        distilled: What was taught.
        ensemble: Whether what ships is an ensemble all the same.
    """
    if not settings.distill or distilled is not None:
        return []
    if not ensemble:
        return [Finding("not-distilled", "training", "note", "--distill had no ensemble to teach: one plan ships", "")]
    why = "diverged" if settings.time_limit is None else "had too little time, or diverged"
    said = f"the ensemble ships all the same: the network that was to learn from it {why}"
    advice = "" if settings.time_limit is None else "raise --time-limit"
    return [Finding("not-distilled", "training", "warning", said, advice)]


def student_plan(begun: Begun) -> Plan:
    """What learns from the teacher: the usual plan of a small family, whatever the validation rows say of it.

    Args:
        begun: The run.
    """
    settings = begun.settings
    order = _STUDENTS if settings.prefer == "accuracy" else _STUDENTS[::-1]
    family = next((name for name in order if name in settings.model), order[0])
    own = settings.with_(model=(family,), derive=())
    table = begun.split.development
    plan = propose(own, begun.origin.target.task, table.n_rows, table.schema.arrays).plans[0]
    # what a teacher says is soft already
    return replace(plan, name="distilled", taught=_TAUGHT, label_smoothing=0.0)


def taught_folds(
    begun: Begun,
    teacher: Chosen,
    candidates: Sequence[Candidate],
    baselines: Sequence[TrainedBaseline],
    folds: Sequence[PreparedFold],
) -> tuple[PreparedFold, ...]:
    """The folds of the student, whose train rows are taught what the teacher of their fold says of them.

    Args:
        begun: The run.
        teacher: What would ship.
        candidates: The trained plans.
        baselines: The fitted baselines.
        folds: As the student prepares them.
    """
    target, table = begun.origin.target, begun.split.development
    taught = []
    for number, (fold, blend) in enumerate(zip(folds, teacher.by_fold, strict=True)):
        model = Mixture.of(blend, candidates, baselines, table, target).of_fold(number)
        rows = np.unique(fold.train)
        if model is None:
            taught.append(fold)
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rows without a finite prediction learn the truth
            said = model.predict(table)[rows] if table.in_files else model.predict(table.take(rows))
        taught.append(mixed(fold, rows, said))
    return tuple(taught)


def mixed(fold: PreparedFold, rows: np.ndarray, said: np.ndarray) -> PreparedFold:
    """A fold some of whose rows are taught a mix of what was said of them and of the truth.

    Args:
        fold: As prepared.
        rows: Positions of these rows, each once; (n,).
        said: Values (n,) or probabilities (n, n_classes); those that are not finite are not taught.
    """
    finite = np.isfinite(said) if said.ndim == 1 else np.isfinite(said).all(axis=1)
    rows, said = rows[finite], said[finite]
    if said.ndim == 1:
        target = fold.target.copy()
        target[rows] = _TAUGHT * fold.scale.forward(said) + (1 - _TAUGHT) * target[rows]
        return replace(fold, target=target)
    soft = np.eye(said.shape[1])[fold.target.astype(int)]
    soft[rows] = _TAUGHT * said + (1 - _TAUGHT) * soft[rows]
    return replace(fold, soft=soft)


def _prepared(begun: Begun, candidates: Sequence[Candidate], plan: Plan) -> tuple[PreparedFold, ...]:
    """Folds as another plan has prepared them, or new ones."""
    for one in candidates:
        if one.plan.preparation == plan.preparation:
            return one.trained.folds
    return prepare_folds(begun.split, begun.origin.target, plan.preparation)


def _bucket(begun: Begun, plan: Plan, folds: tuple[PreparedFold, ...]) -> Bucket:
    return Bucket([Member(plan, fold, 0) for fold in range(len(folds))], folds, begun.problem)


def _fitted(
    begun: Begun, plan: Plan, folds: tuple[PreparedFold, ...], keeper: Keeper | None, turn: int
) -> tuple[Plan, bool]:
    """The plan with as many epochs as the time left allows, and whether an earlier process has begun with it."""
    saved = saved_turn(keeper, turn)
    if saved is not None and replace(saved.plans[0], epochs=plan.epochs).key == plan.key:
        return saved.plans[0], True
    deadline = begun.clock.deadline(begun.settings.time_limit)
    if deadline is None:
        return plan, False
    needed = epoch_seconds(_bucket(begun, plan, folds)) * plan.epochs
    return shortened(plan, max(0.0, _OF_KEPT * (deadline - time.monotonic()) / needed)), False


def _score(begun: Begun, chosen: Chosen) -> float:
    errors = chosen.nested.errors(begun.metric, begun.truth, begun.split)
    return mean_score(begun.metric, errors) if np.isfinite(mean_error(errors)) else float("nan")
