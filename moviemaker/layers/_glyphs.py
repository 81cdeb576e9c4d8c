"""Layers that draw glyphs or lines in the colours of particles: colours and opacities, for all or by a field."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Particles
from moviemaker.core.sources import Source
from moviemaker.core.values import TRUTH
from moviemaker.layers._color_by import ColorBy, Coloring
from moviemaker.layers._size_by import ByField, Fading, OpacityBy
from moviemaker.layers.materials.material import MaterialLayer


class GlyphLayer(MaterialLayer):
    """A layer whose glyphs have colours and opacities of their own."""

    takes: ClassVar[type] = Particles

    color: Coloring = (1.0, 1.0, 1.0)
    """One colour for all, or `{by: FIELD, colormap: NAME, range: [lo, hi]}`. Default: white."""

    opacity: Fading = 1.0  # type: ignore[assignment]
    """Opacity of all, 0 to 1, which may move; or `{by: FIELD, range: [lo, hi], opacity: [0, 1]}`. Default: 1."""

    shade: Annotated[bool, TRUTH] = True
    """Whether the scene's lights shade the glyphs; `false` draws their flat colour. Default: true."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields that give colours, opacities and anything else that a kind takes from fields."""
        return tuple(((key, "by"), part.by) for key, part in self._by_fields().items())

    def _by_fields(self) -> dict[str, ColorBy | ByField]:
        parts = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: part for name, part in parts.items() if isinstance(part, ColorBy | ByField)}

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges."""
        return self.model_copy(update={key: _resolved(key, part, source) for key, part in self._by_fields().items()})

    def rgba(self, sample: Particles) -> np.ndarray:
        """Colours with opacity (n, 4) uint8, the fade of each particle included."""
        colors = np.empty((len(sample.position), 4), dtype=np.uint8)
        colors[:] = self.colors(sample)
        opacity = self.opacities(sample)
        if opacity.size != 1 or opacity[0] < 1:
            colors[:, 3] = np.rint(colors[:, 3] * opacity)
        return colors

    def colors(self, sample: Particles) -> np.ndarray:
        """Colours (n, 4) uint8, or (1, 4) if all have the same."""
        if isinstance(self.color, ColorBy):
            return self.color.colors(sample.fields[self.color.by])
        return np.array([[*(round(255 * component) for component in self.color), 255]], dtype=np.uint8)

    def opacities(self, sample: Particles) -> np.ndarray:
        """Opacities (n,) float32, or (1,) if all have the same, multiplied by the fade of each particle."""
        if isinstance(self.opacity, OpacityBy):
            opacity = self.opacity.opacities(sample.fields[self.opacity.by])
        else:
            opacity = np.full(1, self.opacity, dtype=np.float32)
        return opacity if sample.fade is None else opacity * sample.fade


def some_of(sample: Particles, rows: np.ndarray) -> Particles:
    """Some of the particles, with their fields and how far they have faded."""
    fields = {name: np.asarray(values)[rows] for name, values in sample.fields.items()}
    fade = None if sample.fade is None else sample.fade[rows]
    return Particles(sample.position[rows], fields, fade)


def _resolved(key: str, part: ColorBy | ByField, source: Source[Any]) -> ColorBy | ByField:
    try:
        return part.resolve(source)
    except InputError as error:
        at = error.at if error.at[:1] == (key,) else (key, *error.at)
        raise InputError(error.what, error.instead, at) from None


def spacing(source: Source[Any]) -> float:
    """The mean distance of neighbours in scene units, as if the particles were spread evenly in their box."""
    count, widths = widths_halfway(source)
    if count < 2:
        return 2.0
    volume = float(np.prod(np.maximum(widths, widths[-1] / 100)))
    return (volume / count) ** (1 / 3) or 2.0


def widths_halfway(source: Source[Any]) -> tuple[int, np.ndarray]:
    """The number of particles, and the widths of the box around nearly all of them, ascending (3,), scene units.

    They are taken half-way through the movie: particles that begin in one place and spread are neither as dense there
    as at first nor as thin as at last.
    """
    times = source.times
    middle = 0.0 if times is None else float(times[len(times) // 2])
    position = source.at(middle).position
    if len(position) < 2:
        return len(position), np.zeros(3)
    low, high = np.percentile(position, [2, 98], axis=0)
    return len(position), np.sort(high - low)
