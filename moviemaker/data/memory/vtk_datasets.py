"""Data sets of VTK and PyVista, which are what their files would be; blocks are put together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Mesh
from moviemaker.data.formats.contents import Contents, HeldContents
from moviemaker.data.readers.vtk_files import contents_of

if TYPE_CHECKING:
    import pyvista

_ENDINGS = {
    "PolyData": ".vtp",
    "UnstructuredGrid": ".vtu",
    "StructuredGrid": ".vts",
    "ImageData": ".vti",
    "RectilinearGrid": ".vtr",
}
"""Endings of files by the classes of PyVista that they hold."""


class HeldDataset(HeldContents):
    """A data set.

    Attributes:
        dataset: as PyVista wraps it.
    """

    may_change = True

    def __init__(self, given: Any):
        self.what = type(given).__name__.removeprefix("vtk")
        self.dataset = _wrapped(given)
        self.suffix = next(_ENDINGS[base.__name__] for base in type(self.dataset).__mro__ if base.__name__ in _ENDINGS)

    def contents(self) -> Contents:
        """The grid, or the points."""
        return contents_of(self.dataset, self.suffix)

    def write(self, path: Path) -> None:
        """Writes a file of VTK's XML formats."""
        named = path.with_name(f"{path.name}{self.suffix}")  # PyVista chooses the format by the ending
        self.dataset.save(named)
        named.rename(path)

    def parts(self) -> Iterator[object]:
        """Points, cells and data."""
        return _parts(self.dataset)


def of_vtk(given: Any) -> HeldContents:
    """A data set, or blocks of them.

    Raises:
        InputError: it is not a data set, or an empty one.
    """
    return HeldDataset(given)


def of_mesh(mesh: Mesh) -> HeldContents:
    """A mesh of the program's own."""
    import pyvista

    poly = pyvista.PolyData()
    poly.points = np.asarray(mesh.points)
    for cells, name in ((mesh.lines, "lines"), (mesh.polys, "faces")):
        if len(cells):
            setattr(poly, name, np.insert(cells.connectivity, cells.offsets[:-1], np.diff(cells.offsets)))
    for name, values in mesh.fields.items():
        poly.point_data[name] = values
    return HeldDataset(poly)


def _wrapped(given: Any) -> pyvista.DataSet:
    import pyvista

    dataset = pyvista.wrap(given)
    if isinstance(dataset, pyvista.MultiBlock):
        dataset = dataset.combine()
    with_cells = pyvista.PolyData | pyvista.UnstructuredGrid | pyvista.StructuredGrid
    if isinstance(dataset, pyvista.PointSet) and not isinstance(dataset, with_cells):
        dataset = dataset.cast_to_polydata()
    if not isinstance(dataset, pyvista.DataSet) or not dataset.n_points:
        what = f"the {type(given).__name__} holds no points"
        raise InputError(what, "give a data set of VTK or PyVista, such as pyvista.ImageData")
    return dataset


def _parts(dataset: Any) -> Iterator[object]:
    yield type(dataset).__name__, dataset.n_points, dataset.n_cells
    for name in ("dimensions", "origin", "spacing", "extent"):
        yield name, getattr(dataset, name, None)
    yield np.asarray(getattr(dataset, "direction_matrix", ()))
    places = ("x", "y", "z") if hasattr(dataset, "meshgrid") else ("points",)
    if not hasattr(dataset, "origin"):
        for name in places:
            yield np.asarray(getattr(dataset, name))
    explicit: tuple[str, ...] = ("GetVerts", "GetLines", "GetPolys", "GetStrips")
    if hasattr(dataset, "celltypes"):
        explicit = ("GetCells",)
        yield np.asarray(dataset.celltypes)
    for get in explicit if hasattr(dataset, explicit[0]) else ():
        found = getattr(dataset, get)()
        for array in (found.GetOffsetsArray(), found.GetConnectivityArray()):
            yield np.array(memoryview(array)) if array.GetNumberOfTuples() else ()
    for data in (dataset.point_data, dataset.cell_data, dataset.field_data):
        for name in data:
            yield name
            yield np.asarray(data[name])
