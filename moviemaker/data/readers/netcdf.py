"""NetCDF: every variable with axes of space is a field, by the CF conventions (cfconventions.org, chapters 4 and 5).

Which dimension is x, y, z or time follows from its coordinate's `axis`, `standard_name`, `units` or `positive`, else
from its name, else from the order time, z, y, x. Values are unpacked by `scale_factor` and `add_offset`, and what is
missing is NaN. A vertical axis that is `positive: down` (a depth, a pressure) is turned over, so that z points up.
Longitudes and latitudes are degrees; a map of both alone is a grid of one layer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.data.readers._contents import Contents, Stored, in_memory
from moviemaker.data.readers._extra import extra
from moviemaker.data.readers._grids import GridContents

SUFFIXES = (".nc", ".nc4", ".cdf", ".netcdf")
COMPRESSIBLE = ()

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


def open_file(path: Path) -> Contents:
    """The variables with axes of space, of which the headers and the coordinates have been read.

    Raises:
        Mistake: netCDF4 is not installed.
        OSError, ValueError: the file cannot be read.
    """
    library = extra(path, "netCDF4", "netCDF4", "netcdf")
    with library.Dataset(path) as file:
        roles = {name: dimension_role(file, name) for name in file.dimensions}
        found: dict[str, dict[str, str]] = {}
        skipped = []
        for name, variable in file.variables.items():
            if variable.dtype is str or variable.dtype.kind not in "biuf" or _is_coordinate(file, name):
                continue
            axes = _axes(file, variable, roles)
            if axes is not None:
                found[name] = axes
            elif sum(len(file.dimensions[each]) > 1 for each in variable.dimensions) > 2:
                skipped.append(f"{name} has the axes {', '.join(variable.dimensions)}")
        # The fields that are drawn together are those on the axes of the first, the largest of space.
        first = max(found, key=lambda name: len(set(found[name]) & set("xyz")), default=None)
        if first is None:
            return GridContents({}, notes=tuple(skipped))
        space = {axis: name for axis, name in found[first].items() if axis != "t"}
        alike = [n for n, axes in found.items() if {a: d for a, d in axes.items() if a != "t"} == space]
        arrays = {name: _stored(path, file.variables[name], found[name]) for name in alike}
        clock, times = _times(file, [found[name].get("t") for name in alike])
        if times is not None:
            arrays["time"] = in_memory(times)
        curved = _curved(file, file.variables[first], space)
        coordinates, sphere, length, notes = _coordinates(file, space, curved is not None)
        notes += () if times is None else _dates(library, clock, times)
        units = {name: str(file.variables[name].units) for name in alike if hasattr(file.variables[name], "units")}
    notes = (*notes, *(f"not read: {each}" for each in skipped[:3]))
    return GridContents(
        arrays, units=units, length=length, clock=clock, notes=notes, axes=coordinates, sphere=sphere, curved=curved
    )


def dimension_role(file: Any, name: str) -> str:
    """Which axis a dimension is by what its coordinate says: x, y, z or t; empty if nothing does."""
    variable = file.variables.get(name)
    if variable is not None:
        axis = str(getattr(variable, "axis", "")).lower()
        if axis in ("x", "y", "z", "t"):
            return axis
        units = str(getattr(variable, "units", ""))
        for role, known in (
            ("t", " since " in units),
            ("x", _EAST.fullmatch(units)),
            ("y", _NORTH.fullmatch(units)),
            ("z", str(getattr(variable, "positive", "")).lower() in ("up", "down")),
        ):
            if known:
                return role
        standard = str(getattr(variable, "standard_name", ""))
        for role, pattern in _NAMES.items():
            if standard and pattern.fullmatch(standard):
                return role
    return next((role for role, pattern in _NAMES.items() if pattern.fullmatch(name)), "")


def _is_coordinate(file: Any, name: str) -> bool:
    """Whether a variable tells where others are: a coordinate, its bounds, or what `coordinates` lists."""
    if name in file.dimensions:
        return True
    for each in file.variables.values():
        words = " ".join(str(getattr(each, key, "")) for key in ("bounds", "coordinates", "climatology")).split()
        if name in words:
            return True
    return False


def _axes(file: Any, variable: Any, roles: Mapping[str, str]) -> dict[str, str] | None:
    """The dimension of each axis of a variable; None if it is no grid. Dimensions of one may be left over."""
    dimensions = list(variable.dimensions)
    if len(set(dimensions)) < len(dimensions):
        return None
    found: dict[str, str] = {}
    rest = []
    for name in dimensions:
        role = roles[name]
        if role and role not in found:
            found[role] = name
        else:
            rest.append(name)
    for name in reversed([name for name in rest if len(file.dimensions[name]) > 1]):
        free = next((role for role in "xyzt" if role not in found), None)
        if free is None:
            return None
        found[free] = name
    # A single level or moment is there for the record: it moves nothing, and need not be an axis.
    if "t" in found and len(file.dimensions[found["t"]]) == 1 and found["t"] not in file.variables:
        del found["t"]
    return found if {"x", "y"} <= set(found) else None


def _stored(path: Path, variable: Any, axes: dict[str, str]) -> Stored:
    """A variable as (x, y, z) or (t, x, y, z), unpacked as it is read."""
    name, dimensions = variable.name, list(variable.dimensions)
    sizes = dict(zip(dimensions, variable.shape, strict=True))
    shape = tuple(int(sizes[axes[axis]]) if axis in axes else 1 for axis in "xyz")
    moves = "t" in axes
    dtype = _unpacked_type(variable)
    order = [axes[axis] for axis in "xyz" if axis in axes]

    def read(index: int | None) -> np.ndarray:
        import netCDF4

        with netCDF4.Dataset(path) as file:
            stored = file.variables[name]
            part = tuple(
                (slice(None) if index is None else index)
                if moves and each == axes["t"]
                else slice(None)
                if each in order
                else 0
                for each in dimensions
            )
            values = (
                stored[part] if moves else stored[tuple(slice(None) if each in order else 0 for each in dimensions)]
            )
        left = [each for each in dimensions if each in order or (moves and each == axes["t"] and index is None)]
        wanted = ([axes["t"]] if moves and index is None else []) + order
        filled = _filled(np.ma.asanyarray(values), dtype).transpose([left.index(each) for each in wanted])
        leading = filled.shape[:1] if moves and index is None else ()
        array = filled.reshape(*leading, *shape)
        return array if moves or index is None else array[index]

    return Stored((int(sizes[axes["t"]]), *shape) if moves else shape, dtype, read)


def _unpacked_type(variable: Any) -> np.dtype:
    packed = hasattr(variable, "scale_factor") or hasattr(variable, "add_offset")
    missing = any(hasattr(variable, key) for key in ("_FillValue", "missing_value", "valid_range", "valid_min"))
    stored: np.dtype = np.dtype(variable.dtype)
    if stored.kind == "f":
        return stored
    return np.dtype(np.float64 if stored.itemsize > 2 else np.float32) if packed or missing else stored


def _filled(values: np.ma.MaskedArray, dtype: np.dtype) -> np.ndarray:
    data = np.asarray(values.data).astype(dtype, copy=False)
    if np.ma.is_masked(values) and dtype.kind == "f":
        data = np.where(np.ma.getmaskarray(values), dtype.type(np.nan), data)
    return data


def _times(file: Any, names: list[str | None]) -> tuple[str, np.ndarray | None]:
    """The unit of the times with its calendar, and the times; None if nothing moves or they are not said."""
    name = next((each for each in names if each is not None), None)
    if name is None or name not in file.variables:
        return "", None
    variable = file.variables[name]
    if variable.ndim != 1 or variable.dtype is str or variable.dtype.kind not in "iuf":
        return "", None
    calendar = str(getattr(variable, "calendar", ""))
    unit = str(getattr(variable, "units", ""))
    return f"{unit} ({calendar} calendar)" if calendar and unit else unit, np.ma.filled(
        variable[:].astype(float), np.nan
    )


def _dates(library: Any, clock: str, times: np.ndarray) -> tuple[str, ...]:
    """The first and the last date, in the calendar of the times."""
    unit, _, calendar = clock.removesuffix(" calendar)").partition(" (")
    try:
        dates = library.num2date(times[[0, -1]], unit, calendar or "standard")
    except (ValueError, OverflowError, IndexError):  # no dates
        return ()
    return (f"its times are from {dates[0].isoformat()} to {dates[1].isoformat()}",)


def _coordinates(
    file: Any, space: Mapping[str, str], curved: bool
) -> tuple[tuple[np.ndarray, ...], bool, str, tuple[str, ...]]:
    """Positions along x, y, z; whether x and y are degrees of longitude and latitude; the unit; and what was done."""
    positions, notes, units = [], [], []
    for axis in "xyz":
        name = space.get(axis)
        if name is None:
            positions.append(np.zeros(1))
            continue
        variable = file.variables.get(name)
        if variable is None or variable.ndim != 1 or variable.dtype is str or variable.dtype.kind not in "iuf":
            positions.append(np.arange(float(len(file.dimensions[name]))))
            units.append("")
            notes.append(f"{axis} is the dimension {name}, which has no coordinates: its samples are 1 apart")
            continue
        values = np.ma.filled(variable[:].astype(float), np.nan)
        unit = str(getattr(variable, "units", ""))
        down = axis == "z" and str(getattr(variable, "positive", "")).lower() == "down"
        if not np.isfinite(values).all() or (np.diff(values) == 0).any() or len(set(np.sign(np.diff(values)))) > 1:
            raise ValueError(f"the coordinates {name!r} neither ascend nor descend")
        positions.append(-values if down else values)
        units.append(unit)
        turned = ", positive down and turned over: z points up" if down else ""
        notes.append(f"{axis} is {name}{f' in {unit}' if unit else ''}{turned}")
    sphere = not curved and all(
        pattern.fullmatch(str(getattr(file.variables.get(space[axis]), "units", "")))
        for axis, pattern in (("x", _EAST), ("y", _NORTH))
    )
    if curved:
        notes.append("longitude and latitude do not follow its axes: on a globe it is drawn by data of kind mesh")
    length = units[0] if len({unit.lower().replace("_", " ") for unit in units}) == 1 else ""
    return tuple(positions), sphere, length, tuple(notes)


def _curved(file: Any, variable: Any, space: Mapping[str, str]) -> tuple[np.ndarray, np.ndarray] | None:
    """Longitude and latitude of every sample, (nx, ny), where the variable's `coordinates` name such."""
    wanted = (space["y"], space["x"])
    found: dict[str, np.ndarray] = {}
    for name in str(getattr(variable, "coordinates", "")).split():
        each = file.variables.get(name)
        if each is None or sorted(each.dimensions) != sorted(wanted):
            continue
        for key, pattern in (("lon", _EAST), ("lat", _NORTH)):
            if pattern.fullmatch(str(getattr(each, "units", ""))):
                values = np.ma.filled(each[:].astype(float), np.nan)
                found[key] = values.T if each.dimensions == wanted else values
    return (found["lon"], found["lat"]) if len(found) == 2 else None
