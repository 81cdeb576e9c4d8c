"""Props: the few things that can be drawn, as plain values. Layers make them, the stage hangs them up.

Props are compared by identity. A prop that comes again as the same object is not touched. One that comes again with the
same arrays inside keeps what was made of them, such as textures and surfaces, and only what is cheap is changed.
"""

from moviemaker.core.props.appearance import Light, Material, Palette, TransferFunction
from moviemaker.core.props.drawable import Drawable, FieldProp, LitProp, Prop, all_same
from moviemaker.core.props.environment import Environment, Reflections
from moviemaker.core.props.fog import Fog
from moviemaker.core.props.outline import Outline
from moviemaker.core.props.printing import Printing
from moviemaker.core.props.shade import Cells, DepthMap, Shade, Shadow, Sky
from moviemaker.core.props.shapes import Glow, Glyphs, Isosurface, Slice, Surface, Tubes, Volume, is_dots

__all__ = [
    "Cells",
    "DepthMap",
    "Drawable",
    "Environment",
    "FieldProp",
    "Fog",
    "Glow",
    "Glyphs",
    "Isosurface",
    "Light",
    "LitProp",
    "Material",
    "Outline",
    "Palette",
    "Printing",
    "Prop",
    "Reflections",
    "Shade",
    "Shadow",
    "Sky",
    "Slice",
    "Surface",
    "TransferFunction",
    "Tubes",
    "Volume",
    "all_same",
    "is_dots",
]
