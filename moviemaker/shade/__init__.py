"""Light computed in the scene: what hides the sky and the lamps, and what of their light gets where.

Nothing here knows a camera or VTK: props and lights go in, and one value comes out, which the stage is handed. So the
same place has the same light in every lens and for both eyes.
"""

from moviemaker.shade.shading import Shading

__all__ = ["Shading"]
