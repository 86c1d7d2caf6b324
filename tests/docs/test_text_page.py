"""docs/text.md says what is done with texts, in the figures of the code, and its example runs."""

from __future__ import annotations

from pathlib import Path

from netwright.apps.api import train
from netwright.base.ngrams import MOST_CHARACTERS, MOST_POSITIONS
from netwright.models.textcnn import TextCNNConfig
from netwright.preparation.text import MOST_DIRECTIONS, MOST_GRAMS
from tests.reviews import korean_reviews

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "text.md").read_text(encoding="utf-8")


def test_figures_are_those_of_the_code() -> None:
    config = TextCNNConfig()
    assert f"cut after {MOST_CHARACTERS:,} characters" in PAGE
    assert f"the {MOST_GRAMS:,} most frequent n-grams of one to four characters" in PAGE
    assert f"on the {MOST_DIRECTIONS}" in PAGE
    assert f"and {MOST_POSITIONS} at most" in PAGE
    assert f"of {config.buckets:,} buckets with a vector of {config.width} numbers" in PAGE
    assert f"a convolution of {config.filters} filters reads three characters" in PAGE
    assert (config.longest, config.kernel) == (4, 3)


def test_the_example_shows_what_the_page_says() -> None:
    """The same in short: half of the rows, fewer epochs."""
    code = PAGE.split("```python\n")[1].split("```")[0].replace("1_200", "600")
    short = code.replace('preset="quick"', 'preset="quick", epochs=12, no_repair=True, model=["textcnn"]')
    made: dict = {"__name__": "page"}
    with_text, without_text = short.split("without = ")
    exec(with_text + "without = " + without_text.replace("textcnn", "mlp"), made)  # noqa: S102
    joined, only, without = (made[name].metrics for name in ("joined", "only", "without"))
    assert joined["test"]["accuracy"] > 0.8
    assert only["test"]["accuracy"] > 0.7
    assert joined["test"]["log_loss"] < only["test"]["log_loss"] < without["test"]["log_loss"]
    assert joined["baselines"]["constant"]["log_loss"] > 0.65


def test_a_text_and_a_number_to_be_predicted() -> None:
    frame = korean_reviews(300).select("후기", "배송일수")
    run = train(frame, "배송일수", task="regression", preset="quick", epochs=2, no_repair=True)
    assert {row["name"] for row in run.record.leaderboard} == {"mlp", "textcnn", "linear", "trees", "constant"}
