"""What of a lamp gets where."""

from __future__ import annotations

from moviemaker.core.props import Light, Shadow
from moviemaker.shade.casters import Casters


def shadow_of(casters: Casters, light: Light) -> Shadow | None:
    """The shadows that casters throw in the light of a sun or a point light; None: it gets everywhere."""
    return None
