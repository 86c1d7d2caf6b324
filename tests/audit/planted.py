"""Leaks planted into real tables, and whether they are found."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from netwright.audit.leak import leak
from netwright.audit.leak_sum import leak_sum
from netwright.audit.truth import Truth
from netwright.base.finding import Finding
from netwright.base.settings import Settings
from netwright.base.table import Schema, Table
from netwright.preparation.load import read_table, typed_target, with_roles
from tests.conftest import SHARED
from tests.preparation.tables import typed


@dataclass(frozen=True)
class Source:
    """A table with a target."""

    name: str
    data: str
    target: str
    options: tuple[tuple[str, object], ...] = ()
    #: Columns that truly give the target away.
    leaks: tuple[str, ...] = ()

    def table(self) -> Table:
        """All of its rows, kinds and roles decided, the target typed."""
        settings = Settings.from_options({"target": self.target, **dict(self.options)})
        data = self.data if ":" in self.data else str(SHARED / self.data)
        return typed_target(with_roles(read_table(data, settings), settings), settings)[1]


_CLASSES = (("task", "multiclass"),)
_ANIMALS = f"sqlite:///{SHARED / 'nasty' / 'portal_mammals.sqlite'}"

#: Every table of `tables`; wine quality both ways.
TABLES = (
    Source("boston", "tables/boston.csv", "medv"),
    Source("california", "tables/california_housing.csv", "median_house_value"),
    Source("titanic", "tables/titanic.csv", "Survived"),
    Source("adult", "tables/adult.csv.gz", "income"),
    Source("ames", "tables/ames_housing.csv", "SalePrice"),
    Source("bike", "tables/bike_sharing_hour.csv", "cnt", leaks=("casual", "registered")),
    Source("german_credit", "tables/german_credit.csv", "default"),
    Source("diamonds", "tables/diamonds.csv.gz", "price"),
    Source("telco", "tables/telco_churn.csv", "Churn"),
    Source("red wine", "tables/winequality_red.csv", "quality"),
    Source("red wine, classes", "tables/winequality_red.csv", "quality", _CLASSES),
    Source("white wine", "tables/winequality_white.csv", "quality"),
    Source("white wine, classes", "tables/winequality_white.csv", "quality", _CLASSES),
    Source("penguins", "tables/penguins.csv", "species"),
    Source("abalone", "tables/abalone.csv", "c9"),
    Source("insurance", "tables/insurance.csv", "charges"),
    Source("mpg", "tables/mpg.csv", "mpg"),
    Source("dry_bean", "tables/dry_bean.csv.gz", "Class"),
    Source("soybean", "tables/soybean.csv", "Class"),
)

#: Where else nothing may stop a run, but for the true sum.
OTHERS = (
    *(Source(name, f"sample:{name}", "target") for name in ("iris", "wine", "breast_cancer", "diabetes", "digits")),
    Source("presale", "nasty/apartment_presale_price_cp949.csv", "분양가격(㎡)", (("missing", ("-",)),)),
    Source("garak", "nasty/garak_market_price.csv", "Price"),
    Source("cta", "nasty/cta_ridership_daily.csv", "total_rides", leaks=("bus", "rail_boardings")),
    Source("weight", _ANIMALS, "weight", (("query", "select * from surveys where weight is not null"),)),
    Source("species", _ANIMALS, "species_id", (("query", "select * from surveys"),)),
    Source("sex", _ANIMALS, "sex", (("query", "select * from surveys"),)),
    Source("airline", "series/airline_passengers.csv", "Passengers"),
    Source("temperature", "series/daily_min_temperatures.csv", "Temp"),
    Source("load", "series/energy_load_hourly.csv", "load"),
)


def plants(table: Table, seed: int = 0) -> Iterator[tuple[str, dict[str, object]]]:
    """Leaks of every manner by name, each as one column or two."""
    truth = Truth.of(table)
    assert truth is not None
    rng = np.random.default_rng(seed)
    known = truth.known
    y = np.where(known, truth.numbers, np.nan)
    spread = float(np.nanstd(y))
    noise = rng.normal(0, spread, len(y))
    yield "affine copy", {"planted": 1.7 * y + 3}
    for share in (0.05, 0.1, 0.2):
        yield f"noise of {share:g} sd", {"planted": y + share * noise}
    if truth.classes:
        yield from _of_classes(truth, known, rng)
    else:
        yield from _of_numbers(y, rng)


def _of_numbers(y: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, dict[str, object]]]:
    low, high = np.nanmin(y), np.nanmax(y)
    yield "copy", {"planted": y}
    yield "logarithm", {"planted": np.log(y - low + 0.1 * np.nanstd(y))}
    yield "reciprocal", {"planted": 1 / (y - low + 0.3 * np.nanstd(y))}
    yield "post-event: amount", {"planted": np.round(0.03 * y + 0.002 * (high - low) * rng.random(len(y)), 4)}
    days = np.nan_to_num(2000 * (y - low) / (high - low))
    start = datetime.date(2015, 1, 1)
    yield "post-event: date", {"planted": [str(start + datetime.timedelta(days=int(day))) for day in days]}
    edges = np.unique(np.nanquantile(y, [0.2, 0.4, 0.6, 0.8]))
    yield "post-event: band", {"planted": [f"band {band}" for band in np.searchsorted(edges, y)]}
    fee = np.round(rng.gamma(2, 50, len(y)), 2)
    yield "missingness", {"planted": _only(y > np.nanmedian(y), fee)}
    part = np.round(y * rng.beta(2, 2, len(y)), 2)
    yield "sum of two parts", {"planted": part, "other part": y - part}


def _of_classes(truth: Truth, known: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, dict[str, object]]]:
    codes, n_classes = np.where(known, truth.numbers, 0).astype(int), len(truth.classes)
    names = rng.permutation([f"group {chr(65 + k)}" for k in range(n_classes)])
    yield "copy", {"planted": [truth.classes[code] for code in codes]}
    yield "other names", {"planted": names[codes].tolist()}
    yield "other numbers", {"planted": rng.permutation(n_classes)[codes] * 10.0 + 5}
    flipped = np.where(rng.random(len(codes)) < 0.01, rng.integers(0, n_classes, len(codes)), codes)
    yield "1 % of labels flipped", {"planted": names[flipped].tolist()}
    kinds = rng.integers(0, 2, len(codes))
    yield "post-event: reason", {"planted": [f"{names[code]}-{kind}" for code, kind in zip(codes, kinds, strict=True)]}
    if n_classes == 2:
        amount, positive = np.round(rng.gamma(2, 50, len(codes)), 2), codes == 1
        yield "post-event: amount", {"planted": _only(positive, amount)}
        yield "post-event: amount or 0", {"planted": np.where(positive, amount, 0.0)}
        yield "missingness", {"planted": _only(~positive, rng.choice(["a", "b", "c"], len(codes)))}
        yield "missingness of numbers", {"planted": _only(~positive, rng.normal(size=len(codes)))}


def _only(rows: np.ndarray, values: np.ndarray) -> list[object]:
    """The values in these rows, None elsewhere."""
    return [value if here else None for value, here in zip(values.tolist(), rows, strict=True)]


def with_columns(table: Table, columns: dict[str, object]) -> Table:
    """A table with further columns, their kinds found as those of a file."""
    more = typed(pl.DataFrame(columns, strict=False))
    schema = Schema((*table.schema.columns, *more.schema.columns))
    return replace(table, frame=table.frame.hstack(more.frame.get_columns()), schema=schema)


def found(table: Table) -> list[Finding]:
    """What the checks of leaks say."""
    return [*leak(table), *leak_sum(table)]
