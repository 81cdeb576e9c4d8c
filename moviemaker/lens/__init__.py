"""What the picture looks like: one file per lens. Each says which views it needs and develops them into a picture.

A lens of another package derives from one of these: `Flat` (one photograph), `Panorama` (resampled from a cube around
the viewer), `Surround` (anything else around the viewer) or `Lens`.
"""

from moviemaker.lens._flat import Flat
from moviemaker.lens._lens import Lens, Size
from moviemaker.lens._panorama import Panorama, Surround

__all__ = ["Flat", "Lens", "Panorama", "Size", "Surround"]
