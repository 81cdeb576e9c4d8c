"""The light that was computed in the scene, as textures that all actors of a window share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkUniforms
from vtkmodules.vtkRenderingOpenGL2 import vtkTextureObject

from moviemaker.core.props import Cells, DepthMap, Environment, Light, Shade
from moviemaker.stage.shading.environment_light import forms_of
from moviemaker.stage.shading.shade_variant import LampVariant, Looked, ShadeVariant
from moviemaker.stage.window.shader_snippets import set_matrix
from moviemaker.stage.window.textures import texture_of

CHANNELS = 4
"""The most lamps in a texel."""

WHOLE = np.float32(65535)
"""What stands for 1 in cells."""

FEW = 1 << 22
"""At most so many cells of one lamp are held as floats."""


class LightTextures:
    """The textures of the light of a moment. Each is made again only when what it is made from is another object.

    Args:
        window: VTK's window.

    Attributes:
        variant: what shaders are compiled for.
    """

    def __init__(self, window: vtkRenderWindow) -> None:
        self._window = window
        self._textures: dict[str, vtkTextureObject] = {}
        self._sources: dict[str, tuple[np.ndarray, ...]] = {}
        self._numbers: dict[str, list[float]] = {}
        self._matrices: dict[str, np.ndarray] = {}
        self.variant = ShadeVariant()

    def update(self, shade: Shade | None, lamps: Sequence[Light], environment: Environment | None = None) -> None:
        """Takes the light of another moment.

        Args:
            shade: in the stage's coordinates.
            lamps: the lights that are not ambient, in the order of its shadows.
            environment: the light of the sky (default: none).
        """
        self._numbers, self._matrices, wanted = {}, {}, set[str]()
        shade = shade or Shade()
        levels = shade.sky.levels if shade.sky is not None and shade.sky.occlusion > 0 else ()
        if shade.sky is not None and levels:
            self._numbers["skyOcclusion"] = [shade.sky.occlusion]
            self._add_sky(levels)
            wanted.add("skyCells")
        shadows = [shadow if shadow is not None and shadow.strength else None for shadow in shade.shadows]
        through, used = self._add_cells("through", [None if one is None else one.through for one in shadows])
        in_volumes, used_there = self._add_cells(
            "inVolumes", [None if one is None else one.in_volumes for one in shadows]
        )
        found: list[LampVariant] = []
        maps: list[DepthMap] = []
        for index, lamp in enumerate(lamps):
            shadow = shadows[index] if index < len(shadows) else None
            if shadow is None:
                found.append(LampVariant())
                continue
            wide = any(one.levels for one in shadow.maps)
            found.append(LampVariant(len(maps), len(shadow.maps), wide, through[index], in_volumes[index]))
            maps += shadow.maps
            self._numbers[f"lampStrength{index}"] = [shadow.strength]
            self._numbers[f"lampPlace{index}"] = list(lamp.vector)
        if maps:
            self._add_maps(maps)
            wanted.add("lampDepths")
        if any(one.levels for one in maps):
            wanted.add("lampLevels")
        if environment is not None:
            self._add_environment(environment)
        if environment is not None and environment.reflections is not None:
            wanted.add("environmentTexels")
        wanted |= {f"throughCells{index}" for index in range(used)}
        wanted |= {f"inVolumesCells{index}" for index in range(used_there)}
        for name in self._textures.keys() - wanted:
            self._textures.pop(name).ReleaseGraphicsResources(self._window)
            del self._sources[name]
        self.variant = ShadeVariant(len(levels), tuple(found), len(maps), used, used_there)

    def set(self, uniforms: vtkUniforms) -> None:
        """Sets the uniforms of a shader that do not depend on the view."""
        for name, numbers in self._numbers.items():
            if len(numbers) == 1:
                uniforms.SetUniformf(name, numbers[0])
            elif len(numbers) == 3:
                uniforms.SetUniform3f(name, numbers)
            else:
                uniforms.SetUniform4f(name, numbers)
        for name, matrices in self._matrices.items():
            uniforms.SetUniformMatrix4x4v(name, len(matrices), matrices.ravel().tolist())

    def face(self, uniforms: vtkUniforms, scene_from_view: np.ndarray) -> None:
        """Sets the samplers of a shader, while the textures are at hand, and what depends on the view.

        Args:
            uniforms: of the shader.
            scene_from_view: (4, 4).
        """
        self.set_units(uniforms)
        if self.variant.levels == 1:
            place = np.eye(4)
            place[:3, :3] = np.diag(self._numbers["skyScale"])
            place[:3, 3] = self._numbers["skyStart"] - place[:3, :3] @ self._numbers["skyFrom0"][2::-1]
            set_matrix(uniforms, "skyFromView", place @ scene_from_view[[2, 1, 0, 3]])

    def set_units(self, uniforms: vtkUniforms) -> None:
        """Sets the samplers of a shader, while the textures are at hand."""
        for name, texture in self._textures.items():
            uniforms.SetUniformi(name, texture.GetTextureUnit())

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Binds the textures for shaders."""
        for texture in self._textures.values():
            texture.Activate()
        try:
            yield
        finally:
            for texture in self._textures.values():
                texture.Deactivate()

    def _texture(self, name: str, sources: tuple[np.ndarray, ...], make: Callable[[], vtkTextureObject]) -> None:
        """Makes a texture, unless it has been made of these arrays before."""
        known = self._sources.get(name, ())
        if len(known) == len(sources) and all(one is other for one, other in zip(known, sources, strict=True)):
            return
        if name in self._textures:
            self._textures.pop(name).ReleaseGraphicsResources(self._window)
        self._textures[name], self._sources[name] = make(), sources

    def _add_sky(self, levels: Sequence[Cells]) -> None:
        """The levels one after the other along x. Shaders do not look beyond the cells of a level."""
        arrays = tuple(level.values for level in levels)
        self._texture("skyCells", arrays, lambda: texture_of(self._window, _stacked(arrays), 4))
        shapes = np.array([array.shape[:3] for array in arrays])
        size = 1 / np.array([*shapes.max(axis=0)[:0:-1], shapes[:, 0].sum()])
        self._numbers["skySize"] = size.tolist()
        self._numbers["skyScale"] = (size / levels[0].width).tolist()
        self._numbers["skyStart"] = (0.5 * size).tolist()
        starts = np.cumsum(shapes[:, 0]) - shapes[:, 0]
        for index, (level, start) in enumerate(zip(levels, starts, strict=True)):
            self._numbers[f"skyFrom{index}"] = [*level.origin, 1 / level.width]
            self._numbers[f"skyLast{index}"] = [*(shapes[index] - 1.0), float(start)]

    def _add_cells(self, kind: str, given: Sequence[Cells | None]) -> tuple[list[Looked | None], int]:
        """Packs what several lamps have in the same cells into one texture, a channel each.

        Returns:
            The texture and the channel of each, and how many textures there are.
        """
        packed: list[list[Cells]] = []
        found: list[Looked | None] = []
        for cells in given:
            if cells is None:
                found.append(None)
                continue
            fitting = (
                number for number, one in enumerate(packed) if len(one) < CHANNELS and _same_cells(one[0], cells)
            )
            number = next(fitting, len(packed))
            packed += [[]] * (number == len(packed))
            packed[number] = [*packed[number], cells]
            found.append((number, len(packed[number]) - 1))
        for number, together in enumerate(packed):
            arrays = tuple(one.values for one in together)
            self._texture(f"{kind}Cells{number}", arrays, partial(self._interleaved, arrays))
            shape = np.array(arrays[0].shape, float)
            self._numbers[f"{kind}From{number}"] = [*together[0].origin, 1 / together[0].width]
            self._numbers[f"{kind}Last{number}"] = (shape - 1).tolist()
            self._numbers[f"{kind}Size{number}"] = (1 / shape[::-1]).tolist()
        return found, len(packed)

    def _interleaved(self, arrays: Sequence[np.ndarray]) -> vtkTextureObject:
        """A texture with a channel for each array."""
        if len(arrays) == 1:
            alone = arrays[0]
            # A renderer without a GPU looks up single floats four times as fast as integers.
            return texture_of(self._window, alone / WHOLE if alone.size <= FEW else alone)
        texels = np.zeros((*arrays[0].shape, 2 if len(arrays) == 2 else CHANNELS), arrays[0].dtype)
        for channel, array in enumerate(arrays):
            texels[..., channel] = array
        return texture_of(self._window, texels, texels.shape[-1])

    def _add_maps(self, maps: Sequence[DepthMap]) -> None:
        """All depth maps side by side in one texture, and all of their coarser levels in another."""
        limit = vtkTextureObject.GetMaximumTextureSize(self._window)
        depths = tuple(one.depths for one in maps)
        places = _side_by_side([array.shape for array in depths], limit)
        self._texture("lampDepths", depths, lambda: texture_of(self._window, _laid(depths, places), smooth=False))
        coarser = tuple(one.coarser for one in maps if one.coarser is not None)
        coarse_places = _side_by_side([array.shape[:2] for array in coarser], limit)
        if coarser:
            self._texture(
                "lampLevels",
                coarser,
                lambda: texture_of(self._window, _laid(coarser, coarse_places), 4, smooth=False),
            )
        waiting = iter(coarse_places)
        matrices, frames, tiles = [], [], []
        for one, (row, column) in zip(maps, places, strict=True):
            rows, columns = one.depths.shape
            frame = np.empty((4, 4))
            frame[:3, :3] = one.axes
            frame[:3, 3] = columns, rows, one.texel
            frame[3] = one.bias, one.spread, one.near, one.far - one.near
            coarse_row, coarse_column = next(waiting) if one.coarser is not None else (0, 0)
            tile = np.zeros((4, 4))
            tile[0] = column, row, coarse_column, coarse_row
            tile[1, 0] = one.levels
            matrices.append(one.matrix.T)
            frames.append(frame)
            tiles.append(tile)
        for name, each in (("lampMatrix", matrices), ("lampFrame", frames), ("lampTiles", tiles)):
            self._matrices[name] = np.stack(each)

    def _add_environment(self, environment: Environment) -> None:
        self._matrices["environmentForms"] = forms_of(environment)
        self._numbers["environmentUp"] = environment.axes[2].tolist()
        self._numbers["environmentFourth"] = (environment.brightness * environment.irradiance[9]).tolist()
        self._numbers["environmentBrightness"] = [environment.brightness]
        if environment.reflections is not None:
            texels = environment.reflections.texels
            self._texture("environmentTexels", (texels,), lambda: texture_of(self._window, texels, 3))


def _same_cells(one: Cells, other: Cells) -> bool:
    return (one.values.shape, one.origin, one.width) == (other.values.shape, other.origin, other.width)


def _stacked(arrays: Sequence[np.ndarray]) -> np.ndarray:
    """Arrays one after the other along the first axis; what is beyond a smaller one along the other axes is 0."""
    if len(arrays) == 1:
        return arrays[0]
    shapes = np.array([array.shape for array in arrays])
    stacked = np.zeros((shapes[:, 0].sum(), *shapes.max(axis=0)[1:]), arrays[0].dtype)
    first = 0
    for array in arrays:
        stacked[first : first + len(array), : array.shape[1], : array.shape[2]] = array
        first += len(array)
    return stacked


def _side_by_side(shapes: Sequence[tuple[int, ...]], limit: int) -> list[tuple[int, int]]:
    """The first row and column of each of several rectangles: one below the other, in as many columns as need be."""
    places, row, column, wide = [], 0, 0, 0
    for rows, columns in shapes:
        if row and row + rows > limit:
            row, column, wide = 0, column + wide, 0
        places.append((row, column))
        row, wide = row + rows, max(wide, columns)
    return places


def _laid(arrays: Sequence[np.ndarray], places: Sequence[tuple[int, int]]) -> np.ndarray:
    """Rectangles at their places in one array; an array by itself as it is."""
    if len(arrays) == 1:
        return arrays[0]
    ends = np.array([np.add(place, array.shape[:2]) for array, place in zip(arrays, places, strict=True)])
    together = np.zeros((*ends.max(axis=0), *arrays[0].shape[2:]), arrays[0].dtype)
    for array, (row, column) in zip(arrays, places, strict=True):
        together[row : row + array.shape[0], column : column + array.shape[1]] = array
    return together
