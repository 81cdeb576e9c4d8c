"""Lines: poly-lines of a mesh with widths and colours of their own, and what is near."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista

import moviemaker as mm
from moviemaker.core.errors import InputError, SceneError
from moviemaker.core.fields import Cells, Mesh
from moviemaker.core.kinds import build
from moviemaker.data.mesh import Mesh as MeshData
from moviemaker.layers.lines import Lines
from moviemaker.timeline.tracks import freeze

POINTS = np.array([[-1, 0, 0], [0, 0, 0], [1, 0, 0], [-1, 0, 1], [1, 0, 1]], float)
HEAT = np.array([0.0, 1, 2, 3, 4])


def written(folder, points=POINTS, lines=((0, 1, 2), (3, 4)), **fields):
    mesh = pyvista.PolyData(np.asarray(points, float), lines=[n for line in lines for n in (len(line), *line)])
    for name, values in {"heat": HEAT, **fields}.items():
        mesh[name] = values
    mesh.save(folder / "lines.vtp")
    return build(MeshData, {"kind": "mesh", "file": "lines.vtp"}).open(folder)


def tubes_of(source, **keys):
    layer = freeze(build(Lines, {"kind": "lines", "data": "mesh", **keys}).resolve(source), 0.0)
    names = tuple(name for _, name in layer.named_fields())
    (tubes,) = layer.props(source.at(0.0, names))
    return tubes


def test_lines_of_a_file_with_their_own_order(tmp_path):
    tubes = tubes_of(written(tmp_path, lines=((2, 1, 0), (3, 4), (1, 3))), width=0.1)
    assert tubes.offsets.tolist() == [0, 3, 5, 7]
    assert tubes.position.tolist() == POINTS[[2, 1, 0, 3, 4, 1, 3]].tolist()
    assert tubes.width == pytest.approx(0.1)


def test_widths_colours_and_opacities_by_fields(tmp_path):
    source = written(tmp_path)
    tubes = tubes_of(
        source,
        width={"by": "heat", "range": [0, 4], "size": [0.1, 0.5]},
        color={"by": "id", "colormap": ["red", "blue"]},
        opacity={"by": "heat", "range": [0, 4]},
    )
    assert tubes.width == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert tubes.colors[:, :3].tolist() == [[255, 0, 0]] * 3 + [[0, 0, 255]] * 2
    assert tubes.colors[:, 3].tolist() == [0, 64, 128, 191, 255]
    assert tubes_of(source).width == pytest.approx(np.sqrt(5) / 300)


def test_a_point_that_is_not_finite_ends_a_line():
    points = np.array([[0, 0, 0], [1, 0, 0], [np.nan, 0, 0], [2, 0, 0], [3, 0, 0], [4, 0, 0]], float)
    mesh = Mesh(points, {}, Cells(np.array([0, 5, 7]), np.array([0, 1, 2, 3, 4, 4, 5])))
    layer = build(Lines, {"kind": "lines", "data": "mesh", "width": 1})
    (tubes,) = layer.props(mesh)
    assert tubes.position[:, 0].tolist() == [0, 1, 2, 3, 3, 4]
    assert tubes.offsets.tolist() == [0, 2, 4, 6]


def test_near_gives_the_surface_of_the_tube():
    mesh = Mesh(POINTS, {}, Cells(np.array([0, 3, 5]), np.arange(5)))
    layer = build(Lines, {"kind": "lines", "data": "mesh", "width": 0.2})
    near = layer.near(mesh, np.array([0.3, -0.5, 0.0]), 0.45)
    assert near == pytest.approx(np.array([[0.3, -0.1, 0.0]]))
    assert len(layer.near(mesh, np.array([0.3, -0.5, 0.5]), 0.3)) == 0
    assert layer.near(mesh, np.array([0.3, 0.05, 0.0]), 0.15) == pytest.approx(np.array([[0.3, 0.05, 0.0]]))


def test_lines_need_lines(tmp_path):
    pyvista.Plane().save(tmp_path / "plane.vtp")
    source = build(MeshData, {"kind": "mesh", "file": "plane.vtp"}).open(tmp_path)
    with pytest.raises(InputError, match=r"no lines in .mesh.; .* surface"):
        tubes_of(source)


def scene(folder, layer=None, **data):
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"mesh": {"kind": "mesh", "file": "lines.vtp"} | data},
            "layers": [{"kind": "lines", "data": "mesh", "width": 0.2, "shade": False} | (layer or {})],
            "camera": {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
            "outputs": {"main": {"lens": "orthographic", "height": 4, "size": [160, 160]}},
        },
        folder=folder,
    )


def test_a_picture(tmp_path):
    written(tmp_path)
    seen = scene(tmp_path, {"color": "red"}).still(0.0)
    lit = seen[..., 0] / 255
    area = 2 * (2 * 0.2 + np.pi * 0.1**2) / (4 / 160) ** 2  # two lines with round ends
    assert lit.sum() == pytest.approx(area, rel=0.01)
    assert seen[..., 1:].max() == 0
    assert lit[76:84, 50:110].min() == 1
    assert lit[36:44, 50:110].min() == 1


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"width": -1}, "out of range"),
        ({"color": {"by": "heta"}}, "did you mean 'heat'"),
        ({"width": {"by": "heta"}}, "did you mean 'heat'"),
        ({"tapper": 1}, "unknown key 'tapper'"),
    ],
)
def test_mistakes(tmp_path, layer, said):
    written(tmp_path)
    with pytest.raises(SceneError, match=said):
        scene(tmp_path, layer).still(0.0)
