"""A camera at one moment, the eyes that a rig makes of it, and the pinhole views that a lens asks for.

Right-handed: a camera looks along `forward`, with `right` and `up` the axes of its picture, all unit vectors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Camera:
    """Where the viewer is and looks to.

    Attributes:
        position: (3,), scene units.
        forward, up, right: orthonormal (3,).
        fov: full vertical angle of view, radians.
        vertical: (3,), unit vector up in the scene, with which panoramas stay level.
        shear: shift of a flat lens's picture plane to the right, in tangents, for eyes that converge.
        ods: given for an eye of omni-directional stereo; `position` is then that of the camera, between the eyes.
    """

    position: np.ndarray
    forward: np.ndarray
    up: np.ndarray
    right: np.ndarray
    fov: float
    vertical: np.ndarray
    shear: float = 0.0
    ods: Ods | None = None

    def scaled(self, unit: float) -> Camera:
        """The same camera with lengths in another unit."""
        if unit == 1.0:
            return self
        ods = self.ods and replace(self.ods, radius=self.ods.radius / unit)
        return replace(self, position=self.position / unit, ods=ods)


@dataclass(frozen=True, eq=False)
class Ods:
    """An eye of omni-directional stereo: for each direction it is at another place on a circle around the camera.

    Attributes:
        radius: half the distance between the eyes, scene units; positive for the right eye, negative for the left.
        up: (3,), unit vector: the axis of the circle.
        merge: latitudes in radians between which the eyes come together; (0, -1) for a fade by the latitude's cosine.
    """

    radius: float
    up: np.ndarray
    merge: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Frustum:
    """A perspective picture.

    Attributes:
        left, right, bottom, top: edges of the picture plane at distance 1, as tangents.
        equiangular: whether pixels are equally wide in angle, across and down, instead of on the plane.
    """

    left: float
    right: float
    bottom: float
    top: float
    equiangular: bool = False

    def part(self, across: tuple[float, float], down: tuple[float, float]) -> Frustum:
        """The frustum of a part of the pixels.

        Args:
            across: where the part begins and ends, from 0 on the left to 1 on the right.
            down: the same, from 0 on top to 1 at the bottom.
        """
        edges = (self.left, self.right, self.bottom, self.top)
        left, right, bottom, top = map(math.atan, edges) if self.equiangular else edges
        parts = (
            left + across[0] * (right - left),
            left + across[1] * (right - left),
            top - down[1] * (top - bottom),
            top - down[0] * (top - bottom),
        )
        west, east, south, north = map(math.tan, parts) if self.equiangular else parts
        return Frustum(west, east, south, north, self.equiangular)


@dataclass(frozen=True, eq=False)
class Parallel:
    """An orthographic picture.

    Attributes:
        height: full height in scene units; the width follows from the picture's size.
        across, above: how far its middle is to the right of the eye and above it, scene units.
    """

    height: float
    across: float = 0.0
    above: float = 0.0


@dataclass(frozen=True, eq=False)
class View:
    """One plain photograph to take.

    Attributes:
        position: (3,), the eye.
        forward, up: orthonormal (3,).
        projection: what the picture plane covers.
        size: (width, height) in pixels.
        ods: set for an eye of omni-directional stereo.
        fineness: pixels of the photograph for one of the picture, by which dots and lines grow.
        within: the whole view that this is a rectangle of; default: it is whole.
        corner: column and row of the whole view that are the upper left corner of this one.
    """

    position: np.ndarray
    forward: np.ndarray
    up: np.ndarray
    projection: Frustum | Parallel
    size: tuple[int, int]
    ods: Ods | None = None
    fineness: float = 1.0
    within: View | None = None
    corner: tuple[int, int] = (0, 0)

    @property
    def whole(self) -> View:
        """The whole view, whose depths all its rectangles share."""
        return self if self.within is None else self.within

    def part(self, left: int, top: int, right: int, bottom: int) -> View:
        """The view of a rectangle of the pixels of the whole view: the same rays.

        Args:
            left, top, right, bottom: columns and rows, counted from the upper left corner of the whole view, ends
                excluded.
        """
        whole = self.whole
        width, height = whole.size
        if (left, top, right, bottom) == (0, 0, width, height):
            return whole
        cut = replace(whole, size=(right - left, bottom - top), within=whole, corner=(left, top))
        across, down = (left / width, right / width), (top / height, bottom / height)
        if isinstance(whole.projection, Frustum):
            return replace(cut, projection=whole.projection.part(across, down))
        tall = whole.projection.height
        aside, above = (sum(across) - 1) / 2 * tall * width / height, (1 - sum(down)) / 2 * tall
        return replace(cut, projection=Parallel(tall * (bottom - top) / height, aside, above))


@dataclass(frozen=True, eq=False)
class ViewCone:
    """A round cone that holds everything a picture shows, for data that are read as finely as they are seen.

    Attributes:
        position: (3,), its tip: the position of the camera between the eyes.
        forward: (3,), unit vector, its axis.
        angle: between the axis and the edge, radians: pi for pictures all around, 0 for parallel rays.
        radius: the farthest that rays begin beside the position, scene units.
        pixel: width of a pixel, radians; for parallel rays scene units.
    """

    position: np.ndarray
    forward: np.ndarray
    angle: float
    radius: float
    pixel: float


def viewer_frame(eye: Camera, level: bool) -> np.ndarray:
    """The viewer's right, up and ahead as columns of a matrix (3, 3): world from viewer.

    With `level`, up is the scene's own, and ahead is the horizontal part of the camera's direction. If the camera looks
    straight up or down, ahead is the direction of the bottom or the top of its picture.
    """
    if not level:
        return np.column_stack([eye.right, eye.up, eye.forward])
    up = eye.vertical
    ahead = eye.forward - (eye.forward @ up) * up
    if np.linalg.norm(ahead) < 1e-6:
        ahead = -math.copysign(1.0, float(eye.forward @ up)) * (eye.up - (eye.up @ up) * up)
    ahead = ahead / np.linalg.norm(ahead)
    return np.column_stack([np.cross(ahead, up), up, ahead])
