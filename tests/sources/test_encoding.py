from __future__ import annotations

import codecs

import pytest

from netwright.base.errors import DataError, PlanError
from netwright.sources.encoding import decode

KOREAN = "지역명,규모구분,분양가격(㎡)\n서울,전용면적 60㎡이하,5652\n부산,전체,3203\n"
WESTERN = "room;temp;town\nkitchen;21°C;Ångström\nhall;19°C;café à Orléans\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp949", "utf-16-le", "utf-16-be"])
def test_korean(encoding):
    decoded = decode(KOREAN.encode(encoding), "f.csv")
    assert (decoded.text, decoded.encoding, decoded.note) == (KOREAN, encoding, "")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ],
)
def test_byte_order_marks(mark, encoding):
    decoded = decode(mark + KOREAN.encode(encoding), "f.csv")
    assert (decoded.text, decoded.encoding, decoded.guessed) == (KOREAN, encoding, False)


@pytest.mark.parametrize(
    "text",
    [
        WESTERN,
        "21°C",
        "a,b\n20°C,30°F\n",
        "½,¾\nx,y",
        "naïve\nÄrzte\n",
        "SÃO PAULO\nAÇÃO\n",
        "garçon,élève,Müller,Weiß,señor",
        "±5,µm\n",
    ],
)
def test_latin_1_is_not_taken_for_korean(text):
    decoded = decode(text.encode("latin-1"), "f.csv")
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, "latin-1", True)


@pytest.mark.parametrize(
    "text",
    ["서울,부산", "여,남\n1,2", "A동,B동\n", "3층,5층\n", "kg당,1", "펲시,똠방각하", "漢字를 쓴다", "size(㎡)\n1"],
)
def test_short_korean_is_not_taken_for_latin_1(text):
    decoded = decode(text.encode("cp949"), "f.csv")
    assert (decoded.text, decoded.encoding, decoded.guessed) == (text, "cp949", True)


def test_windows_quotes_and_euro():
    text = "price,note\n5 €,it’s “fine” – really\n"
    decoded = decode(text.encode("cp1252"), "f.csv")
    assert (decoded.text, decoded.encoding) == (text, "cp1252")


def test_bytes_that_windows_has_not_are_latin_1():
    assert decode(b"caf\xe9 \x81x", "f.csv").encoding == "latin-1"


def test_close_call_is_said():
    decoded = decode("뷁,똠방,뷁".encode("cp949"), "f.csv")
    assert decoded.note == ("The encoding was a close call: read as cp949; --encoding latin-1 reads it the other way.")


def test_many_runs_are_enough():
    assert decode("서울 ".encode("cp949") * 30_000, "f.csv").encoding == "cp949"


def test_damaged_utf_8_is_not_read_in_another_encoding():
    data = KOREAN.encode() + "서".encode()[:2]
    decoded = decode(data, "f.csv")
    assert (decoded.text, decoded.encoding) == (KOREAN + "\ufffd", "utf-8")
    assert decoded.note == (
        f"f.csv is UTF-8 but for 1 place, the first at byte {len(data) - 2}, read as \ufffd; "
        "--encoding reads it in another encoding."
    )


def test_a_nul_cell_is_not_utf_16():
    assert decode(b"a,b\n1,\x00\n2,3\n", "f.csv").encoding == "utf-8"


def test_given_encoding_wins():
    assert decode("21°C".encode("latin-1"), "f.csv", "cp949").text == "21캜"
    assert decode(codecs.BOM_UTF16_LE + "가".encode("utf-16-le"), "f.csv", "utf-16").text == "가"


def test_given_encoding_that_does_not_fit():
    with pytest.raises(DataError) as caught:
        decode(b"ab\xff\xfe", "f.csv", "utf-8")
    assert str(caught.value) == (
        "f.csv must be text in utf-8, got the byte 0xff at offset 2 that is none. "
        "Pass another --encoding, such as utf-8, cp949 or latin-1, or none to have it found."
    )


def test_cut_off_utf_16():
    with pytest.raises(DataError, match=r"^f\.csv must be text in utf-16-le, got the byte 0x62 at offset 2"):
        decode(codecs.BOM_UTF16_LE + b"a\x00b", "f.csv")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("klingon", r"^--encoding must be one that Python knows, such as cp949, got 'klingon'\.$"),
        ("hex", r"^--encoding must be the encoding of a text, such as cp949, got 'hex'\.$"),
    ],
)
def test_no_such_encoding(given, message):
    with pytest.raises(PlanError, match=message):
        decode(b"a", "f.csv", given)


def test_binary_is_refused():
    with pytest.raises(DataError, match="binary data"):
        decode(bytes(range(256)), "f.csv")


def test_utf_16_without_a_mark_and_with_old_line_ends():
    assert decode("a,b\r1,2\r".encode("utf-16-le"), "f.csv").encoding == "utf-16-le"
    assert decode("a,b\r1,2\r".encode("utf-16-be"), "f.csv").encoding == "utf-16-be"


@pytest.mark.parametrize("codec", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"])
def test_codecs_that_spell_no_texts(codec):
    with pytest.raises(PlanError, match="must be the encoding of a text"):
        decode(b"a,b", "f.csv", codec)
