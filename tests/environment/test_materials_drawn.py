"""Materials and the light of the sky in pictures, against their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import map_coordinates

import moviemaker as mm
from moviemaker.core.colors import codes_of_light, linear_from_srgb
from moviemaker.environment.gradients import gradient
from moviemaker.environment.irradiance import harmonics, irradiance_of

SIZE = 96
RADIUS = 40.0
"""Of the ball in its picture, pixels."""


def ball(sky: object, lights: list | None = None, lens: str = "orthographic", **keys: object) -> mm.Scene:
    """A ball of radius 1 in the middle, seen along -x, with z up and y to the right."""
    own = {"height": SIZE / RADIUS} if lens == "orthographic" else {}
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "fps": 1,
            "data": {"one": {"kind": "particles", "array": {"position": np.zeros((1, 3))}}},
            "layers": [{"kind": "points", "data": "one", "size": 2.0, "color": "white", **keys}],
            "lights": [] if lights is None else lights,
            "sky": sky,
            "camera": {"orbit": {"radius": 6.0}},
            "outputs": {"o": {"lens": lens, "size": [768, 384] if lens == "equirectangular" else [SIZE, SIZE], **own}},
        }
    )


def seen(picture: np.ndarray, normal: tuple[float, float, float]) -> np.ndarray:
    """The colour of the ball where it has a normal, by the nearest pixel."""
    return picture[int(SIZE / 2 - RADIUS * normal[2]), int(SIZE / 2 + RADIUS * normal[1])].astype(float)


def normals() -> list[tuple[float, float, float]]:
    """Normals in the middles of pixels that show the ball."""
    found = []
    for row, column in ((48, 48), (14, 48), (80, 40), (48, 80), (30, 20)):
        y, z = (column + 0.5 - SIZE / 2) / RADIUS, (SIZE / 2 - row - 0.5) / RADIUS
        found.append((math.sqrt(1 - y * y - z * z), y, z))
    return found


def test_white_metal_of_any_roughness_is_as_bright_as_an_even_sky():
    for roughness in (0.0, 0.3, 1.0):
        picture = ball({"zenith": [0.6, 0.6, 0.6]}, metal=1, roughness=roughness).still(0, "o")
        assert picture == pytest.approx(np.full((SIZE, SIZE, 3), 153), abs=1)


def test_a_matt_ball_has_the_light_of_its_normals():
    colors = ((0.1, 0.3, 0.8), (0.9, 0.9, 1.0), (0.3, 0.25, 0.2))
    picture = ball(dict(zip(("zenith", "horizon", "ground"), map(list, colors), strict=True))).still(0, "o")
    coefficients = irradiance_of(linear_from_srgb(gradient(*colors)))
    for normal in normals():
        expected = 255 * codes_of_light(harmonics(np.array(normal)) @ coefficients)
        assert seen(picture, normal) == pytest.approx(expected, abs=1.5)


def test_a_lamp_is_mirrored_by_the_formula_of_microfacets():
    roughness, metal, color = 0.5, 0.6, np.array([0.8, 0.5, 0.3])
    lamp = {"kind": "sun", "direction": [-1, -0.6, -0.8], "intensity": 0.5}
    picture = ball(None, [lamp], roughness=roughness, metal=metal, color=color.tolist()).still(0, "o")
    toward, eye = np.array([1, 0.6, 0.8]) / math.sqrt(2), np.array([1.0, 0.0, 0.0])
    alpha, own = roughness**2, linear_from_srgb(color)
    straight = 0.04 * (1 - metal) + metal * own
    for normal in normals():
        n = np.array(normal)
        above, facing = max(n @ toward, 0), n @ eye
        r = roughness * np.array([-1, -0.0275, -0.572, 0.022]) + [1, 0.0425, 1.04, -0.04]
        a = min(r[0] ** 2, 2 ** (-9.28 * facing)) * r[0] + r[1]
        inner, outer = -1.04 * a + r[2], 1.04 * a + r[3]
        again = 1 + straight * (1 / (inner + outer) - 1)
        square = alpha**2 + 0.02**2
        halfway = (toward + eye) / np.linalg.norm(toward + eye)
        spread = (n @ halfway) ** 2 * (square - 1) + 1
        hidden = max(above, 1e-3) * math.sqrt(facing**2 * (1 - square) + square)
        hidden += facing * math.sqrt(max(above, 1e-3) ** 2 * (1 - square) + square)
        mirrored = straight + (1 - straight) * (1 - toward @ halfway) ** 5
        light = linear_from_srgb(color * 0.5 * above) * (1 - metal) * (1 - (straight * inner + outer) * again)
        light = light + linear_from_srgb(np.array(0.5)) * again * above * square / spread**2 / 2 / hidden * mirrored
        assert seen(picture, normal) == pytest.approx(255 * np.minimum(codes_of_light(light), 1), abs=1.5)


def test_a_mirror_shows_the_sky_where_its_directions_are(tmp_path):
    rows, columns = np.indices((64, 128))
    path = tmp_path / "sky.png"
    codes = np.stack([2 * columns, 4 * rows, np.full_like(rows, 90)], axis=-1).astype(np.uint8)
    Image.fromarray(codes).save(path)
    picture = ball(str(path), metal=1, roughness=0).still(0, "o")
    for normal in normals():
        x, y, z = 2 * normal[0] * np.array(normal) - (1, 0, 0)
        column, row = 64 - math.degrees(math.atan2(y, x)) / 360 * 128, 32 - math.degrees(math.asin(z)) / 180 * 64
        if 2 < column < 126:
            assert seen(picture, normal) == pytest.approx((2 * column - 1, 4 * row - 2, 90), abs=6)


def test_a_point_of_a_surface_looks_alike_in_two_lenses():
    sky = {"zenith": "#2a5c9a", "horizon": "#dfe8ee", "ground": "#5a554c"}
    keys = {"roughness": 0.4, "metal": 0.5, "color": "orange"}
    lamp = [{"kind": "sun", "direction": [-1, -0.6, -0.8]}]
    flat = ball(sky, lamp, "perspective", **keys).still(0, "o")
    around = ball(sky, lamp, "equirectangular", **keys).still(0, "o")
    longitude, latitude = np.radians([(0, 0), (5, 3), (-6, 2), (2, -7)]).T
    scale = 48 / math.tan(math.radians(20))
    there = at(flat, 48 + scale * np.tan(longitude), 48 - scale * np.tan(latitude) / np.cos(longitude))
    here = at(around, 384 + 384 / math.pi * longitude, 192 - 384 / math.pi * latitude)
    assert there == pytest.approx(here, abs=2)


def at(picture: np.ndarray, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The colours (n, 3) at places, in pixels from the upper left corner, between the middles of pixels linearly."""
    channels = np.moveaxis(picture.astype(float), -1, 0)
    return np.stack([map_coordinates(channel, [rows - 0.5, columns - 0.5], order=1) for channel in channels], axis=1)


def test_light_of_its_own_is_added_to_that_of_lamps():
    grey = linear_from_srgb(np.array(0.5))
    for keys, light in (
        ({"emission": 0.5}, 0.5 * grey),
        ({"emission": 1, "roughness": 0.5, "metal": 1}, grey),
        ({"emission": 1, "shade": False}, 2 * grey),
        ({"emission": 9}, 1.0),
    ):
        picture = ball(None, color=[0.5, 0.5, 0.5], **keys).still(0, "o")
        assert picture[48, 48] == pytest.approx(255 * codes_of_light(np.full(3, light)), abs=1.5)
