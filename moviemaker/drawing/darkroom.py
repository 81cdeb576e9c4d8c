"""The darkroom: from what a picture shows to the finished frame.

The stage hangs the props up and photographs them once for each view that the lens asks for; the lens develops the
plates, glowing particles add their light, and the rig packs the pictures of the eyes into the frame. Pictures that are
too large to be drawn whole are made in strips.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.camera import Camera, View
from moviemaker.core.colors import linear_colors, linear_light, seen_opacity, straight
from moviemaker.core.fields import Vector
from moviemaker.core.machine.stopwatch import Stopwatch
from moviemaker.core.projection import Projection
from moviemaker.core.props import Glow, Printing, Prop, Volume
from moviemaker.drawing import strips, tiles
from moviemaker.drawing.memory import drawn_in_strips
from moviemaker.drawing.printing import Around, Printer, directions
from moviemaker.environment.backdrop import BeforeSky, before
from moviemaker.environment.sky import Sky
from moviemaker.film.exr import as_half
from moviemaker.lens import Lens
from moviemaker.rig import Rig
from moviemaker.scene.model import Output
from moviemaker.stage.numerics.empty_plate import blank
from moviemaker.stage.numerics.single_precision import Fitted

if TYPE_CHECKING:
    from moviemaker.stage.stage import Stage


Background = Vector | Sky | None
"""What is behind everything: a colour, sRGB, 0 to 1, or the sky; None: transparent."""


PLAIN = Printing()


@dataclass(frozen=True, eq=False)
class Shot:
    """What a frame shows, and how.

    Attributes:
        drawn: what the eyes see.
        size: (width, height) of an eye's picture, pixels.
        background: what is behind it.
        how: light becomes the picture.
    """

    drawn: Fitted[Lens]
    size: tuple[int, int]
    background: Background
    how: Printing


SMALL = 4096
"""Longest side of the picture from which the glare of a larger one comes that is drawn in strips."""


class Darkroom:
    """Makes the pictures of one output.

    Args:
        output: what is made.
        size: (width, height) of the frames, pixels.
        watch: measures the parts of the work.
        bright: whether some of what is drawn may be brighter than white, and all of it is printed as light.
    """

    def __init__(self, output: Output, size: tuple[int, int], watch: Stopwatch, bright: bool = False):
        self.output, self.size, self.watch, self.bright = output, size, watch, bright
        self._depth = 32 if bright else output.film.depth  # bits of the colours of plates
        self._emptied: tuple[tuple[object, ...], np.ndarray] | None = None
        self._light: np.ndarray | None = None  # the last picture of light, whose memory the next one reuses
        self._printer = Printer(watch)

    def frame(self, drawn: Fitted[Lens], rig: Rig, background: Background, how: Printing = PLAIN) -> np.ndarray:
        """The frame of what is drawn, row 0 on top, as `Studio.picture` gives it.

        Args:
            drawn: what the eyes see.
            rig: packs the pictures of the eyes.
            background: sRGB, 0 to 1; None: transparent; or the sky.
            how: light becomes the picture.
        """
        shot = Shot(drawn, rig.eye_size(self.size), background, how)
        with self.watch.part("develop"):
            if drawn_in_strips(self.output, self.size):
                return self._in_strips(rig, shot)
            pictures = [self._seen(eye, props, shot) for eye, props in drawn.eyes]
            packed: np.ndarray = rig.pack(pictures)
            return straight(packed) if background is None and not self._in_floats else packed

    def _seen(self, eye: Camera, props: tuple[Prop, ...], shot: Shot) -> np.ndarray:
        """An eye's picture: the developed plates, the light of glowing particles, and the lens's finish."""
        picture, distances = self._behind_glows(eye, props, shot)
        lens = shot.drawn.lens
        projections = lens.projections(eye, shot.size) if shot.drawn.glows else ()

        def spread(light: np.ndarray) -> None:
            around = self._printer.around(light, eye, lens, shot.how)
            if around is not None:
                around.add(light)

        picture = self._shown(picture, distances, props, self._shining(eye, shot), projections, shot.how, spread)
        finished: np.ndarray = lens.finish(picture, shot.size)
        return finished

    def _shown(
        self,
        picture: np.ndarray,
        distances: np.ndarray | None,
        props: tuple[Prop, ...],
        shining: Sequence[Glow],
        projections: Sequence[Projection],
        how: Printing,
        spread: Callable[[np.ndarray], None],
    ) -> np.ndarray:
        """A developed picture with the light of glowing particles, as it is wanted; `spread` adds the glare."""
        picture = self._measured(picture, props)
        if how.is_plain and not self.bright:
            return self._lit_up(picture, distances, shining, projections)
        light = self._light_of(picture, distances, shining, projections, how)
        spread(light)
        return self._printed(picture, light, how)

    def _measured(self, picture: np.ndarray, props: tuple[Prop, ...]) -> np.ndarray:
        """A developed picture as linear light, if it is wanted so."""
        if not self._in_floats:
            return picture
        return linear_light(picture, any(isinstance(prop, Volume) and prop.blend == "additive" for prop in props))

    def _light_of(
        self,
        picture: np.ndarray,
        distances: np.ndarray | None,
        shining: Sequence[Glow],
        projections: Sequence[Projection],
        how: Printing,
    ) -> np.ndarray:
        """The exposed light of a picture (3 n, height, width): of plates, and that of glows, apart if it is toned."""
        own = picture[..., :3] if self._in_floats else linear_colors(picture[..., :3])
        light = np.array(np.moveaxis(own, 2, 0), order="C")
        if shining:
            glowing = self._glowing(picture.shape[:2], distances, shining, projections)
            light = light + glowing if self._in_floats else np.concatenate([light, glowing])
        light *= np.float32(how.exposure)
        return light

    def _printed(self, picture: np.ndarray, light: np.ndarray, how: Printing) -> np.ndarray:
        """The picture of light as `_light_of` gives it, of which some may have been spread."""
        if not self._in_floats:
            return self._printer.toned(light, how, picture, self.output.film.depth)
        colors = np.moveaxis(light, 0, 2)
        if picture.shape[2] == 4:
            added = (colors - np.float32(how.exposure) * picture[..., :3]).max(axis=2)
            picture[..., 3] = 1 - (1 - picture[..., 3]) * np.exp(-np.maximum(added, 0))
        picture[..., :3] = colors
        return picture

    def _in_strips(self, rig: Rig, shot: Shot) -> np.ndarray:
        """The frame of a picture that is too large to be drawn whole; for EXR in the half floats of the file."""
        drawn, size, background = shot.drawn, shot.size, shot.background
        lens, eye, kind = drawn.lens, drawn.eyes[0][0], blank((1, 1), _plain(background), self.output.film.depth)
        frame = np.empty((*self.size[::-1], kind.shape[2]), np.float16 if self._in_floats else kind.dtype)
        apart = strips.ROWS if drawn.glows and strips.mapped(lens.projections(eye, size)) else 0
        shining = [self._shining(eye, shot) for eye, _ in drawn.eyes]
        spread = [self._around(one, props, shot) for one, props in drawn.eyes]
        for strip in strips.strips(lens, [eye for eye, _ in drawn.eyes], size, kind.nbytes + 4):
            wide = strips.widened(strip, apart, range(size[1]))
            for first, pictures in self._strip(wide, apart, shot, shining, spread):
                rig.pack_rows([as_half(one) if self._in_floats else one for one in pictures], first, frame)
        for first in range(0, len(frame) if background is None and not self._in_floats else 0, strips.ROWS):
            frame[first : first + strips.ROWS] = straight(frame[first : first + strips.ROWS])
        return frame

    def _strip(
        self,
        strip: range,
        apart: int,
        shot: Shot,
        shining: Sequence[Sequence[Glow]],
        spread: Sequence[Around | None],
    ) -> Iterator[tuple[int, list[np.ndarray]]]:
        """The bands of a strip: the first row of each, and the pictures of the eyes."""
        drawn, size = shot.drawn, shot.size
        lens = drawn.lens
        plates = [self._plates(eye, props, shot, strip) for eye, props in drawn.eyes]
        for band in strips.bands(lens, size, strip, apart):
            pictures = []
            for (eye, props), (pixels, away), glows, around in zip(drawn.eyes, plates, shining, spread, strict=True):
                picture = lens.develop_rows(pixels, size, strip, band.rows, _equiangular(props))
                distances = None if away is None else lens.distances_of_rows(away, size, strip, band.rows)
                projections = band.projections(eye) if glows else ()
                add = partial(_add_rows, around, lens, eye, size, band.rows)
                picture = self._shown(picture, distances, props, glows, projections, shot.how, add)
                pictures.append(band.finished(picture))
            yield band.kept.start, pictures

    def _around(self, eye: Camera, props: tuple[Prop, ...], shot: Shot) -> Around | None:
        """What of the light of a picture that is drawn in strips is spread, from a small one that is drawn whole."""
        if shot.how.glare == 0:
            return None
        shrunk, (width, height), lens = 1, shot.size, shot.drawn.lens
        while max(shot.size) > shrunk * SMALL and width % (2 * shrunk) == 0 == height % (2 * shrunk):
            shrunk *= 2
        small = replace(shot, size=(width // shrunk, height // shrunk))
        picture, distances = self._behind_glows(eye, props, small)
        shining = self._shining(eye, shot)
        projections = lens.projections(eye, small.size) if shining else ()
        light = self._light_of(self._measured(picture, props), distances, shining, projections, shot.how)
        return self._printer.around(light, eye, lens, shot.how)

    def _plates(
        self, eye: Camera, props: tuple[Prop, ...], shot: Shot, strip: range
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The pixels of all plates of a strip (n, channels), and the distances of what is opaque in them (n,)."""
        drawn, background = shot.drawn, shot.background
        views = drawn.lens.views_of_rows(eye, shot.size, strip, _equiangular(props))
        count = sum(math.prod(view.size) for view in views)
        pixels = blank((1, count), _plain(background), self._depth)[:, 0]
        if drawn.glows and not props:
            if isinstance(background, Sky):
                plates = [self._blank(view, background) for view in views]
                np.concatenate([plate.reshape(-1, plate.shape[2]) for plate in plates], out=pixels)
            return pixels, None
        away = np.empty(len(pixels), np.float32) if drawn.glows and not _equiangular(props) else None
        with self.watch.part("draw"):
            stage = self._hung(props, shot)
            drawn_as = 8 if self.bright and not self._in_floats else self.output.film.depth
            tiles.photograph(stage, views, _plain(background), drawn_as, pixels, away)
        return pixels, away

    def _lit_up(
        self,
        picture: np.ndarray,
        distances: np.ndarray | None,
        shining: Sequence[Glow],
        projections: Sequence[Projection],
    ) -> np.ndarray:
        """A picture with the light of glowing particles."""
        if not self._in_floats and picture.shape[2] == 4:
            picture = seen_opacity(np.require(picture, requirements="W"))
        return self._with_glow(picture, distances, shining, projections) if shining else picture

    def _behind_glows(self, eye: Camera, props: tuple[Prop, ...], shot: Shot) -> tuple[np.ndarray, np.ndarray | None]:
        """An eye's picture of the props, which may be none, and the distances of what is opaque, if particles glow."""
        if shot.drawn.glows and not props:
            return self._empty(eye, shot), None
        return self._developed(eye, props, shot)

    def _developed(self, eye: Camera, props: tuple[Prop, ...], shot: Shot) -> tuple[np.ndarray, np.ndarray | None]:
        """An eye's picture of the props, and the distances of what is opaque in it, if particles glow."""
        equiangular, plates, distances = _equiangular(props), [], []
        lens, size = shot.drawn.lens, shot.size
        with self.watch.part("draw"):
            stage = self._hung(props, shot)
            for view in lens.views(eye, size, equiangular):
                plates.append(stage.photograph(view, _plain(shot.background)))
                if shot.drawn.glows and not equiangular:
                    distances.append(stage.distances(view))
        picture = lens.develop(plates, size, equiangular)
        return picture, lens.distances(distances, size) if distances else None

    def _hung(self, props: tuple[Prop, ...], shot: Shot) -> tiles.Photographer:
        """The stage with props on it, before the sky if there is one."""
        drawn, background = shot.drawn, shot.background
        self.stage.hang(props, drawn.lights, drawn.shade, drawn.fog, drawn.environment)
        return BeforeSky(self.stage, background) if isinstance(background, Sky) else self.stage

    def _blank(self, view: View, background: Background) -> np.ndarray:
        """The plate of a view that shows no props."""
        if isinstance(background, Sky):
            return before(blank(view.size, None, self._depth), view, background)
        return blank(view.size, background, self._depth)

    def _empty(self, eye: Camera, shot: Shot) -> np.ndarray:
        """An eye's picture without props, for which no stage is needed; the last one is kept."""
        lens, size, background = shot.drawn.lens, shot.size, shot.background
        direction = (*eye.forward.tolist(), *eye.up.tolist()) if isinstance(background, Sky) else ()
        known = (lens, size, background, direction, eye.fov if direction else 0.0)
        if self._emptied is None or self._emptied[0] != known:
            plates = [self._blank(view, background) for view in lens.views(eye, size)]
            self._emptied = (known, lens.develop(plates, size))
        return self._emptied[1].copy()

    def _shining(self, eye: Camera, shot: Shot) -> list[Glow]:
        """The glowing particles as an eye sees them."""
        drawn = shot.drawn
        _, pixel = drawn.lens.cone(eye, shot.size)
        fog = drawn.fog
        shining = [one.seen_from(eye.position) if fog is None else fog.before(one, eye.position) for one in drawn.glows]
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
        light = self._glowing(picture.shape[:2], distances, shining, projections)
        with self.watch.part("start"):  # compiled: imported when needed
            from moviemaker.glow.tone_mapping import add_light, expose

        picture = np.require(picture, requirements="W")
        (add_light if self._in_floats else expose)(light, picture)
        return picture

    def _glowing(
        self,
        shape: tuple[int, ...],
        distances: np.ndarray | None,
        shining: Sequence[Glow],
        projections: Sequence[Projection],
    ) -> np.ndarray:
        """The light of glowing particles in a picture of (height, width) pixels: (3, height, width), linear."""
        with self.watch.part("start"):  # all are compiled: imported when needed
            from moviemaker.glow.splatting import splat_light
            from moviemaker.glow.tone_mapping import apply_contrast

        height, width = shape
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
        return light

    @property
    def _in_floats(self) -> bool:
        """Whether pictures are linear light in floats, not sRGB codes."""
        return bool(self.output.film.is_linear)

    @cached_property
    def stage(self) -> Stage:
        """The stage, which is built when the first picture is taken: only then VTK is loaded."""
        with self.watch.part("start"):
            from moviemaker.stage.stage import Stage

            return Stage(self.output.film.depth, self.bright)

    def close(self) -> None:
        """Takes the stage down."""
        if "stage" in self.__dict__:
            self.stage.close()
            del self.stage


def _plain(background: Background) -> Vector | None:
    """The colour behind plates; before a sky it does not count."""
    return (0.0, 0.0, 0.0) if isinstance(background, Sky) else background


def _add_rows(
    around: Around | None, lens: Lens, eye: Camera, size: tuple[int, int], rows: range, light: np.ndarray
) -> None:
    """Adds what is spread of the light of an eye's whole picture to some of its rows, if anything is."""
    if around is not None:
        whole = directions(lens, eye, size)
        around.add(light, [part for one in whole if (part := one.in_rows(rows)) is not None])


def _equiangular(props: Sequence[Prop]) -> bool:
    """Whether pixels may lie in any direction: only rays through volumes are cast."""
    return bool(props) and all(isinstance(prop, Volume) for prop in props)
