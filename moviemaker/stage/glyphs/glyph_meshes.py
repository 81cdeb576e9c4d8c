"""Meshes of glyphs, one unit wide or long, around the origin; arrows point along x.

Each shape has a mesh for every level. With the level, edges become shorter, for eyes of ODS that see them bent, and
round shapes get more sides, for glyphs that are large in the picture.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

from moviemaker.core.props.glyph_outlines import OUTLINES
from moviemaker.stage.window.arrays import shared_array

_FLAT_LEVELS = tuple((0, 1 << level) for level in range(7))
_ROUND_LEVELS = ((4, 1), (8, 1), (16, 1), (32, 2), (64, 4), (128, 8), (128, 16), (128, 32), (128, 64))

LEVELS = {"cube": _FLAT_LEVELS, "diamond": _FLAT_LEVELS, "arrow": _ROUND_LEVELS, "cone": _ROUND_LEVELS}
"""For each level the number of sides of round shapes, and of pieces that the longest edge is split into.

A renderer without a GPU takes half a microsecond for a triangle, so an arrow of a few pixels has few of them.
"""

ROUND = {shape: max(radius for _, radius in outline) for shape, outline in OUTLINES.items()}
"""The largest distance from the axis of round shapes, for a length of one."""

REACH = {
    "sphere": 0.5,
    "cube": math.sqrt(3) / 2,
    "diamond": 0.5,
    "arrow": math.hypot(0.5, 1.2 * OUTLINES["arrow"][1][1]),  # corners stand out beyond the circle
    "cone": math.hypot(0.5, 1.2 * OUTLINES["cone"][1][1]),
}
"""The distance of the farthest point from the middle, for a shape of size one."""

LONGEST_EDGE = {"cube": math.sqrt(2), "diamond": math.sqrt(0.5), "arrow": 0.67, "cone": 1.05}
"""The longest edge of the mesh at level 0, for a shape of size one."""


def glyph_mesh(shape: str, level: int) -> vtkPolyData:
    """The mesh of a shape, with normals: those of its flat faces, or smooth ones for round shapes."""
    sides, pieces = LEVELS[shape][level]
    if shape in ROUND:
        return _mesh(*_turned(OUTLINES[shape], sides, LONGEST_EDGE[shape] / pieces))
    triangles, normals = _split_evenly(_cube() if shape == "cube" else _diamond(), pieces)
    faces = np.arange(triangles.shape[0] * 3).reshape(-1, 3)
    return _mesh(triangles.reshape(-1, 3), np.repeat(normals, 3, axis=0), faces)


def _mesh(points: np.ndarray, normals: np.ndarray, faces: np.ndarray) -> vtkPolyData:
    mesh = vtkPolyData()
    places = vtkPoints()
    places.SetData(shared_array(points.astype(np.float32)))
    mesh.SetPoints(places)
    cells = vtkCellArray()
    cells.SetData(3, shared_array(faces.astype(np.int64).ravel()))
    mesh.SetPolys(cells)
    mesh.GetPointData().SetNormals(shared_array(normals.astype(np.float32), "normals"))
    return mesh


def _turned(
    profile: tuple[tuple[float, float], ...], sides: int, longest: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The surface of revolution of a profile about the x axis: points, normals and triangles.

    Triangles are counter-clockwise as seen from outside. Normals are not smoothed across corners of the profile. The
    circle lies half-way between the corners of the sides and their middles.
    """
    corners = 2 / (1 + math.cos(math.pi / sides))
    points, normals, faces = [], [], []
    first = 0
    across = 2 * corners * max(radius for _, radius in profile) * math.sin(math.pi / sides)
    for start, end in itertools.pairwise(profile):
        x, radius = (np.array([a, b]) for a, b in zip(start, end, strict=True))
        length = math.hypot(x[1] - x[0], radius[1] - radius[0])
        pieces = math.ceil(length / math.sqrt(longest**2 - across**2))
        along = np.linspace(0, 1, pieces + 1)[:, None]
        x, radius = x[0] + along * (x[1] - x[0]), radius[0] + along * (radius[1] - radius[0])
        # Every side has its own point at the tip, with the normal of the side's middle.
        angle = 2 * np.pi / sides * (np.arange(sides) + np.where(radius == 0, 0.5, 0.0))
        around = np.stack([np.zeros_like(angle), np.cos(angle), np.sin(angle)], axis=-1)
        points.append(np.array([1.0, 0, 0]) * (x[..., None] - 0.5) + corners * radius[..., None] * around)
        outward = (end[1] - start[1]) / length, (end[0] - start[0]) / length
        normals.append(np.array([-outward[0], 0, 0]) + outward[1] * around)
        here = first + np.arange((pieces + 1) * sides).reshape(pieces + 1, sides)
        first += here.size
        beside = np.roll(here, -1, axis=1)
        near = np.stack([here[:-1], beside[:-1], here[1:]], axis=-1)[radius[:-1, 0] > 0]
        far = np.stack([beside[:-1], beside[1:], here[1:]], axis=-1)[radius[1:, 0] > 0]
        faces += [near.reshape(-1, 3), far.reshape(-1, 3)]
    return (
        np.concatenate([part.reshape(-1, 3) for part in points]),
        np.concatenate([part.reshape(-1, 3) for part in normals]),
        np.concatenate(faces),
    )


def _diamond() -> np.ndarray:
    """The triangles (8, 3, 3) of an octahedron, counter-clockwise as seen from outside."""
    corners = 0.5 * np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = np.array([[i, (i + 1) % 4, 4] for i in range(4)] + [[(i + 1) % 4, i, 5] for i in range(4)])
    triangles: np.ndarray = corners[faces]
    return triangles


def _cube() -> np.ndarray:
    """The triangles (12, 3, 3) of a cube, counter-clockwise as seen from outside."""
    front = 0.5 * np.array([[[-1, -1, 1], [1, -1, 1], [1, 1, 1]], [[-1, -1, 1], [1, 1, 1], [-1, 1, 1]]])
    back = -front[:, ::-1]
    faces = [np.roll(side, turn, axis=2) for turn in range(3) for side in (front, back)]
    return np.concatenate(faces)


def _split_evenly(triangles: np.ndarray, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    """Triangles (n, 3, 3) with each edge split into some pieces: (n * pieces^2, 3, 3), and their normals."""
    a, b = (triangles[:, 1:] - triangles[:, :1]).transpose(1, 0, 2) / pieces
    i, j = (index.ravel() for index in np.meshgrid(np.arange(pieces), np.arange(pieces)))
    pointing_up = np.array([[0, 0], [1, 0], [0, 1]]) + np.stack([i, j], axis=1)[i + j < pieces][:, None]
    pointing_down = np.array([[1, 1], [0, 1], [1, 0]]) + np.stack([i, j], axis=1)[i + j < pieces - 1][:, None]
    steps = np.concatenate([pointing_up, pointing_down])
    split = (
        triangles[:, None, None, 0]
        + steps[None, :, :, :1] * a[:, None, None]
        + steps[None, :, :, 1:] * b[:, None, None]
    )
    normals = np.cross(a, b)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return split.reshape(-1, 3, 3), np.repeat(normals, len(steps), axis=0)
