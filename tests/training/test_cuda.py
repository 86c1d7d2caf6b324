"""The same program on a CUDA device, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright.apps.api import train

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")]

FAST: dict[str, Any] = {"preset": "quick", "epochs": 6}


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "momentum", "rmsprop"])
def test_curves_are_those_of_the_cpu(houses: Callable[..., pl.DataFrame], optimizer: str) -> None:
    frame = houses(120).with_columns(pl.Series("street", [f"s{row % 20}" for row in range(120)]))
    runs = [train(frame, "price", device=device, optimizer=optimizer, **FAST) for device in ("cpu", "cuda")]
    np.testing.assert_allclose(runs[0].curves.valid_loss, runs[1].curves.valid_loss, rtol=2e-3, atol=2e-3)
    assert runs[1].record.facts["device"].startswith("cuda")


@pytest.mark.parametrize("family", ["realmlp", "realmlp-s", "tabm", "linear"])
def test_every_family_trains_there(houses: Callable[..., pl.DataFrame], family: str) -> None:
    frame = houses(120).with_columns(pl.Series("street", [f"s{row % 20}" for row in range(120)]))
    runs = [train(frame, "price", model=[family], device=device, **FAST) for device in ("cpu", "cuda")]
    np.testing.assert_allclose(runs[0].curves.valid_loss, runs[1].curves.valid_loss, rtol=1e-2, atol=1e-2)


def test_members_that_stop_leave_there_as_well(houses: Callable[..., pl.DataFrame]) -> None:
    options: dict[str, Any] = {"model": ["mlp"], "epochs": 150, "patience": 4, "learning_rate": 0.03}
    runs = [train(houses(90), "price", device=device, **options) for device in ("cpu", "cuda")]
    assert "stopped" in runs[1].curves.status
    np.testing.assert_allclose(runs[0].curves.valid_loss[:, :5], runs[1].curves.valid_loss[:, :5], rtol=1e-2, atol=1e-2)


def test_a_model_trained_on_cuda_predicts_on_the_cpu(houses: Callable[..., pl.DataFrame]) -> None:
    run = train(houses(100), "price", device="cuda", **FAST)
    assert run.model.predict(houses(10, seed=2)).height == 10
    assert all(parameter.device.type == "cpu" for parameter in run.model.fitted.networks[0].network.parameters())
