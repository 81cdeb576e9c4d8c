"""A script: a scene in which everything is resolved that depends on its data as a whole, such as ranges of colours.

Functions beside it open the data of a scene, and say what the pictures of its outputs show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from moviemaker.core.camera import Camera, ViewCone
from moviemaker.core.coordinates import Placing
from moviemaker.core.errors import in_data
from moviemaker.core.fields import Grid, Particles
from moviemaker.core.kinds import Kind, build, load_kind
from moviemaker.core.progress import Progress, Silent
from moviemaker.core.props import Drawable
from moviemaker.core.sources import ClockAware, Placed, ReportsProgress, Source, shown_at, unplaced
from moviemaker.data.placing.source import in_scene
from moviemaker.scene.model import Draft, Output, Scene, needed_data
from moviemaker.timeline.camera import CameraPath, camera_path
from moviemaker.timeline.clock import seconds_of
from moviemaker.timeline.tracks import Track, freeze

QUICK_COLORMAP = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
"""A colormap that takes no library, where colours do not matter."""

KindT = TypeVar("KindT", bound=Kind)


@dataclass(frozen=True)
class Script:
    """A resolved scene, from which every frame follows. It can be sent to other processes.

    Attributes:
        scene: the scene as written.
        layers: its layers, resolved: ranges of colours and the like are numbers.
        clock: the data time by the time of the movie; None if no data move: both are then the same.
    """

    scene: Scene
    layers: tuple[Any, ...]
    clock: Track | float | None

    def data_time(self, time: float) -> float:
        """The data time at a time of the movie, seconds."""
        return time if self.clock is None else float(freeze(self.clock, time))  # type: ignore[arg-type]


def in_linear_light(script: Script, name: str) -> Script:
    """A script in which the pictures of an output are linear light, whatever its format."""
    output = script.scene.outputs[name]
    seen = replace(output, film=output.film.in_linear_light())
    return replace(script, scene=replace(script.scene, outputs={**script.scene.outputs, name: seen}))


def open_data(
    model: Any, folder: Path, sources: Mapping[str, Source[object]], progress: Progress | None = None
) -> Source[object]:
    """Opens a data set of a scene, where it lies in the scene.

    Args:
        model: its model, a kind of the data room.
        folder: the folder of the scene file.
        sources: open data by name, with those that this one is made from or attached to.
        progress: reporter for data that take long to read (default: none).

    Raises:
        InputError: it cannot be opened.
    """
    needed = {name: sources[name] for _, name in needed_data(model)}
    own = {name: unplaced(source) for name, source in needed.items()}  # data that are made of others go with them
    source: Source[object] = model.open(folder, own) if own else model.open(folder)
    if isinstance(source, ReportsProgress):
        source.report_to(progress or Silent())
    return in_scene(source, model, needed, sources)


def on_some(
    layer: Any, first: object, draft: Draft, sources: dict[str, Source[Any]], progress: Progress | None = None
) -> Any:
    """A layer of particles, on some of its data or on samples of a grid if it asks for them; they are opened.

    Args:
        layer: as written.
        first: the first sample of its data.
        draft: the scene, to which a data set of the particles that are drawn is added.
        sources: open data by name, to which they are added too.
        progress: reporter for data that take long to read (default: none).

    Raises:
        InputError: the data have no such samples.
    """
    if not issubclass(layer.takes, Particles) or not isinstance(first, Grid | Particles):
        return layer
    every = layer.sampled(first.shape if isinstance(first, Grid) else None)
    if every is None:
        return layer
    name = f"{layer.data} (every {every})"
    if name not in sources:
        draft.data[name] = build(load_kind("data", "particles"), {"of": layer.data, "every": every})
        sources[name] = open_data(draft.data[name], draft.folder, sources, progress)
    return layer.model_copy(update={"data": name})


def source_for(layer: Any, source: Source[Any], time: float) -> Source[Any]:
    """The source that a layer asks at a time of the movie."""
    return unplaced(source) if layer.in_own_coordinates else shown_at(source, time)


def in_place(
    layer: Any, source: Source[Any], time: float, props: tuple[Drawable, ...]
) -> tuple[tuple[Drawable, ...], bytes]:
    """What a layer draws, where it lies in the scene at a time of the movie, and a key of that place."""
    if not layer.in_own_coordinates or not isinstance(source, Placed):
        return props, b""
    frame = source.frame_at(time)
    return tuple(prop.mapped(Placing(frame)) for prop in props), frame.tobytes()


def pace_data(script: Script, source: Source[object]) -> None:
    """Tells a source which data times the movie shows when, if it depends on that."""
    if isinstance(source, Placed):
        source.follow(script.data_time, script.scene.header.duration)
    if isinstance(source, ClockAware):
        source.pace(seconds_of(script.data_time, script.scene.header.duration))


def scene_path(
    scene: Scene, data_time: Callable[[float], float], source: Callable[[str], Source[object]]
) -> CameraPath:
    """The path of a scene's camera, which may look at data that move."""

    def center(name: str, time: float) -> Sequence[float]:
        with in_data(name):
            return shown_at(source(name), time).center(data_time(time))

    return camera_path(scene.camera, center, scene.header.duration)


def view_cone_of(output: Output, camera: Camera, time: float, size: tuple[int, int]) -> ViewCone:
    """The view cone of an output's picture of (width, height) pixels at a time: it holds what all eyes see."""
    lens, rig = freeze(output.lens, time), freeze(output.rig, time)
    width, height = rig.eye_size(size)
    eyes = rig.eyes_at(camera, lens.eyes, rig.files[0])
    aside = max(abs(eye.ods.radius) if eye.ods else math.dist(eye.position, camera.position) for eye in eyes)
    angle, pixel = lens.cone(eyes[0], (width, height))
    if angle == 0.0:  # parallel rays begin all over the picture
        aside += pixel * math.hypot(width, height) / 2
    return ViewCone(camera.position, camera.forward, angle, aside, pixel)


def view_sizes(output: Output, size: tuple[int, int]) -> list[tuple[int, int]]:
    """The sizes (width, height) of the photographs that a frame of (width, height) pixels is made of."""
    lens, eyes = freeze(output.lens, 0.0), _some_eyes(output)
    return [view.size for eye in eyes for view in lens.views(eye, output.rig.eye_size(size))]


def eye_count(output: Output) -> int:
    """How many eyes' pictures are in one frame."""
    return len(_some_eyes(output))


def _some_eyes(output: Output) -> tuple[Camera, ...]:
    """The eyes of a frame, at any place."""
    up = np.array([0.0, 0.0, 1.0])
    camera = Camera(np.zeros(3), np.array([0.0, 1.0, 0.0]), up, np.array([1.0, 0.0, 0.0]), 1.0, up)
    rig = freeze(output.rig.resolve(1.0), 0.0)
    eyes: tuple[Camera, ...] = rig.eyes_at(camera, output.lens.eyes, rig.files[0])
    return eyes


def with_keys(model: KindT, changes: Mapping[str, object]) -> KindT:
    """A layer with other values of some keys, wherever they stand in it."""
    fields = type(model).model_fields
    parts = {name: with_keys(part, changes) for name, part in model if name in fields and isinstance(part, Kind)}
    return model.model_copy(update=parts | {name: value for name, value in changes.items() if name in fields})
