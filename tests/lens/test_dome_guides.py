"""Guides over a dome's picture are where the formulas of the dome say, for every aperture, tilt and mirror."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from moviemaker.lens._dome_disk import Disk
from moviemaker.lens._dome_guides import AXIS, GRID, HORIZON, SAFE, SPRING_LINE, lay_over
from moviemaker.lens.domemaster import Domemaster

SIDE = 800


def guides(dtype: Any = np.uint8, side: int = SIDE, **disk: Any) -> np.ndarray:
    """The guides over black."""
    picture = np.zeros((side, side, 3), dtype)
    lay_over(picture, Disk(side, **({"aperture": 180} | disk)), 64)
    return picture


def pixel(altitude: float, azimuth: float, aperture: float = 180, mirror: bool = False) -> tuple[int, int]:
    """Row and column of a place on the dome; degrees, azimuth from the front to the viewer's right."""
    radius, turn = (90 - altitude) / (aperture / 2), math.radians(azimuth)
    x, y = radius * math.sin(turn) * (-1 if mirror else 1), radius * math.cos(turn)
    return int((y + 1) * SIDE / 2), int((x + 1) * SIDE / 2)


def color(picture: np.ndarray, altitude: float, azimuth: float, **where: Any) -> np.ndarray:
    """The brightest colour of the 3 x 3 pixels around a place, 0 to 1: a line need not go through a pixel's middle."""
    row, column = pixel(altitude, azimuth, **where)
    near = picture[row - 1 : row + 2, column - 1 : column + 2].reshape(-1, 3)
    return near[near.sum(axis=1).argmax()] / np.iinfo(picture.dtype).max


def is_of(pen: Any, found: np.ndarray, part: float = 0.45) -> bool:
    """Whether a colour is that of a pen's line over black, or a part of it, as for a line between two pixels."""
    share = found @ np.array(pen.color) / np.dot(pen.color, pen.color)
    return bool(np.abs(found - share * np.array(pen.color)).max() < 0.04 and share > part * pen.opacity)


@pytest.mark.parametrize("tilt", [0, 15, -30])
@pytest.mark.parametrize("aperture", [180, 220, 170])
@pytest.mark.parametrize("mirror", [False, True])
def test_the_safe_area_is_measured_on_the_dome(tilt, aperture, mirror):
    picture = guides(tilt=tilt, aperture=aperture, mirror=mirror)
    for altitude, azimuth in ((10, 17), (10, -44), (60, 17), (60, -40), (35, 50), (20, -50), (55, 50)):
        assert is_of(SAFE, color(picture, altitude, azimuth, aperture=aperture, mirror=mirror)), (altitude, azimuth)
    for altitude, azimuth in ((14, 17), (53, 40), (35, 46), (35, 54), (5, 50)):
        assert not is_of(SAFE, color(picture, altitude, azimuth, aperture=aperture, mirror=mirror))


def height_over_horizon(altitude: float, azimuth: float, tilt: float) -> float:
    """Sine of the height over the viewer's horizon of a place on a dome whose axis is tipped to the front."""
    axis = np.array([0, math.cos(math.radians(tilt)), math.sin(math.radians(tilt))])  # right, up, ahead
    front = np.array([0, -math.sin(math.radians(tilt)), math.cos(math.radians(tilt))])
    h, a = math.radians(altitude), math.radians(azimuth)
    away = math.cos(a) * front + math.sin(a) * np.array([1, 0, 0])
    return float((math.sin(h) * axis + math.cos(h) * away)[1])


@pytest.mark.parametrize(("tilt", "aperture"), [(15, 180), (40, 180), (20, 230), (-12, 200), (60, 180)])
def test_the_horizon_is_where_directions_are_level(tilt, aperture):
    picture = guides(tilt=tilt, aperture=aperture)
    found = 0
    for azimuth in (7, -23, 65, 78, 160, -140):
        altitudes = np.linspace(90 - aperture / 2 + 3, 85, 4000)
        heights = np.array([height_over_horizon(h, azimuth, tilt) for h in altitudes])
        for place in np.flatnonzero(np.diff(np.sign(heights))):
            altitude = altitudes[place]
            if min(abs(altitude - other) for other in (-30, 0, 10, 30, 60)) < 2:
                continue  # another line is there
            assert is_of(HORIZON, color(picture, altitude, azimuth, aperture=aperture))
            assert not is_of(HORIZON, color(picture, altitude - 1.5, azimuth, aperture=aperture))
            found += 1
    assert found >= 2


def test_without_tilt_the_horizon_is_the_spring_line():
    picture = guides(aperture=220)
    assert is_of(SPRING_LINE, color(picture, 0, 17, aperture=220))
    assert not (picture @ np.array([1, 0, -1]) > 60).any()  # nothing is orange
    at_rim = guides()
    assert is_of(SPRING_LINE, at_rim[SIDE - 2 : SIDE, SIDE // 2 - 10].max(axis=0) / 255)


def test_rings_and_spokes_are_every_30_degrees():
    picture = guides(aperture=220)
    for altitude in (60, 30):
        assert is_of(GRID, color(picture, altitude, 137, aperture=220))
    for azimuth in (60, 120, 150, -150, -60):
        assert is_of(GRID, color(picture, 45, azimuth, aperture=220))
    for altitude, azimuth in ((50, 137), (40, 137), (75, 120), (45, 100), (20, 133)):
        assert color(picture, altitude, azimuth, aperture=220).max() == 0
    assert is_of(AXIS, color(picture, 75, 90, aperture=220))


@pytest.mark.parametrize("mirror", [False, True])
def test_letters_show_where_front_and_right_are(mirror):
    """An L has only a left and a lower stroke, so it tells left from right and up from down."""
    picture = guides(mirror=mirror)[..., 0]
    picture = picture[:, ::-1] if mirror else picture
    middle, size = SIDE // 2, round(0.018 * SIDE / 2)
    x, y = round(middle * (1 - 0.95)), round(middle * (1 + 0.045))
    box = picture[y - size - 1 : y + size + 2, x - size - 1 : x + size + 2] > 120
    assert box[:, : size // 2 + 3].any(axis=1).sum() > 1.5 * size  # the vertical stroke
    assert box[-4:].any(axis=0).sum() > size  # the foot
    assert not box[: size // 2, size + 2 :].any()


def test_lines_are_antialiased_and_have_the_width_of_their_pen():
    """The coverage across a line adds up to its width times its opacity, wherever the pixels lie."""
    picture = guides(aperture=180)[..., 1] / 255
    row, column = pixel(10, 0)
    covers = []
    for aside in range(5, 40):
        strip = picture[row - 12 : row + 13, column + aside]
        slope = math.cos(math.asin(aside / (SIDE / 2 * 80 / 90)))
        covers.append(strip.sum() * slope / SAFE.color[1] / SAFE.opacity)
        assert len(np.unique(strip)) > 2
    assert np.allclose(covers, SAFE.pixels(SIDE), atol=0.12)


def test_sixteen_bits_are_the_same_picture_with_finer_levels():
    coarse, fine = guides(tilt=15), guides(np.uint16, tilt=15)
    assert fine.dtype == np.uint16
    assert np.abs(fine / 257 - coarse).max() <= 0.51
    assert len(np.unique(fine)) > len(np.unique(coarse))


def test_guides_end_where_the_dome_does():
    picture = guides(aperture=220, back=60, front=20)
    rows = np.flatnonzero(picture.any(axis=(1, 2)))
    assert rows[0] == pytest.approx(SIDE * 60 / 220, abs=1)
    assert rows[-1] == pytest.approx(SIDE * 200 / 220, abs=1)
    i, j = np.meshgrid(*[2 * (np.arange(SIDE) + 0.5) / SIDE - 1] * 2)
    assert not picture[np.hypot(i, j) > 1 + 1.5 / SIDE].any()


def test_guides_are_drawn_over_the_picture_and_only_on_request():
    size = (200, 200)
    plain, guided = Domemaster(tilt=15), Domemaster(tilt=15, guides=True)
    plates = [np.full((height, width, 3), 90, np.uint8) for _, _, (width, height) in _faces(plain, size)]
    before, after = (lens.finish(lens.develop(plates, size), size) for lens in (plain, guided))
    assert (before[100, 60] == 90).all()
    changed = (before != after).any(axis=-1)
    assert 0.02 < changed.mean() < 0.2
    white = after[100, 60:90]  # on the spoke to the left, which lies between two rows
    assert (white > 90).all()


def _faces(lens: Domemaster, size: tuple[int, int]) -> Any:
    from moviemaker.lens._cube_faces import plan

    return plan(lens, size).faces
