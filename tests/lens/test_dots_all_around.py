"""Dots in pictures all around cover the same angle everywhere, as stars of a catalogue have to on a dome."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.lens.test_world import cubemap, domemaster, equirectangular, solid_angles

SIZE = 12
"""Width of the dots in pixels of the picture: wide enough to reach over the seams of views."""

# The middle of a face, the middles of two edges and a corner; no two are near each other.
DIRECTIONS = {
    "middle": (1.0, 0.0, 0.0),
    "edge": (-1.0, 1.0, 0.0),
    "upper edge": (0.0, -1.0, 1.0),
    "corner": (1.0, 1.0, 1.0),
    "beside a corner": (-1.0, -0.97, 0.93),
}


@pytest.mark.parametrize(
    ("output", "formula", "pixel"),
    [
        ({"lens": "domemaster", "size": [512, 512], "aperture": 300}, lambda: domemaster(512, 300), None),
        ({"lens": "equirectangular", "size": [1024, 512]}, lambda: equirectangular(1024, 512), 2 * math.pi / 1024),
        ({"lens": "cubemap", "size": [768, 512]}, lambda: cubemap(256), 2 / 256),
    ],
)
def test_dots_cover_the_same_angle_in_every_direction(particles_scene, output, formula, pixel):
    pass
