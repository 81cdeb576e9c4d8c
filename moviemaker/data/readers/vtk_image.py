"""Regular grids in the formats that VTK reads, with their own origin, spacing and direction; and cells between samples.

The length of a vector field is its value. A legacy `.vtk` file may hold points instead, which are read as those of the
other formats. Cells of other shapes are sampled on a regular grid by interpolation in each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.data.formats.collections import pieces
from moviemaker.data.formats.contents import Contents, Vector, in_memory
from moviemaker.data.formats.grid_contents import GridContents, matrix_of, placed
from moviemaker.data.readers.vtk_points import points_of, read_dataset

SUFFIXES = (".vti", ".vtk", ".vtr", ".pvti", ".pvtr", ".slc")
COMPRESSIBLE = ()


def open_file(path: Path) -> Contents:
    """The point data of the file, or its cell data (sampled at the middles of the cells) if it has no point data.

    Raises:
        ValueError: the file cannot be read or is not a regular grid.
    """
    dataset = read_dataset(path)
    import pyvista  # late: everything else is there without VTK

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
    arrays = {}
    for name in values:
        array = np.asarray(values[name])
        if array.ndim == 1:  # vector fields have no place in a grid of numbers; their lengths do
            arrays[name] = in_memory(_in_axes(array, dimensions))
        else:
            arrays[name] = in_memory(_in_axes(np.linalg.norm(array.astype(np.float32), axis=1), dimensions))
    contents = GridContents(arrays, lazy=False, files=pieces(path))
    if isinstance(dataset, pyvista.RectilinearGrid):
        return _rectilinear(contents, (dataset.x, dataset.y, dataset.z), at_cells)
    steps = np.asarray(dataset.direction_matrix, float).reshape(3, 3) * np.asarray(dataset.spacing, float)
    first = np.array(dataset.extent[::2], float) + (0.5 if at_cells else 0.0)
    return placed(contents, matrix_of(np.asarray(dataset.origin, float) + steps @ first, steps))


def _in_axes(flat: np.ndarray, dimensions: np.ndarray) -> np.ndarray:
    """VTK's first axis runs fastest; with NumPy's order "F" the axes are x, y, z without a copy."""
    return flat.reshape(tuple(int(n) for n in dimensions), order="F")


def _rectilinear(contents: GridContents, axes: Sequence[Any], at_cells: bool) -> GridContents:
    positions = [np.asarray(axis, float) for axis in axes]
    if at_cells:
        positions = [(axis[1:] + axis[:-1]) / 2 if len(axis) > 1 else axis for axis in positions]
    return GridContents(contents.arrays, lazy=False, files=contents.files, axes=tuple(positions))


def read_cells(paths: Sequence[Path]) -> Any:
    """The cells of the parts of one data set, with the data of cells given to their points.

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
    return dataset.cell_data_to_point_data(pass_cell_data=False) if dataset.cell_data.keys() else dataset


def fields_of(dataset: Any) -> dict[str, np.ndarray]:
    """The numbers at the points of cells, each (n,); of vectors their lengths."""
    found = {}
    for name in dataset.point_data:
        values = np.asarray(dataset.point_data[name])
        if values.dtype.kind in "biuf" and not name.startswith("vtk"):
            found[name] = values if values.ndim == 1 else np.linalg.norm(values.astype(np.float32), axis=1)
    return found


def sampled(dataset: Any, names: Sequence[str], origin: Vector, spacing: Vector, shape: tuple[int, ...]) -> Any:
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
