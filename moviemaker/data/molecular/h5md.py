"""H5MD: groups of particles in HDF5, whose elements may be sampled at different steps.

After P. de Buyl, P. Colberg and F. Höfling, "H5MD: a structured, efficient, and portable file format for molecular
data" (2014), version 1.1. Every group below `particles` that has positions can be read. Lengths and times come in
angstrom and picoseconds where units are written that can be converted. A row whose `id` is negative is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.molecular.frames import Column, Frame
from moviemaker.data.probing.hdf5_tree import opened, others_below

if TYPE_CHECKING:
    import h5py

_LENGTHS = {
    "nm": 10.0,
    "nanometer": 10.0,
    "angstrom": 1.0,
    "a": 1.0,
    "å": 1.0,
    "pm": 0.01,
    "um": 1e4,
    "bohr": 0.529177211,
}
_TIMES = {"ps": 1.0, "fs": 1e-3, "ns": 1e3, "us": 1e6, "as": 1e-6}


@dataclass(frozen=True, eq=False)
class _Element:
    """A quantity of all particles, of every sampled step or fixed in time.

    Attributes:
        name: in the file, and in a scene.
        shape: of its data set.
        moves: whether it is sampled in time.
        step: of each sample, as exactly as the file says it (t,); empty: fixed, or unknown.
        time: of each sample (t,); None: unknown.
        factor: into the units of the program.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    moves: bool
    step: np.ndarray
    time: np.ndarray | None
    factor: float


def groups_in(path: Path) -> tuple[str, ...]:
    """Names of the groups that hold positions.

    Raises:
        InputError: at `file`: h5py is not installed.
        OSError, ValueError: the file cannot be read, or holds none.
    """
    with opened(path, others_below, "md") as file:
        import h5py

        particles = file.get("particles")
        found = tuple(particles) if isinstance(particles, h5py.Group) else ()
        names = tuple(
            name for name in found if isinstance(particles[name], h5py.Group) and "position" in particles[name]
        )
    if not names:
        raise ValueError("it has no group of particles with positions, such as particles/all/position")
    return names


class Group:
    """One group of particles.

    Args:
        path: of the file.
        name: of the group below `particles`.

    Raises:
        OSError, ValueError: it cannot be read.
    """

    angstrom = 1.0
    unwrapped = False
    has_elements = False
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __init__(self, path: Path, name: str):
        import h5py

        self._path, self._where = path, f"particles/{name}"
        with h5py.File(path, "r") as file:
            group = file[self._where]
            found = {key: _element(group[key], key) for key in group if key != "box"}
            self._elements = {key: element for key, element in found.items() if element is not None}
            box = group.get("box")
            self._box = None if box is None else _Box(box)
            lengths = None if box is None or "edges" not in box else _factor(_value_of(box["edges"]), _LENGTHS)
        position = self._elements.get("position")
        if position is None or len(position.shape) < (3 if position.moves else 2) or position.shape[-1] not in (2, 3):
            raise ValueError(f"{self._where}/position does not have the shape (steps, particles, 3)")
        self._position = position
        steps = position.shape[0] if position.moves else 1
        self._count = position.shape[-2]
        self._fields = [element for element in self._elements.values() if self._fits(element)]
        times = [None] * steps if position.time is None else position.time[:steps].tolist()
        times = times if len(times) == steps else [None] * steps
        scale = lengths or 1.0
        self.frames = []
        with h5py.File(path, "r") as file:
            for index in range(steps):
                sampled = [
                    each for each in self._fields if not each.moves or _place_of(position, each, index) is not None
                ]
                box_now, corner = (None, None) if self._box is None else self._box.at(index, position.step, scale)
                filled = self._filled(file, index)
                count = self._count if filled is None else int(filled.sum())
                layout = tuple(_column(element) for element in sampled)
                self.frames.append(Frame(count, layout, times[index], box_now, corner))

    def _fits(self, element: _Element) -> bool:
        inner = element.shape[1:] if element.moves else element.shape
        usual = element.kind in "biuf" and len(inner) in (1, 2) and inner[0] == self._count
        return usual and (len(inner) == 1 or inner[1] in (1, 2, 3, 4))

    def _filled(self, file: h5py.File, index: int) -> np.ndarray | None:
        """Which rows are in use (n,); None: all."""
        ids = self._elements.get("id")
        if ids is None or not self._fits(ids) or ids.kind != "i":
            return None
        found = self._read(file, ids, index)
        return None if found is None or (found >= 0).all() else found >= 0

    def _read(self, file: h5py.File, element: _Element, index: int) -> np.ndarray | None:
        """The samples at a frame of the positions; None: it was not sampled then."""
        place: int | None = None
        if element.moves:
            place = _place_of(self._position, element, index)
            if place is None:
                return None
        data = _value_of(file[f"{self._where}/{element.name}"])
        return np.asarray(data[()] if place is None else data[place])

    def numbers(self, index: int) -> Mapping[str, np.ndarray]:
        """Fields of a frame, without the rows that are not in use."""
        import h5py

        with h5py.File(self._path, "r") as file:
            filled = self._filled(file, index)
            read = {element: self._read(file, element, index) for element in self._fields}
        found: dict[str, np.ndarray] = {}
        for element, values in read.items():
            if values is None:
                continue
            if element.factor != 1:
                values = values * element.factor
            if values.ndim == 2 and values.shape[1] == 1:
                values = values[:, 0]
            if values.ndim == 2 and values.shape[1] == 2:
                values = np.concatenate([values, np.zeros((len(values), 1), values.dtype)], axis=1)
            found[element.name] = values if filled is None else values[filled]
        return found

    def texts(self, index: int) -> Mapping[str, np.ndarray]:
        """None: H5MD numbers its species as each author likes."""
        return {}


class _Box:
    """Edges of the box and their boundaries, fixed or sampled in time."""

    def __init__(self, box: h5py.Group):
        boundary = box.attrs.get("boundary", ["periodic"] * 3)
        words = [word.decode() if isinstance(word, bytes) else str(word) for word in np.ravel(boundary)]
        flags = [word == "periodic" for word in words]
        self._periodic = np.array([*(flags * 3 if len(flags) == 1 else flags), *[False] * 3][:3])
        self._edges = _element(box["edges"], "edges") if "edges" in box else None
        self._values = None if self._edges is None else np.asarray(_value_of(box["edges"])[()], float)
        offset = box.get("offset")
        self._corner = None if offset is None else np.ravel(np.asarray(_value_of(offset)[()], float))[-3:]

    def at(self, index: int, steps: np.ndarray, scale: float) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Vectors as rows and the lower corner at a frame of the positions; None: not periodic, or unknown."""
        if self._edges is None or self._values is None or not self._periodic.any():
            return None, None
        values = self._values
        if self._edges.moves:
            place = index
            if len(self._edges.step) and len(steps) > index:
                place = int(np.searchsorted(self._edges.step, steps[index], side="right")) - 1
            values = values[min(max(place, 0), len(values) - 1)]
        size = values.shape[-1] if values.ndim else 0
        if values.ndim == 0:
            values, size = np.full(3, float(values)), 3
        vectors = np.diag(values) if values.ndim == 1 else values
        box = np.zeros((3, 3))
        box[:size, :size] = vectors[:3, :3]
        corner = self._corner * scale if self._corner is not None and len(self._corner) == 3 else None
        return box * self._periodic[:, None] * scale, corner


def _value_of(item: h5py.Group | h5py.Dataset) -> h5py.Dataset:
    import h5py

    return item["value"] if isinstance(item, h5py.Group) else item


def _element(item: h5py.Group | h5py.Dataset, name: str) -> _Element | None:
    """An element of the file; None: the item is something else."""
    import h5py

    moves = isinstance(item, h5py.Group)
    if moves and not isinstance(item.get("value"), h5py.Dataset):
        return None
    data = _value_of(item)
    step, time = np.zeros(0), None
    if moves:
        count = data.shape[0] if data.shape else 0
        step = _samples(item, "step", count)
        times = _samples(item, "time", count)
        if len(times):
            time = times * _factor(item["time"], _TIMES)
    factor = 1.0
    if name == "position":
        factor = _factor(data, _LENGTHS)
    elif name == "velocity":
        factor = _velocity_factor(data)
    return _Element(name, tuple(data.shape), data.dtype.kind, moves, step, time, factor)


def _samples(item: h5py.Group, name: str, count: int) -> np.ndarray:
    """Steps or times of all samples: written one by one, or as the distance of evenly spaced ones."""
    if name not in item:
        return np.zeros(0)
    values = np.asarray(item[name][()], float)
    if values.ndim == 0:
        return float(np.ravel(item[name].attrs.get("offset", 0.0))[0]) + values * np.arange(count)
    return np.ravel(values)


def _place_of(position: _Element, element: _Element, index: int) -> int | None:
    """The sample of an element that belongs to a frame of the positions; None: there is none of that step."""
    for ours, theirs in ((position.step, element.step), (position.time, element.time)):
        if ours is not None and theirs is not None and len(ours) > index and len(theirs):
            place = int(np.searchsorted(theirs, ours[index]))
            return place if place < len(theirs) and np.isclose(theirs[place], ours[index], rtol=1e-9) else None
    return index if index < element.shape[0] else None


def _unit(data: h5py.Dataset) -> str:
    found = data.attrs.get("unit", "")
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
    return text.strip().lower()


def _factor(data: h5py.Dataset, known: Mapping[str, float]) -> float:
    return known.get(_unit(data), 1.0)


def _velocity_factor(data: h5py.Dataset) -> float:
    """Into angstrom per picosecond, from a unit such as `nm ps-1` or `Angstrom/ps`."""
    words = _unit(data).replace("/", " ").replace("+1", "").split()
    if len(words) != 2:
        return 1.0
    length, time = _LENGTHS.get(words[0]), _TIMES.get(words[1].removesuffix("-1"))
    return 1.0 if length is None or time is None else length / time


def _column(element: _Element) -> Column:
    inner = element.shape[1:] if element.moves else element.shape
    width = inner[1] if len(inner) == 2 else 0
    kind = "f" if element.kind == "f" or element.factor != 1 else "i"
    return Column(element.name, kind, {0: 0, 1: 0, 2: 3, 3: 3}.get(width, width))
