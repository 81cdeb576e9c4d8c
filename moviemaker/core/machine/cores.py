"""Processor cores that this process may use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

THREADS = (
    "LP_NUM_THREADS",  # Mesa's software renderer
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VTK_SMP_MAX_THREADS",
)
"""Variables by which libraries are told how many threads to start. They start one for each core by default."""

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def usable_cores() -> int:
    """How many cores this process may keep busy: those that it is bound to, or fewer in a container with a limit."""
    return max(1, min([_bound(), *(math.ceil(limit) for limit in _limits())]))


def respect_limits() -> None:
    """Keeps libraries that are loaded later from starting more threads than this process has cores.

    They see the cores of the machine, not what a container may use of them.
    """
    cores = usable_cores()
    if cores < (os.cpu_count() or 1):
        for name in THREADS:
            os.environ.setdefault(name, str(cores))


def _bound() -> int:
    """The number of cores that the system may run this process on."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _limits() -> Iterator[float]:
    """Cores' worth of time that the control groups of this process may use."""
    with suppress(OSError, ValueError):
        for line in _OWN_CGROUP.read_text(encoding="utf-8").splitlines():
            number, controllers, path = line.split(":", 2)
            if number == "0" and not controllers:  # version 2
                yield from _group(_CGROUPS, path, "cpu.max", "cpu.max")
            elif "cpu" in controllers.split(","):
                yield from _group(_CGROUPS / "cpu", path, "cpu.cfs_quota_us", "cpu.cfs_period_us")


def _group(top: Path, path: str, quota: str, period: str) -> Iterator[float]:
    """Limits of a control group and of those above it; the last number of each file counts."""
    folder = top / path.lstrip("/")
    for each in (folder, *folder.parents):
        with suppress(OSError, ValueError, IndexError):
            most = float((each / quota).read_text(encoding="ascii").split()[0])  # "max": ValueError
            span = float((each / period).read_text(encoding="ascii").split()[-1])
            if most > 0 and span > 0:
                yield most / span
        if each == top:
            return
