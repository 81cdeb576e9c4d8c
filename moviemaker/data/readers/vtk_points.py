"""Points of VTK's data sets (poly data, unstructured and structured grids) with their point data as fields.

`.pvd` and `.series` list such files with their times; they are read one at a time, and may differ in their number of
points if they have ids. Several parts of one time are put together. Ids are VTK's global ids where a file has them.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.recent import Recent
from moviemaker.data.formats.collections import listed_files, pieces
from moviemaker.data.formats.contents import Contents, Stored, in_memory

_COLLECTIONS = (".pvd", ".series")

SUFFIXES = (".vtp", ".vtu", ".vts", ".pvtp", ".pvtu", ".pvts", *_COLLECTIONS)
COMPRESSIBLE = ()

_IDS = ("globalpointids", "globalids", "globalnodeid", "globalnodeids", "vtkglobalids")


def open_file(path: Path) -> Contents:
    """The points of a file; of a collection those of every file in it, of which the first has been read.

    Raises:
        InputError: at `file`: a file of a collection is not there.
        ValueError: the file cannot be read or has no points.
    """
    if path.suffix.lower() in _COLLECTIONS:
        return _open_collection(path)
    arrays = {name: in_memory(array) for name, array in points_of(read_dataset(path)).items()}
    return Contents(arrays, lazy=False, files=pieces(path))


def _open_collection(path: Path) -> Contents:
    steps = listed_files(path)
    recent: Recent[dict[str, np.ndarray]] = Recent(2)
    alone = threading.Lock()  # snapshots may be read ahead by another thread

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


def read_dataset(path: Path) -> Any:
    """What PyVista reads from a file, in silence.

    Raises:
        ValueError: it cannot be read.
    """
    # Imported late: everything else is there without VTK.
    import pyvista
    from vtkmodules.vtkCommonCore import vtkObject

    loud = vtkObject.GetGlobalWarningDisplay()
    vtkObject.SetGlobalWarningDisplay(0)
    try:
        return pyvista.read(path)
    except Exception as error:  # VTK's readers and PyVista's fail in many ways, and all of them mean the same here
        raise ValueError(str(error)) from error
    finally:
        vtkObject.SetGlobalWarningDisplay(loud)


def points_of(dataset: Any) -> dict[str, np.ndarray]:
    """The arrays of a data set: `position`, the point data, `id` and, if it says it, `time` (one number).

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
