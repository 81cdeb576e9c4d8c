"""Level surfaces: colours by another field, oblique grids, and an opacity for each level."""

from __future__ import annotations

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

import moviemaker as mm
from moviemaker.core.props import Isosurface, Palette
from moviemaker.stage.surfaces.isosurface_actor import _contour, _painted

BOX = [[-1, 1], [-1, 1], [-1, 1]]
GRAY = Palette(np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1), -1.0, 1.0)


def positions(shape=(16, 17, 18)):
    return np.stack(np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij"), axis=-1)


@pytest.fixture
def scene(tmp_path):
    """A scene of two fields, `depth` (-y) and `height` (z), seen along y by parallel rays."""

    def make(**layer):
        x, y, z = np.moveaxis(positions(), -1, 0)
        np.savez(tmp_path / "fields.npz", depth=-y, height=z + 0 * x)
        made = {"kind": "isosurface", "data": "fields", "field": "depth", "levels": [0.3], "shade": False}
        written = {
            "duration": 1,
            "data": {"fields": {"kind": "grid", "file": "fields.npz", "bounds": BOX}},
            "layers": [made | layer],
            "camera": {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
            "outputs": {"main": {"lens": "orthographic", "height": 2, "size": [64, 64]}},
        }
        return mm.Scene.from_dict(written, folder=tmp_path)

    return make


def test_another_field_of_the_same_grid_colours_it(scene):
    color = {"by": "height", "colormap": ["black", "white"], "range": [-1, 1]}
    picture = scene(color=color).still(0).astype(float)
    expected = 255 * (1 - (np.arange(64) + 0.5) / 64)
    assert np.abs(picture[1:-1, 4:-4, 0] - expected[1:-1, None]).max() <= 2


def test_its_range_is_that_of_the_whole_movie_unless_it_is_given(scene):
    picture = scene(color={"by": "height", "colormap": ["black", "white"]}).still(0)
    assert picture[2, 32, 0] > 240
    assert picture[-3, 32, 0] < 15


def surface(field, painted=None, **changes):
    shape = field.shape
    spacing = tuple(2 / (n - 1) for n in shape)
    palette = None if painted is None else GRAY
    levels = changes.pop("levels", (0.25,))
    colors = np.tile((1.0, 0.0, 0.0), (len(levels), 1))
    prop = Isosurface(
        field, (-1, -1, -1), spacing, levels, colors, 1.0, True, painted=painted, palette=palette,
        **changes,
    )  # fmt: skip
    found = _contour(prop)
    return found, _painted(found, prop)


@pytest.mark.parametrize("mirrored", [1, -1])
def test_oblique_grids_have_the_right_surfaces_and_normals(mirrored):
    direction = np.array([[1.0, 0.6, 0.0], [0.0, 0.8, 0.6], [0.0, 0.0, 0.8]])
    direction[:, 2] *= mirrored
    away = np.array([0.5, -1.0, 2.0])
    points = positions()
    world = np.array([-1.0, -1, -1]) + (points + 1) @ direction.T
    level = float((world @ away).mean())
    found, _ = surface(world @ away, direction=direction, levels=(level,))
    places = vtk_to_numpy(found.GetPoints().GetData())
    assert len(places) > 50
    assert np.abs(places @ away - level).max() < 1e-5
    normals = vtk_to_numpy(found.GetPointData().GetNormals())
    normal = away / np.linalg.norm(away)
    assert np.abs(np.abs(normals @ normal) - 1).max() < 1e-4


def test_the_surface_has_a_hole_where_its_colour_is_not_finite():
    x, _, z = np.moveaxis(positions(), -1, 0)
    painted = np.where(z > 0.5, np.nan, z)
    _, whole = surface(x, painted=z)
    _, part = surface(x, painted=painted)
    assert 0.5 < part.GetNumberOfPolys() / whole.GetNumberOfPolys() < 0.8
    corners = vtk_to_numpy(part.GetPolys().GetConnectivityArray())
    assert vtk_to_numpy(part.GetPoints().GetData())[corners, 2].max() <= 0.5 + 1e-6


def test_each_level_has_its_own_colour_and_opacity():
    x, _, _ = np.moveaxis(positions(), -1, 0)
    _, mesh = surface(np.rint(20 + 10 * x).astype(np.uint8), levels=(18.25, 18.75), opacities=(0.2, 0.8))
    colors = vtk_to_numpy(mesh.GetPointData().GetScalars())
    assert {tuple(color) for color in colors.tolist()} == {(255, 0, 0, 51), (255, 0, 0, 204)}


def test_levels_and_opacities_move(scene):
    moving = {"levels": {0: [0.3, 0.6], 1: [0.4, 0.8]}, "opacities": {0: [0, 1], 1: [1, 1]}, "color": "white"}
    assert scene(**moving).still(0.5).max() == 255


def test_not_one_opacity_for_each_level_is_said(scene):
    with pytest.raises(mm.SceneError, match="opacities: there are 2 opacities, and not one for each level"):
        scene(opacities=[0.5, 1.0])


def test_levels_may_be_percentiles_and_move(scene):
    percent = scene(levels=["25%"]).still(0.0)
    assert np.array_equal(percent, scene(levels=[-0.5]).still(0.0))  # -y is spread evenly from -1 to 1
    made = scene(levels={0: ["0%"], 1: [0.4, "100%"][:1]})
    (layer,) = made.prepared.script.layers
    assert layer.levels.values == ((-1.0,), (0.4,))
    with pytest.raises(mm.SceneError, match=r"levels\[1\]"):
        scene(levels=[0.1, "most"])
