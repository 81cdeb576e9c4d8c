"""What shines on the actors of a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from moviemaker.core.colors import codes_of_light
from moviemaker.core.fields import Vector
from moviemaker.core.props import Environment, Light
from moviemaker.stage.shading.light_textures import LightTextures


@dataclass(frozen=True, eq=False)
class SceneLight:
    """The light of a moment, in the stage's coordinates.

    Attributes:
        ambient: the sum of the ambient lights, intensity times colour.
        lamps: all other lights, in their order.
        textures: what of their light gets where, and what surfaces reflect of the sky.
        environment: the light of the sky, if there is one.
    """

    ambient: Vector
    lamps: tuple[Light, ...]
    textures: LightTextures
    environment: Environment | None = None

    @classmethod
    def of(cls, lights: Sequence[Light], textures: LightTextures, environment: Environment | None = None) -> Self:
        """The light of some lights, and of the sky if there is one."""
        ambient = [np.zeros(3)]
        ambient += [np.multiply(light.color, light.intensity) for light in lights if light.kind == "ambient"]
        lamps = tuple(light for light in lights if light.kind != "ambient")
        return cls(_vector(np.sum(ambient, axis=0)), lamps, textures, environment)

    @property
    def from_everywhere(self) -> Vector:
        """The ambient lights and the mean of the sky, for what has no normals."""
        if self.environment is None:
            return self.ambient
        return _vector(self.ambient + codes_of_light(self.environment.mean))


def _vector(numbers: np.ndarray) -> Vector:
    red, green, blue = numbers.tolist()
    return red, green, blue
