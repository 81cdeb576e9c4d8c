"""What rendering will take, before it is done: a rough guess for a machine without a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from moviemaker.core.kinds import Kind
from moviemaker.core.props import Glow, Isosurface, Shown, Tubes, Volume
from moviemaker.progress import duration
from moviemaker.script import Prepared
from moviemaker.studio import Studio

# Seconds on two cores of a server processor, measured with Mesa's software renderer (see benchmarks/).
SECONDS_PER_PIXEL = 1e-7
SECONDS_PER_SAMPLE = 2e-8
SECONDS_PER_GLYPH = 3e-6
SECONDS_PER_ARROW = 3e-5  # and for each point of a tube
SECONDS_PER_GLOW = 2e-7
SECONDS_PER_VOXEL_CONTOURED = 1e-8
MEMORY_OF_PROGRAM = 350e6


def estimates(prepared: Prepared) -> Iterator[str]:
    """A line for each output: its frames, and roughly the time, memory and disk that they take."""
    scene = prepared.script.scene
    script = replace(prepared.script, layers=tuple(_plainly_visible(layer) for layer in prepared.script.layers))
    for name, output in scene.outputs.items():
        studio = Studio(script, name, sources=prepared.sources)
        props = studio.props(0.0)
        width, height = output.size
        drawing = sum(_seconds(prop, width * height) for prop in props)
        seconds = scene.frame_count * (width * height * SECONDS_PER_PIXEL + drawing)
        memory = MEMORY_OF_PROGRAM + 40 * width * height + 3 * sum(_bytes(prop) for prop in props)
        disk = output.film.disk_bytes(output.size, scene.frame_count)
        what = f"{name}: {scene.frame_count} frames of {width} x {height}, {output.film.format}"
        yield f"{what}: roughly {duration(seconds)} without a GPU, {_size(memory)} of memory, {_size(disk)} of disk"


def _plainly_visible(model: Any) -> Any:
    """A layer as it is when it has faded in, in colours that are quickly made: it costs as much in any."""
    changes: dict[str, Any] = {"opacity": 1.0, "visible": True, "colormap": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))}
    fields = type(model).model_fields
    parts = {name: _plainly_visible(part) for name, part in model if name in fields and isinstance(part, Kind)}
    return model.model_copy(update=parts | {name: value for name, value in changes.items() if name in fields})


def _seconds(prop: Shown, pixels: int) -> float:
    if isinstance(prop, Volume):
        samples: float = sum(n * d for n, d in zip(prop.values.shape, prop.spacing, strict=True)) / 3 / prop.step
        return pixels * samples * SECONDS_PER_SAMPLE * (4 if prop.shade else 1) / 2
    if isinstance(prop, Isosurface):
        return prod(prop.values.shape) * SECONDS_PER_VOXEL_CONTOURED * len(prop.levels)
    if isinstance(prop, Glow):
        return len(prop.position) * SECONDS_PER_GLOW
    arrows = isinstance(prop, Tubes) or prop.direction is not None
    return len(prop.position) * (SECONDS_PER_ARROW if arrows else SECONDS_PER_GLYPH)


def _bytes(prop: Shown) -> int:
    return sum(array.nbytes for array in vars(prop).values() if isinstance(array, np.ndarray))


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
