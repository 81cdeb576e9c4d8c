"""A rough estimate of the time, memory and disk that a rendering needs on a machine without a GPU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import singledispatch
from math import prod
from typing import Any

import numpy as np

from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import in_data
from moviemaker.core.fields import Grid
from moviemaker.core.machine.memory import size_text
from moviemaker.core.progress import Progress, duration
from moviemaker.core.props import Drawable, Glow, Glyphs, Isosurface, Slice, Surface, Tubes, Volume
from moviemaker.core.sources import OutOfCore, own_cone, unplaced
from moviemaker.drawing.memory import drawing_memory
from moviemaker.prepare import Prepared
from moviemaker.resolved_scene import QUICK_COLORMAP, scene_path, source_for, view_cone_of, with_keys
from moviemaker.scene.text import placing
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

ENLARGED = {8: 1, 16: 4}
"""Number of pixels that are drawn for each pixel of a picture, by its bits."""

SAMPLED = (0.0, 0.5, 1.0)
"""The fractions of a movie at which its frames are examined. All frames are taken to cost as much as the most costly
one of these."""

VIEW_CONES = 33
"""Number of times at which out-of-core data are asked what they will read."""

_PLAINLY_VISIBLE: dict[str, object] = {"opacity": 1.0, "visible": True, "colormap": QUICK_COLORMAP}
"""A layer is estimated as it is when it has faded in."""

Share = tuple[Drawable, float]
"""A prop, and how many times larger the whole is that it is a part of."""


def estimates(prepared: Prepared) -> Iterator[str]:
    """A line for each output: its frames, and roughly the time, memory and disk that they need.

    Raises:
        SceneError: data cannot be read at a time at which they are looked at.
    """
    with placing(prepared.document):
        yield from _estimates(prepared)


def _estimates(prepared: Prepared) -> Iterator[str]:
    scene = prepared.script.scene
    last = (scene.frame_count - 1) / scene.header.fps
    samples = [_drawn(prepared, fraction * last) for fraction in SAMPLED]
    bytes_drawn = max(sum(part * _bytes(prop) for prop, part in sample) for sample in samples)
    for name, output in scene.outputs.items():
        width, height = output.size
        pixels, bits = width * height, output.film.bits
        drawn = ENLARGED[bits] * output.lens.drawn_pixels(output.size)
        drawing = max(sum(part * _seconds(prop, drawn) for prop, part in sample) for sample in samples)
        seconds = scene.frame_count * (pixels * SECONDS_PER_PIXEL[bits] + drawing)
        memory = drawing_memory(output) + 3 * bytes_drawn
        disk = max(1e6, output.film.disk_bytes(output.size, scene.frame_count))
        what = f"{name}: {scene.frame_count} frames of {width} x {height}, {output.film.format}: roughly"
        yield f"{what} {duration(seconds)} without a GPU, {size_text(memory)} of memory, {size_text(disk)} of disk"
    yield from _loading(prepared, last)


def _loading(prepared: Prepared, last: float) -> Iterator[str]:
    """A line for each of the out-of-core data: what will be loaded."""
    used = {layer.data: prepared.sources[layer.data] for layer in prepared.script.layers}
    for name, source in used.items():
        if isinstance(source, OutOfCore):
            times = np.linspace(0.0, last, VIEW_CONES).tolist()
            view_cones = [
                own_cone(source, _view_cone(prepared, output, time), time)
                for output in prepared.script.scene.outputs
                for time in times
            ]
            source = unplaced(source)
            assert isinstance(source, OutOfCore)
            with in_data(name):
                yield f"data.{name}: {source.loading(view_cones)}"


def _view_cone(prepared: Prepared, output: str, time: float) -> ViewCone:
    script = prepared.script
    path = scene_path(script.scene, script.data_time, prepared.sources.__getitem__)
    chosen = script.scene.outputs[output]
    return view_cone_of(chosen, path.at(time), time, chosen.size)


def _drawn(prepared: Prepared, time: float) -> list[Share]:
    """What is drawn at a time.

    A layer that shows many moments at once is asked for the last two only, since each of the others costs as much.
    """
    script, drawn = prepared.script, []
    for layer in script.layers:
        still = freeze(with_keys(layer, _PLAINLY_VISIBLE), time)
        source = source_for(layer, prepared.sources[layer.data], time)
        moment = script.data_time(0.0 if layer.takes is Grid else time)  # a grid has the same size at all times
        moments = still.moments(moment, source.times)
        fields = tuple(name for _, name in layer.named_fields())
        if isinstance(source, OutOfCore):  # for the first output; others need about as much
            view_cone = _view_cone(prepared, next(iter(script.scene.outputs)), time)
            with in_data(layer.data):
                parts = source.outlined(moments[-1], fields, view_cone)
            drawn += [(prop, 1.0) for part in parts for prop in still.show(moments[-1:], (part,))]
            continue
        taken = moments[-2:]
        with in_data(layer.data):
            samples = [source.at(when, fields) for when in taken]
        props = still.show(taken, samples)
        drawn += [(prop, len(moments) / len(taken)) for prop in props]
    return drawn


@singledispatch
def _seconds(prop: Drawable, pixels: float) -> float:
    """Roughly the time, seconds, to draw a prop in a frame for which so many pixels are drawn."""
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


def note_compiling(layers: Iterable[Any], progress: Progress) -> None:
    """Notes that the first picture takes long, if layers glow for the first time on this machine.

    Args:
        layers: of the scene.
        progress: the reporter.
    """
    if any(_glows(layer) for layer in layers) and needs_compiling():
        progress.note("compiling what draws light: half a minute or more, once after each installation")


def needs_compiling() -> bool:
    """Whether the functions that draw light have never been compiled."""
    from moviemaker.glow.splatting import are_functions_compiled  # imports Numba, which is slow

    return not are_functions_compiled()


def _glows(layer: Any) -> bool:
    return getattr(layer, "kind", None) == "stars" or getattr(layer, "shape", None) == "glow"
