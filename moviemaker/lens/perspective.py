"""A pinhole camera: an ordinary flat picture in which straight lines stay straight.

```yaml
lens: perspective
size: [1280, 720]
```

The full vertical angle of view is the camera's `fov`. Stereo pictures have two fixed eyes beside each other.

`supersample: 2` draws twice as finely each way and takes the mean, for volumes, slices and textures with fine patterns.
Edges are smooth without it.
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from moviemaker.core.camera import Camera, Frustum, View
from moviemaker.core.projection import Projection
from moviemaker.lens._flat import Flat
from moviemaker.lens._lens import Size


class Perspective(Flat):
    """A flat picture in which straight lines stay straight."""

    lens: Literal["perspective"] = "perspective"
    """The kind of lens: a pinhole camera."""

    eyes: ClassVar[tuple[str, ...]] = ("fixed",)

    def views(self, eye: Camera, size: Size, equiangular: bool = False) -> tuple[View, ...]:
        """One view, of the whole picture."""
        top = math.tan(eye.fov / 2)
        right = top * size[0] / size[1]
        return (self.view(eye, Frustum(eye.shear - right, eye.shear + right, -top, top), size),)

    def cone(self, eye: Camera, size: Size) -> tuple[float, float]:
        """The angle to the farthest corner, and the width of the pixel in the middle."""
        top = math.tan(eye.fov / 2)
        return math.atan(math.hypot(abs(eye.shear) + top * size[0] / size[1], top)), 2 * top / size[1]

    def sees(self, camera: Camera, offsets: np.ndarray, size: Size) -> np.ndarray:
        """The points in the camera's frustum."""
        top = math.tan(camera.fov / 2)
        ahead, right, up = offsets @ camera.forward, offsets @ camera.right, offsets @ camera.up
        return np.asarray((np.abs(up) <= ahead * top) & (np.abs(right) <= ahead * top * size[0] / size[1]))

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """One plane, whose middle is beside that of the picture if the eye's frustum is sheared."""
        width, height = size
        scale = height / (2 * math.tan(eye.fov / 2))
        axes = np.stack([eye.right, eye.up, eye.forward])
        middle = (width / 2 - scale * eye.shear, height / 2)
        return (Projection("plane", eye.position, axes, (scale, -scale), middle, (0, 0), size, ods=eye.ods),)
