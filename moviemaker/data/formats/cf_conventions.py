"""Grids and their coordinates by the CF conventions (cfconventions.org, chapters 4 and 5).

The attributes `axis`, `standard_name`, `units` or `positive` of its coordinate tell whether a dimension is x, y, z or
time, else its name, else the order time, z, y, x. A vertical axis with `positive: down`, and a depth or pressure
without `positive`, is flipped so that z points up. Longitudes and latitudes are degrees; a map is a grid of one layer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from moviemaker.data.formats.contents import IndexBox, Pieces, Stored, in_memory
from moviemaker.data.formats.grid_contents import GridContents

_AXES = {
    "x": r"longitude|projection_x_coordinate|grid_longitude|x|lon.*|nlon|i|xc|west_east.*|ni",
    "y": r"latitude|projection_y_coordinate|grid_latitude|y|lat.*|nlat|j|yc|south_north.*|nj",
    "z": r"height.*|altitude|depth.*|air_pressure|.*_pressure|.*sigma.*|model_level.*|z|lev.*|level.*|plev.*|alt.*|nz|"
    r"isobaric.*|bottom_top.*|k|zlev.*|st_ocean|pressure.*|hybrid.*|olevel",
    "t": r"time|t|times|time_counter|date",
}
_NAMES = {axis: re.compile(pattern, re.I) for axis, pattern in _AXES.items()}
_EAST = re.compile(r"degrees?_?(east|e)", re.I)
_NORTH = re.compile(r"degrees?_?(north|n)", re.I)
_PRESSURE = re.compile(r"(h|k|M|d)?Pa|pascals?|(m|d|milli|deci)?bars?|atmospheres?|atm", re.I)

_LISTED = 3
"""Most variables on other axes that a note lists."""

Part = tuple[int | slice, ...]


@dataclass(frozen=True, eq=False)
class Variable:
    """An array of a file with named dimensions.

    Attributes:
        path: its name after the names of its groups, such as `forecast/temperature`.
        dimensions: their paths, because two groups may have dimensions of the same name.
        shape, dtype: of the values that are read.
        attributes: by name.
        read: gives a part, unpacked, with NaN for missing values.
        chunks: samples along each axis that are read together; None: not read piece by piece.
    """

    path: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attributes: Mapping[str, object]
    read: Callable[[Part], np.ndarray]
    chunks: tuple[int, ...] | None = None

    def text(self, key: str) -> str:
        """An attribute as text; empty if it is missing."""
        return str(self.attributes.get(key, ""))

    @property
    def numbers(self) -> np.ndarray | None:
        """All values, if they are real numbers."""
        if self.dtype.kind not in "iuf":
            return None
        return np.asarray(self.read((slice(None),) * len(self.shape)), float)


@dataclass(frozen=True, eq=False)
class Variables:
    """The variables of a file.

    Attributes:
        by_path: all of them; the coordinate variable of a dimension has the path of the dimension.
    """

    by_path: Mapping[str, Variable]

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Number of samples along each dimension."""
        return dict(pair for each in self.by_path.values() for pair in zip(each.dimensions, each.shape, strict=True))

    def role(self, dimension: str) -> str:
        """The axis of a dimension, from its coordinate or its name: x, y, z or t; empty: unknown."""
        variable = self.by_path.get(dimension)
        if variable is not None:
            axis = variable.text("axis").lower()
            if axis in ("x", "y", "z", "t"):
                return axis
            units = variable.text("units")
            for role, known in (
                ("t", " since " in units),
                ("x", _EAST.fullmatch(units)),
                ("y", _NORTH.fullmatch(units)),
                ("z", variable.text("positive").lower() in ("up", "down")),
            ):
                if known:
                    return role
            standard = variable.text("standard_name")
            for role, pattern in _NAMES.items():
                if standard and pattern.fullmatch(standard):
                    return role
        return role_of_name(own_name(dimension))

    def nearest(self, path: str, name: str) -> Variable | None:
        """The variable that another one refers to by a name: in its group, else in the enclosing groups."""
        return next((self.by_path[each] for each in around(path, name) if each in self.by_path), None)

    def coordinates(self) -> frozenset[str]:
        """Paths of the coordinates, of their bounds, and of the variables that `coordinates` lists."""
        found = {path for path in self.by_path if path in self.sizes}
        for each in self.by_path.values():
            for name in " ".join(each.text(key) for key in ("bounds", "coordinates", "climatology")).split():
                meant = self.nearest(each.path, name)
                found |= set() if meant is None else {meant.path}
        return frozenset(found)

    def axes(self, variable: Variable) -> dict[str, str] | None:
        """The dimension of each axis of a variable; None: not a grid. Dimensions of size 1 may be left over."""
        dimensions = variable.dimensions
        if len(set(dimensions)) < len(dimensions):
            return None
        found: dict[str, str] = {}
        rest = []
        for name in dimensions:
            role = self.role(name)
            if role and role not in found:
                found[role] = name
            else:
                rest.append(name)
        for name in reversed([name for name in rest if self.sizes[name] > 1]):
            free = next((role for role in "xyzt" if role not in found), None)
            if free is None:
                return None
            found[free] = name
        # A single time without a coordinate is not an axis of time.
        if "t" in found and self.sizes[found["t"]] == 1 and found["t"] not in self.by_path:
            del found["t"]
        return found if {"x", "y"} <= set(found) else None


def role_of_name(name: str) -> str:
    """The usual axis of a dimension of that name: x, y, z or t; empty: unknown."""
    return next((role for role, pattern in _NAMES.items() if pattern.fullmatch(name)), "")


def own_name(path: str) -> str:
    """A path without its groups."""
    return path.rpartition("/")[2]


def around(path: str, name: str) -> Iterator[str]:
    """The paths that a name may stand for at a variable: in its group, then in the enclosing groups."""
    group = path.rpartition("/")[0]
    while group:
        yield f"{group}/{name}"
        group = group.rpartition("/")[0]
    yield name


Dates = Callable[[str, np.ndarray], tuple[str, ...]]


def conventional(variables: Variables, dates: Dates = lambda clock, times: ()) -> GridContents:
    """The grids of a file: those with the most spatial axes come first, the others can be named by `field`.

    A variable in a group has its own name if that is unique, else `group/name`.

    Args:
        variables: of the file.
        dates: gives notes on times, from their unit and the times.

    Raises:
        ValueError: the coordinates of the grids neither ascend nor descend.
    """
    aside = variables.coordinates()
    found: dict[str, dict[str, str]] = {}
    skipped = []
    for path, variable in variables.by_path.items():
        if variable.dtype.kind not in "biuf" or path in aside:
            continue
        axes = variables.axes(variable)
        if axes is not None:
            found[path] = axes
        elif sum(size > 1 for size in variable.shape) > 2:
            skipped.append(f"not read: {path} has the axes {', '.join(map(own_name, variable.dimensions))}")
    first = max(found, key=lambda path: len(set(found[path]) & set("xyz")), default=None)
    if first is None:
        return GridContents({}, notes=tuple(skipped[:_LISTED]))
    uses = Counter(map(own_name, found))
    names = {path: own_name(path) if uses[own_name(path)] == 1 else path for path in found}
    together: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for path, axes in found.items():
        together.setdefault(tuple(sorted((a, d) for a, d in axes.items() if a != "t")), []).append(path)
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
    return grids[first](tuple(notes + skipped[:_LISTED]), {names[path]: grids[path] for path in others})


def _grid(
    variables: Variables,
    names: Mapping[str, str],
    found: Mapping[str, dict[str, str]],
    alike: Sequence[str],
    dates: Dates,
    notes: tuple[str, ...] = (),
    others: Mapping[str, Callable[[], GridContents]] | None = None,
) -> GridContents:
    """The variables on the same spatial axes as one grid."""
    first = variables.by_path[alike[0]]
    space = {axis: name for axis, name in found[first.path].items() if axis != "t"}
    arrays = {names[path]: _stored(variables.by_path[path], found[path]) for path in alike}
    clock, times = _times(variables, [found[path].get("t") for path in alike])
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
    )


def _stored(variable: Variable, axes: Mapping[str, str]) -> Stored:
    """A variable as (x, y, z) or (t, x, y, z)."""
    dimensions = variable.dimensions
    sizes = dict(zip(dimensions, variable.shape, strict=True))
    shape = tuple(sizes[axes[axis]] if axis in axes else 1 for axis in "xyz")
    moves = "t" in axes
    order = [axes[axis] for axis in "xyz" if axis in axes]

    def taken(times: int | slice | None, ends: Mapping[str, slice]) -> np.ndarray:
        part: list[int | slice] = [ends.get(name, 0) for name in dimensions]
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


def unpacked_type(stored: np.dtype, attributes: Mapping[str, object]) -> np.dtype:
    """The type of values after unpacking, with NaN for missing ones."""
    packed = "scale_factor" in attributes or "add_offset" in attributes
    missing = any(key in attributes for key in ("_FillValue", "missing_value", "valid_range", "valid_min"))
    if stored.kind == "f":
        return stored
    return np.dtype(np.float64 if stored.itemsize > 2 else np.float32) if packed or missing else stored


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
        if not np.isfinite(values).all() or (np.diff(values) == 0).any() or len(set(np.sign(np.diff(values)))) > 1:
            raise ValueError(f"the coordinates {name!r} neither ascend nor descend")
        positions.append(-values if down else values)
        units.append(unit)
        turned = ", positive down, and flipped: z points up" if down else ""
        notes.append(f"{axis} is {name}{f' in {unit}' if unit else ''}{turned}")
    sphere = not curved and all(
        space[axis] in variables.by_path and pattern.fullmatch(variables.by_path[space[axis]].text("units"))
        for axis, pattern in (("x", _EAST), ("y", _NORTH))
    )
    if curved:
        notes.append("longitude and latitude do not follow its axes: data of kind mesh draw it on a globe")
    length = units[0] if len({unit.lower().replace("_", " ") for unit in units}) == 1 else ""
    return tuple(positions), sphere, length, tuple(notes)


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
    for name in variable.text("coordinates").split():
        each = variables.nearest(variable.path, name)
        if each is None or sorted(each.dimensions) != sorted(wanted):
            continue
        for key, pattern in (("lon", _EAST), ("lat", _NORTH)):
            values = each.numbers if pattern.fullmatch(each.text("units")) else None
            if values is not None:
                found[key] = values.T if each.dimensions == wanted else values
    return (found["lon"], found["lat"]) if len(found) == 2 else None
