"""Outlines: where there are lines and where there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy

from moviemaker.core.camera import Frustum, View
from moviemaker.core.fields import Cells
from moviemaker.core.props import Fog, Glyphs, Outline, Prop, Surface, Tubes
from moviemaker.stage.outlines.hull import hull_of
from moviemaker.stage.stage import Stage
from moviemaker.stage.surfaces.colored_mesh import triangles_through

AHEAD = np.array([0, 0, -1.0])
VIEW = View(np.zeros(3), AHEAD, np.array([0, 1.0, 0]), Frustum(-0.2, 0.2, -0.2, 0.2), (160, 160))
PIXEL = 0.4 / 160
LINE = Outline(4 * PIXEL, (0.0, 0.0, 0.0))
WHITE = np.full((8, 4), 255, np.uint8)


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    yield made
    made.close()


def shown(stage: Stage, *props: Prop, fog: Fog | None = None) -> np.ndarray:
    """The picture before white, of one channel."""
    stage.hang(props, [], None, fog)
    return stage.photograph(VIEW, (1, 1, 1))[..., 0]


def balls(*places: tuple[float, float, float], size: float = 1.0, outline: Outline | None = LINE) -> Glyphs:
    count = len(places)
    return Glyphs("sphere", np.array(places, float), np.full(count, size), WHITE[:count], False, outline=outline)


def box(low: tuple[float, ...], high: tuple[float, ...], **keys: object) -> Surface:
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    faces = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    mesh = Surface(corners, Cells(np.arange(0, 25, 4), faces.ravel()), (1, 1, 1), 1.0, False, outline=LINE)
    return replace(mesh, **keys)  # type: ignore[arg-type]


def test_bodies_that_overlap_have_one_line_around_them_and_none_where_they_meet(stage):
    picture = shown(stage, balls((-0.35, 0, -10), (0.35, 0, -10.2)))
    assert picture[80].min() == 0  # around both
    assert picture[80, 60:100].min() >= 254


def test_a_body_far_in_front_of_another_has_a_line_across_it(stage):
    picture = shown(stage, balls((0, 0, -10), size=0.8), balls((0, 0, -14), size=6.0))
    assert picture[80, 80] == 255
    row = picture[80, 50:110]
    assert row.min() == 0
    assert (np.diff((row < 128).astype(int)) == 1).sum() == 2


@pytest.mark.parametrize("kind", ["tube", "box", "sheet"])
def test_a_line_is_as_wide_beside_edges_and_borders(stage, kind):
    props: dict[str, Prop] = {
        "tube": Tubes(np.array([[0, -2, -10], [0, 2, -10.0]]), np.array([0, 2]), np.full(2, 1.0), WHITE[:2], False),
        "box": box((-0.5, -9, -12), (0.5, 9, -10)),
        "sheet": box((-0.5, -9, -10), (0.5, 9, -10), polys=Cells(np.array([0, 4]), np.array([1, 5, 7, 3]))),
    }
    dark = 1 - shown(stage, replace(props[kind], outline=LINE))[80] / 255
    assert (dark[:80].sum(), dark[80:].sum()) == pytest.approx((4, 4), rel=0.15)


def test_a_line_has_its_colour_and_no_light_and_is_in_the_fog(stage):
    red = Outline(0.05, (1.0, 0.0, 0.0))
    ball = replace(balls((0, 0, -10), outline=red), shade=True)
    stage.hang([ball], [], None, None)
    row = stage.photograph(VIEW, (1, 1, 1))[80]
    assert (row[50] == [255, 0, 0]).all()
    assert row[80].max() == 0  # without any light
    stage.hang([ball], [], None, Fog(5, 8, (0.0, 0.0, 1.0), 1.0, (0, 0, 0)))
    assert (stage.photograph(VIEW, (1, 1, 1))[80, 50] == [0, 0, 255]).all()


def test_what_is_translucent_has_no_outline(stage):
    clear = balls((0, 0, -10))
    colors = clear.colors.copy()
    colors[:, 3] = 128
    assert shown(stage, replace(clear, colors=colors)).min() == 255
    assert shown(stage, box((-0.5, -0.5, -11), (0.5, 0.5, -10), opacity=0.5)).min() == 255


def test_an_outline_comes_and_goes_with_the_same_body(stage):
    ball = balls((0, 0, -10))
    assert shown(stage, ball).min() == 0
    assert shown(stage, replace(ball, outline=None)).min() == 255
    assert shown(stage, replace(ball, outline=replace(LINE, width=0.02))).min() == 0


def test_what_is_inside_out_is_turned():
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    outside = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    both = np.concatenate([outside, outside[:, ::-1] + 4])
    hull = hull_of(triangles_through(np.concatenate([corners, corners + 5]), both))
    normals = vtk_to_numpy(hull.GetPointData().GetNormals())[:8]
    away = np.concatenate([corners - 0.25, corners - 0.25])
    assert (np.einsum("ij,ij->i", normals, away) > 0).all()
