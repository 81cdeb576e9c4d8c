"""The scene's own light: it stays where it is, whichever way a camera looks.

```yaml
lights:
  - {kind: sun, direction: [1, 0, -1], intensity: 0.9}
  - {kind: point, position: {0: [5, 0, 0], 10: [-5, 0, 0]}, color: orange}
  - {kind: ambient, intensity: 0.2}
```
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.errors import InputError, suggest
from moviemaker.core.kinds import Kind
from moviemaker.core.props import Light
from moviemaker.timeline.tracks import Color, NotNegative, Vector


class Sun(Kind):
    """Parallel light from far away. `direction` is the way it shines."""

    kind: Literal["sun"] = "sun"
    direction: Vector
    color: Color = (1.0, 1.0, 1.0)
    intensity: NotNegative = 0.9

    def light(self) -> Light:
        """The light of a frozen model."""
        return Light("sun", _unit(self.direction), self.color, self.intensity)


class Point(Kind):
    """Light from one place in all directions, equally bright at every distance."""

    kind: Literal["point"] = "point"
    position: Vector
    color: Color = (1.0, 1.0, 1.0)
    intensity: NotNegative = 0.9

    def light(self) -> Light:
        """The light of a frozen model."""
        return Light("point", self.position, self.color, self.intensity)


class Ambient(Kind):
    """Light from everywhere, so that nothing is black."""

    kind: Literal["ambient"] = "ambient"
    color: Color = (1.0, 1.0, 1.0)
    intensity: NotNegative = 0.2

    def light(self) -> Light:
        """The light of a frozen model."""
        return Light("ambient", (0.0, 0.0, 0.0), self.color, self.intensity)


LIGHTS: dict[str, type[Sun] | type[Point] | type[Ambient]] = {"sun": Sun, "point": Point, "ambient": Ambient}


def load_light(kind: str) -> type[Sun] | type[Point] | type[Ambient]:
    """The class behind the name of a light.

    Raises:
        InputError: no light bears this name.
    """
    if kind not in LIGHTS:
        raise InputError(f"no such light {kind!r}", suggest(kind, LIGHTS, "light"))
    return LIGHTS[kind]


def default_lights(first: Camera) -> tuple[Light, ...]:
    """One sun from above and to the left of the first camera, from behind it, and a little ambient light."""
    shines = first.forward - first.up + first.right
    return (
        Light("sun", _unit(tuple(shines.tolist())), (1.0, 1.0, 1.0), 0.9),
        Light("ambient", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 0.2),
    )


def _unit(vector: tuple[float, ...]) -> tuple[float, float, float]:
    length = float(np.linalg.norm(vector)) or 1.0
    x, y, z = (component / length for component in vector)
    return (x, y, z)
