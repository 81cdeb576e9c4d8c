"""A cloud in the memory of the renderer: its samples, what they look like, and where there is nothing to be seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from moviemaker.core.fields import world_from_index
from moviemaker.core.props import Volume
from moviemaker.stage.volumes.clipping import Cuts, set_cuts
from moviemaker.stage.volumes.empty_space import BLOCK, Blocks, blocks_of, leaps, typical_change, visible_blocks
from moviemaker.stage.volumes.gradients import Differences, differences_of, with_sides
from moviemaker.stage.volumes.shader_variant import Cloud
from moviemaker.stage.volumes.transfer_tables import Entry, Table, factors_of, table_of
from moviemaker.stage.window.arrays import filled, moved
from moviemaker.stage.window.textures import FULL, texture_of

SPARSE = 0.6
"""Asking pays as long as no more than this part of the blocks is visible."""


class CloudTextures:
    """The textures of one cloud. They are made anew only where what they are made from has changed.

    Args:
        window: of VTK.

    Attributes:
        cloud: what the shader has to know of it.
    """

    def __init__(self, window: Any) -> None:
        self._window = window
        self._shown: Volume | None = None
        self._table: Table | None = None
        self._looks: tuple[Any, ...] = ()
        self._blocks: Blocks | None = None
        self._change = (1.0, 0.0)
        self._textures: dict[str, Any] = {}
        self.cloud = Cloud()

    @property
    def field(self) -> Any:
        """The texture of its samples."""
        return self._textures["field"]

    def show(self, prop: Volume, step: float, entry: Entry) -> None:
        """Takes in a cloud, for steps of a length in scene units and with what its table has to hold."""
        last = self._shown
        fresh = last is None or _other(last, prop)
        if fresh:
            self._fill(prop)
        self._color(prop, step, entry, fresh)
        if prop.gradient and (last is None or last.gradient != prop.gradient):
            self._textures["factors"] = texture_of(self._window, factors_of(prop.gradient)[None])
        self.cloud = Cloud(
            leaping="leaps" in self._textures,
            holes="known" in self._textures,
            lit=prop.shade,
            glossy=prop.shade and prop.specular > 0,
            faded=bool(prop.gradient),
            summed=self._table is not None and len(self._table.rgba) > 1,
            cuts=Cuts.of(prop.clips),
        )
        self._shown = prop

    def _fill(self, prop: Volume) -> None:
        samples, known = _samples(prop)
        # The last axis runs fastest in a texture as in an array: which way round, the shader does not mind.
        self._forward = samples.flags.c_contiguous
        samples = samples if self._forward else samples.T
        self._range = float(samples.min()), float(samples.max())
        for name in ("leaps", "known"):
            self._textures.pop(name, None)
        if known is not None:
            known = known if self._forward else known.T
            self._textures["known"] = texture_of(self._window, known.astype(np.uint8) * 255)
        self._blocks = blocks_of(samples, known)
        self._slope = typical_change(self._blocks)
        if _steep(prop):
            steep = Differences(with_sides(samples), (1.0, 0.0), (1.0, 0.0)) if prop.labels else differences_of(samples)
            (self._full, self._zero), self._change = steep.sample, steep.change
            self._textures["field"] = texture_of(self._window, steep.stored, 4, not prop.labels)
        else:
            stored, self._full, self._zero = (samples, FULL[samples.dtype], 0.0) if prop.labels else _stored(samples)
            self._textures["field"] = texture_of(self._window, stored, smooth=not prop.labels)
        self._shape = samples.shape

    def _color(self, prop: Volume, step: float, entry: Entry, fresh: bool) -> None:
        transfer = prop.transfer
        colors = transfer.color_values.tobytes(), transfer.colors.tobytes()
        looks = (transfer.opacities, *colors, prop.opacity, prop.unit_distance, step, entry)
        if not fresh and self._looks == looks:
            return
        self._looks = looks
        self._table = table = table_of(prop, *self._range, step, entry, self._slope * step / min(prop.spacing))
        self._textures["table"] = texture_of(self._window, table.rgba, 4, smooth=False)
        self._textures.pop("leaps", None)
        if entry is Entry.PLAIN or self._blocks is None:
            return
        visible = visible_blocks(self._blocks, table)
        if visible.mean() <= SPARSE:
            self._textures["leaps"] = texture_of(self._window, leaps(visible), smooth=False)

    def load(self, program: Any, index: int, camera: np.ndarray, step: float) -> None:
        """Hands all to a shader, of whose clouds it is the one of that index, as seen from the camera (3,)."""
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
        self._load_gradient(program, index, prop, matrix[:, :3])
        set_cuts(program, index, prop.clips, camera, step)

    def _load_gradient(self, program: Any, index: int, prop: Volume, matrix: np.ndarray) -> None:
        """Gradients are measured in parts of the range of colours over the width of a voxel."""
        values = prop.transfer.color_values
        width = float(np.prod(prop.spacing)) ** (1 / 3)
        unit = 1.0 if prop.labels else max(float(values[-1] - values[0]), 1e-30)
        one, none = self._change
        rows = matrix * (width / unit)
        for name, row in zip("str", (rows * one).tolist(), strict=True):
            program.SetUniform3f(f"g{name}{index}", row)
        program.SetUniform3f(f"g{index}", (rows.sum(axis=0) * none).tolist())
        if prop.gradient:
            first, last = prop.gradient[0][0], prop.gradient[-1][0]
            span = max(last - first, 1e-30)
            program.SetUniform2f(f"factor{index}", [unit / width / span, -first / span])

    def unload(self) -> None:
        """Frees the units that the textures were bound to."""
        for texture in self._textures.values():
            texture.Deactivate()


def _other(last: Volume, prop: Volume) -> bool:
    """Whether two clouds have not the same samples in the renderer's memory."""
    if moved(last, prop) or last.mask is not prop.mask or _steep(last) != _steep(prop):
        return True
    return any(getattr(last, name) != getattr(prop, name) for name in ("mask_values", "labels", "scale"))


def _steep(prop: Volume) -> bool:
    """Whether it has to be known how fast the field changes."""
    return prop.shade or bool(prop.gradient)


def _samples(prop: Volume) -> tuple[np.ndarray, np.ndarray | None]:
    """The samples of a cloud on its scale, without a hole, and where they are there, or None where all of them are."""
    if prop.labels:
        samples, known = _numbered(prop.values, prop.labels), None
    else:
        samples, known = filled(prop.scale.of(prop.values))
    if prop.mask is not None:
        there = np.isin(prop.mask, prop.mask_values) if prop.mask_values else np.nan_to_num(prop.mask) != 0
        known = there if known is None else known & there
    return samples, known


def _numbered(values: np.ndarray, labels: tuple[float, ...]) -> np.ndarray:
    """For each sample which of the labels it is, counted from 1, and 0 for none of them."""
    order = np.argsort(labels)
    ascending = np.array(labels)[order]
    place = np.minimum(np.searchsorted(ascending, values), len(labels) - 1)
    numbers = (order + 1).astype(np.uint16 if len(labels) > 254 else np.uint8)
    return np.where(ascending[place] == values, numbers[place], numbers.dtype.type(0))


def _stored(samples: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Samples as a texture holds them; what 1 in it stands for, and what 0."""
    if samples.dtype.kind == "f" or samples.dtype.itemsize > 2:
        return samples.astype(np.float32, copy=False), 1.0, 0.0
    if samples.dtype.itemsize == 1:
        # Between two bytes a renderer without a GPU finds only bytes: where colours are steep, they would be terraces.
        samples = samples.astype(np.int16 if samples.dtype == np.int8 else np.uint16)
    zero = 0.0
    if samples.dtype == np.int16:
        samples, zero = samples.view(np.uint16) ^ np.uint16(1 << 15), -float(1 << 15)
    return samples, FULL[samples.dtype], zero
