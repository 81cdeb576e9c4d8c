"""One eye, where the camera is. This is the default of an output that says nothing about stereo.

```yaml
stereo: none
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.rig._rig import Layout, Rig, Size


class Mono(Rig):
    """A single picture that fills the frame."""

    packing: Literal["none"] = "none"
    """One picture: no stereo."""

    @property
    def layout(self) -> Layout:
        """One picture."""
        return "mono"

    def eye_size(self, size: Size) -> Size:
        """The size of the frame."""
        return size

    def eyes_at(self, camera: Camera, offered: Sequence[str], file: str = "") -> tuple[Camera, ...]:
        """The camera itself."""
        return (camera,)

    def pack(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """The only picture."""
        (picture,) = pictures
        return picture

    def pack_rows(self, pictures: Sequence[np.ndarray], first: int, frame: np.ndarray) -> None:
        """The same rows of the frame."""
        (picture,) = pictures
        frame[first : first + len(picture)] = picture
