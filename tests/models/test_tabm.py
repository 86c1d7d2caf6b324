"""TabM against its formulas, in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from netwright.base.errors import PlanError
from netwright.models import tabm
from netwright.models.family import Sizes, build_network
from netwright.models.noise import Noise
from netwright.models.tabm import OneHot, TabM, first_scaling

#: Three numbers at most, indicators and the like beside them, a short category, one of 150 levels.
SIZES = Sizes(6, (4, 151), 2, (6, 5), ((0, 1, 3), (1, 2, -1)))
CONFIG = {"hidden": [7, 6], "activation": "tanh", "k": 3, "n_bins": 5, "d_embedding": 4, "embedding": 2}


def built(seeds: list[int] | None = None, sizes: Sizes = SIZES, **choices: object) -> TabM:
    network = build_network("tabm", CONFIG | choices, sizes, seeds or [3, 4])
    assert isinstance(network, TabM)
    return network


def data(rows: int = 60) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    dense = torch.randn(2, rows, 6, generator=generator)
    dense[1, :, 5] = 0  # padding: the second member has five features
    codes = [torch.randint(0, n, (2, rows), generator=generator) for n in (4, 151)]
    return {"dense": dense, "codes": torch.stack(codes, dim=2)}


def f64(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().numpy()


def shaken(network: TabM, inputs: dict[str, torch.Tensor]) -> TabM:
    """Bins laid, and every number its own, so that nothing is tested on ones and zeros."""
    network.start_from(inputs, torch.ones(inputs["dense"].shape[:2]), [3, 4])
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.7, generator=torch.Generator().manual_seed(1))
    return network


def features(network: TabM, inputs: dict[str, torch.Tensor], member: int) -> np.ndarray:
    own, parts = network.features, []
    x, codes = f64(inputs["dense"][member]), inputs["codes"][member].numpy()
    if own.numbers is not None:
        parts.append(f64(own.numbers(inputs["dense"]))[member])  # tests/models/test_piecewise.py
    embedded = SIZES.continuous[member] if own.numbers is not None else ()
    others = [position for position in range(SIZES.fan_in[member]) if position not in embedded]
    parts.append(x[:, others])
    if own.numbers is None and member == 1:
        parts.append(np.zeros((len(x), 1)))  # filled up to the width of the first member
    parts.append(np.eye(4)[codes[:, 0]][:, 1:])
    parts.append(f64(own.embedding.tables[0])[member][codes[:, 1]])
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("mini", [False, True])
@pytest.mark.parametrize("n_bins", [0, 5])
def test_forward_equals_a_float64_reference(mini: bool, n_bins: int) -> None:
    inputs = data()
    network = shaken(built(mini=mini, n_bins=n_bins), inputs)
    out = f64(network(inputs))
    assert out.shape == (2, 60, 3, 2)
    for member in range(2):
        for submodel in range(3):
            h = features(network, inputs, member)
            for depth, layer in enumerate(network.hidden):
                if depth == 0 or not mini:
                    h = h * f64(layer.r)[member, 0, submodel]
                h = h @ f64(layer.weight)[member]
                if not mini:
                    h = h * f64(layer.s)[member, 0, submodel]
                h = np.tanh(h + f64(layer.bias)[member, 0, 0 if mini else submodel])
            h = h @ f64(network.head.weight)[member, submodel] + f64(network.head.bias)[member, 0, submodel]
            np.testing.assert_allclose(out[member, :, submodel], h, rtol=1e-4, atol=1e-4)


def test_mini_has_one_scaling_and_shared_biases() -> None:
    names = {name for name, _ in built(mini=True).named_parameters()}
    assert {name for name in names if name.endswith((".r", ".s"))} == {"hidden.0.r"}
    assert built(mini=True).hidden[0].bias.shape == (2, 1, 1, 7)
    assert built().hidden[1].bias.shape == (2, 1, 3, 6)


def test_first_numbers() -> None:
    sizes = Sizes(40, (), 1, (40, 10), ((*range(10),), (*range(10),)))
    network = built([5, 6], sizes, hidden=[200, 100], k=32, n_bins=8, d_embedding=16)
    first, second = network.hidden
    for member, fan_in in enumerate((10 * 16 + 30, 10 * 16)):  # the second member has no other features
        assert first.weight[member].abs().max().item() == pytest.approx(fan_in**-0.5, rel=1e-3)
        assert first.bias[member].abs().max().item() == pytest.approx(fan_in**-0.5, rel=2e-2)
    assert second.weight.abs().max().item() == pytest.approx(200**-0.5, rel=1e-3)
    assert network.head.weight.abs().max().item() == pytest.approx(0.1, rel=1e-2)
    assert bool((first.bias == first.bias[:, :, :1]).all())
    assert not torch.equal(first.bias[:, 0, 0], first.weight[:, 0])
    assert not bool((network.head.bias == network.head.bias[:, :, :1]).all())
    assert all(bool((scaling == 1).all()) for scaling in (first.s, second.r, second.s))
    drawn = first.r[:, 0].detach()
    chunks = drawn[:, :, :160].unflatten(2, (10, 16))
    assert bool((chunks == chunks[..., :1]).all())
    each = torch.cat([chunks[..., 0], drawn[:, :, 160:]], dim=2)
    assert len(each[0].unique()) == 32 * 40
    assert each.mean().item() == pytest.approx(0, abs=0.05)
    assert each.std().item() == pytest.approx(1, abs=0.05)


def test_without_embedded_numbers_scalings_are_signs() -> None:
    for network in (built(n_bins=0), built(sizes=Sizes(6, (4, 151), 2, (6, 5)))):
        assert network.features.numbers is None
        r = network.hidden[0].r
        assert r.shape[3] == 6 + 3 + 2
        assert r.unique().tolist() == [-1, 1]
        assert bool((r[..., 6:9] == r[..., 6:7]).all())  # the codes of one category share theirs
        assert not bool((r[..., 0] == r[..., 1]).all())


def test_first_scaling_is_each_members_own() -> None:
    together = first_scaling([1, 2], 4, (3, 1), normal=True)
    assert torch.equal(together[1:], first_scaling([2], 4, (3, 1), normal=True))
    assert not torch.equal(together[0], together[1])
    assert together.shape == (2, 1, 4, 4)


def test_one_hot_leaves_unseen_codes_out() -> None:
    part = OneHot(2, [0, 2], [3, 2])
    codes = torch.tensor([[[0, 9, 1], [2, 9, 0]], [[1, 9, 1], [0, 9, 0]]])
    assert part(codes).int().tolist() == [[[0, 0, 1], [0, 1, 0]], [[1, 0, 1], [0, 0, 0]]]


def test_many_rows_pass_in_parts_with_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = data(70)
    network = shaken(built(), inputs)
    whole = network(inputs)
    monkeypatch.setattr(tabm, "_ROWS_AT_ONCE", 32)
    torch.testing.assert_close(network(inputs), whole)
    monkeypatch.setattr(tabm, "_ROWS_AT_ONCE", 70)
    assert torch.equal(network(inputs), whole)


def test_dropout_strikes_each_submodel_for_itself() -> None:
    network = build_network("tabm", {"hidden": [400], "k": 8, "n_bins": 0}, Sizes(3, (), 1, (3, 3)), [1, 2])
    assert network.noise_units == 8 * 400
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter.fill_(1.0 if name.endswith((".bias", ".s")) else 0.0)
        network.head.bias.zero_()
        network.head.weight.fill_(1 / 400)  # the mean of the hidden units, all of which are 1
    noise = Noise([1, 2], [0.25, 0.0], 50, network.noise_units, torch.device("cpu"))
    noise.start_epoch(1, [1.0, 1.0])
    noise.start_step()
    out = network({"dense": torch.randn(2, 50, 3)}, noise)
    torch.testing.assert_close(out[1], torch.ones(50, 8, 1))
    assert out[0].mean().item() == pytest.approx(1, abs=0.01)
    assert out[0].std().item() == pytest.approx(math.sqrt(0.25 / 0.75 / 400), rel=0.15)
    assert len(out[0, 0].unique()) > 1


def test_padding_and_company_do_not_matter() -> None:
    inputs = data()
    together, alone = built(), built([4], Sizes(6, (4, 151), 2, (5,), ((1, 2, -1),)))
    weight = torch.ones(2, 60)
    weight[1, 40:] = 0
    together.start_from(inputs, weight, [3, 4])
    own = {name: x[1:] for name, x in inputs.items()}
    alone.start_from({name: x[:, :40] for name, x in own.items()}, torch.ones(1, 40), [4])
    for one, other in zip(together.state_dict().values(), alone.state_dict().values(), strict=True):
        assert torch.equal(one[1:], other)
    torch.testing.assert_close(together(inputs)[1:], alone(own))
    torch.testing.assert_close(together.subset([1])(own), alone(own))


def test_padding_of_narrow_members_reads_as_zero() -> None:
    inputs = data()
    network = shaken(built(), inputs)
    before = network(inputs)
    inputs["dense"][1, :, 5] = 7.0
    assert torch.equal(network(inputs), before)


def test_what_decays() -> None:
    network = built()
    pulled = {id(parameter) for parameter in network.penalised()}
    free = {name for name, parameter in network.named_parameters() if id(parameter) not in pulled}
    biases = {"hidden.0.bias", "hidden.1.bias", "head.bias"}
    assert free == biases | {"features.numbers.slope", "features.numbers.bias"}


def test_one_line_and_row_units() -> None:
    network = build_network("tabm", {"hidden": [64]}, Sizes(13, (), 1, (13,), ((*range(13),),)), [1])
    assert network.in_a_line() == "13 -> 208 -> 32 x 64 relu -> 32 x 1"
    per_bin, lines = 13 * 48 * 16, 13 * 2 * 16
    shared, own = 208 * 64, 32 * (208 + 64 + 64)
    assert [row.parameters for row in network.layers()] == [0, per_bin + lines, shared + own, 32 * 65]
    assert network.row_units == 13 + 208 + 32 * 64 + 32


def test_a_hidden_layer_is_needed() -> None:
    with pytest.raises(PlanError, match="--hidden must name at least one width for tabm, got none"):
        built(hidden=[])
