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
        ambient: the sum of the ambient lights, intensity times colour, and of the mean of the sky.
        lamps: all other lights, in their order.
        textures: what of their light gets where.
    """

    ambient: Vector
    lamps: tuple[Light, ...]
    textures: LightTextures

    @classmethod
    def of(cls, lights: Sequence[Light], textures: LightTextures, environment: Environment | None = None) -> Self:
        """The light of some lights, and of the sky if there is one."""
        ambient = [np.multiply(light.color, light.intensity) for light in lights if light.kind == "ambient"]
        if environment is not None:
            ambient.append(codes_of_light(environment.mean))
        red, green, blue = np.sum(ambient, axis=0).tolist() if ambient else (0.0, 0.0, 0.0)
        return cls((red, green, blue), tuple(light for light in lights if light.kind != "ambient"), textures)
