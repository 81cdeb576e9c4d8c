"""The same picture three times, side by side.

```yaml
stereo: {packing: triptych}
```
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np

from moviemaker.plugin import Camera, InputError, Rig, Size


class Triptych(Rig):
    """One eye, whose picture is shown three times."""

    packing: Literal["triptych"] = "triptych"
    layout: ClassVar[str] = "mono"

    def eye_size(self, size: Size) -> Size:
        """Size of the picture in a frame of (width, height) pixels."""
        if size[0] % 3:
            raise InputError(f"{size[0]} pixels are not three pictures wide", "write a multiple of 3", ("size",))
        return size[0] // 3, size[1]

    def eyes_at(self, camera: Camera, offered: Sequence[str], file: str = "") -> tuple[Camera, ...]:
        """The camera itself."""
        return (camera,)

    def pack(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """The frame, (height, width, 3)."""
        return np.hstack([pictures[0]] * 3)
