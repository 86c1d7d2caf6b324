"""A diagnosis as it is printed, in English or Korean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netwright.apps.diagnosing import Diagnosis, Told
from netwright.apps.terminal import sparkline
from netwright.base.figures import figure, one_line, width
from netwright.base.holm import p_in_words
from netwright.doctor.elsewhere import LEAST_POINTS
from netwright.doctor.tried import Tried

_LABEL, _LINE = 10, 110
#: Of more runs than this only those with a problem are printed, and of these as many; --json has all.
_MOST_RUNS = 12

#: What is said beside the words of the symptoms.
_SAID = {
    "en": {
        "warning": "warning",
        "note": "note",
        "stop": "stop",
        "seen": "seen",
        "means": "means",
        "todo": "do",
        "tried": "tried",
        "run": "run",
        "train": "train",
        "valid": "valid",
        "healthy": "healthy",
        "best": "best epoch {} of {}",
        "only_train": "no validation loss: whether it learns by heart, and which epoch is best, cannot be told",
        "sound": "the curves fall fast, bend and flatten: nothing to repair",
        "sound_train": "the train loss falls fast, bends and flattens: nothing to repair, as far as it tells",
        "short": "nothing was found, but curves of {} epochs or fewer have no shape yet",
        "notes_only": "nothing to repair: what is noted above is only worth knowing",
        "repaired": "repaired: trying was better beyond noise, and the best, {}, took its place",
        "kept": "kept",
        "best_of": "the best of {}: ",
        "not_kept": "not kept",
        "error": "validation {} -> {}",
        "p_values": "p is of that single try, uncorrected for how many were tried; what is kept is decided by one "
        "test of the round as a whole",
        "others": "and {} more runs, {} of them with a problem (--json has all)",
    },
    "ko": {
        "warning": "경고",
        "note": "참고",
        "stop": "중단",
        "seen": "관찰",
        "means": "의미",
        "todo": "조치",
        "tried": "시도",
        "run": "실행",
        "train": "학습",
        "valid": "검증",
        "healthy": "정상",
        "best": "최적 에포크 {} (전체 {})",
        "only_train": "검증 손실이 없어 과적합 여부와 최적 에포크는 알 수 없습니다",
        "sound": "학습 곡선이 빠르게 내려가다 완만해져 평평해집니다: 고칠 것이 없습니다",
        "sound_train": "학습 손실이 빠르게 내려가다 완만해져 평평해집니다: 이것만으로는 고칠 것이 보이지 않습니다",
        "short": "찾은 문제가 없습니다. 다만 {} 에포크 이하의 학습 곡선은 아직 모양이라 할 것이 없습니다",
        "notes_only": "고칠 것이 없습니다: 위의 참고 사항은 알아 두면 좋은 내용입니다",
        "repaired": "개선됨: 시도한 것이 잡음을 넘어 더 좋았고, 그중 가장 좋은 것({})이 기존 설정을 대신했습니다",
        "kept": "채택",
        "best_of": "{}개 가운데 최선: ",
        "not_kept": "기각",
        "error": "검증 {} -> {}",
        "p_values": "p 값은 시도 하나만 본 것으로 시도 횟수를 보정하지 않았습니다. 채택 여부는 "
        "시도 전체를 한 번에 검정해 정합니다",
        "others": "그 밖에 {}개 실행, 그중 {}개에 문제가 있습니다 (--json에 모두 있음)",
    },
}


def print_diagnoses(diagnoses: Sequence[Diagnosis], lang: str) -> None:
    """Every run with its curves, what was found and what to do, on standard output."""
    shown = list(diagnoses)
    if len(shown) > _MOST_RUNS:
        shown = sorted(shown, key=lambda own: own.is_healthy)[:_MOST_RUNS]
    for index, own in enumerate(shown):
        if index:
            print()
        for line in diagnosis_lines(own, lang):
            print(one_line(line))
    rest = [own for own in diagnoses if not any(own is other for other in shown)]
    if rest:
        print()
        print(_SAID[lang]["others"].format(len(rest), sum(not own.is_healthy for own in rest)))


def diagnosis_lines(own: Diagnosis, lang: str) -> Iterator[str]:
    """The lines of one run."""
    said = _SAID[lang]
    train, valid = own.means
    yield from _wrapped(said["run"], own.name)
    for note in own.notes:
        yield from _wrapped("", note)
    yield _curve_line(said["train"], train)
    if own.has_valid:
        yield _curve_line(said["valid"], valid)
        best = sorted(own.curves.best_epoch.tolist())
        span = f"{best[0]:,}" if best[0] == best[-1] else f"{best[0]:,}-{best[-1]:,}"
        yield from _wrapped("", said["best"].format(span, f"{own.curves.train_loss.shape[1] - 1:,}"))
    else:
        yield from _wrapped(said["note"], said["only_train"])
    for one in own.told:
        yield ""
        yield from _told_lines(one, said)
    if any(attempt.p_value is not None and not np.isnan(attempt.p_value) for one in own.told for attempt in one.tried):
        yield ""
        yield from _wrapped("", said["p_values"])
    closing = _closing(own, said)
    if closing:
        yield ""
        yield from _wrapped(*closing)


def _closing(own: Diagnosis, said: dict[str, str]) -> tuple[str, str] | None:
    if not own.told and own.curves.train_loss.shape[1] <= LEAST_POINTS:
        return said["note"], said["short"].format(LEAST_POINTS - 1)
    if not own.told:
        return said["healthy"], said["sound" if own.has_valid else "sound_train"]
    helped = [attempt.title for one in own.told for attempt in one.tried if attempt.accepted]
    if helped:
        return said["healthy"], said["repaired"].format(helped[-1])
    return (said["healthy"], said["notes_only"]) if own.is_healthy else None


def _told_lines(one: Told, said: dict[str, str]) -> Iterator[str]:
    words = one.words
    where = f" ({one.plan})" if one.plan else ""
    yield from _wrapped(said[one.finding.severity], f"{words.title} [{one.finding.code}]{where}")
    todo = "" if one.cured else words.todo  # it is done already
    for label, text in ((said["seen"], words.seen), (said["means"], words.means), (said["todo"], todo)):
        if text:
            yield from _wrapped(label, text)
    for index, text in enumerate(_attempts(one.tried, said)):
        yield from _wrapped(said["tried"] if index == 0 else "", text)


def _attempts(attempts: Sequence[Tried], said: dict[str, str]) -> Iterator[str]:
    """Every remedy; of the random search the best and any that was kept, with how many there were."""
    controls = [own for own in attempts if own.control]
    best = max(controls, key=lambda own: -np.inf if np.isnan(own.gain) else own.gain, default=None)
    for own in attempts:
        if not own.control or own.accepted:
            yield attempt_in_words(own, said)
    if best is not None and not best.accepted:
        more = said["best_of"].format(len(controls)) if len(controls) > 1 else ""
        yield more + attempt_in_words(best, said)


def attempt_in_words(attempt: Tried, said: dict[str, str]) -> str:
    """A remedy with what it changed, the figures before and after, and what became of it."""
    changes = f" ({attempt.changes})" if attempt.changes else ""
    figures = said["error"].format(figure(attempt.before), figure(attempt.after))
    p_value = "" if attempt.p_value is None or np.isnan(attempt.p_value) else f", {p_in_words(attempt.p_value)}"
    end = said["kept"] if attempt.accepted else said["not_kept"]
    reason = f": {attempt.reason}" if attempt.reason and not attempt.accepted else ""
    return f"{attempt.title}{changes}: {figures}{p_value}, {end}{reason}"


def _curve_line(label: str, losses: np.ndarray) -> str:
    """A curve in blocks with where it begins, where it is lowest and where it ends."""
    known = losses[np.isfinite(losses)]
    ends = f"{figure(known[0])} -> {figure(known[-1])}" if len(known) else "-"
    lowest = f"   min {figure(known.min())}" if len(known) and known.min() < known[-1] else ""
    return f"{_label(label)}{sparkline(losses.tolist())}  {ends}{lowest}"


def _label(text: str) -> str:
    return text + " " * max(1, _LABEL - width(text))


def _wrapped(label: str, text: str) -> Iterator[str]:
    """A text beside its label, in lines of a width that can be read; Hangul takes two columns a letter."""
    line, room = "", _LINE - _LABEL
    for word in one_line(text).split(" "):
        if line and width(line) + 1 + width(word) > room:
            yield _label(label) + line
            label, line = "", word
        else:
            line = f"{line} {word}" if line else word
    yield _label(label) + line
