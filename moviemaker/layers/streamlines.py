"""Lines along the vectors of a grid at the present time, as round tubes: streamlines, or the field lines of a magnet.

```yaml
kind: streamlines
data: flow
seeds: 300
color: {by: speed, colormap: plasma}
```

`field` is the name of a vector, by default the first one of the grid, or the names of its components: `[u, v, w]`, or
`[u, v]` for lines that stay at their height. On a globe these go east, north and upwards. Lines begin at `seeds`: a
number of them, spread evenly over the data; a list of points; the name of particles; or a region, which may move:

```yaml
kind: streamlines
data: storm
field: [u, v, w]
seeds: {line: [[0, -5, 1], [0, 5, 1]], count: 40}    # or {center, radius, count}, or {bounds, count}
direction: forward
length: 30
width: {by: speed, size: [0.02, 0.2]}
color: {by: along, colormap: [navy, white]}
```

Seeds stay where they are, so the lines move smoothly where the field changes with time. A line ends at the edge of the
grid, at missing samples, where the vectors are shorter than `slowest`, after its `length`, and where it has come back
to its seed. It is integrated by the method of Dormand and Prince of order 5(4) with steps that adapt themselves.

Colours, widths and opacities may be taken from these fields of the lines, and from any other field of the grid:
`speed`, the length of the vectors; `along`, the distance from the seed along the line, negative against the vectors;
`id`, the number of the seed; and `x`, `y`, `z` and `distance`, from the origin.

`dashes` cuts the lines into pieces that run along them: `length` of a piece, `gap` behind it, and `shift`, which moves
them on. Each piece is opaque at its head and fades towards its tail:

```yaml
kind: streamlines
data: flow
seeds: 500
dashes: {length: 2, gap: 4, shift: {0: 0, 10: 30, ease: linear}}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError, Location, suggest
from moviemaker.core.fields import Grid, Particles
from moviemaker.core.geometry import distance_to_box, norms, own_places
from moviemaker.core.machine.memory import check_memory
from moviemaker.core.props import Drawable, Tubes
from moviemaker.core.sources import HasVectors, OnGlobe, Source, first_time, is_particles
from moviemaker.core.values import POSITIVE, choice, optional
from moviemaker.layers._glyphs import GlyphLayer
from moviemaker.layers._near_camera import NOTHING, nearest_on_lines
from moviemaker.layers._size_by import SizeBy, Sizing
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.layers.tracing.dashes import Dashing, dashed
from moviemaker.layers.tracing.lines import (
    Followed,
    Lines,
    even_seeds,
    known_vectors,
    sampled,
    trace,
    vector_samples,
)
from moviemaker.layers.tracing.seeds import Seeding, Seeds
from moviemaker.layers.tracing.vector_scale import VECTOR
from moviemaker.timeline.tracks import Moving, Track

PART_OF_ALL = 1 / 300
"""Width of a line as a part of the grid's diagonal, if the scene gives none."""

AT_REST = 1e-4
"""Length of a vector that is at rest, as a part of the longest one, if the scene gives none."""

TOLERANCE = 1e-3
"""Error of a step as a part of the longest step, if the scene gives none."""

BYTES = 400
"""Memory for each point of a line: its place, direction and fields, and the triangles around it."""

TURNS = 4
"""Length of a line in diagonals of the grid from which on it is likely to have left the grid."""

OF_LINES = ("speed", "along", "id", "x", "y", "z", "distance")
"""Fields that lines have beside those of the grid."""


class Streamlines(GlyphLayer, OutlinedLayer):
    """Lines along the vectors of a grid."""

    takes: ClassVar[type] = Grid
    in_parts: ClassVar[bool] = False
    why_empty: ClassVar[tuple[str, str]] = (
        "no line goes on from its seeds",
        "place seeds where the vectors are known and not zero",
    )

    kind: Literal["streamlines"] = "streamlines"

    field: Annotated[str | tuple[str, ...] | None, optional(VECTOR)] = None
    """Name of a vector, or names of two or three fields: `[u, v, w]`. Default: the first vector of the grid."""

    seeds: Seeding = Seeds(count=200)
    """Where lines begin: a number of lines, a list of points, the name of particles, or a region with a `count`:
    `{center, radius}`, `{line: [[...], [...]]}` or `{bounds}`. Default: 200 lines, spread over the grid."""

    direction: Annotated[str, choice("forward", "backward", "both", noun="direction")] = "both"
    """Whether lines go with the vectors, against them, or half of their length each way. Default: both."""

    length: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Largest length of a line, scene units. Default: the diagonal of the grid."""

    step: Annotated[float | None, optional(POSITIVE)] = None
    """Longest step of the integration, scene units. Default: the smallest distance of two samples."""

    tolerance: Annotated[float | None, optional(POSITIVE)] = None
    """Largest error of one step, scene units. Default: a thousandth of the longest step."""

    slowest: Annotated[float | None, optional(POSITIVE)] = None
    """Length of a vector at which a line ends, as at rest. Default: 1/10,000 of the longest vector."""

    width: Sizing = None
    """Full width of the tubes in scene units, or `{by: FIELD, size: [s0, s1]}`. Default: 1/300 of the grid's
    diagonal."""

    dashes: Dashing = None
    """Pieces that run along the lines: `{length: 2, gap: 4, shift: {0: 0, 10: 30}}`. Default: whole lines."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The components of the vectors, and the fields of the grid that give colours, widths and opacities."""
        of_grid = [(at, name) for at, name in super().named_fields() if name not in OF_LINES]
        names = self.field.names if isinstance(self.field, Followed) else self.field
        if isinstance(names, tuple):
            return (*((("field", index), name) for index, name in enumerate(names)), *of_grid)
        return tuple(of_grid)

    def joined(self, sources: Mapping[str, Source[Any]]) -> Self:
        """The same with points in the place of the name of particles."""
        if not isinstance(self.seeds, str):
            return self
        source = sources.get(self.seeds)
        if source is None:
            raise InputError(f"no such data {self.seeds!r}", suggest(self.seeds, sources, "data"), ("seeds",))
        if not is_particles(source):
            raise InputError(f"{self.seeds!r} is not particles", "name particles, or write points", ("seeds",))
        return self.model_copy(update={"seeds": _as_points(source.at(first_time(source)).position)})

    def resolve(self, source: Source[Any]) -> Self:
        """The components of the vectors, seeds, lengths and ranges.

        Raises:
            InputError: at `field`: the grid has no such vector.
        """
        names = self._components(source)
        self._check_size(source)
        times = _some_times(source)
        globe = isinstance(source, OnGlobe) and source.globe
        grids = [source.at(time, names) for time in times]
        moments = [vector_samples(grid, Followed(names, globe, 0.0)) for grid in grids]
        top = max((_longest(each) for each in moments), default=0.0)
        slowest = self.slowest or AT_REST * top
        first = grids[0]
        start = () if first.frame is None else tuple(first.frame.ravel().tolist())
        known_steps = [s for s, count in zip(first.spacing, first.shape, strict=True) if count > 1]
        step = self.step or min(known_steps or first.spacing)
        changes: dict[str, object] = {
            "field": Followed(names, globe, slowest, start),
            "step": step,
            "length": self.length or first.diagonal,
            "tolerance": self.tolerance or TOLERANCE * step,
            "width": self.width or first.diagonal * PART_OF_ALL or 1.0,
        }
        if isinstance(self.seeds, Seeds) and self.seeds.everywhere:
            known = known_vectors(moments, slowest)
            changes["seeds"] = _as_points(even_seeds(first, known, self.seeds.count))
        made = self.model_copy(update=changes)
        return super(Streamlines, made).resolve(_OfLines(made, source))

    def _check_size(self, source: Source[Any]) -> None:
        """Refuses more lines than the machine has memory for, before any is found.

        Raises:
            InputError: at `seeds`.
        """
        grid = source.at(first_time(source))
        length = max(self.length.values) if isinstance(self.length, Track) else (self.length or grid.diagonal)
        reach = min(length, TURNS * grid.diagonal)
        points = int(reach / (self.step or min(grid.spacing))) + 2
        if self.dashes is not None:
            piece = self.dashes.length
            points += int(2 * reach / (min(piece.values) if isinstance(piece, Track) else piece))
        assert not isinstance(self.seeds, str)
        count = self.seeds.count if isinstance(self.seeds, Seeds) else len(self.seeds)
        what, instead = (
            f"{count} lines of up to {points} points",
            "write fewer seeds, a shorter length or a longer step",
        )
        check_memory(float(count) * points * BYTES, what, instead, ("seeds",))

    def _components(self, source: Source[Any]) -> tuple[str, ...]:
        vectors = source.vectors if isinstance(source, HasVectors) else {}
        if isinstance(self.field, tuple):
            return self.field
        right = "write the names of its components: field: [u, v, w]"
        if self.field is None:
            if not vectors:
                raise InputError(f"{self.data!r} has no vectors", right, ("field",))
            return next(iter(vectors.values()))
        if self.field not in vectors:
            if vectors:
                right = suggest(self.field, vectors, "vector")
            raise InputError(f"{self.field!r} is not a vector of {self.data!r}", right, ("field",))
        return vectors[self.field]

    def props(self, sample: Grid) -> tuple[Drawable, ...]:
        """All lines together."""
        lines, particles = self._lines(sample)
        if not len(lines.points):
            return ()
        colors, widths, points, offsets = self.rgba(particles), self._widths(particles), lines.points, lines.offsets
        if self.dashes is not None:
            pieces = dashed(lines, self.dashes)
            points, offsets = pieces.of(points), pieces.offsets
            colors, widths = pieces.of(colors), pieces.of(widths)
            colors[:, 3] = np.rint(colors[:, 3] * pieces.opacity)
        return (Tubes(points, offsets, widths, colors, self.shade),) if len(points) else ()

    def _lines(self, sample: Grid) -> tuple[Lines, Particles]:
        """The lines, and their points with the fields that are needed."""
        key = (self, sample)
        if not _LAST or _LAST[0][0] != key:
            _LAST[:] = [(key, self._traced(sample))]
        return _LAST[0][1]

    def _traced(self, sample: Grid) -> tuple[Lines, Particles]:
        followed = self.field
        assert isinstance(followed, Followed)
        assert not isinstance(self.seeds, str)
        vectors = vector_samples(sample, followed)
        seeds = self.seeds.points() if isinstance(self.seeds, Seeds) else np.array(self.seeds, float)
        seeds = followed.carried(seeds, sample.frame)
        assert self.length is not None
        assert self.step is not None
        assert self.tolerance is not None
        lines = trace(sample, vectors, seeds, self.direction, self.length, self.step, self.tolerance, followed.slowest)
        fields = {part.by: self._values(part.by, sample, vectors, lines) for part in self._by_fields().values()}
        return lines, Particles(lines.points, fields)

    def _values(self, name: str, sample: Grid, vectors: np.ndarray, lines: Lines) -> np.ndarray:
        """A field (n,) at the points of lines."""
        if name not in OF_LINES:
            return sampled(sample, sample.fields[name], lines.points)
        if name == "speed":
            return norms(sampled(sample, vectors, lines.points))
        if name == "along":
            return lines.along
        if name == "id":
            return lines.number
        points = own_places(lines.points, sample.frame)
        return norms(points) if name == "distance" else points[:, "xyz".index(name)]

    def _widths(self, particles: Particles) -> np.ndarray:
        """Widths (n,) at the points."""
        if isinstance(self.width, SizeBy):
            return self.width.sizes(particles.fields[self.width.by])
        assert self.width is not None
        return np.full(len(particles.position), self.width, dtype=np.float32)

    def near(self, sample: Grid, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest points of the line segments that are not transparent."""
        lines, particles = self._lines(sample)
        if not len(lines.points):
            return NOTHING
        opaque = self.rgba(particles)[:, 3] > 0
        return nearest_on_lines(lines.points, lines.offsets, self._widths(particles) / 2, opaque, place, reach)


_LAST: list[tuple[tuple[Streamlines, Grid], tuple[Lines, Particles]]] = []
"""The lines that were found last: the search for things near the camera and the picture ask for the same ones."""


class _OfLines:
    """A grid with the fields of lines beside its own, each as one number, for ranges over the whole movie.

    Args:
        layer: of the lines, with its lengths and the components of its vectors.
        grid: open data.
    """

    sample_type = Particles

    def __init__(self, layer: Streamlines, grid: Source[Grid]):
        self._layer, self._grid = layer, grid
        self.times, self.files = grid.times, grid.files
        self.fields = tuple(dict.fromkeys([*OF_LINES, *grid.fields]))

    def at(self, time: float, fields: Sequence[str] = ()) -> Particles:
        """The values of fields at a data time, flat, without places."""
        return Particles(np.empty((0, 3)), {name: self._values(time, name) for name in fields})

    def columns(self, field: str) -> int:
        """One."""
        return 1

    def center(self, time: float) -> tuple[float, float, float]:
        """That of the grid."""
        return self._grid.center(time)

    def examine(self) -> list[str]:
        """No warnings."""
        return []

    def survey(self, field: str) -> Iterator[np.ndarray]:
        """The finite values of a field, time by time, flat."""
        if field not in OF_LINES:
            yield from self._grid.survey(field)
            return
        for time in _every_time(self._grid) if field == "speed" else (first_time(self._grid),):
            yield self._values(time, field)

    def _values(self, time: float, name: str) -> np.ndarray:
        layer = self._layer
        if name not in OF_LINES:
            return self._grid.at(time, (name,)).fields[name].ravel()
        if name == "speed":
            assert isinstance(layer.field, Followed)
            speed = norms(vector_samples(self._grid.at(time, layer.field.names), layer.field).reshape(-1, 3))
            return speed[np.isfinite(speed)]
        if name == "along":
            length = max(layer.length.values) if isinstance(layer.length, Track) else layer.length
            ends = {"forward": (0, 1), "backward": (-1, 0), "both": (-0.5, 0.5)}[layer.direction]
            return np.array(ends) * length
        if name == "id":
            return np.arange(layer.seeds.count if isinstance(layer.seeds, Seeds) else len(layer.seeds))
        grid = self._grid.at(time)
        corners = own_places(grid.corners, grid.frame)
        if name == "distance":
            nearest = distance_to_box(np.zeros(3), corners.min(axis=0), corners.max(axis=0))
            return np.append(norms(corners), nearest)
        return corners[:, "xyz".index(name)]


def _every_time(source: Source[Any]) -> list[float]:
    return [0.0] if source.times is None else [float(time) for time in source.times]


def _some_times(source: Source[Any]) -> list[float]:
    """The first, the middle and the last time."""
    times = _every_time(source)
    return [times[index] for index in sorted({0, len(times) // 2, len(times) - 1})]


def _longest(vectors: np.ndarray) -> float:
    """The greatest length of vectors (..., 3) that are known."""
    lengths = norms(vectors.reshape(-1, 3))
    return float(np.max(lengths, initial=0.0, where=np.isfinite(lengths)))


def _as_points(positions: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(position) for position in np.asarray(positions, float).tolist())
