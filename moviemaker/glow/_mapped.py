"""Glow for lenses without compiled formulas: the light of particles in a picture that a mapping describes.

The steps are those of the compiled projections. A splat over which the mapping is nearly linear is an ellipse of
pixels, whose axes come from the mapping's derivatives, by finite differences. Any other splat is round in angle: its
light is computed from the direction of every pixel that it reaches. An ellipse that would leave the picture, or reach
pixels of other directions, is added as round light too, so that light is right at all edges and seams.
"""

from __future__ import annotations

import numpy as np

from moviemaker.core.projection import Projection
from moviemaker.core.props import Glow
from moviemaker.glow._mapped_light import add_splats, by_band, keep_totals
from moviemaker.glow._mapped_splats import BLUE, KIND, RED, ROUND, SAMPLES, SPLAT, make_splats, sample_directions
from moviemaker.glow._pixel_table import pixel_table, places_of
from moviemaker.glow._project import profile_numbers, projection_numbers
from moviemaker.glow.kernels import PROFILES

PARTICLES = 1 << 16
"""Particles that are projected at once."""


def add_mapped(glow: Glow, linear: np.ndarray, projection: Projection, walls: np.ndarray, picture: np.ndarray) -> None:
    """Adds the light of particles to the part of a picture that belongs to a mapped projection.

    Args:
        glow: the particles, as `with_compiled_types` gives them.
        linear: (256,) float32, the linear light of each 8-bit code of a colour.
        projection: of the kind mapped.
        walls: (H, W) float32, the distances of opaque things in the picture; (0, 0) for none.
        picture: (3, H, W) float32, changed.
    """
    mapping = projection.mapping
    assert mapping is not None
    table = pixel_table(projection, mapping)
    left, top = projection.corner
    width, height = projection.size
    part = picture[:, top : top + height, left : left + width]
    color = np.ones(3, np.float32)
    several = len(glow.colors) > 1
    if not several:  # one channel is enough for one colour
        color = linear[glow.colors[0]]
    canvas = np.zeros((3 if several else 1, height, width), np.float32)
    nearest = np.ascontiguousarray(walls[top : top + height, left : left + width])
    numbers, profile = projection_numbers(projection), profile_numbers(glow)
    weights = PROFILES[glow.profile].weights
    pixels = (table.directions, table.bands, table.blocks)
    for first in range(0, len(glow.position), PARTICLES):
        chosen = slice(first, first + PARTICLES)
        sizes, brightness = (each if len(each) == 1 else each[chosen] for each in (glow.size, glow.brightness))
        position = glow.position[chosen]
        samples, lights = np.empty((SAMPLES, len(position), 3)), np.empty((len(position), 3))
        sample_directions(position, sizes, brightness, numbers, profile, samples, lights)
        seen = np.flatnonzero(lights[:, 0] > 0)
        samples, lights = samples[:, seen], lights[seen]
        places = places_of(mapping, samples.reshape(-1, 3)).reshape(SAMPLES, -1, 2) - projection.corner
        splats = np.zeros((len(seen), SPLAT), np.float32)
        make_splats(samples, lights, places, projection.turn, profile, table.directions, table.pixel, splats)
        if several:
            splats[:, RED : BLUE + 1] = splats[:, RED, None] * linear[glow.colors[chosen][seen]]
        rounds = np.flatnonzero(splats[:, KIND] >= ROUND)
        keep_totals(splats, rounds, weights, *pixels)
        add_splats(
            splats, rounds, *by_band(splats, len(table.bands)), weights, projection.turn, *pixels, nearest, canvas
        )
    canvas[:, table.dark] = 0
    part += color[:, None, None] * canvas
