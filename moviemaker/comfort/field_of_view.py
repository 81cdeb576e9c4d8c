"""What an output sees: which way things may lie from the camera to be in its picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from moviemaker.core.camera import Camera, viewer_frame
from moviemaker.scene.model import Output

IN_HEADSETS = ("equirectangular", "half-equirectangular", "cubemap")
"""Projections of the lenses whose picture surrounds one viewer."""

ON_DOMES = ("fisheye",)


def sees(output: Output, camera: Camera, offsets: np.ndarray) -> np.ndarray:
    """Which of the places (n, 3), given from the camera, are in an output's picture: (n,) bool.

    The camera's own place is in every picture.
    """
    lens: Any = output.lens
    if lens.projection == "rectangular":
        width, height = output.rig.eye_size(output.size)
        top = math.tan(camera.fov / 2)
        ahead, right, up = offsets @ camera.forward, offsets @ camera.right, offsets @ camera.up
        seen: np.ndarray = (np.abs(up) <= ahead * top) & (np.abs(right) <= ahead * top * width / height)
        return seen
    frame = viewer_frame(camera, getattr(lens, "level", True))
    if lens.projection == "half-equirectangular":
        return np.asarray(offsets @ frame[:, 2] >= 0)
    if lens.projection in ON_DOMES:
        tilt, aperture = (math.radians(getattr(lens, *known)) for known in (("tilt", 0.0), ("aperture", 180.0)))
        axis = math.cos(tilt) * frame[:, 1] + math.sin(tilt) * frame[:, 2]
        return np.asarray(offsets @ axis >= np.linalg.norm(offsets, axis=1) * math.cos(aperture / 2))
    return np.ones(len(offsets), dtype=bool)
