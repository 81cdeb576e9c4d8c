"""Memory that this process may still take, so that what needs more is refused before it is allocated."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from moviemaker.core.errors import InputError, Location

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def total_memory() -> int:
    """Bytes of memory that this process may use in all: those of the machine, or of its container or limit if less."""
    limits = [limit for limit, _ in _limits()]
    return min([os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), *limits])


def available_memory() -> int:
    """Bytes of memory that this process may still take, without swapping."""
    return max(0, min([_free_of_machine(), *(limit - used for limit, used in _limits())]))


def memory_of(process: int | None = None) -> int:
    """Bytes of memory that a process has for itself alone, without mapped files; 0: unknown.

    Args:
        process: its number; default: this one.
    """
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc", "self" if process is None else str(process), "status").read_text(encoding="ascii")
        return int(status.split("\nRssAnon:")[1].split()[0]) * 1024
    return 0


def check_memory(needed: float, what: str, instead: str, at: Location = ()) -> None:
    """Refuses what needs more memory than this process may still take.

    Args:
        needed: bytes.
        what: the beginning of the message, such as "4000 x 4000 x 4000 samples of 4 bytes"; it goes on "need 256 GB".
        instead: what would be right.
        at: the place in the scene.

    Raises:
        InputError: it does not fit.
    """
    available = available_memory()
    if needed > available:
        raise InputError(f"{what} need {size_text(needed)} of memory, and {size_text(available)} are free", instead, at)


def size_text(count: float) -> str:
    """A number of bytes as a message gives it.

    >>> size_text(2.5e9), size_text(300e6), size_text(800)
    ('2.5 GB', '300 MB', '800 bytes')
    """
    for unit, size in (("EB", 1e18), ("PB", 1e15), ("TB", 1e12), ("GB", 1e9)):
        if count >= size:
            return f"{count / size:.3g} {unit}" if count >= 100 * size else f"{count / size:.1f} {unit}"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count:.0f} bytes"


def _free_of_machine() -> int:
    with suppress(OSError, ValueError, IndexError):
        for line in _MEMINFO.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _limits() -> Iterator[tuple[int, int]]:
    """(limit, used) in bytes: of the control groups that hold this process, and of its address space."""
    with suppress(OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            pages = int(_STATM.read_text(encoding="ascii").split()[0])
            yield limit, pages * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError):
        for line in _OWN_CGROUP.read_text(encoding="utf-8").splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0" and not controllers:  # version 2
                yield from _group(path, "", "memory.max", "memory.current", "inactive_file")
            elif "memory" in controllers.split(","):
                yield from _group(
                    path, "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
                )


def _group(path: str, root: str, limit: str, used: str, reclaimable: str) -> Iterator[tuple[int, int]]:
    """Limit and use of a control group and of those above it. Cached files are not counted as used."""
    top = _CGROUPS / root
    folder = top / path.lstrip("/")
    for each in (folder, *folder.parents):
        with suppress(OSError, ValueError):
            most = int((each / limit).read_text(encoding="ascii"))  # "max": ValueError
            taken = int((each / used).read_text(encoding="ascii"))
            lines = (each / "memory.stat").read_text(encoding="ascii").split("\n")
            cached = next((int(line.split()[1]) for line in lines if line.startswith(f"{reclaimable} ")), 0)
            if most < 1 << 60:
                yield most, taken - cached
        if each == top:
            return
