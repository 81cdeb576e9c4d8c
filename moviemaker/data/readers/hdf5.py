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
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.axis_arrays import with_axes
from moviemaker.data.formats.contents import Contents, IndexBox, Pieces, Stored, in_memory

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".h5", ".hdf5")
COMPRESSIBLE = ()

_HEADERS = ("Cosmology", "Header")  # where both have an attribute, `Header` counts


def open_file(path: Path) -> Contents:
    """The numeric datasets at any depth.

    A dataset in a group has its own name if that is unique, else `group/name`.

    Raises:
        InputError: h5py is not installed.
        OSError: the file cannot be read.
    """
    try:
        import h5py
    except ImportError:
        right = "install it with pip install 'moviemaker[hdf5]'"
        raise InputError(f"reading {path.name!r} needs h5py", right, ("file",)) from None

    with h5py.File(path, "r") as file:
        found = {_usual(name): _stored(path, name, dataset) for name, dataset in _datasets(file, "")}
        header: dict[str, np.ndarray] = {}
        for group in _HEADERS:
            attributes = file[group].attrs if group in file else {}
            header |= {name: np.asarray(value) for name, value in attributes.items() if _is_number(value)}
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


def _datasets(group: h5py.Group, inside: str) -> Iterator[tuple[str, h5py.Dataset]]:
    """Numeric datasets below a group by their full names. Soft links, as SWIFT writes them, are skipped."""
    import h5py

    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.SoftLink):
            continue
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _datasets(item, f"{inside}{name}/")
        elif isinstance(item, h5py.Dataset) and item.dtype.kind in "biuf":
            yield f"{inside}{name}", item


def _usual(name: str) -> str:
    """The name of a dataset, without the final `data` of a column of vaex."""
    return re.sub(r"(^|.*/)(columns/[^/]+)/data$", r"\1\2", name)


def _is_number(value: object) -> bool:
    return np.asarray(value).dtype.kind in "biuf"


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
            return np.asarray(file[name][() if index is None else index])

    def part(start: int, stop: int) -> np.ndarray:
        return read(slice(start, stop))

    def box(index: int | None, box: IndexBox) -> np.ndarray:
        import h5py

        place = (*(() if index is None else (index,)), *(slice(*ends) for ends in box))
        with h5py.File(path, "r") as file:
            return np.asarray(file[name][place])

    shape = tuple(dataset.shape)
    x, y, z = dataset.chunks[-3:] if len(shape) in (3, 4) and dataset.chunks else (64, 64, 64)
    pieces = Pieces((x, y, z), box) if len(shape) in (3, 4) else None
    return Stored(shape, np.dtype(dataset.dtype), read, part=part, pieces=pieces)
