"""Pictures of placed data: bodies are seen where analysis says, in every lens, and fields look as when turned."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.fields import world_from_index
from moviemaker.data.placing.rotations import euler, matrix_of
from moviemaker.stage.volumes.grouping import VolumeGroup, drawing_order
from tests.lens.ods_truth import directions, rays, to_sphere
from tests.lens.test_world import domemaster

CAMERA = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [0, 1, 0], "fov": 90}]}
IPD = 0.4
SIZE = 160
BODIES = {"red": (1.0, 5.0, 0.8), "lime": (-2.0, 6.0, 1.5), "blue": (2.0, 5.0, 2.5)}
DIAMETER = 1.6


def flat_directions():
    x = 2 * (np.arange(SIZE) + 0.5) / SIZE - 1
    found = np.stack([*np.meshgrid(x, -x), np.ones((SIZE, SIZE))], axis=-1)[..., [0, 2, 1]]
    return found / np.linalg.norm(found, axis=-1, keepdims=True)


def dome_directions():
    found = domemaster(SIZE, 180, 0)  # right, up, ahead
    return np.where(np.isfinite(found), found, 0)[..., [0, 2, 1]]


def lens_and_rays(name):
    """The output, and where the rays of its pixels start and go: of the right eye, which is below."""
    if name == "perspective":
        return {"lens": "perspective", "size": [SIZE, SIZE]}, (np.zeros(3), flat_directions())
    if name == "dome":
        return {"lens": "domemaster", "size": [SIZE, SIZE], "format": "png"}, (np.zeros(3), dome_directions())
    stereo = {"packing": "top-bottom", "ipd": IPD} if name == "ods" else "none"
    height = 2 * SIZE if name == "ods" else SIZE
    output = {"lens": "equirectangular", "size": [2 * SIZE, height], "stereo": stereo}
    return output, rays(np.zeros(3), directions(2 * SIZE), IPD / 2 if name == "ods" else 0.0, [60, 75])


@pytest.fixture
def placed_bodies(tmp_path):
    """A particle, a globe and a level surface that are brought to their places by keys of their data."""
    np.savez(tmp_path / "one.npz", position=[[3.0, 0.0, 0.0]])
    axis = np.linspace(-1, 1, 33)
    half = np.sqrt((axis[:, None, None] / 0.5) ** 2 + axis[:, None] ** 2 + axis**2)  # an ellipsoid, thin along x
    np.save(tmp_path / "ball.npy", half)

    def make(output):
        red, lime, blue = BODIES.values()
        spin = {"axis": "z", "angle": {0: 0, 10: 360}}
        data = {
            # Turned by a quarter at 2.5 s, the particle is at (0, 3, 0).
            "one": {"kind": "particles", "file": "one.npz", "rotate": spin,
                    "translate": {0: [0, 0, 0], 2.5: [red[0], red[1] - 3, red[2]], 5: [0, 0, 0]}},
            "planet": {"kind": "mesh", "globe": DIAMETER / 4, "scale": 2, "attached_to": {"data": "one"},
                       "translate": {0: [0, 0, 0], 2.5: np.subtract(lime, (red[0], red[1] - 3, red[2]))[
                           [1, 0, 2]].tolist()}},
            "ball": {"kind": "grid", "file": "ball.npy", "bounds": [[-1, 1]] * 3, "scale": [2, 1, 1],
                     "rotate": [20, 30, 40], "translate": list(blue)},
        }  # fmt: skip
        # Along the axes of what has turned by a quarter, x is to the right of where it was.
        x, y, z = data["planet"]["translate"][2.5]
        data["planet"]["translate"][2.5] = [x, -y, z]
        plain = {"shade": False}
        return mm.Scene.from_dict(
            {
                "duration": 10,
                "data": data,
                "layers": [
                    {"kind": "points", "data": "one", "size": DIAMETER, "color": "red", **plain},
                    {"kind": "surface", "data": "planet", "color": "lime", **plain},
                    {"kind": "isosurface", "data": "ball", "levels": [DIAMETER / 2], "color": "blue", **plain},
                ],
                "camera": CAMERA,
                "outputs": {"main": output},
            },
            folder=tmp_path,
        )

    return make


@pytest.mark.parametrize("lens", ["perspective", "equirectangular", "ods", "dome"])
def test_bodies_are_seen_where_they_were_placed(placed_bodies, lens):
    output, (start, ahead) = lens_and_rays(lens)
    picture = placed_bodies(output).still(2.5).astype(float)
    if lens == "ods":
        picture = picture[len(picture) // 2 :]
    depths = np.stack([to_sphere((start, ahead), np.array(place), DIAMETER) for place in BODIES.values()])
    nearest = np.where(np.isfinite(depths.min(axis=0)), depths.argmin(axis=0), -1)
    for channel in range(3):
        seen, expected = picture[..., channel] / 255, (nearest == channel).astype(float)
        assert expected.sum() > 100
        assert abs(seen.sum() / expected.sum() - 1) < 0.05
        for axis in range(2):
            at = np.indices(seen.shape)[axis]
            assert abs((seen * at).sum() / seen.sum() - (expected * at).sum() / expected.sum()) < 0.5


# Fields


@pytest.fixture
def field_scene(tmp_path):
    """Makes a scene of one layer that draws an array on a grid, seen at an angle."""

    def make(values, layer, placing=None, bounds=((-1, 1), (-1, 1), (-1, 1)), **keys):
        name = f"{abs(hash(values.tobytes()))}.npy"
        np.save(tmp_path / name, values)
        grid = {"kind": "grid", "file": name, "bounds": [list(ends) for ends in bounds], **(placing or {})}
        camera = {"keyframes": [{"time": 0, "position": [2, -4, 1.5], "target": [0, 0, 0], "fov": 40}]}
        written = {
            "duration": 10,
            "data": {"grid": grid},
            "layers": [{"data": "grid"} | layer],
            "camera": camera,
            "outputs": {"main": {"lens": "perspective", "size": [96, 96]}},
        }
        return mm.Scene.from_dict(written | keys, folder=tmp_path)

    return make


_X, _Y, _Z = np.meshgrid(np.linspace(0, 3, 10), np.linspace(0, 4, 11), np.linspace(0, 5, 12), indexing="ij")
VALUES = (0.5 + 0.5 * np.sin(_X + 0.3) * np.cos(_Y) * np.sin(0.7 * _Z + _X)).astype(np.float32)
LIT = {"kind": "volume", "shade": True, "range": [0, 1], "transfer": [[0.4, 0], [1, 0.2]], "unit_distance": 0.05}
KINDS = {
    "volume": {"kind": "volume", "range": [0, 1], "transfer": [[0.4, 0], [1, 0.2]]},
    "lit volume": LIT,
    "clipped": LIT | {"clip": [{"kind": "plane", "origin": [0, 0, 0.1], "normal": [0.2, 0.1, -1]}]},
    "isosurface": {"kind": "isosurface", "levels": [0.6], "caps": True},
    "slice": {"kind": "slice", "normal": [0.3, -0.5, 1], "range": [0, 1]},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_is_turned_by_a_quarter_looks_like_its_turned_array(field_scene, kind):
    bounds = ((-1, 1), (-0.5, 1), (-1, 0.5))
    turned = np.rot90(VALUES, axes=(0, 1)).copy()  # what was at (x, y) is at (-y, x)
    expected = field_scene(turned, KINDS[kind], bounds=((-1, 0.5), (-1, 1), (-1, 0.5))).still(0.0).astype(int)
    found = field_scene(VALUES, KINDS[kind], {"rotate": [0, 0, 90]}, bounds).still(0.0).astype(int)
    assert expected.max() > 60
    off = np.abs(found - expected)
    assert off.mean() < 0.05
    assert np.quantile(off, 0.995) <= 3


def test_opacity_follows_the_grid_that_turns_and_grows(field_scene):
    axis = np.linspace(-1, 1, 33)
    ball = (np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2) < 0.8).astype(np.float32)
    layer = {"kind": "volume", "range": [0, 1], "transfer": [[0.4, 0], [0.6, 0.02]], "colormap": ["white", "white"]}
    camera = {"keyframes": [{"time": 0, "position": [0, -9, 0], "target": [0, 0, 0], "fov": 30}]}

    def middle(placing, **changes):
        return int(field_scene(ball, layer | changes, placing, camera=camera).still(0.0)[48, 48, 0])

    plain = middle({})
    assert 60 < plain < 220
    assert abs(middle({"rotate": [10, 20, 30]}) - plain) <= 3
    assert abs(middle({"scale": 2}) - plain) <= 3  # the default distance grows with the grid
    unit = 2 * np.sqrt(3) / 100
    assert abs(middle({"scale": 2}, unit_distance=unit) - 255 * (1 - (1 - plain / 255) ** 2)) <= 4


def test_a_level_surface_that_turns_does_not_depend_on_earlier_pictures(field_scene):
    spin = {"rotate": {"axis": [1, 1, 0], "angle": {0: 0, 10: 360}}, "translate": {0: [0, 0, 0], 10: [0, 0, 1]}}
    one, other = (field_scene(VALUES, {"kind": "isosurface", "levels": [0.5]}, spin) for _ in range(2))
    one.still(1.0)
    one.still(3.0)
    np.testing.assert_array_equal(one.still(4.0), other.still(4.0))


# What layers, the camera and warnings see


def test_vectors_turn_and_grow_with_their_data(tmp_path):
    np.savez(tmp_path / "one.npz", position=[[1.0, 0, 0]], velocity=[[1.0, 0, 0]])
    np.save(tmp_path / "flow.npy", np.tile([1.0, 0.0, 0.0], (3, 3, 3, 1)))
    arrows = {"kind": "vectors", "size": 1, "scale": 1}
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {
                "one": {"kind": "particles", "file": "one.npz", "rotate": [0, 0, 90], "scale": 2},
                "flow": {"kind": "grid", "file": "flow.npy", "rotate": [0, 0, 90], "scale": 3},
            },
            "layers": [
                arrows | {"data": "one"},
                arrows | {"data": "flow", "vector": "value", "every": 2},
                {"kind": "streamlines", "data": "flow", "seeds": [[-3, 0, 3]], "width": 0.1, "length": 4,
                 "direction": "forward", "color": {"by": "speed"}},
            ],
            "camera": CAMERA,
            "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
        },
        folder=tmp_path,
    )  # fmt: skip
    one, flow, lines = studio_of(scene).props(0.0)
    np.testing.assert_allclose(one.direction, [[0, 1, 0]], atol=1e-12)
    np.testing.assert_allclose([one.size[0], *one.position[0]], [2, 0, 2 + 1, 0], atol=1e-6)
    np.testing.assert_allclose(flow.direction, np.tile([0, 1, 0], (len(flow.size), 1)), atol=1e-12)
    np.testing.assert_allclose(flow.size, 3, rtol=1e-6)
    np.testing.assert_allclose(lines.position[0], [-3, 0, 3], atol=1e-6)
    np.testing.assert_allclose(lines.position[-1], [-3, 4, 3], atol=1e-3)


def studio_of(scene):
    from moviemaker.studio import Studio

    return Studio(scene.prepared.script, "main", sources=scene.prepared.sources)


def moving_scene(folder, **keys):
    np.savez(folder / "one.npz", position=[[1.0, 0.0, 0.0]], id=[3])
    written = {
        "duration": 10,
        "fps": 10,
        "data": {"one": {"kind": "particles", "file": "one.npz",
                         "rotate": {"axis": "z", "angle": {0: 0, 10: 360}}}},
        "layers": [{"kind": "points", "data": "one", "size": 0.1}],
        "camera": {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
        "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
    }  # fmt: skip
    return mm.Scene.from_dict(written | keys, folder=folder)


def test_trails_show_the_path_that_the_scene_makes(tmp_path):
    trails = {"kind": "trails", "data": "one", "length": 2.5, "width": 0.1}
    (tubes,) = studio_of(moving_scene(tmp_path, layers=[trails])).props(5.0)
    np.testing.assert_allclose(np.linalg.norm(tubes.position, axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(tubes.position[-1], [-1, 0, 0], atol=1e-9)
    np.testing.assert_allclose(tubes.position[0], [0, 1, 0], atol=1e-3)
    angles = np.unwrap(np.arctan2(tubes.position[:, 1], tubes.position[:, 0]))
    assert (np.diff(angles) > 0).all()


def test_the_camera_looks_at_data_that_the_scene_moves(tmp_path):
    camera = {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": "one"}]}
    path = studio_of(moving_scene(tmp_path, camera=camera)).path
    for second in (0.0, 2.5, 4.0):
        angle = np.radians(36 * second)
        ahead = np.array([np.cos(angle), np.sin(angle) + 10, 0])
        np.testing.assert_allclose(path.at(second).forward, ahead / np.linalg.norm(ahead), atol=1e-3)


def test_data_that_come_near_by_the_scene_are_noticed(tmp_path):
    stereo = {"main": {"lens": "equirectangular", "size": [64, 64], "stereo": {"packing": "top-bottom", "ipd": 0.1}}}
    far = moving_scene(tmp_path, outputs=stereo)
    assert not any("nearer to the camera" in warning for warning in far.warnings)
    flies = {"kind": "particles", "file": "one.npz", "translate": {0: [0, 0, 0], 5: [-1, -9.7, 0], 10: [0, 0, 0]}}
    near = moving_scene(tmp_path, outputs=stereo, data={"one": flies})
    assert any("nearer to the camera" in warning for warning in near.warnings)


def test_parts_of_a_turned_grid_are_drawn_behind_each_other():
    from moviemaker.core.camera import Frustum, View
    from moviemaker.core.props import TransferFunction, Volume

    turn = matrix_of(euler(10, 20, 30))
    transfer = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), ((0.0, 0.0), (1.0, 1.0)))

    def part(first):
        origin = world_from_index((0, 0, 0), (1, 1, 1), turn)[:3, :3] @ first
        return VolumeGroup((Volume(np.zeros((3, 3, 9)), tuple(origin), (1.0, 1.0, 1.0), transfer, 1.0, 1.0, 1.0,
                                   "composite", False, turn),))  # fmt: skip

    parts = [part(np.array(first, float)) for first in ((0, 0, 0), (2, 0, 0), (4, 0, 0), (6, 0, 0))]
    view = View(turn @ [20.0, 1.0, 9.0], np.array([-1.0, 0, 0]), np.array([0, 0, 1.0]), Frustum(-1, 1, -1, 1), (8, 8))
    assert drawing_order(parts, view) == [0, 1, 2, 3]


WATER = "".join(
    f"ATOM  {number:5d}  {name:<3} HOH A   1    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00          {name[0]:>2}\n"
    for number, (name, x, y, z) in enumerate([("O", 0, 0, 0), ("H1", 0.96, 0, 0), ("H2", -0.24, 0.93, 0)], start=1)
)


@pytest.mark.parametrize("style", ["ball_and_stick", "surface"])
def test_molecules_are_drawn_in_their_own_coordinates_and_placed(tmp_path, style):
    (tmp_path / "water.pdb").write_text(WATER)

    def props(placing, second=0.0):
        scene = mm.Scene.from_dict(
            {
                "duration": 10,
                "data": {"water": {"kind": "particles", "file": "water.pdb", **placing}},
                "layers": [{"kind": "molecule", "data": "water", "style": style}],
                "camera": CAMERA,
                "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
            },
            folder=tmp_path,
        )
        return studio_of(scene).props(second)

    spin = {"axis": "z", "angle": {0: 0, 10: 360}}
    plain, placed = props({}), props({"scale": 0.1, "rotate": spin, "translate": [0, 0, 7]}, 2.5)
    assert len(plain) == len(placed) > 0
    for one, other in zip(plain, placed, strict=True):
        x, y, z = np.asarray(one.position).T
        np.testing.assert_allclose(other.position, np.stack([-0.1 * y, 0.1 * x, 0.1 * z + 7], axis=1), atol=1e-6)
        for name in ("size", "width"):
            if hasattr(one, name):
                np.testing.assert_allclose(getattr(other, name), 0.1 * getattr(one, name), rtol=1e-5)
