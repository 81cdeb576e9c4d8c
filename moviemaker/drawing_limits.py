"""What a machine can draw: the largest view that OpenGL takes, and the memory that a picture needs."""

from __future__ import annotations

import math

from moviemaker.core.errors import InputError
from moviemaker.core.machine.memory import size_text, total_memory
from moviemaker.resolved_scene import view_sizes
from moviemaker.scene.model import Output

Size = tuple[int, int]

MAX_VIEW = 16384
"""The largest view, in pixels a side, that common OpenGL implementations draw."""

MEMORY_OF_PROGRAM = 350e6
"""Bytes of the program with its libraries."""

BYTES_PER_PIXEL_OF_A_VIEW = {8: 64, 16: 256}
"""Bytes for each pixel of the largest view while it is drawn, by the bits of the picture, measured with Mesa's software
renderer. Pictures of 16 bits are drawn twice as fine each way."""

BYTES_PER_PIXEL = {8: 16, 16: 200}
"""Bytes for each pixel of the finished picture: its map, its colours and its copies."""

_PLANNED = 2048
"""A panorama that is larger is planned in this size to see how large its views will be."""


def drawing_memory(output: Output, size: Size | None = None) -> float:
    """Bytes that the program needs to draw a picture of an output, without the data.

    Args:
        output: of the scene.
        size: (width, height) of the picture, both eyes together (default: the output's own).
    """
    width, height = size or output.size
    eye, bits = output.rig.eye_size((width, height)), output.film.bits
    bound = output.lens.largest_view_bound(eye)
    view = float(math.prod(eye)) if bound == math.inf else min(bound, MAX_VIEW) ** 2
    return float(MEMORY_OF_PROGRAM + view * BYTES_PER_PIXEL_OF_A_VIEW[bits] + width * height * BYTES_PER_PIXEL[bits])


def check_drawable(output: Output, size: Size | None = None) -> None:
    """Checks that a picture of an output can be drawn: its views are small enough, and the memory suffices.

    Raises:
        InputError: at `size`: it cannot.
    """
    size = size or output.size
    if output.lens.largest_view_bound(output.rig.eye_size(size)) == math.inf:  # its views are quickly known
        _check_views(output, size)
    needed, there = drawing_memory(output, size), total_memory()
    if needed > there:
        what = f"a picture of {size[0]} x {size[1]} needs {size_text(needed)} of memory to be drawn"
        raise InputError(what, f"this machine has {size_text(there)}; ask for less", ("size",))
    if output.lens.largest_view_bound(output.rig.eye_size(size)) > MAX_VIEW:
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
