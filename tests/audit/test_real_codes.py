"""What the checks of values, gaps, levels and classes say of every development table, and what they do not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.apps.auditing import audit_data
from netwright.base.settings import Settings

#: The checks that this file holds to account; the others have their own tests.
CODES = frozenset({
    "capped", "imbalance", "impossible", "many-levels", "missing-target", "missing-together", "missing-token",
    "mixed-kinds", "near-constant", "number-as-text", "redundant", "repeated-level", "skewed",
})  # fmt: skip

#: Table, target -> (code, severity, first column) of all findings of these checks.
EXPECTED = {
    ("boston.csv", "medv"): {
        ("capped", "warning", "medv"), ("capped", "note", "age"), ("skewed", "note", "crim"),
    },
    ("california_housing.csv", "median_house_value"): {
        ("capped", "warning", "median_house_value"), ("capped", "note", "housing_median_age"),
        ("skewed", "note", "total_rooms"),
    },
    ("titanic.csv", "Survived"): {
        ("many-levels", "warning", "Ticket"), ("many-levels", "warning", "Cabin"), ("mixed-kinds", "note", "Ticket"),
        ("missing-target", "note", "Cabin"), ("skewed", "note", "Fare"),
    },
    ("adult.csv.gz", "income"): {
        ("missing-token", "warning", "capital-gain"), ("imbalance", "note", "income"),
        ("missing-together", "note", "workclass"), ("redundant", "note", "education"),
    },
    ("ames_housing.csv", "SalePrice"): {
        ("missing-target", "warning", "Garage Yr Blt"), ("missing-target", "note", "Mas Vnr Type"),
        ("capped", "note", "Year Remod/Add"), ("missing-together", "note", "Mas Vnr Type"),
        ("missing-together", "note", "Bsmt Full Bath"), ("near-constant", "note", "Utilities"),
        ("repeated-level", "note", "MS SubClass"), ("repeated-level", "note", "Bsmt Qual"),
        ("repeated-level", "note", "Garage Type"), ("repeated-level", "note", "Garage Qual"),
        ("skewed", "note", "Open Porch SF"), ("skewed", "note", "SalePrice"),
    },
    ("bike_sharing_hour.csv", "cnt"): {("impossible", "warning", "hum"), ("redundant", "note", "dteday")},
    ("german_credit.csv", "default"): set(),
    ("diamonds.csv.gz", "price"): {
        ("impossible", "warning", "x"), ("impossible", "warning", "y"), ("impossible", "warning", "z"),
        ("skewed", "note", "price"),
    },
    ("telco_churn.csv", "Churn"): {
        ("imbalance", "note", "Churn"), ("redundant", "note", "MultipleLines"),
        ("repeated-level", "note", "InternetService"),
    },
    ("winequality_red.csv", "quality"): {("skewed", "note", "residual sugar")},
    ("winequality_white.csv", "quality"): set(),
    ("penguins.csv", "species"): {("missing-together", "note", "bill_length_mm")},
    ("abalone.csv", "c9"): {("impossible", "warning", "c4")},
    ("insurance.csv", "charges"): {("skewed", "note", "charges")},
    ("mpg.csv", "mpg"): {("many-levels", "warning", "name")},
    ("dry_bean.csv.gz", "Class"): {
        ("imbalance", "note", "Class"), ("redundant", "note", "AspectRation"), ("skewed", "note", "Area"),
    },
    ("soybean.csv", "Class"): {
        ("imbalance", "warning", "Class"), ("missing-target", "warning", "temp"),
        ("missing-together", "note", "plant.stand"), ("missing-together", "note", "precip"),
        ("missing-together", "note", "hail"), ("missing-together", "note", "leaf.halo"),
        ("missing-together", "note", "seed"), ("missing-together", "note", "crop.hist"),
        ("redundant", "note", "int.discolor"),
    },
    ("apartment_presale_price_cp949.csv", "분양가격(㎡)"): {("skewed", "note", "분양가격(㎡)")},
    ("garak_market_price.csv", "Price"): {("redundant", "note", "ProductID")},
    ("cta_ridership_daily.csv", "total_rides"): set(),
}  # fmt: skip


def audited(path: Path, target: str, **options):
    settings = Settings.from_options({"target": target, **options})
    return [finding for finding in audit_data(path, settings).findings if finding.code in CODES]


@pytest.mark.parametrize(("name", "target"), list(EXPECTED))
def test_a_table(shared, name, target):
    folder = "tables" if (shared / "tables" / name).exists() else "nasty"
    found = audited(shared / folder / name, target)
    assert {(finding.code, finding.severity, finding.columns[0]) for finding in found} == EXPECTED[name, target]
    assert not any(finding.severity == "stop" for finding in found)


def test_figures_of_the_known_traps(shared):
    tables = shared / "tables"
    evidence = {
        (finding.code, finding.columns[0]): finding.evidence
        for name, target in (("adult.csv.gz", "income"), ("diamonds.csv.gz", "price"), ("boston.csv", "medv"))
        for finding in audited(tables / name, target)
    }
    token = evidence["missing-token", "capital-gain"]
    assert (token["value"], token["rows"], token["nearest"]) == (99999, 244, 41310)
    assert [evidence["impossible", name]["rows"] for name in "xyz"] == [8, 7, 20]
    (pile,) = evidence["capped", "medv"]["piles"]
    assert (pile["value"], pile["rows"]) == (50, 16)
    assert evidence["missing-together", "workclass"]["together"] == 2799


def test_the_advice_ends_the_finding(shared):
    codes = {finding.code for finding in audited(shared / "tables" / "adult.csv.gz", "income", missing=("99999",))}
    assert "missing-token" not in codes
    codes = {finding.code for finding in audited(shared / "tables" / "diamonds.csv.gz", "price", missing=("0",))}
    assert "impossible" not in codes


def test_the_surveys(shared):
    found = audited(
        f"sqlite:///{shared}/nasty/portal_mammals.sqlite",
        "species_id",
        table="surveys",  # type: ignore[arg-type]
    )
    by_code = {finding.code: finding for finding in found}
    assert set(by_code) == {"imbalance", "missing-target"}
    assert by_code["missing-target"].columns == ("sex", "weight", "hindfoot_length")
    assert by_code["missing-target"].severity == "warning"


def test_a_sheet_that_was_laid_out_for_people(shared):
    from netwright.base.figures import listing

    found = audit_data(
        shared / "nasty" / "interprovince_migration_kosis.xlsx", Settings.from_options({"sheet": "데이터"})
    ).findings
    mixed = [finding for finding in found if finding.code == "mixed-kinds"]
    assert len(mixed) == 1, listing([finding.message for finding in mixed])
    assert "이동자수 (명)" in mixed[0].message
