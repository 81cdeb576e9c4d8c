"""One frame from start to end.

A scene's tracks are frozen at a time; the data give their arrays for it; layers turn the arrays into props. All that is
drawn is fitted to single precision. The stage hangs the props up and photographs them once for each view that the lens
asks for; the lens develops the plates, glowing particles add their light, and the rig packs the pictures of the eyes
into the frame. A frame follows from (script, output, number) and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moviemaker.auto_exposure import with_exposures
from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import in_data
from moviemaker.core.machine.stopwatch import Stopwatch
from moviemaker.core.progress import Progress
from moviemaker.core.props import Drawable, Environment, Light, LitProp, all_same
from moviemaker.core.props.looks import LOOKS
from moviemaker.core.sharing.summaries import take_summary
from moviemaker.core.sources import OutOfCore, Source
from moviemaker.drawing.darkroom import Background, Darkroom
from moviemaker.environment.sky import ResolvedSky, Sky
from moviemaker.layers import Layer
from moviemaker.lights import UNDER_SKY, default_lights
from moviemaker.resolved_scene import Script, in_place, open_data, pace_data, scene_path, source_for, view_cone_of
from moviemaker.scene.model import TRANSPARENT, Output, named_data
from moviemaker.shade import Shading
from moviemaker.stage.numerics.single_precision import SinglePrecision
from moviemaker.timeline.camera import CameraPath
from moviemaker.timeline.tracks import freeze

if TYPE_CHECKING:
    from moviemaker.stage.stage import Stage


class Studio:
    """Makes the frames of one output. There is one for a process; its data stay open and its actors on the stage.

    Args:
        script: the scene.
        output: the name of the output.
        size: (width, height) of the frames (default: the output's own size).
        sources: data that are open already, by name; others are opened when they are needed.
        file: the file of the rig that the frames are for (default: its first).
        progress: reporter for data that take long to read (default: none).

    Attributes:
        sources: open data by name.
        watch: measures the parts of the work on pictures: `start` (libraries are loaded, a window is opened), `read`
            (data), `shade` (light in the scene), `draw` (on the stage) and `develop` (the lens, glowing particles,
            packing).
    """

    def __init__(
        self,
        script: Script,
        output: str,
        size: tuple[int, int] | None = None,
        sources: dict[str, Source[object]] | None = None,
        file: str | None = None,
        progress: Progress | None = None,
    ):
        self.script = script
        self.output: Output = script.scene.outputs[output]
        self.size = size or self.output.size
        self.file: str = self.output.rig.files[0] if file is None else file
        self.sources = dict(sources or {})
        self._progress = progress
        self._props: dict[int, list[tuple[Any, tuple[object, ...], tuple[Drawable, ...]]]] = {}
        self._carried: dict[int, tuple[bytes, tuple[Drawable, ...], tuple[Drawable, ...]]] = {}
        self._past: dict[int, dict[float, object]] = {}
        self._lit: tuple[tuple[object, ...], tuple[Light, ...]] | None = None
        self._sky: tuple[ResolvedSky, Sky] | None = None
        self._around: tuple[Sky, bool, Environment] | None = None
        self._shading = Shading()
        self._precision = SinglePrecision()
        self.watch = Stopwatch()
        self.darkroom = Darkroom(self.output, self.size, self.watch, _is_bright(script))

    def frame(self, index: int) -> np.ndarray:
        """Frame number `index` of the movie, counted from 0, as `picture` makes it."""
        return self.picture(index / self.script.scene.header.fps)

    def picture(self, time: float) -> np.ndarray:
        """The picture at a time in seconds, row 0 on top.

        Returns:
            (height, width, 3) uint8 or uint16, as the output asks; before a transparent background (height, width, 4),
            straight colours and opacity. For EXR float32: linear light, and colours times opacity.
        """
        with self.watch.part("draw"):
            return self._picture(time)

    def _picture(self, time: float) -> np.ndarray:
        lens, rig = freeze(self.output.lens, time), freeze(self.output.rig, time)
        eyes, size = rig.eyes_at(self.path.at(time), lens.eyes, self.file), rig.eye_size(self.size)
        shown, lights = self.props(time), self.lights(time)
        with self.watch.part("shade"):
            shade = self._shading.of(shown, lights)
        header, cone, sky = freeze(self.script.scene.header, time), self.view_cone(time), self.sky(time)
        color = None if header.background == TRANSPARENT else header.background
        background: Background = color
        if sky is not None and sky.visible:
            background, color = sky, sky.horizon
        around = None if sky is None else self._environment(sky, shown)
        fog = None if header.fog is None else header.fog.around(cone, color)
        drawn = self._precision.fitted(shown, lights, lens, eyes, size, cone, shade, fog, around)
        return self.darkroom.frame(drawn, rig, background, header.printing)

    def props(self, time: float) -> tuple[Drawable, ...]:
        """Everything that is drawn at a time. A layer whose settings and data have not changed gives the same props."""
        moment = self.script.data_time(time)
        props: list[Drawable] = []
        for place, layer in enumerate(self.layers):
            still = freeze(layer, time)
            if not still.visible or still.opacity == 0:
                continue
            fields = tuple(name for _, name in layer.named_fields())
            moments = still.moments(moment, source_for(layer, self.source(layer.data), time).times)
            key = (still, moments if len(moments) > 1 else ())  # a single sample is drawn the same at any time
            before = self._props.get(place, [])
            self._props[place] = []
            for samples in self._samples(place, layer, moments, fields, time):
                same = (known for known in before if known[0] == key and all_same(known[1], samples))
                known = next(same, None) or (key, samples, still.finished(still.show(moments, samples)))
                self._props[place].append(known)
                props += self._in_place(place, layer, known[2], time)
        return tuple(props)

    def _in_place(self, place: int, layer: Layer, props: tuple[Drawable, ...], time: float) -> tuple[Drawable, ...]:
        """The props of a layer where they lie at a time; the same ones again while they do not move."""
        if not layer.in_own_coordinates:
            return props
        found, frame = in_place(layer, self.source(layer.data), time, props)
        known = self._carried.get(place)
        if known is None or known[:2] != (frame, props):
            known = self._carried[place] = (frame, props, found)
        return known[2]

    def _samples(
        self, place: int, layer: Layer, moments: Sequence[float], fields: tuple[str, ...], time: float
    ) -> list[tuple[object, ...]]:
        """A layer's data at several moments, ascending: once, or for each part if data are drawn in parts.

        Data of past moments are kept while they are asked for.
        """
        source = source_for(layer, self.source(layer.data), time)
        if isinstance(source, OutOfCore) and layer.in_parts:
            cone = self.view_cone(time)
            with in_data(layer.data), self.watch.part("read"):
                return [(part,) for part in source.seen(moments[-1], fields, cone)]
        known = self._past.get(place, {})
        with in_data(layer.data), self.watch.part("read"):
            past = {time: known[time] if time in known else source.at(time, fields) for time in moments[:-1]}
            self._past[place] = past
            return [(*past.values(), source.at(moments[-1], fields))]

    def view_cone(self, time: float) -> ViewCone:
        """The view cone of the picture at a time."""
        return view_cone_of(self.output, self.path.at(time), time, self.size)

    def lights(self, time: float) -> tuple[Light, ...]:
        """The lights at a time: the scene's, or the default ones, whose places follow from the first camera."""
        written = self.script.scene.lights
        stills: tuple[Any, ...] = () if written is None else freeze(written, time)
        if self._lit is None or self._lit[0] != stills:
            header = self.script.scene.header
            look, sky = LOOKS[header.look], header.sky is not None
            if written is None:
                lit = default_lights(self.path.at(0.0), look, sky)
            else:
                lit = tuple(one.light() for one in stills)
                if sky and all(light.kind != "ambient" for light in lit):
                    lit = (*lit, UNDER_SKY)
            self._lit = (stills, tuple(light.resolved(look) for light in lit))
        return self._lit[1]

    def sky(self, time: float) -> Sky | None:
        """The sky at a time, which stays upright by the vertical of the first camera; None: the scene has none."""
        still = freeze(self.script.scene.header.sky, time)
        if still is None:
            return None
        if self._sky is None or self._sky[0] != still:
            assert isinstance(still, ResolvedSky)
            self._sky = (still, Sky(still, self.path.at(0.0).vertical))
        return self._sky[1]

    def _environment(self, sky: Sky, shown: Sequence[Drawable]) -> Environment:
        """What a sky lights; the same again while it is the same."""
        reflected = any(isinstance(one, LitProp) and one.material.reflects for one in shown)
        if self._around is None or self._around[:2] != (sky, reflected):
            with self.watch.part("shade"):
                self._around = (sky, reflected, sky.environment(reflected))
        return self._around[2]

    def source(self, name: str) -> Source[object]:
        """The open data of this name."""
        if name not in self.sources:
            scene = self.script.scene
            needed = {other: self.source(other) for _, other in named_data(scene.data[name])}
            with in_data(name), self.watch.part("read"):
                self.sources[name] = open_data(scene.data[name], scene.folder, needed, self._progress)
                take_summary(name, self.sources[name])
                pace_data(self.script, self.sources[name])
        return self.sources[name]

    @cached_property
    def layers(self) -> tuple[Any, ...]:
        """The resolved layers, with exposures for this output."""
        return with_exposures(self.script, self.output, self.path, self.source)

    @cached_property
    def path(self) -> CameraPath:
        """The camera's path."""
        return scene_path(self.script.scene, self.script.data_time, self.source)

    @property
    def stage(self) -> Stage:
        """The stage."""
        return self.darkroom.stage

    def close(self) -> None:
        """Takes the stage down."""
        self.darkroom.close()


def _is_bright(script: Script) -> bool:
    """Whether some of what is drawn may be brighter than white, or light is spread or bent."""
    emitting = any(getattr(layer, "emission", 0.0) != 0.0 for layer in script.scene.layers)
    return emitting or not script.scene.header.prints_plainly


def _load_stage() -> None:
    from moviemaker.stage import stage as _stage  # noqa: F401


def _load_compiler() -> None:
    from moviemaker.core.jit import load_compiler

    load_compiler()


LIBRARIES: tuple[Callable[[], None], ...] = (_load_stage, _load_compiler)
"""What a process loads that is going to draw, in pieces: VTK, and what turns Python into machine code."""
