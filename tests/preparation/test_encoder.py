from __future__ import annotations

import json

import numpy as np
import pytest

from netwright.base.errors import PlanError
from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoders
from netwright.preparation.values import Numbers


def test_an_encoder_says_little_by_itself():
    bare = Encoder("x")
    assert (bare.feature_names, bare.cardinality) == ((), 0)
    for call in (lambda: bare.dense(Numbers(np.zeros(1))), lambda: bare.codes(Numbers(np.zeros(1))),
                 lambda: Encoder.fit(Column("x"), Numbers(np.zeros(1)), Preparation())):  # fmt: skip
        with pytest.raises(NotImplementedError):
            call()


def test_json_names_the_encoder():
    encoder = encoders.get("boolean")("river", levels=("no", "yes"), indicator=False)
    entry = json.loads(json.dumps(encoder.to_json()))
    assert entry == {"encoder": "boolean", "column": "river", "levels": ["no", "yes"], "indicator": False}
    assert encoders.get("boolean").from_json(entry) == encoder
    with pytest.raises(ValueError, match="'from a later version' must be one of column, levels, indicator"):
        encoders.get("boolean").from_json(entry | {"from a later version": 1})  # which may well change what comes out


def test_unknown_encoder():
    with pytest.raises(PlanError, match=f"encoder must be one of {', '.join(encoders.names())}, got"):
        encoders.get("sound")
