"""Six square faces of a cube around the viewer in one picture, for engines and viewers that take cubemaps.

```yaml
lens: cubemap
size: [3072, 2048]
```

The faces lie 3 x 2: right, left and up in the upper row, down, front and back in the lower one. The picture of an eye
has to hold 3 x 2 squares. `level` works as in `equirectangular`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from moviemaker.core.camera import Camera, Frustum, View
from moviemaker.core.errors import InputError
from moviemaker.core.projection import Projection
from moviemaker.lens._cube_faces import BACK, DOWN, FACES, FRONT, LEFT, RIGHT, UP, cube_views
from moviemaker.lens._lens import Size
from moviemaker.lens._panorama import Surround

ORDER = (RIGHT, LEFT, UP, DOWN, FRONT, BACK)


class Cubemap(Surround):
    """The six views themselves, side by side."""

    lens: Literal["cubemap"] = "cubemap"
    """The kind of lens: six faces of a cube."""

    projection: ClassVar[str] = "cubemap"

    def check_size(self, size: Size) -> None:
        """Checks whether an eye's picture of (width, height) holds six squares.

        Raises:
            InputError: it does not.
        """
        if size[0] * 2 != size[1] * 3:
            side = max(1, round(size[0] / 3))
            what = f"a cubemap of {size[0]} x {size[1]} does not hold 3 x 2 squares"
            raise InputError(what, f"write [{3 * side}, {2 * side}] for one eye", ("size",))

    def views(self, eye: Camera, size: Size, equiangular: bool = False) -> tuple[View, ...]:
        """The six faces, each of exactly 90 degrees."""
        side = size[0] // 3
        square = Frustum(-1.0, 1.0, -1.0, 1.0)
        return cube_views(eye, self.viewer_frame(eye), [(face, square, (side, side)) for face in ORDER])

    def cone(self, eye: Camera, size: Size) -> tuple[float, float]:
        """All around, and the width of the pixel in the middle of a face."""
        return math.pi, 2 / (size[0] // 3)

    def largest_view_bound(self, size: Size) -> float:
        """The side of a face."""
        return size[0] // 3

    def develop(self, plates: Sequence[np.ndarray], size: Size, equiangular: bool = False) -> np.ndarray:
        """The faces side by side."""
        return np.vstack([np.hstack(plates[:3]), np.hstack(plates[3:])])

    def distances(self, plates: Sequence[np.ndarray], size: Size) -> np.ndarray:
        """The distances of the faces, side by side."""
        return self.develop(plates, size)

    @property
    def draws_rows(self) -> bool:
        """Every face is a part of the picture."""
        return True

    def views_of_rows(self, eye: Camera, size: Size, strip: range, equiangular: bool = False) -> tuple[View, ...]:
        """The rows of the faces."""
        views, side = self.views(eye, size), size[0] // 3
        return tuple(
            view.part(0, part.start, side, part.stop)
            for first in (0, 1)
            if len(part := _within(strip, first * side, side))
            for view in views[3 * first : 3 * first + 3]
        )

    def develop_rows(
        self, pixels: np.ndarray, size: Size, strip: range, rows: range, equiangular: bool = False
    ) -> np.ndarray:
        """The faces side by side."""
        side, begin, developed = size[0] // 3, 0, []
        for top in (0, side):
            there, wanted = _within(strip, top, side), _within(rows, top, side)
            end = begin + 3 * side * len(there)
            plates = pixels[begin:end].reshape(3, len(there), side, *pixels.shape[1:])
            developed += [np.hstack(list(plates[:, wanted.start - there.start : wanted.stop - there.start]))]
            begin = end
        return np.vstack(developed)

    def distances_of_rows(self, pixels: np.ndarray, size: Size, strip: range, rows: range) -> np.ndarray:
        """The distances of the faces, side by side."""
        return self.develop_rows(pixels, size, strip, rows)

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """A plane for each face."""
        side = size[0] // 3
        frame = self.viewer_frame(eye)
        made = []
        for place, face in enumerate(ORDER):
            left, top = place % 3 * side, place // 3 * side
            forward, right, up = (frame @ axis for axis in FACES[face])
            middle = (left + side / 2, top + side / 2)
            axes = np.stack([right, up, forward])
            made.append(
                Projection(
                    "plane", eye.position, axes, (side / 2, -side / 2), middle, (left, top), (side, side), ods=eye.ods
                )
            )
        return tuple(made)


def _within(rows: range, top: int, height: int) -> range:
    """The rows of a picture that are rows of a part of it, counted from the top of that part; perhaps none."""
    first, last = (min(max(row - top, 0), height) for row in (rows.start, rows.stop))
    return range(first, last)
