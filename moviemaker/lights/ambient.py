"""Light from everywhere, so that nothing is black.

```yaml
kind: ambient
intensity: 0.2
```
"""

from __future__ import annotations

from typing import Annotated, Literal

from moviemaker.core.props import Light
from moviemaker.core.values import FRACTION, POSITIVE
from moviemaker.lights._light import WHITE, LightKind
from moviemaker.timeline.tracks import Color, Moving, NotNegative


class Ambient(LightKind):
    """Light from everywhere, so that nothing is black."""

    kind: Literal["ambient"] = "ambient"

    color: Color = WHITE
    """Colour of the light. Default: white."""

    intensity: NotNegative = 0.2
    """Factor on the colour: 0 is off. Default: 0.2."""

    occlusion: Annotated[float | None, Moving(FRACTION, optional=True)] = None
    """How much darker it is in hollows, from which little of the sky is seen: 0 is not at all, 1 is as dark as they
    are. Default: as `look` says, 1 for `studio`."""

    reach: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """How far from a place things still hide its sky, scene units. Default: 15 % of the diagonal of the scene."""

    def light(self) -> Light:
        """The light of a frozen model."""
        return Light("ambient", (0.0, 0.0, 0.0), self.color, self.intensity, self.occlusion, self.reach)
