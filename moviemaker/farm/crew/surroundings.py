"""The environment of a worker process: its share of the cores, and its GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from moviemaker.core.machine.cores import THREADS

CUDA, EGL = "CUDA_VISIBLE_DEVICES", "VTK_DEFAULT_EGL_DEVICE_INDEX"


@dataclass(frozen=True)
class Gpu:
    """A graphics processor.

    Attributes:
        cuda: its name for CUDA; empty: it has none.
        egl: its place among the devices of EGL.
    """

    cuda: str
    egl: int


def gpus_of(
    environment: Mapping[str, str],
    nvidia: Path = Path("/proc/driver/nvidia/gpus"),
    nodes: Path = Path("/dev/dri"),
) -> tuple[Gpu, ...]:
    """The graphics processors that may be used, without loading a library that asks them.

    Args:
        environment: variables, of which one may name those that are to be used.
        nvidia: the folder in which NVIDIA's driver has a folder for each of its processors.
        nodes: the folder with the devices of other drivers.
    """
    count = _count(nvidia, "*")
    if count == 0:
        return tuple(Gpu("", place) for place in range(_count(nodes, "renderD*")))
    asked = environment.get(CUDA)
    if asked is None:
        return tuple(Gpu(str(place), place) for place in range(count))
    found: list[Gpu] = []
    for name in (part.strip() for part in asked.split(",") if part.strip()):
        if name == "-1" or (name.isdecimal() and int(name) >= count):
            break  # CUDA takes none of the following ones either
        found.append(Gpu(name, int(name) if name.isdecimal() else len(found)))
    return tuple(found)


def surroundings(
    place: int, workers: int, cores: int, gpus: Sequence[Gpu], environment: Mapping[str, str]
) -> dict[str, str]:
    """Variables for one of several worker processes, beside those that it inherits.

    What the user has set stays as it is.

    Args:
        place: of the worker among all, from 0.
        workers: how many there are.
        cores: that they share.
        gpus: that they share; each worker has one if there are several.
        environment: variables of this process.
    """
    threads = str(max(1, cores // workers))
    found = {name: threads for name in THREADS if name not in environment}
    if len(gpus) > 1:
        gpu = gpus[place % len(gpus)]
        if EGL not in environment:
            found[EGL] = str(gpu.egl)
        if gpu.cuda:
            found[CUDA] = gpu.cuda
    return found


def _count(folder: Path, pattern: str) -> int:
    with suppress(OSError):
        return sum(1 for _ in folder.glob(pattern))
    return 0
