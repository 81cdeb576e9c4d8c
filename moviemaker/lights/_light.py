"""What every kind of light has and can do, and the lights of a scene that names none."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.kinds import Kind
from moviemaker.core.props import Light

WHITE = (1.0, 1.0, 1.0)


class LightKind(Kind, ABC):
    """A light of the scene, as the keys below `lights:` describe it."""

    @abstractmethod
    def light(self) -> Light:
        """The light for the stage: a sun, a point or an ambient light. The model is frozen at one moment."""


def default_lights(first: Camera) -> tuple[Light, ...]:
    """One sun from above and to the left of the first camera, from behind it, and a little ambient light."""
    shines = first.forward - first.up + first.right
    return (
        Light("sun", unit(tuple(shines.tolist())), WHITE, 0.9),
        Light("ambient", (0.0, 0.0, 0.0), WHITE, 0.2),
    )


def unit(vector: tuple[float, ...]) -> tuple[float, float, float]:
    """A vector of three components made 1 long; a vector of length 0 stays as it is."""
    length = float(np.linalg.norm(vector)) or 1.0
    x, y, z = (component / length for component in vector)
    return (x, y, z)
