"""What is looked at in a file of VTK: that it can be read without an error, and that its cells name points that exist.

This runs in another process. Only the modules of VTK that read files are imported.
"""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.machine.terminal import visible
from moviemaker.data.probing import vtk_extents
from moviemaker.data.probing.ways import Probe

_XML, _LEGACY, _GEOMETRY = "vtkmodules.vtkIOXML", "vtkmodules.vtkIOLegacy", "vtkmodules.vtkIOGeometry"
_READERS = {
    ".vti": (_XML, "vtkXMLImageDataReader"),
    ".vtr": (_XML, "vtkXMLRectilinearGridReader"),
    ".vts": (_XML, "vtkXMLStructuredGridReader"),
    ".vtp": (_XML, "vtkXMLPolyDataReader"),
    ".vtu": (_XML, "vtkXMLUnstructuredGridReader"),
    ".vtm": (_XML, "vtkXMLMultiBlockDataReader"),
    ".vtmb": (_XML, "vtkXMLMultiBlockDataReader"),
    ".pvti": (_XML, "vtkXMLPImageDataReader"),
    ".pvtr": (_XML, "vtkXMLPRectilinearGridReader"),
    ".pvts": (_XML, "vtkXMLPStructuredGridReader"),
    ".pvtp": (_XML, "vtkXMLPPolyDataReader"),
    ".pvtu": (_XML, "vtkXMLPUnstructuredGridReader"),
    ".vtk": (_LEGACY, "vtkDataSetReader"),
    ".stl": (_GEOMETRY, "vtkSTLReader"),
    ".obj": (_GEOMETRY, "vtkOBJReader"),
    ".ply": ("vtkmodules.vtkIOPLY", "vtkPLYReader"),
    ".slc": ("vtkmodules.vtkIOImage", "vtkSLCReader"),
}
"""By the ending of a file, the class that reads it and its module, as PyVista chooses them."""

_FEWEST = dict(
    zip(
        [1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, *range(21, 36), 37],
        [1, 2, 3, 4, 4, 4, 8, 8, 6, 5, 10, 12, 3, 6, 8, 10, 20, 15, 13, 9, 27, 6, 12, 18, 24, 7, 4, 19],
        strict=True,
    )
)
"""Fewest points of a cell, by its type. (VTK's file vtkCellType.h)"""

_ANY_NUMBER = (0, 2, 4, 6, 7, 36, 41, 42, *range(51, 57), *range(60, 68), *range(68, 82))
_POLYHEDRON = 42


def vtk_probe(path: Path, more: str = "") -> Probe:
    """How a file of VTK is looked at.

    Args:
        path: of the file.
        more: as "package.module:function", a function that says what else is wrong with a file, from its name.
    """
    module, _ = _READERS.get(path.suffix.lower(), (_XML, ""))
    modules = (module, __name__, *more.split(":")[:1])
    return Probe(f"{__name__}:check_file", "VTK", "vtk", modules, (more,))


def check_file(more: str, name: str) -> str | None:
    """Reads a file as PyVista does. What fails without a reason is refused too: VTK would be given it next.

    Args:
        more: as in `vtk_probe`.
        name: path of the file.

    Returns:
        Why it cannot be used; None: it can.
    """
    try:
        return _fault_of_file(more, Path(name))
    except (MemoryError, InputError):
        raise
    except Exception as error:
        return f"what VTK makes of it cannot be looked at ({type(error).__name__})"


def _fault_of_file(more: str, path: Path) -> str | None:
    from vtkmodules.vtkCommonCore import vtkOutputWindow, vtkStringOutputWindow

    if path.suffix.lower() not in _READERS:
        return None
    said = vtkStringOutputWindow()
    vtkOutputWindow.SetInstance(said)
    reader = vtk_reader(path)
    reader.Update()
    text = said.GetOutput()
    if isinstance(text, bytes):  # VTK quotes bytes of the file, which need not be UTF-8
        text = text.decode("utf-8", "replace")
    errors = [part for part in re.split(r"(?=ERROR:|Warning:|Generic Warning:)", text) if part[:5] == "ERROR"]
    if errors:
        return f"VTK says: {_sentence(errors[0])}"
    fault = fault_of(reader.GetOutputDataObject(0))
    if fault is None and path.suffix.lower() in vtk_extents.SUFFIXES:
        fault = vtk_extents.missing_cells(path)
    if fault is None and path.suffix.lower() == ".stl":
        fault = _short_stl(path)
    if fault is None and more:
        module, _, function = more.partition(":")
        fault = getattr(importlib.import_module(module), function)(str(path))
    return fault


def vtk_reader(path: Path) -> Any:
    """VTK's reader of a file, which has read nothing yet.

    Raises:
        KeyError: no reader is known for its ending.
    """
    module, name = _READERS[path.suffix.lower()]
    reader = getattr(importlib.import_module(module), name)()
    reader.SetFileName(str(path))
    if hasattr(reader, "ReadAllScalarsOn"):
        for what in ("Scalars", "ColorScalars", "Normals", "TCoords", "Vectors", "Fields", "Tensors"):
            getattr(reader, f"ReadAll{what}On")()
    return reader


def _short_stl(path: Path) -> str | None:
    """Whether triangles are missing at the end, which VTK passes over."""
    with path.open("rb") as file:
        head = file.read(84)
    said, stored = int.from_bytes(head[80:], "little"), (path.stat().st_size - 84) // 50
    if head.lstrip().startswith(b"solid") or said <= stored:
        return None
    return f"it holds {stored} of {said} triangles"


def _sentence(error: str) -> str:
    """What VTK says about an error, without the place in its sources and the address of its object."""
    text = re.sub(r"^.*?\(0x[0-9a-f]+\): ", "", error, count=1, flags=re.DOTALL)
    return visible(" ".join(text.split()).rstrip(".")[:200])


def fault_of(dataset: Any) -> str | None:
    """What makes a data set of VTK unusable, as a sentence without its subject's name; None: nothing."""
    return next(_faults(dataset), None)


def _faults(dataset: Any) -> Iterator[str]:
    if dataset is None:
        yield "VTK reads nothing from it"
    elif hasattr(dataset, "GetNumberOfBlocks"):
        for index in range(dataset.GetNumberOfBlocks()):
            block = dataset.GetBlock(index)
            if block is not None:
                yield from _faults(block)
    elif hasattr(dataset, "GetPointData"):
        points, cells = dataset.GetNumberOfPoints(), dataset.GetNumberOfCells()
        yield from _short_arrays(dataset.GetPointData(), points, "points")
        yield from _short_arrays(dataset.GetCellData(), cells, "cells")
        if hasattr(dataset, "GetVerts"):
            for kind in ("Verts", "Lines", "Polys", "Strips"):
                yield from _wrong_cells(getattr(dataset, f"Get{kind}")(), points)
        elif dataset.IsA("vtkUnstructuredGrid"):
            yield from _wrong_types(dataset, points)
        elif hasattr(dataset, "GetExtent"):
            yield from _wrong_sides(dataset, points)


def _wrong_sides(dataset: Any, points: int) -> Iterator[str]:
    """Faults of the numbers of samples along the axes of a grid."""
    extent = dataset.GetExtent()
    sides = [last - first + 1 for first, last in zip(extent[::2], extent[1::2], strict=True)]
    if math.prod(max(side, 0) for side in sides) != points:
        yield f"it has {points} points for {' x '.join(map(str, sides))} samples"
    if dataset.IsA("vtkRectilinearGrid"):
        for axis, side in zip("XYZ", sides, strict=True):
            places = getattr(dataset, f"Get{axis}Coordinates")()
            count = 0 if places is None else places.GetNumberOfTuples()
            if count != side:
                yield f"it has {count} coordinates {axis.lower()} for {side} samples"


def _short_arrays(data: Any, count: int, of: str) -> Iterator[str]:
    for index in range(data.GetNumberOfArrays()):
        array = data.GetAbstractArray(index)
        if array is not None and array.GetNumberOfTuples() != count:
            yield f"the array {array.GetName()!r} has {array.GetNumberOfTuples()} values for {count} {of}"


def _wrong_cells(cells: Any, points: int) -> Iterator[str]:
    """Faults of the indices of cells."""
    if cells is None or not (cells.GetNumberOfCells() or cells.GetNumberOfConnectivityIds()):
        return
    offsets, indices = (
        np.asarray(memoryview(array)).ravel() for array in (cells.GetOffsetsArray(), cells.GetConnectivityArray())
    )
    if len(offsets) and (offsets[0] != 0 or (np.diff(offsets) < 0).any() or offsets[-1] > len(indices)):
        yield f"the offsets of its cells lie outside of its list of {len(indices)} indices"
    if len(indices) and not 0 <= indices.min() <= indices.max() < points:
        yield f"its cells name points from {indices.min()} to {indices.max()}, and it has {points} points"


def _wrong_types(dataset: Any, points: int) -> Iterator[str]:
    """Faults of the cells of an unstructured grid."""
    cells = dataset.GetCells()
    yield from _wrong_cells(cells, points)
    types = dataset.GetCellTypesArray() if dataset.GetNumberOfCells() else None
    if types is None:
        return
    kinds = np.asarray(memoryview(types)).ravel()
    sizes = np.diff(np.asarray(memoryview(cells.GetOffsetsArray())).ravel())
    if len(kinds) != len(sizes):
        yield f"it has {len(kinds)} types for {len(sizes)} cells"
        return
    for kind in np.unique(kinds).tolist():
        if kind not in _FEWEST and kind not in _ANY_NUMBER:
            yield f"VTK has no cells of type {kind}"
        fewest = int(sizes[kinds == kind].min())
        if fewest < _FEWEST.get(kind, 0):
            yield f"a cell of type {kind} has {fewest} points instead of {_FEWEST[kind]}"
    if (kinds == _POLYHEDRON).any():
        yield from _wrong_cells(dataset.GetPolyhedronFaces(), points)
