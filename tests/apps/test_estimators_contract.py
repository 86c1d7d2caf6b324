"""scikit-learn's own contract, whole."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from netwright import Classifier, Regressor

#: Enough epochs to learn scikit-learn's small test sets, few enough to run its many fits in a minute or two.
_SMALL: dict[str, Any] = {"preset": "quick", "epochs": 30, "folds": 2, "hidden": (32,), "learning_rate": 0.02}


@parametrize_with_checks([Regressor(**_SMALL), Classifier(**_SMALL)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:.*the command line stops here")  # some checks let y be a column of X
def test_contract(estimator: Any, check: Any) -> None:
    check(estimator)
