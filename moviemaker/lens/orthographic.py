"""A parallel projection: what is far looks as large as what is near. `height` is that of the picture, in scene units.

```yaml
lens: orthographic
height: 40
size: [1280, 720]
```
"""

from __future__ import annotations

from typing import Literal

from moviemaker.core.camera import Camera, Parallel, View
from moviemaker.lens._lens import Lens
from moviemaker.timeline.tracks import Positive


class Orthographic(Lens):
    """A flat picture without perspective."""

    lens: Literal["orthographic"] = "orthographic"
    height: Positive

    def views(self, eye: Camera, size: tuple[int, int]) -> tuple[View, ...]:
        """One view, of the whole picture."""
        return (View(eye.position, eye.forward, eye.up, Parallel(self.height), size),)
