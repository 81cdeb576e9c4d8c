"""What rendering will take, before it is done: a rough guess for a machine without a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from math import prod
from typing import Any

import numpy as np

from moviemaker.core.camera import ViewCone
from moviemaker.core.fields import Grid
from moviemaker.core.kinds import Kind
from moviemaker.core.progress import duration
from moviemaker.core.props import Drawable, Glow, Glyphs, Isosurface, Slice, Surface, Tubes, Volume
from moviemaker.core.sources import OutOfCore
from moviemaker.prepare import Prepared
from moviemaker.resolved_scene import scene_path, view_cone_of
from moviemaker.timeline.tracks import freeze

# Seconds on two cores of a server processor, measured with Mesa's software renderer (see benchmarks/).
SECONDS_PER_PIXEL = {8: 1e-7, 16: 5e-7}
SECONDS_PER_SAMPLE = 2e-8
SECONDS_PER_GLYPH = 3e-6
SECONDS_PER_ARROW = 3e-5  # and for each point of a tube
SECONDS_PER_GLOW = 2e-7
SECONDS_PER_VOXEL_CONTOURED = 1e-8
SECONDS_PER_SAMPLE_OF_A_SLICE = 1e-7
SECONDS_PER_POINT_OF_A_SURFACE = 2e-6
MEMORY_OF_PROGRAM = 350e6
BYTES_PER_PIXEL = {8: 40, 16: 450}

ENLARGED = {8: 1, 16: 4}
"""How many pixels are drawn for one of a picture, by its bits."""

LOOKS = (0.0, 0.5, 1.0)
"""The parts of a movie at which it is looked at: what is drawn for its frames is what the busiest look needs."""

VIEW_CONES = 33
"""At how many times data that are read as finely as they are seen are asked what they will read."""

Share = tuple[Drawable, float]
"""A thing that is drawn, and how many times larger the whole is that it is a part of."""


def estimates(prepared: Prepared) -> Iterator[str]:
    """A line for each output: its frames, and roughly the time, memory and disk that they take."""
    scene = prepared.script.scene
    last = (scene.frame_count - 1) / scene.header.fps
    looks = [_shown(prepared, part * last) for part in LOOKS]
    bytes_shown = max(sum(part * _bytes(prop) for prop, part in look) for look in looks)
    for name, output in scene.outputs.items():
        width, height = output.size
        pixels, bits = width * height, output.film.bits
        drawn = ENLARGED[bits] * output.lens.drawn_pixels(output.size)
        drawing = max(sum(part * _seconds(prop, drawn) for prop, part in look) for look in looks)
        seconds = scene.frame_count * (pixels * SECONDS_PER_PIXEL[bits] + drawing)
        memory = MEMORY_OF_PROGRAM + BYTES_PER_PIXEL[bits] * pixels + 3 * bytes_shown
        disk = output.film.disk_bytes(output.size, scene.frame_count)
        what = f"{name}: {scene.frame_count} frames of {width} x {height}, {output.film.format}"
        yield f"{what}: roughly {duration(seconds)} without a GPU, {_size(memory)} of memory, {_size(disk)} of disk"
    yield from _loading(prepared, last)


def _loading(prepared: Prepared, last: float) -> Iterator[str]:
    """A line for each of the data that are read as finely as they are seen: what will be loaded."""
    watched = {layer.data: prepared.sources[layer.data] for layer in prepared.script.layers}
    for name, source in watched.items():
        if isinstance(source, OutOfCore):
            times = np.linspace(0.0, last, VIEW_CONES).tolist()
            view_cones = [
                _view_cone(prepared, output, time) for output in prepared.script.scene.outputs for time in times
            ]
            yield f"data.{name}: {source.loading(view_cones)}"


def _view_cone(prepared: Prepared, output: str, time: float) -> ViewCone:
    script = prepared.script
    path = scene_path(script.scene, script.data_time, prepared.sources.__getitem__)
    chosen = script.scene.outputs[output]
    return view_cone_of(chosen, path.at(time), time, chosen.size)


def _shown(prepared: Prepared, time: float) -> list[Share]:
    """What is drawn at a time.

    Of a layer that shows many moments at once only the last two are asked for: each of the others shows as much.
    """
    script, shown = prepared.script, []
    for layer in script.layers:
        still = freeze(_plainly_visible(layer), time)
        source = prepared.sources[layer.data]
        moment = script.data_time(0.0 if layer.takes is Grid else time)  # a grid is as large at any time
        moments = still.moments(moment, source.times)
        fields = tuple(name for _, name in layer.named_fields())
        if isinstance(source, OutOfCore):  # in the first output: in others it is about as much
            view_cone = _view_cone(prepared, next(iter(script.scene.outputs)), time)
            parts = source.outlined(moments[-1], fields, view_cone)
            shown += [(prop, 1.0) for part in parts for prop in still.show(moments[-1:], (part,))]
            continue
        taken = moments[-2:]
        props = still.show(taken, [source.at(when, fields) for when in taken])
        shown += [(prop, len(moments) / len(taken)) for prop in props]
    return shown


def _plainly_visible(model: Any) -> Any:
    """A layer as it is when it has faded in, in colours that are quickly made: it costs as much in any."""
    changes: dict[str, Any] = {"opacity": 1.0, "visible": True, "colormap": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))}
    fields = type(model).model_fields
    parts = {name: _plainly_visible(part) for name, part in model if name in fields and isinstance(part, Kind)}
    return model.model_copy(update=parts | {name: value for name, value in changes.items() if name in fields})


@singledispatch
def _seconds(prop: Drawable, pixels: float) -> float:
    """Roughly how long one frame of so many pixels takes to draw a prop."""
    return len(prop.points) * SECONDS_PER_GLYPH


@_seconds.register
def _(prop: Volume, pixels: float) -> float:
    samples: float = sum(n * d for n, d in zip(prop.values.shape, prop.spacing, strict=True)) / 3 / prop.step
    return pixels * samples * SECONDS_PER_SAMPLE * (2 if prop.shade else 1) / 2


@_seconds.register
def _(prop: Isosurface, pixels: float) -> float:
    return prod(prop.values.shape) * SECONDS_PER_VOXEL_CONTOURED * len(prop.levels)


@_seconds.register
def _(prop: Slice, pixels: float) -> float:
    return prop.values.size * SECONDS_PER_SAMPLE_OF_A_SLICE


@_seconds.register
def _(prop: Surface, pixels: float) -> float:
    return len(prop.position) * SECONDS_PER_POINT_OF_A_SURFACE


@_seconds.register
def _(prop: Glyphs, pixels: float) -> float:
    return len(prop.position) * (SECONDS_PER_GLYPH if prop.direction is None else SECONDS_PER_ARROW)


@_seconds.register
def _(prop: Tubes, pixels: float) -> float:
    return len(prop.position) * SECONDS_PER_ARROW


@_seconds.register
def _(prop: Glow, pixels: float) -> float:
    return len(prop.position) * SECONDS_PER_GLOW


def _bytes(prop: Drawable) -> int:
    return sum(array.nbytes for array in vars(prop).values() if isinstance(array, np.ndarray))


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
