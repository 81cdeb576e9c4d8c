"""A three-dimensional array, or a time series of such arrays.

The sample `array[i, j, k]` lies at `origin + (i, j, k) * spacing`. `bounds` are the positions of the first and the last
sample. Without either, samples are one unit apart, starting at the origin; formats that define their own axes keep
them. A series is a list of files, a glob, or one array with the axes (time, x, y, z). Between two snapshots the values
are interpolated linearly.

```yaml
kind: grid
file: "halo_*.npy.bz2"
bounds: [[-20, 20], [-20, 20], [-20, 20]]
times: [0, 100, 250]
interpolation: linear
```

A file without a header needs `shape` and `dtype`:

```yaml
kind: grid
file: head.raw
shape: [256, 256, 128]
dtype: uint8
spacing: [1, 1, 1.5]
```

A series of DICOM slices is a folder, a glob or a list. So are the pages of a TIFF stack:

```yaml
kind: grid
file: patient/head_ct
```

Vectors stay vectors. An array `velocity` with the axes x, y, z and three components is the fields `velocity`, which is
its length, `velocity_x`, `velocity_y` and `velocity_z`. Fields that are components by their names (`u`, `v`, `w`; `Bx`,
`By`, `Bz`) are found too. Layers of kind `vectors` draw arrows at the samples, and `streamlines` follow the field:

```yaml
kind: grid
file: flow.vti
field: velocity
```

Axes that a file rotates in space stay rotated, unless the scene gives `bounds` or `spacing`. Cells of other shapes
(`.vtu`, `.vts`, `.pvd` ...) are resampled onto a regular grid. `shape` is its number of samples (three numbers, or one
for the longest side), and `bounds` its extent. `check` reports the error of the resampling:

```yaml
kind: grid
file: tank.pvd
field: pressure
shape: 200
```

A grid that needs more memory than `memory` allows is streamed with level of detail: the whole as coarsely as necessary,
and what the camera sees more finely, nearest parts first. Neighbouring levels are blended. This works for files that
can be read piece by piece: Zarr, OME-Zarr with its levels, HDF5, and uncompressed files of other formats. `memory`, by
default 2 GB, is per drawn field. Coarser levels that the file lacks are computed once and kept on disk. Percentiles are
those of the coarsest level. Surfaces and shaded volumes may show seams where levels meet. Coarser levels of labels hold
the most frequent ones:

```yaml
kind: grid
file: cosmos.zarr
field: density
memory: 4 GB
```

Zarr may be a folder, a zip file (`cube.zarr.zip`, `.ozx`) or an address on the web that needs no login: `https://`, or
`s3://BUCKET/PATH` and `gs://BUCKET/PATH` for public buckets. Data on the web are assumed not to change. Addresses of
this machine and its network, with `https` or `http`, are read with the option `--allow-local-network` only:

```yaml
kind: grid
file: https://example.org/cosmos.zarr
field: density
```

In NetCDF, and in Zarr with coordinates as xarray writes it, `field` names any variable with spatial axes, in any group:
`group/name` where two groups have the same name. Variables on the same axes are fields of one grid.

Of a dimension that is neither space nor time (a member of an ensemble, a channel), the first entry is shown unless
`dimensions` chooses another, by its coordinate or, without coordinates, by its number from 0. `x`, `y`, `z` or `time`
say that it is an axis. An axis may also be named, to show one level or time only. `info` lists dimensions and entries:

```yaml
kind: grid
file: ensemble.nc
dimensions: {member: 2, layer: z}
```

Labels (numbers of basins, organs, cells) are never mixed: between samples and between times the nearest one counts, and
an isosurface at a label encloses it. The file tells that a field is labels (`flag_values`, the intent of NIfTI), or its
whole numbers do, which change only at the borders of things. Those of an image change everywhere, and are mixed.
`categorical` says it where that is wrong:

```yaml
kind: grid
file: head_segmented.nrrd
categorical: true
```

Longitudes, latitudes and levels (NetCDF, Zarr) are an axis-aligned box of degrees. With `globe` they lie around a
sphere and are resampled onto a cube; `height` is the length there of one unit of the levels. (A map of one level is
data of kind `mesh`.) Draw the globe too, `{kind: mesh, globe: 6350}`: it hides the far side, and the staircase of
samples where the lowest level ends:

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
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.values import (
    BOX,
    COUNT,
    POSITIVE,
    TEXT,
    TRUTH,
    VECTOR,
    Value,
    choice,
    list_of,
    one_of,
    optional,
)
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.find import FILE, find_files
from moviemaker.data.files.series import EvenTimes
from moviemaker.data.files.written_times import TIMES
from moviemaker.data.formats.collections import listed_files
from moviemaker.data.formats.contents import Layout, Vector
from moviemaker.data.formats.dimensions import Chosen
from moviemaker.data.globe.settings import LEVELS, GlobeOfLevels
from moviemaker.data.grids.cells import SampledCells, holds_cells
from moviemaker.data.grids.chosen_dimensions import DIMENSIONS
from moviemaker.data.grids.files import GridFiles, open_grid_files
from moviemaker.data.grids.on_globe import GridOnGlobe
from moviemaker.data.grids.source import GridSource
from moviemaker.data.placing.keys import DataSet
from moviemaker.data.pyramids.budget import COPIES, MEMORY, UNASKED

if TYPE_CHECKING:
    from moviemaker.data.pyramids.source import PyramidSource


def _parse_dtype(value: object) -> str:
    name: str = TEXT.parse(value)
    right = "write NumPy's name of a type, such as uint8, int16, float32 or '>f4' (big-endian)"
    try:
        dtype = np.dtype(name)
    except TypeError:
        raise InputError(f"no such type {name!r}", right) from None
    if dtype.kind not in "biuf":
        raise InputError(f"{name!r} is not a type of real numbers", right)
    return name


def _parse_offset(value: object) -> int:
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


class Grid(DataSet):
    """Samples on a regular grid, read from files."""

    kind: Literal["grid"] = "grid"
    """Kind of the data: a three-dimensional array."""
    file: Annotated[str | tuple[str, ...], FILE]
    """Path, glob or list of paths: one file, or one for each time. A folder may hold DICOM or TIFF slices or Zarr.

    Paths are relative to the scene file, and may lead into a zip archive: `run.zip/rho_*.npy`. An address such as
    `https://...` names Zarr on the web. In `Scene.from_dict` of Python, `array` may give the data themselves instead:
    arrays of NumPy and Dask, and what xarray, PyVista and yt hold.
    """
    field: Annotated[str | None, optional(TEXT)] = None
    """Name of the array that layers draw unless they name another. Default: the first one in the file."""
    bounds: Annotated[tuple[tuple[float, float], ...] | None, optional(BOX)] = None
    """Positions of the first and the last sample: `[[x0, x1], [y0, y1], [z0, z1]]`. Replaces the axes of the file."""
    spacing: Annotated[Vector | None, optional(SPACING)] = None
    """Distances between neighbouring samples along x, y and z. Default: those of the file, else 1."""
    origin: Annotated[Vector | None, optional(VECTOR)] = None
    """Position of the sample `[0, 0, 0]`. Default: that of the file, else `[0, 0, 0]`."""
    times: Annotated[tuple[float, ...] | EvenTimes | None, optional(TIMES)] = None
    """Data times of the snapshots, ascending, or `{first: 0, step: 0.5}`. Default: those of the files, else
    0, 1, 2 ..."""
    interpolation: Annotated[str, choice("linear", "hold", noun="interpolation")] = "linear"
    """Values between two snapshots: `linear` mixes them, `hold` keeps the earlier ones until the next snapshot."""
    shape: Annotated[int | tuple[int, ...] | None, optional(SHAPE)] = None
    """Number of samples: of a raw file `[nx, ny, nz]` or `[times, nx, ny, nz]`.

    Where a grid is resampled (cells, a globe) it sets the number of samples, and one number counts the longest side.
    """
    dtype: Annotated[str | None, optional(DTYPE)] = None
    """Type of the samples of a raw file by NumPy's name, such as `float32` or `">i2"`. Default: `uint8`."""
    order: Annotated[str | None, optional(choice("C", "F", noun="order"))] = None
    """Axis that varies fastest in a raw file: `C`, the last one (default), or `F`, the first one."""
    offset: Annotated[int | None, optional(OFFSET)] = None
    """Bytes before the first sample of a raw file. Default: 0."""
    globe: Annotated[GlobeOfLevels | None, optional(LEVELS)] = None
    """Globe that longitudes, latitudes and levels lie around: its radius, or `{radius: 6371, height: 50}`."""
    dimensions: Annotated[tuple[tuple[str, float | str], ...] | None, optional(DIMENSIONS)] = None
    """Entries along dimensions that are neither space nor time, such as `{member: 2}`; or the axis that one is.

    An entry is named by its coordinate, or by its number from 0 without coordinates. Default: the first one.
    """
    categorical: Annotated[bool | None, optional(TRUTH)] = None
    """Whether values are labels, such as the numbers of basins or organs, between which nothing is interpolated.

    Default: as the file tells, else whole numbers that change only at the borders of things.
    """
    memory: Annotated[float | None, optional(MEMORY)] = None
    """Memory for each drawn field, such as `4 GB`. A larger grid is streamed with level of detail. Default: 2 GB."""

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
                    what = f"the bounds {low:g} to {high:g} are reversed"
                    found.append(InputError(what, "write the lower one first", ("bounds", axis)))
        if self.globe is not None:
            for key in ("bounds", "spacing", "origin"):
                if getattr(self, key) is not None:
                    what = f"globe and {key} both say where the samples are"
                    found.append(InputError(what, f"leave {key} out, or globe", (key,)))
        if self.shape is None:
            for key in ("dtype", "order", "offset"):
                if getattr(self, key) is not None:
                    what = f"{key} is given without shape"
                    found.append(
                        InputError(what, "a raw file needs shape: [nx, ny, nz]; others say it themselves", (key,))
                    )
        if found:
            raise InputErrors(found)
        return self

    def open(self, folder: Path) -> GridSource | PyramidSource:
        """The open data, of which only headers have been read.

        Args:
            folder: of the scene file; relative paths start there.

        Raises:
            InputError: a file is missing, cannot be read, or does not hold what the scene says.
        """
        paths = find_files(self.file, folder, series=True)
        hold = self.interpolation == "hold"
        if paths[0].suffix.lower() in _COLLECTIONS:
            with reading(paths[0]):
                listed = [entry for path in paths for entry in listed_files(path)]
            if holds_cells(listed[0][1][0]) or any(len(parts) > 1 for _, parts in listed):
                return self._sampled([parts for _, parts in listed], paths, [time for time, _ in listed])
            paths = tuple(parts[0] for _, parts in listed)
            files = open_grid_files(
                paths,
                None,
                self.field,
                self.times or [time for time, _ in listed],
                dimensions=self._chosen,
                labels=self.categorical,
            )
        elif holds_cells(paths[0]):
            return self._sampled([(path,) for path in paths], (), None)
        elif self.globe is not None:
            on_globe = GridOnGlobe(
                open_grid_files(paths, None, self.field, self.times, False, self._chosen, self.categorical),
                self.globe,
                self._samples,
            )
            return GridSource(on_globe, on_globe.origin, on_globe.spacing, hold, facts=on_globe.facts)
        else:
            files = open_grid_files(
                paths, self._layout, self.field, self.times, dimensions=self._chosen, labels=self.categorical
            )
        origin, spacing = self._axes(files.shape, files.origin, files.spacing)
        # Bounds and spacing in the scene are along x, y, z: they replace the axes of the file.
        direction = None if self.bounds or self.spacing else files.direction
        if self._is_large(files):
            if direction is not None:
                what = f"{paths[0].name!r} is oblique, and can only be read as a whole"
                raise InputError(
                    what, "leave memory out, or write spacing, which aligns it with x, y and z", ("memory",)
                )
            from moviemaker.data.pyramids.source import PyramidSource  # imported here because few grids are so large

            return PyramidSource(files, self.memory or UNASKED, origin, spacing, hold, files.facts)
        return GridSource(files, origin, spacing, hold, direction, files.facts)

    def _is_large(self, files: GridFiles) -> bool:
        """Whether a field can be read piece by piece and is too large for the memory."""
        stored, _ = files.stored(0, files.names[0])
        size = math.prod(files.shape) * stored.dtype.itemsize
        if self.memory is None:
            return stored.pieces is not None and size > UNASKED
        return COPIES * size > self.memory

    @property
    def _layout(self) -> Layout | None:
        """Layout of a raw file; None: the file has a header."""
        if self.shape is None:
            return None
        if isinstance(self.shape, int):
            right = "write three or four: [nx, ny, nz] or [times, nx, ny, nz]"
            raise InputError("one number is not a shape of a file", right, ("shape",))
        return Layout(self.shape, self.dtype or "uint8", self.order or "C", self.offset or 0)

    @property
    def _chosen(self) -> Chosen:
        return dict(self.dimensions or ())

    @property
    def _samples(self) -> int | tuple[int, ...] | None:
        """Number of samples of a resampled grid; None: chosen from the file."""
        if isinstance(self.shape, tuple) and len(self.shape) != 3:
            raise InputError(
                "a shape of four numbers is for raw files", "write [nx, ny, nz], or one number", ("shape",)
            )
        return self.shape

    def _sampled(
        self, steps: list[tuple[Path, ...]], listed: tuple[Path, ...], stored: list[float] | None
    ) -> GridSource:
        """Cells, resampled onto a regular grid."""
        if self.globe is not None:
            raise InputError("cells have positions of their own", "leave globe out", ("globe",))
        cells = SampledCells(steps, listed, self._samples, self.bounds, self.field, self.times, stored)
        origin, spacing = self._axes(cells.shape, cells.origin, cells.spacing)
        return GridSource(cells, origin, spacing, self.interpolation == "hold", facts=cells.facts)

    def _axes(self, shape: tuple[int, ...], origin: Vector | None, spacing: Vector | None) -> tuple[Vector, Vector]:
        """Origin and spacing: of the scene if it gives them, else of the file."""
        if self.bounds is None:
            return self.origin or origin or (0.0, 0.0, 0.0), self.spacing or spacing or (1.0, 1.0, 1.0)
        steps = []
        for axis, ((low, high), count) in enumerate(zip(self.bounds, shape, strict=True)):
            if low == high and count > 1:
                what = f"the bounds leave no room for {count} samples"
                raise InputError(what, "write the positions of the first and the last sample", ("bounds", axis))
            # A single sample has no neighbour. It is as thick as the bounds, so that it can be seen.
            steps.append((high - low) / (count - 1) if count > 1 else (high - low) or 1.0)
        lows = (self.bounds[0][0], self.bounds[1][0], self.bounds[2][0])
        return lows, (steps[0], steps[1], steps[2])
