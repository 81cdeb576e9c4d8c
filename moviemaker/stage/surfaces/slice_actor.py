"""Slices: flat polygons with samples on them, coloured for each pixel, so that bands of colour stay sharp."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkTexture

from moviemaker.core.props import Slice
from moviemaker.core.props.coverage import coverage
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.surfaces.colored_mesh import MeshActor, triangles_through
from moviemaker.stage.surfaces.image_textures import plane_texture
from moviemaker.stage.window.arrays import shared_array

# The second channel is the known part of a sample: unknown samples must not bleed into known ones. The third one is how
# far a sample lies inside of what is known.
_COLORED = """
  vec3 sampled = texture(samples, tcoordVCVSOutput).rgb;
  float steps = float(textureSize(palette, 0).x);
  float entry = (0.5 + clamp(sampled.r / max(sampled.g, 1e-6), 0.0, 1.0) * (steps - 1.0)) / steps;
  gl_FragData[0] *= vec4(texture(palette, vec2(entry, 0.5)).rgb, step(0.0, sampled.b));
"""


class SliceActor(MeshActor):
    """A polygon whose texture holds samples."""

    def __init__(self) -> None:
        super().__init__()
        self._plain((1.0, 1.0, 1.0))
        self.vtk.GetShaderProperty().AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, _COLORED, False)
        self._shown: Slice | None = None

    def update(self, prop: Slice, light: SceneLight) -> None:
        """Makes the actor draw a slice."""
        last = self._shown
        same_samples = last is not None and last.values is prop.values
        if last is None or not same_samples or not last.palette.same(prop.palette):
            self._load(prop, same_table=last is not None and last.palette.table is prop.palette.table)
        if last is None or last.corners is not prop.corners or last.coordinates is not prop.coordinates:
            self._hang(_polygon(prop))
        self._light(prop.shade, light, prop.opacity)
        self._shown = prop

    def _load(self, prop: Slice, same_table: bool) -> None:
        places = prop.palette.places(prop.values)
        known = np.isfinite(places)
        texels = np.zeros((*places.shape, 3), np.float32)  # VTK would take two channels for grey and opacity
        texels[..., 0], texels[..., 1] = np.where(known, places, 0), known
        texels[..., 2] = _depths(known, prop.inside)
        self._lay("samples", plane_texture(texels, smooth=not prop.nearest))
        if not same_table:
            self._lay("palette", plane_texture(np.rint(255 * prop.palette.table[None]).astype(np.uint8), smooth=False))

    def _lay(self, name: str, texture: vtkTexture) -> None:
        self.vtk.GetProperty().RemoveTexture(name)
        self.vtk.GetProperty().SetTexture(name, texture)


def _depths(known: np.ndarray, inside: np.ndarray | None) -> np.ndarray:
    """How far samples lie inside of what is known, negative outside."""
    if not known.any():
        return np.full(known.shape, -1.0, np.float32)
    if inside is None:
        return np.ones(known.shape, np.float32) if known.all() else coverage(known)
    gaps = ~known & (inside > 0)
    return np.minimum(inside, coverage(~gaps)) if gaps.any() else inside


def _polygon(prop: Slice) -> vtkPolyData:
    """The triangles between the corners, with normals and texture coordinates."""
    count = len(prop.corners)
    if count < 3:
        return vtkPolyData()
    fan = np.array([(0, index, index + 1) for index in range(1, count - 1)])
    mesh = triangles_through(prop.corners, fan)
    rows, columns = prop.values.shape
    coordinates = (prop.coordinates + 0.5) / (columns, rows)  # samples are in the middles of texels
    mesh.GetPointData().SetTCoords(shared_array(coordinates.astype(np.float32), "coordinates"))
    edges = prop.corners - prop.corners[0]
    areas = np.cross(edges[1:-1], edges[2:]).sum(axis=0)
    normal = areas / max(float(np.linalg.norm(areas)), 1e-300)
    mesh.GetPointData().SetNormals(shared_array(np.tile(normal, (count, 1)).astype(np.float32), "normals"))
    return mesh
