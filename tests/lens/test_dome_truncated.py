"""Domes that show less than the circle: the hidden part is black, its edge is smooth, and it is not drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.lens._cube_faces import plan
from moviemaker.lens.domemaster import Domemaster

SIDE = 300
SIZE = (SIDE, SIDE)


def developed(**keys: Any) -> np.ndarray:
    lens = build(Domemaster, keys)
    plates = [np.full((height, width, 3), 200, np.uint8) for _, _, (width, height) in plan(lens, SIZE).faces]
    return lens.finish(lens.develop(plates, SIZE), SIZE)[..., 0]


def covered(front: float, back: float, aperture: float = 180) -> np.ndarray:
    """The part of each pixel that is inside the circle and between the two straight edges, from 16 x 16 points each."""
    fine = 16
    at = 2 * (np.arange(SIDE * fine) + 0.5) / (SIDE * fine) - 1
    x, y = np.meshgrid(at, at)
    inside = (np.hypot(x, y) < 1) & (y < 1 - 2 * front / aperture) & (y > 2 * back / aperture - 1)
    return inside.reshape(SIDE, fine, SIDE, fine).mean(axis=(1, 3))


@pytest.mark.parametrize(
    ("front", "back", "aperture"), [(0, 58, 180), (0, 0, 180), (31, 0, 180), (20.3, 77.7, 220), (100, 10, 200)]
)
def test_the_hidden_part_is_black_and_the_edge_is_smooth(front, back, aperture):
    picture = developed(aperture=aperture, truncate={"front": front, "back": back})
    expected = 200 * covered(front, back, aperture)
    assert (picture[expected == 0] == 0).all()
    assert (picture[expected == 200] > 200 * 0.9).all()  # a corner that an oblique edge just leaves whole
    assert np.abs(picture - expected).max() < 200 * 0.3  # at the two ends of an edge, where it meets the circle
    assert np.abs(picture - expected).mean() < 0.1


def test_the_edge_lies_where_its_degrees_say():
    """58 degrees of 180 from the rim of the back, which is on top: between row 96 and 97 of 300."""
    column = developed(truncate={"back": 58})[:, SIDE // 2].astype(int)
    place = SIDE * 58 / 180
    assert (column[: int(place)] == 0).all()
    assert column[int(place)] == pytest.approx(200 * (int(place) + 1 - place), abs=1)
    assert (column[int(place) + 1 : -1] == 200).all()


def test_mirrored_domes_are_cut_at_the_same_place():
    cut = developed(truncate={"back": 58})
    assert (developed(truncate={"back": 58}, mirror=True) == cut).all()
    assert (cut[:, ::-1] == cut).all()


def test_hidden_views_are_not_drawn():
    whole, cut = plan(Domemaster(), SIZE), plan(build(Domemaster, {"truncate": {"back": 100}}), SIZE)
    assert len(whole.faces) == 5
    assert len(cut.faces) == 4  # nothing of the back
    pixels, fewer = (sum(size[0] * size[1] for _, _, size in planned.faces) for planned in (whole, cut))
    assert fewer < 0.6 * pixels


def test_the_visible_part_stays_the_same(tmp_path):
    np.savez(tmp_path / "points.npz", position=np.random.default_rng(3).normal((0, 0, 2), size=(200, 3)))
    pictures = []
    for truncate in ({}, {"front": 10, "back": 58}):
        scene = mm.Scene.from_dict(
            {
                "duration": 1,
                "data": {"points": {"kind": "particles", "file": "points.npz"}},
                "layers": [{"kind": "points", "data": "points", "size": 0.2}],
                "camera": {"keyframes": [{"time": 0, "position": [0, -1, 0], "target": [0, 5, 0]}]},
                "outputs": {"main": {"lens": "domemaster", "size": [256, 256], "tilt": 15, "truncate": truncate}},
            },
            folder=tmp_path,
        )
        pictures.append(scene.still(0.0).astype(int))
        scene.close()
    whole, cut = pictures
    seen = slice(round(256 * 58 / 180) + 2, round(256 * 170 / 180) - 2)
    assert cut.any()
    assert not cut[: seen.start - 3].any()
    assert not cut[seen.stop + 3 :].any()
    # The faces are cut differently, so that their pixels lie elsewhere: only edges of glyphs differ.
    assert np.abs(cut[seen] - whole[seen]).mean() < 0.5


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ({"truncate": {"front": 90, "back": 90}}, ("truncate",), "takes 180 of the 180 degrees"),
        ({"truncate": {"front": 10, "back": -1}}, ("truncate", "back"), "out of range"),
        ({"truncate": {"rear": 10}}, ("truncate", "rear"), "unknown key"),
        ({"truncate": 40}, ("truncate",), "expected a mapping"),
    ],
)
def test_mistakes_are_named(keys, where, what):
    with pytest.raises((InputError, InputErrors)) as caught:
        build(Domemaster, keys)
    (error,) = getattr(caught.value, "errors", [caught.value])
    assert what in error.what
    assert error.at[: len(where)] == where
