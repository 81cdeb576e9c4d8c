"""NRRD: arrays with `space directions` and `space origin`, in the space of the file.

The format is G. Kindlmann's "Definition of NRRD File Format" (teem.sourceforge.net/nrrd/format.html). The field
`space`, which `info` prints, tells whether x is left or right; nothing is flipped. One axis may be other than spatial:
a list of times or of components.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from moviemaker.data.formats.compressed import unpacked
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once
from moviemaker.data.formats.declared_size import check_packed, check_stored
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.grid_contents import GridContents, mapped, matrix_of, placed
from moviemaker.data.formats.lengths import in_one_unit
from moviemaker.data.formats.references import referenced
from moviemaker.data.formats.vector_samples import split

SUFFIXES = (".nrrd", ".nhdr")
COMPRESSIBLE = ()

Header = dict[str, Any]
"""The header as pynrrd gives it: each value has the type of its field."""

_VECTOR_KINDS = re.compile("vector|3-vector|(3-)?(covariant|contravariant)-vector|3-normal|3-gradient", re.I)
_OTHER_KINDS = re.compile(r"list|.*vector|.*color|.*matrix|point|normal|gradient|complex|quaternion|scalar|stub", re.I)

_WORDS = {
    "i1": "signed char, int8, int8_t",
    "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t",
    "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, signed long long int, int64, int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float",
    "f8": "double",
}
_COMPRESSIONS = {"gz": ".gz", "gzip": ".gz", "bz2": ".bz2", "bzip2": ".bz2"}
_TYPES = {word: dtype for dtype, words in _WORDS.items() for word in words.split(", ")}


def open_file(path: Path) -> Contents:
    """The array, of which only the header has been read. Raw samples are mapped into memory.

    Raises:
        InputError: pynrrd is not installed.
        ValueError: the file cannot be read, or does not have two or three spatial axes.
    """
    nrrd = extra(path, "nrrd", "pynrrd", "nrrd")
    try:
        with path.open("rb") as file:
            header = nrrd.read_header(file)
            end = file.tell()
    except (nrrd.NRRDError, StopIteration) as error:
        raise ValueError(str(error) or "it is empty") from error
    sizes = tuple(int(n) for n in header["sizes"])
    space, other = _axes(header, len(sizes))
    stored = _whole(nrrd, path, header, sizes, end)
    arrays, times = _split(stored, space, other, header)
    if times is not None:
        arrays["time"] = in_memory(times)
    steps, origin = _placing(header, space)
    factors, unit, note = in_one_unit(_units(header, space))
    steps, origin = steps * np.reshape(factors, (3, 1)), origin * factors
    own = _detached(path, header)
    contents = GridContents(
        arrays,
        length=unit,
        notes=(
            f"positions are in the space of the file, {header.get('space', 'which has no name')}",
            *((note,) if note else ()),
        ),
        files=(own,) if own is not None else (),
        patient=_patient(header),
    )
    return placed(contents, matrix_of(origin, steps))


def _patient(header: Header) -> str:
    """Where the axes of the space point in a patient; empty: it is another space."""
    words = str(header.get("space", "")).lower().removesuffix("-time").split("-")
    letters = "".join(word[:1] for word in words).upper() if len(words) == 3 else words[0].upper()
    return letters if letters in ("RAS", "LPS", "LAS") else ""


def _axes(header: Header, count: int) -> tuple[list[int], int | None]:
    """The spatial axes, and the remaining axis if there is one."""
    kinds = [str(kind) for kind in header.get("kinds", [])] or ["domain"] * count
    directions = header.get("space directions")
    if directions is not None:
        space = [axis for axis in range(count) if directions[axis] is not None and np.isfinite(directions[axis]).all()]
    else:
        space = [axis for axis in range(count) if not _OTHER_KINDS.fullmatch(kinds[axis]) and kinds[axis] != "time"]
        if len(space) == 4:  # the slowest axis is taken for time
            space = space[:3]
    others = [axis for axis in range(count) if axis not in space]
    if len(space) not in (2, 3) or len(others) > 1:
        raise ValueError(f"it has {len(space)} spatial axes and {len(others)} others")
    return space, others[0] if others else None


def _whole(nrrd: ModuleType, path: Path, header: Header, sizes: tuple[int, ...], end: int) -> Stored:
    """All samples, with the axes in the order of the header. The first axis varies fastest."""
    big = str(header.get("endian", "little")).lower() == "big"
    if header["type"] not in _TYPES:
        raise ValueError(f"the type {header['type']!r} of its samples is not a real number")
    dtype = np.dtype(_TYPES[header["type"]]).newbyteorder(">" if big else "<")
    own = _detached(path, header)
    file, start = (path, end) if own is None else (own, 0)
    encoding = str(header["encoding"]).lower()
    lines, skipped = (int(header.get(f"{what} skip", header.get(f"{what}skip")) or 0) for what in ("line", "byte"))
    size = file.stat().st_size
    if not 0 <= lines <= size or not -1 <= skipped <= size:
        raise ValueError(f"its header skips {lines} lines and {skipped} bytes of {size}")
    with file.open("rb") as opened:
        opened.seek(start)
        for _ in range(lines):
            opened.readline()
        start = opened.tell()
    if encoding == "raw":
        start = size - math.prod(sizes) * dtype.itemsize if skipped == -1 else start + skipped
        return in_memory(mapped(file, dtype, start, sizes))
    check_packed(sizes, dtype.itemsize, size - start)
    if encoding in _COMPRESSIONS:
        suffix = _COMPRESSIONS[encoding]
        return read_once(sizes, dtype, lambda: _decompressed(file, start, suffix, skipped, sizes, dtype))

    def load() -> np.ndarray:
        with path.open("rb") as file:
            again = nrrd.read_header(file)
            try:
                return np.asarray(nrrd.read_data(again, file, path))
            except nrrd.NRRDError as error:
                raise ValueError(str(error)) from error

    return read_once(sizes, dtype, load)


def _detached(path: Path, header: Header) -> Path | None:
    """The separate file of the samples; None: they follow the header.

    Raises:
        ValueError: they are in several files, which are not read.
        InputError: at `file`: the file lies outside of the folder of the header.
    """
    name = header.get("data file", header.get("datafile"))
    if name is None:
        return None
    if not isinstance(name, str) or name.startswith("LIST") or "%" in name:
        raise ValueError("its samples are in several files, which are not read")
    return referenced(path, name)


def _decompressed(
    file: Path, start: int, suffix: str, skipped: int, sizes: tuple[int, ...], dtype: np.dtype
) -> np.ndarray:
    """Compressed samples. Bytes are skipped after they are decompressed."""
    with file.open("rb") as opened:
        opened.seek(start)
        content = unpacked(opened, suffix, file.stat().st_size - start).read()
    needed = math.prod(sizes) * dtype.itemsize
    skipped = len(content) - needed if skipped == -1 else skipped
    check_stored(sizes, dtype.itemsize, len(content) - skipped if skipped >= 0 else 0)
    return np.frombuffer(content, dtype, math.prod(sizes), skipped).reshape(sizes, order="F")


def _split(
    whole: Stored, space: list[int], other: int | None, header: Header
) -> tuple[dict[str, Stored], np.ndarray | None]:
    """The grids (x, y, z) or (t, x, y, z), and the times. Each component is a field."""
    name = str(header.get("content", "")).strip() or NAMELESS
    shape = tuple(whole.shape[axis] for axis in space) + (1,) * (3 - len(space))
    if other is None:
        return {name: _part(whole, shape, lambda array: array.reshape(shape, order="A"))}, None
    count = whole.shape[other]
    kinds = header.get("kinds", [])
    if kinds and _OTHER_KINDS.fullmatch(str(kinds[other])):
        if count == 1:
            return {name: _part(whole, shape, lambda array: np.take(array, 0, other).reshape(shape))}, None
        if count == 3 and _VECTOR_KINDS.fullmatch(str(kinds[other])):
            return _vectors(whole, name, shape, other, header), None
        fields = {}
        for index in range(count):
            which = (*(slice(None),) * other, index)
            view = lambda array, which=which: array[which].reshape(shape)  # noqa: E731 - one for each component
            fields[f"{name}_{index}"] = _part(whole, shape, view)
        return fields, None
    series = (count, *shape)
    spacings = header.get("spacings")
    step = float(spacings[other]) if spacings is not None and np.isfinite(spacings[other]) else 1.0
    return {name: _part(whole, series, lambda array: np.moveaxis(array, other, 0).reshape(series))}, step * np.arange(
        count
    )


def _vectors(whole: Stored, name: str, shape: tuple[int, ...], other: int, header: Header) -> dict[str, Stored]:
    """The lengths and the components of vectors in the space of the file, whatever frame they are measured in."""
    frame = header.get("measurement frame")

    def read(index: int | None) -> np.ndarray:
        values = np.moveaxis(np.asarray(whole.read(None)), other, -1).reshape(*shape, 3)
        if frame is not None and np.isfinite(np.asarray(frame, float)).all():
            values = (values @ np.asarray(frame, float)).astype(np.float32)
        return values if index is None else values[index]

    return split(name, Stored((*shape, 3), np.dtype(np.float32), read), -1)


def _part(whole: Stored, shape: tuple[int, ...], view: Callable[[np.ndarray], np.ndarray]) -> Stored:
    def read(index: int | None) -> np.ndarray:
        array: np.ndarray = view(whole.read(None))
        return array if index is None else array[index]

    return Stored(shape, whole.dtype, read)


def _placing(header: Header, space: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The steps along the axes as columns (3, 3), and the position of the first sample."""
    steps = np.zeros((3, 3))
    directions = header.get("space directions")
    for column, axis in enumerate(space):
        if directions is not None:
            step = np.asarray(directions[axis], float)
            steps[: len(step), column] = step
        else:
            spacings = header.get("spacings")
            known = np.nan if spacings is None else float(spacings[axis])
            steps[column, column] = known if np.isfinite(known) else 1.0
    origin = np.zeros(3)
    if "space origin" in header:
        given = np.asarray(header["space origin"], float)
        origin[: len(given)] = given
    elif "axis mins" in header or "axismins" in header:
        lows = np.asarray(header.get("axis mins", header.get("axismins")), float)[space]
        origin[: len(lows)] = np.where(np.isfinite(lows), lows, 0)
    return steps, origin


def _units(header: Header, space: list[int]) -> tuple[str, str, str]:
    """Units along x, y and z."""
    given = header.get("space units") or [header["units"][axis] for axis in space if "units" in header]
    known = [str(unit).strip('"') for unit in given or ()]
    known += [known[0] if known else ""] * (3 - len(known))
    return known[0], known[1], known[2]
