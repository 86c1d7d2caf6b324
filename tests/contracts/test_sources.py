"""What every source must do, run over the registry."""

from __future__ import annotations

import pytest

from netwright.base.errors import UserError
from netwright.sources.contract import FIND_EVERYTHING, ReadOptions, Source
from netwright.sources.registry import open_table, sources

NONSENSE = [None, 3, 2.5, b"bytes", object(), {1, 2}, "https://example.org/x", "model.bin", "no-ending", "ftp://x.y"]
FILE_SOURCES = [name for name, entry in sources.items() if entry.suffixes]


@pytest.fixture(params=sources.names())
def entry(request):
    return sources.get(request.param)


def test_is_a_source(entry):
    assert isinstance(entry, Source)
    assert set(entry.obeys) <= set(ReadOptions.__dataclass_fields__)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in entry.suffixes)
    assert type(entry).__doc__


@pytest.mark.parametrize("data", NONSENSE, ids=[f"{type(own).__name__}{n}" for n, own in enumerate(NONSENSE)])
def test_refuses_nonsense(entry, data):
    assert not entry.accepts(data)


def test_no_two_sources_claim_a_suffix():
    claimed = [suffix for _, entry in sources.items() for suffix in entry.suffixes]
    assert len(claimed) == len(set(claimed))


@pytest.mark.parametrize("name", FILE_SOURCES)
def test_accepts_its_files_gzipped_or_not(name, tmp_path):
    entry = sources.get(name)
    for suffix in entry.suffixes:
        for path in (f"집값{suffix}", f"A.B{suffix.upper()}", f"x{suffix}.gz", tmp_path / f"x{suffix}"):
            assert entry.accepts(path)


@pytest.mark.parametrize("name", FILE_SOURCES)
def test_missing_file_is_the_users_error(name, tmp_path):
    for suffix in sources.get(name).suffixes:
        with pytest.raises(UserError, match="no such file"):
            open_table(tmp_path / f"none{suffix}")


@pytest.mark.parametrize("name", FILE_SOURCES)
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 400, bytes(range(256)) * 20, b"\n\n"])
def test_garbage_is_the_users_error(name, content, tmp_path):
    for suffix in sources.get(name).suffixes:
        path = tmp_path / f"f{suffix}"
        path.write_bytes(content)
        with pytest.raises(UserError) as caught:
            sources.get(name).read(path, FIND_EVERYTHING)
        assert "f." in str(caught.value)
        assert str(caught.value).endswith((".", ")"))
