"""Files that are no plain text: JSON, JSON lines, Parquet, Excel and SQLite, whole ones and hostile ones."""

from __future__ import annotations

import datetime
import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from decimal import Decimal
from typing import Any

from tests.fuzz import cells
from tests.sources.workbooks import xls, xlsx

Made = tuple[bytes, list[list[Any]] | None]

_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e308, 5e-324,
    float("nan"), float("inf"), float("-inf"), "", " ", "1", "1.0", "NA", "서울", "\ud800", "a\ud83d", "\x00", "\ufeff",
    [], {}, [1, [2]], {"a": {"b": 1}}, {"": None}, "x" * 5_000,
)  # fmt: skip


def records(rng: random.Random) -> list[dict[str, Any]]:
    """Rows of a table as objects, some of them with values of any sort."""
    table = cells.table(rng)
    names, wild = table[0], rng.choice((0, 0, 0.05, 0.5))
    numbers = [rng.random() < 0.5 for _ in names]
    found = []
    for row in table[1:]:
        pairs = [
            (name, rng.choice(_VALUES) if rng.random() < wild else _number(cell) if as_number else cell)
            for name, cell, as_number in zip(names, row, numbers, strict=True)
        ]
        found.append(dict(pairs if rng.random() > wild else pairs[:-1]))
    return found


def _number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell or None


def json_text(rng: random.Random) -> bytes:
    """A table as JSON in one of its usual shapes, or JSON that is none."""
    rows = records(rng)
    names = list(dict.fromkeys(name for row in rows for name in row))
    shape = rng.choice(("records", "records", "columns", "split", "indexed", "wrapped", "deep", "doubled", "other"))
    if shape == "deep":
        depth, opened, closed = rng.choice(((50, "[", "]"), (900, "[", "]"), (200_000, "[", "]"), (900, '{"a":', "}"),
                                            (100_000, '{"a":', "}"), (400, '[{"b":', "}]")))  # fmt: skip
        return f'[{{"x": 1, "y": {opened * depth}1{closed * depth}}}]'.encode()
    if shape == "doubled":
        return b'[{"a": 1, "b": 2, "a": 3}, {"a.c": 1, "a": {"c": 2}, "b": 3}]'[rng.choice((0, 0, 26)) :]
    if shape == "other":
        value: Any = rng.choice((rng.choice(_VALUES), [rows], {"a": rows, "b": rows}, [1, 2], [[1, 2], [3]], {"a": 1}))
    elif shape == "columns":
        value = {name: [row.get(name) for row in rows] for name in names}
    elif shape == "split":
        value = {"columns": names, "data": [[row.get(name) for name in names] for row in rows]}
    elif shape == "indexed":
        value = {name: {str(at): row.get(name) for at, row in enumerate(rows)} for name in names}
    else:
        value = {"rows": rows, "n": len(rows)} if shape == "wrapped" else rows
    return _dumped(value, rng)


def json_lines(rng: random.Random) -> bytes:
    """A record a line, now and then a line that is none."""
    lines = [_dumped(row, rng) for row in records(rng)]
    if rng.random() < 0.3:
        lines.insert(
            rng.randrange(len(lines) + 1), rng.choice((b"", b"{", b"[1]", b'"a"', b"1", b"null", b"{}", b"# x"))
        )
    return b"\n".join(lines)


def _dumped(value: Any, rng: random.Random) -> bytes:
    text = json.dumps(value, ensure_ascii=rng.random() < 0.5)
    encoding = rng.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp949"))
    return text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")


def parquet(rng: random.Random) -> bytes:
    """A table with columns of every type that Parquet knows."""
    import polars as pl

    n = rng.choice((0, 1, 5, 40))
    makers: tuple[Callable[[], pl.Series], ...] = (
        lambda: pl.Series([rng.gauss(0, 1) for _ in range(n)]),
        lambda: pl.Series([rng.choice((None, float("nan"), float("inf"), 1.5)) for _ in range(n)], dtype=pl.Float32),
        lambda: pl.Series([rng.randrange(-(2**63), 2**63) for _ in range(n)], dtype=pl.Int64),
        lambda: pl.Series([rng.randrange(2**64) for _ in range(n)], dtype=pl.UInt64),
        lambda: pl.Series([rng.choice((True, False, None)) for _ in range(n)], dtype=pl.Boolean),
        lambda: pl.Series(cells.column(rng, n), dtype=pl.String),
        lambda: pl.Series([rng.choice(("a", "가", None)) for _ in range(n)], dtype=pl.Categorical),
        lambda: pl.Series([rng.randrange(-800_000, 3_000_000) for _ in range(n)], dtype=pl.Int32).cast(pl.Date),
        lambda: pl.Series([rng.randrange(-(2**62), 2**62) for _ in range(n)]).cast(
            pl.Datetime(rng.choice(("ns", "us", "ms")), rng.choice((None, "Asia/Seoul")))),
        lambda: pl.Series([rng.randrange(86_400) * 10**9 for _ in range(n)]).cast(pl.Time),
        lambda: pl.Series([rng.randrange(10**9) for _ in range(n)]).cast(pl.Duration("us")),
        lambda: pl.Series([Decimal(rng.randrange(10**9)) / 100 for _ in range(n)], dtype=pl.Decimal(20, 2)),
        lambda: pl.Series([rng.randbytes(3) for _ in range(n)], dtype=pl.Binary),
        lambda: pl.Series([[1, 2], [], None, [3]] * (n // 4) + [[1]] * (n % 4), dtype=pl.List(pl.Int64)),
        lambda: pl.Series([{"a": 1, "b": "x"}] * n, dtype=pl.Struct({"a": pl.Int64, "b": pl.String})),
        lambda: pl.Series([None] * n, dtype=pl.Null),
    )  # fmt: skip
    columns = [
        maker().alias(cells.name(rng, at)) for at, maker in enumerate(rng.choices(makers, k=rng.randrange(1, 8)))
    ]
    frame = pl.DataFrame({column.name: column for column in columns})
    written = io.BytesIO()
    frame.write_parquet(written, compression=rng.choice(("zstd", "snappy", "gzip", "uncompressed", "lz4")))
    return written.getvalue()


_PARTS = (
    "xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[Content_Types].xml",
)  # fmt: skip
_CELLS = (
    ("<c ", '<c s="1" '), ("<c ", '<c t="s" '), ("<c ", '<c t="e" '), ("<c ", '<c t="str" '),
    ("<c ", '<c t="d" '), ("<v>", "<f>1/0</f><v>"), ("<v>", "<v>#N/A"), ("<v>", "<v>1e309"), ("<v>", "<v>-"),
    ("<v>", "<f>A1:A9</f><v>"), ('r="A', 'r="XFD'), ('r="B', 'r="AAAAAAA'), ('2"', '1048576"'),
    ('2"', '99999999999"'), ('2"', '0"'), (' r="', ' q="'),
    ("</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>'),
    ("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'), ("<row ", "<row><row "), ("</row>", ""),
    ('<sheet name="', '<sheet state="hidden" name="'), ('numFmtId="14"', 'numFmtId="99999"'),
    ('Id="r1"', 'Id="r9"'), ("<t>", "<t>&x;"), ("<t>", "<t>&#0;&#27;[31m"), ("<t>", "<t>&#xD800;"),
    ('encoding="UTF-8"', 'encoding="UTF-16"'), ("<?xml", '<!DOCTYPE x [<!ENTITY x "&x;&x;">]><?xml'),
    ("worksheets/", "../../"), ("sheetId=\"1\"", "sheetId=\"x\""),
)  # fmt: skip


def excel(rng: random.Random) -> tuple[bytes, str]:
    """A workbook and its ending: of one sheet or several, hidden, empty, with dates and formulas; parts damaged."""
    rows = [[_typed(rng, cell) for cell in row] for row in cells.table(rng)]
    if rng.random() < 0.2:
        return xls([[_for_old_workbooks(cell) for cell in row] for row in rows]), ".xls"
    sheets: dict[str, list[list[object]]] = {"Sheet1": rows}
    if rng.random() < 0.3:
        sheets[rng.choice(("빈 시트", "2", "a'b", "<&>", "x" * 40))] = rng.choice(([], [[None]], rows, [["a"], [1]]))
    data = xlsx(sheets)
    if rng.random() < 0.5:
        data = _with_part(rng, data)
    return data, rng.choice((".xlsx", ".xlsx", ".xlsm", ".xlsb", ".xls"))


def _for_old_workbooks(cell: object) -> str | float:
    if isinstance(cell, int | float):
        return float(cell)
    return "".join(letter for letter in str(cell)[:200] if ord(letter) < 0x10000)


def _typed(rng: random.Random, cell: str) -> object:
    luck = rng.random()
    if luck < 0.05:
        return datetime.date(2020, 1, 1) + datetime.timedelta(rng.randrange(-50_000, 50_000))
    if luck < 0.1:
        return rng.choice((True, False, None, 10**20, -0.5))
    number = _number(cell)
    if isinstance(number, float) and abs(number) < 1e300:
        return number
    # XML has no controls but these
    return "".join(letter for letter in cell if letter >= " " or letter in "\n\t").replace("\uffff", "")


def _with_part(rng: random.Random, data: bytes) -> bytes:
    """The workbook with a part changed, and its check sums right."""
    part, packed = rng.choice(_PARTS), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == part:
                for _ in range(rng.choice((1, 1, 3))):
                    old, new = rng.choice(_CELLS)
                    times = rng.choice((1, -1))
                    content = content.replace(old.encode(), new.encode(), times)
                if rng.random() < 0.3:
                    content = content[: rng.randrange(len(content))]
                if rng.random() < 0.1:
                    continue
            after.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # without a time
    return packed.getvalue()


_STRANGE_TABLES = (
    'CREATE TABLE "a ""b""; DROP TABLE x" (a, b)', "CREATE TABLE '표 1' (이름 TEXT, 값 REAL)",
    'CREATE TABLE "" (a)', "CREATE TABLE t (a, b GENERATED ALWAYS AS (a * 2))",
    "CREATE TABLE t (a PRIMARY KEY, b) WITHOUT ROWID", 'CREATE TABLE t ("a", " a ", "A ")',
    'CREATE TABLE t ("", b)', "CREATE TABLE t (a TEXT COLLATE nocase, b BLOB)",
)  # fmt: skip
_VIEWS = (
    "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) AS m FROM c",
    "CREATE VIEW v AS SELECT zeroblob(2000000000) AS z", "CREATE VIEW v AS SELECT * FROM nowhere",
    "CREATE VIEW v AS SELECT hex(randomblob(900000000)) AS z", "CREATE VIEW v AS SELECT 1 AS a, 2 AS a",
    "CREATE VIEW v AS SELECT abs(-9223372036854775808) AS a",
    "CREATE VIEW v AS SELECT load_extension('x') AS a",
    "CREATE VIEW v AS SELECT 9e999 AS a, -9e999 AS b, NULL AS c",
    "CREATE VIEW v AS SELECT printf('%.*c', 900000000, 'x') AS p", "CREATE VIEW v AS SELECT * FROM v2",
    "CREATE VIEW v AS SELECT a.x, b.x AS y FROM (SELECT 1 AS x) a, (SELECT 2 AS x) b",
)  # fmt: skip
_QUERIES = (
    "SELECT * FROM houses", "SELECT 1", "SELEC", "SELECT * FROM houses; DROP TABLE houses", "SELECT ?", "(SELECT 1)",
    "WITH a AS (SELECT 1 b) SELECT * FROM a", "SELECT load_extension('x')", "INSERT INTO houses VALUES (1)",
    "SELECT 1 AS '\x00'", "SELECT * FROM pragma_database_list", "WITH x AS (SELECT 1) DELETE FROM houses",
    "EXPLAIN SELECT 1", "SELECT * FROM houses -- all", "SELECT * FROM houses /* all", "SELECT '\ud800'",
)  # fmt: skip


def sqlite(rng: random.Random) -> tuple[bytes, dict[str, Any]]:
    """A database, and the options to read it by."""
    options: dict[str, Any] = {}
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute(f"PRAGMA encoding = '{rng.choice(('UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be'))}'")
        base.execute(f"PRAGMA page_size = {rng.choice((512, 4096))}")
        rows = cells.table(rng)
        width = len(rows[0])
        names = ", ".join(_quoted(f"{name}{at}" if rng.random() < 0.9 else name) for at, name in enumerate(rows[0]))
        try:
            base.execute(f"CREATE TABLE houses ({names})")
            marks = ", ".join("?" * width)
            base.executemany(
                f"INSERT INTO houses VALUES ({marks})", [[_stored(rng, c) for c in row] for row in rows[1:]]
            )
        except sqlite3.OperationalError:  # columns of one name
            base.execute("CREATE TABLE houses (a, b)")
        if rng.random() < 0.2:
            base.execute(rng.choice(_STRANGE_TABLES))
            options["table"] = rng.choice(("houses", "t", "표 1", 'a "b"; DROP TABLE x'))
        if rng.random() < 0.25:
            # those without end take seconds each
            base.execute(rng.choice(_VIEWS[2:] if rng.random() < 0.9 else _VIEWS[:2]))
            options["table"] = rng.choice(("v", "v", "houses"))
        if rng.random() < 0.1:
            base.execute("CREATE TRIGGER g AFTER INSERT ON houses BEGIN DELETE FROM houses; END")
        if rng.random() < 0.1:
            base.execute("UPDATE houses SET rowid = -rowid" if rng.random() < 0.5 else "DELETE FROM houses")
        if rng.random() < 0.15:
            options["query"] = rng.choice(_QUERIES)
            options.pop("table", None)
        base.commit()
        return base.serialize(), options


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("\x00", "") + '"'


def _stored(rng: random.Random, cell: str) -> Any:
    luck = rng.random()
    if luck < 0.05:
        return rng.choice(
            (None, 2**62, -1, 1e308, float("inf"), rng.randbytes(4), b"", "서울".encode("cp949"), "x\x00y")
        )
    number = _number(cell)
    return number if isinstance(number, float) else cell
