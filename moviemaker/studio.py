"""One frame from start to end.

A scene's tracks are frozen at a time; the data give their arrays for it; layers turn the arrays into props; the stage
hangs the props up and photographs them once for each view that the lens asks for; the lens develops the plates, and the
rig packs the pictures of the eyes into the frame. A frame follows from (script, output, number) and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.fields import Source
from moviemaker.core.props import Light, Prop
from moviemaker.scene.lights import default_lights
from moviemaker.scene.model import Output, Scene
from moviemaker.timeline.camera import CameraPath, camera_path
from moviemaker.timeline.tracks import Track, freeze

if TYPE_CHECKING:
    from moviemaker.stage.stage import Stage


@dataclass(frozen=True)
class Script:
    """A scene with everything settled that follows from its data as a whole. It can be sent to other processes.

    Attributes:
        scene: the scene as written.
        layers: its layers, settled: ranges of colours and the like are numbers.
        clock: data time at a time of the movie; None where no data move, which is then the movie's own time.
    """

    scene: Scene
    layers: tuple[Any, ...]
    clock: Track | float | None

    def data_time(self, time: float) -> float:
        """The data time at a time in seconds of the movie."""
        return time if self.clock is None else float(freeze(self.clock, time))  # type: ignore[arg-type]


def open_data(scene: Scene, name: str) -> Source[Any]:
    """Opens a data set of a scene.

    Raises:
        Mistake: it cannot be opened.
    """
    source: Source[Any] = scene.data[name].open(scene.folder)
    return source


class Studio:
    """Makes the frames of one output. One for a process: its data stay open and its actors on the stage.

    Args:
        script: the scene.
        output: which of its outputs.
        size: (width, height) of the frames, where they are not of the output's own size.
        sources: data that are open already, by name; the others are opened when they are needed.
        file: which of the rig's files the frames are for; default: its first.
    """

    def __init__(
        self,
        script: Script,
        output: str,
        size: tuple[int, int] | None = None,
        sources: dict[str, Source[Any]] | None = None,
        file: str | None = None,
    ):
        self.script = script
        self.output: Output = script.scene.outputs[output]
        self.size = size or self.output.size
        self.file: str = self.output.rig.files[0] if file is None else file
        self._sources = dict(sources or {})
        self._props: dict[int, tuple[Any, Any, tuple[Prop, ...]]] = {}
        self._lit: tuple[tuple[Any, ...], tuple[Light, ...]] | None = None

    def frame(self, index: int) -> np.ndarray:
        """Frame number `index` of the movie, counted from 0: (height, width, 3) uint8 or uint16, as the output asks."""
        return self.picture(index / self.script.scene.header.fps)

    def picture(self, time: float) -> np.ndarray:
        """The picture at a time in seconds: (height, width, 3) uint8 or uint16, row 0 on top."""
        header = freeze(self.script.scene.header, time)
        camera = self.path.at(time)
        lens, rig = freeze(self.output.lens, time), freeze(self.output.rig, time)
        self.stage.hang(self.props(time), self.lights(time))
        size = rig.eye_size(self.size)
        pictures = []
        for eye in rig.eyes_at(camera, lens.eyes, self.file):
            plates = [self.stage.photograph(view, header.background) for view in lens.views(eye, size)]
            pictures.append(lens.develop(plates, size))
        packed: np.ndarray = rig.pack(pictures)
        return packed

    def props(self, time: float) -> tuple[Prop, ...]:
        """All that is to be seen at a time. A layer whose data and look have not changed gives the same props."""
        moment = self.script.data_time(time)
        props: list[Prop] = []
        for place, layer in enumerate(self.script.layers):
            still = freeze(layer, time)
            if not still.visible or still.opacity == 0:
                continue
            fields = tuple(name for _, name in layer.named_fields())
            sample = self.source(layer.data).at(moment, fields)
            known = self._props.get(place)
            if known is None or known[0] != still or known[1] is not sample:
                known = self._props[place] = (still, sample, still.props(sample))
            props += known[2]
        return tuple(props)

    def lights(self, time: float) -> tuple[Light, ...]:
        """The lights at a time: the scene's, or the default ones, which stay where the first camera puts them."""
        written = self.script.scene.lights
        stills: tuple[Any, ...] = () if written is None else freeze(written, time)
        if self._lit is None or self._lit[0] != stills:
            lights = default_lights(self.path.at(0.0)) if written is None else tuple(one.light() for one in stills)
            self._lit = (stills, lights)
        return self._lit[1]

    def source(self, name: str) -> Source[Any]:
        """An open data set."""
        if name not in self._sources:
            self._sources[name] = open_data(self.script.scene, name)
        return self._sources[name]

    @cached_property
    def path(self) -> CameraPath:
        """The camera's path."""
        return scene_path(self.script.scene, self.script.data_time, self.source)

    @cached_property
    def stage(self) -> Stage:
        """The stage, which is built when the first picture is taken: only then VTK is loaded."""
        from moviemaker.stage.stage import Stage

        return Stage(self.output.film.bits)

    def close(self) -> None:
        """Takes the stage down."""
        if "stage" in self.__dict__:
            self.stage.close()
            del self.stage


def scene_path(scene: Scene, data_time: Callable[[float], float], source: Callable[[str], Source[Any]]) -> CameraPath:
    """The path of a scene's camera, which may look at data that move."""

    def center(name: str, time: float) -> Sequence[float]:
        return source(name).center(data_time(time))

    return camera_path(scene.camera, center, scene.header.duration)


def view_sizes(output: Output, size: tuple[int, int]) -> list[tuple[int, int]]:
    """Sizes of the photographs that a frame is made of."""
    up = np.array([0.0, 0.0, 1.0])
    camera = Camera(np.zeros(3), np.array([0.0, 1.0, 0.0]), up, np.array([1.0, 0.0, 0.0]), 1.0, up)
    lens, rig = freeze(output.lens, 0.0), freeze(output.rig.settle(1.0), 0.0)
    eyes = rig.eyes_at(camera, lens.eyes, rig.files[0])
    return [view.size for eye in eyes for view in lens.views(eye, rig.eye_size(size))]
