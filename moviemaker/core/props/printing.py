"""How the light of a picture becomes what is seen, as a plain value."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Printing:
    """What happens to light between the scene and the picture.

    Attributes:
        exposure: factor on all light.
        filmic: whether bright light is bent together, so that what is brighter than white is told apart.
        glare: what of the light of each point is spread around it, 0 to 1.
        width: of the innermost part of the glare, full width at half maximum, radians.
    """

    exposure: float = 1.0
    filmic: bool = False
    glare: float = 0.0
    width: float = math.radians(1.0)

    @property
    def is_plain(self) -> bool:
        """Whether light stays as it is drawn."""
        return self.exposure == 1.0 and not self.filmic and self.glare == 0.0
