"""The description of the particles of a data file, with a first scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Particles
from moviemaker.core.molecules.residues import CA
from moviemaker.core.sources import Source
from moviemaker.data.describing.asked import Named
from moviemaker.data.describing.first_points import points_layer
from moviemaker.data.describing.framing import Seen, frame, times_looked_at
from moviemaker.data.describing.report import (
    Description,
    Field,
    field_of,
    numbers_of,
    quoted,
    scene_text,
    stem,
    times_of,
    title_of,
)
from moviemaker.data.describing.stars import observer_radius, sky_scene, star_keys, stars_layer
from moviemaker.data.particle_sets.files import ParticleFiles
from moviemaker.data.particle_sets.multipart import titled
from moviemaker.data.particle_sets.snapshots import corner_in
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.readers.molecules import SUFFIXES as MOLECULES

_RESIDUES, _ATOMS = 8, 500
"""From so many residues on atoms are a protein, and up to so many are a small molecule whose bonds can be seen."""
_BEYOND = {"cartoon": 1.0, "ball_and_stick": 0.3}
"""How far ribbons, balls and sticks go beyond the places of atoms, as a part of the largest radius."""
_TIMES = 7
"""Most snapshots that are looked at for what the camera has to see."""
_NAMELESS = "note: topology: with a file that names the atoms (.gro, .pdb, .psf) gives elements, and atoms: can select"


def describe_particles(
    source: Source[Particles],
    name: Named,
    group: str | None,
    more: str,
    groups: Mapping[str, tuple[int, int]] | None = None,
) -> Description:
    """Describes particles.

    Args:
        source: the open particles.
        name: of their file, as a scene names it.
        group: in the file; None: the only one.
        more: text of further keys of the data.
        groups: all groups of particles in the file, with their numbers in the first and the last snapshot.

    Raises:
        InputError: at `file`: it holds no particles.
    """
    warnings = source.examine()
    time, sample = _first_filled(source)
    files = source.snapshots if isinstance(source, ParticleSource) else None
    units = files.units if isinstance(files, ParticleFiles) else {}
    fields = tuple(field_of(n, array, source.survey(n), units.get(n, "")) for n, array in sample.fields.items())
    position = np.asarray(sample.position, np.float64)
    if not len(position):
        raise InputError(f"{title_of(name)!r} holds no particles", "choose another file", ("file",))
    lows, highs = position.min(axis=0), position.max(axis=0)
    at_first = tuple((float(low), float(high)) for low, high in zip(lows, highs, strict=True))
    bounds = _over_all_times(at_first, fields, sample)
    times = times_of(source)
    positions = [position] + [source.at(time).position for time in times_looked_at(times, _TIMES)]
    seen = Seen(np.concatenate([_finite(part) for part in positions], dtype=float))
    largest = max(positions, key=len)
    layer, reach = points_layer(stem(name), largest, frame(seen).height / 2, fields, sample.fields)
    style = _style(sample)
    if style is not None:
        layer = f"  - kind: molecule\n    data: {stem(name)}\n    style: {style}\n"
        reach *= _BEYOND[style]
    if style == "cartoon":  # what else there is, such as water, is not drawn
        chain = sample.fields["backbone"] == CA
        positions = [part[chain] if len(part) == len(chain) else part for part in positions]
        seen = Seen(np.concatenate([_finite(part) for part in positions], dtype=float))
    framing = frame(replace(seen, reach=reach, whole="cpk" in sample.fields))
    more += "" if group is None else f", group: {quoted(group)}"
    box = source.snapshots.box(0) if isinstance(source, ParticleSource) else None
    lines: tuple[str, ...] = (*_of_groups(groups or {}), *_of_files(source))
    if times and time > times[0]:
        lines += (f"note: the first particles are at time {time:g}",)
    if Path(title_of(name)).suffix.lower() in MOLECULES and "topology" not in more and "cpk" not in source.fields:
        lines += (_NAMELESS,)
    if box is not None:
        corner = corner_in(source.snapshots, 0) if isinstance(source, ParticleSource) else None
        inside = _is_inside(at_first, box, np.zeros(3) if corner is None else corner)
        more += ", period: file" if times and inside else ""
        sides = numbers_of(np.diag(box)) if not np.any(box - np.diag(np.diag(box))) else str(box.tolist())
        axes = [axis for axis, vector in zip("xyz", box, strict=True) if vector.any()]
        along = "" if len(axes) == 3 else f" (0: not periodic, only along {' and '.join(axes)})"
        lines += (f"box:    {sides}{along}; with period: file particles take the shortest path across it",)
    stars = star_keys(sample.fields)
    if stars:
        layer, inside_of = stars_layer(stem(name), stars), observer_radius(position)
        more += f', select: "distance > {inside_of:.2g}"' if inside_of else ""
    scene = scene_text("particles", name, bounds, times, layer, more, framing=framing)
    if stars:
        scene = sky_scene(scene, _finite(position))
    return Description(title_of(name), "particles", fields, times, bounds, tuple(warnings), scene, lines)


def _style(sample: Particles) -> str | None:
    """How a molecule is best seen at first; None: as balls."""
    fields = sample.fields
    if "backbone" in fields and np.count_nonzero(fields["backbone"] == CA) >= _RESIDUES:
        return "cartoon"
    return "ball_and_stick" if "cpk" in fields and "diameter" in fields and len(sample.position) <= _ATOMS else None


def _first_filled(source: Source[Particles]) -> tuple[float, Particles]:
    """The first time at which there are particles, and all that is known of them."""
    times = [0.0] if source.times is None else source.times.tolist()
    for time in times:
        sample = source.at(time, source.fields)
        if len(sample.position):
            return time, sample
    return times[0], source.at(times[0], source.fields)


def _finite(position: np.ndarray) -> np.ndarray:
    finite: np.ndarray = position[np.isfinite(position).all(axis=1)]
    return finite


def _over_all_times(
    bounds: tuple[tuple[float, float], ...], fields: tuple[Field, ...], sample: Particles
) -> tuple[tuple[float, float], ...]:
    """Bounds that hold the particles of all snapshots, so that nothing leaves the picture that is proposed.

    The fields x, y and z have been surveyed over all times. Those of a file that are other numbers than the positions
    are passed over.
    """
    found = list(bounds)
    for axis, name in enumerate("xyz"):
        field = next((each for each in fields if each.name == name), None)
        if field is None or not np.isfinite([field.low, field.high]).all():
            continue
        if np.allclose(sample.fields[name], sample.position[:, axis], rtol=1e-5, atol=0, equal_nan=True):
            found[axis] = (min(found[axis][0], field.low), max(found[axis][1], field.high))
    return tuple(found)


def _of_groups(groups: Mapping[str, tuple[int, int]]) -> list[str]:
    """What groups of particles the file has."""
    if len(groups) < 2:
        return []
    shown = [
        f"{titled(name)}: {first if first == last else f'{first} to {last}'}" for name, (first, last) in groups.items()
    ]
    return [f"groups: {', '.join(shown)}; info FILE --group NAME describes another"]


def _of_files(source: Source[Particles]) -> tuple[str, ...]:
    """What the reader of files says of them."""
    files = source.snapshots if isinstance(source, ParticleSource) else None
    if not isinstance(files, ParticleFiles):
        return ()
    text = ", ".join(f"{name} ({example})" if example else name for name, example in files.text.items())
    of_text = (f"note: these columns are text and cannot be fields: {text}",) if text else ()
    count = len(files.paths) - len(files.first.others)
    names = [path.name for path in files.paths[:count]]
    shown = names if count < 6 else [*names[:3], "...", names[-1]]
    order = (f"files:  {count}, in the order {', '.join(shown)}",) if count > 1 else ()
    return (*order, *files.first.facts, *of_text)


def _is_inside(bounds: tuple[tuple[float, float], ...], box: np.ndarray, corner: np.ndarray) -> bool:
    """Whether the bounds fill a box with this lower corner so well that it is likely to be periodic."""
    return all(
        0.9 * size < high - low and -1e-3 * size <= low - start and high - start <= 1.001 * size
        for (low, high), size, start in zip(bounds, np.diag(box).tolist(), corner.tolist(), strict=True)
    )
