"""Coordinates and missing values of GeoTIFF (OGC 19-008r4; tag 42113 of GDAL).

Tie point and pixel scale, or a transformation without rotation, give the coordinates of the pixel centres. Unless the
file declares its pixels as points they are areas, and the tie point is a corner. Longitudes and latitudes are degrees;
other coordinates keep the units of the projection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.contents import Stored
from moviemaker.data.formats.grid_contents import GridContents, is_grid

if TYPE_CHECKING:
    import tifffile

_GEOGRAPHIC, _POINTS = 2, 2
"""Values of the keys GTModelType and GTRasterType."""


def georeferenced(page: tifffile.TiffPage, contents: GridContents) -> GridContents:
    """Adds the coordinates and the missing values of the first page to the grids of a file.

    Args:
        page: the first page of the file.
        contents: grids whose y axis points down the page.
    """
    contents = _with_holes(page, contents)
    keys = page.geotiff_tags or {}
    steps = _steps(keys)
    shape = next((stored.shape[-3:] for stored in contents.arrays.values() if is_grid(stored)), None)
    if steps is None or shape is None or shape[2] != 1:
        return contents
    inside = 0.0 if int(keys.get("GTRasterTypeGeoKey", 1)) == _POINTS else 0.5
    x, y = (start + step * (np.arange(n) + inside) for (start, step), n in zip(steps, shape[:2], strict=True))
    degrees = int(keys.get("GTModelTypeGeoKey", 0)) == _GEOGRAPHIC
    system = "longitude and latitude in degrees" if degrees else "coordinates of its projection"
    return replace(
        contents,
        origin=None,
        spacing=None,
        axes=(x, y, np.zeros(1)),
        sphere=degrees,
        length="",
        notes=(f"x and y are {system}, of the centres of its pixels",),
    )


def _steps(keys: Mapping[str, Sequence[float]]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Start of the first pixel and step to the next, along x and y; None: unknown."""
    if "ModelTransformation" in keys:
        matrix = np.asarray(keys["ModelTransformation"], float).reshape(4, 4)
        if matrix[0, 1] or matrix[1, 0] or not matrix[0, 0] or not matrix[1, 1]:
            return None
        return (float(matrix[0, 3]), float(matrix[0, 0])), (float(matrix[1, 3]), float(matrix[1, 1]))
    if "ModelPixelScale" in keys and "ModelTiepoint" in keys:
        across, along = keys["ModelPixelScale"][:2]
        column, row, _, x, y = keys["ModelTiepoint"][:5]
        if not across or not along:
            return None
        return (float(x - column * across), float(across)), (float(y + row * along), float(-along))
    return None


def _with_holes(page: tifffile.TiffPage, contents: GridContents) -> GridContents:
    """The same grids with NaN in place of the value that stands for missing samples."""
    tag = page.tags.get("GDAL_NODATA")
    try:
        missing = float(str(tag.value).strip("\0 ")) if tag is not None else np.nan
    except ValueError:
        return contents
    if np.isnan(missing):
        return contents
    arrays = {name: _holed(stored, missing) if is_grid(stored) else stored for name, stored in contents.arrays.items()}
    return replace(contents, arrays=arrays)


def _holed(stored: Stored, missing: float) -> Stored:
    real = stored.dtype.kind == "f"
    dtype = stored.dtype if real else np.dtype(np.float32 if stored.dtype.itemsize <= 2 else np.float64)

    def read(index: int | None) -> np.ndarray:
        samples = np.asarray(stored.read(index))
        gone = samples == (samples.dtype.type(missing) if real else missing)
        return np.where(gone, dtype.type(np.nan), samples.astype(dtype, copy=False))

    return Stored(stored.shape, dtype, read)
