from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from netwright.base.errors import DataError, PlanError
from netwright.base.settings import Settings
from netwright.preparation.choosing import Choice, choose_split, explained, without_key
from netwright.preparation.load import load_target, read_table, with_roles
from netwright.preparation.split import SplitRule, split_table
from tests.preparation.tables import loaded, numbers


def chosen(data, target="y", **options) -> Choice:
    settings = Settings.from_options({"target": target, **options})
    return choose_split(with_roles(read_table(data, settings), settings), settings)


def days(n_rows: int, step: int = 1, start: str = "2020-01-01") -> list[str]:
    first = datetime.date.fromisoformat(start)
    return [str(first + datetime.timedelta(days=k * step)) for k in range(n_rows)]


def shuffled(values, seed: int = 0) -> list:
    return [values[k] for k in np.random.default_rng(seed).permutation(len(values))]


def with_y(**columns):
    n_rows = len(next(iter(columns.values())))
    return {**columns, "x": numbers(n_rows), "y": numbers(n_rows, 1)}


class TestTime:
    @pytest.mark.parametrize("step", [1, 3])
    @pytest.mark.parametrize("backwards", [False, True])
    def test_a_file_in_the_order_of_a_date(self, step, backwards):
        when = days(60, step)[:: -1 if backwards else 1]
        choice = chosen(with_y(sold=when))
        assert (choice.how, choice.by) == ("time", "sold")
        assert [(f.code, f.severity) for f in choice.findings] == [("split-by-time", "note")]
        assert "--split random" in choice.hint

    @pytest.mark.parametrize(("first", "how"), [(0, "auto"), (30, "auto"), (100, "time")])
    def test_validation_asks_what_the_users_own_test_asks(self, first, how):
        every = days(160)
        test = with_y(sold=every[first : first + 60])
        settings = Settings.from_options({"target": "y", "test_data": test})
        choice = load_target(with_roles(read_table(with_y(sold=every[:100]), settings), settings), settings).choice
        assert choice.how == how
        assert [(f.code, f.severity) for f in choice.findings] == [
            ("time-order", "warning") if how == "auto" else ("split-by-time", "note")
        ]

    def test_the_users_own_word_stands_whatever_the_test_rows_are(self):
        every = days(100)
        settings = Settings.from_options({"target": "y", "time": "sold", "test_data": with_y(sold=every[:40])})
        choice = load_target(with_roles(read_table(with_y(sold=every), settings), settings), settings).choice
        assert (choice.how, choice.by) == ("time", "sold")

    def test_a_date_that_covers_its_days(self):
        assert chosen(with_y(sold=shuffled(days(60)))).how == "time"
        weekdays = [day for day in days(120) if datetime.date.fromisoformat(day).weekday() < 5]
        assert chosen(with_y(sold=shuffled(weekdays))).how == "time"

    def test_months_and_hours(self):
        months = [f"{2000 + k // 12}-{1 + k % 12:02}" for k in range(60)]
        assert chosen(with_y(month=shuffled(months))).how == "time"
        hours = [f"2024-01-{1 + k // 24:02} {k % 24:02}:00:00" for k in range(72)]
        assert chosen(with_y(at=shuffled(hours))).how == "time"

    def test_a_scattered_date_is_a_warning(self):
        choice = chosen(with_y(visited=shuffled(days(60, 9))))
        assert (choice.how, choice.by) == ("auto", "")
        (finding,) = choice.findings
        assert (finding.code, finding.severity, finding.columns) == ("time-order", "warning", ("visited",))
        assert "--time visited" in finding.advice

    @pytest.mark.parametrize(
        "name", ["dob", "birth_date", "BirthDate", "hired", "dateJoined", "생년월일", "입사일", "가입일"]
    )
    def test_since_when_somebody_is_there_is_no_time(self, name):
        choice = chosen(with_y(**{name: days(60)}))
        assert (choice.how, choice.findings) == ("auto", ())

    def test_several_dates_in_no_order_are_a_warning(self):
        choice = chosen(with_y(ordered=shuffled(days(80)), shipped=shuffled(days(80), 1)))
        assert choice.how == "auto"
        assert [f.severity for f in choice.findings] == ["warning"]
        assert chosen(with_y(ordered=days(80), shipped=shuffled(days(80), 1))).by == "ordered"

    def test_a_date_with_gaps_or_few_values_does_not_decide(self):
        assert chosen(with_y(sold=[*days(30), *[None] * 30])).how == "auto"
        assert chosen(with_y(wave=["2020-01-01"] * 30 + ["2021-01-01"] * 30)).how == "auto"

    def test_a_date_that_is_dropped_still_tells_the_time(self):
        assert chosen(with_y(sold=days(60)), drop=["sold"]).by == "sold"

    def test_years_as_numbers_are_a_warning(self):
        assert [f.code for f in chosen(with_y(model_year=[70 + k // 10 for k in range(80)])).findings] == ["time-order"]
        unsorted = shuffled([2000 + k // 10 for k in range(80)])
        assert chosen(with_y(YearBuilt=unsorted)).findings == ()
        assert [f.columns for f in chosen(with_y(연도=unsorted, 월=[1 + k % 12 for k in range(80)])).findings] == [
            ("연도",)
        ]

    def test_years_in_no_order_are_none(self):
        unsorted = shuffled([2000 + k // 10 for k in range(80)])
        assert chosen(with_y(year=unsorted)).findings == ()
        # the search goes on: the second column lies in order
        later = [1990 + k // 8 for k in range(80)]
        assert [f.columns for f in chosen(with_y(year=unsorted, model_year=later)).findings] == [("model_year",)]

    def test_repeats_need_folds_that_can_be_dealt_anew(self):
        with pytest.raises(PlanError, match=r"--repeats needs folds .* a split by time \(sold\) excludes"):
            chosen(with_y(sold=days(60)), repeats=3)


class TestGroup:
    def test_a_repeated_identifier(self):
        choice = chosen(with_y(patient_id=[100 + k % 30 for k in range(90)]))
        assert (choice.how, choice.by) == ("group", "patient_id")
        assert choice.findings[0].code == "split-by-group"
        assert chosen(with_y(고객번호=[f"k{k % 30}" for k in range(90)])).by == "고객번호"

    @pytest.mark.parametrize(
        "columns",
        [
            {"store_id": [k % 5 for k in range(90)]},  # a category
            {"zip_code": [100 + k % 30 for k in range(90)]},
            {"size": [k % 30 for k in range(90)]},
            {"patient_id": list(range(1000, 1090))},
        ],
    )
    def test_others_do_not_decide(self, columns):
        choice = chosen(with_y(**columns))
        assert (choice.how, choice.findings) == ("auto", ())

    def test_large_groups_are_a_note(self):
        choice = chosen(with_y(machine_id=[k % 20 for k in range(2000)]))
        assert choice.how == "auto"
        assert [(f.severity, f.columns) for f in choice.findings] == [("note", ("machine_id",))]

    def test_shared_names_are_a_warning(self):
        tickets = [f"T{k // 2 if k < 40 else k}" for k in range(100)]
        (finding,) = chosen(with_y(ticket=tickets)).findings
        assert (finding.code, finding.severity, finding.evidence["rows"]) == ("groups", "warning", 40)
        assert "--group ticket" in finding.advice

    def test_without_a_target_no_row_gives_another_one_away(self):
        columns = with_y(ticket=[f"T{k // 2 if k < 40 else k}" for k in range(100)])
        assert chosen(columns, target=None, task="unsupervised").findings == ()
        many = with_y(machine_id=[k % 20 for k in range(2000)])
        assert chosen(many, target=None, task="unsupervised").findings == ()

    def test_names_of_many_rows_or_of_one_are_none(self):
        # by the column's own kind both are categories; neither names something of which there are a few rows
        for n_towns in (12, 24):
            assert chosen(with_y(town=[f"town {k % n_towns}" for k in range(240)])).findings == ()
        known = [f"T{k // 2}" if k < 40 else None for k in range(100)]
        assert chosen(with_y(ticket=known), kind=["ticket=category"]).findings == ()
        rarely = [f"T{k // 2 if k < 4 else k}" for k in range(100)]
        assert chosen(with_y(ticket=rarely), kind=["ticket=category"]).findings == ()

    def test_no_more_than_two_warnings(self):
        names = {f"n{c}": [f"n{c}{k // 2}" for k in shuffled(range(60), c)] for c in range(4)}
        assert len(chosen(with_y(**names)).findings) == 2

    def test_the_key_is_left_out_unless_it_is_named(self):
        data = with_y(patient_id=[100 + k % 30 for k in range(90)])
        for options, role in (({}, "left_out"), ({"kind": ["patient_id=numeric"]}, "feature")):
            settings = Settings.from_options({"target": "y", "group": "patient_id", **options})
            table = with_roles(read_table(data, settings), settings)
            assert without_key(table, choose_split(table, settings), settings).schema["patient_id"].role == role

    def test_no_feature_besides_the_group(self):
        settings = Settings.from_options({"target": "y", "group": "id"})
        table = with_roles(read_table({"id": [k % 30 for k in range(90)], "y": numbers(90)}, settings), settings)
        with pytest.raises(DataError, match="must have a feature besides the group 'id'"):
            without_key(table, choose_split(table, settings), settings)


class TestAsked:
    def test_what_the_user_says_goes(self):
        data = with_y(sold=days(60), patient_id=[k % 30 for k in range(60)])
        assert chosen(data, split="random") == Choice("random")
        assert chosen(data, group="patient_id") == Choice("group", "patient_id")
        assert chosen(data, time="x") == Choice("time", "x")
        assert chosen(data, split="group").by == "patient_id"
        assert chosen(data, split="time").by == "sold"

    def test_rules_without_their_column(self):
        with pytest.raises(
            PlanError, match=r"--split time must come with --time COL .* no column of the dictionary holds dates"
        ):
            chosen(with_y(z=numbers(20)), split="time")
        with pytest.raises(PlanError, match=r"--split time must come with .* it has a, b"):
            chosen(with_y(a=days(20), b=days(20)), split="time")
        with pytest.raises(PlanError, match="--split group must come with --group COL"):
            chosen(with_y(z=numbers(20)), split="group")

    def test_the_target_is_no_key(self):
        with pytest.raises(PlanError, match="--time must name another column than the --target, got 'y'"):
            chosen(with_y(z=numbers(20)), time="y")

    def test_a_gap_needs_a_time(self):
        with pytest.raises(PlanError, match="--gap must come with --time COL"):
            chosen(with_y(z=numbers(20)), gap=3)
        assert chosen(with_y(sold=days(60)), gap=3).how == "time"


@pytest.mark.parametrize(
    ("file", "target", "how", "by"),
    [
        ("tables/boston.csv", "medv", "auto", ""),
        ("tables/titanic.csv", "Survived", "auto", ""),
        ("tables/ames_housing.csv", "SalePrice", "auto", ""),
        ("tables/adult.csv.gz", "income", "auto", ""),
        ("tables/telco_churn.csv", "Churn", "auto", ""),
        ("tables/diamonds.csv.gz", "price", "auto", ""),
        ("tables/insurance.csv", "charges", "auto", ""),
        ("tables/german_credit.csv", "default", "auto", ""),
        ("tables/penguins.csv", "species", "auto", ""),
        ("tables/soybean.csv", "Class", "auto", ""),
        ("tables/bike_sharing_hour.csv", "cnt", "time", "dteday"),
        ("series/airline_passengers.csv", "Passengers", "time", "Month"),
        ("series/energy_load_hourly.csv", "load", "time", "timestamp"),
        ("nasty/garak_market_price.csv", "Price", "time", "Date"),
        ("nasty/cta_ridership_daily.csv", "total_rides", "time", "service_date"),
        ("nasty/apartment_presale_price_cp949.csv", "분양가격(㎡)", "auto", ""),
    ],
)
def test_development_tables(shared: Path, file: str, target: str, how: str, by: str) -> None:
    choice = chosen(str(shared / file), target)
    assert (choice.how, choice.by) == (how, by)
    warned = {f.columns for f in choice.findings if f.severity == "warning"}
    assert warned == {"tables/titanic.csv": {("Ticket",)}, "nasty/apartment_presale_price_cp949.csv": {("연도",)}}.get(
        file, set()
    )


class TestExplained:
    """What a split says beside how its rows were dealt."""

    def told(self, data, **options):
        settings = Settings.from_options({"target": "y", **options})
        ready = loaded(data, **settings.changed())
        assert ready.choice is not None
        rule = SplitRule(
            how=ready.choice.how,
            by=ready.choice.by,
            sampling=settings.sampling,
            class_weight=settings.class_weight,
        )
        split = split_table(ready.table, ready.target, rule, None, None)
        return explained(split, ready.choice, ready.table, settings)

    def classes(self, **columns):
        return {**with_y(**columns), "y": ["no", "no", "yes"] * (len(next(iter(columns.values()))) // 3)}

    def test_weights_and_sampling_are_told_where_log_loss_judges(self):
        data = self.classes(z=numbers(60))
        weighted = self.told(data, class_weight="balanced")
        assert any("epochs are chosen by log-loss with the same weights" in note for note in weighted.notes)
        sampled = self.told(data, sampling="over")
        assert any("log-loss, which judges, wants the true shares" in note for note in sampled.notes)
        for options in ({"class_weight": "balanced"}, {"sampling": "over"}):
            other = self.told(data, metric="roc_auc", **options)
            assert not any("log-loss" in note for note in other.notes)
        assert not any("log-loss" in note for note in self.told(data).notes)

    def test_a_group_that_was_left_out_is_named(self):
        data = with_y(patient_id=[100 + k % 30 for k in range(90)])
        split = self.told(data, group="patient_id")
        assert split.notes[0] == (
            "patient_id left out: it names groups, which new rows do not share; --kind patient_id=category keeps it"
        )
        assert split.made["why"] == "as asked"
        kept = self.told(data, group="patient_id", kind=["patient_id=category"])
        assert not any("left out" in note for note in kept.notes)

    def test_what_was_decided_by_itself_can_be_undone(self):
        split = self.told(with_y(sold=days(60)))
        assert split.hint == "--split random deals rows by chance"
        assert split.made["why"]
        assert [finding.code for finding in split.findings] == ["split-by-time"]
