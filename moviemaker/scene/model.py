"""A scene file says what is drawn, from where, and which files are made.

```yaml
title: A stellar stream
duration: 12                  # seconds
fps: 30
data:
  stream: {kind: particles, file: stream.npz}
layers:
  - {kind: points, data: stream, shape: glow, size: 0.2}
camera: {orbit: {center: stream, radius: 60, azimuth: {0: 0, 12: 90}}}
outputs:
  hd: {lens: perspective, size: [1920, 1080]}
```

Paths are relative to the scene file. Angles are degrees, times are seconds of the movie, and lengths are the scene's
own units. Numbers, vectors and colours may move: `opacity: {0: 0, 2: 1, ease: smooth}` goes from 0 to 1 in two seconds.
Before the first time and after the last the value holds. `ease` is `linear`, `smooth`, `in`, `out` or `hold`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import model_validator

from moviemaker.core.dates import MOMENT
from moviemaker.core.errors import InputError, Location, Problem, nearest, show
from moviemaker.core.kinds import Kind
from moviemaker.core.props import Printing
from moviemaker.core.props.looks import LOOKS, LookName
from moviemaker.core.values import COLOR, POSITIVE, SIZE, TEXT, Value, choice, number_between, optional
from moviemaker.scene.fog import FogKeys
from moviemaker.scene.glare import GLARE, GlareKeys
from moviemaker.scene.sky import SKY, SkyKeys
from moviemaker.timeline.camera import CameraSettings
from moviemaker.timeline.tracks import Moving

# Limits that no movie comes near, and beyond which numbers of frames and rates of players are no longer numbers.
DURATION: Value = number_between(1e-3, 1e6, "seconds, a number above 0 such as 12")
FPS: Value = number_between(0.01, 1000, "frames per second, a number above 0 such as 30")
MOST_FRAMES = 10_000_000


def _stands_for(right: str) -> Value:
    """A part of a scene that is checked elsewhere; only its description is used."""
    return Value(right, lambda written: written, {}, mix=None)


DATA = _stands_for("names, and a mapping with `kind` for each (moviemaker help data)")
LAYERS = _stands_for("a list of mappings with `kind` (moviemaker help layers)")
LIGHTS = _stands_for("a list of mappings with `kind` (moviemaker help lights)")
CAMERA = _stands_for("keys and values (moviemaker help camera)")
OUTPUTS = _stands_for("names, and a mapping with `lens` for each (moviemaker help outputs)")
LENS = _stands_for("the name of a lens (moviemaker help lens)")
STEREO = _stands_for("a packing, or a mapping with one (moviemaker help rig)")

LOOK = choice(*LOOKS, noun="look")

ToneName = Literal["plain", "filmic"]

TONE = choice(*get_args(ToneName), noun="tone")

TRANSPARENT: Literal["transparent"] = "transparent"
"""The background of pictures with an alpha channel."""

_HIDDEN_COLOR = re.compile(r"#[0-9a-f]{6}00|#[0-9a-f]{3}0|(rgb|hsl)a\(.*,\s*0(\.0*)?\s*\)")  # as CSS writes it


def _parse_background(written: object) -> object:
    if written == TRANSPARENT:
        right = "write background: transparent for the whole movie, or colours alone"
        raise InputError("a transparent background cannot change into a colour", right)
    try:
        return COLOR.parse(written)
    except InputError as error:
        if isinstance(written, str) and nearest(written.lower(), [TRANSPARENT]):
            raise InputError(error.what, f"did you mean {TRANSPARENT!r}?") from None
        raise


class _Background(Moving):
    """A colour that may move, or `transparent`."""

    def parse(self, written: Any) -> Any:
        """A colour, a track of colours, or `TRANSPARENT`."""
        text = written.strip().lower() if isinstance(written, str) else ""
        if text == TRANSPARENT:
            return TRANSPARENT
        if _HIDDEN_COLOR.fullmatch(text) or (isinstance(written, list | tuple) and len(written) == 4):
            right = "write background: transparent, or a colour of three numbers"
            raise InputError(f"{show(written)} is not a background", right)
        return super().parse(written)


BACKGROUND = _Background(
    Value(
        "transparent, a CSS colour name, '#rrggbb' or [r, g, b] in 0..1",
        _parse_background,
        COLOR.schema,
        mix=COLOR.mix,
    )
)

Moment = float | str | None
"""A data time: a number, or a date as text; None if the scene gives none."""


class Units(Kind):
    """Names of the units of length and of data time, for labels."""

    length: Annotated[str | None, optional(TEXT)] = None
    """Name of the unit of length, such as `kpc` or `nm`."""

    time: Annotated[str | None, optional(TEXT)] = None
    """Name of the unit of data time, such as `Myr` or `ps`."""


class Header(Kind):
    """The keys of a scene that are not sections."""

    title: Annotated[str, TEXT] = ""
    """Title of the movie. It is written into the metadata of the file."""

    duration: Annotated[float, DURATION]
    """Length of the movie in seconds."""

    fps: Annotated[float, FPS] = 30.0
    """Frames per second. 23.976, 29.97 and 59.94 mean the exact NTSC rates such as 30000/1001. Default: 30."""

    background: Annotated[tuple[float, float, float] | Literal["transparent"], BACKGROUND] = (0.0, 0.0, 0.0)
    """Colour where nothing is drawn, or `transparent` for files with an alpha channel: PNG sequences, ProRes 4444 (the
    default then), WebM and FFV1. Default: black."""

    sky: Annotated[SkyKeys | None, optional(SKY)] = None
    """What is seen behind everything, infinitely far away, and lights it: a gradient, `{zenith: "#2a5c9a", horizon:
    white, ground: gray}`, or the file of a picture of all directions. It takes the place of `background`, and of the
    ambient, the fill and the back light of a scene without `lights`. Default: none."""

    look: Annotated[LookName, LOOK] = "flat"
    """What light is like where `lights` does not say it: `flat` (colours as they are), `soft` (hollows are darker),
    `studio` (soft shadows too) or `cinematic` (thin volumes glow in the light, and bright things dazzle). Default:
    flat."""

    fog: FogKeys | None = None
    """Fog around the camera, which tells near from far: `{from: 10, to: 60}` (moviemaker help fog). Default: none."""

    glare: Annotated[GlareKeys | None, optional(GLARE)] = None
    """What of the light of each point is spread around it, as in an eye: a number from 0 to 1, or a mapping (moviemaker
    help glare). Default: as the `look` says, which is none but for `cinematic`."""

    exposure: Annotated[float, Moving(POSITIVE)] = 1.0
    """Factor on all light of the picture, as that of a camera: 2 is one stop brighter. It may move. Default: 1."""

    tone: Annotated[ToneName, TONE] = "plain"
    """What becomes of bright light. `plain` shows it as it is up to white, and beyond white with the hue that it has,
    until it is very bright. `filmic` bends it together from half of white on, as film does, so that what is brighter
    than white is told apart. OpenEXR holds light as it is. Default: plain."""

    units: Units = Units()
    """Names of the units, for labels: `{length: kpc, time: Myr}`. They scale nothing."""

    clock: Annotated[Moment, Moving(MOMENT, default_ease="linear", optional=True)] = None
    """Data time at seconds of the movie: `{0: 0, 12: 5000}`. Dates may be given where the data say what their times
    count. Default: the whole span of the data, over the whole movie."""

    @model_validator(mode="after")
    def _check_fog(self) -> Self:
        if self.fog is not None and self.fog.color is None and self.background == TRANSPARENT:
            what = "the fog has the colour of the background, which is transparent"
            raise InputError(what, "write color: in fog", ("fog", "color"))
        return self

    @model_validator(mode="after")
    def _check_sky(self) -> Self:
        if self.sky is not None and self.sky.visible and "background" in self.model_fields_set:
            what = "a background and a sky are given, and the sky is seen behind everything"
            raise InputError(what, "leave background out, or write visible: false below sky", ("background",))
        return self

    @model_validator(mode="after")
    def _check_frames(self) -> Self:
        if (count := self.duration * self.fps) > MOST_FRAMES:
            what = f"{self.duration:g} seconds at {self.fps:g} frames per second are {count:.3g} frames"
            raise InputError(what, f"write a shorter movie, of at most {MOST_FRAMES:g} frames", ("duration",))
        return self

    @property
    def printing(self) -> Printing:
        """How light becomes the picture; of a frozen header."""
        look = LOOKS[self.look].glare
        glare = GlareKeys(amount=look) if self.glare is None else self.glare
        return Printing(self.exposure, self.tone == "filmic", glare.amount, math.radians(glare.width))

    @property
    def prints_plainly(self) -> bool:
        """Whether light stays as it is drawn at all times."""
        return (self.exposure, self.tone) == (1.0, "plain") and not self.dazzles

    @property
    def dazzles(self) -> bool:
        """Whether light is spread at any time."""
        amount = LOOKS[self.look].glare if self.glare is None else self.glare.amount
        return amount != 0.0


class SceneKeys(Header):
    """The keys at the top of a scene file."""

    data: Annotated[Mapping[str, object] | None, DATA] = None
    """The data sets, each below a name that layers and the camera use."""

    layers: Annotated[Sequence[object] | None, LAYERS] = None
    """What is drawn, one entry for each layer."""

    lights: Annotated[Sequence[object] | None, LIGHTS] = None
    """Lights of the scene. Default: a key sun from above and to the left of the first camera, a weaker fill and a back
    light, fixed in the scene, and some ambient light: no side is dark."""

    camera: Annotated[Mapping[str, object], CAMERA]
    """Where the camera is and where it looks: `keyframes` or an `orbit`."""

    outputs: Annotated[Mapping[str, object], OUTPUTS]
    """The files to make, each below a name that is part of the file's name."""


class OutputKeys(Kind):
    """The keys of an output, beside those of its lens and of its film."""

    lens: Annotated[str, LENS]
    """Kind of picture, such as `perspective` or `equirectangular`. The keys of the lens stand beside it."""

    size: Annotated[tuple[int, int], SIZE]
    """Width and height of the file's picture in pixels, both eyes together."""

    stereo: Annotated[object, STEREO] = "none"
    """How two eyes share the picture: `none`, `left-right`, `top-bottom`, `separate`, `anaglyph`, or a mapping with
    one of them as its `packing`. Default: none."""


@dataclass(frozen=True)
class Output:
    """One file to make.

    Attributes:
        size: (width, height) of the file's picture in pixels, all eyes together.
        lens: the projection of the picture (a model of the lens room).
        rig: the eyes (a model of the rig room).
        film: format, codec and quality, all resolved (an encoding of the film room).
    """

    name: str
    size: tuple[int, int]
    lens: Any
    rig: Any
    film: Any


def needed_data(model: object) -> tuple[tuple[Location, str], ...]:
    """The other data that a data set is made from: the places of their names in its entry, and the names.

    Such a kind of data has a property `needs`, and its `open` takes the other data, open, by name.
    """
    needs: tuple[tuple[Location, str], ...] = getattr(model, "needs", ())
    return needs


def named_data(model: object) -> tuple[tuple[Location, str], ...]:
    """All other data that a data set names: those that it is made from, and those that it is attached to."""
    attached: tuple[tuple[Location, str], ...] = getattr(model, "attached", ())
    return (*needed_data(model), *attached)


def data_with_needs(data: Mapping[str, object], names: Iterable[str]) -> tuple[str, ...]:
    """Names of data, and of all data that they are made from or attached to, sorted."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in data and name not in found:
            found.add(name)
            waiting += [other for _, other in named_data(data[name])]
    return tuple(sorted(found))


@dataclass(frozen=True)
class Scene:
    """A parsed scene file.

    Attributes:
        name: the file's name without its ending, which is part of the names of finished files.
        folder: the folder that paths in the scene are relative to.
        header: title, duration, frame rate, background, units, clock.
        data: by name, models of the data room.
        layers: in the order of the file, models of the layers room.
        lights: models of the lights room; None if the scene gives none.
        camera: keyframes or an orbit.
        outputs: by name, in the order of the file.
    """

    name: str
    folder: Path
    header: Header
    data: dict[str, Any]
    layers: tuple[Any, ...]
    lights: tuple[Any, ...] | None
    camera: CameraSettings
    outputs: dict[str, Output]

    @property
    def frame_count(self) -> int:
        """Number of frames of the whole movie; frame k shows the time k / fps."""
        return max(1, round(self.header.duration * self.header.fps))


@dataclass(frozen=True)
class Draft:
    """The usable parts of a scene file, and its mistakes. Its data are checked even if there are mistakes.

    Attributes:
        name, folder, data, lights, outputs: as in `Scene`, as far as they are usable.
        header, camera: None if they are not usable.
        layers: one for each in the file, None for those that are not usable.
        problems: every mistake of the file itself.
    """

    name: str
    folder: Path
    header: Header | None
    data: dict[str, Any]
    layers: tuple[Any, ...]
    lights: tuple[Any, ...] | None
    camera: CameraSettings | None
    outputs: dict[str, Output]
    problems: tuple[Problem, ...]

    def scene(self) -> Scene | None:
        """The scene of the usable parts; None if the header or the camera is missing."""
        if self.header is None or self.camera is None:
            return None
        layers = tuple(layer for layer in self.layers if layer is not None)
        return Scene(self.name, self.folder, self.header, self.data, layers, self.lights, self.camera, self.outputs)
