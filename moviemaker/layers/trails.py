"""The recent path of each particle, up to where it is: its true path, as it moves in the movie, however the data are
interpolated.

```yaml
kind: trails
data: stream
length: 400
width: 0.1
color: {by: speed, colormap: plasma}
```

`length` is in data time (default: a tenth of what the data span), `width` in scene units. A trail fades from its head
to its tail; `fade: false` leaves it as it is, and a curve says how opaque it is at parts of its length, from 0 at the
head to 1 at the tail. `taper` is the width of the tail, as a part of that of the head. Colours are those of the field
at each point of the path.

```yaml
kind: trails
data: stream
length: {0: 10, 4: 800}
fade: [[0, 1], [0.2, 0.4], [1, 0]]
taper: 0.2
color: white
```

A path goes through every snapshot and through points between them, at most `step` of data time apart (default: a 64th
of the length). Snapshots that are closer together are taken by every second, third ... A trail begins where its
particle was born, and goes with it when it dies; it passes the walls of a periodic box without a streak.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError, Location, show
from moviemaker.core.fields import Particles
from moviemaker.core.props import Drawable, Tubes
from moviemaker.core.sources import Source
from moviemaker.core.values import FRACTION, PAIRS, POSITIVE, Value, optional
from moviemaker.layers._glyphs import Marks
from moviemaker.layers._near_camera import surfaces, within
from moviemaker.timeline.tracks import Fraction, Moving, Track

POINTS = 64
"""Of a trail, where the scene gives no step."""

MOST_POINTS = 4096
"""Of a trail."""

PART_OF_ALL = 0.1
"""A trail's length, where the scene gives none, as a part of the time that the data span."""

_FADE_RIGHT = "true, false or a list of pairs: [[part of the length, opacity], ...]"
_FADING, _STAYING = ((0.0, 1.0), (1.0, 0.0)), ((0.0, 1.0), (1.0, 1.0))


def _parse_fade(value: Any) -> Any:
    if isinstance(value, bool):
        return _FADING if value else _STAYING
    if not isinstance(value, list | tuple):
        raise InputError(f"{show(value)} is not a fade", f"write {_FADE_RIGHT}")
    pairs = PAIRS.parse(value)
    for index, pair in enumerate(pairs):
        for place in (0, 1):
            try:
                FRACTION.parse(pair[place])
            except InputError as error:
                raise InputError(error.what, error.instead, (index, place)) from None
    for index, (before, now) in enumerate(pairwise(pairs), start=1):
        if now[0] < before[0]:
            what = f"the part {now[0]:g} comes after {before[0]:g}"
            raise InputError(what, "go from 0, at the head, to 1, at the tail", (index, 0))
    return pairs


FADE = Value(_FADE_RIGHT, _parse_fade, {"anyOf": [{"type": "boolean"}, PAIRS.schema]}, PAIRS.mix)


class Trails(Marks):
    """Paths of particles as tubes.

    Attributes:
        step: the longest data time between two points of a path; a resolved layer has one.
    """

    kind: Literal["trails"] = "trails"
    length: Annotated[Any, Moving(POSITIVE, optional=True)] = None
    width: Annotated[Any, Moving(POSITIVE, optional=True)] = None
    fade: Annotated[Any, Moving(FADE)] = True
    taper: Fraction = 1.0
    step: Annotated[float | None, optional(POSITIVE)] = None

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields that give colours and opacities, and the ids, by which a particle is found again."""
        return (*super().named_fields(), (("data",), "id"))

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges, and the length, step and width where the scene gives none.

        Raises:
            InputError: at `data`: nothing moves; at `step`: it is too short for the length.
        """
        if source.times is None or len(source.times) < 2:
            what = f"{self.data!r} is a single snapshot, in which nothing has a path"
            raise InputError(what, "name data of several times", ("data",))
        first, last = float(source.times[0]), float(source.times[-1])
        length = self.length or PART_OF_ALL * (last - first)
        longest = max(length.values) if isinstance(length, Track) else length
        step: float = longest / POINTS if self.step is None else self.step
        if longest / step > MOST_POINTS:
            what = f"a length of {longest:g} is more than {MOST_POINTS} steps of {step:g}"
            raise InputError(what, f"write a step of at least {longest / MOST_POINTS:.3g}", ("step",))
        width = self.width or _typical_width([source.at(time).position for time in (first, last)])
        return super().resolve(source).model_copy(update={"length": length, "step": step, "width": width})

    def moments(self, time: float, times: np.ndarray | None) -> tuple[float, ...]:
        """The points of the path in data time. All but the last are the same whatever the time is at which it ends."""
        if times is None or time <= times[0]:
            return (time,)
        start = max(time - self.length, times[0])
        assert self.step is not None
        every = max(1, int(self.step / float(np.median(np.diff(times)))))
        corners = times[::every] if (len(times) - 1) % every == 0 else np.append(times[::every], times[-1])
        first = max(int(np.searchsorted(corners, start, side="right")) - 1, 0)
        last = min(int(np.searchsorted(corners, time, side="left")), len(corners) - 1)
        found: list[float] = []
        for before, after in pairwise(corners[first : last + 1].tolist()):
            found += np.linspace(before, after, 1 + int(np.ceil((after - before) / self.step - 1e-9)))[:-1].tolist()
        if last >= first:
            found.append(float(corners[last]))
        path = np.array([moment for moment in found if moment < time])
        # One moment before the beginning is needed to find where the path is at the beginning.
        path = path[max(int(np.searchsorted(path, start, side="right")) - 1, 0) :]
        return (*path.tolist(), time)

    def show(self, moments: Sequence[float], samples: Sequence[Any]) -> tuple[Drawable, ...]:
        """All trails together."""
        path = _Path(moments, samples, self.length, [part.by for part in self._by_fields().values()])
        ages, opacities = np.array(self.fade).T
        fade = np.interp(path.age, ages, opacities)
        if path.fade is not None:
            fade *= path.fade
        colors = self.rgba(Particles(path.position, path.fields, fade.astype(np.float32)))
        width = self.width * (1 - (1 - self.taper) * path.age)
        return (Tubes(path.position, path.offsets, width, colors, self.shade),)

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """Trails of no length."""
        return self.show((0.0,), (sample,))

    def near(self, sample: Particles, place: np.ndarray, reach: float) -> np.ndarray:
        """The heads."""
        radius = self.width / 2
        return surfaces(sample.position[within(sample.position, place, reach + radius)], radius, place)


class _Path:
    """Points of the paths of those particles that are there at the last moment: one path after the other.

    Args:
        moments: data times, ascending.
        samples: the particles at each, with the field `id` and those that are named.
        length: of a path, data time.
        fields: names of the fields to be known along the paths.

    Attributes:
        position: (n, 3), of each path from the tail to the head.
        offsets: (m + 1,), where each path begins.
        fields: (n,) or (n, columns).
        age: (n,), from 0 at the head to 1 at the full length.
        fade: (n,), by which the opacity of the particle is multiplied now; None: 1 for all.
    """

    def __init__(self, moments: Sequence[float], samples: Sequence[Particles], length: float, fields: Sequence[str]):
        now, head = moments[-1], samples[-1]
        count = len(head.position)
        there = np.ones(count, bool)
        follower = head.position.astype(np.float64)
        followed = {name: head.fields[name] for name in fields}
        steps = [(0.0, there, follower, followed)]
        age = 0.0
        for moment, sample in zip(moments[-2::-1], samples[-2::-1], strict=True):
            if not len(sample.position):
                break
            rows, found = _rows(head.fields["id"], sample.fields["id"])
            there = there & found
            position = _unwrapped(sample.position[rows], follower, sample.box)
            values = {name: sample.fields[name][rows] for name in fields}
            before, age = age, (now - moment) / length
            if age > 1:  # the tail lies between two moments
                part = (1 - before) / (age - before)
                position = follower + part * (position - follower)
                values = {name: _between(followed[name], values[name], part) for name in fields}
                age = 1.0
            steps.append((age, there, position, values))
            follower, followed = position, values
        steps.reverse()
        shown = np.stack([step[1] for step in steps], axis=1)  # (particles, moments)
        shown[shown.sum(axis=1) < 2] = False
        self.position: np.ndarray = np.stack([step[2] for step in steps], axis=1)[shown]
        self.fields = {name: np.stack([step[3][name] for step in steps], axis=1)[shown] for name in fields}
        self.age: np.ndarray = np.broadcast_to([step[0] for step in steps], shown.shape)[shown]
        counts = shown.sum(axis=1)
        self.fade = None if head.fade is None else np.repeat(head.fade, counts)
        self.offsets: np.ndarray = np.concatenate([[0], np.cumsum(counts[counts > 0])])


def _rows(wanted: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray | slice, np.ndarray]:
    """Among particles with these ids (k,) the row of each that is wanted, and whether it is there: both (n,).

    Where it is not there the row is that of another.
    """
    if np.array_equal(ids, wanted):
        return slice(None), np.ones(len(ids), bool)
    order = np.argsort(ids, kind="stable")
    rows = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return rows, ids[rows] == wanted


def _unwrapped(position: np.ndarray, follower: np.ndarray, box: np.ndarray | None) -> np.ndarray:
    """Positions (n, 3), or of their images in a periodic box those from which the next positions are a short way."""
    if box is None:
        return position.astype(np.float64)
    way = follower - position
    unwrapped: np.ndarray = position + np.rint(way @ np.linalg.inv(box)) @ box
    return unwrapped


def _between(a: np.ndarray, b: np.ndarray, part: float) -> np.ndarray:
    """Values a part of the way from one to another; whole numbers stay as they are."""
    if a.dtype.kind != "f":
        return a
    mixed: np.ndarray = a + part * (b - a)
    return mixed


def _typical_width(positions: Sequence[np.ndarray]) -> float:
    """A three hundredth of what the particles span, scene units."""
    spans = [np.ptp(np.percentile(position, [2, 98], axis=0), axis=0) for position in positions if len(position)]
    return max([float(np.linalg.norm(span)) / 300 for span in spans], default=0.0) or 1.0
