"""What a frame costs by what it shows: a guess for the cores of a server processor and Mesa's software renderer.

How a machine differs from that is another question (`speed`), and the better answer wherever it has drawn something.
A guess knows things that can be drawn, not kinds of layers and lenses: a layer is asked for its props, a lens for its
views. So those of other packages are guessed like all others.
"""

from __future__ import annotations

import math
import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np

from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import in_data
from moviemaker.core.fields import Grid
from moviemaker.core.props import Drawable, Glow, Glyphs, Isosurface, Slice, Surface, Tubes, Volume
from moviemaker.core.sources import OutOfCore
from moviemaker.prepare import Prepared
from moviemaker.resolved_scene import QUICK_COLORMAP, scene_path, source_for, view_cone_of, with_keys
from moviemaker.timeline.tracks import freeze

Size = tuple[int, int]

SAMPLED = (0.0, 0.5, 1.0)
"""The fractions of the frames at which their data are examined."""

# Seconds of a core, measured with benchmarks/estimates.py.
FRAME = 1e-2  # whatever it shows
PICTURE = 3e-3  # each photograph, whatever it shows
PIXEL = {8: 3e-7, 16: 6e-7}
SAMPLE = 1.2e-8  # of a volume, along a ray
SHADED = 2.0  # times as much, where it is lit
VOXEL = 3e-8  # of a volume that has changed
GLYPH = (1.5e-6, 8e-7)  # when it has changed, and in each photograph
ARROW = (1e-5, 1.5e-6)
TUBE = (4e-6, 5e-7)  # each point of a line
POINT = (1e-6, 2e-7)  # of a surface
CONTOURED = 1e-8  # voxel, for each level
TRIANGLE = (1e-6, 8e-7)
SLICED = 5e-8  # sample of a slice
LIGHT = 2e-7  # particle that glows
DEVELOPED = {8: 2e-9, 16: 8e-9}  # pixel
RESAMPLED = {8: 2e-8, 16: 4e-8}  # pixel of a picture that is made of several photographs
WRITTEN = {".png": {8: 3e-8, 16: 1.6e-7}, ".exr": {16: 1e-7}}
ENCODED = {"h264": 4e-8, "h265": 2e-7, "av1": 2e-7, "vp9": 4e-7, "prores": 1e-7, "ffv1": 5e-8, "gif": 1e-7}
_UNKNOWN = 1e-7

PEELED = 4
"""Times that all is drawn where something translucent has to be put in order."""

ENLARGED = {8: 1, 16: 4}
"""Number of pixels that are drawn for each pixel of a picture, by its bits."""

_TRIANGLES = 4  # of a level surface, for each sample of a side of the grid
_MOMENTS = 5  # at which it is asked how far rays go through volumes
_LOOKS = 33  # moments at which it is asked what is visible
_SIDE = 64  # pixels, about, of the picture whose photographs are counted
_POINTS = 12  # a side, of a volume
_PLAINLY_VISIBLE: dict[str, object] = {"opacity": 1.0, "visible": True, "colormap": QUICK_COLORMAP}


@dataclass(frozen=True)
class Cost:
    """Of a frame.

    Attributes:
        seconds: that a process takes which has the machine for itself.
        busy: seconds of all processor cores together.
    """

    seconds: float
    busy: float

    def __mul__(self, other: Cost) -> Cost:
        return Cost(self.seconds * other.seconds, self.busy * other.busy)

    def __truediv__(self, other: Cost) -> Cost:
        return Cost(self.seconds / other.seconds, self.busy / other.busy)


@dataclass(frozen=True)
class Item:
    """Something that is drawn.

    Attributes:
        prop: what it is.
        times: how many times larger the whole is that it is a part of.
        share: the part of the movie in which it is visible.
        changes: whether its data change with time.
        clear: whether it is translucent at some time.
    """

    prop: Drawable
    times: float
    share: float
    changes: bool
    clear: bool


@dataclass(frozen=True)
class Contents:
    """What some frames of a movie show.

    Attributes:
        prepared: the scene.
        frames: which.
        moments: what is drawn at each of `SAMPLED`.
        reading: seconds in which the data of a frame are read that change with time, measured here and now.
    """

    prepared: Prepared
    frames: range
    moments: tuple[tuple[Item, ...], ...]
    reading: float

    def times(self, count: int) -> list[float]:
        """Times of the movie from the first to the last frame, seconds."""
        return _times(self.prepared, self.frames, count)

    @property
    def bytes(self) -> float:
        """The most bytes that are drawn at once."""
        return max(sum(item.times * _bytes(item.prop) for item in moment) for moment in self.moments)


def contents(prepared: Prepared, frames: range | None = None) -> Contents:
    """Examines what frames show.

    Args:
        prepared: the scene.
        frames: which; default: all.

    Raises:
        InputError: data cannot be read at a time at which they are looked at.
    """
    frames = frames or range(prepared.script.scene.frame_count)
    begin, end = _times(prepared, frames, 2)
    looks = _times(prepared, frames, _LOOKS)
    moments = [tuple(_drawn(prepared, begin + place * (end - begin), looks)) for place in SAMPLED]
    return Contents(prepared, frames, tuple(moments), _reading(prepared, begin))


def cost(shown: Contents, name: str, size: Size, cores: int) -> Cost:
    """The mean cost of a frame of an output, as it is guessed, without its encoding in a movie.

    Args:
        shown: what the frames show.
        name: of the output.
        size: (width, height) of its pictures, pixels.
        cores: over which the work on pixels is spread.
    """
    output = shown.prepared.script.scene.outputs[name]
    film, bits, pixels = output.film, output.film.bits, size[0] * size[1]
    cones = [view_cone(shown.prepared, name, size, time) for time in shown.times(_MOMENTS)]
    views = _photographs(shown, name, size)
    drawn = ENLARGED[bits] * output.lens.drawn_pixels(size)
    alone = shown.reading + FRAME + views * PICTURE + pixels * DEVELOPED[bits]
    alone += pixels * WRITTEN.get(film.suffix, {}).get(bits, _UNKNOWN)
    spread = drawn * PIXEL[bits] + pixels * RESAMPLED[bits] * output.lens.all_around
    for items in shown.moments:
        again = PEELED if any(item.clear and not isinstance(item.prop, Volume | Glow) for item in items) else 1
        for item in items:
            part = item.share * item.times / len(shown.moments)
            if isinstance(item.prop, Glow):
                spread += part * LIGHT * len(item.prop.position)
                continue
            made, seen = _prices(item.prop)
            alone += part * (made * item.changes + seen * views * again)
            if isinstance(item.prop, Volume):
                sample = SAMPLE * (SHADED if item.prop.shade else 1.0)
                spread += part * again * drawn * sample * _path(cones, item.prop.points) / item.prop.step
    return Cost(alone + spread / cores, alone + spread)


def encoding(shown: Contents, name: str, size: Size) -> float:
    """Seconds of all cores together in which a frame is encoded in a movie, beside the drawing, as it is guessed.

    Args:
        shown: what the frames show.
        name: of the output.
        size: (width, height) of its pictures, pixels.
    """
    film = shown.prepared.script.scene.outputs[name].film
    return 0.0 if film.is_sequence else size[0] * size[1] * ENCODED.get(film.codec or film.format, _UNKNOWN)


def view_cone(prepared: Prepared, output: str, size: Size, time: float) -> ViewCone:
    """The view cone of an output's picture of (width, height) pixels at a time."""
    script = prepared.script
    path = scene_path(script.scene, script.data_time, prepared.sources.__getitem__)
    return view_cone_of(script.scene.outputs[output], path.at(time), time, size)


def _times(prepared: Prepared, frames: range, count: int) -> list[float]:
    fps = prepared.script.scene.header.fps
    times: list[float] = np.linspace(frames[0] / fps, frames[-1] / fps, count).tolist()
    return times


def _reading(prepared: Prepared, time: float) -> float:
    """Seconds of a core in which data that change are read, or made, for a frame after the one before it."""
    script, taken = prepared.script, 0.0
    for layer in script.layers:
        source = source_for(layer, prepared.sources[layer.data], time)
        if isinstance(source, OutOfCore) or not _changes(source):
            continue
        fields = tuple(name for _, name in layer.named_fields())
        with in_data(layer.data):
            source.at(script.data_time(time), fields)
            begun = clock.process_time()
            source.at(script.data_time(time + 1 / script.scene.header.fps), fields)
            taken += clock.process_time() - begun
    return taken


def _changes(source: Any) -> bool:
    return source.times is not None and len(source.times) > 1


def _drawn(prepared: Prepared, time: float, looks: Sequence[float]) -> Iterator[Item]:
    """What is drawn at a time: all layers, as they are when they have faded in.

    A layer that shows many moments at once is asked for the last two only, since each of the others costs as much.
    """
    script = prepared.script
    for layer in script.layers:
        stills = [still for look in looks if (still := freeze(layer, look)).visible and still.opacity > 0]
        share, clear = len(stills) / len(looks), any(still.opacity < 1 for still in stills)
        still = freeze(with_keys(layer, _PLAINLY_VISIBLE), time)
        source = source_for(layer, prepared.sources[layer.data], time)
        moment = script.data_time(0.0 if layer.takes is Grid else time)  # a grid has the same size at all times
        moments = still.moments(moment, source.times)
        fields = tuple(name for _, name in layer.named_fields())
        if isinstance(source, OutOfCore):  # for the first output; others need about as much
            name, output = next(iter(script.scene.outputs.items()))
            cone = view_cone(prepared, name, output.size, time)
            with in_data(layer.data):
                parts = source.outlined(moments[-1], fields, cone)
            shown = [(prop, 1.0) for part in parts for prop in still.show(moments[-1:], (part,))]
        else:
            taken = moments[-2:]
            with in_data(layer.data):
                samples = [source.at(when, fields) for when in taken]
            shown = [(prop, len(moments) / len(taken)) for prop in still.show(taken, samples)]
        yield from (Item(prop, times, share, _changes(source), clear or _is_clear(prop)) for prop, times in shown)


def _is_clear(prop: Drawable) -> bool:
    """Whether levels of it are translucent, while the whole is plainly visible."""
    return isinstance(prop, Isosurface) and any(opacity < 1 for opacity in prop.opacities)


@singledispatch
def _prices(prop: Drawable) -> tuple[float, float]:
    """Seconds of a core when a prop has changed, and for each photograph of it."""
    return _each(len(prop.points), GLYPH)


def _each(count: float, prices: tuple[float, float]) -> tuple[float, float]:
    return count * prices[0], count * prices[1]


@_prices.register
def _(prop: Volume) -> tuple[float, float]:
    return prop.values.size * VOXEL, 0.0


@_prices.register
def _(prop: Isosurface) -> tuple[float, float]:
    levels = len(prop.levels)
    made, seen = _each(_TRIANGLES * levels * prop.values.size ** (2 / 3), TRIANGLE)
    return made + levels * prop.values.size * CONTOURED, seen


@_prices.register
def _(prop: Slice) -> tuple[float, float]:
    return prop.values.size * SLICED, 0.0


@_prices.register
def _(prop: Surface) -> tuple[float, float]:
    return _each(len(prop.position), POINT)


@_prices.register
def _(prop: Glyphs) -> tuple[float, float]:
    return _each(len(prop.position), GLYPH if prop.direction is None else ARROW)


@_prices.register
def _(prop: Tubes) -> tuple[float, float]:
    return _each(len(prop.position), TUBE)


def _photographs(shown: Contents, name: str, size: Size) -> int:
    """Number of photographs that a picture is made of."""
    script, time = shown.prepared.script, shown.times(1)[0]
    output = script.scene.outputs[name]
    path = scene_path(script.scene, script.data_time, shown.prepared.sources.__getitem__)
    lens, rig = freeze(output.lens, time), freeze(output.rig, time)
    eyes = rig.eyes_at(path.at(time), lens.eyes, rig.files[0])
    shrunk = max(1.0, min(size) / _SIDE)  # a small one is made of as many, which are found sooner
    small = (max(16, 4 * round(size[0] / shrunk / 4)), max(16, 4 * round(size[1] / shrunk / 4)))
    return sum(len(lens.views(eye, rig.eye_size(small))) for eye in eyes)


def _path(cones: Sequence[ViewCone], box: np.ndarray) -> float:
    """The mean length of the way that rays go through a box (2, 3), about, scene units."""
    return float(np.mean([_through(cone, box) for cone in cones]))


def _through(cone: ViewCone, box: np.ndarray) -> float:
    """The mean length of the way that the rays of a cone go through a box (2, 3), about, scene units.

    A piece of the box of volume V at distance r adds V / r^2 to the sum over all directions.
    """
    sides, places = np.ptp(box, axis=0), (np.arange(_POINTS) + 0.5) / _POINTS
    volume = float(sides.prod())
    if cone.angle == 0:
        return min(volume / (math.pi * cone.radius**2), float(sides.max()))
    pieces = np.stack(np.meshgrid(places, places, places), axis=-1) * sides + box.min(axis=0) - cone.position
    far = np.linalg.norm(pieces, axis=-1)
    seen = pieces @ cone.forward >= far * math.cos(cone.angle)
    least = (volume ** (1 / 3) or 1.0) / (2 * _POINTS)
    return volume * float((seen / np.maximum(far, least) ** 2).mean()) / (2 * math.pi * (1 - math.cos(cone.angle)))


def _bytes(prop: Drawable) -> int:
    return sum(array.nbytes for array in vars(prop).values() if isinstance(array, np.ndarray))
