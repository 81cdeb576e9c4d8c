"""A three-dimensional array, or a time series of them.

`array[i, j, k]` lies at `origin + (i, j, k) * spacing`; `bounds` are the positions of the first and the last sample.
With neither, samples are one unit apart from the origin on; formats that know their own axes keep them. A series is a
list of files, a glob, or one array with the axes (time, x, y, z); between two snapshots the two are mixed.

```yaml
kind: grid
file: "halo_*.npy.bz2"
bounds: [[-20, 20], [-20, 20], [-20, 20]]
times: [0, 100, 250]
interpolation: linear
```

Files without a header need to be told what they hold:

```yaml
kind: grid
file: head.raw
shape: [256, 256, 128]
dtype: uint8
spacing: [1, 1, 1.5]
```

A series of DICOM slices is a folder, a glob or a list; so are the pages of a TIFF stack:

```yaml
kind: grid
file: patient/head_ct
```

Axes that a file turns in space stay turned, unless the scene gives `bounds` or `spacing`. Cells of other shapes
(`.vtu`, `.vts`, `.pvd` ...) are sampled on a regular grid of this `shape` (three numbers, or one for the longest side),
within `bounds` if they are given; `check` tells by how much that is off:

```yaml
kind: grid
file: tank.pvd
field: pressure
shape: 200
```

What is larger than the memory that it may take is read as finely as it is seen, where the file can be read piece by
piece (Zarr, OME-Zarr with its levels, HDF5; others if they lie uncompressed on disk): the whole as coarsely as need be,
and finer what the camera looks at, the nearest first, one level fading into the next. `memory`, by default 2 GB, is for
each field that is drawn. Coarser levels than a file has are made of all of it once and kept; percentiles are those of
the coarsest. Surfaces and shaded clouds may show lines where levels meet, and coarser levels mix `labels`:

```yaml
kind: grid
file: cosmos.zarr
field: density
memory: 4 GB
```

Zarr may be a folder, a zip file (`cube.zarr.zip`, `.ozx`) or, by its address, on the web, where nobody has to sign in;
what is there is taken not to change:

```yaml
kind: grid
file: https://example.org/cosmos.zarr
field: density
```

Of NetCDF and of Zarr with coordinates, as xarray writes it, `field` names any variable with axes of space, in whatever
group it is: by `group/name` where two have the same name; those on the same axes are fields together.

Longitudes, latitudes and levels (NetCDF, Zarr) are an upright box of degrees, or lie around a `globe`, sampled on a
cube; a unit of the levels is `height` long there (maps of one level are data of kind `mesh`). Draw the globe itself
too, `{kind: mesh, globe: 6350}`: what is below the levels ends in steps of a sample, which it hides, and so is the far
side:

```yaml
kind: grid
file: atmosphere.nc
field: humidity
globe: {radius: 6371, height: 50}
shape: 160
```
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import Kind
from moviemaker.core.values import BOX, COUNT, NUMBERS, POSITIVE, TEXT, VECTOR, Value, choice, list_of, one_of, optional
from moviemaker.data.files.find import FILE, find_files, reading
from moviemaker.data.formats.collections import listed_files
from moviemaker.data.formats.contents import Layout, Vector
from moviemaker.data.globe.settings import LEVELS, GlobeOfLevels
from moviemaker.data.grids.cells import SampledCells, holds_cells
from moviemaker.data.grids.files import GridFiles, open_grid_files
from moviemaker.data.grids.on_globe import GridOnGlobe
from moviemaker.data.grids.source import GridSource
from moviemaker.data.pyramids.budget import COPIES, MEMORY, UNASKED

if TYPE_CHECKING:
    from moviemaker.data.pyramids.source import PyramidSource


def _parse_dtype(value: Any) -> str:
    name: str = TEXT.parse(value)
    right = "write NumPy's name of a type, such as uint8, int16, float32 or '>f4' (big-endian)"
    try:
        dtype = np.dtype(name)
    except TypeError:
        raise InputError(f"no such type {name!r}", right) from None
    if dtype.kind not in "biuf":
        raise InputError(f"{name!r} is not a type of real numbers", right)
    return name


def _parse_offset(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise InputError(f"{value!r} is not a number of bytes", "write a whole number from 0 up")
    return value


DTYPE = Value("a type such as uint8 or '>f4'", _parse_dtype, TEXT.schema, mix=None)
OFFSET = Value("a whole number from 0 up", _parse_offset, {"type": "integer", "minimum": 0}, mix=None)
SHAPE = one_of(
    COUNT,
    list_of(COUNT, "", (3, 4)),
    right="three or four whole numbers: [nx, ny, nz] or [times, nx, ny, nz]; or one where cells are sampled",
)
_COLLECTIONS = (".pvd", ".series")
SPACING = list_of(POSITIVE, "three numbers above 0: [dx, dy, dz]", (3,))


class Grid(Kind):
    """Samples on a regular grid, in files."""

    kind: Literal["grid"] = "grid"
    file: Annotated[str | tuple[str, ...], FILE]
    field: Annotated[str | None, optional(TEXT)] = None
    bounds: Annotated[tuple[tuple[float, float], ...] | None, optional(BOX)] = None
    spacing: Annotated[Vector | None, optional(SPACING)] = None
    origin: Annotated[Vector | None, optional(VECTOR)] = None
    times: Annotated[tuple[float, ...] | None, optional(NUMBERS)] = None
    interpolation: Annotated[str, choice("linear", "hold", noun="interpolation")] = "linear"
    shape: Annotated[int | tuple[int, ...] | None, optional(SHAPE)] = None
    dtype: Annotated[str | None, optional(DTYPE)] = None
    order: Annotated[str | None, optional(choice("C", "F", noun="order"))] = None
    offset: Annotated[int | None, optional(OFFSET)] = None
    globe: Annotated[GlobeOfLevels | None, optional(LEVELS)] = None
    memory: Annotated[float | None, optional(MEMORY)] = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        found = []
        if self.bounds is not None:
            for key in ("spacing", "origin"):
                if getattr(self, key) is not None:
                    what = f"bounds and {key} say the same thing twice"
                    found.append(InputError(what, "write either bounds, or spacing and origin", (key,)))
            for axis, (low, high) in enumerate(self.bounds):
                if low > high:
                    what = f"the bounds {low:g} to {high:g} are the wrong way round"
                    found.append(InputError(what, "write the lower one first", ("bounds", axis)))
        if self.globe is not None:
            for key in ("bounds", "spacing", "origin"):
                if getattr(self, key) is not None:
                    what = f"globe and {key} both say where the samples are"
                    found.append(InputError(what, f"leave {key} out, or globe", (key,)))
        if self.shape is None:
            for key in ("dtype", "order", "offset"):
                if getattr(self, key) is not None:
                    what = f"{key} is there without shape"
                    found.append(
                        InputError(what, "a raw file needs shape: [nx, ny, nz]; others say it themselves", (key,))
                    )
        if found:
            raise InputErrors(found)
        return self

    def open(self, folder: Path) -> GridSource | PyramidSource:
        """The data, of which no more than headers have been read.

        Args:
            folder: that of the scene file, which relative paths start from.

        Raises:
            InputError: a file is not there, cannot be read, or does not hold what the scene says.
        """
        paths = find_files(self.file, folder, series=True)
        hold = self.interpolation == "hold"
        if paths[0].suffix.lower() in _COLLECTIONS:
            with reading(paths[0]):
                listed = [entry for path in paths for entry in listed_files(path)]
            if holds_cells(listed[0][1][0]) or any(len(parts) > 1 for _, parts in listed):
                return self._sampled([parts for _, parts in listed], paths, [time for time, _ in listed])
            paths = tuple(parts[0] for _, parts in listed)
            files = open_grid_files(paths, None, self.field, self.times or [time for time, _ in listed])
        elif holds_cells(paths[0]):
            return self._sampled([(path,) for path in paths], (), None)
        elif self.globe is not None:
            on_globe = GridOnGlobe(
                open_grid_files(paths, None, self.field, self.times, False), self.globe, self._samples
            )
            return GridSource(on_globe, on_globe.origin, on_globe.spacing, hold, facts=on_globe.facts)
        else:
            files = open_grid_files(paths, self._layout, self.field, self.times)
        origin, spacing = self._axes(files.shape, files.origin, files.spacing)
        # Bounds and spacing in the scene are along x, y, z: then the axes of the file count no more.
        direction = None if self.bounds or self.spacing else files.direction
        if self._is_large(files):
            if direction is not None:
                what = f"{paths[0].name!r} lies askew, and can only be read as a whole"
                raise InputError(what, "leave memory out, or write spacing, which lays it upright", ("memory",))
            from moviemaker.data.pyramids.source import PyramidSource  # few grids are so large

            return PyramidSource(files, self.memory or UNASKED, origin, spacing, hold, files.facts)
        return GridSource(files, origin, spacing, hold, direction, files.facts)

    def _is_large(self, files: GridFiles) -> bool:
        """Whether a field is too large for the memory, of those that can be read piece by piece."""
        stored, _ = files.stored(0, files.names[0])
        size = math.prod(files.shape) * stored.dtype.itemsize
        if self.memory is None:
            return stored.pieces is not None and size > UNASKED
        return COPIES * size > self.memory

    @property
    def _layout(self) -> Layout | None:
        """Of raw files."""
        if self.shape is None:
            return None
        if isinstance(self.shape, int):
            right = "write three or four: [nx, ny, nz] or [times, nx, ny, nz]"
            raise InputError("one number is not a shape of a file", right, ("shape",))
        return Layout(self.shape, self.dtype or "uint8", self.order or "C", self.offset or 0)

    @property
    def _samples(self) -> int | tuple[int, ...] | None:
        """Number of samples where others than the file's own are made."""
        if isinstance(self.shape, tuple) and len(self.shape) != 3:
            raise InputError(
                "a shape of four numbers is for raw files", "write [nx, ny, nz], or one number", ("shape",)
            )
        return self.shape

    def _sampled(
        self, steps: list[tuple[Path, ...]], listed: tuple[Path, ...], stored: list[float] | None
    ) -> GridSource:
        """Cells, sampled."""
        if self.globe is not None:
            raise InputError("cells have positions of their own", "leave globe out", ("globe",))
        cells = SampledCells(steps, listed, self._samples, self.bounds, self.field, self.times, stored)
        origin, spacing = self._axes(cells.shape, cells.origin, cells.spacing)
        return GridSource(cells, origin, spacing, self.interpolation == "hold", facts=cells.facts)

    def _axes(self, shape: tuple[int, ...], origin: Vector | None, spacing: Vector | None) -> tuple[Vector, Vector]:
        """Origin and spacing: the scene's word goes before the file's."""
        if self.bounds is None:
            return self.origin or origin or (0.0, 0.0, 0.0), self.spacing or spacing or (1.0, 1.0, 1.0)
        steps = []
        for axis, ((low, high), count) in enumerate(zip(self.bounds, shape, strict=True)):
            if low == high and count > 1:
                what = f"the bounds leave no room for {count} samples"
                raise InputError(what, "write the positions of the first and the last sample", ("bounds", axis))
            # A single sample has no neighbour; its thickness is that of the bounds, so that it can be seen.
            steps.append((high - low) / (count - 1) if count > 1 else (high - low) or 1.0)
        lows = (self.bounds[0][0], self.bounds[1][0], self.bounds[2][0])
        return lows, (steps[0], steps[1], steps[2])
