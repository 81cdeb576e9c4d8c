"""The description of the particles of a data file, with a first scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Particles
from moviemaker.core.sources import Source
from moviemaker.data.describing.report import Description, field_of, numbers_of, quoted, scene_text, stem, times_of
from moviemaker.data.particle_sets.files import ParticleFiles
from moviemaker.data.particle_sets.snapshots import corner_in
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.readers.molecules import SUFFIXES as MOLECULES

_NAMELESS = "note: topology: with a file that names the atoms (.gro, .pdb, .psf) gives elements, and atoms: can select"


def describe_particles(source: Source[Particles], name: str, group: str | None, more: str) -> Description:
    """Describes particles.

    Args:
        source: the open particles.
        name: of their file.
        group: in the file; None: the only one.
        more: text of further keys of the data.

    Raises:
        InputError: at `file`: the first snapshot holds no particles.
    """
    warnings = source.examine()
    sample: Particles = source.at(0.0 if source.times is None else float(source.times[0]), source.fields)
    fields = tuple(field_of(n, array, source.survey(n)) for n, array in sample.fields.items())
    position = np.asarray(sample.position, np.float64)
    if not len(position):
        raise InputError(f"the first snapshot of {name!r} holds no particles", "choose a later one", ("file",))
    lows, highs = position.min(axis=0), position.max(axis=0)
    bounds = tuple((float(low), float(high)) for low, high in zip(lows, highs, strict=True))
    by = next(name for name in ("rgb", "cpk", "speed", "distance") if name in source.fields)
    color = f"{{by: {by}}}" if by in ("rgb", "cpk") else f'{{by: {by}, colormap: viridis, range: ["1%", "99%"]}}'
    size, around = f"{_typical_distance(position):.3g}", bounds
    if "cpk" in source.fields:
        size, reach = "{by: diameter}", float(sample.fields["radius"].max())
        around = tuple((low - reach, high + reach) for low, high in bounds)
    layer = f"""  - kind: points
    data: {stem(name)}
    shape: sphere
    size: {size}
    color: {color}
"""
    times = times_of(source)
    more += "" if group is None else f", group: {quoted(group)}"
    box = source.snapshots.box(0) if isinstance(source, ParticleSource) else None
    lines: tuple[str, ...] = _of_files(source)
    if Path(name).suffix.lower() in MOLECULES and "cpk" not in source.fields:
        lines += (_NAMELESS,)
    if box is not None:
        corner = corner_in(source.snapshots, 0) if isinstance(source, ParticleSource) else None
        inside = _is_inside(bounds, box, np.zeros(3) if corner is None else corner)
        more += ", period: file" if times and inside else ""
        sides = numbers_of(np.diag(box)) if not np.any(box - np.diag(np.diag(box))) else str(box.tolist())
        axes = [axis for axis, vector in zip("xyz", box, strict=True) if vector.any()]
        along = "" if len(axes) == 3 else f" (0: not periodic, only along {' and '.join(axes)})"
        lines += (f"box:    {sides}{along}; with period: file particles take the shortest path across it",)
    scene = scene_text("particles", name, around, times, layer, more)
    return Description(name, "particles", fields, times, bounds, tuple(warnings), scene, lines)


def _of_files(source: Source[Particles]) -> tuple[str, ...]:
    """What the reader of files says of them."""
    files = source.snapshots if isinstance(source, ParticleSource) else None
    return files.first.facts if isinstance(files, ParticleFiles) else ()


def _is_inside(bounds: tuple[tuple[float, float], ...], box: np.ndarray, corner: np.ndarray) -> bool:
    """Whether the bounds fill a box with this lower corner so well that it is likely to be periodic."""
    return all(
        0.9 * size < high - low and -1e-3 * size <= low - start and high - start <= 1.001 * size
        for (low, high), size, start in zip(bounds, np.diag(box).tolist(), corner.tolist(), strict=True)
    )


def _typical_distance(position: np.ndarray) -> float:
    """Distance between neighbours, estimated from the box that holds the middle nine tenths along each axis."""
    low, high = np.percentile(position, [5, 95], axis=0)
    widths = np.maximum(high - low, 0.01 * (high - low).max())
    distance = float((np.prod(widths) / max(len(position), 1)) ** (1 / 3))
    return distance or 1.0
