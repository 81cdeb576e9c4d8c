"""A volume in the renderer's memory: its samples, its transfer function, and where it is empty."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkUniforms
from vtkmodules.vtkRenderingOpenGL2 import vtkTextureObject

from moviemaker.core.fields import world_from_index
from moviemaker.core.props import Volume
from moviemaker.core.props.coverage import REACH, edge_of
from moviemaker.stage.volumes.clipping import Cuts, set_cuts
from moviemaker.stage.volumes.empty_space import (
    BLOCK,
    Blocks,
    blocks_of,
    skip_distances,
    typical_change,
    visible_blocks,
)
from moviemaker.stage.volumes.gradients import with_gradients, with_normals
from moviemaker.stage.volumes.shader_variant import VolumeFeatures
from moviemaker.stage.volumes.transfer_tables import Entry, Table, factors_of, table_of
from moviemaker.stage.window.arrays import filled, other_samples
from moviemaker.stage.window.textures import FULL, texture_of

SPARSE = 0.6
"""Empty-space skipping pays while at most this part of the blocks is visible."""


FOCUSED = 0.95
"""Nearly all light of a lamp goes on beyond this phase, and pictures show a hot spot."""


class FieldTextures:
    """The textures of one volume. Each is made again only when what it is made from has changed.

    Args:
        window: VTK's window.

    Attributes:
        features: what the shader is compiled for.
    """

    def __init__(self, window: vtkRenderWindow) -> None:
        self._window = window
        self._shown: Volume | None = None
        self._table: Table | None = None
        self._made_for: tuple[object, ...] = ()
        self._blocks: Blocks | None = None
        self._change = (1.0, 0.0)
        self._textures: dict[str, vtkTextureObject] = {}
        self.features = VolumeFeatures()

    @property
    def field(self) -> vtkTextureObject:
        """The texture of its samples."""
        return self._textures["field"]

    def update(self, prop: Volume, step: float, entry: Entry) -> None:
        """Takes another volume, for steps of a length in scene units and tables with a kind of entry."""
        last = self._shown
        fresh = last is None or _other(last, prop)
        if fresh:
            self._fill(prop)
        self._color(prop, step, entry, fresh)
        if prop.gradient and (last is None or last.gradient != prop.gradient):
            self._textures["factors"] = texture_of(self._window, factors_of(prop.gradient)[None])
        self.features = VolumeFeatures(
            skipping="skips" in self._textures,
            holes="known" in self._textures,
            lit=prop.shade,
            glossy=prop.shade and prop.specular > 0,
            scattering=prop.shade and prop.phase is not None,
            by_gradient=bool(prop.gradient),
            preintegrated=self._table is not None and len(self._table.rgba) > 1,
            cuts=Cuts.of(prop.clips),
        )
        self._shown = prop

    def _fill(self, prop: Volume) -> None:
        samples, known = _samples(prop)
        # The first coordinate of a texture is the axis that runs fastest; the shader takes either order.
        self._forward = samples.flags.c_contiguous
        samples = samples if self._forward else samples.T
        self._range = float(samples.min()), float(samples.max())
        for name in ("skips", "known"):
            self._textures.pop(name, None)
        seen = None
        inside = edge_of(known, prop.inside)
        if inside is not None:
            inside = inside if self._forward else inside.T
            codes = np.rint((inside / REACH + 1) * np.float32(32767.5)).astype(np.uint16)
            self._textures["known"] = texture_of(self._window, codes)
            seen = inside > -0.5  # what is drawn fades out over a sample
        self._blocks = blocks_of(samples, seen)
        self._slope = typical_change(self._blocks)
        labels = bool(prop.labels) or prop.nearest
        if _needs_gradients(prop):
            field = with_normals(samples) if labels else with_gradients(samples)
            (self._full, self._zero), self._change = field.sample, field.change
            self._textures["field"] = texture_of(self._window, field.stored, 4, not labels)
        else:
            stored, self._full, self._zero = (samples, FULL[samples.dtype], 0.0) if prop.labels else _stored(samples)
            self._textures["field"] = texture_of(self._window, stored, smooth=not labels)
        self._shape = samples.shape

    def _color(self, prop: Volume, step: float, entry: Entry, fresh: bool) -> None:
        transfer = prop.transfer
        colors = transfer.color_values.tobytes(), transfer.colors.tobytes()
        made_for = (transfer.opacities, *colors, prop.opacity, prop.unit_distance, step, min(prop.spacing), entry)
        if not fresh and self._made_for == made_for:
            return
        self._made_for = made_for
        self._table = table = table_of(prop, *self._range, step, entry, self._slope * step / min(prop.spacing))
        self._textures["table"] = texture_of(self._window, table.rgba, 4, smooth=False)
        self._textures.pop("skips", None)
        if entry is Entry.PLAIN or self._blocks is None:
            return
        visible = visible_blocks(self._blocks, table)
        if visible.mean() <= SPARSE:
            self._textures["skips"] = texture_of(self._window, skip_distances(visible), smooth=False)

    def load(self, program: vtkUniforms, index: int, camera: np.ndarray, step: float) -> None:
        """Sets the uniforms of a shader for the volume of that index, with places from the camera (3,)."""
        prop, table = self._shown, self._table
        assert prop is not None
        assert table is not None
        for name, texture in self._textures.items():
            texture.Activate()
            program.SetUniformi(f"{name}{index}", texture.GetTextureUnit())
        counts = np.array(self._shape[::-1], float)
        matrix = np.linalg.inv(world_from_index(prop.origin, prop.spacing, prop.direction))[:3]
        matrix = matrix[::-1] if self._forward else matrix  # index from place, in the order of the texture's axes
        seen_from = (matrix[:, :3] @ camera + matrix[:, 3] + 0.5) / counts
        rows = np.column_stack([matrix[:, :3] * (step / counts[:, None]), seen_from])
        for name, row in zip("str", rows.tolist(), strict=True):
            program.SetUniform4f(f"{name}{index}", row)
        program.SetUniform3f(f"low{index}", (0.5 / counts).tolist())
        program.SetUniform3f(f"high{index}", (1 - 0.5 / counts).tolist())
        program.SetUniform3f(f"blocks{index}", (counts / BLOCK).tolist())
        entry = [self._full * table.scale, (self._zero - table.low) * table.scale + 0.5]
        program.SetUniform2f(f"entry{index}", entry)
        program.SetUniformf(f"gloss{index}", prop.specular)
        program.SetUniformf(f"phase{index}", min(max(prop.phase or 0.0, -FOCUSED), FOCUSED))
        self._load_gradient(program, index, prop, matrix[:, :3])
        set_cuts(program, index, prop.clips, camera, step)

    def _load_gradient(self, program: vtkUniforms, index: int, prop: Volume, matrix: np.ndarray) -> None:
        """Sets what turns differences into gradients, in parts of the range of colours over the width of a voxel."""
        values = prop.transfer.color_values
        width = float(np.prod(prop.spacing)) ** (1 / 3)
        unit = 1.0 if prop.labels or prop.nearest else max(float(values[-1] - values[0]), 1e-30)
        scale, offset = self._change
        rows = matrix * (width / unit)
        for name, row in zip("str", (rows * scale).tolist(), strict=True):
            program.SetUniform3f(f"g{name}{index}", row)
        program.SetUniform3f(f"g{index}", (rows.sum(axis=0) * offset).tolist())
        if prop.gradient:
            first, last = prop.gradient[0][0], prop.gradient[-1][0]
            span = max(last - first, 1e-30)
            program.SetUniform2f(f"factor{index}", [unit / width / span, -first / span])

    def unload(self) -> None:
        """Frees the units that the textures were bound to."""
        for texture in self._textures.values():
            texture.Deactivate()


def _other(last: Volume, prop: Volume) -> bool:
    """Whether two volumes need other samples in the renderer's memory."""
    if other_samples(last, prop) or last.mask is not prop.mask or _needs_gradients(last) != _needs_gradients(prop):
        return True
    return any(getattr(last, name) != getattr(prop, name) for name in ("mask_values", "labels", "scale", "nearest"))


def _needs_gradients(prop: Volume) -> bool:
    """Whether a volume is drawn with gradients."""
    return prop.shade or bool(prop.gradient)


def _samples(prop: Volume) -> tuple[np.ndarray, np.ndarray | None]:
    """The samples of a volume on its scale, with holes filled, and where they are known; None: everywhere."""
    if prop.labels:
        samples, known = _numbered(prop.values, prop.labels), None
    else:
        samples, known = filled(prop.scale.of(prop.values))
    if prop.mask is not None:
        there = np.isin(prop.mask, prop.mask_values) if prop.mask_values else np.nan_to_num(prop.mask) != 0
        known = there if known is None else known & there
    return samples, known


def _numbered(values: np.ndarray, labels: tuple[float, ...]) -> np.ndarray:
    """The number of each sample's label, counted from 1; 0 for none of the labels."""
    order = np.argsort(labels)
    ascending = np.array(labels)[order]
    place = np.minimum(np.searchsorted(ascending, values), len(labels) - 1)
    numbers = (order + 1).astype(np.uint16 if len(labels) > 254 else np.uint8)
    return np.where(ascending[place] == values, numbers[place], numbers.dtype.type(0))


def _stored(samples: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Samples as a texture holds them, and (scale, offset) from the texture's values, 0 to 1, to samples."""
    if samples.dtype.kind == "f" or samples.dtype.itemsize > 2:
        return samples.astype(np.float32, copy=False), 1.0, 0.0
    if samples.dtype.itemsize == 1:
        # A renderer without a GPU interpolates bytes in bytes, which shows as terraces where colours change fast.
        samples = samples.astype(np.int16 if samples.dtype == np.int8 else np.uint16)
    zero = 0.0
    if samples.dtype == np.int16:
        samples, zero = samples.view(np.uint16) ^ np.uint16(1 << 15), -float(1 << 15)
    return samples, FULL[samples.dtype], zero
