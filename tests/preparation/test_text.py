from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from netwright.base.ngrams import MOST_CHARACTERS, MOST_POSITIONS, bucket_of, next_hashes, plain_text
from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.preparer import Preparer
from netwright.preparation.text import MOST_DIRECTIONS, MOST_GRAMS, TextEncoder
from netwright.preparation.typical import typical_row
from netwright.preparation.values import column_values, feature_values
from tests.preparation.tables import typed
from tests.reviews import korean_reviews

REVIEWS = korean_reviews(300, seed=1)["후기"]
COLUMN = Column("후기", "text")


def cells(texts):
    return column_values(pl.Series("후기", list(texts), dtype=pl.String), COLUMN)


def fitted(texts=REVIEWS, *, flat=True) -> TextEncoder:
    return TextEncoder.fit(COLUMN, cells(texts), Preparation(flat=flat))


# --- n-grams


def test_composed_and_split_hangul_are_one_text():
    assert plain_text("한글 ＡＢＣ") == plain_text("\u1112\u1161\u11ab\u1100\u1173\u11af abc") == "한글 abc"


def test_blanks_and_nul_part_words():
    assert plain_text("\t a\0b \n") == "a b"


def test_long_texts_are_cut():
    assert len(plain_text("ﷺ" * 5_000)) == len(plain_text("가" * 10**6)) == MOST_CHARACTERS


def test_hashes_are_those_of_plain_arithmetic():
    def slowly(text: str) -> int:
        found = 0
        for letter in text:
            found = (found + ord(letter)) % (2**31 - 1) * 1_103_515_245 % (2**31 - 1)
        return found

    for text in ("가", "가나다라", "\U0010ffff\U0010ffff"):
        hashes = np.zeros(1, dtype=np.int64)
        for letter in text:
            hashes = next_hashes(hashes, np.array([ord(letter)]))
        assert int(hashes[0]) == slowly(text)
        assert 1 <= int(bucket_of(hashes, 64)[0]) < 64


def test_hashes_are_spread_over_buckets():
    points = np.arange(0xAC00, 0xAC00 + 4_096)
    counts = np.bincount(bucket_of(next_hashes(np.zeros_like(points), points), 1_025), minlength=1_025)
    assert counts[0] == 0
    assert counts.max() < 16


# --- numbers


def test_numbers_are_of_the_scale_of_train_rows():
    encoder = fitted()
    n_directions = MOST_DIRECTIONS
    dense = encoder.dense(cells(REVIEWS))
    assert dense.shape == (300, len(encoder.feature_names))
    assert encoder.n_continuous == encoder.n_features == n_directions + 3
    np.testing.assert_allclose(dense.mean(axis=0), 0, atol=1e-4)
    spreads = dense.std(axis=0)
    assert spreads[:MOST_DIRECTIONS].max() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(spreads[n_directions], 1, atol=1e-3)  # the length; no review has a digit


def test_directions_are_those_of_the_counts():
    """Against scikit-learn's vectorizer over the same n-grams, blanks at both ends."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [f" {plain_text(text)} " for text in REVIEWS]
    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2, lowercase=False)
    counts = words.fit_transform(texts).toarray()
    in_all = (counts > 0).all(axis=0)  # what all texts have tells nothing
    words_kept = counts[:, ~in_all] / np.linalg.norm(counts[:, ~in_all], axis=1, keepdims=True)
    encoder = fitted()
    assert len(encoder.grams) == words_kept.shape[1] <= MOST_GRAMS
    own = encoder.numbers(cells(REVIEWS))[:, :MOST_DIRECTIONS]
    shown = np.linalg.norm(own, axis=1)
    # what 64 directions hold of each text cannot be more than all of it, and is most of it
    _, singular, _ = np.linalg.svd(words_kept, full_matrices=False)
    best = (singular[:MOST_DIRECTIONS] ** 2).sum() / len(texts)
    assert (shown**2).mean() == pytest.approx(best, rel=0.01)


def test_a_row_gives_the_same_bits_among_any_others():
    encoder = fitted()
    whole, some = encoder.dense(cells(REVIEWS)), encoder.dense(cells(REVIEWS[7:9]))
    np.testing.assert_array_equal(whole[7:9].view(np.uint32), some.view(np.uint32))


def test_missing_texts():
    encoder = fitted([*REVIEWS[:50], None, None])
    dense = encoder.dense(cells([None, REVIEWS[0], ""]))
    assert encoder.feature_names[-1] == "후기 is missing"
    assert dense[:, -1].tolist() == [1.0, 0.0, 0.0]
    assert not dense[0, :-1].any()
    assert fitted(REVIEWS[:50]).dense(cells([None])).shape == (1, len(fitted(REVIEWS[:50]).feature_names))


@pytest.mark.parametrize("texts", [[None] * 5, ["같은 글"] * 5, ["a"], [" ", "x"], ["a b", "c d", "e f"]])
@pytest.mark.parametrize("flat", [False, True])
def test_hardly_any_texts(texts, flat):
    encoder = fitted(texts, flat=flat)
    later = cells(["무엇이든", None, "x" * 5_000, "\ud55c"])
    assert np.isfinite(encoder.dense(later)).all()
    if not flat:
        assert encoder.array(later).shape == (4, *encoder.shape)


def test_train_rows_alone_say_what_counts():
    """Texts of other rows change nothing: the encoder never sees them."""
    table = typed({"후기": REVIEWS.to_list(), "x": list(range(300))}, "후기=text")
    values = feature_values(table)
    train = {name: own.take(np.arange(200)) for name, own in values.items()}
    one = Preparer.fit(table.schema, train, Preparation(flat=True))
    other = Preparer.fit(
        table.schema, {**train, "후기": cells([*REVIEWS[:200]])}, Preparation(flat=True)
    )
    assert one.encoders[0] == other.encoders[0]


# --- characters


def test_characters_in_order_between_blanks():
    encoder = fitted(["가나 다", "라"], flat=False)
    (row, nothing) = encoder.array(cells(["나 가", None]))[:, 0]
    assert encoder.input == "text"
    assert encoder.shape == (1, 8)
    assert row.tolist() == [ord(" "), ord("나"), ord(" "), ord("가"), ord(" "), 0, 0, 0]
    assert not nothing.any()


def test_nearly_all_train_texts_fit_and_no_text_needs_more_than_the_most():
    assert fitted(["x" * 10] * 199 + ["x" * 200], flat=False).shape == (1, 16)
    encoder = fitted(["가" * 900] * 9, flat=False)
    assert encoder.shape == (1, MOST_POSITIONS)
    assert (encoder.array(cells(["나" * 2_000])) != 0).all()


def test_columns_of_texts_stand_side_by_side():
    table = typed({"후기": REVIEWS.to_list(), "제목": [text[:5] for text in REVIEWS]}, "후기=text", "제목=text")
    preparer = Preparer.fit(table.schema, feature_values(table), Preparation())
    arrays = preparer.transform(feature_values(table)).arrays
    assert arrays["text"].shape == (300, *preparer.arrays["text"])
    assert preparer.spans()["제목"].array == ("text", 1, 2)
    assert not arrays["text"][:, 1, 8:].any()


# --- trees, typical row


def test_trees_read_the_numbers_and_gaps():
    table = typed({"후기": [*REVIEWS[:80], None], "x": list(range(81))}, "후기=text")
    maker = PlainFeatures.fit(table.schema, feature_values(table))
    dense = maker.transform(feature_values(table)).dense
    assert np.isnan(dense[-1, :-1]).all()
    assert not np.isnan(dense[:-1]).any()
    back = PlainFeatures.from_json(json.loads(json.dumps(maker.to_json())), table.schema)
    np.testing.assert_array_equal(back.transform(feature_values(table)).dense, dense)


def test_the_typical_text_is_none_unless_most_rows_have_it():
    def typical(texts):
        return typical_row(typed({"후기": texts}, "후기=text"))["후기"]

    assert typical(REVIEWS.to_list()) is None
    assert typical(["a b c"] * 6 + ["d e f"] * 4) == "a b c"


# --- damaged state


ENCODER = fitted()
DAMAGES = {
    "positions beyond": {"positions": 10**9},
    "negative positions": {"positions": -1},
    "more n-grams than may be": {"grams": tuple(range(MOST_GRAMS + 1)), "weights": (1.0,) * (MOST_GRAMS + 1)},
    "n-grams out of order": {"grams": ENCODER.grams[::-1]},
    "a weight too few": {"weights": ENCODER.weights[1:]},
    "an infinite weight": {"weights": (float("inf"), *ENCODER.weights[1:])},
    "a spread of nothing": {"spreads": (0.0, *ENCODER.spreads[1:])},
    "a mean too few": {"means": ENCODER.means[1:]},
    "more directions than may be": {"means": ENCODER.means * 9, "spreads": ENCODER.spreads * 9},
    "directions cut": {"directions": ENCODER.directions[:-8]},
    "directions of no base64": {"directions": "!" + ENCODER.directions[1:]},
    "directions of another script": {"directions": "가" + ENCODER.directions[1:]},
    "directions that are no numbers": {"directions": "//8A" + ENCODER.directions[4:]},
    "none of the numbers beside": {"means": (), "spreads": ()},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_does_not_fit_together_is_refused(damage):
    with pytest.raises(ValueError, match="후기"):
        replace(ENCODER, **DAMAGES[damage])


def test_json_gives_it_back():
    for encoder in (ENCODER, fitted(flat=False)):
        back = TextEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
        assert back == encoder
        later = cells(["처음 보는 글 \U0001f600", None])
        np.testing.assert_array_equal(back.dense(later), encoder.dense(later))
