"""What of a lamp gets where."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from moviemaker.core.props import DepthMap, Light, Shadow
from moviemaker.shade.casters import Casters
from moviemaker.shade.depth_maps import lamp_maps, sun_map
from moviemaker.shade.media import Medium
from moviemaker.shade.volume_light import light_through, past_maps

BOUNDS = 64
"""Steps along the longest side of the scene in which its bounds grow."""


def with_steady_bounds(casters: Casters) -> Casters:
    """The casters with bounds a little larger, which stay the same while what is drawn moves a little.

    Shadows reach to the bounds, and so follow from them.
    """
    side = float((casters.bounds[:, 1] - casters.bounds[:, 0]).max(initial=0.0))
    if not 0 < side < math.inf:
        return casters
    step = 2.0 ** math.ceil(math.log2(side)) / BOUNDS
    low, high = np.floor(casters.bounds[:, 0] / step), np.ceil(casters.bounds[:, 1] / step)
    return replace(casters, bounds=np.column_stack([low, high]) * step)


def shadow_of(casters: Casters, light: Light) -> Shadow | None:
    """The shadows that casters throw in the light of a sun or a point light; None: it gets everywhere."""
    if casters.diagonal == 0:
        return None
    solid = [one for one in casters.parts if not isinstance(one, Medium)]
    maps: tuple[DepthMap, ...]
    if light.kind == "sun":
        found = sun_map(solid, light.vector, light.angle or 0.0, casters.bounds)
        maps = () if found is None else (found,)
    else:
        maps = lamp_maps(solid, light.vector)
    through, in_volumes = light_through(casters, light)
    if in_volumes is not None and maps:
        in_volumes = past_maps(in_volumes, maps)
    return Shadow(light.shadow or 0.0, maps, through, in_volumes) if maps or through is not None else None
