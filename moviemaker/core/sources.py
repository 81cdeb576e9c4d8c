"""Open data: the protocol that every source keeps, and small optional ones that say more about some of them.

Rooms ask for these protocols and never for a concrete class, so that data of another package work like the program's
own. A source that lacks an optional protocol is still complete; each docstring says what is assumed then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeGuard, TypeVar, runtime_checkable

import numpy as np

from moviemaker.core.camera import ViewCone
from moviemaker.core.fields import Grid, Mesh, Particles, Vector
from moviemaker.core.progress import Progress

Sample = Grid | Particles | Mesh
"""What data are at one moment."""

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


@runtime_checkable
class HasSampleType(Protocol):
    """Data that say what their samples are before one is made. Without it, `sample_type` makes the first sample."""

    @property
    def sample_type(self) -> type:
        """`Grid`, `Particles` or `Mesh`."""
        ...


@runtime_checkable
class HasTimeUnit(Protocol):
    """Data that say what their times count. Without it, times are plain numbers."""

    @property
    def time_unit(self) -> str:
        """A unit such as `days since 2001-01-01`; empty: unknown."""
        ...


@runtime_checkable
class OnGlobe(Protocol):
    """Data that say whether they lie around a globe. Without it, they do not."""

    @property
    def globe(self) -> bool:
        """Whether vectors go east, north and up instead of along x, y and z."""
        ...


@runtime_checkable
class ClockAware(Protocol):
    """Data that have to know when in the movie they are shown, such as particles that fade in and out."""

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
    """Data that know how many numbers each entry of a field has. Without it, the first sample is made to count them."""

    def columns(self, field: str) -> int:
        """Number of columns of a field.

        Raises:
            InputError: no field of this name.
        """
        ...


@runtime_checkable
class HasVectors(Protocol):
    """Grids that know which of their fields are the components of vectors. Without it, a scene has to name three."""

    @property
    def vectors(self) -> Mapping[str, tuple[str, ...]]:
        """Names of two or three fields, by the name of the vector, such as `velocity: (u, v, w)`."""
        ...


@runtime_checkable
class Summarized(Protocol):
    """Data that find something out by reading many of their snapshots, such as the bandwidth of a density.

    The other processes of a render are told. Without it, each finds out for itself.
    """

    def summary(self) -> Mapping[str, np.ndarray]:
        """What was found out so far, as arrays by name; empty: nothing."""
        ...

    def take(self, summary: Mapping[str, np.ndarray]) -> None:
        """Takes over what the same data have found out in another process."""
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
        """The same parts without reading anything: every sample is 0."""
        ...

    def loading(self, view_cones: Sequence[ViewCone]) -> str:
        """What will be loaded for pictures of a movie, in words, without loading it."""
        ...


@runtime_checkable
class Placed(Protocol):
    """Data that lie elsewhere in the scene than in their own coordinates, and may move with the time of the movie."""

    @property
    def own(self) -> Source[Any]:
        """The same data in their own coordinates."""
        ...

    @property
    def moves(self) -> bool:
        """Whether their place may change during the movie."""
        ...

    def follow(self, clock: Callable[[float], float], duration: float) -> None:
        """Takes the function that gives the data time at a time of the movie, and the movie's length, seconds."""
        ...

    def frame_at(self, second: float) -> np.ndarray:
        """The matrix (4, 4) from their own coordinates to the scene's at a time of the movie."""
        ...

    def at_second(self, second: float) -> Source[Any]:
        """The same data, whose present is a time of the movie, also while the clock stands still."""
        ...

    def own_cone(self, cone: ViewCone, second: float) -> ViewCone:
        """A view cone at a time of the movie in their own coordinates."""
        ...


class MadeFrom:
    """What data that are made from others take over from them: times and files, the clock and the reporter.

    Attributes:
        whole: the others.
    """

    def __init__(self, whole: Source[Any]):
        self.whole = whole

    @property
    def times(self) -> np.ndarray | None:
        """Data times of the others."""
        return self.whole.times

    @property
    def time_unit(self) -> str:
        """What they count; empty: unknown."""
        return time_unit(self.whole)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the others come from."""
        return self.whole.files

    def pace(self, seconds: Callable[[np.ndarray], np.ndarray]) -> None:
        """Passes on the seconds of the movie at data times."""
        if isinstance(self.whole, ClockAware):
            self.whole.pace(seconds)

    def report_to(self, progress: Progress) -> None:
        """Passes on the reporter for what takes long."""
        if isinstance(self.whole, ReportsProgress):
            self.whole.report_to(progress)


SourceT = TypeVar("SourceT", bound=Source[Any])


def shown_at(source: SourceT, second: float) -> SourceT:
    """A source whose present is a time of the movie, for data whose place depends on it."""
    return source.at_second(second) if isinstance(source, Placed) else source


def own_cone(source: Source[Any], cone: ViewCone, second: float) -> ViewCone:
    """A view cone at a time of the movie in a source's own coordinates."""
    return source.own_cone(cone, second) if isinstance(source, Placed) else cone


def unplaced(source: Source[Any]) -> Source[Any]:
    """A source in its own coordinates."""
    return source.own if isinstance(source, Placed) else source


def first_time(source: Source[object]) -> float:
    """The data time of the first snapshot; 0 for data that do not move."""
    return 0.0 if source.times is None else float(source.times[0])


def is_grid(source: Source[object]) -> TypeGuard[Source[Grid]]:
    """Whether the samples of a source are grids.

    Raises:
        InputError: the source does not say it, and its first sample cannot be read.
    """
    return issubclass(sample_type(source), Grid)


def is_particles(source: Source[object]) -> TypeGuard[Source[Particles]]:
    """Whether the samples of a source are particles.

    Raises:
        InputError: the source does not say it, and its first sample cannot be read.
    """
    return issubclass(sample_type(source), Particles)


def sample_type(source: Source[object]) -> type:
    """What the samples of a source are: `Grid`, `Particles` or `Mesh`.

    Raises:
        InputError: the source does not say it, and its first sample cannot be read.
    """
    return source.sample_type if isinstance(source, HasSampleType) else type(source.at(first_time(source)))


def time_unit(source: Source[object]) -> str:
    """What the times of a source count, such as `days since 2001-01-01`; empty: unknown, or the data do not move."""
    return source.time_unit if source.times is not None and isinstance(source, HasTimeUnit) else ""


def columns_of(source: Source[Sample], field: str) -> int:
    """Number of columns of a field of a source.

    Raises:
        InputError: no field of this name.
    """
    if isinstance(source, HasColumnCounts):
        return source.columns(field)
    values = source.at(first_time(source), (field,)).fields[field]
    return int(values.shape[1]) if values.ndim == 2 else 1
