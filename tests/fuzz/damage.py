"""What happens to files: each function damages bytes in one way, the same way for the same random numbers."""

from __future__ import annotations

import random
from collections.abc import Callable

Damage = Callable[[random.Random, bytes], bytes]

_SNIPPETS = (
    b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\x00", b"\x00" * 40, b"\xff", b"\xfe\xff",
    b"\xef\xbb\xbf", b"\x1a", b"\x1b[2J", b"#", b"sep=;\n", b"\n\n\n", b" " * 30, b"\x80", b"\xa4\xa1",
    b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"NaN", b"1e309", b"=1+1", "가".encode(), "가".encode("cp949"),
    "é".encode("latin-1"), b"\xe2\x80\xa8", b"\\", b"'",
)  # fmt: skip


def flip(rng: random.Random, data: bytes) -> bytes:
    """Some bits turned."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 40))):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(rng: random.Random, data: bytes) -> bytes:
    """A stretch of other bytes."""
    at, length = rng.randrange(len(data)), rng.choice((1, 4, 16, 200))
    own = rng.choice((rng.randbytes(length), b"\x00" * length, b"\xff" * length))
    return data[:at] + own + data[at + length :]


def cut_off(rng: random.Random, data: bytes) -> bytes:
    """The end is gone."""
    return data[: rng.randrange(len(data) + 1)]


def cut_out(rng: random.Random, data: bytes) -> bytes:
    """A stretch is gone."""
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.choice((1, 1, 2, 10, 100)) :]


def insert(rng: random.Random, data: bytes) -> bytes:
    """Something that was not there."""
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice((*_SNIPPETS, rng.randbytes(rng.randrange(1, 9)))) + data[at:]


def repeat(rng: random.Random, data: bytes) -> bytes:
    """A stretch twice."""
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.choice((1, 10, 100, 1000)))
    return data[:end] + data[start:end] + data[end:]


def doubled_line(rng: random.Random, data: bytes) -> bytes:
    """A line twice, perhaps the header, perhaps in another place."""
    lines = data.split(b"\n")
    line = lines[rng.choice((0, rng.randrange(len(lines))))]
    lines.insert(rng.choice((1, rng.randrange(len(lines) + 1))), line)
    return b"\n".join(lines)


def lines_gone_or_swapped(rng: random.Random, data: bytes) -> bytes:
    """Lines in another order, or one less."""
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]
    if rng.random() < 0.5:
        del lines[at]
    return b"\n".join(lines)


def ragged(rng: random.Random, data: bytes) -> bytes:
    """Rows with cells too many or too few."""
    lines = data.split(b"\n")
    sign = rng.choice((b",", b";", b"\t", b"|"))
    for _ in range(rng.choice((1, 1, 3, len(lines)))):
        at = rng.randrange(len(lines))
        if rng.random() < 0.5:
            lines[at] += sign * rng.choice((1, 1, 2, 50)) + rng.choice((b"", b"x", b"1"))
        else:
            lines[at] = lines[at].rpartition(sign)[0]
    return b"\n".join(lines)


def doubled_names(rng: random.Random, data: bytes) -> bytes:
    """A header that says one name twice."""
    first, end, rest = data.partition(b"\n")
    for sign in (b",", b";", b"\t", b"|"):
        if sign in first:
            names = first.split(sign)
            names[rng.randrange(len(names))] = rng.choice(names)
            return sign.join(names) + end + rest
    return data


def no_header(rng: random.Random, data: bytes) -> bytes:
    """Data from the first line on."""
    return data.partition(b"\n")[2] or data


def lines_above(rng: random.Random, data: bytes) -> bytes:
    """Comments, titles and blank lines above the table."""
    above = rng.choice(
        (b"# made by hand\n", b"Report 2020\n\n", b"\n\n", b"sep=;\n", b'"sep=,"\n', b"#\n#\n", b",,,\n", b" \n")
    )
    return above + data


def lines_below(rng: random.Random, data: bytes) -> bytes:
    """Totals, notes, blank and empty lines below the table."""
    return data + rng.choice(
        (b"\n\n", b",,,\n,,,\n", b"Total,5\n", b"(3 rows)\n", b"\x1a", b" \n \n", b'""\n', b"\r\n\r\n")
    )


def blank_lines(rng: random.Random, data: bytes) -> bytes:
    """Lines of nothing, or of blanks, between rows."""
    lines = data.split(b"\n")
    for _ in range(rng.choice((1, 3, 20))):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice((b"", b" ", b"\t", b"\r", b",", b'""')))
    return b"\n".join(lines)


def mixed_ends(rng: random.Random, data: bytes) -> bytes:
    """Lines that end now this way, now that."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    return b"".join(line + rng.choice((b"\n", b"\r\n", b"\r", b"\r\r\n", b"\n\r")) for line in lines)


def mixed_encodings(rng: random.Random, data: bytes) -> bytes:
    """Another encoding from the middle on, as where two exports were joined."""
    one, two = rng.sample(("utf-8", "cp949", "latin-1", "utf-16-le", "utf-16", "utf-8-sig"), 2)
    half = rng.randrange(len(data) + 1)
    try:
        end = data[half:].decode(one)
    except UnicodeDecodeError:
        end = data[half:].decode("latin-1")
    return data[:half] + end.encode(two, "replace")


def wide(rng: random.Random, data: bytes) -> bytes:
    """Ten thousand columns more, in every line or in one of them."""
    n, sign = rng.choice((300,) * 11 + (10_000,)), rng.choice((b",", b";", b"\t"))
    lines = data.split(b"\n")
    if rng.random() < 0.3:
        at = rng.randrange(len(lines))
        lines[at] += sign * n
        return b"\n".join(lines)
    head = sign + sign.join(b"c%d" % at for at in range(n))
    tail = sign + sign.join(rng.choice((b"1", b"", b"x", b"2.5")) for _ in range(n))
    return b"\n".join([lines[0] + head, *(line + tail for line in lines[1:8] if line)])


def unclosed(rng: random.Random, data: bytes) -> bytes:
    """A quote that opens and never closes."""
    marks = [at for at, byte in enumerate(data) if byte in b",;\t\n|"]
    at = rng.choice(marks) + 1 if marks else 0
    return data[:at] + b'"' + data[at:]


def without_quotes(rng: random.Random, data: bytes) -> bytes:
    """Every quote gone, or one of them."""
    if rng.random() < 0.5:
        return data.replace(b'"', b"")
    at = data.find(b'"', rng.randrange(len(data)))
    return data if at < 0 else data[:at] + data[at + 1 :]


def other_separator(rng: random.Random, data: bytes) -> bytes:
    """Some lines separated in another way."""
    lines = data.split(b"\n")
    one, two = rng.sample((b",", b";", b"\t", b"|"), 2)
    first = rng.randrange(len(lines))
    return b"\n".join(line.replace(one, two) if at >= first else line for at, line in enumerate(lines))


def huge_cell(rng: random.Random, data: bytes) -> bytes:
    """A cell of a quarter of a megabyte, with or without line ends in it."""
    filling = rng.choice((b"x", b"\xea\xb0\x80", b"9", b"x\n", b'""', b"a,"))
    at = rng.choice([0, *(at for at, byte in enumerate(data) if byte in b",;\t\n|")])
    mark = rng.choice((b"", b'"'))
    return data[:at] + mark + filling * (262_144 // len(filling)) + mark + data[at:]


#: Damage to any bytes.
TO_BYTES: tuple[Damage, ...] = (flip, overwrite, cut_off, cut_out, insert, repeat)

#: Damage to lines and cells of a text file.
TO_LINES: tuple[Damage, ...] = (
    insert, cut_off, doubled_line, lines_gone_or_swapped, ragged, doubled_names, no_header, lines_above, lines_below,
    blank_lines, mixed_ends, mixed_encodings, wide, unclosed, without_quotes, other_separator, huge_cell, flip, repeat,
)  # fmt: skip


def damaged(rng: random.Random, data: bytes, ways: tuple[Damage, ...], most: int = 3) -> tuple[bytes, tuple[str, ...]]:
    """The bytes after one to `most` accidents, and which they were."""
    chosen = rng.choices(ways, k=rng.choice((1, 1, most)))
    for way in chosen:
        if data:
            data = way(rng, data)
    return data, tuple(way.__name__ for way in chosen)
