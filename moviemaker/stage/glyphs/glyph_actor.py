"""Glyphs, one for each particle: spheres as impostors, other shapes as instances of a mesh.

A mesh that eyes of ODS see bent has to be in pieces, and a round one needs more sides the larger it is in the picture.
So each shape has several meshes, ever finer, and each glyph takes the coarsest one that is fine enough for its size and
distance. A view draws only the glyphs that it sees.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkMapper, vtkPolyDataMapper
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

from moviemaker.core.camera import Frustum, View
from moviemaker.core.props import Fog, Glyphs
from moviemaker.stage.glyphs.glyph_meshes import LEVELS, LONGEST_EDGE, REACH, ROUND, glyph_mesh
from moviemaker.stage.ods.culling import VisibilityCache, seen_in
from moviemaker.stage.ods.edge_limits import EdgeLimits
from moviemaker.stage.ods.shaders import bend_instances, bend_spheres, bend_surface
from moviemaker.stage.shading.lighting import Lighting
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.window.arrays import shared_array
from moviemaker.stage.window.shader_snippets import smooth_silhouettes

ROUNDNESS = 0.15
"""How far the sides of round shapes may be from the circle, pixels."""


class GlyphActor:
    """One glyph per particle: spheres as impostors that are round to the pixel, other shapes as instances of a mesh."""

    def __init__(self, shape: str):
        self.shape = shape
        self.mapper = _glyph_mapper(shape)
        self.vtk = vtkActor()
        self.vtk.SetMapper(self.mapper)
        self.lighting = Lighting(self.vtk)
        # Otherwise the inside of a translucent arrow would be seen through its front.
        self.vtk.GetProperty().SetBackfaceCulling(shape in ROUND)
        if shape == "sphere":
            smooth_silhouettes(self.vtk)
            self._bending = bend_spheres(self.vtk)
        else:
            self._bending = bend_surface(self.vtk) if shape == "dot" else bend_instances(self.vtk)
        self._shown: Glyphs | None = None
        self._glyphs: Glyphs | None = None
        self._translucent = False
        self._drawn: tuple[np.ndarray, np.ndarray] | None = None
        self._visible = VisibilityCache()

    def update(self, prop: Glyphs, light: SceneLight) -> None:
        """Makes the actor draw glyphs."""
        last = self._shown
        arrays = ("position", "size", "colors", "direction")
        if last is None or any(getattr(last, name) is not getattr(prop, name) for name in arrays):
            self._glyphs = prop if self.shape == "dot" else _with_bounds(prop)
            self._drawn = None
            self._visible.forget()
        elif self._glyphs is not None and last.outline != prop.outline:
            self._glyphs = replace(self._glyphs, outline=prop.outline)
            self._visible.forget()
        self.lighting.set(prop.shade and self.shape != "dot", light, prop.material)
        # VTK heeds the opacity in colours only where it is told to.
        self._translucent = bool((prop.colors[:, 3] < 255).any())
        self.vtk.SetForceTranslucent(self._translucent)
        self.vtk.SetForceOpaque(not self._translucent)
        self._shown = prop
        if self._glyphs is not None and self._drawn is None:  # the bounds are known before any view
            self._draw(np.arange(len(self._glyphs.position)), None)

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        self.lighting.set_fog(fog)

    @property
    def dot_width(self) -> float:
        """The width of round dots in the picture, pixels; 0 of other glyphs."""
        dots = self.shape == "dot" and self._glyphs is not None and len(self._glyphs.size)
        return float(self._glyphs.size[0]) if dots and self._glyphs is not None else 0.0

    def face(self, view: View, projection: np.ndarray) -> None:
        """Chooses what is drawn for a view: the glyphs that it sees, each by a mesh that is fine enough.

        Translucent glyphs are drawn from the farthest to the nearest.
        """
        self._bending.set_view(view, projection)
        self.lighting.face(view, projection)
        if self._glyphs is None:
            return
        if self.dot_width:
            self.vtk.GetProperty().SetPointSize(self.dot_width * view.fineness)
        self._arrange(self._glyphs, view)

    def _arrange(self, glyphs: Glyphs, view: View) -> None:
        if self.shape == "dot":
            chosen = np.arange(len(glyphs.position))
        else:
            chosen = self._visible.of(view, lambda: self._seen(glyphs, view))
        if self._translucent:
            away = np.linalg.norm(glyphs.position[chosen] - view.position, axis=1)
            chosen = chosen[np.argsort(-away, kind="stable")]
        levels = _levels(_taken(glyphs, chosen), view) if self.shape in LONGEST_EDGE else None
        if levels is not None and self._translucent:
            # Meshes are drawn one after the other, so no glyph may have a finer one than those in front of it.
            levels = np.maximum.accumulate(levels)
        self._draw(chosen, levels)

    def _seen(self, glyphs: Glyphs, view: View) -> np.ndarray:
        """The numbers of the glyphs that a view sees, and of the two that hold the bounds."""
        reach = REACH[self.shape] * glyphs.size
        if glyphs.outline is not None:
            reach = reach + glyphs.outline.widths(view, glyphs.position)
        seen = seen_in(view, glyphs.position, reach)
        seen[-2:] = True
        return np.flatnonzero(seen)

    def _draw(self, chosen: np.ndarray, levels: np.ndarray | None) -> None:
        """Gives glyphs to the mapper, unless it has them."""
        assert self._glyphs is not None
        if levels is None:
            levels = np.zeros(len(chosen), np.uint8)
        if self._drawn is None or not all(map(np.array_equal, self._drawn, (chosen, levels))):
            self.mapper.SetInputData(self._points(_taken(self._glyphs, chosen), levels))
            self._drawn = (chosen, levels)

    def _points(self, prop: Glyphs, levels: np.ndarray) -> vtkPolyData:
        count = len(prop.position)
        points = vtkPoints()
        points.SetData(shared_array(prop.position.astype(np.float32)))
        points_data = vtkPolyData()
        points_data.SetPoints(points)
        cells = vtkCellArray()
        cells.SetData(1, shared_array(np.arange(count, dtype=np.int64)))
        points_data.SetVerts(cells)
        data = points_data.GetPointData()
        # A sphere's scale is its radius; meshes are one unit wide.
        scale = prop.size / 2 if self.shape == "sphere" else prop.size
        data.AddArray(shared_array(scale.astype(np.float32), "scale"))
        data.SetScalars(shared_array(prop.colors, "colors"))
        if self.shape in LONGEST_EDGE:
            data.AddArray(shared_array(levels, "level"))
        if prop.direction is not None:
            data.AddArray(shared_array(prop.direction.astype(np.float32), "direction"))
        return points_data


def _levels(prop: Glyphs, view: View) -> np.ndarray | None:
    """The level of the mesh that each glyph needs: (n,) uint8; None: the coarsest is fine enough for all."""
    limits = EdgeLimits.of(view)
    if limits is None and prop.shape not in ROUND:
        return None
    sides, pieces = np.array(LEVELS[prop.shape]).T
    level = np.zeros(len(prop.position), np.intp)
    if limits is not None:
        longest = limits.longest(prop.position, REACH[prop.shape] * prop.size)
        level = np.searchsorted(pieces, LONGEST_EDGE[prop.shape] * prop.size / longest)
    if prop.shape in ROUND:
        level = np.maximum(level, np.searchsorted(sides, _sides(prop, view)))
    return np.minimum(level, len(sides) - 1).astype(np.uint8)


def _sides(prop: Glyphs, view: View) -> np.ndarray:
    """Numbers of sides (n,) that round shapes need."""
    seen = view.projection
    if isinstance(seen, Frustum):
        away = np.linalg.norm(prop.position - view.position, axis=1) - REACH[prop.shape] * prop.size
        pixel = (seen.right - seen.left) / view.size[0] * np.maximum(away, 1e-3 * prop.size)
    else:
        pixel = np.full(len(prop.position), seen.height / view.size[1])
    # The circle lies half-way between corners and middles of n sides, 1 / cos(pi / n) apart.
    off = ROUNDNESS * pixel / np.maximum(ROUND[prop.shape] * prop.size, 1e-30)
    sides: np.ndarray = np.pi / np.arccos((1 - np.minimum(off, 0.5)) / (1 + np.minimum(off, 0.5)))
    return sides


def _taken(prop: Glyphs, chosen: np.ndarray) -> Glyphs:
    """Some of the glyphs."""
    direction = None if prop.direction is None else prop.direction[chosen]
    return replace(
        prop,
        position=prop.position[chosen],
        size=prop.size[chosen],
        colors=prop.colors[chosen],
        direction=direction,
    )


def _with_bounds(prop: Glyphs) -> Glyphs:
    """The glyphs, and two of size 0 in the corners of their box, which keep the bounds whichever glyphs are drawn."""
    if not len(prop.position):
        return prop
    reach = REACH[prop.shape] * prop.size[:, None]
    corners = [(prop.position - reach).min(axis=0), (prop.position + reach).max(axis=0)]
    return replace(
        prop,
        position=np.vstack([prop.position, corners]),
        size=np.append(prop.size, [0.0, 0.0]),
        colors=np.vstack([prop.colors, np.zeros((2, 4), np.uint8)]),
        direction=None if prop.direction is None else np.vstack([prop.direction, [[1, 0, 0], [1, 0, 0]]]),
    )


def _glyph_mapper(shape: str) -> vtkMapper:
    mapper: vtkMapper
    if shape == "sphere":
        mapper = vtkOpenGLSphereMapper()
        mapper.SetScaleArray("scale")
    elif shape == "dot":
        mapper = vtkPolyDataMapper()
    else:
        mapper = vtkGlyph3DMapper()
        mapper.SetSourceIndexing(True)
        mapper.SetSourceIndexArray("level")
        for level in range(len(LEVELS[shape])):
            mapper.SetSourceData(level, glyph_mesh(shape, level))
        mapper.SetScaleArray("scale")
        mapper.SetScaleModeToScaleByMagnitude()
        mapper.SetOrient(shape in ROUND)
        mapper.SetOrientationModeToDirection()
        mapper.SetOrientationArray("direction")
    mapper.SetColorModeToDirectScalars()
    return mapper
