"""Grids and their coordinates by the CF conventions (cfconventions.org, chapters 4 and 5).

`formats.variables` tells which dimensions are x, y, z and time. Of every other dimension one entry is shown: the first,
or the one that the scene chooses. A vertical axis with `positive: down`, and a depth or pressure
without `positive`, is flipped so that z points up. Longitudes and latitudes are degrees; a map is a grid of one layer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from moviemaker.data.formats.contents import IndexBox, Pieces, Stored, in_memory
from moviemaker.data.formats.dimensions import Chosen, Dimension, check_names, shown_of
from moviemaker.data.formats.grid_contents import GridContents
from moviemaker.data.formats.lengths import in_one_unit, length_of
from moviemaker.data.formats.variables import EAST, NORTH, Axes, Variable, Variables, own_name
from moviemaker.data.formats.vector_samples import combined, is_components

_PRESSURE = re.compile(r"(h|k|M|d)?Pa|pascals?|(m|d|milli|deci)?bars?|atmospheres?|atm", re.I)
_LISTED = 3
"""Most variables on other axes that a note lists."""

Dates = Callable[[str, np.ndarray], tuple[str, ...]]


def conventional(variables: Variables, dates: Dates = lambda clock, times: ()) -> GridContents:
    """The grids of a file: those with the most spatial axes come first, the others can be named by `field`.

    A variable in a group has its own name if that is unique, else `group/name`.

    Args:
        variables: of the file.
        dates: gives notes on times, from their unit and the times.

    Raises:
        ValueError: the coordinates of the grids neither ascend nor descend.
        InputError: at `dimensions`: the scene chooses what does not exist.
    """

    def choose(chosen: Chosen) -> GridContents:
        check_names(chosen, {own_name(name) for name in variables.sizes})
        return conventional(replace(variables, chosen=chosen), dates)

    aside = variables.coordinates()
    found: dict[str, Axes] = {}
    skipped = []
    for path, variable in variables.by_path.items():
        if variable.dtype.kind not in "biuf" or path in aside:
            continue
        axes = variables.axes(variable)
        if axes is not None:
            found[path] = axes
        elif sum(size > 1 for size in variable.shape) > 2:
            skipped.append(f"not read: {path} has the axes {', '.join(map(own_name, variable.dimensions))}")
    first = max(found, key=lambda path: len(set(found[path].of) & set("xyz")), default=None)
    if first is None:
        return GridContents({}, notes=tuple(skipped[:_LISTED]), choose=choose)
    uses = Counter(map(own_name, found))
    names = {path: own_name(path) if uses[own_name(path)] == 1 else path for path in found}
    together: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for path, axes in found.items():
        together.setdefault(tuple(sorted((a, d) for a, d in axes.of.items() if a != "t")), []).append(path)
    grids = {
        path: partial(_grid, variables, names, found, alike, dates) for alike in together.values() for path in alike
    }
    chosen = next(alike for alike in together.values() if first in alike)
    notes = [f"{names[path]} is in the group {path.rpartition('/')[0]}" for path in chosen if names[path] != path]
    others = [path for path in found if path not in chosen]
    if others:
        first_few = others[:_LISTED]
        listed = ", ".join(f"{names[path]} ({', '.join(variables.by_path[path].dimensions)})" for path in first_few)
        more = f" and {len(others) - _LISTED} more" if len(others) > _LISTED else ""
        notes.append(f"field: names variables on other axes: {listed}{more}")
    whole = grids[first](tuple(notes + skipped[:_LISTED]), {names[path]: grids[path] for path in others})
    return replace(whole, choose=choose)


def _grid(
    variables: Variables,
    names: Mapping[str, str],
    found: Mapping[str, Axes],
    alike: Sequence[str],
    dates: Dates,
    notes: tuple[str, ...] = (),
    others: Mapping[str, Callable[[], GridContents]] | None = None,
) -> GridContents:
    """The variables on the same spatial axes as one grid."""
    first = variables.by_path[alike[0]]
    space = {axis: name for axis, name in found[first.path].of.items() if axis != "t"}
    arrays: dict[str, Stored] = {}
    shown: list[Dimension] = []
    for path in alike:
        made, left = _fields(names[path], variables.by_path[path], found[path])
        arrays |= {name: stored for name, stored in made.items() if name not in arrays}
        shown += left
    clock, times = _times(variables, [found[path].of.get("t") for path in alike])
    if times is not None:
        arrays["time"] = in_memory(times)
    curved = _curved(variables, first, space)
    coordinates, sphere, length, remarks = _coordinates(variables, space, curved is not None)
    remarks += () if times is None else dates(clock, times)
    units = {names[path]: variables.by_path[path].text("units") for path in alike}
    return GridContents(
        arrays,
        units={name: unit for name, unit in units.items() if unit},
        length=length,
        clock=clock,
        notes=(*remarks, *notes),
        axes=coordinates,
        sphere=sphere,
        curved=curved,
        others=others or {},
        dimensions=shown_of(shown),
        labels=frozenset(names[path] for path in alike if variables.by_path[path].flags),
        whole=frozenset(names[path] for path in alike if variables.by_path[path].whole),
    )


def _fields(name: str, variable: Variable, found: Axes) -> tuple[dict[str, Stored], list[Dimension]]:
    """A variable as fields by name, of vectors their lengths and components; and the dimensions of which one entry is
    shown.
    """
    others = found.others
    along = [key for key, each in others.items() if not each.asked and is_components(each.name, each.size, each.values)]
    if len(along) != 1:
        return {name: _stored(variable, found)}, list(others.values())
    (key,) = along
    parts = [
        _stored(variable, replace(found, others={**others, key: replace(others[key], shown=index)}))
        for index in range(others[key].size)
    ]
    return combined(name, parts), [each for other, each in others.items() if other != key]


def _stored(variable: Variable, found: Axes) -> Stored:
    """A variable as (x, y, z) or (t, x, y, z)."""
    dimensions, axes = variable.dimensions, found.of
    shown = {name: each.shown for name, each in found.others.items()}
    sizes = dict(zip(dimensions, variable.shape, strict=True))
    shape = tuple(sizes[axes[axis]] if axis in axes else 1 for axis in "xyz")
    moves = "t" in axes
    order = [axes[axis] for axis in "xyz" if axis in axes]

    def taken(times: int | slice | None, ends: Mapping[str, slice]) -> np.ndarray:
        part: list[int | slice] = [ends.get(name, shown.get(name, 0)) for name in dimensions]
        if moves:
            part[dimensions.index(axes["t"])] = slice(None) if times is None else times
        all_times = moves and times is None
        left = [name for name in dimensions if name in order or (all_times and name == axes["t"])]
        values = variable.read(tuple(part))
        return values.transpose([left.index(name) for name in ([axes["t"]] if all_times else []) + order])

    def read(index: int | None) -> np.ndarray:
        values = taken(index, {name: slice(None) for name in order})
        array = values.reshape(*(values.shape[:1] if moves and index is None else ()), *shape)
        return array if moves or index is None else array[index]

    def box(index: int | None, box: IndexBox) -> np.ndarray:
        ends = {axes[axis]: slice(*pair) for axis, pair in zip("xyz", box, strict=True) if axis in axes}
        return taken(index or 0, ends).reshape([high - low for low, high in box])

    pieces = None
    if variable.chunks is not None:
        along = dict(zip(dimensions, variable.chunks, strict=True))
        x, y, z = (along[axes[axis]] if axis in axes else 1 for axis in "xyz")
        pieces = Pieces((x, y, z), box)
    return Stored((sizes[axes["t"]], *shape) if moves else shape, variable.dtype, read, pieces=pieces)


def _times(variables: Variables, names: Sequence[str | None]) -> tuple[str, np.ndarray | None]:
    """The unit of the times with its calendar, and the times; None: no times."""
    name = next((each for each in names if each is not None), None)
    variable = variables.by_path.get(name or "")
    times = variable.numbers if variable is not None and len(variable.shape) == 1 else None
    if variable is None or times is None:
        return "", None
    calendar, unit = variable.text("calendar"), variable.text("units")
    return f"{unit} ({calendar} calendar)" if calendar and unit else unit, times


def _coordinates(
    variables: Variables, space: Mapping[str, str], curved: bool
) -> tuple[tuple[np.ndarray, ...], bool, str, tuple[str, ...]]:
    """Positions along x, y, z; whether x and y are longitude and latitude in degrees; the unit; and notes."""
    positions, notes, units = [], [], []
    for axis in "xyz":
        path = space.get(axis)
        if path is None:
            positions.append(np.zeros(1))
            continue
        name, variable = own_name(path), variables.by_path.get(path)
        values = variable.numbers if variable is not None and len(variable.shape) == 1 else None
        if variable is None or values is None:
            positions.append(np.arange(float(variables.sizes[path])))
            units.append("")
            notes.append(f"{axis} is the dimension {name}, which has no coordinates: its samples are 1 apart")
            continue
        unit = variable.text("units")
        down = axis == "z" and _points_down(variable)
        if axis == "x" and EAST.fullmatch(unit) and np.isfinite(values).all() and _turns(values):
            values = np.unwrap(values, period=360)
        if not np.isfinite(values).all() or (np.diff(values) == 0).any() or len(set(np.sign(np.diff(values)))) > 1:
            raise ValueError(f"the coordinates {name!r} neither ascend nor descend")
        positions.append(-values if down else values)
        units.append(unit)
        turned = ", positive down, and flipped: z points up" if down else ""
        notes.append(f"{axis} is {name}{f' in {unit}' if unit else ''}{turned}")
    sphere = not curved and all(
        space[axis] in variables.by_path and pattern.fullmatch(variables.by_path[space[axis]].text("units"))
        for axis, pattern in (("x", EAST), ("y", NORTH))
    )
    if curved:
        notes.append("longitude and latitude do not follow its axes: data of kind mesh draw it on a globe")
    length = units[0] if len({unit.lower().replace("_", " ") for unit in units}) == 1 else ""
    if not length and units and all(map(length_of, units)):
        factors, length, note = in_one_unit(units)
        axes = [axis for axis in "xyz" if axis in space]
        for axis, factor in zip(axes, factors, strict=True):
            positions["xyz".index(axis)] = positions["xyz".index(axis)] * factor
        notes.append(note)
    return tuple(positions), sphere, length, tuple(notes)


def _turns(longitudes: np.ndarray) -> bool:
    """Whether longitudes jump by a whole turn, as from 359 to 0, or from 180 to -180."""
    steps = np.diff(longitudes)
    return bool((steps > 0).any() and (steps < 0).any())


def _points_down(variable: Variable) -> bool:
    """Whether a vertical coordinate increases downwards, as pressures and depths do by default."""
    positive = variable.text("positive").lower()
    if positive in ("up", "down"):
        return positive == "down"
    return bool(_PRESSURE.fullmatch(variable.text("units"))) or variable.text("standard_name") == "depth"


def _curved(variables: Variables, variable: Variable, space: Mapping[str, str]) -> tuple[np.ndarray, np.ndarray] | None:
    """Longitude and latitude of every sample, (nx, ny), if the attribute `coordinates` names them."""
    wanted = (space["y"], space["x"])
    found: dict[str, np.ndarray] = {}
    named = [variables.nearest(variable.path, name) for name in variable.text("coordinates").split()]
    if wanted[0] in variables.by_path or wanted[1] in variables.by_path or any(named):
        listed = named
    else:  # a variable without the attribute, and dimensions without coordinates
        listed = [each for each in variables.by_path.values() if len(each.shape) in (2, 3)]
    for each in listed:
        if each is None or not set(wanted) <= set(each.dimensions):
            continue
        for key, pattern in (("lon", EAST), ("lat", NORTH)):
            if key not in found and pattern.fullmatch(each.text("units")) and each.dtype.kind in "iuf":
                # Some models repeat the coordinates for every time: the first ones are taken.
                part = tuple(slice(None) if name in wanted else 0 for name in each.dimensions)
                values = np.asarray(each.read(part), float)
                kept = [name for name in each.dimensions if name in wanted]
                found[key] = values.T if kept == list(wanted) else values
    return (found["lon"], found["lat"]) if len(found) == 2 else None
