"""The matrix from data's own coordinates to those of the scene, at every time of the movie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from moviemaker.core.recent import Recent
from moviemaker.core.sources import Placed, Source, first_time, is_particles, unplaced
from moviemaker.data.placing.keys import CENTER, Attachment, Transform
from moviemaker.data.placing.rotations import matrix_of, rotation_at
from moviemaker.timeline.tracks import Track, freeze

Clock = Callable[[float], float]
"""Gives the data time at a time of the movie, seconds."""

_KEPT = 512
_INSTANTS = (1e-3, 1e-2, 0.1, 1.0)
"""Seconds, from which on a motion is looked for to find its direction."""


class Placement:
    """Where a data set lies at every time of the movie.

    Args:
        own: the open data, in their own coordinates.
        transform: the keys of the data set; None: none of them.
        base: places the data that these are made from, and so these too; None: they lie in the scene.
        attachment: how they are attached to other data; None: they are not.
        other: the open data that they are attached to.
    """

    def __init__(
        self,
        own: Source[object],
        transform: Transform | None,
        base: Placement | None = None,
        attachment: Attachment | None = None,
        other: Source[object] | None = None,
    ):
        self._own, self._transform, self._base = own, transform, base
        self._attachment, self._other = attachment, other
        self._clock: Clock | None = None
        self._known: Recent[np.ndarray] = Recent(_KEPT)
        self._pivot: np.ndarray | None = None

    def follow(self, clock: Clock) -> None:
        """Takes the clock of the scene. Until then the movie is at its beginning, and data are at their first time."""
        self._clock = clock
        self._known = Recent(_KEPT)
        if self._base is not None:
            self._base.follow(clock)

    @property
    def moves(self) -> bool:
        """Whether the matrix may change during the movie."""
        if self._base is not None and self._base.moves:
            return True
        if self._transform is not None and _has_track(vars(self._transform).values()):
            return True
        if self._attachment is None or self._other is None:
            return False
        of_center = self._anchored and self._other.times is not None
        return of_center or (isinstance(self._other, Placed) and self._other.moves)

    def at(self, second: float) -> np.ndarray:
        """The matrix (4, 4) at a time of the movie; the same object again for the same time."""
        return self._known.get(second, lambda: self._at(second))

    def _at(self, second: float) -> np.ndarray:
        matrix = np.eye(4) if self._base is None else self._base.at(second)
        if self._transform is not None:
            matrix = self._transformed(second) @ matrix
        if self._attachment is not None:
            matrix = self._carried(second) @ matrix
        return matrix

    def _transformed(self, second: float) -> np.ndarray:
        assert self._transform is not None
        still = {name: freeze(value, second) for name, value in vars(self._transform).items()}
        linear = matrix_of(rotation_at(still["rotate"])) * np.array(still["scale"])
        pivot = self._center if still["pivot"] == CENTER else np.array(still["pivot"])
        matrix = np.eye(4)
        matrix[:3, :3] = linear
        matrix[:3, 3] = pivot + still["translate"] - linear @ pivot
        return matrix

    @property
    def _center(self) -> np.ndarray:
        """The centre of the data at their first time, where the data that they are made from have put it."""
        if self._pivot is None:
            base = np.eye(4) if self._base is None else self._base.at(0.0)
            self._pivot = base[:3, :3] @ np.array(self._own.center(first_time(self._own))) + base[:3, 3]
        return self._pivot

    @property
    def _anchored(self) -> bool:
        """Whether the origin goes to the centre of the other data."""
        assert self._attachment is not None
        if self._attachment.at is not None:
            return self._attachment.at == CENTER
        other = self._other
        return other is not None and other.times is not None and is_particles(other)

    def _carried(self, second: float) -> np.ndarray:
        """The matrix of the data that these are attached to."""
        assert self._attachment is not None
        assert self._other is not None
        whole = _frame_of(self._other, second)
        matrix = np.eye(4)
        matrix[:3, 3] = self._anchor(second)
        if self._attachment.frame == "data":
            matrix[:3, :3] = whole[:3, :3]
        elif self._attachment.frame == "path":
            matrix[:3, :3] = self._along_path(second)
        return matrix

    def _anchor(self, second: float) -> np.ndarray:
        """The place (3,) in the scene of the origin of these data."""
        other = self._other
        assert other is not None
        own, whole = unplaced(other), _frame_of(other, second)
        if not self._anchored:
            return whole[:3, 3]
        time = first_time(own) if self._clock is None else self._clock(second)
        return np.asarray(whole[:3, :3] @ np.array(own.center(time)) + whole[:3, 3])

    def _along_path(self, second: float) -> np.ndarray:
        """Axes (3, 3) of which x is along the motion of the origin; those of the scene while it rests."""
        for instant in _INSTANTS:
            before, after = self._anchor(second - instant), self._anchor(second + instant)
            step = after - before
            length = float(np.linalg.norm(step))
            if length > 1e-9 * max(float(np.abs([before, after]).max()), 1e-300):
                ahead = step / length
                left = np.cross([0.0, 0.0, 1.0], ahead)
                if np.linalg.norm(left) < 1e-6:
                    left = np.array([0.0, 1.0, 0.0])
                left /= np.linalg.norm(left)
                return np.column_stack([ahead, left, np.cross(ahead, left)])
        return np.eye(3)


def _frame_of(source: Source[Any], second: float) -> np.ndarray:
    """The matrix (4, 4) from the own coordinates of data to the scene's."""
    return source.frame_at(second) if isinstance(source, Placed) else np.eye(4)


def _has_track(values: Any) -> bool:
    for value in values:
        if isinstance(value, Track):
            return True
        if hasattr(value, "model_fields_set") and _has_track(vars(value).values()):
            return True
        if isinstance(value, tuple) and _has_track(value):
            return True
    return False
