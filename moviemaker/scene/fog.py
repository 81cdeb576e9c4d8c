"""Fog around the camera, which tells near from far in every lens and to both eyes.

```yaml
fog: {from: 10, to: 60}
```

It may come nearer, have a colour of its own, and leave something to be seen of what is far:

```yaml
fog: {from: {0: 40, 5: 8}, to: 60, color: "#203040", amount: 0.8}
```

What is nearer than `from` is as without fog; what is farther than `to` has the colour of the fog. Distances count from
the camera to each place, in every direction alike, so that the views of a panorama agree and both eyes see a place
alike. In an orthographic picture they count along the view, from the plane of the camera. Samples of a volume take the
fog that is in front of each. Light that adds up, as that of glows and of additive volumes, becomes fainter. Stars and
the background stay as they are: they lie behind all fog.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import InputError
from moviemaker.core.fields import Vector
from moviemaker.core.kinds import Kind
from moviemaker.core.props import Fog
from moviemaker.core.values import COLOR, POSITIVE
from moviemaker.timeline.tracks import Fraction, Moving, NotNegative, Track, freeze


class FogKeys(Kind):
    """Fog around the camera."""

    begin: NotNegative = Field(0.0, alias="from")
    """Distance from the camera at which the fog begins, scene units. Default: 0."""

    end: Annotated[float, Moving(POSITIVE)] = Field(alias="to")
    """Distance from the camera at which it is thickest, scene units."""

    color: Annotated[tuple[float, float, float] | None, Moving(COLOR, optional=True)] = None
    """Colour of the fog. Default: the background or the horizon of the `sky`, so that far things vanish in it."""

    amount: Fraction = 1.0
    """How much of a far thing's own colour the fog takes: 0 is none, 1 is all. Default: 1."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        times = {time for part in (self.begin, self.end) if isinstance(part, Track) for time in part.times}
        for time in sorted(times or {0.0}):
            begin, end = freeze(self.begin, time), freeze(self.end, time)
            if end <= begin:
                at = f" at {time:g} s" if times else ""
                what = f"the fog begins at {begin:g} and is thickest at {end:g}{at}"
                raise InputError(what, "write a larger distance in to: than in from:", ("to",))
        return self

    def around(self, cone: ViewCone, background: Vector | None) -> Fog:
        """The fog of a frozen model around a camera.

        Args:
            cone: what its picture shows; with the angle 0, rays are parallel.
            background: sRGB, 0 to 1; None: transparent, and the fog has a colour of its own.
        """
        color = background if self.color is None else self.color
        assert color is not None
        place, axis = _vector(cone.position), _vector(cone.forward) if cone.angle == 0.0 else None
        return Fog(self.begin, self.end, color, self.amount, place, axis)


def _vector(array: np.ndarray) -> Vector:
    x, y, z = array.tolist()
    return x, y, z
