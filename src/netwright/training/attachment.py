"""What ships beside the parts of a model: how a series is cut into windows, what anomalies are, how rows are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Attachment:
    """Facts and arrays under one name. Who made them reads them, and checks them: a bundle may come from a stranger.

    Args:
        name: What they are for, such as `series`.
        facts: JSON-able.
        arrays: float32, float64, int32 or uint8, by name.
    """

    name: str
    facts: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
