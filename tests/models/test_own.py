"""A user's own modules as members: first weights, sizes, random numbers, outputs with ends."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from netwright.base.errors import PlanError
from netwright.base.named import Named
from netwright.models.family import Sizes
from netwright.models.noise import Noise
from netwright.models.own import OwnConfig, OwnFamily, OwnNetwork
from netwright.models.own_module import Given, fingerprint

N_IN, SEEDS = 6, [11, 12, 13]
Factory = Callable[[int, int], nn.Module]


def plain(n_in: int, n_out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(n_in, 8), nn.Tanh(), nn.Linear(8, n_out))


def with_dropout(n_in: int, n_out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(n_in, 16), nn.Dropout(0.3), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, n_out))


class Branching(nn.Module):
    """What it computes depends on what it reads."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first, self.drop, self.last = nn.Linear(n_in, 8), nn.Dropout(0.5), nn.Linear(8, n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(torch.relu(self.first(x)))
        return self.last(x) if bool(x.isfinite().all()) else x[:, :1]


class Noisy(nn.Module):
    """Adds noise of its own while it trains."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.last = nn.Linear(n_in, n_out)

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            x = x + 0.1 * torch.randn_like(x) + torch.rand(x.shape[1])
        return self.last(nn.functional.dropout(x, 0.2, self.training))


def network(what: Any, seeds: list[int] = SEEDS, outputs: int = 1, task: str = "regression") -> OwnNetwork:
    sizes = Sizes(N_IN, (), outputs, (N_IN,) * len(seeds))
    made = OwnFamily.build(OwnConfig(Named("own", Given(what, "own")), task), sizes, seeds)
    assert isinstance(made, OwnNetwork)
    return made


def rows(n_members: int = len(SEEDS), n_rows: int = 32) -> Tensor:
    return torch.randn(n_members, n_rows, N_IN, generator=torch.Generator().manual_seed(0))


def noise(keys: list[int], n_rows: int = 32, epoch: int = 2, step: int = 3) -> Noise:
    made = Noise(keys, [0.0] * len(keys), n_rows, 0, torch.device("cpu"))
    made.start_epoch(epoch, [1.0] * len(keys), step)
    made.start_step()
    return made


def test_members_begin_with_weights_of_their_own_and_the_same_each_time() -> None:
    one, again = network(plain), network(plain)
    first = one.body.get_parameter("0.weight")
    assert first.shape == (3, 8, N_IN)
    assert not torch.equal(first[0], first[1])
    assert torch.equal(first, again.body.get_parameter("0.weight"))
    assert torch.equal(network(plain, [12]).body.get_parameter("0.weight")[0], first[1])


def test_making_members_leaves_the_generators_of_the_process_alone() -> None:
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    expected = torch.rand(1), np.random.rand()  # noqa: NPY002
    torch.manual_seed(5)
    np.random.seed(5)  # noqa: NPY002
    network(with_dropout)
    assert (torch.rand(1), np.random.rand()) == expected  # noqa: NPY002


def test_a_module_is_copied_and_begun_anew() -> None:
    given = plain(N_IN, 1)
    before = copy.deepcopy(given.state_dict())
    made = network(given)
    assert not torch.equal(made.body.get_parameter("0.weight")[0], made.body.get_parameter("0.weight")[1])
    assert all(torch.equal(before[name], own) for name, own in given.state_dict().items())
    assert made.notes == ()


def test_weights_that_nobody_can_draw_anew_are_kept_and_told() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale, self.last = nn.Parameter(torch.full((N_IN,), 2.0)), nn.Linear(N_IN, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(x * self.scale)

    made = network(Scaled())
    assert torch.equal(made.body.get_parameter("scale"), torch.full((3, N_IN), 2.0))
    assert "scale" in made.notes[0] and "factory" in made.notes[0]
    assert sum(row.parameters for row in made.layers()) == 2 * N_IN + 1 == made.member_parameters


@pytest.mark.parametrize("factory", [plain, with_dropout, Branching, Noisy])
def test_members_together_equal_each_alone(factory: Factory) -> None:
    x, made = rows(), network(factory)
    out = made({"dense": x}, noise(SEEDS))
    gradients = torch.autograd.grad((out**2).sum(), list(made.parameters()))
    for member, seed in enumerate(SEEDS):
        alone = network(factory, [seed])
        own = alone({"dense": x[member : member + 1]}, noise([seed]))
        torch.testing.assert_close(own[0], out[member], rtol=1e-4, atol=1e-5)
        mine = torch.autograd.grad((own**2).sum(), list(alone.parameters()))
        for one, other in zip(mine, gradients, strict=True):
            torch.testing.assert_close(one[0], other[member], rtol=1e-3, atol=1e-4)
        in_use = alone({"dense": x[member : member + 1]})[0], made({"dense": x})[member]
        torch.testing.assert_close(*in_use, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("factory", [with_dropout, Branching, Noisy])
def test_what_is_drawn_is_a_function_of_member_epoch_and_step(factory: Factory) -> None:
    x, made = rows(), network(factory)
    torch.manual_seed(1)
    first = made({"dense": x}, noise(SEEDS))
    torch.manual_seed(2)
    assert torch.equal(first, made({"dense": x}, noise(SEEDS)))
    for other in (noise(SEEDS, step=4), noise(SEEDS, epoch=3), noise([7, 8, 9])):
        assert not torch.equal(first, made({"dense": x}, other))
    assert torch.equal(made({"dense": x}), made({"dense": x}))


def test_dropout_leaves_out_its_share_and_keeps_the_mean() -> None:
    def only(n_in: int, n_out: int) -> nn.Module:
        return nn.Sequential(nn.Linear(n_in, 500), nn.Dropout(0.3), nn.Linear(500, n_out))

    made = network(only)
    with torch.no_grad():
        made.body.get_parameter("0.weight").zero_()
        made.body.get_parameter("0.bias").fill_(1.0)
        made.body.get_parameter("2.weight").fill_(1 / 500)
        made.body.get_parameter("2.bias").zero_()
        out = made({"dense": rows()}, noise(SEEDS))
        assert torch.allclose(made({"dense": rows()}), torch.ones(3, 32, 1), atol=1e-5)
    assert abs(float(out.mean()) - 1) < 0.01
    assert 0.02 < float(out.std()) < 0.04  # sqrt(0.3 / 0.7 / 500) = 0.029


def test_vmap_is_left_where_it_cannot_go_and_that_is_told() -> None:
    made = network(Branching)
    assert made.notes and "one after the other" in made.notes[0]
    assert network(plain).notes == ()


def test_tied_weights_stay_tied() -> None:
    class Tied(nn.Module):
        def __init__(self, n_in: int, n_out: int) -> None:
            super().__init__()
            self.one, self.other, self.last = nn.Linear(n_in, n_in), nn.Linear(n_in, n_in), nn.Linear(n_in, n_out)
            self.other.weight = self.one.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.last(torch.tanh(self.other(torch.tanh(self.one(x)))))

    made = network(Tied)
    for own in (made, made.subset([0, 2])):
        assert isinstance(own, OwnNetwork)
        assert own.body.get_parameter("one.weight") is own.body.get_parameter("other.weight")
    assert len(list(made.parameters())) == 5


def test_a_subset_is_those_members_alone() -> None:
    x, made = rows(), network(with_dropout)
    some = made.subset([2, 0])
    torch.testing.assert_close(some({"dense": x[[2, 0]]}), made({"dense": x})[[2, 0]], rtol=1e-4, atol=1e-6)
    with torch.no_grad():
        next(some.parameters()).zero_()
    assert float(next(made.parameters()).detach().abs().sum()) > 0


def test_frozen_weights_and_whole_numbers_do_not_train() -> None:
    class Fixed(nn.Module):
        def __init__(self, n_in: int, n_out: int) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(n_in, 8), nn.Linear(8, n_out)
            self.first.weight.requires_grad_(False)
            self.register_buffer("order", torch.arange(n_in - 1, -1, -1))

        def forward(self, x: Tensor) -> Tensor:
            order = self.get_buffer("order")
            return self.last(torch.relu(self.first(x[:, order])))

    made = network(Fixed)
    assert "body.first.weight" not in dict(made.named_parameters())
    assert "body.first.weight" in made.state_dict() and "body.order" not in made.state_dict()
    assert made({"dense": rows()}).shape == (3, 32, 1)


def test_layers_are_shown_and_watched() -> None:
    made = network(with_dropout)
    assert made.in_a_line() == "6 -> 16 relu -> 1"
    assert [(row.name, row.parameters) for row in made.layers()] == [("input", 0), ("0 Linear", 112), ("4 Linear", 17)]
    first, last = made.watched()
    assert first.parameters == ("body.0.weight", "body.0.bias") and first.activation == "relu"
    seen: list[Tensor] = []
    handle = made.get_submodule(first.module).register_forward_hook(lambda part, inputs, out: seen.append(out))
    x = rows()
    made({"dense": x})
    handle.remove()
    weight, bias = made.body.get_parameter("0.weight"), made.body.get_parameter("0.bias")
    torch.testing.assert_close(seen[0], x @ weight.transpose(1, 2) + bias[:, None], rtol=1e-4, atol=1e-5)
    assert last.activation == ""
    assert len(made.penalised()) == 2


@pytest.mark.parametrize(
    ("last", "reach"),
    [
        ([], (None, None)),
        ([nn.Sigmoid()], (0.0, 1.0)),
        ([nn.Tanh()], (-1.0, 1.0)),
        ([nn.ReLU()], (0.0, None)),
        ([nn.Softplus()], (0.0, None)),
        ([nn.ReLU6()], (0.0, 6.0)),
        ([nn.Sigmoid(), nn.Linear(1, 1)], (None, None)),
    ],
    ids=lambda own: str(own),
)
def test_ends_of_outputs_are_found(last: list[nn.Module], reach: tuple[float | None, float | None]) -> None:
    made = network(lambda n_in, n_out: nn.Sequential(nn.Linear(n_in, 8), nn.ReLU(), nn.Linear(8, n_out), *last))
    assert made.reach == reach
    assert bool(made.notes) == (reach != (None, None))


@pytest.mark.parametrize(
    ("last", "outputs", "task"),
    [(nn.Softmax(1), 3, "multiclass"), (nn.LogSoftmax(1), 3, "multiclass"), (nn.Sigmoid(), 1, "binary")],
)
def test_probabilities_become_logits_that_mean_the_same(last: nn.Module, outputs: int, task: str) -> None:
    def logits(n_in: int, n_out: int) -> nn.Module:
        return nn.Sequential(nn.Linear(n_in, 8), nn.ReLU(), nn.Linear(8, n_out))

    x, bare = rows(), network(logits, outputs=outputs, task=task)
    made = network(lambda n_in, n_out: nn.Sequential(*logits(n_in, n_out), last), outputs=outputs, task=task)
    one, other = bare({"dense": x}), made({"dense": x})
    same = (torch.sigmoid,) if task == "binary" else (lambda raw: torch.softmax(raw, 2),)
    torch.testing.assert_close(same[0](one), same[0](other), rtol=1e-4, atol=1e-5)


def test_two_outputs_for_two_classes_are_one_logit() -> None:
    made = network(lambda n_in, n_out: nn.Linear(n_in, 2), task="binary")
    weight, bias = made.body.get_parameter("weight"), made.body.get_parameter("bias")
    out = rows() @ weight.transpose(1, 2) + bias[:, None]
    torch.testing.assert_close(made({"dense": rows()}), out[..., 1:] - out[..., :1], rtol=1e-4, atol=1e-5)


class Detached(nn.Module):
    """Leaves torch on its way."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(N_IN, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tensor(self.last(x).detach().numpy())


@pytest.mark.parametrize(
    ("what", "outputs", "task", "said"),
    [
        (nn.Linear(N_IN + 1, 1), 1, "regression", "must read rows of 6 numbers"),
        (nn.Linear(N_IN, 2), 1, "regression", "must give 1 number a row for regression"),
        (nn.Linear(N_IN, 2), 3, "multiclass", "must give 3 numbers a row for multiclass"),
        (lambda n_in, n_out: "no", 1, "regression", "made an object of type str"),
        (lambda n_in: nn.Linear(n_in, 1), 1, "regression", "could not be made for n_in=6, n_out=1"),
        (nn.Flatten(), 1, "regression", "must have weights"),
        (nn.Sequential(nn.Linear(N_IN, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)), 1, "regression", "LayerNorm"),
        (nn.Sequential(nn.Linear(N_IN, 1), nn.Softmax(1)), 1, "regression", "always gives 1"),
        (nn.Sequential(nn.Linear(N_IN, 3), nn.Tanh()), 3, "multiclass", "could never be sure"),
        (nn.Sequential(nn.Linear(N_IN, 1), nn.AlphaDropout(0.1)), 1, "regression", "calls alpha_dropout"),
        (Detached(), 1, "regression", "has no gradient"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_is_told(what: Any, outputs: int, task: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        network(what, outputs=outputs, task=task)


def test_rows_that_look_at_each_other_are_refused() -> None:
    class Centred(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(N_IN, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(x - x.mean(dim=0))

    with pytest.raises(PlanError, match="each row by itself"):
        network(Centred())


def test_a_module_that_draws_in_use_is_refused() -> None:
    class Always(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last = nn.Linear(N_IN, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(nn.functional.dropout(x, 0.5))

    with pytest.raises(PlanError, match=r"self\.training"):
        network(Always())


def test_a_name_alone_asks_for_its_module() -> None:
    with pytest.raises(PlanError, match="stores weights, never code"):
        OwnFamily.build(OwnConfig("net-abc"), Sizes(N_IN, (), 1, (N_IN,)), [1])


def test_fingerprints_follow_from_what_a_factory_does() -> None:
    def of(width: int) -> Factory:
        return lambda n_in, n_out: nn.Sequential(nn.Linear(n_in, width), nn.Linear(width, n_out))

    assert fingerprint(of(3)) == fingerprint(of(3)) != fingerprint(of(4))
    assert fingerprint(plain) != fingerprint(with_dropout) != fingerprint(Branching)
    assert fingerprint(nn.Sequential(nn.Linear(2, 2), nn.ReLU())) != fingerprint(
        nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    )


def test_networks_can_be_stored_with_pickle() -> None:
    made = network(with_dropout)
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own bytes
    assert torch.equal(again({"dense": rows()}), made({"dense": rows()}))
    assert type(again.config.module) is str
