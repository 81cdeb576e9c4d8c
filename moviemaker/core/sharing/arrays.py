"""Arrays that take long to make, made once for all processes of a render.

The process that first needs them makes them and writes a file into the folder of the run, which gets its name when it
is whole. The others wait for it and map it, so that the arrays are in memory once. A process that dies while it makes
arrays is followed by one that waits for them. What is made faster than it is shared, and what finds no room on the
disk, each process makes for itself. Without a folder, as in a render by one process, nothing is written.

The folder is that of one run and is deleted with it, so files in it are never out of date.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from weakref import ref

import numpy as np

from moviemaker.core.machine.files import whole_file

QUICK = 0.2
"""Seconds of computing: what is made in less, each process makes for itself."""

ROOM = 256 << 20
"""Bytes of the disk that are left free."""

LIMIT = 8 << 30
"""Largest total size of the files of a run, in bytes. Snapshots of a long series may exceed it."""

_SUFFIX = ".arrays"
_ALIGNED = 64
_MAPPED = 1 << 16  # bytes of a file from which on it is mapped: every mapping keeps a file open

_QUICK, _FULL = ".quick", ".full"
"""Endings of names that say why each process makes arrays for itself: they are made fast, or the disk is full."""


class Made(dict[str, np.ndarray]):
    """Arrays by name that are not to be changed, since others may hold them too.

    Attributes:
        worth: whether they take so long to make that other processes had better map them.
    """

    worth = False


@dataclass(frozen=True)
class SharedFolder:
    """The folder in which the processes of a run share arrays.

    Attributes:
        path: of the folder.
        host: name of the machine that deletes it.
    """

    path: str
    host: str

    @classmethod
    def at(cls, path: Path) -> SharedFolder:
        """A folder of this machine."""
        return cls(str(path), socket.gethostname())


_Remembered = tuple[dict[str, "ref[np.ndarray]"], bool]
"""Arrays that live as long as something in this process holds them, and whether they are worth sharing."""

_MANY = 256  # remembered entries, among which dead ones are looked for

_folder: SharedFolder | None = None
_made: dict[str, _Remembered] = {}
_asked: list[set[str]] = []
_spent = 0.0
_guard = threading.Lock()
_locks: dict[str, threading.RLock] = {}


def share_in(folder: SharedFolder | None) -> None:
    """Chooses the folder in which this process shares arrays from now on; None: it makes its own."""
    global _folder
    _folder = folder


def shared(key: str, make: Callable[[], Mapping[str, np.ndarray]], always: bool = False) -> Mapping[str, np.ndarray]:
    """The arrays of a key: those that this process or another one of the run has made, or else made now.

    Args:
        key: a hash of everything that they are made from, and of what makes them.
        make: makes them.
        always: share them however fast they were made.

    Returns:
        Arrays by name, with the same bytes and the same layout in every process. They are not to be changed.
    """
    with _guard:
        for asked in _asked:
            asked.add(key)
        alone = _locks.setdefault(key, threading.RLock())
    with alone:
        known = _remembered(key)
        if known is None:
            known = _found(key, make, always)
            _remember(key, known)
        return known


@contextmanager
def recording() -> Iterator[set[str]]:
    """Collects the keys that are asked for, to hand them over to the processes of a render."""
    asked: set[str] = set()
    _asked.append(asked)
    try:
        yield asked
    finally:
        _asked[:] = [each for each in _asked if each is not asked]


def seconds_spent() -> float:
    """For how long arrays that other processes need not make again have kept cores busy in this one."""
    return _spent


def hand_over(keys: Iterable[str], folder: SharedFolder) -> None:
    """Writes arrays that this process has made and still holds, so that no other process makes them again."""
    for key in sorted(keys):
        made = _remembered(key)
        path = Path(folder.path, key + _SUFFIX)
        if made is not None and made.worth and not path.exists():
            refused = _refused(path, made)
            if refused:
                _give_up(path, refused)


def give(key: str, arrays: Mapping[str, np.ndarray], folder: SharedFolder) -> None:
    """Writes arrays that other processes may take, if there is room for them."""
    path = Path(folder.path, key + _SUFFIX)
    if not path.exists():
        _refused(path, Made(arrays))


def given(key: str) -> Mapping[str, np.ndarray]:
    """The arrays of a key that another process has given; none: it has not."""
    if _folder is None:
        return {}
    return _read(Path(_folder.path, key + _SUFFIX), _folder.host == socket.gethostname()) or {}


def unshared(folder: SharedFolder) -> int:
    """How many arrays of a folder each process has made for itself, because they could not be written."""
    return sum(1 for _ in Path(folder.path).glob(f"*{_FULL}"))


def _found(key: str, make: Callable[[], Mapping[str, np.ndarray]], always: bool) -> Made:
    """The arrays of a key that this process does not hold."""
    folder = _folder
    if folder is None:
        return _timed(make, always)
    path, mapped = Path(folder.path, key + _SUFFIX), folder.host == socket.gethostname()
    there = _read(path, mapped)
    if there is not None:
        return there
    with _locked(path) as waited:
        there = _read(path, mapped) if waited else None
        if there is not None:
            return there
        if not waited:
            return _timed(make, always)
        made = _timed(make, always)
        refused = _refused(path, made) if made.worth else _QUICK
        if refused:
            _give_up(path, refused)
            return made
        return _read(path, mapped) or made


def _remembered(key: str) -> Made | None:
    """The arrays of a key that something in this process still holds."""
    with _guard:
        if key not in _made:
            return None
        held, worth = _made[key]
    made = Made({name: array for name, weak in held.items() if (array := weak()) is not None})
    made.worth = worth
    return made if len(made) == len(held) else None


def _remember(key: str, made: Made) -> None:
    with _guard:
        _made[key] = {name: ref(array) for name, array in made.items()}, made.worth
        if len(_made) % _MANY == 0:
            for other, (held, _) in list(_made.items()):
                if any(weak() is None for weak in held.values()):
                    del _made[other]


def _timed(make: Callable[[], Mapping[str, np.ndarray]], always: bool) -> Made:
    global _spent
    begun, before = time.process_time(), _spent  # not of waiting for a disk, on which a copy would lie too
    made = Made(make())
    seconds = time.process_time() - begun
    made.worth = always or seconds >= QUICK
    if made.worth:
        _spent = before + seconds  # what it is made of is counted with it
    return made


def _order(array: np.ndarray) -> tuple[int, ...]:
    """The axes of an array in the order in which it lies in memory, the one that varies fastest last."""
    return tuple(sorted(range(array.ndim), key=lambda axis: (-array.strides[axis], axis)))


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Waits until no other process makes the arrays of a file.

    Yields:
        False: each process makes them for itself, at the same time.
    """
    from filelock import FileLock, Timeout  # a scene that is only checked needs no locks

    if any(path.with_suffix(ending).exists() for ending in (_QUICK, _FULL)):
        yield False
        return
    lock = FileLock(path.with_suffix(".lock"), thread_local=False)
    try:
        lock.acquire()
    except (OSError, NotImplementedError, Timeout):  # a file system without locks, or a folder that is gone
        yield False
        return
    try:
        yield not any(path.with_suffix(ending).exists() for ending in (_QUICK, _FULL))
    finally:
        lock.release()


def _give_up(path: Path, ending: str) -> None:
    """Says that each process makes the arrays of a file for itself."""
    with suppress(OSError):  # a full disk takes no new file, but another name of one
        os.link(path.with_suffix(".lock"), path.with_suffix(ending))
        return
    with suppress(OSError):
        path.with_suffix(ending).touch()


def _refused(path: Path, made: Made) -> str:
    """Writes arrays into a file; if that cannot be done, gives the ending of a name that says why."""
    for array in made.values():
        # Sums over an array follow its layout, so that it has to be the same whether it was written or not.
        dense = array.transpose(_order(array)).flags.c_contiguous
        if not dense or array.dtype.hasobject or array.dtype.fields:
            return _QUICK
    size = sum(array.nbytes for array in made.values())
    try:
        if sum(entry.stat().st_size for entry in os.scandir(path.parent)) + size > LIMIT:
            return _QUICK
        if shutil.disk_usage(path.parent).free < size + ROOM:
            return _FULL
        _write(path, made)
    except OSError:
        return _FULL
    return ""


def _write(path: Path, made: Made) -> None:
    """Writes arrays into a file.

    Raises:
        OSError: it cannot be written.
    """
    entries: list[tuple[str, str, list[int], tuple[int, ...], int]] = []
    end = 0
    for name, array in made.items():
        start = -(-end // _ALIGNED) * _ALIGNED
        order = _order(array)
        entries.append((name, array.dtype.str, [array.shape[axis] for axis in order], order, start))
        end = start + array.nbytes
    head = json.dumps(entries).encode()
    head += b" " * (-(len(head) + 8) % _ALIGNED)
    with whole_file(path, own=True) as partial, open(partial, "xb") as file:
        file.write(len(head).to_bytes(8, "little") + head)
        for array, (*_, order, start) in zip(made.values(), entries, strict=True):
            file.write(b"\0" * (start + 8 + len(head) - file.tell()))
            if array.size:
                file.write(array.transpose(order).reshape(-1).view(np.uint8).data)


def _read(path: Path, mapped: bool) -> Made | None:
    """The arrays of a file; None: it is not there.

    Args:
        path: of the file.
        mapped: map it. Else it is read whole: its machine may delete it while another one has mapped it.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            # A private map has the flags of an array that was made here, by which functions are compiled; what is
            # written into it by mistake stays in this process.
            whole = np.memmap(file, np.uint8, "c") if mapped and size >= _MAPPED else np.fromfile(file, np.uint8)
    except (OSError, ValueError):
        return None
    whole = np.asarray(whole)
    begin = 8 + int.from_bytes(whole[:8].tobytes(), "little")
    made = Made()
    made.worth = True
    for name, kind, shape, order, start in json.loads(whole[8:begin].tobytes()):
        dtype = np.dtype(kind)
        samples = whole[begin + start : begin + start + math.prod(shape) * dtype.itemsize].view(dtype)
        made[name] = samples.reshape(shape).transpose(np.argsort(order))
    return made
