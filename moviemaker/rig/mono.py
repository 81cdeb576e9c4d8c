"""One eye, where the camera is: `stereo: none`, which is also what an output has that says nothing of stereo.

```yaml
stereo: none
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.kinds import Kind

Size = tuple[int, int]


class Mono(Kind):
    """A single picture that fills the frame."""

    packing: Literal["none"] = "none"
    layout: ClassVar[str] = "mono"

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that a movie needs: one, without a name."""
        return ("",)

    def resolve(self, distance: float) -> Self:
        """Nothing is left open."""
        return self

    def eye_size(self, size: Size) -> Size:
        """Size of one eye's picture in a frame of (width, height) pixels."""
        return size

    def check_eyes(self, offered: Sequence[str]) -> None:
        """Every lens has one eye."""

    def eyes_at(self, camera: Camera, offered: Sequence[str], file: str = "") -> tuple[Camera, ...]:
        """The camera itself."""
        return (camera,)

    def pack(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """The frame, (height, width, 3), from the pictures of the eyes in the same order."""
        (picture,) = pictures
        return picture
