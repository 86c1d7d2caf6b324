"""Real data beside the repository, and a PostgreSQL server of one's own, each skipped where it is absent."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SHARED

_PASSWORD = "p@ss/ w:rd%1"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real data files."""
    if not SHARED.is_dir():
        pytest.skip("the shared data are not here")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database on a server of this session; its password needs quoting."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs or not (programs[-1] / "initdb").exists():
        pytest.skip("PostgreSQL is not installed")
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_owner and shutil.which("runuser") is None:
        pytest.skip("the server does not run as root")
    folder = Path(tempfile.mkdtemp(prefix="netwright-pg-"))
    try:
        yield from _server(programs[-1], as_owner, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server(programs: Path, as_owner: list[str], folder: Path) -> Iterator[str]:
    (folder / "password").write_text(_PASSWORD, encoding="utf-8")
    if as_owner:
        for path in (folder, folder / "password"):
            shutil.chown(path, "postgres")
    data, port = folder / "data", _free_port()

    def run(program: str, *options: str) -> None:
        command = [*as_owner, str(programs / program), *options]
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=folder)

    user = "owner"
    run("initdb", "-D", str(data), "-U", user, "-A", "scram-sha-256", f"--pwfile={folder / 'password'}",
        "-E", "UTF8", "--no-locale", "--no-sync")  # fmt: skip
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://{user}:p%40ss%2F%20w%3Ard%251@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home folder of this test's own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert getpass.getuser()
    return tmp_path
