"""A pinhole camera, whose full vertical angle of view is the camera's `fov`.

```yaml
lens: perspective
size: [1280, 720]
```
"""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from moviemaker.core.camera import Camera, Frustum, View
from moviemaker.lens._lens import Lens


class Perspective(Lens):
    """A flat picture in which straight lines stay straight."""

    lens: Literal["perspective"] = "perspective"
    eyes: ClassVar[tuple[str, ...]] = ("fixed",)

    def views(self, eye: Camera, size: tuple[int, int]) -> tuple[View, ...]:
        """One view, of the whole picture."""
        top = math.tan(eye.fov / 2)
        right = top * size[0] / size[1]
        return (
            View(eye.position, eye.forward, eye.up, Frustum(eye.shear - right, eye.shear + right, -top, top), size),
        )
