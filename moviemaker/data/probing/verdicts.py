"""The first look at a file that a compiled library reads: in another process, with limits of memory and time.

What came of it is kept by the content of the file, so that a second look costs nothing. It lies in the folder `probes`
of the user's cache (see `core.machine.cache`). A crash, a hang or an abort becomes a sentence about the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from moviemaker.core.errors import InputError
from moviemaker.core.fingerprint import file_fingerprint, program_version
from moviemaker.core.machine import isolated
from moviemaker.core.machine.cache import cache_folder
from moviemaker.core.machine.files import read_own
from moviemaker.core.machine.isolated import Limits, Outcome, call_isolated
from moviemaker.core.machine.leftovers import unfinished_token, watch
from moviemaker.core.machine.memory import available_memory, size_text
from moviemaker.data.probing.ways import Probe

LARGE = 1 << 30
"""Bytes of a file from which on it is not read to the end: it counts as readable if it goes well for a while ..."""

_WHILE = 20.0
"""... of as many seconds."""

_EXPANSION = 1000
"""Most bytes in memory for each byte of a file: that of a strong compression ..."""

_BASE = 800 << 20
"""... and bytes that reading takes in any case."""

_SECONDS = 1.5
"""Seconds of computing for any file ..."""

_SECONDS_PER_BYTE = 10 / 1e6
"""... and for each of its bytes, as many as a compressed file needs."""

_NEW = 2.0
"""Seconds for which a changed file may change again without another time of change."""

_MOST_KEPT = 20_000
"""Number of results from which on the oldest are deleted."""

_RESULTS = 3
"""Number of this way to look at files. Another one makes the results that were kept invalid."""

_OURS = re.compile(r"[0-9a-f]{24,}(\.part)?")
"""Names of results, and of those that are not finished."""

_OUT_OF_MEMORY = ("bad_alloc", "memory allocation of")
"""What programs in C++ and Rust say when they end for want of memory."""

_DAMAGED = "check that it is whole and that its ending is right"


def probe(path: Path, how: Probe, parts: Sequence[Path] = (), meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Looks at a file in another process, unless the same content has been looked at before.

    Args:
        path: of the file.
        how: to look at it.
        parts: other files that are read with it.
        meanwhile: is called in this process if the other one works.

    Returns:
        Whether anything is known about the file now: not on systems on which processes cannot be copied.

    Raises:
        InputError: at `file`: it cannot be read.
    """
    files = (path, *parts)
    if isolated.INSIDE or not all(file.is_file() for file in files):
        return isolated.INSIDE
    states = [_state(file) for file in files]
    short = _hash(how, files, states)
    if short not in _known:
        folder = cache_folder("probes")
        _known[short] = _kept(folder, short, how, files, states, meanwhile)
    reason = _known[short]
    if reason is None:
        return False
    if reason:
        raise InputError(f"the file {path.name!r} cannot be read: {reason}", _DAMAGED, ("file",))
    return True


_known: dict[str, str | None] = {}
"""What this process knows, by file: empty: it can be read; None: nothing."""


def forget() -> None:
    """Forgets what this process knows, but not what lies in the cache."""
    _known.clear()


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _hash(how: Probe, files: Sequence[Path], content: object) -> str:
    """A text for a way to look at files. The same content may be read in another way under another ending."""
    endings = [file.suffix.lower() for file in files]
    program = [_RESULTS, program_version("moviemaker"), how.package, how.version or _version(how.package)]
    text = json.dumps([program, how.function, how.arguments, endings, content])
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _kept(
    folder: Path | None,
    short: str,
    how: Probe,
    files: Sequence[Path],
    states: Sequence[tuple[int, ...]],
    meanwhile: Callable[[], None],
) -> str | None:
    """The result of a look: by the file's place and times, else by its content, else from a look at it now."""
    if folder is None:
        return _looked(how, files, meanwhile)[0]
    found = _read(folder / short)
    if found is not None:
        return found
    long = _hash(how, files, [file_fingerprint(str(file)) for file in files])
    found, lasting = _read(folder / long), True
    if found is None:
        found, lasting = _looked(how, files, meanwhile)
    if found is not None and lasting and [_state(file) for file in files] == list(states):
        _write(folder / long, found)
        if max(max(state[3:]) for state in states) < time.time_ns() - _NEW * 1e9:
            _write(folder / short, found)
    return found


def _looked(how: Probe, files: Sequence[Path], meanwhile: Callable[[], None]) -> tuple[str | None, bool]:
    """The result of looking at a file now, and whether it is worth keeping."""
    size = sum(file.stat().st_size for file in files)
    nbytes = min(_BASE + _EXPANSION * size, available_memory())
    seconds = _WHILE if size > LARGE else _SECONDS + _SECONDS_PER_BYTE * size
    limits = Limits(nbytes, seconds, 10 * seconds + 10.0)
    arguments = (*how.arguments, str(files[0].absolute()))
    outcome = call_isolated(how.function, arguments, how.modules, limits, meanwhile)
    if outcome is None:
        return None, False
    if size > LARGE and (outcome.late == "time" or outcome.signal in (signal.SIGPROF, signal.SIGXCPU)):
        return "", True
    return _reason(outcome, how, size, limits)


def _reason(outcome: Outcome, how: Probe, size: int, limits: Limits) -> tuple[str, bool]:
    """Why a file cannot be read, empty if it can, and whether that will always be so."""
    what = f"{how.library}, which reads it in another process first,"
    if outcome.late == "waits":
        return f"{what} waits for something else than the file, such as a pipe", False
    if outcome.late:
        return f"{what} has not come to its end after {limits.wall:.0f} seconds", False
    if outcome.signal in (signal.SIGPROF, signal.SIGXCPU):
        return f"{what} has not come to its end after {limits.seconds:.3g} seconds of computing", False
    if outcome.failed == "MemoryError" or any(word in outcome.words for word in _OUT_OF_MEMORY):
        return f"its {size_text(size)} need more than {size_text(limits.nbytes)} of memory", False
    if outcome.signal:
        lasting = outcome.signal not in (signal.SIGKILL, signal.SIGTERM)
        return f"{what} crashes ({(signal.strsignal(outcome.signal) or 'a signal').lower()})", lasting
    return outcome.returned or "", True


def _read(path: Path) -> str | None:
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(read_own(path) or "null")
        return found if isinstance(found, str) else None
    return None


def _write(path: Path, reason: str) -> None:
    """Keeps a result. Drawing goes on if the disk is full or the folder is read-only."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        watch(path.parent)
        name = path.parent / f"{unfinished_token()}.part"
        with name.open("x", encoding="utf-8") as file:
            json.dump(reason, file)
        os.replace(name, path)
        _tidy(path.parent)


def _tidy(folder: Path) -> None:
    names = [name for name in os.listdir(folder) if _OURS.fullmatch(name)]  # others may keep files there, too
    if len(names) > _MOST_KEPT:
        oldest = sorted((os.stat(folder / name).st_mtime, name) for name in names)[: len(names) // 2]
        for _, name in oldest:
            with contextlib.suppress(OSError):
                os.unlink(folder / name)
