"""`netwright diagnose`: what the curves of a run show, of one of ours or of another tool's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from netwright.base.curves import Curves
from netwright.base.errors import DataError, PlanError
from netwright.base.finding import Finding
from netwright.base.settings import LANGUAGES
from netwright.deliver.diagnosed import read_diagnosis
from netwright.deliver.report.data_means import mean_curve
from netwright.doctor.diagnosis import diagnose, told
from netwright.doctor.elsewhere import read_curves
from netwright.doctor.symptom import Words
from netwright.doctor.tried import Tried, cured_plans, tried
from netwright.sources.contract import ReadOptions

#: Said of a run that was made before there was a doctor.
_OLDER = {
    "en": "this run is older than the doctor: its curves were read just now",
    "ko": "진단 기능이 생기기 전의 실행입니다: 학습 곡선을 지금 읽었습니다",
}


@dataclass(frozen=True)
class Told:
    """A finding in words.

    Args:
        finding: As it was found.
        words: What a person is told; of findings that are none of the doctor's its own message and advice.
        plan: The plan it is about; empty where it is known anyway.
        tried: Remedies, with the figures before and after.
        cured: Whether one that helped took the place of the plan.
    """

    finding: Finding
    words: Words
    plan: str
    tried: tuple[Tried, ...]
    cured: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """What is said of one run.

    Args:
        name: Of the run.
        curves: Of its networks, those of the chosen plan.
        told: What was found.
        has_valid: Whether there are validation losses.
        notes: What was taken for what.
    """

    name: str
    curves: Curves
    told: tuple[Told, ...]
    has_valid: bool = True
    notes: tuple[str, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether nothing was found that costs anything."""
        return all(own.finding.severity == "note" for own in self.told)

    @property
    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean train and validation loss over networks that did not diverge, over all where each did; (epoch,)."""
        curves = self.curves
        sound = np.array([status != "diverged" for status in curves.status])
        rows = sound if sound.any() else ~sound
        return mean_curve(curves.train_loss[rows]), mean_curve(curves.valid_loss[rows])

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for `--json`."""
        return {
            "run": self.name,
            "healthy": self.is_healthy,
            "networks": len(self.curves.members),
            "epochs": self.curves.train_loss.shape[1] - 1,
            "best_epochs": self.curves.best_epoch.tolist(),
            "has_validation_loss": self.has_valid,
            "findings": [own.finding.to_json() | {"words": vars(own.words)} for own in self.told],
            "notes": list(self.notes),
        }


def diagnose_what(
    run: Path | None, curves: Path | None, lang: str | None, options: ReadOptions
) -> tuple[tuple[Diagnosis, ...], str]:
    """What is said of a run, or of each run in a file of curves, and in which language.

    Args:
        run: The folder of a finished run, or None.
        curves: Curves of another tool, or None.
        lang: `en` or `ko`; None takes that of the run, English elsewhere.
        options: What the user said about the file of curves.

    Raises:
        UserError: Nothing was named, or both were, or it cannot be read.
    """
    if lang is not None and lang not in LANGUAGES:
        raise PlanError(f"--lang must be one of {', '.join(LANGUAGES)}, got {lang!r}.")
    if (run is None) == (curves is None):
        got = "neither" if run is None else "both"
        raise PlanError(f"diagnose must be given the folder RUN or --curves FILE, got {got}.")
    if run is not None:
        own = read_diagnosis(run)
        spoken = lang or own.lang
        several = any(finding.evidence.get("plan", own.plan) != own.plan for finding in own.findings)
        notes = (_OLDER[spoken],) if own.anew else ()
        said = _told(own.findings, spoken, several, str(run))
        return (Diagnosis(f"{run}: {own.plan}", own.curves, said, notes=notes),), spoken
    assert curves is not None, "one of the two is there"
    spoken, log = lang or "en", read_curves(curves, options)
    found = [
        Diagnosis(
            f"{log.source}: {one.name}" if one.name else log.source,
            one.case.curves,
            _told(diagnose(one.case, spoken), spoken, False, log.source),
            one.has_valid,
        )
        for one in log.runs
    ]
    return (replace(found[0], notes=tuple(note[spoken] for note in log.notes)), *found[1:]), spoken


def _told(findings: Sequence[Finding], lang: str, several: bool, where: str) -> tuple[Told, ...]:
    """Findings in words; the plan is named where there are several."""
    told_all, cured = [], set[object]()
    for finding in findings:
        try:
            words = told(finding, lang) or Words(finding.message, "", "", finding.advice)
            attempts = tried(finding, lang)
        except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
            raise DataError(
                f"findings.json of {where} must hold what the doctor wrote, got a finding {finding.code!r} that cannot "
                f"be read ({error}). Copy it again, from where it is complete."
            ) from error
        cured |= cured_plans([finding])
        told_all.append(Told(finding, words, str(finding.evidence.get("plan", "")) if several else "", attempts))
    return tuple(replace(own, cured=own.finding.evidence.get("plan_key") in cured) for own in told_all)
