from dataclasses import replace

import numpy as np

from netwright.base.curves import Curves
from netwright.base.plan import Member, Plan
from netwright.base.record import RunRecord
from netwright.deliver.report.data_curves import (
    MOST_EPOCHS,
    MOST_MEMBERS,
    curve_lines,
    curves_section,
    seen,
    shown_members,
)
from netwright.deliver.report.data_means import mean_curve

CHOSEN, OTHER = Plan("chosen", "mlp", {}, epochs=4), Plan("other", "mlp", {"wide": 1}, epochs=4)


def _curves(losses: list[list[float]], plans: list[Plan], best: list[int], status: list[str]) -> Curves:
    train = np.array(losses)
    members = tuple(Member(plan, fold, 0) for fold, plan in enumerate(plans))
    return Curves(members, train, train * 2, train, train, np.array(best), tuple(status))


def test_one_that_stopped_counts_on_with_its_last_loss() -> None:
    losses = np.array([[8.0, 4.0, np.nan, np.nan], [8.0, 6.0, 2.0, 0.0]])
    assert mean_curve(losses).tolist() == [8.0, 5.0, 3.0, 2.0]


def test_mean_leaves_out_what_diverged_and_other_plans() -> None:
    nan = float("nan")
    curves = _curves(
        [[4.0, 2.0, 1.0], [6.0, 4.0, 3.0], [9.0, nan, nan], [100.0, 100.0, 100.0]],
        [CHOSEN, CHOSEN, CHOSEN, OTHER],
        [2, 1, 0, 2],
        ["done", "stopped", "diverged", "done"],
    )
    lines = curve_lines(curves, [0, 1, 2], [0, 1, 2, 3])
    assert lines["mean"] == {"train": [5.0, 3.0, 2.0], "valid": [10.0, 6.0, 4.0]}
    assert [member["best"] for member in lines["members"]] == [[2, 2.0], [1, 8.0], [0, 18.0], [2, 200.0]]
    assert [member["chosen"] for member in lines["members"]] == [True, True, True, False]
    assert lines["members"][2]["train"] == [9.0, None, None]


def test_where_all_diverged_there_is_no_mean() -> None:
    curves = _curves([[1.0, float("nan")]], [CHOSEN], [0], ["diverged"])
    assert curve_lines(curves, [0], [0])["mean"] == {"train": [None, None], "valid": [None, None]}


def test_a_network_that_diverged_is_drawn_as_far_as_the_others_reach() -> None:
    losses = [[1.0, 4.0, 2.0, 1.0], [1.0, 70.0, 1e30, np.inf]]
    curves = _curves(losses, [CHOSEN, OTHER], [3, 0], ["done", "diverged"])
    lines = curve_lines(curves, [0], [0, 1])
    assert lines["members"][1]["train"] == [1.0, 70.0, None, None]  # the other's validation loss reaches 8
    assert lines["members"][1]["valid"] == [2.0, None, None, None]
    assert lines["members"][0]["train"] == losses[0]
    alone = curve_lines(_curves(losses[1:], [CHOSEN], [0], ["diverged"]), [0], [0])
    assert alone["members"][0]["train"] == [1.0, None, None, None]  # ten times the first, which is 2, is 20


def test_long_training_is_thinned_and_keeps_best_epochs() -> None:
    train = np.linspace(9, 1, 5_000)[None].repeat(3, axis=0)
    members = tuple(Member(CHOSEN, fold, 0) for fold in range(3))
    curves = Curves(members, train, train, train, train, np.array([7, 1_234, 4_999]), ("done",) * 3)
    lines = curve_lines(curves, [0, 1, 2], [0, 1, 2])
    assert MOST_EPOCHS <= len(lines["epochs"]) <= MOST_EPOCHS + 3
    assert {0, 7, 1_234, 4_999} <= set(lines["epochs"])
    assert all(len(member["train"]) == len(lines["epochs"]) for member in lines["members"])


def test_at_most_forty_members_those_of_the_chosen_plan_first() -> None:
    shown = shown_members(list(range(60, 70)), 100)
    assert len(shown) == MOST_MEMBERS == len(set(shown))
    assert shown[:10] == list(range(60, 70))
    assert len(shown_members(list(range(100)), 100)) == MOST_MEMBERS
    assert shown_members([0, 1], 2) == [0, 1]


def test_what_is_seen_is_said_in_words() -> None:
    flat = [[1.0, 1.0]] * 3
    curves = _curves(flat, [CHOSEN] * 3, [1, 0, 1], ["done", "stopped", "diverged"])
    assert seen(curves, CHOSEN) == (
        "3 networks, at most 4 epochs each: best epochs 0 to 1; 1 stopped early for want of gain, 1 diverged."
    )
    curves = _curves(flat, [CHOSEN, CHOSEN, OTHER], [1, 1, 0], ["stopped"] * 3)
    assert seen(curves, CHOSEN) == (
        "3 networks of 2 plans, 2 of them of the chosen one: at most 4 epochs, best epoch 1. Altogether "
        "all 3 stopped early for want of gain, none diverged."
    )


def test_a_single_network_is_spoken_of_as_one(single_part_record: RunRecord) -> None:
    section = curves_section(single_part_record)
    assert section["seen"].startswith("1 network, at most 2 epochs: best epoch ")
    assert section["seen"].endswith("it trained to the end.")
    assert section["charts"][0]["reading"].startswith("The dot marks")


def test_the_curves_are_told_to_who_cannot_see_them(regression_record: RunRecord) -> None:
    alt = curves_section(regression_record)["charts"][0]["alt"]
    assert " over 2 epochs; the mean loss ends at " in alt
    curves = regression_record.curves
    short = {name: getattr(curves, name)[:, :2] for name in ("train_loss", "valid_loss")}
    brief = replace(curves, **short, best_epoch=np.minimum(curves.best_epoch, 1))
    assert " over 1 epoch; " in curves_section(replace(regression_record, curves=brief))["charts"][0]["alt"]
    lost = replace(curves, status=("diverged",) * len(curves.members))
    alt = curves_section(replace(regression_record, curves=lost))["charts"][0]["alt"]
    assert alt.endswith(" over 2 epochs; every network diverged, so that there is no mean loss.")


def test_the_logarithm_is_taken_first_where_losses_fall_far(regression_record: RunRecord) -> None:
    assert curves_section(regression_record)["charts"][0]["data"]["steep"] is False
    curves = regression_record.curves
    falling = np.where(np.isfinite(curves.train_loss), np.geomspace(10, 0.1, curves.train_loss.shape[1]), np.nan)
    steep = replace(regression_record, curves=replace(curves, train_loss=falling))
    assert curves_section(steep)["charts"][0]["data"]["steep"] is True


def test_the_loss_is_named(regression_record: RunRecord, binary_record: RunRecord) -> None:
    axes = [curves_section(record)["charts"][0]["data"]["axis"] for record in (regression_record, binary_record)]
    assert axes == ["loss: mean squared error of the scaled target", "loss: cross-entropy"]
