"""Looks: what the light of a whole scene is like where the scene does not say it otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LookName = Literal["flat", "soft", "studio", "cinematic"]

Sun = tuple[float, float, float]
"""Azimuth to the left of the first camera as seen from the body, elevation above the horizon, both in degrees, and
intensity."""


@dataclass(frozen=True)
class Look:
    """One look.

    Attributes:
        suns: of a scene without lights.
        ambient: intensity of its ambient light.
        occlusion: of ambient lights, 0 to 1.
        shadow: of suns and point lights, 0 to 1.
        angle: how wide suns are, degrees.
        scatter: whether thin media pass on the light of suns.
        glare: what of the light of bright things is spread around them, 0 to 1.
    """

    suns: tuple[Sun, ...]
    ambient: float
    occlusion: float = 0.0
    shadow: float = 0.0
    angle: float = 0.0
    scatter: bool = False
    glare: float = 0.0


# Searched for: the greatest least contrast of a ball, a cluster of balls, a protein and a smooth head over all views,
# against what the key alone leaves on its side, while the mean brightness of a ball changes by less than 6 % and
# nothing is brighter than its own colour.
_EVEN: tuple[Sun, ...] = ((50.0, 55.0, 0.44), (-70.0, 44.0, 0.36), (169.0, 44.0, 0.36))

# Where occlusion and shadows tell the form, the lamps need not, and the sky may be brighter.
_KEYED: tuple[Sun, ...] = ((50.0, 55.0, 0.50), (-85.0, 42.0, 0.30), (165.0, 35.0, 0.20))

LOOKS: dict[LookName, Look] = {
    "flat": Look(_EVEN, 0.135),
    "soft": Look(tuple((left, above, 0.5 * sun) for left, above, sun in _EVEN), 0.55, occlusion=1.0),
    "studio": Look(_KEYED, 0.5, occlusion=1.0, shadow=1.0, angle=2.0),
    "cinematic": Look(_KEYED, 0.5, occlusion=1.0, shadow=1.0, angle=2.0, scatter=True, glare=0.05),
}
