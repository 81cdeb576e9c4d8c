"""Colours stored in data: columns put together, their scale, and keys that exclude them."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles
from moviemaker.layers.points import Points

POSITION = np.array([[0, 0, 0], [1, 2, 3], [4, 4, 5.0]])
COLORS = np.array([[255, 0, 10], [0, 255, 20], [51, 102, 153]], np.uint8)


def drawn(folder, file="a.npz", by="rgb", times=None, **color):
    """The colours (n, 4) of the glyphs at time 0, and the source."""
    keys = {} if times is None else {"times": times}
    source = build(Particles, {"kind": "particles", "file": file, **keys}).open(folder)
    layer = build(Points, {"kind": "points", "data": "d", "size": 1, "color": {"by": by, **color}}).resolve(source)
    sample = source.at(0, [by])
    (prop,) = layer.props(sample)
    return prop.colors


def with_opacity(colors, opacity=255):
    return np.column_stack([colors, np.broadcast_to(opacity, len(colors))]).tolist()


@pytest.mark.parametrize(
    "stored",
    [
        COLORS,
        COLORS.astype(np.uint16) * 257,
        COLORS.astype(np.uint16),
        COLORS.astype(np.int64),
        (COLORS / 255).astype(np.float32),
        COLORS.astype(np.float64),
    ],
    ids=["8 bits", "16 bits", "8 of 16 bits", "whole numbers", "up to 1", "floats up to 255"],
)
def test_a_field_of_colours_is_the_colour(tmp_path, stored):
    np.savez(tmp_path / "a.npz", position=POSITION, paint=stored)
    assert drawn(tmp_path, by="paint").tolist() == with_opacity(COLORS)


@pytest.mark.parametrize("names", [("red", "green", "blue", "alpha"), ("R", "G", "B", "A")])
def test_columns_are_put_together(tmp_path, names):
    table = np.column_stack([POSITION, COLORS, [255, 128, 0]])
    header = ",".join(["x", "y", "z", *names])
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", header=header, comments="", fmt="%g")
    assert drawn(tmp_path, "a.csv").tolist() == with_opacity(COLORS, [255, 128, 0])
    np.savetxt(
        tmp_path / "b.csv", table[:, :6], delimiter=",", header=header[: -len(names[3]) - 1], comments="", fmt="%g"
    )
    assert drawn(tmp_path, "b.csv").tolist() == with_opacity(COLORS)


def test_the_scale_is_that_of_the_whole_movie(tmp_path):
    dim, bright = np.full((3, 3), 0.5), np.full((3, 3), 200.0)
    for n, colors in enumerate((dim, bright)):
        np.savez(tmp_path / f"a_{n}.npz", position=POSITION, rgb=colors)
    assert drawn(tmp_path, "a_*.npz")[0].tolist() == [0, 0, 0, 255]
    assert drawn(tmp_path, "a_0.npz")[0].tolist() == [128, 128, 128, 255]


def test_whole_numbers_up_to_one_are_nearly_black(tmp_path):
    np.savez(tmp_path / "a.npz", position=POSITION, rgb=np.eye(3, dtype=np.uint8))
    assert drawn(tmp_path)[:, :3].tolist() == np.eye(3).tolist()


def test_colours_that_are_not_finite_are_transparent(tmp_path):
    np.savez(tmp_path / "a.npz", position=POSITION, rgb=np.array([[1, 0, 0], [np.nan, 1, 0], [0, 1, np.inf]]))
    assert drawn(tmp_path)[:, 3].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("key", "value"), [("colormap", "viridis"), ("range", [0, 1]), ("range", ["1%", "99%"]), ("scale", "linear")]
)
def test_colours_need_no_colormap(tmp_path, key, value):
    np.savez(tmp_path / "a.npz", position=POSITION, rgb=COLORS)
    with pytest.raises(
        InputError, match=f"'rgb' is a field of colours, which needs no {key}; leave out {key}"
    ) as caught:
        drawn(tmp_path, **{key: value})
    assert caught.value.at == ("color", key)


def test_a_vector_is_not_a_colour(tmp_path):
    np.savez(tmp_path / "a.npz", position=POSITION, wind=POSITION - 3)
    with pytest.raises(
        InputError, match="'wind' is not a field of colours: its values go from -3 to 2; name a field"
    ) as caught:
        drawn(tmp_path, by="wind")
    assert caught.value.at == ("color", "by")


def test_spheres_have_the_colours_of_the_file(tmp_path, particles_scene):
    place = np.array([[-2, 0, 0], [0, 0, 0], [2, 0, 0.0]])
    np.savez(tmp_path / "a.npz", position=place, red=COLORS[:, 0], green=COLORS[:, 1], blue=COLORS[:, 2])
    data = {"points": {"kind": "particles", "file": "a.npz"}}
    scene = particles_scene(place, layer={"color": {"by": "rgb"}}, data=data)
    picture = scene.still(0)
    pixels_per_length = 360 / np.tan(np.radians(15)) / 10
    columns = np.rint(640 + pixels_per_length * place[:, 0]).astype(int)
    np.testing.assert_allclose(picture[360, columns], COLORS, atol=1)
