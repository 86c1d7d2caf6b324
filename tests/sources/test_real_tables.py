"""Kinds of the columns of real files, with all their traps."""

from __future__ import annotations

from datetime import datetime

import pytest

from netwright.base.errors import DataError
from netwright.sources.conform import conform
from netwright.sources.contract import ReadOptions
from netwright.sources.kinds import KindOptions, infer_kinds
from netwright.sources.registry import open_table

FEATURES = {"numeric", "category", "boolean", "date"}


def read(path, target=None, **options):
    return infer_kinds(open_table(path, ReadOptions(**options)), KindOptions(target=target))


def kinds(table):
    return {column.name: column.kind for column in table.schema.columns}


@pytest.fixture
def tables(real):
    return real / "tables"


def test_boston(tables):
    table = read(tables / "boston.csv", "medv")
    assert kinds(table).pop("chas") == "boolean"
    assert set(kinds(table).values()) == {"numeric", "boolean"}
    assert table.source.notes == ()


def test_california(tables):
    table = read(tables / "california_housing.csv", "median_house_value")
    assert kinds(table)["ocean_proximity"] == "category"
    assert table["total_bedrooms"].null_count() == 207


def test_titanic(tables):
    found = kinds(read(tables / "titanic.csv", "Survived"))
    assert found == {
        "PassengerId": "identifier", "Survived": "boolean", "Pclass": "numeric", "Name": "identifier", "Sex": "category",
        "Age": "numeric", "SibSp": "numeric", "Parch": "numeric", "Ticket": "category", "Fare": "numeric",
        "Cabin": "category", "Embarked": "category",
    }  # fmt: skip


def test_adult(tables):
    table = read(tables / "adult.csv.gz", "income")
    assert [table[name].null_count() for name in ("workclass", "occupation", "native-country")] == [2799, 2809, 857]
    assert set(table["income"].unique()) == {"<=50K", ">50K"}
    assert table.source.notes == ()


def test_ames(tables):
    table = read(tables / "ames_housing.csv", "SalePrice")
    found = kinds(table)
    assert [found[name] for name in ("Order", "PID", "MS SubClass", "Lot Frontage", "Central Air")] == [
        "identifier", "identifier", "category", "numeric", "boolean",
    ]  # fmt: skip
    assert "020" in set(table["MS SubClass"])
    assert (table["Mas Vnr Type"] == "None").sum() == 1752
    assert (table["Pool QC"] == "NA").sum() > 2000
    assert set(table["Sale Type"]) >= {"WD"}
    assert sum(table[name].null_count() for name in table.schema.names) == 719
    assert table.source.notes == (
        "text 'NA' kept as a value in 14 columns (13,278 cells); --missing NA treats it as missing.",
        "text 'None' kept as a value in 1 column (1,752 cells); --missing None treats it as missing.",
    )


def test_bike_sharing(tables):
    found = kinds(read(tables / "bike_sharing_hour.csv", "cnt"))
    assert [found[name] for name in ("instant", "dteday", "yr", "season")] == [
        "identifier", "date", "boolean", "numeric",
    ]  # fmt: skip


def test_german_credit(tables):
    table = read(tables / "german_credit.csv", "default")
    assert {"none", "unknown"} <= set(table["other_debtors"]) | set(table["savings_balance"])
    assert all(table[name].null_count() == 0 for name in table.schema.names)
    assert kinds(table)["default"] == "numeric"


def test_telco(tables):
    table = read(tables / "telco_churn.csv", "Churn")
    found = kinds(table)
    assert [found[name] for name in ("customerID", "TotalCharges", "SeniorCitizen", "Churn")] == [
        "identifier", "numeric", "boolean", "boolean",
    ]  # fmt: skip
    assert table["TotalCharges"].null_count() == 11


@pytest.mark.parametrize("name", ["winequality_red.csv", "winequality_white.csv"])
def test_wine(tables, name):
    table = read(tables / name, "quality")
    assert set(kinds(table).values()) == {"numeric"}
    assert "semicolon" in table.source.how


def test_penguins(tables):
    table = read(tables / "penguins.csv", "species")
    assert table["sex"].null_count() == 11
    assert kinds(table)["sex"] == "category"


def test_abalone(tables):
    table = read(tables / "abalone.csv", "c9")
    assert table.schema.names == [f"c{at}" for at in range(1, 10)]
    assert table.n_rows == 4177
    assert kinds(table)["c1"] == "category"


def test_mpg(tables):
    table = read(tables / "mpg.csv", "mpg")
    assert kinds(table)["name"] == "category"
    assert table["horsepower"].null_count() == 6


def test_dry_bean(tables):
    found = kinds(read(tables / "dry_bean.csv.gz", "Class"))
    assert (found["Bean ID"], found["Class"], found["Area"]) == ("identifier", "category", "numeric")


def test_soybean(tables):
    table = read(tables / "soybean.csv", "Class")
    assert set(kinds(table).values()) == {"category", "numeric", "boolean"}
    assert [name for name, kind in kinds(table).items() if kind == "category"] == ["Class"]
    assert sum(table[name].null_count() for name in table.schema.names) == 2337


def test_apartments(real):
    table = read(real / "nasty" / "apartment_presale_price_cp949.csv", "분양가격(㎡)")
    assert table.source.how == ("cp949", "comma", "header")
    assert kinds(table) == {
        "지역명": "category", "규모구분": "category", "연도": "numeric", "월": "numeric", "분양가격(㎡)": "numeric",
    }  # fmt: skip
    assert table["분양가격(㎡)"].null_count() == 4675 - 4330
    assert table["분양가격(㎡)"].drop_nulls().min() > 1000
    assert table.source.notes == ()


def test_garak(real):
    table = read(real / "nasty" / "garak_market_price.csv", "Price")
    assert table.schema.names[0] == "Date"
    assert (kinds(table)["Date"], kinds(table)["ProductName"]) == ("date", "category")
    assert table["Date"][0] == datetime(2019, 1, 3)


def test_cta(real):
    table = read(real / "nasty" / "cta_ridership_daily.csv", "total_rides")
    assert table.schema["service_date"].reading.date_format == "%m/%d/%Y"
    assert table["service_date"][1] == datetime(2001, 1, 2)


def test_kosis(real):
    table = read(real / "nasty" / "interprovince_migration_kosis.xlsx", sheet="데이터")
    assert kinds(table)["1970"] == kinds(table)["2017"] == "numeric"
    assert len(table.source.notes) == 1
    assert "이동자수 (명)" in table.source.notes[0]


def test_series(real):
    assert kinds(read(real / "series" / "airline_passengers.csv"))["Month"] == "date"
    assert kinds(read(real / "series" / "energy_load_hourly.csv"))["timestamp"] == "date"
    assert kinds(read(real / "series" / "daily_min_temperatures.csv"))["Date"] == "date"


def test_portal(real):
    table = read(f"sqlite:///{real}/nasty/portal_mammals.sqlite", "weight", table="surveys")
    assert (kinds(table)["record_id"], kinds(table)["species_id"]) == ("identifier", "category")
    assert table["weight"].null_count() == 3266


@pytest.mark.parametrize(
    "name", ["boston.csv", "titanic.csv", "ames_housing.csv", "telco_churn.csv", "mpg.csv", "winequality_red.csv"]
)
def test_every_table_conforms_to_its_own_schema(tables, name):
    untyped = open_table(tables / name)
    typed = infer_kinds(untyped)
    assert conform(untyped, typed.schema).frame.equals(typed.frame)


def test_a_new_table_of_the_same_sort(tables):
    typed = infer_kinds(open_table(tables / "telco_churn.csv"), KindOptions(target="Churn"))
    row = {column.name: [typed[column.name][0]] for column in typed.schema.features}
    row["TotalCharges"] = [" "]
    row["SeniorCitizen"] = [False]
    row["Contract"] = ["Three years"]
    new = conform(open_table(row), typed.schema)
    assert (new["TotalCharges"][0], new["SeniorCitizen"][0], new["Contract"][0]) == (None, "0", "Three years")
    row["TotalCharges"] = ["much"]
    with pytest.raises(DataError, match=r"column 'TotalCharges' of the dictionary must be numeric, as in training"):
        conform(open_table(row), typed.schema)
