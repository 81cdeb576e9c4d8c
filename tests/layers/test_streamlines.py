"""Streamlines against exact solutions, where they begin and end, and how they change with time."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.fields import Grid
from moviemaker.core.kinds import build
from moviemaker.core.sources import OutOfCore
from moviemaker.layers.tracing.dashes import Dashes, dashed
from moviemaker.layers.tracing.lines import Lines, trace
from moviemaker.layers.tracing.seeds import Seeds, spread
from tests.test_api import scene_dict

N = 33
AXIS = np.linspace(-2, 2, N)
STEP = AXIS[1] - AXIS[0]
X, Y, Z = np.meshgrid(AXIS, AXIS, AXIS, indexing="ij")


def lines_of(u, v, w, seeds, direction="both", length=50.0, direction_of_axes=None):
    """The lines along a field on the cube from -2 to 2, each as points and lengths from its seed."""
    vectors = np.stack(np.broadcast_arrays(u, v, w), axis=-1).astype(np.float32)
    grid = Grid({"u": vectors[..., 0]}, (-2.0,) * 3, (STEP,) * 3, direction_of_axes)
    found = trace(grid, vectors, np.array(seeds, float), direction, length, STEP, 1e-4 * STEP, 1e-6)
    return [(found.points[a:b], found.along[a:b]) for a, b in zip(found.offsets[:-1], found.offsets[1:], strict=True)]


def test_circles_of_a_solid_rotation_close():
    for radius, (points, along) in zip((1.5, 0.4), lines_of(-Y, X, 0 * X, [[1.5, 0, 0.3], [0, 0.4, 0]]), strict=True):
        assert np.hypot(points[:, 0], points[:, 1]) == pytest.approx(np.full(len(points), radius), abs=1e-4)
        assert np.array_equal(points[0], points[-1])
        assert along[-1] - along[0] == pytest.approx(2 * np.pi * radius, rel=1e-4)


def test_hyperbolas_of_a_saddle_end_at_the_edge():
    ((points, _),) = lines_of(X, -Y, 0 * X, [[0.1, 1.0, 0.5]])
    assert points[:, 0] * points[:, 1] == pytest.approx(np.full(len(points), 0.1), abs=1e-4)
    assert points[0] == pytest.approx([0.05, 2, 0.5], abs=2e-3 * STEP + 1e-4)
    assert points[-1] == pytest.approx([2, 0.05, 0.5], abs=2e-3 * STEP + 1e-4)


def test_the_flow_of_arnold_beltrami_and_childress_is_followed():
    from scipy.integrate import solve_ivp

    def flow(x, y, z):
        return np.stack([np.sin(z) + np.cos(y), np.sin(x) + np.cos(z), np.sin(y) + np.cos(x)])

    def unit(_, place):
        found = flow(*place)
        return found / np.linalg.norm(found)

    seed = [0.2, -0.4, 0.1]
    ((points, along),) = lines_of(*flow(X, Y, Z), [seed], "forward", 2.0)
    exact = solve_ivp(unit, (0, 2), seed, method="DOP853", rtol=1e-9, atol=1e-9, dense_output=True).sol(along).T
    assert along[-1] == pytest.approx(2.0, abs=1e-3)
    assert np.linalg.norm(points - exact, axis=1).max() < 0.2 * STEP**2, "the error of linear interpolation"


@pytest.mark.parametrize(("direction", "ends"), [("forward", (0, 3)), ("backward", (-3, 0)), ("both", (-1.5, 1.5))])
def test_length_is_measured_along_the_line(direction, ends):
    ((points, along),) = lines_of(1 + 0 * X, 0 * X, 0 * X, [[0.0, 0, 0]], direction, 3.0)
    low, high = np.clip(ends, -2, 2)
    assert along[[0, -1]] == pytest.approx([low, high], abs=2e-3 * STEP)
    assert points[:, 0] == pytest.approx(along)
    assert (np.diff(along) > 0).all()


def test_lines_end_where_the_field_is_missing_or_at_rest():
    known = np.where(X > 1, np.nan, 1.0)
    ((points, _),) = lines_of(known, 0 * X, 0 * X, [[0.0, 0.01, 0]], "forward")
    assert 1 - STEP - 1e-6 <= points[-1, 0] <= 1 + 2e-3 * STEP
    ((sink, _),) = lines_of(-X, -Y, -Z, [[1.0, 0.7, 0.2]], "forward")
    assert np.linalg.norm(sink[-1]) < 0.02 * STEP
    assert lines_of(X, Y, Z, [[5.0, 0, 0], [np.nan, 0, 0]]) == [], "seeds outside of the grid"


def test_lines_on_oblique_axes_go_where_the_vectors_say():
    direction = np.array([[1.0, 0.6, 0.0], [0.0, 0.8, 0.6], [0.0, 0.0, 0.8]])
    way, middle = np.array([1.0, 2.0, 2.0]) / 3, np.array([-2.0] * 3) + direction @ np.full(3, 2.0)
    u, v, w = (np.full((N, N, N), part) for part in way)
    ((points, along),) = lines_of(u, v, w, [middle], length=2.0, direction_of_axes=direction)
    assert points == pytest.approx(middle + along[:, None] * way, abs=1e-6)


def test_curves_are_smooth_however_long_the_steps_are():
    ((points, _),) = lines_of(-Y, X, 0 * X, [[0.3, 0, 0]])
    way = np.diff(points, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.clip((way[1:] * way[:-1]).sum(axis=1), -1, 1))).max() < 8


def test_seeds_are_spread_evenly_and_always_the_same():
    points = spread(512)
    counts, _ = np.histogramdd(points, bins=4, range=[(0, 1)] * 3)
    assert counts.min() >= 5
    assert counts.max() <= 11, "8 on average; chance would give 2 to 16"
    assert np.array_equal(points[100:], spread(412, 100))
    ball = build(Seeds, {"center": [1, 2, 3], "radius": 0.5, "count": 300}).points() - [1, 2, 3]
    away = np.linalg.norm(ball, axis=1)
    assert away.max() <= 0.5
    assert np.mean(away < 0.25) == pytest.approx(1 / 8, abs=0.02)
    assert np.abs(ball.mean(axis=0)).max() < 0.02
    on_line = build(Seeds, {"line": [[0, 0, 0], [0, 0, 9]], "count": 4}).points()
    assert on_line[:, 2].tolist() == [0, 3, 6, 9]
    flat = build(Seeds, {"bounds": [[0, 1], [0, 1], [2, 2]], "count": 9}).points()
    assert (flat[:, 2] == 2).all()


@pytest.fixture
def scene(tmp_path):
    """A scene of streamlines of a flow that turns from x to y within 10 units of time; `heat` is x."""
    made = np.zeros((2, 9, 9, 9, 3))
    made[0, ..., 0] = made[1, ..., 1] = 2
    heat = np.broadcast_to(np.linspace(-1, 1, 9)[:, None, None], (2, 9, 9, 9))
    np.savez(tmp_path / "flow.npz", velocity=made, heat=heat, time=[0.0, 10.0])
    np.savez(tmp_path / "stars.npz", position=[[0.0, 0, 0], [0, 0, 0.5]])
    box = [[-1, 1], [-1, 1], [-1, 1]]

    def make(layer=None, **changes):
        data = {
            "flow": {"kind": "grid", "file": "flow.npz", "bounds": box},
            "stars": {"kind": "particles", "file": "stars.npz"},
        }
        layers = [{"kind": "streamlines", "data": "flow", "seeds": [[0, 0, 0]], "length": 1} | (layer or {})]
        written = scene_dict(data=data, layers=layers, clock={0: 0, 10: 10}, duration=10) | changes
        return mm.Scene.from_dict(written, folder=tmp_path)

    return make


WAY = np.array([0.8, 0.2, 0]) / np.hypot(0.8, 0.2)
"""Of the flow at time 2."""


def tubes_of(scene, time=0.0):
    from moviemaker.timeline.tracks import freeze

    layer = freeze(scene.prepared.script.layers[0], time)
    grid = scene.prepared.sources["flow"].at(time, tuple(name for _, name in layer.named_fields()))
    return layer.props(grid)[0]


def test_lines_move_smoothly_with_the_field(scene):
    made = scene()
    ends = np.array([tubes_of(made, time).position[-1] for time in np.linspace(0, 10, 41)])
    fraction = np.linspace(0, 1, 41)
    exact = np.stack([1 - fraction, fraction, 0 * fraction], axis=1)
    assert ends == pytest.approx(0.5 * exact / np.linalg.norm(exact, axis=1)[:, None], abs=1e-5)


def test_colours_are_those_of_fields_of_the_grid_and_of_the_line(scene):
    black_to_white = {"colormap": ["black", "white"]}
    heat = tubes_of(scene({"color": {"by": "heat", **black_to_white}}))
    assert heat.colors[:, 0] == pytest.approx(255 * (heat.position[:, 0] + 1) / 2, abs=1)
    along = tubes_of(scene({"color": {"by": "along", **black_to_white}}))
    assert along.colors[:, 0] == pytest.approx(255 * (along.position[:, 0] + 0.5), abs=1)
    layer = scene({"color": {"by": "speed"}, "width": {"by": "speed", "size": [0, 0.2]}}).prepared.script.layers[0]
    assert layer.color.range == (0, 4), "2 everywhere: the middle of a range of one value"
    with pytest.raises(mm.SceneError, match="by: no such field 'heta' in 'flow'; did you mean 'heat'"):
        scene({"color": {"by": "heta"}})


def test_seeds_are_points_numbers_regions_or_particles(scene):
    assert len(tubes_of(scene({"seeds": 7})).offsets) == 8
    assert len(tubes_of(scene({"seeds": "stars"})).offsets) == 3
    moving = scene({"seeds": {"center": {0: [0, 0, 0], 10: [0, 0, 0.5]}, "radius": 0.1, "count": 5}})
    assert tubes_of(moving, 10.0).position[:, 2].mean() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"seeds": "starz"}, "seeds: no such data 'starz'; did you mean 'stars'"),
        ({"seeds": "flow"}, "seeds: 'flow' is not particles"),
        ({"seeds": 0}, "seeds: 0 does not say where lines begin"),
        ({"seeds": [[0, 0]]}, r"seeds\[0\]: a list of 2 is not of the right length"),
        ({"seeds": {"center": [0, 0, 0]}}, "seeds.center: center is given without radius"),
        ({"seeds": {"line": [[0, 0, 0], [1, 1, 1]], "bounds": [[0, 1]] * 3}}, "seeds.bounds: line and bounds are two"),
        ({"field": "heat"}, "field: 'heat' is not a vector of 'flow'"),
        ({"field": ["u", "v"]}, r"field\[0\]: no such field 'u'"),
        ({"direction": "up"}, "direction: no such direction 'up'"),
        ({"data": "stars"}, "a layer of kind streamlines cannot draw 'stars', which is particles"),
        ({"seeds": 10**9}, r"seeds: 1000000000 lines of up to \d+ points"),
        ({"seeds": {"center": [0, 0, 0], "radius": 1, "count": 10**9}}, r"seeds: 1000000000 lines of up to \d+ points"),
        ({"dashes": {"length": 1e-12, "gap": 0}}, r"seeds: 1 lines of up to \d+ points"),
        ({"dashes": 3}, "dashes: 3 does not say how lines are cut"),
        ({"length": 0}, "length"),
    ],
)
def test_mistakes_are_said(scene, written, said):
    with pytest.raises(mm.SceneError, match=said):
        scene(written)


def test_a_grid_without_vectors_is_said(tmp_path):
    np.savez(tmp_path / "heat.npz", heat=np.zeros((4, 4, 4)))
    written = {"data": {"heat": {"kind": "grid", "file": "heat.npz"}}}
    layers = [{"kind": "streamlines", "data": "heat"}]
    with pytest.raises(mm.SceneError, match=r"field: 'heat' has no vectors; write the names of its components"):
        mm.Scene.from_dict(scene_dict(**written, layers=layers), folder=tmp_path)


def test_dashes_run_along_the_lines(scene):
    written = {"length": 2, "dashes": {"length": 0.25, "gap": 0.75, "shift": {0: 0, 10: 0.5, "ease": "linear"}}}
    made = scene(written)
    first, later = tubes_of(made), tubes_of(made, 2.0)

    def spans(tubes):
        lengths = [
            np.linalg.norm(np.diff(tubes.position[a:b], axis=0), axis=1).sum()
            for a, b in zip(tubes.offsets[:-1], tubes.offsets[1:], strict=True)
        ]
        return np.array(lengths)

    assert len(first.offsets) == 3
    assert (spans(first) <= 0.25 + 1e-9).all()
    assert spans(first).sum() == pytest.approx(0.5, abs=1e-6)
    along = [tubes.position[tubes.offsets[1:] - 1] @ way for tubes, way in ((first, [1, 0, 0]), (later, WAY))]
    assert (along[1].min() - along[0].min()) % 1 == pytest.approx(0.1, abs=1e-4), "modulo length and gap"
    assert first.colors[first.offsets[1] - 1, 3] == 255
    assert first.colors[first.offsets[0], 3] < 10


def test_dashes_go_round_a_closed_line_without_a_break():
    angle = np.linspace(0, 2 * np.pi, 101)
    points = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    points[-1] = points[0]
    ring = Lines(points, np.array([0, 101]), angle, np.zeros(101, int))
    for shift in (0.0, 0.3, 0.9, 1.4):
        pieces = dashed(ring, Dashes(length=0.5, gap=1.0, shift=shift))
        along = pieces.of(angle)
        length = sum(along[b - 1] - along[a] for a, b in zip(pieces.offsets[:-1], pieces.offsets[1:], strict=True))
        assert length == pytest.approx(4 * 0.5), "four go round, at any time"


def test_the_camera_near_a_line_is_found(scene):
    made = scene()
    layer = made.prepared.script.layers[0]
    grid = made.prepared.sources["flow"].at(0.0, tuple(name for _, name in layer.named_fields()))
    (near,) = layer.near(grid, np.array([0.5 - layer.step / 2, 0.02, 0]), 0.05)[:1]
    assert near == pytest.approx([0.5 - layer.step / 2, layer.width / 2, 0], abs=1e-6)
    assert not len(layer.near(grid, np.array([0, 0.5, 0]), 0.05))


def test_winds_are_followed_around_a_globe(tmp_path):
    from tests.data.test_vector_grids import write_winds

    write_winds(tmp_path / "wind.nc")
    data = {"flow": {"kind": "grid", "file": "wind.nc", "globe": {"radius": 10, "height": 0.002}, "shape": 48}}
    layers = [{"kind": "streamlines", "data": "flow", "field": ["u", "zero"], "seeds": 30}]
    with pytest.importorskip("netCDF4").Dataset(tmp_path / "wind.nc", "a") as file:
        zero = file.createVariable("zero", "f4", ("lev", "lat", "lon"))
        zero[:] = 0
    made = mm.Scene.from_dict(scene_dict(data=data, layers=layers), folder=tmp_path)
    tubes = tubes_of(made)
    away = np.linalg.norm(tubes.position, axis=1)
    for a, b in zip(tubes.offsets[:-1], tubes.offsets[1:], strict=True):
        assert np.ptp(away[a:b]) < 0.02 * made.prepared.sources["flow"].at(0.0).spacing[0]
        assert np.ptp(tubes.position[a:b, 2]) < 1e-3, "an eastward wind keeps its latitude"


def test_a_grid_larger_than_memory_is_followed_as_a_whole(tmp_path):
    with pytest.importorskip("h5py").File(tmp_path / "flow.h5", "w") as file:
        for name, value in (("u", 1.0), ("v", 0.0), ("w", 0.0)):
            file.create_dataset(name, (144, 144, 144), np.float32, fillvalue=value, chunks=(48, 48, 48))
    data = {"flow": {"kind": "grid", "file": "flow.h5", "memory": "16 MB"}}
    layer = {"kind": "streamlines", "data": "flow", "field": ["u", "v", "w"], "seeds": [[70, 70, 70]], "width": 6}
    camera = {"keyframes": [{"time": 0, "position": [70, -250, 70], "target": [70, 70, 70]}]}
    made = mm.Scene.from_dict(scene_dict(data=data, layers=[layer], camera=camera), folder=tmp_path)
    source = made.prepared.sources["flow"]
    assert isinstance(source, OutOfCore)
    (tubes,) = made.prepared.script.layers[0].props(source.at(0.0, ("u", "v", "w")))
    assert np.ptp(tubes.position[:, 0]) > 130
    picture = made.still(0.0).max(axis=2) > 20
    assert picture.any(axis=0).sum() > 30, "one line from side to side"
    made.close()


def test_many_lines_are_found_quickly_and_always_the_same():
    from time import process_time

    flow = np.sin(Z) + np.cos(Y), np.sin(X) + np.cos(Z), np.sin(Y) + np.cos(X)
    seeds = -2 + 4 * spread(400)
    first = lines_of(*flow, seeds, length=6.0)
    start = process_time()
    again = lines_of(*flow, seeds, length=6.0)
    assert process_time() - start < 2
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, again, strict=True))


def test_the_defaults_are_a_picture(scene):
    made = scene({"seeds": 20, "length": None})
    picture = made.still(0.0)
    assert (picture.max(axis=2) > 5).mean() > 0.01
    made.close()
