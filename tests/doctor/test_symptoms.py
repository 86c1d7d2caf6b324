"""Symptoms on curves of real runs: the three textbook cases, the healthy shape, and each other symptom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from netwright.doctor import reading
from netwright.doctor.case import Case, Facts
from netwright.doctor.diagnosis import diagnose, told
from netwright.doctor.symptoms.wrong_loss import WrongLoss
from netwright.evaluate.more_rows import MoreRows
from tests.doctor.runs import (
    case,
    classes,
    elsewhere,
    end_with,
    friedman,
    healthy,
    read,
    scale_weights,
    start_with,
    warned,
)

EPOCHS = np.arange(80)


def known(case: Case, **facts: object) -> Case:
    """The same with some facts changed."""
    return replace(case, facts=replace(case.facts, **facts))


def keeping_up(case: Case) -> Case:
    """The same with the error of the best baseline."""
    best = min(case.facts.baseline_errors.values())
    return known(case, error=best, best_error=best)


def signalled(name: str, values: np.ndarray, base: Case | None = None) -> Case:
    """The healthy run with one of its signals changed, and an error that says that it hurts."""
    base = base or healthy()
    signals = dict(base.curves.signals) | {name: values}
    worse = 3 * base.facts.error
    return known(replace(base, curves=replace(base.curves, signals=signals)), error=worse, best_error=worse)


def like(name: str) -> np.ndarray:
    """A copy of a signal of the healthy run."""
    return np.array(healthy().curves.signals[name], dtype=float)


# the three textbook cases and the healthy shape


def test_a_healthy_run_has_nothing():
    assert diagnose(healthy()) == []


def test_a_loss_that_falls_until_the_end_wants_more_epochs():
    short = case(friedman(), epochs=4)
    found = read(short)["underfit-still-falling"]
    assert found.severity == "warning" and warned(short)[0] == "underfit-still-falling"
    assert found.evidence["epochs"] == 4 and found.evidence["valid_end"] < found.evidence["start"]
    assert "--epochs 40" in found.advice and "--epochs 40" in told(found, "ko").todo
    assert "after epoch 4" in found.message and "2 of 2 networks" in found.message
    cut = replace(short, curves=replace(short.curves, status=("cut",) * 2))
    assert "--time-limit" in read(cut)["underfit-still-falling"].advice
    stopped = replace(short, curves=replace(short.curves, status=("stopped",) * 2))
    assert "underfit-still-falling" not in read(stopped)


def test_steps_that_are_too_large_make_the_loss_jump():
    wild = case(friedman(), learning_rate=0.3, patience="off", optimizer="sgd", hidden="16,8")
    found = read(wild)["oscillating"]
    assert found.severity == "warning" and found.evidence["share"] > 0.12
    assert "--learning-rate 0.03 " in found.advice
    ranks = [one.code for one in diagnose(wild)]
    assert "underfit-flat" not in ranks or ranks.index("oscillating") < ranks.index("underfit-flat")


def test_a_network_too_large_for_its_rows_learns_them_by_heart():
    large = keeping_up(case(classes(200, 0.2), hidden="256,256", dropout=0.0, patience="off", epochs=60))
    found = read(large)["overfit"]
    evidence = found.evidence
    assert found.severity == "note" and evidence["variant"] == "contained"
    assert evidence["valid_end"] > 1.1 * evidence["valid_best"] and evidence["train_end"] < evidence["train_best"]
    assert f"after epoch {evidence['best_epoch']} " in found.message
    # the same where its error says that a plainer model does better
    bad = 2 * large.facts.baseline_errors["constant"]
    costs = read(known(large, error=bad, best_error=bad))["overfit"]
    assert costs.severity == "warning" and costs.evidence["variant"] == "" and "--dropout 0.1" in costs.advice
    # and where another plan of the run makes up for it
    assert read(known(large, error=bad))["overfit"].severity == "note"


# curves from elsewhere


def test_the_curves_that_courses_show():
    turned = elsewhere(
        1 / (1 + 0.2 * EPOCHS), 1 / (1 + 0.2 * np.minimum(EPOCHS, 15)) + np.maximum(0, EPOCHS - 15) * 0.01
    )
    found = read(turned)["overfit"]
    assert found.severity == "warning" and found.evidence["best_epoch"] == 15
    assert "epoch 15" in found.advice and "--" not in found.advice and warned(turned) == ["overfit"]
    assert diagnose(elsewhere(0.1 + 0.9 * 0.9**EPOCHS, 0.12 + 0.9 * 0.9**EPOCHS)) == []
    falling = elsewhere(*[1 / (1 + 0.1 * EPOCHS[:20])] * 2)
    assert warned(falling) == ["underfit-still-falling"]
    assert "57 epochs" in read(falling)["underfit-still-falling"].advice
    jumping = elsewhere(*[0.6 + 0.3 * (-1.0) ** EPOCHS] * 2)
    assert warned(jumping) == ["oscillating"]
    assert warned(elsewhere(*[1 - 0.001 * EPOCHS] * 2)) == ["slow-convergence"]
    assert warned(elsewhere(*[0.69 + 0.001 * (-1.0) ** EPOCHS] * 2)) == ["underfit-flat"]
    assert warned(elsewhere([1, 2, np.inf, np.nan], [1, 2, 3, np.nan])) == ["not-finite"]


@pytest.mark.parametrize("seed", range(30))
def test_noise_on_a_curve_that_bends_and_flattens_is_no_symptom(seed):
    draw = np.random.default_rng(seed)
    shape = 0.2 + 0.8 * 0.9**EPOCHS
    assert diagnose(elsewhere(shape + draw.normal(0, 0.005, 80), shape + 0.03 + draw.normal(0, 0.01, 80))) == []


def test_a_missing_column_is_no_symptom():
    nothing = np.full(80, np.nan)
    assert diagnose(elsewhere(0.1 + 0.9 * 0.9**EPOCHS, nothing)) == []
    assert diagnose(elsewhere(nothing, 0.1 + 0.9 * 0.9**EPOCHS)) == []


# the learning rate


def test_steps_that_are_too_small():
    slow = case(friedman(), learning_rate=1e-5, patience="off", epochs=20)
    found = read(slow)
    assert warned(slow)[0] in ("slow-convergence", "update-ratio")
    assert found["update-ratio"].evidence["variant"] == "small"
    assert found["update-ratio"].evidence["try_rate"] == pytest.approx(1e-3)
    assert found["slow-convergence"].evidence["train_end"] < found["slow-convergence"].evidence["start"]


def test_the_first_epoch_of_an_output_layer_that_began_near_zero_says_nothing():
    ratio, spread = like("update_ratio"), like("output_spread")
    ratio[:, 1, -1], spread[:, 0] = 0.9, 0.02
    base = signalled("output_spread", spread)
    assert "update-ratio" not in read(signalled("update_ratio", ratio, base))
    began_large = spread.copy()
    began_large[:, 0] = 0.8
    other = read(signalled("update_ratio", ratio, signalled("output_spread", began_large)))
    assert other["update-ratio"].evidence["percent"] == pytest.approx(90)
    ratio[:, 2:, -1] = np.where(np.isfinite(ratio[:, 2:, -1]), 0.9, np.nan)  # and it stays so after it has grown
    assert read(signalled("update_ratio", ratio, base))["update-ratio"].evidence["percent"] == pytest.approx(90)
    hidden = like("update_ratio")
    hidden[:, 1, 0] = 0.9
    assert "update-ratio" in read(signalled("update_ratio", hidden, base))


def test_steps_that_are_too_large_kill_units():
    wild = case(friedman(), learning_rate=1.0, patience="off")
    found = read(wild)
    assert warned(wild)[0] in ("update-ratio", "not-finite") and found["update-ratio"].evidence["variant"] == ""
    assert warned(wild)[-1] == "underfit-flat"  # what comes of it ranks last
    assert found["dead-units"].evidence["variant"] == "" and found["dead-units"].evidence["share"] > 0.5
    assert found["update-ratio"].evidence["try_rate"] < 0.1


def test_diverged_members_are_told_with_their_reason():
    from netwright.base.errors import PlanError

    with pytest.raises(PlanError, match="diverged"):  # and nobody may try a cure
        case(friedman(), learning_rate=1e6, optimizer="sgd", no_repair=True)
    base = healthy()
    train = base.curves.train_loss.copy()
    train[0, 5:] = np.inf, *[np.nan] * (train.shape[1] - 6)
    status, reasons = ("diverged", "done"), ("in epoch 5: weights became NaN", "")
    found = read(replace(base, curves=replace(base.curves, train_loss=train, status=status, reasons=reasons)))
    one = found["not-finite"]
    assert one.severity == "warning" and one.evidence["epoch"] == 5 and one.evidence["shown"] == 1
    assert "weights became NaN" in one.message and "--learning-rate" in one.advice
    cells = "before the first step: column 'x' of train row 3 is nan once it is prepared"
    train[0, :] = np.inf, *[np.nan] * (train.shape[1] - 1)
    curves = replace(base.curves, train_loss=train, status=status, reasons=(cells, ""))
    found = read(replace(base, curves=curves))["not-finite"]
    assert found.evidence["variant"] == "input" and "--drop" in found.advice


def test_a_loss_that_blows_up_without_an_end():
    base = healthy()
    train = base.curves.train_loss.copy()
    train[:, 10:] *= 1e3
    found = read(replace(base, curves=replace(base.curves, train_loss=train)))["not-finite"]
    assert found.evidence["variant"] == "blown-up" and found.evidence["times"] > 4


# inside the network


def test_a_start_far_from_what_is_known(monkeypatch):
    start_with(monkeypatch, scale_weights(20.0))
    bad = case(friedman())
    assert warned(bad)[0] == "bad-start" and read(bad)["bad-start"].evidence["times"] > 5


def test_first_weights_that_are_too_small(monkeypatch):
    start_with(monkeypatch, scale_weights(0.01))
    small = case(friedman(), hidden="32,16,16", epochs=10)
    assert read(small)["bad-start"].evidence["variant"] == "faded"


def test_units_that_are_dead_from_the_start(monkeypatch):
    start_with(monkeypatch, lambda network: network.hidden[0].bias.sub_(20))
    dead = case(friedman())
    found = read(dead)["dead-units"]
    assert found.severity == "warning" and found.evidence["variant"] == "start" and warned(dead)[0] == "dead-units"
    assert "frozen-parameter" not in read(dead) and "vanishing-gradient" not in read(dead)


def test_a_deep_stack_of_sigmoids_has_no_gradient_at_its_first_layer():
    deep = case(friedman(), hidden="16,16,16,16,16,16", activation="sigmoid")
    found = read(deep)["vanishing-gradient"]
    assert found.severity == "warning" and found.evidence["fewer"] > 1_000 and warned(deep)[0] == "vanishing-gradient"
    assert "--activation relu" in found.advice


def test_units_at_the_ends_of_tanh(monkeypatch):
    start_with(monkeypatch, scale_weights(30.0))
    found = read(case(friedman(), activation="tanh"))["saturated-units"]
    assert found.severity == "warning" and found.evidence["share"] > 0.5


def test_a_layer_that_never_moves(monkeypatch):
    from netwright.training.optimizers import Optimizer

    step = Optimizer.step

    def frozen(self, gradients, *rest):
        return step(self, [torch.zeros_like(own) if k < 2 else own for k, own in enumerate(gradients)], *rest)

    monkeypatch.setattr(Optimizer, "step", frozen)
    found = read(case(friedman(), weight_decay=0.0, epochs=15))["frozen-parameter"]
    assert found.severity == "warning" and found.evidence["layer"] == "hidden 1"


def test_gradients_that_grow_towards_the_input():
    norms = like("gradient_norm")
    norms[:, :, 0] = 100 * norms[:, :, -1]
    found = read(signalled("gradient_norm", norms))["exploding-gradient"]
    assert found.severity == "warning" and found.evidence["ratio"] == pytest.approx(100)
    norms = like("gradient_norm")
    measured = np.flatnonzero(np.isfinite(norms[0, :, 0]))
    norms[:, measured[-1]] *= 1e5
    found = read(signalled("gradient_norm", norms))["exploding-gradient"]
    assert found.evidence["variant"] == "growing" and found.evidence["epoch"] == measured[-1]
    norms[:, measured[-1]] /= 1e4  # ten times as large at the end is nothing
    assert "exploding-gradient" not in read(signalled("gradient_norm", norms))


def test_without_signals_the_curves_speak_alone():
    wild = case(friedman(), learning_rate=1.0, patience="off")
    bare = replace(wild, curves=replace(wild.curves, signals={}, layers=(), constant_loss=None))
    assert {"oscillating", "underfit-flat"} & set(warned(bare))
    assert not {"update-ratio", "dead-units"} & set(read(bare))


# what the network is asked to do


def test_a_plan_that_keeps_up_with_the_baselines_does_not_underfit():
    wild = case(friedman(), learning_rate=0.1, patience="off")
    assert not {"underfit-flat", "underfit-still-falling"} & set(warned(keeping_up(wild)))


def test_so_much_dropout_that_nothing_is_learned():
    found = read(case(friedman(), dropout=0.95))["underfit-flat"]
    assert found.severity == "warning" and found.evidence["variant"] == "dropout" and "--dropout 0.2" in found.advice


def test_a_target_of_other_rows_cannot_be_learned():
    shuffled = friedman().with_columns(pl.col("y").sample(fraction=1, shuffle=True, seed=0))
    found = read(case(shuffled))["underfit-flat"]
    assert found.severity == "warning" and found.evidence["variant"] == "nothing"


def test_hidden_layers_without_an_activation():
    straight = case(friedman(), activation="none", epochs=15)
    assert warned(straight)[0] == "linear-stack" and "--activation relu" in read(straight)["linear-stack"].advice
    linear = case(friedman(), model=("linear",), hidden=None, epochs=15)
    assert "linear-stack" not in read(linear)
    far = known(linear, error=0.8 * linear.facts.baseline_errors["constant"], best_error=1e9)
    assert read(far)["underfit-flat"].evidence["variant"] == "straight"


@pytest.mark.parametrize("activation", [torch.sigmoid, torch.relu])
def test_an_output_that_cannot_reach_the_target(monkeypatch, activation):
    end_with(monkeypatch, activation)
    found = diagnose(case(friedman()))[0]
    assert found.code == "wrong-output" and found.severity == "warning" and found.evidence["percent"] >= 10


def test_losses_that_do_not_fit():
    base = healthy()
    assert "wrong-loss" not in read(base)
    few = known(base, n_distinct=4, whole_numbers=True)
    assert read(few)["wrong-loss"].severity == "note" and "--task multiclass" in read(few)["wrong-loss"].advice
    two = read(known(base, n_distinct=2, whole_numbers=True))["wrong-loss"]
    assert two.severity == "warning" and "--task binary" in two.advice
    of_classes = replace(base, facts=Facts(task="multiclass", classes=("a", "b", "c")))
    assert WrongLoss.read(of_classes).severity == "warning"
    crossed = replace(base, plan=replace(base.plan, loss="cross_entropy"))
    assert WrongLoss.read(crossed).variant == "numbers"


# the data


def test_a_column_that_drowns_the_others():
    base = keeping_up(healthy())
    spread = dict(base.facts.input_spread) | {"x0": 1e4}
    found = read(known(base, input_spread=spread))["unscaled-input"]
    assert found.severity == "warning" and found.columns == ("x0",) and "--scale" in found.advice
    usual = read(known(base, input_spread=dict(base.facts.input_spread) | {"x0": 3.0}))
    assert "unscaled-input" not in usual


def test_a_class_that_is_never_predicted():
    rare = case(classes(600, weights=[0.95]))
    assert rare.facts.class_counts[0] > 10 * rare.facts.class_counts[1]
    assert rare.facts.predicted_counts[1] == 0
    found = read(rare)["class-imbalance"]
    assert found.evidence["variant"] == "never" and found.severity == "warning"
    told_apart = known(rare, predicted_counts=(560, 40))
    assert read(told_apart)["class-imbalance"].severity == "note"
    assert "class-imbalance" not in read(case(classes(), epochs=8))


def test_labels_that_everyone_contradicts():
    noisy = case(classes(600, 0.2, class_sep=2.0))
    found = read(noisy)["label-noise"]
    assert found.severity == "note" and len(found.evidence["rows"]) == found.evidence["n"] >= 9
    assert "label-noise" not in read(case(classes(600, 0.0, class_sep=2.0)))


def test_rows_that_are_too_few():
    sizes = (50, 100, 200, 400)
    steep = MoreRows.of(sizes, np.array([[10 * n**-0.5 for n in sizes]] * 3))
    found = read(known(healthy(), more_rows=steep))["too-little-data"]
    assert found.severity == "note" and "800" in found.advice and found.evidence["percent"] == 29
    flat = MoreRows.of(sizes, np.array([[1 + 0.001 * n**-0.5 for n in sizes]] * 3))
    assert "too-little-data" not in read(known(healthy(), more_rows=flat))


def test_a_column_that_gives_the_target_away():
    told_twice = case(friedman().with_columns(z=pl.col("y") * 2 + 1), allow_leak=True, epochs=10)
    found = read(told_twice)["leak-suspected"]
    assert found.severity == "warning" and found.columns == ("z",)
    base = healthy()
    valid = base.curves.valid_loss.copy()
    valid[:, 1:] = 0.001
    assert read(replace(base, curves=replace(base.curves, valid_loss=valid)))["leak-suspected"].severity == "note"


# what reviewers found


def codes(train, valid):
    return [(one.code, one.evidence["variant"]) for one in diagnose(elsewhere(train, valid))]


@pytest.mark.parametrize("end", [3.0, 55.0])
@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_a_foreign_loss_that_only_rises_diverges(end, spread):
    rising = np.geomspace(0.5, end, 40) * np.exp(np.random.default_rng(0).normal(0, spread, 40))
    assert codes(rising, rising) == [("not-finite", "elsewhere-rising")]
    (found,) = diagnose(elsewhere(rising, rising))
    assert "tenth of the learning rate" in found.advice and found.evidence["end"] > 1.25 * found.evidence["start"]


def test_a_foreign_validation_loss_that_rises_from_the_start_overfits():
    assert codes(np.linspace(0.6, 0.1, 6), np.linspace(0.7, 1.3, 6)) == [("overfit", "elsewhere")]
    noise = np.random.default_rng(0).normal(0, 0.01, 40)
    for valid in (np.full(40, 0.9), 0.9 + noise):
        assert codes(np.full(40, 0.01), valid) == [("overfit", "elsewhere-gap")]
    assert codes(0.01 + 0.9 * 0.8**EPOCHS, 0.06 + 0.9 * 0.8**EPOCHS) == []


def test_foreign_curves_promise_no_more_than_they_show():
    steps = np.arange(40)
    for loss in (1 - 0.1 * steps, -1.0 * steps):
        assert codes(loss, loss) == []  # no share can be told of a loss that is negative
    straight = 1 - 0.024 * steps
    assert read(elsewhere(straight, straight))["underfit-still-falling"].evidence["percent"] == 50
    spike = 0.2 + 0.8 * 0.8**steps + np.where(steps == 30, 5.0, 0.0)
    assert "underfit-still-falling" not in read(elsewhere(0.2 + 0.8 * 0.8**steps, spike))
    twice = np.interp(steps, [0, 10, 20, 31, 39], [1, 0.5, 1, 0.3, 0.3])
    assert "underfit-still-falling" not in read(elsewhere(np.linspace(1, 0.1, 40), twice))


def test_one_epoch_far_behind_the_baselines_is_too_few():
    short = case("sample:wine", epochs=1, hidden=None)
    found = read(short)["underfit-still-falling"]
    assert found.severity == "warning" and found.evidence["variant"] == "short" and "--epochs 30" in found.advice
    assert "untrained" in found.message and "quarter" not in found.message and "promise" not in found.message


def test_advice_for_a_network_that_learns_nothing_fits_its_plan():
    wild = case(friedman(), learning_rate=1.0, patience="off", hidden="128,64")
    found = replace_errors(wild)["underfit-flat"]
    assert found.evidence["try_rate"] is None and found.evidence["try_hidden"] is None
    assert "--learning-rate" not in found.advice and "--hidden" not in found.advice
    slow = case(friedman(), learning_rate=1e-6, hidden="16", epochs=15)
    found = replace_errors(slow)["underfit-flat"]
    assert "--learning-rate 3e-06" in found.advice and "--hidden 128,64" in found.advice


def replace_errors(case):
    """The findings where the error is that of the constant."""
    worse = 1.1 * case.facts.baseline_errors["constant"]
    return read(known(case, error=worse, best_error=worse))


def test_a_network_far_below_the_constant_is_not_flat():
    base = known(healthy(), error=1e9, best_error=1e9)
    losses = np.full_like(base.curves.train_loss, 0.03)
    learned = replace(base, curves=replace(base.curves, train_loss=losses, valid_loss=losses))
    assert "underfit-flat" not in read(learned)


def test_weighted_classes_are_compared_with_what_they_aim_at():
    weighted = case(classes(400, weights=[0.9]), class_weight="balanced", epochs=10)
    assert weighted.facts.fitting_constant == pytest.approx(np.log(2), rel=0.01)
    assert reading.constant_loss(weighted) == pytest.approx(np.full(2, weighted.facts.fitting_constant))
    assert np.isnan(case(classes(), epochs=4).facts.fitting_constant)


def test_an_output_is_not_judged_by_a_handful_of_rows():
    few = Facts(task="regression", n_train=10, output_ends=(-0.5, 0.5), target_ends=(-2.0, 2.0), pinned_share=0.2)
    assert "wrong-output" not in read(replace(healthy(), facts=few))
    assert "wrong-output" in read(replace(healthy(), facts=replace(few, n_train=200)))


def test_doubtful_rows_are_counted_from_0_and_stay():
    found = read(known(healthy(), doubtful_rows=tuple(range(20)), n_judged=400))["label-noise"]
    assert "counted from 0" in found.message and "take them out" not in found.advice and "flatters" in found.advice


def test_a_column_that_drowns_the_others_ranks_before_the_start_that_it_spoils(monkeypatch):
    start_with(monkeypatch, scale_weights(20.0))
    bad = case(friedman())
    spread = dict(bad.facts.input_spread) | {"x0": 1e3}
    ranks = warned(known(bad, input_spread=spread))
    assert ranks.index("unscaled-input") < ranks.index("bad-start")


def test_after_one_epoch_a_class_that_is_never_named_is_a_consequence():
    short = case(classes(600, weights=[0.95]), epochs=1)
    assert read(known(short, predicted_counts=(600, 0)))["class-imbalance"].evidence["strength"] == 0.1


@pytest.mark.parametrize(("activation", "variant"), [(torch.sigmoid, "sigmoid"), (torch.relu, "relu")])
def test_an_activation_before_the_probabilities_shows_in_them(monkeypatch, activation, variant):
    assert "wrong-output" not in read(case("sample:iris"))
    end_with(monkeypatch, activation)
    found = read(case("sample:iris", learning_rate=0.03))["wrong-output"]
    assert found.severity == "warning" and found.evidence["variant"] == variant


def test_a_loss_that_is_not_the_log_loss_it_claims_to_be():
    base = case(classes(), epochs=8)
    assert base.facts.metric == "log_loss" and "wrong-loss" not in read(base)
    other = replace(base, curves=replace(base.curves, valid_loss=base.curves.valid_loss / 4))
    found = read(other)["wrong-loss"]
    assert found.severity == "warning" and found.evidence["variant"] == "other"
    assert "wrong-loss" not in read(known(other, metric="accuracy"))


def test_even_odds_are_no_bad_start_where_one_class_is_rare() -> None:
    rare = case(classes(1_200, weights=[0.98]), epochs=12)
    assert (rare.curves.train_loss[:, 0] > 5 * reading.constant_loss(rare)).all()  # log(2) over that of 2 %
    assert "bad-start" not in read(rare)
    times = 12 * rare.curves.train_loss
    far = replace(rare, curves=replace(rare.curves, train_loss=times))
    assert "bad-start" in read(far)


@pytest.mark.parametrize(("epochs", "variant"), [(1, "cut at once"), (3, "cut at once"), (4, "cut")])
def test_of_a_training_cut_after_few_epochs_no_last_quarter_is_told(epochs: int, variant: str) -> None:
    own = case(friedman(), epochs=epochs)
    cut = replace(own, curves=replace(own.curves, status=("cut",) * len(own.curves.members)))
    found = read(cut)["underfit-still-falling"]
    assert found.evidence["variant"] == variant and ("last quarter" in found.message) == (variant == "cut")
    assert "--time-limit" in found.advice and "--time-limit" in told(found, "ko").todo
