"""Which device trains, and what there is to know about the machine."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import torch

from netwright.base.errors import PlanError

_PACKAGES = ("netwright", "torch", "numpy", "polars", "scikit-learn", "safetensors")


def choose_device(name: str) -> torch.device:
    """The device that `--device` asks for.

    Raises:
        PlanError: CUDA is asked for and not there, or the name is unknown.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise PlanError(f"--device must be auto, cpu or cuda, got {name!r}.")
    if name == "cuda" and not torch.cuda.is_available():
        raise PlanError("--device cuda needs a CUDA device, and torch finds none here. Pass --device cpu.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def device_in_words(device: torch.device) -> str:
    """The device for a person: `cpu, 2 threads`."""
    if device.type == "cuda":
        return f"cuda, {torch.cuda.get_device_name(device)}"
    return f"cpu, {torch.get_num_threads()} threads"


def machine_facts(device: torch.device) -> dict[str, Any]:
    """What `run.json` keeps of the machine and the packages; on the same of these a command gives the same bits."""
    return {
        "device": device_in_words(device),
        "threads": torch.get_num_threads(),
        "processor": platform.machine(),
        "system": platform.system(),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES},
    }
