"""Signs of life of the claims of this process, given by a small process that ends with it (see `beat`)."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

BEAT = 5.0
"""Seconds between two signs of life."""

_beaters: dict[int, subprocess.Popen[bytes]] = {}  # by the process, as a forked one must not write to its parent's
_lock = threading.Lock()


def silence() -> float:
    """Seconds without a sign of life after which a run of another machine counts as ended.

    60, or what the environment variable `MOVIEMAKER_SILENCE` says: more for a file system that shows changes late.
    """
    with suppress(ValueError):
        return max(1.0, float(os.environ.get("MOVIEMAKER_SILENCE", "")))
    return 60.0


def begin_beating(path: Path) -> None:
    """Shows signs of life for a file from now on."""
    _tell(b"+", path)


def end_beating(path: Path) -> None:
    """Shows no more signs of life for a file."""
    _tell(b"-", path)


def _tell(sign: bytes, path: Path) -> None:
    with _lock, suppress(OSError):
        beater = _beaters.get(os.getpid())
        if beater is None or beater.poll() is not None:
            if sign == b"-":
                return
            beater = _beaters[os.getpid()] = _started()
        assert beater.stdin is not None
        beater.stdin.write(sign + os.fsencode(os.path.abspath(path)) + b"\n")
        beater.stdin.flush()


def _started() -> subprocess.Popen[bytes]:
    seconds = min(BEAT, silence() / 6)
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("beat.py")), str(seconds)]
    quiet = subprocess.DEVNULL
    beater = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)
    atexit.register(_end, beater)
    return beater


def _end(beater: subprocess.Popen[bytes]) -> None:
    if beater is _beaters.get(os.getpid()):
        with suppress(OSError, subprocess.SubprocessError):
            beater.communicate(timeout=1)
