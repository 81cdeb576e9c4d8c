"""HDF5: the datasets of a file and of its groups, read part by part.

Snapshots of Gadget, Arepo and SWIFT have their particles in groups `PartType0` ... `PartType5`, and time and box in
attributes of the group `Header` (V. Springel, "User guide for GADGET-2", 2005, section 6; SWIFT's documentation,
"Snapshots"). Masses that are only in `MassTable` become an array. Columns of vaex (`table/columns/x/data`) keep their
own names.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.axis_arrays import with_axes
from moviemaker.data.formats.contents import Contents, IndexBox, Pieces, Stored, in_memory
from moviemaker.data.probing.hdf5_tree import HDF5_PROBE, dataset_at, numeric_datasets, opened, others_below
from moviemaker.data.probing.ways import Probe

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".h5", ".hdf5")
COMPRESSIBLE = ()

_HEADERS = ("Cosmology", "Header")  # where both have an attribute, `Header` counts


def first_look(path: Path) -> Probe:
    """How another process looks at a file first, which HDF5 may crash."""
    return HDF5_PROBE


def open_file(path: Path) -> Contents:
    """The numeric datasets at any depth.

    A dataset in a group has its own name if that is unique, else `group/name`.

    Raises:
        InputError: h5py is not installed, or the file names one outside of its folder.
        OSError, ValueError: the file cannot be read, its groups hold each other, or it declares much more than it has.
    """
    with opened(path, others_below, walked=False) as file:
        found = {_usual(name): _stored(path, name, dataset) for name, dataset in numeric_datasets(file, others_below)}
        header: dict[str, np.ndarray] = {}
        for group in _HEADERS:
            header |= dict(_attributes(file[group])) if group in file else {}
    groups: dict[str, dict[str, Stored]] = {}
    for name, stored in found.items():
        group, _, own = name.rpartition("/")
        groups.setdefault(group, {})[own] = stored
    table = np.ravel(header.get("MassTable", 0.0)).astype(float)
    for group, arrays in groups.items():
        kind = re.fullmatch(r"PartType(\d)", group)
        if kind and "Coordinates" in arrays and "Masses" not in arrays and int(kind[1]) < len(table):
            mass, count = table[int(kind[1])], arrays["Coordinates"].shape[0]
            if mass > 0:
                arrays["Masses"] = found[f"{group}/Masses"] = in_memory(np.broadcast_to(mass, (count,)))
    uses = Counter(name.rpartition("/")[2] for name in found)
    short = {name: name.rpartition("/")[2] for name in found}
    arrays = {short[name] if uses[short[name]] == 1 else name: stored for name, stored in found.items()}
    top = groups.pop("", {})
    found_groups = {name: top | inside for name, inside in groups.items()}
    return with_axes(Contents(arrays, groups=found_groups, header=header, box=_box(header)))


def _attributes(item: h5py.Group | h5py.Dataset) -> Iterator[tuple[str, np.ndarray]]:
    """The attributes that are numbers."""
    for name in item.attrs:
        with suppress(OSError, TypeError, ValueError):  # one of a type that h5py cannot express
            value = np.asarray(item.attrs[name])
            if value.dtype.kind in "biuf":
                yield name, value


def _usual(name: str) -> str:
    """The name of a dataset, without the final `data` of a column of vaex."""
    return re.sub(r"(^|.*/)(columns/[^/]+)/data$", r"\1\2", name)


def _box(header: dict[str, np.ndarray]) -> Stored | None:
    """The box of a cosmological simulation; None: no size, or a size of 0."""
    size = np.ravel(header.get("BoxSize", 0.0)).astype(float)
    if size.size not in (1, 3) or not (size > 0).all():
        return None
    return in_memory(np.diag(np.broadcast_to(size, 3)))


def _stored(path: Path, name: str, dataset: h5py.Dataset) -> Stored:
    def read(index: int | slice | None) -> np.ndarray:
        import h5py

        with h5py.File(path, "r") as file:
            return np.asarray(dataset_at(file, name)[() if index is None else index])

    def part(start: int, stop: int) -> np.ndarray:
        return read(slice(start, stop))

    def box(index: int | None, box: IndexBox) -> np.ndarray:
        import h5py

        place = (*(() if index is None else (index,)), *(slice(*ends) for ends in box))
        with h5py.File(path, "r") as file:
            return np.asarray(dataset_at(file, name)[place])

    shape = tuple(dataset.shape)
    x, y, z = dataset.chunks[-3:] if len(shape) in (3, 4) and dataset.chunks else (64, 64, 64)
    pieces = Pieces((x, y, z), box) if len(shape) in (3, 4) else None
    return Stored(shape, np.dtype(dataset.dtype), read, part=part, pieces=pieces)
