"""Marks, one for each particle: spheres as impostors, the others as instances of a mesh.

Where eyes of ODS see a mesh bent it has to be in pieces, so there are several meshes of each shape, with ever more
pieces; each mark takes the coarsest one that is fine enough for its size and distance.
"""

from __future__ import annotations

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
from moviemaker.stage.fineness import Fineness
from moviemaker.stage.ods import bend_spheres, bend_surface, look_at_surface
from moviemaker.stage.shaders import light_surface, smooth_silhouettes, tint_ambient

LEVELS = 7
"""Meshes of a shape: of level k each edge is in 2^k pieces."""

_SHAPES = {"cube": (np.sqrt(3) / 2, np.sqrt(2)), "diamond": (0.5, np.sqrt(0.5))}
"""Of a shape one unit wide the distance of its farthest corner from the middle, and its longest edge."""


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
            bend_spheres(self.vtk)
        else:
            bend_surface(self.vtk, instances=shape != "dot")
        self._shown: Glyphs | None = None
        self._translucent = False
        self._arranged: tuple[object, ...] | None = None
        self._levels: np.ndarray | None = None

    def show(self, prop: Glyphs, ambient: Light | None) -> None:
        """Makes the actor show marks."""
        last = self._shown
        arrays = ("position", "size", "colors")
        if last is None or any(getattr(last, name) is not getattr(prop, name) for name in arrays):
            self.mapper.SetInputData(self._cloud(prop))
            self._arranged = self._levels = None
        light_surface(self.vtk, prop.shade and self.shape != "dot", ambient)
        # Colours carry opacity of their own, which VTK looks for only where it is told to.
        self._translucent = bool((prop.colors[:, 3] < 255).any())
        self.vtk.SetForceTranslucent(self._translucent)
        self.vtk.SetForceOpaque(not self._translucent)
        self._shown = prop

    def face(self, view: View, projection: np.ndarray) -> None:
        """Tells the marks where the eye is.

        Each takes a mesh that is fine enough. Translucent ones are drawn from the farthest to the nearest, so that each
        veils what is behind it.
        """
        look_at_surface(self.vtk, view, projection)
        if self.shape == "dot" and self._shown is not None and len(self._shown.size):
            self.vtk.GetProperty().SetPointSize(float(self._shown.size[0]) * view.fineness)
        fineness = Fineness.of(view) if self.shape in _SHAPES else None
        place = (view.position.tolist(), fineness)
        if self._shown is not None and self._arranged != place:
            self._arrange(self._shown, view.position, fineness)
            self._arranged = place

    def _arrange(self, shown: Glyphs, camera: np.ndarray, fineness: Fineness | None) -> None:
        levels = None if fineness is None else _levels(shown, fineness)
        if self._translucent:
            order = np.argsort(-np.linalg.norm(shown.position - camera, axis=1), kind="stable")
            parts = {name: getattr(shown, name)[order] for name in ("position", "size", "colors")}
            if levels is not None:
                # Meshes are drawn one after the other, so none may be finer than the mesh of a mark in front of it.
                levels = np.maximum.accumulate(levels[order])
            self.mapper.SetInputData(self._cloud(replace(shown, **parts), levels))
        elif levels is None or not levels.any():
            if self._levels is not None:
                self.mapper.SetInputData(self._cloud(shown))
            levels = None
        elif self._levels is None or (levels != self._levels).any():
            self.mapper.SetInputData(self._cloud(shown, levels))
        self._levels = levels

    def _cloud(self, prop: Glyphs, levels: np.ndarray | None = None) -> vtkPolyData:
        if self.shape == "sphere":
            prop = _with_bounds(prop)
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
        if self.shape in _SHAPES:
            data.AddArray(shared_array(np.zeros(count, np.uint8) if levels is None else levels, "level"))
        return cloud


def _levels(prop: Glyphs, fineness: Fineness) -> np.ndarray:
    """The level of the mesh that each mark needs: (n,) uint8."""
    reach, edge = _SHAPES[prop.shape]
    pieces = edge * prop.size / fineness.longest(prop.position, reach * prop.size)
    levels: np.ndarray = np.clip(np.ceil(np.log2(np.maximum(pieces, 1.0))), 0, LEVELS - 1).astype(np.uint8)
    return levels


def _with_bounds(prop: Glyphs) -> Glyphs:
    """Spheres and two more without a size, in the corners of their box, of which VTK knows the centres only."""
    if not len(prop.position):
        return prop
    radius = prop.size[:, None] / 2
    corners = [(prop.position - radius).min(axis=0), (prop.position + radius).max(axis=0)]
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
