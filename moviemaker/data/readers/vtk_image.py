"""Regular grids in the formats that VTK reads, with their own origin and spacing.

Axes that a file turns in space are drawn along x, y, z. The length of a vector field is its value. A legacy `.vtk`
file may hold points instead, which are read as those of the other formats.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.data.readers._contents import Contents, Vector, in_memory
from moviemaker.data.readers.vtk_points import points_of, read_dataset

SUFFIXES = (".vti", ".vtk", ".vtr", ".mhd", ".mha", ".nrrd", ".nhdr", ".nii", ".nii.gz", ".slc")
COMPRESSIBLE = ()


def open_file(path: Path) -> Contents:
    """The point data of the file, or its cell data (sampled at the middles of the cells) if it has no point data.

    Raises:
        ValueError: the file cannot be read or is no regular grid.
    """
    dataset = read_dataset(path)
    import pyvista  # late: everything else is there without VTK

    if isinstance(dataset, pyvista.RectilinearGrid):
        dataset = _regular(dataset)
    if isinstance(dataset, pyvista.PolyData | pyvista.UnstructuredGrid | pyvista.StructuredGrid):
        return Contents({name: in_memory(array) for name, array in points_of(dataset).items()}, lazy=False)
    if not isinstance(dataset, pyvista.ImageData):
        raise ValueError(f"it holds {type(dataset).__name__}, not a regular grid")
    dimensions = np.array(dataset.dimensions)
    values = dataset.point_data
    origin = np.array(dataset.origin, float) + np.array(dataset.extent[::2]) * np.array(dataset.spacing)
    if not len(values):
        values, dimensions = dataset.cell_data, np.maximum(dimensions - 1, 1)
        origin = origin + np.array(dataset.spacing) / 2
    if not len(values):
        raise ValueError("no data could be read from it")
    arrays = {}
    for name in values:
        array = np.asarray(values[name])
        if array.ndim == 1:  # vector fields have no place in a grid of numbers; their lengths do
            arrays[name] = in_memory(_in_axes(array, dimensions))
        else:
            arrays[name] = in_memory(_in_axes(np.linalg.norm(array.astype(np.float32), axis=1), dimensions))
    return Contents(arrays, _vector(origin), _vector(dataset.spacing), lazy=False)


def _in_axes(flat: np.ndarray, dimensions: np.ndarray) -> np.ndarray:
    """VTK's first axis runs fastest; with NumPy's order "F" the axes are x, y, z without a copy."""
    return flat.reshape(tuple(int(n) for n in dimensions), order="F")


def _regular(dataset: Any) -> Any:
    """A rectilinear grid with even spacing, as image data."""
    import pyvista

    spacing = []
    for axis in (dataset.x, dataset.y, dataset.z):
        steps = np.diff(np.asarray(axis, float))
        if len(steps) and not np.allclose(steps, steps[0], rtol=1e-3):
            raise ValueError("its samples are not evenly spaced, so it is no regular grid")
        spacing.append(float(steps[0]) if len(steps) else 1.0)
    image = pyvista.ImageData(
        dimensions=dataset.dimensions, spacing=spacing, origin=(dataset.x[0], dataset.y[0], dataset.z[0])
    )
    image.point_data.update(dataset.point_data)
    image.cell_data.update(dataset.cell_data)
    return image


def _vector(values: Any) -> Vector:
    x, y, z = (float(value) for value in values)
    return x, y, z
