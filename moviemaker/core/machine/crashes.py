"""Whether a command has crashed in a library before, and was started anew."""

from __future__ import annotations

import os

_VARIABLE = "MOVIEMAKER_APART"


def draw_apart() -> None:
    """Lets commands that are started from now on draw in processes other than their own."""
    os.environ[_VARIABLE] = "1"


def drawn_apart() -> bool:
    """Whether this command draws in processes other than its own, since it has crashed before."""
    return os.environ.get(_VARIABLE) == "1"
