"""Projections: where directions are in a picture, as plain values. A lens has one for each part of its picture.

A picture that is bent comes from plates by a map from pixels to directions; a projection is that map's inverse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from moviemaker.core.camera import Ods


@dataclass(frozen=True, eq=False)
class Projection:
    """How a point of the scene gets to a column and a row of a picture.

    With x, y and z of the point along the axes of the projection, the coordinates u and v are, by its kind,

    - plane: x / z and y / z;
    - parallel: x and y, in scene units;
    - sphere: longitude atan2(x, z) and latitude atan2(y, hypot(x, z)), radians;
    - disk: with the angle to the axis y, a = atan2(hypot(x, z), y): a x / hypot(x, z) and a z / hypot(x, z), radians;

    and the point is at column `middle[0] + scale[0] * u` and row `middle[1] + scale[1] * v`, counted in pixels from the
    upper left corner of the picture.

    Attributes:
        kind: "plane", "parallel", "sphere" or "disk".
        position: (3,), the eye.
        axes: (3, 3), unit vectors x, y and z of the projection as rows, in the world.
        scale: pixels for a unit of u and of v, with signs; of equal size but in a sphere's projection.
        middle: column and row of u = v = 0.
        corner: column and row of the upper left corner of the part of the picture that the projection is for.
        size: width and height of that part in pixels.
        turn: columns of a whole turn of longitude, after which the picture goes on at its other side; 0: it does not.
        ods: set for an eye of omni-directional stereo.
    """

    kind: str
    position: np.ndarray
    axes: np.ndarray
    scale: tuple[float, float]
    middle: tuple[float, float]
    corner: tuple[int, int]
    size: tuple[int, int]
    turn: int = 0
    ods: Ods | None = None
