from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.plan import Plan
from netwright.deliver.weights import _Allowance, arrays_of, most_bytes, network_from, packed, runs, unpacked
from netwright.models.family import PREDICT, Sizes, build_network, families, purpose_of
from netwright.training.objectives.own import OwnLoss
from netwright.training.objectives.supervised import Supervised
from tests.contracts.test_families import inputs, sizes_of
from tests.deliver.hostile.sample import joined, tensors

SIZES = Sizes(dense=7, cardinalities=(5, 200), outputs=3, fan_in=(7, 6), continuous=((0, 1, 2), (0, 1, -1)), others=5)
NAMES = families.names()
SMALL: dict[str, dict[str, Any]] = {
    name: {"hidden": [5, 4]} if isinstance(getattr(families.get(name).config(), "hidden", None), tuple) else {}
    for name in NAMES
}
INPUTS = {"dense": torch.linspace(-2, 2, 42).reshape(2, 3, 7), "codes": torch.ones(2, 3, 2, dtype=torch.int64)}


def plan(name: str, **config: Any) -> Plan:
    return Plan(name, name, SMALL[name] | config, loss="cross_entropy")


@pytest.mark.parametrize("name", NAMES)
def test_every_family_comes_back_bit_by_bit(name: str) -> None:
    sizes, given = sizes_of(name), inputs(name)
    network = build_network(name, SMALL[name], sizes, [1, 2, 3]).eval()
    raw = packed(arrays_of(network))
    again = network_from(unpacked(raw), plan(name), sizes)
    assert packed(arrays_of(again)) == raw
    assert torch.equal(again(given), network(given))
    assert not again.training
    shapes = {key: array.shape for key, array in unpacked(raw).items()}
    assert shapes == {key: tuple(value.shape) for key, value in network.state_dict().items()}
    runs(again, sizes, OwnLoss() if purpose_of(name) != PREDICT else Supervised("multiclass", "cross_entropy"))


@pytest.mark.parametrize("name", NAMES)
def test_a_family_builds_within_its_allowance(name: str) -> None:
    """At full size too; and nothing is left of the allowance once it is built."""
    sizes, seeds = sizes_of(name), [1, 2, 3]
    network = families.get(name).build(families.get(name).config(), sizes, seeds)
    n_numbers = sum(tensor.numel() for tensor in network.state_dict().values())
    with _Allowance(8 * n_numbers):
        families.get(name).build(families.get(name).config(), sizes, seeds)
    # a check of types that meets the end of the allowance says so in its own words
    too_large = "the network must not be larger than its weights|pretty-formatting"
    with pytest.raises(Exception, match=too_large), _Allowance(n_numbers // 4):
        families.get(name).build(families.get(name).config(), sizes, seeds)
    assert torch.empty(10_000_000).numel() == 10_000_000


@pytest.mark.parametrize("shape", [(10**9,), (10**6, 10**6)])
def test_an_allowance_stops_what_has_not_begun(shape: tuple[int, ...]) -> None:
    one = torch.ones(1, 3)
    for call in (
        lambda: torch.empty(shape), lambda: torch.zeros(*shape), lambda: torch.ones(torch.Size(shape)),
        lambda: one.repeat(*shape, 1), lambda: one.repeat_interleave(torch.tensor([1, 2, math.prod(shape)]), dim=1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"larger than its weights, got one of [\d,]{13,} "), _Allowance(1_000_000):
            call()


def test_what_was_made_counts() -> None:
    with pytest.raises(ValueError, match="must not be larger"), _Allowance(1_000):
        for _ in range(9):
            torch.full((200,), 1.0)
            torch.empty(1)


def test_the_allowance_draws_nothing() -> None:
    with _Allowance(100):
        tensor = torch.zeros(5)
        assert tensor.normal_() is tensor and tensor.uniform_(-1, 1) is tensor
        assert len(torch.zeros(2, 3).unbind()) == 2
    assert not tensor.any()


def raw_of(name: str = "mlp") -> bytes:
    return packed(arrays_of(build_network(name, SMALL[name], SIZES, [1, 2])))


def entry(**changes: Any) -> dict[str, Any]:
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} | changes}


@pytest.mark.parametrize(
    ("header", "body", "reason"),
    [
        (entry(dtype="F16"), 8, r"tensor 'a' must be of a type \(F32, F64, I32, U8\), with a shape and its place, no"),
        (entry(dtype=["F32"]), 8, "tensor 'a' must be of a type"),
        (entry(dtype="F64"), 8, "tensor 'a' must have the bytes of its shape"),
        (entry(shape=[1] * 8 + [2]), 8, "tensor 'a' must have at most 8 axes, got 9"),
        (entry(more=1), 8, "tensor 'a' must be of a type"),
        ({"a": None}, 8, "tensor 'a' must be of a type"),
        ({"a" * 1_000: None}, 8, f"tensor '{'a' * 100}' must be of a type"),
        (entry(shape=[2.0]), 8, "shape and place of tensor 'a' must be whole numbers"),
        (entry(shape=[True, 2]), 8, "shape and place of tensor 'a' must be whole numbers"),
        (entry(shape=[-1, -2]), 8, "shape and place of tensor 'a' must be whole numbers"),
        (entry(shape=2), 8, "shape and place of tensor 'a' must be whole numbers"),
        (entry(data_offsets=[0, 4]), 8, "tensor 'a' must have the bytes of its shape"),
        (entry(data_offsets=[0]), 8, "tensor 'a' must have the bytes of its shape"),
        (entry(data_offsets=[4, 12]), 12, "tensor 'a' must begin at byte 0, got 4"),
        (entry() | {"b": entry()["a"]}, 8, "tensor 'b' must begin at byte 8, got 0"),
        (entry(), 12, "its tensors must be 12 bytes, got 8"),
        (entry(), 4, "its tensors must be 4 bytes, got 8"),
        (b'{"a": 1, "a": 2}', 0, "holds the key 'a' twice"),
        (b"[]", 0, "must be a JSON object"),
        (b"\xff", 0, "is not UTF-8"),
    ],
)
def test_a_header_is_held_to_the_letter(header: Any, body: int, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        unpacked(joined(header, bytes(body)))


@pytest.mark.parametrize("raw", [b"", b"\0" * 7, struct.pack("<Q", 1), struct.pack("<Q", 2**63) + b"{}",
                                 struct.pack("<Q", (1 << 24) + 1) + bytes((1 << 24) + 1)])  # fmt: skip
def test_a_header_has_an_end(raw: bytes) -> None:
    with pytest.raises(ValueError, match="its header is longer than it may be"):
        unpacked(raw)


def test_an_empty_file_of_weights_is_read() -> None:
    assert unpacked(joined(b"{}  ", b"")) == {}
    assert unpacked(joined(entry(shape=[2, 0], data_offsets=[0, 0]), b""))["a"].shape == (2, 0)


@pytest.mark.parametrize("kind", ["f4", "f8", "i4", "u1"])
def test_arrays_of_each_type_come_back(kind: str) -> None:
    arrays = {"b": np.arange(6).reshape(2, 3).astype(kind), "a": np.ones((1,), dtype="u1"), "c": np.zeros(3)}
    found = unpacked(packed(arrays))
    assert {name: (own.dtype, own.tolist()) for name, own in found.items()} == {
        name: (own.dtype, own.tolist()) for name, own in arrays.items()
    }
    assert not any(own.flags.writeable for own in found.values())


def test_a_network_takes_no_other_numbers() -> None:
    arrays = {name: own.astype(np.float64) for name, own in unpacked(raw_of()).items()}
    with pytest.raises(ValueError, match="the weights of networks must be of type F32"):
        network_from(arrays, plan("mlp"), SIZES)


@pytest.mark.parametrize(
    ("config", "sizes", "reason"),
    [
        ({"hidden": [5, 5]}, {}, r"tensor 'head\.weight' must have the shape \(2, 5, 3\), got \(2, 4, 3\)"),
        ({"hidden": [5]}, {}, r"tensor 'head\.weight' must have the shape"),
        ({"hidden": [5, 4, 3]}, {}, r"tensor 'head\.bias' must|tensor 'head\.weight' must"),
        ({"hidden": [1] * 9}, {}, "must not have more layers than there are tensors"),
        (
            {"hidden": [10**9]},
            {},
            r"the network must not be larger than its weights, got one of [\d,]+ numbers and more",
        ),
        ({"hidden": [5.0, 4]}, {}, r"hidden must be tuple\[int, ...\], got \[5\.0, 4\]"),
        ({"more": 1}, {}, "'more' must be one of hidden, activation, dropout, embedding"),
        ({}, {"fan_in": (7,) * 1_000}, r"1,000 networks of 7 features must have more than [\d,]+ weights"),
        ({}, {"dense": 10**6}, r"2 networks of 1,000,000 features must have more than [\d,]+ weights"),
    ],
)
def test_weights_of_another_network(config: dict[str, Any], sizes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        network_from(unpacked(raw_of()), plan("mlp", **config), replace(SIZES, **sizes))


def test_tensors_of_other_names() -> None:
    header, body = tensors(raw_of())
    renamed = {"head.weight\x1b" if name == "head.weight" else name: own for name, own in header.items()}
    with pytest.raises(ValueError, match=r"tensor 'head\.weight' must have the shape \(2, 4, 3\), got None"):
        network_from(unpacked(joined(renamed, body)), plan("mlp"), SIZES)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([math.nan, math.inf, -math.inf]), st.integers(0, 10**6))
def test_weights_are_finite(number: float, place: int) -> None:
    raw = bytearray(raw_of())
    _, body = tensors(bytes(raw))
    start = len(raw) - len(body) + 4 * (place % (len(body) // 4))
    raw[start : start + 4] = struct.pack("<f", number)
    with pytest.raises(ValueError, match="weights must be finite, got one that is no number"):
        network_from(unpacked(bytes(raw)), plan("mlp"), SIZES)


def test_a_network_that_does_not_run_is_told() -> None:
    network = build_network("mlp", SMALL["mlp"], SIZES, [1, 2])
    with pytest.raises(ValueError, match=r"must predict the target, got numbers of shape \(2, 1, 6\)"):
        runs(network, SIZES, Supervised("binary", "cross_entropy"))
    unknown = build_network("mlp", SMALL["mlp"] | {"activation": "os.system"}, SIZES, [1, 2])
    with pytest.raises(KeyError, match=r"os\.system"):
        runs(unknown, SIZES, Supervised("multiclass", "cross_entropy"))


def test_weights_may_take_a_third_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for free, most in ((None, (1 << 40) // 3), (3_000, 1_000)):
        monkeypatch.setattr("netwright.deliver.weights.free_memory", lambda device, free=free: free)
        assert most_bytes() == most
