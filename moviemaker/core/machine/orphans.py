"""Processes that end with the process that started them."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> bool:
    """Makes this process end at once when its parent ends, even in the middle of a computation.

    Returns:
        False where the system has no such thing: only Linux has it.
    """
    if sys.platform != "linux":
        return False
    with suppress(OSError, AttributeError):
        import ctypes

        return bool(ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)
    return False
