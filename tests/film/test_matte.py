"""Colours beyond the edges of transparent pictures, which codecs mix with those of the edges."""

import numpy as np
import pytest

from moviemaker.film.matte import extended


def disk(color: tuple[int, int, int], size: tuple[int, int] = (37, 50)) -> np.ndarray:
    """A disk of one straight colour with a soft edge, black and transparent outside."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    opacity = np.clip(9 - np.hypot(rows - 15, columns - 20), 0, 1)
    picture = np.zeros((*size, 4), np.uint8)
    picture[..., 3] = np.rint(255 * opacity)
    picture[picture[..., 3] > 0, :3] = color
    return picture


def test_the_colour_goes_on_where_nothing_is_seen():
    picture = disk((200, 100, 50))
    filled = extended(picture)
    assert (filled[..., 3] == picture[..., 3]).all()
    assert np.abs(filled[..., :3].astype(int) - [200, 100, 50]).max() <= 1


def test_each_place_gets_the_colours_that_are_near_it():
    picture = disk((250, 0, 0), (40, 120))
    picture[10:20, 100:110] = (0, 0, 250, 255)
    filled = extended(picture).astype(int)
    seen = picture[..., 3] >= 4
    assert (filled[seen] == picture[seen]).all()
    assert filled[15, 0, 0] > 200 > 50 > filled[15, 0, 2]
    assert filled[15, 119, 2] > 200 > 50 > filled[15, 119, 0]


@pytest.mark.parametrize("opacity", [0, 255])
def test_a_picture_without_edges_stays_as_it_is(opacity):
    picture = np.full((8, 8, 4), opacity, np.uint8)
    assert extended(picture) is picture


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (5, 1)])
def test_small_pictures_are_filled(size):
    picture = np.zeros((*size, 4), np.uint8)
    picture[0, 0] = (10, 20, 30, 255)
    assert (extended(picture)[..., :3] == [10, 20, 30]).all()
