"""The error still falls steeply with more rows."""

from __future__ import annotations

from typing import ClassVar

from netwright.doctor.case import Case
from netwright.doctor.reading import grade
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: What twice the rows promise must be this share of the error, with the answer `yes` of `MoreRows`.
_GAIN = 0.05


@symptom("too-little-data")
class TooLittleData:
    """More rows would help."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "too little data",
            "the error falls from {first} with {fewest} train rows to {last} with {rows}, and goes on falling",
            "twice as many rows promise about {percent} % less error",
            "collect more rows if you can: {twice} to train on instead of {rows}",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "부족한 데이터",
            "학습 데이터 {fewest}행일 때의 오차 {first}에서 {rows}행일 때의 {last}까지 내려가고, 계속 내려가고 "
            "있습니다",
            "행이 두 배가 되면 오차가 약 {percent} % 줄어들 것으로 보입니다",
            "할 수 있다면 데이터를 더 모으십시오. 학습 데이터를 {rows}행에서 {twice}행으로 늘리는 것입니다",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The learning curve over rows."""
        law = case.facts.more_rows
        if law is None or law.answer != "yes" or law.gain < _GAIN:
            return None
        errors = law.errors.mean(axis=0)
        evidence = {
            "fewest": int(law.sizes[0]),
            "first": float(errors[0]),
            "rows": int(law.n_train),
            "last": float(errors[-1]),
            "twice": 2 * int(law.n_train),
            "gain": float(law.gain),
            "percent": round(100 * law.gain),
        }
        return Sign("note", 0.3 + 0.4 * grade(law.gain, _GAIN, 0.4), evidence)
