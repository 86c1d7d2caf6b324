"""The development tables as every benchmark uses them: target, columns left out, and splits that rivals share.

The data are looked for in the folder of NETWRIGHT_DATA, by default `../shared/data`, and never copied.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("NETWRIGHT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@dataclass(frozen=True)
class BenchTable:
    """One table: file, target, columns nobody may use, whether the target is a number."""

    name: str
    file: str
    target: str
    regression: bool
    drop: tuple[str, ...] = ()
    separator: str = ","
    header: bool = True

    def read(self) -> tuple[list[str], list[list[str]]]:
        """Column names and cells as text, dropped columns left out."""
        path = DATA / "tables" / self.file
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=self.separator)
        rows = [[cell.strip() for cell in row] for row in lines if row]
        names = rows.pop(0) if self.header else [f"c{number + 1}" for number in range(len(rows[0]))]
        kept = [index for index, name in enumerate(names) if name not in self.drop]
        return [names[index] for index in kept], [[row[index] for index in kept] for row in rows]


TABLES = (
    BenchTable("abalone", "abalone.csv", "c9", True, header=False),
    BenchTable("adult", "adult.csv.gz", "income", False),
    BenchTable("ames", "ames_housing.csv", "SalePrice", True, ("Order", "PID")),
    BenchTable("bike", "bike_sharing_hour.csv", "cnt", True, ("casual", "registered", "instant")),
    BenchTable("boston", "boston.csv", "medv", True),
    BenchTable("california", "california_housing.csv", "median_house_value", True),
    BenchTable("diamonds", "diamonds.csv.gz", "price", True),
    BenchTable("dry_bean", "dry_bean.csv.gz", "Class", False, ("Bean ID",)),
    BenchTable("german", "german_credit.csv", "default", False),
    BenchTable("insurance", "insurance.csv", "charges", True),
    BenchTable("mpg", "mpg.csv", "mpg", True),
    BenchTable("penguins", "penguins.csv", "species", False),
    BenchTable("soybean", "soybean.csv", "Class", False),
    BenchTable("telco", "telco_churn.csv", "Churn", False, ("customerID",)),
    BenchTable("titanic", "titanic.csv", "Survived", False, ("PassengerId",)),
    BenchTable("wine_red", "winequality_red.csv", "quality", True, separator=";"),
    BenchTable("wine_white", "winequality_white.csv", "quality", True, separator=";"),
)


def split_files(table: BenchTable, number: int, folder: Path) -> tuple[Path, Path]:
    """Write `train.csv` and `test.csv` (80 to 20) for one split; repeated rows stay on one side.

    Args:
        table: What to split.
        number: Of the split; it seeds the shuffling.
        folder: Where the files go.
    """
    names, rows = table.read()
    groups: dict[tuple[str, ...], list[list[str]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    order = list(groups.values())
    random.Random(f"{table.name}-{number}").shuffle(order)
    parts: tuple[list[list[str]], list[list[str]]] = ([], [])
    wanted = round(0.2 * len(rows))
    for group in order:
        parts[len(parts[1]) < wanted].extend(group)
    paths = folder / "train.csv", folder / "test.csv"
    for path, part in zip(paths, parts, strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([names, *part])
    return paths


def chosen(names: str | None) -> list[BenchTable]:
    """The tables of these comma-separated names, or all of them."""
    wanted = names.split(",") if names else [table.name for table in TABLES]
    known = {table.name: table for table in TABLES}
    return [known[name] for name in wanted]
