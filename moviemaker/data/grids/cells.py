"""Cells of any shape (tetrahedra, curved bricks ...), resampled onto a regular grid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Vector
from moviemaker.core.recent import Recent
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.series import WrittenTimes, resolve_times
from moviemaker.data.formats.collections import pieces
from moviemaker.data.formats.grid_contents import vector
from moviemaker.data.grids.source import Facts
from moviemaker.data.readers.vtk_files import CellSet, fields_of, read_cells, sampled

SUFFIXES = (".vtu", ".pvtu", ".vts", ".pvts")

_FINER = 1.5
"""Samples along an axis for each point of the cells: the resampling error is then below that of the cells."""
_MOST = 256
"""Largest default number of samples along the longest axis."""


def holds_cells(path: Path) -> bool:
    """Whether a file holds cells: by its ending, or by the header of a legacy file of VTK."""
    if path.suffix.lower() in SUFFIXES:
        return True
    if path.suffix.lower() != ".vtk":
        return False
    with path.open("rb") as file:
        head = file.read(1024).upper()
    return b"DATASET UNSTRUCTURED_GRID" in head or b"DATASET STRUCTURED_GRID" in head


class SampledCells:
    """The snapshots of a grid of cells.

    Args:
        steps: the files of each snapshot.
        listed: the collection files that name them, if any.
        shape: number of samples along x, y, z, or along the longest side.
        bounds: the box that is sampled; None: the bounds of all snapshots.
        field: the one that comes first; None: the first one of the file.
        times: data times that the scene gives.
        stored_times: data times that a collection gives.

    Raises:
        InputError: at `file` or `field`: a file cannot be read, its cells enclose no volume, or it has no such field.
    """

    def __init__(
        self,
        steps: Sequence[tuple[Path, ...]],
        listed: tuple[Path, ...],
        shape: int | tuple[int, ...] | None,
        bounds: tuple[tuple[float, float], ...] | None,
        field: str | None,
        times: WrittenTimes | None,
        stored_times: Sequence[float] | None,
    ):
        self._steps = steps
        self._recent: Recent[CellSet] = Recent(1)
        files = [path for parts in steps for path in parts]
        with reading(files[0]):
            self.paths = (*listed, *files, *(piece for file in files for piece in pieces(file)))
        first = self._cells(0)
        known = tuple(fields_of(first))
        if not known:
            raise InputError(
                f"{files[0].name!r} has no numbers at its cells or points", "name a file with data", ("file",)
            )
        if field is not None and field not in known:
            raise InputError(
                f"no such field {field!r} in {files[0].name!r}", suggest(field, known, "field"), ("field",)
            )
        chosen = field or known[0]
        self.names = (chosen, *(name for name in known if name != chosen))
        self.times = resolve_times(times, np.array(stored_times) if stored_times else None, len(steps))
        self.places = tuple(range(len(steps)))
        box = np.array(bounds) if bounds else self._box()
        self.origin, self.spacing, self.shape = _lattice(first, box, shape)
        self.nbytes = 4 * int(np.prod(self.shape)) * len(self.names)
        self.facts = Facts(notes=(f"its {first.n_cells} cells are resampled onto a regular grid by interpolation",))

    def _cells(self, index: int) -> CellSet:
        def read() -> CellSet:
            with reading(self._steps[index][0]):
                return read_cells(self._steps[index])

        return self._recent.get(index, read)

    def _box(self) -> np.ndarray:
        """The box around the cells of all snapshots, (3, 2)."""
        found = np.array([np.reshape(self._cells(index).bounds, (3, 2)) for index in reversed(self.places)])
        return np.stack([found[..., 0].min(axis=0), found[..., 1].max(axis=0)], axis=1)

    def snapshot(self, index: int, name: str) -> np.ndarray:
        """One field of one snapshot, (nx, ny, nz) float32; NaN outside of the cells.

        Raises:
            InputError: at `file`: it cannot be read, or has no such field.
        """
        cells = self._cells(index)
        if name not in fields_of(cells):
            what = f"{self._steps[index][0].name!r} has no field {name!r}"
            raise InputError(what, "every file of a series holds the same fields", ("file",))
        with reading(self._steps[index][0]):
            found: np.ndarray = sampled(cells, (name,), self.origin, self.spacing, self.shape)[name]
        return found

    def check(self, index: int) -> None:
        """Nothing: a file tells nothing before it is read."""

    @cached_property
    def _error(self) -> tuple[float, float, float]:
        cells, name = self._cells(0), self.names[0]
        return error_at(
            self.snapshot(0, name),
            (np.asarray(cells.points, float) - self.origin) / self.spacing,
            fields_of(cells)[name],
        )

    def remarks(self) -> list[str]:
        """The error of the first snapshot, which is interpolated back to the points of the cells and compared there."""
        size = " x ".join(str(n) for n in self.shape)
        return [
            f"{self.names[0]!r} is resampled onto {size}: {error_text(*self._error)}; shape: sets the number of samples"
        ]


def _lattice(
    cells: CellSet, box: np.ndarray, shape: int | tuple[int, ...] | None
) -> tuple[Vector, Vector, tuple[int, ...]]:
    """Origin, spacing and number of samples. The first and the last sample lie on the sides of the box."""
    widths = np.maximum(box[:, 1] - box[:, 0], 0)
    if not isinstance(shape, tuple):
        own = getattr(cells, "dimensions", None)  # a curved grid has numbers of samples along its axes
        if shape is not None:
            step = widths.max() / max(shape - 1, 1)
        else:
            step = (np.prod(np.where(widths > 0, widths, 1)) / cells.n_points) ** (1 / 3) / _FINER
            step = max(step, widths.max() / (_MOST - 1))
        counts = np.maximum(np.rint(widths / (step or 1)).astype(int) + 1, 2)
        if shape is None and own is not None:
            counts = np.array(own)
        shape = tuple(int(n) for n in counts)
    steps = widths / np.maximum(np.array(shape) - 1, 1)
    return vector(box[:, 0]), vector(np.where(steps > 0, steps, steps.max() or 1.0)), shape


def error_at(grid: np.ndarray, places: np.ndarray, values: np.ndarray) -> tuple[float, float, float]:
    """The error of a grid that is interpolated linearly at places (n, 3), which are fractional indices.

    Returns:
        The mean and the largest error, as fractions of the range of the right values (n,); and the fraction of the
        places that could be compared, because the samples around them are finite.
    """
    from scipy.ndimage import map_coordinates

    places = np.clip(places, 0, np.array(grid.shape) - 1)  # rounded off at the sides
    found = map_coordinates(grid.astype(np.float64), places.T, order=1, mode="nearest")
    off = np.abs(found - values)
    known = np.isfinite(off)
    span = float(np.ptp(values[np.isfinite(values)])) if np.isfinite(values).any() else 0.0
    if not known.any() or span == 0:
        return 0.0, 0.0, float(known.mean()) if len(known) else 0.0
    return float(off[known].mean()) / span, float(off[known].max()) / span, float(known.mean())


def error_of_labels(grid: np.ndarray, places: np.ndarray, labels: np.ndarray) -> str:
    """In words, at which part of the places (n, 3) the nearest sample has another label than `labels` (n,) say.

    Labels are never mixed, so that their error has no size: a label is right or it is another one.
    """
    nearest = np.rint(np.clip(places, 0, np.array(grid.shape) - 1)).astype(int)
    found = grid[tuple(nearest.T)]
    known = np.isfinite(found) & np.isfinite(labels)
    if not known.any():
        return "too coarse to be compared with the points of the file"
    part = 100 * float((found[known] != labels[known]).mean())
    return f"at {float(f'{part:.2g}'):g} % of the points of the file the nearest sample has another label"


def error_text(mean: float, largest: float, part: float) -> str:
    """An error as `error_at` gives it, in words."""
    if part == 0:
        return "too coarse to be compared with the points of the file"
    where = "" if part > 0.995 else f", compared at the {100 * part:.0f} % of them inside"
    average, most = (f"{float(f'{100 * error:.2g}'):g} %" for error in (mean, largest))
    return f"at the points of the file the error is {average} of the range, {most} at most{where}"
