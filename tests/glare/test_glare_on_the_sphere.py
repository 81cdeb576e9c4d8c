"""Light is spread by angle: exactly as much, as wide as said, and alike everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from moviemaker.core.jit import numba
from moviemaker.core.projection import Projection
from moviemaker.glare.adding import SATURATED, dazzle
from moviemaker.glare.charts import chart_of
from moviemaker.glare.halo import Gaussian, halo

SIZE = (256, 128)


def panorama(size: tuple[int, int] = SIZE) -> Projection:
    width, height = size
    scale = (width / (2 * math.pi), -height / math.pi)
    return Projection("sphere", np.zeros(3), np.eye(3), scale, (width / 2, height / 2), (0, 0), size, width)


def dome(side: int) -> Projection:
    scale = side / math.pi
    return Projection("disk", np.zeros(3), np.eye(3), (scale, scale), (side / 2, side / 2), (0, 0), (side, side))


def flat(size: tuple[int, int], fov: float) -> Projection:
    scale = size[1] / (2 * math.tan(math.radians(fov) / 2))
    middle = (size[0] / 2, size[1] / 2)
    return Projection("plane", np.zeros(3), np.eye(3), (scale, -scale), middle, (0, 0), size)


def places(projection: Projection) -> tuple[np.ndarray, np.ndarray]:
    """Directions (height, width, 3) and solid angles of pixels, from the definition of the projection."""
    width, height = projection.size
    u = (np.arange(width) + 0.5 - projection.middle[0]) / projection.scale[0]
    v = ((np.arange(height) + 0.5 - projection.middle[1]) / projection.scale[1])[:, None]
    area = 1 / abs(projection.scale[0] * projection.scale[1])
    if projection.kind == "plane":
        length = np.sqrt(1 + u**2 + v**2)
        return np.stack(np.broadcast_arrays(u / length, v / length, 1 / length), -1), area / length**3
    if projection.kind == "disk":
        angle = np.hypot(u, v)
        around = np.sin(angle) / angle
        parts = np.broadcast_arrays(around * u, np.cos(angle), around * v)
        return np.stack(parts, -1), area * around
    parts = np.broadcast_arrays(np.sin(u) * np.cos(v), np.sin(v), np.cos(u) * np.cos(v))
    return np.stack(parts, -1), np.broadcast_to(area * np.cos(v), (height, width))


def spread(projection: Projection, light: np.ndarray, parts: tuple[Gaussian, ...], amount: float = 1.0) -> np.ndarray:
    """One channel of light (height, width), spread; the brightest of it is white, so that nothing is saturated."""
    white = float(light.max())
    picture = np.repeat((light[None] / white).astype(np.float32), 3, axis=0)
    dazzle(picture, chart_of([projection], projection.size, parts), parts, amount)
    return picture[1] * white


def gaussian(directions: np.ndarray, middle: np.ndarray, deviation: float) -> np.ndarray:
    """A Gaussian of the angle from a direction, whose integral over the sphere is 1."""
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(directions - middle, axis=-1) / 2, 0, 1))
    a = np.linspace(0, math.pi, 20001)
    total = 2 * math.pi * np.trapezoid(np.exp(-(a**2) / (2 * deviation**2)) * np.sin(a), a)
    return np.asarray(np.exp(-(angle**2) / (2 * deviation**2)) / total)


def equal(deviation: float) -> tuple[Gaussian, ...]:
    return (Gaussian((deviation,) * 3, 1.0),)


@pytest.mark.parametrize("degrees", [3, 6, 15])
def test_many_stars_are_spread_as_a_sum_of_gaussians(degrees: int) -> None:
    # 3 degrees are two pixels, 6 and more are spread on coarser grids
    projection, random = panorama(), np.random.default_rng(degrees)
    directions, areas = places(projection)
    light, exact = np.zeros(SIZE[::-1]), np.zeros(SIZE[::-1])
    for _ in range(12):
        row, column = random.integers(SIZE[1]), random.integers(SIZE[0])
        flux = random.uniform(0.2, 1.0)
        light[row, column] += flux / areas[row, column]
        exact += flux * gaussian(directions, directions[row, column], math.radians(degrees))
    seen = spread(projection, light, equal(math.radians(degrees)))
    assert np.abs(seen - exact).max() < 0.03 * exact.max()
    assert (seen * areas).sum() == pytest.approx((light * areas).sum(), rel=0.01)


@pytest.mark.parametrize("degrees", [4, 12])
def test_the_halo_is_the_same_at_the_pole_at_the_seam_and_in_the_middle(degrees: int) -> None:
    projection, deviation, found = panorama(), math.radians(degrees), []
    directions, areas = places(projection)
    pole = [(0, column) for column in range(SIZE[0])]
    seam, middle = ([(row, column) for row in (63, 64) for column in columns] for columns in ((-1, 0), (127, 128)))
    for star in (pole, seam, middle):
        light, exact = np.zeros(SIZE[::-1]), np.zeros(SIZE[::-1])
        total = sum(areas[pixel] for pixel in star)
        for pixel in star:
            light[pixel] = 1 / total
            exact += areas[pixel] / total * gaussian(directions, directions[pixel], deviation)
        towards = sum(directions[pixel] for pixel in star)
        angle = np.arccos(np.clip(directions @ (towards / np.linalg.norm(towards)), -1, 1))
        off = (spread(projection, light, equal(deviation)) - exact) / exact.max()
        found.append([off[np.abs(angle - at * deviation) < 0.3 * deviation].mean() for at in (0, 0.5, 1, 1.5, 2, 3)])
    assert np.ptp(found, axis=0).max() < 0.005


@pytest.mark.parametrize("projection", [dome(160), flat((160, 90), 60), flat((160, 90), 110)], ids=lambda p: p.kind)
def test_a_star_is_as_wide_in_any_lens(projection: Projection) -> None:
    directions, areas = places(projection)
    deviation = math.radians(4)
    for row, column in ((45, 80), (20, 60), (70, 30)):
        light = np.zeros(directions.shape[:2])
        light[row, column] = 1 / areas[row, column]
        seen = spread(projection, light, equal(deviation))
        exact = gaussian(directions, directions[row, column], deviation)
        here = directions[..., 1] > 0 if projection.kind == "disk" else np.s_[:]
        assert np.abs(seen - exact)[here].max() < 0.02 * exact.max()


def test_a_wall_stays_as_bright_as_it_is_and_what_is_kept_is_kept() -> None:
    parts = halo(math.radians(2))
    assert spread(panorama(), np.full(SIZE[::-1], 0.8), parts, 0.3) == pytest.approx(0.8, abs=0.004)
    light = np.zeros(SIZE[::-1])
    light[50, 100] = 1000
    seen = spread(panorama(), light, parts, 0.25)
    assert 750 < seen[50, 100] < 1000
    assert 0 < seen[50, 120] < 1


def test_what_is_narrower_than_a_pixel_stays_in_it() -> None:
    light = np.zeros(SIZE[::-1])
    light[50, 100] = 1
    assert (spread(panorama(), light, equal(math.radians(0.1)), 0.5) == light).all()


def test_light_without_measure_dazzles_no_more_than_what_is_saturated() -> None:
    light, parts = np.zeros(SIZE[::-1]), halo(math.radians(2))
    seen = []
    for brightness in (SATURATED, 1e12):
        light[50, 100] = brightness
        picture = np.repeat(light[None].astype(np.float32), 3, axis=0)
        dazzle(picture, chart_of([panorama()], SIZE, parts), parts, 0.25)
        picture[:, 50, 100] = 0  # of the star itself all that is not spread is kept
        seen.append(picture[1])
    np.testing.assert_allclose(seen[1], seen[0], atol=1e-4)
    assert seen[1][110, 10] < 1e-3, "rounding shows nothing far away"


def test_the_light_of_a_far_corner_of_the_panorama_comes_round() -> None:
    light = np.zeros(SIZE[::-1])
    light[64, 255] = 1
    seen = spread(panorama(), light, equal(math.radians(5)))
    assert seen[64, 0] == pytest.approx(seen[64, 254], rel=0.01)
    assert seen[64, 9] == pytest.approx(seen[64, 245], rel=0.01)


def test_any_number_of_cores_makes_the_same_picture() -> None:
    random = np.random.default_rng(0)
    light, parts = random.uniform(size=(3, 90, 160)).astype(np.float32), halo(math.radians(6))
    chart = chart_of([flat((160, 90), 70)], (160, 90), parts)
    found = []
    before = numba.get_num_threads()
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            picture = light.copy()
            dazzle(picture, chart, parts, 0.4)
            found.append(picture)
    finally:
        numba.set_num_threads(before)
    assert (found[0] == found[1]).all()
