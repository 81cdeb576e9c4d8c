"""The description of open data, whatever they were made from: times, bounds, and the ranges of all fields."""

from __future__ import annotations

import numpy as np

from moviemaker.core.fields import Grid, Particles
from moviemaker.core.sources import Placed, Sample, Source, shown_at, time_unit
from moviemaker.data.describing.report import Description, field_of, numbers_of, times_of


def describe_opened(source: Source[Sample], name: str) -> Description:
    """Describes open data.

    Args:
        source: which is asked for all of its fields.
        name: in the scene.

    Raises:
        InputError: the data cannot be read.
    """
    times = times_of(source)
    source = shown_at(source, 0.0)
    first = source.at(times[0] if times else 0.0, source.fields)
    last = source.at(times[-1], source.fields) if times else first
    sample = last if not _count(first) else first
    fields = tuple(field_of(field, array, source.survey(field)) for field, array in sample.fields.items())
    kind = "grid" if isinstance(sample, Grid) else "particles" if isinstance(sample, Particles) else "mesh"
    facts: tuple[str, ...] = (
        _size(first) if first is last or _size(first) == _size(last) else f"{_size(first)}; {_size(last)} at the end",
    )
    if isinstance(source, Placed) and source.moves:
        facts = (*facts, "moved by the scene" + ("" if times else "; the bounds are those at its beginning"))
    return Description(name, kind, fields, times, _bounds(first, last), (), "", facts, time_unit(source))


def _count(sample: Sample) -> int:
    return 1 if isinstance(sample, Grid) else len(_positions(sample))


def _positions(sample: Sample) -> np.ndarray:
    if isinstance(sample, Grid):
        return sample.corners
    return sample.position if isinstance(sample, Particles) else sample.points


def _size(sample: Sample) -> str:
    if isinstance(sample, Grid):
        return f"shape:  {' x '.join(map(str, sample.shape))} samples; spacing: {numbers_of(sample.spacing)}"
    if isinstance(sample, Particles):
        return f"{len(sample.position)} particles"
    return f"{len(sample.points)} points, {len(sample.polys)} polygons, {len(sample.lines)} lines"


def _bounds(*samples: Sample) -> tuple[tuple[float, float], ...]:
    """The bounds of all samples together; NaN if they hold nothing."""
    together = np.concatenate([np.asarray(_positions(sample), np.float64) for sample in samples])
    known = together[np.isfinite(together).all(axis=1)]
    if not len(known):
        return ((np.nan, np.nan),) * 3
    return tuple(zip(known.min(axis=0).tolist(), known.max(axis=0).tolist(), strict=True))
