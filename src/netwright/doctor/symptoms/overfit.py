"""Overfitting: the validation loss turns up while the train loss falls."""

from __future__ import annotations

from netwright.doctor.case import Case
from netwright.doctor.symptom import Sign, Words, symptom


@symptom("overfit")
class Overfit:
    """Placeholder."""

    en = {"": Words("overfitting", "x", "y", "z")}
    ko = {"": Words("과적합", "x", "y", "z")}

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Nothing yet."""
        return None
