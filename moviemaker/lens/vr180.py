"""The front half of the sphere, 180 by 180 degrees for each eye: VR180.

```yaml
lens: vr180
size: [2048, 2048]
```
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.projection import Projection
from moviemaker.lens._panorama import Panorama, Size
from moviemaker.lens.equirectangular import angles_chart, from_angles


class Vr180(Panorama):
    """All that is ahead."""

    lens: Literal["vr180"] = "vr180"
    projection: ClassVar[str] = "half-equirectangular"
    eyes: ClassVar[tuple[str, ...]] = ("fixed", "ods")

    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """Equirectangular, with longitudes from -90 to 90 degrees."""
        return from_angles(first, last, size, math.pi)

    def pixels_per_radian(self, size: Size) -> float:
        """As fine as the equator, or the meridians if they are finer."""
        return max(size) / math.pi

    def charts(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """Half the sphere."""
        return (angles_chart(eye, self.level, size, math.pi),)
