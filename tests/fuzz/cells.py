"""What stands in the cells of real and of hostile tables."""

from __future__ import annotations

import random

from hypothesis import strategies as st

NUMBERS = (
    "0", "1", "-1", "+2.5", "007", "1e5", "1E-3", "1e309", "-1e309", "1e-400", "1,234", "1,234,567.89",
    "1.234,56", "1 234", "1'234", "1’234,5", "2,5", ".5", "5.", "-.5", "1e", "e5", "--1", "+-1", "1.2.3",
    "1,2,3", "1,23", "0x1F", "1_000", "0b1", "1/2", "½", "١٢٣", "１２３", "Ⅷ", "²", "NaN", "nan", "inf",
    "-Infinity", "Infinit", "1.#INF", "1d5", "5%", "5 ％", "$5", "-€3", "₩1,000", "4,500원", "3 円", "(5)",
    "($1,161.56)", "(5", "−2", "1−", "9" * 400, "0." + "0" * 400 + "1", "9007199254740993",
    "-9223372036854775809", "18446744073709551616", "1e22", "4.9e-324",
)  # fmt: skip

DATES = (
    "2020-01-02", "2020-02-30", "2020-1-2", "2020/1/2 3:04", "0000-00-00", "0001-01-01", "9999-12-31",
    "10000-01-01", "-2020-01-02", "20200102", "20200230", "2020년 1월 3일 오후 2:30", "2020년 13월",
    "2019. 3. 5.", "12/31/1999", "31/12/1999", "1/2/2003", "31.12.99", "2020-01-02T25:61:61",
    "2020-01-02T03:04:05.123456789+09:00", "2020-01-02 03:04:05 PM", "2020-01-02T03:04Z", "3 Jan 2020",
    "Jan 3, 2020", "March 3 2020", "2020-06", "1970-01-01", "294247-01-10", "2020-W01-1", "오전 3:04",
)  # fmt: skip

LABELS = (
    "서울", "부산", "가격(원)", "남", "여", "예", "아니오", "Seoul", "yes", "no", "TRUE", "false", "O", "X",
    "café", "Ünï", "1등급", "2등급", "NA", "N/A", "null", "None", "-", "--", ".", "?", "#N/A", "#DIV/0!",
    "결측", "해당없음", "東京", "n/a", "<NA>", "\\N", "nil", "NaT",
)  # fmt: skip

#: Texts that some program trips over: marks, controls, both ways of writing, quotes, separators, formulas, code.
STRANGE = (
    "", " ", "\t", "\u00a0", "\u3000", "\u200b", "\ufeff", "\ufeffa", "a\x00b", "\x00", "\x1a",
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x07", "\x08", "\x0b", "\x0c", "\x1c", "\x1f", "\x7f", "\x85",
    "\x9b31m", "\u2028", "\u2029", "\u202eabc", "\u2066x\u2069", "שלום", "مرحبا", "e\u0301",
    "\u1112\u1161\u11ab", "\u0301", "👩‍👩‍👧", "𝔘", "\ufffd", "\uffff", '"', '""', '"a', 'a"', 'a"b', '"a"b',
    '"a" "b"', "'", "`", "\\", '\\"', "a,b", "a;b", "a|b", "a\tb", "a\nb", "a\r\nb", "a\rb", "\n", "\r", '"\n"',
    ",", ";", ",,,", "#", "# a", "#a,b", "sep=;", "=1+1", "=cmd|' /C calc'!A1", "@SUM(1)", "+1+1", "-1+1",
    "<script>alert(1)</script>", "{{7*7}}", "%s%n", "../../etc/passwd", "a" * 3_000, "한" * 1_000, "[1, 2]",
    '{"a": 1}', "null\x00", "True\n",
)  # fmt: skip

EVERYTHING = NUMBERS + DATES + LABELS + STRANGE


def column(rng: random.Random, n_rows: int) -> list[str]:
    """Cells of one sort, some gaps, now and then a stranger."""
    sort = rng.choice(("plain", "plain", "labels", "labels", "numbers", "dates", "anything", "style", "ids", "text"))
    if sort == "plain":
        digits = rng.randrange(0, 4)
        cells = [f"{rng.gauss(0, 10 ** rng.randrange(-2, 6)):.{digits}f}" for _ in range(n_rows)]
    elif sort == "labels":
        pool = rng.sample(LABELS, rng.randrange(1, 5))
        cells = [rng.choice(pool) for _ in range(n_rows)]
    elif sort == "numbers":
        cells = [rng.choice(NUMBERS) for _ in range(n_rows)]
    elif sort == "dates":
        form = rng.choice(
            ("{y}-{m:02}-{d:02}", "{d}/{m}/{y}", "{y}년 {m}월 {d}일", "{y}{m:02}{d:02}", "{y}. {m}. {d}.")
        )
        cells = [form.format(y=rng.randrange(1899, 2101), m=rng.randrange(1, 13), d=rng.randrange(1, 30))
                 for _ in range(n_rows)]  # fmt: skip
    elif sort == "style":
        form = rng.choice(("{:,.2f}", "{:,}%", "${:,.0f}", "({:,.1f})", "{:.1f} €"))
        cells = [form.format(rng.randrange(10**6)) for _ in range(n_rows)]
        if rng.random() < 0.4:
            cells = [cell.translate(str.maketrans(".,", ",.")) for cell in cells]
    elif sort == "ids":
        cells = [f"{rng.choice(('', 'A-', '0'))}{at}" for at in range(n_rows)]
    elif sort == "text":
        cells = [" ".join(rng.choices(LABELS + DATES, k=rng.randrange(1, 12))) for _ in range(n_rows)]
    else:
        cells = [rng.choice(EVERYTHING) for _ in range(n_rows)]
    gaps, strangers = rng.choice((0, 0, 0.1, 0.5, 1)), rng.choice((0, 0, 0, 0.02, 0.2))
    return [
        rng.choice(EVERYTHING) if rng.random() < strangers else "" if rng.random() < gaps else cell for cell in cells
    ]


def name(rng: random.Random, at: int) -> str:
    """Of a column: mostly an ordinary one."""
    luck = rng.random()
    if luck < 0.8:
        return rng.choice(("a", "price", "지역", "가격(㎡)", "col", "날짜", "2019", "x y", "µm")) + str(at)
    return rng.choice(EVERYTHING)


def table(rng: random.Random) -> list[list[str]]:
    """A header and rows below it."""
    width = rng.choice((1, 2, 2, 3, 3, 4, 6, 12))
    n_rows = rng.choice((1, 2, 3, 12, 12, 30, 30, 80))
    columns = [[name(rng, at), *column(rng, n_rows)] for at in range(width)]
    return [list(row) for row in zip(*columns, strict=True)]


#: One cell for hypothesis: known troublemakers, and any text that UTF-8 can hold.
any_cell = st.one_of(st.sampled_from(EVERYTHING), st.text(st.characters(codec="utf-8"), max_size=8))

#: Cells that every parser must agree on: no NUL (refused), no carriage return (becomes a line feed), no other blanks
#: of Python and no mark at the start of a file.
sound_cell = st.one_of(
    st.sampled_from([cell for cell in EVERYTHING if not set(cell) & set("\x00\r\x1a\ufeff")]),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00\r\x1a\ufeff"), max_size=6),
)


def tables(cells: st.SearchStrategy[str], most_rows: int = 6) -> st.SearchStrategy[list[list[str]]]:
    """Rows of the same width, the first one with names of their own."""
    return st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=most_rows).map(
            lambda rows: [[f"이름 {at}" for at in range(width)], *rows]
        )
    )
