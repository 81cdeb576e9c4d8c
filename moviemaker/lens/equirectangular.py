"""The whole sphere, 360 by 180 degrees: the picture that YouTube, VR players and headsets expect of a 360 degree movie.

```yaml
lens: equirectangular
size: [4096, 2048]
level: true
```

Longitude runs across and latitude down, and the middle of the picture is straight ahead, so the picture of an eye is
twice as wide as high. `level: true` (the default) keeps the horizon level, whatever the camera's pitch and roll. Stereo
pictures have omni-directional eyes. `supersample` draws the views finer than the picture.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.projection import Projection
from moviemaker.lens._lens import Size
from moviemaker.lens._panorama import Panorama


class Equirectangular(Panorama):
    """The whole sphere by longitude and latitude."""

    lens: Literal["equirectangular"] = "equirectangular"
    """The kind of lens: the whole sphere by longitude and latitude."""

    projection: ClassVar[str] = "equirectangular"
    wraps: ClassVar[bool] = True

    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """Longitude is `((i + 0.5) / W - 0.5) * 360` degrees to the right, latitude `(0.5 - (j + 0.5) / H) * 180`."""
        return from_angles(first, last, size, 2 * math.pi)

    def pixels_per_radian(self, size: Size) -> float:
        """As fine as the equator, or the meridians if they are finer."""
        return max(size[0] / (2 * math.pi), size[1] / math.pi)

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """The whole sphere; the picture goes on at its other side."""
        return (angles_projection(eye, self.viewer_frame(eye), size, 2 * math.pi),)


def angles_projection(eye: Camera, frame: np.ndarray, size: Size, width: float) -> Projection:
    """The projection of a picture that spans `width` radians of longitude and all latitudes, in a viewer's frame."""
    scale = (size[0] / width, -size[1] / math.pi)
    turn = size[0] if width == 2 * math.pi else 0
    return Projection("sphere", eye.position, frame.T, scale, (size[0] / 2, size[1] / 2), (0, 0), size, turn, eye.ods)


def from_angles(first: int, last: int, size: Size, width: float) -> np.ndarray:
    """Directions of rows of a picture that spans `width` radians of longitude and all latitudes."""
    longitude = ((np.arange(size[0]) + 0.5) / size[0] - 0.5) * width
    latitude = ((0.5 - (np.arange(first, last) + 0.5) / size[1]) * math.pi)[:, None]
    x, y, z = np.broadcast_arrays(
        np.sin(longitude) * np.cos(latitude), np.sin(latitude), np.cos(longitude) * np.cos(latitude)
    )
    return np.stack([x, y, z], axis=-1)
