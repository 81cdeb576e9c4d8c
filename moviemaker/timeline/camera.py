"""Position and direction of the camera: keyframes or an orbit.

```yaml
camera:
  up: [0, 0, 1]
  interpolation: smooth
  keyframes:
    - {time: 0,  position: [60, 0, 20], target: [0, 0, 0], fov: 40}
    - {time: 6,  position: [20, 20, 5], target: [0, 0, 0]}
    - {time: 12, position: [0.5, 0, 0], target: stream}
```

```yaml
camera:
  orbit: {center: [0, 0, 0], radius: 60, elevation: 20, azimuth: {0: 0, 12: 360}}
```

With `smooth` the camera flies along a centripetal Catmull-Rom spline. It starts and ends at rest, and its speed does
not jump at the keyframes between. `ease` of a keyframe is the easing of the segment that starts there, along the same
spline; `ease: hold` stays until the next keyframe and then cuts. No path reaches across a cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from moviemaker.core.camera import Camera
from moviemaker.core.errors import InputError
from moviemaker.timeline.camera_settings import CameraSettings, Keyframe, OrbitSettings, Point
from moviemaker.timeline.orientation import coincide, cross, rotation_from_z, turned, unit
from moviemaker.timeline.path import MonotoneTrack
from moviemaker.timeline.shots import Pose, Shot
from moviemaker.timeline.tracks import Track, freeze

__all__ = ["CameraPath", "CameraSettings", "Center", "Keyframe", "OrbitSettings", "camera_path"]

Center = Callable[[str, float], ArrayLike]
"""Centre (3,) of the data set of a name, at a time in seconds of the movie."""


@dataclass(frozen=True, eq=False)
class CameraPath:
    """A camera at every time.

    Attributes:
        keyframe_times: seconds of the keyframes within the movie; none for an orbit.
        cuts: seconds at which the camera jumps, after the start of the movie and before its end.
    """

    keyframe_times: tuple[float, ...]
    cuts: tuple[float, ...]
    _pose: Callable[[float], Pose]
    _fov: Callable[[float], float]
    _roll: Callable[[float], float]
    _vertical: Callable[[float], np.ndarray]

    def at(self, time: float) -> Camera:
        """The camera at a time in seconds of the movie."""
        position, forward, up = self._pose(time)
        up = turned(up, forward, math.radians(self._roll(time)))
        return Camera(position, forward, up, cross(forward, up), math.radians(self._fov(time)), self._vertical(time))


def camera_path(settings: CameraSettings, center: Center, duration: float) -> CameraPath:
    """The path of a scene's camera through a movie.

    Args:
        settings: the camera of the scene.
        center: gives the centres of the data sets that the camera looks at.
        duration: seconds of the movie.

    Raises:
        InputError: at its time, a keyframe's position is the centre of the data set that is its target.
    """
    if settings.orbit is not None:
        return _orbit_path(settings, settings.orbit, center, duration)
    return _keyframe_path(settings, settings.keyframes or (), center, duration)


def viewing_distance(settings: CameraSettings, center: Center) -> float:
    """The distance of the first camera from its target, scene units."""
    if settings.orbit is not None:
        return float(freeze(settings.orbit.radius, 0.0))
    first = (settings.keyframes or ())[0]
    return float(np.linalg.norm(np.array(first.position) - _where(first.target, center, first.time)))


def _where(place: Point | str, center: Center, time: float) -> np.ndarray:
    return np.array(center(place, time) if isinstance(place, str) else freeze(place, time), dtype=float)


def _orbit_path(settings: CameraSettings, orbit: OrbitSettings, center: Center, duration: float) -> CameraPath:
    def pose(time: float) -> Pose:
        still = freeze(orbit, time)
        azimuth, elevation = math.radians(still.azimuth), math.radians(still.elevation)
        out = np.array([math.cos(azimuth), math.sin(azimuth), 0.0])
        # Up is the derivative of the direction with respect to elevation: it never vanishes, not even over the pole.
        away = np.append(out[:2] * math.cos(elevation), math.sin(elevation))
        rise = np.append(-out[:2] * math.sin(elevation), math.cos(elevation))
        world_from_orbit = rotation_from_z(unit(freeze(settings.up, time)))
        away, rise = world_from_orbit @ away, world_from_orbit @ rise
        return _where(orbit.center, center, time) + still.radius * away, -away, rise

    moving = (orbit.center, orbit.radius, orbit.elevation, orbit.azimuth, settings.up, settings.fov, settings.roll)
    jumps = {time for value in moving for time in _jumps(value) if 0 < time < duration}
    fov, roll = (lambda time: freeze(settings.fov, time)), (lambda time: freeze(settings.roll, time))
    return CameraPath((), tuple(sorted(jumps)), pose, fov, roll, _vertical(settings))


def _vertical(settings: CameraSettings) -> Callable[[float], np.ndarray]:
    """The vertical of the scene at every time."""
    return lambda time: unit(freeze(settings.up, time))


def _jumps(value: object) -> list[float]:
    """The times at which a value that may move jumps."""
    if not isinstance(value, Track) or value.ease != "hold":
        return []
    steps = zip(value.times[1:], value.values, value.values[1:], strict=False)
    return [time for time, before, after in steps if before != after]


def _keyframe_path(
    settings: CameraSettings, keyframes: Sequence[Keyframe], center: Center, duration: float
) -> CameraPath:
    for i, keyframe in enumerate(keyframes):
        if coincide(keyframe.position, _where(keyframe.target, center, keyframe.time)):
            what = f"the camera is at the centre of {keyframe.target!r}, which it looks at"
            raise InputError(what, "move its position or its target", ("keyframes", i, "target"))
    passage = {"smooth": None, "linear": "linear", "hold": "hold"}[settings.interpolation]
    eases = [keyframe.ease or passage for keyframe in keyframes]
    firsts = [0, *(i + 1 for i, ease in enumerate(eases[:-1]) if ease == "hold")]
    starts = [keyframes[first].time for first in firsts]
    runs = [range(*ends) for ends in zip(firsts, [*firsts[1:], len(keyframes)], strict=True)]
    on_screen = zip([min(0.0, starts[0]), *starts[1:]], [*starts[1:], max(duration, keyframes[-1].time)], strict=True)
    shots = [_shot(settings, keyframes, eases, run, *span, center) for run, span in zip(runs, on_screen, strict=True)]

    vertical = _vertical(settings)

    def shot_at(time: float) -> int:
        return max(sum(start <= time for start in starts) - 1, 0)

    fovs = _lens_tracks([keyframe.fov for keyframe in keyframes], settings.fov, keyframes, eases, runs)
    rolls = _lens_tracks([keyframe.roll for keyframe in keyframes], settings.roll, keyframes, eases, runs)

    def through(shot: int) -> CameraPath:
        return CameraPath((), (), shots[shot].at, fovs[shot], rolls[shot], vertical)

    def cuts_to(shot: int) -> bool:
        # The cheap test first: most cuts show in the positions.
        moment, before = starts[shot], shot - 1
        if not coincide(shots[before].position(moment), shots[shot].position(moment)):
            return True
        return not _alike(through(before).at(moment), through(shot).at(moment))

    cuts = {starts[shot] for shot in range(1, len(shots)) if cuts_to(shot)}
    for value, given in ((settings.up, "up"), (settings.fov, "fov"), (settings.roll, "roll")):
        if any(getattr(keyframe, given) is None for keyframe in keyframes):
            cuts.update(_jumps(value))
    return CameraPath(
        tuple(keyframe.time for keyframe in keyframes if 0 <= keyframe.time <= duration),
        tuple(sorted(time for time in cuts if 0 < time < duration)),
        lambda time: shots[shot_at(time)].at(time),
        lambda time: fovs[shot_at(time)](time),
        lambda time: rolls[shot_at(time)](time),
        vertical,
    )


def _alike(a: Camera, b: Camera) -> bool:
    """Whether two cameras at the same place see the same."""
    return bool(
        np.allclose([a.forward, a.up], [b.forward, b.up], rtol=0, atol=1e-9)
        and math.isclose(a.fov, b.fov, rel_tol=1e-9)
    )


def _shot(
    settings: CameraSettings,
    keyframes: Sequence[Keyframe],
    eases: Sequence[str | None],
    run: range,
    begin: float,
    end: float,
    center: Center,
) -> Shot:
    """The shot through a run of keyframes, on screen from `begin` to `end`.

    If it is on screen before its first keyframe or after its last, that keyframe is repeated: the camera stands still
    there, but may have to turn after data that move.
    """
    keys = [keyframes[i] for i in run]
    times = [key.time for key in keys]
    segments = [eases[i] for i in run[:-1]]
    if begin < times[0]:
        keys, times, segments = [keys[0], *keys], [begin, *times], [None, *segments]
    if end > times[-1]:
        keys, times, segments = [*keys, keys[-1]], [*times, end], [*segments, None]

    names = {key.target for key in keys if isinstance(key.target, str)}

    def targets(time: float) -> np.ndarray:
        found = {name: _where(name, center, time) for name in names}
        return np.array([found[key.target] if isinstance(key.target, str) else key.target for key in keys])

    def vertical(key: int, time: float) -> np.ndarray:
        return unit(keys[key].up or freeze(settings.up, time))

    positions = np.array([key.position for key in keys])
    straight = settings.interpolation == "linear"
    return Shot(tuple(times), positions, targets if names else targets(0.0), vertical, tuple(segments), straight)


def _lens_tracks(
    given: Sequence[float | None],
    otherwise: float,
    keyframes: Sequence[Keyframe],
    eases: Sequence[str | None],
    runs: Sequence[range],
) -> list[Callable[[float], float]]:
    """Field of view or roll in each shot, through the keyframes that give one.

    A shot without one keeps the last value given before it, or else takes the first one given after it.
    """
    anywhere = [value for value in given if value is not None]
    if not anywhere:
        return [lambda time: freeze(otherwise, time)] * len(runs)
    tracks: list[Callable[[float], float]] = []
    last: float | None = anywhere[0]
    for run in runs:
        keys = [i for i in run if given[i] is not None] or [run[0]]
        values = [last if given[i] is None else given[i] for i in keys]
        # Of several easings between two keys only `linear` makes one.
        passages = [eases[i] if j == i + 1 or set(eases[i:j]) == {"linear"} else None for i, j in pairwise(keys)]
        track = MonotoneTrack.through([keyframes[i].time for i in keys], np.array(values, dtype=float), passages)
        tracks.append(_number(track))
        last = values[-1]
    return tracks


def _number(track: MonotoneTrack) -> Callable[[float], float]:
    return lambda time: float(track.at(time)[0])
