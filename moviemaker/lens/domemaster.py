"""The picture for a planetarium's dome: a circle, azimuthal equidistant, with the front at the bottom.

```yaml
lens: domemaster
size: [2048, 2048]
aperture: 180
tilt: 15
```

The middle of the circle is the dome's axis, its rim is `aperture / 2` degrees away from it. `tilt` tips the axis from
the zenith towards the front. `mirror: true` swaps left and right, for a picture that is projected by way of a mirror.
Geometry: "Dome Master Show File Format 1.0" of the AFDI group.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np

from moviemaker.core.camera import Camera, View
from moviemaker.core.errors import Mistake
from moviemaker.core.values import TRUTH, number_between
from moviemaker.lens._panorama import ROWS, Panorama, Size, cube_views, plan, viewer_frame


class Domemaster(Panorama):
    """What is overhead."""

    lens: Literal["domemaster"] = "domemaster"
    aperture: Annotated[float, number_between(90, 360, "degrees from 90 to 360")] = 180.0
    tilt: Annotated[float, number_between(-90, 90, "degrees from -90 to 90")] = 0.0
    mirror: Annotated[bool, TRUTH] = False
    projection: ClassVar[str] = "fisheye"
    default_format: ClassVar[str] = "png"

    def check_size(self, size: Size) -> None:
        """Whether an eye's picture of (width, height) is a square.

        Raises:
            Mistake: it is not.
        """
        if size[0] != size[1]:
            side = min(size)
            raise Mistake(
                f"a domemaster of {size[0]} x {size[1]} is no square", f"write [{side}, {side}] for one eye", ("size",)
            )

    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """The angle from the axis is the distance from the middle; below the middle is the front.

        In the frame of the cube, whose "up" is the dome's axis.
        """
        x, y, radius = _on_disk(first, last, size)
        angle = np.minimum(radius, 1.0) * math.radians(self.aperture) / 2
        outward = np.sin(angle) / np.where(radius > 0, radius, 1.0)
        directions = np.stack([outward * x * (-1 if self.mirror else 1), np.cos(angle), outward * y], axis=-1)
        directions[radius > _reach(size)] = np.nan
        return directions

    def pixels_per_radian(self, size: Size) -> float:
        """As fine as along a radius."""
        return size[0] / math.radians(self.aperture)

    def views(self, eye: Camera, size: Size) -> tuple[View, ...]:
        """Views of a cube that is tipped with the dome."""
        cos, sin = math.cos(math.radians(self.tilt)), math.sin(math.radians(self.tilt))
        viewer_from_dome = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
        return cube_views(eye, viewer_frame(eye, self.level) @ viewer_from_dome, plan(self, size).faces)

    def develop(self, plates: Sequence[np.ndarray], size: Size) -> np.ndarray:
        """The disk, whose rim is antialiased against black."""
        picture = super().develop(plates, size)
        pixels = picture.reshape(-1, 3)
        places, inside = _rim(size)
        pixels[places] = np.rint(pixels[places] * inside[:, None])
        return picture


@lru_cache(maxsize=4)
def _rim(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """The pixels on the edge of the disk, as indices row by row, and how much of each is inside, 0..1."""
    places, parts = [], []
    for first in range(0, size[1], ROWS):
        _, _, radius = _on_disk(first, min(first + ROWS, size[1]), size)
        inside = np.clip((1 - radius) * size[0] / 2 + 0.5, 0, 1)
        edge = (inside < 1) & (radius <= _reach(size))
        places.append(np.flatnonzero(edge) + first * size[0])
        parts.append(inside[edge])
    return np.concatenate(places), np.concatenate(parts)


def _reach(size: Size) -> float:
    """How far from the middle the lens is asked for a direction: a pixel beyond the rim, which is at 1."""
    return 1 + 2 / size[0]


def _on_disk(first: int, last: int, size: Size) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where pixels of rows lie: x to the right and y down from the middle, and their distance; the rim is at 1."""
    x = 2 * (np.arange(size[0]) + 0.5) / size[0] - 1
    y = (2 * (np.arange(first, last) + 0.5) / size[1] - 1)[:, None]
    x, y = np.broadcast_arrays(x, y)
    return x, y, np.hypot(x, y)
