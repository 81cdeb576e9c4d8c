"""Variants of the shaders that look up the light of the scene."""

from __future__ import annotations

from dataclasses import dataclass

AHEAD = 0.75
"""Surfaces look up cells so many cells away from them, along their normals."""

Looked = tuple[int, int]
"""The number of a texture, and the channel of it."""


@dataclass(frozen=True)
class LampVariant:
    """What is looked up for a lamp.

    Attributes:
        first: the number of its first depth map.
        maps: how many it has: 0, one, or the six sides of a cube.
        wide: whether its maps have coarser levels.
        through: what volumes let through to surfaces; None: all.
        in_volumes: what gets to places in volumes; None: all.
    """

    first: int = 0
    maps: int = 0
    wide: bool = False
    through: Looked | None = None
    in_volumes: Looked | None = None

    @property
    def on_surfaces(self) -> bool:
        """Whether it casts shadows on surfaces."""
        return self.maps > 0 or self.through is not None


@dataclass(frozen=True)
class ShadeVariant:
    """What is looked up.

    Attributes:
        levels: of the sky; 0: it is wide open.
        lamps: for each lamp.
        maps: depth maps in all.
        through, in_volumes: textures of each kind.
    """

    levels: int = 0
    lamps: tuple[LampVariant, ...] = ()
    maps: int = 0
    through: int = 0
    in_volumes: int = 0

    @property
    def within_volumes(self) -> ShadeVariant:
        """What of it is looked up in volumes."""
        lamps = tuple(LampVariant(in_volumes=lamp.in_volumes) for lamp in self.lamps)
        return ShadeVariant(self.levels, lamps if self.in_volumes else (), in_volumes=self.in_volumes)


WIDE_OPEN = ShadeVariant()
"""All light gets everywhere."""
