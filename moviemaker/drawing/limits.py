"""What a machine cannot draw, refused before the first frame: views larger than OpenGL takes, and too little memory."""

from __future__ import annotations

import math

from moviemaker.core.errors import InputError
from moviemaker.core.machine.memory import size_text, total_memory
from moviemaker.drawing.memory import MAX_VIEW, drawn_in_strips, parts_of_memory
from moviemaker.lens import Size
from moviemaker.resolved_scene import view_sizes
from moviemaker.scene.model import Output

_PLANNED = 2048
"""A panorama that is larger is planned in this size to see how large its views will be."""


def check_drawable(output: Output, size: Size | None = None) -> None:
    """Checks that a picture of an output can be drawn: its views are small enough, and the memory suffices.

    Raises:
        InputError: at `size`: it cannot.
    """
    size = size or output.size
    in_strips, bound = drawn_in_strips(output, size), output.lens.largest_view_bound(output.rig.eye_size(size))
    if not in_strips and bound == math.inf:  # its views are quickly known
        _check_views(output, size)
    parts, there = parts_of_memory(output, size), total_memory()
    if sum(parts.values()) > there:
        terms = ", ".join(f"{size_text(bytes_)} for {part}" for part, bytes_ in parts.items())
        what = (
            f"a picture of {size[0]} x {size[1]} needs {size_text(sum(parts.values()))} of memory to be drawn ({terms})"
        )
        raise InputError(what, f"this machine has {size_text(there)}; ask for less", ("size",))
    if not in_strips and bound > MAX_VIEW:
        _check_views(output, size)


def _check_views(output: Output, size: Size) -> None:
    largest, about = _largest_view(output, size)
    if largest > MAX_VIEW:
        what = f"a picture of {size[0]} x {size[1]} needs views of {about}{largest} pixels"
        raise InputError(what, f"OpenGL draws {MAX_VIEW} pixels a side; ask for less", ("size",))


def _largest_view(output: Output, size: Size) -> tuple[int, str]:
    """The side of the largest view, pixels, and "about " if it is not exact: large panoramas take long to plan."""
    shrunk = math.ceil(max(size) / _PLANNED)
    if shrunk > 1 and output.lens.largest_view_bound(size) < math.inf:
        small = (size[0] // shrunk, size[1] // shrunk)
        about = shrunk * max(max(view) for view in view_sizes(output, small))
        if abs(about / MAX_VIEW - 1) > 0.05:
            return about, "about "
    return max(max(view) for view in view_sizes(output, size)), ""
