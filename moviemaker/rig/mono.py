"""One eye, where the camera is: `stereo: none`, which is also what an output has that says nothing of stereo.

```yaml
stereo: none
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.kinds import Kind


class Mono(Kind):
    """A single picture that fills the frame."""

    packing: Literal["none"] = "none"
    suffix: ClassVar[str] = ""

    def eye_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Size in pixels of one eye's picture in a frame of a size."""
        return size

    def eyes(self, camera: Camera) -> tuple[Camera, ...]:
        """The eyes at the camera, left before right."""
        return (camera,)

    def pack(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """The frame, (height, width, 3) uint8, from the pictures of the eyes in the same order."""
        (picture,) = pictures
        return picture
