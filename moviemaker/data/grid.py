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
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import Mistake, Mistakes
from moviemaker.core.kinds import Kind
from moviemaker.core.values import BOX, COUNT, NUMBERS, POSITIVE, TEXT, VECTOR, Value, choice, list_of, optional
from moviemaker.data._files import FILE, find_files
from moviemaker.data._grid_files import open_grid_files
from moviemaker.data._grid_source import GridSource
from moviemaker.data.readers._contents import Layout, Vector


def _parse_dtype(value: Any) -> str:
    name: str = TEXT.parse(value)
    right = "write NumPy's name of a type, such as uint8, int16, float32 or '>f4' (big-endian)"
    try:
        dtype = np.dtype(name)
    except TypeError:
        raise Mistake(f"there is no type {name!r}", right) from None
    if dtype.kind not in "biuf":
        raise Mistake(f"{name!r} is no type of real numbers", right)
    return name


def _parse_offset(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Mistake(f"{value!r} is no number of bytes", "write a whole number from 0 up")
    return value


DTYPE = Value("a type such as uint8 or '>f4'", _parse_dtype, TEXT.schema, mix=None)
OFFSET = Value("a whole number from 0 up", _parse_offset, {"type": "integer", "minimum": 0}, mix=None)
SHAPE = list_of(COUNT, "three or four whole numbers: [nx, ny, nz] or [times, nx, ny, nz]", (3, 4))
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
    shape: Annotated[tuple[int, ...] | None, optional(SHAPE)] = None
    dtype: Annotated[str | None, optional(DTYPE)] = None
    order: Annotated[str | None, optional(choice("C", "F", noun="order"))] = None
    offset: Annotated[int | None, optional(OFFSET)] = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        found = []
        if self.bounds is not None:
            for key in ("spacing", "origin"):
                if getattr(self, key) is not None:
                    what = f"bounds and {key} say the same thing twice"
                    found.append(Mistake(what, "write either bounds, or spacing and origin", (key,)))
            for axis, (low, high) in enumerate(self.bounds):
                if low > high:
                    what = f"the bounds {low:g} to {high:g} are the wrong way round"
                    found.append(Mistake(what, "write the lower one first", ("bounds", axis)))
        if self.shape is None:
            for key in ("dtype", "order", "offset"):
                if getattr(self, key) is not None:
                    what = f"{key} is there without shape"
                    found.append(
                        Mistake(what, "a raw file needs shape: [nx, ny, nz]; others say it themselves", (key,))
                    )
        if found:
            raise Mistakes(found)
        return self

    def open(self, folder: Path) -> GridSource:
        """The data, of which no more than headers have been read.

        Args:
            folder: that of the scene file, which relative paths start from.

        Raises:
            Mistake: a file is not there, cannot be read, or does not hold what the scene says.
        """
        layout = None
        if self.shape is not None:
            layout = Layout(self.shape, self.dtype or "uint8", self.order or "C", self.offset or 0)
        files = open_grid_files(find_files(self.file, folder), layout, self.field, self.times)
        origin, spacing = self._axes(files.shape, files.origin, files.spacing)
        # Bounds and spacing in the scene are along x, y, z: then the axes of the file count no more.
        direction = None if self.bounds or self.spacing else files.direction
        return GridSource(files, origin, spacing, self.interpolation == "hold", direction)

    def _axes(self, shape: tuple[int, ...], origin: Vector | None, spacing: Vector | None) -> tuple[Vector, Vector]:
        """Origin and spacing: the scene's word goes before the file's."""
        if self.bounds is None:
            return self.origin or origin or (0.0, 0.0, 0.0), self.spacing or spacing or (1.0, 1.0, 1.0)
        steps = []
        for axis, ((low, high), count) in enumerate(zip(self.bounds, shape, strict=True)):
            if low == high and count > 1:
                what = f"the bounds leave no room for {count} samples"
                raise Mistake(what, "write the positions of the first and the last sample", ("bounds", axis))
            # A single sample has no neighbour; its thickness is that of the bounds, so that it can be seen.
            steps.append((high - low) / (count - 1) if count > 1 else (high - low) or 1.0)
        lows = (self.bounds[0][0], self.bounds[1][0], self.bounds[2][0])
        return lows, (steps[0], steps[1], steps[2])
