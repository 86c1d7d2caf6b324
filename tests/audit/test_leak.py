from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.audit.check import audit_table
from netwright.audit.leak import leak
from netwright.base.settings import Settings
from netwright.preparation.load import read_table, typed_target, with_roles

N = 300


def findings(data, **options):
    settings = Settings.from_options({"target": "y", **options})
    frame = pl.DataFrame(data, strict=False)
    table = typed_target(with_roles(read_table(frame, settings), settings), settings)[1]
    return {finding.columns[0]: finding for finding in leak(table)}


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture
def data():
    """A target that features explain in part."""
    x = rng().normal(size=N)
    return {"x": x, "z": rng(1).normal(size=N), "y": x + 0.7 * rng(2).normal(size=N)}


def test_a_copy_with_its_evidence(data):
    found = findings(data | {"등급": -2 * data["y"] + 7})
    assert list(found) == ["등급"]
    finding = found["등급"]
    assert (finding.code, finding.where, finding.severity) == ("leak", "data", "stop")
    assert finding.message == "등급 gives y away (R2 1.000 from it alone, out of fold on 300 rows)"
    assert finding.advice == (
        "--drop 등급 leaves it out, if it is known only after y; --allow-leak keeps it; --kind 등급=identifier, if it "
        "only names rows"
    )
    evidence = {"measure": "R2", "value": 1.0, "low": 1.0, "limit": 0.93, "rows": 300, "by": "values"}
    assert finding.evidence == evidence


@pytest.mark.parametrize(("noise", "severity"), [(0.2, "stop"), (0.28, "warning"), (0.5, None)])  # R2 .96, .93, .80
def test_a_noisy_copy(data, noise, severity):
    noisy = data["y"] + noise * np.std(data["y"]) * rng(3).normal(size=N)
    finding = findings(data | {"noisy": noisy}).get("noisy")
    assert (finding.severity if finding else None) == severity


@pytest.mark.parametrize("change", [np.exp, lambda y: 1 / (y + 10), lambda y: np.argsort(np.argsort(y)) * 1.5, np.cbrt])
def test_a_copy_under_another_form(data, change):
    assert findings(data | {"other": change(data["y"])})["other"].severity == "stop"


def test_a_good_feature_is_no_leak(data):
    assert findings(data | {"good": data["y"] + 0.6 * rng(4).normal(size=N)}) == {}


@pytest.mark.parametrize("n_rows", [6, 12, 20])
def test_a_few_rows_in_order_stop_nothing(n_rows):
    y = np.sort(rng().gamma(1, 10, n_rows)).round(3)
    found = findings(
        {"x": np.linspace(0, 1, n_rows)[rng(1).permutation(n_rows)], "rank": np.arange(n_rows) ** 2, "y": y}
    )
    assert "stop" not in {finding.severity for finding in found.values()}


def test_many_useless_columns_of_a_small_table_stay_silent():
    silent = {f"c{k}": rng(k).normal(size=40) for k in range(300)}
    assert findings(silent | {"y": rng(900).normal(size=40)}) == {}
    levels = {f"c{k}": rng(k).choice(list("abcdefgh"), 40) for k in range(300)}
    assert findings(levels | {"y": rng(900).choice(["no", "yes"], 40)}) == {}


@pytest.mark.parametrize("share", [0.5, 0.05])
def test_classes_given_away(share):
    sold = rng().random(400) < share
    y = np.where(sold, "yes", "no")
    found = findings(
        {
            "x": rng(1).normal(size=400),
            "other name": np.where(sold, "abgemeldet", "aktiv"),
            "code": np.where(sold, 3.0, 9.0) + 0.2 * 6 * np.std(sold) * rng(2).normal(size=400),
            "amount": [float(k) if s else None for k, s in zip(rng(3).gamma(2, 50, 400), sold, strict=True)],
            "town": rng(4).choice(["Seoul", "부산"], 400),
            "y": y,
        }
    )
    assert {name: finding.severity for name, finding in found.items()} == dict.fromkeys(
        ["other name", "code", "amount"], "stop"
    )
    assert found["amount"].message.startswith("whether amount is filled gives y away (AUC 1.000 from it alone")
    assert found["amount"].evidence["by"] == "gaps"


def test_one_class_against_the_rest_is_no_leak():
    y = rng().choice(["a", "b", "c"], 600)
    told = np.where(y == "a", "one", "other")
    gap = [None if label == "a" else 1.5 + k % 7 for k, label in enumerate(y)]
    assert findings({"x": rng(1).normal(size=600), "told": told, "gap": gap, "y": y}) == {}


def test_many_classes_blurred_by_noise():
    codes = rng().integers(0, 15, 900)
    noisy = codes + 0.2 * np.std(codes) * rng(1).normal(size=900)  # neighbours overlap: a third are taken for another
    found = findings({"noisy": noisy, "x": rng(2).normal(size=900), "y": [f"c{code:02}" for code in codes]})
    assert list(found) == ["noisy"]
    assert (found["noisy"].severity, found["noisy"].evidence["measure"]) == ("stop", "R2 of the order of the classes")


def test_flipped_labels():
    y = rng().integers(0, 2, 1000)
    for share, severity in ((0.01, "stop"), (0.04, "warning"), (0.1, None)):
        flipped = np.where(rng(1).random(1000) < share, 1 - y, y)
        finding = findings({"x": rng(2).normal(size=1000), "copy": flipped, "y": np.where(y, "p", "q")}).get("copy")
        assert (finding.severity if finding else None) == severity, share


def test_what_parts_a_number_into_ranges(data):
    y = data["y"]
    fee = [12.5 + k % 9 if value > 0.5 else None for k, value in enumerate(y)]
    found = findings(data | {"band": np.where(y < 0, "low", np.where(y < 1, "middle", "high")), "fee": fee})
    assert {name: finding.severity for name, finding in found.items()} == {"band": "stop", "fee": "stop"}
    assert found["fee"].message.startswith("whether fee is filled gives y away (AUC 1.000")


def test_dates_and_ordered_levels(data):
    y = data["y"]
    days = np.datetime64("2020-01-01") + (300 * (y - y.min())).astype("timedelta64[D]")
    size = np.array(["S", "M", "L", "XL"])[np.searchsorted([-1, 0, 1], y)]
    found = findings(data | {"closed": days, "size": size}, kind=["size=ordinal:S<M<L<XL"])
    assert {name: finding.severity for name, finding in found.items()}["closed"] == "stop"


@pytest.mark.parametrize(("name", "numbers"), [("row", np.arange(N)), ("Bean ID", np.arange(N) * 3 + 100)])
def test_a_row_number_of_a_sorted_file_is_a_warning(name, numbers):
    y = np.repeat(["a", "b", "c"], N // 3)
    finding = findings({name: numbers, "x": rng().normal(size=N), "y": y})[name]
    assert finding.severity == "warning"
    assert finding.message.startswith(f"{name} only follows the order of the rows, yet gives y away (")
    assert finding.advice == "it is left out; rows from elsewhere will not be in that order"


def test_a_row_number_that_counts_as_a_number_is_a_warning_too():
    y = np.sort(rng().normal(size=N))
    finding = findings({"n": np.arange(N) + 17.5, "x": rng(1).normal(size=N), "y": y})["n"]
    assert finding.severity == "warning"
    assert finding.advice == "--drop n leaves it out"


def test_a_copy_in_a_sorted_file_is_no_row_number():
    y = np.sort(rng().gamma(1, 10, N))
    assert findings({"copy": y * 3, "x": rng(1).normal(size=N), "y": y})["copy"].severity == "stop"


def test_dates_of_a_series_with_a_trend_are_a_warning():
    days = np.repeat(np.arange(N // 2), 2) + np.datetime64("2020-01-01")
    found = findings({"day": days, "x": rng().normal(size=N), "y": np.arange(N) + rng(1).normal(size=N)})
    assert found["day"].severity == "warning"
    shuffled = rng(2).permutation(N)
    found = findings({"day": days, "x": rng().normal(size=N), "y": (np.arange(N) + rng(1).normal(size=N))[shuffled]})
    assert found == {}


def test_a_copy_with_gaps(data):
    gaps = rng(5).random(N) < 0.3
    copy = [None if gap else float(value) for value, gap in zip(data["y"], gaps, strict=True)]
    finding = findings(data | {"copy": copy})["copy"]
    assert (finding.severity, finding.evidence["by"]) == ("warning", "where filled")
    assert finding.message.startswith("copy, where filled, gives y away (R2 1.000 from it alone, out of fold on 2")


@pytest.mark.parametrize("each", [4, 8])
def test_what_names_a_person_does_not_give_the_target_away(each):
    who = np.repeat(np.arange(60), each)
    level = rng().normal(size=60)
    data = {
        "height": 170 + 10 * rng(1).normal(size=60)[who],
        "person": [f"김{k:02}" for k in who],
        "dose": rng(2).normal(size=len(who)),
        "y": level[who] + 0.05 * rng(3).normal(size=len(who)),
    }
    found = findings(data)
    assert list(found) == ["person"]
    assert found["person"].severity == "warning"
    assert found["person"].advice == "--group person keeps the rows of each on one side, --drop person leaves it out"
    assert findings(data, drop=["person"]) == {}
    assert list(findings(data | {"copy": 2 * data["y"]}, drop=["person"])) == ["copy"]


def test_rows_of_a_group_that_is_split_by_share_a_fold():
    who = np.repeat(np.arange(30), 20)  # enough rows of each for its height to be a level
    level = rng().normal(size=30)
    data = {
        "height": 170 + 10 * rng(1).normal(size=30)[who],
        "person": [f"p{k:02}" for k in who],
        "dose": rng(2).normal(size=len(who)),
        "y": level[who] + 0.05 * rng(3).normal(size=len(who)),
    }
    assert findings(data, drop=["person"]) == {}


def test_a_few_rows_set_apart_are_no_leak(data):
    far = np.sort(data["y"])[-8]
    found = findings(data | {"top": np.where(data["y"] >= far, "top", "other")})
    assert found == {}


def test_the_only_feature_is_no_stop(data):
    finding = findings({"celsius": data["y"] * 5 / 9 - 17.8, "y": data["y"]})["celsius"]
    assert finding.severity == "warning"
    assert finding.advice == "it is the only feature, so there is nothing else to learn from"


def test_columns_left_out_are_not_checked(data):
    assert findings(data | {"copy": data["y"]}, drop=["copy"]) == {}


def test_rows_written_several_times_teach_nothing():
    once = {"x": rng().normal(size=60), "y": rng(1).normal(size=60)}
    assert findings({name: np.tile(values, 8) for name, values in once.items()}) == {}


def test_one_row_far_out_is_no_proof():
    x, y = rng().normal(size=200), rng(1).normal(size=200)
    x[7], y[7] = 1e4, 1e4
    assert {finding.severity for finding in findings({"x": x, "y": y}).values()} <= {"warning"}


@pytest.mark.parametrize("y", [[1.5] * 30 + [2.5], [1e300, -1e300] * 20, [None] * 10 + list(np.arange(30) ** 2.1)])
def test_odd_targets(y):
    x = rng().normal(size=len(y)) * 1e300
    gone = [None] * (len(y) - 1) + [3.5]
    found = findings({"x": x, "gone": gone, "y": y}, task="regression", kind=["gone=numeric"])
    assert "stop" not in {finding.severity for finding in found.values()}


def test_tables_with_nothing_to_judge():
    frame = pl.DataFrame({"x": [0.5, 1.5], "y": [2.5, 3.5]})
    table = read_table(frame, Settings())
    assert list(leak(table)) == []  # no target
    assert findings({"x": [0.5, 1.5], "y": [2.5, 3.5]}) == {}
    assert findings({"x": rng().normal(size=40), "y": ["a"] * 37 + ["b"] * 3}) == {}  # one class is too rare


def test_the_same_findings_each_time(data):
    noisy = data | {"noisy": data["y"] + 0.2 * rng(3).normal(size=N)}
    assert findings(noisy) == findings(noisy)


def test_dry_bean(shared):
    settings = Settings(target="Class")
    table = read_table(shared / "tables" / "dry_bean.csv.gz", settings)
    table = typed_target(with_roles(table, settings), settings)[1]
    (finding,) = [f for f in audit_table(table) if f.code == "leak"]
    assert (finding.columns, finding.severity) == (("Bean ID",), "warning")


def test_two_groups_that_part_prices_well_are_no_leak():
    """Sale or rent: four spreads apart, yet known before."""
    sale = rng(5).integers(0, 2, N)
    y = 4 * sale + rng(6).normal(size=N)
    found = findings({"deal": np.where(sale == 1, "sale", "rent"), "x": rng().normal(size=N), "y": y})
    assert found.get("deal") is None or found["deal"].severity == "warning"


def test_two_groups_on_either_side_of_a_price_are_one():
    y = rng(6).normal(size=N)
    found = findings({"band": np.where(y > 0.1, "dear", "cheap"), "x": rng().normal(size=N), "y": y})
    assert found["band"].severity == "stop"


def test_what_only_grows_with_time_stops_no_series():
    """An index that has nothing to do with the target but that both rise over the years."""
    days = [str(np.datetime64("2015-01-01") + np.timedelta64(day, "D")) for day in range(N)]
    trend = np.linspace(0, 10, N)
    y = trend + 0.3 * rng(1).normal(size=N)
    index = trend + 0.3 * rng(2).normal(size=N)
    found = findings({"day": days, "index": index, "x": rng().normal(size=N), "y": y})
    assert found["index"].severity == "warning"
    assert "order of the rows" in found["index"].message
    # a copy stops it all the same
    assert findings({"day": days, "copy": 2 * y, "x": rng().normal(size=N), "y": y})["copy"].severity == "stop"


def test_a_copy_in_a_file_that_is_sorted_by_its_target():
    y = np.sort(rng(3).uniform(0, 100, N))
    found = findings({"copy": 3 * y + 1, "x": rng().normal(size=N), "y": y})
    assert found["copy"].severity == "stop"


def test_a_word_in_a_text(data):
    classes = np.where(data["y"] > 0, "spam", "ham")
    texts = [f"the mail of {'monday' if n % 3 else 'friday'} number {chr(97 + n % 26)}{chr(97 + n // 26)} came" for n in range(N)]
    marked = [f"{text} [{own.upper()}] today" for text, own in zip(texts, classes, strict=True)]
    found = findings({"x": data["x"], "mail": marked, "y": classes})["mail"]
    assert (found.code, found.severity, found.evidence["by"]) == ("leak", "warning", "word")
    assert found.evidence["word"] in ("spam", "ham")
    assert found.message.startswith(f"the word '{found.evidence['word']}' in mail gives y away (AUC 1.000")
    assert findings({"x": data["x"], "mail": texts, "y": classes}) == {}
