"""The memory that a picture takes to be drawn, from which follows whether it is drawn whole or in strips.

That follows from the output and the size alone, not from the machine, so that a frame is the same on every machine.
"""

from __future__ import annotations

import math

from moviemaker.drawing import strips
from moviemaker.drawing.tiles import ENLARGED, TILE
from moviemaker.lens import Size
from moviemaker.resolved_scene import eye_count, view_sizes
from moviemaker.scene.model import Output

WHOLE = {8: 4e9, 16: 5e9}
"""Bytes up to which a picture is drawn whole, by its bits: a dome of 4096 x 4096 and 16 bits takes 4.6 GB."""

MAX_VIEW = 16384
"""The largest view, in pixels a side, that common OpenGL implementations draw."""

MEMORY_OF_PROGRAM = 350e6
"""Bytes of the program with its libraries."""

BYTES_PER_PIXEL_OF_A_VIEW = {8: 64, 16: 310}
"""Bytes for each pixel of the largest view while it is drawn, by the bits of the picture, measured with Mesa's software
renderer. Pictures of 16 bits are drawn twice as fine each way."""

BYTES_PER_PIXEL = {8: 16, 16: 130}
"""Bytes for each pixel of the finished picture: its map, its colours and its copies."""

BYTES_PER_PIXEL_OF_A_TILE = {8: 160, 16: 250}
"""Bytes for each drawn pixel of a tile, by the bits of the picture: of translucent surfaces, whose layers cost most."""

BYTES_PER_PIXEL_OF_A_BAND = 80
"""Bytes for each pixel of a band: its map, its colours, and the light of particles."""


def drawing_memory(output: Output, size: Size | None = None) -> float:
    """Bytes that the program needs to draw a picture of an output, without the data.

    Args:
        output: of the scene.
        size: (width, height) of the picture, both eyes together (default: the output's own).
    """
    return sum(parts_of_memory(output, size).values())


def parts_of_memory(output: Output, size: Size | None = None) -> dict[str, float]:
    """The same by what the bytes are for, in words."""
    size = size or output.size
    return _of_strips(output, size) if drawn_in_strips(output, size) else _of_whole(output, size)


def drawn_in_strips(output: Output, size: Size) -> bool:
    """Whether frames of (width, height) pixels are drawn in strips: whole ones would take too much.

    Lens and rig have to be able to do it.
    """
    if not (output.lens.draws_rows and output.rig.packs_rows):
        return False
    longest = ENLARGED[output.film.depth] * max(map(max, _views(output, size)))
    return longest > MAX_VIEW or sum(_of_whole(output, size).values()) > WHOLE[output.film.bits]


def _views(output: Output, size: Size) -> list[tuple[float, float]]:
    """The sizes of the views of an eye, or a bound of them where it takes long to find them."""
    bound = output.lens.largest_view_bound(output.rig.eye_size(size))
    return [*view_sizes(output, size)] if bound == math.inf else [(bound, bound)]


def _of_whole(output: Output, size: Size) -> dict[str, float]:
    """Bytes for a picture that is drawn whole."""
    bits = output.film.bits
    view = max(min(width, MAX_VIEW) * min(height, MAX_VIEW) for width, height in _views(output, size))
    return {
        "the program": MEMORY_OF_PROGRAM,
        "the largest view": view * BYTES_PER_PIXEL_OF_A_VIEW[bits],
        "the picture": math.prod(size) * BYTES_PER_PIXEL[bits],
    }


def _of_strips(output: Output, size: Size) -> dict[str, float]:
    """Bytes for a picture that is drawn in strips."""
    eye, film, eyes = output.rig.eye_size(size), output.film, eye_count(output)
    channels = 4 if film.clear else 3
    pixel = channels * film.depth // 8 + 4  # of a plate, with its distance
    photographed = output.lens.drawn_pixels(eye)
    drawn = ENLARGED[film.depth] ** 2 * photographed
    plates = max(strips.PLATES, output.lens.strip_bound(eye, strips.ROWS) * eyes * pixel)
    return {
        "the program": MEMORY_OF_PROGRAM,
        "the picture": math.prod(size) * channels * film.bits / 8,
        "the views of a strip": min(plates, photographed * eyes * pixel),
        "a tile": min(TILE**2, drawn) * BYTES_PER_PIXEL_OF_A_TILE[film.bits],
        "a band": min(strips.BAND, math.prod(eye)) * BYTES_PER_PIXEL_OF_A_BAND,
    }
