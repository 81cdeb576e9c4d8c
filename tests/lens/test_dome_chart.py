"""The frame that projectors are aligned by: each of its figures is in its right place."""

from __future__ import annotations

import math

import numpy as np
import pytest

from moviemaker.lens._dome_chart import BARS, GREYS, PATCHES, _stamp, alignment_chart
from moviemaker.lens._dome_disk import Disk
from moviemaker.lens.domemaster import Domemaster

SIDE = 512


@pytest.fixture(scope="module")
def chart() -> np.ndarray:
    return alignment_chart(Disk(SIDE, 180, 15), "stream_dome")


def at(chart: np.ndarray, radius: float, azimuth: float) -> np.ndarray:
    turn = math.radians(azimuth)
    x, y = radius * math.sin(turn), radius * math.cos(turn)
    return chart[int((y + 1) * SIDE / 2), int((x + 1) * SIDE / 2)]


def test_the_picture_is_the_same_each_time(chart):
    assert chart.dtype == np.uint8
    assert (alignment_chart(Disk(SIDE, 180, 15), "stream_dome") == chart).all()
    assert (alignment_chart(Disk(SIDE, 180, 15), "other") != chart).any()


def test_colours_and_greys_are_exact_and_go_from_the_viewers_left_to_the_right(chart):
    for place, color in enumerate(BARS):
        azimuth = (place + 0.5) * 2 * PATCHES / len(BARS) - PATCHES
        assert (at(chart, 0.5, azimuth) == 255 * np.array(color)).all()
    greys = [at(chart, 0.575, (place + 0.5) * 2 * PATCHES / GREYS - PATCHES) for place in range(GREYS)]
    assert (np.array(greys) == np.rint(255 * np.arange(GREYS) / (GREYS - 1))[:, None]).all()


def test_the_edge_is_a_red_line_inside_the_circle_and_black_is_outside(chart):
    row = chart[SIDE // 2].astype(int)
    assert row[0, 0] > 2 * row[0, 1] > 0
    assert not chart[0, 0].any()
    y, x = np.mgrid[:SIDE, :SIDE]
    assert not chart[np.hypot(x + 0.5 - SIDE / 2, y + 0.5 - SIDE / 2) > SIDE / 2 + 0.5].any()


def test_the_ring_on_the_edge_alternates_every_5_degrees(chart):
    # The written directions do not reach into the ring.
    seen = [at(chart, 0.986, azimuth).mean() > 128 for azimuth in np.arange(2.5, 360, 5)]
    assert seen == [place % 2 == 0 for place in range(72)]


def test_lines_of_one_pixel_are_black_and_white_pixels(chart):
    for picture in (chart, chart.swapaxes(0, 1)):
        jumps = np.abs(np.diff(picture[..., 0].astype(int), axis=1)) == 255
        runs = np.lib.stride_tricks.sliding_window_view(jumps, 7, axis=1).all(axis=-1)
        assert runs.sum() >= 4 * 8  # in each of the four patches


def test_a_mirrored_dome_mirrors_the_chart_but_for_one_word(chart):
    mirrored = alignment_chart(Disk(SIDE, 180, 15, mirror=True), "stream_dome")[:, ::-1]
    assert (mirrored != chart).any(axis=-1).mean() < 0.01  # "mirrored"
    assert (at(mirrored, 0.5, -35) == 255).all()


@pytest.mark.parametrize("turns", range(4))
def test_texts_are_legible_for_viewers_who_face_them(turns):
    facing, front = (np.zeros((SIDE, SIDE, 3), np.uint8) for _ in range(2))
    _stamp(facing, Disk(SIDE, 180), "RIGHT 30°", 20, 0.8, 90 * turns)
    _stamp(front, Disk(SIDE, 180), "RIGHT 30°", 20, 0.8, 0)
    assert front[: SIDE // 2].max() == 0
    brought = np.rot90(facing, -turns)  # the right comes to the bottom
    shift = min(
        np.abs(np.roll(brought, (i, j), (0, 1)).astype(int) - front).max() for i in (-1, 0, 1) for j in (-1, 0, 1)
    )
    assert shift == 0


def test_the_chart_is_truncated_like_the_dome():
    chart = Domemaster(truncate={"back": 60}).alignment_frame((SIDE, SIDE), "cut")
    rows = np.flatnonzero(chart.any(axis=(1, 2)))
    assert rows[0] == pytest.approx(SIDE * 60 / 180, abs=1)
    red, green, _ = chart[rows[0], SIDE // 2 + 60].astype(int)
    assert red > 2 * green  # the line follows the edge


@pytest.mark.parametrize("aperture", [90, 230, 360])
@pytest.mark.parametrize("side", [2, 32, 64, 301])
def test_every_dome_has_a_chart(aperture, side):
    chart = alignment_chart(
        Disk(side, aperture, -40), "a name that is far too long to be written across the picture" * 3
    )
    assert chart.shape == (side, side, 3)
    assert chart.any()
