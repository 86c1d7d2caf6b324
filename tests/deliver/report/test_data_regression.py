import numpy as np

from netwright.base.record import RunRecord
from netwright.deliver.report.data_regression import (
    MOST_POINTS,
    error_bars,
    errors_by_size,
    largest_errors,
    regression_section,
)


def test_bars_hold_every_row_within_reach() -> None:
    residuals = np.linspace(-1, 1, 1_001)
    bars, outside = error_bars(residuals)
    assert outside == 0
    assert sum(rows for *_, rows in bars) == 1_001
    assert bars[0][0] == -1 and bars[-1][1] == 1


def test_a_row_far_out_is_counted_not_drawn() -> None:
    bars, outside = error_bars(np.append(np.linspace(-1, 1, 999), 1e6))
    assert outside == 1
    assert bars[-1][1] < 4


def test_equal_residuals_make_one_bar() -> None:
    assert error_bars(np.full(7, 2.5)) == ([[2.5, 2.5, 7]], 0)
    assert error_bars(np.array([])) == ([], 0)
    nearly = np.full(9, 0.1)
    nearly[0] = np.nextafter(0.1, 1)
    assert error_bars(nearly) == ([[0.1, 0.1, 9]], 0)


def test_error_by_size_by_hand() -> None:
    truth = np.arange(20.0)
    predicted = truth + np.where(truth < 10, 1.0, -3.0)
    groups = errors_by_size(truth, predicted)
    assert [group["detail"] for group in groups] == ["5 rows"] * 4
    assert [group["value"] for group in groups] == [1.0, 1.0, 3.0, 3.0]
    assert groups[0]["label"] == "0 to 4.00" and groups[-1]["label"] == "15.0 to 19.0"


def test_too_few_rows_or_one_value_have_no_groups() -> None:
    assert errors_by_size(np.arange(9.0), np.zeros(9)) == []
    assert errors_by_size(np.ones(50), np.zeros(50)) == []


def test_largest_errors_worst_first() -> None:
    found = largest_errors(np.array([10, 2_011, 12]), np.array([1.0, 2.0, 3.0]), np.array([1.5, -7.0, 3.0]))
    assert [own["row"] for own in found] == ["2,011", "10", "12"]
    assert found[0] == {"row": "2,011", "beside": [], "true": "2.00", "predicted": "-7.00", "residual": "9.00"}
    more = {"origin": np.array(["May", "June", "July"]), "step": np.array([1, 2, 3])}
    found = largest_errors(np.array([7, 7, 7]), np.array([1.0, 2.0, 3.0]), np.zeros(3), more)
    assert [own["beside"] for own in found] == [["July", "3"], ["June", "2"], ["May", "1"]]


def test_scatter_is_thinned_and_says_so(regression_record: RunRecord, with_test) -> None:
    truth = np.arange(5_000.0)
    fit, residuals, *_ = regression_section(with_test(regression_record, truth, truth + 1))["charts"]
    assert len(fit["data"]["points"]) == MOST_POINTS == len(residuals["data"]["points"])
    assert "2,000 of the 5,000 rows are drawn, by chance." in fit["reading"]
    assert all(y == x + 1 for x, y, _ in fit["data"]["points"][:50])
    assert {y for _, y, _ in residuals["data"]["points"]} == {-1.0}


def test_rows_without_a_finite_prediction_are_counted(regression_record: RunRecord, with_test) -> None:
    section = regression_section(with_test(regression_record, [1, 2, 3, 1.7e308], [1, np.nan, np.inf, -1.7e308]))
    assert section["lost"] == "3 rows without a finite prediction left out here."
    assert section["charts"][0]["data"]["points"] == [[1.0, 1.0, 0]]


def test_no_finite_prediction_at_all_is_said(regression_record: RunRecord, with_test) -> None:
    charts = regression_section(with_test(regression_record, [1, 2], [np.nan, np.nan]))["charts"]
    charts = [chart for chart in charts if chart["id"] != "chart-coverage"]  # that one counts what the run found
    assert [chart["data"] for chart in charts] == [None] * 4
    assert all(chart["empty"] for chart in charts)


def test_points_are_those_of_the_record(regression_record: RunRecord) -> None:
    points = regression_section(regression_record)["charts"][0]["data"]["points"]
    assert regression_record.test is not None
    assert [row for *_, row in points] == regression_record.test.rows.tolist()
    assert np.allclose([x for x, *_ in points], regression_record.test.truth, rtol=1e-4)
    assert np.allclose([y for _, y, _ in points], regression_record.test.predicted, rtol=1e-4)


def test_years_are_written_out_and_prices_are_not(regression_record: RunRecord, with_test) -> None:
    years = np.array([2015.0, 2017.0, 2020.0])
    found = regression_section(with_test(regression_record, years, years + np.array([1.0, 2.0, -1.0])))["largest"]
    assert (found[0]["true"], found[0]["predicted"]) == ("2,017.0", "2,019.0")
    prices = np.array([180_700.0, 250_000.0])
    found = regression_section(with_test(regression_record, prices, prices * 1.2))["largest"]
    assert found[0]["true"] == "250,000" and found[1]["true"] == "181,000"
