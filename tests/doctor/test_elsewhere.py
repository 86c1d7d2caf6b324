"""Curves of other tools are read as what they are."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from netwright.base.errors import DataError
from netwright.doctor.curve_names import holds
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.elsewhere import MOST_EPOCHS, Log, read_curves
from netwright.sources.contract import ReadOptions

TRAIN, VALID = [0.9, 0.5, 0.3, 0.25], [1.0, 0.6, 0.5, 0.55]


def read(tmp_path: Path, text: str, encoding: str = "utf-8", **options: str) -> Log:
    path = tmp_path / "history.csv"
    path.write_text(text, encoding=encoding)
    return read_curves(path, ReadOptions(**options))  # type: ignore[arg-type]


def table(header: str, separator: str = ",", first: int = 1, decimal: str = ".") -> str:
    rows = [
        separator.join([str(first + k), *(str(x).replace(".", decimal) for x in pair)])
        for k, pair in enumerate(zip(TRAIN, VALID, strict=True))
    ]
    return "\n".join([header, *rows]) + "\n"


def losses(log: Log) -> tuple[list[float], list[float]]:
    curves = log.runs[0].case.curves
    return curves.train_loss[0].tolist(), curves.valid_loss[0].tolist()


@pytest.mark.parametrize(
    "header",
    [
        "epoch,train_loss,valid_loss",
        "epoch,loss,val_loss",
        "Epoch,Train Loss,Validation Loss",
        "epoch,train/loss,valid/loss",
        "epoch,Loss/train,Loss/val",
        "EPOCH,trainLoss,valLoss",
        "epoch,loss,eval_loss",
        "epoch,train_loss_epoch,val_loss_epoch",
        "에포크,학습 손실,검증 손실",
        "에폭,훈련손실,검증손실",
        "epoch,train,valid",
    ],
)
def test_usual_names_are_known(tmp_path: Path, header: str) -> None:
    train, valid = losses(read(tmp_path, table(header)))
    assert train[1:] == TRAIN and valid[1:] == VALID
    assert math.isnan(train[0]) and math.isnan(valid[0])  # nobody logged the untrained network


def test_epochs_may_begin_with_0_and_keep_their_numbers(tmp_path: Path) -> None:
    log = read(tmp_path, table("epoch,loss,val_loss", first=0))
    assert losses(log) == (TRAIN, VALID)
    assert log.runs[0].case.curves.best_epoch.tolist() == [2]


def test_semicolons_decimal_commas_and_korean_encodings(tmp_path: Path) -> None:
    text = table("에포크;학습 손실;검증 손실", separator=";", decimal=",")
    train, valid = losses(read(tmp_path, text, encoding="cp949"))
    assert train[1:] == TRAIN and valid[1:] == VALID


def test_without_epochs_rows_are_counted(tmp_path: Path) -> None:
    log = read(tmp_path, ",loss,accuracy\n0,3.0,0.1\n1,2.0,0.2\n2,1.0,0.3\n")
    assert losses(log)[0][1:] == [3.0, 2.0, 1.0]
    assert not log.runs[0].has_valid
    assert "no validation loss" in log.notes[0]["en"]
    assert log.runs[0].case.curves.best_epoch.tolist() == [3]  # of the train loss, for want of another


def test_a_gap_is_bridged_and_said(tmp_path: Path) -> None:
    log = read(tmp_path, "epoch,loss,val_loss\n1,4,5\n2,3,\n5,1.5,2\n6,1,1.8\n")
    train, valid = losses(log)
    assert train[1:] == [4, 3, 2.5, 2, 1.5, 1]
    assert valid[1:] == [5, 4.25, 3.5, 2.75, 2, 1.8]
    assert any("2 epochs were not logged" in note["en"] for note in log.notes)


def test_rows_of_one_epoch_are_its_mean_and_sparse_logs_join(tmp_path: Path) -> None:
    text = "epoch,step,train_loss,val_loss\n0,1,4,\n0,2,2,\n0,2,,3\n1,3,2,\n1,4,,2\n2,5,1,\n2,6,,1.5\n"
    assert losses(read(tmp_path, text)) == ([3, 2, 1], [3, 2, 1.5])


def test_half_epochs_belong_to_the_epoch_they_are_part_of(tmp_path: Path) -> None:
    train, _ = losses(read(tmp_path, "epoch,loss\n0.5,6\n1.0,4\n1.5,3\n2,1\n3,0.5\n"))
    assert train[1:] == [5, 2, 0.5]


def test_steps_are_taken_for_epochs_and_it_is_said(tmp_path: Path) -> None:
    log = read(tmp_path, "step,loss\n500,3\n1000,2\n1500,1\n")
    assert losses(log)[0][1:] == [3, 2, 1]
    assert any("steps are counted" in note["en"] and "스텝" in note["ko"] for note in log.notes)
    huge = read(tmp_path, f"epoch,loss\n1,3\n2,2\n{MOST_EPOCHS + 1},1\n")
    assert losses(huge)[0][1:] == [3, 2, 1]


def test_a_late_first_epoch_counts_as_the_first(tmp_path: Path) -> None:
    log = read(tmp_path, "epoch,loss\n41,3\n42,2\n43,1\n")
    assert losses(log)[0][1:] == [3, 2, 1]
    assert any("41" in note["en"] for note in log.notes)


@pytest.mark.parametrize("bad", ["nan", "inf", "NaN", "-inf"])
def test_a_loss_that_is_no_number_any_more_has_diverged(tmp_path: Path, bad: str) -> None:
    log = read(tmp_path, f"epoch,loss,val_loss\n1,3,3\n2,9,9\n3,{bad},{bad}\n4,{bad},{bad}\n")
    curves = log.runs[0].case.curves
    assert curves.status == ("diverged",)
    assert "epoch 3" in curves.reasons[0]
    assert np.isnan(curves.train_loss[0, 3:]).all()


def test_a_number_that_is_missing_for_once_has_not_diverged(tmp_path: Path) -> None:
    log = read(tmp_path, "epoch,loss,val_loss\n1,3,nan\n2,nan,2\n3,1,1\n")
    assert log.runs[0].case.curves.status == ("done",)


def test_several_runs_and_copies_of_one_network(tmp_path: Path) -> None:
    rows = [f"{run},{member},{epoch},{3 - epoch}" for run in "ab" for member in (0, 1) for epoch in (0, 1, 2)]
    log = read(tmp_path, "\n".join(["run,member,epoch,loss", *rows]) + "\n")
    assert [run.name for run in log.runs] == ["a", "b"]
    assert [run.case.curves.train_loss.shape for run in log.runs] == [(2, 3), (2, 3)]


def test_test_rows_that_stand_in_for_validation_are_named(tmp_path: Path) -> None:
    log = read(tmp_path, table("epoch,train_loss,test_loss"))
    assert "must not choose the epoch" in log.notes[0]["en"]
    both = "epoch,train_loss,test_loss,val_loss\n1,3,9,3\n2,2,9,2\n3,1,9,1\n"
    assert losses(read(tmp_path, both))[1][1:] == [3, 2, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "epoch,accuracy\n1,0.5\n2,0.6\n3,0.7\n",
            "must have a column with the train loss of every epoch, got columns epoch",
        ),
        ("epoch,val_loss\n1,0.5\n2,0.6\n3,0.7\n", "train loss"),
        ("epoch,loss\n1,3\n2,2\n", "must hold at least 3 epochs"),
        ("epoch,loss\n1,3\n2,two\n3,1\n", "got 'two' in row 1"),
        ("epoch,loss\n1,3\n2,2\n3,1\n1,3\n2,2\n3,1\n", "got 1 after 3 in row 3. If it holds several runs"),
        ("epoch,loss\n-2,3\n-1,2\n0,1\n", "must count epochs from 0 or 1, got -2"),
        ("epoch,loss\n1,nan\n2,nan\n3,nan\n", "must hold numbers, got none"),
        ("run,loss\na,3\nb,2\na,1\n", "must have a column epoch"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match="must") as caught:
        read(tmp_path, text)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["accuracy", "val_acc", "learning_rate", "epoch", "error", "time", "lossless"])
def test_other_columns_hold_no_loss(name: str) -> None:
    assert holds(name) is None


def test_a_folder_without_curves_is_refused_with_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="got the folder"):
        read_curves(tmp_path)
    (tmp_path / "curves.csv").write_text("x\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"Name .*curves\.csv"):
        read_curves(tmp_path)


def test_members_that_end_early_have_not_diverged(tmp_path: Path) -> None:
    def rows(member: int, epochs: int, last: str = "") -> list[str]:
        good = [f"{member},{k},{0.1 + 0.9 * 0.8**k},{0.12 + 0.9 * 0.8**k}" for k in range(epochs)]
        return [*good, f"{member},{epochs},{last},{last}"] if last else good

    header = "member,epoch,train_loss,valid_loss"
    healthy = read(tmp_path, "\n".join([header, *rows(0, 30), *rows(1, 40)]) + "\n").runs[0].case
    assert diagnose(healthy) == []
    said = []
    for order in ([*rows(0, 30), *rows(1, 30, "nan")], [*rows(1, 30, "nan"), *rows(0, 30)]):
        (found,) = diagnose(read(tmp_path, "\n".join([header, *order]) + "\n").runs[0].case)
        assert found.code == "not-finite" and "from epoch 30 on, in 1 of 2 networks" in found.message
        said.append(found.message)
    assert said[0] == said[1]


@pytest.mark.parametrize("gap", ["", "nan"])
def test_validation_that_is_logged_now_and_then_has_not_diverged(tmp_path: Path, gap: str) -> None:
    rows = [f"{k},{0.1 + 0.9 * 0.8**k},{0.12 + 0.9 * 0.8**k if k % 5 == 0 else gap}" for k in range(1, 44)]
    assert diagnose(read(tmp_path, "\n".join(["epoch,loss,val_loss", *rows]) + "\n").runs[0].case) == []
    lost = [f"{k},{0.1 + 0.9 * 0.8**k},{0.12 + 0.9 * 0.8**k if k < 30 else 'inf'}" for k in range(1, 44)]
    (found,) = diagnose(read(tmp_path, "\n".join(["epoch,loss,val_loss", *lost]) + "\n").runs[0].case)
    assert found.code == "not-finite" and found.evidence["epoch"] == 30


@pytest.mark.parametrize("order", [[3, 2, 1, 0], [2, 0, 3, 1]])
def test_epochs_in_another_order_are_sorted(tmp_path: Path, order: list[int]) -> None:
    rows = [f"{k + 1},{TRAIN[k]},{VALID[k]}" for k in order]
    log = read(tmp_path, "\n".join(["epoch,loss,val_loss", *rows]) + "\n")
    train, valid = losses(log)
    assert train[1:] == TRAIN and valid[1:] == VALID
    assert any("sorted" in note["en"] for note in log.notes)


@pytest.mark.parametrize("form", ["{}/50", "{} / 50", "Epoch {}/50", "에포크 {}/50"])
def test_an_epoch_of_so_many_is_that_epoch(tmp_path: Path, form: str) -> None:
    rows = [f"{form.format(k + 1)},{t},{v}" for k, (t, v) in enumerate(zip(TRAIN, VALID, strict=True))]
    train, valid = losses(read(tmp_path, "\n".join(["epoch,loss,val_loss", *rows]) + "\n"))
    assert train[1:] == TRAIN and valid[1:] == VALID
