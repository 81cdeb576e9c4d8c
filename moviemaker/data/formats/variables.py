"""Variables of a file with named dimensions, and the axes of space and time that the dimensions are.

The attributes `axis`, `standard_name`, `units` or `positive` of its coordinate tell whether a dimension is x, y, z or
time, else its name. If neither says it of any dimension in space, their order does: z, y, x.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from moviemaker.data.formats.dimensions import Chosen, Dimension, axis_chosen, dimension_of

_AXES = {
    "x": r"longitude|projection_x_coordinate|grid_longitude|x|lon.*|nlon|i|xc|west_east.*|ni",
    "y": r"latitude|projection_y_coordinate|grid_latitude|y|lat.*|nlat|j|yc|south_north.*|nj",
    "z": r"height.*|altitude|depth.*|air_pressure|.*_pressure|.*sigma.*|model_level.*|z|lev.*|level.*|plev.*|alt.*|nz|"
    r"isobaric.*|bottom_top.*|k|zlev.*|st_ocean|pressure.*|hybrid.*|olevel|.*layers?(_stag)?|s_rho|s_w|theta|slices?",
    "t": r"time|t|times|time_counter|date|frames?",
}
_NAMES = {axis: re.compile(pattern, re.I) for axis, pattern in _AXES.items()}
EAST = re.compile(r"degrees?_?(east|e)", re.I)
NORTH = re.compile(r"degrees?_?(north|n)", re.I)

_LENGTH = re.compile(r"(k|c|d|h)?m|(kilo|centi)?met(er|re)s?|f(oo|ee)t|ft|(h|k|M|d)?Pa|(m|d|milli|deci)?bars?", re.I)
_DURATION = re.compile(r"(milli|micro)?seconds?|s|ms|min(ute)?s?|h|hrs?|hours?|d|days?|months?|years?|forecast_period")
_SPECTRAL = re.compile(r".*(wave|freq|band|chan|spectr|lambda|diameter|radius|size).*", re.I)
_NAMELESS = re.compile(r"(phony_)?(dim|axis)_?\d+", re.I)

_MOST_NAMES = 4096
"""Most entries of a dimension whose names are read."""

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
        whole: whether its values are whole numbers.
    """

    path: str
    dimensions: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: np.dtype
    attributes: Mapping[str, object]
    read: Callable[[Part], np.ndarray]
    chunks: tuple[int, ...] | None = None
    whole: bool = False

    @property
    def flags(self) -> bool:
        """Whether its values are flags (chapter 3.5 of the conventions)."""
        return any(key in self.attributes for key in ("flag_values", "flag_meanings", "flag_masks"))

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
        texts: names of the entries along dimensions whose coordinates are texts.
        chosen: what the scene says about dimensions.
    """

    by_path: Mapping[str, Variable]
    texts: Mapping[str, np.ndarray] = field(default_factory=dict)
    chosen: Chosen = field(default_factory=dict)

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
                ("x", EAST.fullmatch(units)),
                ("y", NORTH.fullmatch(units)),
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
        """Paths of the coordinates, of their bounds, of longitudes and latitudes, and of what `coordinates` lists."""
        found = {path for path in self.by_path if path in self.sizes}
        for each in self.by_path.values():
            if len(each.shape) > 1 and any(units.fullmatch(each.text("units")) for units in (EAST, NORTH)):
                found.add(each.path)
            for name in " ".join(each.text(key) for key in ("bounds", "coordinates", "climatology")).split():
                meant = self.nearest(each.path, name)
                found |= set() if meant is None else {meant.path}
        return frozenset(found)

    def axes(self, variable: Variable) -> Axes | None:
        """The axes of a variable, and its dimensions that are none; None: not a grid.

        Raises:
            InputError: at `dimensions`: an entry that the scene chooses does not exist.
        """
        dimensions = variable.dimensions
        if len(set(dimensions)) < len(dimensions):
            return None
        found: dict[str, str] = {}
        rest: list[str] = []
        for name in dimensions:
            told = axis_chosen(own_name(name), self.chosen)
            role = told or ("" if own_name(name) in self.chosen else self.role(name))
            if told and told in found:
                rest.append(found.pop(told))
            if role and role not in found:
                found[role] = name
            else:
                rest.append(name)
        free = [name for name in rest if self.sizes[name] > 1 and own_name(name) not in self.chosen]
        for role, name in self._guessed(found, free):
            found[role] = name
        # A single time without a coordinate is not an axis of time.
        if "t" in found and self.sizes[found["t"]] == 1 and found["t"] not in self.by_path:
            del found["t"]
        if not {"x", "y"} <= set(found):
            return None
        others = [name for name in dimensions if name not in found.values()]
        return Axes(found, {name: self._dimension(name) for name in others})

    def _guessed(self, found: Mapping[str, str], free: list[str]) -> Iterator[tuple[str, str]]:
        """Axes of dimensions of which neither an attribute nor the name tells the axis."""
        free = list(free)
        if "t" not in found:
            lasting = next((name for name in free if self._is_duration(name)), None)
            if lasting is not None:
                free.remove(lasting)
                yield "t", lasting
        if not {"x", "y"} & set(found):
            missing = [role for role in ("x", "y", "z", "t") if role not in found]
            for role in missing:
                if free and (role != "t" or _NAMELESS.fullmatch(own_name(free[-1]))):
                    yield role, free.pop()
        elif "z" not in found:
            high = next((name for name in reversed(free) if self._is_length(name)), None)
            if high is not None:
                yield "z", high

    def _is_duration(self, name: str) -> bool:
        variable = self.by_path.get(name)
        return variable is not None and any(
            _DURATION.fullmatch(variable.text(key)) for key in ("units", "standard_name")
        )

    def _is_length(self, name: str) -> bool:
        variable = self.by_path.get(name)
        spectral = (
            any(_SPECTRAL.fullmatch(text) for text in (own_name(name), variable.text("standard_name")))
            if variable
            else True
        )
        return variable is not None and not spectral and bool(_LENGTH.fullmatch(variable.text("units")))

    def _dimension(self, path: str) -> Dimension:
        variable = self.by_path.get(path)
        values = self.texts.get(path) if variable is None else variable.numbers
        if variable is not None and variable.dtype.kind == "U" and variable.shape[0] <= _MOST_NAMES:
            values = variable.read((slice(None),))
        return dimension_of(own_name(path), self.sizes[path], values, self.chosen)


@dataclass(frozen=True, eq=False)
class Axes:
    """The dimensions of a variable.

    Attributes:
        of: the dimension of each axis: x and y, and z and t if it has them.
        others: the other dimensions, with the entry that is shown.
    """

    of: Mapping[str, str]
    others: Mapping[str, Dimension]


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


def is_whole(stored: np.dtype, attributes: Mapping[str, object]) -> bool:
    """Whether values are whole numbers that are not packed."""
    return stored.kind in "iu" and "scale_factor" not in attributes and "add_offset" not in attributes


def unpacked_type(stored: np.dtype, attributes: Mapping[str, object]) -> np.dtype:
    """The type of values after unpacking, with NaN for missing ones."""
    packed = "scale_factor" in attributes or "add_offset" in attributes
    missing = any(key in attributes for key in ("_FillValue", "missing_value", "valid_range", "valid_min"))
    if stored.kind == "f":
        return stored
    return np.dtype(np.float64 if stored.itemsize > 2 else np.float32) if packed or missing else stored
