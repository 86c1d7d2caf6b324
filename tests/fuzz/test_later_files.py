"""Damaged files that are to be predicted: conformed to the columns of the training, or refused."""

from __future__ import annotations

import random
from pathlib import Path

from netwright.base.errors import UserError
from netwright.base.settings import Settings
from netwright.preparation.load import read_table
from netwright.sources.conform import conform
from netwright.sources.registry import open_table
from tests.fuzz import damage, texts
from tests.fuzz.judge import check_message, check_table

_TOWNS = ("서울", "부산", "NA", "")
_ROWS = [
    ["방", "면적(㎡)", "지역", "신축", "날짜", "등급"],
    *(
        [
            str(k % 7),
            f"{k * 1.37:,.2f}",
            _TOWNS[k % 4],
            "예" if k % 3 else "아니오",
            f"2020-01-{k + 1:02}",
            "SML"[k % 3],
        ]
        for k in range(28)
    ),
]


def test_damaged_files_under_the_schema_of_a_whole_one(tmp_path: Path) -> None:
    how = texts.Manner()
    whole = texts.written(_ROWS, how)
    (tmp_path / "집값.csv").write_bytes(whole)
    schema = read_table(tmp_path / "집값.csv", Settings(kind=("등급=ordinal:S<M<L",))).schema
    ended = {"table": 0, "refused": 0}
    for number in range(300):
        rng = random.Random(f"later-{number}")
        how = texts.manner(rng)
        data, _ = damage.damaged(rng, texts.written(_ROWS, how), damage.TO_LINES[:12] + damage.TO_LINES[13:], 2)
        path = tmp_path / "나중.csv"
        path.write_bytes(data)
        try:
            table = conform(open_table(path), schema)
        except UserError as error:
            check_message(str(error))
            ended["refused"] += 1
        else:
            check_table(table)
            assert table.schema.names == schema.names
            ended["table"] += 1
    assert min(ended.values()) > 60
