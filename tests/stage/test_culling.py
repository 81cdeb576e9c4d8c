"""Culling: what a view does not see is not drawn, and the picture stays the same."""

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, Parallel, View
from moviemaker.core.props import Glyphs, Light
from moviemaker.stage.glyphs import glyph_actor
from moviemaker.stage.ods.culling import REMEMBERED, VisibilityCache, seen_in
from moviemaker.stage.stage import Stage

LIGHTS = (Light("ambient", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 1.0),)
FORWARD, UP = np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.0, 1.0])
EDGES = Frustum(-0.9, 0.7, -0.5, 0.6)
VIEW = View(np.array([0.1, -0.2, 0.3]), FORWARD, UP, EDGES, (160, 110))
VIEWS = {
    "perspective": VIEW,
    "parallel": replace(VIEW, projection=Parallel(1.7)),
    "ods": replace(VIEW, ods=Ods(0.5, UP, (np.radians(60), np.radians(75)))),
}


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    yield stage
    stage.close()


def scattered(shape: str, count: int = 400) -> Glyphs:
    random = np.random.default_rng(5)
    position = VIEW.position + random.uniform(-3, 3, (count, 3))
    colors = random.integers(60, 256, (count, 4), dtype=np.uint8)
    colors[:, 3] = 255
    return Glyphs(shape, position, random.uniform(0.01, 0.6, count), colors, shade=False)


def touches(view: View, center: np.ndarray, radius: float) -> np.ndarray:
    """Whether any of many points on each sphere falls into the picture."""
    ways = np.random.default_rng(0).normal(size=(400, 3))
    points = center[:, None] + radius * ways / np.linalg.norm(ways, axis=1, keepdims=True) - view.position
    x, y, z = (points @ axis for axis in (np.cross(view.forward, view.up), view.up, view.forward))
    if isinstance(view.projection, Parallel):
        half = view.projection.height / 2
        return ((abs(x) < half * view.size[0] / view.size[1]) & (abs(y) < half)).any(axis=1)
    seen = (x > EDGES.left * z) & (x < EDGES.right * z) & (y > EDGES.bottom * z) & (y < EDGES.top * z) & (z > 0)
    return seen.any(axis=1)


@pytest.mark.parametrize("view", [VIEWS["perspective"], VIEWS["parallel"]], ids=["perspective", "parallel"])
def test_everything_in_the_picture_is_kept_and_little_else(view):
    center = VIEW.position + np.random.default_rng(1).uniform(-4, 4, (2000, 3))
    seen, there = seen_in(view, center, 0.3), touches(view, center, 0.3)
    assert there.sum() > 100
    assert seen[there].all()
    assert (seen & ~there).sum() < 0.06 * len(center)  # at edges and corners, and between the points tried


@pytest.mark.parametrize("shape", ["sphere", "cube", "diamond"])
@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_culling_changes_no_picture(stage, monkeypatch, shape, view):
    stage.hang([scattered(shape)], LIGHTS)
    made = stage.photograph(view, (0, 0, 0))
    drawn = stage._actors[0].mapper.GetInput().GetNumberOfPoints()
    monkeypatch.setattr(glyph_actor, "seen_in", lambda view, center, reach: np.ones(len(center), bool))
    stage.hang([scattered(shape)], LIGHTS)
    whole = stage.photograph(view, (0, 0, 0))
    assert stage._actors[0].mapper.GetInput().GetNumberOfPoints() == 402  # two of them hold the bounds
    assert drawn < 250
    assert (made > 0).mean() > 0.2
    np.testing.assert_array_equal(made, whole)


def test_both_eyes_share_what_they_see_and_other_views_do_not():
    eyes = VIEWS["ods"], replace(VIEWS["ods"], ods=Ods(-0.5, UP, (np.radians(60), np.radians(75))))
    others = [
        replace(VIEW, position=VIEW.position + 1e-9),
        replace(VIEW, forward=-FORWARD),
        replace(VIEW, projection=replace(EDGES, left=-0.91)),
        replace(VIEW, projection=Parallel(1.7)),
        VIEWS["ods"],
    ]
    assert len(others) < REMEMBERED
    cache = VisibilityCache()
    assert cache.of(eyes[0], lambda: np.array([1])) is cache.of(eyes[1], lambda: np.array([2]))
    cache.forget()
    for number, view in enumerate([VIEW, *others]):
        assert cache.of(view, lambda number=number: np.array([number])) == number
    assert cache.of(VIEW, lambda: np.array([9])) == 0
