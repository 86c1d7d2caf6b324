"""Signals from inside networks, against plain references in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor, nn

from netwright.base.plan import Plan
from netwright.base.signals import LAYER_SIGNALS, NETWORK_SIGNALS
from netwright.models.fading import bend
from netwright.models.family import Inputs, Network
from netwright.models.layers import ACTIVATIONS, MemberLinear
from netwright.models.noise import Noise
from netwright.models.slopes import BOUNDED, ENDS, SLOPES, relative_slope
from netwright.training import watching
from netwright.training.chunk import Chunk
from netwright.training.constant_loss import constant_loss
from netwright.training.population import Bucket
from netwright.training.race import Race
from netwright.training.watching import Watch, due, network_signals, probe_rows
from tests.training.engine import REALMLP, TABM, bucket_of, plan, trained, trained_plans

Houses = Callable[..., pl.DataFrame]

#: A single step an epoch, whose gradient can be written down.
PLAIN = plan(dropout=0.0, batch_size=0, optimizer="sgd", learning_rate=0.05)


def chunk_of(frame: pl.DataFrame, chosen: Plan, members: list[tuple[int, int]] | None = None) -> Chunk:
    (chunk,) = Race(bucket_of(frame, chosen, members), 1).chunks
    return chunk


def train_rows(chunk: Chunk) -> tuple[Tensor, Tensor]:
    """Inputs and target of the first member's train rows, in float64."""
    fold = chunk._folds[chunk.members[0].fold]
    inputs = torch.from_numpy(fold.inputs.dense[fold.train]).double()
    return inputs, torch.from_numpy(fold.target[fold.train]).float().double()


def weights_of(chunk: Chunk) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases of the first member's layers, in float64."""
    layers = [*chunk.network.hidden, chunk.network.head]  # type: ignore[misc]
    pairs = [(layer.weight[0], layer.bias[0]) for layer in layers]
    return [tuple(x.detach().double().clone().requires_grad_() for x in pair) for pair in pairs]  # type: ignore[misc]


def forward(x: Tensor, weights: list[tuple[Tensor, Tensor]], activation: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """What leaves each layer before its activation."""
    out = []
    for weight, bias in weights:
        out.append(x @ weight + bias)
        x = activation(out[-1])
    return out


def length(*tensors: Tensor) -> float:
    return float(torch.cat([tensor.detach().flatten() for tensor in tensors]).norm())


@pytest.mark.parametrize("clip", [None, 0.05])
def test_gradients_and_steps_are_those_of_plain_torch(houses: Houses, clip: float | None) -> None:
    chunk = chunk_of(houses(90), replace(PLAIN, clip_norm=clip), [(1, 0)])
    weights, (x, y) = weights_of(chunk), train_rows(chunk)
    loss = ((forward(x, weights, torch.relu)[-1][:, 0] - y) ** 2).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    chunk.train_epoch(1)
    signals = chunk.watch.signals(1)
    gradients = [[x.grad for x in pair] for pair in weights]
    whole = length(*(x for pair in gradients for x in pair if x is not None))
    shortened = 1.0 if clip is None else clip / whole
    assert chunk.watch.names == ("hidden 1", "hidden 2", "output")
    for layer, (pair, own) in enumerate(zip(weights, gradients, strict=True)):
        norm = length(*own)  # type: ignore[arg-type]
        assert signals["gradient_norm"][0, layer] == pytest.approx(norm, rel=1e-4)
        expected = PLAIN.learning_rate * norm * shortened / length(*pair)
        assert signals["update_ratio"][0, layer] == pytest.approx(expected, rel=1e-3)
        assert signals["frozen_tensors"][0, layer] == 0


def test_the_last_step_of_an_epoch_counts(houses: Houses) -> None:
    chunk = chunk_of(houses(90), plan(dropout=0.0, batch_size=16), [(0, 0)])
    steps = chunk.order.steps
    assert steps > 2
    before: list[list[Tensor]] = []

    def halt() -> bool:
        before.append([x.detach().clone() for pair in weights_of(chunk) for x in pair])
        return False

    chunk.train_epoch(1, halt)
    after = [x.detach() for pair in weights_of(chunk) for x in pair]
    for layer in range(3):
        old, new = (tensors[2 * layer : 2 * layer + 2] for tensors in (before[-1], after))
        moved = length(*(b - a for a, b in zip(old, new, strict=True)))
        assert chunk.watch.signals(1)["update_ratio"][0, layer] == pytest.approx(moved / length(*old), rel=1e-4)


def test_tensors_that_stay_are_counted(houses: Houses) -> None:
    chunk = chunk_of(houses(90), PLAIN, [(0, 0), (1, 0)])
    with torch.no_grad():  # all dead: no gradient reaches the first layer, nor the weights of the second
        chunk.network.hidden[1].bias[1] = -100.0  # type: ignore[index, union-attr]
    chunk.train_epoch(1)
    signals = chunk.watch.signals(1)
    np.testing.assert_array_equal(signals["frozen_tensors"], [[0, 0, 0], [2, 2, 1]])
    assert signals["gradient_norm"][1, :2].tolist() == [0, 0]
    assert signals["dead_share"][:, 1].tolist() == [pytest.approx(signals["dead_share"][0, 1]), 1.0]


def test_one_frozen_tensor_shows_where_the_ratio_hides_it(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = torch.autograd.grad

    def without_first_bias(loss: Tensor, parameters: Any, **named: Any) -> Any:
        gradients = list(inner(loss, parameters, **named))
        gradients[1] = torch.zeros_like(gradients[1])
        return gradients

    monkeypatch.setattr(torch.autograd, "grad", without_first_bias)
    chunk = chunk_of(houses(90), PLAIN, [(0, 0)])
    chunk.train_epoch(1)
    signals = chunk.watch.signals(1)
    assert signals["frozen_tensors"][0].tolist() == [1, 0, 0]
    assert signals["update_ratio"][0, 0] > 1e-4


def test_a_step_too_small_to_square_is_no_standstill() -> None:
    layer = Bare(1)
    watch = Watch(layer, {"dense": torch.zeros(1, 4, 3)})
    with torch.no_grad():
        layer.encoder.weight.zero_()
    with watch.step([torch.ones_like(p) for p in layer.parameters()], [0.1]), torch.no_grad():
        layer.encoder.weight += 1e-30
    signals = watch.signals(1)
    assert signals["frozen_tensors"][0].tolist() == [1, 2]  # its bias and the decoder stood still
    assert np.isnan(signals["update_ratio"][0, 0])  # a share of nothing
    assert signals["update_ratio"][0, 1] == 0


def test_of_steps_at_hardly_any_rate_only_the_gradient_is_told(houses: Houses) -> None:
    chunk = chunk_of(houses(90), replace(PLAIN, schedule="coslog4"), [(0, 0)])
    chunk.train_epoch(1)  # its first and only step is where the wave begins
    signals = chunk.watch.signals(1)
    assert np.isnan(signals["update_ratio"]).all() and np.isnan(signals["frozen_tensors"]).all()
    assert (signals["gradient_norm"] > 0).all()
    ends = trained(houses(90), replace(PLAIN, schedule="cosine", epochs=200), [(0, 0)]).judged.curves.signals
    told = {epoch for epoch in range(201) if np.isfinite(ends["update_ratio"][0, epoch]).all()}
    assert told == {epoch for epoch in range(1, 200) if due(epoch, 1, last=200)}
    assert (ends["gradient_norm"][0, 200] > 0).all()
    still = chunk_of(houses(90), replace(PLAIN, learning_rate=0.0), [(0, 0)])
    still.train_epoch(1)  # a plan that never moves is told as such
    assert still.watch.signals(1)["frozen_tensors"].tolist() == [[2, 2, 2]]


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_what_enters_activations(houses: Houses, activation: str) -> None:
    chunk = chunk_of(houses(90), plan(activation=activation, dropout=0.5), [(2, 0)])
    with torch.no_grad():
        chunk.network.hidden[0].weight *= 20  # type: ignore[index, union-attr, operator]
        chunk.network.hidden[0].bias[0, 0, :5] = -1000.0  # type: ignore[index, union-attr]
    x, _ = train_rows(chunk)
    n_rows = min(len(fold.train) for fold in chunk._folds)
    x = x[np.arange(n_rows) * len(x) // n_rows]  # folds of unequal size are probed alike
    signals = chunk.watch.signals(0)
    for layer, z in enumerate(forward(x, weights_of(chunk), ACTIVATIONS[activation])[:2]):
        z = z.detach().requires_grad_()
        ACTIVATIONS[activation](z).sum().backward()  # type: ignore[no-untyped-call]
        assert z.grad is not None
        steepest = max(abs(end) for end in ENDS[activation])
        flat = (z.grad.abs() < 0.01 * steepest).double().mean(dim=0)
        assert signals["dead_share"][0, layer] == pytest.approx(float((flat > 0.99).double().mean()))
        spread = float(z.detach().std(dim=0, correction=0).mean())
        assert signals["activation_spread"][0, layer] == pytest.approx(spread, rel=1e-4)
        saturated = float((flat > 0.5).double().mean()) if activation in ("tanh", "sigmoid") else np.nan
        assert signals["saturated_share"][0, layer] == pytest.approx(saturated, nan_ok=True)
    assert all(np.isnan(signals[name][0, 2]) for name in ("dead_share", "saturated_share", "activation_spread"))
    first = signals["dead_share"][0, 0]
    assert first == 0 if activation in ("leaky_relu", "none") else first >= 5 / 16


def test_all_dead_and_all_saturated(houses: Houses) -> None:
    dead = chunk_of(houses(90), plan(), [(0, 0)])
    with torch.no_grad():
        dead.network.hidden[0].bias[:] = -100.0  # type: ignore[index, union-attr]
    assert dead.watch.signals(0)["dead_share"][0, 0] == 1
    pinned = chunk_of(houses(90), plan(activation="tanh"), [(0, 0)])
    assert pinned.watch.signals(0)["saturated_share"][0, 0] < 0.5
    with torch.no_grad():
        pinned.network.hidden[0].weight *= 1000  # type: ignore[index, union-attr, operator]
    signals = pinned.watch.signals(0)
    assert signals["saturated_share"][0, 0] == 1
    assert signals["dead_share"][0, 0] > 0.5


@pytest.mark.parametrize("fade", [1.0, 0.3, -0.5, 1.7])
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_slopes_are_the_derivatives(name: str, fade: float) -> None:
    x = torch.linspace(-12, 12, 24_001, dtype=torch.float64).view(1, -1, 1).requires_grad_()
    fading = torch.full((1, 1, 1), fade, dtype=torch.float64)
    bend(name, x, fading, 0.7).sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    slope = x.grad.abs() / 0.7
    expected = slope / max(abs(1 + fade * (end - 1)) for end in ENDS[name])
    off_kinks = x.detach().abs() > 1e-6
    relative = relative_slope(name, x.detach(), fading)
    torch.testing.assert_close(relative[off_kinks], expected[off_kinks], rtol=1e-6, atol=1e-9)
    assert float(relative.max()) == pytest.approx(1, abs=1e-3)
    if fade == 1:
        torch.testing.assert_close(relative_slope(name, x.detach())[off_kinks], expected[off_kinks])


def test_every_activation_has_a_slope_and_its_ends() -> None:
    assert set(SLOPES) == set(ENDS) == set(ACTIVATIONS)
    x = torch.linspace(-30, 30, 60_001, dtype=torch.float64)
    for name, (low, high) in ENDS.items():
        slopes = SLOPES[name](x)
        assert float(slopes.max()) == pytest.approx(high, abs=1e-3)
        assert float(slopes.min()) == pytest.approx(low, abs=1e-3)
        assert (name in BOUNDED) == bool((ACTIVATIONS[name](torch.tensor([-1e3, 1e3])).abs() < 2).all())


@pytest.mark.parametrize("chosen", [REALMLP, replace(REALMLP, family="realmlp-s", config={"hidden": [16, 8]}), TABM])
def test_the_other_families(houses: Houses, chosen: Plan) -> None:
    chunk = chunk_of(houses(90), chosen)
    for epoch in range(1, 3):
        chunk.train_epoch(epoch)
    signals = chunk.watch.signals(2)
    hidden = [place for place, name in enumerate(chunk.watch.names) if name.startswith("hidden")]
    assert chunk.watch.names[0] == "embedding" and chunk.watch.names[-1] == "output"
    assert len(hidden) == len(chosen.config["hidden"]) == len(chunk.watch.names) - 2
    for name in ("gradient_norm", "update_ratio"):
        assert (signals[name] > 0).all()
    assert (signals["activation_spread"][:, hidden] > 0).all()
    assert (signals["dead_share"][:, hidden] < 1).all()
    with torch.no_grad():
        chunk.network.hidden[0].bias -= 1e6  # type: ignore[index, union-attr, operator]
    dead = chunk.watch.signals(2)["dead_share"][:, hidden[0]]
    if chosen.family == "realmlp":  # its units have learned to leak, all but a few
        with torch.no_grad():
            chunk.network.bends[0].slope[:] = 1.0  # type: ignore[index, union-attr]
        dead = chunk.watch.signals(2)["dead_share"][:, hidden[0]]
    np.testing.assert_array_equal(dead, 1.0)


def test_a_perceptron_without_hidden_layers(houses: Houses) -> None:
    curves = trained(houses(90), plan(hidden=[])).judged.curves
    assert curves.layers == (("output",),) * 5
    assert (curves.signals["gradient_norm"][:, 1] > 0).all()
    assert np.isnan(curves.signals["dead_share"]).all()


class Bare(Network):
    """A network that follows no custom: other names, and nothing known of its activation."""

    def __init__(self, n_members: int) -> None:
        super().__init__()
        self.n_members = n_members
        self.encoder = MemberLinear(range(n_members), 3, 4, 1.0, 0)
        self.blocks = nn.ModuleList([MemberLinear(range(n_members), 4, 1, 1.0, 9)])

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Tensor:
        out: Tensor = self.blocks[0](torch.relu(self.encoder(inputs["dense"])))
        return out


class Unwatched(Bare):
    """A network that wants none of it."""

    def watched(self) -> list[Any]:
        return []


def test_networks_of_others_are_watched_without_a_line_of_code() -> None:
    network = Bare(2)
    watch = Watch(network, {"dense": torch.ones(2, 5, 3)})
    assert watch.names == ("encoder", "blocks 1")
    with watch.step([torch.ones_like(p) for p in network.parameters()], [0.1, 0.1]), torch.no_grad():
        for parameter in network.parameters():
            parameter -= 0.1
    signals = watch.signals(1)
    np.testing.assert_allclose(signals["gradient_norm"], [[4.0, 5**0.5]] * 2, rtol=1e-6)
    assert np.isnan(signals["activation_spread"]).all()
    nothing = Unwatched(2)
    watch = Watch(nothing, {"dense": torch.ones(2, 5, 3)})
    with watch.step([torch.ones_like(p) for p in nothing.parameters()], [0.1, 0.1]):
        pass
    assert {values.shape for values in watch.signals(1).values()} == {(2, 0)}


def test_an_activation_that_nobody_knows_has_a_spread_only(houses: Houses) -> None:
    chunk = chunk_of(houses(90), plan(), [(0, 0)])
    network, own = chunk.network, chunk.network.watched()
    network.watched = lambda: [replace(layer, activation="swish") for layer in own]  # type: ignore[method-assign]
    watch = Watch(network, chunk.watch._probe)
    signals = watch.signals(0)
    assert (signals["activation_spread"][:, :2] > 0).all()
    assert np.isnan(signals["dead_share"]).all()


def test_the_probe_is_spread_over_each_members_own_rows() -> None:
    sample = torch.arange(2_000).repeat(2, 1) + torch.tensor([[0], [10_000]])
    rows = probe_rows(sample, (2_000, 1_000), 900, 100)
    assert rows.shape == (2, 128)
    assert rows[0, 0] == 0 and rows[1, 0] == 10_000
    assert 1_980 < rows[0, -1] < 2_000 and 10_990 < rows[1, -1] < 11_000
    assert probe_rows(sample[:, :7], (7, 7), 6, 100).shape == (2, 6)
    assert probe_rows(sample, (2_000, 1_000), 900, 1 << 11).shape == (2, 64)
    assert probe_rows(sample, (2_000, 1_000), 900, 1 << 20).shape == (2, 32)


def test_no_row_is_read_again(houses: Houses) -> None:
    chunk = chunk_of(houses(90), plan())
    before = chunk.watch.signals(0)
    chunk._data.dense.fill_(torch.nan)
    for name, values in chunk.watch.signals(0).items():
        np.testing.assert_array_equal(values, before[name])


def test_when_it_is_looked_at() -> None:
    for steps in (1, 4, 59, 60, 61, 5_000):
        seen = [epoch for epoch in range(2_001) if due(epoch, steps, last=1_999)]
        assert seen[:2] == [0, 1] and 1_999 in seen
        regular = [epoch for epoch in seen if epoch not in (0, 1, 1_999)]
        gaps = np.diff(regular)
        assert (gaps * steps >= 60).all() or steps > 60
        assert (gaps[1:] >= gaps[:-1]).all()
        assert (gaps <= np.maximum(-(-60 // steps), np.array(regular[:-1]) / 20)).all()


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
def test_the_best_constant_of_a_number(loss: str) -> None:
    target = np.random.default_rng(0).exponential(2.0, 301)
    centres = np.linspace(target.min(), target.max(), 20_001)
    off = np.abs(target[:, None] - centres)
    each = {"mse": off**2, "mae": off, "huber": np.where(off <= 1, off**2 / 2, off - 0.5)}[loss]
    assert constant_loss(target, loss) == pytest.approx(each.mean(axis=0).min(), rel=1e-6)


def test_the_best_constant_of_classes() -> None:
    labels = np.repeat([0.0, 1.0, 2.0], [50, 30, 20])
    shares = np.array([0.5, 0.3, 0.2])
    assert constant_loss(labels, "cross_entropy") == pytest.approx(-(shares * np.log(shares)).sum())
    assert constant_loss(np.zeros(9), "cross_entropy") == 0
    assert np.isnan(constant_loss(np.array([]), "mse"))
    assert np.isnan(constant_loss(np.array([1.0, np.inf]), "mse"))


@pytest.mark.parametrize("options", [{}, {"class_weight": "balanced"}], ids=["even", "weighted"])
def test_the_constant_is_comparable_to_the_epochs(houses: Houses, options: dict[str, Any]) -> None:
    """The output layer starts near zero, so untrained networks lose about as much; the mean of classes is theirs."""
    frame = houses(90).with_columns(
        pl.when(pl.col("price") > 38).then(pl.lit("a")).otherwise(pl.lit("b")).alias("price")
    )
    chosen = plan(loss="cross_entropy", hidden=[], epochs=300, learning_rate=0.0, label_smoothing=0.2)
    curves = trained(frame, chosen, task="binary", **options).judged.curves
    assert curves.constant_loss is not None
    assert curves.constant_loss.shape == (5,)
    assert (curves.constant_loss <= np.log(2)).all()
    fold = bucket_of(frame, chosen, task="binary", **options).folds[3]
    share = fold.target[fold.train].mean()
    assert curves.constant_loss[3] == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share))


def test_agreement_and_spread_are_those_of_numpy() -> None:
    rng = np.random.default_rng(0)
    truth = {0: rng.normal(size=(20, 1)), 1: rng.normal(size=(17, 1))}
    predictions = rng.normal(size=(6, 20, 1))
    predictions[4] = np.nan  # has left
    predictions[3:5, 17:] = np.nan
    signals = network_signals([0, 0, 0, 1, 1, 1], predictions, truth)
    own = predictions[:, :, 0]
    assert signals["agreement"][0] == pytest.approx(np.corrcoef(own[0], (own[1] + own[2]) / 2)[0, 1])
    assert signals["agreement"][3] == pytest.approx(np.corrcoef(own[3, :17], own[5, :17])[0, 1])
    assert signals["output_spread"][1] == pytest.approx(own[1].std() / truth[0].std())
    assert signals["output_spread"][5] == pytest.approx(own[5, :17].std() / truth[1].std())
    assert np.isnan(signals["agreement"][4]) and np.isnan(signals["output_spread"][4])


def test_agreement_of_classes_is_that_of_the_positive_one() -> None:
    rng = np.random.default_rng(1)
    p = rng.random((3, 30))
    truth = {0: watching.columns_of(rng.integers(0, 2, 30), 2)}
    signals = network_signals([0, 0, 0], np.stack([1 - p, p], axis=2), truth)
    assert signals["agreement"][2] == pytest.approx(np.corrcoef(p[2], (p[0] + p[1]) / 2)[0, 1])
    assert signals["output_spread"][2] == pytest.approx(p[2].std() / truth[0][:, 1].std())


def test_what_is_not_defined_is_nan() -> None:
    constant, varied = np.ones((1, 9, 1)), np.arange(9.0).reshape(1, 9, 1)
    alone = network_signals([0], varied, {0: varied[0]})
    assert np.isnan(alone["agreement"][0]) and alone["output_spread"][0] == 1
    flat = network_signals([0, 0], np.concatenate([constant, varied]), {0: constant[0]})
    assert np.isnan(flat["agreement"]).all() and np.isnan(flat["output_spread"]).all()
    empty = network_signals([0], np.zeros((1, 3, 1)), {0: np.zeros((0, 1))})
    assert np.isnan(empty["output_spread"]).all()


EVERYONE = [(fold, seed) for seed in range(2) for fold in range(3)]


@pytest.mark.parametrize("chosen", [plan(), REALMLP, TABM])
def test_members_are_the_same_alone_and_together(houses: Houses, chosen: Plan) -> None:
    together = trained(houses(123), chosen, EVERYONE).judged.curves
    for index in (0, 4):
        alone = trained(houses(123), chosen, [EVERYONE[index]]).judged.curves
        assert alone.layers[0] == together.layers[index]
        for name in LAYER_SIGNALS:
            np.testing.assert_allclose(
                together.signals[name][index], alone.signals[name][0], rtol=2e-2, atol=2e-3, err_msg=name
            )
        assert alone.constant_loss is not None and together.constant_loss is not None
        assert alone.constant_loss[0] == together.constant_loss[index]
        assert np.isnan(alone.signals["agreement"]).all()
        assert (together.signals["agreement"][index, [-1]] > 0).all()


PLANS = [plan(epochs=12), plan(epochs=7, learning_rate=0.002), plan(epochs=150, patience=3, learning_rate=0.03)]


def test_how_a_bucket_is_cut_changes_neither_values_nor_epochs(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = trained_plans(houses(90), PLANS)
    monkeypatch.setattr(Bucket, "n_chunks", lambda self, threads: 4)
    for one, other in zip(whole, trained_plans(houses(90), PLANS), strict=True):
        for name in LAYER_SIGNALS | NETWORK_SIGNALS:
            mine, theirs = one.judged.curves.signals[name][:, :13], other.judged.curves.signals[name][:, :13]
            np.testing.assert_array_equal(np.isnan(mine), np.isnan(theirs))
            np.testing.assert_allclose(mine, theirs, rtol=2e-2, atol=2e-3, err_msg=name)


def test_a_plan_is_measured_when_it_is_due_whatever_its_company(houses: Houses) -> None:
    together = trained_plans(houses(90), PLANS)
    steps = bucket_of(houses(90), PLANS).steps
    for one in together:
        norms = one.judged.curves.signals["gradient_norm"]
        n_epochs = norms.shape[1]
        expected = [epoch >= 1 and due(epoch, steps, one.plan.epochs) for epoch in range(n_epochs)]
        trains = ~np.isnan(one.judged.curves.train_loss)
        np.testing.assert_array_equal(~np.isnan(norms[:, :, 0]), trains & np.array(expected))
        spread = one.judged.curves.signals["output_spread"]
        np.testing.assert_array_equal(np.isnan(spread)[:, 0], False)


def test_a_diverging_member_is_watched_to_its_end(houses: Houses) -> None:
    curves = trained(houses(90), plan(optimizer="sgd", learning_rate=1e4, epochs=3)).judged.curves
    assert set(curves.status) == {"diverged"}
    assert (curves.signals["activation_spread"][:, 0, :2] > 0).all()
