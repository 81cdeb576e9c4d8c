"""The rectangle of the picture in which rays meet the volumes.

VTK's ray caster draws the box around a volume, and its shader runs where that is seen. But the eyes of omni-directional
stereo see the box elsewhere than the camera does, the near plane may cut it, and a renderer without a GPU draws the
pixels at its edges twice. So VTK is given a small box at any place, which the vertex shader spreads over the rectangle,
and each ray finds out by itself where it meets the volumes.
"""

from __future__ import annotations

import itertools

import numpy as np
from vtkmodules.vtkRenderingCore import vtkVolume

from moviemaker.core.camera import Frustum, View

VERTEX_SHADER = """//VTK::System::Dec
in vec3 in_vertexPos;
uniform vec4 screenBounds;
void main()
{
  // In front of everything opaque: the fragment shader knows how far a ray goes.
  gl_Position = vec4(mix(screenBounds.xy, screenBounds.zw, in_vertexPos.xy), -0.9999, 1.0);
}
"""
"""For a box from 0 to 1: its front and back become the rectangle, and its other sides vanish."""

_WHOLE = np.array([-1.0, -1.0, 1.0, 1.0])


_ASIDE = np.array([[2, 2, 2], [-2, 2, 2], [2, -2, 2], [2, 2, -2]])


def place_box(volume: vtkVolume, bounds: np.ndarray, view: View, near: float) -> None:
    """Puts VTK's volume, a box from 0 to 1, where the near plane does not cut it.

    It is moved only when it has to be, because VTK then builds everything that belongs to it again.
    """
    middle, size = bounds.mean(axis=1), float(np.linalg.norm(bounds[:, 1] - bounds[:, 0])) or 1.0
    places = middle + size * _ASIDE
    clear = np.abs((places - view.position) @ view.forward - near) > 1e-2 * size
    volume.SetPosition(*places[np.argmax(clear)])  # a plane cannot go through all of these places
    volume.SetScale(1e-3 * size, 1e-3 * size, 1e-3 * size)


def screen_bounds(bounds: np.ndarray, view: View, projection: np.ndarray, near: float) -> np.ndarray:
    """The rectangle in which a box is seen: (left, bottom, right, top), where -1 to 1 is the whole picture.

    Args:
        bounds: (3, 2), the box, scene units.
        view: the view to be drawn.
        projection: (4, 4), clip from view coordinates.
        near: distance of the near plane, scene units.
    """
    reach = abs(view.ods.radius) if view.ods is not None else 0.0  # an eye sees the box moved by no more than that
    low, high = bounds.T
    corners = np.array(list(itertools.product(*zip(low - reach, high + reach, strict=True)))) - view.position
    right = np.cross(view.forward, view.up)
    seen = np.column_stack([corners @ right, corners @ view.up, -(corners @ view.forward), np.ones(8)]) @ projection.T
    if isinstance(view.projection, Frustum) and (seen[:, 3] <= near).any():
        return _WHOLE
    places = seen[:, :2] / seen[:, 3:]
    if isinstance(view.projection, Frustum) and view.projection.equiangular:
        first, span = np.split(angles(view), 2)
        shift, scale = projection[[0, 1], 2], projection[[0, 1], [0, 1]]
        places = 2 * (np.arctan((places + shift) / scale) - first) / span - 1
    margin = 2 / np.array(view.size)
    return np.asarray(np.clip([*(places.min(axis=0) - margin), *(places.max(axis=0) + margin)], -1, 1))


def angles(view: View) -> np.ndarray:
    """The angles of an equiangular picture's lower left corner, and the angles that it spans: (4,); else zeros."""
    seen = view.projection
    if not isinstance(seen, Frustum) or not seen.equiangular:
        return np.zeros(4)
    left, right, bottom, top = np.arctan([seen.left, seen.right, seen.bottom, seen.top])
    return np.array([left, bottom, right - left, top - bottom])
