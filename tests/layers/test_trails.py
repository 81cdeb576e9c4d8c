"""Trails: the true path behind each particle, found by its id, over births and deaths and the walls of a box."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError, InputErrors, SceneError
from moviemaker.core.fields import Particles
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles as ParticleData
from moviemaker.layers.trails import Trails
from moviemaker.timeline.tracks import freeze

RADII = np.array([1.0, 1.5, 2.0])


def orbits(times):
    """Circles (t, n, 3) and their velocities, each particle at its own speed."""
    angle = np.asarray(times, float)[:, None] / RADII**1.5
    position = np.stack([RADII * np.cos(angle), RADII * np.sin(angle), 0 * angle + [1, 2, 3]], axis=-1)
    velocity = np.stack([-np.sin(angle), np.cos(angle), 0 * angle], axis=-1) / np.sqrt(RADII)[:, None]
    return position, velocity


def source_of(folder, times, position, **arrays):
    """Particles of a file; arrays may be lists of snapshots of different lengths, which then are files of their own."""
    if isinstance(position, list):
        names = []
        for step, place in enumerate(position):
            names.append(str(folder / f"s{step}.npz"))
            np.savez(names[-1], position=place, **{name: values[step] for name, values in arrays.items()})
        return build(ParticleData, {"kind": "particles", "file": names, "times": list(times)}).open(folder)
    np.savez(folder / "p.npz", position=position, time=np.asarray(times, float), **arrays)
    keys = {"interpolation": "hermite"} if "velocity" in arrays else {}
    return build(ParticleData, {"kind": "particles", "file": "p.npz", **keys}).open(folder)


def trails(source, time, **keys):
    """The tubes of trails at a time, and the layer itself."""
    layer = freeze(build(Trails, {"kind": "trails", "data": "p", **keys}).resolve(source), 0.0)
    moments = layer.moments(time, source.times)
    names = tuple(name for _, name in layer.named_fields())
    (tubes,) = layer.show(moments, [source.at(moment, names) for moment in moments])
    return tubes, layer


def each(tubes):
    return [tubes.position[a:b] for a, b in zip(tubes.offsets[:-1], tubes.offsets[1:], strict=True)]


def test_trails_lie_on_the_orbit_and_end_at_the_particle(tmp_path):
    times = np.arange(0, 6, 0.25)
    position, velocity = orbits(times)
    source = source_of(tmp_path, times, position, velocity=velocity)
    now, length = 3.3, 1.7
    tubes, _ = trails(source, now, length=length)
    head = source.at(now).position
    for path, radius, place, height in zip(each(tubes), RADII, head, (1, 2, 3), strict=True):
        assert np.abs(np.linalg.norm(path[1:, :2], axis=1) - radius).max() < 1.1e-5  # of Hermite's cubic, 0.25^4 / 384
        assert (path[:, 2] == height).all()
        assert path[-1] == pytest.approx(place, abs=0)
        angle = np.unwrap(np.arctan2(path[:, 1], path[:, 0]))
        assert angle[0] == pytest.approx((now - length) / radius**1.5, abs=1e-4)
        assert (np.diff(angle) > -1e-9).all()
        assert np.diff(angle).max() * radius**1.5 < length / 64 * 1.001
        assert 64 <= len(path) <= 80


def test_a_straight_way_has_its_corners(tmp_path):
    position = np.array([[[0, 0, 0]], [[1, 0, 0]], [[1, 1, 0]], [[2, 1, 0]]], float)
    source = source_of(tmp_path, [0, 1, 2, 3], position)
    tubes, _ = trails(source, 2.5, length=2.1, step=1)
    assert tubes.position.tolist() == pytest.approx(np.array([[0.4, 0, 0], [1, 0, 0], [1, 1, 0], [1.5, 1, 0]]))


def test_the_points_behind_are_the_same_whatever_the_present_is():
    times = np.array([0.0, 1, 2.5, 3, 7])
    layer = build(Trails, {"kind": "trails", "data": "p", "length": 2, "step": 0.3})
    one, other = layer.moments(3.14, times), layer.moments(3.2, times)
    assert set(one[1:-1]) <= set(other) | {m for m in one if m < other[0]}
    assert {1.3, 2.5, 3.0} <= {round(moment, 9) for moment in one}
    assert one[0] <= 3.14 - 2 < one[1]
    assert max(np.diff(one)) <= 0.3 + 1e-9
    assert layer.moments(-1.0, times) == (-1.0,)
    assert layer.moments(0.1, times) == (0.0, 0.1)
    late = layer.moments(8.0, times)
    assert late[-2:] == (7.0, 8.0)


def test_snapshots_closer_together_than_the_step_are_thinned():
    times = np.linspace(0, 10, 1001)
    layer = build(Trails, {"kind": "trails", "data": "p", "length": 5, "step": 0.1})
    moments = layer.moments(7.003, times)
    assert len(moments) in (52, 53)
    assert np.isin(moments[:-1], times[::10]).all()


def test_births_cut_trails_and_deaths_take_them_along(tmp_path):
    ids = [np.array([1, 2, 3]), np.array([3, 1]), np.array([4, 1, 3]), np.array([3, 4, 2])]
    position = [np.stack([time + 0.0 * i, i * 1.0, 0.0 * i], axis=1) for time, i in enumerate(ids)]
    source = source_of(tmp_path, [0, 1, 2, 3], position, id=ids)
    for now, starts in ((1.5, {1: 0.0, 3: 0.0}), (2.5, {3: 0.0, 4: 2.0}), (3.0, {3: 0.0, 4: 2.0})):
        tubes, _ = trails(source, now, length=10, step=0.25)
        found = {int(path[0, 1]): path for path in each(tubes)}
        assert {i: path[0, 0] for i, path in found.items()} == starts
        for i, path in found.items():
            assert (path[:, 1] == i).all()
            assert path[-1, 0] == now
            assert np.diff(path[:, 0]).max() <= 0.25


def test_no_streak_across_a_periodic_box():
    layer = build(Trails, {"kind": "trails", "data": "p", "length": 10, "step": 1, "width": 1})
    ids = np.arange(3)
    box = np.array([[4.0, 0, 0], [1.0, 4.0, 0], [0, 0, 4.0]])  # triclinic
    velocity = np.array([[0.7, 0, 0], [-0.9, -0.5, 0.3], [0, 0, 0]])
    moments = np.arange(9.0)
    true = [np.array([[1, 1, 1], [2, 2, 2], [3, 3, 3.0]]) + velocity * time for time in moments]
    samples = [Particles(place - np.floor(place @ np.linalg.inv(box)) @ box, {"id": ids}, box=box) for place in true]
    (tubes,) = layer.show(moments.tolist(), samples)
    for i, path in enumerate(each(tubes)):
        assert np.diff(path, axis=0) == pytest.approx(np.tile(velocity[i], (8, 1)))
        assert path[-1] == pytest.approx(samples[-1].position[i])


def test_trails_fade_taper_and_are_coloured_along_their_way(tmp_path):
    position = np.array([[[0.0, 0, 0]], [[8.0, 0, 0]]])
    source = source_of(tmp_path, [0, 8], position)
    keys = {"length": 4, "step": 1, "width": 0.5, "taper": 0.5, "opacity": 0.5}
    tubes, _ = trails(source, 6.0, **keys, color={"by": "x", "colormap": ["black", "white"], "range": [0, 8]})
    assert tubes.position[:, 0].tolist() == [2, 3, 4, 5, 6]
    assert tubes.width.tolist() == pytest.approx([0.25, 0.3125, 0.375, 0.4375, 0.5])
    assert tubes.colors[:, 3] == pytest.approx([0, 32, 64, 96, 128], abs=1)
    assert tubes.colors[:, 0] == pytest.approx([64, 96, 128, 160, 191], abs=1)
    tubes, _ = trails(source, 6.0, **keys, fade=False)
    assert (tubes.colors[:, 3] == 128).all()
    tubes, _ = trails(source, 6.0, **keys, fade=[[0, 1], [0.5, 0], [1, 1]])
    assert tubes.colors[:, 3] == pytest.approx([128, 64, 0, 64, 128], abs=1)


def test_fade_is_that_of_the_particle():
    layer = build(Trails, {"kind": "trails", "data": "p", "length": 1, "step": 1, "width": 1, "fade": False})
    ids = np.array([5, 6])
    before = Particles(np.zeros((2, 3)), {"id": ids})
    now = Particles(np.ones((2, 3)), {"id": ids[::-1]}, np.array([0.5, 1.0], np.float32))
    (tubes,) = layer.show((0.0, 1.0), (before, now))
    assert tubes.colors[:, 3].tolist() == [128, 128, 255, 255]


def test_data_that_have_ended_leave_trails_that_run_out(tmp_path):
    source = source_of(tmp_path, [0, 8], np.array([[[0.0, 0, 0]], [[8.0, 0, 0]]]))
    lengths = [np.ptp(trails(source, now, length=4)[0].position[:, 0]) for now in (8.0, 9.0, 11.0)]
    assert lengths == pytest.approx([4, 3, 1])
    assert len(trails(source, 0.0, length=4)[0].position) == 0


def test_what_the_scene_does_not_say_follows_from_the_data(tmp_path):
    position, velocity = orbits(np.linspace(0, 6, 20))
    _, layer = trails(source_of(tmp_path, np.linspace(0, 6, 20), position, velocity=velocity), 3.0)
    assert layer.length == pytest.approx(0.6)
    assert layer.step == pytest.approx(0.6 / 64)
    assert 0.002 < layer.width < 0.02


def scene(folder, clock=((0, 0), (1, 6)), **layer):
    times = np.linspace(0, 6, 25)
    position, velocity = orbits(times)
    np.savez(folder / "p.npz", position=position, velocity=velocity, time=times)
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "fps": 10,
            "clock": dict(clock),
            "data": {"p": {"kind": "particles", "file": "p.npz", "interpolation": "hermite"}},
            "layers": [{"kind": "trails", "data": "p", "length": 3, "width": 0.1, "shade": False} | layer],
            "camera": {"keyframes": [{"time": 0, "position": [0, 0, 12], "target": [0, 0, 0], "up": [0, 1, 0]}]},
            "outputs": {"main": {"lens": "orthographic", "height": 5, "size": [200, 200]}},
        },
        folder=folder,
    )


def test_a_picture_shows_the_arc_and_does_not_depend_on_the_frames_before(tmp_path):
    alone = scene(tmp_path, fade=False).still(0.7)
    other = scene(tmp_path, fade=False)
    for time in (0.2, 0.9, 0.7):
        last = other.still(time)
    assert (last == alone).all()
    x = (np.arange(200) + 0.5) / 200 * 5 - 2.5
    x, y = np.meshgrid(x, -x)
    expected = np.zeros((200, 200), bool)
    now = 0.7 * 6
    for radius in RADII:
        phase = np.mod(now / radius**1.5 - np.arctan2(y, x), 2 * np.pi)
        expected |= (np.abs(np.hypot(x, y) - radius) < 0.05) & (phase < min(3, now) / radius**1.5)
    seen = alone[..., 0] / 255
    assert np.abs(seen[expected]).mean() > 0.8
    assert seen.sum() == pytest.approx(expected.sum(), rel=0.08)  # and round ends


def test_trails_run_out_in_pictures_too(tmp_path):
    # The data are the same from 6 on, and what is shown of them is not.
    made = scene(tmp_path, clock=((0, 6), (1, 8.5)))
    light = [made.still(time).astype(float).sum() for time in (0.1, 0.5, 0.9)]
    assert light[0] > 1.5 * light[1] > 2 * light[2]
    later = made.still(0.91)  # with the same points behind the head
    assert (later == scene(tmp_path, clock=((0, 6), (1, 8.5))).still(0.91)).all()


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"length": 0}, "out of range"),
        ({"fade": "slowly"}, "true, false or a list of pairs"),
        ({"fade": [[0, 2], [1, 0]]}, "2 is out of range"),
        ({"fade": [[1, 0], [0, 1]]}, "the part 0 comes after 1"),
        ({"step": 1e-5}, "step of at least"),
        ({"color": {"by": "sped"}}, "did you mean 'speed'"),
        ({"widht": 1}, "did you mean 'width'"),
    ],
)
def test_mistakes(tmp_path, layer, said):
    with pytest.raises(SceneError, match=said):
        scene(tmp_path, **layer).still(0.0)


def test_a_single_snapshot_has_no_trails(tmp_path):
    np.savez(tmp_path / "q.npz", position=np.zeros((2, 3)))
    source = build(ParticleData, {"kind": "particles", "file": "q.npz"}).open(tmp_path)
    (tmp_path / "once.csv").write_text("id,time,x,y,z\n1,5,0,0,0\n2,5,1,0,0\n")
    once = build(ParticleData, {"kind": "particles", "file": "once.csv", "trajectories": True}).open(tmp_path)
    for at_one_time in (source, once):
        with pytest.raises((InputError, InputErrors), match="single snapshot"):
            build(Trails, {"kind": "trails", "data": "p"}).resolve(at_one_time)


def test_trails_of_a_file_pass_the_walls_of_its_box(tmp_path):
    times = np.arange(0.0, 9)
    place = np.array([[1.0, 1, 1], [2, 2, 2]]) + times[:, None, None] * np.array([[0.7, 0, 0], [-0.9, -0.5, 0.3]])
    np.savez(tmp_path / "box.npz", position=place % 4, time=times)
    source = build(ParticleData, {"kind": "particles", "file": "box.npz", "period": [4, 4, 4]}).open(tmp_path)
    tubes, _ = trails(source, 7.5, length=7, step=0.5)
    for path in each(tubes):
        assert np.ptp(np.linalg.norm(np.diff(path, axis=0), axis=1)) < 1e-6
