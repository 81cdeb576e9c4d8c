"""What every kind of light has and can do, and the lights of a scene that names none."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from moviemaker.core.camera import Camera, viewer_frame
from moviemaker.core.kinds import Kind
from moviemaker.core.props import Light
from moviemaker.core.props.looks import LOOKS, Look

WHITE = (1.0, 1.0, 1.0)


UNDER_SKY = Light("ambient", (0.0, 0.0, 0.0), WHITE, 0.0)
"""The ambient light of a scene with a sky: it adds none, and says how hollows hide from the sky."""


class LightKind(Kind, ABC):
    """A light of the scene, as the keys below `lights:` describe it."""

    @abstractmethod
    def light(self) -> Light:
        """The light for the stage: a sun, a point or an ambient light. The model is frozen at one moment."""


def default_lights(first: Camera, look: Look = LOOKS["flat"], sky: bool = False) -> tuple[Light, ...]:
    """A key, a fill and a back light, suns that stand still in the scene, and a little ambient light.

    The key comes from above and to the left of the first camera. The three leave no side dark: while a camera circles a
    body, its mean brightness changes by less than 15 %, and every side keeps the local contrast that the key alone
    gives to the side that it shines on (`benchmarks/default_lights.py`). Only the key casts shadows.

    Args:
        first: the first camera of the movie. Its horizontal direction counts, and the vertical of its scene.
        look: of the scene.
        sky: whether a sky lights the scene, in the place of all lights but the key.
    """
    right, up, ahead = viewer_frame(first, level=True).T
    suns: list[Light] = []
    for left, above, intensity in look.suns[:1] if sky else look.suns:
        azimuth, elevation = np.radians((left, above))
        toward = np.sin(elevation) * up - np.cos(elevation) * (np.cos(azimuth) * ahead + np.sin(azimuth) * right)
        shadow = None if not suns else 0.0  # several shadows of one thing would say nothing more, and cost as much each
        suns.append(Light("sun", unit(tuple((-toward).tolist())), WHITE, intensity, shadow=shadow))
    return (*suns, UNDER_SKY if sky else Light("ambient", (0.0, 0.0, 0.0), WHITE, look.ambient))


def unit(vector: tuple[float, ...]) -> tuple[float, float, float]:
    """A vector of three components made 1 long; a vector of length 0 stays as it is."""
    length = float(np.linalg.norm(vector)) or 1.0
    x, y, z = (component / length for component in vector)
    return (x, y, z)
