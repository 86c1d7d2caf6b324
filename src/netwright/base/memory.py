"""How much memory may still be taken: what the system, a container and limits of the process leave."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from netwright.base.errors import PlanError

_GROUPS = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self")


def free_bytes() -> int | None:
    """Bytes that may still be taken; None where nobody says."""
    free = [own for own in (_kernel_says(), *_groups_say(), *_limits_say()) if own is not None]
    return max(0, min(free)) if free else None


def refuse_too_large(what: str, needed: int, free: int | None, advice: str) -> None:
    """What does not fit the memory is refused before the work: the system would end it in the middle.

    Args:
        what: The sentence up to `about`, such as `the table must fit the memory, but x.csv needs`.
        needed: Bytes.
        free: Bytes; None where nobody knows.
        advice: What to do, whole sentences.

    Raises:
        PlanError: More is needed than is free.
    """
    if free is not None and needed > free:
        raise PlanError(f"{what} about {size_in_words(needed)} and {size_in_words(free)} are free. {advice}")


def size_in_words(n_bytes: int) -> str:
    """Bytes as a person reads them.

    Example:
        >>> size_in_words(3 << 30), size_in_words(40 << 20)
        ('3.0 GB', '40 MB')
    """
    return f"{n_bytes / 2**30:.1f} GB" if n_bytes >= 1 << 27 else f"{n_bytes / 2**20:.0f} MB"


def _kernel_says() -> int | None:
    """Linux counts what could be freed; elsewhere half of all memory is taken to be free."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return None


def _groups_say() -> Iterator[int]:
    """What the limits of a container, and of the groups that it lies in, leave."""
    for root, limit, used, stat, files in _groups():
        try:
            most, now = (int((root / name).read_text(encoding="ascii")) for name in (limit, used))
            figures = dict(line.split() for line in (root / stat).read_text(encoding="ascii").splitlines())
        except (OSError, ValueError):  # no such group, or "max"
            continue
        # pages of files count as used, but are given back when memory is asked for
        yield max(0, most - now + sum(int(figures.get(name, 0)) for name in files))


def _groups() -> Iterator[tuple[Path, str, str, str, tuple[str, str]]]:
    """Folder and file names of the groups of this process, of either version."""
    new = ("memory.max", "memory.current", "memory.stat", ("active_file", "inactive_file"))
    old_stat = ("total_active_file", "total_inactive_file")
    old = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat", old_stat)
    paths = {"": "/", "memory": "/"}
    try:
        for line in (_OWN / "cgroup").read_text(encoding="utf-8").splitlines():
            _, kinds, path = line.split(":", 2)
            paths |= {kind: path for kind in kinds.split(",") if kind in paths}
    except (OSError, ValueError):
        pass
    for kind, root, names in (("", _GROUPS, new), ("memory", _GROUPS / "memory", old)):
        own = root / paths[kind].strip("/")
        # in a container the path is often that of the host, and the root is the container's
        for folder in dict.fromkeys([own, *(parent for parent in own.parents if parent.is_relative_to(root))]):
            yield folder, *names


def _limits_say() -> Iterator[int]:
    """What `ulimit -v` and `ulimit -d` leave."""
    try:
        import resource

        figures = dict(
            line.split(":", 1) for line in (_OWN / "status").read_text(encoding="utf-8").splitlines() if ":" in line
        )
        used = {name: int(figures[name].split()[0]) * 1024 for name in ("VmSize", "VmData")}
    except (ImportError, OSError, KeyError, ValueError):
        return
    for limit, name in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        most = resource.getrlimit(limit)[0]
        if most != resource.RLIM_INFINITY:
            yield most - used[name]
