"""netwright: a data file in, a trained, diagnosed and honestly tested neural network out.

Example::

    from netwright import Classifier, Regressor, train

    run = train("houses.csv", target="price")
    model = Regressor(preset="quick", random_state=0).fit(X, y)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwright.apps.api import Run, load, prepare, train
    from netwright.apps.estimators import Classifier, Regressor

__all__ = ["Classifier", "Regressor", "Run", "__version__", "load", "prepare", "train"]

__version__ = "0.1.0"

# Torch's matrix products (MKL) otherwise round a row by where it lies in memory, on AMD processors at least; MKL reads
# this at its first product. What the user set stays.
os.environ.setdefault("MKL_CBWR", "AUTO")
# Threads that wait should sleep: by default they spin, and two programs on the same cores then starve each other
# (one fit of small trees took 52 s instead of 1 s). Read once, when the first library with OpenMP is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

#: Where each public name lives; torch and scikit-learn are imported only when one of them is used.
_HOMES = {
    "Classifier": "netwright.apps.estimators",
    "Regressor": "netwright.apps.estimators",
    "Run": "netwright.apps.api",
    "load": "netwright.apps.api",
    "prepare": "netwright.apps.api",
    "train": "netwright.apps.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'netwright' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
