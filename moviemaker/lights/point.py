"""Light from one place in all directions, equally bright at every distance.

```yaml
kind: point
position: {0: [5, 0, 0], 10: [-5, 0, 0]}
color: orange
```
"""

from __future__ import annotations

from typing import Annotated, Literal

from moviemaker.core.props import Light
from moviemaker.core.values import FRACTION
from moviemaker.lights._light import WHITE, LightKind
from moviemaker.timeline.tracks import Color, Moving, NotNegative, Vector


class Point(LightKind):
    """Light from one place in all directions."""

    kind: Literal["point"] = "point"

    position: Vector
    """Position of the light `[x, y, z]`, scene units."""

    color: Color = WHITE
    """Colour of the light. Default: white."""

    intensity: NotNegative = 0.9
    """Factor on the colour: 0 is off, and above 1 is brighter than the colour itself. Default: 0.9."""

    shadow: Annotated[float | None, Moving(FRACTION, optional=True)] = None
    """How dark its shadows are: 0 is none, 1 is all of this light. Default: as `look` says, 1 for `studio`."""

    def light(self) -> Light:
        """The light of a frozen model."""
        return Light("point", self.position, self.color, self.intensity, shadow=self.shadow)
