"""Light from everywhere, so that nothing is black.

```yaml
kind: ambient
intensity: 0.2
```
"""

from __future__ import annotations

from typing import Literal

from moviemaker.core.props import Light
from moviemaker.lights._light import WHITE, LightKind
from moviemaker.timeline.tracks import Color, NotNegative


class Ambient(LightKind):
    """Light from everywhere, so that nothing is black."""

    kind: Literal["ambient"] = "ambient"

    color: Color = WHITE
    """Colour of the light. Default: white."""

    intensity: NotNegative = 0.2
    """Factor on the colour: 0 is off. Default: 0.2."""

    def light(self) -> Light:
        """The light of a frozen model."""
        return Light("ambient", (0.0, 0.0, 0.0), self.color, self.intensity)
