"""Dots in pictures all around cover the same angle everywhere, as the stars of a catalogue have to on a dome."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from tests.lens.test_world import cubemap, domemaster, equirectangular, solid_angles

SIZE = 9
"""Width of the dots in pixels of the picture: wide enough to reach over the seams of views."""

# The middle of a face of the cube of views, the middles of two edges, a corner, and the neighbourhood of another.
DIRECTIONS = np.array([(0.0, 1, 0), (1, 1, 0), (0, -1, 1), (1, 1, 1), (-1, -0.97, 0.93)])


@pytest.mark.parametrize(
    ("output", "formula", "pixel"),
    [
        (
            {"lens": "domemaster", "size": [512, 512], "aperture": 300},
            partial(domemaster, 512, 300, 0),
            math.radians(300) / 512,
        ),
        ({"lens": "equirectangular", "size": [1024, 512]}, partial(equirectangular, 1024, 512), 2 * math.pi / 1024),
        ({"lens": "cubemap", "size": [768, 512]}, partial(cubemap, 256), 2 / 256),
    ],
    ids=["domemaster", "equirectangular", "cubemap"],
)
def test_dots_cover_the_same_angle_in_every_direction(particles_scene, output, formula, pixel):
    # At different distances, which do not matter for dots, from a camera that looks along y.
    directions = DIRECTIONS / np.linalg.norm(DIRECTIONS, axis=1, keepdims=True)
    position = directions * np.array([3.0, 50, 7, 900, 20])[:, None]
    camera = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [0, 1, 0]}]}
    layer = {"shape": "dot", "size": SIZE}
    picture = particles_scene(position, layer, camera, outputs={"main": output}).still(0.0)[..., 0] / 255.0
    seen = formula()
    unit = pixel**2 if output["lens"] == "cubemap" else 1.0  # there angles are those of the middle pixels
    light = np.nan_to_num(picture * solid_angles(seen) * unit)
    for direction in directions @ np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]]):  # right, up, ahead
        around = np.nan_to_num(seen @ direction, nan=-1.0) > math.cos(3 * SIZE * pixel)
        assert light[around].sum() == pytest.approx((SIZE * pixel) ** 2, rel=0.06)
