"""Particles on a globe."""

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.particle_sets.interpolation import AROUND_GLOBE
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


def test_rows_with_latitudes_beyond_the_poles_are_dropped(tmp_path):
    source = opened(tmp_path, "lon,lat\n10,20\n10,95\n")
    assert len(source.at(0.0).position) == 1


def test_the_date_line_is_crossed_by_the_shortest_path(tmp_path):
    (tmp_path / "moving.csv").write_text("id,time,lon,lat\n1,0,179,0\n1,1,-179,0\n")
    written = {"kind": "particles", "file": "moving.csv", "globe": 1.0}
    between = build(Particles, written).open(tmp_path).at(0.5).position
    np.testing.assert_allclose(between, [[-1, 0, 0]], atol=1e-12)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"position": ["lon", "latt"]}, "latt"),
        ({"position": "lon"}, "one array"),
        ({"globe": None, "position": ["lon", "lat"]}, "two columns"),
    ],
)
def test_mistakes(tmp_path, keys, what):
    with pytest.raises((InputError, InputErrors), match=what):
        opened(tmp_path, "lon,lat\n1,2\n", **keys)
    with pytest.raises(InputError, match="no longitude"):
        opened(tmp_path, "x,y\n1,2\n")


def moving(folder, rows, **keys):
    """Particles from a table of id, time, lon, lat, height, ve, vn, vu."""
    np.savetxt(
        folder / "moving.csv", rows, delimiter=",", header="id,time,lon,lat,h,ve,vn,vu", comments="", fmt="%.17g"
    )
    written = {"kind": "particles", "file": "moving.csv", "globe": 10.0, "position": ["lon", "lat", "h"]}
    return build(Particles, written | keys).open(folder)


def angles(a, b):
    return 2 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))


BOTH = pytest.mark.parametrize("trajectories", [False, True])


@BOTH
def test_particles_follow_great_circles_at_constant_speed(tmp_path, trajectories):
    source = moving(tmp_path, [[1, 0, 10, 60, 0, 0, 0, 0], [1, 4, 90, 50, 0, 0, 0, 0]], trajectories=trajectories)
    times = np.linspace(0, 4, 41)
    path = np.array([source.at(time).position[0] for time in times])
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 10, rtol=1e-14)
    whole = angles(path[0], path[-1])
    np.testing.assert_allclose(angles(path[0], path), whole * times / 4, atol=1e-12)
    assert np.abs(path @ np.cross(path[0], path[-1])).max() < 1e-12  # all in one plane with the middle
    assert source.at(1.3, ["speed"]).fields["speed"] == pytest.approx(10 * whole / 4)  # not that along the chord
    assert np.concatenate(list(source.survey("speed"))) == pytest.approx(10 * whole / 4)


def test_heights_change_linearly_and_rows_are_met_exactly(tmp_path):
    rows = [[1, 0, 10, 60, 1, 0, 0, 0], [1, 4, 90, 50, 3, 0, 0, 0], [1, 5, 90, 50, 4, 0, 0, 0]]
    source = moving(tmp_path, rows)
    for time, away in ((1, 11.5), (3, 12.5), (4.5, 13.5)):
        assert np.linalg.norm(source.at(time).position) == pytest.approx(away)
    for time, row in ((0, rows[0]), (4, rows[1]), (5, rows[2])):
        exact = moving(tmp_path, [[1, 0, *row[2:]]]).at(0).position
        assert (source.at(time).position == exact).all()
        near = source.at(time + (1e-9 if time < 5 else -1e-9)).position
        np.testing.assert_allclose(near, exact, atol=1e-7)


def test_antipodes_are_joined_by_any_great_circle():
    position = np.random.default_rng(0).normal(size=(100, 3))
    position = np.concatenate([10 * position / np.linalg.norm(position, axis=1)[:, None], [[0, 0, 10], [10, 0, 0]]])
    third = AROUND_GLOBE.along(position, -2 * position, 1 / 3, 1.0, None)
    np.testing.assert_allclose(np.linalg.norm(third, axis=1), 10, rtol=1e-12)
    np.testing.assert_allclose(np.einsum("ij,ij->i", third, position), 50, rtol=1e-9)


def test_paths_across_a_pole_and_between_poles(tmp_path):
    rows = [
        [1, 0, 20, 80, 0, 0, 0, 0],
        [1, 1, -160, 70, 0, 0, 0, 0],
        [2, 0, 0, 90, 0, 0, 0, 0],
        [2, 1, 0, -90, 0, 0, 0, 0],
    ]
    source = moving(tmp_path, rows)
    over, across = source.at(1 / 3).position
    np.testing.assert_allclose(over, [0, 0, 10], atol=1e-12)
    assert np.linalg.norm(across) == pytest.approx(10)
    assert across[2] == pytest.approx(5)  # a third of half a circle
    assert np.isfinite(
        moving(tmp_path, [[1, 0, 20, 80, 0, 0, 0, 0], [1, 1, 20, 80, 0, 0, 0, 0]]).at(0.5).position
    ).all()


@BOTH
def test_velocities_point_east_north_and_up(tmp_path, trajectories):
    rows = [[1, 0, 0, 0, 0, 3, 4, 0], [1, 1, 90, 45, 0, 1, 2, 5]]
    keys = {"trajectories": trajectories, "velocity": ["ve", "vn", "vu"]}
    source = moving(tmp_path, rows, **keys)
    np.testing.assert_allclose(source.at(0, ["velocity"]).fields["velocity"], [[0, 3, 4]], atol=1e-12)
    half = np.sqrt(0.5)
    slanted = [-1, half * (5 - 2), half * (5 + 2)]
    np.testing.assert_allclose(source.at(1, ["velocity"]).fields["velocity"], [slanted], atol=1e-12)
    level = moving(tmp_path, rows, trajectories=trajectories, velocity=["ve", "vn"])
    assert level.at(0, ["speed"]).fields["speed"] == pytest.approx(5)
    curved = moving(tmp_path, rows, **keys, interpolation="hermite")
    for time, expected in ((0, [0, 3, 4]), (1, slanted)):
        ends = [curved.at(np.clip(time + step, 0, 1)).position[0] for step in (-1e-6, 1e-6)]
        np.testing.assert_allclose((ends[1] - ends[0]) / 1e-6, expected, atol=1e-3)


@BOTH
def test_the_cubic_of_uniform_circular_motion_is_the_circle(tmp_path, trajectories):
    speed, rows = 10 * np.radians(60), []
    for time in range(4):  # on a great circle from the equator over the pole
        rows.append([7, time, 30 if time < 2 else -150, 60 * time if time < 2 else 180 - 60 * time, time, 0, 0, 1])
        rows[-1][6] = (1 if time < 2 else -1) * (1 + time / 10) * speed
    keys = {"velocity": ["ve", "vn", "vu"], "interpolation": "hermite", "trajectories": trajectories}
    source = moving(tmp_path, rows, **keys)
    assert source.examine() == []
    for time in np.linspace(0, 3, 31):
        angle = np.radians(60 * time)
        level, up = np.cos(angle), np.sin(angle)
        expected = (10 + time) * np.array([level * np.cos(np.pi / 6), level * np.sin(np.pi / 6), up])
        np.testing.assert_allclose(source.at(time).position[0], expected, atol=1e-9)


def test_a_globe_excludes_a_box_and_two_columns_of_velocity_need_a_globe():
    for keys, at in (({"globe": 1.0, "period": [1, 1, 1]}, ("period",)), ({"velocity": ["u", "v"]}, ("velocity",))):
        with pytest.raises((InputError, InputErrors)) as caught:
            build(Particles, {"kind": "particles", "file": "a.csv", **keys})
        assert caught.value.errors[0].at == at


@BOTH
@pytest.mark.parametrize("globe", [None, 10.0])
def test_without_a_finite_velocity_particles_take_the_shortest_path(tmp_path, trajectories, globe):
    rows = [
        [1, 0, 10, 60, 0, 1, 1, 1],
        [1, 1, 90, 50, 0, np.nan, 0, 0],
        [2, 0, 5, 5, 0, 9, 0, 0],
        [2, 1, 5, 9, 0, 0, 9, 0],
    ]
    keys = {"trajectories": trajectories, "velocity": ["ve", "vn", "vu"], "globe": globe}
    plain = moving(tmp_path, rows, **keys)
    curved = moving(tmp_path, rows, **keys, interpolation="hermite")
    assert (curved.at(0.3).position[0] == plain.at(0.3).position[0]).all()
    assert np.abs(curved.at(0.3).position[1] - plain.at(0.3).position[1]).max() > 0.1
