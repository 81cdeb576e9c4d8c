"""The window of a stage stays the current one while it is drawn to."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from vtkmodules.vtkRenderingCore import vtkRenderWindow


@contextmanager
def held(window: vtkRenderWindow) -> Iterator[None]:
    """Makes a window current, and collects no garbage while the block runs.

    A scene that is not needed any more is often freed by the garbage collector, at any allocation, and its window with
    it. OpenGL has then no current window, and what is sent to it is lost without an error: the picture is black.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        window.MakeCurrent()
        yield
    finally:
        if collecting:
            gc.enable()
