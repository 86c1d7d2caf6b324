"""From a case to its findings, and from a finding to what a person is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from netwright.base.errors import PlanError
from netwright.base.finding import Finding, by_severity
from netwright.base.settings import LANGUAGES
from netwright.doctor.case import Case
from netwright.doctor.symptom import Words, symptoms
from netwright.models.family import families, purpose_of

#: What is looked for in networks that make rows: their losses are two that pull against each other, and say nothing.
_OF_MAKERS = frozenset({"not-finite", "frozen-parameter", "mode-collapse", "critic-wins"})


def diagnose(case: Case, lang: str = "en") -> list[Finding]:
    """All symptoms of a plan, the most severe and clearest first.

    Args:
        case: The plan.
        lang: `en` or `ko`.
    """
    found = []
    makes = case.plan is not None and _makes_rows(case.plan.family)
    for code, symptom in symptoms.items():
        if makes and code not in _OF_MAKERS:
            continue
        sign = symptom.read(case)
        if sign is None:
            continue
        plan = {} if case.plan is None else {"plan": case.plan.name, "plan_key": case.plan.key}
        evidence = plan | {"variant": sign.variant, "strength": round(sign.strength, 3)} | dict(sign.evidence)
        words = words_of(code, sign.variant, lang).filled(evidence)
        name = "" if case.plan is None else f"{case.plan.name}: "
        message = f"{name}{words.seen}; {words.means}"
        found.append(Finding(code, "training", sign.severity, message, words.todo, sign.columns, evidence))
    return by_severity(sorted(found, key=lambda finding: -finding.evidence["strength"]))


def _makes_rows(family: str) -> bool:
    return family in families.names() and purpose_of(family) in ("make", "draw")


def words_of(code: str, variant: str, lang: str) -> Words:
    """The words of a symptom.

    Raises:
        PlanError: There is no such language.
    """
    if lang not in LANGUAGES:
        raise PlanError(f"--lang must be one of {', '.join(LANGUAGES)}, got {lang!r}.")
    words: Words = getattr(symptoms.get(code), lang)[variant]
    return words


#: Advice on a plan of the search, in place of flags that would end the search.
_SEARCHED = {
    "en": "the search chose this plan, and no flag describes it; --time-limit lets it search longer",
    "ko": "탐색이 고른 설정이라 옵션으로 나타낼 수 없습니다. --time-limit 를 주면 더 오래 탐색합니다",
}


def told(finding: Finding, lang: str = "en") -> Words | None:
    """A finding of the doctor in words of a language; None where it is not one of the doctor's.

    Args:
        finding: As `diagnose` gave it, or as `findings.json` kept it.
        lang: `en` or `ko`.
    """
    if finding.code not in symptoms.names() or "variant" not in finding.evidence:
        return None
    words = words_of(finding.code, str(finding.evidence["variant"]), lang).filled(finding.evidence)
    if lang == "en" and "seen" in finding.evidence:  # what stopped networks that diverged is known to the cell
        words = replace(words, seen=str(finding.evidence["seen"]), todo=str(finding.evidence["todo"]))
    return replace(words, todo=_SEARCHED[lang]) if finding.evidence.get("searched") else words


def of_the_search(finding: Finding, keys: Collection[str]) -> Finding:
    """A finding whose advice names no flags where its plan came out of a search: flags would describe another network.

    Args:
        finding: Of the doctor.
        keys: Those of the plans of the search.
    """
    if str(finding.evidence.get("plan_key")) not in keys:
        return finding
    return replace(finding, advice=_SEARCHED["en"], evidence={**finding.evidence, "searched": True})
