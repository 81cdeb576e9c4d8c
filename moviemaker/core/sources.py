"""What data are asked for: protocols that the open data of every kind keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from moviemaker.core.camera import ViewCone
from moviemaker.core.fields import Grid, Vector
from moviemaker.core.progress import Progress


@runtime_checkable
class ClockAware(Protocol):
    """Data that have to know when in the movie they are shown, such as particles that come and go softly."""

    def pace(self, seconds: Callable[[np.ndarray], np.ndarray]) -> None:
        """Takes the function that gives seconds of the movie at data times (n,)."""
        ...


@runtime_checkable
class ReportsProgress(Protocol):
    """Data that may take long to read, such as a table that is larger than memory."""

    def report_to(self, progress: Progress) -> None:
        """Takes the reporter for all that is read from now on; without one the data are read silently."""
        ...


@runtime_checkable
class HasColumnCounts(Protocol):
    """Data that know how many numbers each entry of a field has without reading any."""

    def columns(self, field: str) -> int:
        """How many.

        Raises:
            InputError: no field of this name.
        """
        ...


@runtime_checkable
class OutOfCore(Protocol):
    """Data that are read as finely as they are seen, in parts that lie side by side and are drawn one by one.

    What `at` of such data gives is the whole, as coarse as need be.
    """

    def seen(self, time: float, fields: Sequence[str], view_cone: ViewCone) -> tuple[Grid, ...]:
        """The parts at a data time as a picture shows them; they follow from these arguments alone.

        A part in which nothing has changed since the last time is the same object.
        """
        ...

    def outlined(self, time: float, fields: Sequence[str], view_cone: ViewCone) -> tuple[Grid, ...]:
        """The same parts without anything having been read: in place of every sample there is 0."""
        ...

    def loading(self, view_cones: Sequence[ViewCone]) -> str:
        """What will be loaded for pictures of a movie, in words, without loading it."""
        ...


SampleT_co = TypeVar("SampleT_co", covariant=True)


@runtime_checkable
class Source(Protocol[SampleT_co]):
    """Open data: arrays on demand. `open` of every data kind returns one.

    Attributes:
        times: data times of the snapshots, ascending, or None for data that does not move.
        fields: names of the fields that `at` can give.
        files: the files that the data come from, for the fingerprint of a render.
    """

    @property
    def times(self) -> np.ndarray | None: ...  # noqa: D102 - the attributes are described above

    @property
    def fields(self) -> tuple[str, ...]: ...  # noqa: D102

    @property
    def files(self) -> tuple[str, ...]: ...  # noqa: D102

    def at(self, time: float, fields: Sequence[str] = ()) -> SampleT_co:
        """The data at a data time, with at least the named fields (none named: a grid gives its first).

        The same object is returned as long as nothing in it has changed.
        """
        ...

    def center(self, time: float) -> Vector:
        """Centre of the data at a data time: of a grid's bounds, or the mean of the positions."""
        ...

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, snapshot by snapshot, as flat arrays: for ranges over the whole movie."""
        ...

    def examine(self) -> list[str]:
        """Reads the data once and returns warnings (such as the number of samples that are not finite).

        Raises:
            InputError: the data cannot be read, is empty, or holds no finite value.
        """
        ...
