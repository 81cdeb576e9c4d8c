"""The outline of what another actor draws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper

from moviemaker.core.camera import Frustum, View
from moviemaker.core.props import Fog, Glyphs, Isosurface, Outline, Prop, Surface, Tubes
from moviemaker.stage.glyphs.glyph_actor import GlyphActor
from moviemaker.stage.glyphs.tube_actor import TubeActor
from moviemaker.stage.ods.subdivision import SplitMesh
from moviemaker.stage.outlines.hull import hull_of
from moviemaker.stage.outlines.shaders import BEHIND, COLOR, OPAQUE_COLOR, outline_meshes, outline_spheres
from moviemaker.stage.shading.lighting import Lighting
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.surfaces.colored_mesh import MeshActor
from moviemaker.stage.window.shader_snippets import smooth_silhouettes

Body = GlyphActor | TubeActor | MeshActor
"""An actor that may have an outline."""


@dataclass(frozen=True, eq=False)
class Outlined:
    """The outline of a prop, as an item of the stage, which stands behind that of the prop itself."""

    prop: Prop
    outline: Outline


def outline_of(prop: object) -> Outlined | None:
    """The outline of an item of the stage; None: it has none.

    What is translucent would show the whole shape that its outline is drawn with, and has none either.
    """
    outline = prop.outline if isinstance(prop, Prop) else None
    if outline is None or outline.width == 0:
        return None
    assert isinstance(prop, Prop)
    if isinstance(prop, Glyphs):
        there = prop.shape == "sphere"
    elif isinstance(prop, Surface):
        clear = (prop.colors is not None and bool((prop.colors[:, 3] < 255).any())) or (
            prop.picture is not None and prop.picture.shape[2] == 4
        )
        there = prop.opacity == 1 and not prop.wireframe and not clear
    elif isinstance(prop, Isosurface):
        there = prop.opacity == 1 and all(opacity == 1 for opacity in prop.opacities)
    else:
        there = isinstance(prop, Tubes)
    return Outlined(prop, outline) if there else None


class OutlineActor:
    """Draws the outline of what another actor draws, which has to be updated and to face a view before.

    Args:
        body: the other actor.
    """

    def __init__(self, body: Body) -> None:
        self.body = body
        self.vtk = vtkActor()
        self._spheres = isinstance(body, GlyphActor)
        self.mapper = vtkOpenGLSphereMapper() if self._spheres else vtkPolyDataMapper()
        if isinstance(self.mapper, vtkOpenGLSphereMapper):
            self.mapper.SetScaleArray("scale")
        if isinstance(body, MeshActor):
            self.mapper.ScalarVisibilityOff()
        else:
            self.mapper.SetColorModeToDirectScalars()
        self.vtk.SetMapper(self.mapper)
        self.vtk.ForceOpaqueOn()
        self.lighting = Lighting(self.vtk)
        self.lighting.shader.add("outline", COLOR if isinstance(body, MeshActor) else OPAQUE_COLOR)
        if self._spheres:
            smooth_silhouettes(self.vtk)
            self._bending = outline_spheres(self.vtk)
        else:
            self.vtk.GetProperty().FrontfaceCullingOn()
            self._bending = outline_meshes(self.vtk)
        self._clip = vtkMatrix4x4()
        self._outline = Outline(0.0, (0.0, 0.0, 0.0))
        self._source: tuple[object, ...] = ()
        self._hull = SplitMesh(vtkPolyData())

    def update(self, item: Outlined, light: SceneLight) -> None:
        """Takes the shape of the body as it is now."""
        self._outline = item.outline
        self.lighting.set(False, light)
        self.lighting.shader.uniforms.SetUniform3f("outlineColor", list(item.outline.color))
        if isinstance(self.body, MeshActor):
            whole = self.body.whole
            source = (whole.GetPoints(), whole.GetPolys())
            if len(self._source) != 2 or any(new is not old for new, old in zip(source, self._source, strict=True)):
                self._hull, self._source = SplitMesh(hull_of(whole)), source
                self.mapper.SetInputData(self._hull.whole)  # the bounds are known before any view
        else:
            self.mapper.SetInputData(self.body.mapper.GetInput())

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        self.lighting.set_fog(fog)

    def face(self, view: View, projection: np.ndarray) -> None:
        """Draws what the body draws in a view."""
        mesh = self._hull.seen_in(view) if isinstance(self.body, MeshActor) else self.body.mapper.GetInput()
        if mesh is not self.mapper.GetInput():
            self.mapper.SetInputData(mesh)
        self._bending.set_view(view, projection)
        self.lighting.face(view, projection)
        flat = not isinstance(view.projection, Frustum)
        width = float(self._outline.widths(view, np.zeros((1, 3)))[0]) if flat else self._outline.width
        uniforms = self.vtk.GetShaderProperty().GetVertexCustomUniforms()
        if self._spheres:
            turn = [1.0, 0.0, width] if flat else [math.cos(width), math.sin(width), 0.0]
            uniforms.SetUniform3f("outlineTurn", turn)
        else:
            self._clip.DeepCopy(projection.T.ravel().tolist())  # VTK hands matrices to shaders column by column
            uniforms.SetUniformMatrix("outlineClip", self._clip)
            uniforms.SetUniform3f("outlineWide", [width, BEHIND, float(flat)])
