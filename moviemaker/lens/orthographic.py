"""A parallel projection: far things look as large as near ones, as in technical drawings and maps.

```yaml
lens: orthographic
height: 40
size: [1280, 720]
```

`height` is the height of the picture in scene units; the width follows from `size`. Pictures are never in stereo.
`supersample` works as in `perspective`.
"""

from __future__ import annotations

from typing import Literal, Self

import numpy as np

from moviemaker.core.camera import Camera, Parallel, View
from moviemaker.core.projection import Projection
from moviemaker.lens._flat import Flat
from moviemaker.lens._lens import Size
from moviemaker.timeline.tracks import Positive


class Orthographic(Flat):
    """A flat picture without perspective."""

    lens: Literal["orthographic"] = "orthographic"
    """The kind of lens: a parallel projection."""

    height: Positive
    """Height of the picture in scene units, such as 40. It may move: `{0: 40, 5: 10}` zooms in."""

    def views(self, eye: Camera, size: Size, equiangular: bool = False) -> tuple[View, ...]:
        """One view, of the whole picture."""
        return (self.view(eye, Parallel(self.height), size),)

    def cone(self, eye: Camera, size: Size) -> tuple[float, float]:
        """Parallel rays."""
        return 0.0, self.height / size[1]

    def scaled(self, unit: float) -> Self:
        """The height is a length."""
        return self.model_copy(update={"height": self.height / unit})

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """One parallel projection."""
        width, height = size
        scale = height / self.height
        axes = np.stack([eye.right, eye.up, eye.forward])
        return (Projection("parallel", eye.position, axes, (scale, -scale), (width / 2, height / 2), (0, 0), size),)
