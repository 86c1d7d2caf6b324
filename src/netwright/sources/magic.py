"""Telling that bytes are no text, and what they are instead."""

from __future__ import annotations

from netwright.base.errors import DataError

_SAMPLE_BYTES = 65_536

#: How a file begins, what it then is, and what to do about it.
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Rename it to .xlsx if Excel opens it, else unpack it."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Rename it to .xls."),
    (b"PAR1", "a Parquet file", "Rename it to .parquet."),
    (b"SQLite format 3\x00", "an SQLite database", "Rename it to .sqlite and pass --table."),
    (b"\x1f\x8b", "a gzip file", "Rename it so that it ends in .gz."),
    (b"\x89PNG", "a PNG image", "Name a table."),
    (b"\xff\xd8\xff", "a JPEG image", "Name a table."),
    (b"GIF8", "a GIF image", "Name a table."),
    (b"%PDF", "a PDF document", "Save its table as .csv first."),
    (b"BZh", "a bzip2 file", "Unpack it, or pack it with gzip."),
    (b"\xfd7zXZ", "an xz file", "Unpack it, or pack it with gzip."),
    (b"7z\xbc\xaf", "a 7z archive", "Unpack it first."),
    (b"Rar!", "a rar archive", "Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "Unpack it, or pack it with gzip."),
    (b"ARROW1", "an Arrow file", "Save it as .parquet first."),
    (b"\x89HDF", "an HDF5 file", "Save its table as .csv or .parquet first."),
    (b"\x93NUMPY", "a NumPy array", "Load it and pass the array."),
    (b"\x7fELF", "a program", "Name a table."),
)

#: Control characters that text files do hold: tab, line feed, form feed, carriage return, the old end-of-file mark.
_TEXT_CONTROLS = bytes([9, 10, 12, 13, 26])
_CONTROLS = bytes(code for code in range(1, 32) if code not in _TEXT_CONTROLS) + b"\x7f"

#: Texts hold next to no control characters, machine formats many; some dumps pad short cells with NUL.
_MOST_CONTROLS = 0.02
_MOST_NULS = 0.25

_TAR_MARK = slice(257, 262)


def refuse_binary(data: bytes, name: str) -> None:
    """Raise if these bytes are no text in an encoding of one byte or UTF-8.

    Args:
        data: The bytes of the file.
        name: As messages name it.

    Raises:
        DataError: They are an archive, an image, a workbook or something unknown.

    Example:
        >>> refuse_binary(b"a,b", "houses.csv")
        >>> refuse_binary(bytes(range(256)), "houses.csv")
        Traceback (most recent call last):
        netwright.base.errors.DataError: houses.csv must be a text file, got binary data. Name a table.
    """
    for beginning, what, advice in _BEGINNINGS:
        if data.startswith(beginning):
            raise DataError(f"{name} must be a text file, got {what}. {advice}")
    if data[_TAR_MARK] == b"ustar":
        raise DataError(f"{name} must be a text file, got a tar archive. Unpack it first.")
    sample = data[:_SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > _MOST_CONTROLS * len(sample) or sample.count(0) > _MOST_NULS * len(sample):
        raise DataError(f"{name} must be a text file, got binary data. Name a table.")
