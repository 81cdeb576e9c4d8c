"""A bead on each particle.

```yaml
kind: beads
data: stream
height: {0: 0.1, 2: 0.5}
```
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from moviemaker.plugin import Drawable, Glyphs, Layer, Particles, Positive


class Beads(Layer):
    """Spheres of one size and colour."""

    takes = Particles
    kind: Literal["beads"] = "beads"
    height: Positive = 0.2
    """Full width of a bead, in scene units."""

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """All beads together."""
        count = len(sample.position)
        colors = np.full((count, 4), (255, 200, 80, round(255 * self.opacity)), np.uint8)
        return (Glyphs("sphere", sample.position, np.full(count, self.height, np.float32), colors, shade=True),)
