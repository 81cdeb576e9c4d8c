"""A sun that sinks and reddens.

```yaml
kind: sunset
altitude: {0: 40, 10: 0}
```
"""

from __future__ import annotations

import math
from typing import Literal

from moviemaker.plugin import Light, LightKind, Number


class Sunset(LightKind):
    """Parallel light from the west."""

    kind: Literal["sunset"] = "sunset"
    altitude: Number = 20.0
    """Height of the sun above the horizon, in degrees."""

    def light(self) -> Light:
        """The light at one moment."""
        height = math.radians(self.altitude)
        red = min(max(self.altitude / 40, 0.0), 1.0)
        return Light("sun", (math.cos(height), 0.0, -math.sin(height)), (1.0, 0.4 + 0.6 * red, red), 0.9)
