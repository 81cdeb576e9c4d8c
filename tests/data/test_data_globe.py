"""Particles on a globe."""

import numpy as np
import pytest

from moviemaker.core.errors import Mistake, Mistakes
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles


def opened(folder, text, **keys):
    (folder / "places.csv").write_text(text)
    return build(Particles, {"kind": "particles", "file": "places.csv", "globe": 10.0, **keys}).open(folder)


def test_named_directions(tmp_path):
    source = opened(tmp_path, "lat,lon,name\n0,0,1\n0,90,2\n90,17,3\n0,180,4\n-30,-90,5\n")
    expected = [[10, 0, 0], [0, 10, 0], [0, 0, 10], [-10, 0, 0], [0, -10 * np.sqrt(0.75), -5]]
    np.testing.assert_allclose(source.at(0.0).position, expected, atol=1e-12)


def test_heights_and_other_names(tmp_path):
    source = opened(tmp_path, "a,b,h\n-30,-90,2\n", position=["b", "a", "h"])
    np.testing.assert_allclose(source.at(0.0).position, [[0, -12 * np.sqrt(0.75), -6]], atol=1e-12)


def test_beyond_the_poles_is_nowhere(tmp_path):
    source = opened(tmp_path, "lon,lat\n10,20\n10,95\n")
    assert len(source.at(0.0).position) == 1


def test_over_the_date_line_it_is_the_short_way(tmp_path):
    (tmp_path / "moving.csv").write_text("id,time,lon,lat\n1,0,179,0\n1,1,-179,0\n")
    written = {"kind": "particles", "file": "moving.csv", "globe": 1.0}
    between = build(Particles, written).open(tmp_path).at(0.5).position
    np.testing.assert_allclose(between, [[-np.cos(np.radians(1)), 0, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"position": ["lon", "latt"]}, "latt"),
        ({"position": "lon"}, "one array"),
        ({"globe": None, "position": ["lon", "lat"]}, "two columns"),
    ],
)
def test_mistakes(tmp_path, keys, what):
    with pytest.raises((Mistake, Mistakes), match=what):
        opened(tmp_path, "lon,lat\n1,2\n", **keys)
    with pytest.raises(Mistake, match="no longitude"):
        opened(tmp_path, "x,y\n1,2\n")
