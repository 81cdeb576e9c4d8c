"""What of a lamp gets where."""

from __future__ import annotations

from moviemaker.core.props import DepthMap, Light, Shadow
from moviemaker.shade.casters import Casters
from moviemaker.shade.depth_maps import lamp_maps, sun_map
from moviemaker.shade.media import Medium


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
    return Shadow(light.shadow or 0.0, maps) if maps else None
