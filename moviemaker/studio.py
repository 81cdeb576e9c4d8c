"""One frame from start to end.

A scene's tracks are frozen at a time; the data give their arrays for it; layers turn the arrays into props. All that is
drawn is fitted to single precision. The stage hangs the props up and photographs them once for each view that the lens
asks for; the lens develops the plates, glowing particles add their light, and the rig packs the pictures of the eyes
into the frame. A frame follows from (script, output, number) and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from moviemaker.auto_exposure import with_exposures
from moviemaker.core.camera import Camera, ViewCone
from moviemaker.core.colors import linear_light, seen_opacity, straight
from moviemaker.core.errors import in_data
from moviemaker.core.fields import Vector
from moviemaker.core.machine.stopwatch import Stopwatch
from moviemaker.core.progress import Progress
from moviemaker.core.projection import Projection
from moviemaker.core.props import Drawable, Glow, Light, Prop, Volume, all_same
from moviemaker.core.sharing.summaries import take_summary
from moviemaker.core.sources import OutOfCore, Source
from moviemaker.drawing import strips, tiles
from moviemaker.drawing.memory import drawn_in_strips
from moviemaker.film.exr import as_half
from moviemaker.layers import Layer
from moviemaker.lens import Lens
from moviemaker.lights import default_lights
from moviemaker.resolved_scene import Script, in_place, open_data, pace_data, scene_path, source_for, view_cone_of
from moviemaker.rig import Rig
from moviemaker.scene.model import TRANSPARENT, Output, named_data
from moviemaker.stage.numerics.empty_plate import blank
from moviemaker.stage.numerics.single_precision import Fitted, SinglePrecision
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
            (data), `draw` (on the stage) and `develop` (the lens, glowing particles, packing).
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
        self._emptied: tuple[tuple[object, ...], np.ndarray] | None = None
        self._lit: tuple[tuple[object, ...], tuple[Light, ...]] | None = None
        self._precision = SinglePrecision()
        self.watch = Stopwatch()
        self._light: np.ndarray | None = None  # the last picture of light, whose memory the next one reuses

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
        drawn = self._precision.fitted(self.props(time), self.lights(time), lens, eyes, size, self.view_cone(time))
        color = freeze(self.script.scene.header, time).background
        background = None if color == TRANSPARENT else color
        with self.watch.part("develop"):
            if drawn_in_strips(self.output, self.size):
                return self._in_strips(rig, drawn, size, background)
            pictures = [self._seen(eye, props, drawn, size, background) for eye, props in drawn.eyes]
            packed: np.ndarray = rig.pack(pictures)
            return straight(packed) if background is None and not self._in_floats else packed

    def _seen(
        self,
        eye: Camera,
        props: tuple[Prop, ...],
        drawn: Fitted[Lens],
        size: tuple[int, int],
        background: Vector | None,
    ) -> np.ndarray:
        """An eye's picture: the developed plates, the light of glowing particles, and the lens's finish."""
        if drawn.glows and not props:
            picture, distances = self._empty(eye, drawn.lens, size, background), None
        else:
            picture, distances = self._developed(eye, props, drawn, size, background)
        projections = drawn.lens.projections(eye, size) if drawn.glows else ()
        picture = self._lit_up(picture, distances, props, self._shining(eye, drawn, size), projections)
        finished: np.ndarray = drawn.lens.finish(picture, size)
        return finished

    def _in_strips(self, rig: Rig, drawn: Fitted[Lens], size: tuple[int, int], background: Vector | None) -> np.ndarray:
        """The frame of a picture that is too large to be drawn whole; for EXR in the half floats of the file."""
        lens, eye, kind = drawn.lens, drawn.eyes[0][0], blank((1, 1), background, self.output.film.depth)
        frame = np.empty((*self.size[::-1], kind.shape[2]), np.float16 if self._in_floats else kind.dtype)
        apart = strips.ROWS if drawn.glows and strips.mapped(lens.projections(eye, size)) else 0
        shining = [self._shining(eye, drawn, size) for eye, _ in drawn.eyes]
        for strip in strips.strips(lens, [eye for eye, _ in drawn.eyes], size, kind.nbytes + 4):
            wide = strips.widened(strip, apart, range(size[1]))
            for first, pictures in self._strip(wide, apart, drawn, shining, size, background):
                rig.pack_rows([as_half(one) if self._in_floats else one for one in pictures], first, frame)
        for first in range(0, len(frame) if background is None and not self._in_floats else 0, strips.ROWS):
            frame[first : first + strips.ROWS] = straight(frame[first : first + strips.ROWS])
        return frame

    def _strip(
        self,
        strip: range,
        apart: int,
        drawn: Fitted[Lens],
        shining: Sequence[Sequence[Glow]],
        size: tuple[int, int],
        background: Vector | None,
    ) -> Iterator[tuple[int, list[np.ndarray]]]:
        """The bands of a strip: the first row of each, and the pictures of the eyes."""
        lens = drawn.lens
        plates = [self._plates(eye, props, drawn, size, background, strip) for eye, props in drawn.eyes]
        for band in strips.bands(lens, size, strip, apart):
            pictures = []
            for (eye, props), (pixels, away), glows in zip(drawn.eyes, plates, shining, strict=True):
                picture = lens.develop_rows(pixels, size, strip, band.rows, _equiangular(props))
                distances = None if away is None else lens.distances_of_rows(away, size, strip, band.rows)
                projections = band.projections(eye) if glows else ()
                pictures.append(band.finished(self._lit_up(picture, distances, props, glows, projections)))
            yield band.kept.start, pictures

    def _plates(
        self,
        eye: Camera,
        props: tuple[Prop, ...],
        drawn: Fitted[Lens],
        size: tuple[int, int],
        background: Vector | None,
        strip: range,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The pixels of all plates of a strip (n, channels), and the distances of what is opaque in them (n,)."""
        views = drawn.lens.views_of_rows(eye, size, strip, _equiangular(props))
        pixels = blank((1, sum(math.prod(view.size) for view in views)), background, self.output.film.depth)[:, 0]
        if drawn.glows and not props:
            return pixels, None
        away = np.empty(len(pixels), np.float32) if drawn.glows and not _equiangular(props) else None
        with self.watch.part("draw"):
            self.stage.hang(props, drawn.lights)
            tiles.photograph(self.stage, views, background, self.output.film.depth, pixels, away)
        return pixels, away

    def _lit_up(
        self,
        picture: np.ndarray,
        distances: np.ndarray | None,
        props: tuple[Prop, ...],
        shining: Sequence[Glow],
        projections: Sequence[Projection],
    ) -> np.ndarray:
        """A picture as linear light, if it is wanted so, with the light of glowing particles."""
        if self._in_floats:
            adds = any(isinstance(prop, Volume) and prop.blend == "additive" for prop in props)
            picture = linear_light(picture, adds)
        elif picture.shape[2] == 4:
            picture = seen_opacity(np.require(picture, requirements="W"))
        return self._with_glow(picture, distances, shining, projections) if shining else picture

    def _developed(
        self,
        eye: Camera,
        props: tuple[Prop, ...],
        drawn: Fitted[Lens],
        size: tuple[int, int],
        background: Vector | None,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """An eye's picture of the props, and the distances of what is opaque in it, if particles glow."""
        equiangular, plates, distances = _equiangular(props), [], []
        with self.watch.part("draw"):
            self.stage.hang(props, drawn.lights)
            for view in drawn.lens.views(eye, size, equiangular):
                plates.append(self.stage.photograph(view, background))
                if drawn.glows and not equiangular:
                    distances.append(self.stage.distances(view))
        picture = drawn.lens.develop(plates, size, equiangular)
        return picture, drawn.lens.distances(distances, size) if distances else None

    def _empty(self, eye: Camera, lens: Lens, size: tuple[int, int], background: Vector | None) -> np.ndarray:
        """An eye's picture without props, for which no stage is needed; the last one is kept."""
        known = (lens, size, background)
        if self._emptied is None or self._emptied[0] != known:
            plates = [blank(view.size, background, self.output.film.depth) for view in lens.views(eye, size)]
            self._emptied = (known, lens.develop(plates, size))
        return self._emptied[1].copy()

    def _shining(self, eye: Camera, drawn: Fitted[Lens], size: tuple[int, int]) -> list[Glow]:
        """The glowing particles as an eye sees them."""
        _, pixel = drawn.lens.cone(eye, size)
        shining = [one.seen_from(eye.position) for one in drawn.glows]
        if self._in_floats or not any(one.angular for one in drawn.glows):
            return shining
        with self.watch.part("start"):  # compiled: imported when needed
            from moviemaker.glow.star_hues import with_even_hues

        return [
            with_even_hues(glow, one.size / pixel) if one.angular else glow
            for glow, one in zip(shining, drawn.glows, strict=True)
        ]

    def _with_glow(
        self,
        picture: np.ndarray,
        distances: np.ndarray | None,
        shining: Sequence[Glow],
        projections: Sequence[Projection],
    ) -> np.ndarray:
        """A picture with the light of glowing particles added, where nothing opaque is nearer."""
        with self.watch.part("start"):  # all are compiled: imported when needed
            from moviemaker.glow.splatting import splat_light
            from moviemaker.glow.tone_mapping import add_light, apply_contrast, expose

        picture = np.require(picture, requirements="W")
        height, width = picture.shape[:2]
        again = None if self._light is None or self._light.shape[1:] != (height, width) else self._light
        alike: dict[float, list[Glow]] = {}
        for glow in shining:
            alike.setdefault(glow.contrast, []).append(glow)
        light = None
        for contrast, glows in alike.items():
            part = splat_light(glows, projections, (width, height), distances, again if light is None else None)
            if contrast != 1:
                apply_contrast(part, contrast)
            light = part if light is None else light + part
        assert light is not None
        self._light = light
        (add_light if self._in_floats else expose)(light, picture)
        return picture

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
                known = next(same, None) or (key, samples, still.show(moments, samples))
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
            lights = default_lights(self.path.at(0.0)) if written is None else tuple(one.light() for one in stills)
            self._lit = (stills, lights)
        return self._lit[1]

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

    @property
    def _in_floats(self) -> bool:
        """Whether pictures are linear light in floats, not sRGB codes."""
        return bool(self.output.film.is_linear)

    @cached_property
    def layers(self) -> tuple[Any, ...]:
        """The resolved layers, with exposures for this output."""
        return with_exposures(self.script, self.output, self.path, self.source)

    @cached_property
    def path(self) -> CameraPath:
        """The camera's path."""
        return scene_path(self.script.scene, self.script.data_time, self.source)

    @cached_property
    def stage(self) -> Stage:
        """The stage, which is built when the first picture is taken: only then VTK is loaded."""
        with self.watch.part("start"):
            from moviemaker.stage.stage import Stage

            return Stage(self.output.film.depth)

    def close(self) -> None:
        """Takes the stage down."""
        if "stage" in self.__dict__:
            self.stage.close()
            del self.stage


def _load_stage() -> None:
    from moviemaker.stage import stage as _stage  # noqa: F401


def _load_compiler() -> None:
    from moviemaker.core.jit import load_compiler

    load_compiler()


LIBRARIES: tuple[Callable[[], None], ...] = (_load_stage, _load_compiler)
"""What a process loads that is going to draw, in pieces: VTK, and what turns Python into machine code."""


def _equiangular(props: Sequence[Prop]) -> bool:
    """Whether pixels may lie in any direction: only rays through volumes are cast."""
    return bool(props) and all(isinstance(prop, Volume) for prop in props)
