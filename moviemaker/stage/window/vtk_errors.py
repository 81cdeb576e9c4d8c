"""Errors that VTK prints become exceptions: an error that only scrolls by leaves a wrong picture unnoticed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from vtkmodules.vtkCommonCore import vtkOutputWindow, vtkStringOutputWindow

from moviemaker.core.errors import DrawingError


@contextmanager
def vtk_errors_raised(doing: str) -> Iterator[None]:
    """Collects VTK's messages while the block runs.

    Args:
        doing: what was being done, for the message.

    Raises:
        DrawingError: VTK reported an error.
    """
    before = vtkOutputWindow.GetInstance()
    collected = vtkStringOutputWindow()
    vtkOutputWindow.SetInstance(collected)
    try:
        yield
    finally:
        vtkOutputWindow.SetInstance(before)
    said = collected.GetOutput()
    errors = [part.strip() for part in re.split(r"(?=ERROR:)", said) if part.startswith("ERROR:")]
    if errors:
        raise DrawingError(f"VTK failed while {doing}: {_shortened(errors[0])}")


def _shortened(text: str, limit: int = 600) -> str:
    return text if len(text) <= limit else text[:limit] + " ..."
