"""Parallel light from far away. It reaches everything at the same angle and with the same strength.

```yaml
kind: sun
direction: [1, 0, -1]
intensity: 0.9
```
"""

from __future__ import annotations

from typing import Annotated, Literal

from moviemaker.core.props import Light
from moviemaker.core.values import FRACTION, number_between
from moviemaker.lights._light import WHITE, LightKind, unit
from moviemaker.timeline.tracks import Color, Moving, NotNegative, Vector

SUN_ANGLE = number_between(0, 5, "degrees from 0 to 5")


class Sun(LightKind):
    """Parallel light from far away."""

    kind: Literal["sun"] = "sun"

    direction: Vector
    """Direction in which the light shines, from the sun into the scene: `[0, 0, -1]` shines straight down along z."""

    color: Color = WHITE
    """Colour of the light. Default: white."""

    intensity: NotNegative = 0.9
    """Factor on the colour: 0 is off, and above 1 is brighter than the colour itself. Default: 0.9."""

    shadow: Annotated[float | None, Moving(FRACTION, optional=True)] = None
    """How dark its shadows are: 0 is none, 1 is all of this light. Default: as `look` says, 1 for `studio`."""

    angle: Annotated[float | None, Moving(SUN_ANGLE, optional=True)] = None
    """How wide the sun is, degrees from 0 to 5, which makes the edges of shadows soft. Default: as `look` says, 2 for
    `studio`."""

    def light(self) -> Light:
        """The light of a frozen model."""
        return Light("sun", unit(self.direction), self.color, self.intensity, shadow=self.shadow, angle=self.angle)
