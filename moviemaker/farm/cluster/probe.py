"""Finds out whether a worker sees the folder in which the frames are kept."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from moviemaker.core.machine.files import PARTIAL, read_own
from moviemaker.core.machine.leftovers import unfinished_token


@contextmanager
def probe_file(folder: Path) -> Iterator[str]:
    """A file in the folder, for workers to look for. Yields its name, which is its content too."""
    name = f".probe.{unfinished_token()}{PARTIAL}"
    try:
        (folder / name).write_text(name, encoding="utf-8")
        yield name
    finally:
        with suppress(OSError):
            (folder / name).unlink()


def keeps_in(folder: Path, probe: str) -> bool:
    """Whether this machine sees a probe file in the folder, and may write there."""
    if read_own(folder / probe) != probe:
        return False
    try:
        own = folder / f".probe.{os.urandom(8).hex()}{PARTIAL}"
        own.write_text("", encoding="utf-8")
        own.unlink()
    except OSError:
        return False
    return True
