"""Meshes in files: the contents of one file, and the file of each time."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import NO_CELLS, Cells, Mesh
from moviemaker.core.machine.in_memory import held_at
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.series import WrittenTimes, native, resolve_times
from moviemaker.data.formats.collections import listed_files, pieces
from moviemaker.data.formats.contents import NAMELESS, HeldContents
from moviemaker.data.readers.ply import begins_with_vertices
from moviemaker.data.readers.vtk_files import read_dataset

_COLLECTIONS = (".pvd", ".series")
_ARRAYS = (".npy", ".npz")
SUFFIXES = (
    *(".vtp", ".vtu", ".vts", ".vtk", ".pvtp", ".pvtu", ".pvts", ".obj", ".stl", ".ply"),
    *_COLLECTIONS,
    *_ARRAYS,
)

_NAMES = ("position", "positions", "points", "lines")
"""Names of the array of positions in a file of arrays."""


class MeshFiles:
    """The meshes of one or more files, one for each time.

    Args:
        paths: the files.
        field: the only one that is read; None: all fields.
        times: data times that the scene gives.

    Attributes:
        paths: the files, and the files that they name.
        times: data times; None: only one mesh.
        names: of the fields.

    Raises:
        InputError: at `file`: one is missing, or the first cannot be read; at `field`: no field of that name.
    """

    def __init__(self, paths: Sequence[Path], field: str | None, times: WrittenTimes | None):
        stored: list[float] = []
        self._steps: list[tuple[Path, ...]] = []
        files: list[Path] = []
        for path in paths:
            files.append(path)
            if path.suffix.lower() not in SUFFIXES:
                what = f"{path.name!r} is not a mesh"
                raise InputError(what, f"meshes are in files that end in {', '.join(SUFFIXES)}", ("file",))
            if path.suffix.lower() in _COLLECTIONS:
                with reading(path):
                    listed = listed_files(path)
                stored += [time for time, _ in listed]
                self._steps += [parts for _, parts in listed]
                files += [part for _, parts in listed for part in parts]
            else:
                self._steps.append((path,))
        with reading(paths[0]):
            self.paths = (*files, *(piece for file in files for piece in pieces(file)))
        given = np.array(stored) if len(stored) == len(self._steps) else None
        self.times = resolve_times(times, given, len(self._steps))
        self._field: str | None = None
        first = self.read(0)
        if field is not None and field not in first.fields:
            right = suggest(field, first.fields, "field") if first.fields else "leave field out"
            raise InputError(f"no such field {field!r} in {self._steps[0][0].name!r}", right, ("field",))
        self._field = field
        self.names = tuple(first.fields) if field is None else (field,)

    @property
    def steps(self) -> int:
        """Number of meshes."""
        return len(self._steps)

    def read(self, step: int) -> Mesh:
        """The mesh of one time.

        Raises:
            InputError: at `file`: a file cannot be read, or holds no mesh.
        """
        found = []
        for path in self._steps[step]:
            with reading(path):
                found.append(_arrays(path) if path.suffix.lower() in _ARRAYS else _vtk(path))
                _check_indices(found[-1])
        mesh = found[0] if len(found) == 1 else _joined(found)
        if self._field is None:
            return mesh
        if self._field not in mesh.fields:
            what = f"no such field {self._field!r} in {self._steps[step][0].name!r}"
            raise InputError(what, "every file of a series holds the same fields", ("file",))
        return Mesh(mesh.points, {self._field: mesh.fields[self._field]}, mesh.lines, mesh.polys)


def _check_indices(mesh: Mesh) -> None:
    """Raises ValueError if a line or polygon joins points that do not exist."""
    for cells, noun in ((mesh.lines, "line"), (mesh.polys, "polygon")):
        offsets, joined, count = cells.offsets, cells.connectivity, len(mesh.points)
        if len(joined) and not 0 <= joined.min() <= joined.max() < count:
            wrong = int(joined[(joined < 0) | (joined >= count)][0])
            raise ValueError(f"a {noun} joins point {wrong}, and its points are 0 to {count - 1}")
        if (np.diff(offsets) < 0).any() or offsets[0] != 0 or offsets[-1] != len(joined):
            raise ValueError(f"its {noun}s have impossible numbers of points")


def _vtk(path: Path) -> Mesh:
    if path.suffix.lower() == ".ply" and not begins_with_vertices(path):
        raise ValueError("its vertices do not come first; write it again without what comes before them")
    dataset = read_dataset(path)
    if hasattr(dataset, "combine"):  # blocks
        dataset = dataset.combine()
    if not hasattr(dataset, "lines"):
        with warnings.catch_warnings():  # of PyVista, about a fallback with the same result
            warnings.simplefilter("ignore")
            dataset = dataset.extract_surface(pass_pointid=False, pass_cellid=False)
    if not dataset.n_points:
        raise ValueError("it holds no points")
    if dataset.n_strips:
        dataset = dataset.triangulate()
    return Mesh(
        native(np.asarray(dataset.points)), _fields(dataset), _cells(dataset.GetLines()), _cells(dataset.GetPolys())
    )


class _Dataset(Protocol):
    """Points and cells with data, as PyVista gives them."""

    point_data: Mapping[str, ArrayLike]
    cell_data: Mapping[str, ArrayLike]

    def cell_data_to_point_data(self) -> _Dataset:
        """The same with cell data averaged to the points."""
        ...


class _CellArray(Protocol):
    """VTK's cells."""

    def GetNumberOfCells(self) -> int: ...  # noqa: N802

    def GetOffsetsArray(self) -> memoryview: ...  # noqa: N802

    def GetConnectivityArray(self) -> memoryview: ...  # noqa: N802


def _fields(dataset: _Dataset) -> dict[str, np.ndarray]:
    """The fields at points. Cell data are averaged over the cells of each point."""
    fields = _numbers(dataset.point_data)
    rest = set(_numbers(dataset.cell_data)) - set(fields)
    if rest:
        at_points = _numbers(dataset.cell_data_to_point_data().point_data)
        fields |= {name: at_points[name] for name in at_points if name in rest}
    return fields


def _numbers(data: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    arrays = {name: np.asarray(data[name]) for name in data}
    return {name: native(array) for name, array in arrays.items() if array.dtype.kind in "biuf" and array.ndim <= 2}


def _cells(cells: _CellArray | None) -> Cells:
    """VTK's cells as arrays. Only methods of the object are used, so that VTK is not imported here."""
    if cells is None or not cells.GetNumberOfCells():
        return NO_CELLS
    offsets, connectivity = (
        np.array(memoryview(array), np.int64).ravel()
        for array in (cells.GetOffsetsArray(), cells.GetConnectivityArray())
    )
    return Cells(offsets, connectivity)


def _arrays(path: Path) -> Mesh:
    """Poly-lines from arrays (n, 3) of NumPy, separated by rows that are not finite."""
    held = held_at(path)
    if isinstance(held, HeldContents):
        arrays = {name: np.asarray(each.read(None)) for name, each in held.contents().arrays.items()}
        arrays = {"position" if name == NAMELESS else name: array for name, array in arrays.items()}
    else:
        loaded = np.load(path, allow_pickle=False)
        arrays = {"position": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
    name = next((name for name in _NAMES if name in arrays), None)
    if name is None:
        raise ValueError(f"it has no array {', '.join(_NAMES[:-1])} or {_NAMES[-1]}")
    points = native(arrays[name])
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in "iuf":
        raise ValueError(f"the array {name!r} of shape {points.shape} is not a list of positions (n, 3)")
    fields = {
        other: native(values)
        for other, values in arrays.items()
        if other != name and values.ndim in (1, 2) and len(values) == len(points) and values.dtype.kind in "biuf"
    }
    known = np.isfinite(points).all(axis=1)
    begins = known & ~np.concatenate([[False], known[:-1]])
    counts = np.bincount(np.cumsum(begins)[known])[1:]
    return Mesh(points, fields, Cells(np.concatenate([[0], np.cumsum(counts)]), np.flatnonzero(known)))


def _joined(parts: Sequence[Mesh]) -> Mesh:
    """Several meshes as one, with the fields that all of them have."""
    firsts = np.cumsum([0, *(len(part.points) for part in parts)])
    names = [name for name in parts[0].fields if all(name in part.fields for part in parts)]

    def cells(all_cells: Sequence[Cells]) -> Cells:
        counts = np.concatenate([np.diff(each.offsets) for each in all_cells])
        moved = [each.connectivity + first for each, first in zip(all_cells, firsts, strict=False)]
        return Cells(np.concatenate([[0], np.cumsum(counts)]), np.concatenate(moved))

    return Mesh(
        np.concatenate([part.points for part in parts]),
        {name: np.concatenate([part.fields[name] for part in parts]) for name in names},
        cells([part.lines for part in parts]),
        cells([part.polys for part in parts]),
    )
