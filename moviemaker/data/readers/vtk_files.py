"""VTK's own files: regular grids, points with their data, and cells that are sampled on a grid.

Grids keep their origin, spacing and direction; a vector field is its length, and has its components `NAME_x`, `NAME_y`
and `NAME_z` beside it. Points are those of poly
data, unstructured and structured grids, and their point data are fields. Ids are VTK's global ids where a file has
them. A legacy `.vtk` file may hold either.

`.pvd` and `.series` list files of points with their times. These are read one at a time, and may differ in their number
of points if they have ids. Several parts of one time are put together.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from moviemaker.core.machine.in_memory import held_at
from moviemaker.core.recent import Recent
from moviemaker.data.formats.collections import listed_files, pieces
from moviemaker.data.formats.contents import Contents, Stored, Vector, in_memory
from moviemaker.data.formats.grid_contents import GridContents, matrix_of, placed
from moviemaker.data.formats.vector_samples import AXES, length
from moviemaker.data.probing.verdicts import probe
from moviemaker.data.probing.vtk import fault_of, vtk_probe, vtk_reader
from moviemaker.data.readers import ply

if TYPE_CHECKING:
    import pyvista

_COLLECTIONS = (".pvd", ".series")
_GRIDS = (".vti", ".vtk", ".vtr", ".pvti", ".pvtr", ".slc")
_POINTS = (".vtp", ".vtu", ".vts", ".pvtp", ".pvtu", ".pvts")

_ONLY_VTK = (".pvtp", ".pvts")
"""Endings that VTK reads and PyVista does not know."""

SUFFIXES = (*_GRIDS, *_POINTS, *_COLLECTIONS)
COMPRESSIBLE = ()

_IDS = ("globalpointids", "globalids", "globalnodeid", "globalnodeids", "vtkglobalids")


class CellSet(Protocol):
    """Cells with data at their points, as PyVista gives them.

    Attributes:
        n_cells, n_points: their numbers.
        bounds: x0, x1, y0, y1, z0, z1.
        points: (n_points, 3).
        point_data: arrays at the points, by name.
    """

    n_cells: int
    n_points: int
    bounds: tuple[float, ...]
    points: np.ndarray
    point_data: Mapping[str, np.ndarray]


def open_file(path: Path) -> Contents:
    """A grid, or the points of a file. Of a collection the first file has been read.

    A grid has the point data of the file, or its cell data (sampled at the middles of the cells) if it has no point
    data.

    Raises:
        InputError: at `file`: a file of a collection is not there.
        ValueError: the file cannot be read, has no points, or has the ending of a grid and holds something else.
    """
    suffix = path.suffix.lower()
    if suffix in _COLLECTIONS:
        return _open_collection(path)
    return contents_of(read_dataset(path), suffix, pieces(path))


def contents_of(dataset: pyvista.DataSet, suffix: str, files: tuple[Path, ...] = ()) -> Contents:
    """The contents of a data set.

    Args:
        dataset: as PyVista wraps it.
        suffix: ending of its file.
        files: further files that it was read from.

    Raises:
        ValueError: it has no points, or the ending of a grid and holds something else.
    """
    if suffix in _GRIDS:
        return _grid_of(dataset, files)
    arrays = {name: in_memory(array) for name, array in points_of(dataset).items()}
    return Contents(arrays, lazy=False, files=files)


def _grid_of(dataset: pyvista.DataSet, files: tuple[Path, ...]) -> Contents:
    import pyvista  # imported late, because all other readers work without VTK

    if isinstance(dataset, pyvista.PolyData | pyvista.UnstructuredGrid | pyvista.StructuredGrid):
        return Contents({name: in_memory(array) for name, array in points_of(dataset).items()}, lazy=False)
    if not isinstance(dataset, pyvista.ImageData | pyvista.RectilinearGrid):
        raise ValueError(f"it holds {type(dataset).__name__}, not a regular grid")
    dimensions = np.array(dataset.dimensions)
    values, at_cells = dataset.point_data, False
    if not len(values):
        values, dimensions, at_cells = dataset.cell_data, np.maximum(dimensions - 1, 1), True
    if not len(values):
        raise ValueError("no data could be read from it")
    arrays: dict[str, Stored] = {}
    for name in values:
        for field, array in _in_numbers(name, np.asarray(values[name])).items():
            arrays.setdefault(field, in_memory(_in_axes(array, dimensions)))
    contents = GridContents(arrays, lazy=False, files=files)
    if isinstance(dataset, pyvista.RectilinearGrid):
        return _rectilinear(contents, (dataset.x, dataset.y, dataset.z), at_cells)
    steps = np.asarray(dataset.direction_matrix, float).reshape(3, 3) * np.asarray(dataset.spacing, float)
    first = np.array(dataset.extent[::2], float) + (0.5 if at_cells else 0.0)
    return placed(contents, matrix_of(np.asarray(dataset.origin, float) + steps @ first, steps))


def _in_numbers(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    """A field as fields of one number: of two or three columns the length and the components, of more the length."""
    if values.ndim == 1:
        return {name: values}
    columns = values.T if values.shape[1] in (2, 3) else ()
    parts = {f"{name}_{axis}": column for axis, column in zip(AXES, columns, strict=False)}
    return {name: length(values)} | parts


def _in_axes(flat: np.ndarray, dimensions: np.ndarray) -> np.ndarray:
    """Samples as (x, y, z), without a copy: VTK's first axis varies fastest, as in NumPy's order "F"."""
    return flat.reshape(tuple(int(n) for n in dimensions), order="F")


def _rectilinear(contents: GridContents, axes: Sequence[np.ndarray], at_cells: bool) -> GridContents:
    positions = [np.asarray(axis, float) for axis in axes]
    if at_cells:
        positions = [(axis[1:] + axis[:-1]) / 2 if len(axis) > 1 else axis for axis in positions]
    return GridContents(contents.arrays, lazy=False, files=contents.files, axes=tuple(positions))


def _open_collection(path: Path) -> Contents:
    steps = listed_files(path)
    recent: Recent[dict[str, np.ndarray]] = Recent(2)
    alone = threading.Lock()  # another thread may read snapshots ahead

    def part(file: Path) -> dict[str, np.ndarray]:
        try:
            return points_of(read_dataset(file))
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from None

    def snapshot(index: int) -> dict[str, np.ndarray]:
        def together() -> dict[str, np.ndarray]:
            parts = [part(file) for file in steps[index][1]]
            return {name: np.concatenate([_of(part, name) for part in parts]) for name in parts[0]}

        with alone:
            return recent.get(index, together)

    def _of(part: dict[str, np.ndarray], name: str) -> np.ndarray:
        if name not in part:
            raise ValueError(f"one of its files has no {name!r}")
        return part[name]

    def stored(name: str, first: np.ndarray) -> Stored:
        def read(index: int | None) -> np.ndarray:
            if index is None:
                return np.stack([_of(snapshot(step), name) for step in range(len(steps))])
            return _of(snapshot(index), name)

        return Stored((len(steps), *first.shape), first.dtype, read)

    arrays = {name: stored(name, first) for name, first in snapshot(0).items() if name != "time"}
    arrays["time"] = in_memory(np.array([time for time, _ in steps]))
    files = [file for _, parts in steps for file in parts]
    return Contents(arrays, files=(*files, *(piece for file in files for piece in pieces(file))))


def read_dataset(path: Path) -> pyvista.DataSet:
    """Reads a file by PyVista, without VTK's messages. Another process reads it first, which VTK may crash.

    Raises:
        InputError: at `file`: VTK crashes, reports an error, or gives cells of points that do not exist.
        ValueError: it cannot be read.
    """
    held = held_at(path)
    if held is not None:
        if (fault := fault_of(held.dataset)) is not None:  # type: ignore[attr-defined]
            raise ValueError(fault)
        return held.dataset  # type: ignore[attr-defined]
    parts = [part for part in pieces(path) if part.is_file()]
    more = f"{ply.__name__}:{ply.missing_rows.__name__}" if path.suffix.lower() in ply.SUFFIXES else ""
    looked_at = probe(path, vtk_probe(path, more), parts, meanwhile=_import_pyvista)
    # Imported late, because all other readers work without VTK.
    import pyvista
    from vtkmodules.vtkCommonCore import vtkLogger, vtkObject

    loud, verbosity = vtkObject.GetGlobalWarningDisplay(), vtkLogger.GetCurrentVerbosityCutoff()
    vtkObject.SetGlobalWarningDisplay(0)
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)
    try:
        dataset = _read_pieces(path) if path.suffix.lower() in _ONLY_VTK else pyvista.read(path)
    except Exception as error:  # VTK and PyVista raise many kinds of errors for files that cannot be read
        raise ValueError(str(error)) from error
    finally:
        vtkObject.SetGlobalWarningDisplay(loud)
        vtkLogger.SetStderrVerbosity(verbosity)
    fault = None if looked_at else fault_of(dataset)
    if fault is not None:
        raise ValueError(fault)
    return dataset


def _read_pieces(path: Path) -> pyvista.DataSet:
    import pyvista

    reader = vtk_reader(path)
    reader.Update()
    return pyvista.wrap(reader.GetOutputDataObject(0))


def _import_pyvista() -> None:
    import pyvista  # noqa: F401


def points_of(dataset: pyvista.DataSet) -> dict[str, np.ndarray]:
    """The arrays of a data set: `position`, the point data, `id` and `time` (one number) if it has them.

    Raises:
        ValueError: it has no points.
    """
    points = np.asarray(getattr(dataset, "points", np.empty((0, 3))))
    if not len(points):
        raise ValueError(f"it holds {type(dataset).__name__} without points, or it is damaged")
    arrays = {"position": points}
    for name in dataset.point_data:
        values = np.asarray(dataset.point_data[name])
        if values.dtype.kind in "biuf":
            arrays.setdefault("id" if name.lower() in _IDS else name, values)
    time = dataset.field_data.get("TimeValue", ())
    if len(time) == 1:
        arrays.setdefault("time", np.asarray(time, float))
    return arrays


def read_cells(paths: Sequence[Path]) -> CellSet:
    """The cells of the files of one data set. Cell data are averaged to the points.

    Raises:
        ValueError: a file cannot be read, or its cells enclose no volume.
    """
    import pyvista

    parts = [read_dataset(path) for path in paths]
    parts = [part.combine() if isinstance(part, pyvista.MultiBlock) else part for part in parts]
    dataset = parts[0] if len(parts) == 1 else pyvista.merge(parts)
    if not hasattr(dataset, "points") or not dataset.n_cells:
        raise ValueError(f"it holds {type(dataset).__name__} without cells")
    if dataset.GetMaxSpatialDimension() < 3:
        raise ValueError("its cells enclose no volume; surfaces and lines are for data of kind mesh")
    found: CellSet = dataset.cell_data_to_point_data(pass_cell_data=False) if dataset.cell_data.keys() else dataset
    return found


def fields_of(dataset: CellSet) -> dict[str, np.ndarray]:
    """The fields at the points of cells, each (n,); of vectors the lengths and the components."""
    found: dict[str, np.ndarray] = {}
    for name in dataset.point_data:
        values = np.asarray(dataset.point_data[name])
        if values.dtype.kind in "biuf" and not name.startswith("vtk"):
            found |= {field: array for field, array in _in_numbers(name, values).items() if field not in found}
    return found


def sampled(
    dataset: pyvista.DataSet, names: Sequence[str], origin: Vector, spacing: Vector, shape: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Fields of cells on a regular grid, by name: each (nx, ny, nz) float32, NaN outside of the cells."""
    import pyvista

    fields = fields_of(dataset)
    bare = dataset.copy(deep=False)
    bare.clear_data()
    for name in names:
        bare.point_data[name] = fields[name].astype(np.float64)
    image = pyvista.ImageData(dimensions=shape, spacing=spacing, origin=origin)
    found = image.sample(bare)
    inside = np.asarray(found.point_data["vtkValidPointMask"]).astype(bool)
    return {
        name: _in_axes(np.where(inside, found.point_data[name], np.nan).astype(np.float32), np.array(shape))
        for name in names
    }
