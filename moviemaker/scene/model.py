"""A scene as typed values: everything that its file says, with nothing looked at outside the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from moviemaker.core.dates import MOMENT
from moviemaker.core.errors import Location, Problem
from moviemaker.core.kinds import Kind
from moviemaker.core.values import TEXT, Value, number_between, optional
from moviemaker.timeline.camera import CameraSettings
from moviemaker.timeline.tracks import Color, Moving

# Limits that no movie comes near, and beyond which numbers of frames and rates of players are no longer numbers.
DURATION: Value = number_between(1e-3, 1e6, "seconds, a number above 0 such as 12")
FPS: Value = number_between(0.01, 1000, "frames per second, a number above 0 such as 30")


class Units(Kind):
    """What one unit of length and of data time is called, for labels."""

    length: Annotated[str | None, optional(TEXT)] = None
    time: Annotated[str | None, optional(TEXT)] = None


class Header(Kind):
    """The keys of a scene that stand by themselves."""

    title: Annotated[str, TEXT] = ""
    duration: Annotated[float, DURATION]
    fps: Annotated[float, FPS] = 30.0
    background: Color = (0.0, 0.0, 0.0)
    units: Units = Units()
    clock: Annotated[Any, Moving(MOMENT, default_ease="linear", optional=True)] = None


@dataclass(frozen=True)
class Output:
    """One file to make.

    Attributes:
        size: (width, height) of the file's picture in pixels, all eyes together.
        lens: what the picture looks like (a model of the lens room).
        rig: how many eyes there are (a model of the rig room).
        film: format, codec and quality, with nothing left open (an encoding of the film room).
    """

    name: str
    size: tuple[int, int]
    lens: Any
    rig: Any
    film: Any


def needed_data(model: Any) -> tuple[tuple[Location, str], ...]:
    """The other data that data are made from: where in their entry they are named, and their names.

    A kind of data that is made from others says so by a property `needs`, and its `open` takes them, open, by name.
    """
    needs: tuple[tuple[Location, str], ...] = getattr(model, "needs", ())
    return needs


def data_with_needs(data: Mapping[str, Any], names: Iterable[str]) -> tuple[str, ...]:
    """Names of data and of all that they are made from, sorted."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in data and name not in found:
            found.add(name)
            waiting += [other for _, other in needed_data(data[name])]
    return tuple(sorted(found))


@dataclass(frozen=True)
class Scene:
    """A scene file, read.

    Attributes:
        name: the file's name without its ending; finished files bear it.
        folder: what relative paths in the scene are relative to.
        header: title, duration, frame rate, background, units, clock.
        data: by name, models of the data room.
        layers: in the order in which they stand, models of the layers room.
        lights: None where the scene names none.
        camera: keyframes or an orbit.
        outputs: by name, in the order in which they stand.
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
    """A scene file as far as it can be used, and what is wrong with the rest: its data are looked at all the same.

    Attributes:
        name, folder, data, lights, outputs: as in `Scene`, of what can be used.
        header, camera: None where they cannot be used.
        layers: one for each that stands in the file, None for those that cannot be used.
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
        """The scene with what can be used; None if a part is missing without which there is none."""
        if self.header is None or self.camera is None:
            return None
        layers = tuple(layer for layer in self.layers if layer is not None)
        return Scene(self.name, self.folder, self.header, self.data, layers, self.lights, self.camera, self.outputs)
