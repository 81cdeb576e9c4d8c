"""The recent path of each particle, up to its present position: the path on which it moves in the movie, with any
interpolation.

```yaml
kind: trails
data: stream
length: 400
width: 0.1
color: {by: speed, colormap: plasma}
```

`length` is in data time (default: a tenth of the span of the data), `width` in scene units. A trail fades from its head
to its tail; `fade: false` turns that off, and a curve gives the opacity at parts of the length, from 0 at the head to 1
at the tail. `taper` is the width of the tail as a part of that of the head. Colours are those of the field at each
point of the path.

```yaml
kind: trails
data: stream
length: {0: 10, 4: 800}
fade: [[0, 1], [0.2, 0.4], [1, 0]]
taper: 0.2
color: white
```

A path goes through every snapshot and through points between them, at most `step` of data time apart (default: 1/64 of
the length). If snapshots are closer together, only every n-th one is used. A trail begins where its particle appears,
and vanishes with it; it crosses the walls of a periodic box without a streak.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError, Location, show
from moviemaker.core.fields import Particles
from moviemaker.core.geometry import own_places, vectors_in_scene
from moviemaker.core.props import Drawable, Tubes
from moviemaker.core.sources import Placed, Source
from moviemaker.core.values import FRACTION, PAIRS, POSITIVE, Value, optional
from moviemaker.layers._glyphs import GlyphLayer
from moviemaker.layers._near_camera import surfaces, within
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.timeline.tracks import Fraction, Moving, Track

POINTS = 64
"""Number of points of a trail if the scene gives no step."""

MOST_POINTS = 4096
"""Largest number of points of a trail."""

PART_OF_ALL = 0.1
"""A trail's length as a part of the time span of the data, if the scene gives none."""

_FADE_RIGHT = "true, false or a list of pairs: [[part of the length, opacity], ...]"
_FADING, _STAYING = ((0.0, 1.0), (1.0, 0.0)), ((0.0, 1.0), (1.0, 1.0))


Curve = tuple[tuple[float, float], ...]
"""Pairs of a part of the length and an opacity."""


def _parse_fade(value: object) -> Curve:
    if isinstance(value, bool):
        return _FADING if value else _STAYING
    if not isinstance(value, list | tuple):
        raise InputError(f"{show(value)} is not a fade", f"write {_FADE_RIGHT}")
    pairs: Curve = PAIRS.parse(value)
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


class Trails(GlyphLayer, OutlinedLayer):
    """The recent paths of particles as tubes."""

    why_empty: ClassVar[tuple[str, str]] = (
        "its particles have no past at that time",
        "let the clock begin later, or draw points too",
    )

    kind: Literal["trails"] = "trails"

    length: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Length of the trails in data time. Default: a tenth of the span of the data."""

    width: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Full width of the tubes, scene units. Default: 1/300 of the extent of the particles."""

    fade: Annotated[bool | Curve, Moving(FADE)] = True
    """Whether a trail fades out towards its tail, `true` (default) or `false`; or a curve of pairs
    `[part of the length, opacity]`: `[[0, 1], [0.2, 0.4], [1, 0]]`."""

    taper: Fraction = 1.0
    """Width of the tail as a part of that of the head, 0 to 1. Default: 1."""

    step: Annotated[float | None, optional(POSITIVE)] = None
    """Longest data time between two points of a path. Default: 1/64 of the length."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields that give colours and opacities, and the ids that identify particles."""
        return (*super().named_fields(), (("data",), "id"))

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges, and the length, step and width that the scene does not give.

        Raises:
            InputError: at `data`: nothing moves; at `step`: it is too short for the length.
        """
        if source.times is None and isinstance(source, Placed) and source.moves:
            return self._of_placed(source)
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

    def _of_placed(self, source: Source[Any]) -> Self:
        """The same for particles that only the scene moves."""
        if self.length is None:
            what = f"{self.data!r} moves by the scene alone, which gives its trails no length"
            raise InputError(what, "write length: and a time, in seconds if no other data move", ("length",))
        if self.width is None:
            what = f"{self.data!r} moves by the scene alone, which gives its trails no width"
            raise InputError(what, "write width: and a length in scene units", ("width",))
        longest = max(self.length.values) if isinstance(self.length, Track) else self.length
        return super().resolve(source).model_copy(update={"step": self.step or longest / POINTS})

    def moments(self, time: float, times: np.ndarray | None) -> tuple[float, ...]:
        """Data times of the points of the path. All but the last do not depend on the present time."""
        if times is None or time <= times[0]:
            return (time,)
        assert self.length is not None
        start = max(time - self.length, times[0])
        assert self.step is not None
        every = max(1, int(self.step / float(np.median(np.diff(times)))))
        corners = times[::every] if (len(times) - 1) % every == 0 else np.append(times[::every], times[-1])
        first = max(int(np.searchsorted(corners, start, side="right")) - 1, 0)
        last = min(int(np.searchsorted(corners, time, side="left")), len(corners) - 1)
        found: list[float] = []
        for before, after in pairwise(corners[first : last + 1].tolist()):
            pieces = max(1, int(np.ceil((after - before) / self.step - 1e-9)))
            found += np.linspace(before, after, 1 + pieces)[:-1].tolist()
        if last >= first:
            found.append(float(corners[last]))
        path = np.array([moment for moment in found if moment < time])
        # One moment before the beginning is needed to find the position at the beginning.
        path = path[max(int(np.searchsorted(path, start, side="right")) - 1, 0) :]
        return (*path.tolist(), time)

    def show(self, moments: Sequence[float], samples: Sequence[Any]) -> tuple[Drawable, ...]:
        """All trails together."""
        assert self.length is not None
        assert self.width is not None
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
        """The heads of the trails."""
        assert self.width is not None
        radius = self.width / 2
        return surfaces(sample.position[within(sample.position, place, reach + radius)], radius, place)


class _Path:
    """Points of the paths of all particles that exist at the last moment: one path after the other.

    Args:
        moments: data times, ascending.
        samples: the particles at each, with the field `id` and the named ones.
        length: of a path, data time.
        fields: names of the fields that are needed along the paths.

    Attributes:
        position: (n, 3), of each path from the tail to the head.
        offsets: (m + 1,), where each path begins.
        fields: (n,) or (n, columns).
        age: (n,), from 0 at the head to 1 at the full length.
        fade: (n,), the present fade of the particle, 0 to 1; None: 1 for all.
    """

    def __init__(self, moments: Sequence[float], samples: Sequence[Particles], length: float, fields: Sequence[str]):
        now, head = moments[-1], samples[-1]
        count = len(head.position)
        exists = np.ones(count, bool)
        follower = head.position.astype(np.float64)
        followed = {name: head.fields[name] for name in fields}
        steps = [(0.0, exists, follower, followed)]
        age, frame = 0.0, head.frame
        for moment, sample in zip(moments[-2::-1], samples[-2::-1], strict=True):
            if not len(sample.position):
                break
            rows, found = _rows(head.fields["id"], sample.fields["id"])
            exists = exists & found
            position = _unwrapped(sample, rows, follower, frame)
            frame = sample.frame
            values = {name: sample.fields[name][rows] for name in fields}
            before, age = age, (now - moment) / length
            if age > 1:  # the tail lies between two moments
                part = (1 - before) / (age - before)
                position = follower + part * (position - follower)
                values = {name: _between(followed[name], values[name], part) for name in fields}
                age = 1.0
            steps.append((age, exists, position, values))
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
    """The row of each wanted particle among particles with ids (k,), and whether it exists there: both (n,).

    The row of a particle that does not exist is that of another one.
    """
    if np.array_equal(ids, wanted):
        return slice(None), np.ones(len(ids), bool)
    order = np.argsort(ids, kind="stable")
    rows = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    return rows, ids[rows] == wanted


def _unwrapped(
    sample: Particles, rows: np.ndarray | slice, follower: np.ndarray, frame: np.ndarray | None
) -> np.ndarray:
    """Positions (n, 3) of rows of a sample; in a periodic box those of the images nearest to the next positions.

    Images are found in the particles' own coordinates, in which the box does not move.

    Args:
        sample: the particles.
        rows: of them.
        follower: (n, 3), the next positions.
        frame: of the sample of the next positions.
    """
    position = sample.position[rows]
    if sample.box is None:
        return position.astype(np.float64)
    step = own_places(follower, frame) - own_places(position, sample.frame)
    step = vectors_in_scene(step, sample.frame)
    unwrapped: np.ndarray = position + np.rint(step @ np.linalg.pinv(sample.box)) @ sample.box
    return unwrapped


def _between(a: np.ndarray, b: np.ndarray, part: float) -> np.ndarray:
    """Values at a part of the way from `a` to `b`; whole numbers stay as they are."""
    if a.dtype.kind != "f":
        return a
    mixed: np.ndarray = a + part * (b - a)
    return mixed


def _typical_width(positions: Sequence[np.ndarray]) -> float:
    """1/300 of the extent of the particles, scene units."""
    spans = [np.ptp(np.percentile(position, [2, 98], axis=0), axis=0) for position in positions if len(position)]
    return max([float(np.linalg.norm(span)) / 300 for span in spans], default=0.0) or 1.0
