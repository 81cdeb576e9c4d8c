"""Marks, one for each particle: spheres as impostors, the others as instances of a mesh.

Where eyes of ODS see a mesh bent it has to be in pieces, so there are several meshes of each shape, with ever more
pieces; each mark takes the coarsest one that is fine enough for its size and distance. A view is given only the marks
that it sees.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkPolyDataMapper
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

from moviemaker.core.camera import View
from moviemaker.core.props import Glyphs, Light
from moviemaker.stage.arrays import shared_array
from moviemaker.stage.culling import seen_in
from moviemaker.stage.fineness import Fineness
from moviemaker.stage.ods import bend_instances, bend_spheres, bend_surface
from moviemaker.stage.shaders import light_surface, smooth_silhouettes, tint_ambient

LEVELS = 7
"""Meshes of a shape: of level k each edge is in 2^k pieces."""

_REACH = {"sphere": 0.5, "cube": math.sqrt(3) / 2, "diamond": 0.5}
"""Of a shape one unit wide the distance of its farthest point from the middle."""

_LONGEST_EDGE = {"cube": math.sqrt(2), "diamond": math.sqrt(0.5)}
"""The longest edge of the mesh of a shape one unit wide."""


class GlyphActor:
    """One mark per particle: spheres as impostors that are round to the pixel, the others as instances of a mesh."""

    def __init__(self, shape: str):
        self.shape = shape
        self.mapper = _glyph_mapper(shape)
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        tint_ambient(self.vtk)
        if shape == "sphere":
            smooth_silhouettes(self.vtk)
            self._bending = bend_spheres(self.vtk)
        else:
            self._bending = bend_surface(self.vtk) if shape == "dot" else bend_instances(self.vtk)
        self._shown: Glyphs | None = None
        self._marks: Glyphs | None = None
        self._translucent = False
        self._drawn: tuple[np.ndarray, np.ndarray] | None = None

    def show(self, prop: Glyphs, ambient: Light | None) -> None:
        """Makes the actor show marks."""
        last = self._shown
        arrays = ("position", "size", "colors")
        if last is None or any(getattr(last, name) is not getattr(prop, name) for name in arrays):
            self._marks = prop if self.shape == "dot" else _with_bounds(prop)
            self._drawn = None
        light_surface(self.vtk, prop.shade and self.shape != "dot", ambient)
        # Colours carry opacity of their own, which VTK looks for only where it is told to.
        self._translucent = bool((prop.colors[:, 3] < 255).any())
        self.vtk.SetForceTranslucent(self._translucent)
        self.vtk.SetForceOpaque(not self._translucent)
        self._shown = prop
        if self._marks is not None and self._drawn is None:  # the size of the whole is known before any view
            self._draw(np.arange(len(self._marks.position)), None)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the marks where the eye is.

        Those are drawn that the view sees, each by a mesh that is fine enough. Translucent ones are drawn from the
        farthest to the nearest, so that each veils what is behind it.
        """
        self._bending.look(view, projection)
        if self._marks is None:
            return
        if self.shape == "dot" and len(self._marks.size):
            self.vtk.GetProperty().SetPointSize(float(self._marks.size[0]) * view.fineness)
        self._arrange(self._marks, view)

    def _arrange(self, marks: Glyphs, view: View) -> None:
        chosen = np.arange(len(marks.position)) if self.shape == "dot" else self._seen(marks, view)
        if self._translucent:
            away = np.linalg.norm(marks.position[chosen] - view.position, axis=1)
            chosen = chosen[np.argsort(-away, kind="stable")]
        fineness = Fineness.of(view) if self.shape in _LONGEST_EDGE else None
        levels = None if fineness is None else _levels(_taken(marks, chosen), fineness)
        if levels is not None and self._translucent:
            # Meshes are drawn one after the other, so none may be finer than the mesh of a mark in front of it.
            levels = np.maximum.accumulate(levels)
        self._draw(chosen, levels)

    def _seen(self, marks: Glyphs, view: View) -> np.ndarray:
        """The numbers of the marks that a view sees, and of the two that hold the bounds."""
        seen = seen_in(view, marks.position, _REACH[self.shape] * marks.size)
        seen[-2:] = True
        return np.flatnonzero(seen)

    def _draw(self, chosen: np.ndarray, levels: np.ndarray | None) -> None:
        """Hands marks to the mapper, unless it has them."""
        assert self._marks is not None
        if levels is None:
            levels = np.zeros(len(chosen), np.uint8)
        if self._drawn is None or not all(map(np.array_equal, self._drawn, (chosen, levels))):
            self.mapper.SetInputData(self._cloud(_taken(self._marks, chosen), levels))
            self._drawn = (chosen, levels)

    def _cloud(self, prop: Glyphs, levels: np.ndarray) -> vtkPolyData:
        count = len(prop.position)
        points = vtkPoints()
        points.SetData(shared_array(prop.position.astype(np.float32)))
        cloud = vtkPolyData()
        cloud.SetPoints(points)
        cells = vtkCellArray()
        cells.SetData(1, shared_array(np.arange(count, dtype=np.int64)))
        cloud.SetVerts(cells)
        data = cloud.GetPointData()
        # A sphere's scale is its radius; meshes are one unit wide.
        scale = prop.size / 2 if self.shape == "sphere" else prop.size
        data.AddArray(shared_array(scale.astype(np.float32), "scale"))
        data.SetScalars(shared_array(prop.colors, "colors"))
        if self.shape in _LONGEST_EDGE:
            data.AddArray(shared_array(levels, "level"))
        return cloud


def _levels(prop: Glyphs, fineness: Fineness) -> np.ndarray:
    """The level of the mesh that each mark needs: (n,) uint8."""
    pieces = _LONGEST_EDGE[prop.shape] * prop.size / fineness.longest(prop.position, _REACH[prop.shape] * prop.size)
    levels: np.ndarray = np.clip(np.ceil(np.log2(np.maximum(pieces, 1.0))), 0, LEVELS - 1).astype(np.uint8)
    return levels


def _taken(prop: Glyphs, chosen: np.ndarray) -> Glyphs:
    """Some of the marks."""
    return replace(prop, position=prop.position[chosen], size=prop.size[chosen], colors=prop.colors[chosen])


def _with_bounds(prop: Glyphs) -> Glyphs:
    """Marks and two more without a size, in the corners of their box: the bounds stay, whichever marks are drawn."""
    if not len(prop.position):
        return prop
    reach = _REACH[prop.shape] * prop.size[:, None]
    corners = [(prop.position - reach).min(axis=0), (prop.position + reach).max(axis=0)]
    return replace(
        prop,
        position=np.vstack([prop.position, corners]),
        size=np.append(prop.size, [0.0, 0.0]),
        colors=np.vstack([prop.colors, np.zeros((2, 4), np.uint8)]),
    )


def _glyph_mapper(shape: str) -> Any:
    mapper: Any
    if shape == "sphere":
        mapper = vtkOpenGLSphereMapper()
        mapper.SetScaleArray("scale")
    elif shape == "dot":
        mapper = vtkPolyDataMapper()
    else:
        mapper = vtkGlyph3DMapper()
        mapper.SetSourceIndexing(True)
        mapper.SetSourceIndexArray("level")
        for level in range(LEVELS):
            mapper.SetSourceData(level, _glyph_mesh(shape, 2**level))
        mapper.SetScaleArray("scale")
        mapper.SetScaleModeToScaleByMagnitude()
        mapper.OrientOff()
    mapper.SetColorModeToDirectScalars()
    return mapper


def _glyph_mesh(shape: str, pieces: int) -> vtkPolyData:
    """A mesh one unit wide, with the normals of its flat faces, and each edge in so many pieces."""
    triangles, normals = _split_evenly(_cube() if shape == "cube" else _diamond(), pieces)
    mesh = vtkPolyData()
    points = vtkPoints()
    points.SetData(shared_array(triangles.reshape(-1, 3).astype(np.float32)))
    mesh.SetPoints(points)
    cells = vtkCellArray()
    cells.SetData(3, shared_array(np.arange(triangles.shape[0] * 3, dtype=np.int64)))
    mesh.SetPolys(cells)
    mesh.GetPointData().SetNormals(shared_array(np.repeat(normals, 3, axis=0).astype(np.float32), "normals"))
    return mesh


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
    """Triangles (n, 3, 3) with each edge in so many pieces, (n * pieces^2, 3, 3), and their normals."""
    a, b = (triangles[:, 1:] - triangles[:, :1]).transpose(1, 0, 2) / pieces
    i, j = (index.ravel() for index in np.meshgrid(np.arange(pieces), np.arange(pieces)))
    upright = np.array([[0, 0], [1, 0], [0, 1]]) + np.stack([i, j], axis=1)[i + j < pieces][:, None]
    turned = np.array([[1, 1], [0, 1], [1, 0]]) + np.stack([i, j], axis=1)[i + j < pieces - 1][:, None]
    steps = np.concatenate([upright, turned])
    split = (
        triangles[:, None, None, 0]
        + steps[None, :, :, :1] * a[:, None, None]
        + steps[None, :, :, 1:] * b[:, None, None]
    )
    normals = np.cross(a, b)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return split.reshape(-1, 3, 3), np.repeat(normals, len(steps), axis=0)
