from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from netwright.training.device import (
    Threads,
    machine_facts,
    processor,
    running_on,
    same_machine,
    threads_for,
    why_this_device,
)
from tests.command import Command
from tests.training.engine import bucket_of, plan

CPU = torch.device("cpu")


def test_small_work_takes_one_worker_and_more_of_it_as_many_as_cores(houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    frame = houses(400)
    small = bucket_of(frame, plan(hidden=[8]))
    assert threads_for([small]) == Threads(1, 1)
    assert threads_for([small, small, small]) == Threads(3, 1)
    many = bucket_of(frame, plan(hidden=[128, 128], batch_size=64), [(f, s) for s in range(8) for f in range(5)])
    assert many.n_chunks(4) % 4 == 0
    assert threads_for([many]) == Threads(4, 1)


def test_a_single_network_takes_threads_only_where_its_steps_are_large(houses) -> None:
    one = [(0, 0)]
    frame = houses(400)
    assert threads_for([bucket_of(frame, plan(hidden=[64]), one)]).each == 1
    wide = bucket_of(frame, plan(hidden=[2_000, 2_000], batch_size=0), one)
    assert threads_for([wide]) == Threads(1, torch.get_num_threads())


def test_chunks_follow_the_declared_cache(houses) -> None:
    frame = houses(400)
    members = [(fold, seed) for seed in range(40) for fold in range(5)]
    narrow = bucket_of(frame, plan(hidden=[16]), members)
    wide = bucket_of(frame, plan(hidden=[256, 256], batch_size=256), members)
    assert narrow.n_chunks(1) == 1
    assert wide.n_chunks(1) > 20
    assert wide.n_chunks(2) % 2 == 0


def test_threads_are_put_back() -> None:
    before = torch.get_num_threads()
    with running_on(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_why() -> None:
    assert why_this_device(CPU, "auto") == "torch finds no GPU"
    assert why_this_device(CPU, "cpu") == "--device cpu"
    assert machine_facts(CPU, "auto")["device"] == f"cpu, {torch.get_num_threads()} threads".replace(
        "1 threads", "1 thread"
    )


def test_run_json_keeps_the_machine(nw: Command, tmp_path: Path) -> None:
    said = nw(
        "train", "sample:diabetes", "--target", "target", "--preset", "quick", "--epochs", "2", "--out", tmp_path / "r"
    )
    assert said.code == 0, said.err
    facts = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert facts["cores"] >= 1
    assert facts["threads"] >= 1
    assert facts["memory_bytes_free"] > 1 << 20
    assert facts["device_because"] == "torch finds no GPU" or facts["device"].startswith("cuda")


@pytest.mark.parametrize("width", [1, 3, 5, 6, 7, 9, 13, 64])
@pytest.mark.parametrize("inputs", [4, 13, 64])
def test_a_row_has_the_same_product_wherever_it_lies(inputs: int, width: int) -> None:
    random = torch.Generator().manual_seed(width)
    rows = torch.randn(3, 1, inputs, generator=random).expand(3, 1_024, inputs).contiguous()
    weights, bias = torch.randn(3, inputs, width, generator=random), torch.randn(3, 1, width, generator=random)
    products = torch.baddbmm(bias, rows, weights)
    assert torch.equal(products, products[:, :1].expand_as(products)), "see MKL_CBWR in netwright/__init__.py"


@pytest.mark.parametrize(("given", "kept"), [({}, "AUTO"), ({"MKL_CBWR": "COMPATIBLE"}, "COMPATIBLE")])
def test_products_are_reproducible_unless_the_user_says_how(given: dict[str, str], kept: str) -> None:
    code = "from netwright.training.device import same_machine; print(same_machine('cpu')['MKL_CBWR'])"
    others = {name: value for name, value in os.environ.items() if name != "MKL_CBWR"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=others | given, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert told.stdout.strip() == kept


@pytest.mark.parametrize(("given", "kept"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")])
def test_threads_that_wait_sleep_from_python_too(given: dict[str, str], kept: str) -> None:
    code = (
        "import os, sys, netwright; print(os.environ['OMP_WAIT_POLICY'], not {'torch', 'sklearn'} & set(sys.modules))"
    )
    others = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=others | given, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert told.stdout.split() == [kept, "True"]  # before any library with OpenMP is loaded


def test_the_processor_is_told_with_its_architecture() -> None:
    assert processor().startswith(platform.machine())
    assert machine_facts(CPU, "auto")["processor"] == processor() == same_machine("cpu")["processor"]
