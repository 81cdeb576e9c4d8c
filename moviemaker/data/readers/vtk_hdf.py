"""VTKHDF: images, and the points of poly data and unstructured grids, in one snapshot or many, read by h5py in parts.

The layout is that of "VTKHDF File Format" in the documentation of VTK's file formats: the snapshots follow one another,
and the group `Steps` tells where each one begins.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.contents import Contents, Stored, in_memory
from moviemaker.data.formats.grid_contents import GridContents, matrix_of, placed, reversed_axes
from moviemaker.data.formats.vector_samples import length, split
from moviemaker.data.probing.hdf5_tree import dataset_at, opened, others_below
from moviemaker.data.probing.ways import Probe
from moviemaker.data.probing.whole import whole_probe

if TYPE_CHECKING:
    import h5py

SUFFIXES = (".vtkhdf",)
COMPRESSIBLE = ()

_TYPES = ("PolyData", "UnstructuredGrid")


def first_look(path: Path) -> Probe:
    """How another process looks at a file first, which HDF5 may crash."""
    return whole_probe(f"{__name__}:open_file", "HDF5", "h5py", ("h5py",))


def open_file(path: Path) -> Contents:
    """The image, or the points and the point data.

    Raises:
        InputError: h5py is not installed.
        OSError, ValueError: the file cannot be read or holds something else.
    """
    with opened(path, others_below) as file:
        root = file.get("VTKHDF")
        kind = "" if root is None else root.attrs.get("Type", "")
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        if kind == "ImageData":
            return _image(path, root)
        if kind not in _TYPES:
            raise ValueError(f"it holds {kind or 'no VTK data'}, not ImageData, {' or '.join(_TYPES)}")
        counts, starts, times = _steps(root)
        datasets = {
            "position": root["Points"],
            **{f"PointData/{name}": each for name, each in root["PointData"].items()},
        }
        arrays = {}
        for key, dataset in datasets.items():
            name = key.removeprefix("PointData/")
            where = _offsets(root, f"PointDataOffsets/{name}", starts) if "/" in key else starts
            if dataset.dtype.kind in "biuf" and name not in arrays:
                arrays[name] = _stored(path, dataset, where, counts, times is not None)
    if times is not None:
        arrays["time"] = in_memory(times)
    return Contents(arrays)


def _image(path: Path, root: h5py.Group) -> Contents:
    """The point data of an image; without point data, the cell data, as samples at the middles of the cells."""
    extent = np.asarray(root.attrs["WholeExtent"], int).reshape(3, 2)
    spacing = np.asarray(root.attrs.get("Spacing", np.ones(3)), float)
    direction = np.asarray(root.attrs.get("Direction", np.eye(3)), float).reshape(3, 3)
    first = extent[:, 0].astype(float)
    shape = tuple(int(n) for n in extent[:, 1] - extent[:, 0] + 1)
    datasets = dict(root.get("PointData", {}))
    if not datasets:
        datasets, shape = dict(root.get("CellData", {})), tuple(max(n - 1, 1) for n in shape)
        first = first + 0.5
    steps = direction * spacing
    times = np.asarray(root["Steps/Values"], float) if "Steps" in root else None
    arrays: dict[str, Stored] = {}
    for dataset in datasets.values():
        series = times is not None and dataset.ndim > 3 and dataset.shape[:4] == (len(times), *shape[::-1])
        sizes = dataset.shape[1:] if series else dataset.shape
        if dataset.dtype.kind in "biuf" and sizes[:3] == shape[::-1] and len(sizes) in (3, 4):
            found = _samples(path, dataset, len(sizes) == 4, series)
            arrays |= {field: reversed_axes(stored) for field, stored in found.items()}
    if not arrays:
        raise ValueError("it has no data at the samples of its image")
    if times is not None:
        arrays["time"] = in_memory(times)
    origin = np.asarray(root.attrs.get("Origin", np.zeros(3)), float) + steps @ first
    return placed(GridContents(arrays), matrix_of(origin, steps))


def _samples(path: Path, dataset: h5py.Dataset, is_vector: bool, series: bool) -> dict[str, Stored]:
    """Samples as (z, y, x) or (t, z, y, x) by name; of vectors the lengths and the components."""
    name = dataset.name
    own = name.rpartition("/")[2]

    def read(index: int | None) -> np.ndarray:
        import h5py

        with h5py.File(path, "r") as file:
            return np.asarray(dataset_at(file, name)[() if index is None else index])

    def lengths(index: int | None) -> np.ndarray:
        return length(read(index))

    shape = dataset.shape[: 4 if series else 3]
    if is_vector and dataset.shape[-1] == 3:
        return split(own, Stored(dataset.shape, np.dtype(dataset.dtype), read), -1)
    if is_vector:
        return {own: Stored(shape, np.dtype(np.float32), lengths)}
    return {own: Stored(shape, np.dtype(dataset.dtype), read)}


def _steps(root: h5py.Group) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Number of points of every snapshot, their offsets, and the times; None: one snapshot without a time."""
    of_parts = np.asarray(root["NumberOfPoints"], np.int64)
    if "Steps" not in root:
        return of_parts.sum(keepdims=True), np.zeros(1, np.int64), None
    times = np.asarray(root["Steps/Values"], float)
    first = _offsets(root, "PartOffsets", np.arange(len(times)))
    parts = _offsets(root, "NumberOfParts", np.ones(len(times), np.int64))
    counts = np.array([of_parts[f : f + n].sum() for f, n in zip(first, parts, strict=True)], np.int64)
    return counts, _offsets(root, "PointOffsets", np.cumsum(counts) - counts), times


def _offsets(root: h5py.Group, name: str, otherwise: np.ndarray) -> np.ndarray:
    found = np.asarray(root[f"Steps/{name}"], np.int64) if f"Steps/{name}" in root else otherwise
    if len(found) != len(otherwise):
        raise ValueError(f"it has {len(found)} numbers in 'Steps/{name}' for {len(otherwise)} steps")
    return found


def _stored(path: Path, dataset: h5py.Dataset, starts: np.ndarray, counts: np.ndarray, moves: bool) -> Stored:
    name = dataset.name

    def step(index: int) -> np.ndarray:
        import h5py

        with h5py.File(path, "r") as file:
            values = np.asarray(dataset_at(file, name)[starts[index] : starts[index] + counts[index]])
        if len(values) < counts[index]:
            raise ValueError(f"it has {len(values)} of {counts[index]} values in {name!r}")
        return values

    def read(index: int | None) -> np.ndarray:
        if not moves:
            return step(0) if index is None else step(0)[index]
        return np.stack([step(each) for each in range(len(counts))]) if index is None else step(index)

    shape = (int(counts[0]), *dataset.shape[1:])
    return Stored((len(counts), *shape) if moves else shape, np.dtype(dataset.dtype), read)
