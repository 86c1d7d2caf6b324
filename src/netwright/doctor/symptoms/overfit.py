"""Overfitting: the validation loss turns up while the train loss falls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.doctor.case import Case
from netwright.doctor.symptom import Sign, Words, symptom


@symptom("overfit")
class Overfit:
    """Placeholder."""

    en: ClassVar[Mapping[str, Words]] = {"": Words("overfitting", "x", "y", "z")}
    ko: ClassVar[Mapping[str, Words]] = {"": Words("과적합", "x", "y", "z")}

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Nothing yet."""
        return None
