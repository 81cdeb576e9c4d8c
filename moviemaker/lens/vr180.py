"""The front half of the sphere, 180 by 180 degrees for each eye: VR180.

```yaml
lens: vr180
size: [4096, 2048]
stereo: left-right
```

The picture of an eye is a square. Stereo pictures have two fixed eyes, as VR180 cameras do, or omni-directional ones
(`eyes: ods`). `level` and `supersample` work as in `equirectangular`.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.projection import Projection
from moviemaker.lens._lens import Size
from moviemaker.lens._panorama import Panorama
from moviemaker.lens.equirectangular import angles_projection, from_angles


class Vr180(Panorama):
    """The front half of the sphere by longitude and latitude."""

    lens: Literal["vr180"] = "vr180"
    """The kind of lens: the front half of the sphere."""

    projection: ClassVar[str] = "half-equirectangular"
    eyes: ClassVar[tuple[str, ...]] = ("fixed", "ods")

    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """Equirectangular, with longitudes from -90 to 90 degrees."""
        return from_angles(first, last, size, math.pi)

    def pixels_per_radian(self, size: Size) -> float:
        """As fine as the equator, or the meridians if they are finer."""
        return max(size) / math.pi

    def sees(self, camera: Camera, offsets: np.ndarray, size: Size) -> np.ndarray:
        """The points in the front half of the sphere."""
        ahead = self.viewer_frame(camera)[:, 2]
        return np.asarray(offsets @ ahead >= 0)

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """Half the sphere."""
        return (angles_projection(eye, self.viewer_frame(eye), size, math.pi),)
