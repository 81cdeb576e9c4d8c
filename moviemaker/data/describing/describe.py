"""The description of a data file, with a first scene."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.histograms.auto_transfer import (
    AutoTransfer,
    auto_transfer,
    some_values,
    transfer_of_everything,
    transfer_of_field,
    transfer_without_specks,
)
from moviemaker.core.machine.in_memory import is_in_memory
from moviemaker.core.progress import Progress, Silent
from moviemaker.core.sources import ReportsProgress
from moviemaker.data.columns.roles import POSITION_NAMES
from moviemaker.data.describing.asked import Asked, Named, asked_for
from moviemaker.data.describing.first_field import first_field
from moviemaker.data.describing.framing import frame, seen_in_ball, times_looked_at, together
from moviemaker.data.describing.grid_layers import first_layer, flat_axis, volume
from moviemaker.data.describing.meshes import describe_mesh, is_only_for_programs
from moviemaker.data.describing.particles import describe_particles
from moviemaker.data.describing.places import guessed_positions, is_sky
from moviemaker.data.describing.report import (
    Description,
    Field,
    apart,
    field_of,
    numbers_of,
    quoted,
    scene_text,
    sphere_inside,
    stem,
    times_of,
    title_of,
)
from moviemaker.data.describing.scans import facing_of, scan_layer
from moviemaker.data.describing.seen_samples import samples_seen
from moviemaker.data.describing.vector_fields import streamlines, vector_first
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.find import open_file
from moviemaker.data.formats.contents import Contents, Layout
from moviemaker.data.formats.grid_contents import GridContents, is_grid
from moviemaker.data.globe.seams import goes_round
from moviemaker.data.globe.settings import GlobeOfLevels, GlobeOfMaps
from moviemaker.data.grid import Grid
from moviemaker.data.grids.source import GridSource
from moviemaker.data.mesh import Mesh
from moviemaker.data.meshes.files import SUFFIXES as MESHES
from moviemaker.data.particle_sets.multipart import groups_of_series
from moviemaker.data.particles import Particles as ParticlesKind
from moviemaker.data.pyramids.budget import UNASKED
from moviemaker.data.pyramids.source import PyramidSource
from moviemaker.data.readers.ply import has_faces
from moviemaker.data.stores.stores import is_zarr

__all__ = ["Description", "Field", "describe"]

_SLENDER = 10
"""Ratio of the sides of a box from which on the scene stretches it: degrees and metres do not compare."""
_EARTH = 6371.0
"""Radius in kilometres of the globe that is proposed for levels in longitude and latitude ..."""
_RAISED = 0.2
"""... height of all levels together, as a fraction of that radius ..."""
_AROUND = 160
"""... and number of samples across the globe."""
_ALL_ROUND = 90
"""Range of latitudes in degrees from which on a grid that goes round the globe is drawn on one."""
_MISSING = 0.05
"""Fraction of missing samples from which on the whole range of the others is drawn."""
_THROUGH = 30
"""Number of unit distances from the lowest level to the highest."""
_TIMES = 3
"""Most snapshots of a grid that are looked at for what the camera has to see."""
_CHANNELS = 4
"""Most channels of a microscope image that are drawn together."""


def describe(
    paths: Path | Sequence[Path],
    progress: Progress | None = None,
    group: str | None = None,
    *,
    layout: Layout | None = None,
    folder: Path | None = None,
) -> Description:
    """Describes a data file, a series of files, a folder of slices, or Zarr in a folder or on the web.

    Args:
        paths: of the file or folder, a glob, an address, or the paths of several files.
        progress: reporter for data that take long to read (default: none).
        group: of an HDF5 file with several groups of particles (default: the first).
        layout: of raw files.
        folder: of the scene that is proposed; its paths start there (default: the folder of the first file).

    Raises:
        InputError: the file is missing, cannot be read, or holds neither a grid nor a mesh nor particles.
    """
    asked = asked_for([paths] if isinstance(paths, Path) else paths, folder, layout)
    try:
        found = _describe(asked, progress, group)
    except InputError as error:
        columns = '; info and quick take --keys "position: [A, B, C]"' if "write position:" in error.instead else ""
        raise InputError("; ".join((*asked.notes, error.what)), error.instead + columns, error.at) from error
    where = "" if folder is None else os.path.abspath(folder)
    return replace(found, folder=where, facts=(*asked.notes, *found.facts))


def _describe(asked: Asked, progress: Progress | None, group: str | None) -> Description:
    path, name, folder = asked.path, asked.file, asked.folder
    if asked.layout is not None:
        keys = _keys_of(asked.layout)
        more = "".join(f", {key}: {_written(value)}" for key, value in keys.items())
        return describe_grid(Grid(file=name, **keys).open(folder), name, progress=progress, raw=more)
    if asked.topology is not None:
        atoms = ParticlesKind(file=name, topology=asked.topology).open(folder)
        return describe_particles(atoms, name, None, f", topology: {quoted(asked.topology)}")
    if not path.is_file() and not is_zarr(path) and not is_in_memory(path):
        return describe_grid(Grid(file=name).open(folder), name, progress=progress)  # or raises the right error
    if path.suffix.lower() in _OF_CELLS or _has_faces(path):
        found = _describe_cells(folder, name)
        if found is not None:
            return found
    contents = open_file(path)
    field, empty = first_field(contents, path) if isinstance(contents, GridContents) else (None, ())
    if field is not None and isinstance(contents, GridContents) and field in contents.others:
        contents = contents.others[field]()
    if isinstance(contents, GridContents) and _is_map(contents):
        globe = GlobeOfMaps(radius=1.0) if contents.sphere or contents.curved is not None else None
        return describe_mesh(Mesh(file=name, field=field, globe=globe).open(folder), name, contents, globe, field)
    shell = _shell(contents, path)
    if shell is not None:
        levels = Grid(file=name, field=field, globe=shell.globe, shape=_AROUND).open(folder)
        return describe_grid(levels, name, shell, field=field, empty=empty)
    groups = groups_of_series(asked.series or (path,)) if contents.groups else {}
    group = next(iter(groups)) if group is None and len(groups) > 1 else group
    if isinstance(contents, GridContents) or (group is None and _holds_grid(contents, path, group)):
        field, empty = (field, empty) if isinstance(contents, GridContents) else first_field(contents, path)
        return describe_grid(Grid(file=name, field=field).open(folder), name, None, progress, field, empty)
    if path.suffix.lower() == ".npz" and _are_lines(contents):
        return describe_mesh(Mesh(file=name).open(folder), name)
    guess = guessed_positions(contents) if group is None else None
    if guess is not None:
        source = ParticlesKind(file=name, position=guess.position, globe=guess.globe).open(folder)
        found = describe_particles(source, name, None, guess.keys)
        return replace(found, facts=(guess.note, *found.facts))
    sky = 0.0 if is_sky(contents) else None
    source = ParticlesKind(file=name, group=group, globe=sky).open(folder)
    return describe_particles(source, name, group, "" if sky is None else ", globe: 0", groups)


def _keys_of(layout: Layout) -> dict[str, Any]:
    """The keys of a scene for a raw file."""
    keys: dict[str, Any] = {"shape": layout.shape, "dtype": layout.dtype}
    if layout.order != "C":
        keys["order"] = layout.order
    return keys | ({"offset": layout.offset} if layout.offset else {})


def _written(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else quoted(str(value))


_OF_CELLS = tuple(suffix for suffix in (*MESHES, ".vtk") if suffix not in (".npy", ".npz", ".ply"))
"""Endings of files with cells, beside a `.ply` with faces. A `.ply` without faces holds points."""
_ONLY_MESHES = (".obj", ".stl")
"""Endings of files that are never read as particles."""


def _has_faces(path: Path) -> bool:
    """Whether a file is a `.ply` with faces."""
    if path.suffix.lower() != ".ply":
        return False
    with reading(path):
        return has_faces(path)


def _describe_cells(folder: Path, name: Named) -> Description | None:
    """Volumetric cells are a grid, others a mesh; None: only points, or no cells.

    Raises:
        InputError: a file that can only be a mesh is none.
    """
    ending = (name if isinstance(name, str) else name[0]).lower()
    try:
        return describe_grid(_volume_of_cells(folder, name), name)
    except InputError:
        pass
    try:
        mesh = Mesh(file=name).open(folder)
        first = mesh.at(float("-inf"))
        # In a structured grid VTK takes any row of points for a line.
        means_lines = len(first.lines) and ending.endswith((".vtp", ".vtk", ".vtu", ".obj"))
        if means_lines or 2 * len(np.unique(first.polys.connectivity)) > len(first.points):
            return describe_mesh(mesh, name)
    except InputError:
        if ending.endswith(_ONLY_MESHES):
            raise
    if ending.endswith(_ONLY_MESHES):
        raise InputError(
            f"{title_of(name)!r} holds only points", "write faces or lines into it, or a table of points", ("file",)
        )
    return None


def _volume_of_cells(folder: Path, name: Named) -> GridSource | PyramidSource:
    """Volumetric cells on a grid; of their fields, one that says something comes first."""
    source = Grid(file=name).open(folder)
    telling = [field for field in source.fields if not is_only_for_programs(field)]
    return source if not telling or telling[0] == source.fields[0] else Grid(file=name, field=telling[0]).open(folder)


def _is_map(contents: GridContents) -> bool:
    """Whether a grid is a map of one level, and so a surface rather than a volume."""
    shapes = [stored.shape for stored in contents.arrays.values() if is_grid(stored)]
    return contents.axes is not None and bool(shapes) and shapes[0][-1] == 1


@dataclass(frozen=True)
class _Shell:
    """Levels around a globe.

    Attributes:
        globe: radius, and a height that separates the levels visibly.
        low: radius of the lowest level.
        thickness: of all levels together.
        parted: whether many samples are missing, such as land in an ocean; then all others are drawn.
    """

    globe: GlobeOfLevels
    low: float
    thickness: float
    parted: bool


def _shell(contents: Contents, path: Path) -> _Shell | None:
    """The globe for levels that go all round it; None: the file has no such levels."""
    if not isinstance(contents, GridContents) or contents.axes is None or not contents.sphere:
        return None
    longitudes, latitudes, levels = (np.sort(axis) for axis in contents.axes)
    if len(levels) < 2 or not goes_round(longitudes) or np.ptp(latitudes) < _ALL_ROUND:
        return None
    stored = next(stored for stored in contents.arrays.values() if is_grid(stored))
    if math.prod(stored.shape[-3:]) * stored.dtype.itemsize > UNASKED:  # resampling reads it whole
        return None
    height = float(f"{_RAISED * _EARTH / np.ptp(levels):.2g}")
    low, thickness = _EARTH + height * float(levels[0]), height * float(np.ptp(levels))
    # Levels far above or below 0 are moved to the surface of the globe.
    radius = _EARTH if _EARTH / 2 < low < 1.5 * _EARTH else _EARTH - height * float(levels[0])
    with reading(path):
        first = np.asarray(stored.read(0 if stored.ndim == 4 else None))
    parted = first.dtype.kind == "f" and float((~np.isfinite(first)).mean()) > _MISSING
    return _Shell(GlobeOfLevels(radius=radius, height=height), radius + height * float(levels[0]), thickness, parted)


def _holds_grid(contents: Contents, path: Path, group: str | None) -> bool:
    if is_sky(contents):
        return False
    try:
        ParticlesKind(file=path.name, group=group).open(path.parent)
    except InputError:
        return any(stored.ndim in (3, 4) for stored in contents.arrays.values())
    return False


def _are_lines(contents: Contents) -> bool:
    """Whether a file of arrays holds poly-lines and no positions of particles."""
    stored = contents.arrays.get("lines")
    return stored is not None and stored.shape[1:] == (3,) and not set(POSITION_NAMES) & set(contents.arrays)


def describe_grid(
    source: GridSource | PyramidSource,
    name: Named,
    shell: _Shell | None = None,
    progress: Progress | None = None,
    field: str | None = None,
    empty: tuple[str, ...] = (),
    raw: str = "",
) -> Description:
    """Describes a grid.

    Args:
        source: the open grid.
        name: of its file, as a scene names it.
        shell: the globe that its levels lie around.
        progress: reporter for data that take long to read (default: none).
        field: that the scene has to name, because the first one has no values.
        empty: names of fields without values.
        raw: text of further keys of the data.
    """
    if isinstance(source, ReportsProgress):
        source.report_to(progress or Silent())
    warnings = source.examine()
    facts, times = source.facts, times_of(source)
    grid = source.at(times[0] if times else 0.0, source.fields)
    values = some_values(source, source.fields[0])
    first = grid.field(source.fields[0])
    parted = shell is not None and shell.parted
    transfer = transfer_of_everything(values) if parted else transfer_without_specks(values, lambda: first)
    fields = tuple(
        field_of(
            n,
            array,
            source.survey(n),
            facts.units.get(n, ""),
            _histogram(source, n, transfer if n == source.fields[0] else None),
        )
        for n, array in grid.fields.items()
    )
    channels = [(n, color) for n, color in facts.channels.items() if n in source.fields][:_CHANNELS]
    flat = flat_axis(grid) if shell is None else None
    scan = scan_layer(stem(name), source.fields[0], facts, first, values, transfer)
    ending = str(name if isinstance(name, str) else name[0])
    layer = first_layer(grid, stem(name), source.fields[0], transfer, values, flat, ending, scan)
    if len(channels) > 1 and flat is None:
        layer = "".join(volume(stem(name), n, transfer_of_field(source, n), color) for n, color in channels)
    vector = vector_first(source, fields)
    if vector is not None and shell is None:
        layer = streamlines(stem(name), vector)
    lines = [
        f"shape:  {' x '.join(map(str, grid.shape))} samples",
        f"origin: {numbers_of(grid.origin)}; spacing: {numbers_of(grid.spacing)} {facts.length}".rstrip(),
    ]
    if grid.direction is not None:
        axes = "; ".join(f"{axis} {numbers_of(column)}" for axis, column in zip("ijk", grid.direction.T, strict=True))
        lines.append(f"direction of its axes: {axes}")
    lines += [f"note: {note}" for note in facts.notes]
    lines += [f"vector: {each}, of {', '.join(names)}" for each, names in source.vectors.items()]
    lines += [f"dimension: {each}" for each in facts.dimensions]
    lines += [f"note: {', '.join(empty)} {'has' if len(empty) == 1 else 'have'} no finite value"] if empty else []
    bounds, more = _stretched(grid.bounds) if grid.direction is None else (grid.bounds, "")
    beside = ""
    if shell is not None:
        more = f", globe: {{radius: {shell.globe.radius:g}, height: {shell.globe.height:g}}}, shape: {_AROUND}"
        beside, inside = sphere_inside(0.998 * shell.low, "levels")
        layer = f"{inside}{layer}    unit_distance: {shell.thickness / _THROUGH:.3g}\n"
        framing = frame(seen_in_ball(shell.low + shell.thickness), (20.0, 0.0, 360.0))
    else:
        parts = [
            samples_seen(source.at(time, source.fields), layer, bounds if more else None)
            for time in times_looked_at(times, _TIMES)
        ]
        framing = frame(together(parts), facing_of(facts, flat), fixed=bool(facts.patient))
    if more and shell is None:
        lines.append("note: the lengths of its sides differ much; bounds in this scene stretch the odd one")
    more = raw + (f", field: {quoted(field)}" if field else "") + more
    scene = scene_text("grid", name, bounds, times, layer, more, beside, framing)
    shape = (facts.clock, facts.length)
    return Description(title_of(name), "grid", fields, times, grid.bounds, tuple(warnings), scene, tuple(lines), *shape)


def _histogram(source: GridSource | PyramidSource, name: str, transfer: AutoTransfer | None) -> str:
    """The median, the most frequent value, and the fraction that stands out."""
    values = some_values(source, name)
    if not len(values):
        return ""
    transfer = transfer or auto_transfer(values)
    middle = float(np.median(values))
    background = transfer.background
    alike = float((values == background if (values == background).any() else values == middle).mean())
    # Rounded down, so that 100 % are all: what few other values there are is what is drawn.
    few = f"{math.floor(1000 * alike) / 10:g}" if 0.99 < alike < 1 else f"{100 * alike:.0f}"
    same = f", {few} % are {background:.6g}" if alike > 0.2 else ""
    return f"median {middle:.6g}{same}, {_percent(transfer.part)} % stand out from the background"


def _percent(part: float) -> str:
    return f"{100 * part:.2g}" if part < 0.995 else "100"


def _of_range(ends: tuple[float, float]) -> str:
    return ", ".join(apart(ends))


def _stretched(bounds: tuple[tuple[float, float], ...]) -> tuple[tuple[tuple[float, float], ...], str]:
    """Bounds whose sides differ by less than a factor of ten, and the key of the scene for them, if it is needed."""
    widths = [high - low for low, high in bounds]
    known = sorted(width for width in widths if width > 0)
    if len(known) < 2 or known[-1] <= _SLENDER * known[0]:
        return bounds, ""
    # The two most similar sides stay; the third one is stretched.
    pair = min(pairwise(known), key=lambda pair: pair[1] / pair[0])
    found = tuple(
        (low, high) if high == low or pair[0] <= high - low <= pair[1] else (0.0, pair[0]) for low, high in bounds
    )
    return found, f", bounds: [{', '.join(f'[{_of_range(pair)}]' for pair in found)}]"
