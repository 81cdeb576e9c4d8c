"""Unfinished files of this run, so that they can be deleted when the run is ended at any moment.

A command runs in a process of its own (see `moviemaker.launch`), and the process that started it deletes what the
command leaves. Names of unfinished files bear the name of the run, and the command tells the folders that hold them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

VARIABLE = "MOVIEMAKER_RUN"
"""Environment variable with the name of the run. Worker processes inherit it."""

_channel: int | None = None
_own = False  # whether this process has named its run itself
_watched: set[str] = set()


def begin(run: str, channel: int) -> None:
    """Names the run of this process.

    Args:
        run: its name.
        channel: file descriptor to which `watch` writes.
    """
    global _channel
    _channel = channel
    os.environ[VARIABLE] = run


def run_name() -> str:
    """The name of the run of this process, which its workers inherit. It gets one if it has none."""
    global _own
    if VARIABLE not in os.environ:
        os.environ[VARIABLE], _own = os.urandom(4).hex(), True
    return os.environ[VARIABLE]


def _forget_own() -> None:
    """A copy of a process that has named itself is another run, which must not delete what this one is writing."""
    global _own
    if _own:
        os.environ.pop(VARIABLE, None)
        _own = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_own)


def unfinished_token() -> str:
    """A part of the name of an unfinished file, different each time. It bears the name of the run, if there is one."""
    return os.environ.get(VARIABLE, "") + os.urandom(4).hex()


def watch(*paths: Path) -> None:
    """Tells that folders may hold unfinished files of this run, or that files are to be deleted at its end.

    Args:
        paths: folders and files. Of a folder, entries are deleted whose names hold the name of the run.
    """
    for path in map(os.path.abspath, paths):
        if _channel is not None and path not in _watched:
            _watched.add(path)
            with suppress(OSError):  # the process that reads has ended, and this one is about to
                os.write(_channel, os.fsencode(path) + b"\0")


def sweep(run: str, paths: Iterable[bytes]) -> None:
    """Deletes what a run has left in the folders, and the files, that it told.

    Args:
        run: its name.
        paths: as they were written to the channel.
    """
    name = os.fsencode(run)
    for path in paths:
        with suppress(OSError):
            if os.path.islink(path) or not os.path.isdir(path):
                os.unlink(path)
                continue
            for entry in os.listdir(path):
                if name in entry:
                    _delete(os.path.join(path, entry))


def _delete(path: bytes) -> None:
    with suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
