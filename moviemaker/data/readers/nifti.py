"""NIfTI and related formats: medical images in millimetres, x to the right, y to the front, z up (RAS+).

Positions are those of the `sform`, else of the `qform`, else of the voxel sizes alone with the middle of the image as
the origin, as in nibabel (the NIfTI-1 standard, R. W. Cox et al., 2004, "methods" 3, 2 and 1). Values are scaled
by `scl_slope` and `scl_inter`. A fourth axis is time.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.data.formats.compressed import COMPRESSED
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory
from moviemaker.data.formats.declared_size import check_packed, check_stored
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.grid_contents import GridContents, placed

if TYPE_CHECKING:
    from nibabel.arrayproxy import ArrayProxy
    from nibabel.spatialimages import SpatialHeader, SpatialImage

SUFFIXES = (".nii", ".hdr", ".img", ".mgh", ".mgz")
COMPRESSIBLE = (".nii",)

_CODES = {1: "of the scanner", 2: "aligned to another image", 3: "of Talairach's atlas", 4: "of the MNI152 template"}


def open_file(path: Path) -> Contents:
    """The image, of which only the header has been read.

    Raises:
        InputError: nibabel is not installed.
        ValueError: the file cannot be read, or is not an image in space.
    """
    library = extra(path, "nibabel", "nibabel", "nifti")
    try:
        image = library.load(path)
    except library.filebasedimages.ImageFileError as error:
        raise ValueError(str(error)) from error
    shape = tuple(int(n) for n in image.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) == 5 and shape[3] == 1:  # a vector at every voxel
        raise ValueError(f"it holds {shape[4]} numbers for each voxel, not one")
    if len(shape) not in (2, 3, 4):
        raise ValueError(f"its image has {len(shape)} axes, not x, y, z and optionally time")
    shape = shape if len(shape) > 2 else (*shape, 1)
    _check_size(image, shape)
    arrays = {NAMELESS: _stored(image.dataobj, shape)}
    length, second, interval = _units(image.header)
    if len(shape) == 4:
        arrays["time"] = in_memory(interval * np.arange(shape[3]))
    contents = GridContents(
        arrays,
        length=length,
        clock=second if len(shape) == 4 else "",
        notes=(f"positions are RAS+ (x to the right, y to the front, z up), {_by_what(image)}",),
        patient="RAS",
    )
    if hasattr(image.header, "get_intent") and image.header.get_intent()[0] == "label":
        contents = replace(contents, labels=frozenset({NAMELESS}))
    found = placed(contents, np.asarray(image.affine, float))
    others = {Path(each.filename) for each in image.file_map.values() if each.filename} - {path}
    return replace(found, files=tuple(sorted(each for each in others if each.is_file())))


def _check_size(image: SpatialImage, shape: tuple[int, ...]) -> None:
    """Holds the size that the header declares against the file of the samples."""
    file = Path(image.file_map["image"].filename)
    packed = file.suffix.lower() in (".mgz", *COMPRESSED)
    check = check_packed if packed else check_stored
    start = 0 if packed else int(image.dataobj.offset)
    check(shape, np.dtype(image.dataobj.dtype).itemsize, file.stat().st_size - start)


def _stored(proxy: ArrayProxy, shape: tuple[int, ...]) -> Stored:
    """The samples as (x, y, z) or (t, x, y, z), scaled. Uncompressed samples are mapped into memory."""
    slope, inter = float(proxy.slope), float(proxy.inter)
    scaled = not (slope == 1 and inter == 0)
    stored = np.dtype(proxy.dtype)
    dtype = np.dtype(np.float32) if scaled else stored
    kept: list[np.ndarray] = []

    def read(index: int | None) -> np.ndarray:
        if not kept:
            kept.append(np.asanyarray(proxy.get_unscaled()).reshape(shape, order="A"))
        values = kept[0] if len(shape) == 3 else np.moveaxis(kept[0], -1, 0)
        part = values if index is None else values[index]
        return (part * np.float32(slope) + np.float32(inter)).astype(dtype) if scaled else part

    return Stored(shape if len(shape) == 3 else (shape[3], *shape[:3]), dtype, read)


def _units(header: SpatialHeader) -> tuple[str, str, float]:
    """Units of lengths and times, and the time between two volumes."""
    if not hasattr(header, "get_xyzt_units"):
        return "mm", "", 1.0
    length, second = header.get_xyzt_units()
    zooms = header.get_zooms()
    interval = float(zooms[3]) if len(zooms) > 3 and np.isfinite(zooms[3]) and zooms[3] > 0 else 1.0
    names = {"unknown": "", "meter": "m", "micron": "micrometre"}
    return names.get(length, length), "" if second == "unknown" else second, interval


def _by_what(image: SpatialImage) -> str:
    for name in ("sform", "qform"):
        code = int(image.header.get(f"{name}_code", 0)) if f"{name}_code" in image.header.keys() else 0  # noqa: SIM118
        if code > 0:
            return f"by its {name}, {_CODES.get(code, 'of its own')}"
    return "by the size of its voxels" if "sform_code" in image.header.keys() else "by its affine matrix"  # noqa: SIM118
