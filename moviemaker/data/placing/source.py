"""Open data that lie elsewhere in the scene than in their files.

Grids get another matrix and keep their samples; the points of particles and meshes are moved in double precision.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np

from moviemaker.core.camera import ViewCone
from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid, Mesh, Particles, Vector
from moviemaker.core.sources import MadeFrom, OnGlobe, OutOfCore, Sample, Source, columns_of, sample_type
from moviemaker.data.placing.keys import DataSet
from moviemaker.data.placing.placement import Clock, Placement

Seconds = Callable[[np.ndarray], np.ndarray]

_MOMENTS = 257
"""Times of the movie for the paths of data that do not move in their own coordinates."""


class PlacedSource(MadeFrom):
    """Data placed in the scene: `Placed` data. Everything but places is that of the data in their own coordinates.

    Args:
        own: the data in their own coordinates.
        placement: where they lie.
    """

    def __init__(self, own: Source[Any], placement: Placement):
        super().__init__(own)
        self.placement = placement
        self._seconds: Seconds | None = None
        self._clock: Clock | None = None
        self._moments: np.ndarray | None = None  # data times between which data at rest in themselves move
        self._now: tuple[float, float] | None = None  # a time of the movie, and the data time then
        self._placed: WeakKeyDictionary[Any, tuple[bytes, Any]] = WeakKeyDictionary()

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the snapshots. At a time of the movie, data that only the scene moves have some too."""
        return self._moments if self._now is not None and self._moments is not None else self.own.times

    @property
    def own(self) -> Source[Any]:
        """The data in their own coordinates."""
        return self.whole

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields."""
        return self.own.fields

    @property
    def sample_type(self) -> type:
        """`Grid`, `Particles` or `Mesh`."""
        return sample_type(self.own)

    @property
    def globe(self) -> bool:
        """Whether vectors go east, north and up around the data's own origin."""
        return isinstance(self.own, OnGlobe) and self.own.globe

    @property
    def vectors(self) -> Mapping[str, tuple[str, ...]]:
        """The fields that are the components of vectors, by the name of the vector."""
        found: Mapping[str, tuple[str, ...]] = getattr(self.own, "vectors", {})
        return found

    @property
    def moves(self) -> bool:
        """Whether the place of the data may change during the movie."""
        return self.placement.moves

    def columns(self, field: str) -> int:
        """Number of columns of a field.

        Raises:
            InputError: no field of this name.
        """
        return columns_of(self.own, field)

    def pace(self, seconds: Seconds) -> None:
        """Takes the function that gives seconds of the movie at data times (n,)."""
        self._seconds = seconds
        super().pace(seconds)

    def follow(self, clock: Clock, duration: float) -> None:
        """Takes the function that gives the data time at a time of the movie, and the movie's length, seconds."""
        self._clock = clock
        self._moments = _data_times(clock, duration) if self.times is None and self.moves else None
        self.placement.follow(clock)

    def frame_at(self, second: float) -> np.ndarray:
        """The matrix (4, 4) from the data's own coordinates to the scene's at a time of the movie."""
        return self.placement.at(second)

    def at_second(self, second: float) -> Self:
        """The same data, whose present is a time of the movie, also while the clock stands still.

        Places at other data times are those of the time of the movie at which the clock shows them.
        """
        if self._clock is None or not self.moves:
            return self
        found = copy.copy(self)
        found._now = (second, self._clock(second))
        return found

    def at(self, time: float, fields: Sequence[str] = ()) -> Sample:
        """The data at a data time, where they lie in the scene then.

        Raises:
            InputError: no field of this name, or whatever the data raise.
        """
        found: Sample = self._in_scene(self.own.at(time, fields), time)
        return found

    def center(self, time: float) -> Vector:
        """Centre of the data at a data time, where they lie in the scene then."""
        frame = self._frame(time)
        x, y, z = (frame[:3, :3] @ np.array(self.own.center(time)) + frame[:3, 3]).tolist()
        return x, y, z

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, snapshot by snapshot, as flat arrays."""
        return self.own.survey(field)

    def examine(self) -> list[str]:
        """Reads the data once and returns their warnings.

        Raises:
            InputError: the data cannot be read, are empty, or hold no finite value.
        """
        return self.own.examine()

    def own_cone(self, cone: ViewCone, second: float) -> ViewCone:
        """A view cone at a time of the movie in the data's own coordinates."""
        return cone_from(cone, self.frame_at(second))

    def _frame(self, time: float) -> np.ndarray:
        return self.placement.at(self._second_of(time))

    def _second_of(self, time: float) -> float:
        """The time of the movie at which data of a data time are shown."""
        if self._now is not None and time == self._now[1]:
            return self._now[0]
        if self._seconds is None or not self.moves:
            return 0.0
        return float(self._seconds(np.array([time]))[0])

    def _in_scene(self, sample: Any, time: float) -> Any:
        frame = self._frame(time)
        key = frame.tobytes()
        known = self._placed.get(sample)
        if known is None or known[0] != key:
            known = self._placed[sample] = (key, in_frame(sample, frame))
        return known[1]


class PlacedLargeSource(PlacedSource):
    """Data placed in the scene that are read as finely as they are seen."""

    own: Any

    def seen(self, time: float, fields: Sequence[str], view_cone: ViewCone) -> tuple[Grid, ...]:
        """The parts at a data time as a picture shows them."""
        cone = cone_from(view_cone, self._frame(time))
        return tuple(self._in_scene(part, time) for part in self.own.seen(time, fields, cone))

    def outlined(self, time: float, fields: Sequence[str], view_cone: ViewCone) -> tuple[Grid, ...]:
        """The same parts without reading anything."""
        cone = cone_from(view_cone, self._frame(time))
        return tuple(self._in_scene(part, time) for part in self.own.outlined(time, fields, cone))

    def loading(self, view_cones: Sequence[ViewCone]) -> str:
        """What will be loaded for pictures at the beginning of the movie, in words."""
        found: str = self.own.loading([self.own_cone(cone, 0.0) for cone in view_cones])
        return found


def in_scene(
    own: Source[Any], model: object, needed: Mapping[str, Source[Any]], sources: Mapping[str, Source[Any]]
) -> Source[Any]:
    """Data where they lie in the scene: themselves, if they lie there in their own coordinates.

    Args:
        own: the data.
        model: their entry in the scene.
        needed: the data that they are made from, by name: what these are made of lies where they do.
        sources: open data by name, with those that they are attached to.

    Raises:
        InputError: they are made from data that do not lie and move together.
    """
    bases = {name: source.placement for name, source in needed.items() if isinstance(source, PlacedSource)}
    base = next(iter(bases.values()), None)
    if base is not None and any(bases.get(name) is not base for name in needed):
        what = f"they are made from {' and '.join(needed)}, which do not lie in the same coordinates"
        raise InputError(what, "leave translate, rotate, scale and attached_to of these data out")
    transform, attachment = (model.transform, model.attached_to) if isinstance(model, DataSet) else (None, None)
    if transform is None and attachment is None:
        if base is None:
            return own
        placement = base
    else:
        other = None if attachment is None else sources[attachment.data]
        placement = Placement(own, transform, base, attachment, other)
    return PlacedLargeSource(own, placement) if isinstance(own, OutOfCore) else PlacedSource(own, placement)


def _data_times(clock: Clock, duration: float) -> np.ndarray | None:
    """Data times of a whole movie, ascending; None: they stand still or turn back."""
    times = np.array([clock(second) for second in np.linspace(0.0, duration, _MOMENTS).tolist()])
    found = np.unique(times)
    return found if len(found) > 1 and (np.diff(times) >= 0).all() else None


def in_frame(sample: Any, frame: np.ndarray) -> Any:
    """A sample whose own coordinates are taken to the scene's by a matrix (4, 4)."""
    linear, offset = frame[:3, :3], frame[:3, 3]
    if isinstance(sample, Grid):
        axes = linear @ ((np.eye(3) if sample.direction is None else sample.direction) * sample.spacing)
        lengths = np.linalg.norm(axes, axis=0)
        a, b, c = lengths.tolist()
        x, y, z = (linear @ np.array(sample.origin) + offset).tolist()
        return replace(sample, origin=(x, y, z), spacing=(a, b, c), direction=axes / lengths, frame=frame)
    if isinstance(sample, Particles):
        position = places_in(sample.position, frame)
        box = None if sample.box is None else np.asarray(sample.box) @ linear.T
        corner = None if sample.corner is None else linear @ sample.corner + offset
        return replace(sample, position=position, box=box, corner=corner, frame=frame)
    if isinstance(sample, Mesh):
        return replace(sample, points=places_in(sample.points, frame), frame=frame)
    return sample


def places_in(places: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Places (n, 3) taken by a matrix (4, 4), in double precision."""
    found: np.ndarray = np.asarray(places, np.float64) @ frame[:3, :3].T
    found += frame[:3, 3]
    return found


def cone_from(cone: ViewCone, frame: np.ndarray) -> ViewCone:
    """A view cone in the coordinates that a matrix (4, 4) takes to the scene's; it holds all that the cone sees."""
    inverse = np.linalg.inv(frame)
    factors = np.linalg.svd(inverse[:3, :3], compute_uv=False)
    forward = inverse[:3, :3] @ cone.forward
    angle, uneven = cone.angle, float(factors[0] / factors[-1])
    if uneven > 1 + 1e-9 and angle > 0:
        angle = np.pi if angle >= np.pi / 2 else float(np.arctan(uneven * np.tan(angle)))
    pixel = cone.pixel * float(factors[-1]) if cone.angle == 0 else cone.pixel
    position = inverse[:3, :3] @ cone.position + inverse[:3, 3]
    return ViewCone(position, forward / np.linalg.norm(forward), angle, cone.radius * float(factors[0]), pixel)
