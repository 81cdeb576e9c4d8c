"""The sky of a scene: what is seen behind everything, infinitely far away, and lights it.

A gradient goes from the zenith over the horizon to the nadir, by the scene's vertical (`up` of the camera):

```yaml
sky: {zenith: "#2a5c9a", horizon: "#dfe8ee", ground: "#5a554c"}
```

A picture of all directions is equirectangular, twice as wide as high: PNG, JPEG, TIFF or WebP, or with light brighter
than white Radiance (`.hdr`) or OpenEXR (`.exr`).

```yaml
sky: {file: milky_way.jpg, brightness: 0.8, turn: {0: 0, 20: 30}}
```

It is seen from inside, as a camera took it. Its middle is longitude 0, which is along the x axis of the scene, with y
to its left; its upper edge is the vertical. For another vertical than z the whole sky is turned by the smallest
rotation that takes z there.

The sky takes the place of `background`, and of the ambient light, the fill and the back light of a scene without
`lights`; lights that are written are added to it. Surfaces with `roughness` or `metal` reflect it.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind, shorthand
from moviemaker.core.values import COLOR, TEXT, TRUTH, optional
from moviemaker.timeline.tracks import Moving, NotNegative, Number

OF_GRADIENTS = ("zenith", "horizon", "ground")


class SkyKeys(Kind):
    """The sky of a scene: a gradient, or a picture of all directions."""

    zenith: Annotated[tuple[float, float, float] | None, Moving(COLOR, optional=True)] = None
    """Colour straight up."""

    horizon: Annotated[tuple[float, float, float] | None, Moving(COLOR, optional=True)] = None
    """Colour of the horizon. Default: half-way between zenith and ground."""

    ground: Annotated[tuple[float, float, float] | None, Moving(COLOR, optional=True)] = None
    """Colour straight down. Default: that of the horizon if there is one, else that of the zenith."""

    file: Annotated[str | None, optional(TEXT)] = None
    """File of a picture of all directions, twice as wide as high, relative to the folder of the scene: PNG, JPEG, TIFF,
    WebP, Radiance or OpenEXR."""

    brightness: NotNegative = 1.0
    """Factor on the light of the sky: 0 is black. Default: 1."""

    turn: Number = 0.0
    """Degrees by which the sky is turned about the vertical, from x towards y. Default: 0."""

    visible: Annotated[bool, TRUTH] = True
    """Whether it is seen; `false` only lights and is reflected, before the `background`. Default: true."""

    @model_validator(mode="after")
    def _check_kind(self) -> Self:
        colors = [key for key in OF_GRADIENTS if getattr(self, key) is not None]
        if self.file is not None and colors:
            raise InputError(f"a file and the {colors[0]} of a gradient are given", "write one of them", (colors[0],))
        if self.file is None and self.zenith is None:
            right = "write zenith: and a colour, with horizon and ground if you like, or file: and a picture"
            raise InputError("a sky without a zenith and without a file", right, ("zenith",) if colors else ())
        return self


SKY = shorthand(SkyKeys, "file", "sky", "{zenith: ..., horizon: ..., ground: ...}, or the file of a picture")
